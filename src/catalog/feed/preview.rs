//! A look at a source before it is imported: what form it has, which columns, what they seem to mean.

use std::{path::Path, sync::Arc};

use serde::{Serialize, Serializer};

use super::{
    Options, Source,
    cells::Cell,
    columns::Field,
    kind::Kind,
    mapping::{Mapping, Role},
};
use crate::{
    error::{Error, Result},
    language::Language,
};

/// Rows that are looked at.
pub const ROWS: usize = 200;
/// Samples of each column, and the length they are cut to.
const SAMPLES: usize = 5;
const SAMPLE_CHARS: usize = 80;

/// What the first rows of a source tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub kind: Kind,
    /// Of a text, as the web calls it.
    pub encoding: Option<&'static str>,
    pub delimiter: Option<char>,
    pub columns: Vec<Column>,
    /// Rows looked at, at most [`ROWS`].
    pub rows_seen: usize,
    /// Those of them that are not taken.
    pub bad_rows: usize,
}

impl Preview {
    /// What the source is, in a few words: its form, how it is written, and how much of it was looked at.
    pub fn about(&self, language: Language) -> Vec<String> {
        let mut about = vec![self.kind.say(language).to_owned()];
        about.extend(self.encoding.map(str::to_owned));
        about.extend(self.delimiter.map(|delimiter| match delimiter {
            '\t' => language.pick("separated by tabs", "以制表符分隔").to_owned(),
            other => language.pick(format!("separated by {other}"), format!("以 {other} 分隔")),
        }));
        let (rows, bad) = (self.rows_seen, self.bad_rows);
        about.push(language.pick(format!("rows looked at: {rows}"), format!("查看了 {rows} 行")));
        about.extend((bad > 0).then(|| language.pick(format!("bad: {bad}"), format!("{bad} 行有问题"))));
        about
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub name: String,
    /// What it fills: as the mapping says, else as its name suggests. `None` for an attribute.
    #[serde(serialize_with = "name")]
    pub field: Option<Field>,
    /// Left out, as the mapping says.
    pub ignored: bool,
    /// The first that are not empty.
    pub samples: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde asks for it")]
fn name<S: Serializer>(field: &Option<Field>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    field.map(Field::name).serialize(serializer)
}

/// Looks at the first rows of a source. Columns that the mapping speaks of and that are not there are no error here.
pub fn preview(source: &Path, mapping: &Mapping) -> Result<Preview> {
    let open = |mapping: &Mapping| Source::open(source, &Options::default(), mapping);
    // Held until the end: what was unpacked for this look goes with it.
    let Source { opened, unpacked: _unpacked, .. } = match open(mapping) {
        // The heading that an import would take if it were not for what is said, else the likeliest row.
        Err(Error::NoColumn { .. } | Error::UnknownColumn { .. }) => match open(&Mapping::default()) {
            Err(Error::NoColumn { .. }) => open(&Mapping::any_heading())?,
            opened => opened?,
        },
        opened => opened?,
    };
    let mut columns: Vec<(Arc<str>, Vec<String>)> = opened.columns.into_iter().map(|name| (name, Vec::new())).collect();
    let (mut rows_seen, mut bad_rows) = (0, 0);
    for record in opened.records.take(ROWS) {
        rows_seen += 1;
        let Ok(record) = record else {
            bad_rows += 1;
            continue;
        };
        for (name, cell) in record.cells {
            let place = columns.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                columns.push((name, Vec::new()));
                columns.len() - 1
            });
            let samples = &mut columns[place].1;
            let sample = sample(&cell);
            if samples.len() < SAMPLES && !sample.is_empty() {
                samples.push(sample);
            }
        }
    }
    let column = |(name, samples): (Arc<str>, Vec<String>)| {
        let role = mapping.role(&name).0;
        let field = if let Role::Field(field) = role { Some(field) } else { None };
        Column { name: name.to_string(), field, ignored: role == Role::Ignore, samples }
    };
    let columns = columns.into_iter().map(column).collect();
    Ok(Preview {
        kind: opened.kind,
        encoding: opened.encoding,
        delimiter: opened.delimiter,
        columns,
        rows_seen,
        bad_rows,
    })
}

/// The beginning of a cell on one line.
fn sample(cell: &Cell) -> String {
    let text = match cell {
        Cell::Bytes(bytes) => format!("({} bytes)", bytes.len()),
        Cell::List(cells) => cells.iter().take(SAMPLES).map(sample).collect::<Vec<_>>().join(", "),
        cell => cell.text().unwrap_or_default(),
    };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SAMPLE_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
