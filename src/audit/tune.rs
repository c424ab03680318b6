//! Weights found by trying: a coarse grid, then small steps from the best of it, measured on queries that were not looked
//! at. What comes out is not only weights but whether they are worth taking.
//!
//! Nested cross-validation (Cawley and Talbot, 2010): in each outer fold the other queries choose, by folds of their own,
//! how weights are fitted, and fit them; only then are they measured on the queries kept aside. So the value told is what
//! new queries may be expected to get, as far as they are like these.

use std::{collections::HashMap, sync::Arc};

use rayon::prelude::*;
use serde::Serialize;

use super::{
    metrics::Metric,
    statistics::{Paired, mean, mean_interval},
    table::{Room, Table},
};
use crate::{
    encode::Modality,
    error::{Error, Result},
    language::Language,
    progress::{Progress, Stage},
    search::{Channel, Method, Policy, Slider, Weights},
};

/// With fewer queries nothing is tuned, and a class with fewer keeps the weights of all.
pub const FEWEST: usize = 8;
/// Folds by which the queries of an outer fold choose among themselves.
const INNER_FOLDS: usize = 4;
/// Differences of the metric below this are of no use to anybody.
const NOTHING: f64 = 0.005;
/// How rare a gain must be by luck before it is called one. Stricter than usual, as folds share most of what they choose
/// by: of sets of pure noise up to one in fourteen passes 0.05.
const CERTAIN: f64 = 0.02;
/// From this gap on between the queries looked at and those kept aside the weights are said to be learned by heart.
const BY_HEART: f64 = 0.02;
/// Weights are tried in steps of a sixtieth.
const UNIT: u16 = 60;
/// Steps that are tried around the best weights, one after the other.
const NUDGES: [u16; 3] = [12, 6, 3];
/// Constants of reciprocal rank fusion that are tried.
const RRF_TRIED: [f32; 2] = [10.0, 60.0];
/// Points of a grid that may be the best for all one can tell are at most so many standard errors behind it.
const ON_PLATEAU: f64 = 1.0;

/// What to tune for.
#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub metric: Metric,
    pub folds: usize,
    pub seed: u64,
    /// Whether `rrf` is tried beside the weighted sum.
    pub rrf: bool,
}

impl Default for Task {
    fn default() -> Self {
        Self { metric: Metric::NDCG_10, folds: 5, seed: 1, rrf: true }
    }
}

/// Weights, and what may be expected of them.
#[derive(Debug, Clone, Serialize)]
pub struct Tuned {
    /// Fitted on all queries.
    pub weights: Weights,
    pub queries: usize,
    pub folds: usize,
    /// The metric on queries that were not looked at, with its 95 % interval.
    pub held_out: f64,
    pub interval: [f64; 2],
    /// The metric on the queries that the weights were fitted on, in the same folds.
    pub fitted: f64,
    pub against: Vec<Against>,
    pub verdict: Verdict,
    /// Weights of their own for classes of queries, and for the others why not.
    pub classes: Vec<OfClass>,
    /// Whether every table held all products.
    pub exact: bool,
    /// How many weightings were tried.
    pub tried: usize,
    /// Each query's fold and metric while it was kept aside, in the order of the tables.
    #[serde(skip)]
    pub kept_aside: Vec<KeptAside>,
}

/// One query while it was kept aside.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeptAside {
    pub fold: usize,
    pub value: f64,
}

/// What tuned weights are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rival {
    /// The weights as they are.
    Present,
    /// Every part and channel the same.
    Equal,
    /// The one channel that was best on the queries looked at.
    SingleChannel,
}

impl Rival {
    pub fn say(self, language: Language) -> &'static str {
        match self {
            Self::Present => language.pick("present weights", "当前权重"),
            Self::Equal => language.pick("equal weights", "等权重"),
            Self::SingleChannel => language.pick("best single channel", "最佳单一通道"),
        }
    }
}

/// A comparison on the queries kept aside: tuned minus rival.
#[derive(Debug, Clone, Serialize)]
pub struct Against {
    pub rival: Rival,
    pub value: f64,
    pub gain: Paired,
    #[serde(skip)]
    values: Vec<f64>,
}

/// Whether it is worth it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// New queries may expect this much more than under the present weights.
    Helps { gain: f64, interval: [f64; 2] },
    /// Nothing that could be told from chance.
    NoDifference { gain: f64, interval: [f64; 2] },
    /// One channel alone is as good as the best mixture.
    FusionDoesNotHelp { channel: Channel, value: f64 },
    /// Too few queries to say anything.
    TooFew { queries: usize },
}

impl Verdict {
    pub fn say(&self, language: Language) -> String {
        match *self {
            Self::Helps { gain, interval: [low, high] } => language.pick(
                format!("Tuned weights help: {gain:+.3} on queries not looked at ({low:+.3} to {high:+.3})."),
                format!("调优后的权重有帮助：在未参与调优的查询上 {gain:+.3}（{low:+.3} 至 {high:+.3}）。"),
            ),
            Self::NoDifference { gain, interval: [low, high] } => language.pick(
                format!("No difference that could be told from chance: {gain:+.3} ({low:+.3} to {high:+.3}). Keep the present weights."),
                format!("没有可与偶然区分的差别：{gain:+.3}（{low:+.3} 至 {high:+.3}）。请保留当前权重。"),
            ),
            Self::FusionDoesNotHelp { channel, value } => language.pick(
                format!("Mixing does not help: {} alone is as good ({value:.3}).", channel_name(channel, language)),
                format!("融合没有帮助：仅用{}已同样好（{value:.3}）。", channel_name(channel, language)),
            ),
            Self::TooFew { queries } => language.pick(
                format!("{queries} judged queries are too few to tune on. Judge at least {FEWEST}."),
                format!("已评判的查询只有 {queries} 条，不足以调优。请至少评判 {FEWEST} 条。"),
            ),
        }
    }
}

fn channel_name(channel: Channel, language: Language) -> &'static str {
    match channel {
        Channel::Facet(Modality::Text) => language.pick("the product's text", "商品文字"),
        Channel::Facet(Modality::Image) => language.pick("the product's pictures", "商品图片"),
        Channel::Facet(Modality::Audio) => language.pick("the product's sound", "商品声音"),
        Channel::Keyword => language.pick("matching words", "关键词匹配"),
    }
}

/// Weights of one class of queries.
#[derive(Debug, Clone, Serialize)]
pub struct OfClass {
    pub class: String,
    pub queries: usize,
    pub weights: Weights,
    pub choice: ClassChoice,
}

/// Where a class's weights come from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassChoice {
    /// Its own queries; this much better than the weights of all, kept aside.
    Own { gain: f64 },
    /// All queries: its own are too few.
    TooFew,
    /// All queries: its own weights are not better for certain.
    NoBetter { gain: f64 },
}

impl ClassChoice {
    pub fn say(self, language: Language) -> String {
        match self {
            Self::Own { gain } => {
                language.pick(format!("its own weights ({gain:+.3})"), format!("使用单独的权重（{gain:+.3}）"))
            }
            Self::TooFew => language.pick("too few queries, weights of all", "查询太少，使用总体权重").into(),
            Self::NoBetter { gain } => language.pick(
                format!("its own would be no better ({gain:+.3}), weights of all"),
                format!("单独调优没有更好（{gain:+.3}），使用总体权重"),
            ),
        }
    }
}

impl Tuned {
    /// How much better the weights look on the queries they were fitted on than on others.
    pub fn gap(&self) -> f64 {
        self.fitted - self.held_out
    }

    /// A warning when the weights were learned by heart.
    pub fn warning(&self, language: Language) -> Option<String> {
        let gap = self.gap();
        (gap > BY_HEART).then(|| {
            language.pick(
                format!("The weights look {gap:.3} better on the queries they were fitted on than on others: judge more queries before trusting them."),
                format!("这些权重在参与调优的查询上比其他查询高 {gap:.3}：请评判更多查询后再采用。"),
            )
        })
    }

    pub fn against(&self, rival: Rival) -> Option<&Against> {
        self.against.iter().find(|against| against.rival == rival)
    }
}

/// Deals queries into folds, each class evenly; the same seed gives the same folds. Returns the fold of each query.
pub fn folds(classes: &[&str], folds: usize, seed: u64) -> Vec<usize> {
    let count = folds.min(classes.len()).max(1);
    let mut order: Vec<usize> = (0..classes.len()).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order.sort_by_key(|query| classes[*query]);
    let mut dealt = vec![0; classes.len()];
    order.into_iter().enumerate().for_each(|(place, query)| dealt[query] = place % count);
    dealt
}

/// Tunes all weights that have something to weigh.
///
/// # Errors
/// [`Error::Cancelled`], and [`Error::NoWeight`] when no table has any pair.
pub fn tune(tables: &[Table], present: &Weights, task: Task, progress: &Progress) -> Result<Tuned> {
    if tables.iter().any(|table| !table.supports(present)) {
        let how = "Tune from weighted_sum or rrf; the joint vector needs the vectors themselves.".into();
        return Err(Error::Malformed { what: present.method.name().into(), how });
    }
    let mut trial = Trial::new(tables, present, task, progress);
    if tables.is_empty() || trial.channels.is_empty() {
        return Err(Error::NoWeight);
    }
    let all: Vec<usize> = (0..tables.len()).collect();
    let classes: Vec<&str> = tables.iter().map(|table| table.class.as_str()).collect();
    let dealt = folds(&classes, task.folds.max(2), task.seed);
    let count = dealt.iter().max().map_or(1, |last| last + 1);
    progress.begin(Stage::Measuring, count + 1);
    if tables.len() < FEWEST {
        return Ok(trial.too_few());
    }
    let equal = Weighting::At(Point::new([1; 3], [1; 4], Fusing::Sum));
    let rivals = [Rival::Present, Rival::Equal, Rival::SingleChannel];
    let mut aside = [0, 1, 2, 3].map(|_: usize| vec![0.0; tables.len()]);
    let mut fitted = 0.0;
    for fold in 0..count {
        let (test, train): (Vec<usize>, Vec<usize>) = all.iter().partition(|query| dealt[**query] == fold);
        let tuned = trial.choose_and_fit(&train)?;
        let single = trial.best_single(&train)?;
        fitted += trial.mean(&tuned, &train)? * test.len() as f64 / tables.len() as f64;
        for (values, weighting) in aside.iter_mut().zip([&tuned, &Weighting::Present, &equal, &single]) {
            let own = trial.values(weighting)?;
            test.iter().for_each(|query| values[*query] = f64::from(own[*query]));
        }
        progress.step()?;
    }
    let weights = trial.choose_and_fit(&all)?;
    let single = trial.best_single(&all)?;
    let [tuned, others @ ..] = aside;
    let against: Vec<Against> = rivals
        .into_iter()
        .zip(others)
        .map(|(rival, values)| {
            let gain = Paired::of(&tuned, &values);
            Against { rival, value: mean(&values), gain, values }
        })
        .collect();
    let classes = trial.classes(&classes, &dealt, &tuned, &weights)?;
    let (held_out, interval) = mean_interval(&tuned);
    let verdict = verdict(&against, single.channel(), trial.channels.len());
    progress.step()?;
    Ok(Tuned {
        weights: weights.weights(present),
        queries: tables.len(),
        folds: count,
        held_out,
        interval,
        fitted,
        against,
        verdict,
        classes,
        exact: tables.iter().all(Table::is_exact),
        tried: trial.known.len(),
        kept_aside: tuned.iter().zip(&dealt).map(|(value, fold)| KeptAside { fold: *fold, value: *value }).collect(),
    })
}

fn verdict(against: &[Against], channel: Channel, channels: usize) -> Verdict {
    let [present, equal, single] = against else { return Verdict::TooFew { queries: 0 } };
    let Paired { mean: gain, interval, p } = present.gain;
    let surely_better = |than: &Against, p: f64| {
        let gain = Paired::of(&single.values, &than.values);
        gain.mean > 0.0 && gain.p < p
    };
    let mixing = single.gain.interval;
    // As good: surely not worse by anything that matters, or all of a sure gain comes from it. Where nothing tells products
    // apart, any channel is as good as any mixture; then it is not better than equal weights either.
    let single_is_as_good = mixing[1] < NOTHING || surely_better(present, 0.05) && mixing[0] <= 0.0;
    // Stricter here: the best of several channels by chance is the same one in most folds.
    if channels > 1 && single_is_as_good && surely_better(equal, 0.01) {
        Verdict::FusionDoesNotHelp { channel, value: single.value }
    } else if gain > 0.0 && p < CERTAIN {
        Verdict::Helps { gain, interval }
    } else {
        Verdict::NoDifference { gain, interval }
    }
}

/// Weights in whole sixtieths, with ratios brought down, so that the same order is tried once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Point {
    parts: [u16; 3],
    channels: [u16; 4],
    method: Fusing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Fusing {
    Sum,
    /// The constant's bits.
    Rrf(u32),
}

/// What is measured: a point, or the present weights, which need not be in whole sixtieths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Weighting {
    Present,
    At(Point),
}

impl Weighting {
    fn weights(&self, present: &Weights) -> Weights {
        match self {
            Self::Present => *present,
            Self::At(point) => point.weights(present),
        }
    }

    /// The channel that counts most.
    fn channel(&self) -> Channel {
        let most = match self {
            Self::Present => 0,
            Self::At(point) => (0..4).rev().max_by_key(|at| point.channels[*at]).unwrap_or(0),
        };
        Channel::ALL[most]
    }
}

impl Point {
    fn new(parts: [u16; 3], channels: [u16; 4], method: Fusing) -> Self {
        Self { parts: lowest_terms(parts), channels: lowest_terms(channels), method }
    }

    /// The largest slider of each kind at 1.
    fn weights(&self, present: &Weights) -> Weights {
        let most = |sliders: &[u16]| f32::from(sliders.iter().copied().max().unwrap_or(1).max(1));
        let (part, channel) = (most(&self.parts), most(&self.channels));
        let mut weights = *present;
        weights.method = match self.method {
            Fusing::Sum => Method::WeightedSum,
            Fusing::Rrf(k) => Method::Rrf { k: f32::from_bits(k) },
        };
        for (modality, weight) in Modality::ALL.into_iter().zip(self.parts) {
            weights.set_part(modality, hundredths(f32::from(weight) / part));
        }
        for (known, weight) in Channel::ALL.into_iter().zip(self.channels) {
            weights.set(Slider::Channel(known), hundredths(f32::from(weight) / channel));
        }
        weights
    }
}

/// As a slider shows it, so that what is shown is what was measured.
fn hundredths(weight: f32) -> f32 {
    (weight * 100.0).round() / 100.0
}

fn lowest_terms<const N: usize>(sliders: [u16; N]) -> [u16; N] {
    let divisor = sliders.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    sliders.map(|slider| slider / divisor)
}

fn gcd(a: u16, b: u16) -> u16 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// How weights are fitted to queries. The queries themselves choose, by folds of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Not at all.
    Keep,
    /// The middle of all points of the grid that may be the best for all one can tell.
    Middle,
    /// The best point of the grid and what small steps from it gain.
    Peak,
    /// The best point of a grid of reciprocal rank fusion.
    Ranks,
}

/// Everything that was tried, each weighting once.
struct Trial<'a> {
    tables: &'a [Table],
    present: &'a Weights,
    task: Task,
    progress: &'a Progress,
    /// Places of the sliders that have something to weigh.
    parts: Vec<usize>,
    channels: Vec<usize>,
    grid: Vec<Point>,
    rank_grid: Vec<Point>,
    known: HashMap<Weighting, Arc<Vec<f32>>>,
}

impl<'a> Trial<'a> {
    fn new(tables: &'a [Table], present: &'a Weights, task: Task, progress: &'a Progress) -> Self {
        let has = |slider: Slider| tables.iter().any(|table| table.has(slider));
        let part = |at: &usize| has(Slider::Part(Modality::ALL[*at]));
        let channel = |at: &usize| has(Slider::Channel(Channel::ALL[*at]));
        let parts: Vec<usize> = (0..3).filter(part).collect();
        let channels: Vec<usize> = (0..4).filter(channel).collect();
        // Parts have weights to be found only where a query has several of them.
        let mixed = |table: &&Table| Modality::ALL.iter().filter(|part| table.has(Slider::Part(**part))).count() > 1;
        let mixed = tables.iter().any(|table| mixed(&table));
        let grid = |steps: [u16; 2], method: Fusing| {
            let choices = shares(channels.len(), steps[1]);
            // A part at 0 leaves the queries that have no other without an order, so those of one part keep it at 1.
            let parts_choices = if mixed { shares(parts.len(), steps[0]) } else { vec![vec![1; parts.len()]] };
            let mut points = Vec::new();
            for part_shares in &parts_choices {
                for channel_shares in &choices {
                    let mut point = Point::new([1; 3], [0; 4], method);
                    parts.iter().zip(part_shares).for_each(|(at, share)| point.parts[*at] = UNIT / steps[0] * share);
                    channels
                        .iter()
                        .zip(channel_shares)
                        .for_each(|(at, share)| point.channels[*at] = UNIT / steps[1] * share);
                    for at in (0..3).filter(|at| !parts.contains(at)) {
                        point.parts[at] = point.parts.iter().copied().max().unwrap_or(1);
                    }
                    points.push(Point::new(point.parts, point.channels, method));
                }
            }
            points
        };
        let sum = grid(if mixed { [4, 4] } else { [1, 6] }, Fusing::Sum);
        let ranks = RRF_TRIED.iter().flat_map(|k| grid(if mixed { [2, 3] } else { [1, 4] }, Fusing::Rrf(k.to_bits())));
        let rank_grid =
            if task.rrf && tables.iter().all(|table| table.supports(&rrf())) { ranks.collect() } else { Vec::new() };
        Self { tables, present, task, progress, parts, channels, grid: sum, rank_grid, known: HashMap::new() }
    }

    /// The metric of every query under a weighting.
    fn values(&mut self, weighting: &Weighting) -> Result<Arc<Vec<f32>>> {
        if let Some(known) = self.known.get(weighting) {
            return Ok(known.clone());
        }
        self.progress.check()?;
        let (weights, metric) = (weighting.weights(self.present), self.task.metric);
        let value = |room: &mut Room, table: &Table| table.value(&weights, &metric, room) as f32;
        let values: Vec<f32> = self.tables.par_iter().map_init(Room::default, value).collect();
        let values = Arc::new(values);
        self.known.insert(weighting.clone(), values.clone());
        Ok(values)
    }

    fn mean(&mut self, weighting: &Weighting, queries: &[usize]) -> Result<f64> {
        let values = self.values(weighting)?;
        Ok(queries.iter().map(|query| f64::from(values[*query])).sum::<f64>() / queries.len().max(1) as f64)
    }

    /// The best of some points; of equal ones the first.
    fn best_of(&mut self, points: &[Point], queries: &[usize]) -> Result<(Weighting, f64)> {
        let mut best = (Weighting::Present, f64::NEG_INFINITY);
        for point in points {
            let weighting = Weighting::At(point.clone());
            let value = self.mean(&weighting, queries)?;
            if value > best.1 + 1e-9 {
                best = (weighting, value);
            }
        }
        Ok(best)
    }

    fn best_single(&mut self, queries: &[usize]) -> Result<Weighting> {
        let single = |at: &usize| {
            let mut channels = [0; 4];
            channels[*at] = 1;
            Point::new([1; 3], channels, Fusing::Sum)
        };
        let points: Vec<Point> = self.channels.iter().map(single).collect();
        Ok(self.best_of(&points, queries)?.0)
    }

    fn fit(&mut self, fit: Fit, queries: &[usize]) -> Result<Weighting> {
        match fit {
            Fit::Keep => Ok(Weighting::Present),
            Fit::Middle => self.middle(queries),
            Fit::Peak => self.peak(queries),
            Fit::Ranks => {
                let grid = self.rank_grid.clone();
                Ok(self.best_of(&grid, queries)?.0)
            }
        }
    }

    /// The mean of all points of the grid that are hardly behind the best.
    fn middle(&mut self, queries: &[usize]) -> Result<Weighting> {
        let grid = self.grid.clone();
        let (best, _) = self.best_of(&grid, queries)?;
        let best = self.values(&best)?;
        let (mut parts, mut channels) = ([0.0_f64; 3], [0.0_f64; 4]);
        for point in &grid {
            let own = self.values(&Weighting::At(point.clone()))?;
            let difference = |query: &usize| f64::from(best[*query]) - f64::from(own[*query]);
            let differences: Vec<f64> = queries.iter().map(difference).collect();
            let behind = mean(&differences);
            let spread: f64 = differences.iter().map(|difference| (difference - behind).powi(2)).sum();
            let count = queries.len().max(2) as f64;
            if behind <= ON_PLATEAU * (spread / (count - 1.0) / count).sqrt() + 1e-9 {
                add_shares(&mut parts, &point.parts);
                add_shares(&mut channels, &point.channels);
            }
        }
        Ok(Weighting::At(Point::new(sixtieths(parts), sixtieths(channels), Fusing::Sum)))
    }

    fn peak(&mut self, queries: &[usize]) -> Result<Weighting> {
        let grid = self.grid.clone();
        let (mut best, mut value) = self.best_of(&grid, queries)?;
        for nudge in NUDGES {
            loop {
                let Weighting::At(point) = &best else { return Ok(best) };
                let around = self.around(point, nudge);
                let (next, gained) = self.best_of(&around, queries)?;
                if gained <= value + 1e-9 {
                    break;
                }
                (best, value) = (next, gained);
            }
        }
        Ok(best)
    }

    /// One slider more or less.
    fn around(&self, point: &Point, nudge: u16) -> Vec<Point> {
        let (parts, channels) = (upto_unit(point.parts), upto_unit(point.channels));
        let moves = |at: u16| {
            let up = (at < UNIT).then_some((at + nudge).min(UNIT));
            // The largest may go beyond the others only by their going down.
            [up, (at > 0).then_some(at.saturating_sub(nudge))].into_iter().flatten()
        };
        let mut points = Vec::new();
        for at in self.parts.iter().copied().filter(|_| self.parts.len() > 1) {
            for to in moves(parts[at]) {
                let mut moved = parts;
                moved[at] = to;
                points.push(Point::new(moved, channels, point.method));
            }
        }
        for at in self.channels.iter().copied() {
            for to in moves(channels[at]) {
                let mut moved = channels;
                moved[at] = to;
                points.push(Point::new(parts, moved, point.method));
            }
        }
        points.retain(|point| {
            point.parts.iter().any(|share| *share > 0) && point.channels.iter().any(|share| *share > 0)
        });
        points
    }

    /// Lets the queries choose how they are fitted, and fits them.
    fn choose_and_fit(&mut self, queries: &[usize]) -> Result<Weighting> {
        let classes: Vec<&str> = queries.iter().map(|query| self.tables[*query].class.as_str()).collect();
        let dealt = folds(&classes, INNER_FOLDS, self.task.seed ^ 0x1AAE);
        let ways = [Fit::Keep, Fit::Middle, Fit::Peak, Fit::Ranks];
        let ways = &ways[..if self.rank_grid.is_empty() { 3 } else { 4 }];
        let mut best = (Fit::Keep, f64::NEG_INFINITY);
        for way in ways.iter().copied() {
            let mut sum = 0.0;
            for fold in 0..INNER_FOLDS {
                let of_fold = |inside: bool| {
                    let queries = queries.iter().zip(&dealt).filter(move |(_, own)| (**own == fold) == inside);
                    queries.map(|(query, _)| *query).collect::<Vec<usize>>()
                };
                let fitted = self.fit(way, &of_fold(false))?;
                let aside = of_fold(true);
                sum += self.mean(&fitted, &aside)? * aside.len() as f64;
            }
            if sum > best.1 + 1e-9 {
                best = (way, sum);
            }
        }
        self.fit(best.0, queries)
    }

    /// Each class that is named, with weights of its own where those are better for certain on queries kept aside.
    fn classes(
        &mut self,
        classes: &[&str],
        dealt: &[usize],
        of_all: &[f64],
        weights: &Weighting,
    ) -> Result<Vec<OfClass>> {
        let mut names: Vec<&str> = classes.iter().copied().filter(|class| !class.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        let mut chosen = Vec::new();
        for class in names {
            let own: Vec<usize> = (0..classes.len()).filter(|query| classes[*query] == class).collect();
            let (queries, mut of_class) = (own.len(), weights.clone());
            let choice = if queries < FEWEST {
                ClassChoice::TooFew
            } else {
                let (mut aside, mut global) = (Vec::new(), Vec::new());
                for fold in 0..=dealt.iter().copied().max().unwrap_or(0) {
                    let (test, train): (Vec<usize>, Vec<usize>) = own.iter().partition(|query| dealt[**query] == fold);
                    if test.is_empty() || train.is_empty() {
                        continue;
                    }
                    let fitted = self.middle(&train)?;
                    let values = self.values(&fitted)?;
                    aside.extend(test.iter().map(|query| f64::from(values[*query])));
                    global.extend(test.iter().map(|query| of_all[*query]));
                }
                let gain = Paired::of(&aside, &global);
                if gain.interval[0] > 0.0 {
                    of_class = self.middle(&own)?;
                    ClassChoice::Own { gain: gain.mean }
                } else {
                    ClassChoice::NoBetter { gain: gain.mean }
                }
            };
            let weights = of_class.weights(self.present);
            chosen.push(OfClass { class: class.to_owned(), queries, weights, choice });
        }
        Ok(chosen)
    }

    fn too_few(&self) -> Tuned {
        let queries = self.tables.len();
        Tuned {
            weights: *self.present,
            queries,
            folds: 0,
            held_out: 0.0,
            interval: [0.0; 2],
            fitted: 0.0,
            against: Vec::new(),
            verdict: Verdict::TooFew { queries },
            classes: Vec::new(),
            exact: self.tables.iter().all(Table::is_exact),
            tried: 0,
            kept_aside: Vec::new(),
        }
    }
}

fn rrf() -> Weights {
    let mut weights = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
    weights.method = Method::Rrf { k: RRF_TRIED[0] };
    weights
}

/// All ways to share `steps` among so many.
fn shares(among: usize, steps: u16) -> Vec<Vec<u16>> {
    match among {
        0 => vec![Vec::new()],
        1 => vec![vec![steps]],
        _ => (0..=steps)
            .rev()
            .flat_map(|first| {
                let rest = shares(among - 1, steps - first);
                rest.into_iter().map(move |rest| [vec![first], rest].concat())
            })
            .collect(),
    }
}

fn add_shares<const N: usize>(sums: &mut [f64; N], shares: &[u16; N]) {
    let whole = shares.iter().sum::<u16>().max(1);
    sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += f64::from(*share) / f64::from(whole));
}

/// Shares in whole sixtieths of the largest.
fn sixtieths<const N: usize>(shares: [f64; N]) -> [u16; N] {
    let most = shares.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    shares.map(|share| (share / most * f64::from(UNIT)).round() as u16)
}

/// The largest slider at the full unit.
fn upto_unit<const N: usize>(sliders: [u16; N]) -> [u16; N] {
    sixtieths(sliders.map(f64::from))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const TEXT: Channel = Channel::Facet(Modality::Text);
    const IMAGE: Channel = Channel::Facet(Modality::Image);
    const AUDIO: Channel = Channel::Facet(Modality::Audio);

    /// Queries of 40 products, 4 of them right. A channel says how right a product is as loudly as given, over noise.
    fn made(queries: usize, class: &str, loudness: [f32; 3], dice: &mut fastrand::Rng) -> Vec<Table> {
        let table = |number: usize| {
            let mut noise = || (0..6).map(|_| dice.f32() - 0.5).sum::<f32>();
            let mut column = |(channel, loudness): (Channel, f32)| {
                let values = (0..40).map(|product| Some(if product % 10 == 3 { loudness } else { 0.0 } + noise()));
                (Modality::Text, channel, values.collect())
            };
            let columns = [(TEXT, loudness[0]), (IMAGE, loudness[1]), (AUDIO, loudness[2])].map(&mut column).into();
            let grades = (0..40).map(|product| Some(if product % 10 == 3 { 1.0 } else { 0.0 })).collect();
            Table::of_values(&format!("{class}{number}"), class, columns, grades)
        };
        (0..queries).map(table).collect()
    }

    fn equal() -> Weights {
        Weights::new([1.0; 3], [1.0; 3], Policy::Neutral)
    }

    fn tuned(tables: &[Table]) -> Tuned {
        tune(tables, &equal(), Task::default(), &Progress::new()).unwrap()
    }

    #[test]
    fn a_query_is_in_one_fold_and_classes_are_spread() {
        let classes: Vec<&str> = (0..53).map(|query| ["a", "b", "b"][query % 3]).collect();
        let dealt = folds(&classes, 5, 7);
        assert_eq!(dealt, folds(&classes, 5, 7));
        assert_ne!(dealt, folds(&classes, 5, 8));
        assert_eq!(dealt.iter().collect::<BTreeSet<_>>().len(), 5);
        for class in ["a", "b"] {
            let sizes = (0..5).map(|fold| (0..53).filter(|at| dealt[*at] == fold && classes[*at] == class).count());
            let sizes: Vec<usize> = sizes.collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
        assert_eq!(folds(&["", ""], 5, 1).iter().max(), Some(&1));
    }

    /// What a query is measured by must not depend on its own judgements: with its grades turned round, the weights it was
    /// measured under are the same, so its value is that of the same order.
    #[test]
    fn a_query_kept_aside_has_no_say_in_its_weights() {
        let mut dice = fastrand::Rng::with_seed(3);
        let tables = made(30, "", [1.0, 0.4, 0.0], &mut dice);
        let before = tuned(&tables);
        let fold = before.kept_aside[0].fold;
        let mut changed = tables.clone();
        let aside: Vec<usize> = (0..30).filter(|at| before.kept_aside[*at].fold == fold).collect();
        for query in &aside[1..] {
            (0..40).for_each(|row| changed[*query].judge(row, Some(if row % 10 == 4 { 1.0 } else { 0.0 })));
        }
        let after = tuned(&changed);
        assert_eq!(after.kept_aside[aside[0]], before.kept_aside[aside[0]]);
        assert!(aside[1..].iter().any(|query| after.kept_aside[*query] != before.kept_aside[*query]));
    }

    #[test]
    fn known_best_weights_are_found_and_help() {
        let mut dice = fastrand::Rng::with_seed(1);
        // Text twice as clear as pictures, sound nothing but noise.
        let tables = made(80, "", [1.2, 0.6, 0.0], &mut dice);
        let tuned = tuned(&tables);
        let weights = tuned.weights;
        assert!(matches!(tuned.verdict, Verdict::Helps { gain, .. } if gain > 0.05), "{tuned:?}");
        assert!(weights.channel(TEXT) > weights.channel(IMAGE) && weights.channel(IMAGE) > 0.1, "{weights:?}");
        assert!(weights.channel(AUDIO) < 0.3, "{weights:?}");
        assert!(tuned.against(Rival::SingleChannel).unwrap().gain.mean > 0.0);
        assert!(tuned.gap().abs() < 0.05);
        let again = tune(&tables, &equal(), Task::default(), &Progress::new()).unwrap();
        assert_eq!((again.weights, again.held_out.to_bits()), (tuned.weights, tuned.held_out.to_bits()));
    }

    /// At 95 % one set in forty may look better by chance.
    #[test]
    fn noise_says_no_difference() {
        let differs = (0..40).filter(|seed| {
            let tables = made(50, "", [0.0; 3], &mut fastrand::Rng::with_seed(*seed));
            !matches!(tuned(&tables).verdict, Verdict::NoDifference { .. })
        });
        let differs: Vec<u64> = differs.collect();
        assert!(differs.len() <= 3, "{differs:?}");
    }

    #[test]
    fn one_loud_channel_says_that_mixing_does_not_help() {
        let tables = made(80, "", [1.2, 0.0, 0.0], &mut fastrand::Rng::with_seed(2));
        let tuned = tuned(&tables);
        assert!(matches!(tuned.verdict, Verdict::FusionDoesNotHelp { channel: TEXT, .. }), "{tuned:?}");
    }

    #[test]
    fn classes_get_their_own_weights_where_that_helps() {
        let mut dice = fastrand::Rng::with_seed(4);
        let mut tables = made(40, "look", [0.0, 1.5, 0.0], &mut dice);
        tables.extend(made(40, "name", [1.5, 0.0, 0.0], &mut dice));
        tables.extend(made(3, "rare", [1.5, 0.0, 0.0], &mut dice));
        let tuned = tuned(&tables);
        let said: Vec<_> = tuned.classes.iter().map(|class| (class.class.as_str(), class.choice)).collect();
        assert!(
            matches!(
                said[..],
                [("look", ClassChoice::Own { .. }), ("name", ClassChoice::Own { .. }), ("rare", ClassChoice::TooFew)]
            ),
            "{said:?}"
        );
        assert!(tuned.classes[0].weights.channel(IMAGE) > tuned.classes[0].weights.channel(TEXT));
        assert_eq!(tuned.classes[2].weights, tuned.weights);
    }

    #[test]
    fn too_little_and_nothing_are_told() {
        let tables = made(5, "", [1.0; 3], &mut fastrand::Rng::with_seed(2));
        assert_eq!(tuned(&tables).verdict, Verdict::TooFew { queries: 5 });
        assert_eq!(tune(&[], &equal(), Task::default(), &Progress::new()).err(), Some(Error::NoWeight));
        let progress = Progress::new();
        progress.cancel();
        let tables = made(20, "", [1.0; 3], &mut fastrand::Rng::with_seed(2));
        assert_eq!(tune(&tables, &equal(), Task::default(), &progress).err(), Some(Error::Cancelled));
    }

    #[test]
    fn everything_is_said_in_both_languages() {
        let verdicts = [
            Verdict::Helps { gain: 0.1, interval: [0.05, 0.15] },
            Verdict::NoDifference { gain: 0.0, interval: [-0.1, 0.1] },
            Verdict::FusionDoesNotHelp { channel: IMAGE, value: 0.7 },
            Verdict::TooFew { queries: 3 },
        ];
        for verdict in verdicts {
            assert!(verdict.say(Language::English).is_ascii());
            assert!(verdict.say(Language::Chinese).ends_with('。'));
        }
    }
}
