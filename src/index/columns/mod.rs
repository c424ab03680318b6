//! What products are filtered, counted and ordered by, a column a trait: one file of a generation, mapped when it is
//! opened, so that a million products cost no start-up time and no memory of their own.
//!
//! ```text
//! 8 bytes magic, arrays of little-endian numbers each padded to 8, the head (postcard), its sha256, its length (u64)
//! ```
//! The head says where the arrays are and is checked as a whole. A damaged array gives wrong counts at worst: a code outside its labels counts as no
//! value, and places of rows are checked when the file is opened.
//!
//! An attribute is a facet when its values are shared: at most [`MOST_VALUES`] different ones, each by two products on
//! average unless there are no more than [`FEW_VALUES`]. Article numbers never are. Values are the same when they differ
//! in case or width only; the first spelling is shown. A cell longer than [`LONGEST_VALUE`] characters is prose and counts
//! as empty. Of more than [`MOST_KEYS`] such attributes those are kept that most products have.

use std::path::Path;

use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{RowSet, mapped, words::fold};
use crate::{
    catalog::feed::columns::plain,
    encode::Modality,
    error::{Error, Result},
};

mod build;
mod tree;

pub use build::build;
pub use tree::{Node, Tree};

/// The file's name in a generation.
pub const FILE: &str = "columns.bin";

pub const MOST_VALUES: usize = 1_000;
pub const FEW_VALUES: usize = 12;
pub const LONGEST_VALUE: usize = 100;
pub const MOST_KEYS: usize = 64;

/// The code of a row without a value.
pub const NO_VALUE: u32 = u32::MAX;

const MAGIC: &[u8; 8] = b"VITRCOL1";
/// Checksum and length.
const BEHIND_HEAD: usize = 40;

/// The open columns of a generation.
#[derive(Debug)]
pub struct Columns {
    map: Mmap,
    head: Head,
    facets: [RowSet; 3],
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    rows: usize,
    /// Where the arrays end and the head begins.
    end: usize,
    tree: Tree,
    /// A node of the tree for each row.
    categories: Span,
    brands: Placed,
    currencies: Placed,
    attributes: Vec<Placed>,
    /// f64, not a number where there is no price.
    amounts: Span,
    ids: PlacedTexts,
    id_order: Span,
    rows_by_id: Span,
    rows_by_title: Span,
    facets: [Span; 3],
}

/// Where in the file an array is.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Span {
    from: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct PlacedTexts {
    ends: Span,
    bytes: Span,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Placed {
    name: String,
    labels: PlacedTexts,
    codes: Span,
}

/// A column of labels: every row has the code of one or [`NO_VALUE`]. Codes are in the order of the folded labels.
#[derive(Debug, Clone, Copy)]
pub struct Coded<'a> {
    /// The attribute's name as the feed spells it.
    pub name: &'a str,
    pub labels: Texts<'a>,
    pub codes: &'a [u32],
}

impl Coded<'_> {
    /// The code of a label, spelled in whatever case and width.
    pub fn code_of(&self, label: &str) -> Option<u32> {
        let wanted = fold(label);
        let (mut low, mut high) = (0, self.labels.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match fold(self.labels.get(middle)).cmp(&wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle as u32),
            }
        }
        None
    }
}

/// Texts one behind the other in the map.
#[derive(Debug, Clone, Copy)]
pub struct Texts<'a> {
    ends: &'a [u64],
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A text; empty where there is none or the file is damaged.
    pub fn get(&self, at: usize) -> &'a str {
        std::str::from_utf8(self.bytes_of(at)).unwrap_or_default()
    }

    fn bytes_of(&self, at: usize) -> &'a [u8] {
        let Some(end) = self.ends.get(at) else { return &[] };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        self.bytes.get(start as usize..*end as usize).unwrap_or_default()
    }
}

impl Columns {
    /// Opens a generation's columns without reading more than their head and the orders.
    pub fn open(path: &Path) -> Result<Self> {
        let damaged = |why: &str| Error::DamagedCollection { path: path.to_owned(), why: why.into() };
        let map = mapped::open(path)?;
        if map.get(..8) != Some(MAGIC) {
            return Err(damaged("not the columns of a catalog"));
        }
        let parts = map.len().checked_sub(BEHIND_HEAD).and_then(|end| {
            let length = mapped::number(&map, map.len() - 8)?;
            Some((end.checked_sub(length).filter(|start| *start >= MAGIC.len())?, end))
        });
        let (start, end) = parts.ok_or_else(|| damaged("cut off"))?;
        if Sha256::digest(&map[start..end])[..] != map[end..end + 32] {
            return Err(damaged("cut off"));
        }
        let head: Head = postcard::from_bytes(&map[start..end]).map_err(|why| damaged(&why.to_string()))?;
        if head.end != start {
            return Err(damaged("cut off"));
        }
        let facets = [0, 1, 2].map(|_| RowSet::none(0));
        let mut columns = Self { map, head, facets };
        columns.facets = columns.read_facets().ok_or_else(|| damaged("its files do not belong together"))?;
        let orders = [columns.id_order(), columns.rows_by_id(), columns.rows_by_title()];
        if orders.iter().any(|order| order.iter().any(|place| *place as usize >= columns.rows())) {
            return Err(damaged("its files do not belong together"));
        }
        Ok(columns)
    }

    fn read_facets(&self) -> Option<[RowSet; 3]> {
        let read = |span| RowSet::from_words(self.head.rows, self.numbers::<u64>(span).into());
        let [text, image, audio] = self.head.facets;
        Some([read(text)?, read(image)?, read(audio)?])
    }

    pub fn rows(&self) -> usize {
        self.head.rows
    }

    /// The id of a row's product; empty for a row that is not there.
    pub fn id(&self, row: usize) -> &str {
        self.texts(self.head.ids).get(row)
    }

    /// The row of a product.
    pub fn row_of(&self, id: &str) -> Option<usize> {
        let (rows, ids) = (self.rows_by_id(), self.texts(self.head.ids));
        let at = rows.binary_search_by(|row| ids.bytes_of(*row as usize).cmp(id.as_bytes())).ok()?;
        Some(rows[at] as usize)
    }

    /// Each row's place in the order of product ids: ties in a ranking break by it.
    pub fn id_order(&self) -> &[u32] {
        self.numbers(self.head.id_order)
    }

    /// Rows in the order of product ids.
    pub fn rows_by_id(&self) -> &[u32] {
        self.numbers(self.head.rows_by_id)
    }

    /// Rows in the order of their folded titles, then of ids; those without a title last.
    pub fn rows_by_title(&self) -> &[u32] {
        self.numbers(self.head.rows_by_title)
    }

    pub fn tree(&self) -> &Tree {
        &self.head.tree
    }

    /// Each row's node in the tree of categories.
    pub fn categories(&self) -> &[u32] {
        self.numbers(self.head.categories)
    }

    pub fn brands(&self) -> Coded<'_> {
        self.coded(&self.head.brands)
    }

    /// Each row's price, not a number where there is none.
    pub fn amounts(&self) -> &[f64] {
        self.numbers(self.head.amounts)
    }

    /// The currency of each price; the empty label where the feed names none.
    pub fn currencies(&self) -> Coded<'_> {
        self.coded(&self.head.currencies)
    }

    /// The attributes that are facets, those that most products have first.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Coded<'_>> {
        self.head.attributes.iter().map(|placed| self.coded(placed))
    }

    /// The place among [`attributes`](Self::attributes) of a name, compared as column names are.
    pub fn attribute_at(&self, name: &str) -> Option<usize> {
        let name = plain(name);
        self.head.attributes.iter().position(|placed| plain(&placed.name) == name)
    }

    /// The rows that have a facet to be matched against.
    pub fn facet(&self, facet: Modality) -> &RowSet {
        &self.facets[facet.index()]
    }

    fn coded<'a>(&'a self, placed: &'a Placed) -> Coded<'a> {
        Coded { name: &placed.name, labels: self.texts(placed.labels), codes: self.numbers(placed.codes) }
    }

    fn texts(&self, placed: PlacedTexts) -> Texts<'_> {
        Texts { ends: self.numbers(placed.ends), bytes: self.numbers(placed.bytes) }
    }

    /// An array of the map. Its head has been checked, so that it is there and in step with its type.
    fn numbers<T: bytemuck::Pod>(&self, span: Span) -> &[T] {
        self.map
            .get(span.from..span.from + span.bytes)
            .and_then(|bytes| bytemuck::try_cast_slice(bytes).ok())
            .unwrap_or_default()
    }
}
