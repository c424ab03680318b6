//! What the window knows: the query being put together, the shelf of products it shows, and what is open or running.
//! Plain data without a widget in it; only [`command`](super::command) changes it.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use super::work::Lane;
use crate::{
    audio::record::Take,
    collection::{Collection, ImportReport},
    encode::{Modality, runtime::Backend},
    error::{Error, Result},
    language::Language,
    media::image::{Picture, Region},
    progress::Stage,
    search::{Found, Hit, Query, Weights},
    settings::Settings,
};

/// Most products a ranking shows; nobody scrolls further, and a slider move stays within the frame.
pub const MOST_SHOWN: usize = 2000;
/// How long the typing rests before the search starts, seconds.
pub const TYPING_PAUSE: f64 = 0.25;
/// Slider moves closer together than this count as one when places are compared, seconds.
const ONE_MOVE: f64 = 1.0;
/// Places that a person looks at, among which changes are counted.
const LOOKED_AT: usize = 24;
/// How long the clipboard may take to answer, seconds.
pub const PASTE_PATIENCE: f64 = 0.6;
/// A best score below this is no better than chance: the best of many unrelated products comes up to here.
const GOOD_MATCH: f32 = 1.0;

pub struct State {
    pub settings: Settings,
    pub home: PathBuf,
    /// Seconds since the window opened.
    pub now: f64,
    pub tab: Tab,
    pub startup: Startup,
    pub backend: Option<Backend>,
    pub shelf: Option<Shelf>,
    pub query: Query,
    /// What `query.images` were made of, in their order.
    pub attached: Vec<Attached>,
    /// The picture of the query whose region is being chosen.
    pub framing: Option<usize>,
    /// The drawing of the query's sound: lowest and highest sample of each column.
    pub wave: Vec<(f32, f32)>,
    /// When the draft query is searched; `None`: it has been.
    pub search_due: Option<f64>,
    pub save_due: Option<f64>,
    /// When a paste that was asked for is given up: the clipboard is empty.
    pub paste_due: Option<f64>,
    pub recording: Option<Take>,
    pub playing: Option<Sound>,
    /// The row that the keyboard is on.
    pub selected: Option<usize>,
    pub product: Option<OpenProduct>,
    pub notices: Vec<(u64, Notice)>,
    pub import_path: String,
    pub report: Option<ImportReport>,
    pub microphones: Option<Vec<String>>,
    pub running: Vec<Running>,
    pub last_number: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Weights,
    Collection,
    Settings,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Startup {
    Opening,
    Open,
    Failed(Error),
}

/// A sound that can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    Query,
    Product { row: usize, number: usize },
}

/// A picture of the query as it came, and the part of it that is searched with.
#[derive(Debug, Clone, PartialEq)]
pub struct Attached {
    /// Names it for the texture cache.
    pub id: u64,
    pub whole: Picture,
    /// `None`: all of it.
    pub region: Option<Region>,
}

impl Attached {
    /// What is searched with.
    pub fn picture(&self) -> Picture {
        self.region.map_or_else(|| self.whole.clone(), |region| self.whole.crop(region))
    }
}

/// The product in the panel on the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProduct {
    pub row: usize,
    /// Which of its pictures is large.
    pub picture: usize,
    /// `None` while they are looked for.
    pub similar: Option<Vec<usize>>,
}

/// Something to tell, until it is dismissed. Sentences are made when shown, so they follow the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Error(Error),
    NoDialog,
    NothingToPaste,
    /// More files at once than a query takes.
    TooManyFiles,
    ImportOffer(PathBuf),
}

/// Work under way, as the activity bar shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Running {
    pub lane: Lane,
    pub stage: Stage,
    pub done: usize,
    pub total: usize,
}

impl State {
    pub fn new(home: PathBuf, settings: Settings) -> Self {
        Self {
            settings,
            home,
            now: 0.0,
            tab: Tab::Weights,
            startup: Startup::Opening,
            backend: None,
            shelf: None,
            query: Query::default(),
            attached: Vec::new(),
            framing: None,
            wave: Vec::new(),
            search_due: None,
            save_due: None,
            paste_due: None,
            recording: None,
            playing: None,
            selected: None,
            product: None,
            notices: Vec::new(),
            import_path: String::new(),
            report: None,
            microphones: None,
            running: Vec::new(),
            last_number: 0,
        }
    }

    pub fn language(&self) -> Language {
        self.settings.language
    }

    pub fn is_running(&self, lane: Lane) -> bool {
        self.running.iter().any(|running| running.lane == lane)
    }

    /// Adds a notice unless the same one is there already.
    pub fn tell(&mut self, notice: Notice) {
        if notice != Notice::Error(Error::Cancelled) && !self.notices.iter().any(|(_, known)| *known == notice) {
            let number = self.next_number();
            self.notices.push((number, notice));
        }
    }

    /// A number that nothing else in this window has.
    pub fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The share of a query part among the parts present, 0..=1; `None` when it is absent.
    pub fn part_share(&self, part: Modality) -> Option<f32> {
        let weight = |part| if self.query.has(part) { self.settings.weights.part(part) } else { 0.0 };
        self.query.has(part).then(|| share(weight(part), Modality::ALL.map(weight)))
    }

    /// Whether any product of the collection offers a facet.
    pub fn offers(&self, facet: Modality) -> bool {
        self.shelf.as_ref().is_none_or(|shelf| shelf.collection.manifest.coverage[facet.index()] > 0)
    }

    /// The share of a facet among those that the products offer, 0..=1.
    pub fn facet_share(&self, facet: Modality) -> f32 {
        let weight = |facet| if self.offers(facet) { self.settings.weights.facet(facet) } else { 0.0 };
        share(weight(facet), Modality::ALL.map(weight))
    }

    /// Whether the draft has a part with a weight that the shelf's ranking does not know yet.
    pub fn lacks_a_part(&self) -> bool {
        let Some(found) = self.shelf.as_ref().and_then(|shelf| shelf.found.as_ref()) else { return false };
        let known = |modality| found.parts().any(|part| part.modality() == modality);
        Modality::ALL
            .into_iter()
            .any(|modality| self.query.has(modality) && self.settings.weights.part(modality) > 0.0 && !known(modality))
    }
}

fn share(weight: f32, all: [f32; 3]) -> f32 {
    let sum: f32 = all.iter().sum();
    if sum > 0.0 { weight / sum } else { 0.0 }
}

/// The products on show, in their order.
pub struct Shelf {
    pub collection: Arc<Collection>,
    /// Tells this opening of a collection from the next, for textures.
    pub number: u64,
    /// What the last search kept; `None` while browsing.
    pub found: Option<Arc<Found>>,
    /// Best first; while browsing in the order of the feed, with a score of 0.
    pub hits: Vec<Hit>,
    /// Why the latest weights could not rank; the order before them stays.
    pub trouble: Option<Error>,
    /// Changes with every new order.
    pub ranking: u64,
    /// Changes when the products answer another question, so that nothing glides.
    pub epoch: u64,
    place_of_row: HashMap<usize, usize>,
    before: (f64, HashMap<usize, usize>),
}

impl Shelf {
    /// All products in the order of the feed.
    pub fn browse(collection: Arc<Collection>, number: u64) -> Self {
        let mut shelf = Self {
            collection,
            number,
            found: None,
            hits: Vec::new(),
            trouble: None,
            ranking: 0,
            epoch: 0,
            place_of_row: HashMap::new(),
            before: (f64::NEG_INFINITY, HashMap::new()),
        };
        shelf.clear();
        shelf
    }

    /// Back to browsing.
    pub fn clear(&mut self) {
        self.found = None;
        self.trouble = None;
        self.epoch += 1;
        self.put((0..self.collection.products().len()).map(|row| Hit { row, score: 0.0 }).collect());
        self.before = (f64::NEG_INFINITY, self.place_of_row.clone());
    }

    /// Shows what a search found. `same_question`: only a part was filled in, so thumbnails may glide.
    pub fn answer(&mut self, found: Arc<Found>, weights: &Weights, now: f64, same_question: bool) {
        self.found = Some(found);
        if !same_question {
            self.epoch += 1;
        }
        self.rank(weights, now);
        if !same_question {
            self.before = (f64::NEG_INFINITY, self.place_of_row.clone());
        }
    }

    /// Ranks the kept cosines under other weights: no encoder, no index. Browsing has nothing to rank.
    pub fn rank(&mut self, weights: &Weights, now: f64) {
        let Some(found) = &self.found else { return };
        match self.order(found, weights) {
            Ok(hits) => {
                self.trouble = None;
                if now - self.before.0 > ONE_MOVE {
                    self.before.1 = self.place_of_row.clone();
                }
                self.before.0 = now;
                if hits != self.hits {
                    self.put(hits);
                }
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    fn order(&self, found: &Found, weights: &Weights) -> Result<Vec<Hit>> {
        found.rank(&self.collection, weights, MOST_SHOWN)
    }

    fn put(&mut self, hits: Vec<Hit>) {
        self.place_of_row = hits.iter().enumerate().map(|(place, hit)| (hit.row, place)).collect();
        self.hits = hits;
        self.ranking += 1;
    }

    /// A row's place in the order, from 0.
    pub fn place_of(&self, row: usize) -> Option<usize> {
        self.place_of_row.get(&row).copied()
    }

    /// How many of the first products changed place with the last slider move, and how many are looked at.
    pub fn moved(&self) -> (usize, usize) {
        let (old, first) = (&self.before.1, self.hits.len().min(LOOKED_AT));
        let moved = self.hits[..first].iter().enumerate().filter(|(place, hit)| old.get(&hit.row) != Some(place));
        (moved.count(), first)
    }

    /// Whether even the best product is no better than an unrelated one.
    pub fn nothing_matches(&self) -> bool {
        self.found.is_some() && self.hits.first().is_some_and(|best| best.score < GOOD_MATCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_over_the_parts_present() {
        let mut state = State::new(PathBuf::new(), Settings { weights: Weights::default(), ..Settings::default() });
        assert_eq!(state.part_share(Modality::Text), None);
        state.query.text = "red".into();
        assert_eq!(state.part_share(Modality::Text), Some(1.0));
        assert_eq!(state.part_share(Modality::Audio), None);
        let sum: f32 = Modality::ALL.into_iter().map(|facet| state.facet_share(facet)).sum();
        assert!((sum - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_notice_is_told_once_and_a_cancel_never() {
        let mut state = State::new(PathBuf::new(), Settings::default());
        state.tell(Notice::NoDialog);
        state.tell(Notice::NoDialog);
        state.tell(Notice::Error(Error::Cancelled));
        assert_eq!(state.notices.len(), 1);
    }
}
