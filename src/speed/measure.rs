//! The timings themselves: medians of repeated runs, with what they were checked against.

use std::{hint::black_box, path::Path, sync::Arc, time::Instant};

use rayon::prelude::*;
use serde::Serialize;

use super::shelf;
use crate::{
    collection::Collection,
    encode::Modality,
    engine::Engine,
    error::Result,
    index::{exact, simd},
    media::{clip::Clip, image::Picture},
    progress::Progress,
    search::{Paint, Query, Slider, Weights},
};

/// Queries that are timed, each anew.
pub(super) const QUERIES: u32 = 15;
/// Slider moves that are timed.
const MOVES: u32 = 60;
/// Products that a slider move ranks, and that recall is taken at.
pub(super) const TOP: usize = 100;
const RECALL_AT: usize = 50;

/// One thing that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    pub median: f64,
    /// 95 in 100 runs were at most this.
    pub p95: f64,
    /// The fastest run: what the machine can do while nobody else uses it.
    pub best: f64,
}

impl Figure {
    pub(super) fn of(name: &str, unit: &'static str, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
        Self { name: name.into(), unit, median: at(0.5), p95: at(0.95), best: at(0.0) }
    }
}

/// Times opening, searching and sliding on the synthetic collection in `folder`. `tell` is given each figure as it comes.
///
/// # Errors
/// What opening and searching say.
pub fn measure(engine: &Engine, folder: &Path, progress: &Progress, tell: &mut dyn FnMut(Figure)) -> Result<()> {
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(millis(|| Collection::open(folder).map(black_box)).0);
        progress.check()?;
    }
    tell(Figure::of("open the collection", "ms", opened));
    let collection = engine.open(folder)?;
    let words = |number: u32| Query { text: format!("query {number}"), ..Query::default() };
    for (name, asked) in [("words", &words as &dyn Fn(u32) -> Query), ("words, picture, sound", &whole_query)] {
        progress.check()?;
        queries(engine, &collection, name, asked, progress, tell)?;
    }
    shelf::measure(engine, &collection, progress, tell)?;
    scan(&collection, tell);
    Ok(())
}

/// A query with all three parts.
fn whole_query(number: u32) -> Query {
    let pixel = number.to_le_bytes().to_vec();
    let picture = Picture::from_rgba(1, 1, vec![pixel[0], pixel[1], pixel[2], 255]);
    let clip = Clip::new(vec![0.5, number as f32 / 100.0], 16_000);
    Query {
        text: format!("query {number}"),
        images: picture.into_iter().map(Into::into).collect(),
        audio: clip.ok().map(Into::into),
    }
}

fn queries(
    engine: &Engine,
    collection: &Arc<Collection>,
    name: &str,
    asked: &dyn Fn(u32) -> Query,
    progress: &Progress,
    tell: &mut dyn FnMut(Figure),
) -> Result<()> {
    let weights = Weights::default();
    let (mut searched, mut painted, mut recalls, mut paint_recalls) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..QUERIES {
        let (mut first, started) = (None, Instant::now());
        let mut show = |hits: Vec<_>| first = Some((started.elapsed().as_secs_f64() * 1e3, hits));
        let paint = Paint { count: RECALL_AT, filter: None, show: &mut show };
        let (_, found) = engine.search(&asked(number), &weights, None, Some(paint), progress)?;
        let hits = found.rank(collection, &weights, None, TOP)?;
        let first_ms = first.as_ref().map(|(ms, _)| *ms);
        searched.push(started.elapsed().as_secs_f64() * 1e3 - first_ms.unwrap_or_default());
        // Scored in full for every product: the truth.
        let truth: Vec<usize> = {
            found.pairs().for_each(|pair| {
                pair.truth(collection);
            });
            found.rank(collection, &weights, None, RECALL_AT)?.iter().map(|hit| hit.row).collect()
        };
        let recall =
            |rows: Vec<usize>| rows.iter().filter(|row| truth.contains(row)).count() as f64 / truth.len() as f64;
        recalls.push(recall(hits.iter().take(RECALL_AT).map(|hit| hit.row).collect()));
        if let Some((ms, hits)) = first {
            painted.push(ms);
            paint_recalls.push(recall(hits.iter().map(|hit| hit.row).collect()));
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    if !painted.is_empty() {
        tell(Figure::of(&format!("first paint, {name}"), "ms", painted));
        tell(Figure::of(&format!("first paint, {name}: mean recall@50"), "", vec![mean(&paint_recalls)]));
    }
    tell(Figure::of(&format!("new query, {name}"), "ms", searched));
    tell(Figure::of(&format!("new query, {name}: mean recall@50"), "", vec![mean(&recalls)]));
    // A table whose true cosines nobody has asked for yet, as after any new query.
    let (_, found) = engine.search(&asked(QUERIES), &weights, None, None, progress)?;
    let move_to = |number: u32| {
        let mut weights = weights;
        for (slider, step) in Slider::ALL.into_iter().zip([7, 11, 13, 17, 19, 23, 29]) {
            weights.set(slider, 0.1 + (number * step % 90) as f32 / 100.0);
        }
        millis(|| black_box(found.rank(collection, &weights, None, TOP))).0
    };
    tell(Figure::of(&format!("slider move, {name}, top 100"), "ms", (0..MOVES).map(move_to).collect()));
    Ok(())
}

/// The scan of one facet against reading as many bytes.
fn scan(collection: &Collection, tell: &mut dyn FnMut(Figure)) {
    let Some(matrix) = collection.matrix(Modality::Text) else { return };
    let space = collection.manifest.spaces[0].first().map_or("", String::as_str);
    let Some(query) = (0..matrix.rows()).find_map(|row| matrix.embedding(row)) else { return };
    let codes = collection.codes_in(Modality::Text, space);
    let repeat = |work: &mut dyn FnMut()| (0..QUERIES).map(|_| millis(&mut *work).0).collect::<Vec<_>>();
    if let Some(codes) = codes {
        let bytes = codes.all();
        let read = || {
            let words: &[u64] = bytemuck::cast_slice(&bytes[..bytes.len() / 8 * 8]);
            black_box(
                words
                    .par_chunks(1 << 15)
                    .map(|part| part.iter().fold(0, |sum, word| sum ^ word))
                    .reduce(|| 0, |a, b| a ^ b),
            );
        };
        tell(Figure::of("read the codes of one facet", "ms", repeat(&mut || read())));
        let mut one = || drop(black_box(exact::compare(matrix, Some(codes), &[&query])));
        tell(Figure::of(&format!("scan the codes of one facet ({})", simd::name()), "ms", repeat(&mut one)));
        let mut three = || drop(black_box(exact::compare(matrix, Some(codes), &[&query; 3])));
        tell(Figure::of("scan the codes of one facet for three parts", "ms", repeat(&mut three)));
    }
    let mut full = || drop(black_box(exact::compare(matrix, None, &[&query])));
    tell(Figure::of("scan the full vectors of one facet", "ms", repeat(&mut full)));
}

pub(super) fn millis<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let started = Instant::now();
    let done = work();
    (started.elapsed().as_secs_f64() * 1e3, done)
}
