//! What a shop sells, as its feed describes it.

use std::{collections::BTreeMap, fmt, path::PathBuf};

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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
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
    /// Reads `15.00 USD`, `USD 15`, `15`, `1,299.00`, `1.299,00 €`, `¥99` and the like. `None` when there is no number
    /// in it, or more than one, or one below zero.
    pub fn parse(text: &str) -> Option<Self> {
        let part_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
        let mut numbers = text.split(|c| !part_of_number(c)).filter(|part| part.contains(|c: char| c.is_ascii_digit()));
        let number = numbers.next().filter(|_| numbers.next().is_none())?;
        // Nothing is sold for less than nothing: a minus is a mistake that somebody should see.
        if text[..text.find(number)?].trim_end().ends_with(['-', '−']) {
            return None;
        }
        let number = number.trim_matches(['.', ',']);
        // The last mark stands before the decimals when one or two digits follow, and between thousands otherwise.
        let decimals = number.rfind(['.', ',']).filter(|at| number.len() - at <= 3);
        let (whole, decimals) = decimals.map_or((number, ""), |at| (&number[..at], &number[at + 1..]));
        let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
        let amount = format!("{whole}.{decimals}").parse().ok().filter(|amount: &f64| amount.is_finite())?;
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        let currency = match letters.len() {
            3 => letters.to_uppercase(),
            _ if text.contains(['¥', '￥', '元']) => "CNY".into(),
            _ if text.contains('€') => "EUR".into(),
            _ if text.contains('£') => "GBP".into(),
            _ if text.contains('$') => "USD".into(),
            _ => String::new(),
        };
        Some(Self { amount, currency })
    }
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
        check("", None);
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
