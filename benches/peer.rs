//! Vitrine's side of `peers.py`: answers its lines on standard input with JSON lines, so that both sides take turns on
//! the same vectors in one run.
//!
//! ```text
//! build EF_CONSTRUCTION           builds the graph of the first facet      {"rows": 70000, "tail": 0, "bytes": 6500000}
//! search EF_SEARCH COUNT FILE     all queries through the graph            {"queries": 1000}
//! scan COUNT FILE                 all queries, every facet scanned exactly {"queries": 1000, "facets": 3}
//! ```
//! `FILE` gets the rows that were found, u32, query after query, facet after facet. The time is taken by the script.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use vitrine::{
    encode::Embedding,
    error::Result,
    index::{Codes, Hnsw, Matrix, Nearest, RowSet, hnsw::Effort, mapped, matrix, nearest::scan},
    progress::Progress,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // `cargo test --benches` and a bare `cargo bench` come here without a folder.
    let Some(folder) = arguments.first().map(Path::new) else { return };
    let mut bench = Bench::open(folder).expect("the vectors can be read");
    for line in io::stdin().lock().lines() {
        let line = line.expect("a line");
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words.as_slice() {
            ["build", ef_construction] => bench.build(number(ef_construction)),
            ["search", ef_search, count, file] => bench.search(number(ef_search), number(count), Path::new(file)),
            ["scan", count, file] => Ok(bench.scan(number(count), Path::new(file))),
            _ => Ok(r#"{"error": "not understood"}"#.into()),
        };
        println!("{}", answer.unwrap_or_else(|error| format!("{{\"error\": {:?}}}", error.to_string())));
        io::stdout().flush().expect("somebody reads");
    }
}

fn number(word: &str) -> usize {
    word.parse().expect("a number")
}

struct Bench {
    graph: PathBuf,
    facets: Vec<Facet>,
    /// The graph as it was read last, with its `ef_search`.
    open: Option<(usize, Hnsw)>,
}

struct Facet {
    matrix: Arc<Matrix>,
    codes: Arc<Codes>,
    all: RowSet,
    queries: Vec<Embedding>,
}

impl Bench {
    fn open(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("vectors.json")).expect("vectors.json");
        let about: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let (dim, rows) =
            (about["dim"].as_u64().expect("dim") as usize, about["rows"].as_u64().expect("rows") as usize);
        let names = about["facets"].as_array().expect("facets").iter().filter_map(|name| name.as_str());
        let facets = names.map(|name| Facet::open(folder, name, dim, rows)).collect::<Result<_>>()?;
        Ok(Self { graph: folder.join("vitrine.hnsw"), facets, open: None })
    }

    fn build(&mut self, ef_construction: usize) -> Result<String> {
        let facet = &self.facets[0];
        let effort = Effort { ef_construction, scanned_rows: 0, ..Effort::default() };
        let graph = Hnsw::build(facet.matrix.clone(), facet.codes.clone(), effort, &Progress::new())?;
        graph.save(&self.graph)?;
        let (rows, tail) = graph.sizes();
        let bytes = fs::metadata(&self.graph).map_or(0, |file| file.len());
        Ok(format!(r#"{{"rows": {rows}, "tail": {tail}, "bytes": {bytes}}}"#))
    }

    fn search(&mut self, ef_search: usize, count: usize, file: &Path) -> Result<String> {
        let facet = &self.facets[0];
        if self.open.as_ref().is_none_or(|(ef, _)| *ef != ef_search) {
            let effort = Effort { ef_search, scanned_rows: 0, ..Effort::default() };
            let bytes = mapped::open(&self.graph)?;
            let graph = Hnsw::read(&bytes, &self.graph, facet.matrix.clone(), facet.codes.clone(), effort)?;
            self.open = Some((ef_search, graph));
            return Ok(r#"{"opened": true}"#.into());
        }
        let found =
            self.open.iter().flat_map(|(_, graph)| facet.queries.iter().map(|query| graph.nearest(query, count, None)));
        let rows: Vec<u32> = found.flat_map(|found| found.rows).map(|(row, _)| row as u32).collect();
        fs::write(file, bytemuck::cast_slice(&rows)).expect("room for the rows");
        Ok(format!(r#"{{"queries": {}}}"#, facet.queries.len()))
    }

    fn scan(&self, count: usize, file: &Path) -> String {
        let mut rows: Vec<u32> = Vec::new();
        let queries = self.facets[0].queries.len();
        for query in 0..queries {
            for facet in &self.facets {
                let found = scan(&facet.matrix, Some(&facet.codes), &facet.queries[query], count, &facet.all);
                rows.extend(found.into_iter().map(|(row, _)| row as u32));
            }
        }
        fs::write(file, bytemuck::cast_slice(&rows)).expect("room for the rows");
        format!(r#"{{"queries": {queries}, "facets": {}}}"#, self.facets.len())
    }
}

impl Facet {
    /// `NAME.f32` holds the vectors of the present rows, `NAME.rows` their numbers, `NAME.queries.f32` the queries.
    fn open(folder: &Path, name: &str, dim: usize, rows: usize) -> Result<Self> {
        let floats = |file: String| -> Vec<f32> {
            let bytes = fs::read(folder.join(file)).expect("the vectors");
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        let numbers = fs::read(folder.join(format!("{name}.rows"))).expect("the rows");
        let numbers = numbers.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let path = folder.join(format!("{name}.vec"));
        let mut writer = matrix::Writer::create(&path, dim)?;
        let mut next = 0;
        for (row, vector) in numbers.zip(floats(format!("{name}.f32")).chunks(dim)) {
            (next..row).try_for_each(|_| writer.push(None))?;
            writer.push(Embedding::new(vector.to_vec()).as_ref())?;
            next = row + 1;
        }
        (next..rows).try_for_each(|_| writer.push(None))?;
        writer.finish()?;
        let matrix = Matrix::open(&path)?;
        let codes = path.with_extension("codes");
        Codes::write(&matrix, &codes)?;
        let codes = Codes::open(&codes, &matrix)?;
        let queries = floats(format!("{name}.queries.f32"));
        let queries = queries.chunks(dim).filter_map(|query| Embedding::new(query.to_vec())).collect();
        Ok(Self { all: RowSet::all(rows), matrix: Arc::new(matrix), codes: Arc::new(codes), queries })
    }
}
