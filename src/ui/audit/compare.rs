//! Shelves side by side: what each preset puts on top for the query on show, what moved, and how they do over all queries.

use egui::{
    Align2, CornerRadius, Label, Rect, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle, Ui,
    WidgetInfo, pos2, vec2,
};

use super::{command::AuditCommand, comparison::Comparison, grade};
use crate::{
    audit::compare,
    ui::{
        command::Command,
        icons::Icon,
        state::{Shelf, State},
        theme,
        thumbnails::{Key, Shown, Source, Thumbnails},
        widgets::{self, Loudness},
    },
};

/// Width of one shelf.
const COLUMN: f32 = 196.0;
const CARD: f32 = 72.0;
/// Winners and losers that are named.
const NAMED: usize = 5;

pub fn compare_ui(ui: &mut Ui, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let (audit, language) = (&state.audit, state.language());
    let Some(shelf) = &state.shelf else { return };
    let mut asked = Vec::new();
    widgets::line(
        ui,
        |ui| {
            ui.label(RichText::new(language.compare()).heading());
        },
        |ui| {
            if widgets::icon_button(ui, Icon::Close, language.see_shelf()).clicked() {
                asked.push(AuditCommand::ShowShelf);
            }
        },
    );
    if let Some(comparison) = &audit.comparison {
        ScrollArea::both().auto_shrink(false).show(ui, |ui| {
            if comparison.presets.len() < 2 {
                widgets::quiet(ui, language.compare_hint());
                ui.add_space(theme::S);
            }
            heads_ui(ui, state, comparison, &mut asked);
            ui.add_space(theme::S);
            if comparison.presets.iter().all(|preset| preset.shelf.is_empty()) {
                widgets::quiet(ui, language.pick_query());
            } else {
                shelves_ui(ui, state, shelf, comparison, pictures, commands);
            }
        });
    }
    commands.extend(asked.into_iter().map(Command::Audit));
}

/// What each preset reaches over all judged queries.
fn heads_ui(ui: &mut Ui, state: &State, comparison: &Comparison, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::L;
        for preset in &comparison.presets {
            ui.vertical(|ui| {
                ui.set_width(COLUMN);
                let name = if preset.name.is_empty() { language.now() } else { &preset.name };
                ui.add(Label::new(RichText::new(name).text_style(theme::title())).truncate());
                let mean = preset.mean.map_or_else(|| "–".into(), |mean| format!("{mean:.3}"));
                ui.horizontal(|ui| {
                    ui.label(RichText::new(mean).heading());
                    if let Some(against) = &preset.against {
                        change_ui(ui, against.difference);
                    }
                });
                if let Some(against) = &preset.against {
                    against_ui(ui, state, against, asked);
                }
                if preset.against.as_ref().is_some_and(|against| against.winners + against.losers > 0)
                    && widgets::button(ui, None, language.judge_between(), Loudness::Quiet)
                        .on_hover_text(language.judge_between_note())
                        .clicked()
                {
                    asked.push(AuditCommand::JudgeBetween(preset.name.clone()));
                }
                if let Some(alike) = preset.alike {
                    let text = format!("Jaccard {:.2}   rbo90 {:.2}", alike.jaccard, alike.rbo90);
                    widgets::small(ui, text).on_hover_text(language.overlap_note());
                }
            });
        }
        if !comparison.ideal.is_empty() {
            ui.vertical(|ui| {
                ui.set_width(COLUMN);
                ui.label(RichText::new(language.ideal()).text_style(theme::title()));
                widgets::small(ui, language.ideal_note());
            });
        }
    });
}

fn change_ui(ui: &mut Ui, change: f64) {
    let palette = theme::palette(ui.style());
    let colour = match change {
        _ if change.abs() < 5e-4 => palette.faint,
        _ if change > 0.0 => palette.accent,
        _ => palette.bad,
    };
    ui.label(RichText::new(format!("{change:+.3}")).color(colour));
}

fn against_ui(ui: &mut Ui, state: &State, against: &compare::Comparison, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    let (better, worse) = (against.winners, against.losers);
    if better + worse == 0 {
        widgets::small(ui, language.no_query_differs());
        return;
    }
    widgets::small(ui, language.won_and_lost(better, worse, against.unchanged));
    let t = against.paired_t.map_or(1.0, |test| test.p);
    widgets::small(ui, language.tests(t, against.p_holm)).on_hover_text(language.tests_note());
    let named = against.won().take(NAMED).chain(against.lost().take(NAMED));
    ui.menu_button(RichText::new(language.which_queries()).small(), |ui| {
        for change in named {
            let query = state.audit.query(&change.query);
            let title = query.map_or_else(|| change.query.clone(), |query| language.query_title(query));
            if ui.button(format!("{:+.2}   {title}", change.difference)).clicked() {
                asked.push(AuditCommand::Open(change.query.clone()));
            }
        }
    });
}

fn shelves_ui(
    ui: &mut Ui,
    state: &State,
    shelf: &Shelf,
    comparison: &Comparison,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    let ideal = (!comparison.ideal.is_empty()).then_some(&comparison.ideal);
    let first = comparison.presets.first().map(|first| &first.shelf);
    let shelves = comparison.presets.iter().map(|preset| &preset.shelf);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = theme::L;
        for (number, rows) in shelves.chain(ideal).enumerate() {
            ui.vertical(|ui| {
                ui.set_width(COLUMN);
                ui.spacing_mut().item_spacing.y = theme::S;
                for (place, row) in rows.iter().enumerate() {
                    // The first shelf and the ideal moved nowhere.
                    let against = first.filter(|_| number > 0 && number < comparison.presets.len());
                    let before = against.map_or(Before::Here, |first| {
                        first.iter().position(|known| known == row).map_or(Before::Nowhere, Before::At)
                    });
                    let card = Card { state, shelf, row: *row, place, before };
                    if card.ui(ui, pictures) {
                        commands.push(Command::OpenProduct(*row));
                    }
                }
            });
        }
    });
}

/// Where a product stands on the first shelf.
#[derive(Debug, Clone, Copy)]
enum Before {
    /// This is the first shelf, or one that does not move.
    Here,
    Nowhere,
    At(usize),
}

/// One product of one shelf.
struct Card<'a> {
    state: &'a State,
    shelf: &'a Shelf,
    row: usize,
    place: usize,
    before: Before,
}

impl Card<'_> {
    fn ui(&self, ui: &mut Ui, pictures: &mut Thumbnails) -> bool {
        let Self { state, shelf, row, .. } = self;
        let palette = theme::palette(ui.style());
        let product = shelf.collection.product(*row).unwrap_or_default();
        let title = product.title(state.language());
        let (rect, response) = ui.allocate_exact_size(vec2(COLUMN, CARD), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
        ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, palette.card);
        let picture = Rect::from_min_size(rect.min, vec2(CARD, CARD));
        let radius = CornerRadius { nw: theme::CONTROL_RADIUS, sw: theme::CONTROL_RADIUS, ne: 0, se: 0 };
        let key = Key::Thumbnail { shelf: shelf.number, row: *row };
        if let Shown::Ready(texture) = pictures.get(key, || Source::Thumbnail(shelf.collection.clone(), *row)) {
            ui.painter().rect_filled(picture, radius, palette.picture);
            widgets::picture_inside(ui, picture.shrink(2.0), texture, CornerRadius::ZERO, 1.0);
        } else {
            ui.painter().rect_filled(picture, radius, palette.control);
        }
        let left = picture.right() + theme::S;
        let width = rect.right() - left - theme::S;
        let small = TextStyle::Small.resolve(ui.style());
        let galley = widgets::elided(ui, title, small.clone(), width, 2);
        ui.painter().galley(pos2(left, rect.top() + theme::S), galley, palette.text);
        let bottom = rect.bottom() - theme::S;
        let (said, colour) = self.moved(palette);
        ui.painter().text(pos2(left, bottom), Align2::LEFT_BOTTOM, said, small, colour);
        if let Some(value) = state.audit.grade(&product.id) {
            grade::chip(ui, pos2(rect.right() - theme::S - grade::RADIUS, bottom - grade::RADIUS + 2.0), value, 1.0);
        }
        let border = if response.hovered() { palette.faint } else { palette.line };
        ui.painter().rect_stroke(rect, theme::CONTROL_RADIUS, Stroke::new(1.0, border), StrokeKind::Inside);
        response.clicked()
    }

    /// Its place, and how it came there.
    fn moved(&self, palette: &theme::Palette) -> (String, egui::Color32) {
        let place = self.place + 1;
        match self.before {
            Before::At(before) if before > self.place => {
                (format!("{place}   ↑{}", before - self.place), palette.accent)
            }
            Before::At(before) if before < self.place => (format!("{place}   ↓{}", self.place - before), palette.bad),
            Before::Nowhere => (format!("{place}   {}", self.state.language().only_here()), palette.accent),
            Before::At(_) | Before::Here => (format!("{place}"), palette.faint),
        }
    }
}
