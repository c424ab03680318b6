//! Facet counts as shops show them: how many products every value would leave, each facet counted under the conditions of
//! all others, so that choosing a second brand is always an offer and never a dead end.

use rayon::prelude::*;
use serde::Serialize;

use super::filter::{Filter, Subject};
use crate::{
    encode::Modality,
    index::{
        Columns, RowSet,
        columns::{Coded, NO_VALUE, Tree},
    },
};

/// Values of one facet that are listed; a list of more is searched, not read.
pub const MOST_LISTED: usize = 500;

/// What a shelf can be narrowed by, and to how many products.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct FacetCounts {
    /// Products that pass the whole filter.
    pub rows: usize,
    /// Depth first; neighbours by falling count, then by name. A category counts what is below it too.
    pub categories: Vec<CategoryCount>,
    pub brands: Values,
    /// Attributes by name, those that most products have first; without those that no product here has.
    pub attributes: Vec<(String, Values)>,
    /// One for each currency, the commonest first.
    pub prices: Vec<PriceCount>,
    /// Products with and without text, image, audio.
    pub has: [[usize; 2]; 3],
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CategoryCount {
    /// As [`Filter::categories`] names it.
    pub path: String,
    pub label: String,
    pub label_zh: String,
    /// 0 for a root.
    pub depth: u32,
    pub count: usize,
    pub chosen: bool,
}

/// The values of one facet by falling count, then by name; the chosen ones are there even when they count 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Values {
    pub listed: Vec<ValueCount>,
    /// How many more there are than [`MOST_LISTED`].
    pub more: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    pub label: String,
    pub count: usize,
    pub chosen: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceCount {
    /// Empty where the feed names none.
    pub currency: String,
    pub count: usize,
    pub lowest: f64,
    pub highest: f64,
}

/// One facet's part of the counts; they are taken side by side.
enum Counted {
    Categories(Vec<CategoryCount>),
    Brands(Values),
    Prices(Vec<PriceCount>),
    Attribute(String, Values),
}

/// Counts every facet under `filter`, among the rows `within` where that is given.
pub fn facet_counts(columns: &Columns, filter: &Filter, within: Option<&RowSet>) -> FacetCounts {
    let conditions = filter.conditions(columns);
    let rows_for = |subject: Option<Subject>| {
        let mut rows = within.cloned().unwrap_or_else(|| RowSet::all(columns.rows()));
        conditions.iter().filter(|(other, _)| Some(*other) != subject).for_each(|(_, passing)| rows.retain(passing));
        rows
    };
    let all = rows_for(None);
    let under = |subject: Subject| {
        let limited = conditions.iter().any(|(other, _)| *other == subject);
        if limited { rows_for(Some(subject)) } else { all.clone() }
    };
    let mut subjects = vec![Subject::Category, Subject::Brand, Subject::Price];
    subjects.extend((0..columns.attributes().len()).map(Subject::Attribute));
    let count = |subject: &Subject| {
        let rows = under(*subject);
        match *subject {
            Subject::Category => Counted::Categories(categories(columns, &rows, &filter.categories)),
            Subject::Brand => {
                let chosen = filter.brands.iter().map(String::as_str);
                Counted::Brands(values(columns.brands(), &rows, chosen))
            }
            Subject::Attribute(at) => columns.attributes().nth(at).map_or_else(
                || Counted::Attribute(String::new(), Values::default()),
                |column| Counted::Attribute(column.name.to_owned(), values(column, &rows, filter.chosen(column.name))),
            ),
            _ => Counted::Prices(prices(columns, &rows)),
        }
    };
    let counted: Vec<Counted> = subjects.par_iter().map(count).collect();
    let mut counts = FacetCounts { rows: all.count(), ..FacetCounts::default() };
    for part in counted {
        match part {
            Counted::Categories(categories) => counts.categories = categories,
            Counted::Brands(brands) => counts.brands = brands,
            Counted::Prices(prices) => counts.prices = prices,
            Counted::Attribute(_, values) if values.listed.is_empty() => {}
            Counted::Attribute(name, values) => counts.attributes.push((name, values)),
        }
    }
    for modality in Modality::ALL {
        let rows = under(Subject::Has(modality));
        let with = rows.count_with(columns.facet(modality));
        counts.has[modality.index()] = [with, rows.count() - with];
    }
    counts
}

fn values<'a>(column: Coded, rows: &RowSet, chosen: impl Iterator<Item = &'a str>) -> Values {
    let counts = count_codes(column.codes, column.labels.len(), rows);
    let mut marked = vec![false; column.labels.len()];
    let mut unknown = Vec::new();
    for label in chosen {
        match column.code_of(label) {
            Some(code) => marked[code as usize] = true,
            None => unknown.push(ValueCount { label: label.to_owned(), count: 0, chosen: true }),
        }
    }
    let mut order: Vec<u32> =
        (0..column.labels.len() as u32).filter(|code| counts[*code as usize] > 0 || marked[*code as usize]).collect();
    // Codes are in the order of names.
    order.sort_unstable_by_key(|code| (std::cmp::Reverse(counts[*code as usize]), *code));
    let more = order.len().saturating_sub(MOST_LISTED);
    let shown = |(place, code): (usize, u32)| (place < MOST_LISTED || marked[code as usize]).then_some(code);
    let value = |code: u32| {
        let at = code as usize;
        ValueCount { label: column.labels.get(at).to_owned(), count: counts[at] as usize, chosen: marked[at] }
    };
    let mut listed: Vec<ValueCount> = order.into_iter().enumerate().filter_map(shown).map(value).collect();
    listed.extend(unknown);
    Values { listed, more }
}

fn categories(columns: &Columns, rows: &RowSet, chosen: &[String]) -> Vec<CategoryCount> {
    let tree = columns.tree();
    let mut counts = count_codes(columns.categories(), tree.nodes().len(), rows);
    // From behind, every node is met after all below it.
    for at in (0..tree.nodes().len()).rev() {
        if let Some(parent) = tree.nodes()[at].parent {
            counts[parent as usize] += counts[at];
        }
    }
    let chosen: Vec<u32> = chosen.iter().flat_map(|path| tree.find(path)).collect();
    // A chosen category stays even when it counts 0, and what is above it.
    let kept = |node: u32| counts[node as usize] > 0 || chosen.iter().any(|below| tree.below(node).contains(below));
    by_count(tree, &counts)
        .into_iter()
        .filter(|node| kept(*node))
        .map(|at| {
            let node = &tree.nodes()[at as usize];
            CategoryCount {
                path: tree.path(at, crate::language::Language::English),
                label: node.label.clone(),
                label_zh: node.label_zh.clone(),
                depth: node.depth,
                count: counts[at as usize] as usize,
                chosen: chosen.contains(&at),
            }
        })
        .collect()
}

/// All nodes depth first, neighbours by falling count, then by name.
fn by_count(tree: &Tree, counts: &[u32]) -> Vec<u32> {
    let nodes = tree.nodes().len();
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); nodes + 1];
    for (at, node) in (0..).zip(tree.nodes()) {
        children[node.parent.map_or(nodes, |parent| parent as usize)].push(at);
    }
    // Last in, first out, hence rising.
    children.iter_mut().for_each(|nodes| nodes.sort_by_key(|node| (counts[*node as usize], std::cmp::Reverse(*node))));
    let mut waiting = std::mem::take(&mut children[nodes]);
    let mut order = Vec::with_capacity(nodes);
    while let Some(node) = waiting.pop() {
        order.push(node);
        waiting.append(&mut children[node as usize]);
    }
    order
}

fn prices(columns: &Columns, rows: &RowSet) -> Vec<PriceCount> {
    let (amounts, currencies) = (columns.amounts(), columns.currencies());
    let mut ranges = vec![(0_usize, f64::INFINITY, f64::NEG_INFINITY); currencies.labels.len()];
    for row in rows.iter() {
        let amount = amounts[row];
        if let Some((count, lowest, highest)) = ranges.get_mut(currencies.codes[row] as usize)
            && amount.is_finite()
        {
            *count += 1;
            *lowest = lowest.min(amount);
            *highest = highest.max(amount);
        }
    }
    let price = |(code, (count, lowest, highest)): (usize, (usize, f64, f64))| PriceCount {
        currency: currencies.labels.get(code).to_owned(),
        count,
        lowest,
        highest,
    };
    let mut prices: Vec<PriceCount> =
        ranges.into_iter().enumerate().map(price).filter(|price| price.count > 0).collect();
    prices.sort_by_key(|price| std::cmp::Reverse(price.count));
    prices
}

/// A small table is counted in several copies: products that lie beside each other often share a value, and adding to one
/// cell again and again waits for itself.
const COPIES: usize = 4;
const SMALL: usize = 4_096;

/// How often each code below `values` occurs in the rows; any other code is no value.
fn count_codes(codes: &[u32], values: usize, rows: &RowSet) -> Vec<u32> {
    let copies = if values < SMALL { COPIES } else { 1 };
    // The last cell of a copy is for rows without a value.
    let stride = values + 1;
    let mut counts = vec![0_u32; stride * copies];
    let cell = |code: u32, row: usize| (row % copies) * stride + (code as usize).min(values);
    for (word, codes) in rows.words().iter().zip(codes.chunks(64)) {
        if *word == u64::MAX {
            codes.iter().enumerate().for_each(|(row, code)| counts[cell(*code, row)] += 1);
            continue;
        }
        let mut left = *word;
        while left != 0 {
            let row = left.trailing_zeros() as usize;
            left &= left - 1;
            counts[cell(codes.get(row).copied().unwrap_or(NO_VALUE), row)] += 1;
        }
    }
    (0..values).map(|value| (0..copies).map(|copy| counts[copy * stride + value]).sum()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        catalog::{Price, Product},
        index::{columns, words::fold},
        progress::Progress,
        search::filter::PriceRange,
    };

    fn built(products: &[Product], facets: &[RowSet; 3]) -> (tempfile::TempDir, Columns) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(columns::FILE);
        columns::build(&path, products.iter().map(Ok), facets, &Progress::new()).unwrap();
        let columns = Columns::open(&path).unwrap();
        (folder, columns)
    }

    fn shop() -> (tempfile::TempDir, Columns) {
        let product = |id: &str, category: &str, brand: &str, price: &str, color: &str| {
            let attributes = [("color", color)].into_iter().filter(|(_, value)| !value.is_empty());
            Product {
                id: id.into(),
                title: id.into(),
                category: category.into(),
                category_zh: if category == "Clothing > Sweaters" { "服装 > 毛衣".into() } else { String::new() },
                brand: brand.into(),
                price: Price::parse(price),
                attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                ..Product::default()
            }
        };
        let products = [
            product("a", "Clothing > Sweaters", "Acme", "10 USD", "red"),
            product("b", "Clothing > Sweaters", "Bolt", "20 USD", "Red"),
            product("c", "Clothing > Hats", "Acme", "30 EUR", "blue"),
            product("d", "Home", "acme", "", ""),
        ];
        let facets = [RowSet::all(4), RowSet::of(4, [0, 2]), RowSet::none(4)];
        built(&products, &facets)
    }

    fn tell(values: &Values) -> String {
        let value =
            |value: &ValueCount| format!("{}{} {}", if value.chosen { "*" } else { "" }, value.label, value.count);
        values.listed.iter().map(value).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn each_facet_is_counted_under_the_others() {
        let (_folder, columns) = shop();
        let check = |filter: &[&str], expected: [&str; 3]| {
            let filter = Filter::parse(&filter.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
            let counts = facet_counts(&columns, &filter, None);
            assert_eq!(counts.rows, filter.rows(&columns).count());
            let category = |node: &CategoryCount| {
                format!(
                    "{}{}{} {}",
                    "-".repeat(node.depth as usize),
                    if node.chosen { "*" } else { "" },
                    node.label,
                    node.count
                )
            };
            let categories: Vec<_> = counts.categories.iter().map(category).collect();
            let colors = counts.attributes.first().map(|(_, values)| tell(values)).unwrap_or_default();
            assert_eq!([categories.join(", "), tell(&counts.brands), colors], expected, "{filter:?}");
        };
        check(&[], ["Clothing 3, -Sweaters 2, -Hats 1, Home 1", "Acme 3, Bolt 1", "red 2, blue 1"]);
        check(&["brand=Bolt"], ["Clothing 1, -Sweaters 1", "Acme 3, *Bolt 1", "red 1"]);
        check(&["brand=Bolt", "color=BLUE"], ["", "Acme 1, *Bolt 0", "red 1, *blue 0"]);
        check(&["category=服装 > 毛衣"], ["Clothing 3, -*Sweaters 2, -Hats 1, Home 1", "Acme 1, Bolt 1", "red 2"]);
        check(&["category=Clothing", "color=red"], ["*Clothing 2, -Sweaters 2", "Acme 1, Bolt 1", "*red 2, blue 1"]);
        check(&["price=15..30"], ["Clothing 2, -Hats 1, -Sweaters 1", "Acme 1, Bolt 1", "blue 1, red 1"]);
        check(&["price=15..30 EUR"], ["Clothing 1, -Hats 1", "Acme 1", "blue 1"]);
        check(&["has=-image"], ["Clothing 1, -Sweaters 1, Home 1", "Acme 1, Bolt 1", "red 1"]);
        check(&["size=9"], ["", "", ""]);
        check(&["color=green"], ["", "", "red 2, blue 1, *green 0"]);
    }

    #[test]
    fn prices_and_facets_are_counted() {
        let (_folder, columns) = shop();
        let counts = facet_counts(&columns, &Filter::default(), Some(&RowSet::of(4, [0, 1, 2])));
        let prices: Vec<_> = counts
            .prices
            .iter()
            .map(|price| (price.currency.as_str(), price.count, price.lowest, price.highest))
            .collect();
        assert_eq!(prices, [("USD", 2, 10.0, 20.0), ("EUR", 1, 30.0, 30.0)]);
        assert_eq!((counts.rows, counts.has), (3, [[3, 0], [2, 1], [0, 3]]));
        let filter = Filter { has: [None, Some(true), None], ..Filter::default() };
        assert_eq!(facet_counts(&columns, &filter, None).has, [[2, 0], [2, 2], [0, 2]]);
    }

    #[test]
    fn a_value_that_no_product_has_is_named() {
        let (_folder, columns) = shop();
        let check = |text: &str, expected: &str| {
            let checked = Filter::parse(&[text.to_owned()]).unwrap().check(&columns);
            assert_eq!(checked.map_err(|error| error.to_string()).err().unwrap_or_default(), expected);
        };
        check("brand=acme", "");
        check("brand=Zebra", "No product has brand=Zebra. Check the spelling, or choose among: Acme, Bolt.");
        check(
            "category=Sweaters",
            "No product has category=Sweaters. Check the spelling, or choose among: Clothing, Home.",
        );
        check("colour=red", "No product has colour. Check the spelling, or choose among: color.");
        check("color=green", "No product has color=green. Check the spelling, or choose among: blue, red.");
    }

    /// A product in a few words: categories, brand, price, color and size by number, and which facets it has.
    type Sketch = (usize, usize, usize, usize, usize, [bool; 3]);

    const CATEGORIES: [&str; 6] = ["", "A", "A > B", "A > B > C", "D", "d > e"];
    const BRANDS: [&str; 4] = ["", "Acme", "ACME", "Bolt"];
    const PRICES: [&str; 5] = ["", "5 USD", "15 USD", "15 EUR", "25"];
    const VALUES: [&str; 4] = ["", "red", "RED", "blue"];

    fn product(at: usize, sketch: &Sketch) -> Product {
        let (category, brand, price, color, size, _) = *sketch;
        let pairs = [("color", VALUES[color]), ("size", VALUES[size])];
        Product {
            id: at.to_string(),
            category: CATEGORIES[category].into(),
            brand: BRANDS[brand].into(),
            price: Price::parse(PRICES[price]),
            attributes: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Product::default()
        }
    }

    fn folded_path(path: &str) -> Vec<String> {
        path.split('>').map(fold).filter(|step| !step.is_empty()).collect()
    }

    fn any_is(chosen: &[String], value: &str) -> bool {
        chosen.is_empty() || !value.is_empty() && chosen.iter().any(|chosen| fold(chosen) == fold(value))
    }

    /// Whether a product passes, without the condition on `without`.
    fn passes(product: &Product, has: [bool; 3], filter: &Filter, without: &str) -> bool {
        let path = folded_path(&product.category);
        let category = filter.categories.is_empty()
            || filter.categories.iter().any(|chosen| path.starts_with(&folded_path(chosen)) && !path.is_empty());
        let price = filter.price.as_ref().is_none_or(|range| {
            product.price.as_ref().is_some_and(|price| {
                range.low.is_none_or(|low| price.amount >= low)
                    && range.high.is_none_or(|high| price.amount <= high)
                    && range.currency.as_ref().is_none_or(|currency| *currency == price.currency)
            })
        });
        let attributes = filter.attributes.iter().all(|(name, chosen)| {
            name == without || any_is(chosen, product.attributes.get(name).map_or("", String::as_str))
        });
        let facets = (0..3).all(|at| {
            without == ["text", "image", "audio"][at] || filter.has[at].is_none_or(|wanted| wanted == has[at])
        });
        (without == "category" || category)
            && (without == "brand" || any_is(&filter.brands, &product.brand))
            && (without == "price" || price)
            && attributes
            && facets
    }

    fn some_of(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
        let any = proptest::sample::subsequence(values, 0..=values.len());
        any.prop_map(|values| values.iter().map(ToString::to_string).collect())
    }

    fn filters() -> impl Strategy<Value = Filter> {
        let amounts = || proptest::option::of((0_u32..30).prop_map(f64::from));
        let currency = proptest::option::of(proptest::sample::select(vec!["USD".to_owned(), "EUR".to_owned()]));
        let price =
            (amounts(), amounts(), currency).prop_map(|(low, high, currency)| PriceRange { low, high, currency });
        let color = some_of(&["red", "Blue"]);
        (
            some_of(&["A", "a > b", "D > E"]),
            some_of(&["acme", "Bolt"]),
            proptest::option::of(price),
            color,
            proptest::array::uniform3(proptest::option::of(any::<bool>())),
        )
            .prop_map(|(categories, brands, price, color, has)| Filter {
                categories,
                brands,
                price,
                attributes: BTreeMap::from([("color".to_owned(), color)]),
                has,
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn counting_by_columns_is_counting_one_by_one(
            sketches in proptest::collection::vec(
                (0..6_usize, 0..4_usize, 0..5_usize, 0..4_usize, 0..4_usize, any::<[bool; 3]>()), 0..150),
            filter in filters(),
            within in proptest::option::of(proptest::collection::vec(any::<bool>(), 150)),
        ) {
            let rows = sketches.len();
            let products: Vec<Product> = sketches.iter().enumerate().map(|(at, sketch)| product(at, sketch)).collect();
            let facets = [0, 1, 2].map(|facet| RowSet::of(rows, (0..rows).filter(|row| sketches[*row].5[facet])));
            let (_folder, columns) = built(&products, &facets);
            let within = within.map(|within| RowSet::of(rows, (0..rows).filter(|row| within[*row])));
            let passing = |without: &str| -> Vec<usize> {
                (0..rows)
                    .filter(|row| within.as_ref().is_none_or(|within| within.contains(*row)))
                    .filter(|row| passes(&products[*row], sketches[*row].5, &filter, without))
                    .collect()
            };
            let mut found = filter.rows(&columns);
            if let Some(within) = &within {
                found.retain(within);
            }
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), passing(""));
            let counts = facet_counts(&columns, &filter, within.as_ref());
            prop_assert_eq!(counts.rows, passing("").len());
            let among = |without: &str, holds: &dyn Fn(&Product) -> bool| {
                passing(without).into_iter().filter(|row| holds(&products[*row])).count()
            };
            for node in &counts.categories {
                let path = folded_path(&node.path);
                prop_assert_eq!(node.count, among("category", &|product| folded_path(&product.category).starts_with(&path)));
            }
            for value in &counts.brands.listed {
                prop_assert_eq!(value.count, among("brand", &|product| fold(&product.brand) == fold(&value.label)));
            }
            let total: usize = counts.brands.listed.iter().map(|value| value.count).sum();
            prop_assert_eq!(total, among("brand", &|product| !product.brand.is_empty()));
            for (name, values) in &counts.attributes {
                let total: usize = values.listed.iter().map(|value| value.count).sum();
                prop_assert_eq!(total, among(name, &|product| !product.attributes[name].is_empty()));
                for value in &values.listed {
                    prop_assert_eq!(value.count, among(name, &|product| fold(&product.attributes[name]) == fold(&value.label)));
                }
            }
            for price in &counts.prices {
                let same = |product: &Product| product.price.as_ref().is_some_and(|own| own.currency == price.currency);
                prop_assert_eq!(price.count, among("price", &same));
            }
            for (at, name) in ["text", "image", "audio"].iter().enumerate() {
                let with = passing(name).into_iter().filter(|row| sketches[*row].5[at]).count();
                prop_assert_eq!(counts.has[at], [with, passing(name).len() - with]);
            }
        }
    }
}
