//! The window. `logic()` takes in what the lanes finished and what was dropped or pasted, `ui()` lays the panels out,
//! and between them [`command::apply`] is the only way anything changes.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

use eframe::{CreationContext, NativeOptions, Renderer};
use egui::{CentralPanel, Context, Event, Frame, IconData, Key, Margin, Modifiers, Panel, Ui, ViewportBuilder};

use crate::{
    encode::bundle::resource_folder,
    engine::Engine,
    error::{Error, Result},
    media::image::Picture,
    settings::{self, Settings},
};

mod activity_bar;
pub mod audit;
mod collection_panel;
pub mod command;
mod explain_panel;
mod filter_panel;
mod i18n;
mod icons;
mod import_panel;
pub mod look;
mod motion;
mod notices;
mod outcome;
mod product_panel;
mod query_panel;
mod region_panel;
mod results_grid;
mod settings_panel;
pub mod state;
mod theme;
mod thumbnails;
mod weights_panel;
mod widgets;
pub mod work;

use audit::state::{Page, Side};
use command::Command;
use results_grid::Grid;
use state::{Running, State, Tab};
use thumbnails::Thumbnails;
use work::Work;

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`Error::NoDisplay`] when no window can be opened, [`Error::Bug`] when an open one fails.
pub fn run(settings: Settings) -> Result<()> {
    let no_display = |why: String| Error::NoDisplay { why };
    let options = NativeOptions {
        renderer: Renderer::Glow,
        system_font_fallback: settings.system_fonts,
        viewport: viewport(),
        ..NativeOptions::default()
    };
    let home = settings::home();
    // winit panics when a library of the desktop is missing; before the window is there, that too is a missing display.
    let mut opened = false;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let engine = Arc::new(Engine::new(&settings.bundle));
        let app = |context: &CreationContext<'_>| {
            opened = true;
            Ok(Box::new(App::new(context, engine, home, settings)) as Box<dyn eframe::App>)
        };
        eframe::run_native("Vitrine", options, Box::new(app))
    }));
    match ran {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(no_display(without_place(&why.to_string()))),
        Err(panic) => {
            let why = panic.downcast_ref::<String>().cloned();
            let why = why.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            let why = why.unwrap_or_else(|| "the window system failed".into());
            Err(if opened { Error::Bug { why } } else { no_display(why) })
        }
    }
}

/// winit's errors name the line of its own source that failed; only what comes after says something.
fn without_place(why: &str) -> String {
    let said = why.rsplit_once(".rs:").and_then(|(_, rest)| rest.split_once(": ")).map_or(why, |(_, said)| said);
    said.trim_end_matches('.').to_owned()
}

fn viewport() -> ViewportBuilder {
    let viewport = ViewportBuilder::default()
        .with_title("Vitrine")
        .with_app_id("vitrine")
        .with_inner_size([1280.0, 860.0])
        .with_min_inner_size([860.0, 600.0]);
    match icon() {
        Some(icon) => viewport.with_icon(icon),
        None => viewport,
    }
}

/// The program's icon; a program without one still runs.
fn icon() -> Option<IconData> {
    let path = resource_folder("VITRINE_ASSETS", "assets", Path::new("icon.png")).join("icon.png");
    let picture = Picture::open(&path).ok()?;
    let rgba = picture.rgb().chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    Some(IconData { rgba, width: picture.width(), height: picture.height() })
}

/// The window's state, its lanes and its textures.
pub struct App {
    pub state: State,
    pub work: Work,
    pictures: Thumbnails,
    grid: Grid,
    /// The theme that was last set.
    theme: Option<settings::Theme>,
}

impl App {
    /// Sets up the window and starts opening the collection; `home` is where settings and collections are kept.
    pub fn new(context: &CreationContext<'_>, engine: Arc<Engine>, home: PathBuf, settings: Settings) -> Self {
        let ctx = context.egui_ctx.clone();
        theme::install(&ctx);
        let mut work = Work::new(engine, move || ctx.request_repaint());
        work.open(settings.collection.clone(), home.clone());
        let state = State::new(home, settings);
        Self { state, work, pictures: Thumbnails::default(), grid: Grid::default(), theme: None }
    }

    fn apply(&mut self, commands: &mut Vec<Command>) {
        for command in commands.drain(..) {
            command::apply(&mut self.state, command, &mut self.work);
        }
    }

    fn note_running(&mut self) {
        self.state.running.clear();
        self.state.running.extend(self.work.jobs.running().map(|(lane, progress)| {
            let (done, total) = progress.counts();
            Running { lane, stage: progress.stage(), done, total }
        }));
        self.state.running.sort_by_key(|running| format!("{:?}", running.lane));
    }

    /// `typed`: what waits for the look at a source, which lies over everything else.
    fn panels(&mut self, ui: &mut Ui, typed: Option<Vec<Event>>) {
        let mut commands = Vec::new();
        let state = &self.state;
        let palette = theme::palette(ui.style());
        let side = Frame::new().fill(palette.side).inner_margin(theme::side_margin());
        let bar = Frame::new().fill(palette.side).inner_margin(Margin::symmetric(theme::L as i8, 0));
        let page = |top: f32| {
            let margin = Margin { top: top as i8, bottom: 0, ..Margin::same(theme::L as i8) };
            Frame::new().fill(palette.page).inner_margin(margin)
        };
        Panel::bottom("activity").exact_size(theme::BUTTON_HEIGHT).resizable(false).frame(bar).show(ui, |ui| {
            activity_bar::activity_bar_ui(ui, state, &mut commands);
        });
        Panel::left("side").exact_size(theme::SIDE_WIDTH).resizable(false).frame(side).show(ui, |ui| {
            side_ui(ui, state, &mut commands);
        });
        let pictures = &mut self.pictures;
        let judging = matches!(state.audit.page, Page::Judge(_));
        if !judging {
            Panel::top("query").resizable(false).show_separator_line(false).frame(page(theme::L)).show(ui, |ui| {
                query_panel::query_panel_ui(ui, state, pictures, &mut commands);
            });
        }
        if state.product.is_none() && !judging && state.tab == Tab::Audit && state.audit.side.is_some() {
            let side = Frame::new().fill(palette.side).inner_margin(theme::side_margin());
            Panel::right("workbench").exact_size(theme::PRODUCT_WIDTH).resizable(false).frame(side).show(ui, |ui| {
                match state.audit.side {
                    Some(Side::Map) => audit::map_panel_ui(ui, state, &mut commands),
                    Some(Side::Tuning) => audit::tuning_panel_ui(ui, state, &mut commands),
                    None => {}
                }
            });
        }
        if state.product.is_some() {
            Panel::right("product")
                .default_size(theme::PRODUCT_WIDTH)
                .min_size(320.0)
                .max_size(640.0)
                .frame(page(theme::S))
                .show(ui, |ui| product_panel::product_panel_ui(ui, state, pictures, &mut commands));
        }
        // The sliders were drawn above; the grid below shows their effect within the same frame.
        self.apply(&mut commands);
        CentralPanel::default().frame(page(if judging { theme::L } else { theme::S })).show(ui, |ui| {
            match &self.state.audit.page {
                Page::Judge(judging) => audit::judge_ui(ui, &self.state, judging, &mut self.pictures, &mut commands),
                Page::Compare if self.state.shelf.is_some() => {
                    audit::compare_ui(ui, &self.state, &mut self.pictures, &mut commands);
                }
                Page::Shelf | Page::Compare => {
                    results_grid::results_grid_ui(ui, &self.state, &mut self.grid, &mut self.pictures, &mut commands);
                }
            }
        });
        region_panel::region_panel_ui(ui.ctx(), &self.state, &mut self.pictures, &mut commands);
        notices::notices_ui(ui.ctx(), &self.state, &mut commands);
        if let Some(typed) = typed {
            ui.input_mut(|input| input.events = typed);
        }
        import_panel::import_panel_ui(ui.ctx(), &self.state, &mut commands);
        notices::drop_hint_ui(ui.ctx(), self.state.language());
        let more = !commands.is_empty();
        self.apply(&mut commands);
        if more {
            ui.request_repaint();
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.state.now = ctx.input(|input| input.time);
        for outcome in self.work.jobs.finished() {
            outcome::take_in(&mut self.state, outcome, &mut self.work);
        }
        let decoded = std::mem::take(&mut self.work.decoded);
        self.pictures.put(ctx, decoded);
        let mut commands = incoming(ctx, self.state.look.is_some());
        self.apply(&mut commands);
        command::when_due(&mut self.state, &mut self.work);
        self.note_running();
        if self.theme != Some(self.state.settings.theme) {
            theme::apply(ctx, self.state.settings.theme);
            self.theme = Some(self.state.settings.theme);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let typed = self.state.look.is_some().then(|| ui.input_mut(|input| std::mem::take(&mut input.events)));
        let mut commands = keys(ui, &self.state);
        self.apply(&mut commands);
        self.panels(ui, typed);
        self.work.decode(self.pictures.take_wanted());
        self.note_running();
        self.wake_later(ui.ctx());
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        // Written twice is the same as once; a lane may not come to its end any more.
        self.work.jobs.cancel(work::Lane::WriteLedger);
        self.state.audit.leave();
        if self.state.save_due.is_some()
            && let Err(error) = self.state.settings.save(&self.state.home)
        {
            tracing::warn!("{error}");
        }
    }
}

impl App {
    /// Asks for the next frame only when something is due or counts: an idle window costs nothing.
    fn wake_later(&self, ctx: &Context) {
        let unwritten = (!self.state.audit.changes.is_empty()).then_some(self.state.audit.write_after);
        let due = [self.state.search_due, self.state.save_due, self.state.study_due, self.state.paste_due, unwritten]
            .into_iter()
            .flatten()
            .reduce(f64::min);
        if let Some(due) = due.filter(|_| self.state.shelf.is_some()) {
            ctx.request_repaint_after_secs((due - self.state.now).max(0.0) as f32 + 0.005);
        }
        if !self.state.running.is_empty() {
            ctx.request_repaint_after_secs(0.1);
        }
    }
}

/// The panel on the left: a choice of what it shows, and the chosen one.
fn side_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let tabs = [
        (Tab::Weights, language.tab_weights()),
        (Tab::Filter, language.tab_filter()),
        (Tab::Audit, language.tab_audit()),
        (Tab::Collection, language.tab_collection()),
        (Tab::Settings, language.tab_settings()),
    ];
    if let Some(tab) = widgets::choice(ui, state.tab, &tabs) {
        commands.push(Command::Tab(tab));
    }
    ui.add_space(theme::M);
    match state.tab {
        Tab::Weights => weights_panel::weights_panel_ui(ui, state, commands),
        Tab::Filter => filter_panel::filter_panel_ui(ui, state, commands),
        Tab::Audit => audit::audit_panel_ui(ui, state, commands),
        Tab::Collection => collection_panel::collection_panel_ui(ui, state, commands),
        Tab::Settings => settings_panel::settings_panel_ui(ui, state, commands),
    }
}

/// What was dropped onto the window or pasted into it. Text pasted while the cursor is in a field belongs to the field, and
/// nothing is pasted behind the look at a source.
fn incoming(ctx: &Context, looking: bool) -> Vec<Command> {
    let in_field = ctx.text_edit_focused();
    ctx.input(|input| {
        let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        let dropped = (!dropped.is_empty()).then_some(Command::AttachAll(dropped));
        let pasted = input.events.iter().flat_map(|event| match event {
            _ if looking => Vec::new(),
            Event::PasteImage(image) => vec![Command::PastePicture(image.clone())],
            Event::Paste(text) if !in_field => paste(text),
            _ => Vec::new(),
        });
        dropped.into_iter().chain(pasted).collect()
    })
}

/// File managers copy files as addresses, one a line; other text becomes the query.
fn paste(text: &str) -> Vec<Command> {
    let text = text.trim();
    let files: Vec<PathBuf> = text.lines().filter_map(|line| line.strip_prefix("file://").map(unescaped)).collect();
    match (files.is_empty(), text.is_empty()) {
        (false, _) => files.into_iter().map(Command::Attach).collect(),
        (true, false) => vec![Command::SetText(text.replace(['\r', '\n'], " ")), Command::SearchNow],
        (true, true) => vec![Command::NothingToPaste],
    }
}

/// A path whose address has `%20` and the like in it.
fn unescaped(address: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let escaped = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%');
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}

/// Keys that work anywhere: `/` and Ctrl+F lead to the text field, Esc closes the product.
fn keys(ui: &Ui, state: &State) -> Vec<Command> {
    let mut commands = Vec::new();
    let in_field = ui.text_edit_focused();
    let find = ui.input_mut(|input| {
        let slash = !in_field && input.events.iter().any(|event| matches!(event, Event::Text(text) if text == "/"));
        if slash {
            input.events.retain(|event| !matches!(event, Event::Text(text) if text == "/"));
        }
        slash || input.consume_key(Modifiers::COMMAND, Key::F)
    });
    if find {
        ui.memory_mut(|memory| memory.request_focus(query_panel::field_id()));
    }
    if !in_field && ui.input(|input| input.key_pressed(Key::Escape)) && state.product.is_some() {
        commands.push(Command::CloseProduct);
    }
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_lose_the_place_in_a_source_file() {
        let check = |why: &str, expected: &str| assert_eq!(without_place(why), expected);
        check("winit: os error at /a/b.rs:765: DISPLAY is not set.", "DISPLAY is not set");
        check("Found no configs", "Found no configs");
    }

    #[test]
    fn addresses_become_paths() {
        let check = |address: &str, expected: &str| assert_eq!(unescaped(address), Path::new(expected));
        check("/a/red%20mug.png", "/a/red mug.png");
        check("/a/%E7%BA%A2.png", "/a/红.png");
        check("/a/100%", "/a/100%");
        check("/a/%zz", "/a/%zz");
    }

    #[test]
    fn pasted_files_are_attached_and_words_searched() {
        assert!(
            matches!(paste("file:///a/b.png\r\n").as_slice(), [Command::Attach(path)] if path == Path::new("/a/b.png"))
        );
        assert!(
            matches!(paste("red\nmug").as_slice(), [Command::SetText(text), Command::SearchNow] if text == "red mug")
        );
        assert!(matches!(paste("  ").as_slice(), [Command::NothingToPaste]));
    }
}
