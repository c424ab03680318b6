//! XML read as a stream, with bounds: no text longer than a row, no nesting without end, nothing fetched from outside.

use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::text::LONGEST_ROW;

/// Elements in elements.
const DEEPEST: usize = 64;

/// What comes next in a file.
#[derive(Debug, PartialEq)]
pub(super) enum Part {
    /// An element begins: its name with prefix, its attributes.
    Begin(String, Vec<(String, String)>),
    /// The element that began last and has not ended ends.
    End,
    Text(String),
}

pub(super) struct Parts<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    depth: usize,
    /// An element without content, which has still to end.
    empty: bool,
}

impl<R: BufRead> Parts<R> {
    pub fn new(stream: R) -> Self {
        let mut reader = Reader::from_reader(Bounded { inner: stream, left: LONGEST_ROW, line: 1 });
        reader.config_mut().check_end_names = true;
        Self { reader, buffer: Vec::new(), depth: 0, empty: false }
    }

    /// The line reached.
    pub fn line(&self) -> u64 {
        self.reader.get_ref().line
    }

    /// How deep the last part stands; 1 is the outermost element.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The next part, `None` at the end of a whole file. After an error nothing more is to be asked.
    pub fn next(&mut self) -> Result<Option<Part>, String> {
        if std::mem::take(&mut self.empty) {
            self.depth -= 1;
            return Ok(Some(Part::End));
        }
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = LONGEST_ROW;
            let event = self.reader.read_event_into(&mut self.buffer).map_err(|why| why.to_string())?;
            let part = match event {
                Event::Start(start) => {
                    self.depth += 1;
                    begin(&start)
                }
                Event::Empty(start) => {
                    self.depth += 1;
                    self.empty = true;
                    begin(&start)
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    Part::End
                }
                Event::Text(text) => Part::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Part::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => Part::Text(entity(&name)),
                // Entities that a document declares for itself are not followed, wherever they lead.
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => continue,
                Event::Eof if self.depth > 0 => return Err("it is cut short".into()),
                Event::Eof => return Ok(None),
            };
            if self.depth > DEEPEST {
                return Err("its elements stand too deep in each other".into());
            }
            return Ok(Some(part));
        }
    }
}

fn begin(start: &BytesStart) -> Part {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten().map(|attribute| {
        let value = unescaped(&attribute.value);
        (attribute.key.as_ref().to_owned(), value)
    });
    Part::Begin(start.name().as_ref().to_owned(), attributes.collect())
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// The character that a reference means; one that is not known stays as it is written.
fn entity(name: &BytesRef) -> String {
    if let Ok(Some(character)) = name.resolve_char_ref() {
        return character.to_string();
    }
    let name = name.xml10_content();
    match name.as_ref() {
        // Of HTML, met in feeds all the same.
        "nbsp" => "\u{A0}".into(),
        "ndash" => "–".into(),
        "mdash" => "—".into(),
        "hellip" => "…".into(),
        "reg" => "®".into(),
        "trade" => "™".into(),
        "copy" => "©".into(),
        "euro" => "€".into(),
        other => quick_xml::escape::resolve_xml_entity(other).map_or_else(|| format!("&{other};"), str::to_owned),
    }
}

/// A stream that ends with an error when one part of the file would fill the memory.
struct Bounded<R> {
    inner: R,
    left: usize,
    line: u64,
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other("one part of it is too long for a product"));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        // What is consumed is still in the buffer.
        if let Ok(taken) = self.inner.fill_buf() {
            self.line += taken[..bytes.min(taken.len())].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        self.left = self.left.saturating_sub(bytes);
        self.inner.consume(bytes);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let read = ready.len().min(buffer.len());
        buffer[..read].copy_from_slice(&ready[..read]);
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(xml: &str) -> Result<String, String> {
        let mut parts = Parts::new(io::BufReader::new(xml.as_bytes()));
        let mut text = String::new();
        while let Some(part) = parts.next()? {
            if let Part::Text(part) = part {
                text.push_str(&part);
            }
        }
        Ok(text)
    }

    #[test]
    fn texts_and_bounds() {
        let check = |xml: &str, expected: Result<&str, &str>| match (text(xml), expected) {
            (Ok(text), Ok(expected)) => assert_eq!(text, expected, "{xml}"),
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
            (found, _) => panic!("{found:?}"),
        };
        check("<a>Tom &amp; &#20013;<![CDATA[<b>]]>&nbsp;!</a>", Ok("Tom & 中<b>\u{A0}!"));
        check("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", Ok("&x;"));
        check(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100)), Err("too deep"));
        check("<a><b>", Err("cut short"));
        check("<a></b>", Err(""));
        check(&format!("<a>{}</a>", "x".repeat(LONGEST_ROW + 50_000)), Err("too long"));
    }
}
