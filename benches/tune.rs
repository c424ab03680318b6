//! The quality map and tuning, at 500 queries of 1,000 candidates: `cargo bench --bench tune`.

use criterion::{Criterion, criterion_group, criterion_main};
use vitrine::{
    audit::{
        metrics::Metric,
        simplex::{Axes, Map},
        table::Table,
        tune::{Task, tune},
    },
    encode::Modality,
    progress::Progress,
    search::{Channel, Policy, Weights},
};

const QUERIES: usize = 500;
const CANDIDATES: usize = 1_000;

/// Queries of these parts; one candidate in a hundred is right, and every pair says so a little.
fn tables(parts: &[Modality]) -> Vec<Table> {
    let mut dice = fastrand::Rng::with_seed(9);
    let table = |number: usize| {
        let mut columns = Vec::new();
        for part in parts {
            for channel in Channel::ALL {
                if channel != Channel::Keyword || *part == Modality::Text {
                    let values = (0..CANDIDATES).map(|product| {
                        let right = if product % 100 == 3 { 0.7 } else { 0.0 };
                        (dice.u8(..) > 40).then(|| dice.f32() + dice.f32() + dice.f32() - 1.5 + right)
                    });
                    columns.push((*part, channel, values.collect()));
                }
            }
        }
        let grades = (0..CANDIDATES).map(|product| (product % 100 == 3).then_some((product % 4) as f32)).collect();
        Table::of_values(&format!("q{number}"), "", columns, grades)
    };
    (0..QUERIES).map(table).collect()
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tune");
    group.sample_size(10);
    for (name, parts) in [("words", &[Modality::Text][..]), ("all parts", &Modality::ALL[..])] {
        let tables = tables(parts);
        let progress = Progress::new();
        for policy in [Policy::Neutral, Policy::Renormalise] {
            let mut weights = Weights::default();
            weights.policy = policy;
            group.bench_function(format!("map, {name}, {policy:?}"), |bencher| {
                bencher.iter(|| Map::of(&tables, &weights, Axes::Facets, Metric::NDCG_10, &progress).unwrap());
            });
        }
        if parts.len() == 1 {
            let weights = Weights::default();
            group.bench_function(format!("tuning, {name}"), |bencher| {
                bencher.iter(|| tune(&tables, &weights, Task::default(), &progress).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
