//! The vectors of one facet: a memory-mapped, row-major matrix of unit vectors. A row that is missing is marked,
//! not zero, so that "no picture" never looks like "unlike every picture".

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use memmap2::Mmap;

use crate::{
    encode::Embedding,
    error::{Error, Result},
};

/// File layout: 8 bytes magic, rows (u64), dim (u64), one byte a row (1: present) padded to 4, then f32 little endian.
const MAGIC: &[u8; 8] = b"VITRMAT1";
const HEAD: usize = 24;

/// `rows x dim` unit vectors, some rows missing.
#[derive(Debug)]
pub struct Matrix {
    map: Mmap,
    rows: usize,
    dim: usize,
    present: usize,
}

impl Matrix {
    /// Opens a matrix file without reading it.
    #[expect(unsafe_code, reason = "a memory map; generations are never written to once they are renamed into place")]
    pub fn open(path: &Path) -> Result<Self> {
        let damaged = |why: &str| Error::DamagedCollection { path: path.to_owned(), why: why.into() };
        let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
        // SAFETY: the file belongs to a finished generation, which this program never changes.
        let map = unsafe { Mmap::map(&file) }.map_err(|why| Error::unreadable(path, why))?;
        let number = |from: usize| {
            let bytes = map.get(from..from + 8)?.try_into().ok()?;
            usize::try_from(u64::from_le_bytes(bytes)).ok()
        };
        if map.get(..8) != Some(MAGIC) {
            return Err(damaged("not a matrix"));
        }
        let (rows, dim) = number(8).zip(number(16)).ok_or_else(|| damaged("cut off"))?;
        let values = rows.checked_mul(dim).and_then(|values| values.checked_mul(4));
        let size = values.and_then(|values| values.checked_add(HEAD + rows.next_multiple_of(4)));
        if size != Some(map.len()) {
            return Err(damaged("cut off"));
        }
        let present = map[HEAD..HEAD + rows].iter().filter(|mark| **mark == 1).count();
        Ok(Self { map, rows, dim, present })
    }

    /// Rows of the catalog, present or missing.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many rows are present.
    pub fn present(&self) -> usize {
        self.present
    }

    /// One product's vector, `None` when the product lacks this facet.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        let present = row < self.rows && self.map[HEAD + row] == 1;
        present.then(|| &self.values()[row * self.dim..][..self.dim])
    }

    /// The same as an [`Embedding`], to query with.
    pub fn embedding(&self, row: usize) -> Option<Embedding> {
        Embedding::new(self.row(row)?.to_vec())
    }

    fn values(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[HEAD + self.rows.next_multiple_of(4)..])
    }
}

/// Writes a matrix row by row; how many rows there will be need not be known before.
pub struct Writer {
    path: PathBuf,
    dim: usize,
    marks: Vec<u8>,
    values: BufWriter<File>,
    spill: PathBuf,
}

impl Writer {
    pub fn create(path: &Path, dim: usize) -> Result<Self> {
        let spill = path.with_extension("rows");
        let file = File::create(&spill).map_err(|why| Error::unwritable(&spill, why))?;
        Ok(Self { path: path.to_owned(), dim, marks: Vec::new(), values: BufWriter::new(file), spill })
    }

    /// Adds the next row; `None` marks it missing.
    pub fn push(&mut self, row: Option<&Embedding>) -> Result<()> {
        let fail = |why: std::io::Error| Error::unwritable(&self.spill, why);
        self.marks.push(u8::from(row.is_some()));
        match row {
            Some(row) if row.values().len() == self.dim => {
                self.values.write_all(bytemuck::cast_slice(row.values())).map_err(fail)
            }
            Some(row) => {
                let why = format!("a vector has {} values, the space {}", row.values().len(), self.dim);
                Err(Error::BadBundle { path: self.path.clone(), why })
            }
            None => std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 4 * self.dim as u64), &mut self.values)
                .map(|_| ())
                .map_err(fail),
        }
    }

    /// Puts head and rows together under the final name.
    pub fn finish(mut self) -> Result<()> {
        let fail = |why: std::io::Error| Error::unwritable(&self.path, why);
        self.values.flush().map_err(fail)?;
        let mut rows = File::open(&self.spill).map_err(fail)?;
        let mut out = BufWriter::new(File::create(&self.path).map_err(fail)?);
        let mut head = MAGIC.to_vec();
        head.extend((self.marks.len() as u64).to_le_bytes());
        head.extend((self.dim as u64).to_le_bytes());
        self.marks.resize(self.marks.len().next_multiple_of(4), 0);
        head.extend(&self.marks);
        out.write_all(&head).map_err(fail)?;
        std::io::copy(&mut rows, &mut out).map_err(fail)?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|file| file.sync_all()).map_err(fail)?;
        std::fs::remove_file(&self.spill).map_err(fail)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A matrix of the given rows in a temporary folder that lives as long as the guard.
    pub(crate) fn matrix(dim: usize, rows: &[Option<Vec<f32>>]) -> (tempfile::TempDir, Matrix) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.vec");
        let mut writer = Writer::create(&path, dim).unwrap();
        for row in rows {
            writer.push(row.clone().and_then(Embedding::new).as_ref()).unwrap();
        }
        writer.finish().unwrap();
        let matrix = Matrix::open(&path).unwrap();
        (folder, matrix)
    }

    #[test]
    fn rows_come_back_and_missing_rows_stay_missing() {
        let (_guard, matrix) = matrix(2, &[Some(vec![0.0, 2.0]), None, Some(vec![3.0, 4.0])]);
        assert_eq!((matrix.rows(), matrix.dim(), matrix.present()), (3, 2, 2));
        assert_eq!(matrix.row(0), Some([0.0, 1.0].as_slice()));
        assert_eq!(matrix.row(1), None);
        assert_eq!(matrix.row(2), Some([0.6, 0.8].as_slice()));
        assert_eq!(matrix.row(3), None);
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let (guard, _) = matrix(2, &[Some(vec![0.0, 2.0])]);
        let path = guard.path().join("text.vec");
        let whole = std::fs::read(&path).unwrap();
        for content in [&whole[..whole.len() - 1], &whole[..10], b"something else entirely"] {
            let other = guard.path().join("other.vec");
            std::fs::write(&other, content).unwrap();
            assert!(matches!(Matrix::open(&other), Err(Error::DamagedCollection { .. })));
        }
    }
}
