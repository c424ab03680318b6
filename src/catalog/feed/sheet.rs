//! Spreadsheets: the first sheet with a usable heading, its cells as a person sees them. The others are named.

use std::{
    fs::File,
    io::{BufReader, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use calamine::{DataRef, Reader, SheetVisible, Xlsx};
use zip::ZipArchive;

use super::{
    Opened, archive,
    cells::{Cell, Record},
    csv::{HEADING_WITHIN, named, no_heading},
    fault::Fault,
    kind::Kind,
    mapping::Mapping,
    xml::{Part, Parts},
};
use crate::error::{Error, Result};

/// The widest sheet that spreadsheets know.
const MOST_COLUMNS: usize = 16_384;
/// A row of equal cells is stored once with a number; beyond this it is a background, not a list.
const MOST_REPEATS: usize = 1000;

/// Opens a workbook of Excel.
pub(super) fn open_xlsx(path: &Path, mapping: &Mapping) -> Result<Opened> {
    archive::measure(path)?;
    let bad = |why: String| Error::BadFeed { path: path.to_owned(), why };
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    // The reader's own assumptions about a damaged file must not end the program.
    let sheets = catch_unwind(AssertUnwindSafe(|| xlsx(file, mapping))).unwrap_or_else(|_| Err("it is damaged".into()));
    opened(path, Kind::Xlsx, mapping, sheets.map_err(bad)?)
}

/// Opens a spreadsheet as office programs other than Excel write it.
pub(super) fn open_ods(path: &Path, mapping: &Mapping) -> Result<Opened> {
    archive::measure(path)?;
    let bad = |why: String| Error::BadFeed { path: path.to_owned(), why };
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|why| bad(why.to_string()))?;
    let mut content = Vec::new();
    let mut entry = archive.by_name("content.xml").map_err(|why| bad(why.to_string()))?;
    entry.read_to_end(&mut content).map_err(|why| bad(why.to_string()))?;
    opened(path, Kind::Ods, mapping, ods(&content, mapping).map_err(bad)?)
}

/// The sheets up to the first with a heading, and the names of later ones that hold something.
#[derive(Debug, Default)]
struct Sheets {
    read: Vec<(String, Vec<Row>)>,
    rest: Vec<String>,
}

/// A row with the cells that hold something.
#[derive(Debug, Default, PartialEq)]
struct Row {
    line: u64,
    cells: Vec<(usize, String)>,
    /// The digits of those that are numbers, in the same order.
    numbers: Vec<(usize, String)>,
    /// Formulas that failed, and what they say.
    failed: Vec<(usize, String)>,
}

impl Row {
    fn texts(&self) -> Vec<String> {
        let width = self.cells.last().map_or(0, |(column, _)| column + 1);
        let mut texts = vec![String::new(); width];
        self.cells.iter().for_each(|(column, text)| text.trim().clone_into(&mut texts[*column]));
        texts
    }
}

/// Where the heading stands, if it does.
fn heading(rows: &[Row], mapping: &Mapping) -> Option<usize> {
    mapping.heading(&rows.iter().take(HEADING_WITHIN).map(Row::texts).collect::<Vec<_>>())
}

/// Takes the first sheet with a heading.
fn opened(path: &Path, kind: Kind, mapping: &Mapping, Sheets { mut read, rest }: Sheets) -> Result<Opened> {
    let found = read.iter().enumerate().find_map(|(sheet, (_, rows))| Some((sheet, heading(rows, mapping)?)));
    let Some((sheet, place)) = found else {
        let firsts: Vec<_> =
            read.iter().flat_map(|(_, rows)| rows.iter().take(HEADING_WITHIN)).map(Row::texts).collect();
        return Err(no_heading(path, mapping, firsts.iter().map(Vec::as_slice)));
    };
    let (_, mut rows) = read.swap_remove(sheet);
    let others = read.into_iter().filter(|(_, rows)| !rows.is_empty()).map(|(name, _)| name).chain(rest);
    let left_out = others.map(Fault::OtherSheet).collect();
    let below = rows.split_off(place + 1);
    let columns = named(&rows.pop().unwrap_or_default().texts());
    let names = columns.clone();
    let above = rows.into_iter().map(|row| Err((row.line, Fault::AboveHeading)));
    let records = below.into_iter().map(move |row| {
        let name =
            |column: usize| names.get(column).cloned().unwrap_or_else(|| Arc::from(format!("column-{}", column + 1)));
        let remarks = row.failed.into_iter();
        let remarks = remarks.map(|(column, said)| Fault::Formula { column: name(column).to_string(), said }).collect();
        let mut numbers = row.numbers.into_iter().peekable();
        let cell = |(column, shown)| match numbers.next_if(|(at, _)| *at == column) {
            Some((_, digits)) => (name(column), Cell::Number { shown, digits }),
            None => (name(column), Cell::Text(shown)),
        };
        let cells = row.cells.into_iter().map(cell).collect();
        Ok(Record { line: row.line, cells, remarks, ..Record::default() })
    });
    Ok(Opened { kind, encoding: None, delimiter: None, columns, records: Box::new(above.chain(records)), left_out })
}

fn xlsx(file: File, mapping: &Mapping) -> Result<Sheets, String> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|why| why.to_string())?;
    let mut names: Vec<_> = workbook.sheets_metadata().to_vec();
    names.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
    let (mut sheets, mut done) = (Sheets::default(), false);
    for sheet in names {
        // A sheet of charts has no cells.
        let Ok(mut cells) = workbook.worksheet_cells_reader(&sheet.name) else { continue };
        if done {
            // What is wrong with a sheet that is not read stops nothing.
            let mut filled = std::iter::from_fn(|| cells.next_cell().ok().flatten());
            let mut holds = || filled.any(|cell| !seen(cell.get_value()).0.trim().is_empty());
            let holds = catch_unwind(AssertUnwindSafe(&mut holds)).unwrap_or(true);
            sheets.rest.extend(holds.then_some(sheet.name));
            continue;
        }
        let mut rows: Vec<Row> = Vec::new();
        while let Some(cell) = cells.next_cell().map_err(|why| why.to_string())? {
            let (line, column) = (u64::from(cell.get_position().0) + 1, cell.get_position().1 as usize);
            let (text, failed) = seen(cell.get_value());
            if text.is_empty() && failed.is_none() || column >= MOST_COLUMNS {
                continue;
            }
            if rows.last().is_none_or(|row| row.line != line) {
                rows.push(Row { line, ..Row::default() });
            }
            let Some(row) = rows.last_mut() else { continue };
            row.failed.extend(failed.map(|said| (column, said)));
            if !text.is_empty() {
                if matches!(cell.get_value(), DataRef::Float(_) | DataRef::Int(_)) {
                    row.numbers.push((column, text.clone()));
                }
                row.cells.push((column, text));
            }
        }
        done = heading(&rows, mapping).is_some();
        sheets.read.push((sheet.name, rows));
    }
    Ok(sheets)
}

/// A cell as a person sees it, and what a failed formula says.
fn seen(value: &DataRef) -> (String, Option<String>) {
    let text = match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => number_text(moment.as_f64()),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) { date } else { format!("{date} {hour:02}:{minute:02}:{second:02}") }
        }
        DataRef::Error(error) => return (String::new(), Some(error.to_string())),
    };
    (text, None)
}

/// A number with the 15 digits that spreadsheets keep, never with an exponent: 1234567890123 is an id, not 1.23E+12.
fn number_text(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

fn ods(content: &[u8], mapping: &Mapping) -> Result<Sheets, String> {
    let mut parts = Parts::new(content);
    let (mut sheets, mut rows, mut sheet): (Sheets, Vec<Row>, String) = Default::default();
    let mut done = false;
    let (mut line, mut row, mut repeats) = (1_u64, Row::default(), 1_usize);
    let (mut column, mut cell): (usize, Option<OdsCell>) = (0, None);
    let mut open: Vec<String> = Vec::new();
    // Of a note that hangs on a cell nothing is read.
    let mut note = 0_usize;
    loop {
        let part = match parts.next() {
            Ok(Some(part)) => part,
            // What is wrong with a sheet that is not read stops nothing.
            Err(_) if done => break,
            Ok(None) => break,
            Err(why) => return Err(why),
        };
        match part {
            Part::Begin(name, attributes) => {
                match name.as_str() {
                    "table:table" => {
                        (rows, line) = (Vec::new(), 1);
                        attribute(&attributes, "table:name").unwrap_or_default().clone_into(&mut sheet);
                    }
                    "table:table-row" => {
                        repeats = repeated(&attributes, "table:number-rows-repeated");
                        (row, column) = (Row { line, ..Row::default() }, 0);
                    }
                    "table:table-cell" | "table:covered-table-cell" => cell = Some(OdsCell::new(&attributes)),
                    "office:annotation" => note += 1,
                    "text:p" if note == 0 => {
                        cell.iter_mut().filter(|cell| !cell.text.is_empty()).for_each(|cell| cell.text.push('\n'));
                    }
                    "text:s" => cell.iter_mut().for_each(|cell| cell.text.push(' ')),
                    "text:line-break" | "text:tab" => cell.iter_mut().for_each(|cell| cell.text.push(' ')),
                    _ => {}
                }
                open.push(name);
            }
            Part::Text(text) => {
                if let (Some(cell), 0, true) = (cell.as_mut(), note, open.iter().any(|name| name == "text:p")) {
                    cell.text.push_str(&text);
                }
            }
            Part::End => match open.pop().unwrap_or_default().as_str() {
                "office:annotation" => note = note.saturating_sub(1),
                "table:table-cell" | "table:covered-table-cell" => {
                    let OdsCell { text, value, digits, repeats } = cell.take().unwrap_or_default();
                    let text = value.unwrap_or(text);
                    if text.trim().is_empty() {
                        column = column.saturating_add(repeats);
                    } else {
                        for _ in 0..repeats.min(MOST_REPEATS) {
                            if column < MOST_COLUMNS {
                                row.cells.push((column, text.clone()));
                                row.numbers.extend(digits.clone().map(|digits| (column, digits)));
                            }
                            column += 1;
                        }
                    }
                }
                "table:table-row" => {
                    let made = std::mem::take(&mut row);
                    if !made.cells.is_empty() && (!done || rows.is_empty()) {
                        for more in 0..repeats.min(MOST_REPEATS) {
                            let (cells, numbers) = (made.cells.clone(), made.numbers.clone());
                            rows.push(Row { line: line + more as u64, cells, numbers, failed: Vec::new() });
                        }
                    }
                    line = line.saturating_add(repeats as u64);
                }
                "table:table" => {
                    let (name, rows) = (std::mem::take(&mut sheet), std::mem::take(&mut rows));
                    if done {
                        // Cells of another file are kept under its address.
                        sheets.rest.extend((!rows.is_empty() && !name.starts_with("'file:")).then_some(name));
                    } else {
                        done = heading(&rows, mapping).is_some();
                        sheets.read.push((name, rows));
                    }
                }
                _ => {}
            },
        }
    }
    Ok(sheets)
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn repeated(attributes: &[(String, String)], name: &str) -> usize {
    attribute(attributes, name).and_then(|count| count.parse().ok()).unwrap_or(1).max(1)
}

#[derive(Default)]
struct OdsCell {
    /// What is shown.
    text: String,
    /// What is meant, where that reads better.
    value: Option<String>,
    /// Of a number or an amount.
    digits: Option<String>,
    repeats: usize,
}

impl OdsCell {
    fn new(attributes: &[(String, String)]) -> Self {
        let attribute = |name: &str| attribute(attributes, name).map(str::to_owned);
        let kind = attribute("office:value-type");
        let digits = attribute("office:value").filter(|_| matches!(kind.as_deref(), Some("float" | "currency")));
        let value = match kind.as_deref() {
            Some("date") => {
                attribute("office:date-value").map(|date| date.trim_end_matches("T00:00:00").replace('T', " "))
            }
            Some("boolean") => attribute("office:boolean-value"),
            // Long numbers are shown with an exponent in a narrow column.
            Some("float") => {
                attribute("office:value").filter(|value| value.len() >= 12 && value.bytes().all(|b| b.is_ascii_digit()))
            }
            _ => None,
        };
        Self { text: String::new(), value, digits, repeats: repeated(attributes, "table:number-columns-repeated") }
    }
}
