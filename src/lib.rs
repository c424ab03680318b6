//! Vitrine, a desktop explorer for product catalogs.
//!
//! Modules stand in dependency order: each uses only those above it. `tests/vitrine/layers.rs` holds the rule.

/// The two languages, and how a sentence is chosen.
pub mod language;
/// What can go wrong, in words a merchandiser can act on.
pub mod error;
/// How long work says how far it is, and learns to stop.
pub mod progress;
/// The one way work leaves the UI thread; the newest request in a lane wins.
pub mod jobs;
/// Pictures and sounds: opened, turned upright, shrunk, resampled.
pub mod media;
/// The sound device: microphone to Clip, Clip to speaker.
pub mod audio;
