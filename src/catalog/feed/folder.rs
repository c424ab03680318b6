//! A folder of media as a catalog: each picture or sound is a product, its file name the title, its folder the
//! category. A picture and a sound of the same name belong to one product.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{Fault, Row, Rows};
use crate::{
    catalog::Product,
    error::{Error, Result},
    media,
};

/// Reads a folder and the folders in it, sorted by path, without following links to folders.
pub fn open(root: &Path) -> Result<Rows> {
    let (mut files, mut closed) = (Vec::new(), Vec::new());
    gather(root, &mut files, &mut closed)?;
    files.sort();
    let mut products: BTreeMap<PathBuf, Product> = BTreeMap::new();
    for file in files {
        let inside = file.strip_prefix(root).unwrap_or(&file).with_extension("");
        let product = products.entry(inside.clone()).or_insert_with(|| named_after(&inside));
        if media::has_picture_ending(&file) {
            product.pictures.push(file);
        } else {
            product.sounds.push(file);
        }
    }
    if products.is_empty() {
        return Err(closed.pop().unwrap_or_else(|| Error::NothingToImport { path: root.to_owned() }));
    }
    let good = products.into_values().map(Ok);
    let bad = closed.into_iter().map(|error| Err(Fault::Folder(error)));
    Ok(Box::new(good.chain(bad).zip(1..).map(|(product, line)| Row { line, product })))
}

/// Collects media files; a folder inside that cannot be read goes to `closed`, the outermost one is an error.
fn gather(folder: &Path, files: &mut Vec<PathBuf>, closed: &mut Vec<Error>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|why| Error::unreadable(folder, why))? {
        let entry = entry.map_err(|why| Error::unreadable(folder, why))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|why| Error::unreadable(folder, why))?);
        if kind.is_dir() {
            if let Err(error) = gather(&path, files, closed) {
                closed.push(error);
            }
        } else if media::has_picture_ending(&path) || media::has_sound_ending(&path) {
            files.push(path);
        }
    }
    Ok(())
}

/// `shoes/red_running-shoe` becomes id `shoes/red_running-shoe`, title `red running shoe`, category `shoes`.
fn named_after(inside: &Path) -> Product {
    let words = |part: &std::ffi::OsStr| part.to_string_lossy().replace(['_', '-'], " ").trim().to_owned();
    let steps: Vec<_> = inside.iter().map(words).collect();
    let (title, folders) = steps.split_last().map(|(last, rest)| (last.clone(), rest)).unwrap_or_default();
    Product { id: inside.display().to_string(), title, category: folders.join(" > "), ..Product::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_titles_and_categories() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("shoes")).unwrap();
        for name in ["shoes/red_shoe.jpg", "shoes/red_shoe.wav", "mug.png", "notes.txt"] {
            fs::write(root.path().join(name), b"").unwrap();
        }
        let products: Vec<_> = open(root.path()).unwrap().map(|row| row.product.unwrap()).collect();
        let told: Vec<_> = products
            .iter()
            .map(|p| format!("{}|{}|{}|{}|{}", p.id, p.title, p.category, p.pictures.len(), p.sounds.len()))
            .collect();
        assert_eq!(told, ["mug|mug||1|0", "shoes/red_shoe|red shoe|shoes|1|1"]);
    }
}
