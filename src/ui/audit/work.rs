//! The lanes of the workbench: searching the whole set, measuring, mapping, comparing, tuning, and the files of an audit.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::{
    command::everything,
    comparison::{Comparison, OnShow},
    state::{Audit, Figures},
};
use crate::{
    audit::{
        AuditQuery, Axes, Change, Format, Grades, Judgements, Ledger, Metric, Preset, QuerySet, Table,
        judges::{self, Agreement},
        learned::{self, Compared, Lesson, Saved},
        ledger::{CATALOG, Imported},
        metrics::Kind,
        picture::svg,
        report::{Report, System},
        run::run_all,
        simplex::Map,
        statistics::{SEED, bootstrap, mean},
        table::{Candidates, Room},
        tune::{Task, Tuned, tune},
    },
    collection::Collection,
    engine::Engine,
    error::{Error, Result},
    files::write_whole,
    language::Language,
    progress::{Progress, Stage},
    search::{Query, Weights},
    ui::{
        state::State,
        work::{Lane, Outcome, Work},
    },
};

/// The report, in the collection's folder.
const REPORT: &str = "audit-report.html";
/// Products of a ranking that a report measures.
const DEEP: usize = 100;
/// Tables that are shown together while more are made.
const TOLD_TOGETHER: usize = 16;

/// What a lane of the workbench comes back with.
pub enum AuditOutcome {
    Opened(Arc<Collection>, Result<OpenLedger>),
    Written(Result<()>),
    /// Some more tables, and what could not be searched.
    Tables(Arc<Collection>, Vec<(AuditQuery, Arc<Table>)>, Vec<(String, Error)>),
    Measured(Figures),
    Agreed(Option<Agreement>),
    Mapped(Option<Arc<Map>>),
    Compared(Arc<Comparison>),
    Tuned(Result<Arc<Tuned>>),
    Trained(Result<(Arc<Compared>, Arc<Saved>)>),
    QueryOpened(String, Result<Query>),
    /// What was asked, and as what it is kept.
    Kept(Query, Result<AuditQuery>),
    /// Whose judgements, and what the file brought.
    Imported(Result<(String, Imported)>),
    Exported(Result<PathBuf>),
}

/// What a ledger held.
pub struct OpenLedger {
    pub ledger: Arc<Ledger>,
    pub queries: Vec<AuditQuery>,
    pub grades: Grades,
    pub presets: Vec<Preset>,
}

impl OpenLedger {
    fn read(ledger: Ledger) -> Result<Self> {
        let (queries, grades) = (ledger.queries()?.queries, Grades::of(ledger.judged()?));
        Ok(Self { presets: ledger.presets()?, ledger: Arc::new(ledger), queries, grades })
    }
}

impl Work {
    fn start_audit(&mut self, lane: Lane, work: impl FnOnce(&Progress) -> AuditOutcome + Send + 'static) {
        self.start(lane, move |progress| Outcome::Audit(work(progress)));
    }

    pub fn open_ledger(&mut self, collection: Arc<Collection>) {
        let engine = self.engine.clone();
        self.start_audit(Lane::Ledger, move |_| {
            let opened = engine.ledger(&collection).and_then(OpenLedger::read);
            AuditOutcome::Opened(collection, opened)
        });
    }

    pub fn write_ledger(&mut self, ledger: Arc<Ledger>, changes: Vec<Change>) {
        self.start_audit(Lane::WriteLedger, move |progress| {
            AuditOutcome::Written(ledger.apply_unless(&changes, || progress.is_cancelled()))
        });
    }

    /// Searches every query that has no table yet.
    pub fn tables(&mut self, audit: &Audit, collection: Arc<Collection>) {
        let missing = audit.queries.iter().filter(|query| !audit.tables.contains_key(&query.id));
        let missing: Vec<(AuditQuery, BTreeMap<String, f32>)> = missing
            .map(|query| (query.clone(), audit.grades.of_query(&query.id).map(|(id, g)| (id.to_owned(), g)).collect()))
            .collect();
        if missing.is_empty() {
            return;
        }
        let (engine, candidates) = (self.engine.clone(), candidates(audit.queries.len()));
        let crashed = |why| Outcome::Crashed(Lane::Tables, why);
        self.jobs.start_telling(Lane::Tables, crashed, move |progress, tell| {
            progress.begin(Stage::Searching, missing.len());
            let (mut tables, mut failed) = (Vec::new(), Vec::new());
            for (query, grades) in &missing {
                match table(&engine, &collection, query, grades, candidates) {
                    Ok(table) => tables.push((query.clone(), Arc::new(table))),
                    Err(error) => failed.push((query.id.clone(), error)),
                }
                if progress.step().is_err() {
                    break;
                }
                if tables.len() >= TOLD_TOGETHER {
                    let some = std::mem::take(&mut tables);
                    tell(Outcome::Audit(AuditOutcome::Tables(collection.clone(), some, Vec::new())));
                }
            }
            Outcome::Audit(AuditOutcome::Tables(collection, tables, failed))
        });
    }

    /// The measure of every judged query under some weights, or under the network that ranks in their place.
    pub fn measure(&mut self, audit: &Audit, weights: Weights, network: Option<Arc<Saved>>) {
        let (tables, metric) = (judged_tables(audit), audit.metric);
        self.start_audit(Lane::Measure, move |_| {
            AuditOutcome::Measured(figures(&tables, &weights, network.as_deref(), metric))
        });
    }

    /// How well a judge agrees with what the others say.
    pub fn agree(&mut self, audit: &Audit, judge: String) {
        let grades = audit.grades.clone();
        self.start_audit(Lane::Agree, move |_| {
            let others = grades.judges().into_iter().filter(|other| *other != judge);
            let own = grades.judgements_by(&judge);
            let agreements = others.map(|other| judges::agreement(&own, &grades.judgements_by(other)));
            // The one with whom most was judged.
            AuditOutcome::Agreed(agreements.filter(|found| found.shared > 0).max_by_key(|found| found.shared))
        });
    }

    pub fn map(&mut self, audit: &Audit, weights: Weights) {
        let (tables, metric, axes) = (judged_tables(audit), audit.metric, audit.axes);
        self.start_audit(Lane::Map, move |progress| {
            AuditOutcome::Mapped(quality_map(&tables, &weights, metric, axes, progress))
        });
    }

    /// Every preset against the sliders.
    pub fn compare(&mut self, audit: &Audit, now: Preset, collection: Arc<Collection>, on_show: Option<OnShow>) {
        let (tables, metric) = (judged_tables(audit), audit.metric);
        let presets: Vec<Preset> = std::iter::once(now).chain(audit.presets.iter().cloned()).collect();
        let mut judgements = Judgements::default();
        for table in &tables {
            for (product, grade) in audit.grades.of_query(&table.id) {
                judgements.set(&table.id, product, grade);
            }
        }
        self.start_audit(Lane::Compare, move |_| {
            let judged = (tables.as_slice(), &judgements);
            AuditOutcome::Compared(Arc::new(Comparison::of(&collection, judged, &presets, metric, on_show.as_ref())))
        });
    }

    pub fn tune(&mut self, audit: &Audit, weights: Weights) {
        let (tables, metric) = (judged_tables(audit), audit.metric);
        self.start_audit(Lane::Tune, move |progress| {
            let task = Task { metric, ..Task::default() };
            let tables: Vec<Table> = tables.iter().map(|table| (**table).clone()).collect();
            AuditOutcome::Tuned(tune(&tables, &weights, task, progress).map(Arc::new))
        });
    }

    /// Trains a small network and sets it against the tuned weights, on the same queries kept aside. It is written into
    /// the collection's folder as ONNX.
    pub fn train(&mut self, audit: &Audit) {
        let (Some(tuned), Some(ledger)) = (audit.tuned.clone(), audit.ledger.clone()) else { return };
        let (tables, metric) = (judged_tables(audit), audit.metric);
        self.start_audit(Lane::Tune, move |progress| {
            let tables: Vec<Table> = tables.iter().map(|table| (**table).clone()).collect();
            let lesson = Lesson { metric, ..Lesson::default() };
            let compared = learned::compare(&tables, &tuned, lesson, progress).and_then(|compared| {
                let about = [("metric", metric.to_string()), ("queries", tuned.queries.to_string())];
                let about: Vec<(&str, &str)> = about.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let path = ledger.network_file();
                compared.trained.network.save(&path, &about)?;
                Ok((Arc::new(compared), Arc::new(Saved::open(&path)?)))
            });
            AuditOutcome::Trained(compared)
        });
    }

    pub fn open_query(&mut self, query: AuditQuery) {
        self.start_audit(Lane::OpenQuery, move |_| {
            let opened = query.open();
            AuditOutcome::QueryOpened(query.id, opened)
        });
    }

    /// Keeps a query and what it consists of.
    pub fn keep_query(&mut self, ledger: Arc<Ledger>, id: String, query: Query) {
        self.start_audit(Lane::OpenQuery, move |_| {
            let kept = ledger.keep(id, &query);
            AuditOutcome::Kept(query, kept)
        });
    }

    /// Takes in a file of queries or judgements. Judgements become those of a judge with the file's name, so that nobody's
    /// own are replaced.
    pub fn import_audit(&mut self, audit: &Audit, path: PathBuf) {
        let judge = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let Some(ledger) = audit.ledger.clone() else { return };
        let known = QuerySet { queries: audit.queries.clone() };
        self.start_audit(Lane::AuditFile, move |_| {
            AuditOutcome::Imported(ledger.import(&path, &known, &judge).map(|imported| (judge, imported)))
        });
    }

    /// Queries out of the catalog itself, judged by what it says.
    pub fn make_queries(&mut self, audit: &Audit, collection: Arc<Collection>, language: Language) {
        let Some(ledger) = audit.ledger.clone() else { return };
        self.start_audit(Lane::AuditFile, move |progress| {
            let made = ledger.make_queries(&collection, language, progress);
            AuditOutcome::Imported(made.map(|made| (CATALOG.to_owned(), made)))
        });
    }

    pub fn ask_for_audit_file(&mut self) {
        self.ask(|| rfd::FileDialog::new().pick_file(), Outcome::ChosenForAudit);
    }

    pub fn export_audit(&mut self, state: &State) {
        let Some(shelf) = &state.shelf else { return };
        let queries = QuerySet { queries: state.audit.queries.clone() };
        let judgements = state.audit.grades.judgements();
        let path = state.audit.typed_path().unwrap_or_else(|| shelf.collection.folder.join("qrels.txt"));
        let is_own = state.audit.typed_path().is_none();
        self.start_audit(Lane::AuditFile, move |_| {
            if path.exists() && !is_own {
                let (what, how) = (path.display().to_string(), "Choose a name that is not taken.".into());
                return AuditOutcome::Exported(Err(Error::Malformed { what, how }));
            }
            let format = Format::of_name(&path).unwrap_or(Format::Qrels);
            AuditOutcome::Exported(judgements.write(&path, format, Some(&queries)).map(|()| path))
        });
    }

    /// Writes the figures of the sliders and every preset, with pictures and the map, into one HTML file.
    pub fn report(&mut self, state: &State) {
        let Some(shelf) = &state.shelf else { return };
        let (audit, language) = (&state.audit, state.language());
        let (engine, collection) = (self.engine.clone(), shelf.collection.clone());
        let queries = QuerySet { queries: audit.queries.clone() };
        let judgements = audit.grades.judgements();
        // A map of other judgements or another measure is none of this.
        let map = audit.map.clone().filter(|map| !audit.stale.map && map.metric == audit.metric);
        let metric = audit.metric;
        let presets: Vec<Preset> =
            std::iter::once(state.now_as_preset()).chain(audit.presets.iter().cloned()).collect();
        let path = collection.folder.join(REPORT);
        self.start_audit(Lane::Report, move |progress| {
            let write = || {
                let outcomes = run_all(&collection, engine.encoders()?, &queries, &presets, None, DEEP, progress)?;
                let systems = outcomes.iter().zip(&presets);
                let systems = systems.map(|(outcome, preset)| System { run: &outcome.run, preset: Some(preset) });
                let map = map.as_ref().map(|map| svg(map, language));
                let report = Report {
                    title: language.report_title(),
                    collection: Some(&collection),
                    queries: &queries,
                    judgements: &judgements,
                    metric,
                    systems: systems.collect(),
                    map: map.as_deref(),
                };
                write_whole(&path, report.html(language)?)?;
                Ok(path.clone())
            };
            AuditOutcome::Exported(write())
        });
    }
}

/// How many products of each query are kept: fewer where there are many queries, so that ten thousand of them fit.
fn candidates(queries: usize) -> Candidates {
    /// Queries of which all that is usual is kept.
    const USUAL: usize = 500;
    let share = |most: usize, least: usize| (most * USUAL / queries.max(USUAL)).max(least);
    let usual = Candidates::default();
    Candidates { best: share(usual.best, 30), whole_to: share(usual.whole_to, 100), ..usual }
}

/// The tables that say how good an order is.
fn judged_tables(audit: &Audit) -> Vec<Arc<Table>> {
    audit.tables.values().filter(|table| !table.judged().is_empty()).cloned().collect()
}

fn table(
    engine: &Engine,
    collection: &Arc<Collection>,
    query: &AuditQuery,
    grades: &BTreeMap<String, f32>,
    candidates: Candidates,
) -> Result<Table> {
    let asked = query.open()?;
    let weights = everything();
    let found = engine.search_in(collection, &asked, &weights)?;
    Table::of((&query.id, &query.class), &found, collection, grades, &weights, candidates)
}

/// The figures of some weights, or of a network.
fn figures(tables: &[Arc<Table>], weights: &Weights, network: Option<&Saved>, metric: Metric) -> Figures {
    if network.is_none() && tables.iter().any(|table| !table.supports(weights)) {
        return Figures { not_measured: true, ..Figures::default() };
    }
    let mut room = Room::default();
    let mut value = |table: &Table, metric: Metric| match network.map(|network| network.score(table)) {
        Some(Ok(scores)) => table.value_of(&scores, &metric, &mut room),
        // A network that fails ranks nothing on the shelf either, which says why.
        Some(Err(_)) => 0.0,
        None => table.value(weights, &metric, &mut room),
    };
    let values: BTreeMap<String, f64> = tables.iter().map(|table| (table.id.clone(), value(table, metric))).collect();
    let all: Vec<f64> = values.values().copied().collect();
    let interval = (all.len() > 2).then(|| bootstrap(&all, SEED));
    let interval = interval.map(|interval| (interval.low, interval.high));
    let judged = Metric::at(Kind::Judged, metric.cutoff.unwrap_or(10));
    let judged: Vec<f64> = tables.iter().map(|table| value(table, judged)).collect();
    Figures {
        not_measured: false,
        interval,
        mean: (!all.is_empty()).then(|| mean(&all)),
        judged: mean(&judged),
        values,
    }
}

fn quality_map(
    tables: &[Arc<Table>],
    weights: &Weights,
    metric: Metric,
    axes: Axes,
    progress: &Progress,
) -> Option<Arc<Map>> {
    if tables.is_empty() || tables.iter().any(|table| !table.supports(weights)) {
        return None;
    }
    Map::of(tables, weights, axes, metric, progress).ok().map(Arc::new)
}
