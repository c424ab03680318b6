//! The lanes of the window: everything slower than a frame runs here and comes back as an [`Outcome`].

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use egui::ColorImage;

use super::{
    audit::work::AuditOutcome,
    look::Seen,
    state::{MOST_SHOWN, Narrowed, Rise},
    thumbnails::{Key, Source, decode},
};
use crate::{
    audio::{play, record},
    catalog::feed::{self, FEED_ENDINGS, Options},
    collection::{Collection, ImportReport, Leaving, generation},
    encode::{
        Modality,
        runtime::{Backend, runtime},
    },
    engine::Engine,
    error::{Error, Result},
    index::{RowSet, Way, nearest::Recall, words},
    jobs::Jobs,
    media::{self, PICTURE_ENDINGS, SOUND_ENDINGS, clip::Clip, image::Picture},
    progress::{Progress, Stage},
    search::{Filter, Found, Hit, Paint, Query, Slider, Sort, Weights, facets::facet_counts},
    settings::Settings,
};

/// A dialog that is gone sooner than this was never on screen: no desktop portal answers.
const NO_DIALOG: Duration = Duration::from_millis(250);
/// How long to wait before asking again for a collection that another import still holds.
const BUSY_PAUSE: Duration = Duration::from_millis(200);
/// Endings of what may be a feed beside those that are known by name: tables, and what feeds are packed in.
const MORE_FEED_ENDINGS: [&str; 5] = ["txt", "tab", "psv", "gz", "zip"];
/// Columns of a sound's little drawing.
const WAVE_COLUMNS: usize = 40;

/// What runs beside the window; the newest request in a lane wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    Open,
    Search,
    Look,
    Import,
    Similar,
    Decode,
    /// One lane for each dropped file, so that none pushes another aside.
    Attach(u64),
    Dialog,
    Record,
    Play,
    Save,
    Microphones,
    Study,
    Narrow,
    Recall,
    Words,
    Ledger,
    WriteLedger,
    Tables,
    Measure,
    Agree,
    Map,
    Compare,
    Tune,
    OpenQuery,
    AuditFile,
    Report,
}

impl Lane {
    /// What the workbench finds out; what it writes is not among them, but for the ledger, whose changes are kept.
    pub const AUDIT: [Self; 11] = [
        Self::Ledger,
        Self::WriteLedger,
        Self::Tables,
        Self::Measure,
        Self::Agree,
        Self::Map,
        Self::Compare,
        Self::Tune,
        Self::OpenQuery,
        Self::AuditFile,
        Self::Report,
    ];
}

/// What a lane comes back with.
pub enum Outcome {
    Opened(Result<Opened>),
    Searched {
        asked: Query,
        result: Result<(Arc<Collection>, Found)>,
    },
    Looked(Result<Seen>),
    Imported(Result<(Arc<Collection>, ImportReport)>),
    /// Products would leave the collection; the lane waits for the answer.
    Leaving(Leaving, Sender<bool>),
    Similar {
        row: usize,
        rows: Vec<usize>,
    },
    Decoded(Vec<(Key, Option<Picture>)>),
    /// `replaces`: the whole query, not one more part of it.
    Attached {
        replaces: bool,
        attached: Result<Attachment>,
    },
    Chosen(Vec<PathBuf>),
    ChosenToImport(PathBuf),
    ChosenToOpen(PathBuf),
    NothingChosen {
        dialog_came_up: bool,
    },
    Recorded(Result<Clip>),
    Played(Result<()>),
    Saved(Result<()>),
    Microphones(Vec<String>),
    /// The best products of a very large collection, before its scan is through.
    Painted {
        collection: Arc<Collection>,
        hits: Vec<Hit>,
    },
    Studied(Studied),
    Recalled(Arc<Collection>, Result<Vec<(Modality, Way, Recall)>>),
    Narrowed {
        collection: Arc<Collection>,
        narrowed: Narrowed,
    },
    Audit(AuditOutcome),
    ChosenForAudit(PathBuf),
    Crashed(Lane, String),
}

/// An order that is to be looked into.
pub struct Shown {
    pub collection: Arc<Collection>,
    pub found: Arc<Found>,
    pub filter: Option<Arc<RowSet>>,
    /// The open product and the one above it.
    pub pair: Option<(usize, usize)>,
}

/// What was seen in an order.
pub struct Studied {
    pub ranking: u64,
    pub effects: Vec<(Slider, f32)>,
    /// The row of the open product, and what would put it one place higher.
    pub rise: Option<(usize, Rise)>,
}

/// A collection that can be looked at, and why it cannot be searched, if so.
pub struct Opened {
    pub collection: Arc<Collection>,
    pub backend: Option<Backend>,
    pub trouble: Option<Error>,
}

/// What a dropped file turned out to be.
pub enum Attachment {
    Picture(Picture),
    Sound(Clip),
    /// A folder or a feed: to be imported if wished.
    Catalog(PathBuf),
}

/// The engine and its lanes.
pub struct Work {
    pub engine: Arc<Engine>,
    pub jobs: Jobs<Lane, Outcome>,
    /// The query that the shelf answers.
    pub answered: Option<Query>,
    /// Pictures that wait to become textures.
    pub decoded: Vec<(Key, Option<Picture>)>,
    /// Who waits to hear whether products may leave a collection.
    pub leaving: Option<Sender<bool>>,
}

impl Work {
    pub fn new(engine: Arc<Engine>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { engine, jobs: Jobs::new(wake), answered: None, decoded: Vec::new(), leaving: None }
    }

    pub(super) fn start(&mut self, lane: Lane, work: impl FnOnce(&Progress) -> Outcome + Send + 'static) {
        self.jobs.start(lane, move |why| Outcome::Crashed(lane, why), work);
    }

    /// Opens a collection; the sample catalog without a folder, or when nothing is open yet and the folder holds none.
    pub fn open(&mut self, folder: Option<PathBuf>, home: PathBuf) {
        let engine = self.engine.clone();
        let folder = folder.map(|folder| std::path::absolute(&folder).unwrap_or(folder));
        self.start(Lane::Open, move |progress| Outcome::Opened(open(&engine, folder.as_deref(), &home, progress)));
        // So that the first Chinese query need not wait for its dictionary.
        self.jobs.start(
            Lane::Words,
            |why| Outcome::Crashed(Lane::Words, why),
            |_| {
                words::prepare();
                Outcome::Saved(Ok(()))
            },
        );
    }

    pub fn search(
        &mut self,
        query: Query,
        weights: Weights,
        filter: Option<Arc<RowSet>>,
        earlier: Option<(Arc<Collection>, Arc<Found>)>,
    ) {
        let engine = self.engine.clone();
        let crashed = |why| Outcome::Crashed(Lane::Search, why);
        self.jobs.start_telling(Lane::Search, crashed, move |progress, tell| {
            let current = engine.collection();
            // Cosines of another collection would be of other products.
            let earlier = earlier.filter(|(of, _)| current.as_ref().is_some_and(|now| Arc::ptr_eq(now, of)));
            let mut show = |hits| {
                if let Some(collection) = current.clone() {
                    tell(Outcome::Painted { collection, hits });
                }
            };
            let paint = Paint { count: MOST_SHOWN, filter: filter.as_deref(), show: &mut show };
            let earlier = earlier.as_ref().map(|(_, found)| &**found);
            let result = engine.search(&query, &weights, earlier, Some(paint), progress);
            Outcome::Searched { asked: query, result }
        });
    }

    /// Reads the first rows of a source as it was read the last time, if it was.
    pub fn look(&mut self, source: PathBuf, into: Option<PathBuf>, home: PathBuf) {
        self.start(Lane::Look, move |_| {
            let folder = into.unwrap_or_else(|| collection_folder(&source, &home));
            let asked = Collection::asked_of(&folder).and_then(|asked| asked.options().ok());
            let options = asked.unwrap_or_default();
            let preview = feed::preview(&source, &options.mapping);
            Outcome::Looked(preview.map(|preview| Seen::new(folder, options, preview)))
        });
    }

    /// Imports into a folder of a collection; asks before products leave it.
    pub fn import_into(&mut self, source: PathBuf, folder: PathBuf, options: Result<Options>) {
        let engine = self.engine.clone();
        self.jobs.start_telling(
            Lane::Import,
            |why| Outcome::Crashed(Lane::Import, why),
            move |progress, tell| {
                let confirm = |leaving: &Leaving| {
                    let (answer, answered) = channel();
                    tell(Outcome::Leaving(leaving.clone(), answer));
                    loop {
                        progress.check()?;
                        match answered.recv_timeout(BUSY_PAUSE) {
                            Ok(true) => return Ok(()),
                            Err(RecvTimeoutError::Timeout) => {}
                            Ok(false) | Err(RecvTimeoutError::Disconnected) => return Err(Error::Cancelled),
                        }
                    }
                };
                // A cancelled import may need a moment to let go of the folder.
                let imported = loop {
                    let options = options.as_ref().map_err(Clone::clone);
                    match options.and_then(|options| engine.import_with(&source, &folder, options, &confirm, progress))
                    {
                        Err(Error::Busy { .. }) if progress.check().is_ok() => thread::sleep(BUSY_PAUSE),
                        imported => break imported,
                    }
                };
                Outcome::Imported(imported)
            },
        );
    }

    /// Asks for a file and writes what the import had to tell into it.
    pub fn ask_to_save_problems(&mut self, collection: Arc<Collection>) {
        self.start(Lane::Dialog, move |_| {
            let asked = Instant::now();
            match rfd::FileDialog::new().set_file_name("problems.csv").save_file() {
                Some(path) => Outcome::Saved(collection.export_problems(&path)),
                None => Outcome::NothingChosen { dialog_came_up: asked.elapsed() >= NO_DIALOG },
            }
        });
    }

    /// Products like this one: by their pictures, else their texts, else their sounds.
    pub fn similar(&mut self, collection: Arc<Collection>, row: usize) {
        self.start(Lane::Similar, move |_| {
            let nearest = [Modality::Image, Modality::Text, Modality::Audio].into_iter().find_map(|facet| {
                let rows = collection.similar(row, facet, super::command::SIMILAR).ok()?.rows;
                (!rows.is_empty()).then(|| rows.into_iter().map(|(row, _)| row).collect())
            });
            Outcome::Similar { row, rows: nearest.unwrap_or_default() }
        });
    }

    /// Looks into an order: what each slider does to it, and what would move the open product.
    pub fn study(&mut self, ranking: u64, shown: Shown, weights: Weights) {
        self.start(Lane::Study, move |_| {
            let Shown { collection, found, filter, pair } = shown;
            let effects = found.effects(&collection, &weights, filter.as_deref()).unwrap_or_default();
            let rise = pair.map(|(lower, above)| {
                let swap = found.smallest_swap(&collection, &weights, lower, above);
                (lower, Rise { ranking, above, swap })
            });
            Outcome::Studied(Studied { ranking, effects, rise })
        });
    }

    /// Asks a hundred products for what is like them, in both ways.
    pub fn check_recall(&mut self, collection: Arc<Collection>) {
        self.start(Lane::Recall, move |progress| {
            let one = |facet| Ok(collection.recall(facet, progress)?.map(|(way, recall)| (facet, way, recall)));
            let recall: Result<Vec<_>> = Modality::ALL.into_iter().map(one).collect();
            let recall = recall.map(|recall| recall.into_iter().flatten().collect());
            Outcome::Recalled(collection.clone(), recall)
        });
    }

    /// What a filter leaves, in which order, and what each of its values would leave.
    pub fn narrow(&mut self, collection: Arc<Collection>, filter: Filter, sort: Sort) {
        self.start(Lane::Narrow, move |_| {
            let columns = collection.columns();
            let rows = (!filter.is_empty()).then(|| Arc::new(filter.rows(columns)));
            let order = (rows.is_some() || sort != Sort::Feed).then(|| {
                let all = || RowSet::all(columns.rows());
                Arc::new(sort.order(columns, &rows.as_deref().cloned().unwrap_or_else(all)))
            });
            let counts = Box::new(facet_counts(columns, &filter, None));
            let narrowed = Narrowed { filter: rows, order, counts };
            Outcome::Narrowed { collection: collection.clone(), narrowed }
        });
    }

    /// Decodes pictures for the grid and the panels, unless some are being decoded.
    pub fn decode(&mut self, wanted: Vec<(Key, Source)>) {
        if !wanted.is_empty() && !self.jobs.is_running(Lane::Decode) {
            self.start(Lane::Decode, move |_| {
                Outcome::Decoded(wanted.into_iter().map(|(key, source)| (key, decode(&source))).collect())
            });
        }
    }

    pub fn attach(&mut self, number: u64, path: PathBuf, replaces: bool) {
        self.start(Lane::Attach(number), move |progress| {
            progress.begin(Stage::Opening, 0);
            Outcome::Attached { replaces, attached: attach(path) }
        });
    }

    /// A picture from the clipboard.
    pub fn paste(&mut self, number: u64, image: Arc<ColorImage>) {
        self.start(Lane::Attach(number), move |_| {
            let [width, height] = image.size;
            let rgba = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
            let nothing = || Error::EmptyFile { name: "clipboard".into() };
            let picture = Picture::from_rgba(width as u32, height as u32, rgba).ok_or_else(nothing);
            Outcome::Attached { replaces: false, attached: picture.map(Attachment::Picture) }
        });
    }

    pub fn ask_for_pictures(&mut self) {
        self.ask(
            || rfd::FileDialog::new().add_filter("PNG, JPEG, WebP, GIF, BMP", &PICTURE_ENDINGS).pick_files(),
            Outcome::Chosen,
        );
    }

    pub fn ask_for_sound(&mut self) {
        self.ask(
            || rfd::FileDialog::new().add_filter("WAV, MP3, FLAC, Ogg, M4A", &SOUND_ENDINGS).pick_file(),
            |path| Outcome::Chosen(vec![path]),
        );
    }

    pub fn ask_for_import(&mut self, folder: bool) {
        self.ask(
            move || {
                let dialog = rfd::FileDialog::new();
                if folder {
                    dialog.pick_folder()
                } else {
                    let endings = [&FEED_ENDINGS[..], &MORE_FEED_ENDINGS].concat();
                    dialog.add_filter("CSV, JSON, Excel, OpenDocument, XML, Parquet", &endings).pick_file()
                }
            },
            Outcome::ChosenToImport,
        );
    }

    pub fn ask_for_collection(&mut self) {
        self.ask(|| rfd::FileDialog::new().pick_folder(), Outcome::ChosenToOpen);
    }

    pub(super) fn ask<T>(
        &mut self,
        dialog: impl FnOnce() -> Option<T> + Send + 'static,
        chosen: impl FnOnce(T) -> Outcome + Send + 'static,
    ) {
        self.start(Lane::Dialog, move |_| {
            let asked = Instant::now();
            match dialog() {
                Some(answer) => chosen(answer),
                None => Outcome::NothingChosen { dialog_came_up: asked.elapsed() >= NO_DIALOG },
            }
        });
    }

    pub fn record(&mut self, take: record::Take) {
        self.start(Lane::Record, move |progress| {
            Outcome::Recorded(record::record(&take, progress).map(|clip| clip.trimmed()))
        });
    }

    pub fn play(&mut self, clip: impl FnOnce() -> Result<Clip> + Send + 'static) {
        self.start(Lane::Play, move |progress| Outcome::Played(clip().and_then(|clip| play::play(&clip, progress))));
    }

    pub fn save(&mut self, settings: Settings, home: PathBuf) {
        self.start(Lane::Save, move |_| {
            // The shell chooses the bundle, perhaps while this window is open.
            let bundle = Settings::load(&home).bundle;
            Outcome::Saved(Settings { bundle, ..settings }.save(&home))
        });
    }

    pub fn find_microphones(&mut self) {
        self.start(Lane::Microphones, |_| Outcome::Microphones(record::input_devices()));
    }
}

fn open(engine: &Engine, folder: Option<&Path>, home: &Path, progress: &Progress) -> Result<Opened> {
    progress.begin(Stage::Opening, 0);
    let backend =
        |engine: &Engine| engine.encoders().ok().and_then(|_| runtime().ok()).map(|runtime| runtime.backend.clone());
    let mut trouble = None;
    if let Some(folder) = folder {
        match engine.open(folder) {
            Ok(collection) => {
                trouble = engine.encoders().err();
                return Ok(Opened { collection, backend: backend(engine), trouble });
            }
            Err(error) if engine.collection().is_some() => return Err(error),
            Err(error) => trouble = Some(error),
        }
    }
    match engine.open_sample(home, progress) {
        Ok(collection) => Ok(Opened { collection, backend: backend(engine), trouble }),
        // Without encoders the sample of an earlier run can still be looked at.
        Err(error) => match engine.encoders().is_err().then(|| engine.open(&home.join("sample"))) {
            Some(Ok(collection)) => Ok(Opened { collection, backend: None, trouble: Some(error) }),
            _ => Err(trouble.unwrap_or(error)),
        },
    }
}

/// Tells by name what a file is, and by content where the name says nothing.
fn attach(path: PathBuf) -> Result<Attachment> {
    let mut endings = FEED_ENDINGS.iter().chain(&MORE_FEED_ENDINGS);
    let is_feed = media::ending(&path).is_some_and(|ending| endings.any(|known| *known == ending));
    if is_feed || path.is_dir() {
        return Ok(Attachment::Catalog(path));
    }
    if media::has_sound_ending(&path) {
        let clip = Clip::open(&path)?;
        let name = || path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        return if clip.is_silent() { Err(Error::Silent { name: name() }) } else { Ok(Attachment::Sound(clip)) };
    }
    match Picture::open(&path) {
        Ok(picture) => Ok(Attachment::Picture(picture)),
        Err(error) if media::has_picture_ending(&path) => Err(error),
        Err(error) => Clip::open(&path).map(Attachment::Sound).map_err(|_| error),
    }
}

/// Where the import of a source goes: a folder of its name among the user's collections. A folder that holds another
/// source's collection is not touched; a number sets the new one apart.
fn collection_folder(source: &Path, home: &Path) -> PathBuf {
    let plain = named_folder(source, home);
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let numbered = (2..).map(|number| {
        let mut name = plain.file_name().unwrap_or_default().to_owned();
        name.push(format!(" {number}"));
        plain.with_file_name(name)
    });
    let free = |folder: &PathBuf| match Collection::source_of(folder) {
        Some(source) => source == absolute,
        // What an import that did not end has left is gone on with.
        None => !folder.exists() || generation::is_ours(folder).unwrap_or(false),
    };
    std::iter::once(plain.clone()).chain(numbered).find(free).unwrap_or(plain)
}

fn named_folder(source: &Path, home: &Path) -> PathBuf {
    let name = source.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '-' }).collect();
    let name = name.trim_matches(['.', ' ']);
    home.join("collections").join(if name.is_empty() { "catalog" } else { name })
}

/// The drawing of a sound, scaled to its own peak.
pub fn wave(clip: &Clip) -> Vec<(f32, f32)> {
    let peak = clip.peak().max(f32::MIN_POSITIVE);
    clip.wave(WAVE_COLUMNS).into_iter().map(|(low, high)| (low / peak, high / peak)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_lands_in_a_folder_of_its_name() {
        let check = |source: &str, expected: &str| {
            assert_eq!(named_folder(Path::new(source), Path::new("/h")), Path::new("/h/collections").join(expected));
        };
        check("/shop/shoes.csv", "shoes");
        check("/shop/Autumn 2026", "Autumn 2026");
        check("/shop/a:b.jsonl", "a-b");
        check("/shop/红色.csv", "红色");
        check("/", "catalog");
    }
}
