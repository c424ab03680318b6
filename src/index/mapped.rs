//! Files of a finished generation as memory: opened without being read.

use std::{fs::File, path::Path};

use memmap2::Mmap;

use super::Matrix;
use crate::error::{Error, Result};

/// Maps a file of a finished generation.
#[expect(unsafe_code, reason = "a memory map; generations are never written to once they are renamed into place")]
pub fn open(path: &Path) -> Result<Mmap> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    // SAFETY: the file belongs to a finished generation, which this program never changes.
    unsafe { Mmap::map(&file) }.map_err(|why| Error::unreadable(path, why))
}

/// Maps a file that was made of a matrix: it begins with `magic` and the matrix's present rows and dim, u64 each.
pub fn open_made_of(path: &Path, magic: &[u8; 8], matrix: &Matrix) -> Result<Mmap> {
    let map = open(path)?;
    let damaged = |why: &str| Error::DamagedCollection { path: path.to_owned(), why: why.into() };
    if map.get(..8) != Some(magic) {
        return Err(damaged("not a matrix"));
    }
    let same = number(&map, 8) == Some(matrix.present()) && number(&map, 16) == Some(matrix.dim());
    if same { Ok(map) } else { Err(damaged("cut off")) }
}

/// The little-endian number at `from`.
pub fn number(bytes: &[u8], from: usize) -> Option<usize> {
    let bytes = bytes.get(from..from.checked_add(8)?)?.try_into().ok()?;
    usize::try_from(u64::from_le_bytes(bytes)).ok()
}
