//! Parquet as ranx keeps judgements and runs: `q_id, doc_id, score`. Tables of the same shape under the names of ESCI or
//! WANDS are read too.

use std::{
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use parquet::{
    basic::Compression,
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    record::Field,
    schema::parser::parse_message_type,
};

use super::{
    Row, bad_file, grade,
    table::{Column, column},
};
use crate::error::{Error, Result};

const HOW: &str = "Write the columns q_id, doc_id and score.";

pub fn read(path: &Path) -> Result<Vec<Row>> {
    let file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    // The library trusts the lengths that a damaged file gives.
    let read = catch_unwind(AssertUnwindSafe(|| rows(path, file)));
    read.unwrap_or_else(|_| Err(bad_file(path, "it cannot be read", HOW)))
}

fn rows(path: &Path, file: File) -> Result<Vec<Row>> {
    let failed = |why: parquet::errors::ParquetError| bad_file(path, &format!("it cannot be read: {why}"), HOW);
    let reader = SerializedFileReader::new(file).map_err(failed)?;
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(failed)? {
        let row = row.map_err(failed)?;
        let mut read = Row { line: 0, id: None, text: None, product: String::new(), number: f64::NAN };
        let mut is_judged = true;
        for (name, field) in row.get_column_iter() {
            match column(name) {
                Some(Column::QueryId) => read.id = text(field),
                Some(Column::Query) => read.text = text(field),
                Some(Column::Product) => read.product = text(field).unwrap_or_default(),
                Some(Column::Grade) => match text(field) {
                    Some(written) => read.number = grade(&written).unwrap_or(f64::NAN),
                    None => is_judged = false,
                },
                _ => {}
            }
        }
        if read.product.is_empty() {
            return Err(bad_file(path, "it names no product", HOW));
        }
        if read.id.is_none() && read.text.is_none() {
            return Err(bad_file(path, "it names no query", HOW));
        }
        if is_judged && read.number.is_nan() {
            return Err(bad_file(path, &format!("the grade is no number: {}", read.product), HOW));
        }
        if is_judged {
            rows.push(read);
        }
    }
    Ok(rows)
}

/// A cell as text; numbers keep all their digits.
fn text(field: &Field) -> Option<String> {
    Some(match field {
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Byte(number) => number.to_string(),
        Field::Short(number) => number.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::UByte(number) => number.to_string(),
        Field::UShort(number) => number.to_string(),
        Field::UInt(number) => number.to_string(),
        Field::ULong(number) => number.to_string(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        _ => return None,
    })
    .filter(|text| !text.is_empty())
}

/// Scores are whole numbers where all of them are, as ranx keeps grades.
pub fn write<'a>(scores: impl Iterator<Item = (&'a str, &'a str, f64)>) -> Result<Vec<u8>> {
    let (mut queries, mut products, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (query, product, score) in scores {
        queries.push(ByteArray::from(query));
        products.push(ByteArray::from(product));
        numbers.push(score);
    }
    let whole = numbers.iter().all(|number| number.fract() == 0.0 && number.abs() < 1e15);
    let wholes: Vec<i64> = numbers.iter().map(|number| *number as i64).collect();
    let kind = if whole { "INT64" } else { "DOUBLE" };
    let schema = format!(
        "message schema {{ REQUIRED BYTE_ARRAY q_id (UTF8); REQUIRED BYTE_ARRAY doc_id (UTF8); REQUIRED {kind} score; }}"
    );
    let write = || -> parquet::errors::Result<Vec<u8>> {
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let mut bytes = Vec::new();
        let mut writer =
            SerializedFileWriter::new(&mut bytes, Arc::new(parse_message_type(&schema)?), Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for texts in [&queries, &products] {
            let Some(mut column) = group.next_column()? else { break };
            column.typed::<ByteArrayType>().write_batch(texts, None, None)?;
            column.close()?;
        }
        if let Some(mut column) = group.next_column()? {
            if whole {
                column.typed::<Int64Type>().write_batch(&wholes, None, None)?;
            } else {
                column.typed::<DoubleType>().write_batch(&numbers, None, None)?;
            }
            column.close()?;
        }
        group.close()?;
        writer.close()?;
        Ok(bytes)
    };
    write().map_err(|why| Error::Bug { why: why.to_string() })
}
