//! Pictures and sounds: opened from any common format, turned into what encoders and the window need.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

pub mod clip;
pub mod image;

/// File name endings, lower case, of the pictures that can be opened.
pub const PICTURE_ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "gif", "bmp"];

/// File name endings, lower case, of the sounds that can be opened.
pub const SOUND_ENDINGS: [&str; 9] = ["wav", "mp3", "flac", "ogg", "oga", "m4a", "aac", "aif", "aiff"];

/// Larger picture files are not read: twice what the largest picture that is opened takes without compression.
pub const MOST_PICTURE_BYTES: u64 = 256 << 20;

/// Larger sound files are not read.
pub const MOST_SOUND_BYTES: u64 = 512 << 20;

/// The bytes of a file of at most `limit_bytes`.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::EmptyFile`] or [`Error::FileTooLarge`].
pub fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>> {
    check(path, limit_bytes)?;
    fs::read(path).map_err(|why| Error::unreadable(path, why))
}

/// The sha256 of such a file, without keeping it in memory.
///
/// # Errors
/// As [`read`].
pub fn content(path: &Path, limit_bytes: u64) -> Result<[u8; 32]> {
    check(path, limit_bytes)?;
    sha256(path).map_err(|why| Error::unreadable(path, why))
}

/// The sha256 of a file of any size.
pub fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut sum, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum.finalize().into()),
            bytes => sum.update(&buffer[..bytes]),
        }
    }
}

fn check(path: &Path, limit_bytes: u64) -> Result<()> {
    let about = fs::metadata(path).map_err(|why| Error::unreadable(path, why))?;
    // Asked before opening: opening a pipe would wait for whoever writes to it.
    if !about.is_file() {
        return Err(Error::unreadable(path, "it is not a file"));
    }
    let (name, megabytes) = (path.display().to_string(), |bytes: u64| bytes >> 20);
    match about.len() {
        0 => Err(Error::EmptyFile { name }),
        bytes if bytes > limit_bytes => {
            Err(Error::FileTooLarge { name, megabytes: megabytes(bytes), limit: megabytes(limit_bytes) })
        }
        _ => Ok(()),
    }
}

/// Whether a file's name says that it is a picture.
pub fn has_picture_ending(path: &Path) -> bool {
    ending(path).is_some_and(|ending| PICTURE_ENDINGS.contains(&ending.as_str()))
}

/// Whether a file's name says that it is a sound.
pub fn has_sound_ending(path: &Path) -> bool {
    ending(path).is_some_and(|ending| SOUND_ENDINGS.contains(&ending.as_str()))
}

/// A file name's ending in lower case.
pub fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beyond_the_limit_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        // A hole: it takes no room on the disk, and reading it would take seconds.
        File::create(&path).unwrap().set_len(MOST_PICTURE_BYTES + 1).unwrap();
        let refused = Error::FileTooLarge { name: path.display().to_string(), megabytes: 256, limit: 256 };
        assert_eq!(read(&path, MOST_PICTURE_BYTES), Err(refused.clone()));
        assert_eq!(content(&path, MOST_PICTURE_BYTES), Err(refused));
        fs::write(&path, b"abc").unwrap();
        assert_eq!(read(&path, 3), Ok(b"abc".to_vec()));
        assert_eq!(content(&path, 3), sha256(&path).map_err(|why| Error::unreadable(&path, why)));
        assert!(matches!(read(folder.path(), 3), Err(Error::Unreadable { .. })));
    }
}
