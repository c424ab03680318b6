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

/// A rare word, and words that every fourth product or so has.
const WORDS: [(&str, &str); 2] = [("a rare word", "SKU"), ("common words", "red lamp group")];
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
        for (name, words) in WORDS {
            let text = |number: u32| if words == "SKU" { format!("SKU-{number:07}") } else { words.to_owned() };
            let once = |number: u32| Ok(millis(|| keyword.scores(&text(number)).map(black_box)));
            let runs = (0..QUERIES).map(once).collect::<Result<Vec<_>>>()?;
            tell(Figure::of(&format!("keyword, {name}"), "ms", runs.into_iter().map(|(ms, _)| ms).collect()));
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
