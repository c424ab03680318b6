//! Whether a source has changed: the names, sizes and times of the feed and of the files it names. Asking the disk every
//! few seconds works on every system and on network drives, where notifications do not.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    catalog::feed::{self, Options},
    error::Result,
    progress::Progress,
};

/// A feed or folder that is looked at again and again.
#[derive(Debug)]
pub struct Watched {
    source: PathBuf,
    options: Options,
    /// The feed as it was when its rows were read for the files they name; `None` for a folder of media.
    feed: Option<(PathBuf, Mark)>,
    files: Vec<PathBuf>,
}

/// Size and time of a file, `None` when it is not there.
type Mark = Option<(u64, Option<SystemTime>)>;

impl Watched {
    pub fn new(source: &Path, options: Options) -> Self {
        Self { source: source.to_owned(), options, feed: None, files: Vec::new() }
    }

    /// A number that changes when something of the source does.
    ///
    /// # Errors
    /// A source that cannot be read just now, or [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn look(&mut self, progress: &Progress) -> Result<u64> {
        let feed = if self.source.is_dir() { feed::feed_inside(&self.source)? } else { Some(self.source.clone()) };
        let feed = feed.map(|path| {
            let mark = mark(&path);
            (path, mark)
        });
        // The files of a folder are its rows; those that a feed names change only with the feed.
        if feed.is_none() || feed != self.feed {
            // Read anew the next time too, should it fail now.
            self.feed = None;
            self.files.clear();
            // Why it cannot be opened, the import tells; a change of the feed is seen all the same.
            if let Ok(rows) = feed::open_with(&self.source, &self.options) {
                for row in rows {
                    progress.check()?;
                    if let Ok(product) = row.product {
                        self.files.extend(product.pictures.into_iter().chain(product.sounds));
                    }
                }
                self.feed.clone_from(&feed);
            }
        }
        let mut sum = DefaultHasher::new();
        feed.hash(&mut sum);
        for file in &self.files {
            progress.check()?;
            (file, mark(file)).hash(&mut sum);
        }
        Ok(sum.finish())
    }
}

fn mark(path: &Path) -> Mark {
    fs::metadata(path).ok().map(|about| (about.len(), about.modified().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_feed_or_of_a_file_it_names_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        fs::write(place("feed.csv"), "id,title,image_link\n1,Mug,mug.png\n").unwrap();
        let mut watched = Watched::new(&place("feed.csv"), Options::default());
        let mut seen = vec![watched.look(&Progress::new()).unwrap()];
        let mut look = |changed: bool| {
            let now = watched.look(&Progress::new()).unwrap();
            assert_eq!(!seen.contains(&now), changed);
            seen.push(now);
        };
        look(false);
        fs::write(place("mug.png"), "1").unwrap();
        look(true);
        fs::write(place("other.png"), "1").unwrap();
        look(false);
        fs::write(place("feed.csv"), "id,title,image_link\n1,Mug,mug.png\n2,Cup,other.png\n").unwrap();
        look(true);
        fs::write(place("other.png"), "12").unwrap();
        look(true);

        fs::create_dir(place("pictures")).unwrap();
        fs::write(place("pictures/first.png"), "1").unwrap();
        let mut folder_watched = Watched::new(&place("pictures"), Options::default());
        let before = folder_watched.look(&Progress::new()).unwrap();
        fs::write(place("pictures/second.png"), "1").unwrap();
        assert_ne!(folder_watched.look(&Progress::new()).unwrap(), before);
    }
}
