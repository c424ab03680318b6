//! Feeds as JSON Lines: one object a line, the same field names as a table; lists for several pictures or reviews.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use serde_json::Value;

use super::{Cells, Fault, Row, Rows, columns};
use crate::{
    catalog::{Product, Review},
    error::{Error, Result},
};

/// Opens a file of one JSON object a line; empty lines are passed over.
pub fn open(path: &Path) -> Result<Rows> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    if file.metadata().is_ok_and(|kind| kind.len() == 0) {
        return Err(Error::EmptyFile { name: path.display().to_string() });
    }
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut lines = BufReader::new(file).split(b'\n');
    let (mut line, mut failed) = (0, false);
    let next = move || loop {
        line += 1;
        // A disk that fails goes on failing: it is told once.
        let product = match lines.next().filter(|_| !failed)? {
            Ok(bytes) if bytes.trim_ascii().is_empty() => continue,
            Ok(bytes) => product(&bytes, line, &folder),
            Err(why) => {
                failed = true;
                Err(Fault::Broken(why.to_string()))
            }
        };
        return Some(Row { line, product });
    };
    Ok(Box::new(std::iter::from_fn(next)))
}

fn product(bytes: &[u8], line: u64, folder: &Path) -> std::result::Result<Product, Fault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|why| Fault::Broken(why.to_string()))?;
    let Value::Object(fields) = value else {
        return Err(Fault::Broken(r#"expected an object like {"id": "1", "title": "Mug"}"#.into()));
    };
    let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
    fields.sort_by_key(|(name, _)| columns::preference(name));
    let mut cells = Cells::default();
    for (name, value) in fields {
        if name == "reviews" {
            cells.reviews =
                serde_json::from_value::<Vec<Review>>(value).map_err(|why| Fault::Broken(format!("reviews: {why}")))?;
        } else {
            put(&mut cells, &name, &value);
        }
    }
    cells.into_product(folder, format!("row-{line}"))
}

fn put(cells: &mut Cells, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => cells.put(name, text),
        Value::Array(items) if columns::field(name).is_some_and(columns::Field::is_media) => {
            items.iter().for_each(|item| put(cells, name, item));
        }
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let joined: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            cells.put(name, &joined.join(", "));
        }
        other => cells.put(name, &other.to_string()),
    }
}
