//! Query sets: what people ask a shop, to be asked again whenever something has changed.
//!
//! A set is read from JSON Lines (ours, one object `{"query_id": "q1", "text": "red sweater"}` a line, or those of the
//! OpenSearch workbench with `queryText`), from a table with a heading, from TREC topics, from lines of id, tab and text, or
//! from a plain list of texts. Paths of pictures and sounds are relative to the file's folder.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::formats::{
    bad,
    table::{Column, Table, has_heading},
    text,
};
use crate::{
    error::{Error, Result},
    files::write_whole,
    media::{clip::Clip, ending, image::Picture},
    search::Query,
};

const LINE: &str = r#"Write {"query_id": "q1", "text": "red sweater"}."#;

/// One query of a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditQuery {
    /// Never empty, unlike that of every other query of the set.
    #[serde(rename = "query_id", alias = "id", deserialize_with = "id")]
    pub id: String,
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(
        default,
        rename = "image",
        alias = "images",
        deserialize_with = "files",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub images: Vec<PathBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<PathBuf>,
    /// What sort of query it is, such as `colour kind`; empty: none.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// How often it was asked; 1: not known.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub frequency: u64,
    /// What else a file said, such as the workbench's `referenceAnswer`.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self {
            id: String::new(),
            text: String::new(),
            images: Vec::new(),
            audio: None,
            class: String::new(),
            frequency: once(),
            other: BTreeMap::new(),
        }
    }
}

impl AuditQuery {
    /// The query to search with; opens its files.
    pub fn open(&self) -> Result<Query> {
        query(Some(&self.text), &self.images, self.audio.as_deref())
    }

    pub fn is_text_alone(&self) -> bool {
        self.images.is_empty() && self.audio.is_none()
    }

    /// Its text, or what stands for it: the names of its files, or its id.
    pub fn title(&self) -> String {
        let files = self.images.iter().chain(&self.audio);
        let names = files.map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        let words = Some(self.text.clone()).filter(|text| !text.trim().is_empty());
        let parts: Vec<String> = words.into_iter().chain(names).collect();
        if parts.is_empty() { self.id.clone() } else { parts.join(" + ") }
    }
}

/// A query from words and files.
pub fn query(text: Option<&str>, images: &[PathBuf], audio: Option<&Path>) -> Result<Query> {
    Ok(Query {
        text: text.unwrap_or_default().to_owned(),
        images: images.iter().map(|path| Ok(Picture::open(path)?.into())).collect::<Result<_, _>>()?,
        audio: audio.map(Clip::open).transpose()?.map(Into::into),
    })
}

/// Queries in the order of their file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QuerySet {
    pub queries: Vec<AuditQuery>,
}

/// What reading a set gave: the good lines, and an error for each of the others.
#[derive(Debug, Default)]
pub struct Reading {
    pub set: QuerySet,
    pub faults: Vec<Error>,
}

impl QuerySet {
    /// Reads a set, whatever its kind.
    pub fn read(path: &Path) -> Result<Reading> {
        let bytes = fs::read(path).map_err(|why| Error::unreadable(path, why))?;
        let text = text(path, &bytes)?;
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let is_json =
            first.trim_start().starts_with('{') || matches!(ending(path).as_deref(), Some("jsonl" | "ndjson"));
        let rows = match () {
            () if is_json => json_lines(path, &text),
            () if first.trim_start().starts_with('<') => topics(path, &text),
            () if has_heading(first) => table(path, &text)?,
            () => plain(path, &text),
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut reading = Reading::default();
        let mut ids = HashSet::new();
        for (line, row) in rows {
            match row {
                Ok(query) if !ids.insert(query.id.clone()) => {
                    let why = format!("the query id stands above already: {}", query.id);
                    reading.faults.push(bad(path, line, &why, "Give every query an id of its own."));
                }
                Ok(mut query) => {
                    query.images.iter_mut().chain(&mut query.audio).for_each(|file| *file = folder.join(&*file));
                    reading.set.queries.push(query);
                }
                Err(fault) => reading.faults.push(fault),
            }
        }
        Ok(reading)
    }

    /// Writes our JSON Lines; files inside the folder of `path` are named relative to it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut lines = String::new();
        for query in &self.queries {
            let mut query = query.clone();
            for file in query.images.iter_mut().chain(&mut query.audio) {
                if let Ok(inside) = file.strip_prefix(folder) {
                    *file = inside.to_owned();
                }
            }
            lines.push_str(&serde_json::to_string(&query).map_err(|why| Error::Bug { why: why.to_string() })?);
            lines.push('\n');
        }
        write_whole(path, lines)
    }

    pub fn get(&self, id: &str) -> Option<&AuditQuery> {
        self.queries.iter().find(|query| query.id == id)
    }

    /// The queries that were asked most; among equals the one of the lower id.
    pub fn most_asked(&self, count: usize) -> Self {
        let mut order: Vec<&AuditQuery> = self.queries.iter().collect();
        order.sort_by(|a, b| b.frequency.cmp(&a.frequency).then_with(|| a.id.cmp(&b.id)));
        Self { queries: order.into_iter().take(count).cloned().collect() }
    }

    /// A sample in which a query asked twice as often is about twice as likely (probability proportional to size, without
    /// replacement; Efraimidis and Spirakis, 2006). The same for the same seed, in the order of the set.
    pub fn sample(&self, count: usize, seed: u64) -> Self {
        let mut draw = fastrand::Rng::with_seed(seed);
        // The logarithm of u^(1/frequency); the largest are taken.
        let key = |query: &AuditQuery| (1.0 - draw.f64()).ln() / query.frequency.max(1) as f64;
        let mut keys: Vec<(f64, usize)> = self.queries.iter().map(key).zip(0..).collect();
        keys.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut taken: Vec<usize> = keys.into_iter().take(count).map(|(_, place)| place).collect();
        taken.sort_unstable();
        Self { queries: taken.into_iter().map(|place| self.queries[place].clone()).collect() }
    }
}

/// A text without differences that a person would not see: capitals and the number of spaces.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

type Rows = Vec<(usize, Result<AuditQuery>)>;

fn filled(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

fn json_lines(path: &Path, text: &str) -> Rows {
    let row = |(line, text): (usize, &str)| {
        let broken = |why: serde_json::Error| bad(path, line, &why.to_string(), LINE);
        let query = serde_json::from_str(text).and_then(|mut fields: Map<String, Value>| {
            // The workbench gives its queries no ids.
            if let Some(asked) = fields.remove("queryText") {
                fields.insert("text".into(), asked);
                if !fields.contains_key("query_id") && !fields.contains_key("id") {
                    fields.insert("query_id".into(), format!("q{line}").into());
                }
            }
            serde_json::from_value::<AuditQuery>(Value::Object(fields))
        });
        let query = query.map_err(broken).and_then(|query| {
            if query.id.is_empty() { Err(bad(path, line, "it names no query", LINE)) } else { Ok(query) }
        });
        (line, query)
    };
    filled(text).map(row).collect()
}

/// A table needs a column with the text or one with pictures or sounds; without ids a row is called by its line.
fn table(path: &Path, text: &str) -> Result<Rows> {
    let table = Table::read(path, text)?;
    let place = |column| table.place(column);
    let known = [Column::QueryId, Column::Query, Column::Image, Column::Audio, Column::Class, Column::Frequency];
    let [id, query, image, audio, class, frequency] = known.map(place);
    let row = |(line, cells): &(usize, Vec<String>)| {
        let cell = |place: Option<usize>| place.map(|place| cells[place].clone()).filter(|cell| !cell.is_empty());
        let images = cell(image).unwrap_or_default();
        let frequency = cell(frequency).map_or(Ok(once()), |times| {
            times.parse().map_err(|_| {
                bad(path, *line, &format!("the frequency is no whole number: {times}"), "Write 1 or more, or nothing.")
            })
        });
        let made = frequency.map(|frequency| AuditQuery {
            id: cell(id).unwrap_or_else(|| format!("q{line}")),
            text: cell(query).unwrap_or_default(),
            images: images.split('|').map(str::trim).filter(|file| !file.is_empty()).map(PathBuf::from).collect(),
            audio: cell(audio).map(PathBuf::from),
            class: cell(class).unwrap_or_default(),
            frequency,
            other: BTreeMap::new(),
        });
        (*line, made)
    };
    Ok(table.rows.iter().map(row).collect())
}

/// `<top> <num> Number: 301 <title> red sweater </top>`; what else a topic says is not asked.
fn topics(path: &Path, text: &str) -> Rows {
    let mut rows = Rows::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("<top>").map(|at| from + at) {
        let end = text[start..].find("</top>").map_or(text.len(), |at| start + at);
        let line = text[..start].lines().count() + 1;
        let part = |tag: &str, label: &str| {
            let topic = &text[start..end];
            let body = &topic[topic.find(tag)? + tag.len()..];
            let body = body.split('<').next().unwrap_or_default().trim();
            let body = body.strip_prefix(label).unwrap_or(body);
            Some(body.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|body| !body.is_empty())
        };
        let query = match (part("<num>", "Number:"), part("<title>", "Topic:")) {
            (Some(id), Some(text)) => Ok(AuditQuery { id, text, ..AuditQuery::default() }),
            _ => {
                Err(bad(path, line, "the topic has no number or no title", "Write <num> 301 and <title> red sweater."))
            }
        };
        rows.push((line, query));
        from = end;
    }
    if rows.is_empty() {
        rows.push((1, Err(bad(path, 1, "its first line is of no known kind", LINE))));
    }
    rows
}

/// `id<TAB>text`, or the text alone.
fn plain(path: &Path, text: &str) -> Rows {
    let row = |(line, text): (usize, &str)| {
        let (id, text) =
            text.split_once('\t').map_or((format!("q{line}"), text), |(id, text)| (id.trim().into(), text));
        let query = AuditQuery { id, text: text.trim().into(), ..AuditQuery::default() };
        let is_good = !query.id.is_empty();
        (line, if is_good { Ok(query) } else { Err(bad(path, line, "it names no query", "Write id, tab and text.")) })
    };
    filled(text).map(row).collect()
}

fn once() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_once(frequency: &u64) -> bool {
    *frequency == once()
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Id {
        Text(String),
        Number(i64),
    }
    Ok(match Id::deserialize(deserializer)? {
        Id::Text(id) => id,
        Id::Number(id) => id.to_string(),
    })
}

fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// One file or a list of them.
fn files<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<PathBuf>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Files {
        One(PathBuf),
        Several(Vec<PathBuf>),
    }
    Ok(match Option::<Files>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Files::One(file)) => vec![file],
        Some(Files::Several(files)) => files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a set and tells each query as `id: title [class] frequency`, faults at the end.
    fn read(name: &str, content: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let reading = QuerySet::read(&path).unwrap();
        let query = |query: &AuditQuery| {
            let inside = query.images.iter().chain(&query.audio).all(|file| file.starts_with(folder.path()));
            assert!(inside, "{query:?}");
            format!("{}: {} [{}] {}", query.id, query.title(), query.class, query.frequency)
        };
        let faults = reading.faults.iter().map(|fault| fault.to_string().replace(&path.display().to_string(), "FILE"));
        reading.set.queries.iter().map(query).chain(faults).collect()
    }

    #[test]
    fn sets_of_every_kind() {
        let check = |name: &str, content: &str, expected: &[&str]| assert_eq!(read(name, content), expected, "{name}");
        check(
            "a.jsonl",
            "{\"query_id\":\"q1\",\"text\":\"mug\",\"class\":\"kind\",\"frequency\":7}\n\n{\"query_id\":2,\"image\":\"a.png\",\"text\":null}\n\
             {\"query_id\":\"q3\",\"image\":[\"a.png\",\"b.png\"],\"audio\":\"c.wav\"}\nnonsense\n{\"query_id\":\"q1\",\"text\":\"pan\"}\n{\"text\":\"x\"}\n",
            &[
                "q1: mug [kind] 7",
                "2: a.png [] 1",
                "q3: a.png + b.png + c.wav [] 1",
                "Line 5 of FILE: expected ident at line 1 column 2. Write {\"query_id\": \"q1\", \"text\": \"red sweater\"}.",
                "Line 6 of FILE: the query id stands above already: q1. Give every query an id of its own.",
                "Line 7 of FILE: missing field `query_id`. Write {\"query_id\": \"q1\", \"text\": \"red sweater\"}.",
            ],
        );
        check(
            "srw.jsonl",
            "{\"queryText\":\"red mug\",\"referenceAnswer\":\"a mug\"}\n{\"queryText\":\"pan\",\"id\":\"x\"}\n",
            &["q1: red mug [] 1", "x: pan [] 1"],
        );
        check(
            "wands.csv",
            "query_id\tquery\tquery_class\n0\tsalon chair\tMassage Chairs\n",
            &["0: salon chair [Massage Chairs] 1"],
        );
        check(
            "a.csv",
            "id,query,frequency,image\n,mug,12,\n,\"a, b\",,x.png|y.png\n,c,often,\n",
            &[
                "q2: mug [] 12",
                "q3: a, b + x.png + y.png [] 1",
                "Line 4 of FILE: the frequency is no whole number: often. Write 1 or more, or nothing.",
            ],
        );
        check("one.csv", "query\nmug\n红色毛衣\n", &["q2: mug [] 1", "q3: 红色毛衣 [] 1"]);
        check(
            "topics.txt",
            "<top>\n<num> Number: 301\n<title> International  Organized\nCrime\n\n<desc> Description:\nx\n</top>\n<top><num>302</num><title>mug</title></top>\n<top>\n<title>x\n</top>",
            &[
                "301: International Organized Crime [] 1",
                "302: mug [] 1",
                "Line 10 of FILE: the topic has no number or no title. Write <num> 301 and <title> red sweater.",
            ],
        );
        check("marco.tsv", "7\tred mug\n8\t红色毛衣\n", &["7: red mug [] 1", "8: 红色毛衣 [] 1"]);
        check("list.txt", "red mug\n\npan\n", &["q1: red mug [] 1", "q3: pan [] 1"]);
    }

    #[test]
    fn a_set_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("set.jsonl");
        let whole = AuditQuery {
            id: "红 1".into(),
            text: "红色毛衣".into(),
            images: vec![folder.path().join("a.png"), "/elsewhere/b.png".into()],
            audio: Some(folder.path().join("c.wav")),
            class: "colour kind".into(),
            frequency: 3,
            other: [("referenceAnswer".to_owned(), "x".into())].into(),
        };
        let set = QuerySet { queries: vec![whole, AuditQuery { id: "2".into(), ..AuditQuery::default() }] };
        set.write(&path).unwrap();
        assert!(fs::read_to_string(&path).unwrap().ends_with("{\"query_id\":\"2\"}\n"));
        let reading = QuerySet::read(&path).unwrap();
        assert!(reading.faults.is_empty());
        assert_eq!(reading.set, set);
    }

    #[test]
    fn samples() {
        let query = |id: usize, frequency| AuditQuery { id: format!("{id:03}"), frequency, ..AuditQuery::default() };
        let set = QuerySet { queries: (0..200).map(|id| query(id, if id < 20 { 100 } else { 1 })).collect() };
        let ids = |set: &QuerySet| set.queries.iter().map(|query| query.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&set.most_asked(3)), ["000", "001", "002"]);
        let sample = set.sample(20, 5);
        assert_eq!(ids(&sample), ids(&set.sample(20, 5)));
        assert_ne!(ids(&sample), ids(&set.sample(20, 6)));
        assert!(ids(&sample).is_sorted());
        // 20 queries have 92 % of all askings.
        let common = sample.queries.iter().filter(|query| query.frequency == 100).count();
        assert!((14..20).contains(&common), "{common}");
        assert_eq!(set.sample(1000, 1), set);
    }
}
