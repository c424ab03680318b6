//! The order is the exact one: ten thousand random products, half of their facets missing, scanned by codes of one byte a
//! value, and compared with a plain sum over the full vectors for every method, normalisation, policy and filter.

use std::collections::HashMap;

use vitrine::{
    collection::{Collection, generation::Limits},
    encode::Modality,
    engine::Engine,
    index::RowSet,
    media::{clip::Clip, image::Picture},
    progress::Progress,
    search::{
        Arrangement, Channel, Content, Found, Method, Normalisation, Part, Policy, Query, Slider, Weighted, Weights,
    },
    speed::World,
};

const WORLD: World = World { products: 10_000, dim: 32 };
const TOP: usize = 50;

struct Oracle {
    engine: Engine,
    collection: std::sync::Arc<Collection>,
    _folder: tempfile::TempDir,
}

/// The cosine of each part with each facet of each product, out of the full vectors, in 64 bits.
type Truth = Vec<(Part, HashMap<Modality, Vec<Option<f64>>>)>;

fn oracle(limits: Limits) -> Oracle {
    let folder = tempfile::tempdir().unwrap();
    WORLD.write(folder.path(), limits, &Progress::new()).unwrap();
    let engine = Engine::with_encoders(WORLD.encoders());
    let collection = engine.open(folder.path()).unwrap();
    Oracle { engine, collection, _folder: folder }
}

fn query() -> Query {
    let picture = |grey| Picture::from_rgba(1, 1, vec![grey, grey, grey, 255]).unwrap();
    Query {
        text: "red sweater -wool".into(),
        images: vec![picture(10).into(), Weighted::new(picture(200), 0.4), Weighted::new(picture(90), -0.6)],
        audio: Some(Clip::new(vec![0.5, -0.25], 16_000).unwrap().into()),
    }
}

impl Oracle {
    fn search(&self, weights: &Weights) -> Found {
        self.engine.search(&query(), weights, None, None, &Progress::new()).unwrap().1
    }

    fn truth(&self) -> Truth {
        let encoders = WORLD.encoders();
        let parts = query().parts().into_iter();
        let with_facets = parts.map(|part| {
            let vector = match &part.content {
                Content::Text(text) => encoders.text(&[text]),
                Content::Image(picture) => encoders.image(&[picture]),
                Content::Audio(clip) => encoders.audio(&[clip]),
            };
            let vector = vector.unwrap().remove(0);
            let facets = Modality::ALL.into_iter().map(|facet| {
                let matrix = self.collection.matrix(facet).unwrap();
                let cosine = |row| Some(product(matrix.row(row)?, vector.values()));
                (facet, (0..matrix.rows()).map(cosine).collect())
            });
            let facets: HashMap<_, _> = facets.collect();
            (part, facets)
        });
        with_facets.collect()
    }

    /// The exact scores, straight from the definitions; `None` for a product without any pair in play.
    fn scores(&self, truth: &Truth, weights: &Weights) -> Vec<Option<f64>> {
        let mut pairs: Vec<(f64, Vec<Option<f64>>)> = Vec::new();
        for (part, facets) in truth {
            let of_modality = |modality| truth.iter().filter(move |(part, _)| part.modality() == modality);
            let whole: f64 = of_modality(part.modality()).map(|(part, _)| f64::from(part.weight().abs())).sum();
            for facet in Modality::ALL {
                let weight = f64::from(weights.part(part.modality())) * f64::from(part.weight()) / whole
                    * f64::from(weights.facet(facet));
                if weight != 0.0 {
                    pairs.push((weight, self.normalised(part.modality(), facet, &facets[&facet], weights)));
                }
            }
        }
        let rows = self.collection.len();
        let by_words = f64::from(weights.channel(Channel::Keyword) * weights.part(Modality::Text));
        let texts = truth.iter().filter(|(part, _)| part.modality() == Modality::Text);
        for (part, _) in texts.clone().filter(|_| by_words > 0.0 && weights.method == Method::WeightedSum) {
            let whole: f64 = texts.clone().map(|(part, _)| f64::from(part.weight().abs())).sum();
            pairs.push((by_words * f64::from(part.weight()) / whole, self.words(part)));
        }
        let whole: f64 = pairs.iter().map(|(weight, _)| weight.abs()).sum();
        (0..rows)
            .map(|row| {
                let present = pairs.iter().filter_map(|(weight, values)| Some((weight, values[row]?)));
                let sum: f64 = present.clone().map(|(weight, value)| weight * value).sum();
                let in_play: f64 = present.map(|(weight, _)| weight.abs()).sum();
                match (weights.method, weights.policy) {
                    (Method::JointVector, _) => {
                        let length = self.joint_length(weights, row);
                        Some(if length > 1e-3 { sum / length } else { 0.0 })
                    }
                    (_, Policy::Neutral) => Some(sum / whole),
                    (_, Policy::Renormalise) => (in_play > 0.0).then(|| sum / in_play),
                }
            })
            .collect()
    }

    fn normalised(
        &self,
        part: Modality,
        facet: Modality,
        cosines: &[Option<f64>],
        weights: &Weights,
    ) -> Vec<Option<f64>> {
        let present: Vec<f64> = cosines.iter().copied().flatten().collect();
        let count = present.len() as f64;
        let mean = present.iter().sum::<f64>() / count;
        let (zero, unit) = match (weights.method, weights.normalisation) {
            (Method::JointVector, _) => (0.0, 1.0),
            (Method::Rrf { k }, _) => return self.reciprocal_ranks(cosines, f64::from(k)),
            (_, Normalisation::Calibrated) => {
                let background = self.collection.manifest.calibration.get(part, facet).unwrap();
                (f64::from(background.mean), f64::from(background.sd))
            }
            (_, Normalisation::None) => (0.0, 1.0),
            (_, Normalisation::MinMax) => {
                let lowest = present.iter().copied().fold(f64::INFINITY, f64::min);
                (lowest, present.iter().copied().fold(f64::NEG_INFINITY, f64::max) - lowest)
            }
            (_, Normalisation::ZScore) => {
                (mean, (present.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
            }
            (_, Normalisation::L2) => (0.0, present.iter().map(|value| value * value).sum::<f64>().sqrt()),
        };
        cosines.iter().map(|cosine| cosine.map(|cosine| (cosine - zero) / unit)).collect()
    }

    /// BM25, calibrated like the rest.
    fn words(&self, part: &Part) -> Vec<Option<f64>> {
        let Content::Text(text) = &part.content else { unreachable!("words are text") };
        let background = self.collection.manifest.keyword.unwrap();
        let mut values = vec![0.0; self.collection.len()];
        for (row, score) in self.collection.keyword().unwrap().scores(text).unwrap() {
            values[row as usize] = f64::from(score);
        }
        values.iter().map(|value| Some((value - f64::from(background.mean)) / f64::from(background.sd))).collect()
    }

    fn reciprocal_ranks(&self, cosines: &[Option<f64>], k: f64) -> Vec<Option<f64>> {
        let ids = self.collection.id_order();
        let mut rows: Vec<usize> = (0..cosines.len()).filter(|row| cosines[*row].is_some()).collect();
        rows.sort_by(|a, b| {
            let (left, right) = (cosines[*a].unwrap(), cosines[*b].unwrap());
            right.total_cmp(&left).then(ids[*a].cmp(&ids[*b]))
        });
        let mut values = vec![None; cosines.len()];
        rows.iter().zip(1..).for_each(|(row, rank)| values[*row] = Some(1.0 / (k + f64::from(rank))));
        values
    }

    /// The product of the lengths of the two weighted sums of vectors.
    fn joint_length(&self, weights: &Weights, row: usize) -> f64 {
        let encoders = WORLD.encoders();
        let parts = query().parts();
        let mut asked = vec![0.0; WORLD.dim];
        for part in &parts {
            let vector = match &part.content {
                Content::Text(text) => encoders.text(&[text]),
                Content::Image(picture) => encoders.image(&[picture]),
                Content::Audio(clip) => encoders.audio(&[clip]),
            };
            let alike = parts.iter().filter(|other| other.modality() == part.modality());
            let whole: f32 = alike.map(|other| other.weight().abs()).sum();
            let weight = f64::from(weights.part(part.modality()) * part.weight()) / f64::from(whole);
            let vector = vector.unwrap().remove(0);
            asked.iter_mut().zip(vector.values()).for_each(|(sum, value)| *sum += weight * f64::from(*value));
        }
        let mut offered = vec![0.0; WORLD.dim];
        for facet in Modality::ALL {
            let vector = self.collection.matrix(facet).unwrap().row(row);
            let weight = f64::from(weights.facet(facet));
            let add = |(sum, value): (&mut f64, &f32)| *sum += weight * f64::from(*value);
            vector.into_iter().for_each(|vector| offered.iter_mut().zip(vector).for_each(add));
        }
        let length = |vector: &[f64]| vector.iter().map(|value| value * value).sum::<f64>().sqrt();
        length(&asked) * length(&offered)
    }

    /// Compares the first hits with the brute force order; products whose scores differ by rounding may change places.
    fn check(&self, truth: &Truth, found: &Found, weights: &Weights, filter: Option<&RowSet>) {
        let hits = found.rank(&self.collection, weights, filter, TOP).unwrap();
        let scores = self.scores(truth, weights);
        let allowed = |row: &usize| scores[*row].is_some() && filter.is_none_or(|filter| filter.contains(*row));
        let mut order: Vec<usize> = (0..scores.len()).filter(allowed).collect();
        let ids = self.collection.id_order();
        let score = |row: usize| scores[row].unwrap();
        order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(ids[*a].cmp(&ids[*b])));
        assert_eq!(hits.len(), order.len().min(TOP), "{weights:?}");
        for (place, (hit, expected)) in hits.iter().zip(&order).enumerate() {
            let size = score(*expected).abs().max(1e-2);
            let off = (score(hit.row) - score(*expected)).abs();
            assert!(off <= 3e-6 * size, "{weights:?}: place {place} has {} for {}", score(hit.row), score(*expected));
            assert!((f64::from(hit.score) - score(hit.row)).abs() <= 2e-5 * size, "{weights:?}: {hit:?}");
            let parts = found.explain(&self.collection, hit.row, weights);
            let sum: f32 = parts.iter().map(|part| part.contribution).sum();
            assert!((sum - hit.score).abs() <= 1e-5 * hit.score.abs().max(1.0), "{weights:?}: {sum} {}", hit.score);
        }
    }
}

fn product(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Every method, normalisation and policy under some weights.
fn cases() -> Vec<Weights> {
    let weights = [
        ([1.0, 1.0, 1.0], [1.0, 1.0, 0.25]),
        ([0.2, 1.0, 0.7], [0.0, 1.0, 0.4]),
        ([1.0, 0.0, 0.0], [0.3, 0.0, 0.0]),
        ([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
    ];
    let mut cases = Vec::new();
    for (parts, facets) in weights {
        for policy in [Policy::Neutral, Policy::Renormalise] {
            for method in Method::ALL.into_iter().chain([Method::Rrf { k: 3.0 }]) {
                let normalisations: &[Normalisation] =
                    if method == Method::WeightedSum { &Normalisation::ALL } else { &[Normalisation::Calibrated] };
                for normalisation in normalisations {
                    let mut weights = Weights::new(parts, facets, policy);
                    (weights.method, weights.normalisation) = (method, *normalisation);
                    cases.push(weights);
                }
            }
        }
    }
    // Words too, with facets and alone: then most products have the same score, and ids decide.
    for (parts, facets) in [([1.0, 1.0, 1.0], [1.0, 1.0, 0.25]), ([1.0, 0.0, 0.0], [0.0, 0.0, 0.0])] {
        for policy in [Policy::Neutral, Policy::Renormalise] {
            let mut weights = Weights::new(parts, facets, policy);
            weights.set(Slider::Channel(Channel::Keyword), 0.5);
            cases.push(weights);
        }
    }
    cases
}

#[test]
fn every_order_is_the_brute_force_order() {
    let all = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
    for codes_from in [0, usize::MAX] {
        let oracle = oracle(Limits { codes_from, bits_from: usize::MAX, graph_from: usize::MAX });
        let truth = oracle.truth();
        let half = RowSet::of(WORLD.products, (0..WORLD.products).filter(|row| row % 2 == 1));
        let few = RowSet::of(WORLD.products, (0..WORLD.products).filter(|row| row % 97 == 5));
        // One table for the weights that codes answer: a slider move must not need a new scan.
        let found = oracle.search(&all);
        let runs = oracle.engine.counters();
        for weights in cases() {
            for filter in [None, Some(&half), Some(&few)] {
                if weights.need_every_cosine() {
                    let own = oracle.search(&all);
                    oracle.check(&truth, &own, &weights, filter);
                } else {
                    oracle.check(&truth, &found, &weights, filter);
                }
            }
        }
        assert!(oracle.engine.counters().encoder_runs > runs.encoder_runs);
    }
}

#[test]
fn the_first_paint_is_nearly_right_and_knows_when_to_be_silent() {
    let oracle = oracle(Limits { codes_from: 0, bits_from: 0, graph_from: usize::MAX });
    let paint = |weights: &Weights| {
        let mut painted = None;
        let mut show = |hits: Vec<vitrine::search::Hit>| painted = Some(hits);
        let paint = vitrine::search::Paint { count: TOP, filter: None, show: &mut show };
        let progress = Progress::new();
        let (collection, found) = oracle.engine.search(&query(), weights, None, Some(paint), &progress).unwrap();
        (painted, found.rank(&collection, weights, None, TOP).unwrap())
    };
    let (painted, exact) = paint(&Weights::default());
    let painted = painted.expect("a first paint");
    let same = painted.iter().filter(|hit| exact.iter().any(|known| known.row == hit.row)).count();
    assert!(same * 100 >= TOP * 95, "{same} of {TOP}");
    for hit in painted.iter().filter_map(|hit| Some((hit, exact.iter().find(|known| known.row == hit.row)?))) {
        assert!((hit.0.score - hit.1.score).abs() < 1e-4, "what is painted has its true score");
    }
    let mut ranks = Weights::default();
    ranks.method = Method::Rrf { k: 60.0 };
    assert!(paint(&ranks).0.is_none());
}

#[test]
fn a_swap_swaps_and_an_effect_is_seen() {
    let oracle = oracle(Limits { codes_from: 0, bits_from: usize::MAX, graph_from: usize::MAX });
    let weights = Weights::default();
    let found = oracle.search(&weights);
    let collection = &oracle.collection;
    let hits = found.rank(collection, &weights, None, 20).unwrap();
    let mut swapped = 0;
    for pair in hits.windows(2) {
        let (upper, lower) = (pair[0].row, pair[1].row);
        let Some(swap) = found.smallest_swap(collection, &weights, lower, upper) else { continue };
        let mut moved = weights;
        moved.set(swap.slider, swap.to);
        let order = found.rank(collection, &moved, None, WORLD.products).unwrap();
        let place = |row| order.iter().position(|hit| hit.row == row).unwrap();
        assert!(place(lower) < place(upper), "{swap:?}");
        swapped += 1;
    }
    assert!(swapped >= 15, "{swapped} of 19 neighbours can be swapped by one slider");
    let effects: HashMap<Slider, f32> = found.effects(collection, &weights, None).unwrap().into_iter().collect();
    assert!(effects[&Slider::Part(Modality::Image)] > 0.0);
    assert_eq!(effects.len(), Slider::ALL.len());
    assert!(effects.values().all(|effect| (0.0..=1.0).contains(effect)));
    let one = Weights::new([1.0, 0.0, 0.0], [0.5, 0.0, 0.0], Policy::Neutral);
    let effects: HashMap<Slider, f32> = found.effects(collection, &one, None).unwrap().into_iter().collect();
    assert!(
        effects[&Slider::Channel(Channel::Facet(Modality::Text))] < 1e-6,
        "the only weight has nothing to outweigh"
    );
}

#[test]
fn near_duplicates_stand_behind_the_first_and_variety_spreads() {
    let oracle = oracle(Limits { codes_from: usize::MAX, bits_from: usize::MAX, graph_from: usize::MAX });
    let weights = Weights::default();
    let hits = oracle.search(&weights).rank(&oracle.collection, &weights, None, 300).unwrap();
    let arrange = |arrangement: Arrangement| arrangement.apply(&oracle.collection, &weights, hits.clone());
    assert_eq!(arrange(Arrangement::default()), hits);
    // Each product twice: the second of each goes behind the first.
    let twice: Vec<_> = hits.iter().flat_map(|hit| [*hit, *hit]).take(40).collect();
    let once = Arrangement { collapse: true, ..Arrangement::default() }.apply(&oracle.collection, &weights, twice);
    assert_eq!(once.len(), 20);
    assert!(once.iter().all(|hit| hit.alike == 1));
    let spread = arrange(Arrangement { diversity: 0.5, ..Arrangement::default() });
    assert_eq!(spread.len(), hits.len());
    assert_eq!(spread[0], hits[0], "the best stays the best");
    let mut rows: Vec<_> = spread.iter().map(|hit| hit.row).collect();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), hits.len(), "nothing is lost or doubled");
    let matrix = oracle.collection.matrix(Modality::Image).unwrap();
    let likeness = |hits: &[vitrine::search::Hit]| {
        let vectors: Vec<_> = hits.iter().take(10).filter_map(|hit| matrix.row(hit.row)).collect();
        let pairs = vectors.iter().enumerate().flat_map(|(at, a)| vectors[..at].iter().map(move |b| product(a, b)));
        pairs.sum::<f64>()
    };
    assert!(likeness(&spread) < likeness(&hits));
}
