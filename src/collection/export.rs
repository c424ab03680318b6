//! Products and vectors written for other programs: tables and JSON Lines with the names that an import reads, so that
//! they come back without loss, and matrices as NPY or Parquet.

use std::{
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use csv::Writer;
use parquet::{
    data_type::{ByteArray, ByteArrayType, FloatType},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use serde_json::{Map, Value, json};

use super::{Collection, Problem};
use crate::{
    catalog::{Price, Product},
    encode::Modality,
    error::{Error, Result},
    files::stream_whole,
    index::Matrix,
    progress::{Progress, Stage},
    store::Store,
};

/// Columns of a product by their Merchant names; an attribute of the same name fills one that the product leaves empty.
const COLUMNS: [&str; 14] = [
    "id",
    "title",
    "title_zh",
    "description",
    "description_zh",
    "product_type",
    "product_type_zh",
    "brand",
    "price",
    "link",
    IMAGE,
    MORE_IMAGES,
    SOUND,
    REVIEWS,
];
const IMAGE: &str = "image_link";
const MORE_IMAGES: &str = "additional_image_link";
const SOUND: &str = "audio_link";
const REVIEWS: &str = "reviews";

/// Vectors of a Parquet file that are written together.
const GROUP: usize = 8_192;

impl Collection {
    /// Writes products as a table; several pictures or sounds of one are separated by `|`.
    pub fn export_csv(&self, rows: &[usize], path: &Path, progress: &Progress) -> Result<()> {
        self.export_csv_as(Text::Plain, rows, path, progress)
    }

    /// The same for a program that has to be told what it is written in.
    pub fn export_csv_as(&self, text: Text, rows: &[usize], path: &Path, progress: &Progress) -> Result<()> {
        progress.begin(Stage::Saving, 2 * rows.len());
        let mut attributes = BTreeSet::new();
        for row in rows {
            progress.step()?;
            attributes.extend(self.exported(*row)?.attributes.into_keys());
        }
        let own: Vec<String> = attributes.into_iter().filter(|name| !COLUMNS.contains(&name.as_str())).collect();
        stream_whole(path, |out| {
            let fail = |why: csv::Error| Error::unwritable(path, why);
            out.write_all(text.mark()).map_err(|why| Error::unwritable(path, why))?;
            let mut table = Writer::from_writer(out);
            table.write_record(COLUMNS.into_iter().chain(own.iter().map(String::as_str))).map_err(fail)?;
            for row in rows {
                progress.step()?;
                let product = self.exported(*row)?;
                let cell = |name: &str| match field(&product, name) {
                    Value::String(text) => text,
                    Value::Array(files) if name != REVIEWS => {
                        files.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|")
                    }
                    Value::Null => String::new(),
                    other => other.to_string(),
                };
                let own = own.iter().map(|name| product.attributes.get(name).cloned().unwrap_or_default());
                table.write_record(COLUMNS.into_iter().map(cell).chain(own)).map_err(fail)?;
            }
            table.flush().map_err(|why| Error::unwritable(path, why))
        })
    }

    /// Writes products as JSON Lines.
    pub fn export_jsonl(&self, rows: &[usize], path: &Path, progress: &Progress) -> Result<()> {
        progress.begin(Stage::Saving, rows.len());
        stream_whole(path, |out| {
            for row in rows {
                progress.step()?;
                let product = self.exported(*row)?;
                let mut object: Map<String, Value> = Map::new();
                for name in COLUMNS {
                    let value = field(&product, name);
                    if !value.is_null() {
                        object.insert(name.to_owned(), value);
                    }
                }
                for (name, value) in &product.attributes {
                    object.entry(name.clone()).or_insert_with(|| json!(value));
                }
                writeln!(out, "{}", Value::Object(object)).map_err(|why| Error::unwritable(path, why))?;
            }
            Ok(())
        })
    }

    fn exported(&self, row: usize) -> Result<Product> {
        let missing = || Error::DamagedCollection { path: self.folder.clone(), why: "cut off".into() };
        self.store.product(row)?.ok_or_else(missing)
    }

    /// Writes the vectors of a facet in its own first space as an array of f32, a line an id beside it in the same
    /// order. Products without the facet are left out. The answer is how many there are.
    pub fn export_npy(&self, facet: Modality, rows: &[usize], path: &Path, progress: &Progress) -> Result<usize> {
        let matrix = self.exported_matrix(facet)?;
        let rows: Vec<usize> = rows.iter().copied().filter(|row| matrix.row(*row).is_some()).collect();
        progress.begin(Stage::Saving, rows.len());
        stream_whole(path, |out| {
            let fail = |why: std::io::Error| Error::unwritable(path, why);
            out.write_all(&npy_head(rows.len(), matrix.dim())).map_err(fail)?;
            for row in &rows {
                progress.step()?;
                for value in matrix.row(*row).unwrap_or_default() {
                    out.write_all(&value.to_le_bytes()).map_err(fail)?;
                }
            }
            Ok(())
        })?;
        let beside = ids_beside(path);
        stream_whole(&beside, |out| {
            let mut write = |row: &usize| writeln!(out, "{}", self.columns.id(*row));
            rows.iter().try_for_each(&mut write).map_err(|why| Error::unwritable(&beside, why))
        })?;
        Ok(rows.len())
    }

    /// The same as a Parquet file with the columns `id` and `vector`, and what made the vectors in its metadata.
    pub fn export_parquet(&self, facet: Modality, rows: &[usize], path: &Path, progress: &Progress) -> Result<usize> {
        let matrix = self.exported_matrix(facet)?;
        let rows: Vec<usize> = rows.iter().copied().filter(|row| matrix.row(*row).is_some()).collect();
        progress.begin(Stage::Saving, rows.len());
        let space = self.manifest.spaces[facet.index()].first().cloned().unwrap_or_default();
        let about = [
            ("model_id", self.manifest.bundle.clone()),
            ("space", space),
            ("facet", facet.to_string()),
            ("dim", matrix.dim().to_string()),
            ("normalized", "true".into()),
        ];
        let about = about.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec();
        stream_whole(path, |out| {
            let fail = |why: ParquetError| Error::unwritable(path, why);
            let schema = "message embeddings {
                required binary id (STRING);
                required group vector (LIST) { repeated group list { required float element; } }
            }";
            let schema = Arc::new(parse_message_type(schema).map_err(fail)?);
            let properties = WriterProperties::builder().set_key_value_metadata(Some(about.clone())).build();
            let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(fail)?;
            for rows in rows.chunks(GROUP) {
                progress.step_by(rows.len())?;
                let mut group = file.next_row_group().map_err(fail)?;
                self.write_group(matrix, rows, &mut group).map_err(fail)?;
                group.close().map_err(fail)?;
            }
            file.close().map_err(fail)?;
            Ok(())
        })?;
        Ok(rows.len())
    }

    fn write_group<W: Write + Send>(
        &self,
        matrix: &Matrix,
        rows: &[usize],
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let missing = || ParquetError::EOF("a column is missing".into());
        let ids: Vec<ByteArray> = rows.iter().map(|row| ByteArray::from(self.columns.id(*row))).collect();
        {
            let mut writer = group.next_column()?.ok_or_else(missing)?;
            writer.typed::<ByteArrayType>().write_batch(&ids, None, None)?;
            writer.close()?;
        }
        let values: Vec<f32> = rows.iter().flat_map(|row| matrix.row(*row).unwrap_or_default()).copied().collect();
        // Every value is there; the first of each list begins a row.
        let there = vec![1_i16; values.len()];
        let begins: Vec<i16> = (0..values.len()).map(|at| i16::from(at % matrix.dim() != 0)).collect();
        let mut writer = group.next_column()?.ok_or_else(missing)?;
        writer.typed::<FloatType>().write_batch(&values, Some(&there), Some(&begins))?;
        writer.close()
    }

    fn exported_matrix(&self, facet: Modality) -> Result<&Matrix> {
        self.matrix(facet).ok_or_else(|| Error::NoFacet { facet: facet.name() })
    }

    /// What the import had to tell, the first in the order of lines.
    pub fn problems(&self, most: usize) -> Result<Vec<Problem>> {
        self.store.problems(most)
    }

    /// Writes everything that the import had to tell as a table.
    pub fn export_problems(&self, path: &Path) -> Result<()> {
        write_problems(&self.store, path)
    }
}

/// What has been told about rows as a table that people open in Excel.
pub(super) fn write_problems(store: &Store, path: &Path) -> Result<()> {
    stream_whole(path, |out| {
        let fail = |why: csv::Error| Error::unwritable(path, why);
        out.write_all(Text::Marked.mark()).map_err(|why| Error::unwritable(path, why))?;
        let mut table = Writer::from_writer(out);
        table.write_record(["line", "id", "kept", "reason_en", "reason_zh"]).map_err(fail)?;
        store.each_problem(usize::MAX, |Problem { line, id, kept, english, chinese }| {
            // What is about the whole source has no line.
            let line = if line == 0 { String::new() } else { line.to_string() };
            let kept = if kept { "yes" } else { "no" };
            table.write_record([&line, &id, kept, &english, &chinese]).map_err(fail)
        })?;
        table.flush().map_err(|why| Error::unwritable(path, why))
    })
}

/// Whether a table begins with a byte order mark. Excel takes one without for the encoding of its own country, and Chinese
/// for signs; most other programs want none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    Plain,
    Marked,
}

impl Text {
    fn mark(self) -> &'static [u8] {
        if self == Self::Marked { b"\xEF\xBB\xBF" } else { b"" }
    }
}

/// The file of ids beside an NPY file.
pub fn ids_beside(path: &Path) -> PathBuf {
    path.with_extension("ids.txt")
}

/// What a column says of a product, null where nothing.
fn field(product: &Product, name: &str) -> Value {
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let files = |files: &[&Path]| {
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        if files.is_empty() { Value::Null } else { json!(files) }
    };
    let value = match name {
        "id" => text(&product.id),
        "title" => text(&product.title),
        "title_zh" => text(&product.title_zh),
        "description" => text(&product.description),
        "description_zh" => text(&product.description_zh),
        "product_type" => text(&product.category),
        "product_type_zh" => text(&product.category_zh),
        "brand" => text(&product.brand),
        "price" => product.price.as_ref().map_or(Value::Null, |price| json!(amount(price))),
        "link" => text(&product.link),
        IMAGE => product.named_pictures().first().map_or(Value::Null, |file| json!(file.to_string_lossy())),
        MORE_IMAGES => files(product.named_pictures().get(1..).unwrap_or_default()),
        SOUND => files(&product.named_sounds()),
        REVIEWS if !product.reviews.is_empty() => json!(product.reviews),
        _ => Value::Null,
    };
    // A price, say, that is no number has been kept as an attribute.
    if value.is_null() { product.attributes.get(name).map_or(Value::Null, |value| json!(value)) } else { value }
}

/// `15.00 USD`, as feeds write it; more decimals where there are, and never three, which would be read as thousands.
fn amount(price: &Price) -> String {
    let mut digits = format!("{:.2}", price.amount);
    if digits.parse() != Ok(price.amount) {
        digits = Price::unmistakable(&price.amount.to_string());
    }
    format!("{digits} {}", price.currency).trim_end().to_owned()
}

/// The head of an NPY file of version 1: two dimensions, f32, little endian, row by row.
fn npy_head(rows: usize, dim: usize) -> Vec<u8> {
    const BEFORE_TEXT: usize = 10;
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dim}), }}");
    let length = (BEFORE_TEXT + text.len() + 1).next_multiple_of(64) - BEFORE_TEXT;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');
    [b"\x93NUMPY\x01\x00", &(length as u16).to_le_bytes()[..], text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_npy_head_is_a_multiple_of_64() {
        for (rows, dim) in [(1, 1), (100, 256), (10_000_000, 512)] {
            let head = npy_head(rows, dim);
            assert_eq!((head.len() % 64, head.last()), (0, Some(&b'\n')));
            assert_eq!(usize::from(u16::from_le_bytes([head[8], head[9]])), head.len() - 10);
        }
    }

    #[test]
    fn prices_are_read_back_as_they_were() {
        for text in ["15.00 USD", "1299.00 JPY", "0.50", "1234567.89 CNY", "12.3450 EUR", "0.00015"] {
            let price = Price::parse(text).unwrap();
            assert_eq!(Price::parse(&amount(&price)), Some(price), "{text}");
        }
    }
}
