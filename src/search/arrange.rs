//! The order on the shelf after the ranking: near duplicates behind the first of them, and, when asked for, products that
//! show something new before more of the same.

use serde::{Deserialize, Serialize};

use super::{fusion::Hit, weights::Weights};
use crate::{collection::Collection, encode::Modality, index::simd};

/// Hits that are rearranged; a person does not look further, and every two of them are compared.
pub const POOL: usize = 200;
/// From this cosine on two facets count as the same thing.
const SAME: f32 = 0.985;

/// How a ranking is put on the shelf.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Arrangement {
    /// 0: by score alone; 1: by newness alone. Maximal marginal relevance (Carbonell and Goldstein, 1998) with
    /// lambda = 1 - diversity.
    pub diversity: f32,
    /// Shows near duplicates once.
    pub collapse: bool,
}

impl Arrangement {
    pub fn changes_nothing(&self) -> bool {
        !(self.collapse || self.diversity > 0.0)
    }

    /// Rearranges the first of the hits.
    pub fn apply(&self, collection: &Collection, weights: &Weights, mut hits: Vec<Hit>) -> Vec<Hit> {
        if self.changes_nothing() {
            return hits;
        }
        let rest = hits.split_off(hits.len().min(POOL));
        let likeness = Likeness::new(collection, weights, &hits);
        let mut kept: Vec<usize> = Vec::new();
        for place in 0..hits.len() {
            let first = kept.iter().copied().find(|first| self.collapse && likeness.same(*first, place));
            match first {
                Some(first) => hits[first].alike += 1,
                None => kept.push(place),
            }
        }
        if self.diversity > 0.0 {
            let scores: Vec<f32> = hits.iter().map(|hit| hit.score).collect();
            // What was asked for by its own number stays in front.
            let (named, others): (Vec<_>, Vec<_>) = kept.into_iter().partition(|place| hits[*place].named);
            kept = named;
            kept.extend(likeness.spread(&scores, others, self.diversity.min(1.0)));
        }
        kept.into_iter().map(|place| hits[place]).chain(rest).collect()
    }
}

/// How alike every two of some hits are, by the facets that count.
struct Likeness {
    count: usize,
    /// The weighted mean cosine over the facets that both have, and whether all of those say "the same".
    pairs: Vec<(f32, bool)>,
}

impl Likeness {
    fn new(collection: &Collection, weights: &Weights, hits: &[Hit]) -> Self {
        let facets: Vec<(f32, Vec<Option<&[f32]>>)> = Modality::ALL
            .into_iter()
            .filter_map(|facet| {
                let matrix = collection.matrix(facet)?;
                let weight = weights.facet(facet);
                (weight > 0.0).then(|| (weight, hits.iter().map(|hit| matrix.row(hit.row)).collect()))
            })
            .collect();
        let count = hits.len();
        let mut pairs = vec![(0.0, false); count * count];
        for a in 0..count {
            for b in 0..a {
                let (mut sum, mut weights, mut same) = (0.0, 0.0, true);
                for (weight, vectors) in &facets {
                    if let (Some(a), Some(b)) = (vectors[a], vectors[b]) {
                        let cosine = simd::dot(a, b);
                        sum += weight * cosine;
                        weights += weight;
                        same &= cosine >= SAME;
                    }
                }
                let pair = if weights > 0.0 { (sum / weights, same) } else { (0.0, false) };
                (pairs[a * count + b], pairs[b * count + a]) = (pair, pair);
            }
        }
        Self { count, pairs }
    }

    fn same(&self, a: usize, b: usize) -> bool {
        self.pairs[a * self.count + b].1
    }

    /// Takes one place after another: what is relevant and unlike everything taken before.
    fn spread(&self, scores: &[f32], mut left: Vec<usize>, diversity: f32) -> Vec<usize> {
        let (Some(best), Some(least)) = (left.first(), left.last()) else { return left };
        let (best, least) = (scores[*best], scores[*least]);
        let relevance = |place: usize| if best > least { (scores[place] - least) / (best - least) } else { 1.0 };
        let mut taken = Vec::with_capacity(left.len());
        let mut nearest = vec![0.0_f32; self.count];
        while !left.is_empty() {
            let value = |place: usize| (1.0 - diversity) * relevance(place) - diversity * nearest[place];
            // The first of equals, so that the order by score decides.
            let next = (1..left.len()).fold(0, |best, at| if value(left[at]) > value(left[best]) { at } else { best });
            let place = left.remove(next);
            left.iter()
                .for_each(|other| nearest[*other] = nearest[*other].max(self.pairs[place * self.count + other].0));
            taken.push(place);
        }
        taken
    }
}
