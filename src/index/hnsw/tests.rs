//! The graph against the exact scan, on clustered data.

use std::{fs, path::PathBuf};

use super::*;
use crate::index::{
    matrix::tests::matrix,
    nearest::{lists, near_duplicates, recall},
};

const DIM: usize = 32;
const ROWS: usize = 5000;
/// As in the program, but for so few rows.
const EFFORT: Effort = Effort { ef_construction: 60, ef_search: 100, segment_rows: ROWS, scanned_rows: 100 };

/// Numbers that look random, in -1..1.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

/// Rows in clusters of about fifty.
fn clustered(rows: usize) -> Vec<Option<Vec<f32>>> {
    let mut next = noise(1);
    let centres: Vec<Vec<f32>> = (0..rows.div_ceil(50)).map(|_| (0..DIM).map(|_| next()).collect()).collect();
    let row = |row: usize| centres[row * 7919 % centres.len()].iter().map(|value| value + 0.5 * next()).collect();
    (0..rows).map(row).map(Some).collect()
}

struct Facet {
    _guard: tempfile::TempDir,
    path: PathBuf,
    matrix: Arc<Matrix>,
    codes: Arc<Codes>,
}

fn facet(rows: &[Option<Vec<f32>>]) -> Facet {
    let (guard, matrix) = matrix(DIM, rows);
    let codes = guard.path().join("text.codes");
    Codes::write(&matrix, &codes).unwrap();
    let codes = Codes::open(&codes, &matrix).unwrap();
    Facet { path: guard.path().join("text.hnsw"), _guard: guard, matrix: Arc::new(matrix), codes: Arc::new(codes) }
}

impl Facet {
    fn build(&self, segment_rows: usize) -> Hnsw {
        let effort = Effort { segment_rows, ..EFFORT };
        Hnsw::build(self.matrix.clone(), self.codes.clone(), effort, &Progress::new()).unwrap()
    }

    fn open(&self) -> Result<Hnsw> {
        Hnsw::read(&mapped::open(&self.path)?, &self.path, self.matrix.clone(), self.codes.clone(), EFFORT)
    }

    fn query(&self, row: usize) -> Embedding {
        self.matrix.embedding(row).unwrap()
    }
}

fn rows(nearby: &Nearby) -> Vec<usize> {
    nearby.rows.iter().map(|(row, _)| *row).collect()
}

#[test]
fn finds_what_the_exact_scan_finds_before_and_after_it_is_saved() {
    let mut all = clustered(ROWS);
    all.iter_mut().step_by(10).for_each(|row| *row = None);
    let facet = facet(&all);
    for segment_rows in [ROWS, 2000] {
        let built = facet.build(segment_rows);
        built.save(&facet.path).unwrap();
        let read = facet.open().unwrap();
        let found = recall(&read, 200, 10, &Progress::new()).unwrap();
        assert!(found.recall >= 0.95 && found.queries == 200 && found.p50_ms <= found.p95_ms, "{found:?}");
        let (query, truth) = (facet.query(1), read.exact(&facet.query(1), 10, None));
        let (a, b) = (built.nearest(&query, 10, None), read.nearest(&query, 10, None));
        assert_eq!((a.way, &a), (Way::Graph, &b));
        assert_eq!(a.rows[0], truth.rows[0]);
        assert!(a.rows.iter().all(|(row, cosine)| facet.query(*row).cosine(&query) - cosine < 1e-6));
    }
}

#[test]
fn every_row_is_found_by_its_own_vector() {
    let facet = facet(&clustered(ROWS));
    let graph = facet.build(ROWS);
    for row in 0..ROWS {
        assert_eq!(graph.nearest(&facet.query(row), 3, None).rows[0].0, row);
    }
    assert!(graph.sizes().1 < 10, "{:?}", graph.sizes());
}

#[test]
fn equal_rows_do_not_hide_each_other_or_the_rest() {
    let mut all = clustered(ROWS);
    let same = all[0].clone();
    all.iter_mut().skip(1000).take(2000).for_each(|row| row.clone_from(&same));
    let facet = facet(&all);
    let graph = facet.build(ROWS);
    assert!(graph.sizes().1 < 10, "{:?}", graph.sizes());
    let found = graph.nearest(&facet.query(0), 50, None);
    assert_eq!((found.way, rows(&found)), (Way::Graph, [0].into_iter().chain(1000..1049).collect()));
    for row in (1..1000).chain(3000..ROWS) {
        assert_eq!(graph.nearest(&facet.query(row), 3, None).rows[0].0, row);
    }
    let groups = near_duplicates(&graph, 0.9999, &Progress::new()).unwrap();
    assert_eq!(groups, [[0].into_iter().chain(1000..3000).collect::<Vec<_>>()]);
}

#[test]
fn removed_rows_are_never_found_and_go_with_the_next_rebuild() {
    let facet = facet(&clustered(ROWS));
    let live = Live::new(facet.build(2500));
    let before = live.current();
    let gone = RowSet::of(ROWS, (0..600).chain([4321]));
    live.remove(&gone);
    assert_eq!(before.nearest(&facet.query(7), 1, None).rows[0].0, 7, "who searches keeps the graph as it was");
    let check = |graph: &Hnsw| {
        for row in [7, 500, 599, 4321] {
            let found = graph.nearest(&facet.query(row), 20, None);
            assert_eq!((found.way, found.rows.len()), (Way::Graph, 20));
            assert!(found.rows.iter().all(|(row, _)| !gone.contains(*row)));
        }
    };
    check(&live.current());
    let second = live.current().segments[1].clone();
    live.rebuild(facet.matrix.clone(), facet.codes.clone(), &facet.path, &Progress::new()).unwrap();
    let now = live.current();
    check(&now);
    assert!(Arc::ptr_eq(&second, &now.segments[0]), "a segment that lost one row stays");
    assert_eq!(now.segments.iter().map(|part| part.points.len()).sum::<usize>(), ROWS - 600);
    assert_eq!(facet.open().unwrap().sizes(), (ROWS - 600, 600), "the file knows no removed rows");
}

#[test]
fn added_rows_are_scanned_until_a_rebuild() {
    let all = clustered(ROWS + 500);
    let (first, more) = (facet(&all[..ROWS]), facet(&all));
    first.build(ROWS).save(&more.path).unwrap();
    let graph = more.open().unwrap();
    assert_eq!(graph.sizes().1 - 500, first.build(ROWS).sizes().1);
    for row in ROWS..ROWS + 500 {
        assert_eq!(graph.nearest(&more.query(row), 3, None).rows[0].0, row);
    }
    let whole = graph.rebuilt(more.matrix.clone(), more.codes.clone(), &Progress::new()).unwrap();
    assert_eq!(whole.segments.len(), 2);
    assert!(recall(&whole, 100, 10, &Progress::new()).unwrap().recall >= 0.95);
}

#[test]
fn a_filter_costs_no_result() {
    let facet = facet(&clustered(ROWS));
    let graph = facet.build(ROWS);
    let query = facet.query(11);
    let check = |allowed: RowSet, count: usize, way: Way| {
        let (found, truth) = (graph.nearest(&query, count, Some(&allowed)), graph.exact(&query, count, Some(&allowed)));
        assert_eq!((found.way, found.rows.len()), (way, count.min(allowed.count())));
        if way == Way::Exact {
            assert_eq!(found, truth);
        }
        assert!(found.rows.iter().all(|(row, _)| allowed.contains(*row)));
        assert_eq!(found.rows.first(), truth.rows.first());
    };
    check(RowSet::of(ROWS, (0..ROWS).filter(|row| row % 10 != 0)), 10, Way::Graph);
    check(RowSet::of(ROWS, (0..ROWS).filter(|row| row % 10 != 0)), 90, Way::Exact);
    check(RowSet::of(ROWS, 0..30), 10, Way::Exact);
    check(RowSet::of(ROWS, 0..3), 10, Way::Exact);
    check(RowSet::none(ROWS), 10, Way::Exact);
    check(RowSet::all(ROWS), ROWS, Way::Exact);
    // Everything but what the graph finds first.
    let mut far = RowSet::all(ROWS);
    far.remove(&RowSet::of(ROWS, graph.exact(&query, 150, None).rows.into_iter().map(|(row, _)| row)));
    check(far, 10, Way::Exact);
}

#[test]
fn a_damaged_file_is_an_error() {
    let all = clustered(600);
    let (others, facet) = (facet(&all[100..]), facet(&all));
    facet.build(600).save(&facet.path).unwrap();
    let whole = fs::read(&facet.path).unwrap();
    let mut other = whole.clone();
    other[whole.len() / 2] ^= 1;
    for content in [&whole[..whole.len() - 1], &whole[..whole.len() - 4], &whole[..10], &[], b"something else", &other]
    {
        fs::write(&facet.path, content).unwrap();
        assert!(matches!(facet.open(), Err(Error::DamagedCollection { .. })), "{} bytes", content.len());
    }
    fs::write(&others.path, &whole).unwrap();
    assert!(matches!(others.open(), Err(Error::DamagedCollection { .. })), "a graph of other vectors");
}

#[test]
fn a_cancelled_build_leaves_nothing_behind() {
    let facet = facet(&clustered(ROWS));
    let live = Live::new(facet.build(ROWS));
    live.current().save(&facet.path).unwrap();
    let (before, saved) = (live.current(), fs::read(&facet.path).unwrap());
    let files = || fs::read_dir(facet.path.parent().unwrap()).unwrap().count();
    let count = files();
    live.remove(&RowSet::of(ROWS, 0..2000));
    let progress = Progress::new();
    progress.cancel();
    let rebuilt = live.rebuild(facet.matrix.clone(), facet.codes.clone(), &facet.path, &progress);
    assert_eq!(rebuilt, Err(Error::Cancelled));
    assert_eq!((fs::read(&facet.path).unwrap(), files()), (saved, count));
    assert!(Arc::ptr_eq(&before.segments[0], &live.current().segments[0]));

    // In the midst of a segment, too.
    let progress = Progress::new();
    let watched = progress.clone();
    let (matrix, codes) = (facet.matrix.clone(), facet.codes.clone());
    let effort = Effort { ef_construction: 2000, ..Effort::default() };
    let build = || Hnsw::build(matrix, codes, effort, &progress);
    let stop = || {
        std::thread::sleep(std::time::Duration::from_millis(30));
        watched.cancel();
    };
    // Two threads of its own, so that both run wherever this runs.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let (done, ()) = threads.install(|| rayon::join(build, stop));
    assert!(matches!(done, Err(Error::Cancelled)));
}

#[test]
fn lists_of_neighbours_name_every_present_row() {
    let mut all = clustered(300);
    all[5] = None;
    let facet = facet(&all);
    let lists = lists(&facet.build(300), 4, &Progress::new()).unwrap();
    for (row, list) in lists.iter().enumerate() {
        assert_eq!(list.len(), if row == 5 { 0 } else { 4 });
        assert!(list.iter().all(|(other, _)| *other as usize != row) && list.is_sorted_by(|a, b| a.1 >= b.1));
    }
}

#[test]
fn an_empty_facet_has_no_neighbours() {
    let facet = facet(&[None, None]);
    let graph = facet.build(10);
    let query = Embedding::new(vec![1.0; DIM]).unwrap();
    assert!(graph.nearest(&query, 5, None).rows.is_empty());
    graph.save(&facet.path).unwrap();
    assert!(facet.open().unwrap().nearest(&query, 5, None).rows.is_empty());
}
