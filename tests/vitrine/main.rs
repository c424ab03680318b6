//! All integration tests in one binary: linking is what costs.

mod audio;
mod audit;
mod bundles;
mod cli;
mod downloads;
mod encode;
mod export;
mod fixture;
mod import;
mod lasting;
mod layers;
mod models;
mod onnx;
mod oracle;
mod sample;
mod search;
mod ui;
mod ui_audit;
mod ui_import;
