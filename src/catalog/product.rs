//! What a shop sells, as its feed describes it.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::language::Language;

/// One product of a catalog. Texts are as the feed gives them; `_zh` fields are filled only where the feed has
/// Chinese beside another language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Unique in the catalog; never empty.
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title_zh: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description_zh: String,
    /// A path such as `Clothing > Sweaters`; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category_zh: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub brand: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Everything else that the feed says, such as `color` or `material`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Picture files, the main one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pictures: Vec<PathBuf>,
    /// Sound files, the main one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sounds: Vec<PathBuf>,
    /// What the feed names beside them and could not be fetched or opened, so that an export loses no link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unopened_pictures: Vec<Unopened>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unopened_sounds: Vec<Unopened>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
}

/// A picture or sound that could not be fetched or opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unopened {
    /// Its place among all that the feed names.
    pub place: usize,
    /// Its path or address.
    pub link: PathBuf,
}

/// What a buyer said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// 1 (worst) to 5 (best), when given.
    #[serde(default)]
    pub rating: Option<f32>,
    pub text: String,
    /// `en`, `zh` or empty.
    #[serde(default)]
    pub language: String,
}

/// An amount and its ISO 4217 code (empty when the feed names none).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    pub amount: f64,
    pub currency: String,
}

impl Price {
    /// Digits with a point so that [`Price::parse`] takes no three decimals for thousands: 1.299 is less than 2.
    pub fn unmistakable(digits: &str) -> String {
        let three = digits.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 3);
        format!("{digits}{}", if three { "0" } else { "" })
    }

    /// Reads `15.00 USD`, `USD 15`, `1,299.00`, `1.299,00 €`, `1'299.50 CHF`, `3 500,00 Kč`, `￥９９`, `1.2万元` and the like.
    /// `None` when there is no number in it, or more than one, or something besides a number and a currency: a price that
    /// is guessed would be told as if it were known.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().map(narrow).collect();
        let (mut currency, mut times, mut number) = (String::new(), 1.0, String::new());
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let is_word = first.is_alphabetic();
            let end = rest.find(|c: char| c.is_alphabetic() != is_word || (!is_word && sign(c).is_some()));
            let end = if !is_word && sign(first).is_some() { first.len_utf8() } else { end.unwrap_or(rest.len()) };
            let (part, after) = rest.split_at(end.max(first.len_utf8()));
            if is_word {
                let (said, factor) = word(part, after.starts_with('$'))?;
                times *= factor;
                if !said.is_empty() && !currency.is_empty() && currency != said {
                    return None;
                }
                if !said.is_empty() {
                    currency = said;
                }
            } else if let Some(said) = sign(first) {
                if currency.is_empty() {
                    said.clone_into(&mut currency);
                }
            } else {
                number.push_str(part);
            }
            rest = after;
        }
        let number = number.trim();
        let number = number.strip_suffix(['-', '–']).filter(|number| number.ends_with(['.', ','])).unwrap_or(number);
        let amount = times * amount(number.trim_end_matches(['.', ',']))?;
        (amount < LARGEST).then_some(Self { amount, currency })
    }
}

/// No shop sells anything for more.
const LARGEST: f64 = 1e12;

/// The usual form of a digit or sign that was typed wide, as in Chinese.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '．' => '.',
        '，' => ',',
        '￥' => '¥',
        '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '’' => '\'',
        _ => c,
    }
}

fn sign(c: char) -> Option<&'static str> {
    Some(match c {
        '¥' => "CNY",
        '€' => "EUR",
        '£' => "GBP",
        '$' => "USD",
        '₹' => "INR",
        '₩' => "KRW",
        _ => return None,
    })
}

/// The currency that a word names, empty for none, and what it multiplies by; `None` for any other word.
fn word(word: &str, before_dollar: bool) -> Option<(String, f64)> {
    let upper = word.to_uppercase();
    let dollars = match upper.as_str() {
        "US" => "USD",
        "HK" => "HKD",
        "NT" => "TWD",
        "A" | "AU" => "AUD",
        "C" | "CA" => "CAD",
        "S" | "SG" => "SGD",
        _ => "",
    };
    let (code, times) = match upper.as_str() {
        _ if before_dollar && !dollars.is_empty() => (dollars, 1.0),
        "RMB" | "人民币" | "元" | "元人民币" => ("CNY", 1.0),
        "万" => ("", 10_000.0),
        "万元" => ("CNY", 10_000.0),
        "KČ" => ("CZK", 1.0),
        "ZŁ" => ("PLN", 1.0),
        "Đ" => ("VND", 1.0),
        code if code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()) => (code, 1.0),
        _ => return None,
    };
    Some((code.to_owned(), times))
}

/// Digits with marks between thousands and before decimals. A single mark before three digits stands between thousands,
/// unless nothing but a 0 is before it.
fn amount(number: &str) -> Option<f64> {
    let is_mark = |c: char| matches!(c, '.' | ',');
    let is_group = |c: char| matches!(c, '\'' | ' ');
    if !number.starts_with(|c: char| c.is_ascii_digit())
        || !number.chars().all(|c| c.is_ascii_digit() || is_mark(c) || is_group(c))
    {
        return None;
    }
    let last = number.rfind(is_mark);
    let decimal = last.filter(|at| {
        let (before, after) = (&number[..*at], &number[at + 1..]);
        let mark = &number[*at..=*at];
        let only_one = !before.contains(mark);
        only_one && (before.contains(is_mark) || before.contains(is_group) || after.len() != 3 || before == "0")
    });
    let (whole, decimals) = decimal.map_or((number, ""), |at| (&number[..at], &number[at + 1..]));
    let groups: Vec<&str> = whole.split(|c| is_mark(c) || is_group(c)).collect();
    let marks: std::collections::BTreeSet<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let well_grouped = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    if !well_grouped || marks.len() > 1 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    format!("{}.{decimals}", groups.concat()).parse().ok()
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.currency.as_str() {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "CNY" | "JPY" => "¥",
            "" => return write!(f, "{:.2}", self.amount),
            other => return write!(f, "{:.2} {other}", self.amount),
        };
        write!(f, "{sign}{:.2}", self.amount)
    }
}

impl Product {
    pub fn title(&self, language: Language) -> &str {
        in_language(language, &self.title, &self.title_zh)
    }

    pub fn description(&self, language: Language) -> &str {
        in_language(language, &self.description, &self.description_zh)
    }

    pub fn category(&self, language: Language) -> &str {
        in_language(language, &self.category, &self.category_zh)
    }

    /// All pictures that the feed names, opened or not, in its order.
    pub fn named_pictures(&self) -> Vec<&Path> {
        named(&self.pictures, &self.unopened_pictures)
    }

    /// All sounds that the feed names.
    pub fn named_sounds(&self) -> Vec<&Path> {
        named(&self.sounds, &self.unopened_sounds)
    }

    /// The texts that the text facet is made of: one for each language the feed has, title first, then the last
    /// step of the category. Empty when the product has no words at all.
    pub fn facet_texts(&self) -> Vec<String> {
        [(&self.title, &self.category), (&self.title_zh, &self.category_zh)]
            .into_iter()
            .filter_map(|(title, category)| {
                let leaf = category.rsplit('>').next().unwrap_or_default().trim();
                let parts: Vec<_> = [title.trim(), leaf].into_iter().filter(|part| !part.is_empty()).collect();
                (!parts.is_empty()).then(|| parts.join(". "))
            })
            .collect()
    }
}

fn named<'a>(opened: &'a [PathBuf], unopened: &'a [Unopened]) -> Vec<&'a Path> {
    let mut named: Vec<&Path> = opened.iter().map(PathBuf::as_path).collect();
    for Unopened { place, link } in unopened {
        named.insert(*place.min(&named.len()), link);
    }
    named
}

fn in_language<'a>(language: Language, given: &'a str, chinese: &'a str) -> &'a str {
    if language == Language::Chinese && !chinese.is_empty() || given.is_empty() { chinese } else { given }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(Price::parse(text).map(|price| price.to_string()).as_deref(), expected, "{text:?}");
        };
        check("15.00 USD", Some("$15.00"));
        check("EUR 7.5", Some("€7.50"));
        check("1,299.00", Some("1299.00"));
        check("¥99", Some("¥99.00"));
        check("15,50 €", Some("€15.50"));
        check("1.299,00 €", Some("€1299.00"));
        check("1,299", Some("1299.00"));
        check("10-20 USD", None);
        check("2490 INR", Some("2490.00 INR"));
        check("-5 USD", None);
        check("CHF 5.-", Some("5.00 CHF"));
        check("on request", None);
        check("1.2万元", Some("¥12000.00"));
        check("15.0.0", None);
        check("12.5.2024", None);
        check("from 10 USD", None);
        check("HK$20", Some("20.00 HKD"));
        check("20.000 đ", Some("20000.00 VND"));
        check("RMB 20", Some("¥20.00"));
        check("99999999999999999999999", None);
        check("1'299.50 CHF", Some("1299.50 CHF"));
        check("3 500,00 Kč", Some("3500.00 CZK"));
        check("￥１２９９", Some("¥1299.00"));
        check("0.125", Some("0.12"));
        check("12.1250", Some("12.12"));
        check("US$ 15", Some("$15.00"));
        check("", None);
    }

    #[test]
    fn what_was_not_opened_stands_where_the_feed_names_it() {
        let check = |opened: &[&str], unopened: &[(usize, &str)], expected: &[&str]| {
            let unopened = unopened.iter().map(|(place, link)| Unopened { place: *place, link: link.into() }).collect();
            let pictures = opened.iter().map(PathBuf::from).collect();
            let product = Product { pictures, unopened_pictures: unopened, ..Product::default() };
            assert_eq!(product.named_pictures(), expected.iter().map(Path::new).collect::<Vec<_>>());
        };
        check(&["a", "b"], &[], &["a", "b"]);
        check(&["a", "b"], &[(0, "x"), (2, "y"), (4, "z")], &["x", "a", "y", "b", "z"]);
        check(&[], &[(0, "x"), (9, "y")], &["x", "y"]);
    }

    #[test]
    fn texts_fall_back_to_the_language_there_is() {
        let product = Product { title: "Red sweater".into(), title_zh: "红色毛衣".into(), ..Product::default() };
        assert_eq!(product.title(Language::Chinese), "红色毛衣");
        assert_eq!(product.facet_texts(), ["Red sweater", "红色毛衣"]);
        let plain = Product { title: "Mug".into(), category: "Home > Mugs".into(), ..Product::default() };
        assert_eq!(plain.title(Language::Chinese), "Mug");
        assert_eq!(plain.facet_texts(), ["Mug. Mugs"]);
    }
}
