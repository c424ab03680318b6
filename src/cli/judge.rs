//! `vitrine judge`: judgements from one kind of file into another; those of several judges become one.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use super::{Done, Format, Shell, print_json, print_line};
use crate::{
    audit::{
        formats,
        judgements::Judgements,
        judges::{agreement, resolve},
        queries::{QuerySet, Reading},
    },
    error::{Error, Result},
};

#[derive(Debug, Args)]
pub struct JudgeTask {
    /// Judgements of any kind; given several times, each is one judge, and the median grade is taken.
    #[arg(long, value_name = "FILE", required = true)]
    import: Vec<PathBuf>,
    /// Where they go.
    #[arg(long, value_name = "FILE")]
    export: PathBuf,
    /// What kind of file is written, where its ending does not say so.
    #[arg(long, value_name = "KIND")]
    to: Option<formats::Format>,
    /// The queries, so that files that name them by their text find their ids, and the other way round.
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
}

/// Converts. As JSON: `{"judgements": 120, "queries": 12, "agreement": [{"judges": ["a.csv", "b.csv"], "shared", "same",
/// "kappa", "kappa_quadratic"}]}`.
pub fn judge(shell: &Shell, task: &JudgeTask) -> Done {
    let format = task.to.or_else(|| formats::Format::of_name(&task.export)).ok_or_else(|| Error::BadTable {
        path: task.export.clone(),
        why: "its ending says nothing about its kind".into(),
        how: "Add --to qrels, quepid, ltr, srw, ranx-json or ranx-parquet.".into(),
    })?;
    let reading = task.queries.as_deref().map_or_else(|| Ok(Reading::default()), QuerySet::read)?;
    if let Some(fault) = reading.faults.into_iter().next() {
        return Err(fault.into());
    }
    let queries = task.queries.as_ref().map(|_| &reading.set);
    let judges: Vec<Judgements> =
        task.import.iter().map(|file| Judgements::read(file, queries)).collect::<Result<_>>()?;
    let all = resolve(&judges);
    all.write(&task.export, format, queries)?;
    let mut agreements = Vec::new();
    for (at, one) in judges.iter().enumerate() {
        for (other_at, other) in judges.iter().enumerate().skip(at + 1) {
            agreements.push(([&task.import[at], &task.import[other_at]], agreement(one, other)));
        }
    }
    let (count, asked) = (all.len(), all.queries().count());
    if shell.format == Format::Json {
        let agreement = |(files, agreement): &([&PathBuf; 2], _)| {
            let mut told = json!(agreement);
            told["judges"] = json!(files);
            told
        };
        print_json(&json!({
            "judgements": count,
            "queries": asked,
            "agreement": agreements.iter().map(agreement).collect::<Vec<_>>(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let place = task.export.display();
    print_line(&shell.language.pick(
        format!("{count} judgements of {asked} queries written to {place}"),
        format!("已将 {asked} 个查询的 {count} 条评级写入 {place}"),
    ))?;
    let kappa = |kappa: Option<f64>| kappa.map_or_else(|| "-".to_owned(), |kappa| format!("{kappa:.3}"));
    for ([one, other], agreement) in &agreements {
        let (one, other, shared, same) = (one.display(), other.display(), agreement.shared, agreement.same);
        let (plain, quadratic) = (kappa(agreement.kappa), kappa(agreement.kappa_quadratic));
        print_line(&shell.language.pick(
            format!("{one}, {other}: {same} of {shared} grades the same, kappa {plain}, quadratic {quadratic}"),
            format!("{one}、{other}：{shared} 个共同评级中 {same} 个相同，kappa {plain}，二次加权 {quadratic}"),
        ))?;
    }
    let has_fractions = all.iter().any(|(.., grade)| grade.fract() != 0.0);
    if format == formats::Format::Qrels && has_fractions {
        eprintln!(
            "{}",
            shell.language.pick(
                "Some grades are fractions; trec_eval reads only their whole part.",
                "部分评级是小数；trec_eval 只读取整数部分。",
            )
        );
    }
    Ok(ExitCode::SUCCESS)
}
