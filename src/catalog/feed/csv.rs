//! Feeds as tables of text: separated by comma, semicolon, tab or bar, read line by line however long they are.

use std::{collections::VecDeque, path::Path, sync::Arc};

use super::{
    Opened,
    cells::{Cell, Record, Unread},
    fault::Fault,
    kind::Kind,
    mapping::Mapping,
    text::{self, LONGEST_ROW_MIB, Line, Stream},
};
use crate::error::{Error, Result};

/// A quoted cell is no longer than this; beyond it a quote was forgotten.
const MOST_LINES: usize = 1000;
const MOST_BYTES: usize = 1 << 20;
/// After so many forgotten quotes the search for the closing one is cut short, for a file of them would take forever.
const MANY_OPEN: usize = 100;
const FEW_LINES: usize = 20;
/// A heading stands among the first rows.
pub(super) const HEADING_WITHIN: usize = 20;

/// Opens a table one of whose first rows names the columns.
pub(super) fn open(path: &Path, mapping: &Mapping) -> Result<Opened> {
    let unreadable = |why: std::io::Error| Error::unreadable(path, why);
    let (mut stream, encoding) = text::open(path, |_| None)?;
    let head = stream.fill_buf().map_err(unreadable)?;
    let (delimiter, end) = (delimiter(head), line_end(head));
    let mut rows = Lines { stream, delimiter, end, line: 0, back: VecDeque::new(), opened: 0, failed: false };
    let (mut seen, mut torn): (Vec<Row>, usize) = (Vec::new(), 0);
    let heading = loop {
        let more = seen.len() <= HEADING_WITHIN && torn <= HEADING_WITHIN;
        match if more { rows.next_row() } else { None } {
            Some(Ok(row)) => {
                seen.push(row);
                // One after the other, so that of a long first row no more than that is read.
                if !mapping.needs_all() && mapping.heading(&seen[seen.len() - 1..]).is_some() {
                    break seen.len() - 1;
                }
            }
            Some(Err((_, Fault::Broken(why)))) => return Err(Error::unreadable(path, why)),
            Some(Err(_)) => torn += 1,
            None => match mapping.heading(&seen) {
                Some(place) => break place,
                None => return Err(no_heading(path, mapping, seen.iter().map(|row| row.cells.as_slice()))),
            },
        }
    };
    let below = seen.split_off(heading + 1);
    let columns = named(&seen.pop().unwrap_or_default().cells);
    let names = columns.clone();
    let told = seen.into_iter().map(|row| Err((row.line, Fault::AboveHeading)));
    let mut below = below.into_iter();
    let records = std::iter::from_fn(move || {
        let row = below.next().map(Ok).or_else(|| rows.next_row())?;
        Some(row.and_then(|row| record(row, &names)))
    });
    Ok(Opened {
        kind: Kind::Table,
        encoding: Some(encoding.name()),
        delimiter: Some(delimiter as char),
        columns,
        records: Box::new(told.chain(records)),
        left_out: Vec::new(),
    })
}

/// Why a table cannot be read: the column that a person spoke of is not there, or none shows a product.
pub(super) fn no_heading<'a>(path: &Path, mapping: &Mapping, rows: impl Iterator<Item = &'a [String]>) -> Error {
    // The row with most names is most likely the heading that was meant.
    let filled = |row: &&[String]| row.iter().filter(|cell| !cell.is_empty()).count();
    let mut fullest: Option<&[String]> = None;
    for row in rows {
        if fullest.is_none_or(|best| filled(&row) > filled(&best)) {
            fullest = Some(row);
        }
    }
    let Some(row) = fullest else { return Error::EmptyFile { name: path.display().to_string() } };
    if let Err(error) = mapping.check(row) {
        return error;
    }
    Error::NoColumn { path: path.to_owned(), field: "title", found: row.join(", ") }
}

/// Names for all columns of a heading; one without a name is called after its place.
pub(super) fn named(heading: &[String]) -> Vec<Arc<str>> {
    let name = |(place, name): (usize, &String)| {
        if name.is_empty() { format!("column-{}", place + 1).into() } else { Arc::from(name.as_str()) }
    };
    heading.iter().enumerate().map(name).collect()
}

/// The cells of a row under their names, unless there are too few or too many of them.
pub(super) fn record(row: Row, names: &[Arc<str>]) -> std::result::Result<Record, Unread> {
    let (expected, found) = (names.len(), row.cells.len());
    let mut remarks = row.remarks;
    if found > expected && row.cells[expected..].iter().all(|cell| cell.trim().is_empty()) {
        remarks.push(Fault::EmptyCells { expected, found });
    } else if found != expected {
        return Err((row.line, Fault::Cells { expected, found }));
    }
    let cells = names.iter().cloned().zip(row.cells.into_iter().map(Cell::Text)).collect();
    Ok(Record { line: row.line, cells, remarks, ..Record::default() })
}

impl AsRef<[String]> for Row {
    fn as_ref(&self) -> &[String] {
        &self.cells
    }
}

/// A row before its columns have names.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Row {
    pub line: u64,
    pub cells: Vec<String>,
    pub remarks: Vec<Fault>,
}

struct Lines {
    stream: Stream,
    delimiter: u8,
    end: u8,
    /// The last line read.
    line: u64,
    /// Lines to be read again: without its closing quote a cell swallows the rows below it.
    back: VecDeque<Vec<u8>>,
    /// How many quotes were not closed.
    opened: usize,
    failed: bool,
}

impl Lines {
    fn next_line(&mut self) -> Option<std::result::Result<Vec<u8>, Unread>> {
        self.line += 1;
        if let Some(line) = self.back.pop_front() {
            return Some(Ok(line));
        }
        let mut line = Vec::new();
        match text::read_line(&mut self.stream, self.end, &mut line) {
            Ok(Line::Whole) => Some(Ok(line)),
            Ok(Line::TooLong) => Some(Err((self.line, Fault::TooLong { limit_mib: LONGEST_ROW_MIB }))),
            Ok(Line::End) => None,
            // A disk that fails goes on failing: it is told once.
            Err(why) => {
                (!std::mem::replace(&mut self.failed, true)).then(|| Err((self.line, Fault::Broken(why.to_string()))))
            }
        }
    }

    /// The next row that is not empty.
    fn next_row(&mut self) -> Option<std::result::Result<Row, Unread>> {
        let first = loop {
            match self.next_line()? {
                Ok(line) if line.iter().all(|byte| matches!(byte, b'\r' | b'\n')) => {}
                Ok(line) => break line,
                Err(unread) => return Some(Err(unread)),
            }
        };
        let (line, mut text, mut below) = (self.line, first, Vec::new());
        let mut scan = Scan::new(self.delimiter);
        scan.read(&text);
        let most = if self.opened < MANY_OPEN { MOST_LINES } else { FEW_LINES };
        while scan.quoted && below.len() < most && text.len() < MOST_BYTES {
            let Some(Ok(more)) = self.next_line() else {
                self.line -= 1;
                break;
            };
            scan.read(&more);
            text.extend_from_slice(&more);
            below.push(more);
        }
        if scan.quoted || scan.stray && !below.is_empty() {
            self.opened += 1;
            self.line = line;
            below.into_iter().rev().for_each(|line| self.back.push_front(line));
            return Some(Err((line, Fault::OpenQuote)));
        }
        Some(Ok(Row { line, cells: split(&text, self.delimiter), remarks: Vec::new() }))
    }
}

/// Follows the quotes of a row over its lines.
#[expect(clippy::struct_excessive_bools, reason = "they are a reader's memory of one byte, and any may hold")]
struct Scan {
    delimiter: u8,
    /// Inside a quoted cell.
    quoted: bool,
    /// After a quote inside one, which ends it or is the first of two.
    closing: bool,
    /// Where a cell begins.
    start: bool,
    /// Something stood behind a closing quote.
    stray: bool,
}

impl Scan {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, quoted: false, closing: false, start: true, stray: false }
    }

    fn read(&mut self, line: &[u8]) {
        for &byte in line {
            if self.closing {
                self.closing = false;
                match byte {
                    b'"' => continue,
                    b'\r' | b'\n' => self.quoted = false,
                    _ => {
                        self.quoted = false;
                        self.stray |= byte != self.delimiter;
                    }
                }
            } else if self.quoted {
                self.closing = byte == b'"';
                continue;
            } else if self.start && byte == b'"' {
                self.quoted = true;
                self.start = false;
                continue;
            }
            self.start = byte == self.delimiter;
        }
        // The end of the file may stand right behind the quote.
        if self.closing && !line.ends_with(b"\n") && !line.ends_with(b"\r") {
            (self.quoted, self.closing) = (false, false);
        }
    }
}

/// The cells of a row whose quotes are closed.
fn split(row: &[u8], delimiter: u8) -> Vec<String> {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    let row = row.strip_suffix(b"\r").unwrap_or(row);
    let (mut cells, mut cell) = (Vec::new(), Vec::new());
    let (mut quoted, mut start, mut rest) = (false, true, row);
    let text = |cell: &mut Vec<u8>| String::from_utf8_lossy(&std::mem::take(cell)).trim().to_owned();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if quoted {
            match (byte, rest.first()) {
                (b'"', Some(b'"')) => {
                    cell.push(b'"');
                    rest = &rest[1..];
                }
                (b'"', _) => quoted = false,
                _ => cell.push(byte),
            }
        } else if byte == delimiter {
            cells.push(text(&mut cell));
            start = true;
            continue;
        } else if start && byte == b'"' {
            quoted = true;
        } else {
            cell.push(byte);
        }
        start = false;
    }
    cells.push(text(&mut cell));
    cells
}

/// The separator that the first line with any uses most, outside quotes.
fn delimiter(head: &[u8]) -> u8 {
    let count = |line: &[u8], separator: u8| {
        let (mut quoted, mut count) = (false, 0);
        for byte in line {
            quoted ^= *byte == b'"';
            count += usize::from(!quoted && *byte == separator);
        }
        count
    };
    // On a tie the last wins, so the commonest separator stands last.
    let most = |line: &[u8]| [b'|', b';', b'\t', b','].into_iter().max_by_key(|separator| count(line, *separator));
    let lines = head.split(|byte| matches!(byte, b'\n' | b'\r')).take(HEADING_WITHIN);
    let mut found = lines.filter_map(|line| most(line).filter(|separator| count(line, *separator) > 0));
    found.next().unwrap_or(b',')
}

/// Lines end with a line feed, in old files with a carriage return alone.
fn line_end(head: &[u8]) -> u8 {
    if head.contains(&b'\r') && !head.contains(&b'\n') { b'\r' } else { b'\n' }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &[u8]) -> Vec<std::result::Result<Row, Unread>> {
        let stream = Box::new(std::io::Cursor::new(text.to_vec()));
        let mut lines =
            Lines { stream, delimiter: b',', end: b'\n', line: 0, back: VecDeque::new(), opened: 0, failed: false };
        std::iter::from_fn(|| lines.next_row()).collect()
    }

    #[test]
    fn separators() {
        let check = |head: &str, expected: char| assert_eq!(delimiter(head.as_bytes()) as char, expected, "{head}");
        check("id,title\n1;2;3", ',');
        check("id;title;\"a,b,c,d\"", ';');
        check("id\ttitle", '\t');
        check("id|title|price", '|');
        check("Our shop\n\nid|title|price", '|');
        check("title", ',');
    }

    #[test]
    fn a_file_of_open_quotes_ends() {
        let text = "1,\"a\n".repeat(20_000);
        let read = rows(text.as_bytes());
        assert!(read.len() > 9_000 && read.iter().any(|row| matches!(row, Err((_, Fault::OpenQuote)))));
    }

    proptest! {
        /// Whatever the csv crate reads of a row with closed quotes, we read.
        #[test]
        fn rows_are_those_of_the_csv_crate(cells in proptest::collection::vec(proptest::collection::vec("[a\",; \n红]{0,6}", 2..5), 1..6)) {
            // Cells are trimmed, so that what is trimmed away must not be there.
            let cells: Vec<Vec<String>> =
                cells.into_iter().map(|row| row.into_iter().map(|cell| format!("x{cell}y")).collect()).collect();
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &cells {
                writer.write_record(row).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let ours: Vec<Vec<String>> = rows(&text).into_iter().map(|row| row.unwrap().cells).collect();
            prop_assert_eq!(ours, cells);
        }

        #[test]
        fn any_bytes_are_rows_or_faults(text in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), any::<u8>()], 0..200)) {
            let lines = text.split(|byte| *byte == b'\n').count() as u64;
            let read = rows(&text);
            let places: Vec<u64> = read.iter().map(|row| row.as_ref().map_or_else(|unread| unread.0, |row| row.line)).collect();
            prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(places.last().is_none_or(|last| *last <= lines));
        }
    }
}
