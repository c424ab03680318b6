//! What the workbench in the window knows: queries, grades, presets, and the figures of the sliders as they stand. Plain
//! data; only [`command`](super::command) changes it.

use std::{
    collections::{BTreeMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use super::comparison::Comparison;
use crate::{
    audit::{
        AuditQuery, Axes, Change, Grades, Ledger, Metric, Preset, Table, judges::Agreement, learned, pool,
        simplex::Map, table::Room, tune::Tuned,
    },
    error::Error,
    search::Weights,
};

/// Products of each preset that are put before a judge.
pub const POOL_DEPTH: usize = 10;
/// The best grade.
pub const BEST_GRADE: f32 = 3.0;

/// The workbench.
#[derive(Default)]
pub struct Audit {
    /// `None` until it is open, and where it cannot be opened.
    pub ledger: Option<Arc<Ledger>>,
    pub queries: Vec<AuditQuery>,
    pub grades: Grades,
    pub presets: Vec<Preset>,
    pub metric: Metric,
    pub order: Order,
    /// Id of the query that the shelf answers, when it is one of the set.
    pub current: Option<String>,
    /// What stands in the middle of the window.
    pub page: Page,
    /// What stands at the right.
    pub side: Option<Side>,
    /// Changed and not yet in the ledger.
    pub changes: Vec<Change>,
    /// On their way into the ledger.
    pub writing: Vec<Change>,
    /// Changes of ledgers that are no longer open and could not be written.
    pub left: Vec<(Arc<Ledger>, Vec<Change>)>,
    /// Not to be tried again before this time, seconds since the window opened: the disk was full, say.
    pub write_after: f64,
    /// What the queries found, by id.
    pub tables: BTreeMap<String, Arc<Table>>,
    /// Queries that could not be searched.
    pub failed: Vec<(String, Error)>,
    pub figures: Figures,
    /// How well this judge and the others agree, where two have judged the same.
    pub agreement: Option<Agreement>,
    /// The mean before the sliders moved, and when that was.
    pub before: Option<(f64, f64)>,
    pub preset_name: String,
    pub path: String,
    pub axes: Axes,
    pub map: Option<Arc<Map>>,
    pub comparison: Option<Arc<Comparison>>,
    pub tuned: Option<Arc<Tuned>>,
    /// A small network in place of the weights, against them.
    pub learned: Option<Arc<learned::Compared>>,
    /// The same as it was written, ready to rank.
    pub network: Option<Arc<learned::Saved>>,
    /// What the weights were before tuned ones were applied.
    pub untuned: Option<Weights>,
    /// A file that was written, to be told.
    pub written: Option<PathBuf>,
    pub stale: Stale,
}

/// What has to be found out again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each thing that a lane of its own finds out")]
pub struct Stale {
    pub tables: bool,
    pub figures: bool,
    pub agreement: bool,
    pub map: bool,
    pub comparison: bool,
}

/// How the queries are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    AsKept,
    WorstFirst,
}

/// What stands in the middle of the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Page {
    #[default]
    Shelf,
    Judge(Judging),
    Compare,
}

/// What stands at the right of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Map,
    Tuning,
}

/// How good the sliders are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// By query id; queries without a judgement have none.
    pub values: BTreeMap<String, f64>,
    pub mean: Option<f64>,
    /// Where the mean of other such queries would lie 19 times of 20.
    pub interval: Option<(f64, f64)>,
    /// The share of what stands on top that somebody has judged: what nobody judged counts as not relevant.
    pub judged: f64,
    /// The method needs more than the tables keep: the joint vector needs the vectors themselves.
    pub not_measured: bool,
}

/// Products before a judge, one after another.
#[derive(Debug, Clone, PartialEq)]
pub struct Judging {
    pub query: String,
    /// Rows, in an order that says nothing.
    pub pool: Vec<usize>,
    /// The one on show; past the end when all have been seen.
    pub at: usize,
    /// What was done, for undo: the place and the grade before, or a skip.
    pub done: Vec<(usize, Done)>,
    /// When the first grade was given, seconds since the window opened.
    pub since: Option<f64>,
    pub given: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Done {
    Graded { before: Option<f32> },
    Skipped,
}

impl Judging {
    pub fn new(query: String, pool: Vec<usize>) -> Self {
        Self { query, pool, at: 0, done: Vec::new(), since: None, given: 0 }
    }

    /// The row on show.
    pub fn row(&self) -> Option<usize> {
        self.pool.get(self.at).copied()
    }

    /// Goes on to the next product.
    pub fn step(&mut self, done: Done, now: f64) {
        self.done.push((self.at, done));
        self.at += 1;
        if matches!(done, Done::Graded { .. }) {
            self.since.get_or_insert(now);
            self.given += 1;
        }
    }

    /// Goes back by one product; returns its row and, if it was graded, the grade before.
    pub fn back(&mut self) -> Option<(usize, Option<Option<f32>>)> {
        let (at, done) = self.done.pop()?;
        self.at = at;
        match done {
            Done::Graded { before } => {
                self.given -= 1;
                Some((self.row()?, Some(before)))
            }
            Done::Skipped => Some((self.row()?, None)),
        }
    }

    /// Judgements a minute, once there are a few.
    pub fn pace(&self, now: f64) -> Option<f64> {
        let minutes = (now - self.since?).max(1.0) / 60.0;
        (self.given >= 3).then(|| (self.given - 1) as f64 / minutes)
    }
}

impl Audit {
    /// What was tuned and trained was so for other queries, judgements or another measure.
    pub fn forget_tuning(&mut self) {
        (self.tuned, self.learned, self.network) = (None, None, None);
    }

    /// Takes leave of the ledger: what it still has to write is written, or left to be tried again.
    pub fn leave(&mut self) {
        let changes: Vec<Change> = self.writing.drain(..).chain(self.changes.drain(..)).collect();
        if let Some(ledger) = self.ledger.take().filter(|_| !changes.is_empty()) {
            self.left.push((ledger, changes));
        }
        self.write_left();
    }

    /// Writes what was left; what cannot be written stays.
    pub fn write_left(&mut self) {
        self.left.retain(|(ledger, changes)| {
            let written = ledger.apply(changes);
            written.inspect_err(|error| tracing::error!("{error}")).is_err()
        });
    }

    /// The file that was typed.
    pub fn typed_path(&self) -> Option<PathBuf> {
        let path = self.path.trim();
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    pub fn query(&self, id: &str) -> Option<&AuditQuery> {
        self.queries.iter().find(|query| query.id == id)
    }

    /// The grade of a product for the query on the shelf.
    pub fn grade(&self, product: &str) -> Option<f32> {
        self.grades.grade(self.current.as_deref()?, product)
    }

    /// The query of the set that asks for nothing but these words.
    pub fn asks(&self, text: &str) -> Option<&AuditQuery> {
        let text = text.trim();
        self.queries.iter().find(|query| query.images.is_empty() && query.audio.is_none() && query.text.trim() == text)
    }

    /// The queries as they are listed.
    pub fn listed(&self) -> Vec<&AuditQuery> {
        let mut listed: Vec<&AuditQuery> = self.queries.iter().collect();
        if self.order == Order::WorstFirst {
            // Those without a figure after those with one.
            let value = |query: &AuditQuery| self.figures.values.get(&query.id).copied().unwrap_or(f64::INFINITY);
            listed.sort_by(|a, b| value(a).total_cmp(&value(b)));
        }
        listed
    }

    /// An id that no query of the set has.
    pub fn new_id(&self) -> String {
        // Judgements may have come before their queries.
        let judged = self.grades.queries();
        let known: HashSet<&str> = self.queries.iter().map(|query| query.id.as_str()).chain(judged).collect();
        // One of so many is free.
        let most = self.queries.len() + known.len() + 1;
        let mut ids = (self.queries.len() + 1..=most).map(|number| format!("q{number}"));
        ids.find(|id| !known.contains(id.as_str())).unwrap_or_default()
    }

    /// The products that a judge has not seen for a query, of what the sliders and every preset put on top.
    pub fn pool(&self, query: &str, weights: &Weights, is_judged: impl Fn(usize) -> bool) -> Vec<usize> {
        let all = std::iter::once(weights).chain(self.presets.iter().map(|preset| &preset.weights));
        let rankings: Vec<Vec<usize>> = all.map(|weights| self.best(query, weights)).collect();
        pool::blind(&rankings, is_judged, POOL_DEPTH, seed(query))
    }

    /// The products that nobody has judged and that tell two ways to rank apart the soonest.
    pub fn telling(&self, query: &str, one: &Weights, other: &Weights) -> Vec<usize> {
        let Some(table) = self.tables.get(query) else { return Vec::new() };
        let (one, other) = (self.best(query, one), self.best(query, other));
        pool::telling_apart(&one, &other, |row| table.grade(row).is_some(), POOL_DEPTH)
    }

    /// The rows that some weights put on top for a query.
    fn best(&self, query: &str, weights: &Weights) -> Vec<usize> {
        let Some(table) = self.tables.get(query) else { return Vec::new() };
        let mut room = Room::default();
        let places = table.rank(weights, POOL_DEPTH, &mut room);
        places.iter().map(|place| table.rows()[*place as usize] as usize).collect()
    }
}

/// A number that belongs to a text.
fn seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judging_goes_on_and_back() {
        let mut judging = Judging::new("q".into(), vec![5, 3, 9]);
        assert_eq!(judging.row(), Some(5));
        judging.step(Done::Graded { before: None }, 10.0);
        judging.step(Done::Skipped, 11.0);
        judging.step(Done::Graded { before: Some(1.0) }, 12.0);
        assert_eq!((judging.row(), judging.given), (None, 2));
        assert_eq!(judging.back(), Some((9, Some(Some(1.0)))));
        assert_eq!(judging.back(), Some((3, None)));
        assert_eq!(judging.back(), Some((5, Some(None))));
        assert_eq!(judging.back(), None);
        assert_eq!((judging.row(), judging.given), (Some(5), 0));
    }

    #[test]
    fn the_pace_is_told_once_there_is_one() {
        let mut judging = Judging::new("q".into(), (0..40).collect());
        assert_eq!(judging.pace(0.0), None);
        for second in 0..31 {
            judging.step(Done::Graded { before: None }, f64::from(second) * 2.0);
        }
        assert_eq!(judging.pace(60.0), Some(30.0));
    }

    #[test]
    fn the_worst_query_comes_first_when_asked_for() {
        let query = |id: &str| AuditQuery { id: id.into(), text: format!("text {id}"), ..AuditQuery::default() };
        let mut audit = Audit { queries: vec![query("a"), query("b"), query("c")], ..Audit::default() };
        audit.figures.values = BTreeMap::from([("a".into(), 0.9), ("c".into(), 0.2)]);
        let ids = |audit: &Audit| audit.listed().iter().map(|query| query.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&audit), ["a", "b", "c"]);
        audit.order = Order::WorstFirst;
        assert_eq!(ids(&audit), ["c", "a", "b"]);
        assert_eq!(audit.new_id(), "q4");
        assert_eq!(audit.asks(" text b ").map(|query| query.id.as_str()), Some("b"));
    }
}
