//! Files written whole or not at all: a reader, or a crash in between, never meets half of one.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Writes a file beside its final name, then renames it into place. Nothing is left behind on failure.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let part = part_of(path);
    fs::write(&part, content).and_then(|()| fs::rename(&part, path)).map_err(|why| {
        // Nothing more can be done when the leftover cannot be removed either; the error below says enough.
        let _ = fs::remove_file(&part);
        Error::unwritable(path, why)
    })
}

/// The same for what comes piece by piece and need not fit into memory: `write` is given a function that takes the next
/// piece.
pub fn write_pieces<T>(path: &Path, write: impl FnOnce(&mut dyn FnMut(&[u8]) -> Result<()>) -> Result<T>) -> Result<T> {
    let part = part_of(path);
    let unwritable = |why| Error::unwritable(path, why);
    let mut file = BufWriter::new(File::create(&part).map_err(unwritable)?);
    let written = write(&mut |piece| file.write_all(piece).map_err(unwritable));
    let written = written.and_then(|written| file.flush().map_err(unwritable).map(|()| written));
    drop(file);
    let renamed = written.and_then(|written| fs::rename(&part, path).map_err(unwritable).map(|()| written));
    if renamed.is_err() {
        let _ = fs::remove_file(&part);
    }
    renamed
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
