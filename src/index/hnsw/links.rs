//! The links of a graph as plain numbers: how it is saved, and where rows that no search would reach are tied in again.
//! instant-distance shows its graph only through serde, so this file holds a mirror of what it writes.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Links that a point has in the upper layers; twice as many in the zero layer.
const M: usize = 32;
/// Marks a place without a link.
const NONE: u32 = u32::MAX;

/// What instant-distance saves, field for field.
#[derive(Serialize, Deserialize)]
pub(super) struct Links {
    ef_search: u64,
    /// Positions among the present rows, in the graph's own order.
    pub points: Vec<u32>,
    /// For each point the points it leads to in the zero layer, then [`NONE`].
    zero: Vec<[[u32; M]; 2]>,
    /// The same in each layer above, lowest first; a layer holds the first so many points.
    layers: Vec<Vec<[u32; M]>>,
}

impl Links {
    /// The links of a graph as instant-distance tells them; `None` when this is not the layout known here.
    pub fn of(graph: &impl Serialize) -> Option<Self> {
        let bytes = postcard::to_stdvec(graph).ok()?;
        let links: Self = postcard::from_bytes(&bytes).ok()?;
        (links.zero.len() == links.points.len()).then_some(links)
    }

    /// Links from each of some points to one that cannot be found, where they have room.
    pub fn tie(&mut self, lost: u32, from: &[u32]) {
        for point in from {
            let links = self.zero[*point as usize].as_flattened_mut();
            if let Some(free) = links.iter_mut().find(|link| **link == NONE || **link == lost) {
                *free = lost;
            }
        }
    }

    /// Makes links lead both ways where a point has fewer than [`M`]: costs next to nothing, and a search finds more for
    /// the same time.
    pub fn mirror(&mut self) {
        for point in 0..self.zero.len() as u32 {
            let ahead = self.zero[point as usize];
            for other in ahead.as_flattened().iter().take_while(|link| **link != NONE) {
                let links = &mut self.zero[*other as usize][0];
                if let Some(free) = links.iter_mut().find(|link| **link == NONE || **link == point) {
                    *free = point;
                }
            }
        }
    }

    /// As numbers for a file: points, then for each how many links and which, then the layers likewise.
    pub fn write(&self, out: &mut Vec<u32>) {
        let list = |out: &mut Vec<u32>, links: &[u32]| {
            let count = links.iter().take_while(|link| **link != NONE).count();
            out.push(count as u32);
            out.extend(&links[..count]);
        };
        out.push(self.points.len() as u32);
        out.extend(&self.points);
        self.zero.iter().for_each(|links| list(out, links.as_flattened()));
        out.push(self.layers.len() as u32);
        for layer in &self.layers {
            out.push(layer.len() as u32);
            layer.iter().for_each(|links| list(out, links));
        }
    }

    /// Reads what [`write`](Self::write) wrote and leaves the numbers after it; `None` when these are no links.
    pub fn read(numbers: &mut &[u32]) -> Option<Self> {
        let points = list(numbers)?.to_vec();
        let links = |numbers: &mut &[u32], room: &mut [u32]| {
            let list = list(numbers)?;
            room.get_mut(..list.len())?.copy_from_slice(list);
            list.iter().all(|link| (*link as usize) < points.len()).then_some(())
        };
        let mut zero = vec![[[NONE; M]; 2]; points.len()];
        zero.iter_mut().try_for_each(|room| links(numbers, room.as_flattened_mut()))?;
        let mut layers = Vec::new();
        for _ in 0..take(numbers)? {
            let count = take(numbers)? as usize;
            let mut layer = vec![[NONE; M]; (count <= points.len()).then_some(count)?];
            layer.iter_mut().try_for_each(|room| links(numbers, room))?;
            layers.push(layer);
        }
        Some(Self { ef_search: 0, points, zero, layers })
    }

    /// The graph of instant-distance that has these links; `None` when the crate does not take them.
    pub fn graph<G: DeserializeOwned>(&mut self, ef_search: usize) -> Option<G> {
        self.ef_search = ef_search as u64;
        postcard::from_bytes(&postcard::to_stdvec(self).ok()?).ok()
    }
}

pub(super) fn take(numbers: &mut &[u32]) -> Option<u32> {
    let (first, rest) = numbers.split_first()?;
    *numbers = rest;
    Some(*first)
}

/// A count and as many numbers.
pub(super) fn list<'a>(numbers: &mut &'a [u32]) -> Option<&'a [u32]> {
    let count = take(numbers)? as usize;
    let (list, rest) = numbers.split_at_checked(count)?;
    *numbers = rest;
    Some(list)
}
