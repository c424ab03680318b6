//! The vectors of one facet: a memory-mapped, row-major matrix of unit vectors. Only products that have the facet take
//! room; the others are marked, not zero, so that "no picture" never looks like "unlike every picture".

use std::{
    fs::File,
    io::{BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use memmap2::Mmap;

use super::{RowSet, mapped};
use crate::{
    encode::Embedding,
    error::{Error, Result},
};

/// File layout: 8 bytes magic, rows, dim, present (u64 each), padded to 64 bytes; then the vectors of the present rows,
/// one after another, f32 little endian; then one bit a row (1: present), 64 rows a u64.
const MAGIC: &[u8; 8] = b"VITRMAT2";
const HEAD: usize = 64;

/// `rows x dim` unit vectors, some rows missing.
#[derive(Debug)]
pub struct Matrix {
    map: Mmap,
    rows: Rows,
    dim: usize,
}

/// Which rows are present, and where their vector lies among the present ones.
#[derive(Debug)]
pub struct Rows {
    set: RowSet,
    /// Present rows before each word of the set.
    before: Vec<u32>,
    present: usize,
}

impl Rows {
    fn new(set: RowSet) -> Self {
        let mut present = 0;
        let before = set.words().iter().map(|word| {
            let before = present;
            present += word.count_ones();
            before
        });
        let before = before.collect();
        Self { set, before, present: present as usize }
    }

    pub fn set(&self) -> &RowSet {
        &self.set
    }

    /// The position of a row among the present ones.
    pub fn position(&self, row: usize) -> Option<usize> {
        let word = self.set.words().get(row / 64)?;
        let bit = 1 << (row % 64);
        (word & bit != 0).then(|| self.before[row / 64] as usize + (word & (bit - 1)).count_ones() as usize)
    }

    /// The row at a position among the present ones.
    ///
    /// # Panics
    /// When there are fewer present rows.
    pub fn row(&self, position: usize) -> usize {
        let word = self.before.partition_point(|before| *before as usize <= position) - 1;
        let mut left = self.set.words()[word];
        (self.before_word(word)..position).for_each(|_| left &= left - 1);
        assert!(left != 0, "position {position} of {}", self.present);
        word * 64 + left.trailing_zeros() as usize
    }

    /// How many present rows come before the first of 64 rows.
    pub fn before_word(&self, word: usize) -> usize {
        self.before[word] as usize
    }
}

impl Matrix {
    /// Opens a matrix file without reading its vectors.
    pub fn open(path: &Path) -> Result<Self> {
        let map = mapped::open(path)?;
        let damaged = |why: &str| Error::DamagedCollection { path: path.to_owned(), why: why.into() };
        if map.get(..8) != Some(MAGIC) {
            return Err(damaged("not a matrix"));
        }
        let number = |from| mapped::number(&map, from).ok_or_else(|| damaged("cut off"));
        let (rows, dim, present) = (number(8)?, number(16)?, number(24)?);
        let values = present.checked_mul(dim).and_then(|values| values.checked_mul(4));
        let vectors_end = values.and_then(|values| Some(values.checked_add(HEAD)?.next_multiple_of(8)));
        let marks = rows.div_ceil(64).checked_mul(8);
        if dim == 0 || vectors_end.zip(marks).and_then(|(end, marks)| end.checked_add(marks)) != Some(map.len()) {
            return Err(damaged("cut off"));
        }
        let words = map[vectors_end.unwrap_or_default()..].as_chunks::<8>().0.iter().copied().map(u64::from_le_bytes);
        let set = RowSet::from_words(rows, words.collect()).ok_or_else(|| damaged("cut off"))?;
        let rows = Rows::new(set);
        if rows.present != present {
            return Err(damaged("cut off"));
        }
        Ok(Self { map, rows, dim })
    }

    /// Rows of the catalog, present or missing.
    pub fn rows(&self) -> usize {
        self.rows.set.rows()
    }

    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How many rows are present.
    pub fn present(&self) -> usize {
        self.rows.present
    }

    /// Which rows are present.
    pub fn places(&self) -> &Rows {
        &self.rows
    }

    /// One product's vector, `None` when the product lacks this facet.
    pub fn row(&self, row: usize) -> Option<&[f32]> {
        Some(self.at(self.rows.position(row)?))
    }

    /// The vector at a position among the present rows.
    pub fn at(&self, position: usize) -> &[f32] {
        &self.vectors()[position * self.dim..][..self.dim]
    }

    /// The same as an [`Embedding`], to query with.
    pub fn embedding(&self, row: usize) -> Option<Embedding> {
        Embedding::new(self.row(row)?.to_vec())
    }

    /// All present vectors, one after another.
    pub fn vectors(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[HEAD..HEAD + 4 * self.present() * self.dim])
    }
}

/// Writes a matrix row by row; how many rows there will be need not be known before.
pub struct Writer {
    path: PathBuf,
    dim: usize,
    marks: Vec<u64>,
    rows: usize,
    present: usize,
    out: BufWriter<File>,
}

impl Writer {
    pub fn create(path: &Path, dim: usize) -> Result<Self> {
        let fail = |why: std::io::Error| Error::unwritable(path, why);
        let mut out = BufWriter::new(File::create(path).map_err(fail)?);
        out.write_all(&[0; HEAD]).map_err(fail)?;
        Ok(Self { path: path.to_owned(), dim, marks: Vec::new(), rows: 0, present: 0, out })
    }

    /// Adds the next row; `None` marks it missing.
    pub fn push(&mut self, row: Option<&Embedding>) -> Result<()> {
        if self.rows.is_multiple_of(64) {
            self.marks.push(0);
        }
        if let Some(row) = row {
            if row.values().len() != self.dim {
                let why = format!("a vector has {} values, the space {}", row.values().len(), self.dim);
                return Err(Error::BadBundle { path: self.path.clone(), why });
            }
            let written = self.out.write_all(bytemuck::cast_slice(row.values()));
            written.map_err(|why| Error::unwritable(&self.path, why))?;
            self.marks[self.rows / 64] |= 1 << (self.rows % 64);
            self.present += 1;
        }
        self.rows += 1;
        Ok(())
    }

    /// Adds the marks, fills in the head and brings everything to the disk.
    pub fn finish(mut self) -> Result<()> {
        let mut end = || {
            let padding = (4 * self.present * self.dim).next_multiple_of(8) - 4 * self.present * self.dim;
            self.out.write_all(&[0; 8][..padding])?;
            for word in &self.marks {
                self.out.write_all(&word.to_le_bytes())?;
            }
            self.out.seek(SeekFrom::Start(0))?;
            self.out.write_all(MAGIC)?;
            for number in [self.rows, self.dim, self.present] {
                self.out.write_all(&(number as u64).to_le_bytes())?;
            }
            self.out.flush()?;
            self.out.get_ref().sync_all()
        };
        end().map_err(|why| Error::unwritable(&self.path, why))
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
    fn every_present_row_knows_its_position() {
        let rows: Vec<_> = (0..300).map(|row| (row % 7 != 0).then(|| vec![1.0, row as f32, 0.5])).collect();
        let (_guard, matrix) = matrix(3, &rows);
        let mut position = 0;
        for (row, values) in rows.iter().enumerate() {
            let expected = values.is_some().then_some(position);
            assert_eq!(matrix.places().position(row), expected, "row {row}");
            assert!(expected.is_none_or(|position| matrix.places().row(position) == row), "row {row}");
            position += usize::from(values.is_some());
        }
        assert_eq!(matrix.present(), position);
        assert_eq!(matrix.places().before_word(1), matrix.places().position(64).unwrap());
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let (guard, _) = matrix(2, &[Some(vec![0.0, 2.0])]);
        let path = guard.path().join("text.vec");
        let whole = std::fs::read(&path).unwrap();
        let mut other_marks = whole.clone();
        *other_marks.last_mut().unwrap() = 0x80;
        for content in [&whole[..whole.len() - 1], &whole[..10], b"something else entirely", &other_marks] {
            let other = guard.path().join("other.vec");
            std::fs::write(&other, content).unwrap();
            assert!(matches!(Matrix::open(&other), Err(Error::DamagedCollection { .. })));
        }
    }
}
