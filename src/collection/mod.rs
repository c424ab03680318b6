//! A collection on disk: one immutable generation of products, thumbnails, matrices, indexes and calibration.
//!
//! ```text
//! DIR/current              the name of the generation in use; replaced by a rename
//! DIR/generation-7/        manifest.json  catalog.sqlite  {text,image,audio}.vec  {text,image,audio}.hnsw
//! ```
//! A facet that lives in several spaces has a matrix in each, `text.clip.vec` and `text.clap.vec`; its graph is that of
//! the first.
//!
//! A new generation is written beside the old one and renamed into place, so a reader sees the old or the new, whole.

use std::{
    collections::HashMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};

use crate::{
    catalog::Product,
    encode::{Encoders, Modality},
    error::{Error, Result},
    index::{Hnsw, Matrix},
    store::Store,
};

pub mod calibration;
pub mod import;

pub use calibration::Calibration;
pub use import::{ImportReport, Problem};

const CURRENT: &str = "current";

/// What a generation says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of the folder; this program reads 1.
    pub format: u32,
    /// Id of the bundle that made the vectors.
    pub bundle: String,
    pub source: PathBuf,
    /// Fingerprint of the source file, when it is one file; tells whether the sample catalog has changed.
    pub source_sha256: Option<String>,
    pub products: usize,
    /// How many products offer each facet: text, image, audio.
    pub coverage: [usize; 3],
    /// The spaces of each facet's vectors, its own first; none in a collection from before there could be several.
    #[serde(default)]
    pub spaces: [Vec<String>; 3],
    pub calibration: Calibration,
}

/// An open generation. Cheap to search from many threads; never changes.
pub struct Collection {
    /// The folder that was opened, not the generation inside.
    pub folder: PathBuf,
    pub manifest: Manifest,
    products: Vec<Product>,
    row_of_id: HashMap<String, usize>,
    /// For each row its place in the order of ids, by which ties are broken.
    id_order: Vec<u32>,
    store: Store,
    /// For each facet one a space, its own first; empty when no product has it.
    matrices: [Vec<SpaceMatrix>; 3],
    /// Opened with the rest, so that they outlive a newer generation; read when first asked for.
    graphs: [Option<File>; 3],
    neighbours: [OnceLock<Result<Hnsw>>; 3],
}

/// The vectors of one facet in one space.
struct SpaceMatrix {
    /// Empty in a collection from before there could be several spaces.
    space: String,
    matrix: Matrix,
}

impl Collection {
    /// Opens the generation in use.
    pub fn open(folder: &Path) -> Result<Self> {
        let name = current(folder)?;
        let opened = Self::open_generation(folder, &name);
        // Between the two steps another import may have replaced the generation; then the new one is meant.
        match opened {
            Err(_) if current(folder)? != name => Self::open_generation(folder, &current(folder)?),
            opened => opened,
        }
    }

    /// Where the collection in a folder was imported from, `None` when there is none.
    pub fn source_of(folder: &Path) -> Option<PathBuf> {
        let manifest = fs::read_to_string(folder.join(current(folder).ok()?).join("manifest.json")).ok()?;
        Some(serde_json::from_str::<Manifest>(&manifest).ok()?.source)
    }

    fn open_generation(folder: &Path, name: &str) -> Result<Self> {
        let generation = folder.join(name);
        let damaged = |why: String| Error::DamagedCollection { path: folder.to_owned(), why };
        let text = fs::read_to_string(generation.join("manifest.json")).map_err(|why| damaged(why.to_string()))?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|why| damaged(why.to_string()))?;
        if manifest.format != import::FORMAT {
            let why = format!("its format is {}, this program reads {}", manifest.format, import::FORMAT);
            return Err(damaged(why));
        }
        let store = Store::open(&generation.join("catalog.sqlite"))?;
        let products = store.products()?;
        let (mut matrices, mut graphs) = ([const { Vec::new() }; 3], [const { None }; 3]);
        for facet in Modality::ALL {
            matrices[facet.index()] = open_matrices(&generation, facet, &manifest.spaces[facet.index()])?;
            graphs[facet.index()] = File::open(graph_file(&generation, facet)).ok();
        }
        let whole = matrices.iter().flatten().all(|known| known.matrix.rows() == products.len());
        if products.len() != manifest.products || !whole {
            return Err(damaged("its files do not belong together".into()));
        }
        let row_of_id = products.iter().enumerate().map(|(row, product)| (product.id.clone(), row)).collect();
        let mut by_id: Vec<u32> = (0..products.len() as u32).collect();
        by_id.sort_by(|a, b| products[*a as usize].id.cmp(&products[*b as usize].id));
        let mut id_order = vec![0; products.len()];
        by_id.iter().zip(0..).for_each(|(row, place)| id_order[*row as usize] = place);
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            products,
            row_of_id,
            id_order,
            store,
            matrices,
            graphs,
            neighbours: Default::default(),
        })
    }

    /// The products in the order of the feed; a row number is an index into this.
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.row_of_id.get(id).copied()
    }

    /// Each row's place in the order of product ids: ties in a ranking break by it.
    pub fn id_order(&self) -> &[u32] {
        &self.id_order
    }

    /// The vectors of a facet in its own first space, `None` when no product has it.
    pub fn matrix(&self, facet: Modality) -> Option<&Matrix> {
        self.matrices[facet.index()].first().map(|known| &known.matrix)
    }

    /// The vectors of a facet in a space, `None` when no product has any there.
    pub fn matrix_in(&self, facet: Modality, space: &str) -> Option<&Matrix> {
        let known = self.matrices[facet.index()].iter().find(|known| known.space == space || known.space.is_empty());
        known.map(|known| &known.matrix)
    }

    /// A product's JPEG thumbnail, longest side at most [`import::THUMBNAIL_SIDE`] pixels.
    pub fn thumbnail(&self, row: usize) -> Result<Option<Vec<u8>>> {
        self.store.thumbnail(row)
    }

    /// Rows whose facet is nearest to that of `row`, best first, without itself. Through the instant-distance graph,
    /// which is read from disk when first asked for.
    pub fn similar(&self, row: usize, facet: Modality, count: usize) -> Result<Vec<(usize, f32)>> {
        let Some(query) = self.matrix(facet).and_then(|matrix| matrix.embedding(row)) else {
            return Ok(Vec::new());
        };
        let Some(file) = &self.graphs[facet.index()] else { return Ok(Vec::new()) };
        let graph = self.neighbours[facet.index()].get_or_init(|| Hnsw::read(file, &self.folder));
        let mut nearest = graph.as_ref().map_err(Clone::clone)?.nearest(&query, count + 1);
        nearest.retain(|(other, _)| *other != row);
        nearest.truncate(count);
        Ok(nearest)
    }

    /// Whether the vectors can be compared with what these encoders make.
    pub fn check_bundle(&self, encoders: &Encoders) -> Result<()> {
        if self.manifest.bundle == encoders.id {
            return Ok(());
        }
        Err(Error::OtherBundle { made: self.manifest.bundle.clone(), loaded: encoders.id.clone() })
    }
}

/// The name of the generation in use.
fn current(folder: &Path) -> Result<String> {
    let name = fs::read_to_string(folder.join(CURRENT));
    name.map(|name| name.trim().to_owned()).map_err(|_| Error::NotACollection { path: folder.to_owned() })
}

/// The matrices of a facet that were written, in the order of its spaces.
fn open_matrices(generation: &Path, facet: Modality, spaces: &[String]) -> Result<Vec<SpaceMatrix>> {
    let unnamed = [String::new()];
    let spaces = if spaces.is_empty() { &unnamed } else { spaces };
    let mut matrices = Vec::new();
    for space in spaces {
        let path = matrix_file(generation, facet, space, spaces.len());
        if path.exists() {
            matrices.push(SpaceMatrix { space: space.clone(), matrix: Matrix::open(&path)? });
        }
    }
    Ok(matrices)
}

/// The matrix of a facet in one of `spaces` spaces.
fn matrix_file(generation: &Path, facet: Modality, space: &str, spaces: usize) -> PathBuf {
    generation.join(if spaces > 1 { format!("{facet}.{space}.vec") } else { format!("{facet}.vec") })
}

fn graph_file(generation: &Path, facet: Modality) -> PathBuf {
    generation.join(format!("{facet}.hnsw"))
}
