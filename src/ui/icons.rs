//! The window's icons, drawn as strokes: one weight, one size, sharp at every scale, no font needed.

use std::f32::consts::PI;

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    Search,
    Close,
    Picture,
    Microphone,
    Sound,
    Paste,
    Play,
    Stop,
    Shelf,
    Reset,
    Folder,
    File,
}

/// Side of an icon, points.
pub const SIDE: f32 = 16.0;

/// Draws an icon around a point. Coordinates below are on a grid of 16 x 16.
pub fn paint(painter: &Painter, icon: Icon, center: Pos2, colour: Color32) {
    let origin = center - vec2(SIDE, SIDE) / 2.0;
    let at = |x: f32, y: f32| origin + vec2(x, y);
    let stroke = Stroke::new(1.5, colour);
    let line = |points: &[(f32, f32)]| {
        painter.add(Shape::line(points.iter().map(|(x, y)| at(*x, *y)).collect(), stroke));
    };
    let arc = |x: f32, y: f32, radius: f32, from: f32, to: f32| {
        let points = (0..=16).map(|step| from + (to - from) * step as f32 / 16.0);
        let points = points.map(|angle| at(x + radius * angle.cos(), y + radius * angle.sin())).collect();
        painter.add(Shape::line(points, stroke));
    };
    let frame = |left: f32, top: f32, right: f32, bottom: f32, radius: u8| {
        let rect = Rect::from_min_max(at(left, top), at(right, bottom));
        painter.rect_stroke(rect, radius, stroke, StrokeKind::Middle);
    };
    match icon {
        Icon::Search => {
            painter.circle_stroke(at(7.0, 7.0), 4.5, stroke);
            line(&[(10.4, 10.4), (14.0, 14.0)]);
        }
        Icon::Close => {
            line(&[(4.5, 4.5), (11.5, 11.5)]);
            line(&[(11.5, 4.5), (4.5, 11.5)]);
        }
        Icon::Picture => {
            frame(2.0, 3.0, 14.0, 13.0, 2);
            painter.circle_filled(at(5.4, 6.3), 1.2, colour);
            line(&[(3.0, 12.0), (6.6, 8.8), (8.6, 10.6), (11.0, 7.8), (13.4, 10.6)]);
        }
        Icon::Microphone => {
            frame(6.0, 2.0, 10.0, 9.5, 2);
            arc(8.0, 7.6, 4.4, 0.1, PI - 0.1);
            line(&[(8.0, 12.0), (8.0, 14.2)]);
        }
        Icon::Sound => {
            for (x, half) in [(3.0, 1.6), (5.5, 4.0), (8.0, 6.0), (10.5, 3.2), (13.0, 1.4)] {
                line(&[(x, 8.0 - half), (x, 8.0 + half)]);
            }
        }
        Icon::Paste => {
            frame(3.5, 3.0, 12.5, 14.0, 2);
            painter.rect_filled(Rect::from_min_max(at(6.0, 1.8), at(10.0, 4.6)), 1.0, colour);
        }
        Icon::Play => {
            let points = vec![at(5.0, 3.2), at(12.6, 8.0), at(5.0, 12.8)];
            painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
        }
        Icon::Stop => {
            painter.rect_filled(Rect::from_min_max(at(4.2, 4.2), at(11.8, 11.8)), 2.0, colour);
        }
        Icon::Shelf => {
            for (left, top) in [(2.5, 2.5), (9.0, 2.5), (2.5, 9.0), (9.0, 9.0)] {
                frame(left, top, left + 4.5, top + 4.5, 1);
            }
        }
        Icon::Reset => {
            arc(8.0, 8.4, 4.8, -PI * 0.35, PI * 1.25);
            line(&[(11.4, 1.8), (10.4, 4.4), (13.0, 5.2)]);
        }
        Icon::Folder => {
            line(&[(2.0, 13.0), (2.0, 3.5), (6.2, 3.5), (7.8, 5.5), (14.0, 5.5), (14.0, 13.0), (2.0, 13.0)]);
        }
        Icon::File => {
            line(&[(4.0, 2.0), (9.5, 2.0), (12.5, 5.0), (12.5, 14.0), (4.0, 14.0), (4.0, 2.0)]);
            line(&[(9.3, 2.4), (9.3, 5.4), (12.2, 5.4)]);
        }
    }
}

/// The drawing of a sound inside `rect`, from the columns of [`Clip::wave`](crate::media::clip::Clip::wave).
pub fn paint_wave(painter: &Painter, rect: Rect, wave: &[(f32, f32)], colour: Color32) {
    let step = rect.width() / wave.len().max(1) as f32;
    for (column, (low, high)) in wave.iter().enumerate() {
        let x = rect.left() + (column as f32 + 0.5) * step;
        let half = rect.height() / 2.0;
        let (top, bottom) = (rect.center().y - (high * half).max(0.75), rect.center().y - (low * half).min(-0.75));
        painter.line_segment([pos2(x, top), pos2(x, bottom)], Stroke::new((step * 0.6).max(1.0), colour));
    }
}
