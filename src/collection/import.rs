//! From a feed to a new generation: rows in, bad rows into the report, pictures and sounds decoded, batches encoded,
//! indexes built, then renamed into place. Stopping or failing at any point leaves the old generation as it was.

use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{CURRENT, Calibration, Manifest, graph_file, matrix_file, open_matrices};
use crate::{
    catalog::{
        Product,
        feed::{self, Fault},
    },
    encode::{Embedding, Encoders, Modality, bundle::hex},
    error::{Error, Result},
    index::{Hnsw, matrix},
    language::Language,
    media::{clip::Clip, image::Picture},
    progress::{Progress, Stage},
    store::Store,
};

/// Layout of a generation's folder.
pub const FORMAT: u32 = 1;
/// Longest side of a thumbnail, pixels.
pub const THUMBNAIL_SIDE: u32 = 320;
const THUMBNAIL_QUALITY: u8 = 85;
/// Products decoded and encoded together.
const BATCH: usize = 32;
/// Sounds are heard up to here; encoders listen to less, and a batch of whole songs would only fill memory.
const LONGEST_SOUND_SECS: f32 = 60.0;

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    pub rows: usize,
    pub products: usize,
    /// Products with text, with a picture, with a sound.
    pub coverage: [usize; 3],
    pub problems: Vec<Problem>,
    pub seconds: f64,
}

/// One row that needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the feed.
    pub line: u64,
    /// The product's id, empty when the row gave none.
    pub id: String,
    pub fault: Fault,
}

impl Problem {
    pub fn say(&self, language: Language) -> String {
        let Self { line, id, fault } = self;
        let reason = fault.say(language);
        match (language, id.is_empty()) {
            (Language::English, true) => format!("Line {line}: {reason}"),
            (Language::English, false) => format!("Line {line}, {id}: {reason}"),
            (Language::Chinese, true) => format!("第 {line} 行：{reason}"),
            (Language::Chinese, false) => format!("第 {line} 行，{id}：{reason}"),
        }
    }
}

/// Imports `source` as the new generation of the collection in `folder`.
///
/// # Errors
/// A source without a single good row, an encoder that fails, a folder that cannot be written, or
/// [`Error::Cancelled`]. What a row holds is never an error: it is in the report.
pub fn import(source: &Path, folder: &Path, encoders: &Encoders, progress: &Progress) -> Result<ImportReport> {
    let started = std::time::Instant::now();
    let mut report = ImportReport::default();
    let products = read(source, &mut report, progress)?;
    fs::create_dir_all(folder).map_err(|why| Error::unwritable(folder, why))?;
    let partial = Partial::create(folder)?;
    build(source, &products, &partial.path, encoders, progress, &mut report)?;
    progress.check()?;
    publish(folder, &partial)?;
    report.seconds = started.elapsed().as_secs_f64();
    report.problems.sort_by_key(|problem| problem.line);
    Ok(report)
}

/// All good products with their lines; of several with one id the last.
fn read(source: &Path, report: &mut ImportReport, progress: &Progress) -> Result<Vec<(u64, Product)>> {
    progress.begin(Stage::ReadingRows, 0);
    let mut products: Vec<(u64, Product)> = Vec::new();
    let mut place_of_id: HashMap<String, usize> = HashMap::new();
    for row in feed::open(source)? {
        progress.step()?;
        report.rows += 1;
        let line = row.line;
        match row.product {
            Err(fault) => report.problems.push(Problem { line, id: String::new(), fault }),
            Ok(product) => {
                if let Some(place) = place_of_id.get(&product.id) {
                    let id = product.id.clone();
                    report.problems.push(Problem { line, id: id.clone(), fault: Fault::SameId(id) });
                    products[*place] = (line, product);
                } else {
                    place_of_id.insert(product.id.clone(), products.len());
                    products.push((line, product));
                }
            }
        }
    }
    if products.is_empty() {
        let Some(first) = report.problems.first() else {
            return Err(Error::NothingToImport { path: source.to_owned() });
        };
        let first = Language::ALL.map(|language| first.say(language));
        return Err(Error::NoGoodRow { path: source.to_owned(), bad: report.problems.len(), first });
    }
    Ok(products)
}

/// What one product brings to a batch.
struct Prepared {
    line: u64,
    product: Product,
    texts: Vec<String>,
    pictures: Vec<Picture>,
    clips: Vec<Clip>,
    thumbnail: Option<Vec<u8>>,
    problems: Vec<Problem>,
}

impl Prepared {
    fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    fn pictures(&self) -> Vec<&Picture> {
        self.pictures.iter().collect()
    }

    fn clips(&self) -> Vec<&Clip> {
        self.clips.iter().collect()
    }
}

fn build(
    source: &Path,
    products: &[(u64, Product)],
    folder: &Path,
    encoders: &Encoders,
    progress: &Progress,
    report: &mut ImportReport,
) -> Result<()> {
    let store = Store::create(&folder.join("catalog.sqlite"))?;
    let spaces: [Vec<String>; 3] =
        Modality::ALL.map(|facet| encoders.facet_spaces(facet).into_iter().map(str::to_owned).collect());
    let mut writers = Modality::ALL.map(|facet| Writers::new(folder, facet, &spaces[facet.index()]));
    progress.begin(Stage::Encoding, products.len());
    for (batch, chunk) in products.chunks(BATCH).enumerate() {
        let first_row = batch * BATCH;
        let prepared: Vec<Prepared> =
            chunk.par_iter().map(|(line, product)| prepare(*line, product, encoders)).collect();
        let (vectors, problems) = encode(&prepared, encoders)?;
        report.problems.extend(problems);
        let mut stored = Vec::with_capacity(prepared.len());
        for (item, facets) in prepared.into_iter().zip(vectors) {
            for (facet, vectors) in Modality::ALL.into_iter().zip(facets) {
                report.coverage[facet.index()] += usize::from(vectors.iter().any(Option::is_some));
                writers[facet.index()].push(&vectors, first_row + stored.len())?;
            }
            report.problems.extend(item.problems);
            stored.push((item.product, item.thumbnail));
            progress.step()?;
        }
        store.add(first_row, &stored)?;
    }
    report.products = products.len();
    writers.into_iter().try_for_each(Writers::finish)?;

    progress.begin(Stage::Indexing, 3);
    let mut matrices = [const { Vec::new() }; 3];
    for facet in Modality::ALL {
        let opened = open_matrices(folder, facet, &spaces[facet.index()])?;
        if let Some(own) = opened.first() {
            Hnsw::build(&own.matrix).save(&graph_file(folder, facet))?;
        }
        matrices[facet.index()] = opened;
        progress.step()?;
    }

    progress.begin(Stage::Saving, 0);
    let matrix_in = |facet: Modality, space: &str| {
        matrices[facet.index()].iter().find(|known| known.space == space).map(|known| &known.matrix)
    };
    let meeting = |part, facet| {
        let space = encoders.pair_space(part, facet)?;
        Some([matrix_in(part, space)?, matrix_in(facet, space)?])
    };
    let manifest = Manifest {
        format: FORMAT,
        bundle: encoders.id.clone(),
        source: absolute(source),
        source_sha256: fingerprint(source),
        products: products.len(),
        coverage: report.coverage,
        calibration: Calibration::sample(meeting),
        spaces,
    };
    let path = folder.join("manifest.json");
    let json = serde_json::to_string_pretty(&manifest).map_err(|why| Error::unwritable(&path, why))?;
    fs::write(&path, json).map_err(|why| Error::unwritable(&path, why))
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

/// The sha256 of a feed file, or of the feed inside a folder; `None` for a folder of media.
pub fn fingerprint(source: &Path) -> Option<String> {
    let feed = if source.is_dir() { feed::feed_inside(source).ok()?? } else { source.to_owned() };
    fs::read(feed).ok().map(|bytes| hex(&Sha256::digest(bytes)))
}

fn prepare(line: u64, product: &Product, encoders: &Encoders) -> Prepared {
    let mut problems = Vec::new();
    let mut note = |fault| problems.push(Problem { line, id: product.id.clone(), fault });
    let mut media = |paths: &[PathBuf]| -> Vec<PathBuf> {
        let (web, files): (Vec<_>, Vec<_>) =
            paths.iter().cloned().partition(|path| feed::is_web(&path.to_string_lossy()));
        web.iter().for_each(|address| note(Fault::Web(address.display().to_string())));
        files
    };
    let (pictures, sounds) = (media(&product.pictures), media(&product.sounds));
    let mut opened = Vec::new();
    let mut product = Product { pictures: Vec::new(), sounds: Vec::new(), ..product.clone() };
    for path in pictures {
        match Picture::open(&path) {
            Ok(picture) => {
                opened.push(picture);
                product.pictures.push(absolute(&path));
            }
            Err(error) => note(Fault::Media(error)),
        }
    }
    let mut clips = Vec::new();
    for path in sounds {
        match Clip::open(&path) {
            Ok(clip) if clip.is_silent() => note(Fault::Media(Error::Silent { name: path.display().to_string() })),
            Ok(clip) => {
                let clip = clip.trimmed();
                let most = (LONGEST_SOUND_SECS * clip.rate_hz() as f32) as usize;
                let heard = clip.samples()[..clip.samples().len().min(most)].to_vec();
                clips.extend(Clip::new(heard, clip.rate_hz()));
                product.sounds.push(absolute(&path));
            }
            Err(error) => note(Fault::Media(error)),
        }
    }
    let thumbnail = opened.first().and_then(|picture| picture.shrunk(THUMBNAIL_SIDE).to_jpeg(THUMBNAIL_QUALITY).ok());
    // Encoders shrink far below this; keeping a batch of full pictures would only fill memory.
    let pictures = opened.iter().map(|picture| picture.shrunk(2 * THUMBNAIL_SIDE));
    // What the bundle cannot encode is kept for the eyes and ears only.
    let has = |modality| encoders.space(modality).is_some();
    let texts = if has(Modality::Text) { product.facet_texts() } else { Vec::new() };
    let pictures = if has(Modality::Image) { pictures.collect() } else { Vec::new() };
    let clips = if has(Modality::Audio) { clips } else { Vec::new() };
    Prepared { line, product, texts, pictures, clips, thumbnail, problems }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The three facets of each product of a batch, each with a vector a space, and what could not be encoded. Of several
/// texts, pictures or sounds of one product the mean.
type Encoded = (Vec<[Vec<Option<Embedding>>; 3]>, Vec<Problem>);

fn encode(batch: &[Prepared], encoders: &Encoders) -> Result<Encoded> {
    let mut problems = Vec::new();
    let mut facets: Vec<[Vec<Option<Embedding>>; 3]> = batch.iter().map(|_| Default::default()).collect();
    let mut add = |modality: Modality, vectors: Vec<Option<Embedding>>| {
        facets.iter_mut().zip(vectors).for_each(|(facets, vector)| facets[modality.index()].push(vector));
    };
    for space in encoders.facet_spaces(Modality::Text) {
        add(Modality::Text, facet(batch, Prepared::texts, |inputs| encoders.text_in(space, inputs), &mut problems)?);
    }
    for space in encoders.facet_spaces(Modality::Image) {
        add(
            Modality::Image,
            facet(batch, Prepared::pictures, |inputs| encoders.image_in(space, inputs), &mut problems)?,
        );
    }
    for space in encoders.facet_spaces(Modality::Audio) {
        add(Modality::Audio, facet(batch, Prepared::clips, |inputs| encoders.audio_in(space, inputs), &mut problems)?);
    }
    Ok((facets, problems))
}

/// One facet of a batch: all inputs together, and one by one only when that fails, so that a single bad sound costs
/// itself and not the import.
fn facet<'a, I: ?Sized + 'a>(
    batch: &'a [Prepared],
    inputs: impl Fn(&'a Prepared) -> Vec<&'a I>,
    encode: impl Fn(&[&I]) -> Result<Vec<Embedding>>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Option<Embedding>>> {
    let wanted: Vec<Vec<&I>> = batch.iter().map(inputs).collect();
    let vectors: Vec<Result<Embedding>> = match encode(&wanted.concat()) {
        Ok(vectors) => vectors.into_iter().map(Ok).collect(),
        Err(error) if of_one_input(&error) => {
            wanted.iter().flatten().map(|input| encode(&[input]).map(|mut one| one.remove(0))).collect()
        }
        Err(error) => return Err(error),
    };
    let mut vectors = vectors.into_iter();
    let mut facets = Vec::with_capacity(batch.len());
    for (item, inputs) in batch.iter().zip(&wanted) {
        let mut good = Vec::new();
        for vector in vectors.by_ref().take(inputs.len()) {
            match vector {
                Ok(vector) => good.push(vector),
                Err(error) if of_one_input(&error) => {
                    let (line, id) = (item.line, item.product.id.clone());
                    let problem = Problem { line, id, fault: Fault::Media(error) };
                    // Another space may have refused the same input.
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        facets.push(Embedding::mean(&good));
    }
    Ok(facets)
}

/// Whether an encoder's error is about what it was given, not about the encoder.
fn of_one_input(error: &Error) -> bool {
    matches!(error, Error::Silent { .. } | Error::Encoder { .. } | Error::EmptyQuery)
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

/// Whether a folder is empty or holds a collection and nothing else: an import removes what is old in it.
fn is_ours(folder: &Path) -> Result<bool> {
    let ours = |name: &str| {
        ["current", "current.new", "writer.lock", "partial"].contains(&name)
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

/// Gives the new generation its name, makes it the current one, then removes the older ones. Everything is on the disk
/// before anything old goes, so that a power cut leaves one of them whole.
fn publish(folder: &Path, partial: &Partial) -> Result<()> {
    let fail = |why: io::Error| Error::unwritable(folder, why);
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    let number = |name: &str| name.strip_prefix("generation-")?.parse::<u64>().ok();
    let entries = fs::read_dir(folder).map_err(fail)?.flatten();
    let older: Vec<(u64, PathBuf)> =
        entries.filter_map(|entry| Some((number(entry.file_name().to_str()?)?, entry.path()))).collect();
    for entry in fs::read_dir(&partial.path).map_err(fail)?.flatten() {
        sync(&entry.path()).map_err(fail)?;
    }
    let name = format!("generation-{}", older.iter().map(|(number, _)| number).max().unwrap_or(&0) + 1);
    fs::rename(&partial.path, folder.join(&name)).map_err(fail)?;
    let new = folder.join(format!("{CURRENT}.new"));
    fs::write(&new, &name).and_then(|()| sync(&new)).map_err(fail)?;
    fs::rename(&new, folder.join(CURRENT)).map_err(fail)?;
    if cfg!(unix) {
        sync(folder).map_err(fail)?;
    }
    for (_, path) in older {
        // A reader that still has it open keeps its files; a folder that cannot go yet goes at the next import.
        let _ = fs::remove_dir_all(path);
    }
    Ok(())
}
