//! One graph of instant-distance over some rows of a facet. Only this file knows the crate.
//!
//! Its points are row numbers. While a graph is built they point at their codes, wherever those are mapped; in a finished
//! graph only the query knows the codes. So a graph is links and nothing else, in memory and on disk.
//!
//! The crate builds in one go: no insert, no delete, no cancel, no filter, and `ef_search` is part of the graph. What
//! lies around this file makes up for it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use instant_distance::{Builder, Heuristic, Hnsw, Point, Search};
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::links::Links;
use crate::{
    error::{Error, Result},
    index::{Codes, codes::code, simd},
    progress::Progress,
};

/// Which layer a point falls into is drawn at random; a fixed seed keeps builds of one catalog alike.
const SEED: u64 = 7;
/// How many points lead to one that was tied in again.
const TIES: usize = 4;

/// A finished graph. Points are numbered in its own order, which is not that of their positions.
pub(super) struct Segment {
    graph: Hnsw<Place>,
    ef_search: usize,
    /// Searches at rest: each holds a mark for every point, too much to set up for one query.
    searches: Mutex<Vec<Search>>,
}

impl Segment {
    /// A graph of these links; `None` when they are not links at all.
    pub fn of(links: &mut Links, ef_search: usize) -> Option<Self> {
        Some(Self { graph: links.graph(ef_search)?, ef_search, searches: Mutex::default() })
    }

    pub fn links(&self) -> Option<Links> {
        Links::of(&self.graph)
    }

    /// Positions nearest to the query, with their cosines as the codes tell them, best first; at most `ef_search`.
    pub fn nearest(&self, query: &Place) -> Vec<(u32, f32)> {
        self.search(query, |_, position, cosine| (position, cosine))
    }

    /// Points that a search for their own codes does not find, each with those that it finds instead, best first.
    pub fn lost(&self, codes: &Arc<Codes>, among: impl IntoParallelIterator<Item = u32>) -> Vec<(u32, Vec<u32>)> {
        let check = |point: u32| {
            let position = self.graph[point.into()].position();
            let found = self.search(&Place::own(codes, position), |point, _, cosine| (point, cosine));
            let own = codes.cosine(position as usize, position as usize);
            // Where all that was found is at least as near, it is no fault to be missing.
            let is_lost = !found.iter().any(|(other, _)| *other == point)
                && found.last().is_none_or(|(_, least)| found.len() < self.ef_search || *least < own);
            is_lost.then(|| (point, found.into_iter().take(TIES).map(|(point, _)| point).collect()))
        };
        among.into_par_iter().filter_map(check).collect()
    }

    /// For each point found `kept(point, position, cosine)`.
    fn search<T>(&self, query: &Place, kept: impl Fn(u32, u32, f32) -> T) -> Vec<T> {
        let rest = || self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut search = rest().pop().unwrap_or_default();
        let items = self.graph.search(query, &mut search);
        let found = items.map(|item| kept(item.pid.into_inner(), item.point.position(), 1.0 - item.distance)).collect();
        rest().push(search);
        found
    }
}

/// A point of a finished graph: a row, or the query that it is searched with.
#[derive(Clone)]
pub(super) enum Place {
    /// A position among the present rows.
    Row(u32),
    Query(Arc<Query>),
}

pub(super) struct Query {
    codes: Arc<Codes>,
    values: Vec<i8>,
    scale: f32,
    dot: fn(&[i8], &[i8]) -> i32,
}

impl Place {
    /// A query, as coarse as the rows: that is faster, and what it finds is scored by full vectors.
    pub fn query(codes: &Arc<Codes>, query: &[f32]) -> Self {
        let mut values = vec![0; query.len()];
        let (scale, _) = code(query, &mut values);
        Self::Query(Arc::new(Query { codes: codes.clone(), values, scale, dot: simd::dots().rows }))
    }

    /// A row of the facet as a query.
    pub fn own(codes: &Arc<Codes>, position: u32) -> Self {
        let (values, scale) = (codes.at(position as usize).to_vec(), codes.scales()[position as usize]);
        Self::Query(Arc::new(Query { codes: codes.clone(), values, scale, dot: simd::dots().rows }))
    }

    /// The query's cosine with the row at a position, as its codes tell it.
    pub fn cosine(&self, position: u32) -> f32 {
        match self {
            Self::Query(query) => query.cosine(position),
            Self::Row(_) => f32::NEG_INFINITY,
        }
    }

    fn position(&self) -> u32 {
        match self {
            Self::Row(position) => *position,
            Self::Query(_) => u32::MAX,
        }
    }
}

impl Query {
    fn cosine(&self, position: u32) -> f32 {
        let position = position as usize;
        let sum = (self.dot)(self.codes.at(position), &self.values);
        sum as f32 * (self.codes.scales()[position] * self.scale)
    }
}

impl Point for Place {
    fn distance(&self, other: &Self) -> f32 {
        match (self, other) {
            (Self::Query(query), Self::Row(position)) | (Self::Row(position), Self::Query(query)) => {
                1.0 - query.cosine(*position)
            }
            // A search compares the query with rows and nothing else.
            _ => f32::INFINITY,
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.position().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(Self::Row)
    }
}

/// A point of a graph that is being built.
#[derive(Clone)]
struct Row<'a> {
    codes: &'a [i8],
    scale: f32,
    position: u32,
    build: &'a Build<'a>,
}

struct Build<'a> {
    progress: &'a Progress,
    dot: fn(&[i8], &[i8]) -> i32,
}

/// What a build that is told to stop unwinds with.
struct Stopped;

impl Point for Row<'_> {
    fn distance(&self, other: &Self) -> f32 {
        // The crate cannot be asked to stop, but it asks for a distance every few nanoseconds.
        if self.build.progress.is_cancelled() {
            resume_unwind(Box::new(Stopped));
        }
        1.0 - (self.build.dot)(self.codes, other.codes) as f32 * (self.scale * other.scale)
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.position.serialize(serializer)
    }
}

/// Builds the links among rows, given by their positions, no two of them with the same codes.
///
/// # Errors
/// [`Error::Cancelled`], at once and not when the graph is done.
pub(super) fn link(codes: &Codes, positions: &[u32], ef_construction: usize, progress: &Progress) -> Result<Links> {
    let build = Build { progress, dot: simd::dots().rows };
    let point = |position: &u32| {
        let at = *position as usize;
        Row { codes: codes.at(at), scale: codes.scales()[at], position: *position, build: &build }
    };
    let points: Vec<Row> = positions.iter().map(point).collect();
    // Neighbours that the heuristic drops stay dropped: so a graph is built in a third of the time. What this costs is
    // made good afterwards, in the links.
    let heuristic = Heuristic { extend_candidates: false, keep_pruned: false };
    let builder = Builder::default().ef_construction(ef_construction).select_heuristic(Some(heuristic)).seed(SEED);
    let built = catch_unwind(AssertUnwindSafe(|| builder.build_hnsw(points).0));
    match built {
        Ok(graph) => Links::of(&graph).ok_or_else(|| Error::Bug { why: "a graph cannot be read back".into() }),
        Err(stop) if stop.is::<Stopped>() => Err(Error::Cancelled),
        Err(bug) => resume_unwind(bug),
    }
}
