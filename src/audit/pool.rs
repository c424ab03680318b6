//! Which products a person is asked to judge: what several presets put on top, mixed so that nobody sees where a product
//! stood, or what tells two presets apart the soonest.

use std::collections::{BTreeMap, HashSet};

/// The products among the first `depth` of any ranking that nobody has judged, in an order that says nothing: shuffled by
/// `seed`.
pub fn blind(rankings: &[Vec<usize>], is_judged: impl Fn(usize) -> bool, depth: usize, seed: u64) -> Vec<usize> {
    let mut seen = HashSet::new();
    let first = rankings.iter().flat_map(|ranking| ranking.iter().take(depth).copied());
    let mut pool: Vec<usize> = first.filter(|row| !is_judged(*row) && seen.insert(*row)).collect();
    pool.sort_unstable();
    fastrand::Rng::with_seed(seed).shuffle(&mut pool);
    pool
}

/// The unjudged products whose judgement would move the difference between two rankings most, those first: by how much
/// more one ranking counts a place than the other, with the discount of nDCG.
pub fn telling_apart(one: &[usize], other: &[usize], is_judged: impl Fn(usize) -> bool, depth: usize) -> Vec<usize> {
    let discount = |place: usize| 1.0 / (place as f64 + 2.0).log2();
    let mut difference: BTreeMap<usize, f64> = BTreeMap::new();
    let mut add = |ranking: &[usize], sign: f64| {
        for (place, row) in ranking.iter().take(depth).enumerate() {
            *difference.entry(*row).or_default() += sign * discount(place);
        }
    };
    add(one, 1.0);
    add(other, -1.0);
    let mut telling: Vec<(usize, f64)> =
        difference.into_iter().filter(|(row, by)| by.abs() > 1e-9 && !is_judged(*row)).collect();
    telling.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
    telling.into_iter().map(|(row, _)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_holds_each_unjudged_product_once_whatever_its_place() {
        let rankings = [vec![5, 3, 9, 1], vec![3, 7, 5, 2]];
        let judged = |row| row == 9;
        let pool = blind(&rankings, judged, 3, 1);
        assert_eq!(pool.iter().copied().collect::<HashSet<_>>(), HashSet::from([5, 3, 7]));
        assert_eq!(blind(&rankings, judged, 3, 1), pool);
        // Which ranking names a product, and where, does not matter.
        assert_eq!(blind(&[vec![7, 5, 3]], judged, 3, 1), pool);
        assert!((2..20).any(|seed| blind(&rankings, judged, 3, seed) != pool));
        assert!(blind(&[], judged, 3, 1).is_empty());
    }

    #[test]
    fn what_only_one_ranking_has_on_top_tells_most() {
        let none = |_| false;
        assert_eq!(telling_apart(&[1, 2, 3], &[1, 3, 4], none, 3), [2, 4, 3]);
        assert_eq!(telling_apart(&[1, 2, 3], &[1, 3, 4], |row| row == 2, 3), [4, 3]);
        assert!(telling_apart(&[1, 2], &[1, 2], none, 2).is_empty());
    }
}
