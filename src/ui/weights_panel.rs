//! The sliders: how much each part of the query counts, and which sides of the products it is matched against.
//! What is absent is dimmed and stays in its place, so that nothing jumps.

use egui::{RichText, Ui};

use super::{
    command::Command,
    icons::Icon,
    state::State,
    theme,
    widgets::{self, Loudness},
};
use crate::encode::Modality;

pub fn weights_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let weights = &state.settings.weights;
    let defaults = crate::search::Weights::default();

    widgets::section(ui, language.what_counts());
    ui.add_space(theme::XS);
    for part in Modality::ALL {
        let share = state.part_share(part);
        let row = Row { name: language.part(part), present: share.is_some(), share: share.unwrap_or(0.0) };
        let absent = language.not_in_query();
        if let Some(weight) = row.ui(ui, weights.part(part), defaults.part(part), absent) {
            commands.push(Command::SetPart(part, weight));
        }
    }

    widgets::rule(ui);
    widgets::section(ui, language.match_against());
    ui.add_space(theme::XS);
    for facet in Modality::ALL {
        let (name, present) = (language.facet(facet), state.offers(facet));
        let row = Row { name, present, share: state.facet_share(facet) };
        let absent = language.not_in_collection();
        if let Some(weight) = row.ui(ui, weights.facet(facet), defaults.facet(facet), absent) {
            commands.push(Command::SetFacet(facet, weight));
        }
    }

    ui.add_space(theme::S);
    let changed = *weights != defaults;
    ui.add_enabled_ui(changed, |ui| {
        if widgets::button(ui, Some(Icon::Reset), language.reset(), Loudness::Quiet).clicked() {
            commands.push(Command::ResetWeights);
        }
    });
    ui.add_space(theme::XS);
    widgets::small(ui, language.weights_note());
}

/// One slider with its name and share.
struct Row<'a> {
    name: &'a str,
    present: bool,
    share: f32,
}

impl Row<'_> {
    /// Returns the weight that was asked for.
    fn ui(&self, ui: &mut Ui, weight: f32, default: f32, absent: &str) -> Option<f32> {
        let palette = theme::palette(ui.style());
        let mut asked = None;
        ui.add_enabled_ui(self.present, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            widgets::line(
                ui,
                |ui| {
                    ui.label(self.name);
                },
                |ui| {
                    let share = if self.present { format!("{:.0}%", self.share * 100.0) } else { absent.to_owned() };
                    let colour = if self.present { palette.quiet } else { palette.faint };
                    ui.label(RichText::new(share).small().color(colour));
                },
            );
            let mut value = weight;
            let response = widgets::slider(ui, &mut value, 0.0..=1.0, 0.0, self.name);
            // egui's slider senses drags only, so that its own `double_clicked` never comes.
            let twice = ui.input(|input| input.pointer.button_double_clicked(egui::PointerButton::Primary));
            if twice && response.contains_pointer() {
                asked = Some(default);
            } else if response.changed() {
                asked = Some(value);
            }
        });
        ui.add_space(theme::XS);
        asked
    }
}
