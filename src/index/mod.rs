//! Vectors of one facet on disk, scanned exactly or through an instant-distance graph.

pub mod bits;
pub mod codes;
pub mod exact;
pub mod hnsw;
pub mod mapped;
pub mod matrix;
pub mod rows;
pub mod simd;

pub use bits::Bits;
pub use codes::Codes;
pub use hnsw::Hnsw;
pub use matrix::Matrix;
pub use rows::RowSet;
