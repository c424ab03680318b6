//! How alike a product's own facets are: the cosines of its text, picture and sound with one another. The joint method
//! needs them for the length of a product's mean vector.

use std::{fs, path::Path};

use memmap2::Mmap;
use rayon::prelude::*;

use crate::{
    encode::Modality,
    error::{Error, Result},
    index::{Matrix, exact::MISSING, mapped, simd},
};

/// The facets that the three numbers of a row compare.
pub const CROSSINGS: [[Modality; 2]; 3] =
    [[Modality::Text, Modality::Image], [Modality::Text, Modality::Audio], [Modality::Image, Modality::Audio]];

/// Three cosines a row in the order of [`CROSSINGS`], [`MISSING`] where the product lacks one of the two; little endian
/// f32, nothing else in the file.
#[derive(Debug)]
pub struct Crossings(Mmap);

impl Crossings {
    /// `matrices` are those of the three facets in one space.
    pub fn write(rows: usize, matrices: [Option<&Matrix>; 3], path: &Path) -> Result<()> {
        let cosine = |row, [a, b]: [Modality; 2]| {
            let vector = |facet: Modality| matrices[facet.index()]?.row(row);
            vector(a).zip(vector(b)).map_or(MISSING, |(a, b)| simd::dot(a, b))
        };
        let all: Vec<[f32; 3]> = (0..rows).into_par_iter().map(|row| CROSSINGS.map(|pair| cosine(row, pair))).collect();
        fs::write(path, bytemuck::cast_slice(&all)).map_err(|why| Error::unwritable(path, why))
    }

    pub fn open(path: &Path, rows: usize) -> Result<Self> {
        let map = mapped::open(path)?;
        if map.len() != 12 * rows {
            return Err(Error::DamagedCollection { path: path.to_owned(), why: "cut off".into() });
        }
        Ok(Self(map))
    }

    pub fn rows(&self) -> &[[f32; 3]] {
        bytemuck::cast_slice(&self.0)
    }
}
