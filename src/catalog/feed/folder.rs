//! A folder of media as a catalog: each picture or sound is a product, its file name the title, its folder the
//! category. A picture and a sound of the same name belong to one product.
//!
//! `mug_1.jpg` and `mug_2.jpg` stay two products: cameras number pictures of different things the same way, and two
//! products that show one thing are found as duplicates, while two things in one product are lost. A feed says which
//! pictures belong together.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Opened,
    cells::{Cell, Record},
    fault::Fault,
    kind::Kind,
};
use crate::{
    error::{Error, Result},
    media,
};

/// Folders in folders.
const DEEPEST: usize = 64;

/// Files and folders that systems keep for themselves.
const SYSTEM: [&str; 9] = [
    "__MACOSX",
    "Thumbs.db",
    "desktop.ini",
    "$RECYCLE.BIN",
    "System Volume Information",
    "@eaDir",
    "lost+found",
    "node_modules",
    "#recycle",
];

/// Reads a folder and the folders in it, sorted by path. Links are followed; a folder is read once, however many lead
/// to it.
pub(super) fn open(root: &Path) -> Result<Opened> {
    let mut found = Found::default();
    found.gather(root, 0)?;
    found.files.sort();
    let mut products: BTreeMap<PathBuf, (Vec<Cell>, Vec<Cell>)> = BTreeMap::new();
    for file in found.files {
        let inside = file.strip_prefix(root).unwrap_or(&file).with_extension("");
        let (pictures, sounds) = products.entry(inside).or_default();
        if media::has_picture_ending(&file) {
            pictures.push(Cell::File(file));
        } else {
            sounds.push(Cell::File(file));
        }
    }
    if products.is_empty() {
        return Err(found.closed.pop().unwrap_or_else(|| Error::NothingToImport { path: root.to_owned() }));
    }
    let columns: Vec<Arc<str>> = COLUMNS.iter().map(|name| Arc::from(*name)).collect();
    let names = columns.clone();
    let good = products.into_iter().map(move |(inside, (pictures, sounds))| {
        let [id, title, category] = named_after(&inside);
        let cells = [Cell::Text(id), Cell::Text(title), Cell::Text(category), Cell::List(pictures), Cell::List(sounds)];
        Ok(Record { cells: names.iter().cloned().zip(cells).collect(), ..Record::default() })
    });
    let bad = found.closed.into_iter().map(|error| Err((0, Fault::Folder(error))));
    let numbered = good.chain(bad).zip(1..).map(|(record, line)| match record {
        Ok(record) => Ok(Record { line, ..record }),
        Err((_, fault)) => Err((line, fault)),
    });
    Ok(Opened {
        kind: Kind::Folder,
        encoding: None,
        delimiter: None,
        columns,
        records: Box::new(numbered),
        left_out: Vec::new(),
    })
}

const COLUMNS: [&str; 5] = ["id", "title", "category", "image_link", "audio_link"];

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// What could not be read.
    closed: Vec<Error>,
    /// Folders by their true place, so that a link back to one ends there.
    seen: HashSet<PathBuf>,
}

impl Found {
    /// Collects media files; a folder inside that cannot be read goes to `closed`, the outermost one is an error.
    fn gather(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let unreadable = |why: std::io::Error| Error::unreadable(folder, why);
        if depth > DEEPEST || !self.seen.insert(folder.canonicalize().map_err(unreadable)?) {
            return Ok(());
        }
        let mut entries: Vec<_> =
            fs::read_dir(folder).map_err(unreadable)?.collect::<std::io::Result<_>>().map_err(unreadable)?;
        // Real folders before links to them, so that a product is called after where it lies.
        entries.sort_by_key(|entry| (entry.file_type().is_ok_and(|kind| kind.is_symlink()), entry.file_name()));
        for entry in entries {
            let path = entry.path();
            if is_hidden(&entry.file_name()) {
                continue;
            }
            if fs::metadata(&path).is_ok_and(|kind| kind.is_dir()) {
                if let Err(error) = self.gather(&path, depth + 1) {
                    self.closed.push(error);
                }
            } else if media::has_picture_ending(&path) || media::has_sound_ending(&path) {
                self.files.push(path);
            }
        }
        Ok(())
    }
}

/// Whether a file or folder is not meant to be seen.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || SYSTEM.iter().any(|system| name.eq_ignore_ascii_case(system))
}

/// `shoes/red_running-shoe` becomes id `shoes/red_running-shoe`, title `red running shoe`, category `shoes`.
fn named_after(inside: &Path) -> [String; 3] {
    let names: Vec<_> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let steps: Vec<_> = names.iter().map(|name| words(name)).collect();
    let (title, folders) = steps.split_last().map(|(last, rest)| (last.clone(), rest)).unwrap_or_default();
    [names.join("/"), title, folders.join(" > ")]
}

/// `red_running-shoe` and `redRunningShoe` as words; `USBCable` is a USB Cable.
fn words(name: &str) -> String {
    let letters: Vec<char> = name.chars().map(|c| if matches!(c, '_' | '-' | '+') { ' ' } else { c }).collect();
    let mut text = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = |before: char| before.is_lowercase() || before.is_uppercase() && next_is_small;
        if letter.is_uppercase() && before.is_some_and(begins) {
            text.push(' ');
        }
        text.push(letter);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Product, feed};

    fn products(root: &Path) -> Vec<Product> {
        feed::open(root).unwrap().map(|row| row.product.unwrap()).collect()
    }

    #[test]
    fn names_become_titles_and_categories() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["shoes", ".git", "__MACOSX", "红色|毛衣"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        let names = [
            "shoes/red_shoe.jpg",
            "shoes/red_shoe.wav",
            "mug.png",
            "mug_2.png",
            "notes.txt",
            ".hidden.jpg",
            ".git/a.jpg",
            "__MACOSX/b.jpg",
            "红色|毛衣/大, 号.png",
        ];
        names.iter().for_each(|name| fs::write(root.path().join(name), b"").unwrap());
        let told: Vec<_> = products(root.path())
            .iter()
            .map(|p| {
                format!("{}/{}/{}/{}/{}", p.id.replace('/', ":"), p.title, p.category, p.pictures.len(), p.sounds.len())
            })
            .collect();
        assert_eq!(
            told,
            [
                "mug/mug//1/0",
                "mug_2/mug 2//1/0",
                "shoes:red_shoe/red shoe/shoes/1/1",
                "红色|毛衣:大, 号/大, 号/红色|毛衣/1/0"
            ]
        );
        assert!(products(root.path()).iter().all(|product| product.pictures[0].is_file()));
    }

    #[test]
    fn names_as_words() {
        let check = |name: &str, expected: &str| assert_eq!(words(name), expected);
        check("red_running-shoe", "red running shoe");
        check("redRunningShoe", "red Running Shoe");
        check("USBCable2m", "USB Cable2m");
        check("IMG_0001", "IMG 0001");
        check("红色毛衣", "红色毛衣");
        check("__", "");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let root = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("cup.png"), b"").unwrap();
        fs::create_dir(root.path().join("mugs")).unwrap();
        fs::write(root.path().join("mugs/mug.png"), b"").unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("mugs/again")).unwrap();
        std::os::unix::fs::symlink(root.path().join("mugs"), root.path().join("a-link")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("more")).unwrap();
        let ids: Vec<_> = products(root.path()).into_iter().map(|product| product.id).collect();
        assert_eq!(ids, ["more/cup", "mugs/mug"]);
    }
}
