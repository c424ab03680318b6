//! JSON: judgement lists of the OpenSearch workbench, and the dictionaries of ranx.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Deserializer, Map, Value, json};

use super::{Format, Row, bad, bad_file, grade};
use crate::{
    audit::judgements::Judgements,
    error::{Error, Result},
};

const SRW: &str = r#"Write {"query": "mug", "ratings": [{"docId": "7", "rating": "3.000"}]}."#;
const RANX: &str = r#"Write {"query_id": {"doc_id": 3}}."#;

/// One document or several, one after another.
pub fn read(path: &Path, text: &str) -> Result<(Format, Vec<Row>)> {
    let mut documents = Vec::new();
    for document in Deserializer::from_str(text).into_iter::<Value>() {
        documents.push(document.map_err(|why| bad(path, why.line(), &why.to_string(), SRW))?);
    }
    let mut entries: Vec<Map<String, Value>> = Vec::new();
    for document in documents {
        match document {
            Value::Array(items) => entries.extend(items.into_iter().filter_map(object)),
            Value::Object(mut whole) => match whole.remove("judgmentRatings") {
                Some(Value::Array(items)) => entries.extend(items.into_iter().filter_map(object)),
                _ => entries.push(whole),
            },
            _ => return Err(bad_file(path, "its first line is of no known kind", SRW)),
        }
    }
    if entries.iter().any(|entry| entry.contains_key("ratings")) {
        return Ok((Format::Srw, srw_rows(path, entries)?));
    }
    Ok((Format::RanxJson, ranx_rows(path, entries)?))
}

fn object(value: Value) -> Option<Map<String, Value>> {
    if let Value::Object(map) = value { Some(map) } else { None }
}

fn srw_rows(path: &Path, entries: Vec<Map<String, Value>>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for entry in entries {
        let text = entry.get("query").and_then(Value::as_str).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| bad_file(path, "it names no query", SRW))?;
        for rating in entry.get("ratings").and_then(Value::as_array).into_iter().flatten() {
            let product =
                rating.get("docId").and_then(plain).ok_or_else(|| bad_file(path, "it names no product", SRW))?;
            let written = rating.get("rating").and_then(plain).unwrap_or_default();
            let number = grade(&written).ok_or_else(|| no_number(path, &product, SRW))?;
            rows.push(Row { line: 0, id: None, text: Some(text.to_owned()), product, number });
        }
    }
    Ok(rows)
}

fn ranx_rows(path: &Path, entries: Vec<Map<String, Value>>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (query, products) in entries.into_iter().flatten() {
        let Value::Object(products) = products else {
            return Err(bad_file(path, &format!("it has no products under {query}"), RANX));
        };
        for (product, number) in products {
            let number = number.as_f64().ok_or_else(|| no_number(path, &product, RANX))?;
            rows.push(Row { line: 0, id: Some(query.clone()), text: None, product, number });
        }
    }
    Ok(rows)
}

fn no_number(path: &Path, product: &str, how: &str) -> Error {
    bad_file(path, &format!("the grade is no number: {product}"), how)
}

/// A text or a number as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The body that the workbench imports. Two queries of one text cannot be told apart there.
pub fn srw(path: &Path, judgements: &Judgements, text_of: impl Fn(&str) -> String) -> Result<Vec<u8>> {
    let mut lists = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for query in judgements.queries() {
        let text = text_of(query);
        if let Some(other) = seen.insert(text.clone(), query) {
            let why = format!("two queries have the same text: {other}, {query}");
            return Err(bad_file(path, &why, "Export to qrels, or to JSON or Parquet of ranx, which keep query ids."));
        }
        let ratings: Vec<Value> = judgements
            .of(query)
            .into_iter()
            .flatten()
            .map(|(product, grade)| json!({"docId": product, "rating": rating(*grade)}))
            .collect();
        lists.push(json!({"query": text, "ratings": ratings}));
    }
    let body = json!({
        "name": path.file_stem().unwrap_or_default().to_string_lossy(),
        "description": "Vitrine",
        "type": "IMPORT_JUDGMENT",
        "judgmentRatings": lists,
    });
    written(&body)
}

/// Three decimals as the workbench writes them, more where they would change the grade.
fn rating(grade: f32) -> String {
    let short = format!("{grade:.3}");
    if short.parse::<f32>().is_ok_and(|read| read.total_cmp(&grade).is_eq()) { short } else { grade.to_string() }
}

/// Whole numbers are written as such: ranx takes no other grades.
pub fn ranx<'a>(scores: impl Iterator<Item = (&'a str, &'a str, f64)>) -> Result<Vec<u8>> {
    let mut by_query: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for (query, product, score) in scores {
        let whole = score.fract() == 0.0 && score.abs() < 1e15;
        let value = if whole { json!(score as i64) } else { json!(score) };
        by_query.entry(query).or_default().insert(product, value);
    }
    written(&by_query)
}

fn written(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(|why| Error::Bug { why: why.to_string() })
}
