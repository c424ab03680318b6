//! Retrieval measures on unit vectors: recall@k of one right answer, precision@k of many.

use rayon::prelude::*;

use super::{Figure, Value};
use crate::{encode::Embedding, index::simd::dot};

/// Where each query's right candidate stands, 0 the best. A tie counts for the query.
pub fn ranks(queries: &[Embedding], pool: &[Embedding], targets: &[usize]) -> Vec<usize> {
    let rank = |(query, target): (&Embedding, &usize)| {
        let cosines: Vec<f32> = pool.iter().map(|item| dot(query.values(), item.values())).collect();
        cosines.iter().filter(|cosine| **cosine > cosines[*target]).count()
    };
    queries.par_iter().zip(targets).map(rank).collect()
}

/// `recall@k` for each k: the share of queries whose right candidate is among the best k.
pub fn recall(name: &str, queries: &[Embedding], pool: &[Embedding], targets: &[usize], at: &[usize]) -> Figure {
    recall_of_ranks(name, &ranks(queries, pool, targets), pool.len(), at)
}

pub fn recall_of_ranks(name: &str, ranks: &[usize], candidates: usize, at: &[usize]) -> Figure {
    let value = |k: &usize| Value {
        measure: format!("recall@{k}"),
        value: share(ranks.iter().filter(|rank| *rank < k).count(), ranks.len()),
        chance: Some(*k as f64 / candidates as f64),
    };
    Figure { name: name.into(), queries: ranks.len(), candidates, values: at.iter().map(value).collect() }
}

/// The mean share of relevant candidates among the best k; `skip` names a candidate that a query must not find, such as
/// the picture that is the query itself.
pub fn precision(
    queries: &[Embedding],
    pool: &[Embedding],
    k: usize,
    relevant: impl Fn(usize, usize) -> bool + Sync,
    skip: impl Fn(usize) -> Option<usize> + Sync,
) -> Value {
    let one = |(number, query): (usize, &Embedding)| {
        let mut order: Vec<(f32, usize)> = (0..pool.len())
            .filter(|item| skip(number) != Some(*item))
            .map(|item| (dot(query.values(), pool[item].values()), item))
            .collect();
        let count = order.len();
        let k = k.min(count).max(1);
        order.select_nth_unstable_by(k - 1, |a, b| b.0.total_cmp(&a.0));
        let good = |items: &[(f32, usize)]| items.iter().filter(|(_, item)| relevant(number, *item)).count();
        (share(good(&order[..k]), k), share(good(&order), count))
    };
    let both: Vec<(f64, f64)> = queries.par_iter().enumerate().map(one).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>() / both.len().max(1) as f64;
    Value { measure: format!("precision@{k}"), value: mean(|one| one.0), chance: Some(mean(|one| one.1)) }
}

pub fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_shares_by_hand() {
        let unit = |x: f32, y: f32| Embedding::new(vec![x, y]).unwrap();
        let pool = [unit(1.0, 0.0), unit(0.6, 0.8), unit(0.0, 1.0)];
        let queries = [unit(1.0, 0.1), unit(0.0, 1.0)];
        assert_eq!(ranks(&queries, &pool, &[0, 1]), [0, 1]);
        let figure = recall("x", &queries, &pool, &[0, 1], &[1, 2]);
        assert_eq!(figure.values.iter().map(|value| value.value).collect::<Vec<_>>(), [0.5, 1.0]);
        assert_eq!(figure.values[0].chance, Some(1.0 / 3.0));
        // The first query's best two are 0 and 1, of which 1 is right; the second's are 2 and 1, of which 1 is right.
        let half = precision(&queries, &pool, 2, |_, item| item == 1, |_| None);
        assert_eq!((half.value, half.chance), (0.5, Some(1.0 / 3.0)));
        let without = precision(&queries, &pool, 1, |_, item| item == 1, |query| Some(query * 2));
        assert_eq!((without.value, without.chance), (1.0, Some(0.5)));
    }
}
