//! Judging: one product at a time, its picture first, nothing said of where it stood. Keys alone are enough.

use egui::{
    Align, Key, Label, Layout, Modifiers, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextStyle, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};

use super::{
    command::AuditCommand,
    grade,
    state::{BEST_GRADE, Judging},
};
use crate::{
    language::Language,
    ui::{
        command::Command,
        icons::{self, Icon},
        state::{Shelf, Sound, State},
        theme,
        thumbnails::{Key as PictureKey, Shown, Source, Thumbnails},
        widgets::{self, Loudness},
    },
};

const BUTTON: egui::Vec2 = vec2(108.0, 64.0);
/// A picture of the query.
const ASKED: f32 = 56.0;
/// Width of the words beside the picture.
const WORDS: f32 = 360.0;
const GRADES: [Key; 4] = [Key::Num0, Key::Num1, Key::Num2, Key::Num3];

pub fn judge_ui(ui: &mut Ui, state: &State, judging: &Judging, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let Some(shelf) = &state.shelf else { return };
    let mut asked = Vec::new();
    keys(ui, judging, &mut asked);
    header_ui(ui, state, judging, pictures, commands);
    ui.add_space(theme::M);
    match judging.row() {
        Some(row) => product_ui(ui, state, shelf, judging, row, pictures, &mut asked),
        None => done_ui(ui, state, judging, &mut asked),
    }
    commands.extend(asked.into_iter().map(Command::Audit));
}

fn keys(ui: &Ui, judging: &Judging, asked: &mut Vec<AuditCommand>) {
    if ui.text_edit_focused() {
        return;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if judging.row().is_some() {
        for (key, grade) in GRADES.into_iter().zip([0.0, 1.0, 2.0, BEST_GRADE]) {
            if pressed(key) {
                asked.push(AuditCommand::Grade(grade));
            }
        }
        if pressed(Key::S) || pressed(Key::ArrowRight) {
            asked.push(AuditCommand::Skip);
        }
    } else if pressed(Key::Enter) || pressed(Key::Space) {
        asked.push(AuditCommand::Judge);
    }
    if pressed(Key::U) || pressed(Key::Backspace) || pressed(Key::ArrowLeft) {
        asked.push(AuditCommand::Undo);
    }
    if pressed(Key::Escape) {
        asked.push(AuditCommand::ShowShelf);
    }
}

/// What is asked, how far it is, and the way out.
fn header_ui(ui: &mut Ui, state: &State, judging: &Judging, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let language = state.language();
    let mut asked = None;
    let title = state.audit.query(&judging.query).map(|query| language.query_title(query)).unwrap_or_default();
    widgets::line(
        ui,
        |ui| {
            asked_with_ui(ui, state, pictures, commands);
            ui.label(RichText::new(title).heading());
        },
        |ui| {
            if widgets::icon_button(ui, Icon::Close, language.leave_judging()).clicked() {
                asked = Some(Command::Audit(AuditCommand::ShowShelf));
            }
            if let Some(pace) = judging.pace(state.now) {
                widgets::small(ui, language.pace(pace));
            }
        },
    );
    commands.extend(asked);
    let seen = judging.at.min(judging.pool.len());
    widgets::bar(ui, seen as f32 / judging.pool.len().max(1) as f32, 4.0);
    widgets::small(ui, language.seen_of(seen, judging.pool.len()));
}

/// The pictures and the sound that the query consists of.
fn asked_with_ui(ui: &mut Ui, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let radius = egui::CornerRadius::same(theme::CONTROL_RADIUS);
    for attached in &state.attached {
        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(ASKED), Sense::hover());
        let source = || Source::Query(attached.whole.clone());
        if let Shown::Ready(texture) = pictures.get(PictureKey::Query(attached.id), source) {
            widgets::picture_inside(ui, rect, texture, radius, 1.0);
        }
    }
    if state.query.audio.is_some() {
        if state.playing == Some(Sound::Query) {
            if widgets::icon_button(ui, Icon::Stop, state.language().stop()).clicked() {
                commands.push(Command::StopPlaying);
            }
        } else if widgets::icon_button(ui, Icon::Play, state.language().play_recording()).clicked() {
            commands.push(Command::Play(Sound::Query));
        }
    }
}

fn product_ui(
    ui: &mut Ui,
    state: &State,
    shelf: &Shelf,
    judging: &Judging,
    row: usize,
    pictures: &mut Thumbnails,
    asked: &mut Vec<AuditCommand>,
) {
    let language = state.language();
    let product = shelf.collection.product(row).unwrap_or_default();
    let area = ui.available_rect_before_wrap();
    let side = (area.height() - BUTTON.y - theme::XL).min(area.width() - WORDS - theme::XL).max(160.0);
    let left = area.left() + ((area.width() - side - theme::XL - WORDS) / 2.0).max(0.0);
    let rect = Rect::from_min_size(pos2(left, area.top()), vec2(side, side));
    picture_ui(ui, rect, shelf, row, product.pictures.first(), pictures);
    let words = Rect::from_min_size(pos2(rect.right() + theme::XL, area.top()), vec2(WORDS, side));
    ui.scope_builder(UiBuilder::new().max_rect(words).layout(Layout::top_down(Align::Min)), |ui| {
        ui.add(Label::new(RichText::new(product.title(language)).text_style(theme::title())).wrap());
        let price = product.price.as_ref().map(ToString::to_string).unwrap_or_default();
        let category = product.category(language).replace(" > ", " › ");
        let facts = [price.as_str(), &product.brand, &category];
        let facts: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        widgets::quiet(ui, facts.join("   ·   "));
        let description = product.description(language);
        if !description.is_empty() {
            ui.add_space(theme::S);
            let galley = widgets::elided(ui, description, TextStyle::Body.resolve(ui.style()), WORDS, 6);
            ui.label(galley);
        }
        ui.add_space(theme::S);
        for (name, value) in product.attributes.iter().filter(|(name, _)| !name.ends_with("_zh")).take(6) {
            let value = product
                .attributes
                .get(&format!("{name}_zh"))
                .filter(|_| language == Language::Chinese)
                .unwrap_or(value);
            widgets::small(ui, format!("{}   {value}", language.attribute_heading(name)));
        }
        let me = state.settings.judge.as_str();
        if let Some(grade) = state.audit.grades.by(me, &judging.query, &product.id) {
            ui.add_space(theme::S);
            widgets::quiet(ui, language.judged_before(&language.grade_name(grade)));
        }
    });
    let buttons = Rect::from_min_size(pos2(left, rect.bottom() + theme::L), vec2(area.right() - left, BUTTON.y));
    ui.scope_builder(UiBuilder::new().max_rect(buttons).layout(Layout::left_to_right(Align::Center)), |ui| {
        for grade in [0.0, 1.0, 2.0, BEST_GRADE] {
            if grade_button(ui, language, grade) {
                asked.push(AuditCommand::Grade(grade));
            }
        }
        ui.add_space(theme::S);
        if widgets::button(ui, None, language.skip(), Loudness::Quiet).clicked() {
            asked.push(AuditCommand::Skip);
        }
        ui.add_enabled_ui(!judging.done.is_empty(), |ui| {
            if widgets::button(ui, None, language.undo(), Loudness::Quiet).clicked() {
                asked.push(AuditCommand::Undo);
            }
        });
    });
    ui.advance_cursor_after_rect(area);
}

fn picture_ui(
    ui: &mut Ui,
    rect: Rect,
    shelf: &Shelf,
    row: usize,
    path: Option<&std::path::PathBuf>,
    pictures: &mut Thumbnails,
) {
    let palette = theme::palette(ui.style());
    let radius = egui::CornerRadius::same(theme::CARD_RADIUS);
    let large = PictureKey::Large { shelf: shelf.number, row, number: 0 };
    let small = PictureKey::Thumbnail { shelf: shelf.number, row };
    if let Some(path) = path {
        let _ = pictures.get(large, || Source::Large(path.clone()));
    }
    let _ = matches!(pictures.get(small, || Source::Thumbnail(shelf.collection.clone(), row)), Shown::Ready(_));
    let texture = pictures.ready(large).or_else(|| pictures.ready(small));
    ui.painter().rect_filled(rect, radius, if texture.is_some() { palette.picture } else { palette.control });
    match texture {
        Some(texture) => widgets::picture_inside(ui, rect.shrink(theme::S), texture, egui::CornerRadius::ZERO, 1.0),
        None if path.is_none() => icons::paint(ui.painter(), Icon::Picture, rect.center(), palette.faint),
        None => {}
    }
    ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.line), StrokeKind::Inside);
}

/// A large button with the key that does the same.
fn grade_button(ui: &mut Ui, language: Language, value: f32) -> bool {
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(BUTTON, Sense::click());
    let name = language.grade_name(value);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let fill = if response.hovered() { palette.control_hover } else { palette.control };
    ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, fill);
    grade::chip(ui, pos2(rect.center().x, rect.top() + 22.0), value, 1.0);
    let small = TextStyle::Small.resolve(ui.style());
    ui.painter().text(
        pos2(rect.center().x, rect.bottom() - 16.0),
        egui::Align2::CENTER_CENTER,
        &name,
        small,
        palette.text,
    );
    response.clicked()
}

fn done_ui(ui: &mut Ui, state: &State, judging: &Judging, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    widgets::centred(ui, 160.0, |ui| {
        widgets::section(ui, language.pool_done());
        if let Some(value) = state.audit.figures.values.get(&judging.query) {
            widgets::quiet(ui, format!("{} {value:.3}", state.audit.metric));
        }
        ui.add_space(theme::M);
        if widgets::button(ui, None, language.next_query(), Loudness::Primary).clicked() {
            asked.push(AuditCommand::Judge);
        }
        ui.add_space(theme::XS);
        if widgets::button(ui, None, language.see_shelf(), Loudness::Quiet).clicked() {
            asked.push(AuditCommand::ShowShelf);
        }
    });
}
