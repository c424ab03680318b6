//! Which of the files that imports put beside the generations the products of the new one or of the one before name; the
//! others go once it is in use. Only what an import of ours has put there is looked at, and whatever cannot go yet goes at
//! the next import.

use std::{
    collections::HashSet,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use crate::{
    catalog::{Product, feed::is_web},
    error::Result,
    files::sha256_hex,
    store::Store,
};

/// Folders below `media`, one for each way in which files come. An unpacked archive is one with everything in it, so that
/// it is found whole when it is imported again.
const WEB: &str = "web";
const EMBEDDED: &str = "embedded";
const ARCHIVE: &str = "archive-";

/// The files and unpacked archives that products name, 8 bytes each. Two of one sum would keep a file too many.
pub struct Used {
    folder: PathBuf,
    sums: HashSet<u64>,
}

impl Used {
    /// Of the collection in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.join("media"), sums: HashSet::new() }
    }

    /// Keeps what a product names. What was fetched and could not be opened stays too, or it would be fetched each time.
    pub fn add(&mut self, product: &Product) {
        for path in product.named_pictures().into_iter().chain(product.named_sounds()) {
            match path.to_str().filter(|link| is_web(link)) {
                Some(address) => self.keep(WEB, &sha256_hex(address)),
                None => self.add_file(path),
            }
        }
    }

    /// However the path to the collection is spelled, the last steps are the same.
    fn add_file(&mut self, path: &Path) {
        let steps: Vec<&str> = path.iter().filter_map(|step| step.to_str()).collect();
        for steps in steps.windows(3).filter(|steps| steps[0] == "media") {
            if steps[1].starts_with(ARCHIVE) {
                self.keep(ARCHIVE, steps[1]);
            } else if steps[1] == WEB || steps[1] == EMBEDDED {
                self.keep(steps[1], stem(steps[2]));
            }
        }
    }

    fn keep(&mut self, kind: &str, name: &str) {
        self.sums.insert(sum(kind, name));
    }

    /// Whether there is anything to clean. A link to a folder elsewhere is left alone: others may use it.
    pub fn is_there(&self) -> bool {
        fs::symlink_metadata(&self.folder).is_ok_and(|about| about.is_dir())
    }

    /// Keeps what the products of a store name.
    pub fn add_all(&mut self, store: &Path) -> Result<()> {
        Store::open(store)?.products().try_for_each(|product| product.map(|product| self.add(&product)))
    }

    /// Removes what no product names; what cannot go stays. Nobody else may be importing into the collection.
    pub fn clean(&self) {
        for kind in [WEB, EMBEDDED] {
            for entry in fs::read_dir(self.folder.join(kind)).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if !name.to_str().is_some_and(|name| self.sums.contains(&sum(kind, stem(name)))) {
                    let _ = fs::remove_file(entry.path());
                }
            }
            // Only when nothing is left in it.
            let _ = fs::remove_dir(self.folder.join(kind));
        }
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_str().filter(|name| name.starts_with(ARCHIVE));
            let ours = name.is_some_and(|name| !self.sums.contains(&sum(ARCHIVE, name)));
            if ours && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let _ = fs::remove_dir(&self.folder);
    }
}

/// A fetched file, and what is known of it, differ in the ending.
fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

fn sum(kind: &str, name: &str) -> u64 {
    let mut sum = DefaultHasher::new();
    (kind, name).hash(&mut sum);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Unopened;

    #[test]
    fn what_no_product_names_goes() {
        let root = tempfile::tempdir().unwrap();
        let media = root.path().join("media");
        let lost = sha256_hex("https://shop.example/lost.jpg");
        let check = |names: &[&str], there: bool| {
            names.iter().for_each(|name| assert_eq!(media.join(name).exists(), there, "{name}"));
        };
        let lost_files = [format!("web/{lost}.jpg"), format!("web/{lost}.json")];
        let lost_files = lost_files.each_ref().map(String::as_str);
        let kept =
            ["web/a.png", "web/a.json", "embedded/a.png", "archive-1/x/1.png", "archive-1/feed.csv", "letter.txt"];
        let gone =
            ["web/b.png", "web/b.json", "web/c.part", "embedded/b.png", "archive-2/1.png", "archive-3.part/1.png"];
        for name in kept.iter().chain(&gone).chain(&lost_files) {
            fs::create_dir_all(media.join(name).parent().unwrap()).unwrap();
            fs::write(media.join(name), "x").unwrap();
        }
        let mut used = Used::new(root.path());
        used.add(&Product {
            // From another place that leads to the same.
            pictures: vec!["/elsewhere/media/web/a.png".into(), media.join("archive-1/x/1.png")],
            sounds: vec![media.join("embedded/a.png"), "/sounds/b.png".into()],
            unopened_pictures: vec![Unopened { place: 1, link: "https://shop.example/lost.jpg".into() }],
            ..Product::default()
        });
        used.clean();
        check(&kept, true);
        check(&lost_files, true);
        check(&gone, false);
        fs::remove_file(media.join("letter.txt")).unwrap();
        Used::new(root.path()).clean();
        assert!(!media.exists());
        Used::new(root.path()).clean();
    }
}
