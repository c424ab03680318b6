//! A generation being made: products and vectors in, then everything that is derived from them, then the rename that makes
//! it the current one. Stopping or failing at any point leaves the old generation as it was.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::{
    CROSSINGS, CURRENT, Calibration, Crossings, Manifest, SpaceMatrix, calibration::Background, export, graph_file,
    matrix_file, open_matrices, used::Used,
};
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Product, download::Web, feed::Options},
    encode::{Embedding, Modality},
    error::{Error, Result},
    index::{
        Bits, Codes, Hnsw, Keyword, Matrix, RowSet, columns,
        hnsw::{Effort, GRAPH_FROM},
        matrix,
    },
    progress::{Progress, Stage},
    store::{Entry, MadeOf, Problem, Store, encoded},
};

/// Layout of a generation's folder.
pub const FORMAT: u32 = 3;

/// Titles that stand in for queries when the words are calibrated.
const TITLES: usize = 100;
/// Fewer scores above 0 than this say nothing about the background of words.
const FEWEST_SHARED: usize = 12;

/// A product on its way in.
pub struct Row {
    pub product: Product,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
    /// For each facet a vector a space, `None` where the product lacks the facet.
    pub vectors: [Vec<Option<Embedding>>; 3],
    /// By what a later import knows that it need not encode the product again.
    pub made_of: Option<MadeOf>,
}

/// Where a generation comes from.
pub struct About {
    /// Id of the bundle that made the vectors.
    pub bundle: String,
    pub source: PathBuf,
    pub source_sha256: Option<String>,
    pub asked: Asked,
    /// The space that all facets share, if they do.
    pub joint_space: Option<String>,
}

/// How the source was read, so that it can be read so again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What columns mean, as it is written in the shell.
    pub map: String,
    /// Where relative paths start, where that is not the feed's folder.
    pub files: Option<PathBuf>,
    pub fetch: bool,
    pub allow_private: bool,
}

impl Asked {
    pub fn of(options: &Options) -> Self {
        let Options { mapping, files, web, .. } = options;
        Self {
            map: mapping.to_string(),
            files: files.as_deref().map(super::prepare::absolute),
            fetch: web.fetch,
            allow_private: web.allow_private,
        }
    }

    pub fn options(&self) -> Result<Options> {
        let web = Web { fetch: self.fetch, allow_private: self.allow_private, ..Web::default() };
        Ok(Options { mapping: self.map.parse()?, files: self.files.clone(), web, ..Options::default() })
    }
}

/// From how many products on what is worth having; the defaults come from `vitrine bench`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Codes to scan; below, the full vectors take a few milliseconds.
    pub codes_from: usize,
    /// Bits for a first paint, which comes before a scan that takes longer than a frame.
    pub bits_from: usize,
    /// A graph for neighbours; below, the exact scan finds them within some milliseconds, and a graph takes minutes to build.
    pub graph_from: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { codes_from: 20_000, bits_from: 300_000, graph_from: GRAPH_FROM }
    }
}

/// A generation being made in the folder `partial`.
pub struct Generation {
    folder: PathBuf,
    partial: Partial,
    store: Store,
    spaces: [Vec<String>; 3],
    writers: [Writers; 3],
    rows: usize,
    coverage: [usize; 3],
    used: Used,
}

impl Generation {
    /// Begins a generation of the collection in `folder`; `spaces` are those of each facet, its own first.
    ///
    /// # Errors
    /// [`Error::Busy`] while another writer is at it, [`Error::ForeignFolder`] for a folder with something else in it.
    pub fn create(folder: &Path, spaces: [Vec<String>; 3]) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|why| Error::unwritable(folder, why))?;
        let partial = Partial::create(folder)?;
        let store = Store::create(&partial.path.join("catalog.sqlite"))?;
        let writers = Modality::ALL.map(|facet| Writers::new(&partial.path, facet, &spaces[facet.index()]));
        let (folder, used) = (folder.to_owned(), Used::new(folder));
        Ok(Self { folder, partial, store, spaces, writers, rows: 0, coverage: [0; 3], used })
    }

    /// Adds the next products. After an error the generation is good for nothing but to be dropped.
    pub fn add(&mut self, rows: Vec<Row>) -> Result<()> {
        let mut stored = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            for (facet, vectors) in row.vectors.iter().enumerate() {
                self.coverage[facet] += usize::from(vectors.iter().any(Option::is_some));
                self.writers[facet].push(vectors, self.rows + place)?;
            }
            let Row { product, thumbnail, made_of, .. } = row;
            self.used.add(&product);
            stored.push(Entry { product, thumbnail, made_of });
        }
        self.store.add(self.rows, &stored)?;
        self.rows += stored.len();
        Ok(())
    }

    /// Keeps what there is to tell about the rows.
    pub fn tell(&self, problems: &[Problem]) -> Result<()> {
        if problems.is_empty() { Ok(()) } else { self.store.add_problems(problems) }
    }

    /// How much has been told.
    pub fn problem_count(&self) -> Result<usize> {
        self.store.problem_count()
    }

    /// The first of what has been told, in the order of lines.
    pub fn problems(&self, most: usize) -> Result<Vec<Problem>> {
        self.store.problems(most)
    }

    /// Writes all that has been told as a table.
    pub fn export_problems(&self, path: &Path) -> Result<()> {
        export::write_problems(&self.store, path)
    }

    /// Where rows wait until they are added; no part of the generation.
    pub fn spool(&self) -> PathBuf {
        self.partial.path.join("rows.sqlite")
    }

    /// Products added so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many of them have text, a picture, a sound.
    pub fn coverage(&self) -> [usize; 3] {
        self.coverage
    }

    /// Derives everything else and makes this the current generation. `pair_space` is the space that a query part and a
    /// facet meet in.
    pub fn finish<'a>(
        self,
        about: About,
        pair_space: &dyn Fn(Modality, Modality) -> Option<&'a str>,
        limits: Limits,
        progress: &Progress,
    ) -> Result<()> {
        let Self { folder, partial, store, spaces, writers, rows, coverage, used } = self;
        let own = &partial.path;
        writers.into_iter().try_for_each(Writers::finish)?;
        store.finish()?;

        let mut matrices = [const { Vec::new() }; 3];
        for facet in Modality::ALL {
            progress.begin(Stage::Indexing, 0);
            let spaces = &spaces[facet.index()];
            write_codes(own, facet, spaces, limits)?;
            let opened = open_matrices(own, facet, spaces)?;
            if let Some(SpaceMatrix { matrix, codes: Some(codes), .. }) = opened.first()
                && matrix.present() >= limits.graph_from
            {
                let graph = Hnsw::build(matrix.clone(), codes.clone(), Effort::default(), progress)?;
                graph.save(&graph_file(own, facet))?;
            }
            matrices[facet.index()] = opened;
            progress.check()?;
        }

        let facets = [0, 1, 2].map(|facet: usize| {
            let mut present = RowSet::none(rows);
            matrices[facet].iter().for_each(|known: &SpaceMatrix| present.extend(known.matrix.places().set()));
            present
        });
        progress.begin(Stage::Words, 2 * rows);
        let (columns, words) = rayon::join(
            || columns::build(&own.join(columns::FILE), store.products(), &facets, progress),
            || Keyword::build(own, store.products(), progress),
        );
        columns.and(words)?;
        let keyword = keyword_background(own, &store, rows)?;
        drop(store);

        progress.begin(Stage::Saving, 0);
        let matrix_in = |facet: Modality, space: &str| {
            let known = matrices[facet.index()].iter().find(|known: &&SpaceMatrix| known.space == space);
            known.map(|known| &*known.matrix)
        };
        if let Some(space) = &about.joint_space {
            let joint = Modality::ALL.map(|facet| matrix_in(facet, space));
            Crossings::write(rows, joint, &own.join(CROSSINGS))?;
        }
        let meeting = |part, facet| {
            let space = pair_space(part, facet)?;
            Some([matrix_in(part, space)?, matrix_in(facet, space)?])
        };
        let manifest = Manifest {
            format: FORMAT,
            bundle: about.bundle,
            source: about.source,
            source_sha256: about.source_sha256,
            asked: about.asked,
            products: rows,
            coverage,
            calibration: Calibration::sample(meeting),
            keyword,
            spaces,
        };
        let path = own.join("manifest.json");
        let json = serde_json::to_string_pretty(&manifest).map_err(|why| Error::unwritable(&path, why))?;
        fs::write(&path, json).map_err(|why| Error::unwritable(&path, why))?;
        progress.check()?;
        publish(&folder, &partial, used)
    }
}

/// The matrices of one facet, one a space. A file is begun by the first product that has a vector for it.
struct Writers {
    paths: Vec<PathBuf>,
    open: Vec<Option<matrix::Writer>>,
}

impl Writers {
    fn new(folder: &Path, facet: Modality, spaces: &[String]) -> Self {
        let paths: Vec<_> = spaces.iter().map(|space| matrix_file(folder, facet, space, spaces.len())).collect();
        Self { open: paths.iter().map(|_| None).collect(), paths }
    }

    /// Adds one product's vectors, one a space; `before` products came without any.
    fn push(&mut self, vectors: &[Option<Embedding>], before: usize) -> Result<()> {
        for ((writer, path), vector) in self.open.iter_mut().zip(&self.paths).zip(vectors) {
            if writer.is_none()
                && let Some(vector) = vector
            {
                let mut new = matrix::Writer::create(path, vector.values().len())?;
                (0..before).try_for_each(|_| new.push(None))?;
                *writer = Some(new);
            }
            if let Some(writer) = writer {
                writer.push(vector.as_ref())?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.open.into_iter().flatten().try_for_each(matrix::Writer::finish)
    }
}

/// What BM25 gives unrelated products: titles at even distances stand in for queries.
fn keyword_background(folder: &Path, store: &Store, rows: usize) -> Result<Option<Background>> {
    let Some(keyword) = Keyword::open(folder)? else { return Ok(None) };
    let step = rows.div_ceil(TITLES).max(1);
    let mut titles = Vec::new();
    for row in (0..rows).step_by(step) {
        titles.extend(store.product(row)?.map(|product| (row, product.title)));
    }
    let scores = keyword.background(titles.iter().map(|(row, title)| (*row, title.as_str())))?;
    // Where hardly a product shares a word with another there is no spread to measure by: the scores stand as they are.
    let shared = scores.iter().filter(|score| **score > 0.0).count();
    let measured = Background::of(scores).filter(|_| shared >= FEWEST_SHARED);
    Ok(Some(measured.unwrap_or(Background::RAW)))
}

/// Codes the vectors of a facet where there are so many that a scan of all of them would take too long.
fn write_codes(folder: &Path, facet: Modality, spaces: &[String], limits: Limits) -> Result<()> {
    for space in spaces {
        let path = matrix_file(folder, facet, space, spaces.len());
        if path.exists() {
            let matrix = Matrix::open(&path)?;
            if matrix.rows() >= limits.codes_from {
                Codes::write(&matrix, &path.with_extension("codes"))?;
            }
            if matrix.rows() >= limits.bits_from {
                Bits::write(&matrix, &path.with_extension("bits"))?;
            }
        }
    }
    Ok(())
}

/// The generation being made. Only one writer at a time may have it; what an earlier, killed writer left is removed, and
/// so is this one unless it is published.
struct Partial {
    path: PathBuf,
    /// Held, not used: the lock goes with the process, however it ends.
    _lock: File,
}

impl Partial {
    fn create(folder: &Path) -> Result<Self> {
        if !is_ours(folder)? {
            return Err(Error::ForeignFolder { path: folder.to_owned() });
        }
        let lock = folder.join("writer.lock");
        let fail = |path: &Path, why: io::Error| Error::unwritable(path, why);
        let file = File::create(&lock).map_err(|why| fail(&lock, why))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: folder.to_owned() }),
            // Some network drives know no locks; then two writers are the user's own care.
            Err(TryLockError::Error(why)) => tracing::warn!("{} cannot be locked: {why}", lock.display()),
            Ok(()) => {}
        }
        let path = folder.join("partial");
        let _ = fs::remove_dir_all(&path);
        fs::create_dir(&path).map_err(|why| fail(&path, why))?;
        Ok(Self { path, _lock: file })
    }
}

/// What a collection's folder may hold beside its generations. Judgements and reports stay when an import removes what is
/// old.
const OURS: [&str; 13] = [
    "current",
    "current.new",
    "writer.lock",
    "partial",
    "media",
    "audit.sqlite",
    "audit.sqlite-wal",
    "audit.sqlite-shm",
    "audit.sqlite-journal",
    "audit-media",
    "audit-report.html",
    "audit-network.onnx",
    "qrels.txt",
];

/// Whether a folder is empty or holds a collection and nothing else: an import removes what is old in it.
pub fn is_ours(folder: &Path) -> Result<bool> {
    let ours = |name: &str| {
        // A writer that was killed leaves the part of a file.
        let whole = name.strip_suffix(".part").and_then(|name| name.rsplit_once('.')).map_or(name, |(name, _)| name);
        OURS.contains(&whole)
            || encoded::FILES.contains(&name)
            || name.strip_prefix("generation-").is_some_and(|number| number.parse::<u64>().is_ok())
    };
    let entries = fs::read_dir(folder).map_err(|why| Error::unreadable(folder, why))?;
    Ok(entries.flatten().all(|entry| entry.file_name().to_str().is_some_and(ours)))
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Brings every file below a folder to the disk.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        }
        File::open(&path)?.sync_all()?;
    }
    Ok(())
}

/// Gives the new generation its name, makes it the current one, then removes the older ones and the pictures and sounds that
/// neither it nor the one before names: a reader may still have that one open, or an export of it be at hand. Everything is on the disk before anything old goes, so that a power cut
/// leaves one of them whole.
fn publish(folder: &Path, partial: &Partial, mut used: Used) -> Result<()> {
    let fail = |why: io::Error| Error::unwritable(folder, why);
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    let number = |name: &str| name.strip_prefix("generation-")?.parse::<u64>().ok();
    let entries = fs::read_dir(folder).map_err(fail)?.flatten();
    let older: Vec<(u64, PathBuf)> =
        entries.filter_map(|entry| Some((number(entry.file_name().to_str()?)?, entry.path()))).collect();
    sync_all(&partial.path).map_err(fail)?;
    let name = format!("generation-{}", older.iter().map(|(number, _)| number).max().unwrap_or(&0) + 1);
    fs::rename(&partial.path, folder.join(&name)).map_err(fail)?;
    let new = folder.join(format!("{CURRENT}.new"));
    fs::write(&new, &name).and_then(|()| sync(&new)).map_err(fail)?;
    fs::rename(&new, folder.join(CURRENT)).map_err(fail)?;
    if cfg!(unix) {
        sync(folder).map_err(fail)?;
    }
    let before = older.iter().max_by_key(|(number, _)| *number);
    if used.is_there() && before.is_none_or(|(_, path)| used.add_all(&path.join("catalog.sqlite")).is_ok()) {
        used.clean();
    }
    for (_, path) in older {
        // A reader that still has it open keeps its files; a folder that cannot go yet goes at the next import.
        let _ = fs::remove_dir_all(path);
    }
    // All of it is in the new generation now; what cannot go yet goes at the next import.
    let _ = encoded::remove(folder);
    Ok(())
}
