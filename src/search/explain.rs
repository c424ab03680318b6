//! What would move a product: the smallest change of one slider that swaps two products, and how much each slider moves
//! the order at hand.

use serde::Serialize;

use super::{
    fusion::{Found, Hit, order},
    score::Scorer,
    weights::{Slider, Weights},
};
use crate::{collection::Collection, error::Result, index::RowSet};

/// Slider positions that are tried, a hundredth apart.
const STEPS: i32 = 100;
/// Halvings that narrow a swap down to a hundred-thousandth.
const HALVINGS: usize = 10;
/// How far a slider is moved to see what it does.
const NUDGE: f32 = 0.25;
/// Products that an order is compared on: what a person looks at, out of the best of so many.
pub const LOOKED_AT: usize = 24;
const POOL: usize = 1000;

/// A change of one slider.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Swap {
    pub slider: Slider,
    pub from: f32,
    /// The nearest position at which the lower product comes first.
    pub to: f32,
}

impl Found {
    /// The smallest change of a single slider that puts `lower` before `upper`, tried by ranking the two anew; `None`
    /// when no slider alone does it.
    pub fn smallest_swap(
        &self,
        collection: &Collection,
        weights: &Weights,
        lower: usize,
        upper: usize,
    ) -> Option<Swap> {
        let swaps = |slider: Slider, at: f32| {
            let mut moved = *weights;
            moved.set(slider, at);
            comes_first(self, collection, &moved, lower, upper)
        };
        let change = |slider: Slider| {
            let from = weights.get(slider);
            let to = nearest_true(from, |at| swaps(slider, at))?;
            Some(Swap { slider, from, to })
        };
        let size = |swap: &Swap| (swap.to - swap.from).abs();
        Slider::ALL.into_iter().filter_map(change).min_by(|a, b| size(a).total_cmp(&size(b)))
    }

    /// How much of the top of the order each slider moves when it is pushed a quarter up or down, 0 (nothing) to 1
    /// (everything): one minus the average overlap (Webber et al., 2010) of the first 24, the larger of both directions.
    /// Looked for among the best thousand products.
    ///
    /// # Errors
    /// As [`Found::rank`].
    pub fn effects(
        &self,
        collection: &Collection,
        weights: &Weights,
        filter: Option<&RowSet>,
    ) -> Result<Vec<(Slider, f32)>> {
        let pool: Vec<usize> = self.rank(collection, weights, filter, POOL)?.iter().map(|hit| hit.row).collect();
        let top = |weights: &Weights| {
            let scorer = Scorer::new(self, collection, weights).ok()?;
            let score = |row: &usize| Some(Hit { score: scorer.rough_row(*row)?, ..Hit::of(*row) });
            let mut hits: Vec<Hit> = pool.iter().filter_map(score).collect();
            hits.sort_unstable_by(order(collection));
            Some(hits.into_iter().map(|hit| hit.row).take(LOOKED_AT).collect::<Vec<_>>())
        };
        let now = top(weights).unwrap_or_default();
        let effect = |slider: Slider| {
            let pushed = [NUDGE, -NUDGE].map(|nudge| (weights.get(slider) + nudge).clamp(0.0, 1.0));
            let changes = pushed.into_iter().filter_map(|at| {
                let mut moved = *weights;
                moved.set(slider, at);
                Some(1.0 - average_overlap(&now, &top(&moved)?))
            });
            (slider, changes.fold(0.0, f32::max))
        };
        Ok(Slider::ALL.into_iter().map(effect).collect())
    }
}

fn comes_first(found: &Found, collection: &Collection, weights: &Weights, first: usize, second: usize) -> bool {
    let Ok(scorer) = Scorer::new(found, collection, weights) else { return false };
    let hit = |row| Some(Hit { score: scorer.score(row)? as f32, ..Hit::of(row) });
    match (hit(first), hit(second)) {
        (Some(first), Some(second)) => order(collection)(&first, &second).is_lt(),
        (first, _) => first.is_some(),
    }
}

/// The position in 0..=1 nearest to `from` where `holds` is true.
fn nearest_true(from: f32, holds: impl Fn(f32) -> bool) -> Option<f32> {
    for step in 1..=STEPS {
        for direction in [-1, 1] {
            let at = |step: i32| from + (direction * step) as f32 / STEPS as f32;
            let (before, here) = (at(step - 1), at(step).clamp(0.0, 1.0));
            if !(0.0..=1.0).contains(&before) || !holds(here) {
                continue;
            }
            let (mut not, mut yes) = (before, here);
            for _ in 0..HALVINGS {
                let middle = f32::midpoint(not, yes);
                if holds(middle) {
                    yes = middle;
                } else {
                    not = middle;
                }
            }
            return Some(yes);
        }
    }
    None
}

/// The mean over all depths of the share that both lists have in common down to there, 0..=1.
fn average_overlap(a: &[usize], b: &[usize]) -> f32 {
    let depth = a.len().max(b.len());
    let common = |depth: usize| {
        let (a, b) = (&a[..depth.min(a.len())], &b[..depth.min(b.len())]);
        a.iter().filter(|row| b.contains(row)).count() as f32 / depth as f32
    };
    if depth == 0 { 1.0 } else { (1..=depth).map(common).sum::<f32>() / depth as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_position_is_found_on_both_sides() {
        let check = |from, holds: fn(f32) -> bool, expected: Option<f32>| {
            let found = nearest_true(from, holds);
            assert!(
                found.zip(expected).map_or(found == expected, |(a, b)| (a - b).abs() < 1e-4),
                "{found:?} {expected:?}"
            );
        };
        check(0.5, |at| at > 0.7321, Some(0.7321));
        check(0.5, |at| at < 0.1, Some(0.1));
        check(0.5, |at| !(0.4..=0.8).contains(&at), Some(0.4));
        check(0.995, |at| at >= 1.0, Some(1.0));
        check(0.5, |_| false, None);
    }

    #[test]
    fn overlap_counts_every_depth() {
        let check = |a: &[usize], b: &[usize], expected: f32| assert!((average_overlap(a, b) - expected).abs() < 1e-6);
        check(&[1, 2], &[1, 2], 1.0);
        check(&[1, 2], &[2, 1], 0.5);
        check(&[1, 2], &[3, 4], 0.0);
        check(&[], &[], 1.0);
    }
}
