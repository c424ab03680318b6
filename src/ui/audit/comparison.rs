//! Presets set against the sliders: over all judged queries, and shelf by shelf for the query that is on show.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    audit::{
        Grades, Judgements, Metric, Preset, Table,
        compare::{self, Alike, compare},
        metrics::Values,
        run::Run,
        table::Room,
    },
    collection::Collection,
    index::RowSet,
    search::Found,
};

/// Places of a shelf that are set side by side.
pub const SHELF: usize = 10;
/// Products kept of a ranking where the measure looks at all.
const DEEP: usize = 200;

/// Several presets, the first of which the others are set against.
#[derive(Debug, Default)]
pub struct Comparison {
    pub presets: Vec<Compared>,
    /// The best judged products of the query on show.
    pub ideal: Vec<usize>,
}

/// One preset.
#[derive(Debug)]
pub struct Compared {
    /// Empty: the sliders as they stand.
    pub name: String,
    /// Over all judged queries; `None` where nothing is judged.
    pub mean: Option<f64>,
    /// `None` for the first, and where nothing is judged.
    pub against: Option<compare::Comparison>,
    /// What it puts on top for the query on show.
    pub shelf: Vec<usize>,
    /// How much of that it has in common with the first.
    pub alike: Option<Alike>,
}

/// The query on show and what it found.
pub struct OnShow {
    pub found: Arc<Found>,
    pub filter: Option<Arc<RowSet>>,
    /// Its products with their grades.
    pub grades: Vec<(usize, f32)>,
}

impl OnShow {
    pub fn new(
        collection: &Collection,
        found: &Arc<Found>,
        filter: Option<&Arc<RowSet>>,
        (query, grades): (Option<&str>, &Grades),
    ) -> Self {
        let judged = query.into_iter().flat_map(|query| grades.of_query(query));
        let grades = judged.filter_map(|(id, grade)| Some((collection.row_of(id)?, grade))).collect();
        Self { found: found.clone(), filter: filter.cloned(), grades }
    }

    fn shelf(&self, collection: &Collection, preset: &Preset) -> Vec<usize> {
        // A preset that gives none of this query's parts a weight has an empty shelf.
        let hits = self.found.rank(collection, &preset.weights, self.filter.as_deref(), 2 * SHELF).unwrap_or_default();
        let hits = preset.arrangement.apply(collection, &preset.weights, hits);
        hits.into_iter().take(SHELF).map(|hit| hit.row).collect()
    }

    /// The best judged products, those with equal grades by id.
    fn ideal(&self, collection: &Collection) -> Vec<usize> {
        let ids = collection.id_order();
        let mut best: Vec<(usize, f32)> = self.grades.iter().copied().filter(|(_, grade)| *grade > 0.0).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(ids[a.0].cmp(&ids[b.0])));
        best.into_iter().take(SHELF).map(|(row, _)| row).collect()
    }
}

impl Comparison {
    /// `judgements` are those of the queries that have a table.
    pub fn of(
        collection: &Collection,
        (tables, judgements): (&[Arc<Table>], &Judgements),
        presets: &[Preset],
        metric: Metric,
        on_show: Option<&OnShow>,
    ) -> Self {
        let depth = metric.cutoff.unwrap_or(DEEP).max(SHELF);
        let runs: Vec<Run> = presets.iter().map(|preset| run(collection, tables, preset, depth)).collect();
        // What the tables cannot rank has no figure.
        let is_measured =
            |preset: &Preset| !tables.is_empty() && tables.iter().all(|table| table.supports(&preset.weights));
        let first = presets.first().is_some_and(is_measured);
        let others: Vec<Run> = presets
            .iter()
            .zip(&runs)
            .skip(1)
            .filter(|(preset, _)| is_measured(preset))
            .map(|(_, run)| run.clone())
            .collect();
        let compared = if first { compare(metric, &runs[0], &others, judgements) } else { Vec::new() };
        let mut comparisons = compared.into_iter();
        let mut compared: Vec<Compared> = Vec::new();
        for (place, (preset, run)) in presets.iter().zip(&runs).enumerate() {
            let shelf = on_show.map(|on_show| on_show.shelf(collection, preset)).unwrap_or_default();
            let ids = |rows: &[usize]| -> Vec<&str> { rows.iter().map(|row| collection.columns().id(*row)).collect() };
            let first = compared.first().filter(|_| !shelf.is_empty());
            let alike = first.map(|first| Alike::of(&ids(&first.shelf), &ids(&shelf)));
            compared.push(Compared {
                name: preset.name.clone(),
                mean: is_measured(preset).then(|| Values::of(metric, run, judgements).mean()),
                against: if place > 0 && is_measured(preset) { comparisons.next() } else { None },
                shelf,
                alike,
            });
        }
        Self { presets: compared, ideal: on_show.map(|on_show| on_show.ideal(collection)).unwrap_or_default() }
    }
}

/// What a preset makes of all queries.
fn run(collection: &Collection, tables: &[Arc<Table>], preset: &Preset, depth: usize) -> Run {
    let mut room = Room::default();
    let mut ranking = |table: &Arc<Table>| {
        let places = table.rank(&preset.weights, depth, &mut room);
        let ids = places.iter().map(|place| collection.columns().id(table.rows()[*place as usize] as usize));
        // Only places count here.
        ids.zip(0..).map(|(id, place)| (id.to_owned(), -f64::from(place))).collect()
    };
    let rankings: BTreeMap<_, _> = tables.iter().map(|table| (table.id.clone(), ranking(table))).collect();
    Run { name: preset.name.clone(), rankings }
}
