//! What a person can ask of the workbench, and the one function that does it.

use std::sync::Arc;

use super::{
    WRITE_PAUSE,
    comparison::OnShow,
    state::{Audit, Done, Judging, Order, Page, Side},
};
use crate::{
    audit::{Axes, Change, Metric, Preset, tune::ClassChoice},
    search::{Query, Weights},
    ui::{
        command::{self, query_changed, save_soon, stop_playing},
        state::{Notice, State, Tab},
        work::{Lane, Work},
    },
};

/// A wish, as the views of the workbench push it.
#[derive(Debug, Clone, PartialEq)]
pub enum AuditCommand {
    /// A query of the set onto the shelf.
    Open(String),
    /// The query in the search bar into the set.
    Keep,
    Remove(String),
    SetMetric(Metric),
    SetOrder(Order),
    PresetName(String),
    SavePreset(String),
    ApplyPreset(String),
    RemovePreset(String),
    ShowShelf,
    Compare,
    Side(Option<Side>),
    /// Judges the query on the shelf, else the first one that wants it; from within, the next one.
    Judge,
    JudgeQuery(String),
    /// What tells a preset from the sliders.
    JudgeBetween(String),
    /// What the product before the judge is worth.
    Grade(f32),
    Skip,
    Undo,
    /// A product on the shelf; `None` takes the judgement back.
    GradeRow(usize, Option<f32>),
    SetAxes(Axes),
    /// Sets three sliders by their shares.
    MoveDot(Axes, [f32; 3]),
    Tune,
    ApplyTuned,
    UndoTuned,
    /// A small network on the same folds.
    Train,
    /// The network ranks until a slider moves.
    ApplyNetwork,
    /// Weights that classes of queries would have of their own, as presets.
    KeepClasses,
    /// Queries from what the catalog says of its products.
    MakeQueries,
    Path(String),
    Import,
    Export,
    Report,
}

/// Queries that are searched as soon as a collection is open.
const AT_ONCE: usize = 500;

pub fn apply(state: &mut State, asked: AuditCommand, work: &mut Work) {
    match asked {
        AuditCommand::Open(id) => open(state, &id, work),
        AuditCommand::Keep => keep(state, work),
        AuditCommand::Remove(id) => remove(state, &id),
        AuditCommand::SetMetric(metric) => {
            state.audit.metric = metric;
            state.audit.before = None;
            state.audit.forget_tuning();
            figures_changed(state);
        }
        AuditCommand::SetOrder(order) => state.audit.order = order,
        AuditCommand::PresetName(name) => state.audit.preset_name = name,
        AuditCommand::SavePreset(name) => save_preset(state, name),
        AuditCommand::ApplyPreset(name) => apply_preset(state, &name, work),
        AuditCommand::RemovePreset(name) => {
            state.audit.presets.retain(|preset| preset.name != name);
            state.audit.changes.push(Change::RemovePreset(name));
            state.audit.stale.comparison = true;
        }
        AuditCommand::ShowShelf => state.audit.page = Page::Shelf,
        AuditCommand::Compare => {
            state.audit.page = Page::Compare;
            state.audit.stale.comparison = true;
        }
        AuditCommand::Side(side) => {
            state.audit.side = side;
            state.product = None;
            state.audit.stale.map |= side == Some(Side::Map);
        }
        AuditCommand::Judge => judge_next(state, work),
        AuditCommand::JudgeQuery(id) => judge(state, &id, work),
        AuditCommand::JudgeBetween(preset) => judge_between(state, &preset, work),
        AuditCommand::Grade(grade) => grade_shown(state, grade),
        AuditCommand::Skip => {
            if let Page::Judge(judging) = &mut state.audit.page {
                judging.step(Done::Skipped, state.now);
            }
        }
        AuditCommand::Undo => undo(state),
        AuditCommand::GradeRow(row, grade) => {
            if let Some(query) = state.audit.current.clone() {
                set_grade(state, &query, row, grade);
            }
        }
        AuditCommand::SetAxes(axes) => {
            state.audit.axes = axes;
            state.audit.map = None;
            state.audit.stale.map = true;
        }
        AuditCommand::MoveDot(axes, shares) => {
            let weights = axes.at(&state.settings.weights, shares);
            command::set_weights(state, work, |all| *all = weights);
        }
        AuditCommand::Tune => {
            state.audit.learned = None;
            work.tune(&state.audit, state.settings.weights);
        }
        AuditCommand::ApplyTuned => apply_tuned(state, work),
        AuditCommand::Train => work.train(&state.audit),
        AuditCommand::ApplyNetwork => {
            let network = state.audit.network.clone();
            if let Some(shelf) = &mut state.shelf {
                shelf.rank_by(network, &state.settings, state.now);
            }
            figures_changed(state);
        }
        AuditCommand::KeepClasses => keep_classes(state),
        AuditCommand::UndoTuned => {
            if let Some(weights) = state.audit.untuned.take() {
                command::set_weights(state, work, |all| *all = weights);
            }
        }
        AuditCommand::MakeQueries => {
            if let Some(shelf) = &state.shelf {
                work.make_queries(&state.audit, shelf.collection.clone(), state.language());
            }
        }
        AuditCommand::Path(path) => state.audit.path = path,
        AuditCommand::Import => match state.audit.typed_path() {
            Some(path) => work.import_audit(&state.audit, path),
            None => work.ask_for_audit_file(),
        },
        AuditCommand::Export => work.export_audit(state),
        AuditCommand::Report => work.report(state),
    }
}

/// Starts what has become due: what was changed goes to the disk, figures follow the sliders.
pub fn when_due(state: &mut State, work: &mut Work) {
    let audit = &mut state.audit;
    if !audit.left.is_empty() && audit.write_after <= state.now {
        audit.write_left();
        audit.write_after = state.now + WRITE_PAUSE;
    }
    if !audit.changes.is_empty()
        && audit.writing.is_empty()
        && audit.write_after <= state.now
        && let Some(ledger) = audit.ledger.clone()
    {
        audit.writing = std::mem::take(&mut audit.changes);
        work.write_ledger(ledger, audit.writing.clone());
    }
    let Some(shelf) = &state.shelf else { return };
    // A large set is searched when somebody comes to look at it, not at every start.
    let wanted = audit.queries.len() <= AT_ONCE || state.tab == Tab::Audit;
    if audit.stale.tables && wanted && !work.jobs.is_running(Lane::Tables) {
        audit.stale.tables = false;
        work.tables(audit, shelf.collection.clone());
    }
    let weights = state.settings.weights;
    if audit.stale.figures && !work.jobs.is_running(Lane::Measure) {
        audit.stale.figures = false;
        work.measure(audit, weights, shelf.network.clone());
    }
    if audit.stale.agreement && !work.jobs.is_running(Lane::Agree) {
        audit.stale.agreement = false;
        work.agree(audit, state.settings.judge.clone());
    }
    if audit.stale.map && audit.side == Some(Side::Map) && !work.jobs.is_running(Lane::Map) {
        audit.stale.map = false;
        work.map(audit, weights);
    }
    if audit.stale.comparison && audit.page == Page::Compare && !work.jobs.is_running(Lane::Compare) {
        audit.stale.comparison = false;
        let on_show = shelf.found.as_ref().map(|found| {
            let query = (audit.current.as_deref(), &audit.grades);
            OnShow::new(&shelf.collection, found, shelf.filter.as_ref(), query)
        });
        let now = Preset { weights, arrangement: state.settings.arrangement, ..Preset::default() };
        work.compare(audit, now, shelf.collection.clone(), on_show);
    }
}

/// The sliders moved, or something was judged.
pub fn figures_changed(state: &mut State) {
    let stale = &mut state.audit.stale;
    (stale.figures, stale.map, stale.comparison) = (true, true, true);
}

/// The sliders are about to move: the figure that is left behind stays to be compared with.
pub fn sliders_move(audit: &mut Audit, now: f64) {
    /// Moves closer together than this count as one, seconds.
    const ONE_MOVE: f64 = 1.0;
    let last = audit.before.map(|(_, last)| last);
    if let Some(mean) = audit.figures.mean {
        let begins = last.is_none_or(|last| now - last > ONE_MOVE);
        audit.before = Some((if begins { mean } else { audit.before.map_or(mean, |(before, _)| before) }, now));
    }
}

fn open(state: &mut State, id: &str, work: &mut Work) {
    let Some(query) = state.audit.query(id).cloned() else { return };
    if let Page::Judge(_) = state.audit.page {
        judge(state, id, work);
        return;
    }
    state.product = None;
    if query.images.is_empty() && query.audio.is_none() {
        put_query(state, Query { text: query.text.clone(), ..Query::default() }, work);
        state.audit.current = Some(query.id);
    } else {
        work.open_query(query);
    }
}

/// Puts a query of the set into the search bar.
pub fn put_query(state: &mut State, query: Query, work: &mut Work) {
    stop_playing(state, work);
    command::forget_pictures(state);
    state.wave = query.audio.as_ref().map(|clip| crate::ui::work::wave(clip)).unwrap_or_default();
    let pictures = query.images.clone();
    state.query = Query { images: Vec::new(), ..query };
    for picture in pictures {
        command::add_picture(state, picture.content, work);
    }
    query_changed(state, work, 0.0);
}

fn keep(state: &State, work: &mut Work) {
    let Some(ledger) = state.audit.ledger.clone() else { return };
    if !state.query.is_empty() {
        work.keep_query(ledger, state.audit.new_id(), state.query.clone());
    }
}

fn remove(state: &mut State, id: &str) {
    let audit = &mut state.audit;
    audit.queries.retain(|query| query.id != id);
    audit.grades.remove(id);
    audit.tables.remove(id);
    audit.changes.push(Change::RemoveQuery(id.to_owned()));
    if audit.current.as_deref() == Some(id) {
        audit.current = None;
    }
    if matches!(&audit.page, Page::Judge(judging) if judging.query == id) {
        audit.page = Page::Shelf;
    }
    audit.forget_tuning();
    figures_changed(state);
}

fn save_preset(state: &mut State, name: String) {
    let (weights, arrangement) = (state.settings.weights, state.settings.arrangement);
    put_preset(&mut state.audit, Preset { name, weights, arrangement });
    state.audit.preset_name.clear();
}

fn put_preset(audit: &mut Audit, preset: Preset) {
    audit.presets.retain(|known| known.name != preset.name);
    audit.presets.push(preset.clone());
    audit.presets.sort_by(|a, b| a.name.cmp(&b.name));
    audit.changes.push(Change::SavePreset(preset));
    audit.stale.comparison = true;
}

fn apply_preset(state: &mut State, name: &str, work: &mut Work) {
    let Some(preset) = state.audit.presets.iter().find(|preset| preset.name == name) else { return };
    let (weights, arrangement) = (preset.weights, preset.arrangement);
    state.settings.arrangement = arrangement;
    command::set_weights(state, work, |all| *all = weights);
}

fn apply_tuned(state: &mut State, work: &mut Work) {
    let Some(tuned) = state.audit.tuned.clone() else { return };
    state.audit.untuned = Some(state.settings.weights);
    command::set_weights(state, work, |all| *all = tuned.weights);
    save_soon(state);
}

fn keep_classes(state: &mut State) {
    let Some(tuned) = state.audit.tuned.clone() else { return };
    let own = tuned.classes.iter().filter(|class| matches!(class.choice, ClassChoice::Own { .. }));
    for class in own {
        let arrangement = state.settings.arrangement;
        put_preset(&mut state.audit, Preset { name: class.class.clone(), weights: class.weights, arrangement });
    }
}

/// The products of a query that this judge has not seen.
fn pool(state: &State, query: &str) -> Vec<usize> {
    let Some(shelf) = &state.shelf else { return Vec::new() };
    let judge = &state.settings.judge;
    let is_judged = |row: usize| {
        let product = shelf.collection.product(row);
        product.is_some_and(|product| state.audit.grades.by(judge, query, &product.id).is_some())
    };
    state.audit.pool(query, &state.settings.weights, is_judged)
}

/// Judges the query on the shelf; when that is done, or from within, the next one that has anything to judge.
fn judge_next(state: &mut State, work: &mut Work) {
    let ids: Vec<String> = state.audit.listed().iter().map(|query| query.id.clone()).collect();
    let from = match &state.audit.page {
        Page::Judge(judging) => ids.iter().position(|id| *id == judging.query).map_or(0, |place| place + 1),
        _ => state.audit.current.as_ref().and_then(|current| ids.iter().position(|id| id == current)).unwrap_or(0),
    };
    let next = (0..ids.len()).map(|step| &ids[(from + step) % ids.len()]).find(|id| !pool(state, id).is_empty());
    if let Some(id) = next.cloned() {
        judge(state, &id, work);
    } else {
        state.audit.page = Page::Shelf;
        state.tell(Notice::AllJudged);
    }
}

fn judge(state: &mut State, id: &str, work: &mut Work) {
    let pool = pool(state, id);
    put_before_judge(state, id, pool, work);
}

/// Judges what tells a preset from the sliders: for the query on the shelf, else for the first that has anything to tell.
fn judge_between(state: &mut State, preset: &str, work: &mut Work) {
    let Some(preset) = state.audit.presets.iter().find(|known| known.name == preset) else { return };
    let audit = &state.audit;
    let ids = audit.current.iter().chain(audit.queries.iter().map(|query| &query.id));
    let telling = ids.map(|id| (id, audit.telling(id, &state.settings.weights, &preset.weights)));
    match telling.into_iter().find(|(_, pool)| !pool.is_empty()).map(|(id, pool)| (id.clone(), pool)) {
        Some((id, pool)) => put_before_judge(state, &id, pool, work),
        None => state.tell(Notice::AllJudged),
    }
}

fn put_before_judge(state: &mut State, id: &str, pool: Vec<usize>, work: &mut Work) {
    state.product = None;
    // The shelf behind answers the same query, for whoever goes back to it.
    state.audit.page = Page::Shelf;
    if state.audit.current.as_deref() != Some(id) {
        open(state, id, work);
    }
    state.audit.page = Page::Judge(Judging::new(id.to_owned(), pool));
}

fn grade_shown(state: &mut State, grade: f32) {
    let now = state.now;
    let Page::Judge(judging) = &state.audit.page else { return };
    let (query, Some(row)) = (judging.query.clone(), judging.row()) else { return };
    let before = set_grade(state, &query, row, Some(grade));
    if let Page::Judge(judging) = &mut state.audit.page {
        judging.step(Done::Graded { before }, now);
    }
}

fn undo(state: &mut State) {
    let Page::Judge(judging) = &mut state.audit.page else { return };
    let query = judging.query.clone();
    if let Some((row, Some(before))) = judging.back() {
        set_grade(state, &query, row, before);
    }
}

/// Sets a grade, or takes it back, everywhere that it counts. Returns what this judge said before.
fn set_grade(state: &mut State, query: &str, row: usize, grade: Option<f32>) -> Option<f32> {
    let product = state.shelf.as_ref()?.collection.product(row)?.id.clone();
    let judge = state.settings.judge.clone();
    let audit = &mut state.audit;
    let before = audit.grades.set(query, &product, &judge, grade);
    match audit.tables.get_mut(query) {
        Some(table) if table.holds(row) => Arc::make_mut(table).judge(row, audit.grades.grade(query, &product)),
        // Every judged product counts, so the table is made anew with this one.
        Some(_) => {
            audit.tables.remove(query);
            audit.stale.tables = true;
        }
        None => {}
    }
    audit.forget_tuning();
    audit.changes.push(Change::Judge { query: query.to_owned(), product, judge, grade });
    audit.before = None;
    audit.stale.agreement = true;
    figures_changed(state);
    before
}

/// Weights with which every part of a query is encoded, so that any slider can be tried.
pub fn everything() -> Weights {
    Weights::new([1.0; 3], [1.0; 3], crate::search::Policy::Neutral)
}
