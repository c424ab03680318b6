//! Search: a query's parts are encoded once a space, compared with every facet they share one with, and from then on every
//! slider move only re-weights the kept cosines.

pub mod arrange;
pub mod explain;
pub mod facets;
pub mod filter;
pub mod fusion;
mod paint;
pub mod pair;
pub mod plan;
pub mod query;
mod score;
pub mod sort;
pub mod weights;

use std::sync::Arc;

pub use arrange::Arrangement;
pub use explain::Swap;
pub use facets::FacetCounts;
pub use filter::Filter;
pub use fusion::{Found, Hit, Score};
pub use pair::Pair;
pub use plan::Plan;
pub use query::{Content, Part, Query, Weighted};
pub use sort::Sort;
pub use weights::{Channel, Method, Normalisation, Policy, Slider, Weights};

use crate::{
    collection::{Calibration, Collection, calibration::Background},
    encode::{Embedding, Encoders, Modality},
    error::{Error, Result},
    index::{
        RowSet,
        exact::{self, Cosines},
    },
    progress::{Progress, Stage},
};

/// Encodes the parts of `query` that have a weight above 0 and compares them with all facets.
///
/// `earlier` may be what an earlier search of the same query found: its parts are taken over and not encoded again.
/// `paint` is shown the best products before the scan of a very large collection is through; see [`paint`].
///
/// # Errors
/// [`Error::EmptyQuery`] without a part, [`Error::NoWeight`] when every part's weight is 0, and what the encoders say.
pub fn search(
    collection: &Collection,
    encoders: &Encoders,
    query: &Query,
    weights: &Weights,
    earlier: Option<&Found>,
    paint: Option<Paint>,
    progress: &Progress,
) -> Result<Found> {
    collection.check_bundle(encoders)?;
    let parts = query.parts();
    if parts.is_empty() {
        return Err(Error::EmptyQuery);
    }
    let wanted: Vec<Part> = parts.into_iter().filter(|part| weights.part(part.modality()) > 0.0).collect();
    if wanted.is_empty() {
        return Err(Error::NoWeight);
    }
    progress.begin(Stage::Searching, wanted.len());
    let known: Vec<_> = wanted.iter().map(|part| earlier.and_then(|earlier| earlier.pairs_of(part))).collect();
    let new: Vec<&Part> =
        wanted.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(part, _)| part).collect();
    let vectors = vectors(collection, encoders, &new, progress)?;
    let words = new.iter().map(|part| words(collection, part)).collect::<Result<Vec<_>>>()?;
    if let Some(mut paint) = paint.filter(|_| known.iter().all(Option::is_none)) {
        paint_first(collection, encoders, &new, (&vectors, &words), weights, &mut paint);
        progress.check()?;
    }
    let mut new = pairs(collection, encoders, &new, &vectors, progress)?;
    new.iter_mut().zip(words).for_each(|(pairs, words)| pairs.extend(words));
    let mut new = new.into_iter();
    let mut found = Found::new(collection.len());
    found.name(named(collection, &wanted)?);
    for (part, known) in wanted.into_iter().zip(known) {
        let pairs = known.or_else(|| new.next()).unwrap_or_default();
        found.extend(part, pairs);
    }
    progress.check()?;
    found.prepare(collection, weights);
    Ok(found)
}

/// One part's vector in one space.
struct Vector<'a> {
    part: usize,
    space: &'a str,
    embedding: Embedding,
}

/// Shows the first paint: how many products of which rows, and to whom.
pub struct Paint<'a> {
    pub count: usize,
    pub filter: Option<&'a RowSet>,
    pub show: &'a mut dyn FnMut(Vec<Hit>),
}

fn paint_first(
    collection: &Collection,
    encoders: &Encoders,
    parts: &[&Part],
    (vectors, words): (&[Vector], &[Option<Arc<Pair>>]),
    weights: &Weights,
    paint: &mut Paint,
) {
    let counts = |part: &Part| f64::from(weights.part(part.modality())) * part.share(parts.iter().copied());
    let mut evidence = Vec::new();
    for vector in vectors {
        let modality = parts[vector.part].modality();
        let weight = counts(parts[vector.part]);
        for facet in Modality::ALL {
            let meets = encoders.pair_space(modality, facet) == Some(vector.space);
            let background = collection.manifest.calibration.get(modality, facet);
            if let Some(background) = background.filter(|_| meets) {
                let (space, query) = (vector.space, &vector.embedding);
                evidence.push(paint::Evidence { weight, facet, space, query, background });
            }
        }
    }
    let words = parts.iter().zip(words).filter_map(|(part, words)| Some((counts(part), &**words.as_ref()?)));
    let words: Vec<(f64, &Pair)> = words.collect();
    if let Some(hits) = paint::first_paint(collection, weights, (&evidence, &words), paint.filter, paint.count) {
        (paint.show)(hits);
    }
}

/// The BM25 of a text part's words for every product; `None` for pictures and sounds.
fn words(collection: &Collection, part: &Part) -> Result<Option<Arc<Pair>>> {
    let (Content::Text(text), Some(keyword)) = (&part.content, collection.keyword()) else { return Ok(None) };
    let Some(background) = collection.manifest.keyword else { return Ok(None) };
    Ok(Some(Arc::new(Pair::words(collection.len(), &keyword.scores(text)?, background))))
}

/// Rows whose own number is what was typed.
fn named(collection: &Collection, parts: &[Part]) -> Result<Vec<usize>> {
    let Some(keyword) = collection.keyword() else { return Ok(Vec::new()) };
    let typed = parts.iter().filter(|part| part.weight() > 0.0).find_map(|part| match &part.content {
        Content::Text(text) => Some(text),
        _ => None,
    });
    let rows = typed.map(|text| keyword.exact(text)).transpose()?.unwrap_or_default();
    let mut rows: Vec<usize> = rows.into_iter().map(|row| row as usize).collect();
    rows.sort_unstable_by_key(|row| collection.id_order()[*row]);
    Ok(rows)
}

/// Encodes each part once a space that it meets a facet in.
fn vectors<'a>(
    collection: &Collection,
    encoders: &'a Encoders,
    parts: &[&Part],
    progress: &Progress,
) -> Result<Vec<Vector<'a>>> {
    let mut vectors: Vec<Vector> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let modality = part.modality();
        let own = encoders.space(modality).ok_or(Error::NoEncoder { modality: modality.name() })?;
        for facet in Modality::ALL {
            let Some(space) = encoders.pair_space(modality, facet) else { continue };
            let known = vectors.iter().any(|known| known.part == number && known.space == space);
            // The own space is looked at even where no product can be found by it, so that bad input is told.
            if !known && (space == own || collection.matrix_in(facet, space).is_some()) {
                vectors.push(Vector { part: number, space, embedding: encode_in(encoders, part, space)? });
                progress.check()?;
            }
        }
        progress.step()?;
    }
    Ok(vectors)
}

/// The pairs of each part with every facet that it shares a space with. A facet is read once for all parts.
fn pairs(
    collection: &Collection,
    encoders: &Encoders,
    parts: &[&Part],
    vectors: &[Vector],
    progress: &Progress,
) -> Result<Vec<Vec<Arc<Pair>>>> {
    let mut pairs: Vec<Vec<Arc<Pair>>> = parts.iter().map(|_| Vec::new()).collect();
    for facet in Modality::ALL {
        for space in encoders.facet_spaces(facet) {
            let Some(matrix) = collection.matrix_in(facet, space) else { continue };
            let meets = |vector: &&Vector| {
                let modality = parts[vector.part].modality();
                vector.space == space
                    && encoders.pair_space(modality, facet) == Some(space)
                    && vector.embedding.values().len() == matrix.dim()
            };
            let meeting: Vec<&Vector> = vectors.iter().filter(meets).collect();
            let queries: Vec<&Embedding> = meeting.iter().map(|vector| &vector.embedding).collect();
            let tables = exact::compare(matrix, collection.codes_in(facet, space), &queries);
            progress.check()?;
            for (vector, cosines) in meeting.into_iter().zip(tables) {
                let part = parts[vector.part].modality();
                let background = background(&collection.manifest.calibration, part, facet, &cosines);
                let query = Some((space.to_owned(), vector.embedding.clone()));
                let pair = Pair::scanned(Channel::Facet(facet), cosines, background, query);
                pairs[vector.part].push(Arc::new(pair));
            }
        }
    }
    Ok(pairs)
}

/// The unit vector of one query part in its first space.
pub fn encode(encoders: &Encoders, part: &Part) -> Result<Embedding> {
    let modality = part.modality();
    let space = encoders.space(modality).ok_or(Error::NoEncoder { modality: modality.name() })?;
    encode_in(encoders, part, space)
}

fn encode_in(encoders: &Encoders, part: &Part, space: &str) -> Result<Embedding> {
    let mut vectors = match &part.content {
        Content::Text(text) => encoders.text_in(space, &[text.as_str()])?,
        Content::Image(picture) => encoders.image_in(space, &[picture])?,
        Content::Audio(clip) => encoders.audio_in(space, &[clip])?,
    };
    let why = "it gave no vector".into();
    vectors.pop().ok_or(Error::Encoder { modality: part.modality().name(), why })
}

/// The collection's calibration of a pair; where no product has the query's modality to stand in for a query, the
/// query's own cosines are the background.
fn background(calibration: &Calibration, part: Modality, facet: Modality, cosines: &Cosines) -> Background {
    let own = || Background::of(cosines.values.iter().copied().filter(|cosine| *cosine > exact::MISSING));
    calibration.get(part, facet).or_else(own).unwrap_or(Background::RAW)
}
