//! Learning to rank: `rating qid:n # docid query`, with features between that are not looked at.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{Row, bad, bad_file, number};
use crate::{audit::judgements::Judgements, error::Result};

const HOW: &str = "Write `rating qid:n # docid query`.";

pub fn read(path: &Path, text: &str) -> Result<Vec<Row>> {
    let row = |(line, text): (usize, &str)| {
        let bad = |why: &str| bad(path, line, why, HOW);
        let (head, comment) = text.split_once('#').unwrap_or((text, ""));
        let mut words = head.split_ascii_whitespace();
        let grade = words.next().unwrap_or_default();
        let number = number(grade).ok_or_else(|| bad(&format!("the grade is no number: {grade}")))?;
        let query = words.next().and_then(|word| word.strip_prefix("qid:")).filter(|id| !id.is_empty());
        let query = query.ok_or_else(|| bad("it names no query"))?;
        let comment = comment.trim();
        let (product, text) = comment.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((comment, ""));
        if product.is_empty() {
            return Err(bad("it names no product"));
        }
        let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(Row { line, id: Some(query.to_owned()), text, product: unescaped(product), number })
    };
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).map(row).collect()
}

/// `n` is the query's id where that is a number, else its place in the file.
pub fn write(path: &Path, judgements: &Judgements, text_of: impl Fn(&str) -> String) -> Result<String> {
    let mut text = String::new();
    let places: BTreeMap<&str, usize> = judgements.queries().zip(1..).collect();
    let all_numbers = judgements.queries().all(|query| query.parse::<u64>().is_ok());
    for (query, product, grade) in judgements.iter() {
        let words = text_of(query);
        if words.contains(['\n', '\r']) || words.trim() != words || product.contains('␠') {
            let why = format!("a query or id cannot stand on a line: `{query}`");
            return Err(bad_file(path, &why, "Export to CSV, JSON or Parquet instead."));
        }
        let number = if all_numbers { query.to_owned() } else { places[query].to_string() };
        let _ = writeln!(text, "{grade} qid:{number} # {} {words}", escaped(product));
    }
    Ok(text)
}

/// A product id ends at the first space, as in TREC files.
fn escaped(id: &str) -> String {
    id.replace(' ', "␠").replace('\t', "␉")
}

fn unescaped(id: &str) -> String {
    id.replace('␠', " ").replace('␉', "\t")
}
