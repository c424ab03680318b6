//! Tables with a heading: Quepid's `query,docid,rating`, and the labels of WANDS and ESCI under their own column names.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Writer};

use super::{Row, bad, bad_file, grade};
use crate::{
    audit::judgements::Judgements,
    error::{Error, Result},
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    QueryId,
    Query,
    Product,
    Grade,
    Image,
    Audio,
    Class,
    Frequency,
}

/// The column of a heading, with or without capitals, spaces and dashes.
pub fn column(name: &str) -> Option<Column> {
    let plain: String = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>().to_lowercase();
    Some(match plain.as_str() {
        "queryid" | "qid" | "topicid" | "topic" | "查询编号" => Column::QueryId,
        "query" | "querytext" | "text" | "查询" | "查询词" => Column::Query,
        "docid" | "productid" | "documentid" | "itemid" | "sku" | "商品编号" => Column::Product,
        "rating" | "grade" | "label" | "escilabel" | "relevance" | "rel" | "score" | "judgement" | "judgment"
        | "评级" | "评分" => Column::Grade,
        "image" | "images" | "imagelink" | "picture" | "图片" => Column::Image,
        "audio" | "audiolink" | "sound" | "声音" => Column::Audio,
        "class" | "queryclass" | "类别" => Column::Class,
        "frequency" | "freq" | "count" | "频次" => Column::Frequency,
        _ => return None,
    })
}

/// Whether a line names columns: a query and something else that is known, or the query alone.
pub fn has_heading(line: &str) -> bool {
    let cells: Vec<&str> = line.split(delimiter(line)).map(|cell| cell.trim().trim_matches('"')).collect();
    let known = || cells.iter().filter_map(|cell| column(cell));
    known().any(|column| matches!(column, Column::QueryId | Column::Query)) && (cells.len() == 1 || known().count() > 1)
}

fn delimiter(line: &str) -> char {
    // On a tie the last wins, so the commonest separator stands last.
    [';', '\t', ','].into_iter().max_by_key(|separator| line.matches(*separator).count()).unwrap_or(',')
}

/// A table in memory: what each column holds, and each row with its line.
pub struct Table {
    pub names: Vec<String>,
    pub rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    pub fn read(path: &Path, text: &str) -> Result<Self> {
        let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let mut reader =
            ReaderBuilder::new().delimiter(delimiter(heading) as u8).flexible(true).from_reader(text.as_bytes());
        let names: Vec<String> = reader
            .headers()
            .map(|names| names.iter().map(|name| name.trim().to_owned()).collect())
            .map_err(|why| bad_file(path, &why.to_string(), HOW))?;
        let mut rows = Vec::new();
        let mut record = StringRecord::new();
        loop {
            let more = reader.read_record(&mut record).map_err(|why| bad_file(path, &why.to_string(), HOW))?;
            if !more {
                return Ok(Self { names, rows });
            }
            let line = record.position().map_or(0, |at| at.line() as usize);
            if record.len() != names.len() {
                let why = format!("the number of columns is wrong: {}", record.len());
                return Err(bad(path, line, &why, "Give every row as many cells as the heading has."));
            }
            rows.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect()));
        }
    }

    /// Where a column stands; of several the first.
    pub fn place(&self, wanted: Column) -> Option<usize> {
        self.names.iter().position(|name| column(name) == Some(wanted))
    }
}

const HOW: &str = "Write a table with the columns query, docid and rating, or query_id, product_id and label.";
const GRADES: &str = "Write a number of 0 or more, or a label such as Exact, Partial, Irrelevant, E, S, C, I.";

/// Rows without a grade are products that nobody has judged yet.
pub fn read_judgements(path: &Path, text: &str) -> Result<Vec<Row>> {
    let table = Table::read(path, text)?;
    let (id, query) = (table.place(Column::QueryId), table.place(Column::Query));
    let product =
        table.place(Column::Product).ok_or_else(|| bad_file(path, "it has no column with the product", HOW))?;
    let rating = table.place(Column::Grade).ok_or_else(|| bad_file(path, "it has no column with the grade", HOW))?;
    let mut rows = Vec::new();
    for (line, cells) in &table.rows {
        let cell = |place: Option<usize>| place.map(|place| cells[place].clone()).filter(|cell| !cell.is_empty());
        let written = &cells[rating];
        if written.is_empty() {
            continue;
        }
        let number =
            grade(written).ok_or_else(|| bad(path, *line, &format!("the grade is no number: {written}"), GRADES))?;
        let product = cell(Some(product)).ok_or_else(|| bad(path, *line, "it names no product", HOW))?;
        rows.push(Row { line: *line, id: cell(id), text: cell(query), product, number });
    }
    Ok(rows)
}

pub fn quepid(judgements: &Judgements, text_of: impl Fn(&str) -> String) -> Result<Vec<u8>> {
    let bug = |why: csv::Error| Error::Bug { why: why.to_string() };
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["query", "docid", "rating"]).map_err(bug)?;
    for (query, product, grade) in judgements.iter() {
        writer.write_record([&text_of(query), product, &grade.to_string()]).map_err(bug)?;
    }
    writer.into_inner().map_err(|why| Error::Bug { why: why.to_string() })
}
