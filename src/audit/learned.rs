//! Fusion learned from judgements: a small network that sees what every pair says of a product, and which pairs it has.
//! Unlike weights it can learn that a picture counts differently where there is no sound. It is trained here, compared
//! with tuned weights on queries kept aside, and leaves as ONNX.

use std::{collections::HashMap, path::Path};

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::{AdamW, Optimizer, ParamsAdamW, ops::sigmoid};
use rayon::prelude::*;
use serde::Serialize;

use super::{
    metrics::Metric,
    statistics::Paired,
    table::{Room, Table},
    tune::{FEWEST, Tuned, folds},
};
use crate::{
    encode::{
        Modality, onnx,
        runtime::{Input, Session},
    },
    error::{Error, Result},
    files::write_whole,
    language::Language,
    progress::{Progress, Stage},
    search::{Channel, Policy, Slider, Weights},
};

/// Numbers that the network sees of a product: value and presence of each of [`pairs`].
pub const FEATURES: usize = 24;
/// Units of the hidden layer.
const HIDDEN: usize = 128;
/// Products of a query that it learns from beside the relevant ones: those that equal weights put first, and others at
/// even distances. What nobody judged counts as not relevant.
const FIRST: usize = 60;
const OTHERS: usize = 20;
/// Relevant products of a query that it learns from.
const MOST_RELEVANT: usize = 100;
/// Queries of one step.
const BATCH: usize = 16;
/// One query in so many is kept aside to know when to stop.
const VALIDATION: usize = 5;
/// A value that never varies is left as it is.
const SMALLEST_SD: f64 = 1e-4;
/// How much the distance of a score from its grade counts beside the order.
const POINTWISE: f32 = 0.2;

const INPUT: &str = "features";
const OUTPUT: &str = "score";

/// What a network sees, in this order, each pair's calibrated value and whether it is there (1 or 0): query text with the
/// product's text, image, audio and words, then the query's images, then its audio, with the same four. Several pictures
/// of a query are added up by their shares; a missing value is 0. The words of a picture or sound are never there; their
/// places are kept so that every part has four.
pub fn pairs() -> [(Modality, Channel); FEATURES / 2] {
    std::array::from_fn(|at| (Modality::ALL[at / Channel::ALL.len()], Channel::ALL[at % Channel::ALL.len()]))
}

/// How it learns.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    pub metric: Metric,
    pub seed: u64,
    /// Passes over all queries, at most.
    pub epochs: usize,
    /// Passes without a better value on the queries kept aside before it stops.
    pub patience: usize,
    pub rate: f64,
    pub aim: Aim,
}

/// What a step makes smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// How far each score is from its grade (cross entropy).
    Grades,
    /// Wrongly ordered pairs, each counted by what swapping it would change of nDCG (`LambdaRank`; Burges, 2010), and a
    /// little of the former, which keeps scores between 0 and 1 meaningful.
    Order,
}

impl Default for Lesson {
    fn default() -> Self {
        Self { metric: Metric::NDCG_10, seed: 1, epochs: 60, patience: 8, rate: 2e-3, aim: Aim::Order }
    }
}

/// A trained network: a layer of 128 rectified units, and one unit whose output is between 0 and 1. What brings the values
/// to a common scale is folded into its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// `FEATURES` rows of `HIDDEN`.
    hidden: Vec<f32>,
    hidden_bias: Vec<f32>,
    output: Vec<f32>,
    output_bias: f32,
}

/// A network and how its training went.
#[derive(Debug, Clone)]
pub struct Trained {
    pub network: Network,
    /// Passes until it was at its best.
    pub epochs: usize,
    /// The metric then, on the queries kept aside.
    pub validation: f64,
}

/// A network against tuned weights, on queries that neither has seen.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    pub held_out: f64,
    /// Network minus tuned weights.
    pub gain: Paired,
    pub verdict: Verdict,
    /// Trained on all queries.
    #[serde(skip)]
    pub trained: Trained,
}

/// Whether the network may take the weights' place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Better { gain: f64, interval: [f64; 2] },
    NotBetter { gain: f64, interval: [f64; 2] },
}

impl Verdict {
    pub fn may_be_applied(self) -> bool {
        matches!(self, Self::Better { .. })
    }

    pub fn say(self, language: Language) -> String {
        match self {
            Self::Better { gain, interval: [low, high] } => language.pick(
                format!(
                    "Learned fusion is better than tuned weights: {gain:+.3} on queries not looked at ({low:+.3} to {high:+.3})."
                ),
                format!("学习融合优于调优权重：在未参与训练的查询上 {gain:+.3}（{low:+.3} 至 {high:+.3}）。"),
            ),
            Self::NotBetter { gain, interval: [low, high] } => language.pick(
                format!("Learned fusion is not better for certain: {gain:+.3} ({low:+.3} to {high:+.3}). Keep the weights."),
                format!("学习融合没有确定的优势：{gain:+.3}（{low:+.3} 至 {high:+.3}）。请保留权重。"),
            ),
        }
    }
}

impl Network {
    /// A score between 0 and 1 for each candidate of a table, higher is better.
    pub fn score(&self, table: &Table) -> Result<Vec<f32>> {
        self.run(table.features(&pairs())).map_err(bug)
    }

    fn run(&self, features: Vec<f32>) -> candle_core::Result<Vec<f32>> {
        let (device, count) = (Device::Cpu, features.len() / FEATURES);
        let features = Tensor::from_vec(features, (count, FEATURES), &device)?;
        let hidden = Tensor::from_slice(&self.hidden, (FEATURES, HIDDEN), &device)?;
        let bias = Tensor::from_slice(&self.hidden_bias, HIDDEN, &device)?;
        let output = Tensor::from_slice(&self.output, (HIDDEN, 1), &device)?;
        let inside = features.matmul(&hidden)?.broadcast_add(&bias)?.relu()?;
        let logits = (inside.matmul(&output)? + f64::from(self.output_bias))?;
        sigmoid(&logits)?.flatten_all()?.to_vec1()
    }

    /// The metric of each table in the network's order.
    pub fn values(&self, tables: &[&Table], metric: &Metric) -> Result<Vec<f64>> {
        let value = |room: &mut Room, table: &&Table| Ok(table.value_of(&self.score(table)?, metric, room));
        tables.par_iter().map_init(Room::default, value).collect()
    }

    /// The network as an ONNX model: `features`, any number of products by [`FEATURES`], in; `score`, one a product, out.
    /// The order of the features stands in its metadata, and whatever else is to be told.
    pub fn onnx(&self, about: &[(&str, &str)]) -> Vec<u8> {
        let (features, hidden) = (FEATURES as i64, HIDDEN as i64);
        let nodes = [
            onnx::node("MatMul", &[INPUT, "hidden"], "weighed", &[]),
            onnx::node("Add", &["weighed", "hidden_bias"], "shifted", &[]),
            onnx::node("Relu", &["shifted"], "rectified", &[]),
            onnx::node("MatMul", &["rectified", "output"], "summed", &[]),
            onnx::node("Add", &["summed", "output_bias"], "logit", &[]),
            onnx::node("Sigmoid", &["logit"], OUTPUT, &[]),
        ];
        let constants = [
            onnx::floats("hidden", &[features, hidden], &self.hidden),
            onnx::floats("hidden_bias", &[hidden], &self.hidden_bias),
            onnx::floats("output", &[hidden, 1], &self.output),
            onnx::floats("output_bias", &[1], &[self.output_bias]),
        ];
        let names = pairs().map(|(part, channel)| {
            let channel = channel.name();
            format!("{part}.{channel} {part}.{channel}.present")
        });
        let names = names.join(" ");
        let about: Vec<(&str, &str)> =
            [("features", names.as_str())].into_iter().chain(about.iter().copied()).collect();
        let inputs = [onnx::value(INPUT, onnx::FLOAT, &[-1, features])];
        onnx::model_about(&nodes, &constants, &inputs, &[onnx::value(OUTPUT, onnx::FLOAT, &[-1, 1])], &about)
    }

    pub fn save(&self, path: &Path, about: &[(&str, &str)]) -> Result<()> {
        write_whole(path, self.onnx(about))
    }
}

/// A network that was saved, run by the same library as the encoders.
pub struct Saved {
    session: Session,
}

impl Saved {
    /// Opens a network that [`Network::save`] wrote, or one of the same inputs and output.
    pub fn open(path: &Path) -> Result<Self> {
        let session = Session::load(path, HashMap::new())?;
        session.expect(&[INPUT], OUTPUT)?;
        Ok(Self { session })
    }

    /// A score between 0 and 1 for each candidate of a table, higher is better.
    pub fn score(&self, table: &Table) -> Result<Vec<f32>> {
        self.run(table.features(&pairs()))
    }

    fn run(&self, features: Vec<f32>) -> Result<Vec<f32>> {
        let shape = vec![features.len() / FEATURES, FEATURES];
        let output = self.session.run(vec![(INPUT, Input::Floats(features, shape))], OUTPUT);
        Ok(output.map_err(|why| Error::Bug { why })?.values)
    }
}

/// Trains on the judged queries of `tables`. One in five of them is kept aside to stop by, each class alike.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn train(tables: &[&Table], lesson: Lesson, progress: &Progress) -> Result<Trained> {
    let classes: Vec<&str> = tables.iter().map(|table| table.class.as_str()).collect();
    let dealt = folds(&classes, VALIDATION, lesson.seed ^ 0x5709);
    let split = |aside: bool| {
        let own = tables.iter().zip(&dealt).filter(move |(_, fold)| (**fold == 0) == aside);
        own.map(|(table, _)| *table).collect::<Vec<&Table>>()
    };
    let (mut learned_from, mut aside) = (split(false), split(true));
    if learned_from.is_empty() {
        learned_from.clone_from(&aside);
    }
    if aside.is_empty() {
        aside.clone_from(&learned_from);
    }
    let examples: Vec<Example> =
        learned_from.par_iter().map_init(Room::default, |room, table| Example::of(table, room)).collect();
    let mut pupil = Pupil::new(Scale::of(&examples), lesson).map_err(bug)?;
    let mut best = Trained { network: pupil.network().map_err(bug)?, epochs: 0, validation: f64::NEG_INFINITY };
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut dice = fastrand::Rng::with_seed(lesson.seed);
    for epoch in 1..=lesson.epochs {
        dice.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            progress.check()?;
            let batch: Vec<&Example> = batch.iter().map(|at| &examples[*at]).collect();
            pupil.step(&batch).map_err(bug)?;
        }
        let network = pupil.network().map_err(bug)?;
        let values = network.values(&aside, &lesson.metric)?;
        let validation = values.iter().sum::<f64>() / values.len().max(1) as f64;
        if validation > best.validation + 1e-6 {
            best = Trained { network, epochs: epoch, validation };
        } else if epoch - best.epochs >= lesson.patience {
            break;
        }
    }
    Ok(best)
}

/// Trains in each fold of a tuning on the other queries, and compares on those kept aside; then trains on all.
///
/// # Errors
/// [`Error::Cancelled`], and [`Error::NoWeight`] when nothing was tuned, for lack of queries.
pub fn compare(tables: &[Table], tuned: &Tuned, lesson: Lesson, progress: &Progress) -> Result<Compared> {
    if tables.len() < FEWEST || tuned.kept_aside.len() != tables.len() {
        return Err(Error::NoWeight);
    }
    progress.begin(Stage::Measuring, tuned.folds + 1);
    let mut own = vec![0.0; tables.len()];
    for fold in 0..tuned.folds {
        let (test, train_on): (Vec<usize>, Vec<usize>) =
            (0..tables.len()).partition(|query| tuned.kept_aside[*query].fold == fold);
        let train_on: Vec<&Table> = train_on.into_iter().map(|query| &tables[query]).collect();
        let trained = train(&train_on, lesson, progress)?;
        let kept: Vec<&Table> = test.iter().map(|query| &tables[*query]).collect();
        let values = trained.network.values(&kept, &lesson.metric)?;
        test.into_iter().zip(values).for_each(|(query, value)| own[query] = value);
        progress.step()?;
    }
    let linear: Vec<f64> = tuned.kept_aside.iter().map(|query| query.value).collect();
    let gain = Paired::of(&own, &linear);
    let Paired { mean, interval, .. } = gain;
    let verdict = if interval[0] > 0.0 {
        Verdict::Better { gain: mean, interval }
    } else {
        Verdict::NotBetter { gain: mean, interval }
    };
    let trained = train(&tables.iter().collect::<Vec<_>>(), lesson, progress)?;
    progress.step()?;
    Ok(Compared { held_out: own.iter().sum::<f64>() / own.len() as f64, gain, verdict, trained })
}

#[expect(clippy::needless_pass_by_value, reason = "reads as `map_err(bug)`")]
fn bug(why: candle_core::Error) -> Error {
    Error::Bug { why: why.to_string() }
}

/// What is learned from one query: some of its products.
struct Example {
    /// Products by [`FEATURES`].
    features: Vec<f32>,
    /// From 0 to 1, the query's highest grade.
    grades: Vec<f32>,
    /// nDCG's sum of the best order.
    ideal: f32,
}

impl Example {
    fn of(table: &Table, room: &mut Room) -> Self {
        let mut even = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
        even.set(Slider::Channel(Channel::Keyword), 1.0);
        let order = table.rank(&even, table.len(), room);
        let relevant = |place: &u32| table.grades()[*place as usize].is_some_and(|grade| grade > 0.0);
        let (mut chosen, others): (Vec<u32>, Vec<u32>) = order.iter().partition(|place| relevant(place));
        chosen.truncate(MOST_RELEVANT);
        let (first, rest) = others.split_at(FIRST.min(others.len()));
        chosen.extend(first);
        chosen.extend(rest.iter().step_by(rest.len().div_ceil(OTHERS).max(1)));
        let all = table.features(&pairs());
        let row = |place: &u32| &all[*place as usize * FEATURES..][..FEATURES];
        let most = table.judged().first().copied().unwrap_or(0.0).max(f32::MIN_POSITIVE);
        let grade = |place: &u32| table.grades()[*place as usize].unwrap_or(0.0).max(0.0) / most;
        let grades: Vec<f32> = chosen.iter().map(grade).collect();
        let mut best = grades.clone();
        best.sort_by(|a, b| b.total_cmp(a));
        let ideal = best.iter().zip(0..).map(|(grade, place)| grade * discount(place)).sum();
        Self { features: chosen.iter().flat_map(row).copied().collect(), grades, ideal }
    }
}

/// What a place of a ranking, from 0, counts in nDCG.
fn discount(place: usize) -> f32 {
    1.0 / ((place + 2) as f32).log2()
}

/// Mean and standard deviation of each feature over all that is learned from.
struct Scale([(f64, f64); FEATURES]);

impl Scale {
    fn of(examples: &[Example]) -> Self {
        let rows = || examples.iter().flat_map(|example| example.features.chunks_exact(FEATURES));
        let count = rows().count().max(1) as f64;
        Self(std::array::from_fn(|at| {
            let mean = rows().map(|row| f64::from(row[at])).sum::<f64>() / count;
            let spread = rows().map(|row| (f64::from(row[at]) - mean).powi(2)).sum::<f64>() / count;
            let sd = spread.sqrt();
            (mean, if sd < SMALLEST_SD { 1.0 } else { sd })
        }))
    }
}

/// The network while it learns; it sees standardised features.
struct Pupil {
    scale: Scale,
    lesson: Lesson,
    hidden: Var,
    hidden_bias: Var,
    output: Var,
    output_bias: Var,
    optimizer: AdamW,
}

impl Pupil {
    fn new(scale: Scale, lesson: Lesson) -> candle_core::Result<Self> {
        let mut dice = fastrand::Rng::with_seed(lesson.seed ^ 0xD1CE);
        // Uniform of the variance that keeps signals as large as they come in (He et al., 2015).
        let mut matrix = |rows: usize, columns: usize, variance: f64| {
            let bound = (3.0 * variance).sqrt();
            let values = (0..rows * columns).map(|_| ((dice.f64() * 2.0 - 1.0) * bound) as f32).collect();
            Var::from_tensor(&Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
        };
        let hidden = matrix(FEATURES, HIDDEN, 2.0 / FEATURES as f64)?;
        let output = matrix(HIDDEN, 1, 0.1 / HIDDEN as f64)?;
        let hidden_bias = Var::zeros(HIDDEN, DType::F32, &Device::Cpu)?;
        let output_bias = Var::zeros(1, DType::F32, &Device::Cpu)?;
        let all = vec![hidden.clone(), hidden_bias.clone(), output.clone(), output_bias.clone()];
        let optimizer = AdamW::new(all, ParamsAdamW { lr: lesson.rate, weight_decay: 0.05, ..ParamsAdamW::default() })?;
        Ok(Self { scale, lesson, hidden, hidden_bias, output, output_bias, optimizer })
    }

    fn logits(&self, features: &Tensor) -> candle_core::Result<Tensor> {
        let inside = features.matmul(&self.hidden)?.broadcast_add(&self.hidden_bias)?.relu()?;
        inside.matmul(&self.output)?.broadcast_add(&self.output_bias)?.flatten_all()
    }

    fn standardised(&self, rows: &[f32]) -> Vec<f32> {
        let Scale(scale) = &self.scale;
        let row = |row: &[f32]| {
            let values = row.iter().zip(scale).map(|(value, (mean, sd))| ((f64::from(*value) - mean) / sd) as f32);
            values.collect::<Vec<f32>>()
        };
        rows.chunks_exact(FEATURES).flat_map(row).collect()
    }

    /// One step downhill. How the aim changes with each logit is worked out here, and candle's backward pass does the rest.
    fn step(&mut self, batch: &[&Example]) -> candle_core::Result<()> {
        let rows: Vec<f32> = batch.iter().flat_map(|example| self.standardised(&example.features)).collect();
        let count = rows.len() / FEATURES;
        if count == 0 {
            return Ok(());
        }
        let features = Tensor::from_vec(rows, (count, FEATURES), &Device::Cpu)?;
        let logits = self.logits(&features)?;
        let values: Vec<f32> = logits.to_vec1()?;
        let (mut slopes, mut from) = (vec![0.0; count], 0);
        for example in batch {
            let range = from..from + example.grades.len();
            from = range.end;
            slopes_of(example, &values[range.clone()], self.lesson.aim, &mut slopes[range]);
        }
        slopes.iter_mut().for_each(|slope| *slope /= batch.len() as f32);
        let slopes = Tensor::from_vec(slopes, count, &Device::Cpu)?;
        self.optimizer.backward_step(&(logits * slopes)?.sum_all()?)
    }

    /// The network as it is now, with the scale folded in.
    fn network(&self) -> candle_core::Result<Network> {
        let Scale(scale) = &self.scale;
        let rows: Vec<Vec<f32>> = self.hidden.to_vec2()?;
        let mut bias: Vec<f64> = self.hidden_bias.to_vec1::<f32>()?.into_iter().map(f64::from).collect();
        let mut hidden = Vec::with_capacity(FEATURES * HIDDEN);
        for (row, (mean, sd)) in rows.iter().zip(scale) {
            bias.iter_mut().zip(row).for_each(|(bias, weight)| *bias -= f64::from(*weight) * mean / sd);
            hidden.extend(row.iter().map(|weight| (f64::from(*weight) / sd) as f32));
        }
        Ok(Network {
            hidden,
            hidden_bias: bias.into_iter().map(|bias| bias as f32).collect(),
            output: self.output.flatten_all()?.to_vec1()?,
            output_bias: self.output_bias.to_vec1::<f32>()?.first().copied().unwrap_or(0.0),
        })
    }
}

/// How the aim of one query changes with each logit.
fn slopes_of(example: &Example, logits: &[f32], aim: Aim, slopes: &mut [f32]) {
    let pointwise = if aim == Aim::Grades { 1.0 } else { POINTWISE };
    let share = pointwise / logits.len().max(1) as f32;
    for ((slope, logit), grade) in slopes.iter_mut().zip(logits).zip(&example.grades) {
        *slope = share * (1.0 / (1.0 + (-logit).exp()) - grade);
    }
    if aim == Aim::Grades || example.ideal <= 0.0 {
        return;
    }
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]).then(a.cmp(b)));
    let mut discounts = vec![0.0; logits.len()];
    order.iter().enumerate().for_each(|(place, at)| discounts[*at] = discount(place));
    for (better, high) in example.grades.iter().enumerate() {
        for (worse, low) in example.grades.iter().enumerate() {
            let above = high - low;
            if above > 0.0 {
                let worth = above * (discounts[better] - discounts[worse]).abs() / example.ideal;
                let slope = worth / (1.0 + (logits[better] - logits[worse]).exp());
                slopes[better] -= slope;
                slopes[worse] += slope;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::tune::{Rival, Task, tune};

    const TEXT: Channel = Channel::Facet(Modality::Text);
    const IMAGE: Channel = Channel::Facet(Modality::Image);
    const AUDIO: Channel = Channel::Facet(Modality::Audio);

    /// Queries whose right products have either a picture or a sound, not both and not none, and the value of both is
    /// nothing but noise.
    fn either_or(queries: usize, dice: &mut fastrand::Rng) -> Vec<Table> {
        let table = |number: usize| {
            let has: Vec<(bool, bool)> = (0..60).map(|_| (dice.bool(), dice.bool())).collect();
            let mut noise = |there: bool| there.then(|| dice.f32() - 0.5);
            let text = has.iter().map(|_| noise(true)).collect();
            let image = has.iter().map(|(image, _)| noise(*image)).collect();
            let audio = has.iter().map(|(_, audio)| noise(*audio)).collect();
            let columns =
                vec![(Modality::Text, TEXT, text), (Modality::Text, IMAGE, image), (Modality::Text, AUDIO, audio)];
            let grade = |(image, audio): &(bool, bool)| Some(if image == audio { 0.0 } else { 1.0 });
            Table::of_values(&number.to_string(), "", columns, has.iter().map(grade).collect())
        };
        (0..queries).map(table).collect()
    }

    #[test]
    fn it_learns_what_weights_cannot() {
        let tables = either_or(40, &mut fastrand::Rng::with_seed(5));
        let weights = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
        let progress = Progress::new();
        let tuned = tune(&tables, &weights, Task { folds: 3, rrf: false, ..Task::default() }, &progress).unwrap();
        let compared = compare(&tables, &tuned, Lesson::default(), &progress).unwrap();
        assert!(compared.verdict.may_be_applied(), "{:?}", compared.verdict);
        assert!(compared.held_out > 0.95 && tuned.held_out < 0.8, "{} {}", compared.held_out, tuned.held_out);
        let again = train(&tables.iter().collect::<Vec<_>>(), Lesson::default(), &progress).unwrap();
        assert_eq!(again.network, compared.trained.network);
    }

    #[test]
    fn it_says_so_when_it_is_not_better() {
        let mut dice = fastrand::Rng::with_seed(6);
        let noise = |number: usize| {
            let values = (0..30).map(|_| Some(dice.f32())).collect();
            let grades = (0..30).map(|product| Some(if product % 9 == 3 { 1.0 } else { 0.0 })).collect();
            Table::of_values(&number.to_string(), "", vec![(Modality::Text, TEXT, values)], grades)
        };
        let tables: Vec<Table> = (0..30).map(noise).collect();
        let progress = Progress::new();
        let weights = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
        let tuned = tune(&tables, &weights, Task { folds: 3, ..Task::default() }, &progress).unwrap();
        let lesson = Lesson { epochs: 10, ..Lesson::default() };
        let compared = compare(&tables, &tuned, lesson, &progress).unwrap();
        assert!(!compared.verdict.may_be_applied(), "{:?}", compared.verdict);
        assert!(tuned.against(Rival::Present).is_some());
        progress.cancel();
        assert_eq!(compare(&tables, &tuned, lesson, &progress).err(), Some(Error::Cancelled));
    }

    #[test]
    fn onnx_runs_as_candle_does() {
        let tables = either_or(10, &mut fastrand::Rng::with_seed(7));
        let all: Vec<&Table> = tables.iter().collect();
        let trained = train(&all, Lesson { epochs: 3, ..Lesson::default() }, &Progress::new()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fusion.onnx");
        trained.network.save(&path, &[("metric", "ndcg@10")]).unwrap();
        let saved = Saved::open(&path).unwrap();
        for table in &tables {
            let (own, other) = (trained.network.score(table).unwrap(), saved.score(table).unwrap());
            assert_eq!(own.len(), other.len());
            assert!(own.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5), "{own:?} {other:?}");
        }
        let mut dice = fastrand::Rng::with_seed(8);
        let features: Vec<f32> = (0..100 * FEATURES).map(|_| dice.f32() * 8.0 - 4.0).collect();
        let (own, other) = (trained.network.run(features.clone()).unwrap(), saved.run(features).unwrap());
        assert!(own.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5));
        std::fs::write(&path, "nothing").unwrap();
        assert!(matches!(Saved::open(&path), Err(Error::BadBundle { .. })));
    }

    #[test]
    fn slopes_are_those_of_the_cross_entropy() {
        let example = Example { features: vec![0.0; 2 * FEATURES], grades: vec![1.0, 0.0], ideal: 1.0 };
        let mut slopes = [0.0; 2];
        slopes_of(&example, &[0.0, 0.0], Aim::Grades, &mut slopes);
        assert!(
            slopes.iter().zip([-0.25, 0.25]).all(|(slope, expected)| (slope - expected).abs() < 1e-6),
            "{slopes:?}"
        );
        slopes_of(&example, &[-1.0, 1.0], Aim::Order, &mut slopes);
        assert!(slopes[0] < -0.2 && slopes[1] > 0.2, "{slopes:?}");
    }
}
