//! Files written whole or not at all: a reader, or a crash in between, never meets half of one.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Writes a file beside its final name, then renames it into place. Nothing is left behind on failure.
pub fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    stream_whole(path, |out| out.write_all(content.as_ref()).map_err(|why| Error::unwritable(path, why)))
}

/// The same for a file that is written bit by bit.
pub fn stream_whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    let part = part(path);
    let fail = |why| Error::unwritable(path, why);
    let written = File::create(&part).map_err(fail).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush().map_err(fail)
    });
    written.and_then(|()| fs::rename(&part, path).map_err(fail)).inspect_err(|_| {
        // Nothing more can be done when the leftover cannot be removed either; the error says enough.
        let _ = fs::remove_file(&part);
    })
}

/// Whether a file can be written at its place, asked before the work whose outcome it is to hold. What is there stays.
pub fn check_place(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::unwritable(path, "it is a folder"));
    }
    let part = part(path);
    File::create(&part).and_then(|_| fs::remove_file(&part)).map_err(|why| Error::unwritable(path, why))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The sha256 of some bytes in such digits.
pub fn sha256_hex(bytes: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(bytes))
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_tried_and_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        check_place(&path).unwrap();
        assert!(!path.exists());
        fs::write(&path, "old").unwrap();
        check_place(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        for bad in [folder.path().to_owned(), path.join("b.csv"), folder.path().join("none/b.csv")] {
            assert!(matches!(check_place(&bad), Err(Error::Unwritable { path, .. }) if path == bad));
        }
    }

    #[test]
    fn sums_are_written_as_sha256sum_does() {
        assert_eq!(hex(&[0, 0xAB]), "00ab");
        assert_eq!(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn nothing_is_left_of_a_file_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write_whole(&path, "old").unwrap();
        let failed = stream_whole(&path, |out| {
            let _ = out.write_all(b"half");
            Err(Error::Cancelled)
        });
        assert_eq!(failed, Err(Error::Cancelled));
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        stream_whole(&path, |out| out.write_all(b"new").map_err(|why| Error::unwritable(&path, why))).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }
}
