//! The rows nearest to a query, in one small interface for both ways of finding them: the exact scan, which is the truth,
//! and the graph. What is made of neighbours (lists for every row, near duplicates, the recall of the graph) is made here,
//! of either.

use std::{
    cmp::Ordering,
    sync::{Arc, Mutex},
    time::Instant,
};

use rayon::prelude::*;
use serde::Serialize;

use super::{
    Codes, Matrix, RowSet,
    codes::QueryCodes,
    exact::{self, CHUNK, Coded},
    simd::{self, wide},
};
use crate::{
    encode::Embedding,
    error::Result,
    progress::{Progress, Stage},
};

/// How neighbours were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Every row was looked at.
    Exact,
    /// Through the instant-distance graph.
    Graph,
}

/// Rows nearest to a query with their true cosines, best first, ties by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Nearby {
    pub rows: Vec<(usize, f32)>,
    pub way: Way,
}

/// Who finds the rows nearest to a query.
pub trait Nearest: Sync {
    fn matrix(&self) -> &Matrix;

    /// The `count` nearest rows, of those `allowed` where not all are; fewer only where there are fewer.
    fn nearest(&self, query: &Embedding, count: usize, allowed: Option<&RowSet>) -> Nearby;
}

impl<N: Nearest> Nearest for &N {
    fn matrix(&self) -> &Matrix {
        (*self).matrix()
    }

    fn nearest(&self, query: &Embedding, count: usize, allowed: Option<&RowSet>) -> Nearby {
        (*self).nearest(query, count, allowed)
    }
}

/// The exact scan of a facet.
pub struct Scan {
    pub matrix: Arc<Matrix>,
    pub codes: Option<Arc<Codes>>,
}

impl Nearest for Scan {
    fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    fn nearest(&self, query: &Embedding, count: usize, allowed: Option<&RowSet>) -> Nearby {
        let all = self.matrix.places().set();
        let rows = scan(&self.matrix, self.codes.as_deref(), query, count, allowed.unwrap_or(all));
        Nearby { rows, way: Way::Exact }
    }
}

/// Chunks that one thread scans at least: fewer are sooner done than shared.
const CHUNKS_A_THREAD: usize = 4;
/// Where fewer than one row in so many is allowed, only those are looked at; else all, which is faster a row.
const FEW: usize = 4;

/// The `count` allowed rows nearest to a query, by a scan that proves them: every row that its codes leave in doubt is
/// scored by its full vector.
pub fn scan(
    matrix: &Matrix,
    codes: Option<&Codes>,
    query: &Embedding,
    count: usize,
    allowed: &RowSet,
) -> Vec<(usize, f32)> {
    if count == 0 {
        return Vec::new();
    }
    let places = matrix.places();
    let mut rows = places.set().clone();
    rows.retain(allowed);
    if FEW * rows.count() < matrix.present() {
        let coded = codes.map(|codes| (codes, QueryCodes::new(query.values()), simd::dots().query));
        let mut best = Shortlist::new(count, coded.as_ref().map_or(0.0, |(codes, query, _)| codes.error(query)));
        for (row, position) in rows.iter().filter_map(|row| Some((row, places.position(row)?))) {
            let cosine = match &coded {
                Some((codes, query, dot)) => {
                    dot(codes.at(position), &query.values) as f32 * (codes.scales()[position] * query.scale)
                }
                None => simd::dot(matrix.at(position), query.values()),
            };
            best.offer(row, cosine);
        }
        return true_best(matrix, query, best.into_rows(), count);
    }
    let coded = codes.map(|codes| Coded::new(codes, &[query]));
    let begin = || Shortlist::new(count, coded.as_ref().map_or(0.0, |coded| coded.error(0)));
    let scan = |mut best: Shortlist, chunk: usize| {
        let (first, mut values) = (chunk * CHUNK, [0.0; CHUNK]);
        let values = &mut values[..CHUNK.min(matrix.rows() - first)];
        exact::scan_chunk(matrix, coded.as_ref(), &[query], chunk, &mut [&mut *values]);
        best.take(first, values, &rows.words()[first / 64..]);
        best
    };
    let chunks = (0..matrix.rows().div_ceil(CHUNK)).into_par_iter().with_min_len(CHUNKS_A_THREAD);
    let best = chunks.fold(begin, scan).reduce(begin, Shortlist::merge);
    true_best(matrix, query, best.into_rows(), count)
}

/// The rows that may be among the best, while cosines come in that are a little off.
struct Shortlist {
    count: usize,
    doubt: f32,
    /// Worse ones need not be offered; at first only those without a cosine.
    least: f32,
    rows: Vec<(usize, f32)>,
    /// How many rows may gather before the worse ones go.
    room: usize,
}

impl Shortlist {
    fn new(count: usize, error: f32) -> Self {
        Self { count, doubt: 2.0 * error, least: f32::MIN, rows: Vec::new(), room: 4 * count + 64 }
    }

    fn offer(&mut self, row: usize, cosine: f32) {
        if cosine < self.least {
            return;
        }
        self.rows.push((row, cosine));
        if self.rows.len() >= self.room {
            self.prune();
            self.room = 2 * self.rows.len().max(2 * self.count + 32);
        }
    }

    fn prune(&mut self) {
        if self.rows.len() > self.count {
            let (_, (_, last), _) = self.rows.select_nth_unstable_by(self.count - 1, best_first);
            self.least = *last - self.doubt;
            self.rows.retain(|(_, cosine)| *cosine >= self.least);
        }
    }

    fn into_rows(mut self) -> Vec<(usize, f32)> {
        self.prune();
        self.rows
    }

    /// Offers the values of the rows from `first` on that are marked, minus infinity for none.
    fn take(&mut self, first: usize, values: &[f32], marks: &[u64]) {
        let best = self;
        wide!(take_inline(best: &mut Shortlist, first: usize, values: &[f32], marks: &[u64]));
    }

    fn merge(mut self, other: Self) -> Self {
        self.least = self.least.max(other.least);
        other.rows.into_iter().for_each(|(row, cosine)| self.offer(row, cosine));
        self
    }
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn take_inline(best: &mut Shortlist, first: usize, values: &[f32], marks: &[u64]) {
    for (block, values) in values.chunks(16).enumerate() {
        // Most blocks have nothing to offer, which a wide comparison tells at once.
        let (least, mut any) = (best.least, 0);
        for value in values {
            any |= u32::from(*value >= least);
        }
        if any != 0 {
            let marks = marks[block / 4] >> (block % 4 * 16);
            for (bit, value) in values.iter().enumerate() {
                if *value >= best.least && marks >> bit & 1 == 1 {
                    best.offer(first + 16 * block + bit, *value);
                }
            }
        }
    }
}

/// Orders rows by cosine, ties by row.
pub(super) fn best_first(a: &(usize, f32), b: &(usize, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

/// The best of some rows by their full vectors.
pub(super) fn true_best(
    matrix: &Matrix,
    query: &Embedding,
    mut rows: Vec<(usize, f32)>,
    count: usize,
) -> Vec<(usize, f32)> {
    for (row, cosine) in &mut rows {
        *cosine =
            matrix.row(*row).map_or(f32::NEG_INFINITY, |vector| simd::dot(vector, query.values()).clamp(-1.0, 1.0));
    }
    if rows.len() > count && count > 0 {
        rows.select_nth_unstable_by(count - 1, best_first);
    }
    rows.truncate(count);
    rows.sort_unstable_by(best_first);
    rows
}

/// The `count` nearest of every row, without itself; empty for a missing row.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled).
pub fn lists(of: &dyn Nearest, count: usize, progress: &Progress) -> Result<Vec<Vec<(u32, f32)>>> {
    progress.begin(Stage::Indexing, of.matrix().rows());
    let list = |row: usize| {
        progress.step()?;
        Ok(near(of, row, count).into_iter().map(|(row, cosine)| (row as u32, cosine)).collect())
    };
    (0..of.matrix().rows()).into_par_iter().map(list).collect()
}

/// The nearest of one row, without itself.
fn near(of: &dyn Nearest, row: usize, count: usize) -> Vec<(usize, f32)> {
    let Some(query) = of.matrix().embedding(row) else { return Vec::new() };
    let mut rows = of.nearest(&query, count + 1, None).rows;
    rows.retain(|(other, _)| *other != row);
    rows.truncate(count);
    rows
}

/// Most neighbours of one row that are looked at for duplicates; larger groups hang together through others.
const DUPLICATES: usize = 50;

/// Groups of rows whose cosine is at least `threshold`, directly or through others; each in rising order, and the groups
/// by their first row.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled).
pub fn near_duplicates(of: &dyn Nearest, threshold: f32, progress: &Progress) -> Result<Vec<Vec<usize>>> {
    let rows = of.matrix().rows();
    progress.begin(Stage::Indexing, rows);
    let groups = Mutex::new((0..rows).collect::<Vec<usize>>());
    (0..rows).into_par_iter().try_for_each(|row| {
        progress.step()?;
        let near = near(of, row, DUPLICATES);
        let mut groups = groups.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (other, _) in near.into_iter().take_while(|(_, cosine)| *cosine >= threshold) {
            let (a, b) = (first_of(&mut groups, row), first_of(&mut groups, other));
            groups[a.max(b)] = a.min(b);
        }
        Ok(())
    })?;
    let mut first = groups.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut members = vec![Vec::new(); rows];
    (0..rows).for_each(|row| members[first_of(&mut first, row)].push(row));
    members.retain(|group| group.len() > 1);
    Ok(members)
}

/// The first row of a row's group, with the way there made shorter.
fn first_of(groups: &mut [usize], mut row: usize) -> usize {
    while groups[row] != row {
        groups[row] = groups[groups[row]];
        row = groups[row];
    }
    row
}

/// How well the graph finds what the exact scan finds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Recall {
    /// Share of the true `k` nearest that were found, on average.
    pub recall: f64,
    pub queries: usize,
    pub k: usize,
    /// Of one query through the graph.
    pub p50_ms: f64,
    pub p95_ms: f64,
}

/// Measures on `sample` rows, evenly spread, each asked for its `k` nearest others.
///
/// # Errors
/// [`Error::Cancelled`](crate::error::Error::Cancelled).
pub fn recall(of: &dyn Nearest, sample: usize, k: usize, progress: &Progress) -> Result<Recall> {
    let matrix = of.matrix();
    let queries = sample.min(matrix.present());
    progress.begin(Stage::Measuring, queries);
    let (mut share, mut millis) = (0.0, Vec::with_capacity(queries));
    for query in 0..queries {
        progress.step()?;
        let row = matrix.places().row(query * matrix.present() / queries);
        let Some(query) = matrix.embedding(row) else { continue };
        let started = Instant::now();
        // One more than asked for: the row itself is always found and does not count.
        let mut found = of.nearest(&query, k + 1, None).rows;
        millis.push(started.elapsed().as_secs_f64() * 1e3);
        let mut truth = scan(matrix, None, &query, k + 1, matrix.places().set());
        for rows in [&mut found, &mut truth] {
            rows.retain(|(other, _)| *other != row);
            rows.truncate(k);
        }
        // As good as the true last one counts too: among equals it is chance which row is found.
        let least = truth.last().map_or(0.0, |(_, cosine)| *cosine);
        let good = found.iter().filter(|(_, cosine)| *cosine >= least).count();
        share += good as f64 / truth.len().max(1) as f64;
    }
    millis.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| millis.get((millis.len() as f64 * share) as usize).copied().unwrap_or_default();
    Ok(Recall { recall: share / queries.max(1) as f64, queries, k, p50_ms: at(0.5), p95_ms: at(0.95) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{codes, matrix::tests::matrix};

    #[test]
    fn the_scan_is_exact_with_codes_and_without_for_few_rows_and_for_many() {
        let (guard, matrix) = matrix(24, &codes::tests::rows(3000, 24));
        let path = guard.path().join("text.codes");
        Codes::write(&matrix, &path).unwrap();
        let codes = Codes::open(&path, &matrix).unwrap();
        let query = matrix.embedding(100).unwrap();
        let check = |allowed: &RowSet, count: usize| {
            let cosine = |row| Some((row, simd::dot(matrix.row(row)?, query.values()).clamp(-1.0, 1.0)));
            let mut truth: Vec<_> = allowed.iter().filter_map(cosine).collect();
            truth.sort_by(best_first);
            truth.truncate(count);
            for codes in [None, Some(&codes)] {
                assert_eq!(scan(&matrix, codes, &query, count, allowed), truth);
            }
        };
        for count in [0, 1, 10, 500, 5000] {
            check(&RowSet::all(3000), count);
            check(&RowSet::of(3000, (0..3000).filter(|row| row % 3 != 0)), count);
            check(&RowSet::of(3000, (0..3000).filter(|row| row % 9 == 0)), count);
            check(&RowSet::none(3000), count);
        }
    }

    #[test]
    fn several_threads_find_what_one_does() {
        let (guard, matrix) = matrix(8, &codes::tests::rows(20 * CHUNK + 5, 8));
        let path = guard.path().join("text.codes");
        Codes::write(&matrix, &path).unwrap();
        let codes = Codes::open(&path, &matrix).unwrap();
        for row in [0, 12_345, 40_000] {
            let query = matrix.embedding(row).unwrap();
            let cosine = |row| Some((row, simd::dot(matrix.row(row)?, query.values()).clamp(-1.0, 1.0)));
            let mut truth: Vec<_> = (0..matrix.rows()).filter_map(cosine).collect();
            truth.sort_by(best_first);
            truth.truncate(50);
            assert_eq!(scan(&matrix, Some(&codes), &query, 50, matrix.places().set()), truth);
        }
    }
}
