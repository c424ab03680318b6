//! What the shelf asks beside the vectors: words, filters and the counts beside them.

use std::{hint::black_box, sync::Arc};

use super::measure::{Figure, QUERIES, TOP, millis};
use crate::{
    collection::Collection,
    engine::Engine,
    error::Result,
    progress::Progress,
    search::{Filter, Query, Weights, facets::facet_counts},
};

/// What is typed in one of the runs.
type Typed = fn(u32) -> String;
/// A word that some fifty products have, words that one in three has, and a number whose first half every product has.
const WORDS: [(&str, Typed); 3] = [
    ("a rare word", |number| number.to_string()),
    ("common words", |_| "red lamp group".into()),
    ("a product's number", |number| format!("SKU-{number:07}")),
];
/// Filters as the shell is given them, from one that leaves much to one that leaves little.
const FILTERS: [(&str, &[&str]); 3] = [
    ("one colour", &["color=red"]),
    ("two brands, a price", &["brand=Brand 1,Brand 2", "price=..100"]),
    ("category, colour, price, picture", &["category=Group 1", "color=blue", "price=20..40", "has=image"]),
];

/// Times words, filters with their counts, and new orders under a filter.
pub(super) fn measure(
    engine: &Engine,
    collection: &Arc<Collection>,
    progress: &Progress,
    tell: &mut dyn FnMut(Figure),
) -> Result<()> {
    if let Some(keyword) = collection.keyword() {
        for (name, typed) in WORDS {
            let once = |number: u32| -> Result<f64> {
                let (ms, scores) = millis(|| keyword.scores(&typed(number)));
                black_box(scores?);
                Ok(ms)
            };
            let times = (0..QUERIES).map(once).collect::<Result<Vec<_>>>()?;
            tell(Figure::of(&format!("keyword, {name}"), "ms", times));
            progress.check()?;
        }
    }
    let query = Query { text: "query 1".into(), ..Query::default() };
    let weights = Weights::default();
    let (_, found) = engine.search(&query, &weights, None, None, progress)?;
    for (name, texts) in FILTERS {
        progress.check()?;
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let (filter, columns) = (Filter::parse(&texts)?, collection.columns());
        let repeat = |work: &mut dyn FnMut()| (0..QUERIES).map(|_| millis(&mut *work).0).collect::<Vec<_>>();
        let rows = filter.rows(columns);
        tell(Figure::of(&format!("filter, {name}"), "ms", repeat(&mut || drop(black_box(filter.rows(columns))))));
        let mut counts = || drop(black_box(facet_counts(columns, &filter, None)));
        tell(Figure::of(&format!("filter, {name}: all facet counts"), "ms", repeat(&mut counts)));
        let mut order = || drop(black_box(found.rank(collection, &weights, Some(&rows), TOP)));
        tell(Figure::of(&format!("filter, {name}: top 100 of {} products", rows.count()), "ms", repeat(&mut order)));
    }
    Ok(())
}
