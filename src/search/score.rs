//! Scores under given weights: roughly and fast for every product, exactly for a few, so that the best are found without
//! scoring all in full.

use rayon::prelude::*;

use super::{
    fusion::{Found, Hit, Score, order},
    pair::Pair,
    weights::{Channel, Method, Policy, Weights},
};
use crate::{
    collection::{Collection, crossings::CROSSINGS},
    encode::Modality,
    error::{Error, Result},
    index::{RowSet, exact::MISSING, simd::wide},
};

/// Products scored together while the numbers are in the nearest cache, a whole number of 64 row words.
const CHUNK: usize = 2048;
/// Below this many products threads cost more than they save.
const PARALLEL_FROM: usize = 32_768;
/// Chunks that one thread takes at least.
const CHUNKS_A_THREAD: usize = 16;
/// A filter that leaves this few products is answered by scoring each of them in full.
pub(super) const FEW: usize = 4096;
/// Rounding of 32 bit sums, relative to the numbers added.
const ROUNDING: f32 = 1e-6;
/// The same for a joint cosine, whose lengths are rounded too.
const JOINT_ROUNDING: f32 = 1e-4;
/// A mean vector shorter than this has no direction.
const SHORTEST: f64 = 1e-3;
/// Products looked at to see what scores are like: so many runs of so many.
const SAMPLE: (usize, usize) = (64, 64);

/// A found table under given weights.
pub(super) struct Scorer<'a> {
    found: &'a Found,
    collection: &'a Collection,
    terms: Vec<Term<'a>>,
    policy: Policy,
    joint: Option<Joint<'a>>,
    /// Most that a rough score may differ from the true one.
    error: f32,
}

/// One pair in play: it adds `weight * (scale * cosine + shift)`.
struct Term<'a> {
    number: usize,
    part: Modality,
    pair: &'a Pair,
    weight: f64,
    scale: f64,
    shift: f64,
    /// Reciprocal ranks instead of cosines: the ranks and k.
    ranks: Option<(&'a [u32], f32)>,
}

/// The lengths of the two mean vectors of the joint method.
struct Joint<'a> {
    query: f64,
    facets: [f64; 3],
    crossings: &'a [[f32; 3]],
    present: [Option<&'a RowSet>; 3],
}

impl<'a> Scorer<'a> {
    pub fn new(found: &'a Found, collection: &'a Collection, weights: &Weights) -> Result<Self> {
        let joint = weights.method == Method::JointVector;
        let mut terms = Vec::new();
        for (number, (part, pairs)) in found.parts.iter().enumerate() {
            let modality = part.modality();
            let part_weight = f64::from(weights.part(modality)) * part.share(found.parts());
            for pair in pairs {
                let weight = part_weight * f64::from(weights.channel(pair.channel));
                if weight != 0.0 && weight.is_finite() && !(joint && pair.channel == Channel::Keyword) {
                    terms.push(Term::new(number, modality, pair, weight, collection, weights));
                }
            }
        }
        if terms.is_empty() {
            return Err(Error::NoWeight);
        }
        let joint = if joint { Some(Joint::new(found, &terms, collection, weights)?) } else { None };
        if joint.is_none() {
            let sum: f64 = terms.iter().map(|term| term.weight.abs()).sum();
            terms.iter_mut().for_each(|term| term.weight /= sum);
        }
        let off = |term: &Term| {
            let (scale, shift) = (term.scale.abs() as f32, term.shift.abs() as f32);
            let (of_table, largest) = match term.ranks {
                Some((_, k)) => (0.0, 1.0 / (k + 1.0)),
                None => (term.pair.error() * scale, scale * term.pair.largest() + shift),
            };
            of_table + ROUNDING * largest * terms.len() as f32
        };
        // Both a sum with shares that add up to 1 and a mean over some of them are off by no more than the worst of them.
        let error = terms.iter().map(off).fold(0.0, f32::max);
        let error = if joint.is_some() { JOINT_ROUNDING } else { error };
        Ok(Self { found, collection, terms, policy: weights.policy, joint, error })
    }

    /// One product's exact score; `None` when it has no pair in play at all and the policy is to renormalise.
    pub fn score(&self, row: usize) -> Option<f64> {
        let (mut sum, mut in_play) = (0.0, 0.0);
        for term in &self.terms {
            if let Some((_, value)) = term.value(self.collection, row) {
                sum += term.weight * value;
                in_play += term.weight.abs();
            }
        }
        self.scale(row, in_play).map(|scale| sum * scale)
    }

    /// What the sum of a product's terms is multiplied with.
    fn scale(&self, row: usize, in_play: f64) -> Option<f64> {
        match (&self.joint, self.policy) {
            (Some(joint), _) => Some(joint.scale(row)),
            (None, Policy::Neutral) => Some(1.0),
            (None, Policy::Renormalise) => (in_play > 0.0).then(|| 1.0 / in_play),
        }
    }

    /// The parts of one product's score.
    pub fn parts(&self, row: usize) -> Vec<Score> {
        let values: Vec<_> = self.terms.iter().map(|term| term.value(self.collection, row)).collect();
        let present = self.terms.iter().zip(&values).filter(|(_, value)| value.is_some());
        let scale = self.scale(row, present.map(|(term, _)| term.weight.abs()).sum()).unwrap_or(0.0);
        let leaves_out = self.joint.is_some() || self.policy == Policy::Renormalise;
        let part = |(term, value): (&Term, Option<(f32, f64)>)| {
            let weight = if leaves_out && value.is_none() { 0.0 } else { term.weight * scale };
            let normalised = value.map_or(0.0, |(_, normalised)| normalised);
            Score {
                number: term.number,
                part: term.part,
                channel: term.pair.channel,
                cosine: value.map(|(cosine, _)| cosine),
                value: normalised as f32,
                weight: weight as f32,
                contribution: (normalised * weight) as f32,
                rank: term.pair.place(self.collection, row),
            }
        };
        self.terms.iter().zip(values).map(part).collect()
    }

    /// The best `count` products, best first; proved to be the exact order.
    pub fn best(&self, count: usize, filter: Option<&RowSet>) -> Vec<Hit> {
        let rows = self.found.rows();
        let allowed = filter.map_or(rows, RowSet::count);
        let wanted = count.saturating_mul(2).saturating_add(64);
        let candidates = if allowed <= FEW.max(wanted) {
            filter.map_or_else(|| (0..rows).collect(), |filter| filter.iter().collect())
        } else {
            let first = self.candidates(&|| Best::new(wanted), filter);
            let (least, full) = (first.threshold, first.rows.len() >= wanted);
            let mut first = self.exactly(first.into_rows());
            let last = if 0 < count && count <= first.len() {
                first.select_nth_unstable_by(count - 1, order(self.collection)).1.score
            } else {
                f32::INFINITY
            };
            // No product that was left out can be better than the least candidate and the error together.
            if !full || last > least + self.error {
                return self.sorted(first, count);
            }
            // Only what the error may have kept below the last of the best can still belong among them.
            let doubtful = last - self.error - ROUNDING * last.abs();
            self.candidates(&|| Best::above(doubtful), filter).into_rows()
        };
        self.sorted(self.exactly(candidates), count)
    }

    fn exactly(&self, rows: Vec<usize>) -> Vec<Hit> {
        let hit = |row: usize| Some(Hit { score: self.score(row)? as f32, ..Hit::of(row) });
        rows.into_par_iter().with_min_len(FEW).filter_map(hit).collect()
    }

    /// The best `count` of some hits, best first.
    fn sorted(&self, mut hits: Vec<Hit>, count: usize) -> Vec<Hit> {
        let order = order(self.collection);
        if 0 < count && count < hits.len() {
            hits.select_nth_unstable_by(count - 1, &order);
        }
        hits.truncate(count);
        hits.sort_unstable_by(&order);
        hits
    }

    /// The candidates among all products; `begin` says which are wanted.
    fn candidates(&self, begin: &(dyn Fn() -> Best + Sync), filter: Option<&RowSet>) -> Best {
        let rows = self.found.rows();
        let chunks = rows.div_ceil(CHUNK);
        let scan = |mut best: Best, chunk: usize| {
            let (first, mut scores, mut in_play) = (chunk * CHUNK, [0.0; CHUNK], [0.0; CHUNK]);
            let scores = &mut scores[..CHUNK.min(rows - first)];
            self.rough(first, scores, &mut in_play);
            best.take(first, scores, filter);
            best
        };
        let mut best = if rows < PARALLEL_FROM {
            (0..chunks).fold(begin(), scan)
        } else {
            let parts = (0..chunks).into_par_iter().with_min_len(CHUNKS_A_THREAD).fold(begin, scan);
            parts.reduce(begin, Best::merge)
        };
        best.prune();
        best
    }

    /// Rough scores of the products from `first` on, minus infinity where there is none. `in_play` is room for as many
    /// numbers, all 0.
    fn rough(&self, first: usize, scores: &mut [f32], in_play: &mut [f32]) {
        let in_play = &mut in_play[..scores.len()];
        let renormalise = self.joint.is_none() && self.policy == Policy::Renormalise;
        for term in &self.terms {
            let range = first..first + scores.len();
            if let Some((ranks, k)) = term.ranks {
                add_ranks(&ranks[range], k, term.weight as f32, scores, in_play);
                continue;
            }
            let (scale, shift) = ((term.weight * term.scale) as f32, (term.weight * term.shift) as f32);
            let (values, share) = (&term.pair.values()[range], term.weight.abs() as f32);
            if let Some(rows) = term.pair.matches(first, scores.len()) {
                scores.iter_mut().for_each(|score| *score += shift);
                if renormalise {
                    in_play.iter_mut().for_each(|in_play| *in_play += share);
                }
                for row in rows.iter().map(|row| *row as usize - first) {
                    scores[row] += scale * values[row];
                }
            } else if renormalise {
                add_counted(values, [scale, shift, share], scores, in_play);
            } else {
                add(values, scale, shift, scores);
            }
        }
        if renormalise {
            scores.iter_mut().zip(in_play).for_each(|(score, in_play)| {
                *score = if *in_play > 0.0 { *score / *in_play } else { f32::NEG_INFINITY };
            });
        }
        if let Some(joint) = &self.joint {
            scores.iter_mut().zip(first..).for_each(|(score, row)| *score *= joint.scale(row) as f32);
        }
    }

    /// A product's score within the error of the kept numbers; `None` where it has none.
    pub fn rough_row(&self, row: usize) -> Option<f32> {
        let (mut score, mut in_play) = ([0.0], [0.0]);
        self.rough(row, &mut score, &mut in_play);
        score[0].is_finite().then_some(score[0])
    }

    pub fn cut_off(&self) -> Option<f32> {
        if self.terms.iter().any(|term| term.ranks.is_some()) {
            return None;
        }
        let rows = self.found.rows();
        let (runs, length) = SAMPLE;
        let step = rows.div_ceil(runs).max(length);
        let run = |first| {
            let (mut scores, mut in_play) = ([0.0; SAMPLE.1], [0.0; SAMPLE.1]);
            let scores = &mut scores[..length.min(rows - first)];
            self.rough(first, scores, &mut in_play);
            scores.to_vec()
        };
        let mut scores: Vec<f32> = (0..rows).step_by(step).flat_map(run).collect();
        // 0 exactly has a product without any of the facets in play, which says nothing.
        scores.retain(|score| score.is_finite() && *score != 0.0);
        if scores.len() < 2 {
            return None;
        }
        // The lower half has no relevant products in it, so its spread is that of unrelated ones.
        let (middle, sixth) = (scores.len() / 2, (scores.len() as f32 * 0.1587) as usize);
        let median = *scores.select_nth_unstable_by(middle, f32::total_cmp).1;
        let lower = *scores.select_nth_unstable_by(sixth, f32::total_cmp).1;
        Some(median + best_of(rows) * (median - lower))
    }
}

/// Standard deviations above the mean that the best of `count` normal draws is expected to reach: the quantile at
/// `1 - 1 / count` (Abramowitz and Stegun, 26.2.23; off by less than 5e-4).
fn best_of(count: usize) -> f32 {
    let tail = 1.0 / (count.max(2) as f64);
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below) as f32
}

impl<'a> Term<'a> {
    fn new(
        number: usize,
        part: Modality,
        pair: &'a Pair,
        weight: f64,
        collection: &Collection,
        weights: &Weights,
    ) -> Self {
        let own = Self { number, part, pair, weight, scale: 1.0, shift: 0.0, ranks: None };
        if weights.need_every_cosine() {
            pair.truth(collection);
        }
        let (scale, shift) = match weights.method {
            Method::Rrf { k } => return Self { ranks: Some((pair.ranks(collection), k)), ..own },
            Method::JointVector => (1.0, 0.0),
            Method::WeightedSum => pair.linear(collection, weights.normalisation),
        };
        Self { scale, shift, ..own }
    }

    /// The true cosine of a row and what it counts; `None` where the product lacks the facet.
    fn value(&self, collection: &Collection, row: usize) -> Option<(f32, f64)> {
        if let Some((ranks, k)) = self.ranks {
            let rank = ranks[row];
            return (rank > 0).then(|| (self.pair.cosine(collection, row), 1.0 / (f64::from(k) + f64::from(rank))));
        }
        let cosine = self.pair.cosine(collection, row);
        (cosine > MISSING).then(|| (cosine, f64::from(cosine) * self.scale + self.shift))
    }
}

impl<'a> Joint<'a> {
    fn new(found: &Found, terms: &[Term], collection: &'a Collection, weights: &Weights) -> Result<Self> {
        let crossings = collection.crossings().ok_or(Error::NoJointSpace)?;
        // A part meets several facets with one vector; each counts once.
        let mut vectors = Vec::new();
        for (number, part) in found.parts().enumerate() {
            let own = terms.iter().find(|term| term.number == number).and_then(|term| term.pair.query());
            let weight = f64::from(weights.part(part.modality())) * part.share(found.parts());
            vectors.extend(own.map(|vector| (weight, vector)));
        }
        let mut square = 0.0;
        for (a_weight, a) in &vectors {
            square += vectors.iter().map(|(b_weight, b)| a_weight * b_weight * f64::from(a.cosine(b))).sum::<f64>();
        }
        let facets = Modality::ALL.map(|facet| f64::from(weights.facet(facet)));
        let present = Modality::ALL.map(|facet| Some(collection.matrix(facet)?.places().set()));
        Ok(Self { query: square.max(0.0).sqrt(), facets, crossings, present })
    }

    /// One over the product of the lengths of the query's and the product's mean vector.
    fn scale(&self, row: usize) -> f64 {
        let crossings = self.crossings[row];
        let mut square = 0.0;
        for (facet, weight) in self.facets.iter().enumerate() {
            let present = self.present[facet].is_some_and(|present| present.contains(row));
            square += if present { weight * weight } else { 0.0 };
        }
        for (cosine, [a, b]) in crossings.into_iter().zip(CROSSINGS) {
            let both = 2.0 * self.facets[a.index()] * self.facets[b.index()] * f64::from(cosine);
            square += if cosine > MISSING { both } else { 0.0 };
        }
        let length = self.query * square.max(0.0).sqrt();
        // Shorter is what rounding left of vectors that cancel out.
        if length > SHORTEST { 1.0 / length } else { 0.0 }
    }
}

/// The best so far: a product enters when it beats the threshold, and the threshold rises when there are too many.
pub(super) struct Best {
    keep: usize,
    threshold: f32,
    rows: Vec<(f32, u32)>,
}

impl Best {
    pub fn new(keep: usize) -> Self {
        Self { keep, threshold: f32::NEG_INFINITY, rows: Vec::with_capacity(2 * keep) }
    }

    /// Everything above a threshold, however much that is.
    fn above(threshold: f32) -> Self {
        Self { keep: usize::MAX / 2, threshold, rows: Vec::new() }
    }

    fn push(&mut self, score: f32, row: usize) {
        self.rows.push((score, row as u32));
        if self.rows.len() >= 2 * self.keep {
            self.prune();
        }
    }

    /// Keeps the best; no product that was dropped, now or before, is above the threshold.
    fn prune(&mut self) {
        if self.rows.len() > self.keep {
            self.rows.select_nth_unstable_by(self.keep - 1, |a, b| b.0.total_cmp(&a.0));
            self.threshold = self.rows[self.keep - 1].0;
            self.rows.truncate(self.keep);
        }
    }

    /// Offers the scores of the rows from `first` on, a whole number of 64 row words, minus infinity for none.
    pub fn take(&mut self, first: usize, scores: &mut [f32], filter: Option<&RowSet>) {
        if let Some(filter) = filter {
            leave_out(filter, first, scores);
        }
        take(self, first, scores);
    }

    /// The best rows in no order.
    pub fn into_rows(mut self) -> Vec<usize> {
        self.prune();
        self.rows.into_iter().map(|(_, row)| row as usize).collect()
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.threshold = self.threshold.max(other.threshold);
        self.rows.extend(other.rows);
        self.prune();
        self
    }
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn add_inline(values: &[f32], scale: f32, shift: f32, scores: &mut [f32]) {
    for (score, value) in scores.iter_mut().zip(values) {
        let term = value.mul_add(scale, shift);
        *score += if *value > MISSING { term } else { 0.0 };
    }
}

/// Adds `scale * value + shift` where there is a value.
fn add(values: &[f32], scale: f32, shift: f32, scores: &mut [f32]) {
    wide!(add_inline(values: &[f32], scale: f32, shift: f32, scores: &mut [f32]));
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn add_counted_inline(values: &[f32], term: [f32; 3], scores: &mut [f32], in_play: &mut [f32]) {
    let [scale, shift, share] = term;
    for ((score, in_play), value) in scores.iter_mut().zip(in_play).zip(values) {
        let present = *value > MISSING;
        let term = value.mul_add(scale, shift);
        *score += if present { term } else { 0.0 };
        *in_play += if present { share } else { 0.0 };
    }
}

/// The same, counting the share of those that have a value.
fn add_counted(values: &[f32], term: [f32; 3], scores: &mut [f32], in_play: &mut [f32]) {
    wide!(add_counted_inline(values: &[f32], term: [f32; 3], scores: &mut [f32], in_play: &mut [f32]));
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn add_ranks_inline(ranks: &[u32], k: f32, weight: f32, scores: &mut [f32], in_play: &mut [f32]) {
    for ((score, in_play), rank) in scores.iter_mut().zip(in_play).zip(ranks) {
        let term = weight / (k + *rank as f32);
        *score += if *rank > 0 { term } else { 0.0 };
        *in_play += if *rank > 0 { weight.abs() } else { 0.0 };
    }
}

/// Adds `weight / (k + rank)` where there is a rank.
fn add_ranks(ranks: &[u32], k: f32, weight: f32, scores: &mut [f32], in_play: &mut [f32]) {
    wide!(add_ranks_inline(ranks: &[u32], k: f32, weight: f32, scores: &mut [f32], in_play: &mut [f32]));
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[expect(clippy::needless_bitwise_bool, reason = "a lazy one would keep the compiler from comparing many at once")]
#[inline(always)]
fn take_inline(best: &mut Best, first: usize, scores: &[f32]) {
    for (at, block) in scores.chunks(32).enumerate() {
        // Most blocks have nothing to offer, which a wide comparison tells at once.
        if block.iter().fold(false, |any, score| any | (*score > best.threshold)) {
            for (score, row) in block.iter().zip(first + at * 32..) {
                if *score > best.threshold {
                    best.push(*score, row);
                }
            }
        }
    }
}

fn take(best: &mut Best, first: usize, scores: &[f32]) {
    wide!(take_inline(best: &mut Best, first: usize, scores: &[f32]));
}

fn leave_out(filter: &RowSet, first: usize, scores: &mut [f32]) {
    for (word, scores) in filter.words()[first / 64..].iter().zip(scores.chunks_mut(64)) {
        if *word != u64::MAX {
            for (bit, score) in scores.iter_mut().enumerate() {
                *score = if word >> bit & 1 == 1 { *score } else { f32::NEG_INFINITY };
            }
        }
    }
}
