//! Fusion: the properties that make a slider honest, on random pair scores, and the whole way from a query to hits.

use std::sync::Arc;

use proptest::prelude::*;
use vitrine::{
    collection::calibration::Background,
    encode::Modality,
    error::Error,
    index::exact::MISSING,
    media::image::Picture,
    progress::Progress,
    search::{Channel, Found, Hit, Pair, Part, Policy, Query, Weights},
};

use crate::fixture;

const ROWS: usize = 6;

/// A found table for the shop's six products: one text part, one picture part, three facets each.
fn found() -> impl Strategy<Value = Found> {
    let cosine = prop_oneof![4 => -1.0_f32..1.0, 1 => Just(MISSING)];
    let pair = (prop::collection::vec(cosine, ROWS), -0.2_f32..0.5, 0.01_f32..0.4);
    prop::collection::vec(pair, 6).prop_map(|pairs| {
        let mut pairs = pairs.into_iter().zip(Modality::ALL.into_iter().cycle());
        let mut three = || -> Vec<Arc<Pair>> {
            let pair = |((cosines, mean, sd), facet): ((Vec<f32>, f32, f32), Modality)| {
                Arc::new(Pair::new(Channel::Facet(facet), cosines, Background { mean, sd }))
            };
            pairs.by_ref().take(3).map(pair).collect()
        };
        let mut found = Found::new(ROWS);
        found.extend(Part::text("red"), three());
        found.extend(Part::image(picture()), three());
        found
    })
}

fn picture() -> Picture {
    Picture::from_rgba(1, 1, vec![200, 0, 0, 255]).unwrap()
}

fn some_weights() -> impl Strategy<Value = Weights> {
    let policy = prop_oneof![Just(Policy::Neutral), Just(Policy::Renormalise)];
    let weight = || 0.05_f32..1.0;
    ([weight(), weight(), weight()], [weight(), weight(), weight()], policy)
        .prop_map(|(parts, facets, policy)| Weights::new(parts, facets, policy))
}

fn rows(hits: &[Hit]) -> Vec<usize> {
    hits.iter().map(|hit| hit.row).collect()
}

/// Whether two rankings are the same but for products whose scores are equal up to rounding.
fn same(a: &[Hit], b: &[Hit]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a.score - b.score).abs() < 1e-3)
}

/// The found table without one part.
fn without(found: &Found, modality: Modality) -> Found {
    let mut rest = Found::new(ROWS);
    for part in found.parts().filter(|part| part.modality() != modality) {
        rest.extend(part.clone(), found.pairs_of(part).unwrap());
    }
    rest
}

#[test]
fn the_properties_of_fusion() {
    let (engine, _shop) = fixture::open_shop();
    let collection = engine.collection().unwrap();
    let rank = |found: &Found, weights: &Weights| found.rank(&collection, weights, None, ROWS).unwrap();

    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&(found(), some_weights(), 0.1_f32..50.0), |(found, weights, factor)| {
            let hits = rank(&found, &weights);

            // Every score is a number, best first, and the parts add up to it.
            prop_assert!(hits.iter().all(|hit| hit.score.is_finite()));
            prop_assert!(hits.windows(2).all(|two| two[0].score >= two[1].score));
            for hit in &hits {
                let scores = found.explain(&collection, hit.row, &weights);
                let sum: f32 = scores.iter().map(|score| score.contribution).sum();
                prop_assert!((sum - hit.score).abs() <= 1e-5 * hit.score.abs().max(1.0), "{sum} {}", hit.score);
                let shares: f32 = scores.iter().map(|score| score.weight).sum();
                prop_assert!((shares - 1.0).abs() < 1e-4);
            }

            // A part of weight 0 is as good as absent.
            let mut silent = weights;
            silent.set_part(Modality::Image, 0.0);
            prop_assert_eq!(rank(&found, &silent), rank(&without(&found, Modality::Image), &weights));

            // Scaling all weights changes nothing.
            let scaled = Weights::new(
                Modality::ALL.map(|part| weights.part(part) * factor),
                Modality::ALL.map(|facet| weights.facet(facet) * factor),
                weights.policy,
            );
            prop_assert!(same(&hits, &rank(&found, &scaled)));

            // A single weight equals that pair's own order, among the products that have the facet.
            for facet in Modality::ALL {
                let mut one = Weights::new([1.0, 0.0, 0.0], [0.0; 3], Policy::Renormalise);
                one.set_facet(facet, 0.3);
                let text = Part::text("red");
                let pair = found
                    .pairs_of(&text)
                    .unwrap()
                    .into_iter()
                    .find(|pair| pair.channel == Channel::Facet(facet))
                    .unwrap();
                let mut own: Vec<usize> = (0..ROWS).filter(|row| pair.values()[*row] > MISSING).collect();
                own.sort_by(|a, b| {
                    let ids = collection.id_order();
                    pair.values()[*b].total_cmp(&pair.values()[*a]).then(ids[*a].cmp(&ids[*b]))
                });
                let ranked = if own.is_empty() { Vec::new() } else { rows(&rank(&found, &one)) };
                prop_assert_eq!(ranked, own);
            }

            // The best k are the first k of the whole order.
            let best = found.rank(&collection, &weights, None, 2).unwrap();
            prop_assert_eq!(rows(&best), rows(&hits)[..best.len()].to_vec());
            Ok(())
        })
        .unwrap();
}

#[test]
fn missing_facets_are_neutral_or_left_out() {
    let (engine, _shop) = fixture::open_shop();
    let collection = engine.collection().unwrap();
    let background = Background { mean: 0.0, sd: 0.5 };
    let pair = |facet, cosines: [f32; ROWS]| Arc::new(Pair::new(Channel::Facet(facet), cosines, background));
    let mut found = Found::new(ROWS);
    let text = pair(Modality::Text, [0.5; ROWS]);
    let mut cosines = [-0.5; ROWS];
    cosines[5] = MISSING;
    cosines[4] = f32::NAN;
    found.extend(Part::text("red"), vec![text, pair(Modality::Image, cosines)]);
    let check = |policy, expected: f32| {
        let weights = Weights::new([1.0; 3], [1.0; 3], policy);
        let hits = found.rank(&collection, &weights, None, ROWS).unwrap();
        let hit = hits.iter().find(|hit| hit.row == 5).unwrap();
        assert!((hit.score - expected).abs() < 1e-6, "{policy:?} {}", hit.score);
        assert_eq!(found.explain(&collection, 5, &weights)[1].cosine, None);
    };
    // What is not a number counts as missing and never reaches a score.
    let hits = found.rank(&collection, &Weights::default(), None, ROWS).unwrap();
    assert!(hits.iter().all(|hit| hit.score.is_finite()));
    check(Policy::Neutral, 0.5);
    check(Policy::Renormalise, 1.0);
}

#[test]
fn weights_that_are_no_weights_become_zero() {
    let weights = Weights::new([f32::NAN, f32::INFINITY, -1.0], [1.0; 3], Policy::Neutral);
    assert!(Modality::ALL.iter().all(|part| weights.part(*part) == 0.0));
}

#[test]
fn a_query_finds_its_product_and_a_slider_encodes_nothing() {
    let (engine, _shop) = fixture::open_shop();
    let query = Query { text: "blue mug".into(), images: vec![picture().into()], audio: None };
    let weights = Weights::default();
    let (collection, found) = engine.search(&query, &weights, None, None, &Progress::new()).unwrap();
    let leader = |weights: &Weights| {
        let hits = found.rank(&collection, weights, None, 1).unwrap();
        collection.product(hits[0].row).unwrap().id.clone()
    };
    let before = engine.counters();
    let only = |part, facet| {
        let mut weights = Weights::new([0.0; 3], [0.0; 3], Policy::Neutral);
        weights.set_part(part, 1.0);
        weights.set_facet(facet, 1.0);
        weights
    };
    assert_eq!(leader(&only(Modality::Text, Modality::Text)), "mug-blue");
    assert_eq!(leader(&only(Modality::Image, Modality::Text)), "mug-red");
    assert_eq!(leader(&only(Modality::Image, Modality::Image)), "mug-red");
    assert_eq!(engine.counters(), before, "a slider move runs no encoder and builds no index");
}

#[test]
fn a_part_of_weight_zero_is_encoded_only_when_its_slider_moves() {
    let (engine, _shop) = fixture::open_shop();
    let query = Query { text: "red".into(), images: vec![picture().into()], audio: None };
    let mut weights = Weights::default();
    weights.set_part(Modality::Image, 0.0);
    let before = engine.counters().encoder_runs;
    let (_, found) = engine.search(&query, &weights, None, None, &Progress::new()).unwrap();
    assert_eq!(engine.counters().encoder_runs, before + 1);
    assert!(!found.lacks(|modality| query.has(modality), &weights));
    weights.set_part(Modality::Image, 0.5);
    assert!(found.lacks(|modality| query.has(modality), &weights));
    let (_, more) = engine.search(&query, &weights, Some(&found), None, &Progress::new()).unwrap();
    assert_eq!(engine.counters().encoder_runs, before + 2);
    assert!(!more.lacks(|modality| query.has(modality), &weights));
}

#[test]
fn queries_that_ask_nothing() {
    let (engine, _shop) = fixture::open_shop();
    let search = |query: &Query, weights: &Weights| engine.search(query, weights, None, None, &Progress::new()).err();
    let query = |text: &str| Query { text: text.into(), ..Query::default() };
    assert_eq!(search(&query("  "), &Weights::default()), Some(Error::EmptyQuery));
    let nothing = Weights::new([0.0; 3], [1.0; 3], Policy::Neutral);
    assert_eq!(search(&query("red"), &nothing), Some(Error::NoWeight));
    let no_facet = Weights::new([1.0; 3], [0.0; 3], Policy::Neutral);
    let (collection, found) = engine.search(&query("red"), &no_facet, None, None, &Progress::new()).unwrap();
    assert_eq!(found.rank(&collection, &no_facet, None, 5).err(), Some(Error::NoWeight));
}
