//! A collection in a page: what it covers, which kinds, brands, languages and prices it holds, what needs a look.

use std::collections::HashMap;

use serde::Serialize;

use super::Collection;
use crate::{
    catalog::Product,
    error::Result,
    progress::{Progress, Stage},
};

/// What a collection holds. Lists are ordered by count, then by name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    pub products: usize,
    pub with_text: usize,
    pub with_picture: usize,
    pub with_sound: usize,
    pub categories: Vec<Count>,
    pub brands: Vec<Count>,
    /// Titles by the script they are in.
    pub languages: Languages,
    /// One for each currency.
    pub prices: Vec<Prices>,
    /// Products kept although something of them could not be used, and all that the import had to tell.
    pub products_with_problems: usize,
    pub problems: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    pub name: String,
    pub products: usize,
}

/// Products by the writing of their titles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Languages {
    pub latin: usize,
    pub chinese: usize,
    pub both: usize,
    /// Another script, or numbers only.
    pub other: usize,
    pub untitled: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Prices {
    pub currency: String,
    pub products: usize,
    pub lowest: f64,
    pub median: f64,
    pub highest: f64,
}

impl Summary {
    /// Reads every product once.
    pub fn of(collection: &Collection, progress: &Progress) -> Result<Self> {
        progress.begin(Stage::Measuring, collection.len());
        let (mut categories, mut brands) = (HashMap::new(), HashMap::new());
        let mut prices: HashMap<String, Vec<f64>> = HashMap::new();
        let mut languages = Languages::default();
        for product in collection.products() {
            progress.step()?;
            let product = product?;
            *languages.of(&product) += 1;
            count(&mut categories, &product.category, &product.category_zh);
            count(&mut brands, &product.brand, "");
            if let Some(price) = product.price.filter(|price| price.amount.is_finite()) {
                prices.entry(price.currency).or_default().push(price.amount);
            }
        }
        let [with_text, with_picture, with_sound] = collection.manifest.coverage;
        let mut prices: Vec<Prices> = prices.into_iter().map(|(currency, all)| Prices::of(currency, all)).collect();
        prices.sort_by(|a, b| b.products.cmp(&a.products).then_with(|| a.currency.cmp(&b.currency)));
        Ok(Self {
            products: collection.len(),
            with_text,
            with_picture,
            with_sound,
            categories: ordered(categories),
            brands: ordered(brands),
            languages,
            prices,
            products_with_problems: collection.store.products_with_problems()?,
            problems: collection.store.problem_count()?,
        })
    }
}

impl Languages {
    fn of(&mut self, product: &Product) -> &mut usize {
        let letters = || product.title.chars().chain(product.title_zh.chars());
        let latin = letters().any(|c| c.is_alphabetic() && c < '\u{250}');
        let chinese = letters().any(|c| matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}'));
        match (latin, chinese) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.latin,
            (false, true) => &mut self.chinese,
            _ if letters().next().is_some() => &mut self.other,
            _ => &mut self.untitled,
        }
    }
}

impl Prices {
    /// Of at least one amount.
    fn of(currency: String, mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |place: usize| all.get(place).copied().unwrap_or_default();
        let last = all.len().saturating_sub(1);
        Self { currency, products: all.len(), lowest: at(0), median: at(last / 2), highest: at(last) }
    }
}

fn count(counts: &mut HashMap<String, usize>, name: &str, otherwise: &str) {
    let name = if name.is_empty() { otherwise } else { name };
    if name.is_empty() {
        return;
    }
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}

fn ordered(counts: HashMap<String, usize>) -> Vec<Count> {
    let mut counts: Vec<Count> = counts.into_iter().map(|(name, products)| Count { name, products }).collect();
    counts.sort_by(|a, b| b.products.cmp(&a.products).then_with(|| a.name.cmp(&b.name)));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_by_their_script() {
        let check = |title: &str, title_zh: &str, expected: Languages| {
            let mut languages = Languages::default();
            *languages.of(&Product { title: title.into(), title_zh: title_zh.into(), ..Product::default() }) += 1;
            assert_eq!(languages, expected, "{title} {title_zh}");
        };
        let none = Languages::default();
        check("Red mug", "", Languages { latin: 1, ..none });
        check("红色毛衣", "", Languages { chinese: 1, ..none });
        check("Mug", "杯子", Languages { both: 1, ..none });
        check("Кружка", "", Languages { other: 1, ..none });
        check("", "", Languages { untitled: 1, ..none });
    }

    #[test]
    fn the_median_is_a_price_of_the_catalog() {
        let prices = Prices::of("EUR".into(), vec![9.0, 1.0, 5.0, 7.0]);
        assert_eq!((prices.lowest, prices.median, prices.highest), (1.0, 5.0, 9.0));
    }
}
