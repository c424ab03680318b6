//! Feeds as JSON: one object a line, one list of objects, or an object with such a list in it. A list is read element
//! by element, so that its size does not matter.

use std::{
    io::{self, BufRead},
    path::Path,
    sync::Arc,
};

use serde_json::Value;

use super::{
    Opened,
    cells::{Cell, Record, Records, Unread},
    columns::{Field, field, plain},
    fault::Fault,
    kind::Kind,
    mapping::Mapping,
    text::{self, LONGEST_ROW, LONGEST_ROW_MIB, Line, Stream},
};
use crate::error::{Error, Result};

/// Names of the list that holds the products, where there are several.
const LISTS: [&str; 8] = ["products", "items", "product", "catalog", "data", "results", "rows", "records"];
/// Objects in objects around the list.
const DEEPEST: usize = 8;
/// Names in the name of a column, `info.size.cm`; what lies deeper is kept as it is written.
const MOST_NAMES: usize = 4;
/// An object of more members is a list by another name, and kept as it is written.
const MOST_MEMBERS: usize = 32;

/// Opens a file of one JSON object a line; empty lines are passed over.
pub(super) fn open_lines(path: &Path, mapping: &Mapping) -> Result<Opened> {
    let (mut stream, encoding) = text::open(path, |_| None)?;
    let (mut number, mut failed, mapping) = (0, false, mapping.clone());
    let records = std::iter::from_fn(move || {
        loop {
            number += 1;
            let mut line = Vec::new();
            // A disk that fails goes on failing: it is told once.
            let read = if failed { Ok(Line::End) } else { text::read_line(&mut stream, b'\n', &mut line) };
            return match read {
                Ok(Line::End) => None,
                Ok(Line::Whole) if line.trim_ascii().is_empty() => continue,
                Ok(Line::Whole) => Some(record(line.trim_ascii(), number, &mapping)),
                Ok(Line::TooLong) => Some(Err((number, Fault::TooLong { limit_mib: LONGEST_ROW_MIB }))),
                Err(why) => {
                    failed = true;
                    Some(Err((number, Fault::Broken(why.to_string()))))
                }
            };
        }
    });
    Ok(opened(Kind::JsonLines, encoding.name(), Box::new(records)))
}

/// Opens a file of one JSON value: a list of objects, an object with one in it, or one product.
pub(super) fn open_value(path: &Path, mapping: &Mapping) -> Result<Opened> {
    let (stream, encoding) = text::open(path, |_| None)?;
    let bad = |why: io::Error| Error::BadFeed { path: path.to_owned(), why: why.to_string() };
    let mut survey = Survey { scanner: Scanner::new(stream), lists: Vec::new() };
    // A file that is broken further on may still have a list worth reading.
    let surveyed = survey.value(0, "");
    let several = surveyed.is_ok() && survey.scanner.see().is_ok_and(|byte| byte == Some(b'{'));
    let best = |name: &str| LISTS.iter().position(|list| plain(name) == *list).unwrap_or(LISTS.len());
    let chosen = (0..survey.lists.len()).min_by_key(|list| (best(&survey.lists[*list]), *list));
    let (stream, _) = text::open(path, |_| None)?;
    let mut inside = Survey { scanner: Scanner::new(stream), lists: Vec::new() };
    let in_list = chosen.filter(|_| !several);
    match in_list {
        Some(chosen) => inside.go_to(chosen).map_err(bad)?,
        None => surveyed.map_err(bad)?,
    }
    let mapping = mapping.clone();
    let mut elements =
        Elements { scanner: inside.scanner, mapping, in_list: in_list.is_some(), ended: false, count: 0, last_line: 0 };
    Ok(opened(Kind::Json, encoding.name(), Box::new(std::iter::from_fn(move || elements.next()))))
}

fn opened(kind: Kind, encoding: &'static str, records: Records) -> Opened {
    Opened { kind, encoding: Some(encoding), delimiter: None, columns: Vec::new(), records, left_out: Vec::new() }
}

/// Whether the first line alone is an object, and more follows or it is a product itself.
pub(super) fn is_lines(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let more = head.get(line.len()..).is_some_and(|rest| !rest.trim_ascii().is_empty());
    let Ok(Value::Object(object)) = serde_json::from_slice(line) else { return false };
    // What lies deep in a product is its own.
    let has = |wanted: Field| object.keys().any(|name| field(name) == Some(wanted));
    let deepest = if has(Field::Id) && has(Field::Title) { 1 } else { DEEPEST };
    more || !object.values().any(|value| holds_objects(value, deepest))
}

fn holds_objects(value: &Value, deepest: usize) -> bool {
    match value {
        Value::Array(items) => items.iter().any(Value::is_object),
        Value::Object(object) => deepest > 1 && object.values().any(|value| holds_objects(value, deepest - 1)),
        _ => false,
    }
}

fn record(bytes: &[u8], line: u64, mapping: &Mapping) -> std::result::Result<Record, Unread> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // Bytes that are no text show as such and are told, rather than lose the product.
    let text = String::from_utf8_lossy(bytes);
    let value: Value = serde_json::from_str(&text).map_err(|why| (line, Fault::Broken(why.to_string())))?;
    let Value::Object(fields) = value else {
        return Err((line, Fault::Broken(r#"expected an object like {"id": "1", "title": "Mug"}"#.into())));
    };
    let mut cells = Vec::new();
    fields.into_iter().for_each(|(name, value)| spread(name, value, 1, mapping, &mut cells));
    Ok(Record { line, cells, ..Record::default() })
}

/// An object in a product becomes cells of its own, `info.name` and `info.size`. It stays whole where it is a picture or
/// sound, where a person has said what its column becomes, and where its own name says more than those of its members.
fn spread(name: String, value: Value, depth: usize, mapping: &Mapping, cells: &mut Vec<(Arc<str>, Cell)>) {
    let inner = match value {
        Value::Object(inner) if depth < MOST_NAMES && inner.len() <= MOST_MEMBERS && !mapping.speaks_of(&name) => inner,
        value => return cells.push((Arc::from(name), cell(value))),
    };
    let known = field(&name);
    let inside = |member: &String| format!("{name}.{member}");
    let is_meant = |column: &String| field(column).is_some() || mapping.speaks_of(column);
    if known.is_some_and(Field::is_media)
        || known.is_some() && !inner.keys().map(inside).any(|column| is_meant(&column))
    {
        // `{"$oid": "1"}` is its only member.
        let mut members = inner.iter().filter(|(_, value)| !value.is_null());
        let whole = match (members.next(), members.next()) {
            (Some((_, only)), None) if !known.is_some_and(Field::is_media) => only.clone(),
            _ => Value::Object(inner),
        };
        return cells.push((Arc::from(name), cell(whole)));
    }
    for (member, value) in inner {
        spread(format!("{name}.{member}"), value, depth + 1, mapping, cells);
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::String(text) => Cell::Text(text),
        other => Cell::Json(other),
    }
}

/// Walks over JSON without understanding more of it than where values begin and end.
struct Scanner {
    stream: Stream,
    line: u64,
}

impl Scanner {
    fn new(stream: Stream) -> Self {
        Self { stream, line: 1 }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.stream.fill_buf()?.first().copied())
    }

    fn next(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if let Some(byte) = byte {
            self.stream.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(byte)
    }

    /// The next byte that is not white space, without taking it.
    fn see(&mut self) -> io::Result<Option<u8>> {
        while self.peek()?.is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.next()?;
        }
        self.peek()
    }

    fn expect(&mut self, expected: u8) -> io::Result<()> {
        match self.see()? {
            Some(byte) if byte == expected => self.next().map(drop),
            Some(byte) => {
                let (byte, expected) = (char::from(byte), char::from(expected));
                Err(io::Error::other(format!("line {}: `{byte}` where `{expected}` should stand", self.line)))
            }
            None => Err(io::Error::other("it is cut short")),
        }
    }

    /// Takes one value; `keep` gets its bytes, up to the longest row.
    fn value(&mut self, mut keep: Option<&mut Vec<u8>>) -> io::Result<()> {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        self.see()?;
        loop {
            let Some(byte) = self.peek()? else {
                return if depth > 0 || quoted { Err(io::Error::other("it is cut short")) } else { Ok(()) };
            };
            if !quoted && depth == 0 && matches!(byte, b',' | b']' | b'}') {
                return Ok(());
            }
            self.next()?;
            if let Some(kept) = keep.as_mut().filter(|kept| kept.len() <= LONGEST_ROW) {
                kept.push(byte);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => continue,
            }
            if depth == 0 && !quoted && matches!(byte, b'"' | b'}' | b']') {
                return Ok(());
            }
        }
    }
}

/// Looks for lists of objects, in the order in which they stand.
struct Survey {
    scanner: Scanner,
    /// Their names; that of a file that is nothing but a list is empty.
    lists: Vec<String>,
}

impl Survey {
    fn value(&mut self, depth: usize, name: &str) -> io::Result<()> {
        match self.scanner.see()? {
            Some(b'{') if depth < DEEPEST => {
                self.object(|survey, name| survey.value(depth + 1, name).map(|()| true)).map(drop)
            }
            Some(b'[') => {
                self.is_list(name)?;
                loop {
                    self.scanner.value(None)?;
                    if self.scanner.see()? != Some(b',') {
                        return self.scanner.expect(b']');
                    }
                    self.scanner.next()?;
                }
            }
            _ => self.scanner.value(None),
        }
    }

    /// Takes the opening of a list, and notes it if it holds objects; reviews are a product's own.
    fn is_list(&mut self, name: &str) -> io::Result<bool> {
        self.scanner.expect(b'[')?;
        let holds = self.scanner.see()? == Some(b'{') || name.is_empty();
        if holds && plain(name) != "reviews" {
            self.lists.push(name.to_owned());
            return Ok(true);
        }
        Ok(false)
    }

    /// Goes through the members of an object for as long as `visit` wants.
    fn object(&mut self, mut visit: impl FnMut(&mut Self, &str) -> io::Result<bool>) -> io::Result<bool> {
        self.scanner.expect(b'{')?;
        if self.scanner.see()? == Some(b'}') {
            return self.scanner.next().map(|_| true);
        }
        loop {
            let mut name = Vec::new();
            self.scanner.value(Some(&mut name))?;
            self.scanner.expect(b':')?;
            let name: String = serde_json::from_slice(&name).unwrap_or_default();
            if !visit(self, &name)? {
                return Ok(false);
            }
            if self.scanner.see()? != Some(b',') {
                return self.scanner.expect(b'}').map(|()| true);
            }
            self.scanner.next()?;
        }
    }

    /// Stops behind the opening of a list that was found before.
    fn go_to(&mut self, chosen: usize) -> io::Result<()> {
        self.enter(chosen, 0, "").map(drop)
    }

    /// Whether to look further.
    fn enter(&mut self, chosen: usize, depth: usize, name: &str) -> io::Result<bool> {
        match self.scanner.see()? {
            Some(b'{') if depth < DEEPEST => self.object(|survey, name| survey.enter(chosen, depth + 1, name)),
            Some(b'[') => {
                if self.is_list(name)? && self.lists.len() > chosen {
                    return Ok(false);
                }
                loop {
                    self.scanner.value(None)?;
                    if self.scanner.see()? != Some(b',') {
                        return self.scanner.expect(b']').map(|()| true);
                    }
                    self.scanner.next()?;
                }
            }
            _ => self.scanner.value(None).map(|()| true),
        }
    }
}

/// The elements of a list, from behind its opening, or objects that stand one after another.
struct Elements {
    scanner: Scanner,
    mapping: Mapping,
    in_list: bool,
    ended: bool,
    /// Elements so far, and where the last of them began.
    count: u64,
    last_line: u64,
}

impl Elements {
    fn next(&mut self) -> Option<std::result::Result<Record, Unread>> {
        let outcome = (!self.ended).then(|| self.element())?;
        outcome.unwrap_or_else(|why| {
            self.ended = true;
            let line = self.scanner.line;
            let shares = self.in_list && line == self.last_line;
            Some(self.told(shares, Err((line, Fault::Broken(why.to_string())))))
        })
    }

    fn element(&mut self) -> io::Result<Option<std::result::Result<Record, Unread>>> {
        let begin = self.scanner.see()?;
        if begin == if self.in_list { Some(b']') } else { None } {
            self.ended = true;
            return Ok(None);
        }
        let (line, mut bytes) = (self.scanner.line, Vec::new());
        self.count += 1;
        self.scanner.value(Some(&mut bytes))?;
        match self.scanner.see()? {
            Some(b',') if self.in_list => drop(self.scanner.next()?),
            Some(b']') if self.in_list => {}
            Some(_) if self.in_list => self.scanner.expect(b',')?,
            Some(_) if bytes.is_empty() => self.scanner.expect(b'{')?,
            None | Some(_) => {}
        }
        if bytes.is_empty() {
            return Err(io::Error::other("it is cut short"));
        }
        let read = if bytes.len() > LONGEST_ROW {
            Err((line, Fault::TooLong { limit_mib: LONGEST_ROW_MIB }))
        } else {
            record(&bytes, line, &self.mapping)
        };
        // A place where the file is broken is told when it is come to.
        let more = self.in_list && self.scanner.see().is_ok_and(|next| next.is_some_and(|byte| byte != b']'));
        let shares = self.in_list && (line == self.last_line || more && line == self.scanner.line);
        self.last_line = line;
        Ok(Some(self.told(shares, read)))
    }

    /// An element by its number, where it shares its line with others.
    fn told(&self, shares: bool, read: std::result::Result<Record, Unread>) -> std::result::Result<Record, Unread> {
        let item = self.count;
        match read {
            read if !shares => read,
            Ok(record) => Ok(Record { item: Some(item), ..record }),
            Err((_, fault)) => Err((0, Fault::Item { item, fault: Box::new(fault) })),
        }
    }
}
