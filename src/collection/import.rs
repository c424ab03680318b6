//! From a feed to a new generation: rows in, bad rows into the report, pictures and sounds decoded, batches encoded,
//! indexes built, then renamed into place. Stopping or failing at any point leaves the old generation as it was.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::generation::{About, Generation, Limits, Row, is_ours};
use crate::{
    catalog::{
        Product,
        download::Downloads,
        feed::{self, Fault, Options},
    },
    encode::{Embedding, Encoders, Modality, bundle::hex},
    error::{Error, Result},
    language::Language,
    media::{clip::Clip, image::Picture},
    progress::{Progress, Stage},
};

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

/// Imports `source` as the new generation of the collection in `folder`. Pictures and sounds that have no file of their
/// own are kept in `media` beside the generations, unless `options` say another place.
///
/// # Errors
/// A source without a single good row, an encoder that fails, a folder that cannot be written, or
/// [`Error::Cancelled`]. What a row holds is never an error: it is in the report.
pub fn import(
    source: &Path,
    folder: &Path,
    options: &Options,
    encoders: &Encoders,
    progress: &Progress,
) -> Result<ImportReport> {
    let started = std::time::Instant::now();
    let mut report = ImportReport::default();
    // Asked before anything is unpacked into it.
    if folder.is_dir() && !is_ours(folder)? {
        return Err(Error::ForeignFolder { path: folder.to_owned() });
    }
    let media = options.media.clone().unwrap_or_else(|| absolute(folder).join("media"));
    let downloads = Downloads::new(&media.join("web"), options.web.clone());
    let products = read(source, &Options { media: Some(media), ..options.clone() }, &mut report, progress)?;
    let spaces = Modality::ALL.map(|facet| encoders.facet_spaces(facet).into_iter().map(str::to_owned).collect());
    let generation = Generation::create(folder, spaces)?;
    let generation = build(&products, generation, &downloads, encoders, progress, &mut report)?;
    let about = About {
        bundle: encoders.id.clone(),
        source: absolute(source),
        source_sha256: fingerprint(source),
        // The joint method needs one space for all that the bundle encodes.
        joint_space: if let [space] = encoders.spaces() { Some(space.clone()) } else { None },
    };
    generation.finish(about, &|part, facet| encoders.pair_space(part, facet), Limits::default(), progress)?;
    report.seconds = started.elapsed().as_secs_f64();
    report.problems.sort_by_key(|problem| problem.line);
    Ok(report)
}

/// All good products with their lines; of several with one id the last.
fn read(
    source: &Path,
    options: &Options,
    report: &mut ImportReport,
    progress: &Progress,
) -> Result<Vec<(u64, Product)>> {
    progress.begin(Stage::ReadingRows, 0);
    let mut products: Vec<(u64, Product)> = Vec::new();
    let mut place_of_id: HashMap<String, usize> = HashMap::new();
    for row in feed::open_with(source, options)? {
        progress.step()?;
        report.rows += 1;
        let line = row.line;
        let id = row.product.as_ref().map_or_else(|_| String::new(), |product| product.id.clone());
        report.problems.extend(row.remarks.into_iter().map(|fault| Problem { line, id: id.clone(), fault }));
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
    products: &[(u64, Product)],
    mut generation: Generation,
    downloads: &Downloads,
    encoders: &Encoders,
    progress: &Progress,
    report: &mut ImportReport,
) -> Result<Generation> {
    progress.begin(Stage::Encoding, products.len());
    for chunk in products.chunks(BATCH) {
        let mut chunk = chunk.to_vec();
        let missing = downloads.bring(&mut chunk, progress)?;
        report.problems.extend(missing.into_iter().map(|(place, fault)| {
            let (line, product) = &chunk[place];
            Problem { line: *line, id: product.id.clone(), fault }
        }));
        let prepared: Vec<Prepared> =
            chunk.par_iter().map(|(line, product)| prepare(*line, product, encoders)).collect();
        let (vectors, problems) = encode(&prepared, encoders)?;
        report.problems.extend(problems);
        let mut rows = Vec::with_capacity(prepared.len());
        for (item, vectors) in prepared.into_iter().zip(vectors) {
            report.problems.extend(item.problems);
            rows.push(Row { product: item.product, thumbnail: item.thumbnail, vectors });
            progress.step()?;
        }
        generation.add(rows)?;
    }
    report.products = generation.rows();
    report.coverage = generation.coverage();
    Ok(generation)
}

/// The sha256 of a feed file, or of the feed inside a folder; `None` for a folder of media.
pub fn fingerprint(source: &Path) -> Option<String> {
    let feed = if source.is_dir() { feed::feed_inside(source).ok()?? } else { source.to_owned() };
    fs::read(feed).ok().map(|bytes| hex(&Sha256::digest(bytes)))
}

fn prepare(line: u64, product: &Product, encoders: &Encoders) -> Prepared {
    let mut problems = Vec::new();
    let mut note = |fault| problems.push(Problem { line, id: product.id.clone(), fault });
    let mut opened = Vec::new();
    let (pictures, sounds) = (&product.pictures, &product.sounds);
    let mut product = Product { pictures: Vec::new(), sounds: Vec::new(), ..product.clone() };
    for path in pictures {
        match Picture::open(path) {
            Ok(picture) => {
                opened.push(picture);
                product.pictures.push(absolute(path));
            }
            Err(error) => note(Fault::Media(error)),
        }
    }
    let mut clips = Vec::new();
    for path in sounds {
        match Clip::open(path) {
            Ok(clip) if clip.is_silent() => note(Fault::Media(Error::Silent { name: path.display().to_string() })),
            Ok(clip) => {
                let clip = clip.trimmed();
                let most = (LONGEST_SOUND_SECS * clip.rate_hz() as f32) as usize;
                let heard = clip.samples()[..clip.samples().len().min(most)].to_vec();
                clips.extend(Clip::new(heard, clip.rate_hz()));
                product.sounds.push(absolute(path));
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
