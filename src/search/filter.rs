//! Filters: which products a shelf may show. A filter names categories, brands and values by their words, not by codes of
//! one generation, so that it can be kept in a file and means the same for the next generation.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::feed::columns::plain,
    encode::Modality,
    error::{Error, Result},
    index::{
        Columns, RowSet,
        columns::{Coded, Texts},
    },
};

/// Conditions that a product has to fulfil, all of them; within one, any of its values will do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Paths from the root such as `Clothing > Sweaters`, in either language, each with all below it.
    pub categories: Vec<String>,
    pub brands: Vec<String>,
    pub price: Option<PriceRange>,
    /// Values of attributes by name, such as `color`.
    pub attributes: BTreeMap<String, Vec<String>>,
    /// Whether there must (or must not) be text, image, audio.
    pub has: [Option<bool>; 3],
}

/// Prices from `low` to `high`, both included; a product without a price is outside.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriceRange {
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Whichever currency when there is none.
    pub currency: Option<String>,
}

/// What a condition is about. A facet is counted without its own condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Category,
    Brand,
    Price,
    Has(Modality),
    /// The place among the columns' attributes.
    Attribute(usize),
    /// An attribute that the collection does not have, so that no product fulfils the condition.
    Unknown,
}

impl Filter {
    /// Whether every product passes.
    pub fn is_empty(&self) -> bool {
        let attributes = self.attributes.values().all(Vec::is_empty);
        let has = self.has.iter().all(Option::is_none);
        self.categories.is_empty() && self.brands.is_empty() && self.price.is_none() && attributes && has
    }

    /// The rows that pass.
    pub fn rows(&self, columns: &Columns) -> RowSet {
        let mut rows = RowSet::all(columns.rows());
        self.conditions(columns).iter().for_each(|(_, passing)| rows.retain(passing));
        rows
    }

    /// The rows that fulfil each condition, a subject once.
    pub(super) fn conditions(&self, columns: &Columns) -> Vec<(Subject, RowSet)> {
        let mut conditions = Vec::new();
        if !self.categories.is_empty() {
            let nodes = self.categories.iter().flat_map(|path| columns.tree().find(path));
            let mut chosen = vec![false; columns.tree().nodes().len()];
            nodes.for_each(|node| columns.tree().below(node).for_each(|below| chosen[below as usize] = true));
            conditions.push((Subject::Category, coded_rows(columns.categories(), &chosen)));
        }
        if !self.brands.is_empty() {
            conditions.push((Subject::Brand, any_of(columns.brands(), &self.brands)));
        }
        if let Some(range) = &self.price {
            conditions.push((Subject::Price, range.rows(columns)));
        }
        for (modality, wanted) in Modality::ALL.into_iter().zip(self.has) {
            let Some(wanted) = wanted else { continue };
            let with = columns.facet(modality);
            let rows = if wanted { with.clone() } else { with.complement() };
            conditions.push((Subject::Has(modality), rows));
        }
        for (name, values) in self.attributes.iter().filter(|(_, values)| !values.is_empty()) {
            let known = columns.attribute_at(name).and_then(|at| Some((at, columns.attributes().nth(at)?)));
            let (subject, rows) = match known {
                Some((at, attribute)) => (Subject::Attribute(at), any_of(attribute, values)),
                None => (Subject::Unknown, RowSet::none(columns.rows())),
            };
            match conditions.iter_mut().find(|(other, _)| *other == subject) {
                // `color` and `Color` are one attribute.
                Some((_, earlier)) => earlier.retain(&rows),
                None => conditions.push((subject, rows)),
            }
        }
        conditions
    }

    /// The values chosen of an attribute, however its name is spelled.
    pub fn chosen(&self, attribute: &str) -> impl Iterator<Item = &str> {
        let name = plain(attribute);
        let same = self.attributes.iter().filter(move |(other, _)| plain(other) == name);
        same.flat_map(|(_, values)| values).map(String::as_str)
    }

    /// Reads what the shell is given: `brand=Acme,Bolt`, `category=Clothing > Sweaters`, `price=10..50`, `price=..50 EUR`,
    /// `has=image,audio`, `has=-text`, and any attribute, `color=red,blue`. A comma inside a value is written `\,`.
    /// Several texts are one filter, and several for one name add their values.
    ///
    /// # Errors
    /// [`Error::Malformed`], which says how to write it.
    pub fn parse(texts: &[String]) -> Result<Self> {
        let mut filter = Self::default();
        for text in texts {
            let malformed = |how: &str| Error::Malformed { what: format!("`{text}`"), how: how.into() };
            let (name, given) = text
                .split_once('=')
                .map(|(name, given)| (name.trim(), values(given)))
                .filter(|(name, values)| !name.is_empty() && !values.is_empty())
                .ok_or_else(|| malformed(HOW))?;
            match name.to_lowercase().as_str() {
                "category" => filter.categories.extend(given),
                "brand" => filter.brands.extend(given),
                // A thousands comma would be two values; prices are taken as they stand.
                "price" => {
                    let range = text.split_once('=').map_or("", |(_, range)| range);
                    filter.price = Some(PriceRange::parse(range).ok_or_else(|| malformed(HOW_PRICE))?);
                }
                "has" => {
                    for facet in given {
                        let wanted = !facet.starts_with('-');
                        let modality: Modality =
                            facet.trim_start_matches('-').parse().map_err(|_| malformed(HOW_HAS))?;
                        filter.has[modality.index()] = Some(wanted);
                    }
                }
                _ => filter.attributes.entry(name.to_owned()).or_default().extend(given),
            }
        }
        Ok(filter)
    }

    /// Names the first category, brand, attribute or value that no product has, which a typing error makes silently empty
    /// otherwise.
    ///
    /// # Errors
    /// [`Error::UnknownFilter`].
    pub fn check(&self, columns: &Columns) -> Result<()> {
        let unknown = |name: &str, value: &str, known: Vec<&str>| Error::UnknownFilter {
            what: if value.is_empty() { name.to_owned() } else { format!("{name}={value}") },
            known: shortened(&known),
        };
        for path in &self.categories {
            if columns.tree().find(path).is_empty() {
                let roots = columns.tree().nodes().iter().filter(|node| node.parent.is_none());
                return Err(unknown("category", path, roots.map(|node| node.label.as_str()).collect()));
            }
        }
        let labels = |labels: Texts| -> Vec<String> {
            (0..labels.len().min(MOST_NAMED + 1)).map(|at| labels.get(at).to_owned()).collect()
        };
        for brand in &self.brands {
            if columns.brands().code_of(brand).is_none() {
                let known = labels(columns.brands().labels);
                return Err(unknown("brand", brand, known.iter().map(String::as_str).collect()));
            }
        }
        for (name, values) in &self.attributes {
            let Some(attribute) = columns.attribute_at(name).and_then(|at| columns.attributes().nth(at)) else {
                return Err(unknown(name, "", columns.attributes().map(|attribute| attribute.name).collect()));
            };
            if let Some(value) = values.iter().find(|value| attribute.code_of(value).is_none()) {
                let known = labels(attribute.labels);
                return Err(unknown(name, value, known.iter().map(String::as_str).collect()));
            }
        }
        Ok(())
    }
}

/// As many known names are listed when one is unknown.
const MOST_NAMED: usize = 12;

const HOW: &str = "Write a filter as brand=Acme,Bolt or color=red.";
const HOW_PRICE: &str = "Write a price as 10..50, 10.. or ..50, with a currency if you like: 10..50 EUR.";
const HOW_HAS: &str = "Write has=image,audio, or has=-image for products without a picture.";

fn shortened(names: &[&str]) -> String {
    let mut list = names.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    if names.len() > MOST_NAMED {
        list.push_str(", …");
    }
    if list.is_empty() { "-".into() } else { list }
}

/// The values of a list; `\,` is a comma inside one.
fn values(list: &str) -> Vec<String> {
    let (mut values, mut value, mut escaped) = (Vec::new(), String::new(), false);
    for c in list.chars() {
        match c {
            ',' if escaped => {
                value.pop();
                value.push(c);
            }
            ',' => values.push(std::mem::take(&mut value)),
            _ => value.push(c),
        }
        escaped = c == '\\';
    }
    values.push(value);
    values.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
}

impl PriceRange {
    /// Reads `10..50`, `10..`, `..50`, `10`, each with a currency before or behind.
    fn parse(text: &str) -> Option<Self> {
        let letters = |c: char| c.is_alphabetic();
        let currency: String = text.chars().filter(|c| letters(*c)).collect::<String>().to_uppercase();
        let numbers: String = text.chars().filter(|c| !letters(*c) && !c.is_whitespace()).collect();
        if !(currency.is_empty() || currency.len() == 3) {
            return None;
        }
        let number = |text: &str| -> Option<Option<f64>> {
            if text.is_empty() {
                return Some(None);
            }
            text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0).map(Some)
        };
        let (low, high) = match numbers.split_once("..") {
            Some((low, high)) => (number(low)?, number(high)?),
            None => (number(&numbers)?, number(&numbers)?),
        };
        let ordered = low.zip(high).is_none_or(|(low, high)| low <= high);
        let currency = Some(currency).filter(|currency| !currency.is_empty());
        (ordered && (low.is_some() || high.is_some())).then_some(Self { low, high, currency })
    }

    fn rows(&self, columns: &Columns) -> RowSet {
        let low = self.low.unwrap_or(f64::NEG_INFINITY);
        let high = self.high.unwrap_or(f64::INFINITY);
        let mut rows = rows_where(columns.amounts(), |amount| (low..=high).contains(amount));
        if let Some(currency) = &self.currency {
            rows.retain(&any_of(columns.currencies(), std::slice::from_ref(currency)));
        }
        rows
    }
}

/// The rows with one of the values.
fn any_of(column: Coded, values: &[String]) -> RowSet {
    let mut chosen = vec![false; column.labels.len()];
    values.iter().filter_map(|value| column.code_of(value)).for_each(|code| chosen[code as usize] = true);
    coded_rows(column.codes, &chosen)
}

fn coded_rows(codes: &[u32], chosen: &[bool]) -> RowSet {
    // A filter usually names one value; then a comparison beats the look-up.
    let mut ones = (0_u32..).zip(chosen).filter(|(_, chosen)| **chosen).map(|(code, _)| code);
    match (ones.next(), ones.next()) {
        (None, _) => RowSet::none(codes.len()),
        (Some(one), None) => rows_where(codes, |code| *code == one),
        _ => rows_where(codes, |code| chosen.get(*code as usize) == Some(&true)),
    }
}

/// Words that one thread fills at a time: 16,384 rows.
const FEWEST_WORDS: usize = 256;

fn rows_where<T: Sync>(values: &[T], keep: impl Fn(&T) -> bool + Sync) -> RowSet {
    let word = |values: &[T]| (0..).zip(values).fold(0, |word, (bit, value)| word | u64::from(keep(value)) << bit);
    let words: Vec<u64> = values.par_chunks(64).with_min_len(FEWEST_WORDS).map(word).collect();
    RowSet::from_words(values.len(), words.into()).unwrap_or_else(|| RowSet::none(values.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    fn parse(texts: &[&str]) -> Result<Filter> {
        Filter::parse(&texts.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn filters_of_the_shell() {
        let check = |texts: &[&str], expected: &str| {
            let expected: Filter = serde_json::from_str(expected).unwrap();
            assert_eq!(parse(texts).unwrap(), expected, "{texts:?}");
        };
        check(&[], "{}");
        check(&["brand=Acme, Bolt"], r#"{"brands": ["Acme", "Bolt"]}"#);
        check(&["Brand=Acme", "brand=Bolt"], r#"{"brands": ["Acme", "Bolt"]}"#);
        check(&[r"brand=Smith\, Sons,Acme"], r#"{"brands": ["Smith, Sons", "Acme"]}"#);
        check(&["category=Clothing > Sweaters"], r#"{"categories": ["Clothing > Sweaters"]}"#);
        check(&["price=10..50"], r#"{"price": {"low": 10, "high": 50}}"#);
        check(&["price=..49.9 eur"], r#"{"price": {"high": 49.9, "currency": "EUR"}}"#);
        check(&["price= USD 10 .. "], r#"{"price": {"low": 10, "currency": "USD"}}"#);
        check(&["price=15"], r#"{"price": {"low": 15, "high": 15}}"#);
        check(&["has=image,-audio"], r#"{"has": [null, true, false]}"#);
        check(&["color=red,blue", "颜色=红=色"], r#"{"attributes": {"color": ["red", "blue"], "颜色": ["红=色"]}}"#);
    }

    #[test]
    fn a_filter_that_is_not_understood_says_how_to_write_it() {
        let check = |text: &str, how: &str| {
            let error = parse(&[text]).unwrap_err();
            assert_eq!(error.to_string(), format!("`{text}` is not understood. {how}"));
            assert!(!error.say(Language::Chinese).contains(how), "{how} has no Chinese");
        };
        for text in ["brand", "=Acme", "brand=", "brand= , ", ""] {
            check(text, HOW);
        }
        for text in
            ["price=..", "price=50..10", "price=cheap", "price=-1..5", "price=1..2..3", "price=1 EURO", "price=1,5"]
        {
            check(text, HOW_PRICE);
        }
        for text in ["has=video", "has=-", "has=image,smell"] {
            check(text, HOW_HAS);
        }
    }
}
