//! The vectors of one facet as one byte a value: what the scan of a large collection reads, a quarter of the full
//! vectors. The largest error that this costs is known, so that a ranking can be proved exact after its best rows were
//! scored in full.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use memmap2::Mmap;
use rayon::prelude::*;

use super::{Matrix, mapped, simd};
use crate::error::{Error, Result};

/// File layout: 8 bytes magic, present rows, dim (u64 each), largest residual (f32), padded to 64 bytes; then the codes
/// of the present rows, one byte a value, padded to 8; then one f32 a row, its scale.
const MAGIC: &[u8; 8] = b"VITRCOD1";
const HEAD: usize = 64;
/// Rows coded together before they are written.
const BATCH: usize = 4096;

/// `present x dim` codes; a row's vector is about `code * scale`.
#[derive(Debug)]
pub struct Codes {
    map: Mmap,
    present: usize,
    dim: usize,
    /// The largest distance between a vector and what its codes stand for.
    residual: f32,
}

impl Codes {
    /// Codes the present rows of a matrix into a new file.
    pub fn write(matrix: &Matrix, path: &Path) -> Result<()> {
        let fail = |why: std::io::Error| Error::unwritable(path, why);
        let (present, dim) = (matrix.present(), matrix.dim());
        let mut out = BufWriter::new(File::create(path).map_err(fail)?);
        let mut codes = vec![0; BATCH.min(present.max(1)) * dim];
        let mut scales = Vec::with_capacity(present);
        let mut residual = 0.0_f32;
        out.write_all(&[0; HEAD]).map_err(fail)?;
        for rows in matrix.vectors().chunks(BATCH * dim) {
            let coded: Vec<(f32, f32)> =
                rows.par_chunks(dim).zip(codes.par_chunks_mut(dim)).map(|(row, codes)| code(row, codes)).collect();
            out.write_all(bytemuck::cast_slice(&codes[..rows.len()])).map_err(fail)?;
            residual = coded.iter().fold(residual, |worst, (_, residual)| worst.max(*residual));
            scales.extend(coded.into_iter().map(|(scale, _)| scale));
        }
        let end = || {
            out.write_all(&[0; 8][..padding(present * dim)])?;
            out.write_all(bytemuck::cast_slice(&scales))?;
            let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            std::io::Seek::rewind(&mut file)?;
            file.write_all(MAGIC)?;
            file.write_all(&(present as u64).to_le_bytes())?;
            file.write_all(&(dim as u64).to_le_bytes())?;
            file.write_all(&residual.to_le_bytes())?;
            file.sync_all()
        };
        end().map_err(fail)
    }

    /// Opens the codes of a matrix without reading them.
    pub fn open(path: &Path, matrix: &Matrix) -> Result<Self> {
        let map = mapped::open_made_of(path, MAGIC, matrix)?;
        let (present, dim) = (matrix.present(), matrix.dim());
        let size = HEAD + present * dim + padding(present * dim) + 4 * present;
        let residual = map.get(24..28).and_then(|bytes| Some(f32::from_le_bytes(bytes.try_into().ok()?)));
        let residual = residual.filter(|residual| residual.is_finite() && *residual >= 0.0);
        match residual {
            Some(residual) if map.len() == size => Ok(Self { map, present, dim, residual }),
            _ => Err(Error::DamagedCollection { path: path.to_owned(), why: "cut off".into() }),
        }
    }

    pub fn present(&self) -> usize {
        self.present
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The codes at a position among the present rows.
    pub fn at(&self, position: usize) -> &[i8] {
        &self.all()[position * self.dim..][..self.dim]
    }

    /// All codes, row after row.
    pub fn all(&self) -> &[i8] {
        bytemuck::cast_slice(&self.map[HEAD..HEAD + self.present * self.dim])
    }

    /// What one step of each row's codes is worth.
    pub fn scales(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[self.map.len() - 4 * self.present..])
    }

    /// The cosine of two present rows, as their codes tell it.
    pub fn cosine(&self, a: usize, b: usize) -> f32 {
        simd::dot_rows(self.at(a), self.at(b)) as f32 * self.scales()[a] * self.scales()[b]
    }

    /// Most that the cosine of a unit query with any row may differ from the true one: by the triangle inequality the
    /// row's residual and the query's own.
    pub fn error(&self, query: &QueryCodes) -> f32 {
        self.residual * (1.0 + query.residual) + query.residual
    }
}

fn padding(bytes: usize) -> usize {
    bytes.next_multiple_of(8) - bytes
}

/// Codes one row; its scale and the distance of what the codes stand for.
pub(super) fn code(row: &[f32], codes: &mut [i8]) -> (f32, f32) {
    let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    let mut squares = 0.0;
    for (value, code) in row.iter().zip(codes) {
        *code = (value / scale).round() as i8;
        squares += (value - f32::from(*code) * scale).powi(2);
    }
    (scale, squares.sqrt())
}

/// A query with two bytes a value, fine enough that nearly all of the error is the rows'. Every sum with a row's codes
/// fits in 32 bits.
#[derive(Debug)]
pub struct QueryCodes {
    pub values: Vec<i16>,
    pub scale: f32,
    residual: f32,
}

impl QueryCodes {
    pub fn new(query: &[f32]) -> Self {
        let most = f64::from(i32::MAX) / (127.0 * query.len().max(1) as f64);
        let most = most.min(f64::from(i16::MAX)).floor() as f32;
        let largest = query.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()));
        let scale = largest / most;
        let values: Vec<i16> = query.iter().map(|value| (value / scale).round() as i16).collect();
        let squares: f32 =
            query.iter().zip(&values).map(|(value, code)| (value - f32::from(*code) * scale).powi(2)).sum();
        Self { values, scale, residual: squares.sqrt() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::index::matrix::tests::matrix;

    /// Rows that look random, every fifth missing.
    pub(crate) fn rows(count: usize, dim: usize) -> Vec<Option<Vec<f32>>> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        };
        (0..count).map(|row| (row % 5 != 4).then(|| (0..dim).map(|_| next()).collect())).collect()
    }

    #[test]
    fn no_cosine_is_further_off_than_is_said() {
        for dim in [3, 64, 100, 1024] {
            let (guard, matrix) = matrix(dim, &rows(200, dim));
            let path = guard.path().join("text.codes");
            Codes::write(&matrix, &path).unwrap();
            let codes = Codes::open(&path, &matrix).unwrap();
            for query in 0..20 {
                let query = matrix.at(query);
                let coded = QueryCodes::new(query);
                let error = codes.error(&coded);
                assert!(error < 0.02, "{error}");
                for row in 0..matrix.present() {
                    let sum = simd::dot_codes(codes.at(row), &coded.values);
                    let cosine = sum as f32 * codes.scales()[row] * coded.scale;
                    assert!((cosine - simd::dot(query, matrix.at(row))).abs() <= error + 1e-6);
                }
            }
            assert!((codes.cosine(3, 3) - 1.0).abs() < 0.02);
        }
    }

    #[test]
    fn codes_of_another_matrix_are_refused() {
        let (guard, first) = matrix(4, &rows(20, 4));
        let (_other_guard, second) = matrix(4, &rows(30, 4));
        let path = guard.path().join("text.codes");
        Codes::write(&first, &path).unwrap();
        assert!(matches!(Codes::open(&path, &second), Err(Error::DamagedCollection { .. })));
        std::fs::write(&path, b"VITRCOD1").unwrap();
        assert!(matches!(Codes::open(&path, &first), Err(Error::DamagedCollection { .. })));
    }
}
