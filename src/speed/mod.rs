//! How fast search is: timings on synthetic catalogs of any size, through the same engine as the window's. `vitrine bench`
//! prints them, and `benches/README.md` says what they were.

pub mod measure;
pub mod synthetic;

pub use measure::{Figure, measure};
pub use synthetic::World;
