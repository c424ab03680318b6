//! How long the graph takes: built, searched, filtered, read; beside the exact scan of the same rows. Small sizes, to see
//! what a change does; `peers.py` compares with other libraries.

use std::{hint::black_box, path::Path, sync::Arc};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use vitrine::{
    encode::Embedding,
    index::{Codes, Hnsw, Matrix, Nearest, RowSet, hnsw::Effort, mapped, matrix, nearest::scan},
    progress::Progress,
};

const DIM: usize = 256;
const EFFORT: Effort = Effort { ef_construction: 60, ef_search: 100, segment_rows: 250_000, scanned_rows: 0 };

/// Unit vectors in clusters of about fifty.
fn facet(folder: &Path, rows: usize) -> (Arc<Matrix>, Arc<Codes>) {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    let centres: Vec<Vec<f32>> = (0..rows.div_ceil(50)).map(|_| (0..DIM).map(|_| next()).collect()).collect();
    let path = folder.join(format!("{rows}.vec"));
    let mut writer = matrix::Writer::create(&path, DIM).unwrap();
    for row in 0..rows {
        let centre = &centres[row * 7919 % centres.len()];
        let vector = centre.iter().map(|value| value + 0.7 * next()).collect();
        writer.push(Embedding::new(vector).as_ref()).unwrap();
    }
    writer.finish().unwrap();
    let matrix = Matrix::open(&path).unwrap();
    let codes = path.with_extension("codes");
    Codes::write(&matrix, &codes).unwrap();
    let codes = Codes::open(&codes, &matrix).unwrap();
    (Arc::new(matrix), Arc::new(codes))
}

fn graph(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    for rows in [2_000, 10_000] {
        let (matrix, codes) = facet(folder.path(), rows);
        let build = || Hnsw::build(matrix.clone(), codes.clone(), EFFORT, &Progress::new()).unwrap();
        let mut group = criterion.benchmark_group("build");
        group.sample_size(10);
        group.bench_function(BenchmarkId::from_parameter(rows), |bench| bench.iter(build));
        group.finish();

        let graph = build();
        let path = folder.path().join("graph.hnsw");
        graph.save(&path).unwrap();
        let mut row = 0;
        let mut query = || {
            row = (row + 7919) % rows;
            matrix.embedding(row).unwrap()
        };
        let most = RowSet::of(rows, (0..rows).filter(|row| row % 4 != 0));
        let mut group = criterion.benchmark_group(format!("of {rows}"));
        group.bench_function("nearest 10", |bench| bench.iter(|| black_box(graph.nearest(&query(), 10, None))));
        group.bench_function("nearest 10 of 3/4", |bench| {
            bench.iter(|| black_box(graph.nearest(&query(), 10, Some(&most))));
        });
        group.bench_function("exact 10", |bench| {
            bench.iter(|| black_box(scan(&matrix, Some(&codes), &query(), 10, matrix.places().set())));
        });
        group.bench_function("read", |bench| {
            let bytes = mapped::open(&path).unwrap();
            bench.iter(|| Hnsw::read(&bytes, &path, matrix.clone(), codes.clone(), EFFORT).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, graph);
criterion_main!(benches);
