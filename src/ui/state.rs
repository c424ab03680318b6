//! What the window knows: the query being put together, the shelf of products it shows, and what is open or running.
//! Plain data without a widget in it; only [`command`](super::command) changes it.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::Arc,
};

use super::{audit::state::Audit, look::Look, work::Lane};
use crate::{
    audio::record::Take,
    audit::{Preset, Table, learned::Saved, table::Candidates},
    collection::{Collection, ImportReport, Leaving},
    encode::{Modality, runtime::Backend},
    error::{Error, Result},
    index::{RowSet, Way, nearest::Recall},
    language::Language,
    media::image::{Picture, Region},
    progress::Stage,
    search::{
        Channel, FacetCounts, Filter, Found, Hit, Query, Slider, Sort, Swap, Weighted, Weights, explain::LOOKED_AT,
    },
    settings::Settings,
};

/// Most products a ranking shows; nobody scrolls further, and a slider move stays within the frame.
pub const MOST_SHOWN: usize = 2000;
/// How long the typing rests before the search starts, seconds.
pub const TYPING_PAUSE: f64 = 0.25;
/// Slider moves closer together than this count as one when places are compared, seconds.
const ONE_MOVE: f64 = 1.0;
/// How long the clipboard may take to answer, seconds.
pub const PASTE_PATIENCE: f64 = 0.6;

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
    pub filter: Filter,
    /// The order while nobody searches.
    pub sort: Sort,
    /// What `query.images` were made of, in their order.
    pub attached: Vec<Attached>,
    /// The picture of the query whose region is being chosen.
    pub framing: Option<usize>,
    /// The drawing of the query's sound: lowest and highest sample of each column.
    pub wave: Vec<(f32, f32)>,
    /// When the draft query is searched; `None`: it has been.
    pub search_due: Option<f64>,
    pub save_due: Option<f64>,
    /// When the order is looked into: what each slider does, what would move the open product.
    pub study_due: Option<f64>,
    /// When a paste that was asked for is given up: the clipboard is empty.
    pub paste_due: Option<f64>,
    pub recording: Option<Take>,
    pub playing: Option<Sound>,
    /// The row that the keyboard is on.
    pub selected: Option<usize>,
    pub product: Option<OpenProduct>,
    pub notices: Vec<(u64, Notice)>,
    pub import_path: String,
    /// The source that is looked at before it is imported.
    pub look: Option<Look>,
    pub report: Option<ImportReport>,
    pub microphones: Option<Vec<String>>,
    pub running: Vec<Running>,
    pub last_number: u64,
    pub audit: Audit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Weights,
    Filter,
    Audit,
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
    /// How much it counts, -1 (unlike it) to 1.
    pub weight: f32,
}

impl Attached {
    /// What is searched with.
    pub fn example(&self) -> Weighted<Picture> {
        let picture = self.region.map_or_else(|| self.whole.clone(), |region| self.whole.crop(region));
        Weighted::new(picture, self.weight)
    }
}

/// The product in the panel on the right.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenProduct {
    pub row: usize,
    /// Which of its pictures is large.
    pub picture: usize,
    /// `None` while they are looked for.
    pub similar: Option<Vec<usize>>,
    /// What would put it one place higher, and the order that this was found for.
    pub rise: Option<Rise>,
}

/// The product above another, and the smallest change of one slider that swaps the two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rise {
    pub ranking: u64,
    pub above: usize,
    /// `None`: no slider alone does it.
    pub swap: Option<Swap>,
}

/// Something to tell, until it is dismissed. Sentences are made when shown, so they follow the language.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    Error(Error),
    NoDialog,
    NothingToPaste,
    /// More files at once than a query takes.
    TooManyFiles,
    ImportOffer(PathBuf),
    /// Nobody has anything left to judge.
    AllJudged,
    /// Whether products may leave the collection; the import waits for the answer.
    Leaving(Leaving),
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
            filter: Filter::default(),
            sort: Sort::default(),
            attached: Vec::new(),
            framing: None,
            wave: Vec::new(),
            search_due: None,
            save_due: None,
            study_due: None,
            paste_due: None,
            recording: None,
            playing: None,
            selected: None,
            product: None,
            notices: Vec::new(),
            import_path: String::new(),
            look: None,
            report: None,
            microphones: None,
            running: Vec::new(),
            last_number: 0,
            audit: Audit::default(),
        }
    }

    pub fn language(&self) -> Language {
        self.settings.language
    }

    /// The sliders as they stand, under a name that says so.
    pub fn now_as_preset(&self) -> Preset {
        let Settings { weights, arrangement, .. } = &self.settings;
        Preset { name: self.language().now().to_owned(), weights: *weights, arrangement: *arrangement }
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

    /// The share of a facet, or of the words, among those that can count, 0..=1; `None` when it cannot.
    pub fn channel_share(&self, channel: Channel) -> Option<f32> {
        let counts = |channel| match channel {
            Channel::Facet(facet) => self.offers(facet),
            Channel::Keyword => self.query.has(Modality::Text) || self.query.is_empty(),
        };
        let weight = |channel| if counts(channel) { self.settings.weights.channel(channel) } else { 0.0 };
        counts(channel).then(|| share(weight(channel), Channel::ALL.map(weight)))
    }

    /// Whether the weights ask for something of the draft that the shelf's ranking does not know yet.
    pub fn lacks_a_part(&self) -> bool {
        let Some(found) = self.shelf.as_ref().and_then(|shelf| shelf.found.as_ref()) else { return false };
        found.lacks(|modality| self.query.has(modality), &self.settings.weights)
    }
}

fn share<const N: usize>(weight: f32, all: [f32; N]) -> f32 {
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
    /// The products that are shown at all; `None`: every one.
    pub filter: Option<Arc<RowSet>>,
    /// The rows in the order of browsing; `None`: all of them as the feed has them.
    pub order: Option<Arc<Vec<u32>>>,
    /// How many products each value would leave, once it is counted.
    pub counts: Option<Box<FacetCounts>>,
    /// Ranks in place of the weights, until a slider moves.
    pub network: Option<Arc<Saved>>,
    /// What it made of a search: no slider changes that.
    learned: Option<(Arc<Found>, Vec<Hit>)>,
    /// The score below which a hit is no better than chance, where the method has one.
    pub cut_off: Option<f32>,
    /// How much of the top each slider moves, 0..=1, for the order of this number.
    pub effects: Option<(u64, Vec<(Slider, f32)>)>,
    /// How well similar products are found, once it was asked for.
    pub recall: Vec<(Modality, Way, Recall)>,
    /// Whether this is the first paint, and the scan that makes it exact still under way.
    pub painted: bool,
    /// Changes with every new order.
    pub ranking: u64,
    /// Changes when the products answer another question, so that nothing glides.
    pub epoch: u64,
    places: Places,
    before: (f64, Places),
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
            filter: None,
            order: None,
            counts: None,
            network: None,
            learned: None,
            cut_off: None,
            effects: None,
            recall: Vec::new(),
            painted: false,
            ranking: 0,
            epoch: 0,
            places: Places::default(),
            before: (f64::NEG_INFINITY, Places::default()),
        };
        shelf.clear();
        shelf
    }

    /// Back to browsing.
    pub fn clear(&mut self) {
        self.found = None;
        self.effects = None;
        self.trouble = None;
        self.painted = false;
        self.cut_off = None;
        self.epoch += 1;
        self.put(match &self.order {
            Some(order) => order.iter().map(|row| Hit::of(*row as usize)).collect(),
            None => (0..self.collection.len()).map(Hit::of).collect(),
        });
        self.before = (f64::NEG_INFINITY, self.places.clone());
    }

    /// Shows what a search found. `same_question`: only a part was filled in, so thumbnails may glide.
    pub fn answer(&mut self, found: Arc<Found>, settings: &Settings, now: f64, same_question: bool) {
        self.found = Some(found);
        // The first paint showed the new question already.
        let painted = std::mem::take(&mut self.painted);
        if !same_question && !painted {
            self.epoch += 1;
        }
        if !same_question {
            self.effects = None;
        }
        self.rank(settings, now);
        if !same_question {
            self.before = (f64::NEG_INFINITY, self.places.clone());
        }
    }

    /// Ranks the kept cosines under other weights: no encoder, no index. Browsing has nothing to rank.
    pub fn rank(&mut self, settings: &Settings, now: f64) {
        let Some(found) = self.found.clone() else { return };
        // The search lane is finding out what these weights need; the order before stays until it is there.
        if !found.is_prepared(&settings.weights) {
            return;
        }
        match self.order(&found, settings) {
            Ok(hits) => {
                self.trouble = None;
                let by_weights = self.network.is_none();
                self.cut_off = found.cut_off(&self.collection, &settings.weights).filter(|_| by_weights);
                if now - self.before.0 > ONE_MOVE {
                    self.before.1 = self.places.clone();
                }
                self.before.0 = now;
                if hits != self.hits {
                    self.put(hits);
                }
            }
            Err(error) => self.trouble = Some(error),
        }
    }

    fn order(&mut self, found: &Arc<Found>, settings: &Settings) -> Result<Vec<Hit>> {
        let hits = match self.network.clone() {
            Some(network) => self.learned_order(&network, found)?,
            None => found.rank(&self.collection, &settings.weights, self.filter.as_deref(), MOST_SHOWN)?,
        };
        Ok(settings.arrangement.apply(&self.collection, &settings.weights, hits))
    }

    /// Ranks by a network from now on.
    pub fn rank_by(&mut self, network: Option<Arc<Saved>>, settings: &Settings, now: f64) {
        (self.network, self.learned) = (network, None);
        self.rank(settings, now);
    }

    /// The candidates of a search as a network ranks them, those whose number was typed first; ties by id.
    fn learned_order(&mut self, network: &Saved, found: &Arc<Found>) -> Result<Vec<Hit>> {
        if self.learned.as_ref().is_none_or(|(known, _)| !Arc::ptr_eq(known, found)) {
            let candidates = Candidates { every_cosine: false, ..Candidates::default() };
            let (collection, none) = (&self.collection, BTreeMap::new());
            let table = Table::of(("", ""), found, collection, &none, &Weights::default(), candidates)?;
            let scores = network.score(&table)?;
            let hits = table.rows().iter().zip(&scores);
            let mut hits: Vec<Hit> = hits.map(|(row, score)| Hit { score: *score, ..Hit::of(*row as usize) }).collect();
            let named = found.named();
            hits.iter_mut().for_each(|hit| hit.named = named.contains(&hit.row));
            // The table has them in the order of their ids.
            hits.sort_by(|a, b| b.named.cmp(&a.named).then(b.score.total_cmp(&a.score)));
            self.learned = Some((found.clone(), hits));
        }
        let hits = self.learned.iter().flat_map(|(_, hits)| hits);
        let passes = |hit: &&Hit| self.filter.as_ref().is_none_or(|filter| filter.contains(hit.row));
        Ok(hits.filter(passes).take(MOST_SHOWN).copied().collect())
    }

    /// Shows only some products from now on, in this order while nobody searches.
    pub fn narrow(&mut self, narrowed: Narrowed, settings: &Settings, now: f64) {
        let Narrowed { filter, order, counts } = narrowed;
        (self.filter, self.order, self.counts) = (filter, order, Some(counts));
        if self.found.is_some() {
            self.rank(settings, now);
        } else if !self.painted {
            self.clear();
        }
    }

    /// Shows the first paint of a new question.
    pub fn paint(&mut self, hits: Vec<Hit>, now: f64) {
        self.epoch += 1;
        self.painted = true;
        // What was found answers another question.
        self.found = None;
        self.effects = None;
        self.trouble = None;
        self.cut_off = None;
        self.before = (now, Places::default());
        self.put(hits);
    }

    fn put(&mut self, hits: Vec<Hit>) {
        self.places = Places::of(&hits, self.collection.len());
        self.hits = hits;
        self.ranking += 1;
    }

    /// A row's place in the order, from 0.
    pub fn place_of(&self, row: usize) -> Option<usize> {
        self.places.get(row)
    }

    /// How many of the first products changed place with the last slider move, and how many are looked at.
    pub fn moved(&self) -> (usize, usize) {
        let (old, first) = (&self.before.1, self.hits.len().min(LOOKED_AT));
        let moved = self.hits[..first].iter().enumerate().filter(|(place, hit)| old.get(hit.row) != Some(*place));
        (moved.count(), first)
    }

    /// Whether the products on show answer a question.
    pub fn answers(&self) -> bool {
        self.found.is_some() || self.painted
    }

    /// Products that may be shown.
    pub fn allowed(&self) -> usize {
        self.filter.as_ref().map_or(self.collection.len(), |filter| filter.count())
    }

    /// Whether a hit is no better than the best of as many unrelated products.
    pub fn is_below_the_line(&self, hit: &Hit) -> bool {
        !hit.named && self.cut_off.is_some_and(|line| hit.score < line)
    }

    /// Whether even the best product is no better than an unrelated one.
    pub fn nothing_matches(&self) -> bool {
        self.found.is_some() && self.hits.first().is_some_and(|best| self.is_below_the_line(best))
    }

    /// How many products are better than chance, where the method can tell.
    pub fn good(&self) -> Option<usize> {
        self.cut_off?;
        Some(self.hits.iter().filter(|hit| !self.is_below_the_line(hit)).count())
    }
}

/// What a filter leaves.
pub struct Narrowed {
    pub filter: Option<Arc<RowSet>>,
    pub order: Option<Arc<Vec<u32>>>,
    pub counts: Box<FacetCounts>,
}

/// Each row's place in an order: a table of all rows where most are shown, which a million fill in some milliseconds.
#[derive(Clone)]
enum Places {
    Some(Arc<HashMap<usize, usize>>),
    /// One a row, the largest number where it has none.
    All(Arc<[u32]>),
}

impl Default for Places {
    fn default() -> Self {
        Self::Some(Arc::default())
    }
}

impl Places {
    fn of(hits: &[Hit], rows: usize) -> Self {
        if hits.len() <= MOST_SHOWN {
            return Self::Some(Arc::new(hits.iter().enumerate().map(|(place, hit)| (hit.row, place)).collect()));
        }
        let mut places = vec![u32::MAX; rows];
        hits.iter().zip(0..).for_each(|(hit, place)| places[hit.row] = place);
        Self::All(places.into())
    }

    fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::Some(places) => places.get(&row).copied(),
            Self::All(places) => places.get(row).filter(|place| **place < u32::MAX).map(|place| *place as usize),
        }
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
        let sum: f32 = Channel::ALL.into_iter().filter_map(|channel| state.channel_share(channel)).sum();
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
