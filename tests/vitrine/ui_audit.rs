//! The workbench in the window, by its labels: judged by keys, measured at once, mapped, compared, tuned, and still there
//! after the window was closed.

use egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable as _;
use vitrine::{
    audit::{Ledger, Metric},
    search::Weights,
    settings::Settings,
    ui::{
        App,
        audit::state::{Page, Side},
    },
};

use crate::ui::{Window, open_with, settings};

fn audit(window: &Window) -> &vitrine::ui::audit::state::Audit {
    &window.app().state.audit
}

fn open() -> Window {
    let mut window = open_with(Settings { judge: "me".into(), ..settings() });
    window.until("the ledger", |window| audit(window).ledger.is_some());
    window.press("Audit");
    window
}

/// Searches and keeps the query in the set.
fn keep(window: &mut Window, text: &str) {
    if window.shows("Clear the query") {
        window.press("Clear the query");
    }
    window.search(text);
    window.press("Keep");
    window.until("the query", |window| {
        let kept = audit(window).queries.iter().any(|query| query.text == text);
        kept && audit(window).tables.len() == audit(window).queries.len() && window.at_rest()
    });
    window.press("Clear the query");
}

/// A key that belongs to no field.
fn key(window: &mut Window, key: Key) {
    window.harness.ctx.memory_mut(|memory| memory.focused().into_iter().for_each(|id| memory.surrender_focus(id)));
    window.harness.key_press(key);
    window.harness.step();
    window.harness.step();
}

/// Judges every product of the pool: what the name says is right is 3, the rest 0.
fn judge_all(window: &mut Window, right: &str) {
    while let Page::Judge(judging) = &audit(window).page {
        let Some(row) = judging.row() else { break };
        let title = window.app().state.shelf.as_ref().unwrap().collection.product(row).unwrap().title.clone();
        key(window, if title == right { Key::Num3 } else { Key::Num0 });
    }
}

#[test]
fn a_query_is_judged_by_keys_measured_at_once_and_kept() {
    let mut window = open();
    keep(&mut window, "green mug");
    assert_eq!(audit(&window).figures.mean, None);
    window.press("Judge");
    assert!(window.shows("Just right") && window.shows("green mug"));
    // The search bar makes room for what is judged.
    assert!(!window.shows("Add picture…"));
    key(&mut window, Key::Num1);
    key(&mut window, Key::U);
    assert!(matches!(&audit(&window).page, Page::Judge(judging) if judging.at == 0 && judging.given == 0));
    judge_all(&mut window, "green mug");
    window.until("the figure", |window| audit(window).figures.mean == Some(1.0) && window.at_rest());
    assert!(window.shows("Every product here is judged"));
    window.press("Back to the shelf");
    window.until("the shelf's answer", |window| window.found() && window.at_rest());
    assert_eq!(audit(&window).current.as_deref(), Some("q1"));
    // Closed without a word, the judgements are on the disk.
    let ledger = Ledger::open(&window.folder.path().join("collection")).unwrap();
    assert_eq!(ledger.judged().unwrap().len(), 6);
    assert!(ledger.judged().unwrap().iter().all(|judged| judged.judge == "me" && judged.query == "q1"));
}

#[test]
fn keys_judge_on_the_shelf_and_the_figure_follows_the_sliders() {
    let mut window = open();
    keep(&mut window, "red sweater");
    window.search("red sweater");
    assert_eq!(audit(&window).current.as_deref(), Some("q1"));
    window.harness.state_mut().state.selected = Some(0);
    window.harness.step();
    key(&mut window, Key::Num3);
    window.until("the figure", |window| audit(window).figures.mean == Some(1.0) && window.at_rest());
    window.press("Weights");
    assert!(window.shows("1.000"));
    let before = window.counters();
    window.slide("Your words", 0.0);
    window.until("the figure again", |window| audit(window).figures.mean.is_some_and(|mean| mean < 1.0));
    assert_eq!(window.counters(), before, "no encoder runs for a figure");
    window.slide("Your words", 1.0);
    window.until("the first figure", |window| audit(window).figures.mean == Some(1.0) && window.at_rest());
    window.press("Audit");
    window.harness.state_mut().state.selected = Some(0);
    window.harness.step();
    key(&mut window, Key::Delete);
    window.until("nothing judged", |window| audit(window).figures.values.is_empty() && window.at_rest());
}

#[test]
fn the_map_is_drawn_and_its_dot_moves_the_sliders() {
    let mut window = open();
    for text in ["red sweater", "green mug", "blue sweater"] {
        keep(&mut window, text);
        window.press("Judge");
        judge_all(&mut window, text);
        window.press("Back to the shelf");
        window.until("rest", Window::at_rest);
    }
    window.press("Map");
    assert_eq!(audit(&window).side, Some(Side::Map));
    window.until("the map", |window| audit(window).map.is_some());
    window.harness.step();
    let before = window.app().state.settings.weights;
    let rect = window.harness.get_by_role_and_label(Role::Image, "Quality map").rect();
    window.harness.drag_at(rect.center());
    window.harness.step();
    window.harness.hover_at(rect.center() + egui::vec2(40.0, 30.0));
    window.harness.step();
    window.harness.drop_at(rect.center() + egui::vec2(40.0, 30.0));
    window.until("the sliders", |window| window.app().state.settings.weights != before && window.at_rest());
}

#[test]
fn presets_are_kept_applied_and_set_side_by_side() {
    let mut window = open();
    keep(&mut window, "red sweater");
    window.press("Judge");
    judge_all(&mut window, "red sweater");
    window.press("Back to the shelf");
    window.harness.state_mut().state.audit.preset_name = "plain".into();
    window.harness.step();
    window.press("Save");
    window.until("the preset", |window| audit(window).presets.len() == 1 && window.at_rest());
    window.press("Weights");
    window.slide("Pictures", 0.0);
    window.until("rest", Window::at_rest);
    window.press("Audit");
    window.press("Compare");
    window.until("the comparison", |window| {
        audit(window).comparison.as_ref().is_some_and(|all| all.presets.len() == 2 && !all.presets[0].shelf.is_empty())
    });
    window.harness.step();
    assert!(window.shows("Ideal") && window.shows("Now"));
    window.press("plain");
    window.until("the weights", |window| window.app().state.settings.weights == Weights::default());
    window.press("Remove plain");
    window.until("no preset", |window| audit(window).presets.is_empty() && window.at_rest());
}

#[test]
fn files_of_the_field_come_in_and_go_out() {
    let mut window = open();
    let place = |name: &str| window.folder.path().join(name);
    std::fs::write(place("q.jsonl"), "{\"query_id\":\"a\",\"text\":\"blue mug\"}\n").unwrap();
    std::fs::write(place("j.qrels"), "a 0 mug-blue 3\na 0 mug-red 1\n").unwrap();
    std::fs::write(place("bad.qrels"), "a 0 mug-blue 3\nbroken\n").unwrap();
    let (queries, qrels, bad, out) = (place("q.jsonl"), place("j.qrels"), place("bad.qrels"), place("out.qrels"));
    for (path, ready) in [(queries, 0), (qrels, 2)] {
        window.harness.state_mut().state.audit.path = path.display().to_string();
        window.harness.step();
        window.press("Import");
        window.until("the file", |window| {
            audit(window).queries.len() == 1
                && audit(window).grades.of_query("a").count() == ready
                && audit(window).path.is_empty()
                && window.at_rest()
        });
    }
    window.until("the figure", |window| audit(window).figures.mean.is_some());
    window.harness.state_mut().state.audit.path = bad.display().to_string();
    window.harness.step();
    window.press("Import");
    window.until("the sentence", |window| !window.app().state.notices.is_empty());
    assert_eq!(audit(&window).grades.of_query("a").count(), 2);
    window.harness.state_mut().state.audit.path = out.display().to_string();
    window.harness.step();
    window.press("Export");
    window.until("the file", |window| audit(window).written.is_some());
    assert_eq!(std::fs::read_to_string(out).unwrap().lines().count(), 2);
    assert_eq!(audit(&window).metric, Metric::NDCG_10);
}

/// The window's state.
trait Opened {
    fn app(&self) -> &App;
}

impl Opened for Window {
    fn app(&self) -> &App {
        self.harness.state()
    }
}

#[test]
fn a_bare_feed_is_audited_from_queries_to_report() {
    let mut window = open();
    assert!(window.shows("No queries yet"));
    window.press("Make queries from the catalog");
    window.until("the queries", |window| {
        !audit(window).queries.is_empty()
            && audit(window).tables.len() == audit(window).queries.len()
            && window.at_rest()
    });
    window.until("the figure", |window| audit(window).figures.mean.is_some() && window.at_rest());
    assert!(audit(&window).failed.is_empty());
    window.press("Map");
    window.until("the map", |window| audit(window).map.is_some());
    window.press("Tune");
    window.press("Look for better weights");
    window.until("the verdict", |window| audit(window).tuned.is_some() && window.at_rest());
    window.press("Report");
    window.until("the report", |window| audit(window).written.is_some() && window.at_rest());
    let report = std::fs::read_to_string(audit(&window).written.as_ref().unwrap()).unwrap();
    assert!(report.starts_with("<!") && report.contains("<svg") && report.contains("ndcg@10"), "{}", &report[..200]);
}
