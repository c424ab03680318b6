//! One line at the bottom: what runs, how far it is and how to stop it; otherwise what is open.

use egui::{Align, Layout, Ui, vec2};

use super::{
    command::Command,
    icons::Icon,
    state::{Running, State},
    theme, widgets,
    work::Lane,
};
use crate::{encode::runtime::Backend, search::Plan};

const BAR_WIDTH: f32 = 140.0;

pub fn activity_bar_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let shown: Vec<&Running> = state.running.iter().filter(|running| is_shown(running.lane)).collect();
        if shown.is_empty() {
            widgets::small(ui, at_rest(state));
        }
        for running in shown {
            running_ui(ui, state, running, commands);
            ui.add_space(theme::L);
        }
    });
}

/// Work that is over before the eye finds it is not mentioned.
fn is_shown(lane: Lane) -> bool {
    !matches!(
        lane,
        Lane::Decode
            | Lane::Look
            | Lane::Save
            | Lane::Dialog
            | Lane::Similar
            | Lane::Study
            | Lane::Narrow
            | Lane::Words
            | Lane::Ledger
            | Lane::WriteLedger
            | Lane::Measure
            | Lane::Agree
            | Lane::Map
            | Lane::Compare
            | Lane::OpenQuery
            | Lane::Microphones
    )
}

fn running_ui(ui: &mut Ui, state: &State, running: &Running, commands: &mut Vec<Command>) {
    let language = state.language();
    let (done, total) = (running.done, running.total);
    // Recordings and sounds count tenths of seconds.
    let in_tenths = matches!(running.lane, Lane::Record | Lane::Play);
    widgets::small(ui, running.stage.say(language));
    if total > 0 {
        ui.allocate_ui_with_layout(vec2(BAR_WIDTH, 4.0), Layout::top_down(Align::Min), |ui| {
            widgets::bar(ui, done as f32 / total as f32, 4.0);
        });
    }
    if in_tenths {
        widgets::small(ui, language.seconds(done as f32 / 10.0));
    } else if total > 0 {
        widgets::small(ui, language.counted(done, total));
    }
    if widgets::small_icon_button(ui, Icon::Close, language.cancel()).clicked() {
        commands.push(Command::Cancel(running.lane));
    }
}

fn at_rest(state: &State) -> String {
    let language = state.language();
    let Some(shelf) = &state.shelf else { return String::new() };
    let manifest = &shelf.collection.manifest;
    let backend = state.backend.as_ref().map(|backend| match backend {
        Backend::OnnxRuntime(_) => language.onnx_runtime(),
        Backend::Tract => language.tract(),
    });
    let plan = shelf
        .found
        .is_some()
        .then(|| Plan::of(&shelf.collection, &state.settings.weights, shelf.filter.as_deref()).say(language));
    let facts =
        [Some(language.products(manifest.products)), Some(manifest.bundle.clone()), backend.map(str::to_owned), plan];
    facts.into_iter().flatten().collect::<Vec<_>>().join("   ·   ")
}
