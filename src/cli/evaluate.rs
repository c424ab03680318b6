//! `vitrine eval-encoders`: the figures of the model card, taken anew.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;

use super::{Done, Format, Shell, print_json, print_line};
use crate::{engine::Engine, evaluation};

#[derive(Debug, Args)]
pub struct EvaluateTask {
    /// The folder that holds the public sets, one folder each: fashion44k, electronics, grocery and so on.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Words spoken by voices that were never trained on, as `models/train/held_voices.py` makes them.
    #[arg(long, value_name = "DIR")]
    speech: Option<PathBuf>,
}

pub fn evaluate(shell: &Shell, task: &EvaluateTask) -> Done {
    let engine = Arc::new(Engine::new(&shell.bundle));
    let (data, speech) = (task.data.clone(), task.speech.clone());
    let table =
        shell.watch(move |progress| evaluation::evaluate(engine.encoders()?, &data, speech.as_deref(), progress))?;
    if shell.format == Format::Json {
        print_json(&serde_json::to_value(&table)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    print_line(&table.bundle)?;
    for figure in &table.figures {
        let values = figure.values.iter().map(|value| {
            let chance = value.chance.map(|chance| format!(" ({chance:.3})")).unwrap_or_default();
            format!("{} {:.3}{chance}", value.measure, value.value)
        });
        let values: Vec<String> = values.collect();
        let (name, queries, candidates) = (&figure.name, figure.queries, figure.candidates);
        print_line(&format!("{name} [{queries} x {candidates}]\n    {}", values.join("   ")))?;
    }
    for time in &table.times {
        let (name, median, rate) = (time.encoder, time.median_ms, time.batched_per_sec);
        print_line(&format!("{name} encoder: median {median:.2} ms one at a time, {rate:.0} a second in batches"))?;
    }
    let note = shell.language.pick(
        "In brackets: what guessing gives. recall: the right one among the best; precision: the right share of the best.",
        "括号内为随机猜测的结果。recall：正确项进入前 k 名的比例；precision：前 k 名中正确项的比例。",
    );
    print_line(note)?;
    for reason in &table.left_out {
        eprintln!("{}", shell.language.pick(format!("Left out: {reason}"), format!("未评测：{reason}")));
    }
    Ok(ExitCode::SUCCESS)
}
