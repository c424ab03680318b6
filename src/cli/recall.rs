//! `vitrine recall`: how well similar products are found, against the exact scan.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::{Done, Format, Place, Shell, print_json, print_line};
use crate::{encode::Modality, engine::Engine, index::Way};

#[derive(Debug, Args)]
pub struct RecallTask {
    #[command(flatten)]
    place: Place,
}

pub fn recall(shell: &Shell, task: &RecallTask) -> Done {
    let engine = std::sync::Arc::new(Engine::new(&shell.bundle));
    let collection = shell.open(&engine, &task.place)?;
    let measured = shell.watch(move |progress| {
        let one = |facet: Modality| Ok((facet, collection.recall(facet, progress)?));
        Modality::ALL.into_iter().map(one).collect::<crate::error::Result<Vec<_>>>()
    })?;
    let measured = measured.into_iter().filter_map(|(facet, measured)| Some((facet, measured?)));
    if shell.format == Format::Json {
        let entry = |(facet, (way, recall))| json!({"facet": facet, "way": way, "against_exact": recall});
        print_json(&measured.map(entry).collect())?;
        return Ok(ExitCode::SUCCESS);
    }
    for (facet, (way, recall)) in measured {
        let way = match way {
            Way::Exact => shell.language.pick("exact scan", "精确扫描"),
            Way::Graph => shell.language.pick("graph", "图索引"),
        };
        let (k, share, queries) = (recall.k, recall.recall, recall.queries);
        let (p50, p95) = (recall.p50_ms, recall.p95_ms);
        print_line(&shell.language.pick(
            format!("{facet:<6} {way:<10} recall@{k} {share:.3} ({queries} queries)  p50 {p50:.2} ms  p95 {p95:.2} ms"),
            format!(
                "{facet:<6} {way}  召回率@{k} {share:.3}（{queries} 次查询）  p50 {p50:.2} 毫秒  p95 {p95:.2} 毫秒"
            ),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
