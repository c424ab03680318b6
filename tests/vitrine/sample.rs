//! The sample catalog answers what people ask of it: written queries in two languages, pictures that are not in the
//! catalog, and words spoken by a voice that training never heard. The bar is a mean recall@5 of 0.9.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use vitrine::{
    catalog::Product,
    encode::bundle::BUILT_IN,
    engine::Engine,
    media::{clip::Clip, image::Picture},
    progress::Progress,
    search::{Query, Weights},
};

const BAR: f64 = 0.9;
const TOP: usize = 5;

/// A written query and the products that are right, by the catalog's own colours, kinds and materials.
#[derive(Deserialize)]
struct Written {
    en: String,
    zh: String,
    relevant: Vec<String>,
}

/// A picture or a sound and the last part of the category that is right.
#[derive(Deserialize)]
struct Shown {
    file: String,
    kind: String,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vitrine/sample")
}

fn list<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    serde_json::from_str(&fs::read_to_string(folder().join(name)).unwrap()).unwrap()
}

/// The share of the right products that are among the best five; of more than five, five will do.
fn recall(engine: &Engine, query: &Query, is_right: impl Fn(&Product) -> bool) -> f64 {
    let weights = Weights::default();
    let (collection, found) = engine.search(query, &weights, None, None, &Progress::new()).unwrap();
    let hits = found.rank(&collection, &weights, None, TOP).unwrap();
    let is_right = |row: usize| is_right(&collection.product(row).unwrap());
    let right = hits.iter().filter(|hit| is_right(hit.row)).count();
    let all = (0..collection.len()).filter(|row| is_right(*row)).count();
    assert!(all > 0, "no product is right for {:?}", query.text);
    right as f64 / all.min(TOP) as f64
}

fn is_of_kind(product: &Product, kind: &str) -> bool {
    product.category.rsplit('>').next().is_some_and(|leaf| leaf.trim() == kind)
}

/// Says which queries fall short, and holds the mean against the bar.
fn check(what: &str, recalls: &[(String, f64)]) {
    let mean = recalls.iter().map(|(_, recall)| recall).sum::<f64>() / recalls.len() as f64;
    let short: Vec<String> = recalls
        .iter()
        .filter(|(_, recall)| *recall < 1.0)
        .map(|(query, recall)| format!("{query} {recall:.1}"))
        .collect();
    eprintln!("{what}: mean recall@{TOP} {mean:.3} of {}; short: {}", recalls.len(), short.join(", "));
    assert!(mean >= BAR - 1e-9, "{what}: {mean:.3}");
}

#[test]
fn the_sample_catalog_answers_what_people_ask() {
    let home = tempfile::tempdir().unwrap();
    let engine = Engine::new(BUILT_IN);
    engine.open_sample(home.path(), &Progress::new()).unwrap();

    let written: Vec<Written> = list("queries.json");
    assert_eq!(written.len(), 20);
    for (language, text) in
        [("English", (|query| &query.en) as fn(&Written) -> &String), ("Chinese", |query| &query.zh)]
    {
        let ask = |query: &Written| {
            let asked = Query { text: text(query).clone(), ..Query::default() };
            (text(query).clone(), recall(&engine, &asked, |product| query.relevant.contains(&product.id)))
        };
        check(language, &written.iter().map(ask).collect::<Vec<_>>());
    }

    let pictures: Vec<Shown> = list("pictures.json");
    assert_eq!(pictures.len(), 10);
    let ask = |shown: &Shown| {
        let picture = Picture::open(&folder().join("pictures").join(&shown.file)).unwrap();
        let query = Query { images: vec![picture.into()], ..Query::default() };
        (shown.file.clone(), recall(&engine, &query, |product| is_of_kind(product, &shown.kind)))
    };
    check("pictures", &pictures.iter().map(ask).collect::<Vec<_>>());

    let spoken: Vec<Shown> = list("spoken.json");
    assert_eq!(spoken.len(), 10);
    let ask = |shown: &Shown| {
        let clip = Clip::open(&folder().join("spoken").join(&shown.file)).unwrap();
        let query = Query { audio: Some(clip.into()), ..Query::default() };
        (shown.file.clone(), recall(&engine, &query, |product| is_of_kind(product, &shown.kind)))
    };
    check("spoken", &spoken.iter().map(ask).collect::<Vec<_>>());
}
