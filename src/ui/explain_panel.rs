//! "Why it is here": the parts of a product's score, one line for each pair of query part and product facet. They add
//! up to the score shown.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{
    state::{Shelf, State},
    theme, widgets,
};
use crate::{
    encode::Modality,
    language::Language,
    search::{Score, Weights},
};

const BAR_HEIGHT: f32 = 6.0;

pub fn explain_panel_ui(ui: &mut Ui, state: &State, shelf: &Shelf, row: usize) {
    let (Some(found), language) = (&shelf.found, state.language()) else { return };
    if shelf.network.is_some() {
        widgets::rule(ui);
        widgets::quiet(ui, language.by_network());
        return;
    }
    let weights = &state.settings.weights;
    let scores = found.explain(&shelf.collection, row, weights);
    if scores.is_empty() {
        return;
    }
    let total: f32 = scores.iter().map(|score| score.contribution).sum();
    let all = || scores.iter().map(|score| score.contribution);
    let range = (all().fold(0.0, f32::min), all().fold(1e-3, f32::max));
    let several_pictures = found.parts().filter(|part| part.modality() == Modality::Image).count() > 1;
    let first_picture = found.parts().position(|part| part.modality() == Modality::Image).unwrap_or(0);

    widgets::rule(ui);
    widgets::section(ui, language.why_here());
    ui.add_space(theme::XS);
    for score in &scores {
        let is_picture = score.part == Modality::Image && several_pictures;
        let picture = is_picture.then(|| score.number + 1 - first_picture);
        pair_ui(ui, language, weights, score, picture, range);
    }
    widgets::line(
        ui,
        |ui| widgets::section(ui, language.score()),
        |ui| {
            ui.label(egui::RichText::new(widgets::score(weights.method, total)).text_style(theme::title()));
        },
    );
    widgets::small(ui, language.parts_add_up(weights));
    rise_ui(ui, state, shelf, row);
}

/// How far the product is behind the one above it, and what would lift it.
fn rise_ui(ui: &mut Ui, state: &State, shelf: &Shelf, row: usize) {
    let language = state.language();
    let Some(place) = shelf.place_of(row) else { return };
    let hit = shelf.hits[place];
    if hit.named {
        widgets::small(ui, language.typed_exactly());
    }
    let Some(above) = place.checked_sub(1).map(|above| shelf.hits[above]).filter(|above| !above.named) else { return };
    let product = shelf.collection.product(above.row).unwrap_or_default();
    let gap = above.score - hit.score;
    // With variety the one above need not be better.
    if state.settings.arrangement.diversity > 0.0 || gap < 0.0 {
        return;
    }
    ui.add_space(theme::XS);
    ui.label(language.gap(gap, product.title(language)));
    let rise = state.product.as_ref().and_then(|product| product.rise);
    if let Some(rise) = rise.filter(|rise| rise.ranking == shelf.ranking && rise.above == above.row) {
        let swap = rise.swap.map_or_else(|| language.nothing_lifts_it().to_owned(), |swap| language.lifts_it(swap));
        widgets::quiet(ui, swap);
    }
}

fn pair_ui(
    ui: &mut Ui,
    language: Language,
    weights: &Weights,
    score: &Score,
    picture: Option<usize>,
    range: (f32, f32),
) {
    let name = language.pair(score.part, picture, score.channel);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        widgets::line(
            ui,
            |ui| {
                ui.label(&name);
            },
            |ui| {
                ui.label(widgets::score(weights.method, score.contribution));
            },
        );
        contribution_ui(ui, &name, score.contribution, range);
        let numbers = match (score.cosine, score.rank) {
            (Some(cosine), Some(rank)) => {
                language.pair_numbers(weights, score.channel, cosine, score.value, score.weight, rank)
            }
            _ => language.pair_missing(score.channel, score.weight),
        };
        widgets::small(ui, numbers);
    });
    ui.add_space(theme::XS);
}

/// A bar that starts at 0: to the right what speaks for the product, to the left what speaks against it.
fn contribution_ui(ui: &mut Ui, name: &str, contribution: f32, (lowest, highest): (f32, f32)) {
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("{name} {}", widgets::signed(contribution))));
    ui.painter().rect_filled(rect, BAR_HEIGHT / 2.0, palette.control);
    let at = |value: f32| rect.left() + (value - lowest) / (highest - lowest) * rect.width();
    let bar = Rect::from_two_pos(pos2(at(0.0), rect.top()), pos2(at(contribution), rect.bottom()));
    if bar.width() >= 0.5 {
        let colour = if contribution < 0.0 { palette.bad } else { palette.accent };
        ui.painter().rect_filled(bar, BAR_HEIGHT / 2.0, colour);
    }
}
