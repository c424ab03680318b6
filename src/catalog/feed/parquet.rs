//! Parquet tables, row by row and never more of them in memory than a group of rows: texts, numbers, lists, and
//! pictures as data sets write them.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{Field, Row, reader::RowIter},
};
use serde_json::Value;

use super::{
    Opened,
    cells::{Cell, Record},
    fault::Fault,
    kind::Kind,
};
use crate::error::{Error, Result};

/// A list of more numbers than this is a vector, which says nothing to a person.
const MOST_NUMBERS: usize = 16;

/// Opens a table; its lines are its rows, from 1.
pub(super) fn open(path: &Path) -> Result<Opened> {
    let bad = |why: String| Error::BadFeed { path: path.to_owned(), why };
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    // The reader's own assumptions about a damaged file must not end the program.
    let guarded = catch_unwind(AssertUnwindSafe(|| SerializedFileReader::new(file).map_err(|why| why.to_string())));
    let reader = guarded.unwrap_or_else(|_| Err("it is damaged".into())).map_err(bad)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns: Vec<Arc<str>> = schema.root_schema().get_fields().iter().map(|field| field.name().into()).collect();
    let rows = catch_unwind(AssertUnwindSafe(|| RowIter::from_file_into(Box::new(reader))));
    let mut rows = rows.map_err(|_| bad("it is damaged".into()))?;
    let (names, mut line, mut ended) = (columns.clone(), 0, false);
    let records = std::iter::from_fn(move || {
        if ended {
            return None;
        }
        line += 1;
        let next = catch_unwind(AssertUnwindSafe(|| rows.next())).unwrap_or_else(|_| {
            ended = true;
            Some(Err(parquet::errors::ParquetError::General("it is damaged".into())))
        })?;
        // Behind a broken page nothing can be told apart.
        ended |= next.is_err();
        Some(next.map(|row| record(&row, &names, line)).map_err(|why| (line, Fault::Broken(why.to_string()))))
    });
    Ok(Opened {
        kind: Kind::Parquet,
        encoding: None,
        delimiter: None,
        columns,
        records: Box::new(records),
        left_out: Vec::new(),
    })
}

fn record(row: &Row, names: &[Arc<str>], line: u64) -> Record {
    let mut record = Record { line, ..Record::default() };
    for (name, (_, field)) in names.iter().zip(row.get_column_iter()) {
        if is_vector(field) {
            // The whole column is like this: it is told with the first row.
            record.remarks.extend((line == 1).then(|| Fault::Column { column: name.to_string() }));
            continue;
        }
        record.cells.push((name.clone(), cell(field)));
    }
    record
}

fn is_vector(field: &Field) -> bool {
    let number = |field: &Field| matches!(field, Field::Float16(_) | Field::Float(_) | Field::Double(_));
    matches!(field, Field::ListInternal(list) if list.elements().len() > MOST_NUMBERS && list.elements().iter().all(number))
}

fn cell(field: &Field) -> Cell {
    match field {
        Field::Null => Cell::Text(String::new()),
        Field::Str(text) => Cell::Text(text.clone()),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            // Older writers do not mark texts as such.
            Ok(text) if !text.contains('\0') => Cell::Text(text.to_owned()),
            _ => Cell::Bytes(bytes.data().to_vec()),
        },
        Field::Double(number) => number_cell(number.to_string()),
        Field::Float(number) => number_cell(number.to_string()),
        Field::Decimal(_) => number_cell(field.to_string()),
        Field::ListInternal(list)
            if list.elements().iter().any(|item| matches!(item, Field::Group(_)) && media(item).is_none()) =>
        {
            Cell::Json(json(field))
        }
        Field::ListInternal(list) => Cell::List(list.elements().iter().map(cell).collect()),
        Field::Group(_) => media(field).unwrap_or_else(|| Cell::Json(json(field))),
        Field::MapInternal(_) => Cell::Json(json(field)),
        other => Cell::Text(other.to_string()),
    }
}

fn number_cell(digits: String) -> Cell {
    Cell::Number { shown: digits.clone(), digits }
}

/// A picture or sound as `{bytes, path}`, one of which may be missing.
fn media(field: &Field) -> Option<Cell> {
    let Field::Group(group) = field else { return None };
    let inside = |name: &str| group.get_column_iter().find(|(known, _)| known.as_str() == name).map(|(_, field)| field);
    match (inside("bytes")?, inside("path")) {
        (Field::Bytes(bytes), _) => Some(Cell::Bytes(bytes.data().to_vec())),
        (_, Some(Field::Str(path))) => Some(Cell::Text(path.clone())),
        _ => Some(Cell::Text(String::new())),
    }
}

fn json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => Value::Bool(*truth),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::Float(number) => f64::from(*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Group(group) => group
            .get_column_iter()
            .map(|(name, field)| (name.clone(), json(field)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Field::ListInternal(list) => list.elements().iter().map(json).collect(),
        Field::MapInternal(map) => {
            let name = |field: &Field| if let Field::Str(text) = field { text.clone() } else { field.to_string() };
            map.entries().iter().map(|(key, value)| (name(key), json(value))).collect::<serde_json::Map<_, _>>().into()
        }
        Field::Str(text) => Value::String(text.clone()),
        other => Value::String(other.to_string()),
    }
}
