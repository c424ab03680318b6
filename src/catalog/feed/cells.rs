//! From named cells to a product. Every feed ends here, so that a column means the same whatever file it stands in.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
};

use serde_json::Value;

use super::{
    Fault, Row,
    columns::{Field, plain},
    mapping::{Mapping, Role, Roles},
    media_cell::Place,
};
use crate::catalog::{Price, Product, Review};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    /// A number that is one in its file already: as it is shown there, and its digits with a point.
    Number {
        shown: String,
        digits: String,
    },
    /// From JSON, with its own types.
    Json(Value),
    List(Vec<Cell>),
    /// A file whose name needs no reading.
    File(PathBuf),
    /// A picture or sound itself.
    Bytes(Vec<u8>),
}

impl Cell {
    /// What a person reads in it, empty for nothing; `None` when it is not to be read.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number { shown: text, .. } => Some(text.trim().to_owned()),
            Self::Json(value) => Some(said(value)),
            Self::List(cells) => {
                let parts: Option<Vec<String>> = cells.iter().map(Self::text).collect();
                Some(joined(parts?))
            }
            Self::File(path) => Some(path.display().to_string()),
            Self::Bytes(bytes) => bytes.is_empty().then(String::new),
        }
    }
}

fn said(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            joined(items.iter().map(said).collect())
        }
        other => other.to_string(),
    }
}

fn joined(parts: Vec<String>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A row as its reader found it.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub line: u64,
    /// Its place in its list, from 1, where others stand on the same line.
    pub item: Option<u64>,
    pub cells: Vec<(Arc<str>, Cell)>,
    pub remarks: Vec<Fault>,
}

/// A row that cannot be read, and where.
pub(super) type Unread = (u64, Fault);

pub(super) type Records = Box<dyn Iterator<Item = Result<Record, Unread>> + Send>;

/// Makes products of records.
pub(super) struct Assembly {
    roles: Roles,
    place: Place,
}

impl Assembly {
    pub fn new(mapping: Mapping, place: Place) -> Self {
        Self { roles: Roles::new(mapping), place }
    }

    pub fn row(&mut self, record: Result<Record, Unread>) -> Row {
        let mut record = match record {
            Ok(record) => record,
            Err((line, fault)) => return Row { line, product: Err(fault), remarks: Vec::new() },
        };
        let mut cells: Vec<_> = std::mem::take(&mut record.cells)
            .into_iter()
            .map(|(column, cell)| {
                let (role, place) = self.roles.of(&column);
                (place, role, column, cell)
            })
            .collect();
        // Better names first, so that of `category` and `product_type` the more exact one fills the field.
        cells.sort_by_key(|(place, ..)| *place);
        let mut gathered = Gathered { remarks: std::mem::take(&mut record.remarks), ..Gathered::default() };
        for (_, role, column, cell) in cells {
            match role {
                Role::Ignore => {}
                Role::Field(field) if field.is_media() => gathered.media.push((field, column, cell)),
                Role::Field(field) => gathered.field(field, &column, &cell, self.roles.mapping().says(field)),
                Role::Attribute => gathered.attribute(&column, &cell),
            }
        }
        let Record { line, item, .. } = record;
        let mut row = gathered.into_row(line, item, &self.place);
        if let Some(item) = item {
            let at = |fault: Fault| Fault::Item { item, fault: Box::new(fault) };
            row.line = 0;
            row.product = row.product.map_err(at);
            row.remarks = row.remarks.into_iter().map(at).collect();
        }
        row
    }
}

/// The cells of one row, by what they fill.
#[derive(Default)]
struct Gathered {
    fields: HashMap<Field, String>,
    attributes: BTreeMap<String, String>,
    media: Vec<(Field, Arc<str>, Cell)>,
    reviews: Vec<Review>,
    remarks: Vec<Fault>,
}

impl Gathered {
    /// Of two columns for one field the first that is filled counts, and the other stays as an attribute.
    fn field(&mut self, field: Field, column: &str, cell: &Cell, said: bool) {
        let Some(mut text) = self.text(column, cell) else { return };
        match cell {
            Cell::Json(Value::Number(number)) if field == Field::Price => {
                text = Price::unmistakable(&number.to_string());
            }
            Cell::Number { shown, digits } if field == Field::Price => {
                // What stands beside the number tells the currency.
                let currency = Price::parse(shown).map(|price| price.currency).unwrap_or_default();
                format!("{} {currency}", Price::unmistakable(digits)).trim_end().clone_into(&mut text);
            }
            _ => {}
        }
        if field == Field::Features {
            return self.features(&text);
        }
        // WANDS writes its paths with strokes.
        let text = if plain(column) == "categoryhierarchy" { text.replace(" / ", " > ") } else { text };
        match self.fields.get_mut(&field) {
            None => {
                self.fields.insert(field, text);
            }
            Some(known) if *known == text => {}
            Some(known) if said && matches!(field, Field::Category | Field::CategoryZh) => {
                known.push_str(" > ");
                known.push_str(&text);
            }
            Some(_) => self.keep(column, &text),
        }
    }

    fn attribute(&mut self, column: &str, cell: &Cell) {
        if plain(column) == "reviews" {
            return self.reviews(column, cell);
        }
        if let Some(text) = self.text(column, cell) {
            self.keep(column, &text);
        }
    }

    /// A cell's text unless it is empty.
    fn text(&mut self, column: &str, cell: &Cell) -> Option<String> {
        let Some(text) = cell.text() else {
            self.remarks.push(Fault::Column { column: column.to_owned() });
            return None;
        };
        if text.contains(char::REPLACEMENT_CHARACTER) {
            self.remarks.push(Fault::Replaced { column: column.to_owned() });
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// Keeps an attribute; a second value of one name goes behind the first.
    fn keep(&mut self, name: &str, value: &str) {
        let name = name.trim();
        let name = name.strip_prefix("g:").unwrap_or(name);
        let known = self.attributes.entry(name.to_owned()).or_default();
        if known.is_empty() {
            value.clone_into(known);
        } else if known.split(", ").all(|part| part != value) {
            known.push_str(", ");
            known.push_str(value);
        }
    }

    /// `overallwidth:30|color : white` as attributes; what has no name stays under `product_features`.
    fn features(&mut self, text: &str) {
        for feature in text.split('|').map(str::trim).filter(|feature| !feature.is_empty()) {
            match feature.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
                Some((name, value)) if !name.is_empty() && !value.is_empty() => self.keep(name, value),
                _ => self.keep(Field::Features.name(), feature),
            }
        }
    }

    /// Reviews as a list of objects; a column of that name may also hold their number.
    fn reviews(&mut self, column: &str, cell: &Cell) {
        let read = match cell {
            Cell::Json(value @ Value::Array(_)) => serde_json::from_value(value.clone()),
            Cell::Text(text) if text.trim_start().starts_with("[{") => serde_json::from_str(text),
            _ => Ok(Vec::new()),
        };
        match read {
            Ok(reviews) if !reviews.is_empty() => self.reviews.extend::<Vec<Review>>(reviews),
            read => {
                if let Err(why) = read {
                    self.remarks.push(Fault::Reviews(why.to_string()));
                }
                if let Some(text) = self.text(column, cell) {
                    self.keep(column, &text);
                }
            }
        }
    }

    fn into_row(mut self, line: u64, item: Option<u64>, place: &Place) -> Row {
        let mut take = |field| self.fields.remove(&field).unwrap_or_default();
        let mut product = Product {
            id: take(Field::Id),
            title: take(Field::Title),
            title_zh: take(Field::TitleZh),
            description: take(Field::Description),
            description_zh: take(Field::DescriptionZh),
            category: path(&[
                take(Field::MasterCategory),
                take(Field::Category),
                take(Field::SubCategory),
                take(Field::ArticleType),
            ]),
            category_zh: take(Field::CategoryZh),
            brand: take(Field::Brand),
            link: take(Field::Link),
            ..Product::default()
        };
        let (price, currency) = (take(Field::Price), take(Field::Currency));
        product.price = Price::parse(&price);
        match &mut product.price {
            Some(price) if price.currency.is_empty() && is_code(&currency) => price.currency = currency.to_uppercase(),
            Some(price) if price.currency.eq_ignore_ascii_case(&currency) => {}
            _ if currency.is_empty() => {}
            _ => self.keep("currency", &currency),
        }
        if product.price.is_none() && !price.is_empty() {
            self.keep("price", &price);
            self.remarks.push(Fault::Price(price));
        }
        // The main picture stands before the others, whatever the order of the columns.
        self.media.sort_by_key(|(field, ..)| *field != Field::Image);
        let mut seen = HashSet::new();
        for (field, column, cell) in std::mem::take(&mut self.media) {
            let found = place.files(cell, &column, &mut self.remarks);
            let files = if field == Field::Sound { &mut product.sounds } else { &mut product.pictures };
            files.extend(found.into_iter().filter(|file| seen.insert(file.clone())));
        }
        let empty = product.title.is_empty() && product.title_zh.is_empty();
        if empty && product.pictures.is_empty() && product.sounds.is_empty() {
            return Row { line, product: Err(Fault::Nothing), remarks: self.remarks };
        }
        if product.id.is_empty() {
            // Elements of a list that share a line are told apart from rows by their line.
            product.id = item.map_or_else(|| format!("row-{line}"), |item| format!("item-{item}"));
            self.remarks.push(Fault::NoId(product.id.clone()));
        }
        product.attributes = self.attributes;
        product.reviews = self.reviews;
        Row { line, product: Ok(product), remarks: self.remarks }
    }
}

/// A category that is spread over columns as one path; a step that is there already is not repeated.
fn path(steps: &[String]) -> String {
    let mut path: Vec<&str> = Vec::new();
    for step in steps.iter().flat_map(|step| step.split('>')).map(str::trim).filter(|step| !step.is_empty()) {
        if !path.iter().any(|known| known.eq_ignore_ascii_case(step)) {
            path.push(step);
        }
    }
    path.join(" > ")
}

/// Whether a text looks like an ISO 4217 code.
fn is_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
