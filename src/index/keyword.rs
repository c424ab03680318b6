//! The keyword channel: which products hold the typed words, and how well, by BM25. Names and numbers that the
//! encoders have never met are found here. Only this file knows tantivy.
//!
//! Of tantivy come the files: dictionary, postings, lengths. The score is our own sum over them, because the fusion wants
//! the score of every product, not of the best few, and because of BM25F: a word's occurrences in several fields are
//! weighed and added before the saturation, so that a word which stands in title, category and description does not
//! outdo two words of the query (Robertson, Zaragoza and Taylor 2004).

use std::{
    borrow::Borrow,
    collections::HashSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use rayon::prelude::*;
use tantivy::{
    Index, IndexWriter, SegmentReader, TantivyDocument, Term,
    fieldnorm::FieldNormReader,
    index::SegmentComponent,
    indexer::NoMergePolicy,
    schema::{FAST, Field, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions},
};

use super::words;
use crate::{
    catalog::{Product, feed::columns::is_identifier},
    error::{Error, Result},
    progress::Progress,
};

/// A field of the index: its name, how much an occurrence in it counts, and how far a long text counts less (0: not at
/// all, 1: in proportion). Both languages of a product share a field.
struct Place {
    name: &'static str,
    weight: f32,
    b: f32,
}

const PLACES: [Place; 6] = [
    Place { name: "title", weight: 4.0, b: 0.5 },
    Place { name: "code", weight: 4.0, b: 0.0 },
    Place { name: "brand", weight: 2.5, b: 0.2 },
    Place { name: "category", weight: 2.5, b: 0.2 },
    Place { name: "attributes", weight: 1.5, b: 0.5 },
    Place { name: "description", weight: 1.0, b: 0.75 },
];
/// Ids and numbers whole, as [`words::fold`] spells them.
const EXACT: &str = "exact";
const ROW: &str = "row";
/// Saturation: how soon another occurrence of a word stops to count.
const K1: f32 = 1.2;

/// Characters of a field that are indexed, and of a query that are read; more is no title and no question.
const LONGEST_FIELD: usize = 20_000;
const LONGEST_QUERY: usize = 2_000;
/// Different words of a query that count, the first ones.
const MOST_WORDS: usize = 64;
/// Longer ids cannot be typed and would not fit a term.
const LONGEST_ID_BYTES: usize = 1_000;

/// Products whose texts are cut into words together.
const BATCH: usize = 1_024;
/// What tantivy may gather in memory before it writes a segment.
const BUDGET_BYTES: usize = 64 << 20;

/// The folder of the index inside a generation.
const FOLDER: &str = "keyword";

/// Rows of other products that one query of a background sample is compared with.
const SAMPLE: usize = 400;

/// An open index. All its files are mapped when it is opened, so it outlives its folder.
pub struct Keyword {
    segments: Vec<Segment>,
    rows: usize,
    /// Mean length of each place in words.
    lengths: [f32; PLACES.len()],
    places: [Field; PLACES.len()],
    exact: Field,
    path: PathBuf,
}

struct Segment {
    reader: SegmentReader,
    /// The product's row of each document.
    rows: Vec<u32>,
    norms: Vec<FieldNormReader>,
}

impl Keyword {
    /// Writes the index of all products, in row order, into `generation`.
    ///
    /// # Errors
    /// What `products` or the disk says, and [`Error::Cancelled`]; the folder is then left as it is.
    pub fn build<P: Borrow<Product> + Sync>(
        generation: &Path,
        products: impl Iterator<Item = Result<P>>,
        progress: &Progress,
    ) -> Result<()> {
        let folder = generation.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|why| Error::unwritable(&folder, why))?;
        let fail = |why: tantivy::TantivyError| Error::unwritable(&folder, why);
        let index = Index::create_in_dir(&folder, schema()).map_err(fail)?;
        // One thread, so that documents keep the order of rows and postings the order of documents.
        let mut writer: IndexWriter = index.writer_with_num_threads(1, BUDGET_BYTES).map_err(fail)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let fields = Fields::of(&index.schema()).map_err(fail)?;
        let mut products = products.zip(0_u32..).peekable();
        while products.peek().is_some() {
            let batch = products.by_ref().take(BATCH).map(|(product, row)| Ok((product?, row)));
            let batch: Vec<(P, u32)> = batch.collect::<Result<_>>()?;
            let documents: Vec<_> =
                batch.par_iter().map(|(product, row)| document(product.borrow(), *row, &fields)).collect();
            for document in documents {
                progress.step()?;
                writer.add_document(document).map_err(fail)?;
            }
        }
        writer.commit().map_err(fail)?;
        let segments = index.searchable_segment_ids().map_err(fail)?;
        if segments.len() > 1 {
            progress.check()?;
            writer.merge(&segments).wait().map_err(fail)?;
            writer.garbage_collect_files().wait().map_err(fail)?;
        }
        writer.wait_merging_threads().map_err(fail)
    }

    /// Opens the index of a generation; `None` when it was made without one.
    pub fn open(generation: &Path) -> Result<Option<Self>> {
        let path = generation.join(FOLDER);
        if !path.join("meta.json").exists() {
            return Ok(None);
        }
        guarded(&path, || Self::read(&path)).map(Some)
    }

    /// Without tantivy's own reader: that one would put a lock file beside what is never written to.
    fn read(path: &Path) -> tantivy::Result<Self> {
        let index = Index::open_in_dir(path)?;
        let fields = Fields::of(&index.schema())?;
        let mut segments = Vec::new();
        let mut tokens = [0_u64; PLACES.len()];
        for segment in index.searchable_segments()? {
            // Its reader believes what these files say of their sizes; a bad one would take all memory or never end.
            for part in [SegmentComponent::FastFields, SegmentComponent::FieldNorms] {
                if !index.directory().validate_checksum(&segment.relative_path(part))? {
                    return Err(tantivy::TantivyError::InvalidArgument("a part of it is damaged".into()));
                }
            }
            let reader = SegmentReader::open(&segment)?;
            let mut norms = Vec::new();
            for (field, tokens) in fields.places.iter().zip(&mut tokens) {
                norms.push(reader.get_fieldnorms_reader(*field)?);
                *tokens += reader.inverted_index(*field)?.total_num_tokens();
            }
            // Opens the file slices that an exact look-up needs, while the files have their names.
            reader.inverted_index(fields.exact)?;
            let column = reader.fast_fields().column_first_or_default::<u64>(ROW)?;
            let rows: Vec<u32> = (0..reader.max_doc()).map(|doc| column.get_val(doc) as u32).collect();
            segments.push(Segment { reader, rows, norms });
        }
        let rows = segments.iter().map(|segment| segment.rows.len()).sum::<usize>();
        if segments.iter().flat_map(|segment| &segment.rows).any(|row| *row as usize >= rows) {
            return Err(tantivy::TantivyError::InvalidArgument("its files do not belong together".into()));
        }
        let lengths = tokens.map(|tokens| (tokens as f32 / rows.max(1) as f32).max(1.0));
        Ok(Self { segments, rows, lengths, places: fields.places, exact: fields.exact, path: path.to_owned() })
    }

    /// How many products are indexed.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Every product that holds a word of `text`, with its BM25F score (above 0), in row order. Whatever is typed is
    /// words: nothing in it is an operator.
    pub fn scores(&self, text: &str) -> Result<Vec<(u32, f32)>> {
        let words = query_words(text);
        guarded(&self.path, || self.score(&words))
    }

    fn score(&self, words: &[String]) -> tantivy::Result<Vec<(u32, f32)>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut scores = vec![0.0_f32; self.rows];
        // How often the word occurs in each product, weighed; cleared by the list of those where it does.
        let mut occurrences = vec![0.0_f32; self.rows];
        let mut touched = Vec::new();
        for word in words {
            self.gather(word, &mut occurrences, &mut touched)?;
            let (rows, with_word) = (self.rows as f32, touched.len() as f32);
            let rarity = (1.0 + (rows - with_word + 0.5) / (with_word + 0.5)).ln();
            for row in touched.drain(..) {
                let occurs = std::mem::take(&mut occurrences[row as usize]);
                scores[row as usize] += rarity * occurs * (K1 + 1.0) / (occurs + K1);
            }
        }
        Ok((0..).zip(scores).filter(|(_, score)| *score > 0.0).collect())
    }

    /// Adds up the occurrences of one word over all places; `touched` gets every row where there is one, once.
    fn gather(&self, word: &str, occurrences: &mut [f32], touched: &mut Vec<u32>) -> tantivy::Result<()> {
        for segment in &self.segments {
            for (place, known) in PLACES.iter().enumerate() {
                let field = self.places[place];
                let term = Term::from_field_text(field, word);
                let postings =
                    segment.reader.inverted_index(field)?.read_block_postings(&term, IndexRecordOption::WithFreqs)?;
                let Some(mut postings) = postings else { continue };
                // Lengths come coded in a byte; what each code costs is worked out once.
                let weights: Vec<f32> = (0..=u8::MAX)
                    .map(|code| {
                        let length = FieldNormReader::id_to_fieldnorm(code) as f32 / self.lengths[place];
                        known.weight / (1.0 - known.b + known.b * length)
                    })
                    .collect();
                while postings.block_len() > 0 {
                    for (doc, times) in postings.docs().iter().zip(postings.freqs()) {
                        let row = segment.rows[*doc as usize];
                        let occurs = &mut occurrences[row as usize];
                        if *occurs == 0.0 {
                            touched.push(row);
                        }
                        *occurs += *times as f32 * weights[segment.norms[place].fieldnorm_id(*doc) as usize];
                    }
                    postings.advance();
                }
            }
        }
        Ok(())
    }

    /// Rows whose id, article number or bar code is `text`, spelled in whatever case and width; in row order.
    pub fn exact(&self, text: &str) -> Result<Vec<u32>> {
        let text = words::fold(first_chars(text, LONGEST_QUERY));
        if text.is_empty() || text.len() > LONGEST_ID_BYTES {
            return Ok(Vec::new());
        }
        let term = Term::from_field_text(self.exact, &text);
        let find = || {
            let mut rows = Vec::new();
            for segment in &self.segments {
                let index = segment.reader.inverted_index(self.exact)?;
                let Some(mut postings) = index.read_block_postings(&term, IndexRecordOption::Basic)? else { continue };
                while postings.block_len() > 0 {
                    rows.extend(postings.docs().iter().map(|doc| segment.rows[*doc as usize]));
                    postings.advance();
                }
            }
            rows.sort_unstable();
            tantivy::Result::Ok(rows)
        };
        guarded(&self.path, find)
    }

    /// Scores of unrelated products, 0 included, to calibrate by: each text against up to 400 products at even distances,
    /// its own left out. The same for the same collection.
    pub fn background<'a>(&self, texts: impl IntoIterator<Item = (usize, &'a str)>) -> Result<Vec<f32>> {
        let step = self.rows.div_ceil(SAMPLE).max(1);
        let mut background = Vec::new();
        for (own, text) in texts {
            let scores = self.scores(text)?;
            let mut scores = scores.into_iter().peekable();
            for row in (0..self.rows).step_by(step) {
                while scores.next_if(|(other, _)| (*other as usize) < row).is_some() {}
                let score = scores.peek().filter(|(other, _)| *other as usize == row).map_or(0.0, |(_, score)| *score);
                if row != own {
                    background.push(score);
                }
            }
        }
        Ok(background)
    }
}

struct Fields {
    places: [Field; PLACES.len()],
    exact: Field,
    row: Field,
}

impl Fields {
    fn of(schema: &Schema) -> tantivy::Result<Self> {
        let mut places = [Field::from_field_id(0); PLACES.len()];
        for (field, place) in places.iter_mut().zip(&PLACES) {
            *field = schema.get_field(place.name)?;
        }
        Ok(Self { places, exact: schema.get_field(EXACT)?, row: schema.get_field(ROW)? })
    }
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    // Words come cut already, with a space between them.
    let indexing =
        TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::WithFreqs);
    let options = TextOptions::default().set_indexing_options(indexing);
    for place in &PLACES {
        schema.add_text_field(place.name, options.clone());
    }
    schema.add_text_field(EXACT, STRING);
    schema.add_u64_field(ROW, FAST);
    schema.build()
}

fn document(product: &Product, row: u32, fields: &Fields) -> TantivyDocument {
    let (codes, traits): (Vec<_>, Vec<_>) = product.attributes.iter().partition(|(name, _)| is_identifier(name));
    let codes: Vec<&str> =
        std::iter::once(&product.id).chain(codes.iter().map(|(_, value)| *value)).map(String::as_str).collect();
    let traits: Vec<&str> = traits.iter().map(|(_, value)| value.as_str()).collect();
    let mut document = TantivyDocument::new();
    for (field, place) in fields.places.iter().zip(&PLACES) {
        let texts: &[&str] = match place.name {
            "title" => &[&product.title, &product.title_zh],
            "code" => &codes,
            "brand" => &[&product.brand],
            "category" => &[&product.category, &product.category_zh],
            "attributes" => &traits,
            _ => &[&product.description, &product.description_zh],
        };
        document.add_text(*field, cut(texts));
    }
    for code in codes {
        let code = words::fold(code);
        if code.len() <= LONGEST_ID_BYTES {
            document.add_text(fields.exact, code);
        }
    }
    document.add_u64(fields.row, u64::from(row));
    document
}

/// The words of several texts with a space between them.
fn cut(texts: &[&str]) -> String {
    texts.iter().flat_map(|text| words::words(first_chars(text, LONGEST_FIELD))).collect::<Vec<_>>().join(" ")
}

/// Each different word of a query once.
fn query_words(text: &str) -> Vec<String> {
    let mut words = words::words(first_chars(text, LONGEST_QUERY));
    let mut seen = HashSet::new();
    words.retain(|word| seen.insert(word.clone()));
    words.truncate(MOST_WORDS);
    words
}

fn first_chars(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// tantivy trusts its files: one that is damaged may fail it anywhere, by an error or by a panic.
fn guarded<T>(path: &Path, work: impl FnOnce() -> tantivy::Result<T>) -> Result<T> {
    let damaged = |why: String| Error::DamagedCollection { path: path.to_owned(), why };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|why| damaged(why.to_string())),
        Err(_) => Err(damaged("its files do not belong together".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products() -> Vec<Product> {
        let product = |id: &str, title: &str, title_zh: &str, category: &str, brand: &str| Product {
            id: id.into(),
            title: title.into(),
            title_zh: title_zh.into(),
            category: category.into(),
            brand: brand.into(),
            ..Product::default()
        };
        let with = |mut product: Product, attributes: &[(&str, &str)], description: &str| {
            product.attributes = attributes.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
            product.description = description.into();
            product
        };
        vec![
            product("AB-123/x", "Red sweater", "红色毛衣", "Clothing > Sweaters", "Acme"),
            product("p1", "Blue sweater for cold days", "蓝色毛衣", "Clothing > Sweaters", "Bolt"),
            with(product("p2", "iPhone手机壳", "", "", ""), &[("mpn", "KX 9000"), ("color", "clear")], ""),
            with(product("p3", "Kettle", "电热水壶", "Home > Kettles", "Acme"), &[("gtin", "4006381333931")], "Red."),
            product("", "", "连帽卫衣", "", ""),
            Product { id: "p5".into(), ..Product::default() },
            product("p6", "Watch", "手表", "Accessories", "Café Nord"),
        ]
    }

    fn built(products: &[Product]) -> (tempfile::TempDir, Keyword) {
        let folder = tempfile::tempdir().unwrap();
        Keyword::build(folder.path(), products.iter().map(Ok), &Progress::new()).unwrap();
        let keyword = Keyword::open(folder.path()).unwrap().unwrap();
        (folder, keyword)
    }

    /// Rows by falling score, ties by row.
    fn ranked(keyword: &Keyword, text: &str) -> Vec<u32> {
        let mut scores = keyword.scores(text).unwrap();
        assert!(scores.is_sorted_by_key(|(row, _)| *row), "{text}");
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        scores.into_iter().map(|(row, _)| row).collect()
    }

    #[test]
    fn words_find_products() {
        let (_folder, keyword) = built(&products());
        assert_eq!(keyword.rows(), 7);
        let long = "red sweater ".repeat(100_000);
        for (text, expected) in [
            ("red sweater", &[0, 1, 3][..]),
            ("Sweaters", &[0, 1]),
            ("红色毛衣", &[0, 1]),
            ("毛衣", &[0, 1]),
            ("卫衣", &[4]),
            ("iphone 手机", &[2]),
            ("iPhone手机壳", &[2]),
            ("手机壳 iphone", &[2]),
            ("AB-123/x", &[0]),
            ("ab123x", &[0]),
            ("ＡＢ１２３Ｘ", &[0]),
            ("kx9000", &[2]),
            ("acme kettle", &[3, 0]),
            ("cafe nord", &[6]),
            ("watches", &[6]),
            ("clear", &[2]),
            ("zebra", &[]),
            ("", &[]),
            ("   \t\n", &[]),
            ("!?*:(){}[]^~\"\\ AND - +", &[]),
            ("title:red", &[0, 3]),
            ("\"red", &[0, 3]),
            ("red^9 OR (", &[0, 3]),
            ("👗🧶", &[]),
            ("red 👗", &[0, 3]),
            (&long, &[0, 1, 3]),
            ("\u{0}\u{feff}", &[]),
        ] {
            assert_eq!(ranked(&keyword, text), expected, "{}", first_chars(text, 40));
        }
    }

    #[test]
    fn both_words_of_a_query_outdo_one_in_every_field() {
        let mut everywhere = Product { id: "a".into(), title: "Sweater sweater".into(), ..Product::default() };
        everywhere.category = "Sweaters".into();
        everywhere.description = "A sweater. Sweaters!".into();
        let both = Product { id: "b".into(), title: "Sweater in red wool".into(), ..Product::default() };
        let other = Product { id: "c".into(), title: "Red mug".into(), ..Product::default() };
        let (_folder, keyword) = built(&[everywhere, both, other]);
        assert_eq!(ranked(&keyword, "red sweater")[0], 1);
    }

    #[test]
    fn numbers_typed_whole() {
        let (_folder, keyword) = built(&products());
        let check = |text: &str, expected: &[u32]| assert_eq!(keyword.exact(text).unwrap(), expected, "{text}");
        check(" ab-123/X ", &[0]);
        check("kx  9000", &[2]);
        check("4006381333931", &[3]);
        check("ab123x", &[]);
        check("p5", &[5]);
        check("red", &[]);
        check("", &[]);
        check(&"9".repeat(5_000), &[]);
    }

    #[test]
    fn the_folder_may_go_while_it_is_open() {
        let (folder, keyword) = built(&products());
        fs::remove_dir_all(folder.path()).unwrap();
        assert_eq!(ranked(&keyword, "红色毛衣"), [0, 1]);
        assert_eq!(keyword.exact("P1").unwrap(), [1]);
        assert!(Keyword::open(folder.path()).unwrap().is_none());
    }

    #[test]
    fn threads_may_share_it() {
        fn shared<T: Send + Sync>() {}
        shared::<Keyword>();
    }

    #[test]
    fn nothing_is_written_by_reading() {
        let (folder, _keyword) = built(&products());
        let names = || {
            let names = fs::read_dir(folder.path().join(FOLDER)).unwrap().flatten().map(|entry| entry.file_name());
            names.collect::<HashSet<_>>()
        };
        let before = names();
        Keyword::open(folder.path()).unwrap().unwrap().scores("red").unwrap();
        assert_eq!(names(), before);
    }

    #[test]
    fn a_stopped_build_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let progress = Progress::new();
        progress.cancel();
        assert_eq!(Keyword::build(folder.path(), products().iter().map(Ok), &progress), Err(Error::Cancelled));
        let none: [Result<Product>; 0] = [];
        let folder = tempfile::tempdir().unwrap();
        Keyword::build(folder.path(), none.into_iter(), &Progress::new()).unwrap();
        assert!(Keyword::open(folder.path()).unwrap().unwrap().scores("red").unwrap().is_empty());
    }

    #[test]
    fn a_background_counts_products_without_the_word() {
        let (_folder, keyword) = built(&products());
        let background = keyword.background([(0, "red sweater")]).unwrap();
        assert_eq!(background.len(), 6);
        assert_eq!(background.iter().filter(|score| **score > 0.0).count(), 2);
    }

    #[test]
    fn damage_is_an_error() {
        let (folder, _) = built(&products());
        let inside = folder.path().join(FOLDER);
        let files: Vec<PathBuf> = fs::read_dir(&inside).unwrap().flatten().map(|entry| entry.path()).collect();
        for file in files {
            let whole = fs::read(&file).unwrap();
            let mut variants: Vec<Vec<u8>> = (0..whole.len()).step_by(7).map(|end| whole[..end].to_vec()).collect();
            for at in (0..whole.len()).step_by(5) {
                let mut flipped = whole.clone();
                flipped[at] ^= 0xff;
                variants.push(flipped);
                // A long number where a short one was; found by fuzzing, without checksums it takes all memory.
                let mut filled = whole.clone();
                filled.iter_mut().skip(at).take(10).for_each(|byte| *byte = 0x84);
                variants.push(filled);
            }
            for content in variants {
                fs::write(&file, content).unwrap();
                let answer = Keyword::open(folder.path()).and_then(|keyword| {
                    let Some(keyword) = keyword else { return Ok(Vec::new()) };
                    keyword.exact("p1")?;
                    keyword.scores("red sweater 毛衣")
                });
                assert!(matches!(answer, Ok(_) | Err(Error::DamagedCollection { .. })), "{}", file.display());
            }
            fs::write(&file, &whole).unwrap();
        }
    }
}
