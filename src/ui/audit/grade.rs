//! Grades on screen: their colours, their names, the chip on a picture.

use egui::{Align2, Color32, Pos2, Stroke, TextStyle, Ui};

use crate::ui::theme::{self, Palette};

/// Half the width of a chip.
pub const RADIUS: f32 = 11.0;

/// The colour of a grade 0..=3; between two grades it is mixed.
pub fn colour(palette: &Palette, grade: f32) -> Color32 {
    let grade = if grade.is_finite() { grade.clamp(0.0, 3.0) } else { 0.0 };
    let below = (grade.floor() as usize).min(2);
    palette.grades[below].lerp_to_gamma(palette.grades[below + 1], grade - below as f32)
}

/// A grade as a small round chip.
pub fn chip(ui: &Ui, center: Pos2, grade: f32, opacity: f32) {
    let palette = theme::palette(ui.style());
    let fill = colour(palette, grade).gamma_multiply(opacity);
    ui.painter().circle(center, RADIUS, fill, Stroke::new(1.5, palette.card.gamma_multiply(opacity)));
    let font = TextStyle::Small.resolve(ui.style());
    let ink = Color32::WHITE.gamma_multiply(opacity);
    ui.painter().text(center, Align2::CENTER_CENTER, text(grade), font, ink);
}

/// 3 for 3.0, 0.1 for what a label map made of a public set's label.
pub fn text(grade: f32) -> String {
    if grade.fract() == 0.0 { format!("{grade:.0}") } else { format!("{grade:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_read_as_written() {
        assert_eq!((text(3.0), text(0.1)), ("3".into(), "0.1".into()));
    }
}
