//! The window by its labels, without a display: what a person sees and presses, and what must not happen meanwhile.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use egui::{ViewportId, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use tempfile::TempDir;
use vitrine::{
    encode::Modality,
    engine::Counters,
    language::Language,
    search::Method,
    settings::{Settings, Theme},
    ui::{
        App,
        command::{self, Command},
        look::Look,
        state::{Shelf, Tab},
    },
};

use crate::fixture;

/// The window over the shop of six products, and the folder it lives in.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub folder: TempDir,
}

/// A file as the desktop drops it.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|why| why.to_string())
    }
}

pub fn settings() -> Settings {
    Settings {
        language: Language::English,
        theme: Theme::Light,
        microphone: Some("no such microphone".into()),
        ..Settings::default()
    }
}

/// Opens the window and waits until the shelf is there.
fn open() -> Window {
    open_with(settings())
}

/// The same with settings of one's own.
pub fn open_with(settings: Settings) -> Window {
    let (engine, folder) = fixture::open_shop();
    let settings = Settings { collection: Some(folder.path().join("collection")), ..settings };
    let home = folder.path().join("home");
    let builder = Harness::builder().with_size([1280.0, 860.0]).with_step_dt(0.1).allow_missing_glyphs();
    let harness = builder.build_eframe(|context| App::new(context, Arc::new(engine), home, settings));
    let mut window = Window { harness, folder };
    window.until("the shelf", |window| window.harness.state().state.shelf.is_some());
    window.harness.step();
    window
}

impl Window {
    /// Lets frames pass until something holds; work on other threads needs its time.
    pub fn until(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        for _ in 0..600 {
            self.harness.step();
            if condition(self) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{what} did not come; notices: {:?}", self.harness.state().state.notices);
    }

    /// Waits until the look at a source is on show and at its place.
    pub fn looked(&mut self) {
        self.until("the first rows", |window| window.look().is_some_and(|look| look.seen.is_some()));
        self.harness.run_steps(3);
    }

    pub fn look(&self) -> Option<&Look> {
        self.harness.state().state.look.as_ref()
    }

    pub fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn says(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    pub fn press(&mut self, label: &str) {
        self.harness.query_all_by_label(label).next().unwrap_or_else(|| panic!("{label}")).click();
        self.harness.step();
        self.harness.step();
    }

    pub fn slide(&mut self, label: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::Slider, label).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
    }

    fn drop_file(&mut self, path: &Path) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.harness.step();
    }

    fn type_in(&mut self, text: &str) {
        self.harness.get_by_label("Search").focus();
        self.harness.step();
        self.harness.get_by_label("Search").type_text(text);
        self.harness.step();
    }

    pub fn search(&mut self, text: &str) {
        self.type_in(text);
        self.until("an answer", |window| window.found() && window.at_rest());
    }

    /// Titles in their order.
    pub fn titles(&self) -> Vec<String> {
        let shelf = self.harness.state().state.shelf.as_ref().unwrap();
        shelf.hits.iter().map(|hit| shelf.collection.product(hit.row).unwrap().title.clone()).collect()
    }

    fn shelf(&self) -> &Shelf {
        self.harness.state().state.shelf.as_ref().unwrap()
    }

    pub fn found(&self) -> bool {
        self.harness.state().state.shelf.as_ref().is_some_and(|shelf| shelf.found.is_some())
    }

    pub fn at_rest(&self) -> bool {
        let state = &self.harness.state().state;
        let due = state.search_due.or(state.save_due).or(state.study_due);
        state.running.is_empty() && due.is_none()
    }

    pub fn counters(&self) -> Counters {
        self.harness.state().work.engine.counters()
    }
}

#[test]
fn without_a_query_all_products_are_on_show() {
    let window = open();
    assert!(window.shows("6 products"));
    for title in ["red sweater", "green sweater", "blue sweater", "red mug", "green mug", "blue mug"] {
        assert!(window.shows(title), "{title}");
    }
}

#[test]
fn typing_searches_after_a_pause_and_leads_with_the_right_product() {
    let mut window = open();
    window.search("green mug");
    assert_eq!(window.titles()[0], "green mug");
    assert!(window.shows("6 products, best first"));
    window.press("Clear the query");
    assert!(window.shows("6 products"));
    assert_eq!(window.titles()[0], "red sweater");
}

#[test]
fn a_slider_ranks_again_without_encoder_or_index() {
    let mut window = open();
    let blue = window.folder.path().join("blue.png");
    fixture::picture(&blue, [20, 20, 200]);
    window.search("green mug");
    window.drop_file(&blue);
    window.until("the picture", |window| window.shows("Picture 1 of the query") && window.at_rest());
    let before = window.counters();
    window.slide("Your pictures", 0.0);
    assert_eq!(window.titles()[0], "green mug");
    window.slide("Your pictures", 1.0);
    window.slide("Your words", 0.0);
    assert_eq!(window.titles()[0], "blue sweater");
    window.slide("Sounds", 0.9);
    window.until("rest", Window::at_rest);
    assert_eq!(window.counters(), before);
    window.press("Reset weights");
    window.until("rest", Window::at_rest);
    assert_eq!(window.counters(), before);
    assert_eq!(window.harness.state().state.settings.weights, vitrine::search::Weights::default());
}

#[test]
fn a_part_without_weight_is_encoded_only_when_it_gets_one() {
    let mut window = open();
    window.search("red");
    assert_eq!(window.titles()[0], "red sweater");
    window.slide("Your words", 0.0);
    let start = window.counters().encoder_runs;
    window.type_in(" mug");
    window.harness.run_steps(8);
    window.until("rest", Window::at_rest);
    assert_eq!(window.counters().encoder_runs, start, "nothing has a weight, nothing is encoded");
    assert!(window.says("at least one part"));
    window.slide("Your words", 1.0);
    window.until("rest", Window::at_rest);
    window.until("the answer", |window| window.titles()[0] == "red mug");
    assert_eq!(window.counters().encoder_runs, start + 1);
}

#[test]
fn the_language_changes_at_once_and_is_kept() {
    let mut window = open();
    window.press("Settings");
    window.press("中文");
    for label in ["权重", "商品库", "6 件商品", "商品 red sweater"] {
        assert!(window.shows(label), "{label}");
    }
    window.until("saving", Window::at_rest);
    assert_eq!(Settings::load(&window.folder.path().join("home")).language, Language::Chinese);
}

#[test]
fn a_corrupt_picture_is_a_sentence_and_loses_nothing() {
    let mut window = open();
    window.search("green mug");
    let titles = window.titles();
    let corrupt = window.folder.path().join("corrupt.png");
    std::fs::write(&corrupt, "no picture at all").unwrap();
    window.drop_file(&corrupt);
    window.until("the sentence", |window| window.says("is not a picture that can be opened"));
    assert_eq!(window.titles(), titles);
    assert_eq!(window.harness.state().state.query.text, "green mug");
    window.press("Dismiss");
    assert!(!window.says("is not a picture that can be opened"));
}

#[test]
fn a_dropped_sound_becomes_a_part_and_a_feed_is_looked_at() {
    let mut window = open();
    let (sound, feed) = (window.folder.path().join("bell.wav"), window.folder.path().join("products.jsonl"));
    window.drop_file(&sound);
    window.until("the sound", |window| window.shows("Remove the sound") && window.found() && window.at_rest());
    assert!(window.harness.state().state.query.audio.is_some());
    window.drop_file(&feed);
    window.until("the look", |window| window.shows("Import products.jsonl"));
    window.drop_file(&feed);
    window.until("the offer of another", |window| window.says("products.jsonl can be imported"));
}

#[test]
fn a_frame_on_a_picture_searches_with_that_part() {
    let mut window = open();
    let both = window.folder.path().join("both.png");
    let half = |x: u32| if x < 32 { [20, 20, 200] } else { [200, 20, 20] };
    image::RgbImage::from_fn(64, 64, |x, _| image::Rgb(half(x))).save(&both).unwrap();
    window.drop_file(&both);
    window.until("an answer", |window| window.found() && window.at_rest());
    window.press("Picture 1 of the query");
    let picture = |window: &Window| window.harness.get_by_role_and_label(Role::Image, "Picture 1 of the query").rect();
    let rect = picture(&window);
    let leads = |window: &Window, colour: &str| window.titles()[0].starts_with(colour);
    for (from, to, expected) in [(0.02, 0.45, "blue"), (0.55, 0.98, "red")] {
        let at = |x: f32, y: f32| rect.min + egui::vec2(x, y) * rect.size();
        window.harness.drag_at(at(from, 0.1));
        window.harness.step();
        window.harness.hover_at(at(to, 0.9));
        window.harness.step();
        window.harness.drop_at(at(to, 0.9));
        window.harness.step();
        window.until("the part's answer", |window| window.at_rest() && leads(window, expected));
        assert_eq!(window.harness.state().state.query.images[0].width(), 28);
    }
    window.press("Whole picture");
    window.until("the whole again", Window::at_rest);
    assert_eq!(window.harness.state().state.query.images[0].width(), 64);
    window.press("Done");
    assert!(!window.says("Drag a frame"));
}

#[test]
fn without_a_microphone_a_sentence_says_so_and_the_button_stays() {
    let mut window = open();
    window.press("Record");
    window.until("the sentence", |window| window.says("No microphone was found"));
    assert!(window.shows("Record"));
}

#[test]
fn an_import_shows_its_report_with_the_bad_row() {
    let mut window = open();
    let source = window.folder.path().join("spring");
    std::fs::create_dir(&source).unwrap();
    fixture::picture(&source.join("yellow scarf.png"), [200, 200, 20]);
    std::fs::write(source.join("broken.png"), "no picture").unwrap();
    window.press("Collection");
    window.harness.state_mut().state.import_path = source.display().to_string();
    window.harness.step();
    assert_eq!(window.harness.state().state.tab, Tab::Collection);
    window.press("Import…");
    window.looked();
    window.press("Import");
    window.until("the report", |window| window.shows("Import finished"));
    assert!(window.says("needs a look") || window.says("need a look"));
    assert!(window.says("is not a picture"));
    assert!(window.shows("spring"), "the new collection is on show");
}

#[test]
fn products_leave_only_after_a_yes() {
    let mut window = open();
    let feed = window.folder.path().join("products.jsonl");
    let text = std::fs::read_to_string(&feed).unwrap();
    let fewer: Vec<&str> = text.lines().filter(|line| !line.contains("mug")).collect();
    std::fs::write(&feed, fewer.join("\n")).unwrap();
    let products = |window: &Window| window.harness.state().state.shelf.as_ref().map(|shelf| shelf.collection.len());
    window.press("Collection");
    window.press("Import again");
    window.until("the question", |window| window.shows("Remove them"));
    assert!(window.says("3 of 6 products are not in the source any more"));
    window.press("Keep the collection as it is");
    window.until("the answer", |window| !window.shows("Remove them") && window.shows("Import again"));
    assert_eq!(products(&window), Some(6));
    window.press("Import again");
    window.until("the question", |window| window.shows("Remove them"));
    window.press("Remove them");
    window.until("the smaller collection", |window| products(window) == Some(3));
    assert!(window.says("unchanged 3, removed 3"));
}

#[test]
fn a_product_opens_with_its_parts_that_add_up_to_the_score() {
    let mut window = open();
    window.search("red sweater");
    window.press("red sweater");
    window.until("the panel", |window| window.shows("Why it is here"));
    let state = &window.harness.state().state;
    let (shelf, weights) = (state.shelf.as_ref().unwrap(), &state.settings.weights);
    let best = shelf.hits[0];
    let sum: f32 = shelf
        .found
        .as_ref()
        .unwrap()
        .explain(&shelf.collection, best.row, weights)
        .iter()
        .map(|score| score.contribution)
        .sum();
    assert!((sum - best.score).abs() < 1e-5);
    assert!(window.shows("Search with this picture"));
    window.press("Close");
    assert!(!window.shows("Why it is here"));
}

#[test]
fn keys_walk_over_the_shelf_and_lead_to_the_search_field() {
    let mut window = open();
    window.harness.key_press(egui::Key::ArrowRight);
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::ArrowRight);
    window.harness.run_steps(2);
    assert_eq!(window.harness.state().state.selected, Some(1));
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(2);
    assert_eq!(window.harness.state().state.product.as_ref().map(|product| product.row), Some(1));
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(2);
    assert!(window.harness.state().state.product.is_none());
    window.harness.event(egui::Event::Text("/".into()));
    window.harness.run_steps(2);
    assert!(window.harness.get_by_label("Search").is_focused());
    assert_eq!(window.harness.state().state.query.text, "");
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut window = open();
    window.until("rest", |window| {
        let output = &window.harness.output().viewport_output[&ViewportId::ROOT];
        window.at_rest() && output.repaint_delay > Duration::from_mins(1)
    });
}

#[test]
fn a_filter_narrows_the_shelf_and_goes_again() {
    let mut window = open();
    window.press("Filter");
    window.until("the counts", |window| window.shows("6 products") && window.shows("Has"));
    window.press("Has");
    window.until("the values", |window| window.shows("No pictures"));
    window.press("No pictures");
    window.until("one product", |window| window.titles() == ["blue mug"]);
    window.search("red");
    assert_eq!(window.titles(), ["blue mug"], "a search stays within the filter");
    window.press("Show all");
    window.until("all products", |window| window.titles().len() == 6);
}

#[test]
fn a_number_that_is_typed_comes_first_and_a_dash_excludes() {
    let mut window = open();
    window.search("mug-green");
    assert_eq!(window.titles()[0], "green mug");
    window.press("green mug");
    window.until("the panel", |window| window.says("Its number was typed"));
    let mut window = open();
    window.search("mug -red");
    let titles = window.titles();
    let place = |title: &str| titles.iter().position(|known| known == title).unwrap();
    assert!(place("red mug") > place("green mug") && place("red mug") > place("blue mug"), "{titles:?}");
}

#[test]
fn methods_rank_again_and_the_order_is_looked_into() {
    let mut window = open();
    window.search("red sweater");
    window.until("the effects", |window| window.shelf().effects.is_some());
    assert!(window.says("scan of the full vectors"), "the way is named at the bottom");
    let mut weights = window.harness.state().state.settings.weights;
    weights.method = Method::Rrf { k: 60.0 };
    // What does not count is prepared too, or the search would never come to rest.
    weights.set_facet(Modality::Audio, 0.0);
    let App { state, work, .. } = window.harness.state_mut();
    command::apply(state, Command::SetWeights(weights), work);
    window.until("another order", |window| window.at_rest() && window.shelf().hits[0].score < 0.1);
    assert_eq!(window.titles()[0], "red sweater");
    assert_eq!(window.shelf().cut_off, None, "places have no line");
    window.press("red sweater");
    window.until("the panel", |window| window.shows("Why it is here"));
    window.press("Close");
    window.press("Collection");
    window.press("Check similar products");
    window.until("the recall", |window| window.says("recall@10 1.000"));
}
