//! Vectors of one facet on disk, scanned exactly or through an instant-distance graph.

pub mod exact;
pub mod hnsw;
pub mod matrix;
pub mod rows;

pub use hnsw::Hnsw;
pub use matrix::Matrix;
pub use rows::RowSet;
