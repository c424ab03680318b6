//! Engine: open, import, search; all that the shell, the window and the tests call. Shared between threads as it is.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{
    audit::Ledger,
    catalog::feed::Options,
    collection::{Collection, Confirm, ImportReport, import},
    encode::{
        Encoders,
        bundle::{self, BUILT_IN, resource_folder},
        speech::{SPEECH, Transcriber, Transcript},
    },
    error::{Error, Result},
    media::clip::Clip,
    models,
    progress::{Progress, Stage},
    search::{self, Found, Paint, Query, Weights},
    settings::home,
};

/// The encoders and the collection in use.
pub struct Engine {
    /// Name of the bundle that the encoders come from.
    bundle: String,
    encoders: OnceLock<Result<Encoders>>,
    /// Held just to clone or swap.
    collection: RwLock<Option<Arc<Collection>>>,
    index_builds: AtomicU64,
    speech: OnceLock<Transcriber>,
}

/// What has been done since start; a slider move changes none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    pub encoder_runs: u64,
    pub index_builds: u64,
}

impl Engine {
    /// With the encoders of a bundle, by its name.
    pub fn new(bundle: &str) -> Self {
        Self {
            bundle: bundle.into(),
            encoders: OnceLock::new(),
            collection: RwLock::default(),
            index_builds: AtomicU64::new(0),
            speech: OnceLock::new(),
        }
    }

    /// With encoders of one's own instead of the bundle's, for tests.
    pub fn with_encoders(encoders: Encoders) -> Self {
        Self { encoders: OnceLock::from(Ok(encoders)), ..Self::new(BUILT_IN) }
    }

    /// The encoders of the bundle; the first call loads them, which takes a part of a second.
    pub fn encoders(&self) -> Result<&Encoders> {
        self.encoders.get_or_init(|| models::load(&home(), &self.bundle)).as_ref().map_err(Clone::clone)
    }

    /// The collection in use.
    pub fn collection(&self) -> Option<Arc<Collection>> {
        self.collection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The collection in use, or the error that says how to get one.
    pub fn opened(&self) -> Result<Arc<Collection>> {
        self.collection().ok_or_else(|| Error::NotACollection { path: PathBuf::from("COLLECTION") })
    }

    /// Opens a collection and makes it the one in use.
    pub fn open(&self, folder: &Path) -> Result<Arc<Collection>> {
        Ok(self.take(Arc::new(Collection::open(folder)?)))
    }

    fn take(&self, collection: Arc<Collection>) -> Arc<Collection> {
        *self.collection.write().unwrap_or_else(PoisonError::into_inner) = Some(collection.clone());
        collection
    }

    /// Imports a source into the collection in `folder` and makes it the one in use. `confirm` is asked before products
    /// leave the collection. An error leaves both as they were.
    pub fn import(
        &self,
        source: &Path,
        folder: &Path,
        confirm: Confirm<'_>,
        progress: &Progress,
    ) -> Result<(Arc<Collection>, ImportReport)> {
        self.import_with(source, folder, &Options::default(), confirm, progress)
    }

    /// The same with a say in what columns mean and what is fetched.
    pub fn import_with(
        &self,
        source: &Path,
        folder: &Path,
        options: &Options,
        confirm: Confirm<'_>,
        progress: &Progress,
    ) -> Result<(Arc<Collection>, ImportReport)> {
        let encoders = self.encoders()?;
        self.index_builds.fetch_add(1, Ordering::Relaxed);
        let report = import::import(source, folder, options, encoders, confirm, progress)?;
        Ok((self.open(folder)?, report))
    }

    /// Opens the sample catalog; imports it first when that has not been done or the catalog or bundle has changed. Where
    /// another Vitrine is just doing that, waits for it.
    pub fn open_sample(&self, home: &Path, progress: &Progress) -> Result<Arc<Collection>> {
        let (folder, source) = (home.join("sample"), sample_catalog());
        let encoders = self.encoders()?;
        loop {
            progress.begin(Stage::Opening, 0);
            if let Ok(collection) = Collection::open(&folder).map(Arc::new)
                && collection.manifest.source == source
                && collection.manifest.source_sha256 == import::fingerprint(&source)
                && collection.check_bundle(encoders).is_ok()
            {
                return Ok(self.take(collection));
            }
            match self.import(&source, &folder, &|_| Ok(()), progress) {
                Err(Error::Busy { .. }) => {
                    progress.check()?;
                    thread::sleep(Duration::from_millis(100));
                }
                imported => return Ok(imported?.0),
            }
        }
    }

    /// What was judged of a collection; the first time that is the judged set which its catalog brought along.
    pub fn ledger(&self, collection: &Collection) -> Result<Ledger> {
        let ledger = Ledger::open(&collection.folder)?;
        if ledger.queries()?.queries.is_empty() {
            ledger.take_in_beside(&collection.manifest.source)?;
        }
        Ok(ledger)
    }

    /// Searches a collection, whatever is in use, with all parts that these weights count.
    pub fn search_in(&self, collection: &Collection, query: &Query, weights: &Weights) -> Result<Found> {
        search::search(collection, self.encoders()?, query, weights, None, None, &Progress::new())
    }

    /// Searches the collection in use. `earlier` is what the same query found before, whose parts need no encoder;
    /// `paint` is shown the best products of a very large collection before its scan is through.
    pub fn search(
        &self,
        query: &Query,
        weights: &Weights,
        earlier: Option<&Found>,
        paint: Option<Paint>,
        progress: &Progress,
    ) -> Result<(Arc<Collection>, Found)> {
        let collection = self.opened()?;
        let found = search::search(&collection, self.encoders()?, query, weights, earlier, paint, progress)?;
        Ok((collection, found))
    }

    /// The words of a recording, for a query that can be read and searched by. Any bundle of the user's own, or else of
    /// the program's, may bring the speech model; the first call loads it.
    pub fn transcribe(&self, clip: &Clip) -> Result<Transcript> {
        if let Some(speech) = self.speech.get() {
            return speech.transcribe(clip);
        }
        // Only a success is kept: the bundle may be added while the program runs.
        let bundle = bundle::speech_bundle(&[home().join("models"), bundle::models_folder()]);
        let speech = bundle.ok_or(Error::NoEncoder { modality: SPEECH })?.load_speech()?;
        self.speech.get_or_init(|| speech).transcribe(clip)
    }

    pub fn counters(&self) -> Counters {
        let encoder_runs = self.encoders.get().and_then(|encoders| encoders.as_ref().ok()).map_or(0, Encoders::runs);
        Counters { encoder_runs, index_builds: self.index_builds.load(Ordering::Relaxed) }
    }
}

/// The folder of the sample catalog: `VITRINE_ASSETS`, else beside the program or in the source tree.
pub fn sample_catalog() -> PathBuf {
    resource_folder("VITRINE_ASSETS", "assets", Path::new("catalog/products.jsonl")).join("catalog")
}
