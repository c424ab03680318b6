//! Product feeds as RSS 2.0 or Atom with Google Merchant's `g:` names, and plain lists of `<product>`.

use std::{path::Path, sync::Arc};

use encoding_rs::Encoding;

use super::{
    Opened,
    cells::{Cell, Record, Unread},
    fault::Fault,
    kind::Kind,
    text::{self, Stream},
    xml::{Part, Parts},
};
use crate::error::Result;

/// Elements that are one product each.
const ITEMS: [&str; 5] = ["item", "entry", "product", "offer", "商品"];

/// Opens a feed; each item is a row, its line that of its beginning.
pub(super) fn open(path: &Path) -> Result<Opened> {
    let (stream, encoding) = text::open(path, declared)?;
    let mut items = Items { parts: Parts::new(stream), ended: false };
    Ok(Opened {
        kind: Kind::Xml,
        encoding: Some(encoding.name()),
        delimiter: None,
        columns: Vec::new(),
        records: Box::new(std::iter::from_fn(move || items.next())),
        left_out: Vec::new(),
    })
}

/// What `<?xml encoding="…"?>` says.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&head[..head.len().min(200)]);
    let (_, rest) = head.split_once("encoding=")?;
    let label = rest.get(1..)?.split(['"', '\'']).next()?;
    Encoding::for_label(label.as_bytes())
}

struct Items {
    parts: Parts<Stream>,
    ended: bool,
}

impl Items {
    fn next(&mut self) -> Option<std::result::Result<Record, Unread>> {
        loop {
            let part = if self.ended { Ok(None) } else { self.parts.next() };
            match part {
                Ok(None) => return None,
                // The list that holds items may have their name itself, but not as the outermost element.
                Ok(Some(Part::Begin(name, _))) if self.parts.depth() > 1 && ITEMS.contains(&local(&name)) => {
                    let line = self.parts.line();
                    return Some(self.item(line).map_err(|why| self.end(line, why)));
                }
                Ok(Some(_)) => {}
                Err(why) => {
                    let line = self.parts.line();
                    return Some(Err(self.end(line, why)));
                }
            }
        }
    }

    /// Behind a place where the file is broken nothing can be told apart.
    fn end(&mut self, line: u64, why: String) -> Unread {
        self.ended = true;
        (line, Fault::Broken(why))
    }

    fn item(&mut self, line: u64) -> std::result::Result<Record, String> {
        let depth = self.parts.depth();
        let mut record = Record { line, ..Record::default() };
        while let Some(part) = self.parts.next()? {
            match part {
                Part::Begin(name, attributes) => {
                    let element = Element { name, attributes, ..Element::default() };
                    let element = self.element(element)?;
                    put(&mut record.cells, &element);
                }
                Part::End if self.parts.depth() < depth => break,
                Part::End | Part::Text(_) => {}
            }
        }
        Ok(record)
    }

    /// An element with everything in it; the depth is bounded by the reader.
    fn element(&mut self, mut element: Element) -> std::result::Result<Element, String> {
        while let Some(part) = self.parts.next()? {
            match part {
                Part::Begin(name, attributes) => {
                    let inner = self.element(Element { name, attributes, ..Element::default() })?;
                    element.inner.push(inner);
                }
                Part::Text(text) => element.text.push_str(&text),
                Part::End => break,
            }
        }
        Ok(element)
    }
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    inner: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| local(known) == name).map(|(_, value)| value.as_str())
    }

    fn inside(&self, name: &str) -> Option<&str> {
        self.inner.iter().find(|inner| local(&inner.name) == name).map(|inner| inner.text.trim())
    }

    /// Everything that stands in it, with the names of what has several parts.
    fn said(&self) -> String {
        let text = self.text.trim();
        let named = |inner: &Self| {
            let said = inner.said();
            if inner.inner.is_empty() && self.inner.len() == 1 {
                said
            } else {
                format!("{} {said}", local(&inner.name))
            }
        };
        let parts = self.inner.iter().map(named).filter(|part| !part.trim().is_empty());
        let own = (!text.is_empty()).then(|| text.to_owned());
        own.into_iter().chain(parts).collect::<Vec<_>>().join(", ")
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// One element of an item as cells; an element that is repeated is a list.
fn put(cells: &mut Vec<(Arc<str>, Cell)>, element: &Element) {
    let (name, text) = match (local(&element.name), element.attribute("href"), element.attribute("url")) {
        ("product_detail" | "attribute" | "param", _, _) => {
            let named = element.attribute("name").map(|name| (name, element.text.trim()));
            match element.inside("attribute_name").zip(element.inside("attribute_value")).or(named) {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                None => (local(&element.name).to_owned(), element.said()),
            }
        }
        ("link", Some(address), _) if matches!(element.attribute("rel"), None | Some("alternate")) => {
            ("link".into(), address.to_owned())
        }
        // Where podcasts and shops put a picture or sound beside the item.
        ("enclosure" | "content" | "link", address, other) if address.or(other).is_some() => {
            let kind = element.attribute("type").or_else(|| element.attribute("medium")).unwrap_or("image");
            let column = if kind.starts_with("audio") { "audio_link" } else { "image_link" };
            let known = kind.starts_with("audio") || kind.starts_with("image");
            let column = if known { column } else { local(&element.name) };
            (column.into(), address.or(other).unwrap_or_default().to_owned())
        }
        (name, _, _) => (name.to_owned(), element.said()),
    };
    if text.is_empty() {
        return;
    }
    match cells.iter_mut().find(|(known, _)| **known == *name) {
        Some((_, Cell::List(texts))) => texts.push(Cell::Text(text)),
        Some((_, cell)) => {
            let first = std::mem::replace(cell, Cell::List(Vec::new()));
            *cell = Cell::List(vec![first, Cell::Text(text)]);
        }
        None => cells.push((name.into(), Cell::Text(text))),
    }
}
