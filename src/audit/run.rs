//! Running a query set: every query is searched with a preset, and the best products are kept, no more, so that ten
//! thousand queries fit anywhere. A query that fails is named and the others go on.

use std::{cmp::Ordering, collections::BTreeMap, path::Path};

use super::{
    Preset,
    formats::{self, Format},
    queries::{AuditQuery, QuerySet},
};
use crate::{
    collection::Collection,
    encode::Encoders,
    error::{Error, Result},
    files::write_whole,
    index::RowSet,
    progress::{Progress, Stage},
    search::{self, Found, arrange},
};

/// A ranking of every query: product ids, best first, with their scores.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    pub name: String,
    pub rankings: BTreeMap<String, Vec<(String, f64)>>,
}

impl Run {
    /// Reads a TREC run, or one of ranx in JSON or Parquet, and orders it as `trec_eval` does; see [`order`].
    pub fn read(path: &Path) -> Result<Self> {
        formats::read(path)?.into_run(path)
    }

    pub fn write(&self, path: &Path, format: Format) -> Result<()> {
        write_whole(path, formats::write_run(path, format, self)?)
    }

    /// One query of it as lines of a TREC run, with scores that fall strictly.
    pub fn trec_lines(path: &Path, tag: &str, query: &str, ranking: &[(String, f64)]) -> Result<String> {
        formats::trec_lines(path, tag, query, ranking)
    }

    /// Product ids of a query, best first.
    pub fn ids(&self, query: &str) -> Vec<&str> {
        self.rankings.get(query).into_iter().flatten().map(|(product, _)| product.as_str()).collect()
    }
}

/// The order of `trec_eval`: by the score in 32 bits, and among equals by the bytes of the id, both from the highest.
pub fn order(ranking: &mut [(String, f64)]) {
    ranking.sort_by(|a, b| match (b.1 as f32).total_cmp(&(a.1 as f32)) {
        Ordering::Equal => b.0.cmp(&a.0),
        other => other,
    });
}

/// What running a set gave.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub run: Run,
    /// Queries without a ranking, and why: empty, a picture that is missing, and so on.
    pub failed: Vec<(String, Error)>,
}

/// Runs a set with one preset and keeps the best `top` products of each query.
pub fn run(
    collection: &Collection,
    encoders: &Encoders,
    queries: &QuerySet,
    preset: &Preset,
    filter: Option<&RowSet>,
    top: usize,
    progress: &Progress,
) -> Result<Outcome> {
    let mut outcomes = run_all(collection, encoders, queries, std::slice::from_ref(preset), filter, top, progress)?;
    Ok(outcomes.pop().unwrap_or_default())
}

/// Runs a set with several presets; each query is encoded once for all of them.
pub fn run_all(
    collection: &Collection,
    encoders: &Encoders,
    queries: &QuerySet,
    presets: &[Preset],
    filter: Option<&RowSet>,
    top: usize,
    progress: &Progress,
) -> Result<Vec<Outcome>> {
    let outcome =
        |preset: &Preset| Outcome { run: Run { name: preset.name.clone(), ..Run::default() }, failed: Vec::new() };
    let mut outcomes: Vec<Outcome> = presets.iter().map(outcome).collect();
    each(collection, encoders, queries, presets, filter, top, progress, &mut |at, query, ranking| {
        match ranking {
            Ok(ranking) => {
                outcomes[at].run.rankings.insert(query.id.clone(), ranking);
            }
            Err(error) => outcomes[at].failed.push((query.id.clone(), error)),
        }
        Ok(())
    })?;
    Ok(outcomes)
}

/// Hands each ranking on as soon as it is there, with the place of its preset; nothing is kept.
#[expect(clippy::too_many_arguments, reason = "what is searched, with what, how far, and who is told")]
pub fn each(
    collection: &Collection,
    encoders: &Encoders,
    queries: &QuerySet,
    presets: &[Preset],
    filter: Option<&RowSet>,
    top: usize,
    progress: &Progress,
    tell: &mut dyn FnMut(usize, &AuditQuery, Result<Vec<(String, f64)>>) -> Result<()>,
) -> Result<()> {
    collection.check_bundle(encoders)?;
    progress.begin(Stage::Searching, queries.queries.len());
    for query in &queries.queries {
        let opened = query.open();
        let mut found: Option<Found> = None;
        for (at, preset) in presets.iter().enumerate() {
            let ranking = opened.as_ref().map_err(Clone::clone).and_then(|opened| {
                // Its own progress: an inner search would begin the count anew.
                let own = Progress::new();
                let new = search::search(collection, encoders, opened, &preset.weights, found.as_ref(), None, &own)?;
                let ranking = ranking(collection, &new, preset, filter, top);
                found = Some(new);
                ranking
            });
            tell(at, query, ranking)?;
        }
        progress.step()?;
    }
    Ok(())
}

/// The best products of what a search found, as they would stand on the shelf.
pub fn ranking(
    collection: &Collection,
    found: &Found,
    preset: &Preset,
    filter: Option<&RowSet>,
    top: usize,
) -> Result<Vec<(String, f64)>> {
    // What is rearranged may come from beyond the end of the list.
    let looked_at = if preset.arrangement.changes_nothing() { top } else { top.max(arrange::POOL) };
    let hits = found.rank(collection, &preset.weights, filter, looked_at)?;
    let hits = preset.arrangement.apply(collection, &preset.weights, hits);
    let id = |row| collection.product(row).map(|product| product.id.clone()).unwrap_or_default();
    Ok(hits.into_iter().take(top).map(|hit| (id(hit.row), f64::from(hit.score))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_stand_in_the_order_of_trec_eval() {
        let check = |ranking: &[(&str, f64)], expected: &[&str]| {
            let mut ranking: Vec<(String, f64)> =
                ranking.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect();
            order(&mut ranking);
            assert_eq!(ranking.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), expected);
        };
        check(&[("a", 1.0), ("b", 1.0), ("c", 2.0)], &["c", "b", "a"]);
        // Equal in 32 bits.
        check(&[("a", 0.750_000_000_2), ("b", 0.750_000_000_1)], &["b", "a"]);
        check(&[("毛衣", 1.0), ("z", 1.0)], &["毛衣", "z"]);
    }
}
