//! Files written whole or not at all: a reader, or a crash in between, never meets half of one.

use std::{fs, path::Path};

use crate::error::{Error, Result};

/// Writes a file beside its final name, then renames it into place. Nothing is left behind on failure.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    fs::write(&part, content).and_then(|()| fs::rename(&part, path)).map_err(|why| {
        // Nothing more can be done when the leftover cannot be removed either; the error below says enough.
        let _ = fs::remove_file(&part);
        Error::unwritable(path, why)
    })
}
