//! The exact scan: the cosine of a query with every row of a facet. It is the truth that everything else is measured
//! against. Over a large facet the scan reads one byte a value and says how far off it may be.

use rayon::prelude::*;

use super::{Matrix, codes::Codes, codes::QueryCodes, simd, simd::wide};
use crate::encode::Embedding;

/// Marks a product without the facet in a list of cosines: outside -1..=1, so it can be told from every cosine.
pub const MISSING: f32 = f32::NEG_INFINITY;

/// Rows that one thread scans at a time, a whole number of 64 row words.
const CHUNK: usize = 2048;

/// The cosines of a query with every row of a facet.
#[derive(Debug, Clone)]
pub struct Cosines {
    /// One a row, [`MISSING`] where the row is missing.
    pub values: Vec<f32>,
    /// Most that any of them may differ from the true cosine; 0 after a scan of the full vectors.
    pub error: f32,
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
    let coded: Vec<QueryCodes> = match codes {
        Some(_) => queries.iter().map(|query| QueryCodes::new(query.values())).collect(),
        None => Vec::new(),
    };
    let tables = scan(matrix, codes.map(|codes| (codes, &*coded)), queries);
    let error = |at: usize| codes.map_or(0.0, |codes| codes.error(&coded[at]));
    tables.into_iter().enumerate().map(|(at, values)| Cosines { values, error: error(at) }).collect()
}

fn scan(matrix: &Matrix, codes: Option<(&Codes, &[QueryCodes])>, queries: &[&Embedding]) -> Vec<Vec<f32>> {
    // Zeroed memory costs nothing until a thread writes to its own part of it.
    let mut tables: Vec<Vec<f32>> = queries.iter().map(|_| vec![0.0; matrix.rows()]).collect();
    let mut chunks: Vec<Vec<&mut [f32]>> = (0..matrix.rows().div_ceil(CHUNK)).map(|_| Vec::new()).collect();
    for table in &mut tables {
        table.chunks_mut(CHUNK).zip(&mut chunks).for_each(|(part, chunk)| chunk.push(part));
    }
    match codes {
        Some((codes, queries)) => {
            chunks.par_iter_mut().enumerate().for_each(|(chunk, out)| scan_codes(matrix, codes, queries, chunk, out));
        }
        None => chunks.par_iter_mut().enumerate().for_each(|(chunk, out)| scan_vectors(matrix, queries, chunk, out)),
    }
    tables
}

/// Calls `visit(place in the chunk, position among the present rows)` for every present row of a chunk.
#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
pub(super) fn present_of_chunk(matrix: &Matrix, chunk: usize, rows: usize, mut visit: impl FnMut(usize, usize)) {
    let places = matrix.places();
    let words = places.set().words();
    let first = chunk * rows / 64;
    for (at, word) in words[first..words.len().min(first + rows / 64)].iter().enumerate() {
        let (mut left, mut position) = (*word, places.before_word(first + at));
        while left != 0 {
            visit(at * 64 + left.trailing_zeros() as usize, position);
            position += 1;
            left &= left - 1;
        }
    }
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn vectors_inline(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]) {
    out.iter_mut().for_each(|out| out.fill(MISSING));
    let (vectors, dim) = (matrix.vectors(), matrix.dim());
    present_of_chunk(matrix, chunk, CHUNK, |place, position| {
        let vector = &vectors[position * dim..][..dim];
        for (query, out) in queries.iter().zip(&mut *out) {
            out[place] = simd::dot_inline(vector, query.values()).clamp(-1.0, 1.0);
        }
    });
}

fn scan_vectors(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]) {
    wide!(vectors_inline(matrix: &Matrix, queries: &[&Embedding], chunk: usize, out: &mut [&mut [f32]]));
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn codes_inline<const N: usize>(
    matrix: &Matrix,
    codes: &Codes,
    queries: [&QueryCodes; N],
    chunk: usize,
    out: &mut [&mut [f32]],
    dots: impl Fn(&[i8], [&[i16]; N]) -> [i32; N],
) {
    let (all, scales, dim) = (codes.all(), codes.scales(), codes.dim());
    let values = queries.map(|query| &*query.values);
    out.iter_mut().for_each(|out| out.fill(MISSING));
    present_of_chunk(matrix, chunk, CHUNK, |place, position| {
        let row = &all[position * dim..][..dim];
        for ((dot, query), out) in dots(row, values).into_iter().zip(queries).zip(&mut *out) {
            out[place] = (dot as f32 * (scales[position] * query.scale)).clamp(-1.0, 1.0);
        }
    });
}

/// Scans a chunk for a few queries at a time, as many as their sums find room in registers.
fn scan_codes(matrix: &Matrix, codes: &Codes, queries: &[QueryCodes], chunk: usize, out: &mut [&mut [f32]]) {
    for (queries, out) in queries.chunks(3).zip(out.chunks_mut(3)) {
        match queries {
            [a, b, c] => scan_some(matrix, codes, [a, b, c], chunk, out),
            [a, b] => scan_some(matrix, codes, [a, b], chunk, out),
            [a] => scan_some(matrix, codes, [a], chunk, out),
            _ => {}
        }
    }
}

fn scan_some<const N: usize>(
    matrix: &Matrix,
    codes: &Codes,
    queries: [&QueryCodes; N],
    chunk: usize,
    out: &mut [&mut [f32]],
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,fma,popcnt,bmi1,bmi2")]
        fn avx2<const N: usize>(
            matrix: &Matrix,
            codes: &Codes,
            queries: [&QueryCodes; N],
            chunk: usize,
            out: &mut [&mut [f32]],
        ) {
            codes_inline(matrix, codes, queries, chunk, out, |row, queries| simd::dot_codes_avx2(row, queries));
        }
        if simd::has_avx2() {
            // SAFETY: the processor has just been asked for every feature that is enabled here.
            #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
            return unsafe { avx2(matrix, codes, queries, chunk, out) };
        }
    }
    codes_inline(matrix, codes, queries, chunk, out, |row, queries| queries.map(|query| simd::dot_codes(row, query)));
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
}
