//! How long the steps of a search take, at 10,000 and 100,000 products, to see what a change does: the scan of a facet, a
//! slider move, words, a filter with its counts. `vitrine bench` measures whole queries.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vitrine::{
    collection::generation::Limits,
    encode::Modality,
    engine::Engine,
    index::exact,
    progress::Progress,
    search::{Filter, Query, Slider, Weights, facets::facet_counts},
    speed::World,
};

fn search(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    for products in [10_000, 100_000] {
        let (world, path) = (World { products, dim: 256 }, folder.path().join(products.to_string()));
        let limits = Limits { codes_from: 0, bits_from: usize::MAX, graph_from: usize::MAX };
        world.write(&path, limits, &Progress::new()).unwrap();
        let engine = Engine::with_encoders(world.encoders());
        let collection = engine.open(&path).unwrap();
        let mut bench = |name: &str, work: &mut dyn FnMut()| {
            criterion.bench_function(&format!("{name}/{products}"), |bench| bench.iter(&mut *work));
        };

        let matrix = collection.matrix(Modality::Text).unwrap();
        let codes = collection.codes_in(Modality::Text, &collection.manifest.spaces[0][0]).unwrap();
        let query = matrix.embedding(matrix.places().row(0)).unwrap();
        bench("scan, vectors", &mut || drop(black_box(exact::compare(matrix, None, &[&query]))));
        bench("scan, codes", &mut || drop(black_box(exact::compare(matrix, Some(codes), &[&query]))));
        bench("scan, codes, three parts", &mut || {
            drop(black_box(exact::compare(matrix, Some(codes), &[&query, &query, &query])));
        });

        let query = Query { text: "query 1".into(), ..Query::default() };
        let mut weights = Weights::default();
        let (_, found) = engine.search(&query, &weights, None, None, &Progress::new()).unwrap();
        let mut number = 0;
        bench("slider move", &mut || {
            number += 1;
            for (slider, step) in Slider::ALL.into_iter().zip([7, 11, 13, 17, 19, 23, 29]) {
                weights.set(slider, 0.1 + (number * step % 90) as f32 / 100.0);
            }
            drop(black_box(found.rank(&collection, &weights, None, 100)));
        });

        let keyword = collection.keyword().unwrap();
        bench("keyword", &mut || drop(black_box(keyword.scores("red lamp group"))));

        let filter = Filter::parse(&["brand=Brand 1,Brand 2".to_owned(), "price=..100".to_owned()]).unwrap();
        bench("filter", &mut || drop(black_box(filter.rows(collection.columns()))));
        bench("filter with counts", &mut || drop(black_box(facet_counts(collection.columns(), &filter, None))));
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
