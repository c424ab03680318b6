//! `vitrine tune`: weights found on judged queries, measured on queries that were not looked at.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{
    Done, Format, Place, Shell, eval::Judged, print_json, print_line, run::tell_failures, search::RankingFlags,
};
use crate::{
    audit::{
        Preset,
        learned::{self, Compared, Lesson},
        metrics::Metric,
        picture::svg,
        simplex::{Axes, Map, POINTS, points},
        table::{Candidates, Tables},
        tune::{Task, Tuned, Verdict, tune as tuned_on},
    },
    engine::Engine,
    files::write_whole,
    language::Language,
    search::{Channel, Method, Policy, Slider, Weights},
};

#[derive(Debug, Args)]
pub struct TuneTask {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    judged: Judged,
    /// The present weights, which the tuned ones are compared with.
    #[command(flatten)]
    ranking: RankingFlags,
    /// What is made as large as possible, by the names of ranx, ir-measures or trec_eval.
    #[arg(long, value_name = "NAME", default_value = "ndcg@10")]
    metric: String,
    /// What the quality map varies: the query's parts or the product's facets.
    #[arg(long, value_enum, default_value = "facets")]
    axes: AxesFlag,
    /// Folds of the cross-validation: each query is kept aside once.
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u8).range(2..=20))]
    folds: u8,
    /// How queries are dealt into folds, and how the network begins; the same gives the same.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,
    /// Also train a small network and compare it with the tuned weights.
    #[arg(long)]
    learned: bool,
    /// Where the network goes, as ONNX.
    #[arg(long, value_name = "FILE.onnx", requires = "learned")]
    network: Option<PathBuf>,
    /// Where the tuned weights go, as a preset in TOML or, by the ending, JSON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where the picture of the quality map goes.
    #[arg(long, value_name = "FILE.svg")]
    map: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AxesFlag {
    Parts,
    Facets,
}

/// Tunes and says what came of it. As JSON:
///
/// `{"metric", "preset", "tuned": {"weights", "held_out", "interval", "fitted", "against": [...], "verdict", "classes"},
/// "map": {"axes", "queries", "unmoved", "best", "present", "points": [{"shares", "mean", "plateau"}]},
/// "learned": {"held_out", "gain", "verdict"}, "unjudged", "failed": [{"query_id", "reason"}]}`
pub fn tune(shell: &Shell, task: &TuneTask) -> Done {
    let metric = Metric::parse(&task.metric)?;
    let preset = task.ranking.preset()?;
    let axes = match task.axes {
        AxesFlag::Parts => Axes::Parts,
        AxesFlag::Facets => Axes::Facets,
    };
    let (reading, judgements) = task.judged.read(Some(&task.place))?;
    let engine = Arc::new(Engine::new(&shell.bundle));
    let collection = shell.open(&engine, &task.place)?;
    let (set, weights) = (reading.set, preset.weights);
    let tables = shell.watch(move |progress| {
        let candidates = Candidates::default();
        Tables::of(&collection, engine.encoders()?, &set, &judgements, &weights, candidates, progress)
    })?;
    let Tables { tables, unjudged, failed } = tables;
    let plan = Task { metric, folds: task.folds.into(), seed: task.seed, ..Task::default() };
    let lesson = task.learned.then_some(Lesson { metric, seed: task.seed, ..Lesson::default() });
    let (tuned, map, learned) = shell.watch(move |progress| {
        let tuned = tuned_on(&tables, &weights, plan, progress)?;
        let map = Map::of(&tables, &weights, axes, metric, progress)?;
        // With too few queries nothing was kept aside that a network could be compared on.
        let lesson = lesson.filter(|_| !tuned.kept_aside.is_empty());
        let learned = lesson.map(|lesson| learned::compare(&tables, &tuned, lesson, progress)).transpose()?;
        Ok((tuned, map, learned))
    })?;
    if let Some(path) = &task.out {
        Preset { name: "tuned".into(), weights: tuned.weights, arrangement: preset.arrangement }.write(path)?;
    }
    if let Some(path) = &task.map {
        write_whole(path, svg(&map, shell.language))?;
    }
    if let (Some(path), Some(learned)) = (&task.network, &learned) {
        let (metric, queries) = (metric.to_string(), tuned.queries.to_string());
        learned.trained.network.save(path, &[("metric", &metric), ("queries", &queries)])?;
    }
    if shell.format == Format::Json {
        let reason = |(query, error): &(String, crate::error::Error)| json!({"query_id": query, "reason": error.say(shell.language)});
        print_json(&json!({
            "metric": metric.to_string(),
            "preset": preset,
            "tuned": tuned,
            "map": told_map(&map),
            "learned": learned,
            "unjudged": unjudged,
            "faults": reading.faults.iter().map(|fault| fault.say(shell.language)).collect::<Vec<_>>(),
            "failed": failed.iter().map(reason).collect::<Vec<_>>(),
        }))?;
    } else {
        tell(shell.language, &tuned, &map, learned.as_ref())?;
        if let Some(path) = &task.out {
            let (path, helps) = (path.display(), matches!(tuned.verdict, Verdict::Helps { .. }));
            let english = if helps { "" } else { ", though they are not advised" };
            let chinese = if helps { "" } else { "（不建议采用）" };
            let english = format!("The tuned weights are in {path}{english}.");
            print_line(&shell.language.pick(english, format!("调优后的权重已写入 {path}{chinese}。")))?;
        }
        if unjudged > 0 {
            eprintln!(
                "{}",
                shell.language.pick(
                    format!("{unjudged} queries have no judgement and were left out."),
                    format!("{unjudged} 条查询没有评判，未计入。"),
                )
            );
        }
        tell_failures(shell.language, &reading.faults, &failed);
    }
    let enough = !matches!(tuned.verdict, Verdict::TooFew { .. });
    let is_whole = enough && failed.is_empty() && reading.faults.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told_map(map: &Map) -> Value {
    let point = |(at, shares)| json!({"shares": shares, "mean": map.means[at], "plateau": map.on_plateau(at)});
    json!({
        "axes": map.axes,
        "queries": map.queries.len(),
        "unmoved": map.unmoved,
        "present": map.present,
        "best": points().nth(map.best),
        "points": points().enumerate().map(point).collect::<Vec<_>>(),
    })
}

fn tell(language: Language, tuned: &Tuned, map: &Map, learned: Option<&Compared>) -> anyhow::Result<()> {
    print_line(&tuned.verdict.say(language))?;
    if tuned.kept_aside.is_empty() {
        return Ok(());
    }
    let (held, [low, high], queries) = (tuned.held_out, tuned.interval, tuned.queries);
    print_line(&language.pick(
        format!("tuned: {} {held:.3} ({low:.3} to {high:.3}) on {queries} queries, each kept aside once", map.metric),
        format!("调优：{} {held:.3}（{low:.3} 至 {high:.3}），{queries} 条查询各留出一次", map.metric),
    ))?;
    for against in &tuned.against {
        let (name, value, gain) = (against.rival.say(language), against.value, against.gain);
        let ([low, high], mean, p) = (gain.interval, gain.mean, gain.p);
        print_line(&language.pick(
            format!("    {name}: {value:.3}; tuned {mean:+.3} ({low:+.3} to {high:+.3}), p = {p:.3}"),
            format!("    {name}：{value:.3}；调优 {mean:+.3}（{low:+.3} 至 {high:+.3}），p = {p:.3}"),
        ))?;
    }
    print_line(&format!("    {}", said_weights(&tuned.weights)))?;
    for class in &tuned.classes {
        let (name, queries, choice) = (&class.class, class.queries, class.choice.say(language));
        print_line(&format!("    {name} [{queries}] {choice}"))?;
    }
    if let Some(warning) = tuned.warning(language) {
        print_line(&warning)?;
    }
    if !tuned.exact {
        print_line(language.pick(
            "Measured on the best candidates of each query, not on all products; `vitrine eval` with the preset is exact.",
            "仅在每条查询的候选商品上测量，而非全部商品；用该预设运行 `vitrine eval` 可得精确值。",
        ))?;
    }
    if !map.is_empty() {
        let plateau = (0..POINTS).filter(|point| map.on_plateau(*point)).count();
        let ([text, image, audio], best) = (points().nth(map.best).unwrap_or_default(), map.means[map.best]);
        let (queries, unmoved) = (map.queries.len(), map.unmoved);
        print_line(&language.pick(
            format!("map: best {best:.3} at text {text:.2}, image {image:.2}, audio {audio:.2}; {plateau} of {POINTS} points are as good for all one can tell ({queries} queries, {unmoved} without a choice)"),
            format!("质量图：最佳 {best:.3}，位于文字 {text:.2}、图片 {image:.2}、声音 {audio:.2}；{POINTS} 个点中有 {plateau} 个无显著差别（{queries} 条查询，{unmoved} 条无可选择）"),
        ))?;
    }
    if let Some(learned) = learned {
        print_line(
            &language.pick(format!("learned: {:.3}", learned.held_out), format!("学习融合：{:.3}", learned.held_out)),
        )?;
        print_line(&learned.verdict.say(language))?;
    }
    Ok(())
}

/// As the flags of a search take them.
fn said_weights(weights: &Weights) -> String {
    let list = |sliders: &[Slider]| {
        let said = sliders.iter().map(|slider| {
            let name = match slider {
                Slider::Part(part) => part.name(),
                Slider::Channel(channel) => channel.name(),
            };
            format!("{name}={:.2}", weights.get(*slider))
        });
        said.collect::<Vec<_>>().join(",")
    };
    let (parts, channels) = Slider::ALL.split_at(Slider::ALL.len() - Channel::ALL.len());
    let method = match weights.method {
        Method::Rrf { k } => format!("rrf:{k}"),
        other => other.name().to_owned(),
    };
    let (normalisation, renormalise) = (weights.normalisation.name(), weights.policy == Policy::Renormalise);
    let renormalise = if renormalise { " --renormalise" } else { "" };
    let (parts, channels) = (list(parts), list(channels));
    format!("--weights {parts} --facets {channels} --method {method} --normalisation {normalisation}{renormalise}")
}
