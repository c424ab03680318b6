//! Judgements: how well a product answers a query, as a person said it. Ids are opaque: addresses, Chinese, anything.

use std::{collections::BTreeMap, path::Path};

use super::{
    formats::{self, Format},
    queries::QuerySet,
};
use crate::{error::Result, files::write_whole};

/// Grades by query id and product id. Sorted, so that everything made of it is the same every time.
///
/// A grade below 0 is kept, for the sake of the file that it came from, and means that nobody judged the product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgements(BTreeMap<String, BTreeMap<String, f32>>);

impl Judgements {
    /// Reads a file of any format that [`formats`] knows. Formats that name a query by its text find its id in `queries`;
    /// without a set the text itself is the id.
    pub fn read(path: &Path, queries: Option<&QuerySet>) -> Result<Self> {
        formats::read(path)?.into_judgements(path, queries)
    }

    /// Writes a file. Formats that name a query by its text take it from `queries`, or else write the id.
    pub fn write(&self, path: &Path, format: Format, queries: Option<&QuerySet>) -> Result<()> {
        write_whole(path, formats::write_judgements(path, format, self, queries)?)
    }

    /// The grade of a product, `None` when nobody judged it.
    pub fn grade(&self, query: &str, product: &str) -> Option<f32> {
        self.0.get(query)?.get(product).copied().filter(|grade| *grade >= 0.0)
    }

    /// All that was written down for a query, grades below 0 included.
    pub fn of(&self, query: &str) -> Option<&BTreeMap<String, f32>> {
        self.0.get(query)
    }

    /// The grades of a query's judged products, highest first.
    pub fn grades(&self, query: &str) -> Vec<f32> {
        let mut grades: Vec<f32> =
            self.of(query).into_iter().flat_map(BTreeMap::values).copied().filter(|grade| *grade >= 0.0).collect();
        grades.sort_unstable_by(|a, b| b.total_cmp(a));
        grades
    }

    /// The best order that can be had: a query's judged products by grade, then by id.
    pub fn ideal(&self, query: &str) -> Vec<(&str, f32)> {
        let judged = self.of(query).into_iter().flatten().filter(|(_, grade)| **grade >= 0.0);
        let mut products: Vec<(&str, f32)> = judged.map(|(product, grade)| (product.as_str(), *grade)).collect();
        products.sort_by(|a, b| b.1.total_cmp(&a.1));
        products
    }

    /// Says a grade and returns the one that was there. What is no number is not taken.
    pub fn set(&mut self, query: &str, product: &str, grade: f32) -> Option<f32> {
        if !grade.is_finite() {
            return None;
        }
        self.0.entry(query.to_owned()).or_default().insert(product.to_owned(), grade)
    }

    pub fn remove(&mut self, query: &str, product: &str) -> Option<f32> {
        let products = self.0.get_mut(query)?;
        let removed = products.remove(product);
        if products.is_empty() {
            self.0.remove(query);
        }
        removed
    }

    /// Query, product, grade, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, f32)> {
        self.0.iter().flat_map(|(query, products)| {
            products.iter().map(move |(product, grade)| (query.as_str(), product.as_str(), *grade))
        })
    }

    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How many grades there are.
    pub fn len(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_below_zero_is_kept_and_is_none() {
        let mut judgements = Judgements::default();
        judgements.set("q", "a", 1.0);
        judgements.set("q", "b", -1.0);
        judgements.set("q", "c", 3.0);
        judgements.set("q", "d", f32::NAN);
        assert_eq!((judgements.grade("q", "a"), judgements.grade("q", "b")), (Some(1.0), None));
        assert_eq!(judgements.grades("q"), [3.0, 1.0]);
        assert_eq!(judgements.ideal("q"), [("c", 3.0), ("a", 1.0)]);
        assert_eq!(judgements.iter().count(), 3);
        assert_eq!(judgements.set("q", "a", 2.0), Some(1.0));
        for product in ["a", "b", "c"] {
            assert!(judgements.remove("q", product).is_some());
        }
        assert!(judgements.is_empty() && judgements.remove("q", "a").is_none());
    }
}
