//! What a cosine is worth. Raw cross-modal cosines sit near 0.2, same-modality ones far higher; measured against the
//! cosines of unrelated products, every pair speaks the same unit: 0 is "as good as an unrelated product", 1 is one
//! standard deviation better.

use serde::{Deserialize, Serialize};

use crate::{
    encode::Modality,
    index::{Matrix, simd},
};

/// Most rows of either side of a pair that are sampled.
const SAMPLE: usize = 400;
/// Fewer cosines than this say nothing about the background.
const FEWEST: usize = 12;
/// A spread below this would blow up rounding noise.
const SMALLEST_SD: f64 = 1e-3;

/// Mean and standard deviation of the cosine between unrelated items of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Background {
    pub mean: f32,
    pub sd: f32,
}

impl Background {
    /// Where nothing can be measured: what is calibrated stays as it is.
    pub const RAW: Self = Self { mean: 0.0, sd: 1.0 };

    /// From a sample of cosines; `None` when there are too few.
    pub fn of(cosines: impl IntoIterator<Item = f32>) -> Option<Self> {
        let (mut count, mut sum, mut squares) = (0_usize, 0.0_f64, 0.0_f64);
        for cosine in cosines {
            count += 1;
            sum += f64::from(cosine);
            squares += f64::from(cosine).powi(2);
        }
        if count < FEWEST {
            return None;
        }
        let mean = sum / count as f64;
        let sd = (squares / count as f64 - mean * mean).max(0.0).sqrt().max(SMALLEST_SD);
        Some(Self { mean: mean as f32, sd: sd as f32 })
    }

    /// Standard deviations above the background.
    pub fn calibrate(self, cosine: f32) -> f32 {
        (cosine - self.mean) / self.sd
    }
}

/// The background of every pair, `[query modality][facet]`: the products' own facets stand in for queries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration(pub [[Option<Background>; 3]; 3]);

impl Calibration {
    pub fn get(&self, part: Modality, facet: Modality) -> Option<Background> {
        self.0[part.index()][facet.index()]
    }

    /// Samples every pair. `matrices` gives the vectors of query modality and facet in the space where the two meet,
    /// `None` where they meet nowhere.
    pub fn sample<'a>(matrices: impl Fn(Modality, Modality) -> Option<[&'a Matrix; 2]>) -> Self {
        let mut table = Self::default();
        for part in Modality::ALL {
            for facet in Modality::ALL {
                if let Some([queries, rows]) = matrices(part, facet) {
                    table.0[part.index()][facet.index()] = Background::of(pairs(queries, rows));
                }
            }
        }
        table
    }
}

/// Cosines between different products, rows taken at even distances.
fn pairs(queries: &Matrix, facets: &Matrix) -> impl Iterator<Item = f32> {
    let left = spread(queries);
    let right = spread(facets);
    left.into_iter().flat_map(move |(row, query)| {
        let others: Vec<f32> =
            right.iter().filter(|(other, _)| *other != row).map(|(_, facet)| simd::dot(query, facet)).collect();
        others
    })
}

fn spread(matrix: &Matrix) -> Vec<(usize, &[f32])> {
    let present: Vec<_> = (0..matrix.rows()).filter_map(|row| Some((row, matrix.row(row)?))).collect();
    let step = present.len().div_ceil(SAMPLE).max(1);
    present.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_zero_and_its_spread_is_one() {
        let background = Background::of((0..100).map(|number| if number % 2 == 0 { 0.1 } else { 0.3 })).unwrap();
        assert!((background.mean - 0.2).abs() < 1e-6 && (background.sd - 0.1).abs() < 1e-6);
        assert!((background.calibrate(0.4) - 2.0).abs() < 1e-5);
    }

    #[test]
    fn too_little_or_too_even_a_sample_blows_nothing_up() {
        assert_eq!(Background::of([0.1; 10]), None);
        assert!(Background::of([0.1; 100]).unwrap().calibrate(0.2).is_finite());
    }
}
