//! The exact scan: the cosine of a query with every row of a facet. It is the truth that everything else is measured
//! against. Over a large facet the scan reads one byte a value and says how far off it may be.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::{Matrix, codes::Codes, codes::QueryCodes, simd, simd::wide};
use crate::encode::Embedding;

/// Marks a product without the facet in a list of cosines: outside -1..=1, so it can be told from every cosine.
pub const MISSING: f32 = f32::NEG_INFINITY;

/// Rows that one thread scans at a time, a whole number of 64 row words.
pub(super) const CHUNK: usize = 2048;

/// The cosines of a query with every row of a facet.
#[derive(Debug, Clone)]
pub struct Cosines {
    /// One a row, [`MISSING`] where the row is missing.
    pub values: Vec<f32>,
    /// Most that any of them may differ from the true cosine; 0 after a scan of the full vectors.
    pub error: f32,
}

/// Tables of queries that are over. Writing over one is a good deal faster than being given fresh memory page by page.
static SPARE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());
/// As many as a query of three parts needs for three facets.
const MOST_SPARE: usize = 9;
/// Smaller tables are not worth keeping.
const SPARE_FROM: usize = 65_536;

/// A table of so many rows, with any numbers in it.
fn table(rows: usize) -> Vec<f32> {
    if rows >= SPARE_FROM {
        let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of another collection go.
        spare.retain(|table| table.len() == rows);
        if let Some(table) = spare.pop() {
            return table;
        }
    }
    // Zeroed memory costs nothing until a thread writes to its own part of it.
    vec![0.0; rows]
}

impl Drop for Cosines {
    fn drop(&mut self) {
        if self.values.len() >= SPARE_FROM {
            let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
            if spare.len() < MOST_SPARE {
                spare.push(std::mem::take(&mut self.values));
            }
        }
    }
}

impl Cosines {
    pub fn are_exact(&self) -> bool {
        self.error == 0.0
    }
}

/// The true cosines of one query.
pub fn cosines(matrix: &Matrix, query: &Embedding) -> Vec<f32> {
    scan(matrix, None, &[query]).remove(0)
}

/// The cosines of several queries in one pass over memory; over `codes` where there are some.
pub fn compare(matrix: &Matrix, codes: Option<&Codes>, queries: &[&Embedding]) -> Vec<Cosines> {
    let coded = codes.map(|codes| Coded::new(codes, queries));
    let tables = scan(matrix, coded.as_ref(), queries);
    let error = |at: usize| coded.as_ref().map_or(0.0, |coded| coded.error(at));
    tables.into_iter().enumerate().map(|(at, values)| Cosines { values, error: error(at) }).collect()
}

/// The codes of a facet with those of some queries.
pub(super) struct Coded<'a> {
    codes: &'a Codes,
    queries: Vec<QueryCodes>,
}

impl<'a> Coded<'a> {
    pub fn new(codes: &'a Codes, queries: &[&Embedding]) -> Self {
        Self { codes, queries: queries.iter().map(|query| QueryCodes::new(query.values())).collect() }
    }

    /// Most that a cosine of the query at a place may be off.
    pub fn error(&self, at: usize) -> f32 {
        self.codes.error(&self.queries[at])
    }
}

fn scan(matrix: &Matrix, coded: Option<&Coded>, queries: &[&Embedding]) -> Vec<Vec<f32>> {
    let mut tables: Vec<Vec<f32>> = queries.iter().map(|_| table(matrix.rows())).collect();
    let mut chunks: Vec<Vec<&mut [f32]>> = (0..matrix.rows().div_ceil(CHUNK)).map(|_| Vec::new()).collect();
    for table in &mut tables {
        table.chunks_mut(CHUNK).zip(&mut chunks).for_each(|(part, chunk)| chunk.push(part));
    }
    let each = |(chunk, out): (usize, &mut Vec<&mut [f32]>)| scan_chunk(matrix, coded, queries, chunk, out);
    chunks.par_iter_mut().enumerate().for_each(each);
    tables
}

/// The cosines of the rows of one chunk, a list a query.
pub(super) fn scan_chunk(
    matrix: &Matrix,
    coded: Option<&Coded>,
    queries: &[&Embedding],
    chunk: usize,
    out: &mut [&mut [f32]],
) {
    match coded {
        Some(coded) => scan_codes(matrix, coded.codes, &coded.queries, chunk, out),
        None => scan_vectors(matrix, queries, chunk, out),
    }
}

/// The marks of the present rows of a chunk, and how many rows are present before it.
fn present_of_chunk(matrix: &Matrix, chunk: usize) -> (&[u64], usize) {
    let (words, first) = (matrix.places().set().words(), chunk * CHUNK / 64);
    (&words[first..words.len().min(first + CHUNK / 64)], matrix.places().before_word(first))
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn vectors_inline(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]) {
    out.iter_mut().for_each(|out| out.fill(MISSING));
    let (words, mut position) = present_of_chunk(matrix, chunk);
    // Loops, not closures: those would be compiled for the plain target.
    for (at, word) in words.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            let (place, vector) = (at * 64 + left.trailing_zeros() as usize, matrix.at(position));
            simd::ask_ahead(vector);
            for (query, out) in queries.iter().zip(&mut *out) {
                out[place] = simd::dot_inline(vector, query.values()).clamp(-1.0, 1.0);
            }
            position += 1;
            left &= left - 1;
        }
    }
}

fn scan_vectors(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]) {
    wide!(vectors_inline(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]));
}

/// Scans a chunk for a few queries at a time, as many as their sums find room in registers.
fn scan_codes(matrix: &Matrix, codes: &Codes, queries: &[QueryCodes], chunk: usize, out: &mut [&mut [f32]]) {
    for (queries, out) in queries.chunks(3).zip(out.chunks_mut(3)) {
        match queries {
            [a, b, c] => scan_some::<3, 2>(matrix, codes, [a, b, c], chunk, out),
            [a, b] => scan_some::<2, 2>(matrix, codes, [a, b], chunk, out),
            [a] => scan_some::<1, 4>(matrix, codes, [a], chunk, out),
            _ => {}
        }
    }
}

/// Cosines of the present rows of a chunk, one after another.
type Packed = [f32; CHUNK];

fn scan_some<const N: usize, const ROWS: usize>(
    matrix: &Matrix,
    codes: &Codes,
    queries: [&QueryCodes; N],
    chunk: usize,
    out: &mut [&mut [f32]],
) {
    let (words, first) = present_of_chunk(matrix, chunk);
    let present = words.iter().map(|word| word.count_ones() as usize).sum();
    let mut packed = [[0.0; CHUNK]; N];
    pack::<N, ROWS>(codes, queries, first, present, &mut packed);
    for (packed, out) in packed.iter().zip(out) {
        spread(words, packed, MISSING, out);
    }
}

/// Puts the cosines of the `present` rows from position `first` on side by side.
fn pack<const N: usize, const ROWS: usize>(
    codes: &Codes,
    queries: [&QueryCodes; N],
    first: usize,
    present: usize,
    packed: &mut [Packed; N],
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma,popcnt,bmi1,bmi2")]
        fn avx2<const N: usize, const ROWS: usize>(
            codes: &Codes,
            queries: [&QueryCodes; N],
            first: usize,
            present: usize,
            packed: &mut [Packed; N],
        ) {
            let dim = codes.dim();
            let mut values: [&[i16]; N] = [&[]; N];
            for (values, query) in values.iter_mut().zip(queries) {
                *values = &query.values;
            }
            let rows = &codes.all()[first * dim..][..present * dim];
            for (block, rows) in rows.chunks_exact(ROWS * dim).enumerate() {
                simd::ask_ahead(rows);
                let dots: [[i32; ROWS]; N] = simd::dot_codes_avx2(rows, values);
                for (packed, dots) in packed.iter_mut().zip(dots) {
                    for (packed, dot) in packed[block * ROWS..][..ROWS].iter_mut().zip(dots) {
                        *packed = dot as f32;
                    }
                }
            }
            for place in present / ROWS * ROWS..present {
                let dots: [[i32; 1]; N] = simd::dot_codes_avx2(&rows[place * dim..][..dim], values);
                for (packed, [dot]) in packed.iter_mut().zip(dots) {
                    packed[place] = dot as f32;
                }
            }
            scale_inline(codes, queries, first, present, packed);
        }
        if simd::has_avx2() {
            // SAFETY: the processor has just been asked for every feature that is enabled here.
            #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
            return unsafe { avx2::<N, ROWS>(codes, queries, first, present, packed) };
        }
    }
    for (place, row) in codes.all()[first * codes.dim()..].chunks_exact(codes.dim()).take(present).enumerate() {
        for (packed, query) in packed.iter_mut().zip(queries) {
            packed[place] = simd::dot_codes(row, &query.values) as f32;
        }
    }
    scale_inline(codes, queries, first, present, packed);
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn scale_inline<const N: usize>(
    codes: &Codes,
    queries: [&QueryCodes; N],
    first: usize,
    present: usize,
    packed: &mut [Packed; N],
) {
    let scales = &codes.scales()[first..][..present];
    for (packed, query) in packed.iter_mut().zip(queries) {
        for (value, scale) in packed.iter_mut().zip(scales) {
            *value = (*value * (scale * query.scale)).clamp(-1.0, 1.0);
        }
    }
}

/// Puts each packed value where its row belongs, and `other` where a row is missing.
pub(super) fn spread(words: &[u64], packed: &[f32], other: f32, out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,popcnt")]
        fn avx2(words: &[u64], mut packed: &[f32], other: f32, out: &mut [f32]) {
            for (word, out) in words.iter().zip(out.chunks_mut(64)) {
                for (marks, out) in word.to_le_bytes().into_iter().zip(out.chunks_mut(8)) {
                    match (packed.first_chunk(), <&mut [f32; 8]>::try_from(&mut *out)) {
                        (Some(packed), Ok(out)) => simd::spread_eight_avx2(marks, packed, other, out),
                        _ => spread_some(marks.into(), packed, other, out),
                    }
                    packed = packed.get(marks.count_ones() as usize..).unwrap_or_default();
                }
            }
        }
        if simd::has_avx2() {
            // SAFETY: the processor has just been asked for every feature that is enabled here.
            #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
            return unsafe { avx2(words, packed, other, out) };
        }
    }
    let mut packed = packed;
    for (word, out) in words.iter().zip(out.chunks_mut(64)) {
        spread_some(*word, packed, other, out);
        packed = packed.get(word.count_ones() as usize..).unwrap_or_default();
    }
}

/// The same for the lowest bits of one word.
fn spread_some(word: u64, packed: &[f32], other: f32, out: &mut [f32]) {
    let mut packed = packed.iter();
    for (bit, out) in out.iter_mut().enumerate() {
        *out = if word >> bit & 1 == 1 { packed.next().copied().unwrap_or(other) } else { other };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{codes, matrix::tests::matrix};

    #[test]
    fn missing_rows_have_no_cosine() {
        let (_guard, matrix) = matrix(2, &[Some(vec![1.0, 0.0]), None, Some(vec![0.0, 1.0])]);
        let query = Embedding::new(vec![1.0, 0.0]).unwrap();
        assert_eq!(cosines(&matrix, &query), [1.0, MISSING, 0.0]);
    }

    #[test]
    fn codes_agree_with_vectors_over_several_chunks_and_queries() {
        let (guard, matrix) = matrix(48, &codes::tests::rows(2 * CHUNK + 77, 48));
        let path = guard.path().join("text.codes");
        Codes::write(&matrix, &path).unwrap();
        let codes = Codes::open(&path, &matrix).unwrap();
        let queries = [matrix.embedding(0).unwrap(), matrix.embedding(CHUNK + 2).unwrap()];
        let queries: Vec<&Embedding> = queries.iter().collect();
        let (near, truth) = (compare(&matrix, Some(&codes), &queries), compare(&matrix, None, &queries));
        for ((near, truth), query) in near.iter().zip(&truth).zip(&queries) {
            assert!(truth.are_exact() && !near.are_exact());
            for row in 0..matrix.rows() {
                match matrix.row(row) {
                    None => assert_eq!((near.values[row], truth.values[row]), (MISSING, MISSING)),
                    Some(vector) => {
                        let cosine = simd::dot(vector, query.values());
                        assert!((truth.values[row] - cosine).abs() < 1e-6);
                        assert!((near.values[row] - cosine).abs() <= near.error, "row {row}");
                    }
                }
            }
        }
    }
    #[test]
    fn a_table_written_over_has_nothing_of_an_earlier_query() {
        let (_guard, matrix) = matrix(2, &codes::tests::rows(SPARE_FROM + 100, 2));
        let queries = [vec![1.0, 0.0], vec![0.3, 1.0], vec![-1.0, 0.1]].map(|query| Embedding::new(query).unwrap());
        for query in &queries {
            let found = compare(&matrix, None, &[query]).remove(0);
            for row in 0..matrix.rows() {
                let cosine = |vector| simd::dot(vector, query.values()).clamp(-1.0, 1.0);
                let truth = matrix.row(row).map_or(MISSING, cosine);
                assert_eq!(found.values[row].to_bits(), truth.to_bits(), "row {row}");
            }
        }
    }

    #[test]
    fn every_value_finds_its_row() {
        for rows in [1, 7, 8, 63, 64, 65, 200, 2048] {
            let marked = |row: usize| row % 7 < 3;
            let set = crate::index::RowSet::of(rows, (0..rows).filter(|row| marked(*row)));
            let packed: Vec<f32> = set.iter().map(|row| row as f32).collect();
            let mut out = vec![0.5; rows];
            spread(set.words(), &packed, -1.0, &mut out);
            let expected: Vec<f32> = (0..rows).map(|row| if marked(row) { row as f32 } else { -1.0 }).collect();
            assert_eq!(out, expected, "{rows}");
        }
    }
}
