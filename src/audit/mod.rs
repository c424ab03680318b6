//! Judgements, metrics, comparisons, tuning: how good search is, and what would make it better.

pub mod metrics;
pub mod paired;
pub mod table;
pub mod simplex;
pub mod picture;
pub mod tune;
pub mod learned;

pub use metrics::Metric;
pub use table::{Table, Tables};
