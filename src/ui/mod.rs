//! The window.

use crate::{error::Result, settings::Settings};

/// Opens the window and returns when it is closed.
pub fn run(_settings: Settings) -> Result<()> {
    Ok(())
}
