//! Search: a query's parts are encoded once, compared with every facet they share a space with, and from then on every
//! slider move only re-weights the kept cosines.

pub mod fusion;
pub mod query;

pub use fusion::{Found, Hit, Policy, Score, Weights};
pub use query::{Part, Query};

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
            let modality = part.modality();
            let embedding = encode(encoders, &part)?;
            progress.check()?;
            let facets = Modality::ALL.into_iter().filter(|facet| encoders.space(*facet) == encoders.space(modality));
            let pairs = facets.filter_map(|facet| compare(collection, modality, facet, &embedding)).collect();
            found.extend(part, pairs);
        }
        progress.step()?;
    }
    Ok(found)
}

/// The unit vector of one query part.
pub fn encode(encoders: &Encoders, part: &Part) -> Result<Embedding> {
    let mut vectors = match part {
        Part::Text(text) => encoders.text(&[text.as_str()])?,
        Part::Image(picture) => encoders.image(&[picture])?,
        Part::Audio(clip) => encoders.audio(&[clip])?,
    };
    let why = "it gave no vector".into();
    vectors.pop().ok_or(Error::Encoder { modality: part.modality().name(), why })
}

fn compare(collection: &Collection, part: Modality, facet: Modality, query: &Embedding) -> Option<fusion::Pair> {
    let matrix = collection.matrix(facet).filter(|matrix| matrix.dim() == query.values().len())?;
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
