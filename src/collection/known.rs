//! What need not be encoded again: products of the generation in use whose content is the same, and batches that an
//! import which did not end has committed.

use std::path::Path;

use super::{Collection, generation::Row};
use crate::{
    catalog::Product,
    encode::{Embedding, Encoders, Modality},
    error::Result,
    store::{
        Before, MadeOf,
        encoded::{Encoded, Made},
    },
};

/// For each facet a vector a space, `None` where the product lacks the facet.
pub type Vectors = [Vec<Option<Embedding>>; 3];

/// How a product stands to the generation in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    New,
    Changed,
    Unchanged,
}

/// The generation in use and what an interrupted import left.
pub struct Known {
    old: Option<Collection>,
    /// Whether the old generation's vectors are those that these encoders make.
    same_encoders: bool,
    spaces: [usize; 3],
    encoded: Encoded,
}

impl Known {
    pub fn open(folder: &Path, encoders: &Encoders, spaces: &[Vec<String>; 3]) -> Result<Self> {
        // A collection of an older format, or a damaged one, is built anew; that it is there is told elsewhere.
        let old = Collection::open(folder).inspect_err(|why| tracing::info!("nothing is taken over: {why}")).ok();
        let same = |old: &Collection| old.manifest.bundle == encoders.id && old.manifest.spaces == *spaces;
        let same_encoders = old.as_ref().is_some_and(same);
        let spaces = [0, 1, 2].map(|facet: usize| spaces[facet].len());
        Ok(Self { old, same_encoders, spaces, encoded: Encoded::open(folder)? })
    }

    /// What the generation in use knows of a product by its id.
    pub fn before(&self, id: &str) -> Result<Option<Before>> {
        self.old.as_ref().map_or(Ok(None), |old| old.store.before(id))
    }

    /// Thumbnail and vectors that were made of the same, by the product itself as it was `before` or by any other.
    pub fn get(&self, made_of: &MadeOf, before: Option<&Before>) -> Result<Option<(Option<Vec<u8>>, Vectors)>> {
        let itself = before.filter(|before| before.made_of == Some(*made_of)).map(|before| before.row);
        if let Some(old) = self.old.as_ref().filter(|_| self.same_encoders)
            && let Some(row) = itself.map_or_else(|| old.store.made_of(made_of), |row| Ok(Some(row)))?
        {
            let vectors = Modality::ALL.map(|facet| {
                let spaces = old.manifest.spaces[facet.index()].iter();
                let vector = |space: &String| Embedding::stored(old.matrix_in(facet, space)?.row(row)?);
                spaces.map(vector).collect()
            });
            return Ok(Some((old.store.thumbnail(row)?, vectors)));
        }
        let Some(Made { thumbnail, vectors, .. }) = self.encoded.get(made_of) else { return Ok(None) };
        // Bytes that say nothing are encoded again.
        Ok(unpack(&vectors, self.spaces).map(|vectors| (thumbnail, vectors)))
    }

    /// Commits products that have just been encoded.
    pub fn keep(&self, rows: &[Row]) -> Result<()> {
        let made = rows.iter().filter_map(|row| {
            let made_of = row.made_of?;
            Some(Made { made_of, thumbnail: row.thumbnail.clone(), vectors: pack(&row.vectors) })
        });
        self.encoded.add(&made.collect::<Vec<_>>())
    }
}

impl Change {
    /// How a product that is about to be stored stands to the one of the same id.
    pub fn of(row: &Row, before: Option<&Before>) -> Self {
        match before {
            None => Self::New,
            Some(before) if before.made_of == row.made_of && is(&row.product, &before.json) => Self::Unchanged,
            Some(_) => Self::Changed,
        }
    }
}

fn is(product: &Product, json: &str) -> bool {
    serde_json::to_string(product).is_ok_and(|now| now == json)
}

/// For each facet and space the number of values (u32, 0: none), then the values; little endian.
fn pack(vectors: &Vectors) -> Vec<u8> {
    let mut bytes = Vec::new();
    for vector in vectors.iter().flatten() {
        let values = vector.as_ref().map_or(&[][..], Embedding::values);
        bytes.extend((values.len() as u32).to_le_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

fn unpack(bytes: &[u8], spaces: [usize; 3]) -> Option<Vectors> {
    let mut rest = bytes;
    let number = |rest: &mut &[u8]| -> Option<[u8; 4]> { rest.split_off(..4)?.try_into().ok() };
    let mut vectors = Vectors::default();
    for (vectors, spaces) in vectors.iter_mut().zip(spaces) {
        for _ in 0..spaces {
            let count = u32::from_le_bytes(number(&mut rest)?) as usize;
            let values: Option<Vec<f32>> = (0..count).map(|_| number(&mut rest).map(f32::from_le_bytes)).collect();
            vectors.push(if count == 0 { None } else { Some(Embedding::stored(&values?)?) });
        }
    }
    rest.is_empty().then_some(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_bit_for_bit() {
        let vector = |values: &[f32]| Embedding::new(values.to_vec());
        let vectors: Vectors = [vec![vector(&[0.1, 0.7, -0.3]), None], vec![None], vec![vector(&[3.0, 1e-3])]];
        let bytes = pack(&vectors);
        let back = unpack(&bytes, [2, 1, 1]).unwrap();
        assert_eq!(back, vectors);
        assert!(unpack(&bytes[..bytes.len() - 1], [2, 1, 1]).is_none());
        assert!(unpack(&bytes, [1, 1, 1]).is_none());
        assert!(unpack(&[], [1, 0, 0]).is_none());
    }
}
