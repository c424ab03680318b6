//! A picture of the query, large, over the shelf: a frame dragged on it says which part is searched with, and the shelf
//! follows while it is drawn.

use egui::{
    Align2, Area, Color32, Context, CornerRadius, Frame, Id, Key, Margin, Order, Pos2, Rect, Role, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    command::Command,
    state::{Attached, State},
    theme,
    thumbnails::{Key as PictureKey, Shown, Source, Thumbnails},
    widgets::{self, Loudness},
};
use crate::media::image::Region;

/// Longest side of the picture, points.
const SIDE: f32 = 340.0;
/// A frame shorter than this is a slip of the hand.
const SHORTEST: f32 = 8.0;
/// Where the panel stands: below the query field.
const TOP: f32 = 112.0;

pub fn region_panel_ui(ctx: &Context, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let Some(place) = state.framing else { return };
    let Some(attached) = state.attached.get(place) else { return };
    let language = state.language();
    // At the right, so that the best products stay in sight.
    let area =
        Area::new(Id::unique("region")).order(Order::Foreground).anchor(Align2::RIGHT_TOP, vec2(-theme::XL, TOP));
    area.show(ctx, |ui| {
        let palette = theme::palette(ui.style());
        let card = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.line));
        let card = card.corner_radius(theme::CARD_RADIUS).inner_margin(Margin::same(theme::M as i8));
        card.shadow(ui.visuals().popup_shadow).show(ui, |ui| {
            ui.set_width(SIDE);
            picture_ui(ui, place, attached, pictures, &language.query_picture(place + 1), commands);
            ui.add_space(theme::S);
            widgets::quiet(ui, language.region_hint());
            ui.add_space(theme::S);
            weight_ui(ui, state, place, attached, commands);
            ui.add_space(theme::S);
            ui.horizontal(|ui| {
                if widgets::button(ui, None, language.done(), Loudness::Primary).clicked() {
                    commands.push(Command::Frame(None));
                }
                let whole =
                    |ui: &mut Ui| widgets::button(ui, None, language.whole_picture(), Loudness::Quiet).clicked();
                if ui.add_enabled_ui(attached.region.is_some(), whole).inner {
                    commands.push(Command::SetRegion(place, None));
                }
            });
        });
    });
    if ctx.input(|input| input.key_pressed(Key::Escape)) {
        commands.push(Command::Frame(None));
    }
}

/// How much this picture counts beside the others: left of the middle the products are to be unlike it.
fn weight_ui(ui: &mut Ui, state: &State, place: usize, attached: &Attached, commands: &mut Vec<Command>) {
    let language = state.language();
    widgets::line(
        ui,
        |ui| {
            ui.label(language.how_much_it_counts());
        },
        |ui| {
            let unlike = if attached.weight < 0.0 { language.unlike_it() } else { "" };
            widgets::small(ui, format!("{unlike}   {}", widgets::signed(attached.weight)));
        },
    );
    let mut weight = attached.weight;
    if widgets::slider(ui, &mut weight, -1.0..=1.0, 0.05, language.how_much_it_counts()).changed() {
        commands.push(Command::WeighPicture(place, weight));
    }
}

fn picture_ui(
    ui: &mut Ui,
    place: usize,
    attached: &Attached,
    pictures: &mut Thumbnails,
    name: &str,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui.style());
    let size = vec2(attached.whole.width() as f32, attached.whole.height() as f32);
    let scale = SIDE / size.x.max(size.y);
    let (rect, response) = ui.allocate_exact_size((size * scale).max(vec2(SHORTEST, SHORTEST)), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let source = || Source::Framed(attached.whole.clone());
    if let Shown::Ready(texture) = pictures.get(PictureKey::Framed(attached.id), source) {
        widgets::picture_inside(ui, rect, texture, CornerRadius::same(theme::CONTROL_RADIUS), 1.0);
    }
    let drag = ui.input(|input| Some((input.pointer.press_origin()?, input.pointer.interact_pos()?)));
    if let Some((from, to)) = drag.filter(|_| response.dragged())
        && let Some(region) = region_of(Rect::from_two_pos(from, to), rect)
        && Some(region) != attached.region
    {
        commands.push(Command::SetRegion(place, Some(region)));
    }
    if response.hovered() {
        ui.set_cursor_icon(egui::CursorIcon::Crosshair);
    }
    if let Some(region) = attached.region {
        let frame = frame_of(region, rect);
        let shade = Color32::from_black_alpha(120);
        for dark in around(frame, rect) {
            ui.painter().rect_filled(dark, 0.0, shade);
        }
        ui.painter().rect_stroke(frame, 2.0, Stroke::new(2.0, palette.accent), StrokeKind::Middle);
    }
}

/// A dragged frame as a part of the picture in `rect`; `None` while it is too small to mean anything.
fn region_of(frame: Rect, rect: Rect) -> Option<Region> {
    let frame = frame.intersect(rect);
    if frame.width() < SHORTEST || frame.height() < SHORTEST {
        return None;
    }
    let from = (frame.min - rect.min) / rect.size();
    let share = frame.size() / rect.size();
    Region::new(from.x, from.y, share.x, share.y)
}

fn frame_of(region: Region, rect: Rect) -> Rect {
    let at = |x: f32, y: f32| -> Pos2 { rect.min + vec2(x, y) * rect.size() };
    let (left, top) = (region.left(), region.top());
    Rect::from_min_max(at(left, top), at(left + region.width(), top + region.height()))
}

/// What of `rect` lies outside `frame`: above, below, left and right of it.
fn around(frame: Rect, rect: Rect) -> [Rect; 4] {
    [
        Rect::from_min_max(rect.min, pos2(rect.max.x, frame.min.y)),
        Rect::from_min_max(pos2(rect.min.x, frame.max.y), rect.max),
        Rect::from_min_max(pos2(rect.min.x, frame.min.y), pos2(frame.min.x, frame.max.y)),
        Rect::from_min_max(pos2(frame.max.x, frame.min.y), pos2(rect.max.x, frame.max.y)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_part_of_the_picture() {
        let rect = Rect::from_min_size(pos2(100.0, 50.0), vec2(200.0, 100.0));
        let drawn =
            |x: f32, y: f32, to_x: f32, to_y: f32| region_of(Rect::from_two_pos(pos2(x, y), pos2(to_x, to_y)), rect);
        assert_eq!(drawn(150.0, 75.0, 250.0, 125.0), Region::new(0.25, 0.25, 0.5, 0.5));
        assert_eq!(drawn(250.0, 125.0, 150.0, 75.0), Region::new(0.25, 0.25, 0.5, 0.5), "drawn backwards");
        assert_eq!(drawn(0.0, 0.0, 500.0, 500.0), Region::new(0.0, 0.0, 1.0, 1.0), "drawn over the edge");
        assert_eq!(drawn(150.0, 75.0, 152.0, 125.0), None, "a slip");
        let frame = frame_of(Region::new(0.25, 0.25, 0.5, 0.5).unwrap(), rect);
        assert_eq!(frame, Rect::from_min_max(pos2(150.0, 75.0), pos2(250.0, 125.0)));
    }
}
