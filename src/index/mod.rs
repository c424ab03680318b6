//! Vectors of one facet on disk, scanned exactly or through an instant-distance graph.

pub mod columns;
pub mod exact;
pub mod hnsw;
pub mod keyword;
pub mod mapped;
pub mod matrix;
pub mod rows;
pub mod words;

pub use columns::Columns;
pub use hnsw::Hnsw;
pub use keyword::Keyword;
pub use matrix::Matrix;
pub use rows::RowSet;
