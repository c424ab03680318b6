//! Vectors of one facet on disk, scanned exactly or through an instant-distance graph.

pub mod exact;
pub mod hnsw;
pub mod matrix;

pub use hnsw::Hnsw;
pub use matrix::Matrix;
