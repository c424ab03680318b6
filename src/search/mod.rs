//! Search: a query's parts are encoded once a space, compared with every facet they share one with, and from then on every
//! slider move only re-weights the kept cosines.

pub mod facets;
pub mod filter;
pub mod fusion;
pub mod query;
pub mod sort;

pub use facets::FacetCounts;
pub use filter::Filter;
pub use fusion::{Found, Hit, Policy, Score, Weights};
pub use query::{Part, Query};
pub use sort::Sort;

use crate::{
    collection::{Calibration, Collection, calibration::Background},
    encode::{Embedding, Encoders, Modality},
    error::{Error, Result},
    index::exact,
    progress::{Progress, Stage},
};

/// Encodes the parts of `query` that have a weight above 0 and compares them with all facets.
///
/// `earlier` may be what an earlier search of the same query found: its parts are taken over and not encoded again.
///
/// # Errors
/// [`Error::EmptyQuery`] without a part, [`Error::NoWeight`] when every part's weight is 0, and what the encoders say.
pub fn search(
    collection: &Collection,
    encoders: &Encoders,
    query: &Query,
    weights: &Weights,
    earlier: Option<&Found>,
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
    let mut found = Found::new(collection.products().len());
    for part in wanted {
        if let Some(pairs) = earlier.and_then(|earlier| earlier.pairs_of(&part)) {
            found.extend(part, pairs);
        } else {
            let pairs = pairs(collection, encoders, &part, progress)?;
            found.extend(part, pairs);
        }
        progress.step()?;
    }
    Ok(found)
}

/// The pairs of a part with every facet that it shares a space with; the part is encoded once a space.
fn pairs(collection: &Collection, encoders: &Encoders, part: &Part, progress: &Progress) -> Result<Vec<fusion::Pair>> {
    let modality = part.modality();
    let own = encoders.space(modality).ok_or(Error::NoEncoder { modality: modality.name() })?;
    let meeting = |facet| Some((facet, encoders.pair_space(modality, facet)?));
    let meetings = || Modality::ALL.into_iter().filter_map(meeting);
    let mut vectors: Vec<(&str, Embedding)> = Vec::new();
    for (facet, space) in meetings() {
        let known = vectors.iter().any(|(known, _)| *known == space);
        // The own space is looked at even where no product can be found by it, so that bad input is told.
        if !known && (space == own || collection.matrix_in(facet, space).is_some()) {
            vectors.push((space, encode_in(encoders, part, space)?));
            progress.check()?;
        }
    }
    let pair = |(facet, space)| {
        let (_, vector) = vectors.iter().find(|(known, _)| *known == space)?;
        compare(collection, modality, facet, space, vector)
    };
    Ok(meetings().filter_map(pair).collect())
}

/// The unit vector of one query part in its first space.
pub fn encode(encoders: &Encoders, part: &Part) -> Result<Embedding> {
    let modality = part.modality();
    let space = encoders.space(modality).ok_or(Error::NoEncoder { modality: modality.name() })?;
    encode_in(encoders, part, space)
}

fn encode_in(encoders: &Encoders, part: &Part, space: &str) -> Result<Embedding> {
    let mut vectors = match part {
        Part::Text(text) => encoders.text_in(space, &[text.as_str()])?,
        Part::Image(picture) => encoders.image_in(space, &[picture])?,
        Part::Audio(clip) => encoders.audio_in(space, &[clip])?,
    };
    let why = "it gave no vector".into();
    vectors.pop().ok_or(Error::Encoder { modality: part.modality().name(), why })
}

fn compare(
    collection: &Collection,
    part: Modality,
    facet: Modality,
    space: &str,
    query: &Embedding,
) -> Option<fusion::Pair> {
    let matrix = collection.matrix_in(facet, space).filter(|matrix| matrix.dim() == query.values().len())?;
    let cosines = exact::cosines(matrix, query);
    let background = background(&collection.manifest.calibration, part, facet, &cosines);
    Some(fusion::Pair { facet, cosines: cosines.into(), background })
}

/// The collection's calibration of a pair; where no product has the query's modality to stand in for a query, the
/// query's own cosines are the background.
fn background(calibration: &Calibration, part: Modality, facet: Modality, cosines: &[f32]) -> Background {
    let own = || Background::of(cosines.iter().copied().filter(|cosine| *cosine > exact::MISSING));
    calibration.get(part, facet).or_else(own).unwrap_or(Background { mean: 0.0, sd: 1.0 })
}
