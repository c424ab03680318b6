//! The few controls that all panels share, so that a button looks and is named the same everywhere.

use egui::{
    Align, Align2, Color32, FontId, Frame, Id, Label, Layout, Margin, Pos2, Rect, Response, RichText, Role, Sense,
    Stroke, TextStyle, TextureHandle, Ui, UiBuilder, Vec2, WidgetInfo, WidgetText,
    epaint::{CornerRadius, RectShape},
    pos2, vec2,
};

use super::{
    icons::{self, Icon},
    theme,
};
use crate::search::Method;

/// A square button with an icon only; `name` is its tooltip and what a screen reader says.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    sized_icon_button(ui, icon, name, theme::icon_button())
}

/// A smaller [`icon_button`], to take something away.
pub fn small_icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    sized_icon_button(ui, icon, name, Vec2::splat(theme::XL))
}

fn sized_icon_button(ui: &mut Ui, icon: Icon, name: &str, size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    paint_icon_button(ui, rect, &response, icon, name);
    response.on_hover_text(name)
}

/// Paints an icon button whose place was taken already.
pub fn paint_icon_button(ui: &Ui, rect: Rect, response: &Response, icon: Icon, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let palette = theme::palette(ui.style());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, palette.control_hover);
    }
    let colour = if response.hovered() { palette.text } else { palette.quiet };
    icons::paint(ui.painter(), icon, rect.center(), fade(ui, colour));
}

/// How loud a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loudness {
    /// The one thing to do here.
    Primary,
    Normal,
    /// No ground until the pointer comes.
    Quiet,
}

/// A button with a word, and an icon before it when given.
pub fn button(ui: &mut Ui, icon: Option<Icon>, text: &str, loudness: Loudness) -> Response {
    let palette = theme::palette(ui.style());
    // What cannot be pressed is not the one thing to do; words on a faded accent could not be read.
    let loudness = if loudness == Loudness::Primary && !ui.is_enabled() { Loudness::Normal } else { loudness };
    let colour = match loudness {
        Loudness::Primary => palette.on_accent,
        Loudness::Normal => palette.text,
        Loudness::Quiet => palette.quiet,
    };
    let font = TextStyle::Button.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER);
    let icon_width = if icon.is_some() { icons::SIDE + 6.0 } else { 0.0 };
    let padding = if loudness == Loudness::Quiet { theme::S } else { theme::M };
    let size = vec2(galley.size().x + icon_width + 2.0 * padding, theme::BUTTON_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), text));
    let hot = response.hovered() || response.has_focus();
    let fill = match (loudness, hot, response.is_pointer_button_down_on()) {
        (Loudness::Primary, false, _) => palette.accent,
        (Loudness::Primary, true, _) => palette.accent.gamma_multiply(0.88),
        (_, _, true) => palette.control_pressed,
        (_, true, _) => palette.control_hover,
        (Loudness::Normal, ..) => palette.control,
        (Loudness::Quiet, ..) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, fade(ui, fill));
    let colour = fade(ui, if hot && loudness == Loudness::Quiet { palette.text } else { colour });
    let left = rect.left() + padding;
    if let Some(icon) = icon {
        icons::paint(ui.painter(), icon, pos2(left + icons::SIDE / 2.0, rect.center().y), colour);
    }
    let at = pos2(left + icon_width, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colour);
    response
}

/// Dimmed when the controls around are disabled.
pub fn fade(ui: &Ui, colour: Color32) -> Color32 {
    if ui.is_enabled() { colour } else { colour.gamma_multiply(0.45) }
}

/// A score or a part of one: with its sign, and never a negative zero.
pub fn signed(number: f32) -> String {
    let text = format!("{number:+.2}");
    if text == "-0.00" { "+0.00".into() } else { text }
}

/// A score or a part of one under a method: those of rrf are small and need more places.
pub fn score(method: Method, number: f32) -> String {
    match method {
        Method::Rrf { .. } => format!("{number:.4}"),
        _ => signed(number),
    }
}

/// The name of a section.
pub fn section(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).text_style(theme::title()));
}

/// A sentence in the background.
pub fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme::palette(ui.style()).quiet;
    ui.add(Label::new(RichText::new(text).color(colour)).wrap())
}

/// A number or hint in the background, small.
pub fn small(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = theme::palette(ui.style()).faint;
    ui.add(Label::new(RichText::new(text).small().color(colour)).wrap())
}

/// Something at the left and something at the right end of one line.
pub fn line(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        left(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), right);
    });
}

/// A hairline with room around it.
pub fn rule(ui: &mut Ui) {
    ui.add_space(theme::S);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme::palette(ui.style()).line));
    ui.add_space(theme::S);
}

/// A thin bar filled to `share` (0..=1).
pub fn bar(ui: &mut Ui, share: f32, height: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let palette = theme::palette(ui.style());
    ui.painter().rect_filled(rect, height / 2.0, palette.control);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), height));
    if filled.width() >= 1.0 {
        ui.painter().rect_filled(filled, height / 2.0, palette.accent);
    }
}

/// Paints a texture inside `rect`, whole and undistorted, with rounded corners where it touches them.
pub fn picture_inside(ui: &Ui, rect: Rect, texture: &TextureHandle, radius: CornerRadius, opacity: f32) {
    let size = texture.size_vec2();
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let inner = Rect::from_center_size(rect.center(), size * scale);
    let touches = inner.width() > rect.width() - 1.0 && inner.height() > rect.height() - 1.0;
    let radius = if touches { radius } else { CornerRadius::ZERO };
    paint_texture(ui, inner, texture, radius, opacity);
}

/// Paints a texture over the whole of `rect`, cut where it is longer.
pub fn picture_covering(ui: &Ui, rect: Rect, texture: &TextureHandle, radius: CornerRadius) {
    let size = texture.size_vec2();
    let scale = (rect.width() / size.x).max(rect.height() / size.y);
    let share = rect.size() / (size * scale);
    let uv = Rect::from_center_size(pos2(0.5, 0.5), share);
    ui.painter().add(RectShape::filled(rect, radius, Color32::WHITE).with_texture(texture.id(), uv));
}

fn paint_texture(ui: &Ui, rect: Rect, texture: &TextureHandle, radius: CornerRadius, opacity: f32) {
    let uv = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
    let tint = Color32::WHITE.gamma_multiply(opacity);
    ui.painter().add(RectShape::filled(rect, radius, tint).with_texture(texture.id(), uv));
}

/// Text at most `rows` lines high, cut with an ellipsis.
pub fn elided(ui: &Ui, text: &str, font: FontId, width: f32, rows: usize) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, Color32::PLACEHOLDER, width);
    job.wrap.max_rows = rows;
    job.wrap.break_anywhere = false;
    ui.painter().layout_job(job)
}

/// Something centred in an otherwise empty panel.
pub fn centred(ui: &mut Ui, height: f32, content: impl FnOnce(&mut Ui)) {
    let rect = ui.available_rect_before_wrap();
    let size = vec2(rect.width().min(420.0), height);
    let inner = Align2::CENTER_CENTER.align_size_within_rect(size, rect);
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Center)), content);
}

/// A slider as wide as the panel, on a thin rail with a round handle; `name` is what a screen reader says.
pub fn slider(ui: &mut Ui, value: &mut f32, range: std::ops::RangeInclusive<f32>, step: f64, name: &str) -> Response {
    let palette = theme::palette(ui.style());
    ui.scope(|ui| {
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = theme::SLIDER_HEIGHT;
        ui.visuals_mut().selection.bg_fill = fade(ui, palette.accent);
        ui.visuals_mut().widgets.inactive.bg_fill = palette.control_pressed;
        let (low, high) = (*range.start(), *range.end());
        let slider = egui::Slider::new(value, range).step_by(step).show_value(false).trailing_fill(true);
        let response = ui.add(slider).accessible_name(name);
        // The handle is painted over egui's, which has the colour of the rail.
        let radius = theme::SLIDER_HEIGHT / 2.5;
        let track = response.rect.x_range().shrink(radius);
        let share = ((*value - low) / (high - low)).clamp(0.0, 1.0);
        let center = pos2(egui::lerp(track.min..=track.max, share), response.rect.center().y);
        let grown = if response.hovered() || response.dragged() { 1.0 } else { 0.0 };
        let fill = if ui.is_enabled() { palette.accent } else { palette.control_pressed };
        ui.painter().circle(center, radius + grown, fill, Stroke::new(2.0, palette.side));
        response
    })
    .inner
}

/// A box to tick, with an edge that can be seen on every ground.
pub fn checkbox(ui: &mut Ui, ticked: &mut bool, text: impl Into<WidgetText>) -> Response {
    let edge = Stroke::new(1.0, theme::palette(ui.style()).control_pressed);
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.bg_stroke = edge;
        ui.checkbox(ticked, text)
    })
    .inner
}

/// The frame of a text field.
pub fn field(ui: &Ui) -> Frame {
    let palette = theme::palette(ui.style());
    let frame = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.control_pressed));
    frame.corner_radius(theme::CONTROL_RADIUS).inner_margin(Margin::symmetric(theme::S as i8, 6))
}

/// One of a few choices, side by side, each as wide as its name asks. Returns the one that was pressed.
pub fn choice<T: Copy + PartialEq>(ui: &mut Ui, current: T, choices: &[(T, &str)]) -> Option<T> {
    let palette = theme::palette(ui.style());
    let mut chosen = None;
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(vec2(width, theme::BUTTON_HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, palette.control);
    let font = TextStyle::Button.resolve(ui.style());
    let words = |name: &str| ui.painter().layout_no_wrap(name.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
    let widths: Vec<f32> = choices.iter().map(|(_, name)| words(name)).collect();
    let room = (width - widths.iter().sum::<f32>()) / choices.len().max(1) as f32;
    let mut left = rect.left();
    for ((value, name), words) in choices.iter().zip(widths) {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(words + room, rect.height()));
        left = cell.right();
        let response = ui.interact(cell, choice_id(ui, name), Sense::click());
        let is_current = *value == current;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_current, name));
        if is_current {
            let knob = cell.shrink(2.0);
            ui.painter().rect_filled(knob, theme::CONTROL_RADIUS - 2, palette.card);
        }
        let colour = if is_current || response.hovered() { palette.text } else { palette.quiet };
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, *name, font.clone(), colour);
        if response.clicked() {
            chosen = Some(*value);
        }
    }
    chosen
}

fn choice_id(ui: &Ui, name: &str) -> Id {
    ui.scope_id().with(("choice", name))
}
