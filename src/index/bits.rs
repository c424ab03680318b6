//! The vectors of one facet as one bit a value, after a turn that spreads every vector evenly over its values: enough to
//! name the best thousand or two of a million, which are then scored in full, while the scan of everything is under way.
//!
//! After `RaBitQ` (Gao and Long, SIGMOD 2024): a vector is its distance from the mean of all and the signs of its direction
//! from there; the cosine with a query is estimated from those without bias.

use std::{fs, path::Path};

use memmap2::Mmap;
use rayon::prelude::*;

use super::{
    Matrix, exact, mapped,
    simd::{self, LOOKED_UP, wide},
};
use crate::error::{Error, Result};

/// File layout: 8 bytes magic, present rows, dim (u64 each), padded to 64 bytes; the mean vector (f32, padded to 8); one
/// bit a value, 32 rows a block: for each eight values a byte a row, the lowest bit first; one f32 a row, its factor.
const MAGIC: &[u8; 8] = b"VITRBIT2";
const HEAD: usize = 64;
/// Values that are looked up together.
const GROUP: usize = 4;
/// Highest number in a query's tables: two of them fit in a byte.
const HIGHEST: usize = 127;
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
        let of_block = LOOKED_UP * turned_dim(dim) / 8;
        let mut signs = vec![0; present.div_ceil(LOOKED_UP) * of_block];
        let mut factors = vec![0.0; present];
        let blocks = signs.par_chunks_mut(of_block).zip(factors.par_chunks_mut(LOOKED_UP));
        blocks.zip(matrix.vectors().par_chunks(LOOKED_UP * dim)).for_each(|((signs, factors), rows)| {
            for (place, (row, factor)) in rows.chunks(dim).zip(factors).enumerate() {
                *factor = code(row, &mean, place, signs);
            }
        });
        let mut bytes = MAGIC.to_vec();
        bytes.extend((present as u64).to_le_bytes());
        bytes.extend((dim as u64).to_le_bytes());
        bytes.resize(HEAD, 0);
        bytes.extend(bytemuck::cast_slice::<f32, u8>(&mean));
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(&signs);
        bytes.extend(bytemuck::cast_slice::<f32, u8>(&factors));
        fs::write(path, bytes).map_err(|why| Error::unwritable(path, why))
    }

    /// Opens the bits of a matrix without reading them.
    pub fn open(path: &Path, matrix: &Matrix) -> Result<Self> {
        let map = mapped::open_made_of(path, MAGIC, matrix)?;
        let (present, dim) = (matrix.present(), matrix.dim());
        let bits = Self { map, present, dim };
        if bits.map.len() != bits.signs_from() + bits.signs_len() + 4 * present {
            return Err(Error::DamagedCollection { path: path.to_owned(), why: "cut off".into() });
        }
        Ok(bits)
    }

    fn signs_from(&self) -> usize {
        (HEAD + 4 * self.dim).next_multiple_of(8)
    }

    fn mean(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[HEAD..HEAD + 4 * self.dim])
    }

    fn signs_len(&self) -> usize {
        self.present.div_ceil(LOOKED_UP) * self.of_block()
    }

    /// Bytes of the signs of 32 rows.
    fn of_block(&self) -> usize {
        LOOKED_UP * turned_dim(self.dim) / 8
    }

    fn signs(&self) -> &[u8] {
        &self.map[self.signs_from()..][..self.signs_len()]
    }

    fn factors(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[self.map.len() - 4 * self.present..])
    }

    /// Prepares a query of any length for [`add`](Self::add): the estimates are of its dot product with each row.
    pub fn query(&self, query: &[f32]) -> BitQuery {
        let turned = turn(query);
        // What each of the 16 patterns of four signs adds to the sum is between minus and plus this.
        let most = |group: &[f32]| group.iter().map(|value| value.abs()).sum::<f32>();
        let groups = turned.as_chunks::<GROUP>().0;
        let highest = HIGHEST.min(usize::from(u16::MAX) / groups.len());
        let range = groups.iter().map(|group| 2.0 * most(group)).fold(f32::MIN_POSITIVE, f32::max);
        let step = range / highest as f32;
        let table = |group: &[f32; GROUP]| {
            std::array::from_fn(|pattern| {
                let signed = |(at, value): (usize, &f32)| if pattern >> at & 1 == 1 { *value } else { -value };
                let sum: f32 = group.iter().enumerate().map(signed).sum();
                ((sum + most(group)) / step).round() as u8
            })
        };
        BitQuery {
            tables: groups.iter().map(table).collect(),
            step,
            lowest: -groups.iter().map(|group| most(group)).sum::<f32>(),
            shift: simd::dot(query, self.mean()),
        }
    }

    /// Adds the estimated dot product of each row of a chunk of `rows` rows with the query, and `constant`, to `scores`.
    pub fn add(&self, matrix: &Matrix, query: &BitQuery, chunk: usize, rows: usize, constant: f32, scores: &mut [f32]) {
        let words = matrix.places().set().words();
        let first_word = chunk * rows / 64;
        let words = &words[first_word..words.len().min(first_word + rows / 64)];
        let first = matrix.places().before_word(first_word);
        let present: usize = words.iter().map(|word| word.count_ones() as usize).sum();
        // Whole blocks; the first and the last may have rows of the neighbouring chunks.
        let (from, to) = (first / LOOKED_UP, (first + present).div_ceil(LOOKED_UP));
        let mut packed = vec![0.0; (to - from) * LOOKED_UP];
        let blocks = self.signs()[from * self.of_block()..to * self.of_block()].chunks_exact(self.of_block());
        let factors = self.factors()[from * LOOKED_UP..].chunks(LOOKED_UP);
        for ((block, factors), packed) in blocks.zip(factors).zip(packed.chunks_mut(LOOKED_UP)) {
            estimate(&simd::look_up(block, &query.tables), factors, query, constant, packed);
        }
        let mut estimates = vec![0.0; scores.len()];
        exact::spread(words, &packed[first - from * LOOKED_UP..], 0.0, &mut estimates);
        scores.iter_mut().zip(estimates).for_each(|(score, estimate)| *score += estimate);
    }
}

/// A query as sums of its values under every pattern of four signs: each sum is `number * step`, and all of them together
/// begin at `lowest`.
#[derive(Debug)]
pub struct BitQuery {
    tables: Vec<[u8; 16]>,
    step: f32,
    lowest: f32,
    /// The query's dot product with the mean of the rows.
    shift: f32,
}

#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn estimate_inline(sums: &[u16; LOOKED_UP], factors: &[f32], query: &BitQuery, constant: f32, estimates: &mut [f32]) {
    let (step, lowest, shift) = (query.step, query.lowest, query.shift + constant);
    for ((estimate, sum), factor) in estimates.iter_mut().zip(sums).zip(factors) {
        *estimate = factor * (step * f32::from(*sum) + lowest) + shift;
    }
}

/// The estimates of 32 rows, of the last block fewer.
fn estimate(sums: &[u16; LOOKED_UP], factors: &[f32], query: &BitQuery, constant: f32, estimates: &mut [f32]) {
    wide!(estimate_inline(
        sums: &[u16; LOOKED_UP], factors: &[f32], query: &BitQuery, constant: f32, estimates: &mut [f32],
    ));
}

/// Puts the signs of a row's direction from the mean at its place in a block, and tells what its sum of signed query values
/// is to be multiplied with.
fn code(row: &[f32], mean: &[f32], place: usize, block: &mut [u8]) -> f32 {
    let away: Vec<f32> = row.iter().zip(mean).map(|(value, mean)| value - mean).collect();
    let turned = turn(&away);
    let square: f32 = turned.iter().map(|value| value * value).sum();
    let sum: f32 = turned.iter().map(|value| value.abs()).sum();
    for (at, value) in turned.iter().enumerate() {
        block[at / 8 * LOOKED_UP + place] |= u8::from(*value > 0.0) << (at % 8);
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
    fn sums_of_very_long_vectors_fit() {
        let (guard, matrix) = matrix(5000, &rows(40, 5000));
        let path = guard.path().join("text.bits");
        Bits::write(&matrix, &path).unwrap();
        let bits = Bits::open(&path, &matrix).unwrap();
        for position in 0..matrix.present() {
            let (query, mut scores) = (matrix.at(position), [0.0; 40]);
            bits.add(&matrix, &bits.query(query), 0, 64, 0.0, &mut scores);
            let score = scores[matrix.places().row(position)];
            assert!((score - 1.0).abs() < 0.05, "{score}");
        }
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
