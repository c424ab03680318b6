//! What a person can ask of the window, and the one function that does it. Views only push commands.

use std::{path::PathBuf, sync::Arc};

use egui::ColorImage;

use super::{
    audit::command::{self as audit, AuditCommand},
    look::Look,
    state::{Attached, Notice, OpenProduct, PASTE_PATIENCE, Sound, Startup, State, TYPING_PAUSE, Tab},
    work::{self, Lane, Shown, Work},
};
use crate::{
    audio::record::Take,
    catalog::feed::mapping::Role,
    collection::Collection,
    error::Error,
    media::{
        clip::Clip,
        image::{Picture, Region},
    },
    search::{Arrangement, Filter, Query, Slider, Sort, Weights},
    settings::Settings,
};

/// The longest spoken query, seconds.
const LONGEST_RECORDING_SECS: f32 = 30.0;
/// How long a region rests before it is searched, seconds: the shelf follows while the frame is drawn.
const FRAMING_PAUSE: f64 = 0.1;
/// How long the sliders rest before it is looked into what they do, seconds.
const STUDY_PAUSE: f64 = 0.25;
/// How long settings rest before they are written: a slider writes once, not with every pixel.
const SAVE_PAUSE: f64 = 0.4;
/// Files that join a query at once; more than these are a catalog.
pub const MOST_AT_ONCE: usize = 12;
/// Similar products shown under an open one.
pub const SIMILAR: usize = 8;

/// A wish, as views push it.
pub enum Command {
    SetText(String),
    SearchNow,
    ClearQuery,
    RemovePicture(usize),
    /// Opens a picture of the query to choose a part of it, or closes it.
    Frame(Option<usize>),
    /// Searches with a part of a picture of the query, or with all of it.
    SetRegion(usize, Option<Region>),
    /// How much a picture of the query counts, -1 to 1.
    WeighPicture(usize, f32),
    RemoveSound,
    /// Several at once, such as a drop of files.
    AttachAll(Vec<PathBuf>),
    /// Files that were dropped, or typed or chosen somewhere.
    Attach(PathBuf),
    PastePicture(Arc<ColorImage>),
    /// The clipboard was asked for its content, which comes as an event, or not at all.
    AwaitPaste,
    NothingToPaste,
    AskForPictures,
    AskForSound,
    Record,
    StopRecording,
    Play(Sound),
    StopPlaying,
    Slide(Slider, f32),
    /// Method, normalisation and policy too.
    SetWeights(Weights),
    Arrange(Arrangement),
    SetFilter(Filter),
    SetSort(Sort),
    ResetWeights,
    Select(Option<usize>),
    /// Opens the product panel.
    OpenProduct(usize),
    CloseProduct,
    ShowPicture(usize),
    /// Searches with nothing but this picture or sound.
    SearchWith(PathBuf),
    Tab(Tab),
    ImportPath(String),
    /// Looks at a source, to import it.
    Import(PathBuf),
    /// What becomes of a column of the source that is looked at.
    SayColumn(String, Role),
    /// Whether pictures and sounds of that source are fetched from the web.
    FetchPictures(bool),
    /// Imports it as it was looked at.
    ImportLooked,
    CloseLook,
    /// Looks at the source of the collection on show, to read it otherwise.
    LookAgain,
    /// The source of the collection on show, into the same collection.
    ImportAgain,
    /// Whether products may leave the collection that is imported again.
    AnswerLeaving(bool),
    /// Writes what the import had to tell as a table, into a file that is asked for.
    SaveProblems,
    AskForImportFolder,
    AskForImportFile,
    AskForCollection,
    OpenSample,
    OpenCollection(PathBuf),
    CheckRecall,
    DismissReport,
    Dismiss(u64),
    Cancel(Lane),
    Settings(Box<Settings>),
    FindMicrophones,
    /// Of the workbench.
    Audit(AuditCommand),
}

/// Carries out one command. All changes of the state that a person asks for happen here.
#[expect(clippy::too_many_lines, reason = "a table of commands, a line or two each")]
pub fn apply(state: &mut State, command: Command, work: &mut Work) {
    match command {
        Command::SetText(text) => {
            state.paste_due = None;
            state.query.text = text;
            query_changed(state, work, TYPING_PAUSE);
        }
        Command::SearchNow => query_changed(state, work, 0.0),
        Command::ClearQuery => clear_query(state, work),
        Command::RemovePicture(place) => remove_picture(state, place, work),
        Command::Frame(place) => state.framing = place.filter(|place| *place < state.attached.len()),
        Command::SetRegion(place, region) => set_region(state, place, region, work),
        Command::WeighPicture(place, weight) => {
            if let Some(attached) = state.attached.get_mut(place) {
                attached.weight = weight;
                query_changed(state, work, 0.0);
            }
        }
        Command::RemoveSound => {
            state.query.audio = None;
            stop_playing(state, work);
            query_changed(state, work, 0.0);
        }
        Command::AttachAll(paths) => attach_all(state, paths, work),
        Command::Attach(path) => {
            state.paste_due = None;
            let number = state.next_number();
            work.attach(number, path, false);
        }
        Command::PastePicture(image) => {
            state.paste_due = None;
            let number = state.next_number();
            work.paste(number, image);
        }
        Command::AwaitPaste => state.paste_due = Some(state.now + PASTE_PATIENCE),
        Command::NothingToPaste => {
            state.paste_due = None;
            state.tell(Notice::NothingToPaste);
        }
        Command::AskForPictures => work.ask_for_pictures(),
        Command::AskForSound => work.ask_for_sound(),
        Command::Record => {
            let take = Take::new(LONGEST_RECORDING_SECS).from_device(state.settings.microphone.clone());
            stop_playing(state, work);
            work.record(take.clone());
            state.recording = Some(take);
        }
        Command::StopRecording => {
            if let Some(take) = &state.recording {
                take.stop();
            }
        }
        Command::Play(sound) => play(state, sound, work),
        Command::StopPlaying => stop_playing(state, work),
        Command::Slide(slider, weight) => set_weights(state, work, |weights| weights.set(slider, weight)),
        Command::SetWeights(all) => set_weights(state, work, |weights| *weights = all),
        Command::Arrange(arrangement) => {
            state.settings.arrangement = arrangement;
            set_weights(state, work, |_| {});
        }
        Command::ResetWeights => {
            state.settings.arrangement = Arrangement::default();
            set_weights(state, work, |weights| *weights = Weights::default());
        }
        Command::SetFilter(filter) => {
            state.filter = filter;
            narrow(state, work);
        }
        Command::SetSort(sort) => {
            state.sort = sort;
            narrow(state, work);
        }
        Command::Select(row) => state.selected = row,
        Command::OpenProduct(row) => open_product(state, row, work),
        Command::CloseProduct => state.product = None,
        Command::ShowPicture(picture) => {
            if let Some(product) = &mut state.product {
                product.picture = picture;
            }
        }
        Command::SearchWith(path) => {
            let number = state.next_number();
            work.attach(number, path, true);
        }
        Command::Tab(tab) => state.tab = tab,
        Command::ImportPath(path) => state.import_path = path,
        Command::Import(source) => look_at(state, source, None, work),
        Command::SayColumn(column, role) => {
            if let Some(seen) = state.look.as_mut().and_then(Look::seen_mut) {
                seen.say(&column, role);
            }
        }
        Command::FetchPictures(fetch) => {
            if let Some(seen) = state.look.as_mut().and_then(Look::seen_mut) {
                seen.options.web.fetch = fetch;
            }
        }
        Command::ImportLooked => {
            if let Some(Look { source, seen: Some(Ok(seen)), .. }) = state.look.take_if(|look| look.is_ready()) {
                state.tab = Tab::Collection;
                state.report = None;
                work.import_into(source, seen.folder, Ok(seen.options));
            }
        }
        Command::CloseLook => {
            work.jobs.cancel(Lane::Look);
            state.look = None;
        }
        Command::LookAgain => {
            if let Some(Collection { folder, manifest, .. }) = state.shelf.as_ref().map(|shelf| &*shelf.collection) {
                let (source, folder) = (manifest.source.clone(), folder.clone());
                look_at(state, source, Some(folder), work);
            }
        }
        Command::ImportAgain => {
            if let Some(shelf) = &state.shelf {
                let (manifest, folder) = (&shelf.collection.manifest, shelf.collection.folder.clone());
                let (source, options) = (manifest.source.clone(), manifest.asked.options());
                state.tab = Tab::Collection;
                state.report = None;
                work.import_into(source, folder, options);
            }
        }
        Command::AnswerLeaving(yes) => answer_leaving(state, yes, work),
        Command::SaveProblems => {
            if let Some(shelf) = &state.shelf {
                work.ask_to_save_problems(shelf.collection.clone());
            }
        }
        Command::AskForImportFolder => work.ask_for_import(true),
        Command::AskForImportFile => work.ask_for_import(false),
        Command::AskForCollection => work.ask_for_collection(),
        Command::OpenSample => open(state, None, work),
        Command::OpenCollection(folder) => open(state, Some(folder), work),
        Command::CheckRecall => {
            if let Some(shelf) = &state.shelf {
                work.check_recall(shelf.collection.clone());
            }
        }
        Command::DismissReport => state.report = None,
        Command::Dismiss(number) => {
            let leaving = |(known, notice): &(u64, Notice)| *known == number && matches!(notice, Notice::Leaving(_));
            if state.notices.iter().any(leaving) {
                answer_leaving(state, false, work);
            }
            state.notices.retain(|(known, _)| *known != number);
        }
        Command::Cancel(lane) => {
            work.jobs.cancel(lane);
            match lane {
                Lane::Record => state.recording = None,
                Lane::Play => state.playing = None,
                Lane::Import => answer_leaving(state, false, work),
                Lane::Search if state.shelf.as_ref().is_some_and(|shelf| shelf.painted) => stop_answering(state),
                Lane::Open if state.shelf.is_none() => state.startup = Startup::Failed(Error::Cancelled),
                _ => {}
            }
        }
        Command::Settings(settings) => {
            state.settings = *settings;
            save_soon(state);
        }
        Command::FindMicrophones => work.find_microphones(),
        Command::Audit(asked) => audit::apply(state, asked, work),
    }
}

/// Opens the look at a source; `into` is the collection it goes into, unless its name is to say that.
fn look_at(state: &mut State, source: PathBuf, into: Option<PathBuf>, work: &mut Work) {
    state.notices.retain(|(_, notice)| *notice != Notice::ImportOffer(source.clone()));
    state.look = Some(Look::new(state.next_number(), source.clone()));
    work.look(source, into, state.home.clone());
}

/// Tells the import that waits whether products may leave, and takes the question away.
fn answer_leaving(state: &mut State, yes: bool, work: &mut Work) {
    if let Some(answer) = work.leaving.take() {
        // An import that has been stopped no longer listens.
        let _ = answer.send(yes);
    }
    state.notices.retain(|(_, notice)| !matches!(notice, Notice::Leaving(_)));
}

/// Starts what has become due: the search after a pause in typing, saving after a pause in moving.
pub fn when_due(state: &mut State, work: &mut Work) {
    audit::when_due(state, work);
    if state.search_due.is_some_and(|due| due <= state.now) && state.shelf.is_some() {
        state.search_due = None;
        // Cut here, once a search: a frame that is being drawn changes with every move of the mouse.
        state.query.images = state.attached.iter().map(Attached::example).collect();
        search(state, work);
    }
    if state.study_due.is_some_and(|due| due <= state.now) {
        state.study_due = None;
        study(state, work);
    }
    if state.paste_due.is_some_and(|due| due <= state.now) {
        state.paste_due = None;
        state.tell(Notice::NothingToPaste);
    }
    if state.save_due.is_some_and(|due| due <= state.now) {
        state.save_due = None;
        work.save(state.settings.clone(), state.home.clone());
    }
}

fn clear_query(state: &mut State, work: &mut Work) {
    stop_playing(state, work);
    state.query = Query::default();
    forget_pictures(state);
    query_changed(state, work, 0.0);
}

fn remove_picture(state: &mut State, place: usize, work: &mut Work) {
    if place < state.query.images.len() {
        state.query.images.remove(place);
        state.attached.remove(place);
        state.framing = None;
        query_changed(state, work, 0.0);
    }
}

pub(super) fn forget_pictures(state: &mut State) {
    state.attached.clear();
    state.framing = None;
}

fn set_region(state: &mut State, place: usize, region: Option<Region>, work: &mut Work) {
    if let Some(attached) = state.attached.get_mut(place) {
        attached.region = region;
        query_changed(state, work, if region.is_some() { FRAMING_PAUSE } else { 0.0 });
    }
}

fn attach_all(state: &mut State, paths: Vec<PathBuf>, work: &mut Work) {
    if paths.len() > MOST_AT_ONCE {
        state.tell(Notice::TooManyFiles);
    }
    for path in paths.into_iter().take(MOST_AT_ONCE) {
        apply(state, Command::Attach(path), work);
    }
}

pub(super) fn query_changed(state: &mut State, work: &mut Work, pause: f64) {
    // Words that are a query of the set are judged as it is; anything more is another question.
    let plain = state.attached.is_empty() && state.query.audio.is_none();
    let asked = if plain { state.audit.asks(&state.query.text) } else { None };
    state.audit.current = asked.map(|query| query.id.clone());
    if state.query.is_empty() {
        state.search_due = None;
        work.jobs.cancel(Lane::Search);
        work.answered = None;
        stop_answering(state);
    } else {
        state.search_due = Some(state.now + pause);
    }
}

/// Back to browsing, if something else is on show.
pub(super) fn stop_answering(state: &mut State) {
    if let Some(shelf) = state.shelf.as_mut().filter(|shelf| shelf.answers()) {
        shelf.clear();
    }
}

pub(super) fn search(state: &State, work: &mut Work) {
    let shelf = state.shelf.as_ref();
    let earlier = shelf.and_then(|shelf| Some((shelf.collection.clone(), shelf.found.clone()?)));
    let filter = shelf.and_then(|shelf| shelf.filter.clone());
    work.search(state.query.clone(), state.settings.weights, filter, earlier);
}

pub(super) fn set_weights(state: &mut State, work: &mut Work, change: impl FnOnce(&mut Weights)) {
    audit::sliders_move(&mut state.audit, state.now);
    change(&mut state.settings.weights);
    if let Some(shelf) = &mut state.shelf {
        shelf.network = None;
    }
    audit::figures_changed(state);
    save_soon(state);
    let now = state.now;
    // What could not be searched without a weight can be now; an older question's answer does not count as one.
    let unanswered = !state.query.is_empty() && work.answered.as_ref() != Some(&state.query);
    let had_trouble = state.shelf.as_ref().is_some_and(|shelf| shelf.trouble.is_some() && unanswered);
    if let Some(shelf) = &mut state.shelf {
        shelf.rank(&state.settings, now);
    }
    study_soon(state);
    // A part that had no weight when the query was searched was not encoded; now it is wanted.
    if (state.lacks_a_part() || had_trouble) && !work.jobs.is_running(Lane::Search) {
        search(state, work);
    }
}

/// Finds out what the filter leaves, in which order, and how many products every value would leave.
pub(super) fn narrow(state: &State, work: &mut Work) {
    if let Some(shelf) = &state.shelf {
        work.narrow(shelf.collection.clone(), state.filter.clone(), state.sort);
    }
}

/// Looks into the order once the sliders rest.
pub(super) fn study_soon(state: &mut State) {
    state.study_due = Some(state.now + STUDY_PAUSE);
}

fn study(state: &State, work: &mut Work) {
    let Some(shelf) = &state.shelf else { return };
    let Some(found) = shelf.found.clone() else { return };
    let open = state.product.as_ref().and_then(|product| shelf.place_of(product.row));
    let pair = open.and_then(|place| Some((shelf.hits.get(place)?.row, shelf.hits.get(place.checked_sub(1)?)?.row)));
    let shown = Shown { collection: shelf.collection.clone(), found, filter: shelf.filter.clone(), pair };
    work.study(shelf.ranking, shown, state.settings.weights);
}

pub(super) fn save_soon(state: &mut State) {
    state.save_due = Some(state.now + SAVE_PAUSE);
}

pub(super) fn add_picture(state: &mut State, picture: Picture, work: &mut Work) {
    state.query.images.push(picture.clone().into());
    let id = state.next_number();
    state.attached.push(Attached { id, whole: picture, region: None, weight: 1.0 });
    query_changed(state, work, 0.0);
}

pub(super) fn set_sound(state: &mut State, clip: Clip, work: &mut Work) {
    stop_playing(state, work);
    state.wave = work::wave(&clip);
    state.query.audio = Some(clip.into());
    query_changed(state, work, 0.0);
}

fn play(state: &mut State, sound: Sound, work: &mut Work) {
    let started = match sound {
        Sound::Query => state.query.audio.clone().map(|clip| work.play(move || Ok(clip.content))),
        Sound::Product { row, number } => state
            .shelf
            .as_ref()
            .and_then(|shelf| shelf.collection.product(row)?.sounds.get(number).cloned())
            .map(|path| work.play(move || Clip::open(&path))),
    };
    state.playing = started.map(|()| sound);
}

pub(super) fn stop_playing(state: &mut State, work: &mut Work) {
    work.jobs.cancel(Lane::Play);
    state.playing = None;
}

fn open_product(state: &mut State, row: usize, work: &mut Work) {
    let Some(shelf) = state.shelf.as_ref().filter(|shelf| row < shelf.collection.len()) else { return };
    state.selected = Some(row);
    if state.product.as_ref().is_none_or(|product| product.row != row) {
        state.product = Some(OpenProduct { row, picture: 0, similar: None, rise: None });
        work.similar(shelf.collection.clone(), row);
        study_soon(state);
    }
}

fn open(state: &mut State, folder: Option<PathBuf>, work: &mut Work) {
    if state.shelf.is_none() {
        state.startup = Startup::Opening;
    }
    work.open(folder, state.home.clone());
}
