//! ZIP archives: a feed and its pictures in one file, unpacked with bounds into a folder of ours.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use encoding_rs::GB18030;
use zip::{ZipArchive, result::ZipError};

use super::{Fault, is_feed};
use crate::{
    error::{Error, Result},
    files::sha256_hex,
    media,
};

/// Bounds of what is unpacked: a catalog with all its pictures fits, a trap does not.
const MOST_ENTRIES: usize = 500_000;
const MOST_BYTES: u64 = 32 << 30;
const HARMLESS_BYTES: u64 = if cfg!(test) { 1 << 20 } else { 64 << 20 };
const HIGHEST_RATIO: u64 = 200;

/// Why entries were left out, each with its name.
type LeftOut = Vec<Fault>;

/// Unpacks feeds, pictures and sounds of an archive into a folder below `into`, unless they are there from before, and
/// gives the folder. With `feeds_only` pictures and sounds stay packed.
pub(super) fn unpack(path: &Path, into: &Path, feeds_only: bool) -> Result<(PathBuf, LeftOut)> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    let data = file.metadata().map_err(|why| Error::unreadable(path, why))?;
    let changed = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let seed = format!("{}\n{}\n{:?}", whole.display(), data.len(), changed);
    let folder = into.join(format!("archive-{}", &sha256_hex(seed.as_bytes())[..16]));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|why| bad(path, &why))?;
    if archive.len() > MOST_ENTRIES {
        return Err(Error::BadFeed { path: path.to_owned(), why: "it holds more files than a catalog has".into() });
    }
    let part = folder.with_extension("part");
    // What an earlier, stopped run left is begun anew.
    let _ = fs::remove_dir_all(&part);
    let mut left_out = Vec::new();
    let mut budget = MOST_BYTES;
    let there = folder.is_dir();
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(|why| bad(path, &why))?;
        if entry.is_dir() {
            continue;
        }
        let name = entry_name(entry.name_raw());
        let inside = inside(&name).filter(|_| !entry.is_symlink());
        let told = |why: &str| Error::Unreadable { path: path.join(&name), why: why.into() };
        let Some(inside) = inside else {
            left_out.push(Fault::LeftOut(told("it would lie outside the archive's folder")));
            continue;
        };
        if hidden(&inside) {
            continue;
        }
        if media::ending(&inside).as_deref() == Some("zip") {
            left_out.push(Fault::LeftOut(told("it is an archive inside an archive; unpack it first")));
            continue;
        }
        let is_media = media::has_picture_ending(&inside) || media::has_sound_ending(&inside);
        // What could not be read the last time is tried, and told, again.
        if !is_feed(&inside) && (feeds_only || !is_media) || there && folder.join(&inside).is_file() {
            continue;
        }
        let most = HARMLESS_BYTES.max(entry.compressed_size().saturating_mul(HIGHEST_RATIO)).min(budget);
        let to = if there { &folder } else { &part }.join(&inside);
        match write(&mut entry, &to, most) {
            Ok(bytes) => budget -= bytes,
            Err(Stopped::Read(why)) => left_out.push(Fault::Folder(told(&why.to_string()))),
            Err(Stopped::Write(why)) => {
                let _ = fs::remove_dir_all(&part);
                return Err(Error::unwritable(&to, why));
            }
            Err(Stopped::TooMuch) => {
                let _ = fs::remove_dir_all(&part);
                let why = "it unpacks to far more than a feed holds".into();
                return Err(Error::BadFeed { path: path.to_owned(), why });
            }
        }
    }
    if !there && part.is_dir() {
        fs::rename(&part, &folder).map_err(|why| Error::unwritable(&folder, why))?;
    }
    Ok((folder, left_out))
}

/// Refuses a spreadsheet that unpacks to more than a spreadsheet is, before its reader takes it into memory.
pub(super) fn measure(path: &Path) -> Result<()> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    let packed = file.metadata().map_err(|why| Error::unreadable(path, why))?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|why| bad(path, &why))?;
    let mut left = HARMLESS_BYTES.max(packed.saturating_mul(HIGHEST_RATIO)).min(4 << 30);
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|why| bad(path, &why))?;
        // What is damaged is told by its reader.
        let read = io::copy(&mut entry.take(left + 1), &mut io::sink()).unwrap_or(0);
        left = left.checked_sub(read).ok_or_else(|| Error::BadFeed {
            path: path.to_owned(),
            why: "it unpacks to far more than a feed holds".into(),
        })?;
    }
    Ok(())
}

/// Where writing an entry stopped.
enum Stopped {
    Read(io::Error),
    Write(io::Error),
    TooMuch,
}

fn write(entry: &mut impl Read, to: &Path, most: u64) -> std::result::Result<u64, Stopped> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(Stopped::Write)?;
    }
    let mut file = File::create(to).map_err(Stopped::Write)?;
    let (mut bytes, mut chunk) = (0_u64, vec![0; 1 << 16]);
    loop {
        let read = match entry.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(read) => read,
            Err(why) => {
                // Half a picture is worse than none.
                let _ = fs::remove_file(to);
                return Err(Stopped::Read(why));
            }
        };
        bytes += read as u64;
        if bytes > most {
            return Err(Stopped::TooMuch);
        }
        file.write_all(&chunk[..read]).map_err(Stopped::Write)?;
    }
}

/// Chinese systems write names in their own encoding without saying so.
fn entry_name(raw: &[u8]) -> String {
    std::str::from_utf8(raw).map_or_else(|_| GB18030.decode_without_bom_handling(raw).0.into_owned(), str::to_owned)
}

/// A path that stays inside the folder it is put into.
fn inside(name: &str) -> Option<PathBuf> {
    if name.starts_with(['/', '\\']) {
        return None;
    }
    let steps = name.split(['/', '\\']).filter(|step| !step.is_empty() && *step != ".");
    let mut path = PathBuf::new();
    for step in steps {
        if step == ".." || step.contains([':', '\0']) {
            return None;
        }
        path.push(step);
    }
    (!path.as_os_str().is_empty()).then_some(path)
}

/// What systems put beside the files.
fn hidden(path: &Path) -> bool {
    path.iter().any(super::folder::is_hidden)
}

fn bad(path: &Path, why: &ZipError) -> Error {
    let why = match why {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            "it is locked with a password; unpack it and give the folder".into()
        }
        ZipError::InvalidArchive(_) => "it is damaged or cut short".into(),
        why => why.to_string(),
    };
    Error::BadFeed { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn names_stay_inside() {
        let check =
            |name: &str, expected: Option<&str>| assert_eq!(inside(name), expected.map(PathBuf::from), "{name}");
        check("a/b.jpg", Some("a/b.jpg"));
        check(r"a\b.jpg", Some("a/b.jpg"));
        check("./a.jpg", Some("a.jpg"));
        check("../a.jpg", None);
        check("a/../../b.jpg", None);
        check("/etc/passwd", None);
        check("C:/a.jpg", None);
        check("", None);
    }

    #[test]
    fn good_entries_are_unpacked_and_bad_ones_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.zip");
        let entries: [(&str, &[u8]); 6] = [
            ("feed.csv", b"id,title\n1,Mug\n"),
            ("img/a.png", b"x"),
            ("../evil.png", b"x"),
            ("inner.zip", b"x"),
            ("__MACOSX/._a.png", b"x"),
            ("run.exe", b"x"),
        ];
        fs::write(&path, zip(&entries)).unwrap();
        let (unpacked, left_out) = unpack(&path, folder.path(), false).unwrap();
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        assert!(unpacked.join("feed.csv").is_file() && unpacked.join("img/a.png").is_file());
        assert!(!folder.path().join("evil.png").exists() && !unpacked.join("run.exe").exists());
        let again = unpack(&path, folder.path(), false).unwrap();
        assert_eq!(again, (unpacked, left_out), "the second time it is there, and told the same");
    }

    #[test]
    fn a_trap_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.zip");
        fs::write(&path, zip(&[("a.png", &vec![0; HARMLESS_BYTES as usize + 1])])).unwrap();
        assert!(unpack(&path, folder.path(), false).unwrap_err().to_string().contains("far more"));
        assert!(measure(&path).unwrap_err().to_string().contains("far more"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left of it");
        fs::write(&path, b"PK\x03\x04 and then nothing").unwrap();
        assert!(matches!(unpack(&path, folder.path(), false), Err(Error::BadFeed { .. })));
    }
}
