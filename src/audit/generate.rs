//! Queries made from a catalog, together with their judgements, for shops that have none yet. The catalog's own words are
//! the truth here: a grade says what the metadata says, not what a shopper would.

use std::collections::BTreeSet;

use super::{
    judgements::Judgements,
    queries::{AuditQuery, QuerySet},
};
use crate::{catalog::Product, language::Language};

/// The grade of what a query asks for.
pub const RIGHT: f32 = 3.0;
/// The grade of the right kind in another colour.
pub const KIND_ONLY: f32 = 1.0;
/// Words of a title that a known-item query has.
const TITLE_WORDS: usize = 4;

/// Queries and what is right for them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Generated {
    pub queries: QuerySet,
    pub judgements: Judgements,
}

impl Generated {
    /// Takes the queries of another, except those whose id is known already.
    pub fn extend(&mut self, other: Self) {
        let known: BTreeSet<String> = self.queries.queries.iter().map(|query| query.id.clone()).collect();
        let new = |query: &AuditQuery| !known.contains(&query.id);
        for (query, product, grade) in other.judgements.iter().filter(|(query, ..)| !known.contains(*query)) {
            self.judgements.set(query, product, grade);
        }
        self.queries.queries.extend(other.queries.queries.into_iter().filter(new));
    }
}

/// By what somebody looks for a product that they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Some words of its title, in their order.
    Title,
    /// Its last picture, where it has more than one.
    Picture,
    /// Its first sound.
    Sound,
}

impl Known {
    fn name(self) -> &'static str {
        match self {
            Self::Title => "known title",
            Self::Picture => "known picture",
            Self::Sound => "known sound",
        }
    }
}

/// Known-item queries for a random sample of the products that allow them; the product itself is the one right answer. The
/// same for the same seed; products are looked at one by one, so that a catalog need not fit into memory.
pub fn known_items(
    products: impl Iterator<Item = Product>,
    by: Known,
    count: usize,
    language: Language,
    seed: u64,
) -> Generated {
    let mut draw = fastrand::Rng::with_seed(seed);
    let allows = |product: &Product| match by {
        Known::Title => !product.title(language).trim().is_empty(),
        Known::Picture => product.pictures.len() > 1,
        Known::Sound => !product.sounds.is_empty(),
    };
    let mut taken = draw.choose_multiple(products.filter(allows).enumerate(), count);
    taken.sort_unstable_by_key(|(place, _)| *place);
    let mut generated = Generated::default();
    for (_, product) in taken {
        let id = format!("{}-{}", by.name().replace(' ', "-"), product.id);
        let mut query = AuditQuery { id, class: by.name().into(), ..AuditQuery::default() };
        match by {
            Known::Title => query.text = some_words(product.title(language), &mut draw),
            Known::Picture => query.images = product.pictures.last().cloned().into_iter().collect(),
            Known::Sound => query.audio = product.sounds.first().cloned(),
        }
        generated.judgements.set(&query.id, &product.id, RIGHT);
        generated.queries.queries.push(query);
    }
    generated
}

/// At most [`TITLE_WORDS`] of the words; a title without spaces is taken whole.
fn some_words(title: &str, draw: &mut fastrand::Rng) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let mut places = draw.choose_multiple(0..words.len(), TITLE_WORDS);
    places.sort_unstable();
    places.into_iter().map(|place| words[place]).collect::<Vec<_>>().join(" ")
}

/// What generating needs of each product.
struct Described {
    id: String,
    colour: String,
    /// The last step of the category.
    kind: String,
}

fn described(products: impl Iterator<Item = Product>, language: Language) -> Vec<Described> {
    let read = |product: Product| {
        let kind = product.category(language).rsplit('>').next().unwrap_or_default().trim().to_lowercase();
        let colour = colour(&product, language).trim().to_lowercase();
        (!kind.is_empty()).then_some(Described { id: product.id, colour, kind })
    };
    products.filter_map(read).collect()
}

fn colour(product: &Product, language: Language) -> &str {
    let named = |names: &[&str]| {
        let is_one = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        product
            .attributes
            .iter()
            .find(|(name, value)| is_one(name) && !value.is_empty())
            .map(|(_, value)| value.as_str())
    };
    let given = || named(&["color", "colour", "颜色"]);
    let chinese = || named(&["color_zh", "colour_zh"]);
    language.pick(given().or_else(chinese), chinese().or_else(given)).unwrap_or_default()
}

/// "red sweaters" for colours and kinds that go together at least once: all products with both are right ([`RIGHT`]), the
/// kind in other colours is half right ([`KIND_ONLY`]), the colour on other kinds is wrong (0). Takes at most `count` of
/// them by lot, the same for the same seed, and gives them in the order of their texts.
pub fn colour_kind(products: impl Iterator<Item = Product>, count: usize, language: Language, seed: u64) -> Generated {
    let all = described(products, language);
    let pairs: BTreeSet<(&str, &str)> =
        all.iter().filter(|one| !one.colour.is_empty()).map(|one| (one.colour.as_str(), one.kind.as_str())).collect();
    let mut draw = fastrand::Rng::with_seed(seed);
    let count = count.min(pairs.len());
    let mut taken = draw.choose_multiple(pairs, count);
    taken.sort_unstable();
    let mut generated = Generated::default();
    for (colour, kind) in taken {
        let text = language.pick(format!("{colour} {kind}"), format!("{colour}{kind}"));
        let query = query(text, "colour kind");
        for one in &all {
            let grade = match (one.colour == colour, one.kind == kind) {
                (true, true) => RIGHT,
                (false, true) => KIND_ONLY,
                (true, false) => 0.0,
                (false, false) => continue,
            };
            generated.judgements.set(&query.id, &one.id, grade);
        }
        generated.queries.queries.push(query);
    }
    generated
}

/// The id is the text without spaces, so that it is a word in TREC files.
fn query(text: String, class: &str) -> AuditQuery {
    let id = text.split_whitespace().collect::<Vec<_>>().join("-");
    AuditQuery { id, text, class: class.into(), ..AuditQuery::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> impl Iterator<Item = Product> {
        let product = |(id, colour, category, pictures): (&str, &str, &str, usize)| Product {
            id: id.into(),
            title: format!("{colour} fine soft thick knitted thing {id}"),
            category: category.into(),
            attributes: [("Color".to_owned(), colour.to_owned())].into(),
            pictures: (0..pictures).map(|at| format!("{id}-{at}.png").into()).collect(),
            ..Product::default()
        };
        [
            ("a", "Red", "Clothing > Sweaters", 1),
            ("b", "blue", "Clothing > Sweaters", 2),
            ("c", "red", "Home > Coffee mugs", 3),
            ("d", "", "Home > Coffee mugs", 1),
            ("e", "red", "", 0),
        ]
        .into_iter()
        .map(product)
    }

    #[test]
    fn attribute_queries_with_their_judgements() {
        let generated = colour_kind(shop(), 10, Language::English, 1);
        let ids: Vec<&str> = generated.queries.queries.iter().map(|query| query.id.as_str()).collect();
        assert_eq!(ids, ["blue-sweaters", "red-coffee-mugs", "red-sweaters"]);
        assert_eq!(generated.queries.queries[1].text, "red coffee mugs");
        let check = |query: &str, expected: &[(&str, f32)]| assert_eq!(generated.judgements.ideal(query), expected);
        check("red-sweaters", &[("a", 3.0), ("b", 1.0), ("c", 0.0)]);
        check("red-coffee-mugs", &[("c", 3.0), ("d", 1.0), ("a", 0.0)]);
        assert_eq!(colour_kind(shop(), 2, Language::English, 7), colour_kind(shop(), 2, Language::English, 7));
        assert_eq!(colour_kind(shop(), 2, Language::English, 7).queries.queries.len(), 2);
    }

    #[test]
    fn known_items_have_one_answer() {
        for (by, expected) in [(Known::Title, 5), (Known::Picture, 2), (Known::Sound, 0)] {
            let generated = known_items(shop(), by, 10, Language::English, 3);
            assert_eq!(generated.queries.queries.len(), expected, "{by:?}");
            assert_eq!(generated.judgements.len(), expected);
        }
        let two = known_items(shop(), Known::Title, 2, Language::English, 3);
        assert_eq!(two, known_items(shop(), Known::Title, 2, Language::English, 3));
        for query in &two.queries.queries {
            assert_eq!(query.text.split(' ').count(), TITLE_WORDS, "{}", query.text);
        }
        let picture = known_items(shop(), Known::Picture, 10, Language::English, 3);
        assert_eq!(picture.queries.queries[1].images, [std::path::PathBuf::from("c-2.png")]);
    }

    #[test]
    fn what_is_added_has_ids_of_its_own() {
        let pictures = || known_items(shop(), Known::Picture, 10, Language::English, 3);
        let mut all = pictures();
        let before = all.clone();
        all.extend(pictures());
        assert_eq!(all, before);
        all.extend(colour_kind(shop(), 1, Language::English, 1));
        assert_eq!(all.queries.queries.len(), before.queries.queries.len() + 1);
    }
}
