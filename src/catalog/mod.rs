//! Products, and the feeds they come from.

pub mod feed;
pub mod product;

pub use product::{Price, Product, Review};
