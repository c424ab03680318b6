//! A catalog that looks like one to an index: products in clusters, each facet a little elsewhere, three in ten facets
//! missing. Everything follows from row numbers, so that any size can be made without keeping it in memory.

use std::path::Path;

use rayon::prelude::*;

use crate::{
    catalog::{Price, Product},
    collection::generation::{About, Asked, Generation, Limits, Row},
    encode::{Embedding, Encode, Encoders, Modality},
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
    progress::{Progress, Stage},
};

const SPACE: &str = "synthetic";
/// Products of one cluster, about.
const CLUSTER: usize = 50;
/// Lengths of what sets a vector apart from its cluster's middle, and a facet from the others, the middle's being 1.
const NOISE: f32 = 0.8;
const FACET: f32 = 0.5;
/// One facet in so many of ten is missing.
const MISSING_OF_TEN: u64 = 3;
const BATCH: usize = 4096;
const KINDS: [&str; 8] = ["Sweater", "Kettle", "Headphones", "Mug", "Backpack", "Lamp", "Guitar", "Camera"];
const COLOURS: [&str; 6] = ["Red", "Blue", "Green", "Black", "White", "Grey"];
const BRANDS: usize = 200;

/// The rule that a synthetic catalog follows.
#[derive(Debug, Clone, Copy)]
pub struct World {
    pub products: usize,
    pub dim: usize,
}

impl World {
    /// The vector of a cluster's member in a facet: the middle of the cluster, the facet's own place, and noise.
    fn vector(self, cluster: u64, facet: Modality, member: u64) -> Option<Embedding> {
        let (mut middle, mut place) = (Dice(cluster * 2 + 1), Dice((facet.index() as u64 + 1) << 40));
        let mut noise = Dice(member * 4 + 2 + facet.index() as u64);
        // Uniform values of variance 1/3 in each of the dimensions; only the ratios matter.
        let values = (0..self.dim).map(|_| middle.even() + FACET * place.even() + NOISE * noise.even());
        Embedding::new(values.collect())
    }

    fn clusters(self) -> u64 {
        (self.products / CLUSTER).max(1) as u64
    }

    fn cluster_of(self, row: usize) -> u64 {
        Dice(row as u64).next() % self.clusters()
    }

    /// What is asked with the number `query`: near a cluster, but no member of it.
    fn query(self, modality: Modality, query: u64) -> Option<Embedding> {
        let member = u64::MAX / 8 - query;
        self.vector(Dice(query ^ 0x5EED).next() % self.clusters(), modality, member)
    }

    /// One product with its vectors.
    pub fn row(self, row: usize) -> Row {
        let cluster = self.cluster_of(row);
        let mut dice = Dice(row as u64 ^ 0xFACE_7000_0000);
        let mut vectors = Modality::ALL.map(|facet| {
            let missing = dice.next() % 10 < MISSING_OF_TEN;
            vec![(!missing).then(|| self.vector(cluster, facet, row as u64)).flatten()]
        });
        if vectors.iter().flatten().all(Option::is_none) {
            vectors[0] = vec![self.vector(cluster, Modality::Text, row as u64)];
        }
        let kind = KINDS[cluster as usize % KINDS.len()];
        let colour = COLOURS[dice.next() as usize % COLOURS.len()];
        let brand = format!("Brand {}", dice.next() as usize % BRANDS);
        let product = Product {
            id: format!("SKU-{row:07}"),
            title: format!("{colour} {kind} {cluster} by {brand}"),
            category: format!("Group {} > {kind}", cluster % 5),
            brand,
            price: Some(Price { amount: (dice.next() % 20_000) as f64 / 100.0, currency: "EUR".into() }),
            attributes: [("color".to_owned(), colour.to_lowercase())].into(),
            ..Product::default()
        };
        Row { product, thumbnail: None, vectors, made_of: None }
    }

    /// Writes the whole catalog as the collection in `folder`.
    pub fn write(self, folder: &Path, limits: Limits, progress: &Progress) -> Result<()> {
        let mut generation = Generation::create(folder, Modality::ALL.map(|_| vec![SPACE.to_owned()]))?;
        progress.begin(Stage::Encoding, self.products);
        for first in (0..self.products).step_by(BATCH) {
            let last = self.products.min(first + BATCH);
            let rows: Vec<Row> = (first..last).into_par_iter().map(|row| self.row(row)).collect();
            generation.add(rows)?;
            (first..last).try_for_each(|_| progress.step())?;
        }
        let about = About {
            bundle: self.encoders().id,
            source: folder.to_owned(),
            source_sha256: None,
            asked: Asked::default(),
            joint_space: Some(SPACE.into()),
        };
        generation.finish(about, &|_, _| Some(SPACE), limits, progress)
    }

    /// Whether a bundle's id is that of such a catalog.
    pub fn made(bundle: &str) -> bool {
        bundle.starts_with(SPACE)
    }

    /// Encoders that find a query's vector by its content: a text's bytes, a picture's pixels, a sound's samples.
    pub fn encoders(self) -> Encoders {
        let Self { products, dim } = self;
        let id = format!("{SPACE} {products} x {dim}");
        Encoders::new(id, Some(Box::new(self)), Some(Box::new(self)), Some(Box::new(self)))
    }
}

fn number(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(7, |sum, byte| Dice(sum ^ u64::from(byte)).next()) >> 16
}

fn no_vector() -> Error {
    Error::Encoder { modality: SPACE, why: "it gave no vector".into() }
}

impl Encode<str> for World {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let vector = |text: &&str| self.query(Modality::Text, number(text.bytes())).ok_or_else(no_vector);
        inputs.iter().map(vector).collect()
    }
}

impl Encode<Picture> for World {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        let vector = |picture: &&Picture| {
            self.query(Modality::Image, number(picture.rgb().iter().copied())).ok_or_else(no_vector)
        };
        inputs.iter().map(vector).collect()
    }
}

impl Encode<Clip> for World {
    fn space(&self) -> &'static str {
        SPACE
    }

    fn encode(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        let bytes = |clip: &Clip| clip.samples().iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>();
        let vector = |clip: &&Clip| self.query(Modality::Audio, number(bytes(clip))).ok_or_else(no_vector);
        inputs.iter().map(vector).collect()
    }
}

/// `SplitMix64`: a number for every seed, the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ value >> 31
    }

    /// Evenly between -1 and 1.
    fn even(&mut self) -> f32 {
        (self.next() >> 40) as f32 / 8_388_608.0 - 1.0
    }
}
