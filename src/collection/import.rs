//! From a feed to a new generation: rows into a spool, bad rows into the report, what is known already taken over, the
//! rest opened and encoded batch by batch, indexes built, then renamed into place. Stopping, failing or being killed at
//! any point leaves the old generation as it was, and costs one batch at most.

use std::{fs, path::Path, time::Instant};

use rayon::prelude::*;

pub use super::prepare::THUMBNAIL_SIDE;
use super::{
    current,
    generation::{About, Asked, Generation, Limits, Row},
    known::{Change, Known, Vectors},
    prepare::{Links, Looked, Prepared, absolute, look, problem},
};
use crate::{
    catalog::{
        Product,
        download::Downloads,
        feed::{self, Fault, Options, Rows},
    },
    encode::{Embedding, Encoders, Modality},
    error::{Error, Result},
    files::hex,
    language::Language,
    media::{self, clip::Clip, image::Picture},
    progress::{Progress, Stage},
    store::{
        Before, Problem,
        spool::{Leaving, Spool},
    },
};

/// Products decoded, encoded and committed together.
const BATCH: usize = 32;
/// Rows read and written together, and at most so much text, for one may be as long as a book.
const ROWS_TOGETHER: usize = 1_000;
const BYTES_TOGETHER: usize = 8 << 20;
/// Problems that the report holds itself; the collection keeps all.
pub const MOST_PROBLEMS: usize = 10_000;
/// Products named when some would leave.
const NAMED: usize = 5;

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    pub rows: usize,
    pub products: usize,
    /// Products that the collection did not have, that it has otherwise, that it has just so, and that it had.
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub removed: usize,
    /// Products that would have left and were kept, because some of the source could not be read.
    pub held: usize,
    /// Rows and parts of the source that could not be read and may name products.
    pub unread: usize,
    /// Products that were prepared and encoded, and those whose vectors were there already.
    pub encoded: usize,
    pub taken_over: usize,
    /// Products with text, with a picture, with a sound.
    pub coverage: [usize; 3],
    /// The first in the order of lines; the collection has all.
    pub problems: Vec<Problem>,
    pub problem_count: usize,
    /// Pictures and sounds on the web that did not come, and whether that was because no host was found at all.
    pub not_fetched: usize,
    pub offline: bool,
    pub seconds: f64,
}

impl ImportReport {
    /// What to do about pictures and sounds that did not come because nothing could; `None` when the web was there.
    pub fn say_offline(&self, language: Language) -> Option<String> {
        let count = self.not_fetched;
        let english = format!(
            "This computer seems to be offline: {count} pictures or sounds on the web were not fetched. Connect it and import again."
        );
        let chinese = format!("此电脑似乎没有联网：{count} 个网上的图片或声音没有下载。请联网后再导入。");
        self.offline.then(|| language.pick(english, chinese))
    }
}

/// Asked before products leave a collection; an error ends the import, [`Error::Cancelled`] without a word.
pub type Confirm<'a> = &'a dyn Fn(&Leaving) -> Result<()>;

/// Imports `source` as the new generation of the collection in `folder`. Pictures and sounds that have no file of their
/// own are kept in `media` beside the generations, unless `options` say another place.
///
/// # Errors
/// A source without a single good row, an encoder that fails, a folder that cannot be written, what `confirm` says, or
/// [`Error::Cancelled`]. What a row holds is never an error: it is in the report.
pub fn import(
    source: &Path,
    folder: &Path,
    options: &Options,
    encoders: &Encoders,
    confirm: Confirm<'_>,
    progress: &Progress,
) -> Result<ImportReport> {
    fs::metadata(source).map_err(|why| Error::unreadable(source, why))?;
    let new = !folder.exists();
    let imported = import_into(source, folder, options, encoders, confirm, progress);
    if new && imported.as_ref().is_err_and(|error| !matches!(error, Error::Busy { .. })) {
        // A folder that was made for nothing goes again; one with encoded batches stays.
        let _ = fs::remove_file(folder.join("writer.lock")).and_then(|()| fs::remove_dir(folder));
    }
    imported
}

fn import_into(
    source: &Path,
    folder: &Path,
    options: &Options,
    encoders: &Encoders,
    confirm: Confirm<'_>,
    progress: &Progress,
) -> Result<ImportReport> {
    let started = Instant::now();
    let mut report = ImportReport::default();
    let spaces = Modality::ALL.map(|facet| encoders.facet_spaces(facet).into_iter().map(str::to_owned).collect());
    // The folder is ours alone before anything is unpacked into it.
    let mut generation = Generation::create(folder, spaces.clone())?;
    let media = options.media.clone().unwrap_or_else(|| absolute(folder).join("media"));
    let downloads = Downloads::new(&media.join("web"), options.web.clone());
    let rows = feed::open_with(source, &Options { media: Some(media), ..options.clone() })?;
    let filled = (|| {
        let mut spool = read(source, rows, &generation, &mut report, progress)?;
        ask_leave(&mut spool, folder, confirm, &mut report, progress)?;
        if report.held > 0 {
            let held = Fault::Held { products: report.held, unread: report.unread };
            generation.tell(&[problem(0, "", &held)])?;
        }
        let known = Known::open(folder, encoders, &spaces)?;
        let input = Input { spool: &spool, known: &known, downloads: &downloads, encoders, progress };
        // Files that are open can be neither removed nor renamed everywhere: with this they are closed.
        build(input, &mut generation, &mut report)
    })();
    if let Some(path) = &options.report {
        // Why an import failed goes before why its report did.
        let written = generation.export_problems(path);
        filled?;
        written?;
    } else {
        filled?;
    }
    report.offline = downloads.is_offline();
    report.problem_count = generation.problem_count()?;
    report.problems = generation.problems(MOST_PROBLEMS)?;
    let about = About {
        bundle: encoders.id.clone(),
        source: absolute(source),
        source_sha256: fingerprint(source),
        asked: Asked::of(options),
        // The joint method needs one space for all that the bundle encodes.
        joint_space: if let [space] = encoders.spaces() { Some(space.clone()) } else { None },
    };
    generation.finish(about, &|part, facet| encoders.pair_space(part, facet), Limits::default(), progress)?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// All good rows into a spool; of several with one id the last. While some are written the next are read.
fn read(
    source: &Path,
    mut rows: Rows,
    generation: &Generation,
    report: &mut ImportReport,
    progress: &Progress,
) -> Result<Spool> {
    progress.begin(Stage::ReadingRows, 0);
    let mut spool = Spool::create(&generation.spool())?;
    let mut first = None;
    let mut together = some(&mut rows);
    while !together.is_empty() {
        let read = std::mem::take(&mut together);
        let (next, written) = rayon::join(
            || some(&mut rows),
            || -> Result<()> {
                let problems = write(read, &mut spool, report, progress)?;
                first = first.take().or_else(|| problems.iter().find(|problem| !problem.kept).cloned());
                generation.tell(&problems)
            },
        );
        written?;
        together = next;
    }
    spool.close()?;
    if spool.is_empty() {
        let Some(first) = first else { return Err(Error::NothingToImport { path: source.to_owned() }) };
        let first = Language::ALL.map(|language| first.say(language));
        return Err(Error::NoGoodRow { path: source.to_owned(), bad: generation.problem_count()?, first });
    }
    Ok(spool)
}

/// The next rows, few where they are long.
fn some(rows: &mut Rows) -> Vec<feed::Row> {
    let (mut some, mut bytes) = (Vec::new(), 0);
    while some.len() < ROWS_TOGETHER && bytes < BYTES_TOGETHER {
        let Some(row) = rows.next() else { break };
        if let Ok(product) = &row.product {
            let attributes = product.attributes.values().chain(product.reviews.iter().map(|review| &review.text));
            bytes += product.description.len() + product.description_zh.len() + product.title.len();
            bytes += attributes.map(String::len).sum::<usize>();
        }
        some.push(row);
    }
    some
}

/// Rows into the spool; gives what there is to tell of them.
fn write(
    rows: Vec<feed::Row>,
    spool: &mut Spool,
    report: &mut ImportReport,
    progress: &Progress,
) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for row in rows {
        progress.step()?;
        report.rows += usize::from(!row.product.as_ref().is_err_and(Fault::is_of_source));
        let line = row.line;
        let id = row.product.as_ref().map_or("", |product| product.id.as_str());
        problems.extend(row.remarks.iter().map(|fault| problem(line, id, fault)));
        match row.product.map(|product| (serde_json::to_string(&product), product)) {
            Err(fault) => {
                report.unread += usize::from(fault.hides_products());
                problems.push(problem(line, "", &fault));
            }
            // A path that is no text cannot be stored; such a file system is rare, and one row is no reason to stop.
            Ok((Err(_), Product { id, .. })) => {
                report.unread += 1;
                problems.push(problem(line, &id, &Fault::Broken("a path in it is no text".into())));
            }
            Ok((Ok(json), Product { id, .. })) => {
                if spool.add(line, &id, &json)? {
                    problems.push(problem(line, &id, &Fault::SameId(id.clone())));
                }
            }
        }
    }
    Ok(problems)
}

/// Asks before products of the generation in use are dropped. Where some of the source could not be read they are kept,
/// whatever the answer would be: they may stand there.
fn ask_leave(
    spool: &mut Spool,
    folder: &Path,
    confirm: Confirm<'_>,
    report: &mut ImportReport,
    progress: &Progress,
) -> Result<()> {
    let Ok(name) = current(folder) else { return Ok(()) };
    let older = folder.join(name).join("catalog.sqlite");
    if !older.exists() {
        return Ok(());
    }
    // A generation that cannot be read has nothing to lose that could be named.
    let Ok(leaving) = spool.leaving(&older, NAMED).inspect_err(|why| tracing::warn!("{why}")) else { return Ok(()) };
    if leaving.count > 0 && report.unread > 0 {
        spool.keep_leaving(&older)?;
        report.held = leaving.count;
        return progress.check();
    }
    report.removed = leaving.count;
    if leaving.count > 0 {
        progress.begin(Stage::Asking, 0);
        confirm(&leaving)?;
    }
    progress.check()
}

/// A batch whose files are open: what is known already and what has to be encoded, in the order of the feed.
#[derive(Default)]
struct Batch {
    known: Vec<(usize, Row, Vec<Problem>)>,
    fresh: Vec<(usize, Prepared)>,
    /// What the generation in use has of each product.
    before: Vec<Option<Before>>,
    not_fetched: usize,
}

/// What a batch is made with.
#[derive(Clone, Copy)]
struct Input<'a> {
    spool: &'a Spool,
    known: &'a Known,
    downloads: &'a Downloads,
    encoders: &'a Encoders,
    progress: &'a Progress,
}

fn build(input: Input<'_>, generation: &mut Generation, report: &mut ImportReport) -> Result<()> {
    let Input { spool, known, encoders, progress, .. } = input;
    progress.begin(Stage::Encoding, spool.len());
    let mut ready = gather(input, 0)?;
    for first in (0..spool.len()).step_by(BATCH) {
        // The next batch is opened while this one is encoded and written.
        let (next, done) = rayon::join(
            || gather(input, first + BATCH),
            || -> Result<()> {
                let mut batch = std::mem::take(&mut ready);
                let before = std::mem::take(&mut batch.before);
                report.not_fetched += std::mem::take(&mut batch.not_fetched);
                let (rows, problems) = encode(batch, known, encoders, report)?;
                generation.tell(&problems)?;
                for (row, before) in rows.iter().zip(before) {
                    *match Change::of(row, before.as_ref()) {
                        Change::New => &mut report.new,
                        Change::Changed => &mut report.changed,
                        Change::Unchanged => &mut report.unchanged,
                    } += 1;
                    progress.step()?;
                }
                generation.add(rows)
            },
        );
        done?;
        ready = next?;
    }
    report.products = generation.rows();
    report.coverage = generation.coverage();
    Ok(())
}

/// Reads, fetches and opens the batch that begins at a place.
fn gather(Input { spool, known, downloads, encoders, progress }: Input<'_>, first: usize) -> Result<Batch> {
    let mut rows = spool.rows(first, BATCH)?;
    let links = |product: &Product| -> Links {
        [product.named_pictures(), product.named_sounds()].map(|files| files.into_iter().map(Path::to_owned).collect())
    };
    let links: Vec<Links> = rows.iter().map(|(_, product)| links(product)).collect();
    for ((_, product), [pictures, sounds]) in rows.iter_mut().zip(&links) {
        // Of a product that is kept from before, what could not be opened then may be there now.
        (product.pictures, product.sounds) = (pictures.clone(), sounds.clone());
    }
    let mut told: Vec<Vec<Problem>> = vec![Vec::new(); rows.len()];
    let faults = downloads.bring(&mut rows, progress)?;
    let not_fetched = faults.len();
    for (place, fault) in faults {
        let (line, product) = &rows[place];
        told[place].push(problem(*line, &product.id, &fault));
    }
    let looked: Vec<Looked> = rows
        .into_par_iter()
        .zip(links)
        .zip(told)
        .map(|(((line, product), links), problems)| look(line, product, links, problems, encoders))
        .collect();
    let (mut batch, mut fresh) = (Batch { not_fetched, ..Batch::default() }, Vec::new());
    for (place, looked) in looked.into_iter().enumerate() {
        let before = known.before(&looked.product.id)?;
        let found = known.get(&looked.made_of, before.as_ref())?;
        batch.before.push(before);
        match found {
            Some((thumbnail, vectors)) => {
                let Looked { product, made_of, problems, .. } = looked;
                batch.known.push((place, Row { product, thumbnail, vectors, made_of: Some(made_of) }, problems));
            }
            None => fresh.push((place, looked)),
        }
    }
    batch.fresh = fresh.into_par_iter().map(|(place, looked)| (place, looked.prepare(encoders))).collect();
    Ok(batch)
}

/// Encodes what is fresh in a batch, commits it, and brings all into the order of the feed.
fn encode(
    batch: Batch,
    known: &Known,
    encoders: &Encoders,
    report: &mut ImportReport,
) -> Result<(Vec<Row>, Vec<Problem>)> {
    let (places, fresh): (Vec<usize>, Vec<Prepared>) = batch.fresh.into_iter().unzip();
    report.encoded += fresh.len();
    report.taken_over += batch.known.len();
    let (vectors, refused) = encode_fresh(&fresh, encoders)?;
    let mut problems = Vec::new();
    let mut rows = Vec::with_capacity(fresh.len());
    for ((prepared, vectors), refused) in fresh.into_iter().zip(vectors).zip(refused) {
        // What an encoder refuses is told at every import.
        let made_of = prepared.made_of.filter(|_| refused.is_empty());
        problems.extend(refused);
        problems.extend(prepared.problems);
        rows.push(Row { product: prepared.product, thumbnail: prepared.thumbnail, vectors, made_of });
    }
    known.keep(&rows)?;
    let mut all: Vec<(usize, Row)> = places.into_iter().zip(rows).collect();
    for (place, row, told) in batch.known {
        all.push((place, row));
        problems.extend(told);
    }
    all.sort_by_key(|(place, _)| *place);
    Ok((all.into_iter().map(|(_, row)| row).collect(), problems))
}

/// The sha256 of a feed file, or of the feed inside a folder; `None` for a folder of media.
pub fn fingerprint(source: &Path) -> Option<String> {
    let feed = if source.is_dir() { feed::feed_inside(source).ok()?? } else { source.to_owned() };
    Some(hex(&media::sha256(&feed).ok()?))
}

/// The three facets of each product of a batch, each with a vector a space, and what of it could not be encoded. Of several
/// texts, pictures or sounds of one product the mean.
fn encode_fresh(batch: &[Prepared], encoders: &Encoders) -> Result<(Vec<Vectors>, Vec<Vec<Problem>>)> {
    let mut problems = vec![Vec::new(); batch.len()];
    let mut facets: Vec<Vectors> = batch.iter().map(|_| Default::default()).collect();
    let mut add = |modality: Modality, vectors: Vec<Option<Embedding>>| {
        facets.iter_mut().zip(vectors).for_each(|(facets, vector)| facets[modality.index()].push(vector));
    };
    for space in encoders.facet_spaces(Modality::Text) {
        let encode = |inputs: &[&str]| in_company(inputs, |inputs| encoders.text_in(space, inputs));
        add(Modality::Text, facet(batch, Prepared::texts, encode, &mut problems)?);
    }
    for space in encoders.facet_spaces(Modality::Image) {
        let encode = |inputs: &[&Picture]| in_company(inputs, |inputs| encoders.image_in(space, inputs));
        add(Modality::Image, facet(batch, Prepared::pictures, encode, &mut problems)?);
    }
    for space in encoders.facet_spaces(Modality::Audio) {
        let encode = |inputs: &[&Clip]| encoders.audio_in(space, inputs);
        add(Modality::Audio, facet(batch, Prepared::clips, encode, &mut problems)?);
    }
    Ok((facets, problems))
}

/// Encodes one that is alone beside itself: a runtime may give it other last bits than in company, and what is encoded after
/// a stop is to be what it would have been without. Sounds are encoded one by one anyway.
fn in_company<I: ?Sized>(inputs: &[&I], encode: impl Fn(&[&I]) -> Result<Vec<Embedding>>) -> Result<Vec<Embedding>> {
    let &[only] = inputs else { return encode(inputs) };
    let mut vectors = encode(&[only, only])?;
    vectors.truncate(1);
    Ok(vectors)
}

/// One facet of a batch: all inputs together, and one by one only when that fails, so that a single bad sound costs
/// itself and not the import.
fn facet<'a, I: ?Sized + 'a>(
    batch: &'a [Prepared],
    inputs: impl Fn(&'a Prepared) -> Vec<&'a I>,
    encode: impl Fn(&[&I]) -> Result<Vec<Embedding>>,
    problems: &mut [Vec<Problem>],
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
    for ((item, inputs), problems) in batch.iter().zip(&wanted).zip(problems) {
        let mut good = Vec::new();
        for vector in vectors.by_ref().take(inputs.len()) {
            match vector {
                Ok(vector) => good.push(vector),
                Err(error) if of_one_input(&error) => {
                    let problem = problem(item.line, &item.product.id, &Fault::Media(error));
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
