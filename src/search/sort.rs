//! The order of a shelf while nobody searches.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::index::{Columns, RowSet};

/// What products are put in order by. Ties break by product id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// As the feed has them.
    #[default]
    Feed,
    /// Cheapest first, one currency after the other, the commonest first: amounts of two currencies do not compare.
    /// Products without a price come last.
    PriceUp,
    /// The same with the dearest first.
    PriceDown,
    Title,
    Id,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Feed, Self::PriceUp, Self::PriceDown, Self::Title, Self::Id];

    /// The rows in order.
    pub fn order(self, columns: &Columns, rows: &RowSet) -> Vec<u32> {
        let among = |order: &[u32]| order.iter().copied().filter(|row| rows.contains(*row as usize)).collect();
        match self {
            Self::Feed => rows.iter().map(|row| row as u32).collect(),
            Self::Id => among(columns.rows_by_id()),
            Self::Title => among(columns.rows_by_title()),
            Self::PriceUp | Self::PriceDown => by_price(columns, rows, self == Self::PriceDown),
        }
    }
}

fn by_price(columns: &Columns, rows: &RowSet, down: bool) -> Vec<u32> {
    let (amounts, currencies, id_order) = (columns.amounts(), columns.currencies(), columns.id_order());
    let ranks = currency_ranks(currencies.codes, currencies.labels.len(), rows);
    // Currency, amount and place by id in one number, for one comparison each.
    let key = |row: usize| {
        let amount = amounts[row];
        let rank = ranks.get(currencies.codes[row] as usize).filter(|_| amount.is_finite());
        let amount = if down { !ordered(amount) } else { ordered(amount) };
        let price = rank.map_or(u128::MAX >> 32, |rank| u128::from(*rank) << 64 | u128::from(amount));
        price << 32 | u128::from(id_order[row])
    };
    let mut keys: Vec<u128> = rows.iter().map(key).collect();
    keys.par_sort_unstable();
    keys.into_iter().map(|key| columns.rows_by_id()[key as u32 as usize]).collect()
}

/// The place of each currency when the one with most rows comes first.
fn currency_ranks(codes: &[u32], currencies: usize, rows: &RowSet) -> Vec<u32> {
    let mut counts = vec![0_usize; currencies];
    rows.iter().for_each(|row| counts.get_mut(codes[row] as usize).into_iter().for_each(|count| *count += 1));
    let mut order: Vec<usize> = (0..currencies).collect();
    order.sort_by_key(|code| std::cmp::Reverse(counts[*code]));
    let mut ranks = vec![0; currencies];
    order.into_iter().zip(0..).for_each(|(code, rank)| ranks[code] = rank);
    ranks
}

/// Bits that compare as the number does.
fn ordered(amount: f64) -> u64 {
    let bits = amount.to_bits();
    if amount.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::{Price, Product},
        index::columns,
        progress::Progress,
    };

    #[test]
    fn orders_of_a_shelf() {
        let product = |(id, title, price): (&str, &str, &str)| Product {
            id: id.into(),
            title: title.into(),
            price: Price::parse(price),
            ..Product::default()
        };
        let products = [
            ("e", "Mug", "9.50 EUR"),
            ("d", "", ""),
            ("c", "apple", "1 USD"),
            ("b", "mug", "9.5 EUR"),
            ("a", "Zebra", "100 EUR"),
            ("f", "Bowl", "0 EUR"),
        ]
        .map(product);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(columns::FILE);
        let facets = [0, 1, 2].map(|_| RowSet::none(products.len()));
        columns::build(&path, products.iter().map(Ok), &facets, &Progress::new()).unwrap();
        let columns = Columns::open(&path).unwrap();
        let check = |sort: Sort, expected: &str| {
            let told = |rows: &RowSet| {
                sort.order(&columns, rows).into_iter().map(|row| columns.id(row as usize)).collect::<String>()
            };
            assert_eq!(told(&RowSet::all(6)), expected, "{sort:?}");
            let some: String = expected.chars().filter(|id| "cde".contains(*id)).collect();
            assert_eq!(told(&RowSet::of(6, [0, 1, 2])).len(), some.len());
        };
        check(Sort::Feed, "edcbaf");
        check(Sort::Id, "abcdef");
        check(Sort::Title, "cfbead");
        check(Sort::PriceUp, "fbeacd");
        check(Sort::PriceDown, "abefcd");
    }

    #[test]
    fn bits_of_numbers_compare_as_they_do() {
        let rising = [-1e9, -1.5, -0.0, 0.0, 1e-9, 0.5, 1.0, 1e12];
        assert!(rising.map(ordered).is_sorted());
    }
}
