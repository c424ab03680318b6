//! Columns of a new generation, gathered from its products in one pass.
//!
//! While they are gathered a row costs 28 bytes of memory (where its id and its title end, its price, its category), while
//! they are written 20 more (three orders and the codes of one column at a time). Ids, titles and the values of columns
//! wait in a file; different categories and brands, and up to [`MOST_VALUES`] values an attribute, are held once.

use std::{
    borrow::Borrow,
    cmp::Reverse,
    collections::HashMap,
    fs::{self, File},
    io::{self, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use memmap2::Mmap;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    FEW_VALUES, Head, LONGEST_VALUE, MAGIC, MOST_KEYS, MOST_VALUES, NO_VALUE, Placed, PlacedTexts, Span, tree::Growing,
};
use crate::{
    catalog::{
        Product,
        feed::columns::{is_identifier, plain},
    },
    error::{Error, Result},
    index::{RowSet, mapped, words::fold},
    language::Language,
    progress::Progress,
};

/// Attributes that are looked at, in the order in which they turn up: a feed with more has no columns but notes.
const MOST_TRACKED: usize = 4_096;
/// Cells of one column that are written together.
const CELLS_TOGETHER: usize = 1_024;

/// Writes the columns of `products`, in row order, to `path`. `facets` says which rows have text, image and audio.
///
/// # Errors
/// What `products` or the disk says, and [`Error::Cancelled`].
pub fn build<P: Borrow<Product>>(
    path: &Path,
    products: impl Iterator<Item = Result<P>>,
    facets: &[RowSet; 3],
    progress: &Progress,
) -> Result<()> {
    let mut gathered = Gathered::create(path)?;
    for product in products {
        progress.step()?;
        gathered.add(product?.borrow())?;
    }
    if facets.iter().any(|facet| facet.rows() != gathered.ids.len()) {
        return Err(Error::Bug { why: "columns and facets have different rows".into() });
    }
    gathered.write(path, facets)
}

/// What the products have said so far.
struct Gathered {
    ids: Waiting,
    /// Folded, for the order alone.
    titles: Waiting,
    cells: Cells,
    amounts: Vec<f64>,
    tree: Growing,
    categories: Vec<u32>,
    brands: Dictionary,
    currencies: Dictionary,
    attributes: Vec<Attribute>,
    /// By the name as column names are compared.
    place_of_attribute: HashMap<String, usize>,
}

#[derive(Default)]
struct Attribute {
    name: String,
    values: Dictionary,
    /// It has shown that it is no facet.
    left_out: bool,
}

impl Gathered {
    fn create(path: &Path) -> Result<Self> {
        Ok(Self {
            ids: Waiting::create(path.with_extension("ids"))?,
            titles: Waiting::create(path.with_extension("titles"))?,
            cells: Cells(Scratch::create(path.with_extension("cells"))?),
            amounts: Vec::new(),
            tree: Growing::default(),
            categories: Vec::new(),
            brands: Dictionary::default(),
            currencies: Dictionary::default(),
            attributes: Vec::new(),
            place_of_attribute: HashMap::new(),
        })
    }

    fn add(&mut self, product: &Product) -> Result<()> {
        let row = self.ids.len() as u32;
        self.ids.push(&product.id)?;
        self.titles.push(&fold(product.title(Language::English)))?;
        self.categories.push(self.tree.add(&product.category, &product.category_zh));
        self.brands.add(row, &product.brand, &mut self.cells)?;
        let price = product.price.as_ref().filter(|price| price.amount.is_finite());
        self.amounts.push(price.map_or(f64::NAN, |price| price.amount));
        if let Some(price) = price {
            self.currencies.add_any(row, &price.currency, &mut self.cells)?;
        }
        for (name, value) in &product.attributes {
            let Some(place) = self.place_of(name) else { continue };
            let attribute = &mut self.attributes[place];
            if value.chars().nth(LONGEST_VALUE).is_none() && !attribute.left_out {
                attribute.values.add(row, value, &mut self.cells)?;
                if attribute.values.labels.len() > MOST_VALUES {
                    *attribute = Attribute { left_out: true, ..Attribute::default() };
                }
            }
        }
        Ok(())
    }

    /// What is held in memory, the tree and the tables of names aside.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let of = |values: &Dictionary| {
            let labels: usize = values.labels.iter().map(|label| 2 * label.capacity() + 64).sum();
            labels + 8 * values.last.capacity() + 8 * values.earlier.capacity()
        };
        let columns = [&self.brands, &self.currencies].into_iter().chain(self.attributes.iter().map(|one| &one.values));
        let rows = 8 * (self.ids.ends.capacity() + self.titles.ends.capacity() + self.amounts.capacity());
        rows + 4 * self.categories.capacity() + columns.map(of).sum::<usize>()
    }

    fn place_of(&mut self, name: &str) -> Option<usize> {
        let key = plain(name);
        if let Some(place) = self.place_of_attribute.get(&key) {
            return Some(*place);
        }
        if self.attributes.len() >= MOST_TRACKED || is_identifier(name) {
            return None;
        }
        self.place_of_attribute.insert(key, self.attributes.len());
        self.attributes.push(Attribute { name: name.to_owned(), ..Attribute::default() });
        Some(self.attributes.len() - 1)
    }

    fn write(self, path: &Path, facets: &[RowSet; 3]) -> Result<()> {
        let (ids, titles) = (self.ids.close()?, self.titles.close()?);
        let mut cells = self.cells;
        let write = || -> io::Result<()> {
            let rows = ids.len();
            let mut arrays = Arrays::create(path)?;
            let (tree, numbers) = self.tree.finish();
            let number = |node: &u32| numbers.get(*node as usize).copied().unwrap_or(NO_VALUE);
            let categories = arrays.put(&self.categories.iter().map(number).collect::<Vec<u32>>())?;
            let brands = self.brands.write(String::new(), rows, &mut cells, &mut arrays)?;
            let currencies = self.currencies.write(String::new(), rows, &mut cells, &mut arrays)?;
            let attributes = write_attributes(self.attributes, rows, &mut cells, &mut arrays)?;
            let mut rows_by_id: Vec<u32> = (0..rows as u32).collect();
            rows_by_id.par_sort_unstable_by(|a, b| ids.get(*a).cmp(ids.get(*b)).then(a.cmp(b)));
            let mut id_order = vec![0_u32; rows];
            rows_by_id.iter().zip(0..).for_each(|(row, place)| id_order[*row as usize] = place);
            let mut rows_by_title = rows_by_id.clone();
            // Equal titles stand in the order of ids.
            let by_title = |row: u32| (titles.get(row).is_empty(), titles.get(row), id_order[row as usize]);
            rows_by_title.par_sort_unstable_by(|a, b| by_title(*a).cmp(&by_title(*b)));
            let amounts = arrays.put(&self.amounts)?;
            let ids = PlacedTexts { ends: arrays.put(&ids.ends)?, bytes: arrays.put(&ids.map)? };
            let id_order = arrays.put(&id_order)?;
            let rows_by_id = arrays.put(&rows_by_id)?;
            let rows_by_title = arrays.put(&rows_by_title)?;
            let [text, image, audio] = facets;
            let facets = [arrays.put(text.words())?, arrays.put(image.words())?, arrays.put(audio.words())?];
            arrays.close(Head {
                rows,
                end: 0,
                tree,
                categories,
                brands,
                currencies,
                attributes,
                amounts,
                ids,
                id_order,
                rows_by_id,
                rows_by_title,
                facets,
            })
        };
        write().map_err(|why| Error::unwritable(path, why))
    }
}

/// The attributes that are facets, those that most products have first.
fn write_attributes(
    mut attributes: Vec<Attribute>,
    rows: usize,
    cells: &mut Cells,
    arrays: &mut Arrays,
) -> io::Result<Vec<Placed>> {
    attributes.retain(|attribute| attribute.values.is_shared());
    attributes.sort_by_cached_key(|attribute| {
        (Reverse(attribute.values.count), fold(&attribute.name), attribute.name.clone())
    });
    attributes.truncate(MOST_KEYS);
    attributes.into_iter().map(|attribute| attribute.values.write(attribute.name, rows, cells, arrays)).collect()
}

/// Values of one column, numbered as they turn up.
#[derive(Default)]
struct Dictionary {
    codes: HashMap<String, u32>,
    /// The first spelling of each value.
    labels: Vec<String>,
    /// How many products have one.
    count: usize,
    /// Row and code of the last products, and where those of the earlier ones wait.
    last: Vec<[u32; 2]>,
    earlier: Vec<u64>,
}

impl Dictionary {
    fn add(&mut self, row: u32, value: &str, cells: &mut Cells) -> Result<()> {
        if value.trim().is_empty() { Ok(()) } else { self.add_any(row, value, cells) }
    }

    fn add_any(&mut self, row: u32, value: &str, cells: &mut Cells) -> Result<()> {
        let next = self.labels.len() as u32;
        let code = *self.codes.entry(fold(value)).or_insert(next);
        if code == next {
            self.labels.push(value.trim().to_owned());
        }
        self.last.push([row, code]);
        self.count += 1;
        if self.last.len() == CELLS_TOGETHER {
            self.earlier.push(cells.put(&self.last)?);
            self.last.clear();
        }
        Ok(())
    }

    /// Whether products share its values, so that choosing one narrows a list to more than a single product.
    fn is_shared(&self) -> bool {
        let values = self.labels.len();
        values > 0 && (values <= FEW_VALUES || values * 2 <= self.count)
    }

    fn write(self, name: String, rows: usize, cells: &mut Cells, arrays: &mut Arrays) -> io::Result<Placed> {
        let mut order: Vec<(String, u32)> = self.codes.into_iter().collect();
        order.sort_unstable();
        let mut final_codes = vec![NO_VALUE; order.len()];
        order.iter().zip(0..).for_each(|((_, early), code)| final_codes[*early as usize] = code);
        let mut codes = vec![NO_VALUE; rows];
        let mut fill = |cells: &[[u32; 2]]| {
            cells.iter().for_each(|[row, early]| codes[*row as usize] = final_codes[*early as usize]);
        };
        let mut together = vec![[0; 2]; CELLS_TOGETHER];
        for from in self.earlier {
            cells.get(from, &mut together)?;
            fill(&together);
        }
        fill(&self.last);
        let labels = order.iter().map(|(_, early)| self.labels[*early as usize].as_str());
        Ok(Placed { name, labels: arrays.put_texts(labels)?, codes: arrays.put(&codes)? })
    }
}

/// A file that goes with the value.
struct Scratch {
    path: PathBuf,
    out: BufWriter<File>,
    /// Bytes written.
    length: u64,
}

impl Scratch {
    fn create(path: PathBuf) -> Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let out = BufWriter::new(file.map_err(|why| Error::unwritable(&path, why))?);
        Ok(Self { path, out, length: 0 })
    }

    /// Gives where the bytes begin.
    fn put(&mut self, bytes: &[u8]) -> Result<u64> {
        self.out.write_all(bytes).map_err(|why| Error::unwritable(&self.path, why))?;
        let from = self.length;
        self.length += bytes.len() as u64;
        Ok(from)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Where it cannot go yet it goes with its folder.
        let _ = fs::remove_file(&self.path);
    }
}

/// Texts on their way, one behind the other in a file.
struct Waiting {
    scratch: Scratch,
    ends: Vec<u64>,
}

/// Texts that are all there. The map goes before its file.
struct Waited {
    map: Mmap,
    ends: Vec<u64>,
    _scratch: Scratch,
}

impl Waiting {
    fn create(path: PathBuf) -> Result<Self> {
        Ok(Self { scratch: Scratch::create(path)?, ends: Vec::new() })
    }

    fn push(&mut self, text: &str) -> Result<()> {
        self.scratch.put(text.as_bytes())?;
        self.ends.push(self.scratch.length);
        Ok(())
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn close(mut self) -> Result<Waited> {
        self.scratch.out.flush().map_err(|why| Error::unwritable(&self.scratch.path, why))?;
        Ok(Waited { map: mapped::open(&self.scratch.path)?, ends: self.ends, _scratch: self.scratch })
    }
}

impl Waited {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, row: u32) -> &[u8] {
        let row = row as usize;
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.map[start as usize..self.ends[row] as usize]
    }
}

/// Rows and codes of all columns on their way, [`CELLS_TOGETHER`] of one column together.
struct Cells(Scratch);

impl Cells {
    fn put(&mut self, cells: &[[u32; 2]]) -> Result<u64> {
        self.0.put(bytemuck::cast_slice(cells))
    }

    fn get(&mut self, from: u64, cells: &mut [[u32; 2]]) -> io::Result<()> {
        self.0.out.seek(SeekFrom::Start(from))?;
        self.0.out.get_mut().read_exact(bytemuck::cast_slice_mut(cells))
    }
}

/// The arrays of the file, written one behind the other.
struct Arrays {
    out: BufWriter<File>,
    at: usize,
}

impl Arrays {
    fn create(path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create(path)?);
        out.write_all(MAGIC)?;
        Ok(Self { out, at: MAGIC.len() })
    }

    fn put<T: bytemuck::NoUninit>(&mut self, values: &[T]) -> io::Result<Span> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        let span = Span { from: self.at, bytes: bytes.len() };
        self.out.write_all(bytes)?;
        self.at = (span.from + span.bytes).next_multiple_of(8);
        self.out.write_all(&[0; 8][..self.at - span.from - span.bytes])?;
        Ok(span)
    }

    fn put_texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> io::Result<PlacedTexts> {
        let (mut bytes, mut ends) = (Vec::<u8>::new(), Vec::<u64>::new());
        for text in texts {
            bytes.extend(text.as_bytes());
            ends.push(bytes.len() as u64);
        }
        Ok(PlacedTexts { ends: self.put(&ends)?, bytes: self.put(&bytes)? })
    }

    fn close(mut self, head: Head) -> io::Result<()> {
        let head = postcard::to_stdvec(&Head { end: self.at, ..head }).map_err(io::Error::other)?;
        self.out.write_all(&head)?;
        self.out.write_all(&Sha256::digest(&head))?;
        self.out.write_all(&(head.len() as u64).to_le_bytes())?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::Price,
        encode::Modality,
        files::sha256_hex,
        index::{Columns, columns::Coded},
    };

    fn product(id: &str, title: &str, brand: &str, price: Option<&str>, attributes: &[(&str, &str)]) -> Product {
        Product {
            id: id.into(),
            title: title.into(),
            brand: brand.into(),
            category: "Home > Mugs".into(),
            price: price.and_then(Price::parse),
            attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ..Product::default()
        }
    }

    fn built(products: &[Product]) -> (tempfile::TempDir, Columns) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("columns.bin");
        let rows = products.len();
        let facets = [RowSet::all(rows), RowSet::none(rows), RowSet::of(rows, (0..rows).step_by(2))];
        build(&path, products.iter().map(Ok), &facets, &Progress::new()).unwrap();
        let columns = Columns::open(&path).unwrap();
        (folder, columns)
    }

    fn cells(column: &Coded) -> Vec<String> {
        let cell = |code: &u32| column.labels.get(*code as usize).to_owned();
        column.codes.iter().map(cell).collect()
    }

    fn few() -> Vec<Product> {
        vec![
            product("b", "Red mug", "Bolt", Some("15 USD"), &[("color", "Red"), ("gtin", "1")]),
            product("C", "", "ACME", None, &[("Color", "blue"), ("note", &"prose ".repeat(30))]),
            product("a", "blue mug", " Acme ", Some("9.5"), &[("color", " RED "), ("gtin", "2"), ("size", "")]),
            product("", "Red mug", "", Some("¥99"), &[]),
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        let (_folder, columns) = built(&few());
        assert_eq!(columns.rows(), 4);
        assert_eq!(cells(&columns.brands()), ["Bolt", "ACME", "ACME", ""]);
        assert_eq!(columns.brands().code_of("acme"), Some(0));
        assert_eq!(columns.brands().code_of("ａｃｍｅ "), Some(0));
        assert_eq!(columns.brands().code_of("zebra"), None);
        let names: Vec<_> = columns.attributes().map(|attribute| attribute.name).collect();
        assert_eq!(names, ["color"]);
        assert_eq!(columns.attribute_at("g:Color"), Some(0));
        assert_eq!(cells(&columns.attributes().next().unwrap()), ["Red", "blue", "Red", ""]);
        assert_eq!(cells(&columns.currencies()), ["USD", "", "", "CNY"]);
        assert_eq!(columns.currencies().codes[1], NO_VALUE);
        assert!(columns.amounts()[1].is_nan());
        assert!((columns.amounts()[0] - 15.0).abs() < 1e-9 && (columns.amounts()[2] - 9.5).abs() < 1e-9);
        assert_eq!(columns.rows_by_id(), [3, 1, 2, 0]);
        assert_eq!(columns.id_order(), [3, 1, 2, 0]);
        assert_eq!(columns.rows_by_title(), [2, 3, 0, 1]);
        assert_eq!([columns.row_of("a"), columns.row_of(""), columns.row_of("A")], [Some(2), Some(3), None]);
        assert_eq!([columns.id(1), columns.id(3), columns.id(9)], ["C", "", ""]);
        assert_eq!(columns.facet(Modality::Audio).iter().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(columns.tree().path(columns.categories()[0], Language::English), "Home > Mugs");
        let (_folder, none) = built(&[]);
        assert_eq!((none.rows(), none.row_of("a"), none.attributes().len()), (0, None, 0));
    }

    #[test]
    fn a_row_costs_a_few_numbers_however_long_its_texts() {
        let folder = tempfile::tempdir().unwrap();
        let mut gathered = Gathered::create(&folder.path().join("columns.bin")).unwrap();
        let long = "x".repeat(5_000);
        for number in 0..5_000 {
            let id = format!("{long}{number}");
            let product = product(&id, &id, "Bolt", Some("1"), &[("color", "red"), ("lot", &number.to_string())]);
            gathered.add(&product).unwrap();
        }
        assert!(gathered.bytes() < 5_000 * 80, "{}", gathered.bytes());
    }

    #[test]
    fn an_attribute_is_a_facet_when_its_values_are_shared() {
        let check = |rows: usize, value: &dyn Fn(usize) -> String, expected: bool| {
            let products: Vec<Product> = (0..rows)
                .map(|row| product(&row.to_string(), "x", "", None, &[("trait", value(row).as_str())]))
                .collect();
            assert_eq!(built(&products).1.attributes().len() == 1, expected, "{rows} rows, {}", value(1));
        };
        check(3, &|row| row.to_string(), true);
        check(FEW_VALUES, &|row| row.to_string(), true);
        check(FEW_VALUES + 1, &|row| row.to_string(), false);
        check(100, &|row| (row % 50).to_string(), true);
        check(100, &|row| (row % 51).to_string(), false);
        check(3 * MOST_VALUES, &|row| (row % MOST_VALUES).to_string(), true);
        check(3 * MOST_VALUES, &|row| (row % (MOST_VALUES + 1)).to_string(), false);
        check(5, &|_| "x".repeat(LONGEST_VALUE + 1), false);
        let many: Vec<String> = (0..=MOST_KEYS).map(|key| format!("key {key}")).collect();
        let pairs: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "x")).collect();
        let (_folder, columns) = built(&[product("a", "", "", None, &pairs), product("b", "", "", None, &pairs[..1])]);
        assert_eq!(columns.attributes().len(), MOST_KEYS);
        assert_eq!(columns.attributes().next().unwrap().name, "key 0");
    }

    /// Rows of all sorts: equal and empty titles, both languages, many values and few, ids in no order.
    fn many() -> Vec<Product> {
        let row = |number: usize| {
            let dice = number * 7_919 % 10_007;
            let titles = ["Red mug", "red  MUG", "", "红色毛衣", "Teapot of clay"];
            let title = titles[dice % 5].to_owned() + if dice.is_multiple_of(3) { "" } else { " No. 7" };
            let (wool, lot) = (format!("wool {}", dice % 13), format!("lot {}", dice % 1_300));
            let given = [("material", wool.as_str()), ("lot", lot.as_str()), ("Size", ["S", "m", "L"][dice % 3])];
            let price = format!("{}.{:02} {}", dice % 300, dice % 100, ["EUR", "USD", ""][dice % 3]);
            let brand = if dice.is_multiple_of(11) { String::new() } else { format!("Brand {}", dice % 400) };
            let price = (!dice.is_multiple_of(6)).then_some(price.as_str());
            let given = &given[..dice % 4];
            Product {
                category: format!("Home > Kind {}", dice % 50),
                ..product(&format!("p{dice}"), &title, &brand, price, given)
            }
        };
        (0..10_000).map(row).collect()
    }

    /// However it is gathered.
    #[test]
    fn the_file_is_bit_by_bit_what_it_always_was() {
        let sum = |products: &[Product]| {
            let (folder, _columns) = built(products);
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, 1, "nothing lies beside the file");
            sha256_hex(fs::read(folder.path().join("columns.bin")).unwrap())
        };
        let expected = [
            "5cb1acd37130c51fccf2892814910df5a5f5d6c6a5dd4626e72137ec351e85dc",
            "e35abf0137456daf9694984555d80a2662769d8500b5d41f4889b4674f7e5ca8",
        ];
        assert_eq!([sum(&few()), sum(&many())], expected);
    }

    #[test]
    fn a_damaged_file_is_an_error_or_readable() {
        let (folder, columns) = built(&few());
        let head = columns.head.end;
        let whole = fs::read(folder.path().join("columns.bin")).unwrap();
        let path = folder.path().join("other.bin");
        let open = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            Columns::open(&path)
        };
        for end in 0..whole.len() {
            assert!(matches!(open(&whole[..end]), Err(Error::DamagedCollection { .. })), "cut at {end}");
        }
        assert!(matches!(open(&[&whole[..], b"x"].concat()), Err(Error::DamagedCollection { .. })));
        for at in 0..whole.len() {
            for mask in [0xff, 1, 0x80] {
                let mut flipped = whole.clone();
                flipped[at] ^= mask;
                let opened = open(&flipped);
                assert!(at < head && at >= MAGIC.len() || opened.is_err(), "flipped at {at}");
                let Ok(opened) = opened else { continue };
                let rows = opened.rows_by_id().iter().chain(opened.rows_by_title());
                rows.for_each(|row| assert!(opened.row_of(opened.id(*row as usize)).is_none_or(|row| row < 4)));
                cells(&opened.brands());
                opened.brands().code_of("acme");
                opened.attributes().for_each(|attribute| drop(cells(&attribute)));
                opened.categories().iter().for_each(|node| drop(opened.tree().path(*node, Language::English)));
            }
        }
    }

    #[test]
    fn a_stopped_build_says_so() {
        let progress = Progress::new();
        progress.cancel();
        let facets = [0, 1, 2].map(|_| RowSet::none(4));
        let folder = tempfile::tempdir().unwrap();
        let stopped = build(&folder.path().join("columns.bin"), few().iter().map(Ok), &facets, &progress);
        assert_eq!(stopped, Err(Error::Cancelled));
    }
}
