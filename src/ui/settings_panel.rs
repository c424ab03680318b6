//! The user's choices. Each takes effect at once and is saved.

use egui::{ComboBox, ScrollArea, TextEdit, Ui};

use super::{
    command::Command,
    icons::Icon,
    state::State,
    theme,
    widgets::{self, Loudness},
    work::Lane,
};
use crate::{
    language::Language,
    settings::{Settings, Theme},
};

const SMALLEST_THUMBNAIL: f32 = 110.0;
const LARGEST_THUMBNAIL: f32 = 300.0;

pub fn settings_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let mut settings = state.settings.clone();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        widgets::section(ui, language.language());
        let names = Language::ALL.map(|language| (language, language.own_name()));
        if let Some(chosen) = widgets::choice(ui, settings.language, &names) {
            settings.language = chosen;
        }
        ui.add_space(theme::M);

        widgets::section(ui, language.theme());
        let themes = [
            (Theme::System, language.theme_system()),
            (Theme::Light, language.theme_light()),
            (Theme::Dark, language.theme_dark()),
        ];
        if let Some(chosen) = widgets::choice(ui, settings.theme, &themes) {
            settings.theme = chosen;
        }
        ui.add_space(theme::M);

        look_ui(ui, &mut settings);
        ui.add_space(theme::M);
        microphone_ui(ui, state, &mut settings, commands);
        ui.add_space(theme::M);
        widgets::section(ui, language.judge_name());
        let field = TextEdit::singleline(&mut settings.judge).desired_width(f32::INFINITY).frame(widgets::field(ui));
        ui.add(field).accessible_name(language.judge_name());
        ui.add_space(theme::M);
        widgets::checkbox(ui, &mut settings.system_fonts, language.system_fonts());
        widgets::small(ui, language.system_fonts_note());
    });
    if settings != state.settings {
        commands.push(Command::Settings(Box::new(settings)));
    }
}

fn look_ui(ui: &mut Ui, settings: &mut Settings) {
    let language = settings.language;
    widgets::line(
        ui,
        |ui| widgets::section(ui, language.thumbnail_size()),
        |ui| {
            widgets::small(ui, language.points(settings.thumbnail_width));
        },
    );
    let sizes = SMALLEST_THUMBNAIL..=LARGEST_THUMBNAIL;
    widgets::slider(ui, &mut settings.thumbnail_width, sizes, 10.0, language.thumbnail_size());
    widgets::checkbox(ui, &mut settings.animations, language.animations());
}

fn microphone_ui(ui: &mut Ui, state: &State, settings: &mut Settings, commands: &mut Vec<Command>) {
    let language = state.language();
    widgets::section(ui, language.microphone());
    let system = language.system_microphone();
    let current = settings.microphone.clone().unwrap_or_else(|| system.to_owned());
    let combo = ComboBox::from_id_salt("microphone").width(ui.available_width()).truncate().selected_text(current);
    let response = combo.show_ui(ui, |ui| {
        ui.selectable_value(&mut settings.microphone, None, system);
        for name in state.microphones.iter().flatten() {
            ui.selectable_value(&mut settings.microphone, Some(name.clone()), name);
        }
    });
    response.response.accessible_name(language.microphone());
    // Asking the system may wait for a device, so it is asked only when wished, in a lane.
    ui.add_enabled_ui(!state.is_running(Lane::Microphones), |ui| {
        if widgets::button(ui, Some(Icon::Microphone), language.find_microphones(), Loudness::Quiet).clicked() {
            commands.push(Command::FindMicrophones);
        }
    });
}
