//! Products, and the feeds they come from.

pub mod download;
pub mod feed;
mod kind;
pub mod product;

pub use product::{Price, Product, Review, Unopened};
