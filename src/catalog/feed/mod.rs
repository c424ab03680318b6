//! Feeds: where products come from. Whatever the source, it is a sequence of rows, each a product or a named fault.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    language::Language,
    media,
};

use super::{Price, Product, Review};

pub mod columns;
mod csv;
mod folder;
mod jsonl;

/// One row of a feed: where it stands and what it holds.
#[derive(Debug)]
pub struct Row {
    /// Line in the file, from 1; for a folder, the picture's number.
    pub line: u64,
    pub product: std::result::Result<Product, Fault>,
}

/// Why a row, or a picture or sound it names, was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The row cannot be read; the text is the reader's own.
    Broken(String),
    /// A quoted cell does not end on its line, or something follows its end.
    OpenQuote,
    /// The row has fewer or more cells than the heading.
    Cells { expected: usize, found: usize },
    /// A folder inside the source cannot be read; what else is there is imported.
    Folder(Error),
    /// Neither words nor a picture nor a sound.
    Nothing,
    /// An earlier row had the same id; the later one is kept.
    SameId(String),
    /// A picture or sound of the row could not be opened; the product is kept without it.
    Media(Error),
    /// A web address stands where a file is needed; the product is kept without it.
    Web(String),
}

impl Fault {
    /// Whether the product itself was kept.
    pub fn keeps_product(&self) -> bool {
        matches!(self, Self::SameId(_) | Self::Media(_) | Self::Web(_))
    }

    /// The sentence for the import report.
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::Broken(why) => {
                language.pick(format!("The row cannot be read: {why}"), format!("无法读取此行：{why}"))
            }
            Self::Cells { expected, found } => language.pick(
                format!("The row has {found} cells, the heading has {expected}. Look for a missing quote or a stray separator."),
                format!("此行有 {found} 个单元格，表头有 {expected} 个。请检查引号或多余的分隔符。"),
            ),
            Self::OpenQuote => language.pick(
                "A quote that is opened is not closed. Close it, or double it where it is part of the text.".into(),
                "引号没有闭合。请补上引号；如果引号属于文字内容，请写两个引号。".into(),
            ),
            Self::Nothing => language.pick(
                "The row has no title, picture or sound.".into(),
                "此行没有标题、图片或声音。".into(),
            ),
            Self::SameId(id) => language.pick(
                format!("The id {id} occurs more than once; the last row with it is kept."),
                format!("编号 {id} 出现多次；保留最后一行。"),
            ),
            Self::Media(error) | Self::Folder(error) => error.say(language),
            Self::Web(address) => language.pick(
                format!("{address} is a web address; download the file and give its path."),
                format!("{address} 是网址；请先下载文件并填写路径。"),
            ),
        }
    }
}

/// Rows in order, read as they are asked for.
pub type Rows = Box<dyn Iterator<Item = Row> + Send>;

/// Opens a source: a folder (with a feed in it, or of media files), a `.csv`, `.tsv`, `.jsonl` or `.ndjson` file.
/// Paths inside a feed are relative to the feed's folder.
pub fn open(source: &Path) -> Result<Rows> {
    let kind = fs::metadata(source).map_err(|why| Error::unreadable(source, why))?;
    if kind.is_dir() {
        return match feed_inside(source)? {
            Some(feed) => open(&feed),
            None => folder::open(source),
        };
    }
    match media::ending(source).as_deref() {
        Some("csv" | "tsv" | "txt") => csv::open(source),
        Some("jsonl" | "ndjson") => jsonl::open(source),
        _ => Err(Error::NothingToImport { path: source.to_owned() }),
    }
}

/// The feed file of a folder such as our own sample catalog: `products` or `catalog` with a known ending.
pub fn feed_inside(folder: &Path) -> Result<Option<PathBuf>> {
    fs::read_dir(folder).map_err(|why| Error::unreadable(folder, why))?;
    let names = ["products", "catalog", "feed"];
    let endings = ["jsonl", "csv", "tsv"];
    let all = names.iter().flat_map(|name| endings.iter().map(move |ending| folder.join(format!("{name}.{ending}"))));
    Ok(all.into_iter().find(|path| path.is_file()))
}

/// Cells by field or column name, gathered into a product. Shared by all feeds with named columns.
#[derive(Debug, Default)]
struct Cells {
    fields: HashMap<columns::Field, String>,
    attributes: BTreeMap<String, String>,
    reviews: Vec<Review>,
}

impl Cells {
    /// Puts one cell where its column belongs. Of two columns for one field the first that is filled counts; several
    /// pictures or sounds are kept all.
    fn put(&mut self, column: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        match columns::field(column) {
            Some(field) if field.is_media() => {
                let cell = self.fields.entry(field).or_default();
                if !cell.is_empty() {
                    cell.push('|');
                }
                cell.push_str(value);
            }
            Some(field) => {
                self.fields.entry(field).or_insert_with(|| value.to_owned());
            }
            None => {
                self.attributes.insert(column.trim().to_owned(), value.to_owned());
            }
        }
    }

    /// The product of these cells. `folder` is where relative paths start, `fallback_id` names a row without an id.
    fn into_product(mut self, folder: &Path, fallback_id: String) -> std::result::Result<Product, Fault> {
        use columns::Field;
        let mut take = |field| self.fields.remove(&field).unwrap_or_default();
        let product = Product {
            id: Some(take(Field::Id)).filter(|id| !id.is_empty()).unwrap_or(fallback_id),
            title: take(Field::Title),
            title_zh: take(Field::TitleZh),
            description: take(Field::Description),
            description_zh: take(Field::DescriptionZh),
            category: take(Field::Category),
            category_zh: take(Field::CategoryZh),
            brand: take(Field::Brand),
            price: Price::parse(&take(Field::Price)),
            link: take(Field::Link),
            pictures: paths(folder, &[take(Field::Image), take(Field::MoreImages)]),
            sounds: paths(folder, &[take(Field::Sound)]),
            attributes: self.attributes,
            reviews: self.reviews,
        };
        let empty = product.title.is_empty() && product.title_zh.is_empty();
        if empty && product.pictures.is_empty() && product.sounds.is_empty() {
            return Err(Fault::Nothing);
        }
        Ok(product)
    }
}

/// Media cells to paths: several are separated by `|`, or by a comma or semicolon where no such file exists.
fn paths(folder: &Path, cells: &[String]) -> Vec<PathBuf> {
    let place = |name: &str| {
        let name = name.trim();
        let file = name.strip_prefix("file://").unwrap_or(name);
        if is_web(file) { PathBuf::from(file) } else { folder.join(file) }
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for name in cells.iter().flat_map(|cell| cell.split('|')).filter(|name| !name.trim().is_empty()) {
        if is_web(name.trim()) || !name.contains([',', ';']) || place(name).exists() {
            found.push(place(name));
        } else {
            found.extend(name.split([',', ';']).filter(|name| !name.trim().is_empty()).map(place));
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|path| seen.insert(path.clone()));
    found
}

/// Whether a media cell is a web address.
pub fn is_web(cell: &str) -> bool {
    cell.starts_with("http://") || cell.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a feed and reads it back as "id title" or the fault's sentence, one a row.
    fn read(name: &str, content: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        let tell = |row: Row| match row.product {
            Ok(product) => format!("{} {}", product.id, product.title),
            Err(fault) => format!("line {}: {}", row.line, fault.say(Language::English)),
        };
        open(&path).unwrap().map(tell).collect()
    }

    #[test]
    fn good_rows_pass_and_bad_rows_are_named() {
        let check = |name: &str, content: &[u8], expected: &[&str]| assert_eq!(read(name, content), expected, "{name}");
        check("a.csv", b"id,title\n1,Mug\n2,\"Red, big\"\n", &["1 Mug", "2 Red, big"]);
        check("bom.csv", b"\xEF\xBB\xBFid;title\r\n1;Mug\r\n", &["1 Mug"]);
        check("a.tsv", b"id\ttitle\n1\tMug, blue\n", &["1 Mug, blue"]);
        check("zh.csv", "商品编号,商品名称\n7,红色毛衣\n".as_bytes(), &["7 红色毛衣"]);
        check("gb.csv", &encoding_rs::GB18030.encode("编号,标题\n7,红色毛衣\n").0, &["7 红色毛衣"]);
        check("wands.csv", b"product_id\tproduct_name\tproduct_class\n3\tsofa\tSofas\n", &["3 sofa"]);
        check(
            "broken.csv",
            b"id,title\n1,Mug\n2\n3,Cup,extra\n4,Pan\n,\n",
            &[
                "1 Mug",
                "line 3: The row has 1 cells, the heading has 2. Look for a missing quote or a stray separator.",
                "line 4: The row has 3 cells, the heading has 2. Look for a missing quote or a stray separator.",
                "4 Pan",
                "line 6: The row has no title, picture or sound.",
            ],
        );
        let open = "A quote that is opened is not closed. Close it, or double it where it is part of the text.";
        check("open.csv", b"id,title\n1,Mug\n2,\"Red\n3,Cup\n", &["1 Mug", &format!("line 3: {open}"), "3 Cup"]);
        check(
            "two.csv",
            b"id,title\n2,\"Red\n3,\"Cup\n4,Pan\n",
            &[&format!("line 2: {open}"), &format!("line 3: {open}"), "4 Pan"],
        );
        check(
            "inch.csv",
            b"id,title\n1,5\" pipe\n2,\"two\nlines \"\"so\"\"\"\n",
            &["1 5\" pipe", "2 two\nlines \"so\""],
        );
        check(
            "a.jsonl",
            b"{\"id\":1,\"title\":\"Mug\"}\n\n{\"id\":\n[1]\n{\"title\":\"No id\"}\n",
            &[
                "1 Mug",
                "line 3: The row cannot be read: EOF while parsing a value at line 1 column 6",
                "line 4: The row cannot be read: expected an object like {\"id\": \"1\", \"title\": \"Mug\"}",
                "row-5 No id",
            ],
        );
    }

    #[test]
    fn sources_that_hold_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            open(&path).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(check("a.pdf", b"x").contains("holds nothing that can be imported"));
        assert!(check("empty.csv", b"").contains("is empty"));
        assert!(check("a.csv", b"colour,size\nred,3\n").contains("no column for the product's title"));
        assert!(matches!(open(Path::new("/no/such")), Err(Error::Unreadable { .. })));
    }

    #[test]
    fn media_cells() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a, b.jpg"), b"").unwrap();
        let check = |cells: &[&str], expected: &[&str]| {
            let cells: Vec<_> = cells.iter().map(ToString::to_string).collect();
            let expected: Vec<_> = expected.iter().map(|name| folder.path().join(name)).collect();
            assert_eq!(paths(folder.path(), &cells), expected);
        };
        check(&["a.jpg", "b.jpg|c.jpg"], &["a.jpg", "b.jpg", "c.jpg"]);
        check(&["a.jpg", "a.jpg,b.jpg"], &["a.jpg", "b.jpg"]);
        check(&["a, b.jpg"], &["a, b.jpg"]);
        assert_eq!(
            paths(folder.path(), &["https://x.example/a,b.jpg".into()]),
            [PathBuf::from("https://x.example/a,b.jpg")]
        );
    }
}
