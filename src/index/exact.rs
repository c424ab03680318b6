//! The exact scan: the cosine of a query with every row of a facet. It is the truth that everything else is measured
//! against.

use rayon::prelude::*;

use super::Matrix;
use crate::encode::Embedding;

/// Rows that one thread scans at a time.
const CHUNK: usize = 1024;

/// The cosine of every row with `query`; [`MISSING`] where the row is missing.
pub fn cosines(matrix: &Matrix, query: &Embedding) -> Vec<f32> {
    let mut cosines = vec![MISSING; matrix.rows()];
    cosines.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, out)| {
        for (row, cosine) in (chunk * CHUNK..).zip(out) {
            if let Some(vector) = matrix.row(row) {
                *cosine = dot(vector, query.values()).clamp(-1.0, 1.0);
            }
        }
    });
    cosines
}

/// Marks a product without the facet in a list of cosines: outside -1..=1, so it can be told from every cosine.
pub const MISSING: f32 = f32::NEG_INFINITY;

/// The dot product, in 16 sums side by side so that the compiler can use wide registers.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<16>();
    let (b_blocks, b_rest) = b.as_chunks::<16>();
    let mut sums = [0.0_f32; 16];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..16 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::matrix::tests::matrix;

    #[test]
    fn missing_rows_have_no_cosine() {
        let (_guard, matrix) = matrix(2, &[Some(vec![1.0, 0.0]), None, Some(vec![0.0, 1.0])]);
        let query = Embedding::new(vec![1.0, 0.0]).unwrap();
        assert_eq!(cosines(&matrix, &query), [1.0, MISSING, 0.0]);
    }

    #[test]
    fn dot_takes_any_length() {
        for length in [0, 1, 15, 16, 17, 40] {
            let values: Vec<f32> = (0..length).map(|value| value as f32).collect();
            let expected: f32 = values.iter().map(|value| value * value).sum();
            assert!((dot(&values, &values) - expected).abs() <= expected * 1e-6);
        }
    }
}
