//! What a collection's audit keeps: its queries, what people judged, presets. Lies beside the generations,
//! so that an import leaves it alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    AuditQuery, Judgements, Preset, QuerySet, formats,
    generate::{self, Known},
    judges::median,
    queries::Reading,
};
use crate::{
    collection::Collection,
    error::{Error, Result},
    files::{sha256_hex, write_whole},
    language::Language,
    media::{self, clip::Clip, image::Picture},
    progress::{Progress, Stage},
    search::{Query, Weighted},
    store::{AuditStore, Judged},
};

const FILE: &str = "audit.sqlite";
/// The judge whose judgements came with the catalog.
pub const CATALOG: &str = "catalog";
/// Pictures and sounds of saved queries, named by their sha256.
const MEDIA: &str = "audit-media";

/// The open ledger of one collection.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    store: AuditStore,
    /// Held while changes are carried out, so that two who write do so one after the other.
    writing: Mutex<()>,
}

/// What a file brought.
#[derive(Debug, Default)]
pub struct Imported {
    pub queries: Vec<AuditQuery>,
    pub judgements: Judgements,
}

/// Something a person changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// `None` takes the judgement back.
    Judge {
        query: String,
        product: String,
        judge: String,
        grade: Option<f32>,
    },
    AddQueries(Vec<AuditQuery>),
    RemoveQuery(String),
    SavePreset(Preset),
    RemovePreset(String),
}

impl Ledger {
    /// Opens the ledger of the collection in `folder`; the first time it is made.
    pub fn open(folder: &Path) -> Result<Self> {
        let store = AuditStore::open(&folder.join(FILE))?;
        Ok(Self { folder: folder.to_owned(), store, writing: Mutex::default() })
    }

    /// Whether a collection has one; opening makes one otherwise.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Takes in the judged set that a catalog may bring along: `queries.jsonl` and `qrels.txt` beside its feed.
    pub fn take_in_beside(&self, source: &Path) -> Result<()> {
        let folder = if source.is_dir() { source } else { source.parent().unwrap_or(source) };
        let (queries, qrels) = (folder.join("queries.jsonl"), folder.join("qrels.txt"));
        if !queries.is_file() || !qrels.is_file() {
            return Ok(());
        }
        let Reading { set, faults } = QuerySet::read(&absolute(&queries))?;
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
        // The queries last: where they are, all of it is.
        self.judge_all(&Judgements::read(&qrels, Some(&set))?, CATALOG)?;
        self.add_queries(&set.queries)?;
        Ok(())
    }

    /// Takes in a file of queries or of judgements, all of it or nothing, and says what was in it. Judgements are those
    /// of `judge`; they may name queries of `known` by their text.
    pub fn import(&self, path: &Path, known: &QuerySet, judge: &str) -> Result<Imported> {
        let path = &absolute(path);
        // What has no grades is a set of queries.
        let judgements = match formats::read(path) {
            Ok(read) => read.into_judgements(path, Some(known))?,
            Err(no_grades) => {
                if !may_be_queries(path) {
                    return Err(no_grades);
                }
                let Reading { set, faults } = QuerySet::read(path)?;
                if let Some(fault) = faults.into_iter().next() {
                    return Err(fault);
                }
                self.add_queries(&set.queries)?;
                return Ok(Imported { queries: set.queries, judgements: Judgements::default() });
            }
        };
        self.judge_all(&judgements, judge)?;
        Ok(Imported { queries: Vec::new(), judgements })
    }

    pub fn queries(&self) -> Result<QuerySet> {
        let read = |json: String| {
            let mut query: AuditQuery = serde_json::from_str(&json).map_err(|why| self.damaged(&why))?;
            // What was copied here is named from here, so that a collection may move.
            query.images.iter_mut().chain(&mut query.audio).for_each(|file| *file = self.folder.join(&*file));
            Ok(query)
        };
        Ok(QuerySet { queries: self.store.queries()?.into_iter().map(read).collect::<Result<_>>()? })
    }

    /// Every judgement, judge by judge.
    pub fn judged(&self) -> Result<Vec<Judged>> {
        self.store.judgements()
    }

    pub fn presets(&self) -> Result<Vec<Preset>> {
        let read = |(_, json): (String, String)| serde_json::from_str(&json).map_err(|why| self.damaged(&why));
        self.store.presets()?.into_iter().map(read).collect()
    }

    /// Carries out changes in their order; each is on disk when this returns.
    pub fn apply(&self, changes: &[Change]) -> Result<()> {
        self.apply_unless(changes, || false)
    }

    /// The same, but nothing where somebody else has taken the changes over meanwhile.
    pub fn apply_unless(&self, changes: &[Change], is_taken: impl Fn() -> bool) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if is_taken() {
            return Ok(());
        }
        changes.iter().try_for_each(|change| match change {
            Change::Judge { query, product, judge, grade: Some(grade) } => self.judge(&[Judged {
                query: query.clone(),
                product: product.clone(),
                judge: judge.clone(),
                grade: *grade,
                at_secs: now_secs(),
            }]),
            Change::Judge { query, product, judge, grade: None } => self.store.unjudge(query, product, judge),
            Change::AddQueries(queries) => self.add_queries(queries),
            Change::RemoveQuery(id) => self.store.remove_query(id),
            Change::SavePreset(preset) => {
                let json = serde_json::to_string(preset).map_err(|why| Error::unwritable(&self.path(), why))?;
                self.store.put_preset(&preset.name, &json)
            }
            Change::RemovePreset(name) => self.store.remove_preset(name),
        })
    }

    /// Adds judgements as they are, all or none.
    pub fn judge(&self, judged: &[Judged]) -> Result<()> {
        self.store.judge(judged)
    }

    /// Queries out of the catalog itself: colours and kinds, and single products by words of their titles, by their other
    /// pictures and by their sounds. Grades follow from what the catalog says.
    pub fn make_queries(&self, collection: &Collection, language: Language, progress: &Progress) -> Result<Imported> {
        /// How many queries of each class.
        const COLOUR_KIND: usize = 40;
        const KNOWN: [(Known, usize); 3] = [(Known::Title, 20), (Known::Picture, 10), (Known::Sound, 10)];
        const SEED: u64 = 1;
        let all = || (0..collection.len()).filter_map(|row| Some((*collection.product(row)?).clone()));
        let products = || all().take_while(|_| progress.step().is_ok());
        progress.begin(Stage::ReadingRows, (1 + KNOWN.len()) * collection.len());
        let mut made = generate::colour_kind(products(), COLOUR_KIND, language, SEED);
        for (known, count) in KNOWN {
            made.extend(generate::known_items(products(), known, count, language, SEED));
        }
        progress.check()?;
        // What is not mentioned counts as 0; in a large catalog that is nearly everything.
        let mut judgements = Judgements::default();
        for (query, product, grade) in made.judgements.iter().filter(|(_, _, grade)| *grade > 0.0) {
            judgements.set(query, product, grade);
        }
        self.add_queries(&made.queries.queries)?;
        self.judge_all(&judgements, CATALOG)?;
        Ok(Imported { queries: made.queries.queries, judgements })
    }

    /// Adds the judgements of one judge, all or none.
    fn judge_all(&self, judgements: &Judgements, judge: &str) -> Result<()> {
        let judged = judgements.iter().filter(|(_, _, grade)| *grade >= 0.0).map(|(query, product, grade)| Judged {
            query: query.to_owned(),
            product: product.to_owned(),
            judge: judge.to_owned(),
            grade,
            at_secs: now_secs(),
        });
        self.judge(&judged.collect::<Vec<_>>())
    }

    fn add_queries(&self, queries: &[AuditQuery]) -> Result<()> {
        let rows = queries.iter().map(|query| {
            let mut own = query.clone();
            for file in own.images.iter_mut().chain(&mut own.audio) {
                if let Ok(inside) = file.strip_prefix(&self.folder) {
                    *file = inside.to_owned();
                }
            }
            let json = serde_json::to_string(&own).map_err(|why| Error::unwritable(&self.path(), why))?;
            Ok((query.id.as_str(), json))
        });
        self.store.put_queries(&rows.collect::<Result<Vec<_>>>()?)
    }

    /// A query as it was asked, to be added to the set under `id`: what it consists of is copied here, as the file that a
    /// person dropped may be gone tomorrow. Weights of single pictures are not kept.
    pub fn keep(&self, id: String, query: &Query) -> Result<AuditQuery> {
        let picture = |picture: &Weighted<Picture>| self.keep_media(&picture.to_png()?, "png");
        let sound = |clip: &Weighted<Clip>| self.keep_media(&clip.to_wav(), "wav");
        Ok(AuditQuery {
            id,
            text: query.text.trim().to_owned(),
            images: query.images.iter().map(picture).collect::<Result<_>>()?,
            audio: query.audio.as_ref().map(sound).transpose()?,
            ..AuditQuery::default()
        })
    }

    /// Copies a picture or sound and says where to.
    fn keep_media(&self, bytes: &[u8], ending: &str) -> Result<PathBuf> {
        let folder = self.folder.join(MEDIA);
        fs::create_dir_all(&folder).map_err(|why| Error::unwritable(&folder, why))?;
        let path = folder.join(format!("{}.{ending}", &sha256_hex(bytes)[..16]));
        if !path.exists() {
            write_whole(&path, bytes)?;
        }
        Ok(path)
    }

    /// Where a trained network is kept.
    pub fn network_file(&self) -> PathBuf {
        self.folder.join("audit-network.onnx")
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    fn damaged(&self, why: &serde_json::Error) -> Error {
        Error::DamagedCollection { path: self.path(), why: why.to_string() }
    }
}

/// Everything that was judged, judge by judge.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grades {
    /// By query, product and judge.
    all: BTreeMap<String, BTreeMap<String, BTreeMap<String, f32>>>,
}

impl Grades {
    pub fn of(judged: Vec<Judged>) -> Self {
        let mut grades = Self::default();
        for Judged { query, product, judge, grade, .. } in judged {
            grades.set(&query, &product, &judge, Some(grade));
        }
        grades
    }

    /// `None` takes it back. Returns what the judge said before.
    pub fn set(&mut self, query: &str, product: &str, judge: &str, grade: Option<f32>) -> Option<f32> {
        let Some(grade) = grade else { return self.all.get_mut(query)?.get_mut(product)?.remove(judge) };
        let products = self.all.entry(query.to_owned()).or_default();
        products.entry(product.to_owned()).or_default().insert(judge.to_owned(), grade)
    }

    /// What one judge says.
    pub fn by(&self, judge: &str, query: &str, product: &str) -> Option<f32> {
        self.all.get(query)?.get(product)?.get(judge).copied()
    }

    /// What counts: the median of what the judges say, the lower of two in the middle.
    pub fn grade(&self, query: &str, product: &str) -> Option<f32> {
        median(self.all.get(query)?.get(product)?.values().copied())
    }

    /// What counts of one query: products with their grades.
    pub fn of_query(&self, query: &str) -> impl Iterator<Item = (&str, f32)> {
        let products = self.all.get(query).into_iter().flatten();
        products.filter_map(|(product, judges)| Some((product.as_str(), median(judges.values().copied())?)))
    }

    /// What counts of everything.
    pub fn judgements(&self) -> Judgements {
        self.collect(|judges| median(judges.values().copied()))
    }

    /// What one judge says of everything.
    pub fn judgements_by(&self, judge: &str) -> Judgements {
        self.collect(|judges| judges.get(judge).copied())
    }

    fn collect(&self, grade: impl Fn(&BTreeMap<String, f32>) -> Option<f32>) -> Judgements {
        let mut judgements = Judgements::default();
        for (query, products) in &self.all {
            for (product, judges) in products {
                if let Some(grade) = grade(judges) {
                    judgements.set(query, product, grade);
                }
            }
        }
        judgements
    }

    /// Ids of the queries that something was judged for.
    pub fn queries(&self) -> impl Iterator<Item = &str> {
        self.all.keys().map(String::as_str)
    }

    /// Everybody who judged, by name.
    pub fn judges(&self) -> BTreeSet<&str> {
        self.all.values().flat_map(BTreeMap::values).flat_map(BTreeMap::keys).map(String::as_str).collect()
    }

    /// Forgets a query.
    pub fn remove(&mut self, query: &str) {
        self.all.remove(query);
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Whether a file without grades may be a set of queries rather than broken judgements.
fn may_be_queries(path: &Path) -> bool {
    matches!(media::ending(path).as_deref(), Some("jsonl" | "ndjson" | "json" | "csv" | "tsv" | "xml" | "topics"))
}

/// Seconds since 1970; 0 on a clock before that.
fn now_secs() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Arrangement, Weights};

    #[test]
    fn changes_are_there_after_another_opening() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!Ledger::is_there(folder.path()));
        let ledger = Ledger::open(folder.path()).unwrap();
        let query = AuditQuery { id: "q1".into(), text: "红色毛衣".into(), ..AuditQuery::default() };
        let preset = Preset { name: "mine".into(), weights: Weights::default(), arrangement: Arrangement::default() };
        let judge =
            |judge: &str, grade| Change::Judge { query: "q1".into(), product: "p".into(), judge: judge.into(), grade };
        let changes = [
            Change::AddQueries(vec![query.clone()]),
            judge("me", Some(3.0)),
            judge("you", Some(1.0)),
            judge("they", Some(2.0)),
            judge("they", None),
            Change::SavePreset(preset.clone()),
        ];
        ledger.apply(&changes).unwrap();
        let picture = ledger.keep_media(b"picture", "png").unwrap();
        assert_eq!(ledger.keep_media(b"picture", "png").unwrap(), picture);
        drop(ledger);
        let ledger = Ledger::open(folder.path()).unwrap();
        assert_eq!(ledger.queries().unwrap().queries, [query]);
        assert_eq!(ledger.presets().unwrap(), [preset]);
        let judged = ledger.judged().unwrap();
        assert_eq!(judged.iter().map(|one| one.grade).collect::<Vec<_>>(), [3.0, 1.0]);
        let grades = Grades::of(judged);
        assert_eq!((grades.grade("q1", "p"), grades.by("me", "q1", "p")), (Some(1.0), Some(3.0)));
        assert_eq!(fs::read(picture).unwrap(), b"picture");
        ledger.apply(&[Change::RemoveQuery("q1".into()), Change::RemovePreset("mine".into())]).unwrap();
        assert!(ledger.queries().unwrap().queries.is_empty() && ledger.judged().unwrap().is_empty());
    }

    #[test]
    fn the_median_of_the_judges_counts() {
        let check = |said: &[f32], expected| {
            let mut grades = Grades::default();
            for (judge, grade) in said.iter().enumerate() {
                assert_eq!(grades.set("q", "p", &judge.to_string(), Some(*grade)), None);
            }
            assert_eq!(grades.grade("q", "p"), expected, "{said:?}");
            assert_eq!(grades.judgements().grade("q", "p"), expected);
            assert_eq!(grades.judges().len(), said.len());
        };
        check(&[], None);
        check(&[2.0], Some(2.0));
        check(&[3.0, 1.0], Some(1.0));
        check(&[3.0, 0.0, 2.0], Some(2.0));
        let mut grades = Grades::default();
        grades.set("q", "p", "me", Some(1.0));
        assert_eq!(grades.set("q", "p", "me", Some(2.0)), Some(1.0));
        assert_eq!(grades.set("q", "p", "me", None), Some(2.0));
        assert_eq!(grades.grade("q", "p"), None);
        assert!(grades.judgements().is_empty());
    }
}
