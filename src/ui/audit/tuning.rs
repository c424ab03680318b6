//! Tuning: better weights looked for, what may be expected of them on other queries, and the way to take them and back.

use egui::{Label, RichText, ScrollArea, Ui};

use super::{command::AuditCommand, side_head_ui};
use crate::{
    audit::tune::{ClassChoice, Rival, Tuned, Verdict},
    search::{Method, Slider},
    ui::{
        command::Command,
        icons::Icon,
        state::State,
        theme,
        widgets::{self, Loudness},
        work::Lane,
    },
};

pub fn tuning_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let (audit, language) = (&state.audit, state.language());
    let mut asked = Vec::new();
    side_head_ui(ui, language, (language.tune(), language.tuning_note()), &mut asked);
    let running = state.running.iter().find(|running| running.lane == Lane::Tune);
    if let Some(running) = running {
        widgets::bar(ui, running.done as f32 / running.total.max(1) as f32, 4.0);
        ui.add_space(theme::XS);
        if widgets::button(ui, None, language.cancel(), Loudness::Normal).clicked() {
            commands.push(Command::Cancel(Lane::Tune));
        }
    } else if widgets::button(ui, None, language.tune_start(), Loudness::Primary).clicked() {
        asked.push(AuditCommand::Tune);
    }
    if let Some(tuned) = &audit.tuned {
        ui.add_space(theme::M);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| tuned_ui(ui, state, tuned, &mut asked));
    }
    commands.extend(asked.into_iter().map(Command::Audit));
}

fn tuned_ui(ui: &mut Ui, state: &State, tuned: &Tuned, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    let palette = theme::palette(ui.style());
    let helps = matches!(tuned.verdict, Verdict::Helps { .. });
    let colour = if helps { palette.accent } else { palette.text };
    ui.add(Label::new(RichText::new(tuned.verdict.say(language)).color(colour)).wrap());
    if let Verdict::TooFew { .. } = tuned.verdict {
        return;
    }
    if let Some(warning) = tuned.warning(language) {
        ui.add(Label::new(RichText::new(warning).color(palette.bad)).wrap());
    }
    ui.add_space(theme::M);
    widgets::section(ui, language.held_out());
    widgets::small(ui, language.measured_on(tuned.queries, tuned.folds));
    ui.add_space(theme::XS);
    let value = |rival| tuned.against(rival).map(|against| against.value);
    let rows = [
        (language.tuned(), Some(tuned.held_out)),
        (language.sliders_now(), value(Rival::Present)),
        (language.equal(), value(Rival::Equal)),
        (language.best_single(), value(Rival::SingleChannel)),
    ];
    for (place, (name, value)) in rows.into_iter().enumerate() {
        let Some(value) = value else { continue };
        widgets::line(
            ui,
            |ui| {
                ui.label(name);
            },
            |ui| {
                let text = RichText::new(format!("{value:.3}"));
                ui.label(if place == 0 { text.strong() } else { text.color(palette.quiet) });
            },
        );
        widgets::bar(ui, value as f32, 4.0);
    }
    ui.add_space(theme::M);
    widgets::section(ui, language.tuned_weights());
    for slider in Slider::ALL {
        let (new, old) = (tuned.weights.get(slider), state.settings.weights.get(slider));
        widgets::line(
            ui,
            |ui| {
                ui.label(RichText::new(language.slider(slider)).color(palette.quiet));
            },
            |ui| {
                widgets::small(ui, format!("{old:.2} → {new:.2}"));
            },
        );
    }
    if let Method::Rrf { k } = tuned.weights.method {
        widgets::small(ui, format!("{}   k {k:.0}", language.method_name(tuned.weights.method)));
    }
    ui.add_space(theme::S);
    ui.horizontal(|ui| {
        let applied = state.settings.weights == tuned.weights;
        let loud = if helps { Loudness::Primary } else { Loudness::Normal };
        ui.add_enabled_ui(!applied, |ui| {
            if widgets::button(ui, None, language.tune_apply(), loud).clicked() {
                asked.push(AuditCommand::ApplyTuned);
            }
        });
        ui.add_enabled_ui(audit.untuned.is_some(), |ui| {
            if widgets::button(ui, Some(Icon::Reset), language.tune_undo(), Loudness::Quiet).clicked() {
                asked.push(AuditCommand::UndoTuned);
            }
        });
    });
    classes_ui(ui, state, tuned, asked);
    learned_ui(ui, state, tuned, asked);
}

/// A small network in place of the weights, measured on the same queries.
fn learned_ui(ui: &mut Ui, state: &State, tuned: &Tuned, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    ui.add_space(theme::M);
    widgets::section(ui, language.learned());
    widgets::small(ui, language.learned_note());
    if let Some(learned) = &state.audit.learned {
        ui.label(learned.verdict.say(language));
        widgets::line(
            ui,
            |ui| {
                ui.label(language.learned());
            },
            |ui| {
                ui.label(format!("{:.3}", learned.held_out));
            },
        );
        widgets::bar(ui, learned.held_out as f32, 4.0);
    }
    let idle = !state.is_running(Lane::Tune) && !tuned.kept_aside.is_empty();
    ui.add_enabled_ui(idle, |ui| {
        ui.horizontal(|ui| {
            if widgets::button(ui, None, language.train(), Loudness::Normal).clicked() {
                asked.push(AuditCommand::Train);
            }
            // Only what is better on queries that it has not seen may take the weights' place.
            let may = state.audit.learned.as_ref().is_some_and(|learned| learned.verdict.may_be_applied());
            let applied = state.shelf.as_ref().is_some_and(|shelf| shelf.network.is_some());
            ui.add_enabled_ui(may && !applied, |ui| {
                let apply = widgets::button(ui, None, language.tune_apply(), Loudness::Normal);
                if apply.on_hover_text(language.apply_network_note()).clicked() {
                    asked.push(AuditCommand::ApplyNetwork);
                }
            });
        });
    });
}

/// What classes of queries would do with weights of their own.
fn classes_ui(ui: &mut Ui, state: &State, tuned: &Tuned, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    let named: Vec<_> = tuned.classes.iter().filter(|class| !class.class.is_empty()).collect();
    if named.len() < 2 {
        return;
    }
    ui.add_space(theme::M);
    widgets::section(ui, language.by_class());
    for class in named {
        let name = language.class_of(&class.class, class.queries);
        ui.label(name);
        widgets::small(ui, class.choice.say(language));
    }
    let own = tuned.classes.iter().any(|class| matches!(class.choice, ClassChoice::Own { .. }));
    if own && widgets::button(ui, None, language.keep_classes(), Loudness::Quiet).clicked() {
        asked.push(AuditCommand::KeepClasses);
    }
}
