//! The workbench in the window: judge, measure, compare, tune.

pub mod command;
mod compare;
mod comparison;
mod grade;
mod i18n;
mod judge;
mod map;
mod outcome;
mod panel;
pub mod state;
mod tuning;
pub mod work;

/// How long a ledger that could not be written is left alone, seconds.
const WRITE_PAUSE: f64 = 5.0;

pub use compare::compare_ui;
pub use grade::{RADIUS as CHIP, chip};
pub use judge::judge_ui;
pub use map::map_panel_ui;
pub use outcome::take_in;
pub use panel::audit_panel_ui;
pub use tuning::tuning_panel_ui;
