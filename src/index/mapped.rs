//! Files of a finished generation as memory: opened without being read.

use std::{fs::File, path::Path};

use memmap2::Mmap;

use crate::error::{Error, Result};

/// Maps a file of a finished generation.
#[expect(unsafe_code, reason = "a memory map; generations are never written to once they are renamed into place")]
pub fn open(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    // SAFETY: the file belongs to a finished generation, which this program never changes.
    unsafe { Mmap::map(&file) }.map_err(|why| Error::unreadable(path, why))
}

/// The little-endian number at `from`.
pub fn number(bytes: &[u8], from: usize) -> Option<usize> {
    let bytes = bytes.get(from..from.checked_add(8)?)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(bytes)).ok()
}
