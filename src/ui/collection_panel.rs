//! The collection on show: what it is, what it covers, and how to get another one in.

use std::path::PathBuf;

use egui::{Frame, Label, RichText, ScrollArea, TextEdit, Ui};

use super::{
    command::Command,
    icons::Icon,
    state::{Shelf, State},
    theme,
    widgets::{self, Loudness},
    work::Lane,
};
use crate::{collection::ImportReport, encode::Modality};

/// The folder of the sample's collection in the user's own folder.
const SAMPLE: &str = "sample";
/// Bad rows listed in full.
const MOST_PROBLEMS: usize = 200;

pub fn collection_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(shelf) = &state.shelf {
            about_ui(ui, state, shelf, commands);
            widgets::rule(ui);
        }
        if let Some(report) = &state.report {
            report_ui(ui, state, report, commands);
            widgets::rule(ui);
        }
        import_ui(ui, state, commands);
        widgets::rule(ui);
        open_ui(ui, state, commands);
    });
}

fn about_ui(ui: &mut Ui, state: &State, shelf: &Shelf, commands: &mut Vec<Command>) {
    let language = state.language();
    let manifest = &shelf.collection.manifest;
    let folder = &shelf.collection.folder;
    if *folder == state.home.join(SAMPLE) {
        widgets::section(ui, language.sample());
    } else {
        widgets::section(ui, &folder.file_name().unwrap_or_default().to_string_lossy());
    }
    widgets::quiet(ui, language.products(manifest.products));
    ui.add_space(theme::S);
    for facet in Modality::ALL {
        let count = manifest.coverage[facet.index()];
        widgets::line(
            ui,
            |ui| {
                ui.label(language.facet(facet));
            },
            |ui| {
                widgets::small(ui, language.counted(count, manifest.products));
            },
        );
        widgets::bar(ui, count as f32 / manifest.products.max(1) as f32, 4.0);
    }
    recall_ui(ui, state, shelf, commands);
    ui.add_space(theme::XS);
    widgets::small(ui, format!("{}   {}", language.bundle(), manifest.bundle));
    let source = manifest.source.display().to_string();
    let text = RichText::new(format!("{}   {source}", language.source())).small();
    let colour = theme::palette(ui.style()).faint;
    ui.add(Label::new(text.color(colour)).truncate()).on_hover_text(source);
    again_ui(ui, state, shelf, commands);
}

/// The collection's own source once more.
fn again_ui(ui: &mut Ui, state: &State, shelf: &Shelf, commands: &mut Vec<Command>) {
    let language = state.language();
    if state.is_running(Lane::Import) || shelf.collection.folder == state.home.join(SAMPLE) {
        return;
    }
    ui.add_space(theme::XS);
    ui.horizontal(|ui| {
        let response = widgets::button(ui, None, language.import_again(), Loudness::Quiet);
        if response.on_hover_text(language.import_again_note()).clicked() {
            commands.push(Command::ImportAgain);
        }
        let response = widgets::button(ui, None, language.look_again(), Loudness::Quiet);
        if response.on_hover_text(language.look_again_note()).clicked() {
            commands.push(Command::LookAgain);
        }
    });
}

/// How well similar products are found, on demand.
fn recall_ui(ui: &mut Ui, state: &State, shelf: &Shelf, commands: &mut Vec<Command>) {
    let language = state.language();
    ui.add_space(theme::S);
    let running = state.is_running(Lane::Recall);
    let ask = |ui: &mut Ui| widgets::button(ui, None, language.check_recall(), Loudness::Quiet);
    let response = ui.add_enabled_ui(!running, ask).inner;
    if response.on_hover_text(language.check_recall_note()).clicked() {
        commands.push(Command::CheckRecall);
    }
    for (facet, way, recall) in &shelf.recall {
        widgets::small(ui, language.recall(*facet, *way, recall));
    }
}

fn import_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    widgets::section(ui, language.import_heading());
    if let Some(import) = state.running.iter().find(|running| running.lane == Lane::Import) {
        widgets::quiet(ui, import.stage.say(language));
        if import.total > 0 {
            widgets::bar(ui, import.done as f32 / import.total as f32, 4.0);
        }
        if widgets::button(ui, Some(Icon::Stop), language.cancel(), Loudness::Normal).clicked() {
            commands.push(Command::Cancel(Lane::Import));
        }
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, Some(Icon::Folder), language.import_folder(), Loudness::Normal).clicked() {
            commands.push(Command::AskForImportFolder);
        }
        if widgets::button(ui, Some(Icon::File), language.import_file(), Loudness::Normal).clicked() {
            commands.push(Command::AskForImportFile);
        }
    });
    let mut path = state.import_path.clone();
    let hint = RichText::new(language.import_path()).color(theme::palette(ui.style()).faint);
    let frame = widgets::field(ui);
    let field = TextEdit::singleline(&mut path).hint_text(hint).desired_width(f32::INFINITY).frame(frame);
    let response = ui.add(field).accessible_name(language.import_path());
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.changed() {
        commands.push(Command::ImportPath(path.clone()));
    }
    let path = path.trim().trim_matches('"');
    ui.add_enabled_ui(!path.is_empty(), |ui| {
        ui.horizontal(|ui| {
            let import = widgets::button(ui, None, language.import_asking(), Loudness::Primary).clicked();
            if (import || entered) && !path.is_empty() {
                commands.push(Command::Import(PathBuf::from(path)));
            }
            if widgets::button(ui, None, language.open_path(), Loudness::Quiet).clicked() {
                commands.push(Command::OpenCollection(PathBuf::from(path)));
            }
        });
    });
}

fn open_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    widgets::section(ui, language.open_another());
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, Some(Icon::Shelf), language.open_sample(), Loudness::Normal).clicked() {
            commands.push(Command::OpenSample);
        }
        if widgets::button(ui, Some(Icon::Folder), language.open_collection(), Loudness::Normal).clicked() {
            commands.push(Command::AskForCollection);
        }
    });
}

fn report_ui(ui: &mut Ui, state: &State, report: &ImportReport, commands: &mut Vec<Command>) {
    let language = state.language();
    let palette = theme::palette(ui.style());
    widgets::line(
        ui,
        |ui| widgets::section(ui, language.report_heading()),
        |ui| {
            if widgets::small_icon_button(ui, Icon::Close, language.dismiss()).clicked() {
                commands.push(Command::DismissReport);
            }
        },
    );
    widgets::quiet(ui, language.report_counts(report.products, report.rows, report.seconds));
    widgets::small(ui, language.report_changes(report));
    if report.problem_count == 0 {
        widgets::small(ui, language.report_clean());
        return;
    }
    ui.label(RichText::new(language.report_problems(report.problem_count)).color(palette.bad));
    Frame::new().fill(palette.bad_soft).corner_radius(theme::CONTROL_RADIUS).inner_margin(theme::S).show(ui, |ui| {
        ScrollArea::vertical().id_salt("problems").max_height(220.0).auto_shrink([false, true]).show(ui, |ui| {
            for problem in report.problems.iter().take(MOST_PROBLEMS) {
                let text = RichText::new(problem.say(language)).small();
                ui.add(Label::new(text).wrap().selectable(true));
            }
            if report.problem_count > MOST_PROBLEMS {
                widgets::small(ui, language.and_more(report.problem_count - MOST_PROBLEMS));
            }
        });
    });
    if widgets::button(ui, None, language.save_problems(), Loudness::Quiet).clicked() {
        commands.push(Command::SaveProblems);
    }
}
