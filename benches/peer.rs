//! Vitrine's side of `peers.py`: answers its lines on standard input with JSON lines, so that both sides take turns on
//! the same vectors in one run.
//!
//! ```text
//! build EF_CONSTRUCTION           builds the graph of the first facet      {"rows": 70000, "tail": 0, "bytes": 6500000}
//! search EF_SEARCH COUNT FILE     all queries through the graph            {"queries": 1000}
//! collect                         opens a collection of all facets         {"words": [...], "all": [...]}
//! near NUMBER COUNT FILE          the nearest in each facet, exactly       {"found": 30}
//! words NUMBER COUNT FILE         a new query of one part, ranked          {"found": 10}
//! all NUMBER COUNT FILE           a new query of three parts, ranked       {"found": 10}
//! ```
//! `FILE` gets the rows that were found, u32, query after query, facet after facet. The time is taken by the script.
//! `collect` tells how a score is made: for each pair its part, facet, weight, and the background's mean and deviation.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::Mmap;
use vitrine::{
    catalog::Product,
    collection::{
        Collection,
        generation::{About, Asked, Generation, Limits, Row},
    },
    encode::{Embedding, Encode, Encoders, Modality},
    error::Result,
    index::{Codes, Hnsw, Matrix, Nearest, hnsw::Effort, mapped, matrix, nearest::scan},
    media::{clip::Clip, image::Picture},
    progress::Progress,
    search::{self, Query, Weights},
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
            ["collect"] => bench.collect(),
            [kind @ ("near" | "words" | "all"), query, count, file] => {
                bench.collection().and_then(|all| all.ask(kind, number(query), number(count), Path::new(file)))
            }
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
    folder: PathBuf,
    vectors: Vec<Vectors>,
    /// The first facet as the graph is built of it.
    facet: Option<Facet>,
    /// The graph as it was read last, with its `ef_search`.
    open: Option<(usize, Hnsw)>,
    all: Option<All>,
}

/// What the script wrote about a facet: `NAME.f32` holds the vectors of the present rows, `NAME.rows` their numbers,
/// `NAME.queries.f32` the queries.
struct Vectors {
    name: String,
    dim: usize,
    rows: usize,
    present: Vec<u32>,
    values: Mmap,
    queries: Vec<Embedding>,
}

#[derive(Clone)]
struct Facet {
    matrix: Arc<Matrix>,
    codes: Arc<Codes>,
}

/// All facets as a collection with encoders that know the queries by their numbers.
struct All {
    collection: Collection,
    encoders: Encoders,
    queries: Vec<Vec<Embedding>>,
}

/// The space that all vectors live in.
const SPACE: &str = "peers";

impl Bench {
    fn open(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("vectors.json")).expect("vectors.json");
        let about: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let number = |name: &str| about[name].as_u64().expect("a number") as usize;
        let names = about["facets"].as_array().expect("facets").iter().filter_map(|name| name.as_str());
        let vectors = names.map(|name| Vectors::open(folder, name, number("dim"), number("rows")));
        let vectors = vectors.collect::<Result<_>>()?;
        Ok(Self { folder: folder.to_owned(), vectors, facet: None, open: None, all: None })
    }

    fn facet(&mut self) -> Result<Facet> {
        if self.facet.is_none() {
            self.facet = Some(Facet::of(&self.vectors[0], &self.folder)?);
        }
        Ok(self.facet.clone().expect("it has just been made"))
    }

    fn graph(&self) -> PathBuf {
        self.folder.join("vitrine.hnsw")
    }

    fn collection(&mut self) -> Result<&All> {
        if self.all.is_none() {
            self.all = Some(All::of(&self.vectors, &self.folder.join("collection"))?);
        }
        Ok(self.all.as_ref().expect("it has just been made"))
    }

    fn collect(&mut self) -> Result<String> {
        let all = self.collection()?;
        Ok(serde_json::json!({"words": all.pairs("words")?, "all": all.pairs("all")?}).to_string())
    }

    fn build(&mut self, ef_construction: usize) -> Result<String> {
        let facet = self.facet()?;
        let effort = Effort { ef_construction, scanned_rows: 0, ..Effort::default() };
        let graph = Hnsw::build(facet.matrix, facet.codes, effort, &Progress::new())?;
        graph.save(&self.graph())?;
        let (rows, tail) = graph.sizes();
        let bytes = fs::metadata(self.graph()).map_or(0, |file| file.len());
        Ok(format!(r#"{{"rows": {rows}, "tail": {tail}, "bytes": {bytes}}}"#))
    }

    fn search(&mut self, ef_search: usize, count: usize, file: &Path) -> Result<String> {
        if self.open.as_ref().is_none_or(|(ef, _)| *ef != ef_search) {
            let effort = Effort { ef_search, scanned_rows: 0, ..Effort::default() };
            let (facet, path) = (self.facet()?, self.graph());
            let graph = Hnsw::read(&mapped::open(&path)?, &path, facet.matrix, facet.codes, effort)?;
            self.open = Some((ef_search, graph));
            return Ok(r#"{"opened": true}"#.into());
        }
        let queries = &self.vectors[0].queries;
        let found =
            self.open.iter().flat_map(|(_, graph)| queries.iter().map(|query| graph.nearest(query, count, None)));
        let rows: Vec<u32> = found.flat_map(|found| found.rows).map(|(row, _)| row as u32).collect();
        fs::write(file, bytemuck::cast_slice(&rows)).expect("room for the rows");
        Ok(format!(r#"{{"queries": {}}}"#, queries.len()))
    }
}

impl Vectors {
    fn open(folder: &Path, name: &str, dim: usize, rows: usize) -> Result<Self> {
        let file = |end: &str| mapped::open(&folder.join(format!("{name}.{end}")));
        let queries = file("queries.f32")?;
        let queries = bytemuck::cast_slice(&queries).chunks(dim).filter_map(|query| Embedding::new(query.to_vec()));
        Ok(Self {
            name: name.to_owned(),
            dim,
            rows,
            present: bytemuck::cast_slice(&file("rows")?).to_vec(),
            values: file("f32")?,
            queries: queries.collect(),
        })
    }

    /// The vector of every row, where it has one.
    fn all(&self) -> impl Iterator<Item = Option<Embedding>> {
        let vectors = bytemuck::cast_slice::<u8, f32>(&self.values).chunks(self.dim);
        let mut present = self.present.iter().zip(vectors).peekable();
        (0..self.rows as u32).map(move |row| {
            let (_, vector) = present.next_if(|(next, _)| **next == row)?;
            Embedding::new(vector.to_vec())
        })
    }
}

impl Facet {
    fn of(vectors: &Vectors, folder: &Path) -> Result<Self> {
        let path = folder.join(format!("{}.vec", vectors.name));
        let mut writer = matrix::Writer::create(&path, vectors.dim)?;
        vectors.all().try_for_each(|vector| writer.push(vector.as_ref()))?;
        writer.finish()?;
        let matrix = Matrix::open(&path)?;
        let codes = path.with_extension("codes");
        Codes::write(&matrix, &codes)?;
        let codes = Codes::open(&codes, &matrix)?;
        Ok(Self { matrix: Arc::new(matrix), codes: Arc::new(codes) })
    }
}

impl All {
    /// Opens the collection in `folder`, which is made first unless it is there from an earlier run.
    fn of(vectors: &[Vectors], folder: &Path) -> Result<Self> {
        let queries: Vec<Vec<Embedding>> = vectors.iter().map(|facet| facet.queries.clone()).collect();
        let know = |facet: usize| Known(queries[facet].clone());
        let (text, image, audio) = (Box::new(know(0)), Box::new(know(1)), Box::new(know(2)));
        let encoders = Encoders::new(SPACE.into(), Some(text), Some(image), Some(audio));
        if let Ok(collection) = Collection::open(folder) {
            return Ok(Self { collection, encoders, queries });
        }
        let mut generation = Generation::create(folder, Modality::ALL.map(|_| vec![SPACE.to_owned()]))?;
        let (mut facets, mut batch): (Vec<_>, Vec<Row>) = (vectors.iter().map(Vectors::all).collect(), Vec::new());
        let rows = vectors[0].rows;
        for row in 0..rows {
            let id = format!("P{row:08}");
            let product = Product { title: id.clone(), id, ..Product::default() };
            let vectors = [0, 1, 2].map(|facet: usize| vec![facets[facet].next().flatten()]);
            batch.push(Row { product, thumbnail: None, made_of: None, vectors });
            if batch.len() == 4096 || row + 1 == rows {
                generation.add(std::mem::take(&mut batch))?;
            }
        }
        let (bundle, source, joint_space) = (encoders.id.clone(), folder.to_owned(), Some(SPACE.into()));
        let about = About { bundle, source, source_sha256: None, asked: Asked::default(), joint_space };
        let limits = Limits { codes_from: 0, graph_from: usize::MAX, ..Limits::default() };
        generation.finish(about, &|_, _| Some(SPACE), limits, &Progress::new())?;
        Ok(Self { collection: Collection::open(folder)?, encoders, queries })
    }

    fn ask(&self, kind: &str, number: usize, count: usize, file: &Path) -> Result<String> {
        let rows = if kind == "near" { self.near(number, count) } else { self.found(kind, number, count)? };
        fs::write(file, bytemuck::cast_slice(&rows)).expect("room for the rows");
        Ok(format!(r#"{{"found": {}}}"#, rows.len()))
    }

    /// The nearest of each facet, to its own query.
    fn near(&self, number: usize, count: usize) -> Vec<u32> {
        let facets = Modality::ALL.into_iter().zip(&self.queries);
        let found = facets.filter_map(|(facet, queries)| {
            let (matrix, codes) = (self.collection.matrix(facet)?, self.collection.codes_in(facet, SPACE));
            Some(scan(matrix, codes, &queries[number], count, matrix.places().set()))
        });
        found.flatten().map(|(row, _)| row as u32).collect()
    }

    /// What a new query finds.
    fn found(&self, kind: &str, number: usize, count: usize) -> Result<Vec<u32>> {
        let (query, weights) = (query(kind, number), Weights::default());
        let found = search::search(&self.collection, &self.encoders, &query, &weights, None, None, &Progress::new())?;
        let hits = found.rank(&self.collection, &weights, None, count)?;
        Ok(hits.into_iter().map(|hit| hit.row as u32).collect())
    }

    /// Part, facet, weight, mean and deviation of every pair that a score is made of.
    fn pairs(&self, kind: &str) -> Result<Vec<serde_json::Value>> {
        let (query, weights) = (query(kind, 0), Weights::default());
        let found = search::search(&self.collection, &self.encoders, &query, &weights, None, None, &Progress::new())?;
        let scores = found.explain(&self.collection, 0, &weights).into_iter();
        let pair = |score: search::Score| {
            let (part, facet) = (score.part, score.channel.facet()?);
            let background = self.collection.manifest.calibration.get(part, facet)?;
            Some(serde_json::json!([part.index(), facet.index(), score.weight, background.mean, background.sd]))
        };
        Ok(scores.filter_map(pair).collect())
    }
}

/// The query of a number: its words, or words, a picture and a sound.
fn query(kind: &str, number: usize) -> Query {
    let text = format!("query{number}");
    if kind == "words" {
        return Query { text, ..Query::default() };
    }
    let [low, middle, high, _] = (number as u32).to_le_bytes();
    let picture = Picture::from_rgba(1, 1, vec![low, middle, high, 255]);
    let clip = Clip::new(vec![0.5, number as f32 / 65_536.0], 16_000);
    Query { text, images: picture.into_iter().map(Into::into).collect(), audio: clip.ok().map(Into::into) }
}

/// An encoder that knows its few inputs.
struct Known(Vec<Embedding>);

impl Known {
    fn at(&self, number: usize) -> Embedding {
        self.0[number].clone()
    }
}

impl Encode<str> for Known {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        Ok(inputs.iter().map(|text| self.at(number(text.trim_start_matches("query")))).collect())
    }
}

impl Encode<Picture> for Known {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        let number = |picture: &Picture| {
            picture.rgb().iter().take(3).rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
        };
        Ok(inputs.iter().map(|picture| self.at(number(picture))).collect())
    }
}

impl Encode<Clip> for Known {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        let number = |clip: &Clip| (clip.samples()[1] * 65_536.0).round() as usize;
        Ok(inputs.iter().map(|clip| self.at(number(clip))).collect())
    }
}
