//! The graph of one facet: how long it is built, and what it saves a look for neighbours.

use std::path::Path;

use super::measure::{Figure, millis};
use crate::{
    collection::Collection,
    encode::Modality,
    error::{Error, Result},
    index::{
        Codes, Hnsw, Matrix, Nearest,
        hnsw::Effort,
        matrix,
        nearest::{self, Scan},
    },
    progress::Progress,
};

/// Rows that are asked for their neighbours, and for how many.
const QUERIES: usize = 200;
const NEIGHBOURS: usize = 10;

/// Builds the graph over the text facet of a collection, in a folder of its own, and asks it and the exact scan for
/// neighbours.
///
/// # Errors
/// What reading and writing say, and [`Error::Cancelled`].
pub fn measure_graph(collection: &Collection, progress: &Progress, tell: &mut dyn FnMut(Figure)) -> Result<()> {
    let Some(matrix) = collection.matrix(Modality::Text) else { return Ok(()) };
    let folder = std::env::temp_dir().join(format!("vitrine-graph-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|why| Error::unwritable(&folder, why))?;
    let done = measure_in(&folder, matrix, progress, tell);
    let _ = std::fs::remove_dir_all(&folder);
    done
}

fn measure_in(folder: &Path, from: &Matrix, progress: &Progress, tell: &mut dyn FnMut(Figure)) -> Result<()> {
    let path = folder.join("text.vec");
    let mut writer = matrix::Writer::create(&path, from.dim())?;
    (0..from.rows()).try_for_each(|row| writer.push(from.embedding(row).as_ref()))?;
    writer.finish()?;
    let matrix = std::sync::Arc::new(Matrix::open(&path)?);
    Codes::write(&matrix, &path.with_extension("codes"))?;
    let codes = std::sync::Arc::new(Codes::open(&path.with_extension("codes"), &matrix)?);
    let effort = Effort { scanned_rows: 0, ..Effort::default() };
    let (ms, graph) = millis(|| Hnsw::build(matrix.clone(), codes.clone(), effort, progress));
    let graph = graph?;
    tell(Figure::of(&format!("build the graph of {} vectors", matrix.present()), "s", vec![ms / 1e3]));
    let scan = Scan { matrix, codes: Some(codes) };
    for (name, way) in [("graph", &graph as &dyn Nearest), ("scan", &scan)] {
        let times = neighbours(way, progress)?;
        tell(Figure::of(&format!("nearest {NEIGHBOURS} of a product, {name}"), "ms", times));
    }
    let recall = nearest::recall(&graph, QUERIES, NEIGHBOURS, progress)?.recall;
    tell(Figure::of(&format!("nearest {NEIGHBOURS} of a product, graph: mean recall"), "", vec![recall]));
    Ok(())
}

fn neighbours(of: &dyn Nearest, progress: &Progress) -> Result<Vec<f64>> {
    let matrix = of.matrix();
    let queries = QUERIES.min(matrix.present());
    let rows = (0..queries).map(|query| matrix.places().row(query * matrix.present() / queries));
    let mut times = Vec::with_capacity(queries);
    for query in rows.filter_map(|row| matrix.embedding(row)) {
        progress.check()?;
        times.push(millis(|| of.nearest(&query, NEIGHBOURS + 1, None)).0);
    }
    Ok(times)
}
