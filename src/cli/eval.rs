//! `vitrine eval`: how well a collection answers a set of judged queries.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Args;
use serde_json::{Value, json};

use super::{
    Done, Format, Place, Shell, print_json, print_line,
    run::tell_failures,
    search::{RankingFlags, at_least_one},
};
use crate::{
    audit::{
        Grades, Ledger, formats,
        judgements::Judgements,
        metrics::{Metric, Summary, Values},
        queries::{QuerySet, Reading},
        report::{Report, System},
        run::{self, Outcome},
        statistics::SEED,
    },
    collection::Collection,
    engine::{Engine, sample_catalog},
    error::{Error, Result},
    files::write_whole,
    language::Language,
};

/// Products that are kept of a query when a run is written, as is usual in TREC.
const RUN_DEPTH: usize = 1_000;

#[derive(Debug, Args)]
pub struct EvalTask {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    judged: Judged,
    #[command(flatten)]
    ranking: RankingFlags,
    /// What is measured, by the names of ranx, ir-measures or `trec_eval`.
    #[arg(long, value_name = "NAME,...", default_value = "ndcg@10,recall@10,mrr@10,judged@10")]
    metrics: String,
    /// The same for each class of queries.
    #[arg(long)]
    by_class: bool,
    /// Write the rankings, as a TREC run or, by the ending, as JSON or Parquet of ranx.
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Write a report of the first measure: .html, .csv or .json.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// How many products of a query are kept. Without it as many as the measures look at, and 1,000 for a run.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    top: Option<usize>,
}

/// Queries and what is right for them.
#[derive(Debug, Args)]
pub struct Judged {
    /// The queries: JSON Lines, CSV, TREC topics or one a line. With --sample there are some.
    #[arg(long, value_name = "FILE")]
    pub queries: Option<PathBuf>,
    /// The judgements: TREC qrels, CSV with query, docid and rating, LTR, SRW JSON, or JSON or Parquet of ranx. With --sample
    /// there are some.
    #[arg(long, value_name = "FILE")]
    pub qrels: Option<PathBuf>,
    /// Only so many queries, those that are asked most.
    #[arg(long, value_name = "N", value_parser = at_least_one, conflicts_with = "sampled")]
    pub most_asked: Option<usize>,
    /// Only a sample of so many queries, in which one asked twice as often is twice as likely (probability proportional to
    /// size); the same every time.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub sampled: Option<usize>,
}

impl Judged {
    /// The queries to ask and the judgements of these.
    pub fn read(&self, place: Option<&Place>) -> Result<(Reading, Judgements)> {
        let (mut reading, judgements) = self.read_all(place)?;
        reading.set = match (self.most_asked, self.sampled) {
            (Some(count), _) => reading.set.most_asked(count),
            (_, Some(count)) => reading.set.sample(count, SEED),
            (None, None) => return Ok((reading, judgements)),
        };
        // A query that is not asked is not one that was answered badly.
        let mut asked = Judgements::default();
        for (query, product, grade) in judgements.iter().filter(|(query, ..)| reading.set.get(query).is_some()) {
            asked.set(query, product, grade);
        }
        Ok((reading, asked))
    }

    /// The files that were given, or what was kept and judged of the collection in the window, or the files of the sample
    /// catalog.
    fn read_all(&self, place: Option<&Place>) -> Result<(Reading, Judgements)> {
        let folder = place.and_then(|place| place.collection.as_ref());
        if let (None, None, Some(folder)) = (&self.queries, &self.qrels, folder)
            && Ledger::is_there(folder)
        {
            let ledger = Ledger::open(folder)?;
            let reading = Reading { set: ledger.queries()?, ..Reading::default() };
            let judgements = Grades::of(ledger.judged()?).judgements();
            if reading.set.queries.iter().all(|query| judgements.of(&query.id).is_none()) {
                let how = "Judge something in the window first, or give --queries and --qrels.".into();
                return Err(Error::Malformed { what: folder.display().to_string(), how });
            }
            return Ok((reading, judgements));
        }
        let is_sample = place.is_some_and(|place| place.sample);
        let file = |given: &Option<PathBuf>, name: &str, flag: &str| match given {
            Some(file) => Ok(file.clone()),
            None if is_sample => Ok(sample_catalog().join(name)),
            None => {
                Err(Error::Malformed { what: flag.into(), how: "Give a file of queries and one of judgements.".into() })
            }
        };
        let reading = match (&self.queries, place) {
            // Two runs need no queries.
            (None, None) => Reading::default(),
            _ => QuerySet::read(&file(&self.queries, "queries.jsonl", "--queries")?)?,
        };
        let set = Some(&reading.set).filter(|set| !set.queries.is_empty());
        let judgements = Judgements::read(&file(&self.qrels, "qrels.txt", "--qrels")?, set)?;
        Ok((reading, judgements))
    }
}

/// Runs the set and measures it. As JSON, in a shape that stays:
///
/// `{"preset": {...}, "queries": 60, "failed": [{"query_id", "reason"}], "missing": 0, "unjudged": 0,
/// "metrics": [{"metric": "ndcg@10", "queries", "mean", "interval": {"low", "high"}, "by_query": {"q1": 0.5},
/// "classes": {"kind": {"queries", "mean", "interval"}}}]}`
///
/// `missing` are judged queries without a ranking, which count 0; `unjudged` are queries that count nowhere. The exit status
/// is 1 when a query failed.
pub fn eval(shell: &Shell, task: &EvalTask) -> Done {
    let metrics = Metric::parse_list(&task.metrics)?;
    let preset = task.ranking.preset()?;
    let (reading, judgements) = task.judged.read(Some(&task.place))?;
    let engine = Arc::new(Engine::new(&shell.bundle));
    let collection = shell.open(&engine, &task.place)?;
    let mut judged = judgements.iter().filter(|(_, _, grade)| *grade > 0.0);
    if !judged.any(|(_, product, _)| collection.row_of(product).is_some()) {
        return Err(Error::Malformed {
            what: "--qrels".into(),
            how: "None of the products that are judged relevant is in the collection: give judgements of this catalog."
                .into(),
        }
        .into());
    }
    let looked_at = metrics.iter().map(|metric| metric.cutoff.unwrap_or(RUN_DEPTH)).max().unwrap_or(1);
    // A measure gets all the places that its name says.
    let top = task.top.unwrap_or(if task.run.is_some() { RUN_DEPTH } else { 0 }).max(looked_at);
    let queries = Arc::new(reading.set);
    let (set, searched, asked) = (queries.clone(), collection.clone(), preset.clone());
    let Outcome { run, failed } =
        shell.watch(move |progress| run::run(&searched, engine.encoders()?, &set, &asked, None, top, progress))?;
    if let Some(path) = &task.run {
        run.write(path, formats::Format::of_name(path).unwrap_or(formats::Format::Run))?;
    }
    if let (Some(path), Some(metric)) = (&task.report, metrics.first()) {
        let systems = vec![System { run: &run, preset: Some(&preset) }];
        write_report(path, shell.language, Some(&collection), &queries, &judgements, *metric, systems)?;
    }
    let values: Vec<Values> = metrics.iter().map(|metric| Values::of(*metric, &run, &judgements)).collect();
    if shell.format == Format::Json {
        let reason = |(query, error): &(String, Error)| json!({"query_id": query, "reason": error.say(shell.language)});
        let unread = reading.faults.iter().map(|fault| json!({"query_id": null, "reason": fault.say(shell.language)}));
        print_json(&json!({
            "preset": preset,
            "queries": queries.queries.len(),
            "failed": unread.chain(failed.iter().map(reason)).collect::<Vec<_>>(),
            "missing": values.first().map_or(0, |values| values.missing),
            "unjudged": values.first().map_or(0, |values| values.unjudged),
            "metrics": values.iter().map(|values| measured(values, &queries, task.by_class)).collect::<Vec<_>>(),
        }))?;
    } else {
        for values in &values {
            print_line(&line(&values.metric.describe(shell.language), &values.summary()))?;
            let classes = if task.by_class { values.by_class(&queries) } else { BTreeMap::default() };
            for (class, summary) in &classes {
                let name = if class.is_empty() { shell.language.pick("no class", "无类别") } else { class };
                print_line(&line(&format!("    {name}"), summary))?;
            }
        }
        if let Some(values) = values.first() {
            tell_left_out(shell.language, values);
        }
        tell_failures(shell.language, &reading.faults, &failed);
    }
    let is_whole = failed.is_empty() && reading.faults.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measured(values: &Values, queries: &QuerySet, by_class: bool) -> Value {
    let mut told = json!(values.summary());
    told["metric"] = json!(values.metric);
    told["by_query"] = json!(values.by_query);
    if by_class {
        told["classes"] = json!(values.by_class(queries));
    }
    told
}

fn line(name: &str, summary: &Summary) -> String {
    let Summary { queries, mean, interval } = summary;
    format!("{mean:.4}  [{:.4}, {:.4}]  n={queries:<5} {name}", interval.low, interval.high)
}

/// Says how many queries do not count as one might think.
pub fn tell_left_out(language: Language, values: &Values) {
    let (missing, unjudged) = (values.missing, values.unjudged);
    if missing > 0 {
        let english = format!("Judged queries without a ranking, counted as 0: {missing}.");
        eprintln!("{}", language.pick(english, format!("{missing} 个有评级的查询没有排名，按 0 计。")));
    }
    if unjudged > 0 {
        let english = format!("Queries that nobody judged, left out: {unjudged}.");
        eprintln!("{}", language.pick(english, format!("{unjudged} 个查询没有评级，未计入。")));
    }
}

/// Writes a report of the kind that the file's name says.
pub fn write_report(
    path: &Path,
    language: Language,
    collection: Option<&Collection>,
    queries: &QuerySet,
    judgements: &Judgements,
    metric: Metric,
    systems: Vec<System>,
) -> Result<()> {
    let title = language.pick("Search quality", "搜索质量");
    let report = Report { title, collection, queries, judgements, metric, systems, map: None };
    let content = match crate::media::ending(path).as_deref() {
        Some("csv") => report.csv()?,
        Some("json") => serde_json::to_vec_pretty(&report.json()).map_err(|why| Error::Bug { why: why.to_string() })?,
        _ => report.html(language)?.into_bytes(),
    };
    write_whole(path, content)
}
