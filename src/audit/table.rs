//! One judged query as plain numbers: for each candidate what every pair of query part and channel says of it, and its
//! grade. Thousands of weightings are tried on such a table without encoder, index or collection.
//!
//! A table gives the very order that a search gives, cut down to its candidates: sums are rough and fast first, and those
//! that could be among the best are added up again the way [`Found::rank`] does.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{judgements::Judgements, metrics::Metric, queries::QuerySet};
use crate::{
    collection::Collection,
    encode::{Encoders, Modality},
    error::{Error, Result},
    index::{RowSet, exact::MISSING},
    progress::{Progress, Stage},
    search::{self, Channel, Found, Method, Normalisation, Policy, Slider, Weights, weights::RRF_K},
};

/// Most that one rounding takes off a number, relative to it.
const ROUNDING: f32 = f32::EPSILON;

/// Which products a table keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidates {
    /// The best so many of each pair's own order, of the present order and of several mixtures.
    pub best: usize,
    /// A collection of at most so many products is kept whole, and the table is exact.
    pub whole_to: usize,
    /// Also what `rrf` and the normalisations over a query's own cosines need; reads every vector of a large collection.
    pub every_cosine: bool,
}

impl Default for Candidates {
    fn default() -> Self {
        Self { best: 400, whole_to: 2_000, every_cosine: true }
    }
}

/// The candidates of one judged query.
#[derive(Debug, Clone)]
pub struct Table {
    /// The query's id and class; an empty class is none.
    pub id: String,
    pub class: String,
    /// One a pair of query part and channel.
    columns: Vec<Column>,
    /// The candidates' rows in the collection, in the order of product ids, by which ties break.
    rows: Vec<u32>,
    /// `None`: not judged.
    grades: Vec<Option<f32>>,
    /// All grades of the query, highest first; of products that are not in the collection too.
    judged: Vec<f32>,
    /// Places of the candidates whose own number was typed, which come first.
    named: Vec<u32>,
    exact: bool,
    every_cosine: bool,
}

/// What one pair says of each candidate.
#[derive(Debug, Clone)]
struct Column {
    part: Modality,
    channel: Channel,
    /// The part's share of its modality's weight.
    share: f64,
    /// The cosine or BM25, [`MISSING`] where the product lacks the facet.
    raw: Vec<f32>,
    /// Calibrated; 0 where missing.
    values: Vec<f32>,
    /// Places among all products, from 1; 0 for none. Empty when nobody asked.
    ranks: Vec<u32>,
    /// `scale` and `shift` of each normalisation.
    linear: [(f64, f64); Normalisation::ALL.len()],
    /// Whether no product lacks the facet.
    whole: bool,
    /// The largest calibrated value and the largest raw one, without sign.
    largest: [f32; 2],
}

/// Room for the numbers of one ranking, taken along so that nothing is allocated a query.
#[derive(Debug, Default)]
pub struct Room {
    scores: Vec<f32>,
    in_play: Vec<f32>,
    terms: Vec<(usize, f64)>,
    best: Vec<(f32, u32)>,
    places: Vec<u32>,
    grades: Vec<Option<f32>>,
}

/// A column of a table made by hand: part, channel and calibrated values, `None` where the product lacks the facet.
pub type Values = (Modality, Channel, Vec<Option<f32>>);

impl Table {
    /// A table of what was found. `grades` are those of the query by product id.
    pub fn of(
        (id, class): (&str, &str),
        found: &Found,
        collection: &Collection,
        grades: &BTreeMap<String, f32>,
        weights: &Weights,
        candidates: Candidates,
    ) -> Result<Self> {
        let exact = collection.len() <= candidates.whole_to;
        // A grade below 0 is TREC's way to say that a product was not judged.
        let grades = || grades.iter().filter(|(_, grade)| **grade >= 0.0);
        let judged_rows: BTreeMap<usize, f32> =
            grades().filter_map(|(id, grade)| Some((collection.row_of(id)?, *grade))).collect();
        let mut rows: Vec<u32> = if exact {
            (0..collection.len() as u32).collect()
        } else {
            let mut kept = best_rows(found, collection, weights, candidates)?;
            judged_rows.keys().for_each(|row| kept.insert(*row));
            kept.iter().map(|row| row as u32).collect()
        };
        let ids = collection.id_order();
        rows.sort_unstable_by_key(|row| ids[*row as usize]);
        let mut columns = Vec::new();
        for (part, pairs) in found.evidence() {
            for pair in pairs {
                let raw: Vec<f32> = rows.iter().map(|row| pair.cosine(collection, *row as usize)).collect();
                let ranks = candidates.every_cosine.then(|| pair.ranks(collection));
                let ranks = ranks.map(|ranks| rows.iter().map(|row| ranks[*row as usize]).collect());
                let linear = Normalisation::ALL.map(|normalisation| {
                    let known = candidates.every_cosine || !needs_every_cosine(normalisation);
                    if known { pair.linear(collection, normalisation) } else { (0.0, 0.0) }
                });
                let share = part.share(found.parts());
                let place = (part.modality(), pair.channel);
                columns.push(Column::new(place, share, raw, ranks.unwrap_or_default(), linear));
            }
        }
        let place = |row: &usize| rows.binary_search_by_key(&ids[*row], |other| ids[*other as usize]).ok();
        let named = found.named().iter().filter_map(place).map(|place| place as u32).collect();
        let grades_of_rows = rows.iter().map(|row| judged_rows.get(&(*row as usize)).copied()).collect();
        Ok(Self {
            id: id.to_owned(),
            class: class.to_owned(),
            columns,
            rows,
            grades: grades_of_rows,
            judged: best_first(grades().map(|(_, grade)| *grade)),
            named,
            exact,
            every_cosine: candidates.every_cosine,
        })
    }

    /// A table of plain numbers, as if its products were the whole collection and their order that of the ids.
    pub fn of_values(id: &str, class: &str, columns: Vec<Values>, grades: Vec<Option<f32>>) -> Self {
        let column = |(part, channel, values): Values| {
            let raw: Vec<f32> = values.into_iter().map(|value| value.unwrap_or(MISSING)).collect();
            let mut order: Vec<u32> = (0..raw.len() as u32).filter(|place| raw[*place as usize] > MISSING).collect();
            order.sort_by(|a, b| raw[*b as usize].total_cmp(&raw[*a as usize]));
            let mut ranks = vec![0; raw.len()];
            order.iter().zip(1..).for_each(|(place, rank)| ranks[*place as usize] = rank);
            let linear = [(1.0, 0.0); Normalisation::ALL.len()];
            Column::new((part, channel), 1.0, raw, ranks, linear)
        };
        Self {
            id: id.to_owned(),
            class: class.to_owned(),
            columns: columns.into_iter().map(column).collect(),
            rows: (0..grades.len() as u32).collect(),
            judged: best_first(grades.iter().copied().flatten()),
            grades,
            named: Vec::new(),
            exact: true,
            every_cosine: true,
        }
    }

    /// How many candidates there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The candidates' rows in the collection.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The candidates' grades, `None` where there is none.
    pub fn grades(&self) -> &[Option<f32>] {
        &self.grades
    }

    /// Whether a row of the collection is a candidate.
    pub fn holds(&self, row: usize) -> bool {
        self.rows.iter().any(|known| *known as usize == row)
    }

    /// A product's grade, by its row in the collection; `None` where there is none, or it is no candidate.
    pub fn grade(&self, row: usize) -> Option<f32> {
        self.rows.iter().position(|known| *known as usize == row).and_then(|place| self.grades[place])
    }

    /// All grades of the query, highest first.
    pub fn judged(&self) -> &[f32] {
        &self.judged
    }

    /// Whether the candidates are all products; otherwise a product may be lacking that odd weights would bring up.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// The pairs of query part and channel that there are.
    pub fn pairs(&self) -> impl Iterator<Item = (Modality, Channel)> {
        self.columns.iter().map(|column| (column.part, column.channel))
    }

    /// Whether a slider has something to weigh here.
    pub fn has(&self, slider: Slider) -> bool {
        self.pairs().any(|(part, channel)| slider == Slider::Part(part) || slider == Slider::Channel(channel))
    }

    /// Whether the table can be ranked under these weights: the joint vector needs the vectors, and `rrf` and some
    /// normalisations what is kept only when it is asked for.
    pub fn supports(&self, weights: &Weights) -> bool {
        weights.method != Method::JointVector && (self.every_cosine || !weights.need_every_cosine())
    }

    /// Takes over a new judgement of a product.
    pub fn judge(&mut self, row: usize, grade: Option<f32>) {
        let Some(place) = self.rows.iter().position(|known| *known as usize == row) else { return };
        if let Some(old) = std::mem::replace(&mut self.grades[place], grade)
            && let Some(at) = self.judged.iter().position(|known| known.to_bits() == old.to_bits())
        {
            self.judged.remove(at);
        }
        self.judged = best_first(self.judged.iter().copied().chain(grade));
    }

    /// The metric of the order under some weights; 0 where nothing is in play, or the table does not support them.
    pub fn value(&self, weights: &Weights, metric: &Metric, room: &mut Room) -> f64 {
        self.rank(weights, metric.cutoff.unwrap_or(usize::MAX), room);
        self.measured(metric, room)
    }

    /// The metric of the order by scores of somebody else, one a candidate.
    pub fn value_of(&self, scores: &[f32], metric: &Metric, room: &mut Room) -> f64 {
        let count = metric.cutoff.unwrap_or(usize::MAX);
        room.scores.clear();
        room.scores.extend_from_slice(scores);
        take_best(room, count, 0.0);
        room.best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        self.put_in_order(count, true, room);
        self.measured(metric, room)
    }

    fn measured(&self, metric: &Metric, room: &mut Room) -> f64 {
        room.grades.clear();
        room.grades.extend(room.places.iter().map(|place| self.grades[*place as usize]));
        metric.value(&room.grades, &self.judged)
    }

    /// Places of the best `count` candidates under some weights, best first, as [`Found::rank`] orders them. Empty where
    /// nothing is in play, or the table does not support the weights.
    pub fn rank<'a>(&self, weights: &Weights, count: usize, room: &'a mut Room) -> &'a [u32] {
        room.places.clear();
        if !self.weigh(weights, &mut room.terms) {
            return &room.places;
        }
        let error = self.rough(weights, room);
        take_best(room, count, 2.0 * error);
        for (score, place) in &mut room.best {
            *score = self.score(weights, &room.terms, *place as usize).unwrap_or(f64::NEG_INFINITY) as f32;
        }
        room.best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let typed = weights.channel(Channel::Keyword) > 0.0 && weights.part(Modality::Text) > 0.0;
        self.put_in_order(count, typed, room);
        &room.places
    }

    /// Who stands where, those whose number was typed in front.
    fn put_in_order(&self, count: usize, typed: bool, room: &mut Room) {
        let named: &[u32] = if typed { &self.named } else { &[] };
        room.places.clear();
        room.places.extend(named);
        room.places.extend(room.best.iter().map(|(_, place)| *place).filter(|place| !named.contains(place)));
        room.places.truncate(count);
    }

    /// Which columns count how much, in shares of all that is in play; whether any does.
    fn weigh(&self, weights: &Weights, terms: &mut Vec<(usize, f64)>) -> bool {
        terms.clear();
        if !self.supports(weights) {
            return false;
        }
        for (number, column) in self.columns.iter().enumerate() {
            let part_weight = f64::from(weights.part(column.part)) * column.share;
            let weight = part_weight * f64::from(weights.channel(column.channel));
            if weight != 0.0 && weight.is_finite() {
                terms.push((number, weight));
            }
        }
        let sum: f64 = terms.iter().map(|(_, weight)| weight.abs()).sum();
        terms.iter_mut().for_each(|(_, weight)| *weight /= sum);
        !terms.is_empty()
    }

    /// Fills `room.scores`, minus infinity where a candidate has none, and returns how far one may be off.
    fn rough(&self, weights: &Weights, room: &mut Room) -> f32 {
        let Room { scores, in_play, terms, .. } = room;
        scores.clear();
        scores.resize(self.len(), 0.0);
        let renormalise = weights.policy == Policy::Renormalise;
        in_play.clear();
        in_play.resize(if renormalise { self.len() } else { 0 }, 0.0);
        let (mut largest, mut everywhere) = (0.0_f32, 0.0_f32);
        for (number, weight) in &*terms {
            let (column, share) = (&self.columns[*number], weight.abs() as f32);
            let weight = *weight as f32;
            match (weights.method, weights.normalisation) {
                (Method::Rrf { k }, _) => {
                    largest = largest.max(1.0 / (k + 1.0));
                    for (score, rank) in scores.iter_mut().zip(&column.ranks) {
                        *score += if *rank > 0 { weight / (k + *rank as f32) } else { 0.0 };
                    }
                }
                (_, Normalisation::Calibrated) => {
                    largest = largest.max(column.largest[0]);
                    for (score, value) in scores.iter_mut().zip(&column.values) {
                        *score += weight * value;
                    }
                }
                (_, normalisation) => {
                    let (scale, shift) = column.linear[place_of(normalisation)];
                    let (scale, shift) = (scale as f32, shift as f32);
                    largest = largest.max(scale.abs() * column.largest[1] + shift.abs());
                    for (score, value) in scores.iter_mut().zip(&column.raw) {
                        *score += if *value > MISSING { weight * (scale * value + shift) } else { 0.0 };
                    }
                }
            }
            match weights.method {
                _ if !renormalise => {}
                Method::Rrf { .. } => {
                    for (in_play, rank) in in_play.iter_mut().zip(&column.ranks) {
                        *in_play += if *rank > 0 { share } else { 0.0 };
                    }
                }
                _ if column.whole => everywhere += share,
                _ => {
                    for (in_play, raw) in in_play.iter_mut().zip(&column.raw) {
                        *in_play += if *raw > MISSING { share } else { 0.0 };
                    }
                }
            }
        }
        for (score, in_play) in scores.iter_mut().zip(in_play.iter()) {
            let in_play = in_play + everywhere;
            *score = if in_play > 0.0 { *score / in_play } else { f32::NEG_INFINITY };
        }
        ROUNDING * largest * (terms.len() + 4) as f32
    }

    /// One candidate's score as a search adds it up; `None` where nothing of it is in play and the policy is to
    /// renormalise.
    fn score(&self, weights: &Weights, terms: &[(usize, f64)], place: usize) -> Option<f64> {
        let (mut sum, mut in_play) = (0.0, 0.0);
        for (number, weight) in terms {
            let column = &self.columns[*number];
            let raw = column.raw[place];
            if column.is_there(weights.method, raw, place) {
                let value = if let Method::Rrf { k } = weights.method {
                    1.0 / (f64::from(k) + f64::from(column.ranks[place]))
                } else {
                    let (scale, shift) = column.linear[place_of(weights.normalisation)];
                    f64::from(raw) * scale + shift
                };
                sum += weight * value;
                in_play += weight.abs();
            }
        }
        match weights.policy {
            Policy::Neutral => Some(sum),
            Policy::Renormalise => (in_play > 0.0).then(|| sum * (1.0 / in_play)),
        }
    }

    /// For every candidate the value and presence of each of the given pairs, candidate by candidate: several pictures of
    /// one query are added up by their shares, and what is missing is 0 and 0.
    pub fn features(&self, pairs: &[(Modality, Channel)]) -> Vec<f32> {
        let mut features = vec![0.0; self.len() * pairs.len() * 2];
        for column in &self.columns {
            let Some(at) = pairs.iter().position(|pair| *pair == (column.part, column.channel)) else { continue };
            for (place, features) in features.chunks_exact_mut(pairs.len() * 2).enumerate() {
                if column.raw[place] > MISSING {
                    features[at * 2] += column.share as f32 * column.values[place];
                    features[at * 2 + 1] = 1.0;
                }
            }
        }
        features
    }
}

impl Column {
    fn new(
        (part, channel): (Modality, Channel),
        share: f64,
        raw: Vec<f32>,
        ranks: Vec<u32>,
        linear: [(f64, f64); Normalisation::ALL.len()],
    ) -> Self {
        let (scale, shift) = linear[place_of(Normalisation::Calibrated)];
        let value = |raw: &f32| if *raw > MISSING { (f64::from(*raw) * scale + shift) as f32 } else { 0.0 };
        let values: Vec<f32> = raw.iter().map(value).collect();
        let present = raw.iter().filter(|raw| **raw > MISSING);
        let largest = [
            values.iter().fold(0.0, |largest: f32, value| largest.max(value.abs())),
            present.fold(0.0, |largest: f32, raw| largest.max(raw.abs())),
        ];
        let whole = raw.iter().all(|raw| *raw > MISSING);
        Self { part, channel, share, raw, values, ranks, linear, whole, largest }
    }

    fn is_there(&self, method: Method, raw: f32, place: usize) -> bool {
        match method {
            Method::Rrf { .. } => self.ranks[place] > 0,
            _ => raw > MISSING,
        }
    }
}

/// Leaves in `room.best` every candidate whose score is among the best `count`, or less than `margin` below the last of
/// them, in no order.
fn take_best(room: &mut Room, count: usize, margin: f32) {
    let Room { scores, best, .. } = room;
    best.clear();
    let count = count.min(scores.len());
    if count == 0 {
        return;
    }
    let (mut threshold, mut full) = (f32::MIN, 4 * count + 64);
    for (place, score) in scores.iter().enumerate() {
        if *score >= threshold {
            best.push((*score, place as u32));
            if best.len() >= full {
                threshold = prune(best, count, margin);
                full = 2 * best.len() + 4 * count + 64;
            }
        }
    }
    if best.len() > count {
        prune(best, count, margin);
    }
}

fn prune(best: &mut Vec<(f32, u32)>, count: usize, margin: f32) -> f32 {
    let last = best.select_nth_unstable_by(count - 1, |a, b| b.0.total_cmp(&a.0)).1.0;
    let threshold = last - margin - ROUNDING * last.abs();
    best.retain(|(score, _)| *score >= threshold);
    threshold
}

fn place_of(normalisation: Normalisation) -> usize {
    Normalisation::ALL.iter().position(|known| *known == normalisation).unwrap_or(0)
}

fn needs_every_cosine(normalisation: Normalisation) -> bool {
    !matches!(normalisation, Normalisation::Calibrated | Normalisation::None)
}

fn best_first(grades: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut grades: Vec<f32> = grades.collect();
    grades.sort_by(|a, b| b.total_cmp(a));
    grades
}

/// The best of every pair's own order, of the present order, and of mixtures: every choice of channels with equal weights.
fn best_rows(found: &Found, collection: &Collection, weights: &Weights, candidates: Candidates) -> Result<RowSet> {
    let mut tried = vec![*weights];
    let alone = |at: usize| [0, 1, 2].map(|other| if other == at { 1.0 } else { 0.0 });
    let parts = [[1.0; 3], alone(0), alone(1), alone(2)];
    for (number, parts) in parts.into_iter().enumerate() {
        for choice in 1..1_u32 << Channel::ALL.len() {
            // Of one part alone, its pairs alone and all of them.
            if number == 0 || choice.is_power_of_two() || choice.count_ones() as usize == Channel::ALL.len() {
                let mut mixture = Weights::new(parts, [0.0; 3], Policy::Neutral);
                for (at, channel) in Channel::ALL.into_iter().enumerate() {
                    mixture.set(Slider::Channel(channel), if choice >> at & 1 == 1 { 1.0 } else { 0.0 });
                }
                tried.push(mixture);
                if candidates.every_cosine && !choice.is_power_of_two() {
                    mixture.method = Method::Rrf { k: RRF_K };
                    tried.push(mixture);
                }
            }
        }
    }
    let mut rows = RowSet::none(collection.len());
    for weights in tried {
        match found.rank(collection, &weights, None, candidates.best) {
            Ok(hits) => hits.iter().for_each(|hit| rows.insert(hit.row)),
            // A pair that the query or the collection lacks.
            Err(Error::NoWeight) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// The tables of a query set.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    pub tables: Vec<Table>,
    /// Queries without a judgement, which say nothing about weights.
    pub unjudged: usize,
    /// Queries that could not be asked, each with the reason.
    pub failed: Vec<(String, Error)>,
}

impl Tables {
    /// Makes the table of each judged query, with every part encoded whatever the weights.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and [`Error::OtherBundle`]; what goes wrong with one query is kept beside the others.
    pub fn of(
        collection: &Collection,
        encoders: &Encoders,
        queries: &QuerySet,
        judgements: &Judgements,
        weights: &Weights,
        candidates: Candidates,
        progress: &Progress,
    ) -> Result<Self> {
        collection.check_bundle(encoders)?;
        let mut tables = Self::default();
        progress.begin(Stage::Searching, queries.queries.len());
        // Every slider above 0, so that a search leaves nothing out.
        let mut all = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
        all.set(Slider::Channel(Channel::Keyword), 1.0);
        for query in &queries.queries {
            let grades = judgements.of(&query.id).filter(|grades| grades.values().any(|grade| *grade >= 0.0));
            if let Some(grades) = grades {
                // A search of its own counts: this one is an item of ours.
                let found = query
                    .open()
                    .and_then(|query| search::search(collection, encoders, &query, &all, None, None, &Progress::new()));
                let about = (query.id.as_str(), query.class.as_str());
                match found.and_then(|found| Table::of(about, &found, collection, grades, weights, candidates)) {
                    Ok(table) => tables.tables.push(table),
                    Err(error) => tables.failed.push((query.id.clone(), error)),
                }
            } else {
                tables.unjudged += 1;
            }
            progress.step()?;
        }
        Ok(tables)
    }

    /// Whether every table holds all products.
    pub fn are_exact(&self) -> bool {
        self.tables.iter().all(Table::is_exact)
    }

    /// The metric of each query under some weights.
    pub fn values(&self, weights: &Weights, metric: &Metric) -> Vec<f64> {
        self.tables.par_iter().map_init(Room::default, |room, table| table.value(weights, metric, room)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        catalog::Product,
        collection::{
            calibration::Background,
            generation::{About, Asked, Generation, Limits, Row},
        },
        encode::Embedding,
        search::{Pair, Part},
    };

    const PRODUCTS: usize = 60;

    /// Products whose ids are in another order than their rows.
    fn collection() -> &'static Collection {
        static OPEN: OnceLock<(tempfile::TempDir, Collection)> = OnceLock::new();
        let (_, collection) = OPEN.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let spaces = Modality::ALL.map(|_| vec!["one".to_owned()]);
            let mut generation = Generation::create(folder.path(), spaces).unwrap();
            let row = |row: usize| Row {
                product: Product { id: format!("p{}", row * 37 % PRODUCTS), ..Product::default() },
                thumbnail: None,
                made_of: None,
                vectors: [vec![Embedding::new(vec![1.0, row as f32])], vec![None], vec![None]],
            };
            generation.add((0..PRODUCTS).map(row).collect()).unwrap();
            let about = About {
                bundle: "b".into(),
                source: "s".into(),
                source_sha256: None,
                asked: Asked::default(),
                joint_space: None,
            };
            let limits = Limits { codes_from: 1 << 30, bits_from: 1 << 30, graph_from: 1 << 30 };
            generation.finish(about, &|_, _| Some("one"), limits, &Progress::new()).unwrap();
            let collection = Collection::open(folder.path()).unwrap();
            (folder, collection)
        });
        collection
    }

    /// What a query might find: some values are equal, some missing.
    fn founds() -> impl Strategy<Value = Found> {
        let cosine =
            prop_oneof![1 => Just(MISSING), 2 => (0..4).prop_map(|step| step as f32 / 4.0), 5 => -1.0..1.0_f32];
        let pair = (proptest::collection::vec(cosine, PRODUCTS), -0.5..0.5_f32, 0.01..0.5_f32);
        let pairs = proptest::collection::vec(pair, 12);
        let named = proptest::collection::btree_set(0..PRODUCTS, 0..3);
        (pairs, proptest::array::uniform4(-1.0..1.0_f32), named).prop_map(|(pairs, weights, named)| {
            let mut pairs = pairs.into_iter().map(|(values, mean, sd)| (values, Background { mean, sd }));
            let mut found = Found::new(PRODUCTS);
            let picture = || crate::media::image::Picture::from_rgba(1, 1, vec![0, 0, 0, 255]).unwrap();
            let parts = [
                Part::text("red"),
                Part::new(Part::image(picture()).content, weights[0]),
                Part::new(Part::image(picture()).content, weights[1]),
            ];
            for part in parts {
                let channels = if part.modality() == Modality::Text { &Channel::ALL[..] } else { &Channel::ALL[..3] };
                let new = |channel: &Channel| {
                    let (values, background) = pairs.next().unwrap();
                    let words = |value: &f32| if *value > 0.0 { *value } else { 0.0 };
                    let values = if *channel == Channel::Keyword { values.iter().map(words).collect() } else { values };
                    Arc::new(Pair::new(*channel, values, background))
                };
                let pairs = channels.iter().map(new).collect();
                found.extend(part, pairs);
            }
            found.name(named.into_iter().collect());
            found
        })
    }

    fn any_weights() -> impl Strategy<Value = Weights> {
        let weight = || prop_oneof![1 => Just(0.0), 1 => Just(1.0), 4 => 0.0..1.0_f32];
        let method = prop_oneof![3 => Just(Method::WeightedSum), 1 => (0.0..80.0_f32).prop_map(|k| Method::Rrf { k })];
        (
            [weight(), weight(), weight()],
            [weight(), weight(), weight(), weight()],
            any::<bool>(),
            method,
            proptest::sample::select(Normalisation::ALL.to_vec()),
        )
            .prop_map(|(parts, [text, image, audio, keyword], neutral, method, normalisation)| {
                let policy = if neutral { Policy::Neutral } else { Policy::Renormalise };
                let mut weights = Weights::new(parts, [text, image, audio], policy);
                (weights.method, weights.normalisation) = (method, normalisation);
                weights.set(Slider::Channel(Channel::Keyword), keyword);
                weights
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_table_orders_as_a_search_does(found in founds(), weights in any_weights(), count in 1..2 * PRODUCTS) {
            let collection = collection();
            let none = BTreeMap::new();
            let table =
                Table::of(("q", ""), &found, collection, &none, &weights, Candidates::default()).unwrap();
            prop_assert!(table.is_exact());
            let mut room = Room::default();
            let own: Vec<usize> =
                table.rank(&weights, count, &mut room).iter().map(|place| table.rows[*place as usize] as usize).collect();
            let hits = found.rank(collection, &weights, None, count).unwrap_or_default();
            prop_assert_eq!(&own, &hits.iter().map(|hit| hit.row).collect::<Vec<_>>());
            // Of a part of the products the best must be there, in the same order.
            let candidates = Candidates { best: 5, whole_to: 0, every_cosine: true };
            let table = Table::of(("q", ""), &found, collection, &none, &weights, candidates).unwrap();
            prop_assert!(!table.is_exact());
            let own: Vec<usize> =
                table.rank(&weights, 5.min(count), &mut room).iter().map(|place| table.rows[*place as usize] as usize).collect();
            prop_assert_eq!(&own, &hits.iter().map(|hit| hit.row).take(5.min(count)).collect::<Vec<_>>()[..], "few");
        }
    }

    #[test]
    fn judged_products_are_candidates_and_strangers_count_for_the_ideal() {
        let mut found = Found::new(PRODUCTS);
        let values: Vec<f32> = (0..PRODUCTS).map(|row| 1.0 - row as f32 / 100.0).collect();
        let pair = Pair::new(Channel::Facet(Modality::Text), values, Background { mean: 0.0, sd: 1.0 });
        found.extend(Part::text("red"), vec![Arc::new(pair)]);
        let last = collection().product(PRODUCTS - 1).unwrap().id.clone();
        let grades: BTreeMap<String, f32> = [(last, 2.0), ("gone".into(), 3.0)].into();
        let candidates = Candidates { best: 4, whole_to: 0, every_cosine: false };
        let mut table = Table::of(("q", ""), &found, collection(), &grades, &Weights::default(), candidates).unwrap();
        assert_eq!(table.len(), 5);
        assert_eq!(table.judged(), [3.0, 2.0]);
        assert_eq!(table.grades().iter().flatten().copied().collect::<Vec<_>>(), [2.0]);
        table.judge(0, Some(1.0));
        table.judge(PRODUCTS - 1, None);
        assert_eq!(table.judged(), [3.0, 1.0]);
        let mut rrf = Weights::default();
        rrf.method = Method::Rrf { k: 60.0 };
        assert!(!table.supports(&rrf));
        assert!(table.rank(&rrf, 3, &mut Room::default()).is_empty());
        let first = table.rank(&Weights::default(), 1, &mut Room::default())[0];
        assert_eq!(table.rows()[first as usize], 0);
    }

    #[test]
    fn an_order_by_own_scores_breaks_ties_by_id() {
        let text = Channel::Facet(Modality::Text);
        let columns = vec![(Modality::Text, text, vec![Some(0.0); 4])];
        let table = Table::of_values("q", "", columns, vec![None, Some(1.0), None, Some(2.0)]);
        let mut room = Room::default();
        let check = |scores: [f32; 4], metric: &str, expected: f64, room: &mut Room| {
            let value = table.value_of(&scores, &Metric::parse(metric).unwrap(), room);
            assert!((value - expected).abs() < 1e-9, "{scores:?} {value}");
        };
        check([0.0; 4], "mrr@10", 0.5, &mut room);
        check([0.0, 0.0, 0.0, 1.0], "mrr@10", 1.0, &mut room);
        check([1.0, 0.0, 1.0, 0.5], "mrr@10", 1.0 / 3.0, &mut room);
        check([0.0, 1.0, 0.0, 2.0], "ndcg@10", 1.0, &mut room);
    }
}
