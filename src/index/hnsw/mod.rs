//! The graph of a large facet: its nearest rows without looking at every row.
//!
//! It consists of immutable segments, each a graph of instant-distance over some rows, of a tail of rows in no segment,
//! which are scanned, and of removed rows, which are never found. Distances come from the facet's codes; the best rows are
//! scored again by their full vectors, so that every cosine shown is true. A graph exists only whole: it is built, read
//! and replaced as a value, and its file is renamed into place.

use std::{collections::HashMap, path::Path, sync::Arc};

use rayon::prelude::*;

use super::{
    Codes, Matrix, RowSet, mapped,
    nearest::{Nearby, Nearest, Way, best_first, scan, true_best},
};
use crate::{
    encode::Embedding,
    error::{Error, Result},
    files,
    progress::{Progress, Stage},
};
use links::Links;
use segment::{Place, Segment};

mod links;
mod live;
mod segment;

pub use live::Live;

/// From this many rows on a facet gets a graph; below, the exact scan answers within some milliseconds, and building a
/// graph takes minutes.
pub const GRAPH_FROM: usize = 200_000;
/// Most rows of one segment. A search visits every segment, so they are as large as their memory while being built lets
/// them be.
pub const SEGMENT_ROWS: usize = 250_000;
/// A rebuild makes a segment anew once this share of its rows is removed.
const STALE_SHARE: f32 = 0.2;
/// `ef_search` of the first look for rows that cannot be found; what a narrow search finds, a wide one finds too.
const EF_NARROW: usize = 12;

/// File layout: 8 bytes magic, checksum of all that follows, number of segments (u64 each); then for each segment, as u32
/// numbers, its [`Links`], its twins and its lost rows.
const MAGIC: &[u8; 8] = b"VITRHNS1";
const HEAD: usize = 24;

/// How hard a graph tries.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Candidates for the links of a row while the graph is built.
    pub ef_construction: usize,
    /// Candidates of a search, and so the most rows that it finds.
    pub ef_search: usize,
    pub segment_rows: usize,
    /// As few rows as this are scanned: no slower, and exact.
    pub scanned_rows: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { ef_construction: 60, ef_search: 100, segment_rows: SEGMENT_ROWS, scanned_rows: 10_000 }
    }
}

/// A graph over the present rows of one facet.
pub struct Hnsw {
    matrix: Arc<Matrix>,
    codes: Arc<Codes>,
    effort: Effort,
    segments: Vec<Arc<Part>>,
    /// Positions that no segment finds, rising.
    tail: Vec<u32>,
    /// Rows that are never found.
    removed: RowSet,
    /// How many present rows are not removed.
    findable: usize,
}

/// A segment with what instant-distance cannot take.
struct Part {
    segment: Segment,
    /// Positions of the segment's points.
    points: Vec<u32>,
    /// Positions with the same codes: one that is a point of the graph, and one more. In a graph they would fill each
    /// other's links and be cut off from the rest.
    twins: Vec<[u32; 2]>,
    /// Points that the graph does not find.
    lost: Vec<u32>,
}

impl Hnsw {
    /// Builds a graph over all present rows.
    ///
    /// # Errors
    /// [`Error::Cancelled`], within milliseconds.
    pub fn build(matrix: Arc<Matrix>, codes: Arc<Codes>, effort: Effort, progress: &Progress) -> Result<Self> {
        let removed = RowSet::none(matrix.rows());
        let nothing = Self::of(matrix, codes, effort, Vec::new(), removed);
        nothing.rebuilt(nothing.matrix.clone(), nothing.codes.clone(), progress)
    }

    fn of(matrix: Arc<Matrix>, codes: Arc<Codes>, effort: Effort, segments: Vec<Arc<Part>>, removed: RowSet) -> Self {
        let findable = matrix.present() - matrix.places().set().count_with(&removed);
        let mut tail = uncovered(&segments, &matrix);
        tail.retain(|position| !removed.contains(matrix.places().row(*position as usize)));
        Self { matrix, codes, effort, segments, tail, removed, findable }
    }

    /// A graph over what a matrix holds now: segments that are still good stay as they are, removed rows go, and all
    /// other rows come into new segments.
    ///
    /// # Errors
    /// [`Error::Cancelled`], within milliseconds.
    pub fn rebuilt(&self, matrix: Arc<Matrix>, codes: Arc<Codes>, progress: &Progress) -> Result<Self> {
        progress.begin(Stage::Indexing, matrix.present());
        let mut removed = RowSet::none(matrix.rows());
        self.removed.iter().filter(|row| *row < matrix.rows()).for_each(|row| removed.insert(row));
        let gone = |position: &&u32| removed.contains(matrix.places().row(**position as usize));
        let is_good = |part: &&Arc<Part>| {
            let few = part.points.iter().filter(gone).count() as f32 <= STALE_SHARE * part.points.len() as f32;
            few && fingerprint(&codes, &part.points) == fingerprint(&self.codes, &part.points)
        };
        let mut segments: Vec<Arc<Part>> = self.segments.iter().filter(is_good).cloned().collect();
        let kept = segments.iter().map(|part| part.points.len() + part.twins.len()).sum();
        progress.step_by(kept)?;
        let mut left = uncovered(&segments, &matrix);
        left.retain(|position| !gone(&position));
        // Equal shares, so that no segment is a small rest.
        let shares = left.len().div_ceil(self.effort.segment_rows).max(1);
        for positions in left.chunks(left.len().div_ceil(shares).max(1)) {
            segments.push(Arc::new(Part::build(&codes, positions, self.effort, progress)?));
            progress.step_by(positions.len())?;
        }
        Ok(Self::of(matrix, codes, self.effort, segments, removed))
    }

    /// The same graph without these rows too.
    pub fn without(&self, rows: &RowSet) -> Self {
        let mut removed = self.removed.clone();
        removed.extend(rows);
        Self::of(self.matrix.clone(), self.codes.clone(), self.effort, self.segments.clone(), removed)
    }

    pub fn removed(&self) -> &RowSet {
        &self.removed
    }

    /// How many rows are in segments, and how many are scanned each time.
    pub fn sizes(&self) -> (usize, usize) {
        (self.matrix.present() - self.tail.len(), self.tail.len())
    }

    /// Writes a file beside `path`, then renames it into place.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut numbers = Vec::new();
        for part in &self.segments {
            let links = part.segment.links().ok_or_else(|| Error::Bug { why: "a graph cannot be saved".into() })?;
            links.write(&mut numbers);
            for list in [part.twins.as_flattened(), &part.lost] {
                numbers.push(list.len() as u32);
                numbers.extend(list);
            }
            numbers.extend(fingerprint(&self.codes, &part.points).unwrap_or_default());
        }
        let mut bytes = Vec::with_capacity(HEAD + 4 * numbers.len());
        bytes.extend(MAGIC);
        bytes.extend(checksum(&numbers).to_le_bytes());
        bytes.extend((self.segments.len() as u64).to_le_bytes());
        bytes.extend(bytemuck::cast_slice::<u32, u8>(&numbers));
        files::write_whole(path, bytes)
    }

    /// Reads a graph of this matrix, to which rows may have been added since.
    pub fn open(path: &Path, matrix: Arc<Matrix>, codes: Arc<Codes>) -> Result<Self> {
        Self::read(&mapped::open(path)?, path, matrix, codes, Effort::default())
    }

    /// The same from the content of a file, `path`, with another `ef_search`.
    pub fn read(bytes: &[u8], path: &Path, matrix: Arc<Matrix>, codes: Arc<Codes>, effort: Effort) -> Result<Self> {
        let damaged = |why: &str| Error::DamagedCollection { path: path.to_owned(), why: why.into() };
        if bytes.get(..8) != Some(MAGIC) {
            return Err(damaged("not a graph"));
        }
        let (head, numbers) = bytes.split_at_checked(HEAD).ok_or_else(|| damaged("cut off"))?;
        // Mapped files begin at a page, and the head is a whole number of u32.
        let mut numbers: &[u32] = bytemuck::try_cast_slice(numbers).map_err(|_| damaged("cut off"))?;
        if mapped::number(head, 8) != Some(checksum(numbers) as usize) {
            return Err(damaged("cut off"));
        }
        let mut segments = Vec::new();
        for _ in 0..mapped::number(head, 16).unwrap_or_default() {
            let part = Part::read(&mut numbers, &codes, effort).ok_or_else(|| damaged("a graph of other vectors"))?;
            segments.push(Arc::new(part));
        }
        let removed = RowSet::none(matrix.rows());
        Ok(Self::of(matrix, codes, effort, segments, removed))
    }

    /// Positions nearest to the query, as the codes tell it: of each segment up to `ef_search`, and the whole tail.
    fn candidates(&self, query: &Embedding) -> Vec<(u32, f32)> {
        let place = Place::query(&self.codes, query.values());
        let mut found: Vec<(u32, f32)> = match self.segments.as_slice() {
            [only] => only.nearest(&place),
            several => several.par_iter().flat_map_iter(|part| part.nearest(&place)).collect(),
        };
        found.extend(self.tail.iter().map(|position| (*position, place.cosine(*position))));
        found
    }

    /// Whether the graph should find this many rows, sooner than a scan of the `findable` ones.
    fn is_worthwhile(&self, wanted: usize, findable: usize) -> bool {
        let (present, ef_search) = (self.matrix.present(), self.effort.ef_search);
        // Of the `ef_search` nearest, this share is among those that may be found; twice as many as wanted should be.
        let is_enough =
            if findable == present { wanted <= ef_search } else { 2 * wanted * present <= ef_search * findable };
        findable > self.effort.scanned_rows && is_enough
    }

    /// How many rows a search may find.
    fn findable(&self, allowed: Option<&RowSet>) -> usize {
        let Some(allowed) = allowed else { return self.findable };
        let mut may = self.matrix.places().set().clone();
        may.retain(allowed);
        may.count() - may.count_with(&self.removed)
    }

    fn exact(&self, query: &Embedding, count: usize, allowed: Option<&RowSet>) -> Nearby {
        let mut may = RowSet::all(self.matrix.rows());
        if let Some(allowed) = allowed {
            may.retain(allowed);
        }
        may.remove(&self.removed);
        Nearby { rows: scan(&self.matrix, Some(&self.codes), query, count, &may), way: Way::Exact }
    }
}

impl Nearest for Hnsw {
    fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    fn nearest(&self, query: &Embedding, count: usize, allowed: Option<&RowSet>) -> Nearby {
        let findable = self.findable(allowed);
        let wanted = count.min(findable);
        if !self.is_worthwhile(wanted, findable) {
            return self.exact(query, wanted, allowed);
        }
        let places = self.matrix.places();
        let mut rows: Vec<(usize, f32)> = self
            .candidates(query)
            .into_iter()
            .map(|(position, cosine)| (places.row(position as usize), cosine))
            .collect();
        rows.retain(|(row, _)| !self.removed.contains(*row) && allowed.is_none_or(|allowed| allowed.contains(*row)));
        rows.sort_unstable_by(best_first);
        // A lost row is in the tail, and may be found in its segment all the same.
        rows.dedup_by_key(|(row, _)| *row);
        if rows.len() < wanted {
            return self.exact(query, wanted, allowed);
        }
        // The codes misplace a row by a few places at most.
        rows.truncate(2 * wanted + 10);
        Nearby { rows: true_best(&self.matrix, query, rows, wanted), way: Way::Graph }
    }
}

impl Part {
    fn build(codes: &Arc<Codes>, positions: &[u32], effort: Effort, progress: &Progress) -> Result<Self> {
        let (points, twins) = apart(codes, positions);
        let mut links = segment::link(codes, &points, effort.ef_construction, progress)?;
        let points = links.points.clone();
        let unread = || Error::Bug { why: "a graph cannot be read back".into() };
        links.mirror();
        let narrow = Segment::of(&mut links, EF_NARROW).ok_or_else(unread)?;
        let lost = narrow.lost(codes, 0..points.len() as u32);
        progress.check()?;
        let wide = Segment::of(&mut links, effort.ef_search).ok_or_else(unread)?;
        let lost = wide.lost(codes, lost.into_par_iter().map(|(point, _)| point));
        // A search for such a row comes as far as these points, so they lead it on.
        lost.iter().for_each(|(point, from)| links.tie(*point, from));
        let segment =
            if lost.is_empty() { wide } else { Segment::of(&mut links, effort.ef_search).ok_or_else(unread)? };
        let lost = segment.lost(codes, lost.into_par_iter().map(|(point, _)| point));
        let mut lost: Vec<u32> = lost.into_iter().map(|(point, _)| points[point as usize]).collect();
        lost.sort_unstable();
        Ok(Self { segment, points, twins, lost })
    }

    fn read(numbers: &mut &[u32], codes: &Codes, effort: Effort) -> Option<Self> {
        let mut links = Links::read(numbers)?;
        let twins = links::list(numbers)?.as_chunks::<2>().0.to_vec();
        let lost = links::list(numbers)?.to_vec();
        let print = [links::take(numbers)?, links::take(numbers)?];
        let points = links.points.clone();
        let is_there = |position: &u32| (*position as usize) < codes.present();
        let whole = twins.as_flattened().iter().chain(&lost).all(is_there);
        if !whole || fingerprint(codes, &points) != Some(print) {
            return None;
        }
        Some(Self { segment: Segment::of(&mut links, effort.ef_search)?, points, twins, lost })
    }

    fn nearest(&self, query: &Place) -> Vec<(u32, f32)> {
        let mut found = self.segment.nearest(query);
        if !self.twins.is_empty() {
            for at in 0..found.len() {
                let (position, cosine) = found[at];
                let from = self.twins.partition_point(|[point, _]| *point < position);
                let twins = self.twins[from..].iter().take_while(|[point, _]| *point == position);
                found.extend(twins.map(|[_, twin]| (*twin, cosine)));
            }
        }
        found
    }
}

/// Positions with codes of their own, and those with the codes of one of them.
fn apart(codes: &Codes, positions: &[u32]) -> (Vec<u32>, Vec<[u32; 2]>) {
    let mut first: HashMap<(&[i8], u32), u32> = HashMap::with_capacity(positions.len());
    let (mut points, mut twins) = (Vec::with_capacity(positions.len()), Vec::new());
    for position in positions {
        let at = *position as usize;
        let point = *first.entry((codes.at(at), codes.scales()[at].to_bits())).or_insert(*position);
        if point == *position { points.push(point) } else { twins.push([point, *position]) }
    }
    twins.sort_unstable();
    (points, twins)
}

/// Present positions that no segment finds.
fn uncovered(segments: &[Arc<Part>], matrix: &Matrix) -> Vec<u32> {
    let mut open = RowSet::all(matrix.present());
    for part in segments {
        let found =
            part.points.iter().chain(part.twins.iter().map(|[_, twin]| twin)).map(|position| *position as usize);
        let mut found = RowSet::of(matrix.present(), found);
        found.remove(&RowSet::of(matrix.present(), part.lost.iter().map(|position| *position as usize)));
        open.remove(&found);
    }
    open.iter().map(|position| position as u32).collect()
}

/// What the codes of some positions look like, so that a graph of other vectors is known for one.
fn fingerprint(codes: &Codes, positions: &[u32]) -> Option<[u32; 2]> {
    let scales = codes.scales();
    let bits = positions.iter().map(|position| Some(scales.get(*position as usize)?.to_bits()));
    let sum = checksum(&bits.collect::<Option<Vec<u32>>>()?);
    Some([sum as u32, (sum >> 32) as u32])
}

/// FNV-1a over words.
fn checksum(numbers: &[u32]) -> u64 {
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, |sum, number| (sum ^ u64::from(*number)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests;
