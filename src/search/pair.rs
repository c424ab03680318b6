//! One pair of a query part and what it is compared with: the cosine of every product, and what can be known from all of
//! them together.

use std::{
    cmp::Ordering,
    collections::HashMap,
    sync::{Mutex, OnceLock, PoisonError},
};

use rayon::prelude::*;

use super::weights::{Channel, Method, Normalisation, Weights};
use crate::{
    collection::{Collection, calibration::Background},
    encode::Embedding,
    index::{
        Matrix,
        exact::{self, Cosines, MISSING},
        simd,
    },
};

/// Where at most one product in so many has a word, only those are looked at.
const FEW_MATCHES: usize = 8;
/// True cosines kept for the next slider move.
const MOST_SCORED: usize = 100_000;

/// The cosines of one query part with one facet of every product, or the BM25 of its words with every product's.
#[derive(Debug)]
pub struct Pair {
    pub channel: Channel,
    pub background: Background,
    cosines: Cosines,
    /// The space and the query's vector in it, by which a row is scored in full; `None` for words.
    query: Option<(String, Embedding)>,
    largest: f32,
    /// The rows that have any of the words, rising, where they are so few that most values are 0.
    matches: Option<Vec<u32>>,
    /// The true cosines of every product, when `cosines` are not.
    truth: OnceLock<Vec<f32>>,
    statistics: OnceLock<Statistics>,
    ranks: OnceLock<Vec<u32>>,
    /// True cosines and places that were asked for: they do not change with the weights, and the next slider move asks for
    /// nearly the same.
    scored: Mutex<HashMap<usize, f32>>,
    places: Mutex<HashMap<usize, usize>>,
}

/// What the query's own cosines are like, over the products that have the facet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    pub lowest: f64,
    pub highest: f64,
    pub mean: f64,
    pub sd: f64,
    /// The square root of the sum of squares.
    pub length: f64,
}

impl Pair {
    /// A pair with true cosines, [`MISSING`] where the product lacks the facet.
    pub fn new(channel: Channel, cosines: impl Into<Vec<f32>>, background: Background) -> Self {
        Self::scanned(channel, Cosines { values: cosines.into(), error: 0.0 }, background, None)
    }

    /// A pair of words: the BM25 of those of `rows` products that have any of them, in row order.
    pub fn words(rows: usize, scores: &[(u32, f32)], background: Background) -> Self {
        let mut values = vec![0.0; rows];
        scores.iter().for_each(|(row, score)| values[*row as usize] = *score);
        let few = scores.len() <= rows / FEW_MATCHES;
        Self {
            largest: scores.iter().map(|(_, score)| *score).fold(0.0, f32::max),
            matches: few.then(|| scores.iter().map(|(row, _)| *row).collect()),
            ..Self::new(Channel::Keyword, values, background)
        }
    }

    /// A pair whose cosines may be off by their error; `query` is its vector in a space.
    pub fn scanned(
        channel: Channel,
        cosines: Cosines,
        background: Background,
        query: Option<(String, Embedding)>,
    ) -> Self {
        Self {
            channel,
            background,
            largest: 1.0,
            matches: None,
            cosines,
            query,
            truth: OnceLock::new(),
            statistics: OnceLock::new(),
            ranks: OnceLock::new(),
            scored: Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// One value a row, [`MISSING`] where there is none, each at most [`error`](Self::error) off.
    pub fn values(&self) -> &[f32] {
        self.truth.get().unwrap_or(&self.cosines.values)
    }

    pub fn error(&self) -> f32 {
        if self.truth.get().is_some() { 0.0 } else { self.cosines.error }
    }

    /// The vector of the query part; `None` for words.
    pub fn query(&self) -> Option<&Embedding> {
        self.query.as_ref().map(|(_, query)| query)
    }

    fn matrix<'a>(&self, collection: &'a Collection) -> Option<&'a Matrix> {
        collection.matrix_in(self.channel.facet()?, &self.query.as_ref()?.0)
    }

    /// The true cosine of one row, [`MISSING`] where there is none.
    pub fn cosine(&self, collection: &Collection, row: usize) -> f32 {
        // The error first: the truth may come between the two from another thread, but it never goes.
        let error = self.error();
        let value = self.values()[row];
        // What is no number is missing too.
        let present = value > MISSING;
        if error == 0.0 || !present {
            return if present { value } else { MISSING };
        }
        let mut scored = self.scored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cosine) = scored.get(&row) {
            return *cosine;
        }
        let vector = self.matrix(collection).and_then(|matrix| matrix.row(row));
        let (Some(vector), Some(query)) = (vector, self.query()) else { return value };
        let cosine = simd::dot(vector, query.values()).clamp(-1.0, 1.0);
        if scored.len() >= MOST_SCORED {
            scored.clear();
        }
        scored.insert(row, cosine);
        cosine
    }

    /// The true cosines of all rows. Where they are not known yet, this scans the full vectors, once.
    pub fn truth(&self, collection: &Collection) -> &[f32] {
        if self.cosines.are_exact() {
            return &self.cosines.values;
        }
        self.truth.get_or_init(|| match (self.matrix(collection), self.query()) {
            (Some(matrix), Some(query)) => exact::cosines(matrix, query),
            _ => self.cosines.values.clone(),
        })
    }

    /// Whether a score under these weights needs nothing of this pair that takes longer than a frame.
    pub fn is_prepared(&self, weights: &Weights) -> bool {
        let knows_the_truth = self.cosines.are_exact() || self.truth.get().is_some();
        match (weights.method, weights.need_every_cosine()) {
            (_, false) => true,
            (Method::JointVector, _) => knows_the_truth,
            (Method::Rrf { .. }, _) => self.ranks.get().is_some(),
            (Method::WeightedSum, _) => self.statistics.get().is_some(),
        }
    }

    /// Finds out now what [`is_prepared`](Self::is_prepared) asks for.
    pub fn prepare(&self, collection: &Collection, weights: &Weights) {
        if !self.is_prepared(weights) {
            match weights.method {
                Method::JointVector => {
                    self.truth(collection);
                }
                Method::Rrf { .. } => {
                    self.ranks(collection);
                }
                Method::WeightedSum => {
                    self.statistics(collection);
                }
            }
        }
    }

    /// The rows from `first` on, `count` at most, whose value is not 0; `None` where there are many such rows.
    pub fn matches(&self, first: usize, count: usize) -> Option<&[u32]> {
        let rows = self.matches.as_deref()?;
        let from = rows.partition_point(|row| (*row as usize) < first);
        let to = from + rows[from..].partition_point(|row| (*row as usize) < first + count);
        Some(&rows[from..to])
    }

    /// The largest value there may be, without its sign.
    pub fn largest(&self) -> f32 {
        self.largest
    }

    pub fn statistics(&self, collection: &Collection) -> Statistics {
        *self.statistics.get_or_init(|| Statistics::of(self.truth(collection)))
    }

    /// What a normalisation makes of a cosine: the `scale` and `shift` of `scale * cosine + shift`.
    pub fn linear(&self, collection: &Collection, normalisation: Normalisation) -> (f64, f64) {
        let by = |divisor: f64, zero: f64| {
            let scale = if divisor > f64::EPSILON { 1.0 / divisor } else { 0.0 };
            (scale, -zero * scale)
        };
        match normalisation {
            Normalisation::None => (1.0, 0.0),
            Normalisation::Calibrated => by(f64::from(self.background.sd), f64::from(self.background.mean)),
            Normalisation::MinMax => {
                let own = self.statistics(collection);
                by(own.highest - own.lowest, own.lowest)
            }
            Normalisation::ZScore => {
                let own = self.statistics(collection);
                by(own.sd, own.mean)
            }
            Normalisation::L2 => by(self.statistics(collection).length, 0.0),
        }
    }

    /// For each row its place in this pair's own order, from 1; 0 where it has none. Of equal cosines the product with the
    /// lower id comes first. A product that has none of the words has no place among them.
    pub fn ranks(&self, collection: &Collection) -> &[u32] {
        self.ranks.get_or_init(|| {
            let truth = self.truth(collection);
            let ranked = |row: &u32| self.is_ranked(truth[*row as usize]);
            let mut rows: Vec<u32> = (0..truth.len() as u32).filter(ranked).collect();
            let ids = collection.id_order();
            rows.par_sort_unstable_by(|a, b| {
                let (a, b) = (*a as usize, *b as usize);
                match truth[b].total_cmp(&truth[a]) {
                    Ordering::Equal => ids[a].cmp(&ids[b]),
                    other => other,
                }
            });
            let mut ranks = vec![0; truth.len()];
            rows.iter().zip(1..).for_each(|(row, rank)| ranks[*row as usize] = rank);
            ranks
        })
    }

    fn is_ranked(&self, value: f32) -> bool {
        let least = if self.channel == Channel::Keyword { 0.0 } else { MISSING };
        value > least
    }

    /// The place of one row in this pair's own order, from 1, equals counting once; `None` where it has none. Only rows
    /// that the error leaves open are scored in full.
    pub fn place(&self, collection: &Collection, row: usize) -> Option<usize> {
        let cosine = self.cosine(collection, row);
        if !self.is_ranked(cosine) {
            return None;
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = places.entry(row).or_insert_with(|| {
            let error = self.error();
            let values = self.values();
            if error == 0.0 {
                return 1 + values.iter().filter(|value| **value > cosine).count();
            }
            let above = |(other, value): (usize, &f32)| {
                *value > cosine + error || *value > cosine - error && self.cosine(collection, other) > cosine
            };
            1 + values.iter().enumerate().filter(|(other, value)| above((*other, value))).count()
        });
        Some(*place)
    }
}

impl Statistics {
    fn of(values: &[f32]) -> Self {
        let (mut count, mut sum, mut squares) = (0_usize, 0.0, 0.0);
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.iter().filter(|value| **value > MISSING) {
            let value = f64::from(*value);
            count += 1;
            sum += value;
            squares += value * value;
            lowest = lowest.min(value);
            highest = highest.max(value);
        }
        if count == 0 {
            return Self { lowest: 0.0, highest: 0.0, mean: 0.0, sd: 0.0, length: 0.0 };
        }
        let mean = sum / count as f64;
        // In two passes: the sum of squares of nearly equal numbers would lose the spread between them.
        let spread: f64 =
            values.iter().filter(|value| **value > MISSING).map(|value| (f64::from(*value) - mean).powi(2)).sum();
        Self { lowest, highest, mean, sd: (spread / count as f64).sqrt(), length: squares.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_leave_the_missing_out() {
        let statistics = Statistics::of(&[1.0, MISSING, 3.0, f32::NAN]);
        let expected = Statistics { lowest: 1.0, highest: 3.0, mean: 2.0, sd: 1.0, length: 10.0_f64.sqrt() };
        assert_eq!(statistics, expected);
        assert!(Statistics::of(&[MISSING]).sd.abs() < f64::MIN_POSITIVE);
    }
}
