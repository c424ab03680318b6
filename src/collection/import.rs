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

use super::{CURRENT, Calibration, Manifest, facet_file};
use crate::{
    catalog::{
        Product,
        feed::{self, Fault},
    },
    encode::{Embedding, Encoders, Modality, bundle::hex},
    error::{Error, Result},
    index::{Hnsw, Matrix, matrix},
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

fn build(
    source: &Path,
    products: &[(u64, Product)],
    folder: &Path,
    encoders: &Encoders,
    progress: &Progress,
    report: &mut ImportReport,
) -> Result<()> {
    let store = Store::create(&folder.join("catalog.sqlite"))?;
    let mut writers: [Option<matrix::Writer>; 3] = [const { None }; 3];
    progress.begin(Stage::Encoding, products.len());
    for (batch, chunk) in products.chunks(BATCH).enumerate() {
        let first_row = batch * BATCH;
        let prepared: Vec<Prepared> =
            chunk.par_iter().map(|(line, product)| prepare(*line, product, encoders)).collect();
        let (vectors, problems) = encode(&prepared, encoders)?;
        report.problems.extend(problems);
        let mut stored = Vec::with_capacity(prepared.len());
        for (item, facets) in prepared.into_iter().zip(vectors) {
            for (facet, vector) in Modality::ALL.into_iter().zip(facets) {
                let writer = &mut writers[facet.index()];
                if writer.is_none()
                    && let Some(vector) = &vector
                {
                    let path = facet_file(folder, facet, "vec");
                    let mut new = matrix::Writer::create(&path, vector.values().len())?;
                    (0..first_row + stored.len()).try_for_each(|_| new.push(None))?;
                    *writer = Some(new);
                }
                if let Some(writer) = writer {
                    writer.push(vector.as_ref())?;
                    report.coverage[facet.index()] += usize::from(vector.is_some());
                }
            }
            report.problems.extend(item.problems);
            stored.push((item.product, item.thumbnail));
            progress.step()?;
        }
        store.add(first_row, &stored)?;
    }
    report.products = products.len();
    for writer in writers.into_iter().flatten() {
        writer.finish()?;
    }

    progress.begin(Stage::Indexing, 3);
    let mut matrices = [const { None }; 3];
    for facet in Modality::ALL {
        let path = facet_file(folder, facet, "vec");
        if path.exists() {
            let matrix = Matrix::open(&path)?;
            Hnsw::build(&matrix).save(&facet_file(folder, facet, "hnsw"))?;
            matrices[facet.index()] = Some(matrix);
        }
        progress.step()?;
    }

    progress.begin(Stage::Saving, 0);
    let comparable = |part, facet| encoders.space(part).is_some() && encoders.space(part) == encoders.space(facet);
    let manifest = Manifest {
        format: FORMAT,
        bundle: encoders.id.clone(),
        source: absolute(source),
        source_sha256: fingerprint(source),
        products: products.len(),
        coverage: report.coverage,
        calibration: Calibration::sample(matrices.each_ref().map(Option::as_ref), comparable),
    };
    let path = folder.join("manifest.json");
    let json = serde_json::to_string_pretty(&manifest).map_err(|why| Error::unwritable(&path, why))?;
    fs::write(&path, json).map_err(|why| Error::unwritable(&path, why))
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
    let texts = if encoders.text.is_some() { product.facet_texts() } else { Vec::new() };
    let pictures = if encoders.image.is_some() { pictures.collect() } else { Vec::new() };
    let clips = if encoders.audio.is_some() { clips } else { Vec::new() };
    Prepared { line, product, texts, pictures, clips, thumbnail, problems }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The three facet vectors of each product of a batch, and what could not be encoded. Of several texts, pictures or
/// sounds of one product the mean.
type Encoded = (Vec<[Option<Embedding>; 3]>, Vec<Problem>);

fn encode(batch: &[Prepared], encoders: &Encoders) -> Result<Encoded> {
    let mut problems = Vec::new();
    let texts =
        facet(batch, |item| item.texts.iter().map(String::as_str).collect(), |x| encoders.text(x), &mut problems)?;
    let images = facet(batch, |item| item.pictures.iter().collect(), |x| encoders.image(x), &mut problems)?;
    let sounds = facet(batch, |item| item.clips.iter().collect(), |x| encoders.audio(x), &mut problems)?;
    let facets = texts.into_iter().zip(images).zip(sounds).map(|((text, image), sound)| [text, image, sound]);
    Ok((facets.collect(), problems))
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
                    problems.push(Problem { line, id, fault: Fault::Media(error) });
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
