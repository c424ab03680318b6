//! `vitrine search --queries`: a file of queries in, a TREC run out, `query_id Q0 doc_id rank score tag`, written query by
//! query.

use std::{io::Write, path::Path, process::ExitCode, sync::Arc};

use super::{Done, Shell};
use crate::{
    audit::{
        Preset,
        queries::QuerySet,
        run::{self, Run},
    },
    engine::Engine,
    error::Error,
    files::stream_whole,
    index::RowSet,
    language::Language,
};

/// The last column of a run: who made it.
const TAG: &str = "vitrine";

/// Runs every query and writes the run when all are done. A query that fails is named and the others go on; then the
/// exit status is 1.
pub fn batch(
    shell: &Shell,
    engine: &Arc<Engine>,
    (file, out): (&Path, &Path),
    preset: Preset,
    filter: Option<Arc<RowSet>>,
    top: usize,
) -> Done {
    let reading = QuerySet::read(file)?;
    let (engine, place) = (engine.clone(), out.to_owned());
    let failed = shell.watch(move |progress| {
        let collection = engine.opened()?;
        let mut failed: Vec<(String, Error)> = Vec::new();
        stream_whole(&place, |file| {
            let encoders = engine.encoders()?;
            let (presets, filter) = ([preset], filter.as_deref());
            run::each(&collection, encoders, &reading.set, &presets, filter, top, progress, &mut |_, query, ranking| {
                let lines = ranking.and_then(|ranking| Run::trec_lines(&place, TAG, &query.id, &ranking));
                match lines {
                    Ok(lines) => file.write_all(lines.as_bytes()).map_err(|why| Error::unwritable(&place, why))?,
                    Err(error) => failed.push((query.id.clone(), error)),
                }
                Ok(())
            })
        })?;
        Ok((reading.faults, failed))
    })?;
    let (bad, place) = (failed.0.len() + failed.1.len(), out.display());
    if bad > 0 {
        let english = format!("Queries that failed: {bad}. The ranking of the others is in {place}.");
        eprintln!("{}", shell.language.pick(english, format!("{bad} 个查询失败，其余结果已写入 {place}。")));
    }
    tell_failures(shell.language, &failed.0, &failed.1);
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Names the lines that could not be read and the queries that failed.
pub fn tell_failures(language: Language, faults: &[Error], failed: &[(String, Error)]) {
    for fault in faults {
        eprintln!("{}", fault.say(language));
    }
    for (query, error) in failed {
        let reason = error.say(language);
        eprintln!("{}", language.pick(format!("Query {query}: {reason}"), format!("查询 {query}：{reason}")));
    }
}
