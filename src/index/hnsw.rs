//! Nearest neighbours through instant-distance: what a product's "similar" list comes from. Only this file knows the
//! crate.
//!
//! The graph is built in one go, cannot be added to, and yields at most `ef_search` neighbours; it keeps its own copy of
//! the vectors, so memory is twice the facet's matrix.

use std::{
    fs::{self, File},
    io::{Read, Seek},
    path::Path,
};

use instant_distance::{Builder, HnswMap, Point, Search};
use serde::{Deserialize, Serialize};

use super::{Matrix, simd};
use crate::{
    encode::Embedding,
    error::{Error, Result},
};

/// Most neighbours that a search gives.
pub const EF_SEARCH: usize = 100;
const EF_CONSTRUCTION: usize = 60;
/// Which layer a point falls into is drawn at random; a fixed seed keeps builds of one catalog alike.
const SEED: u64 = 7;

/// A graph over the present rows of one facet.
#[derive(Serialize, Deserialize)]
pub struct Hnsw(HnswMap<Vector, u32>);

#[derive(Clone, Serialize, Deserialize)]
struct Vector(Vec<f32>);

impl Point for Vector {
    fn distance(&self, other: &Self) -> f32 {
        1.0 - simd::dot(&self.0, &other.0)
    }
}

impl Hnsw {
    pub fn build(matrix: &Matrix) -> Self {
        let rows = (0..matrix.rows()).filter_map(|row| Some((Vector(matrix.row(row)?.to_vec()), row as u32)));
        let (points, values) = rows.unzip();
        let builder = Builder::default().ef_search(EF_SEARCH).ef_construction(EF_CONSTRUCTION).seed(SEED);
        Self(builder.build(points, values))
    }

    /// Rows nearest to `query` with their cosines, best first, at most [`EF_SEARCH`].
    pub fn nearest(&self, query: &Embedding, count: usize) -> Vec<(usize, f32)> {
        let mut search = Search::default();
        let point = Vector(query.values().to_vec());
        self.0.search(&point, &mut search).take(count).map(|item| (*item.value as usize, 1.0 - item.distance)).collect()
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = postcard::to_stdvec(self).map_err(|why| Error::unwritable(path, why))?;
        fs::write(path, bytes).map_err(|why| Error::unwritable(path, why))
    }

    /// Reads a graph from the beginning of an open file; `path` is what errors name.
    pub fn read(mut file: &File, path: &Path) -> Result<Self> {
        let mut bytes = Vec::new();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|why| Error::unreadable(path, why))?;
        postcard::from_bytes(&bytes)
            .map_err(|why| Error::DamagedCollection { path: path.to_owned(), why: why.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::matrix::tests::matrix;

    #[test]
    fn finds_what_the_exact_scan_finds() {
        // Points on a circle, every third missing.
        let rows: Vec<_> = (0..300)
            .map(|row| (row % 3 != 0).then(|| vec![(row as f32 / 50.0).cos(), (row as f32 / 50.0).sin()]))
            .collect();
        let (guard, matrix) = matrix(2, &rows);
        let path = guard.path().join("text.hnsw");
        Hnsw::build(&matrix).save(&path).unwrap();
        let hnsw = Hnsw::read(&File::open(&path).unwrap(), &path).unwrap();
        let query = matrix.embedding(100).unwrap();
        let mut expected: Vec<_> = crate::index::exact::cosines(&matrix, &query).into_iter().enumerate().collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1));
        let rows = |found: &[(usize, f32)]| found.iter().map(|(row, _)| *row).collect::<Vec<_>>();
        assert_eq!(rows(&hnsw.nearest(&query, 5))[0], 100);
        let mut found = rows(&hnsw.nearest(&query, 5));
        let mut truth = rows(&expected[..5]);
        found.sort_unstable();
        truth.sort_unstable();
        assert_eq!(found, truth);
    }

    #[test]
    fn an_empty_facet_has_no_neighbours() {
        let (_guard, matrix) = matrix(2, &[None, None]);
        let query = Embedding::new(vec![1.0, 0.0]).unwrap();
        assert!(Hnsw::build(&matrix).nearest(&query, 5).is_empty());
    }
}
