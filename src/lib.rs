//! Vitrine, a desktop explorer for product catalogs.
//!
//! Modules stand in dependency order: each uses only those above it. `tests/vitrine/layers.rs` holds the rule.

/// The two languages, and how a sentence is chosen.
pub mod language;
/// Reasons inside an error, in Chinese.
pub mod reasons;
/// What can go wrong, in words a merchandiser can act on.
pub mod error;
/// Files written whole or not at all.
pub mod files;
/// How long work says how far it is, and learns to stop.
pub mod progress;
/// The one way work leaves the UI thread; the newest request in a lane wins.
pub mod jobs;
/// Pictures and sounds: opened, turned upright, shrunk, resampled.
pub mod media;
/// The sound device: microphone to Clip, Clip to speaker.
pub mod audio;
/// Products, and the feeds they come from.
pub mod catalog;
/// SQLite: the products and thumbnails of one generation.
pub mod store;
/// Encoders: text, picture and sound to unit vectors, through ONNX.
pub mod encode;
/// Vectors on disk, the exact scan and the instant-distance graph.
pub mod index;
/// One generation on disk: catalog, matrices, indexes, calibration.
pub mod collection;
/// Figures of the encoders on public data, as the model card gives them.
pub mod evaluation;
/// Queries, pair scores and their fusion.
pub mod search;
/// Judgements, metrics, comparisons, tuning: how good search is.
pub mod audit;
/// What the user chose, kept between runs.
pub mod settings;
/// Encoder bundles beside the built-in one: listed, checked, fetched, chosen.
pub mod models;
/// Engine: open, import, search; all that the shell, the window and the tests call.
pub mod engine;
/// How fast search is, on synthetic catalogs.
pub mod speed;
/// One short function per subcommand, over Engine.
pub mod cli;
/// The window.
pub mod ui;
