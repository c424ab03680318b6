//! The sliders: how much each part of the query counts, and which sides of the products it is matched against; below them
//! how the evidence is brought together and put on the shelf. What is absent is dimmed and stays in its place, so that
//! nothing jumps.

use egui::{CollapsingHeader, ComboBox, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::{
    command::Command,
    icons::Icon,
    state::State,
    theme,
    widgets::{self, Loudness},
};
use crate::{
    encode::Modality,
    language::Language,
    search::{Arrangement, Channel, Method, Normalisation, Policy, Slider, Weights},
};

const METER: egui::Vec2 = vec2(28.0, 4.0);
/// The constants of rrf that a person may choose from.
const MOST_K: f32 = 200.0;

pub fn weights_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| panel_ui(ui, state, commands));
}

fn panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let weights = &state.settings.weights;
    let defaults = Weights::default();
    let mut slide = |ui: &mut Ui, slider: Slider, row: Row| {
        let row = Row { effect: effect(state, slider), ..row };
        if let Some(weight) = row.ui(ui, weights.get(slider), defaults.get(slider)) {
            commands.push(Command::Slide(slider, weight));
        }
    };

    quality_ui(ui, state);
    widgets::section(ui, language.what_counts());
    ui.add_space(theme::XS);
    for part in Modality::ALL {
        let absent = language.not_in_query();
        slide(ui, Slider::Part(part), Row::new(language, language.part(part), state.part_share(part), absent));
    }

    widgets::rule(ui);
    widgets::section(ui, language.match_against());
    ui.add_space(theme::XS);
    for channel in Channel::ALL {
        let (share, absent) = match channel {
            Channel::Facet(_) => (state.channel_share(channel), language.not_in_collection()),
            Channel::Keyword => (state.channel_share(channel), language.for_words_only()),
        };
        slide(ui, Slider::Channel(channel), Row::new(language, language.channel(channel), share, absent));
    }

    ui.add_space(theme::S);
    let changed = *weights != defaults || state.settings.arrangement != Arrangement::default();
    ui.add_enabled_ui(changed, |ui| {
        if widgets::button(ui, Some(Icon::Reset), language.reset(), Loudness::Quiet).clicked() {
            commands.push(Command::ResetWeights);
        }
    });
    ui.add_space(theme::XS);
    widgets::small(ui, language.weights_note());
    widgets::rule(ui);
    CollapsingHeader::new(language.how_combined()).id_salt("method").show(ui, |ui| {
        method_ui(ui, state, commands);
        arrangement_ui(ui, state, commands);
    });
}

/// How good the sliders are, where something was judged: for the query on the shelf and for all.
fn quality_ui(ui: &mut Ui, state: &State) {
    let (audit, language) = (&state.audit, state.language());
    let Some(mean) = audit.figures.mean else { return };
    let palette = theme::palette(ui.style());
    widgets::line(
        ui,
        |ui| {
            ui.label(RichText::new(format!("{mean:.3}")).heading());
            let change = audit.before.map_or(0.0, |(before, _)| mean - before);
            if change.abs() >= 5e-4 {
                let colour = if change > 0.0 { palette.accent } else { palette.bad };
                ui.label(RichText::new(format!("{change:+.3}")).color(colour));
            }
        },
        |ui| {
            let here = audit.current.as_ref().and_then(|id| audit.figures.values.get(id));
            if let Some(value) = here {
                widgets::small(ui, language.this_query(*value));
            }
        },
    );
    widgets::small(
        ui,
        format!("{}   {}", audit.metric, language.mean_of_few(audit.figures.values.len(), audit.queries.len())),
    )
    .on_hover_text(audit.metric.describe(language));
    widgets::rule(ui);
}

/// How much a slider moves the order on the shelf, once that is known.
fn effect(state: &State, slider: Slider) -> Option<f32> {
    let (_, effects) = state.shelf.as_ref()?.effects.as_ref()?;
    effects.iter().find(|(known, _)| *known == slider).map(|(_, effect)| *effect)
}

fn method_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let mut weights = state.settings.weights;
    ui.add_space(theme::XS);
    let current = std::mem::discriminant(&weights.method);
    let label = widgets::small(ui, language.method());
    let combo = ComboBox::from_id_salt("fusion method").width(ui.available_width());
    let shown = combo.selected_text(language.method_name(weights.method)).show_ui(ui, |ui| {
        for method in Method::ALL {
            let chosen = std::mem::discriminant(&method) == current;
            if ui.selectable_label(chosen, language.method_name(method)).clicked() && !chosen {
                weights.method = method;
            }
        }
    });
    shown.response.labelled_by(label.id);
    widgets::small(ui, language.method_note(weights.method));
    ui.add_space(theme::XS);
    match &mut weights.method {
        Method::WeightedSum => {
            let label = widgets::small(ui, language.normalisation());
            let combo = ComboBox::from_id_salt("normalisation").width(ui.available_width());
            let text = language.normalisation_name(weights.normalisation);
            let shown = combo.selected_text(text).show_ui(ui, |ui| {
                for normalisation in Normalisation::ALL {
                    let name = language.normalisation_name(normalisation);
                    ui.selectable_value(&mut weights.normalisation, normalisation, name);
                }
            });
            shown.response.labelled_by(label.id);
            ui.add_space(theme::XS);
        }
        Method::Rrf { k } => {
            widgets::line(
                ui,
                |ui| {
                    ui.label("k");
                },
                |ui| {
                    widgets::small(ui, format!("{k:.0}"));
                },
            );
            widgets::slider(ui, k, 0.0..=MOST_K, 1.0, "k");
        }
        Method::JointVector => {}
    }
    if weights.method != Method::JointVector {
        let mut renormalise = weights.policy == Policy::Renormalise;
        widgets::checkbox(ui, &mut renormalise, language.renormalise()).on_hover_text(language.renormalise_note());
        weights.policy = if renormalise { Policy::Renormalise } else { Policy::Neutral };
    }
    if weights != state.settings.weights {
        commands.push(Command::SetWeights(weights));
    }
}

fn arrangement_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let mut arrangement = state.settings.arrangement;
    ui.add_space(theme::S);
    widgets::line(
        ui,
        |ui| {
            ui.label(language.diversity()).on_hover_text(language.diversity_note());
        },
        |ui| {
            widgets::small(ui, format!("{:.0}%", arrangement.diversity * 100.0));
        },
    );
    widgets::slider(ui, &mut arrangement.diversity, 0.0..=1.0, 0.05, language.diversity());
    widgets::checkbox(ui, &mut arrangement.collapse, language.collapse()).on_hover_text(language.collapse_note());
    if arrangement != state.settings.arrangement {
        commands.push(Command::Arrange(arrangement));
    }
}

/// One slider with its name, its share and what it does.
struct Row<'a> {
    language: Language,
    name: &'a str,
    /// `None`: there is nothing for it to weigh.
    share: Option<f32>,
    absent: &'a str,
    effect: Option<f32>,
}

impl<'a> Row<'a> {
    fn new(language: Language, name: &'a str, share: Option<f32>, absent: &'a str) -> Self {
        Self { language, name, share, absent, effect: None }
    }

    /// Returns the weight that was asked for.
    fn ui(&self, ui: &mut Ui, weight: f32, default: f32) -> Option<f32> {
        let palette = theme::palette(ui.style());
        let mut asked = None;
        ui.add_enabled_ui(self.share.is_some(), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            widgets::line(
                ui,
                |ui| {
                    ui.label(self.name);
                },
                |ui| {
                    let share = self.share.map(|share| format!("{:.0}%", share * 100.0));
                    let colour = if share.is_some() { palette.quiet } else { palette.faint };
                    ui.label(RichText::new(share.unwrap_or_else(|| self.absent.into())).small().color(colour));
                    if let Some(effect) = self.effect.filter(|_| self.share.is_some()) {
                        effect_ui(ui, self.language, self.name, effect);
                    }
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

/// A small meter: how much of the top a quarter of this slider changes.
fn effect_ui(ui: &mut Ui, language: Language, name: &str, effect: f32) {
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(METER, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("{name} {:.0}%", effect * 100.0)));
    ui.painter().rect_filled(rect, METER.y / 2.0, palette.control);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * effect.clamp(0.0, 1.0), rect.height()));
    if filled.width() >= 1.0 {
        ui.painter().rect_filled(filled, METER.y / 2.0, palette.accent.gamma_multiply(0.7));
    }
    response.on_hover_text(language.effect(effect));
}
