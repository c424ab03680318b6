//! Frame times of the window over a large synthetic catalog while a slider is dragged: everything but the drawing itself,
//! which a screen without a graphics card would dominate.
//!
//! ```text
//! cargo bench --bench frames -- 100000
//! ```

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use egui_kittest::Harness;
use vitrine::{
    collection::generation::Limits,
    engine::Engine,
    progress::Progress,
    search::Slider,
    settings::Settings,
    speed::World,
    ui::{
        App,
        command::{self, Command},
    },
};

/// One frame at 60 a second.
const FRAME_MS: f64 = 1000.0 / 60.0;
const MOVES: u32 = 240;

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    // `cargo test --benches` and a bare `cargo bench` come here without a number.
    let Some(products) = numbers.next() else { return };
    let world = World { products, dim: 256 };
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("collection");
    let limits = Limits { graph_from: usize::MAX, ..Limits::default() };
    world.write(&folder, limits, &Progress::new()).expect("the catalog can be written");
    let settings = Settings { collection: Some(folder), ..Settings::default() };
    let engine = Arc::new(Engine::with_encoders(world.encoders()));
    let path = home.path().to_owned();
    let builder = Harness::builder().with_size([1280.0, 860.0]).with_step_dt(1.0 / 60.0).allow_missing_glyphs();
    let mut harness = builder.build_eframe(|context| App::new(context, engine, path, settings));
    until(&mut harness, |app| app.state.shelf.is_some());
    let app = harness.state_mut();
    command::apply(&mut app.state, Command::SetText("query 1".into()), &mut app.work);
    until(&mut harness, |app| app.state.shelf.as_ref().is_some_and(|shelf| shelf.found.is_some()));

    let mut millis: Vec<f64> = (0..MOVES).map(|number| frame(&mut harness, number)).collect();
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((millis.len() - 1) as f64 * share) as usize];
    let dropped = millis.iter().filter(|millis| **millis > FRAME_MS).count();
    println!(
        "{products} products, {MOVES} frames of a dragged slider: median {:.2} ms, p95 {:.2} ms, longest {:.2} ms; \
         longer than {FRAME_MS:.1} ms: {dropped}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// Moves the sliders to and fro and draws one frame; milliseconds for both.
fn frame(harness: &mut Harness<'_, App>, number: u32) -> f64 {
    let slider = Slider::ALL[3 + (number / 60) as usize % 3];
    let at = (number as f32 / 60.0 * std::f32::consts::TAU).sin().abs();
    let started = Instant::now();
    let app = harness.state_mut();
    command::apply(&mut app.state, Command::Slide(slider, at), &mut app.work);
    harness.step();
    started.elapsed().as_secs_f64() * 1e3
}

fn until(harness: &mut Harness<'_, App>, condition: impl Fn(&App) -> bool) {
    while !condition(harness.state()) {
        harness.step();
        thread::sleep(Duration::from_millis(5));
    }
}
