//! A collection on disk: one immutable generation of products, thumbnails, matrices, indexes and calibration.
//!
//! ```text
//! DIR/current              the name of the generation in use; replaced by a rename
//! DIR/media/               pictures and sounds that an import fetched or unpacked; those that no product names go
//! DIR/encoded.sqlite       what an import that has not ended has encoded; the next one goes on with it
//! DIR/generation-7/        manifest.json  catalog.sqlite  columns.bin  crossings.f32  keyword/
//!                          {text,image,audio}.vec  {text,image,audio}.{codes,bits,hnsw}
//! ```
//! A facet that lives in several spaces has a matrix in each, `text.clip.vec` and `text.clap.vec`; its graph is that of
//! the first. Opening maps the files and reads next to nothing, so that a million products open at once; products are
//! read when they are looked at.
//!
//! A new generation is written beside the old one and renamed into place, so a reader sees the old or the new, whole.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use memmap2::Mmap;
use serde::{Deserialize, Serialize};

pub use crate::store::{Problem, spool::Leaving};
use crate::{
    catalog::Product,
    encode::{Encoders, Modality},
    error::{Error, Result},
    index::{
        Bits, Codes, Columns, Hnsw, Keyword, Matrix, Nearest, columns,
        hnsw::Effort,
        mapped,
        nearest::{self, Nearby, Recall, Scan, Way},
    },
    progress::Progress,
    store::Store,
};

pub mod calibration;
pub mod crossings;
pub mod export;
pub mod generation;
pub mod import;
mod known;
mod prepare;
pub mod summary;
mod used;
pub mod watch;

pub use calibration::Calibration;
use crossings::Crossings;
pub use import::{Confirm, ImportReport};

const CURRENT: &str = "current";
/// Products kept in memory; a screen shows some dozens.
const KEPT: usize = 4096;

/// What a generation says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of the folder; this program reads [`generation::FORMAT`].
    pub format: u32,
    /// Id of the bundle that made the vectors.
    pub bundle: String,
    pub source: PathBuf,
    /// Fingerprint of the source file, when it is one file; tells whether the sample catalog has changed.
    pub source_sha256: Option<String>,
    /// How the source was read.
    pub asked: generation::Asked,
    pub products: usize,
    /// How many products offer each facet: text, image, audio.
    pub coverage: [usize; 3],
    /// The spaces of each facet's vectors, its own first.
    pub spaces: [Vec<String>; 3],
    pub calibration: Calibration,
    /// What BM25 gives unrelated products; `None` where there are too few to tell.
    pub keyword: Option<calibration::Background>,
}

/// An open generation. Cheap to search from many threads; never changes.
pub struct Collection {
    /// The folder that was opened, not the generation inside.
    pub folder: PathBuf,
    pub manifest: Manifest,
    store: Store,
    /// Products that were looked at lately.
    products: Mutex<HashMap<usize, Arc<Product>>>,
    columns: Columns,
    keyword: Option<Keyword>,
    crossings: Option<Crossings>,
    /// For each facet one a space, its own first; empty when no product has it.
    matrices: [Vec<SpaceMatrix>; 3],
    /// Of large facets. Mapped with the rest, so that they outlive a newer generation; read when first asked for.
    graphs: [Option<Mmap>; 3],
    neighbours: [OnceLock<Result<Hnsw>>; 3],
}

/// The vectors of one facet in one space.
struct SpaceMatrix {
    space: String,
    matrix: Arc<Matrix>,
    /// Only where the facet is large enough to be scanned by them.
    codes: Option<Arc<Codes>>,
    /// Only where even that scan takes so long that a first paint comes before it.
    bits: Option<Bits>,
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
        Some(Self::manifest_of(folder)?.source)
    }

    /// How the source of the collection in a folder was read, `None` when there is none.
    pub fn asked_of(folder: &Path) -> Option<generation::Asked> {
        Some(Self::manifest_of(folder)?.asked)
    }

    fn manifest_of(folder: &Path) -> Option<Manifest> {
        let manifest = fs::read_to_string(folder.join(current(folder).ok()?).join("manifest.json")).ok()?;
        serde_json::from_str(&manifest).ok()
    }

    fn open_generation(folder: &Path, name: &str) -> Result<Self> {
        let generation = folder.join(name);
        let damaged = |why: String| Error::DamagedCollection { path: folder.to_owned(), why };
        let text = fs::read_to_string(generation.join("manifest.json")).map_err(|why| damaged(why.to_string()))?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|why| damaged(why.to_string()))?;
        if manifest.format != generation::FORMAT {
            let why = format!("its format is {}, this program reads {}", manifest.format, generation::FORMAT);
            return Err(damaged(why));
        }
        let store = Store::open(&generation.join("catalog.sqlite"))?;
        let rows = manifest.products;
        let (mut matrices, mut graphs) = ([const { Vec::new() }; 3], [const { None }; 3]);
        for facet in Modality::ALL {
            matrices[facet.index()] = open_matrices(&generation, facet, &manifest.spaces[facet.index()])?;
            let graph = graph_file(&generation, facet);
            graphs[facet.index()] = if graph.exists() { Some(mapped::open(&graph)?) } else { None };
        }
        let columns = Columns::open(&generation.join(columns::FILE))?;
        let keyword = Keyword::open(&generation)?;
        let other_words = keyword.as_ref().is_some_and(|keyword| keyword.rows() != rows);
        let whole = matrices.iter().flatten().all(|known| known.matrix.rows() == rows);
        if rows == 0 || store.count()? != rows || columns.rows() != rows || other_words || !whole {
            return Err(damaged("its files do not belong together".into()));
        }
        let crossings = generation.join(CROSSINGS);
        let crossings = if crossings.exists() { Some(Crossings::open(&crossings, rows)?) } else { None };
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
            store,
            products: Mutex::default(),
            columns,
            keyword,
            crossings,
            matrices,
            graphs,
            neighbours: Default::default(),
        })
    }

    /// How many products there are; their rows are numbered from 0 in the order of the feed. Never 0.
    #[expect(clippy::len_without_is_empty, reason = "a collection is never empty")]
    pub fn len(&self) -> usize {
        self.manifest.products
    }

    /// One product, read from disk unless it was looked at lately. `None` when there is no such row, or when the file
    /// under it has gone bad, which the log says.
    pub fn product(&self, row: usize) -> Option<Arc<Product>> {
        let kept = || self.products.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(product) = kept().get(&row) {
            return Some(product.clone());
        }
        let product = match self.store.product(row) {
            Ok(product) => Arc::new(product?),
            Err(error) => {
                tracing::error!("{error}");
                return None;
            }
        };
        let mut kept = kept();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(row, product.clone());
        Some(product)
    }

    /// All products in row order, read some hundred at a time.
    pub fn products(&self) -> impl Iterator<Item = Result<Product>> + '_ {
        self.store.products()
    }

    pub fn row_of(&self, id: &str) -> Option<usize> {
        self.columns.row_of(id)
    }

    /// What the shelf is filtered, counted and sorted by.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The index of words; `None` in a collection made without one.
    pub fn keyword(&self) -> Option<&Keyword> {
        self.keyword.as_ref()
    }

    /// Each row's place in the order of product ids: ties in a ranking break by it.
    pub fn id_order(&self) -> &[u32] {
        self.columns.id_order()
    }

    /// How alike each product's own facets are, for the joint method; `None` where not all facets share one space.
    pub fn crossings(&self) -> Option<&[[f32; 3]]> {
        self.crossings.as_ref().map(Crossings::rows)
    }

    /// The vectors of a facet in its own first space, `None` when no product has it.
    pub fn matrix(&self, facet: Modality) -> Option<&Matrix> {
        self.matrices[facet.index()].first().map(|known| &*known.matrix)
    }

    /// The vectors of a facet in a space, `None` when no product has any there.
    pub fn matrix_in(&self, facet: Modality, space: &str) -> Option<&Matrix> {
        self.in_space(facet, space).map(|known| &*known.matrix)
    }

    /// The codes by which a large facet is scanned.
    pub fn codes_in(&self, facet: Modality, space: &str) -> Option<&Codes> {
        self.in_space(facet, space)?.codes.as_deref()
    }

    /// The bits by which the first paint of a very large facet is found.
    pub fn bits_in(&self, facet: Modality, space: &str) -> Option<&Bits> {
        self.in_space(facet, space)?.bits.as_ref()
    }

    fn in_space(&self, facet: Modality, space: &str) -> Option<&SpaceMatrix> {
        self.matrices[facet.index()].iter().find(|known| known.space == space)
    }

    /// A product's JPEG thumbnail, longest side at most [`import::THUMBNAIL_SIDE`] pixels.
    pub fn thumbnail(&self, row: usize) -> Result<Option<Vec<u8>>> {
        self.store.thumbnail(row)
    }

    /// Rows whose facet is nearest to that of `row`, best first, without itself: by the exact scan where that is a matter
    /// of a millisecond, else through the graph.
    pub fn similar(&self, row: usize, facet: Modality, count: usize) -> Result<Nearby> {
        let Some(query) = self.matrix(facet).and_then(|matrix| matrix.embedding(row)) else {
            return Ok(Nearby { rows: Vec::new(), way: Way::Exact });
        };
        let Some(nearest) = self.nearest(facet)? else { return Ok(Nearby { rows: Vec::new(), way: Way::Exact }) };
        let mut nearby = nearest.nearest(&query, count + 1, None);
        nearby.rows.retain(|(other, _)| *other != row);
        nearby.rows.truncate(count);
        Ok(nearby)
    }

    /// Who finds a facet's nearest rows, in its own first space; `None` when no product has the facet.
    pub fn nearest(&self, facet: Modality) -> Result<Option<Box<dyn Nearest + '_>>> {
        let Some(known) = self.matrices[facet.index()].first() else { return Ok(None) };
        let (Some(graph), Some(codes)) = (&self.graphs[facet.index()], &known.codes) else {
            return Ok(Some(Box::new(Scan { matrix: known.matrix.clone(), codes: known.codes.clone() })));
        };
        let read = || Hnsw::read(graph, &self.folder, known.matrix.clone(), codes.clone(), Effort::default());
        let graph = self.neighbours[facet.index()].get_or_init(read);
        Ok(Some(Box::new(graph.as_ref().map_err(Clone::clone)?)))
    }

    /// How well the way that [`similar`](Self::similar) takes finds a facet's true nearest ten, on a hundred products;
    /// `None` when no product has the facet.
    pub fn recall(&self, facet: Modality, progress: &Progress) -> Result<Option<(Way, Recall)>> {
        let Some(nearest) = self.nearest(facet)? else { return Ok(None) };
        let way = if self.graphs[facet.index()].is_some() { Way::Graph } else { Way::Exact };
        Ok(Some((way, nearest::recall(&*nearest, 100, 10, progress)?)))
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
    let mut matrices = Vec::new();
    for space in spaces {
        let path = matrix_file(generation, facet, space, spaces.len());
        if path.exists() {
            let matrix = Matrix::open(&path)?;
            let codes = path.with_extension("codes");
            let codes = if codes.exists() { Some(Arc::new(Codes::open(&codes, &matrix)?)) } else { None };
            let bits = path.with_extension("bits");
            let bits = if bits.exists() { Some(Bits::open(&bits, &matrix)?) } else { None };
            matrices.push(SpaceMatrix { space: space.clone(), matrix: Arc::new(matrix), codes, bits });
        }
    }
    Ok(matrices)
}

/// The matrix of a facet in one of `spaces` spaces.
fn matrix_file(generation: &Path, facet: Modality, space: &str, spaces: usize) -> PathBuf {
    generation.join(if spaces > 1 { format!("{facet}.{space}.vec") } else { format!("{facet}.vec") })
}

const CROSSINGS: &str = "crossings.f32";

fn graph_file(generation: &Path, facet: Modality) -> PathBuf {
    generation.join(format!("{facet}.hnsw"))
}
