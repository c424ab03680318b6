//! What a collection is searched by: vectors scanned exactly or through an instant-distance graph, words, and columns.

pub mod bits;
pub mod codes;
pub mod columns;
pub mod exact;
pub mod hnsw;
pub mod keyword;
pub mod mapped;
pub mod matrix;
pub mod nearest;
pub mod rows;
pub mod simd;
pub mod words;

pub use bits::Bits;
pub use codes::Codes;
pub use columns::Columns;
pub use hnsw::Hnsw;
pub use keyword::Keyword;
pub use matrix::Matrix;
pub use nearest::{Nearest, Way};
pub use rows::RowSet;
