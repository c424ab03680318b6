//! The files that tools of the field keep judgements and runs in. What kind a file is shows in its content; what is
//! written follows from the ending of its name. Whatever is read here and written again says the same.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::Path,
};

use super::{
    judgements::Judgements,
    queries::{self, QuerySet},
    run::{self, Run},
};
use crate::error::{Error, Result};

mod json;
mod ltr;
mod parquet;
pub(super) mod table;
mod trec;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// TREC judgements, `query_id 0 doc_id rel`.
    Qrels,
    /// A TREC run, `query_id Q0 doc_id rank score tag`.
    Run,
    /// A table; Quepid's basic export is `query,docid,rating`. Read with `query_id` or `query`, and the column names of
    /// WANDS and ESCI.
    Quepid,
    /// Learning to rank, `rating qid:n # docid query`.
    Ltr,
    /// Judgement list of the `OpenSearch` Search Relevance Workbench.
    Srw,
    /// `{"query_id": {"doc_id": number}}`.
    RanxJson,
    /// Columns `q_id, doc_id, score`.
    RanxParquet,
}

impl Format {
    /// What a file of this name is written as; `.json` is ranx', `.srw.json` the workbench's. `None` where the ending says
    /// nothing.
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        match () {
            () if ends(&[".srw.json"]) => Some(Self::Srw),
            () if ends(&[".json"]) => Some(Self::RanxJson),
            () if ends(&[".parquet"]) => Some(Self::RanxParquet),
            () if ends(&[".csv"]) => Some(Self::Quepid),
            () if ends(&[".ltr", ".svm", ".libsvm", ".svmlight"]) => Some(Self::Ltr),
            () if ends(&[".run"]) => Some(Self::Run),
            () if ends(&[".qrels", ".qrel", ".txt", ".trec"]) => Some(Self::Qrels),
            () => None,
        }
    }
}

/// What a file says, before queries that are named by their text have found their ids.
#[derive(Debug)]
pub struct Read {
    pub format: Format,
    pub(super) rows: Vec<Row>,
}

/// One number of a file: the grade of a product, or its score.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// From 1; 0 where the file has no lines.
    pub line: usize,
    pub id: Option<String>,
    /// What the query asks, where that is what names it.
    pub text: Option<String>,
    pub product: String,
    pub number: f64,
}

const KNOWN: &str = "Known are TREC qrels and runs, CSV with query, docid and rating, LTR, SRW JSON, and JSON or Parquet of \
                     ranx.";

/// Reads a file of any kind that is known.
pub fn read(path: &Path) -> Result<Read> {
    let bytes = fs::read(path).map_err(|why| Error::unreadable(path, why))?;
    if bytes.starts_with(b"PAR1") {
        return Ok(Read { format: Format::RanxParquet, rows: parquet::read(path)? });
    }
    let text = text(path, &bytes)?;
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let words: Vec<&str> = first.split_ascii_whitespace().collect();
    let read = |format, rows| Ok(Read { format, rows });
    if first.trim_start().starts_with(['{', '[']) {
        let (format, rows) = json::read(path, &text)?;
        return read(format, rows);
    }
    if table::has_heading(first) {
        return read(Format::Quepid, table::read_judgements(path, &text)?);
    }
    match words.len() {
        _ if words.get(1).is_some_and(|word| word.starts_with("qid:")) => read(Format::Ltr, ltr::read(path, &text)?),
        5 | 6 => read(Format::Run, trec::read_run(path, &text)?),
        3 | 4 if !first.contains(',') => read(Format::Qrels, trec::read_qrels(path, &text)?),
        _ => Err(bad_file(path, "its first line is of no known kind", KNOWN)),
    }
}

/// The text of a file, UTF-8 with or without byte order mark, or GB18030.
pub(super) fn text<'a>(path: &Path, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(bad_file(path, "its content is no text", KNOWN));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Error::EmptyFile { name: path.display().to_string() });
    }
    Ok(std::str::from_utf8(bytes).map_or_else(|_| encoding_rs::GB18030.decode(bytes).0, Cow::Borrowed))
}

impl Read {
    pub fn into_judgements(self, path: &Path, queries: Option<&QuerySet>) -> Result<Judgements> {
        if self.format == Format::Run {
            let how = "Give a file with grades: TREC qrels, CSV with query, docid and rating, LTR, SRW JSON.";
            return Err(bad_file(path, "it is a run, which has scores and no grades", how));
        }
        let resolver = Resolver::new(self.format, queries);
        let mut judgements = Judgements::default();
        for row in self.rows {
            let grade = row.number as f32;
            for query in resolver.ids(path, &row)? {
                if judgements.set(query, &row.product, grade).is_some_and(|known| known.total_cmp(&grade).is_ne()) {
                    let how = "Keep one of them, or put each judge into a file of its own.";
                    return Err(bad(path, row.line, "the product has another grade above", how));
                }
            }
        }
        Ok(judgements)
    }

    pub fn into_run(self, path: &Path) -> Result<Run> {
        if !matches!(self.format, Format::Run | Format::RanxJson | Format::RanxParquet) {
            let how = "Give a run: `query_id Q0 doc_id rank score tag`, or JSON or Parquet of ranx.";
            return Err(bad_file(path, "it has grades and no scores", how));
        }
        let mut rankings: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        let mut lines: HashSet<(String, String)> = HashSet::new();
        for Row { line, id, product, number, .. } in self.rows {
            let query = id.unwrap_or_default();
            if !lines.insert((query.clone(), product.clone())) {
                return Err(bad(path, line, "the product stands above already", "Keep one line a query and product."));
            }
            rankings.entry(query).or_default().push((product, number));
        }
        rankings.values_mut().for_each(|ranking| run::order(ranking));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Run { name, rankings })
    }
}

/// Finds the ids of queries that a file names by their text.
struct Resolver<'a> {
    prefers_text: bool,
    /// Ids by text; `None` without a query set.
    by_text: Option<HashMap<String, Vec<&'a str>>>,
    known: HashSet<&'a str>,
}

impl<'a> Resolver<'a> {
    fn new(format: Format, queries: Option<&'a QuerySet>) -> Self {
        let by_text = queries.map(|set| {
            let mut by_text: HashMap<String, Vec<&str>> = HashMap::new();
            // A text alone is meant before the same text with a picture.
            for plain in [true, false] {
                let mut found: HashMap<String, Vec<&str>> = HashMap::new();
                for query in set.queries.iter().filter(|query| query.is_text_alone() == plain && !query.text.is_empty())
                {
                    found.entry(queries::folded(&query.text)).or_default().push(&query.id);
                }
                for (text, ids) in found {
                    by_text.entry(text).or_insert(ids);
                }
            }
            by_text
        });
        let known = queries.iter().flat_map(|set| &set.queries).map(|query| query.id.as_str()).collect();
        Self { prefers_text: format == Format::Ltr, by_text, known }
    }

    fn ids<'row>(&'row self, path: &Path, row: &'row Row) -> Result<Vec<&'row str>> {
        match (&row.id, &row.text) {
            (Some(id), text) if text.is_none() || !self.prefers_text => Ok(vec![id]),
            (id, Some(text)) => {
                let Some(by_text) = &self.by_text else { return Ok(vec![text]) };
                let by_id = || id.as_deref().filter(|id| self.known.contains(id)).map(|id| vec![id]);
                // Without queries' texts a file may have the id where the text would be.
                let by_name = || self.known.contains(text.as_str()).then(|| vec![text.as_str()]);
                by_text.get(&queries::folded(text)).cloned().or_else(by_name).or_else(by_id).ok_or_else(|| {
                    let why = format!("no query of the set has this text: {text}");
                    bad(path, row.line, &why, "Add the query to the set, or remove the line.")
                })
            }
            (_, None) => Err(bad(path, row.line, "it names no query", "Give the query's id or text.")),
        }
    }
}

/// Judgements as a file of this kind has them.
pub fn write_judgements(
    path: &Path,
    format: Format,
    judgements: &Judgements,
    queries: Option<&QuerySet>,
) -> Result<Vec<u8>> {
    let texts: HashMap<&str, &str> = queries
        .iter()
        .flat_map(|set| &set.queries)
        .filter(|query| !query.text.is_empty())
        .map(|query| (query.id.as_str(), query.text.as_str()))
        .collect();
    let text_of = |query: &str| texts.get(query).copied().unwrap_or(query).to_owned();
    let scores = || judgements.iter().map(|(query, product, grade)| (query, product, decimal(grade)));
    match format {
        Format::Qrels => trec::qrels(path, judgements).map(String::into_bytes),
        Format::Quepid => table::quepid(judgements, text_of),
        Format::Ltr => ltr::write(path, judgements, text_of).map(String::into_bytes),
        Format::Srw => json::srw(path, judgements, text_of),
        Format::RanxJson => json::ranx(scores()),
        Format::RanxParquet => parquet::write(scores()),
        Format::Run => Err(bad_file(
            path,
            "a run has scores and no grades",
            "Choose another kind of file for judgements: qrels, quepid, ltr, srw, ranx-json or ranx-parquet.",
        )),
    }
}

/// A run as a file of this kind has it.
pub fn write_run(path: &Path, format: Format, run: &Run) -> Result<Vec<u8>> {
    let scores = || {
        run.rankings.iter().flat_map(|(query, ranking)| {
            ranking.iter().map(move |(product, score)| (query.as_str(), product.as_str(), *score))
        })
    };
    match format {
        Format::RanxJson => json::ranx(scores()),
        Format::RanxParquet => parquet::write(scores()),
        Format::Run | Format::Qrels => trec::run(path, run).map(String::into_bytes),
        Format::Quepid | Format::Ltr | Format::Srw => Err(bad_file(
            path,
            "it has grades and no scores",
            "Choose another kind of file for a run: run, ranx-json or ranx-parquet.",
        )),
    }
}

pub(super) fn trec_lines(path: &Path, tag: &str, query: &str, ranking: &[(String, f64)]) -> Result<String> {
    trec::run_lines(path, tag, query, ranking)
}

/// A grade as a person writes it: a number, or a label of WANDS (Exact 1, Partial 0.5, Irrelevant 0) or ESCI (Exact 1,
/// Substitute 0.1, Complement 0.01, Irrelevant 0, by word or first letter).
fn grade(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    let label = match cell.to_lowercase().as_str() {
        "e" | "exact" => 1.0,
        "partial" => 0.5,
        "s" | "substitute" => 0.1,
        "c" | "complement" => 0.01,
        "i" | "irrelevant" => 0.0,
        _ => return number(cell),
    };
    Some(label)
}

fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number that is written the same way: 0.1 for the 32-bit 0.1, which is not quite it.
fn decimal(grade: f32) -> f64 {
    grade.to_string().parse().unwrap_or_else(|_| f64::from(grade))
}

/// A line that cannot be read; 0 where the file has no lines.
pub(super) fn bad(path: &Path, line: usize, why: &str, how: &str) -> Error {
    if line == 0 {
        return bad_file(path, why, how);
    }
    Error::BadLine { path: path.to_owned(), line, why: why.to_owned(), how: how.to_owned() }
}

pub(super) fn bad_file(path: &Path, why: &str, how: &str) -> Error {
    Error::BadTable { path: path.to_owned(), why: why.to_owned(), how: how.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::queries::AuditQuery, language::Language};

    fn judgements() -> Judgements {
        let mut judgements = Judgements::default();
        for (query, product, grade) in [
            ("1", "https://shop.example/p?id=7&x=a%20b", 3.0),
            ("1", "red sweater", 0.0),
            ("1", "tab\there", -1.0),
            ("红色毛衣", "毛衣-1", 0.1),
            ("红色毛衣", "a,\"b\"", 2.0),
        ] {
            judgements.set(query, product, grade);
        }
        judgements
    }

    fn set() -> QuerySet {
        let query = |id: &str, text: &str| AuditQuery { id: id.into(), text: text.into(), ..AuditQuery::default() };
        QuerySet { queries: vec![query("1", "Red  sweater"), query("红色毛衣", "一件, \"红\"毛衣")] }
    }

    const ALL: [(Format, &str); 6] = [
        (Format::Qrels, "a.qrels"),
        (Format::Quepid, "a.csv"),
        (Format::Ltr, "a.ltr"),
        (Format::Srw, "a.srw.json"),
        (Format::RanxJson, "a.json"),
        (Format::RanxParquet, "a.parquet"),
    ];

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        for (format, name) in ALL {
            let path = folder.path().join(name);
            assert_eq!(Format::of_name(&path), Some(format));
            for queries in [None, Some(&set())] {
                judgements().write(&path, format, queries).unwrap();
                let read = read(&path).unwrap();
                assert_eq!(read.format, format, "{name}");
                assert_eq!(read.into_judgements(&path, queries).unwrap(), judgements(), "{name} {}", queries.is_some());
            }
        }
    }

    #[test]
    fn runs_are_read_again_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let ranking = [("b", 2.5), ("a c", 1.25), ("https://x.example/%20", 1.25), ("z", -3.0)];
        let ranking: Vec<(String, f64)> = ranking.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect();
        let run = Run { name: "a".into(), rankings: [("毛衣 1".to_owned(), ranking.clone())].into() };
        for (format, name) in [(Format::Run, "a.run"), (Format::RanxJson, "a.json"), (Format::RanxParquet, "a.parquet")]
        {
            let path = folder.path().join(name);
            fs::write(&path, write_run(&path, format, &run).unwrap()).unwrap();
            let again = Run::read(&path).unwrap();
            let ids = |run: &Run| run.rankings["毛衣 1"].iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            let mut expected = ids(&run);
            if format != Format::Run {
                // Equal scores are read in trec_eval's order.
                expected.swap(1, 2);
            }
            assert_eq!(ids(&again), expected, "{name}");
        }
    }

    /// Reads a file's content as `query product grade` lines, or says the error.
    fn read_text(content: &str, queries: Option<&QuerySet>, language: Language) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, content).unwrap();
        match Judgements::read(&path, queries) {
            Ok(judgements) => {
                let rows: Vec<String> =
                    judgements.iter().map(|(query, product, grade)| format!("{query} {product} {grade}")).collect();
                rows.join("; ")
            }
            Err(error) => error.say(language).replace(&path.display().to_string(), "FILE"),
        }
    }

    #[test]
    fn what_tools_write() {
        let check = |content: &str, expected: &str| assert_eq!(read_text(content, None, Language::English), expected);
        check("301 0 d1 2\n301\t0\td2\t-1\r\n\n", "301 d1 2; 301 d2 -1");
        check("query,docid,rating\nred mug,7,3\n\"mug, blue\",8,\n", "red mug 7 3");
        check("\u{FEFF}Query;Doc ID;Rating\nmug;7;1\n", "mug 7 1");
        check(
            "id\tquery_id\tproduct_id\tlabel\n0\t0\t25434\tExact\n1\t0\t12088\tPartial\n2\t0\t3\tIrrelevant\n",
            "0 12088 0.5; 0 25434 1; 0 3 0",
        );
        check(
            "example_id,query,query_id,product_id,esci_label\n0,mug,5,B0,E\n1,mug,5,B1,S\n2,mug,5,B2,C\n3,mug,5,B3,I\n",
            "5 B0 1; 5 B1 0.1; 5 B2 0.01; 5 B3 0",
        );
        check(
            "3 qid:1 # 1234 star wars\n0 qid:1 1:0.5 2:7 # 99 star wars\n1 qid:2\n",
            "Line 3 of FILE: it names no product. Write `rating qid:n # docid query`.",
        );
        check("3 qid:1 # 1234 star wars\n0 qid:2 1:0.5 2:7 # 99\n", "2 99 0; star wars 1234 3");
        check(
            r#"{"query":"mug","ratings":[{"docId":"7","rating":"3.000"},{"docId":8,"rating":0}]}"#,
            "mug 7 3; mug 8 0",
        );
        check(
            "[{\"query\":\"mug\",\"ratings\":[{\"docId\":\"7\",\"rating\":\"1\"}]},\n{\"query\":\"pan\",\"ratings\":[]}]",
            "mug 7 1",
        );
        check(
            r#"{"name":"x","judgmentRatings":[{"query":"mug","ratings":[{"docId":"7","rating":"0.5"}]}]}"#,
            "mug 7 0.5",
        );
        check(r#"{"q1":{"d1":3,"d2":0.5}}"#, "q1 d1 3; q1 d2 0.5");
    }

    #[test]
    fn texts_find_their_ids() {
        let set = set();
        let check = |content: &str, expected: &str| {
            assert_eq!(read_text(content, Some(&set), Language::English), expected);
        };
        check("query,docid,rating\nred SWEATER,7,3\n", "1 7 3");
        check(
            "query,docid,rating\nred sweater,7,3\nblue,8,1\n",
            "Line 3 of FILE: no query of the set has this text: blue. Add the query to the set, or remove the line.",
        );
        check("3 qid:1 # 7 no such words\n", "1 7 3");
        check("301 0 d1 2\n", "301 d1 2");
    }

    #[test]
    fn bad_lines_are_named_with_a_remedy_in_both_languages() {
        let check = |content: &str, english: &str, chinese: &str| {
            assert_eq!(read_text(content, None, Language::English), english);
            assert_eq!(read_text(content, None, Language::Chinese), chinese);
        };
        check(
            "1 0 a 2\n1 0 b x\n",
            "Line 2 of FILE: the grade is no number: x. Write `query_id 0 doc_id grade`.",
            "FILE 第 2 行：评级不是数字：x。请写成 `query_id 0 doc_id grade`。",
        );
        check(
            "1 0 a 2\n1 0 b\n",
            "Line 2 of FILE: the number of columns is wrong: 3. Write `query_id 0 doc_id grade`.",
            "FILE 第 2 行：列数不对：3。请写成 `query_id 0 doc_id grade`。",
        );
        check(
            "1 0 a 2\n1 0 a 1\n",
            "Line 2 of FILE: the product has another grade above. Keep one of them, or put each judge into a file of its own.",
            "FILE 第 2 行：该商品在上文已有不同的评级。请只保留一个，或把每位评审放在单独的文件中。",
        );
        check(
            "query,docid,rating\nmug,7,good\n",
            "Line 2 of FILE: the grade is no number: good. Write a number of 0 or more, or a label such as Exact, Partial, Irrelevant, E, S, C, I.",
            "FILE 第 2 行：评级不是数字：good。请写不小于 0 的数字，或 Exact、Partial、Irrelevant、E、S、C、I 等标签。",
        );
        for (content, part) in [
            ("hello\n", "its first line is of no known kind"),
            ("q Q0 d 1 0.5 x\n", "it is a run"),
            ("query,docid\nmug,7\n", "it has no column with the grade"),
            ("{\"q\":{\"d\":\"x\"}}", "the grade is no number"),
            ("{\"q\":\n{\"d\":}", "Line 2"),
            ("{\"query\":\"a\",\"ratings\":[{\"docId\":\"d\"}]}", "the grade is no number"),
            ("PAR1 and nothing else", "it cannot be read"),
            (" \n", "is empty"),
        ] {
            let said = read_text(content, None, Language::English);
            assert!(said.contains(part), "{content}: {said}");
            let chinese = read_text(content, None, Language::Chinese);
            assert!(!chinese.contains(part), "{content}: {chinese}");
        }
    }
}
