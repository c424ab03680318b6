//! The vectors of one facet as one bit a value, after a turn that spreads every vector evenly over its values: enough to
//! name the best thousand or two of a million, which are then scored in full, while the scan of everything is under way.
//!
//! After `RaBitQ` (Gao and Long, SIGMOD 2024): a vector is its distance from the mean of all and the signs of its direction
//! from there; the cosine with a query is estimated from those without bias.

use std::{fs, path::Path};

use memmap2::Mmap;
use rayon::prelude::*;

use super::{Matrix, exact::present_of_chunk, mapped, simd, simd::counting};
use crate::error::{Error, Result};

/// File layout: 8 bytes magic, present rows, dim (u64 each), padded to 64 bytes; the mean vector (f32, padded to 8); one
/// bit a value, 64 values a u64, row after row; one f32 a row, its factor.
const MAGIC: &[u8; 8] = b"VITRBIT1";
const HEAD: usize = 64;
/// Bits of a query's values: enough that their rounding stays well below the error of the rows' single bits.
const PLANES: usize = 4;
/// Rounds of sign flips and Hadamard transforms; three turn any vector into one that looks random.
const ROUNDS: u64 = 3;

/// `present x dim` signs.
#[derive(Debug)]
pub struct Bits {
    map: Mmap,
    present: usize,
    dim: usize,
}

/// Values of a turned vector: a power of two, at least one word of bits.
fn turned_dim(dim: usize) -> usize {
    dim.next_multiple_of(64).next_power_of_two()
}

impl Bits {
    /// Codes the present rows of a matrix into a new file.
    pub fn write(matrix: &Matrix, path: &Path) -> Result<()> {
        let (present, dim) = (matrix.present(), matrix.dim());
        let mut mean = vec![0.0_f64; dim];
        for row in matrix.vectors().chunks(dim) {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += f64::from(*value));
        }
        let mean: Vec<f32> = mean.iter().map(|sum| (sum / present.max(1) as f64) as f32).collect();
        let words = turned_dim(dim) / 64;
        let mut signs = vec![0_u64; present * words];
        let factors: Vec<f32> = matrix
            .vectors()
            .par_chunks(dim)
            .zip(signs.par_chunks_mut(words))
            .map(|(row, signs)| code(row, &mean, signs))
            .collect();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((present as u64).to_le_bytes());
        bytes.extend((dim as u64).to_le_bytes());
        bytes.resize(HEAD, 0);
        bytes.extend(bytemuck::cast_slice::<f32, u8>(&mean));
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(bytemuck::cast_slice::<u64, u8>(&signs));
        bytes.extend(bytemuck::cast_slice::<f32, u8>(&factors));
        fs::write(path, bytes).map_err(|why| Error::unwritable(path, why))
    }

    /// Opens the bits of a matrix without reading them.
    pub fn open(path: &Path, matrix: &Matrix) -> Result<Self> {
        let map = mapped::open_made_of(path, MAGIC, matrix)?;
        let (present, dim) = (matrix.present(), matrix.dim());
        let bits = Self { map, present, dim };
        if bits.map.len() != bits.signs_from() + 8 * present * bits.words() + 4 * present {
            return Err(Error::DamagedCollection { path: path.to_owned(), why: "cut off".into() });
        }
        Ok(bits)
    }

    fn words(&self) -> usize {
        turned_dim(self.dim) / 64
    }

    fn signs_from(&self) -> usize {
        (HEAD + 4 * self.dim).next_multiple_of(8)
    }

    fn mean(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[HEAD..HEAD + 4 * self.dim])
    }

    fn signs(&self) -> &[u64] {
        let from = self.signs_from();
        bytemuck::cast_slice(&self.map[from..from + 8 * self.present * self.words()])
    }

    fn factors(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[self.map.len() - 4 * self.present..])
    }

    /// Prepares a query of any length for [`add`](Self::add): the estimates are of its dot product with each row.
    pub fn query(&self, query: &[f32]) -> BitQuery {
        let turned = turn(query);
        let largest = turned.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        // Levels from -8 to 7, as four bits in two's complement say them.
        let step = largest / ((1 << (PLANES - 1)) - 1) as f32;
        let mut planes = vec![0_u64; PLANES * self.words()];
        let mut whole = 0;
        for (at, value) in turned.iter().enumerate() {
            let level = (value / step).round() as i32;
            whole += level;
            for plane in 0..PLANES {
                // The planes of one word lie side by side, as they are read.
                planes[at / 64 * PLANES + plane] |= (level as u64 >> plane & 1) << (at % 64);
            }
        }
        BitQuery { planes, step, whole, shift: simd::dot(query, self.mean()) }
    }

    /// Adds the estimated dot product of each row of a chunk of `rows` rows with the query, and `constant`, to `scores`.
    pub fn add(&self, matrix: &Matrix, query: &BitQuery, chunk: usize, rows: usize, constant: f32, scores: &mut [f32]) {
        let place = (chunk, rows, constant);
        let bits = self;
        counting!(add_inline(bits: &Bits, matrix: &Matrix, query: &BitQuery, place: (usize, usize, f32), scores: &mut [f32]));
    }
}

/// A query cut into planes of bits: each value is `level * step`.
#[derive(Debug)]
pub struct BitQuery {
    planes: Vec<u64>,
    step: f32,
    /// The sum of all levels.
    whole: i32,
    /// The query's dot product with the mean of the rows.
    shift: f32,
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn add_inline(
    bits: &Bits,
    matrix: &Matrix,
    query: &BitQuery,
    (chunk, rows, constant): (usize, usize, f32),
    scores: &mut [f32],
) {
    let (signs, factors, words) = (bits.signs(), bits.factors(), bits.words());
    let (planes, _) = query.planes.as_chunks::<PLANES>();
    let shift = query.shift + constant;
    present_of_chunk(matrix, chunk, rows, |place, position| {
        let row = &signs[position * words..][..words];
        let mut sums = [0_i32; PLANES];
        for (word, planes) in row.iter().zip(planes) {
            for plane in 0..PLANES {
                sums[plane] += (word & planes[plane]).count_ones() as i32;
            }
        }
        let [ones, twos, fours, minus_eights] = sums;
        let over_set = ones + 2 * twos + 4 * fours - 8 * minus_eights;
        // The sum over the set bits minus that over the others is twice the first minus the whole.
        scores[place] += factors[position] * (query.step * (2 * over_set - query.whole) as f32) + shift;
    });
}

/// The signs of a row's direction from the mean, and what its sum of signed query values is to be multiplied with.
fn code(row: &[f32], mean: &[f32], signs: &mut [u64]) -> f32 {
    let away: Vec<f32> = row.iter().zip(mean).map(|(value, mean)| value - mean).collect();
    let turned = turn(&away);
    let square: f32 = turned.iter().map(|value| value * value).sum();
    let sum: f32 = turned.iter().map(|value| value.abs()).sum();
    for (at, value) in turned.iter().enumerate() {
        signs[at / 64] |= u64::from(*value > 0.0) << (at % 64);
    }
    if sum > 0.0 { square / sum } else { 0.0 }
}

/// Turns a vector without changing its length: random signs and Hadamard transforms, the same for all.
fn turn(vector: &[f32]) -> Vec<f32> {
    let mut values = vector.to_vec();
    values.resize(turned_dim(vector.len()), 0.0);
    let scale = (values.len() as f32).sqrt().recip();
    for round in 0..ROUNDS {
        for (at, value) in values.iter_mut().enumerate() {
            *value *= if flips(round, at) { -scale } else { scale };
        }
        let mut half = 1;
        while half < values.len() {
            for block in values.chunks_mut(2 * half) {
                let (left, right) = block.split_at_mut(half);
                for (a, b) in left.iter_mut().zip(right) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
            half *= 2;
        }
    }
    values
}

/// A fixed coin for each round and place (the finaliser of `SplitMix64`).
fn flips(round: u64, at: usize) -> bool {
    let mut state = (round << 32 | at as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    state = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ state >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (state ^ state >> 31) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{codes::tests::rows, matrix::tests::matrix};

    #[test]
    fn a_turn_keeps_lengths_and_angles() {
        let (a, b): (Vec<f32>, Vec<f32>) = (0..100).map(|at| ((at % 7) as f32, (at % 11) as f32 - 5.0)).unzip();
        let (turned_a, turned_b) = (turn(&a), turn(&b));
        assert_eq!(turned_a.len(), 128);
        let near = |a: f32, b: f32| (a - b).abs() < 1e-3 * a.abs().max(1.0);
        assert!(near(simd::dot(&a, &a), simd::dot(&turned_a, &turned_a)));
        assert!(near(simd::dot(&a, &b), simd::dot(&turned_a, &turned_b)));
    }

    #[test]
    fn estimates_are_without_bias_and_near() {
        let (guard, matrix) = matrix(256, &rows(3000, 256));
        let path = guard.path().join("text.bits");
        Bits::write(&matrix, &path).unwrap();
        let bits = Bits::open(&path, &matrix).unwrap();
        let query = matrix.at(5);
        let mut scores = vec![0.0; matrix.rows()];
        let prepared = bits.query(query);
        for (chunk, scores) in scores.chunks_mut(1024).enumerate() {
            bits.add(&matrix, &prepared, chunk, 1024, 0.5, scores);
        }
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0);
        for (row, score) in scores.iter().enumerate() {
            let Some(vector) = matrix.row(row) else {
                assert!(score.abs() < f32::MIN_POSITIVE);
                continue;
            };
            let off = score - 0.5 - simd::dot(vector, query);
            (sum, squares, count) = (sum + off, squares + off * off, count + 1);
        }
        let (mean, sd) = (sum / count as f32, (squares / count as f32).sqrt());
        assert!(mean.abs() < 0.005 && sd < 0.06, "{mean} {sd}");
    }

    #[test]
    fn bits_of_another_matrix_are_refused() {
        let (guard, first) = matrix(4, &rows(20, 4));
        let (_other, second) = matrix(4, &rows(40, 4));
        let path = guard.path().join("text.bits");
        Bits::write(&first, &path).unwrap();
        assert!(Bits::open(&path, &first).is_ok());
        assert!(matches!(Bits::open(&path, &second), Err(Error::DamagedCollection { .. })));
    }
}
