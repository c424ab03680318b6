//! Feeds: where products come from. Whatever the source, it is a sequence of rows, each a product or a named fault, and
//! what of a taken row needs a look is named as well.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Product, download::Web};
use crate::{
    error::{Error, Result},
    media,
};

pub mod columns;
pub mod mapping;
pub mod preview;
mod archive;
mod cells;
mod csv;
mod fault;
mod folder;
mod json;
mod kind;
mod media_cell;
mod merchant;
mod parquet;
mod sheet;
mod text;
mod xml;

use self::{
    cells::{Assembly, Record, Records},
    media_cell::Place,
};
pub use self::{
    fault::Fault,
    kind::Kind,
    mapping::Mapping,
    media_cell::is_web,
    preview::{Preview, preview},
};

/// One row of a feed: where it stands and what it holds.
#[derive(Debug)]
pub struct Row {
    /// Line in the file, from 1; for a folder, the picture's number.
    pub line: u64,
    pub product: std::result::Result<Product, Fault>,
    /// What needs a look although the row was taken, or beside why it was not.
    pub remarks: Vec<Fault>,
}

/// Rows in order, read as they are asked for.
pub type Rows = Box<dyn Iterator<Item = Row> + Send>;

/// How a source is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub mapping: Mapping,
    /// Where relative paths of pictures and sounds start; the feed's own folder unless it is said.
    pub files: Option<PathBuf>,
    /// A folder for pictures and sounds that have no file of their own: those in archives, and those written into cells.
    /// They have to stay as long as the products do. Without it they are named and left out.
    pub media: Option<PathBuf>,
    /// What is done about web addresses by whoever imports; reading itself fetches nothing.
    pub web: Web,
    /// A table for everything that an import has to tell, written however it ends once its source is open.
    pub report: Option<PathBuf>,
}

/// Opens a source with columns guessed by their names; see [`open_with`].
pub fn open(source: &Path) -> Result<Rows> {
    open_with(source, &Options::default())
}

/// Opens a source: a folder (with a feed in it, or of media files), or a feed of any [`Kind`], as it is or packed with
/// gzip or ZIP. What it is, its content tells first and its name second.
pub fn open_with(source: &Path, options: &Options) -> Result<Rows> {
    // What is named inside is named from the source, wherever the program runs.
    let source = &std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    if let Some(files) = options.files.as_ref().filter(|files| !files.is_dir()) {
        return Err(Error::unreadable(files, "it is no folder"));
    }
    let Source { opened, folder, unpacked, .. } = Source::open(source, options, &options.mapping)?;
    let mut records = opened.records;
    // Without a heading the first rows have to show whether the columns that are spoken of are there.
    let mut first = Vec::new();
    if !opened.columns.is_empty() {
        first.extend(records.next());
        if first.is_empty() {
            return Err(Error::OnlyHeading { path: source.to_owned() });
        }
    }
    if opened.columns.is_empty() && !options.mapping.is_empty() {
        first.extend(records.by_ref().take(preview::ROWS));
        let mut names: Vec<&str> =
            first.iter().flatten().flat_map(|Record { cells, .. }| cells).map(|(name, _)| &**name).collect();
        names.sort_unstable();
        names.dedup();
        options.mapping.check(&names)?;
    }
    let place = Place { folder: options.files.clone().unwrap_or(folder), media: options.media.clone() };
    let mut assembly = Assembly::new(options.mapping.clone(), place);
    let left_out = opened.left_out.into_iter().map(|fault| Row { line: 0, product: Err(fault), remarks: Vec::new() });
    let rows = first.into_iter().chain(records).map(move |record| {
        // Held, not used: what was unpacked for this reading goes with it.
        let _ = &unpacked;
        assembly.row(record)
    });
    Ok(Box::new(rows.chain(left_out)))
}

/// A source that was opened, before its cells become products.
struct Opened {
    kind: Kind,
    encoding: Option<&'static str>,
    delimiter: Option<char>,
    /// Empty where every row brings its own names.
    columns: Vec<Arc<str>>,
    records: Records,
    /// What else stands in the source and is not read.
    left_out: Vec<Fault>,
}

struct Source {
    opened: Opened,
    /// The file that is read, or the folder of pictures and sounds.
    feed: PathBuf,
    /// Where relative paths start.
    folder: PathBuf,
    unpacked: Option<Scratch>,
}

impl Source {
    fn open(source: &Path, options: &Options, mapping: &Mapping) -> Result<Self> {
        let data = fs::metadata(source).map_err(|why| Error::unreadable(source, why))?;
        if data.is_dir() {
            return Self::open_folder(source, mapping);
        }
        if !data.is_file() {
            return Err(Error::Unreadable { path: source.to_owned(), why: "it is not a file".into() });
        }
        match Kind::of(source)? {
            Kind::Zip => Self::open_archive(source, options, mapping),
            kind => Self::open_file(source, kind, mapping),
        }
    }

    fn open_folder(folder: &Path, mapping: &Mapping) -> Result<Self> {
        if let Some(feed) = feed_inside(folder)? {
            return Self::open_file(&feed, Kind::of(&feed)?, mapping);
        }
        let opened = folder::open(folder)?;
        Ok(Self { opened, feed: folder.to_owned(), folder: folder.to_owned(), unpacked: None })
    }

    fn open_file(path: &Path, kind: Kind, mapping: &Mapping) -> Result<Self> {
        let opened = match kind {
            Kind::Table => csv::open(path, mapping),
            Kind::JsonLines => json::open_lines(path, mapping),
            Kind::Json => json::open_value(path, mapping),
            Kind::Xlsx => sheet::open_xlsx(path, mapping),
            Kind::Ods => sheet::open_ods(path, mapping),
            Kind::Xml => merchant::open(path),
            Kind::Parquet => parquet::open(path),
            Kind::Folder | Kind::Zip => Err(Error::NothingToImport { path: path.to_owned() }),
        }?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { opened, feed: path.to_owned(), folder, unpacked: None })
    }

    fn open_archive(path: &Path, options: &Options, mapping: &Mapping) -> Result<Self> {
        let scratch = if options.media.is_some() { None } else { Some(Scratch::new()?) };
        let into = options.media.iter().chain(scratch.iter().map(|scratch| &scratch.0)).next();
        let into = into.ok_or_else(|| Error::NothingToImport { path: path.to_owned() })?;
        // For a look the feed is enough, unless there is none.
        let (mut folder, mut left_out) = archive::unpack(path, into, scratch.is_some())?;
        if scratch.is_some() && !folder.is_dir() {
            (folder, left_out) = archive::unpack(path, into, false)?;
        }
        if !folder.is_dir() {
            return Err(Error::NothingToImport { path: path.to_owned() });
        }
        // Most archives hold one folder with everything in it.
        while let Some(inner) = only_folder(&folder) {
            folder = inner;
        }
        let mut feeds = Vec::new();
        feeds_below(&folder, &mut feeds, DEEPEST_FEED);
        let of_products =
            |most| -> Vec<&PathBuf> { feeds.iter().filter(|feed| names_products(feed)).take(most).collect() };
        // What is told of an archive is told by its own name: where it is unpacked nobody knows.
        let mut source = match Self::open_folder(&folder, mapping) {
            Err(Error::SeveralFeeds { feeds, .. }) => return Err(Error::SeveralFeeds { path: path.to_owned(), feeds }),
            Err(Error::NothingToImport { .. }) => {
                let mut below = of_products(MOST_NAMED);
                if below.is_empty() {
                    // A feed whose columns nobody knows: they can be said.
                    below.extend(feeds.iter().take(MOST_NAMED));
                }
                match below.as_slice() {
                    [] => return Err(Error::NothingToImport { path: path.to_owned() }),
                    [feed] => Self::open_file(feed, Kind::of(feed)?, mapping)?,
                    several => {
                        return Err(Error::SeveralFeeds { path: path.to_owned(), feeds: names_of(several, &folder) });
                    }
                }
            }
            Ok(pictures) if pictures.opened.kind == Kind::Folder => {
                // A feed deeper than its folder's pictures goes before them; of several nobody knows which is meant.
                match of_products(2).as_slice() {
                    [feed] => Self::open_file(feed, Kind::of(feed)?, mapping)?,
                    _ => pictures,
                }
            }
            source => source?,
        };
        // Some disks know one file by names that differ in case.
        let read = fs::canonicalize(&source.feed).ok();
        let mut others: Vec<_> = feeds.iter().filter(|feed| fs::canonicalize(feed).ok() != read).collect();
        let more = others.len().saturating_sub(MOST_NAMED);
        others.truncate(MOST_NAMED);
        left_out.extend((!others.is_empty()).then(|| Fault::OtherTables { names: names_of(&others, &folder), more }));
        source.opened.left_out.splice(0..0, left_out);
        Ok(Self { unpacked: scratch, ..source })
    }
}

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("vitrine-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|why| Error::unwritable(&folder, why))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's own folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder that is all that another one holds.
fn only_folder(folder: &Path) -> Option<PathBuf> {
    let mut entries = fs::read_dir(folder).ok()?.flatten();
    let only = entries.next().filter(|_| entries.next().is_none())?.path();
    only.is_dir().then_some(only)
}

/// Endings of feeds, lower case, the likeliest first.
pub const FEED_ENDINGS: [&str; 9] = ["jsonl", "csv", "tsv", "ndjson", "json", "xlsx", "ods", "xml", "parquet"];

/// Whether a file's name says that it is a feed, packed or not.
fn is_feed(path: &Path) -> bool {
    let is_packed = media::ending(path).as_deref() == Some("gz");
    let ending = if is_packed { media::ending(&path.with_extension("")) } else { media::ending(path) };
    ending.is_some_and(|ending| FEED_ENDINGS.contains(&ending.as_str()))
}

/// The feed of a folder such as our own sample catalog: a file with a known ending called `products`, `catalog`, `feed`,
/// `manifest` or `metadata`, or else the only one in it that names products.
///
/// # Errors
/// [`Error::SeveralFeeds`], which names them: which of them is meant nobody can guess.
pub fn feed_inside(folder: &Path) -> Result<Option<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|why| Error::unreadable(folder, why))?;
    let names = ["products", "catalog", "feed", "manifest", "metadata"];
    let all = names.iter().flat_map(|name| FEED_ENDINGS.iter().map(move |ending| format!("{name}.{ending}")));
    let plain = all.flat_map(|name| [folder.join(&name), folder.join(format!("{name}.gz"))]);
    if let Some(feed) = plain.into_iter().find(|path| path.is_file()) {
        return Ok(Some(feed));
    }
    let mut feeds: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| !folder::is_hidden(name)) && is_feed(path) && path.is_file())
        .collect();
    feeds.sort();
    let mut found: Vec<PathBuf> = feeds.into_iter().filter(|feed| names_products(feed)).take(MOST_NAMED).collect();
    if found.len() > 1 {
        return Err(Error::SeveralFeeds { path: folder.to_owned(), feeds: names_of(&found, folder) });
    }
    Ok(found.pop())
}

/// Feeds that are named where there are several.
const MOST_NAMED: usize = 3;
/// Folders in folders of an archive in which a feed is looked for.
const DEEPEST_FEED: usize = 8;

/// Feeds in the folders of an unpacked archive.
fn feeds_below(folder: &Path, found: &mut Vec<PathBuf>, deepest: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && deepest > 0 {
            feeds_below(&path, found, deepest - 1);
        } else if is_feed(&path) {
            found.push(path);
        }
    }
}

fn names_of(feeds: &[impl AsRef<Path>], folder: &Path) -> String {
    let name = |feed: &Path| feed.strip_prefix(folder).unwrap_or(feed).display().to_string();
    feeds.iter().map(|feed| name(feed.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Whether a file's columns show products: pictures may lie beside a table of something else.
fn names_products(feed: &Path) -> bool {
    let shown =
        |preview: Preview| preview.columns.iter().any(|column| column.field.is_some_and(columns::Field::is_shown));
    preview(feed, &Mapping::default()).is_ok_and(shown)
}

#[cfg(test)]
mod tests;
