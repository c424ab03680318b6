//! What a source would become, shown before it is imported: its columns, the first of what stands in them, and the field
//! that each fills, to be corrected where its name misleads.

use egui::{
    Align, ComboBox, Context, Frame, Id, Key, Label, Layout, Margin, Modal, Order, Popup, Rect, RichText, ScrollArea,
    Sense, Stroke, Ui, UiBuilder, pos2, vec2,
};

use super::{
    command::Command,
    icons::Icon,
    look::{Behind, Hindrance, Look, Seen},
    state::State,
    theme,
    widgets::{self, Loudness},
};
use crate::{
    catalog::feed::{columns::Field, mapping::Role, preview::Column},
    language::Language,
};

/// As wide as the panel gets.
const WIDTH: f32 = 880.0;
/// Height of one column in the list.
const ROW: f32 = 40.0;
/// Widths of a column's name and of what it becomes; what stands in it has the rest.
const NAME: f32 = 190.0;
const BECOMES: f32 = 190.0;
/// Height of the open list of fields.
const FIELDS: f32 = 380.0;
/// Room for what stands above and below the list.
const AROUND: f32 = 380.0;
/// Columns that stand behind others, told one by one.
const MOST_BEHIND: usize = 2;
/// Rows of the list that are always in sight.
const FEWEST: usize = 3;

pub fn import_panel_ui(ctx: &Context, state: &State, commands: &mut Vec<Command>) {
    let Some(look) = &state.look else { return };
    let window = ctx.content_rect().size();
    let style = ctx.global_style();
    let palette = theme::palette(&style);
    let card = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.line));
    let card = card.corner_radius(theme::CARD_RADIUS).inner_margin(Margin::same(theme::XL as i8));
    let keys_are_free = keys_are_free(ctx, look);
    // Below the lists that open over it, whatever was touched last.
    let area = Modal::default_area(Id::unique("import")).order(Order::Middle);
    Modal::new(Id::unique("import")).area(area).frame(card.shadow(style.visuals.window_shadow)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(window.x - 4.0 * theme::XL));
        head_ui(ui, state.language(), look, commands);
        match (look.seen(), look.trouble()) {
            (Some(seen), _) => seen_ui(ui, state.language(), seen, window.y - AROUND, commands),
            (None, Some(error)) => {
                ui.add_space(theme::M);
                boxed_ui(ui, &error.say(state.language()), Tone::Bad);
            }
            (None, None) => {
                ui.add_space(theme::S);
                widgets::quiet(ui, state.language().reading_first_rows());
            }
        }
        ui.add_space(theme::M);
        foot_ui(ui, state.language(), look, commands);
    });
    if keys_are_free && ctx.input(|input| input.key_pressed(Key::Escape)) {
        commands.push(Command::CloseLook);
    } else if keys_are_free && look.is_ready() && enter_is_free(ctx) {
        commands.push(Command::ImportLooked);
    }
}

/// An open list takes the keys for itself. What had the focus before the panel came loses it.
fn keys_are_free(ctx: &Context, look: &Look) -> bool {
    let shown = Id::unique("import shown");
    if ctx.data(|data| data.get_temp::<u64>(shown)) != Some(look.number) {
        ctx.data_mut(|data| data.insert_temp(shown, look.number));
        ctx.memory_mut(egui::Memory::stop_text_input);
        // The key that opened it does not go on at once.
        return false;
    }
    !Popup::is_any_open(ctx)
}

/// A control that has the focus is pressed by Enter on its own.
fn enter_is_free(ctx: &Context) -> bool {
    ctx.memory(egui::Memory::focused).is_none() && ctx.input(|input| input.key_pressed(Key::Enter))
}

fn head_ui(ui: &mut Ui, language: Language, look: &Look, commands: &mut Vec<Command>) {
    widgets::line(
        ui,
        |ui| {
            let width = ui.available_width() - theme::ICON_BUTTON - theme::S;
            let title = RichText::new(language.import_of(&look.name())).heading();
            ui.scope(|ui| {
                ui.set_max_width(width);
                ui.add(Label::new(title).truncate()).on_hover_text(look.source.display().to_string());
            });
        },
        |ui| {
            if widgets::icon_button(ui, Icon::Close, language.close()).clicked() {
                commands.push(Command::CloseLook);
            }
        },
    );
    if let Some(seen) = look.seen() {
        widgets::small(ui, capitalised(&seen.preview.about(language).join("   ·   ")));
    }
}

fn seen_ui(ui: &mut Ui, language: Language, seen: &Seen, height: f32, commands: &mut Vec<Command>) {
    ui.add_space(theme::M);
    columns_ui(ui, language, seen, height, commands);
    ui.add_space(theme::M);
    match seen.hindrance() {
        Some(Hindrance::NothingShown) => boxed_ui(ui, language.nothing_shown(), Tone::Bad),
        Some(Hindrance::Twice(field, columns)) => {
            let columns = columns.join(language.pick(", ", "、"));
            boxed_ui(ui, &language.chosen_twice(language.field(field), &columns), Tone::Bad);
        }
        None => notes_ui(ui, language, seen),
    }
    if seen.may_fetch() {
        ui.add_space(theme::S);
        let mut fetch = seen.options.web.fetch;
        ui.horizontal(|ui| {
            if widgets::checkbox(ui, &mut fetch, language.fetch_pictures()).changed() {
                commands.push(Command::FetchPictures(fetch));
            }
            ui.add_space(theme::S);
            widgets::small(ui, if fetch { language.fetch_on_note() } else { language.fetch_off_note() });
        });
    }
}

/// What is worth knowing and hinders nothing.
fn notes_ui(ui: &mut Ui, language: Language, seen: &Seen) {
    if seen.lacks_title() {
        boxed_ui(ui, language.lacks_title(), Tone::Advice);
    }
    let behind = seen.behind();
    for Behind { column, first } in behind.iter().take(MOST_BEHIND) {
        widgets::small(ui, language.counts_behind(column, first));
    }
    if behind.len() > MOST_BEHIND {
        widgets::small(ui, language.and_more_values(behind.len() - MOST_BEHIND));
    }
    if seen.lacks_id() {
        widgets::small(ui, language.lacks_id());
    }
    if let Some(folder) = &seen.lost {
        widgets::small(ui, language.files_gone(folder));
    }
    if !seen.gone.is_empty() {
        widgets::small(ui, language.columns_gone(&seen.gone.join(language.pick(", ", "、"))));
    }
}

/// What a sentence in a box is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    /// It hinders the import.
    Bad,
    /// It had better be looked at.
    Advice,
}

/// What hinders or had better be otherwise, and what to do.
fn boxed_ui(ui: &mut Ui, text: &str, tone: Tone) {
    let palette = theme::palette(ui.style());
    let (fill, colour) = match tone {
        Tone::Bad => (palette.bad_soft, palette.bad),
        Tone::Advice => (palette.accent_soft, palette.text),
    };
    Frame::new().fill(fill).corner_radius(theme::CONTROL_RADIUS).inner_margin(theme::M).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(RichText::new(text).color(colour)).wrap().selectable(true));
    });
}

/// As the beginning of a line.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The three parts of a row.
fn cells(row: Rect) -> [Rect; 3] {
    let becomes = row.left() + NAME + theme::M;
    let samples = becomes + BECOMES + theme::L;
    let part = |left: f32, right: f32| Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom()));
    [part(row.left(), row.left() + NAME), part(becomes, becomes + BECOMES), part(samples, row.right())]
}

fn columns_ui(ui: &mut Ui, language: Language, seen: &Seen, height: f32, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui.style());
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::L), Sense::hover());
    let names = [language.column(), language.becomes(), language.first_values()];
    for (cell, name) in cells(head).into_iter().zip(names) {
        let cell = UiBuilder::new().max_rect(cell).layout(Layout::left_to_right(Align::Center));
        widgets::small(&mut ui.new_child(cell), name);
    }
    let columns = &seen.preview.columns;
    let height = height.max(FEWEST as f32 * ROW).min(columns.len() as f32 * ROW);
    let rule = |ui: &Ui, y: f32| ui.painter().hline(head.x_range(), y, Stroke::new(1.0, palette.line));
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.add_space(theme::XS);
    rule(ui, ui.cursor().top());
    let list = ScrollArea::vertical().id_salt("columns").max_height(height).auto_shrink([false, true]);
    list.show_rows(ui, ROW, columns.len(), |ui, shown| {
        for place in shown {
            let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
            column_ui(ui, language, seen, (place, &columns[place]), row, commands);
            if place + 1 < columns.len() {
                rule(ui, row.bottom());
            }
        }
    });
    rule(ui, ui.cursor().top());
    ui.spacing_mut().item_spacing.y = theme::S;
}

fn column_ui(
    ui: &mut Ui,
    language: Language,
    seen: &Seen,
    (place, column): (usize, &Column),
    row: Rect,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui.style());
    let role = seen.role(&column.name);
    let (strong, weak) = match role {
        Role::Field(_) => (palette.text, palette.quiet),
        Role::Attribute => (palette.quiet, palette.quiet),
        Role::Ignore => (palette.faint, palette.faint),
    };
    let [name, becomes, samples] =
        cells(row).map(|rect| UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)));
    let text = RichText::new(&column.name).color(strong);
    ui.new_child(name).add(Label::new(text).truncate());
    let said = language.role(role);
    let text = RichText::new(said).color(strong);
    let combo = ComboBox::from_id_salt(("role", place)).width(BECOMES).height(FIELDS).truncate().selected_text(text);
    let shown = combo.show_ui(&mut ui.new_child(becomes), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.spacing_mut().interact_size.y = theme::XL;
        ui.spacing_mut().button_padding.y = theme::XS;
        let fields = Field::all().map(Role::Field);
        for other in [Role::Attribute, Role::Ignore].into_iter().chain(fields) {
            if ui.selectable_label(other == role, language.role(other)).clicked() && other != role {
                commands.push(Command::SayColumn(column.name.clone(), other));
            }
        }
    });
    shown.response.accessible_name(language.what_becomes(&column.name));
    let mut samples = ui.new_child(samples);
    let values = RichText::new(column.samples.join("   ·   ")).color(weak);
    let values = samples.add(Label::new(values).truncate());
    if !column.samples.is_empty() {
        values.on_hover_text(column.samples.join("\n"));
    }
}

fn foot_ui(ui: &mut Ui, language: Language, look: &Look, commands: &mut Vec<Command>) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if look.trouble().is_some() {
            if widgets::button(ui, None, language.another_file(), Loudness::Primary).clicked() {
                commands.extend([Command::CloseLook, Command::AskForImportFile]);
            }
        } else {
            let import = |ui: &mut Ui| widgets::button(ui, None, language.import_now(), Loudness::Primary).clicked();
            if ui.add_enabled_ui(look.is_ready(), import).inner {
                commands.push(Command::ImportLooked);
            }
        }
        if widgets::button(ui, None, language.cancel(), Loudness::Normal).clicked() {
            commands.push(Command::CloseLook);
        }
    });
}
