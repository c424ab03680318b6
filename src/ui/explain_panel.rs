//! "Why it is here": the parts of a product's score, one line for each pair of query part and product facet. They add
//! up to the score shown.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{
    state::{Shelf, State},
    theme, widgets,
};
use crate::{encode::Modality, language::Language, search::Score};

const BAR_HEIGHT: f32 = 6.0;

pub fn explain_panel_ui(ui: &mut Ui, state: &State, shelf: &Shelf, row: usize) {
    let (Some(found), language) = (&shelf.found, state.language()) else { return };
    let scores = found.explain(row, &state.settings.weights);
    if scores.is_empty() {
        return;
    }
    let total: f32 = scores.iter().map(|score| score.contribution).sum();
    let widest = scores.iter().map(|score| score.contribution.abs()).fold(f32::MIN_POSITIVE, f32::max);
    let several_pictures = found.parts().filter(|part| part.modality() == Modality::Image).count() > 1;
    let first_picture = found.parts().position(|part| part.modality() == Modality::Image).unwrap_or(0);

    widgets::rule(ui);
    widgets::section(ui, language.why_here());
    ui.add_space(theme::XS);
    for score in &scores {
        let is_picture = score.part == Modality::Image && several_pictures;
        let picture = is_picture.then(|| score.number + 1 - first_picture);
        pair_ui(ui, language, score, picture, widest);
    }
    widgets::line(
        ui,
        |ui| widgets::section(ui, language.score()),
        |ui| {
            ui.label(egui::RichText::new(format!("{total:+.2}")).text_style(theme::title()));
        },
    );
    widgets::small(ui, language.parts_add_up());
}

fn pair_ui(ui: &mut Ui, language: Language, score: &Score, picture: Option<usize>, widest: f32) {
    let name = language.pair(score.part, picture, score.facet);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        widgets::line(
            ui,
            |ui| {
                ui.label(&name);
            },
            |ui| {
                ui.label(format!("{:+.2}", score.contribution));
            },
        );
        contribution_ui(ui, &name, score.contribution, widest);
        let numbers = match (score.cosine, score.rank) {
            (Some(cosine), Some(rank)) => language.pair_numbers(cosine, score.calibrated, score.weight, rank),
            _ => language.pair_missing(score.weight),
        };
        widgets::small(ui, numbers);
    });
    ui.add_space(theme::XS);
}

/// A bar from the middle: to the right what speaks for the product, to the left what speaks against it.
fn contribution_ui(ui: &mut Ui, name: &str, contribution: f32, widest: f32) {
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("{name} {contribution:+.2}")));
    ui.painter().rect_filled(rect, BAR_HEIGHT / 2.0, palette.control);
    let zero = rect.left() + rect.width() * 0.25;
    let (room, colour) =
        if contribution < 0.0 { (rect.width() * 0.25, palette.bad) } else { (rect.width() * 0.75, palette.accent) };
    let end = zero + (contribution / widest).clamp(-1.0, 1.0) * room;
    let bar = Rect::from_two_pos(pos2(zero, rect.top()), pos2(end, rect.bottom()));
    if bar.width() >= 0.5 {
        ui.painter().rect_filled(bar, BAR_HEIGHT / 2.0, colour);
    }
}
