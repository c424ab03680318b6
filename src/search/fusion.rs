//! The fusion: F = alpha·text + beta·image + gamma·audio, made honest. Each pair of query part and product facet has
//! a calibrated cosine; a product's score is their weighted mean, and the parts shown add up to it.

use std::{cmp::Ordering, sync::Arc};

use serde::{Deserialize, Serialize};

use super::query::Part;
use crate::{
    collection::{Collection, calibration::Background},
    encode::Modality,
    error::{Error, Result},
    index::exact::MISSING,
};

/// How much each query part and each product facet counts. Only ratios matter; 0 leaves a part or facet out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Raw")]
pub struct Weights {
    /// alpha, beta, gamma: query text, images, audio.
    parts: [f32; 3],
    /// Match against the product's text, pictures, sound.
    facets: [f32; 3],
    pub policy: Policy,
}

/// What a product without a facet gets there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The calibrated 0, as good as an unrelated product.
    #[default]
    Neutral,
    /// Nothing: its score is the mean over the pairs it has.
    Renormalise,
}

/// Weights as a file has them, before they are cleaned.
#[derive(Deserialize)]
struct Raw {
    parts: [f32; 3],
    facets: [f32; 3],
    #[serde(default)]
    policy: Policy,
}

impl From<Raw> for Weights {
    fn from(raw: Raw) -> Self {
        Self::new(raw.parts, raw.facets, raw.policy)
    }
}

impl Default for Weights {
    /// Sounds count less: few products have one, and for a written query the sound facet is the least certain (on the
    /// sample catalog "colour kind" queries lead with the right product 90 % of the time without it, 87 % at 0.25 and
    /// 83 % at 0.5).
    fn default() -> Self {
        Self { parts: [1.0; 3], facets: [1.0, 1.0, 0.25], policy: Policy::Neutral }
    }
}

impl Weights {
    /// Negative and non-finite weights become 0.
    pub fn new(parts: [f32; 3], facets: [f32; 3], policy: Policy) -> Self {
        Self { parts: parts.map(clean), facets: facets.map(clean), policy }
    }

    pub fn part(&self, modality: Modality) -> f32 {
        self.parts[modality.index()]
    }

    pub fn facet(&self, modality: Modality) -> f32 {
        self.facets[modality.index()]
    }

    pub fn set_part(&mut self, modality: Modality, weight: f32) {
        self.parts[modality.index()] = clean(weight);
    }

    pub fn set_facet(&mut self, modality: Modality, weight: f32) {
        self.facets[modality.index()] = clean(weight);
    }
}

fn clean(weight: f32) -> f32 {
    if weight.is_finite() { weight.max(0.0) } else { 0.0 }
}

/// The cosines of one query part with one facet of every product.
#[derive(Debug, Clone)]
pub struct Pair {
    pub facet: Modality,
    /// One a row, [`MISSING`] where the product lacks the facet.
    pub cosines: Arc<[f32]>,
    pub background: Background,
}

/// Everything that a search found: the cosine of every pair for every product. A slider move needs nothing else.
#[derive(Debug, Clone, Default)]
pub struct Found {
    rows: usize,
    parts: Vec<(Part, Vec<Pair>)>,
}

/// One place of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub row: usize,
    /// Calibrated weighted mean: 0 is as good as an unrelated product, higher is better.
    pub score: f32,
}

/// What one pair adds to a product's score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Which part of the query, counted from 0.
    #[serde(rename = "query_part")]
    pub number: usize,
    pub part: Modality,
    pub facet: Modality,
    /// Raw cosine, `None` when the product lacks the facet.
    pub cosine: Option<f32>,
    /// Standard deviations above the background; 0 for a missing facet.
    pub calibrated: f32,
    /// This pair's share of all weights in play, 0..=1.
    pub weight: f32,
    /// `calibrated * weight`; these add up to the hit's score.
    pub contribution: f32,
    /// Place of the product in this pair's own order, from 1; `None` when it lacks the facet.
    pub rank: Option<usize>,
}

impl Found {
    pub fn new(rows: usize) -> Self {
        Self { rows, parts: Vec::new() }
    }

    pub fn extend(&mut self, part: Part, pairs: Vec<Pair>) {
        self.parts.push((part, pairs));
    }

    /// The pairs of a part that has been encoded already.
    pub fn pairs_of(&self, part: &Part) -> Option<Vec<Pair>> {
        self.parts.iter().find(|(known, _)| known == part).map(|(_, pairs)| pairs.clone())
    }

    /// The parts that were encoded.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(|(part, _)| part)
    }

    /// Whether these weights ask for a part that was left out because its weight was 0.
    pub fn lacks(&self, wanted: &[Part], weights: &Weights) -> bool {
        wanted.iter().any(|part| weights.part(part.modality()) > 0.0 && !self.parts().any(|known| known == part))
    }

    /// The pairs in play with their share of the weight, which add up to 1.
    fn shares(&self, weights: &Weights) -> Vec<(usize, &Pair, f64)> {
        let of_modality = |modality| self.parts().filter(|part| part.modality() == modality).count() as f64;
        let mut shares = Vec::new();
        for (number, (part, pairs)) in self.parts.iter().enumerate() {
            let modality = part.modality();
            // Several pictures share the weight of the picture slider.
            let part_weight = f64::from(weights.part(modality)) / of_modality(modality);
            let weighted = pairs.iter().map(|pair| (number, pair, part_weight * f64::from(weights.facet(pair.facet))));
            shares.extend(weighted.filter(|(_, _, weight)| *weight > 0.0));
        }
        let sum: f64 = shares.iter().map(|(_, _, weight)| weight).sum();
        shares.iter_mut().for_each(|(_, _, weight)| *weight /= sum);
        shares
    }

    /// The best `count` products under these weights; ties break by product id.
    ///
    /// # Errors
    /// [`Error::NoWeight`] when no pair has a weight above 0.
    pub fn rank(&self, collection: &Collection, weights: &Weights, count: usize) -> Result<Vec<Hit>> {
        self.rank_by(weights, count, |row| collection.id_order()[row])
    }

    fn rank_by(&self, weights: &Weights, count: usize, tie: impl Fn(usize) -> u32) -> Result<Vec<Hit>> {
        let shares = self.shares(weights);
        if shares.is_empty() {
            return Err(Error::NoWeight);
        }
        let mut hits: Vec<Hit> = (0..self.rows)
            .filter_map(|row| Some(Hit { row, score: score(&shares, row, weights.policy)? as f32 }))
            .collect();
        let order = |a: &Hit, b: &Hit| match b.score.total_cmp(&a.score) {
            Ordering::Equal => tie(a.row).cmp(&tie(b.row)),
            other => other,
        };
        if count < hits.len() {
            hits.select_nth_unstable_by(count, order);
            hits.truncate(count);
        }
        hits.sort_unstable_by(order);
        Ok(hits)
    }

    /// The parts of one product's score, in the order of the query's parts and of the facets.
    pub fn explain(&self, row: usize, weights: &Weights) -> Vec<Score> {
        let shares = self.shares(weights);
        let present = |pair: &Pair| pair.cosines[row] > MISSING;
        let in_play: f64 = match weights.policy {
            Policy::Neutral => 1.0,
            Policy::Renormalise => shares.iter().filter(|(_, pair, _)| present(pair)).map(|(_, _, w)| w).sum(),
        };
        let explain = |(number, pair, weight): &(usize, &Pair, f64)| {
            let cosine = present(pair).then(|| pair.cosines[row]);
            let calibrated = cosine.map_or(0.0, |cosine| pair.background.calibrate(cosine));
            let share = if weights.policy == Policy::Renormalise && cosine.is_none() { 0.0 } else { weight / in_play };
            Score {
                number: *number,
                part: self.parts[*number].0.modality(),
                facet: pair.facet,
                cosine,
                calibrated,
                weight: share as f32,
                contribution: (f64::from(calibrated) * share) as f32,
                rank: cosine.map(|cosine| 1 + pair.cosines.iter().filter(|other| **other > cosine).count()),
            }
        };
        shares.iter().map(explain).collect()
    }
}

/// One product's score; `None` when it has no pair in play at all and the policy is to renormalise.
fn score(shares: &[(usize, &Pair, f64)], row: usize, policy: Policy) -> Option<f64> {
    let (mut sum, mut in_play) = (0.0, 0.0);
    for (_, pair, weight) in shares {
        let cosine = pair.cosines[row];
        if cosine > MISSING {
            sum += weight * f64::from(pair.background.calibrate(cosine));
            in_play += weight;
        }
    }
    match policy {
        Policy::Neutral => Some(sum),
        Policy::Renormalise => (in_play > 0.0).then(|| sum / in_play),
    }
}
