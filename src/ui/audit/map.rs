//! The quality map: the chosen measure over all shares of three sliders, a triangle whose corners are one slider alone. The
//! dot is where the sliders stand; dragging it moves them, and the shelf follows.

use egui::{Align2, Color32, Mesh, Pos2, Rect, Role, Sense, Shape, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::{command::AuditCommand, side_head_ui};
use crate::{
    audit::simplex::{Axes, Map, Shares, colour, contours, points, range, triangles},
    language::Language,
    ui::{
        command::Command,
        state::State,
        theme,
        widgets::{self, Loudness},
        work::Lane,
    },
};

/// Room for the names of the corners.
const MARGIN: f32 = 26.0;
const DOT: f32 = 8.0;
/// Height of an equilateral triangle of side 1.
const TALL: f32 = 0.866_025_4;

pub fn map_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let (audit, language) = (&state.audit, state.language());
    let mut asked = Vec::new();
    side_head_ui(ui, language, (language.quality_map(), language.map_note()), &mut asked);
    let axes = [(Axes::Parts, language.what_counts()), (Axes::Facets, language.match_against())];
    if let Some(axes) = widgets::choice(ui, audit.axes, &axes) {
        asked.push(AuditCommand::SetAxes(axes));
    }
    ui.add_space(theme::M);
    match &audit.map {
        Some(map) if map.is_empty() => {
            widgets::quiet(ui, language.map_flat(map.unmoved));
        }
        Some(map) => {
            triangle_ui(ui, state, map, &mut asked);
            legend_ui(ui, map);
            said_ui(ui, state, map, &mut asked);
        }
        None if state.is_running(Lane::Map) => {
            widgets::quiet(ui, language.drawing_map());
        }
        None if audit.figures.not_measured => {
            widgets::quiet(ui, language.not_measured());
        }
        None => {
            widgets::quiet(ui, language.nothing_judged());
        }
    }
    commands.extend(asked.into_iter().map(Command::Audit));
}

/// The triangle on screen.
#[derive(Debug, Clone, Copy)]
struct Frame {
    corners: [Pos2; 3],
}

impl Frame {
    fn inside(rect: Rect) -> Self {
        let side = (rect.width() - 2.0 * MARGIN).min((rect.height() - 2.0 * MARGIN) / TALL);
        let (center, top) = (rect.center().x, rect.top() + MARGIN);
        let bottom = top + side * TALL;
        Self { corners: [pos2(center, top), pos2(center - side / 2.0, bottom), pos2(center + side / 2.0, bottom)] }
    }

    /// Where shares that add up to 1 stand.
    fn at(&self, shares: [f32; 3]) -> Pos2 {
        let [a, b, c] = self.corners;
        (a.to_vec2() * shares[0] + b.to_vec2() * shares[1] + c.to_vec2() * shares[2]).to_pos2()
    }

    /// The shares at a point; one outside is brought to the nearest edge.
    fn shares(&self, at: Pos2) -> [f32; 3] {
        let [a, b, c] = self.corners;
        let (p, q, r) = (b - a, c - a, at - a);
        let whole = p.x * q.y - p.y * q.x;
        let second = (r.x * q.y - r.y * q.x) / whole;
        let third = (p.x * r.y - p.y * r.x) / whole;
        let shares = [1.0 - second - third, second, third].map(|share| share.max(0.0));
        let sum: f32 = shares.iter().sum();
        shares.map(|share| share / sum)
    }
}

fn triangle_ui(ui: &mut Ui, state: &State, map: &Map, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    let palette = theme::palette(ui.style());
    let width = ui.available_width();
    let size = vec2(width, (width - 2.0 * MARGIN) * TALL + 2.0 * MARGIN);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.quality_map()));
    let frame = Frame::inside(rect);
    ui.painter().add(Shape::mesh(surface(map, &frame)));
    let lines = |lines: Vec<Vec<Shares>>, stroke: Stroke| {
        for line in lines {
            ui.painter().add(Shape::line(line.into_iter().map(|shares| frame.at(shares)).collect(), stroke));
        }
    };
    for level in map.levels(CONTOURS) {
        lines(contours(&map.means, level), Stroke::new(0.8, Color32::from_white_alpha(90)));
    }
    lines(map.plateau(), Stroke::new(2.0, Color32::WHITE));
    let edge: Vec<Pos2> = frame.corners.iter().chain(&frame.corners[..1]).copied().collect();
    ui.painter().add(Shape::line(edge, Stroke::new(1.0, palette.line)));
    corner_names(ui, language, map.axes, &frame);
    star(ui, frame.at(best(map)));

    let dot = map.axes.shares(&state.settings.weights).unwrap_or([1.0 / 3.0; 3]);
    let center = frame.at(dot);
    let held = response.dragged() || response.is_pointer_button_down_on();
    let grown = if response.hovered() || held { 2.0 } else { 0.0 };
    ui.painter().circle(center, DOT + grown, palette.accent, Stroke::new(2.5, Color32::WHITE));
    if let Some(at) = response.interact_pointer_pos().filter(|_| held || response.clicked()) {
        asked.push(AuditCommand::MoveDot(map.axes, frame.shares(at)));
    } else if let Some(at) = response.hover_pos() {
        let shares = frame.shares(at);
        response.on_hover_text(language.map_point(map.axes, shares, value_at(map, shares), map.metric));
    }
}

const CONTOURS: usize = 6;

/// The coloured surface: each small triangle between three points of the map.
fn surface(map: &Map, frame: &Frame) -> Mesh {
    let mut mesh = Mesh::default();
    let (low, high) = range(&map.means);
    for (shares, value) in points().zip(&map.means) {
        let share = if high > low { (value - low) / (high - low) } else { 1.0 };
        mesh.colored_vertex(frame.at(shares), shade(share));
    }
    for [a, b, c] in triangles() {
        mesh.add_triangle(a as u32, b as u32, c as u32);
    }
    mesh
}

/// Where the map is highest.
fn best(map: &Map) -> Shares {
    points().nth(map.best).unwrap_or([1.0 / 3.0; 3])
}

/// The value at the nearest point of the map.
fn value_at(map: &Map, at: Shares) -> f64 {
    let away = |shares: Shares| (0..3).map(|corner| (shares[corner] - at[corner]).powi(2)).sum::<f32>();
    let nearest = points().zip(&map.means).min_by(|(a, _), (b, _)| away(*a).total_cmp(&away(*b)));
    nearest.map_or(0.0, |(_, value)| *value)
}

fn shade(share: f64) -> Color32 {
    let [red, green, blue] = colour(share);
    Color32::from_rgb(red, green, blue)
}

fn corner_names(ui: &Ui, language: Language, axes: Axes, frame: &Frame) {
    let palette = theme::palette(ui.style());
    let font = TextStyle::Small.resolve(ui.style());
    let [top, left, right] = frame.corners;
    let names = language.axis_names(axes);
    let gap = theme::S;
    ui.painter().text(top - vec2(0.0, gap), Align2::CENTER_BOTTOM, names[0], font.clone(), palette.quiet);
    ui.painter().text(left + vec2(-MARGIN + 2.0, gap), Align2::LEFT_TOP, names[1], font.clone(), palette.quiet);
    ui.painter().text(right + vec2(MARGIN - 2.0, gap), Align2::RIGHT_TOP, names[2], font, palette.quiet);
}

/// Where the map is highest.
fn star(ui: &Ui, center: Pos2) {
    let points = (0..10).map(|point| {
        let radius = if point % 2 == 0 { 7.0 } else { 3.0 };
        let angle = std::f32::consts::TAU * (point as f32 / 10.0 - 0.25);
        center + vec2(angle.cos(), angle.sin()) * radius
    });
    let points: Vec<Pos2> = points.collect();
    let mut mesh = Mesh::default();
    mesh.colored_vertex(center, Color32::WHITE);
    points.iter().for_each(|point| mesh.colored_vertex(*point, Color32::WHITE));
    (0..10).for_each(|point| mesh.add_triangle(0, 1 + point, 1 + (point + 1) % 10));
    ui.painter().add(Shape::mesh(mesh));
    ui.painter().add(Shape::closed_line(points, Stroke::new(1.0, Color32::from_black_alpha(120))));
}

/// Which colour is how good.
fn legend_ui(ui: &mut Ui, map: &Map) {
    let (low, high) = range(&map.means);
    let palette = theme::palette(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::XL), Sense::hover());
    let bar = Rect::from_min_size(rect.min + vec2(MARGIN, 0.0), vec2(rect.width() - 2.0 * MARGIN, 6.0));
    let mut mesh = Mesh::default();
    for step in 0..=16_u32 {
        let share = f64::from(step) / 16.0;
        let x = egui::lerp(bar.x_range(), share as f32);
        mesh.colored_vertex(pos2(x, bar.top()), shade(share));
        mesh.colored_vertex(pos2(x, bar.bottom()), shade(share));
        if step > 0 {
            let last = 2 * step;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    let font = TextStyle::Small.resolve(ui.style());
    let below = bar.bottom() + theme::XS;
    ui.painter().text(pos2(bar.left(), below), Align2::LEFT_TOP, format!("{low:.3}"), font.clone(), palette.faint);
    ui.painter().text(pos2(bar.right(), below), Align2::RIGHT_TOP, format!("{high:.3}"), font, palette.faint);
}

/// The map in words, and the way to its top.
fn said_ui(ui: &mut Ui, state: &State, map: &Map, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    ui.add_space(theme::S);
    let (best, value) = (best(map), map.means[map.best]);
    ui.label(language.map_best(map.axes, best, value, map.metric));
    let plateau = (0..map.means.len()).filter(|point| map.on_plateau(*point)).count();
    widgets::quiet(ui, language.map_plateau(plateau as f64 / map.means.len() as f64, map.queries.len()));
    if map.unmoved > 0 {
        widgets::small(ui, language.map_unmoved(map.unmoved, map.queries.len() + map.unmoved));
    }
    if !map.exact {
        widgets::small(ui, language.map_candidates());
    }
    ui.add_space(theme::S);
    if widgets::button(ui, None, language.go_to_best(), Loudness::Normal).clicked() {
        asked.push(AuditCommand::MoveDot(map.axes, best));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_and_its_shares_belong_together() {
        let frame = Frame::inside(Rect::from_min_size(Pos2::ZERO, vec2(300.0, 280.0)));
        for shares in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.2, 0.3, 0.5]] {
            let back = frame.shares(frame.at(shares));
            assert!(shares.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-4), "{shares:?} {back:?}");
        }
        // Outside counts as the edge.
        let above = frame.shares(frame.corners[0] - vec2(0.0, 50.0));
        assert!((above.iter().sum::<f32>() - 1.0).abs() < 1e-5 && above[0] > 0.99);
    }
}
