//! All integration tests in one binary: linking is what costs.

mod audio;
mod cli;
mod encode;
mod fixture;
mod import;
mod layers;
mod models;
mod search;
mod ui;
