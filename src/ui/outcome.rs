//! What comes back from the lanes, taken in: the other half of [`command`](super::command).

use std::sync::Arc;

use super::{
    audit::{self, work::AuditOutcome},
    command::{
        Command, add_picture, apply, forget_pictures, narrow, query_changed, save_soon, search, set_sound,
        stop_answering, study_soon,
    },
    state::{Notice, Shelf, Startup, State},
    work::{Attachment, Lane, Opened, Outcome, Studied, Work},
};
use crate::{
    collection::{Collection, ImportReport},
    error::{Error, Result},
    search::{Filter, Found, Query},
};

/// Takes in what a lane came back with.
pub fn take_in(state: &mut State, outcome: Outcome, work: &mut Work) {
    match outcome {
        Outcome::Opened(opened) => opened_collection(state, opened, work),
        Outcome::Searched { asked, result } => searched(state, asked, result, work),
        Outcome::Attached { replaces, attached: Ok(attachment) } => attached(state, attachment, replaces, work),
        Outcome::Attached { attached: Err(error), .. }
        | Outcome::Saved(Err(error))
        | Outcome::Recalled(_, Err(error))
        | Outcome::Imported(Err(error)) => {
            state.tell(Notice::Error(error));
        }
        Outcome::Saved(Ok(())) => {}
        Outcome::Chosen(paths) => apply(state, Command::AttachAll(paths), work),
        Outcome::ChosenToImport(path) => apply(state, Command::Import(path), work),
        Outcome::ChosenToOpen(path) => apply(state, Command::OpenCollection(path), work),
        Outcome::NothingChosen { dialog_came_up } => {
            if !dialog_came_up {
                state.tell(Notice::NoDialog);
            }
        }
        Outcome::Recorded(recorded) => {
            state.recording = None;
            match recorded {
                Ok(clip) => set_sound(state, clip, work),
                Err(error) => state.tell(Notice::Error(error)),
            }
        }
        Outcome::Played(played) => {
            state.playing = None;
            if let Err(error) = played {
                state.tell(Notice::Error(error));
            }
        }
        Outcome::Similar { row, rows } => {
            if let Some(product) = state.product.as_mut().filter(|product| product.row == row) {
                product.similar = Some(rows);
            }
        }
        Outcome::Painted { collection, hits } => {
            let now = state.now;
            let shelf = state.shelf.as_mut().filter(|shelf| Arc::ptr_eq(&shelf.collection, &collection));
            if let Some(shelf) = shelf {
                shelf.paint(hits, now);
            }
        }
        Outcome::Studied(studied) => studied_order(state, studied),
        Outcome::Recalled(collection, Ok(recall)) => {
            if let Some(shelf) = state.shelf.as_mut().filter(|shelf| Arc::ptr_eq(&shelf.collection, &collection)) {
                shelf.recall = recall;
            }
        }
        Outcome::Narrowed { collection, narrowed } => {
            let now = state.now;
            let shelf = state.shelf.as_mut().filter(|shelf| Arc::ptr_eq(&shelf.collection, &collection));
            if let Some(shelf) = shelf {
                shelf.narrow(narrowed, &state.settings, now);
                // Nothing that is not on the shelf is selected.
                state.selected = state.selected.filter(|row| shelf.place_of(*row).is_some());
                study_soon(state);
            }
        }
        Outcome::Leaving(leaving, answer) => {
            work.leaving = Some(answer);
            state.tell(Notice::Leaving(leaving));
        }
        Outcome::Looked(seen) => {
            if let Some(look) = &mut state.look {
                look.seen = Some(seen);
            }
        }
        Outcome::Imported(Ok((collection, report))) => imported(state, collection, report, work),
        Outcome::Microphones(names) => state.microphones = Some(names),
        Outcome::Decoded(pictures) => work.decoded.extend(pictures),
        Outcome::Audit(outcome) => audit::take_in(state, outcome, work),
        Outcome::ChosenForAudit(path) => work.import_audit(&state.audit, path),
        Outcome::Crashed(Lane::WriteLedger, why) => {
            audit::take_in(state, AuditOutcome::Written(Err(Error::Bug { why })), work);
        }
        Outcome::Crashed(lane, why) => {
            let error = Error::Bug { why };
            match lane {
                Lane::Open if state.shelf.is_none() => state.startup = Startup::Failed(error.clone()),
                Lane::Search => give_up_paint(state),
                Lane::Look => {
                    if let Some(look) = &mut state.look {
                        look.seen = Some(Err(error));
                    }
                    return;
                }
                Lane::Record => state.recording = None,
                Lane::Play => state.playing = None,
                _ => {}
            }
            state.tell(Notice::Error(error));
        }
    }
}

/// A file joins the query, or takes its place once it has been opened well.
fn attached(state: &mut State, attachment: Attachment, replaces: bool, work: &mut Work) {
    if replaces && !matches!(attachment, Attachment::Catalog(_)) {
        state.query = Query::default();
        forget_pictures(state);
    }
    match attachment {
        Attachment::Picture(picture) => add_picture(state, picture, work),
        Attachment::Sound(clip) => set_sound(state, clip, work),
        // What comes while another source is looked at waits for its turn.
        Attachment::Catalog(path) if state.look.is_some() => state.tell(Notice::ImportOffer(path)),
        Attachment::Catalog(path) => apply(state, Command::Import(path), work),
    }
}

fn searched(state: &mut State, asked: Query, result: Result<(Arc<Collection>, Found)>, work: &mut Work) {
    match result {
        Ok((collection, found)) => {
            if state.shelf.as_ref().is_none_or(|shelf| !Arc::ptr_eq(&shelf.collection, &collection)) {
                put_on_shelf(state, collection, work);
            }
            let now = state.now;
            let same_question = work.answered.as_ref().is_some_and(|answered| answered.asks_the_same(&asked));
            if let Some(shelf) = &mut state.shelf {
                shelf.answer(Arc::new(found), &state.settings, now, same_question);
                state.audit.stale.comparison = true;
                if !same_question {
                    state.selected = None;
                }
            }
            study_soon(state);
            work.answered = Some(asked);
            if state.lacks_a_part() {
                search(state, work);
            }
        }
        Err(error @ Error::NoWeight) => {
            if let Some(shelf) = &mut state.shelf {
                shelf.trouble = Some(error);
            }
        }
        Err(Error::EmptyQuery) => {}
        Err(error) => {
            give_up_paint(state);
            state.tell(Notice::Error(error));
        }
    }
}

/// A first paint whose scan failed is no answer.
fn give_up_paint(state: &mut State) {
    if state.shelf.as_ref().is_some_and(|shelf| shelf.painted) {
        stop_answering(state);
    }
}

fn studied_order(state: &mut State, studied: Studied) {
    let Studied { ranking, effects, rise } = studied;
    let Some(shelf) = state.shelf.as_mut().filter(|shelf| shelf.ranking == ranking) else { return };
    shelf.effects = Some((ranking, effects));
    if let Some(product) = &mut state.product {
        product.rise = rise.filter(|(lower, _)| *lower == product.row).map(|(_, rise)| rise);
    }
}

fn opened_collection(state: &mut State, opened: Result<Opened>, work: &mut Work) {
    match opened {
        Ok(Opened { collection, backend, trouble }) => {
            state.report = None;
            state.backend = backend;
            let sample = collection.folder == state.home.join("sample");
            // A folder that could not be opened is not forgotten: it may be on a drive that comes back.
            if trouble.is_none() {
                state.settings.collection = (!sample).then(|| collection.folder.clone());
                save_soon(state);
            }
            put_on_shelf(state, collection, work);
            if let Some(error) = trouble {
                state.tell(Notice::Error(error));
            }
        }
        Err(error) if state.shelf.is_none() => state.startup = Startup::Failed(error),
        Err(error) => state.tell(Notice::Error(error)),
    }
}

fn imported(state: &mut State, collection: Arc<Collection>, report: ImportReport, work: &mut Work) {
    state.report = Some(report);
    state.settings.collection = Some(collection.folder.clone());
    save_soon(state);
    put_on_shelf(state, collection, work);
}

fn put_on_shelf(state: &mut State, collection: Arc<Collection>, work: &mut Work) {
    let number = state.next_number();
    state.startup = Startup::Open;
    state.selected = None;
    state.product = None;
    state.filter = Filter::default();
    state.shelf = Some(Shelf::browse(collection, number));
    narrow(state, work);
    put_audit_aside(state, work);
    if let Some(shelf) = &state.shelf {
        work.open_ledger(shelf.collection.clone());
    }
    work.answered = None;
    query_changed(state, work, 0.0);
}

/// Another collection has a ledger of its own; what was chosen on screen stays.
fn put_audit_aside(state: &mut State, work: &mut Work) {
    // What is found out about the old collection is of no use to the new one.
    Lane::AUDIT.into_iter().for_each(|lane| work.jobs.cancel(lane));
    // What waits belongs to the ledger before.
    state.audit.leave();
    let before = std::mem::take(&mut state.audit);
    let left = before.left;
    state.audit =
        audit::state::Audit { metric: before.metric, axes: before.axes, side: before.side, left, ..Default::default() };
}
