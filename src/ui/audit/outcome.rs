//! What the lanes of the workbench come back with, put where it belongs.

use std::sync::Arc;

use super::{
    WRITE_PAUSE,
    command::{figures_changed, put_query},
    state::Audit,
    work::{AuditOutcome, OpenLedger},
};
use crate::{
    audit::{Change, Table},
    collection::Collection,
    ui::{
        state::{Notice, State},
        work::Work,
    },
};

pub fn take_in(state: &mut State, outcome: AuditOutcome, work: &mut Work) {
    match outcome {
        AuditOutcome::Opened(collection, Ok(opened)) if on_shelf(state, &collection) => opened_ledger(state, opened),
        AuditOutcome::Written(Ok(())) => state.audit.writing.clear(),
        AuditOutcome::Written(Err(error)) => {
            // Nothing is lost: the same is tried again, before whatever came since.
            let audit = &mut state.audit;
            let since = std::mem::take(&mut audit.changes);
            audit.changes = std::mem::take(&mut audit.writing).into_iter().chain(since).collect();
            audit.write_after = state.now + WRITE_PAUSE;
            state.tell(Notice::Error(error));
        }
        AuditOutcome::Tables(collection, tables, failed) if on_shelf(state, &collection) => {
            for (query, table) in tables {
                // The query may be gone, or another by now, and grades may have been given or taken back.
                if !state.audit.queries.contains(&query) {
                    continue;
                }
                if has_grades(&table, &collection, &state.audit) {
                    state.audit.tables.insert(query.id, table);
                } else {
                    state.audit.stale.tables = true;
                }
            }
            state.audit.failed.extend(failed);
            figures_changed(state);
        }
        AuditOutcome::Opened(_, Ok(_)) | AuditOutcome::Tables(..) => {}
        AuditOutcome::Measured(figures) => state.audit.figures = figures,
        AuditOutcome::Agreed(agreement) => state.audit.agreement = agreement,
        AuditOutcome::Mapped(map) => state.audit.map = map,
        AuditOutcome::Compared(comparison) => state.audit.comparison = Some(comparison),
        AuditOutcome::Tuned(Ok(tuned)) => state.audit.tuned = Some(tuned),
        AuditOutcome::Trained(Ok((learned, network))) => {
            state.audit.network = Some(network);
            state.audit.written = state.audit.ledger.as_ref().map(|ledger| ledger.network_file());
            state.audit.learned = Some(learned);
        }
        AuditOutcome::QueryOpened(id, Ok(query)) => {
            put_query(state, query, work);
            state.audit.current = Some(id);
        }
        AuditOutcome::Kept(asked, Ok(query)) => {
            // Somebody may have typed on meanwhile.
            if state.query == asked {
                state.audit.current = Some(query.id.clone());
            }
            state.audit.forget_tuning();
            state.audit.changes.push(Change::AddQueries(vec![query.clone()]));
            state.audit.queries.push(query);
            state.audit.stale.tables = true;
        }
        AuditOutcome::Imported(Ok((judge, imported))) => {
            let audit = &mut state.audit;
            audit.forget_tuning();
            for query in imported.queries {
                audit.tables.remove(&query.id);
                match audit.queries.iter_mut().find(|known| known.id == query.id) {
                    Some(known) => *known = query,
                    None => audit.queries.push(query),
                }
            }
            for (query, product, grade) in imported.judgements.iter().filter(|(_, _, grade)| *grade >= 0.0) {
                audit.grades.set(query, product, &judge, Some(grade));
                audit.tables.remove(query);
            }
            audit.path.clear();
            audit.stale.agreement = true;
            audit.stale.tables = true;
            figures_changed(state);
        }
        AuditOutcome::Exported(Ok(path)) => state.audit.written = Some(path),
        AuditOutcome::Opened(_, Err(error))
        | AuditOutcome::Tuned(Err(error))
        | AuditOutcome::Trained(Err(error))
        | AuditOutcome::QueryOpened(_, Err(error))
        | AuditOutcome::Kept(_, Err(error))
        | AuditOutcome::Imported(Err(error))
        | AuditOutcome::Exported(Err(error)) => state.tell(Notice::Error(error)),
    }
}

/// Whether a table knows what counts now.
fn has_grades(table: &Table, collection: &Collection, audit: &Audit) -> bool {
    let now = |row: usize| audit.grades.grade(&table.id, collection.columns().id(row));
    let own = table.rows().iter().zip(table.grades()).all(|(row, grade)| now(*row as usize) == *grade);
    let judged = audit.grades.of_query(&table.id).filter_map(|(product, _)| collection.row_of(product));
    own && judged.into_iter().all(|row| table.holds(row))
}

fn on_shelf(state: &State, collection: &Arc<Collection>) -> bool {
    state.shelf.as_ref().is_some_and(|shelf| Arc::ptr_eq(&shelf.collection, collection))
}

fn opened_ledger(state: &mut State, opened: OpenLedger) {
    let OpenLedger { ledger, queries, grades, presets } = opened;
    let before = std::mem::take(&mut state.audit);
    state.audit = Audit {
        ledger: Some(ledger),
        queries,
        grades,
        presets,
        metric: before.metric,
        axes: before.axes,
        side: before.side,
        left: before.left,
        ..Audit::default()
    };
    state.audit.stale.tables = true;
    state.audit.stale.agreement = true;
}
