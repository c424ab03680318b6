//! The fusion: F = alpha·text + beta·image + gamma·audio, made honest. Each pair of query part and product facet has
//! a calibrated cosine; a product's score is their weighted mean, and the parts shown add up to it.
//!
//! A slider move goes over one kept number a pair and product, finds the candidates, and scores those in full. Where the
//! kept numbers may be off, so many candidates are taken that no other product can belong among the best: the order shown
//! is the exact one.

use std::{cmp::Ordering, sync::Arc};

use serde::Serialize;

use super::{
    pair::Pair,
    query::Part,
    score::Scorer,
    weights::{Channel, Weights},
};
use crate::{collection::Collection, encode::Modality, error::Result, index::RowSet};

/// More products than this of one number are no single thing.
const MOST_NAMED: usize = 24;

/// Everything that a search found: the cosine of every pair for every product. A slider move needs nothing else.
#[derive(Debug, Clone, Default)]
pub struct Found {
    rows: usize,
    pub(super) parts: Vec<(Part, Vec<Arc<Pair>>)>,
    /// Rows whose own number was typed, in the order of ids.
    named: Vec<usize>,
}

/// One place of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub row: usize,
    /// For the weighted sum 0 is as good as an unrelated product; higher is better under every method.
    pub score: f32,
    /// Its own number was typed, so it comes first whatever its score.
    pub named: bool,
    /// Near duplicates that stand behind it.
    pub alike: u32,
}

impl Hit {
    /// A row without a score, as in browsing.
    pub fn of(row: usize) -> Self {
        Self { row, score: 0.0, named: false, alike: 0 }
    }
}

/// What one pair adds to a product's score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// Which part of the query, counted from 0.
    #[serde(rename = "query_part")]
    pub number: usize,
    pub part: Modality,
    #[serde(rename = "facet")]
    pub channel: Channel,
    /// Raw cosine, or BM25 for words; `None` when the product lacks the facet.
    pub cosine: Option<f32>,
    /// The cosine after normalisation, such as standard deviations above the background; under `rrf` `1 / (k + rank)`;
    /// 0 for a missing facet.
    #[serde(rename = "calibrated")]
    pub value: f32,
    /// This pair's share of all weights in play; negative for a part that is to be unlike. Under `joint_vector` divided by
    /// the lengths of the two mean vectors.
    pub weight: f32,
    /// `value * weight`; these add up to the hit's score.
    pub contribution: f32,
    /// Place of the product in this pair's own order, from 1; `None` when it lacks the facet.
    pub rank: Option<usize>,
}

impl Found {
    pub fn new(rows: usize) -> Self {
        Self { rows, parts: Vec::new(), named: Vec::new() }
    }

    pub fn extend(&mut self, part: Part, pairs: Vec<Arc<Pair>>) {
        self.parts.push((part, pairs));
    }

    /// Puts these rows first in every order that words count in. What many products are numbered names none of them.
    pub fn name(&mut self, rows: Vec<usize>) {
        self.named = if rows.len() <= MOST_NAMED { rows } else { Vec::new() };
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The pairs of a part that has been encoded already.
    pub fn pairs_of(&self, part: &Part) -> Option<Vec<Arc<Pair>>> {
        self.parts.iter().find(|(known, _)| known.same_content(part)).map(|(_, pairs)| pairs.clone())
    }

    /// The parts that were encoded.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(|(part, _)| part)
    }

    /// Each part with its pairs.
    pub fn evidence(&self) -> impl Iterator<Item = (&Part, &[Arc<Pair>])> {
        self.parts.iter().map(|(part, pairs)| (part, pairs.as_slice()))
    }

    /// Rows whose own number was typed, in the order of ids.
    pub fn named(&self) -> &[usize] {
        &self.named
    }

    /// Whether these weights ask for what the search left out: a wanted modality whose weight was 0, or what takes longer
    /// than a frame to find out.
    pub fn lacks(&self, wanted: impl Fn(Modality) -> bool, weights: &Weights) -> bool {
        let known = |modality| self.parts().any(|part| part.modality() == modality);
        let lacks = |modality| wanted(modality) && weights.part(modality) > 0.0 && !known(modality);
        Modality::ALL.into_iter().any(lacks) || !self.is_prepared(weights)
    }

    /// Whether an order under these weights takes no longer than a slider move.
    pub fn is_prepared(&self, weights: &Weights) -> bool {
        self.pairs().all(|pair| pair.is_prepared(weights))
    }

    /// All pairs, part by part.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.parts.iter().flat_map(|(_, pairs)| pairs).map(|pair| &**pair)
    }

    /// Takes the time now that the first order under these weights would take otherwise; for pairs without a weight too,
    /// whose slider may move next.
    pub fn prepare(&self, collection: &Collection, weights: &Weights) {
        self.pairs().for_each(|pair| pair.prepare(collection, weights));
    }

    /// The best `count` products under these weights, of those in `filter` where there is one; ties break by product id.
    ///
    /// # Errors
    /// [`NoWeight`](crate::error::Error::NoWeight) when no pair has a weight above 0.
    pub fn rank(
        &self,
        collection: &Collection,
        weights: &Weights,
        filter: Option<&RowSet>,
        count: usize,
    ) -> Result<Vec<Hit>> {
        let scorer = Scorer::new(self, collection, weights)?;
        let mut hits = scorer.best(count, filter);
        let typed = weights.channel(Channel::Keyword) > 0.0 && weights.part(Modality::Text) > 0.0;
        if typed && !self.named.is_empty() {
            let allowed = |row: &&usize| filter.is_none_or(|filter| filter.contains(**row));
            let named = self.named.iter().filter(allowed);
            let named: Vec<Hit> = named
                .map(|row| Hit { score: scorer.score(*row).unwrap_or(0.0) as f32, named: true, ..Hit::of(*row) })
                .collect();
            hits.retain(|hit| !named.iter().any(|first| first.row == hit.row));
            hits.splice(0..0, named);
            hits.truncate(count);
        }
        Ok(hits)
    }

    /// The score that the best of as many unrelated products would reach: a hit below it is no better than chance.
    /// `None` under a method whose scores tell places only.
    pub fn cut_off(&self, collection: &Collection, weights: &Weights) -> Option<f32> {
        Scorer::new(self, collection, weights).ok()?.cut_off()
    }

    /// The parts of one product's score, in the order of the query's parts and of the facets.
    pub fn explain(&self, collection: &Collection, row: usize, weights: &Weights) -> Vec<Score> {
        Scorer::new(self, collection, weights).map_or_else(|_| Vec::new(), |scorer| scorer.parts(row))
    }
}

/// Best first, then by product id.
pub(super) fn order(collection: &Collection) -> impl Fn(&Hit, &Hit) -> Ordering {
    let ids = collection.id_order();
    move |a, b| match b.score.total_cmp(&a.score) {
        Ordering::Equal => ids[a.row].cmp(&ids[b.row]),
        other => other,
    }
}
