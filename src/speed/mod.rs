//! How fast search is: timings on synthetic catalogs of any size, through the same engine as the window's. `vitrine bench`
//! prints them, and `benches/README.md` says what they were.

pub mod graph;
pub mod measure;
mod shelf;
pub mod synthetic;

pub use graph::measure_graph;
pub use measure::{Figure, measure};
pub use synthetic::World;
