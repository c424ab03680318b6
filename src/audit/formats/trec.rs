//! TREC files, columns between white space. Ids there have no spaces, so those of ours that do are written with the
//! symbols for them (`␠`, `␉` and so on) and read back from those.

use std::{fmt::Write as _, path::Path};

use super::{Row, bad, bad_file, number};
use crate::{
    audit::{judgements::Judgements, run::Run},
    error::Result,
};

const QRELS: &str = "Write `query_id 0 doc_id grade`.";
const RUN: &str = "Write `query_id Q0 doc_id rank score tag`.";

/// White space and the symbol that stands for it.
const SYMBOLS: [(char, char); 6] = [(' ', '␠'), ('\t', '␉'), ('\n', '␊'), ('\u{B}', '␋'), ('\u{C}', '␌'), ('\r', '␍')];

/// Smallest step between two scores of a run, one unit of the sixth decimal.
const STEP: f64 = 1e-6;
/// `trec_eval` keeps scores in 32 bits; a smaller step, relative to the score, would be lost there.
const RELATIVE_STEP: f64 = 2.4e-7;

pub fn read_qrels(path: &Path, text: &str) -> Result<Vec<Row>> {
    rows(text, |line, words| {
        let [query, _, product, grade] = columns(path, line, words, QRELS)?;
        let number =
            number(grade).ok_or_else(|| bad(path, line, &format!("the grade is no number: {grade}"), QRELS))?;
        Ok(Row { line, id: Some(from_word(query)), text: None, product: from_word(product), number })
    })
}

/// The rank is not looked at, as `trec_eval` does not; the tag may be missing.
pub fn read_run(path: &Path, text: &str) -> Result<Vec<Row>> {
    rows(text, |line, words| {
        let [query, _, product, _, score] = columns(path, line, &words[..words.len().min(5)], RUN)?;
        let number = number(score).ok_or_else(|| bad(path, line, &format!("the score is no number: {score}"), RUN))?;
        Ok(Row { line, id: Some(from_word(query)), text: None, product: from_word(product), number })
    })
}

fn rows(text: &str, row: impl Fn(usize, &[&str]) -> Result<Row>) -> Result<Vec<Row>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| row(number, &line.split_ascii_whitespace().collect::<Vec<_>>())).collect()
}

fn columns<'a, const N: usize>(path: &Path, line: usize, words: &[&'a str], how: &str) -> Result<[&'a str; N]> {
    let wrong = |_| bad(path, line, &format!("the number of columns is wrong: {}", words.len()), how);
    <[&str; N]>::try_from(words).map_err(wrong)
}

pub fn qrels(path: &Path, judgements: &Judgements) -> Result<String> {
    let mut text = String::new();
    for (query, product, grade) in judgements.iter() {
        let _ = writeln!(text, "{} 0 {} {grade}", word(path, query)?, word(path, product)?);
    }
    Ok(text)
}

pub fn run(path: &Path, run: &Run) -> Result<String> {
    let tag = if run.name.trim().is_empty() { "vitrine".to_owned() } else { word(path, &run.name)? };
    run.rankings.iter().map(|(query, ranking)| run_lines(path, &tag, query, ranking)).collect()
}

/// One query of a run. `trec_eval` ignores the rank and sorts by score, so the scores written are strictly decreasing.
pub fn run_lines(path: &Path, tag: &str, query: &str, ranking: &[(String, f64)]) -> Result<String> {
    let mut text = String::new();
    let query = word(path, query)?;
    let mut last = f64::INFINITY;
    for ((product, score), rank) in ranking.iter().zip(1..) {
        let step = if last.is_finite() { STEP.max(last.abs() * RELATIVE_STEP) } else { 0.0 };
        last = score.min(last - step);
        let _ = writeln!(text, "{query} Q0 {} {rank} {last:.6} {tag}", word(path, product)?);
    }
    Ok(text)
}

/// An id without spaces.
fn word(path: &Path, id: &str) -> Result<String> {
    if id.is_empty() || id.contains(SYMBOLS.map(|(_, symbol)| symbol)) {
        let why = format!("an id cannot be a TREC word: `{id}`");
        return Err(bad_file(path, &why, "Export to CSV, JSON or Parquet instead."));
    }
    let symbol = |c| SYMBOLS.iter().find(|(space, _)| *space == c).map_or(c, |(_, symbol)| *symbol);
    Ok(id.chars().map(symbol).collect())
}

fn from_word(word: &str) -> String {
    let space = |c| SYMBOLS.iter().find(|(_, symbol)| *symbol == c).map_or(c, |(space, _)| *space);
    word.chars().map(space).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_fall_strictly_even_in_a_tie() {
        let check = |scores: &[f64], expected: &[&str]| {
            let ranking: Vec<(String, f64)> = scores.iter().map(|score| ("b c".to_owned(), *score)).collect();
            let text = run_lines(Path::new("a.run"), "vitrine", "q", &ranking).unwrap();
            let scores: Vec<&str> = text.lines().map(|line| line.split(' ').nth(4).unwrap()).collect();
            assert_eq!(scores, expected);
            let single: Vec<f32> = scores.iter().map(|score| score.parse().unwrap()).collect();
            assert!(single.is_sorted_by(|a, b| a > b), "{single:?} in 32 bits");
        };
        check(&[1.5, 1.5, 0.25], &["1.500000", "1.499999", "0.250000"]);
        check(&[0.0, 0.0, 0.0], &["0.000000", "-0.000001", "-0.000002"]);
        check(&[40.0, 40.0, 40.0], &["40.000000", "39.999990", "39.999981"]);
    }

    #[test]
    fn ids_with_spaces_are_words() {
        let check = |id: &str, expected: &str| {
            assert_eq!(word(Path::new("a"), id).unwrap(), expected);
            assert_eq!(from_word(expected), id);
        };
        check("red sweater", "red␠sweater");
        check("https://x.example/a%20b", "https://x.example/a%20b");
        check("红\t色", "红␉色");
        assert!(word(Path::new("a"), "a␠b").is_err());
        assert!(word(Path::new("a"), "").is_err());
    }
}
