//! A file of queries in, a TREC run out: `query_id Q0 doc_id rank score tag`. `trec_eval` ignores the rank and sorts by
//! score, so the scores written are strictly decreasing.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use serde::Deserialize;

use super::{Done, Shell, search::query};
use crate::{
    engine::Engine,
    error::{Error, Result},
    files::write_whole,
    index::RowSet,
    progress::Progress,
    search::{Hit, Weights},
};

/// The last column of a run: who made it.
const TAG: &str = "vitrine";
/// Smallest step between two scores of a run, one unit of the sixth decimal.
const STEP: f64 = 1e-6;

/// One line of a query file.
#[derive(Debug, Deserialize)]
struct Line {
    query_id: Id,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    image: Option<Files>,
    #[serde(default)]
    audio: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Files {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

/// Runs every query and writes the run when all are done. A query that fails is named and the others go on; then the
/// exit status is 1.
pub fn batch(
    shell: &Shell,
    engine: &Arc<Engine>,
    (file, out): (&Path, &Path),
    weights: &Weights,
    filter: Option<Arc<RowSet>>,
    top: usize,
) -> Done {
    let text = fs::read_to_string(file).map_err(|why| Error::unreadable(file, why))?;
    let lines: Vec<(usize, String)> =
        (1..).zip(text.lines().map(str::to_owned)).filter(|(_, l)| !l.trim().is_empty()).collect();
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let (engine, weights) = (engine.clone(), *weights);
    let (run, failed) = shell.watch(move |progress| {
        progress.begin(crate::progress::Stage::Searching, lines.len());
        let (mut run, mut failed) = (String::new(), Vec::new());
        for (number, line) in lines {
            match answer(&engine, &line, &folder, &weights, filter.as_deref(), top) {
                Ok(ranking) => run.push_str(&ranking),
                Err(error) => failed.push((number, error)),
            }
            progress.step()?;
        }
        Ok((run, failed))
    })?;
    write_whole(out, run)?;
    let (bad, place) = (failed.len(), out.display());
    if bad > 0 {
        let english = format!("Queries that failed: {bad}. The ranking of the others is in {place}.");
        eprintln!("{}", shell.language.pick(english, format!("{bad} 个查询失败，其余结果已写入 {place}。")));
    }
    for (number, error) in &failed {
        let reason = error.say(shell.language);
        eprintln!("{}", shell.language.pick(format!("Line {number}: {reason}"), format!("第 {number} 行：{reason}")));
    }
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn answer(
    engine: &Engine,
    line: &str,
    folder: &Path,
    weights: &Weights,
    filter: Option<&RowSet>,
    top: usize,
) -> Result<String> {
    let line: Line = serde_json::from_str(line).map_err(|why| Error::Malformed {
        what: format!("`{line}` ({why})"),
        how: r#"Write {"query_id": "q1", "text": "red sweater"}."#.into(),
    })?;
    let id = match line.query_id {
        Id::Text(id) => id,
        Id::Number(id) => id.to_string(),
    };
    let images = match line.image {
        None => Vec::new(),
        Some(Files::One(file)) => vec![file],
        Some(Files::Several(files)) => files,
    };
    let images: Vec<PathBuf> = images.into_iter().map(|file| folder.join(file)).collect();
    let audio = line.audio.map(|file| folder.join(file));
    let query = query(line.text.as_deref(), &images, audio.as_deref())?;
    let (collection, found) = engine.search(&query, weights, None, None, &Progress::new())?;
    let hits = found.rank(&collection, weights, filter, top)?;
    Ok(ranking(&id, &hits, |row| collection.product(row).unwrap_or_default().id.clone()))
}

fn ranking(query_id: &str, hits: &[Hit], id_of: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut last = f64::INFINITY;
    for (hit, rank) in hits.iter().zip(1..) {
        last = (f64::from(hit.score)).min(last - STEP);
        let _ = writeln!(text, "{} Q0 {} {rank} {last:.6} {TAG}", word(query_id), word(&id_of(hit.row)));
    }
    text
}

/// Ids in a run have no spaces.
fn word(id: &str) -> String {
    id.split_whitespace().collect::<Vec<_>>().join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_fall_strictly_even_in_a_tie() {
        let id_of = |row: usize| ["a", "b c", "d"][row].to_owned();
        let hits = [(0, 1.5), (1, 1.5), (2, 0.25)].map(|(row, score)| Hit { score, ..Hit::of(row) });
        let expected = "q Q0 a 1 1.500000 vitrine\nq Q0 b_c 2 1.499999 vitrine\nq Q0 d 3 0.250000 vitrine\n";
        assert_eq!(ranking("q", &hits, id_of), expected);
    }
}
