//! Feeds as tables: comma, semicolon or tab separated, UTF-8 (with or without byte order mark) or GB18030.

use std::{borrow::Cow, fs, path::Path};

use csv::{ByteRecord, Position, ReaderBuilder};

use super::{Cells, Fault, Row, Rows, columns};
use crate::error::{Error, Result};

/// Opens a table whose first row names the columns.
pub fn open(path: &Path) -> Result<Rows> {
    let bytes = fs::read(path).map_err(|why| Error::unreadable(path, why))?;
    if bytes.is_empty() {
        return Err(Error::EmptyFile { name: path.display().to_string() });
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    let delimiter = delimiter(&bytes);
    let utf8 = std::str::from_utf8(&bytes).is_ok();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(std::io::Cursor::new(bytes));

    let mut heading = ByteRecord::new();
    reader.read_byte_record(&mut heading).map_err(|why| Error::unreadable(path, why))?;
    let heading: Vec<String> = heading.iter().map(|cell| decode(cell, utf8).trim().to_owned()).collect();
    let names_a_product = |column: &String| matches!(columns::field(column), Some(field) if field == columns::Field::Title || field.is_media());
    if !heading.iter().any(names_a_product) {
        return Err(Error::NoColumn { path: path.to_owned(), field: "title", found: heading.join(", ") });
    }

    // Better names first, so that of `category` and `product_type` the more exact one fills the field.
    let mut order: Vec<usize> = (0..heading.len()).collect();
    order.sort_by_key(|&column| columns::preference(&heading[column]));
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut record = ByteRecord::new();
    Ok(Box::new(std::iter::from_fn(move || {
        let more = reader.read_byte_record(&mut record);
        let begin = record.position().cloned().unwrap_or_else(Position::new);
        let line = begin.line();
        let span = begin.byte() as usize..reader.position().byte() as usize;
        let text = reader.get_ref().get_ref().get(span).unwrap_or_default();
        // Without its closing quote a cell swallows the rows below; they are read as if the quote were not there.
        if matches!(more, Ok(true))
            && !quotes_are_closed(text, delimiter)
            && let Some(end) = text.trim_ascii_end().iter().position(|byte| *byte == b'\n')
        {
            let mut next = begin;
            next.set_byte(next.byte() + end as u64 + 1).set_line(line + 1);
            let sought = reader.seek(next);
            let fault = sought.err().map_or(Fault::OpenQuote, |why| Fault::Broken(why.to_string()));
            return Some(Row { line, product: Err(fault) });
        }
        let product = match more {
            Ok(false) => return None,
            Err(why) => Err(Fault::Broken(why.to_string())),
            Ok(true) if record.len() != heading.len() => {
                Err(Fault::Cells { expected: heading.len(), found: record.len() })
            }
            Ok(true) => {
                let mut cells = Cells::default();
                for &column in &order {
                    cells.put(&heading[column], &decode(&record[column], utf8));
                }
                cells.into_product(&folder, format!("row-{line}"))
            }
        };
        Some(Row { line, product })
    })))
}

/// Whether every quoted cell of a record ends where a cell may end.
fn quotes_are_closed(record: &[u8], delimiter: u8) -> bool {
    let (mut quoted, mut at_start, mut rest) = (false, true, record);
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if quoted && *byte == b'"' {
            match rest.first() {
                Some(b'"') => rest = &rest[1..],
                None | Some(b'\r' | b'\n') => quoted = false,
                Some(next) if *next == delimiter => quoted = false,
                Some(_) => return false,
            }
        } else if !quoted {
            quoted = at_start && *byte == b'"';
            at_start = *byte == delimiter;
        }
    }
    !quoted
}

/// The separator that the heading uses most.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| heading.iter().filter(|byte| **byte == separator).count();
    // On a tie the last wins, so the commonest separator stands last.
    [b';', b'\t', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn decode(cell: &[u8], utf8: bool) -> Cow<'_, str> {
    if utf8 { String::from_utf8_lossy(cell) } else { encoding_rs::GB18030.decode(cell).0 }
}
