//! `vitrine compare`: one way to rank, or its run, against others; a gate that a worse one does not pass.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use serde_json::json;

use super::{
    Done, Format, Place, Shell,
    eval::{Judged, tell_left_out, write_report},
    print_json, print_line,
    run::tell_failures,
};
use crate::{
    audit::{
        Preset,
        compare::{Change, Comparison, compare},
        metrics::{Metric, Values},
        queries::AuditQuery,
        report::System,
        run::{self, Outcome, Run},
    },
    collection::Collection,
    engine::Engine,
    error::{Error, Result},
    media::ending,
};

/// Exit status when a candidate is worse and not by chance.
const DROP: u8 = 3;
/// Products that are kept of a query: enough for the likeness of rankings.
const DEPTH: usize = 100;
/// Winners and losers that are printed.
const NAMED: usize = 5;

/// A collection, or none.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct AnyPlace {
    /// The collection to search.
    #[arg(long, value_name = "DIR")]
    collection: Option<PathBuf>,
    /// Search the sample catalog that comes with the program.
    #[arg(long)]
    sample: bool,
}

impl AnyPlace {
    fn given(&self) -> Option<Place> {
        let Self { collection, sample } = self;
        (collection.is_some() || *sample).then(|| Place { collection: collection.clone(), sample: *sample })
    }
}

#[derive(Debug, Args)]
pub struct CompareTask {
    /// Where presets are run; two run files need none.
    #[command(flatten)]
    place: AnyPlace,
    #[command(flatten)]
    judged: Judged,
    /// What the others are held against: a preset (TOML or JSON), a run, or `default`.
    #[arg(long, value_name = "FILE")]
    baseline: PathBuf,
    /// The same; may be given several times.
    #[arg(long, value_name = "FILE", required = true)]
    candidate: Vec<PathBuf>,
    /// What is measured, by the names of ranx, ir-measures or `trec_eval`.
    #[arg(long, value_name = "NAME", default_value = "ndcg@10")]
    metric: Metric,
    /// A difference counts when chance makes one as large less often than this.
    #[arg(long, value_name = "P", default_value_t = 0.05, value_parser = chance)]
    alpha: f64,
    /// Write a report: .html, .csv or .json.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A preset to run, or a run that is there already.
enum Given {
    Preset(Preset),
    Run(Run),
}

impl Given {
    fn preset(&self) -> Option<&Preset> {
        match self {
            Self::Preset(preset) => Some(preset),
            Self::Run(_) => None,
        }
    }
}

/// Compares on every judged query. As JSON, in a shape that stays:
///
/// `{"metric": "ndcg@10", "alpha": 0.05, "drop": false, "failed": [{"query_id", "reason"}], "comparisons": [{"baseline": {"name",
/// "queries", "mean", "interval", "missing"}, "candidate": {...}, "difference", "interval", "paired_t": {"t", "p", "interval"},
/// "p", "p_holm", "winners", "losers", "unchanged", "alike": {"rbo50", "rbo90", "jaccard"}, "changes": [{"query",
/// "baseline", "candidate", "difference"}]}]}`
///
/// `p` is that of Fisher's randomisation test, by which `drop` is decided. The exit status is 3 when a candidate is
/// significantly worse, else 1 when a query failed, else 0.
pub fn compare_systems(shell: &Shell, task: &CompareTask) -> Done {
    let place = task.place.given();
    let given: Vec<Given> =
        std::iter::once(&task.baseline).chain(&task.candidate).map(|path| read(path)).collect::<Result<_>>()?;
    let presets: Vec<Preset> = given.iter().filter_map(Given::preset).cloned().collect();
    let (reading, judgements) = task.judged.read(place.as_ref())?;
    let queries = Arc::new(reading.set);
    let mut collection: Option<Arc<Collection>> = None;
    let mut outcomes: Vec<Outcome> = Vec::new();
    if let Some(place) = &place {
        let engine = Arc::new(Engine::new(&shell.bundle));
        let opened = shell.open(&engine, place)?;
        collection = Some(opened.clone());
        let (set, presets) = (queries.clone(), presets.clone());
        let top = task.metric.cutoff.unwrap_or(DEPTH).max(DEPTH);
        outcomes = shell
            .watch(move |progress| run::run_all(&opened, engine.encoders()?, &set, &presets, None, top, progress))?;
    } else if !presets.is_empty() {
        let how = "Give --collection DIR or --sample to run presets, or run files instead.";
        return Err(Error::Malformed { what: "--baseline, --candidate".into(), how: how.into() }.into());
    }
    let failed: Vec<(String, Error)> =
        outcomes.iter_mut().flat_map(|outcome| std::mem::take(&mut outcome.failed)).collect();
    let mut made = outcomes.into_iter();
    let runs: Vec<Run> = given
        .iter()
        .map(|one| match one {
            Given::Run(run) => run.clone(),
            Given::Preset(_) => made.next().unwrap_or_default().run,
        })
        .collect();
    let [baseline, candidates @ ..] = &runs[..] else { return Err(Error::EmptyQuery.into()) };
    let comparisons = compare(task.metric, baseline, candidates, &judgements);
    if let Some(path) = &task.report {
        let systems = runs.iter().zip(&given).map(|(run, one)| System { run, preset: one.preset() }).collect();
        write_report(path, shell.language, collection.as_deref(), &queries, &judgements, task.metric, systems)?;
    }
    let is_drop = comparisons.iter().any(|comparison| comparison.is_drop(task.alpha));
    if shell.format == Format::Json {
        let reason = |(query, error): &(String, Error)| json!({"query_id": query, "reason": error.say(shell.language)});
        let unread = reading.faults.iter().map(|fault| json!({"query_id": null, "reason": fault.say(shell.language)}));
        print_json(&json!({
            "metric": task.metric,
            "alpha": task.alpha,
            "drop": is_drop,
            "failed": unread.chain(failed.iter().map(reason)).collect::<Vec<_>>(),
            "comparisons": comparisons,
        }))?;
    } else {
        print_line(&task.metric.describe(shell.language))?;
        for comparison in &comparisons {
            tell(shell, comparison, task.alpha, |id| queries.get(id).map_or_else(|| id.to_owned(), AuditQuery::title))?;
        }
        tell_left_out(shell.language, &Values::of(task.metric, baseline, &judgements));
        tell_failures(shell.language, &reading.faults, &failed);
    }
    let is_whole = failed.is_empty() && reading.faults.is_empty();
    Ok(match (is_drop, is_whole) {
        (true, _) => ExitCode::from(DROP),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

fn read(path: &Path) -> Result<Given> {
    if path == Path::new("default") && !path.exists() {
        return Ok(Given::Preset(Preset { name: "default".into(), ..Preset::default() }));
    }
    match ending(path).as_deref() {
        Some("toml") => Preset::read(path).map(Given::Preset),
        // A run of ranx and a preset may both be JSON.
        Some("json") => Preset::read(path).map(Given::Preset).or_else(|_| Run::read(path).map(Given::Run)),
        _ => Run::read(path).map(Given::Run),
    }
}

fn tell(shell: &Shell, comparison: &Comparison, alpha: f64, title: impl Fn(&str) -> String) -> anyhow::Result<()> {
    let language = shell.language;
    let Comparison { baseline, candidate, difference, p, winners, losers, unchanged, alike, .. } = comparison;
    let (before, after) = (baseline.summary.mean, candidate.summary.mean);
    let verdict = match (comparison.is_significant(alpha), *difference > 0.0) {
        (false, _) => language.pick("no significant difference", "无显著差异"),
        (true, true) => language.pick("significantly better", "显著更好"),
        (true, false) => language.pick("significantly worse", "显著更差"),
    };
    let range =
        comparison.interval.map_or_else(String::new, |range| format!(" [{:+.4}, {:+.4}]", range.low, range.high));
    let t = comparison.paired_t.map_or_else(|| "-".to_owned(), |test| format!("{:.4}", test.p));
    print_line(&format!(
        "{}  {before:.4} -> {}  {after:.4}  {difference:+.4}{range}  {verdict}",
        baseline.name, candidate.name
    ))?;
    print_line(&language.pick(
        format!("    randomisation p={p:.4} (Holm {:.4}), paired t p={t}; won {winners}, lost {losers}, unchanged {unchanged}", comparison.p_holm),
        format!("    随机化检验 p={p:.4}（Holm {:.4}），配对 t 检验 p={t}；胜 {winners}，负 {losers}，持平 {unchanged}", comparison.p_holm),
    ))?;
    print_line(&format!("    rbo50={:.3} rbo90={:.3} jaccard@10={:.3}", alike.rbo50, alike.rbo90, alike.jaccard))?;
    let line = |change: &Change| {
        let Change { query, baseline, candidate, difference } = change;
        print_line(&format!("    {difference:+.4}  {baseline:.4} -> {candidate:.4}  {}", title(query)))
    };
    comparison.won().take(NAMED).try_for_each(line)?;
    comparison.lost().take(NAMED).try_for_each(line)
}

/// Reads a chance: more than 0, less than 1.
fn chance(text: &str) -> std::result::Result<f64, String> {
    text.parse()
        .ok()
        .filter(|chance: &f64| *chance > 0.0 && *chance < 1.0)
        .ok_or_else(|| "expected more than 0 and less than 1".into())
}
