//! What form a source has, told from its content first and its name's ending second.

use std::{fs::File, path::Path};

use serde::Serialize;
use zip::ZipArchive;

use super::{json, text};
use crate::{
    error::{Error, Result},
    language::Language,
    media,
};

/// The forms that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Folder,
    Table,
    JsonLines,
    Json,
    Xlsx,
    Ods,
    Xml,
    Parquet,
    Zip,
}

/// What is looked at to tell.
const HEAD_BYTES: usize = 1 << 16;

impl Kind {
    pub fn say(self, language: Language) -> &'static str {
        match self {
            Self::Folder => language.pick("a folder of pictures and sounds", "图片和声音文件夹"),
            Self::Table => language.pick("a table (CSV)", "表格（CSV）"),
            Self::JsonLines => language.pick("JSON Lines", "JSON Lines"),
            Self::Json => language.pick("JSON", "JSON"),
            Self::Xlsx => language.pick("an Excel workbook", "Excel 工作簿"),
            Self::Ods => language.pick("an OpenDocument spreadsheet", "OpenDocument 表格"),
            Self::Xml => language.pick("a Merchant feed (XML)", "Merchant 商品文件（XML）"),
            Self::Parquet => language.pick("Parquet", "Parquet"),
            Self::Zip => language.pick("a ZIP archive", "ZIP 压缩包"),
        }
    }

    /// The form of a file.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let head = text::head(path, HEAD_BYTES)?;
        if head.is_empty() {
            return Err(Error::EmptyFile { name: path.display().to_string() });
        }
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Ok(packed(path));
        }
        if head.starts_with(b"PAR1") {
            return Ok(Self::Parquet);
        }
        if head.starts_with(b"\xD0\xCF\x11\xE0") {
            let why = "it is an old or a locked Excel file; save it as .xlsx without a password".into();
            return Err(Error::BadFeed { path: path.to_owned(), why });
        }
        let ending = ending(path);
        let text = text_of(&head);
        let begin = text.trim_ascii_start();
        if begin.starts_with(b"<") {
            return Ok(Self::Xml);
        }
        match ending.as_deref() {
            Some("jsonl" | "ndjson") if !begin.starts_with(b"[") => Ok(Self::JsonLines),
            Some("csv" | "tsv" | "tab" | "psv") => Ok(Self::Table),
            _ if json::is_lines(begin) => Ok(Self::JsonLines),
            _ if begin.starts_with(b"{") || begin.starts_with(b"[") => Ok(Self::Json),
            // A name alone makes a table of a text, so that a letter is not taken for one.
            Some("txt" | "text" | "dat") | None => Ok(Self::Table),
            _ => Err(Error::NothingToImport { path: path.to_owned() }),
        }
    }
}

/// The ending of a name, without that of a packer.
fn ending(path: &Path) -> Option<String> {
    let ending = media::ending(path);
    if ending.as_deref() == Some("gz") { media::ending(&path.with_extension("")) } else { ending }
}

/// The beginning as ASCII, with the zero bytes of UTF-16 and the byte order mark left out.
fn text_of(head: &[u8]) -> Vec<u8> {
    let head = [b"\xEF\xBB\xBF".as_slice(), b"\xFF\xFE", b"\xFE\xFF"]
        .iter()
        .find_map(|mark| head.strip_prefix(*mark))
        .unwrap_or(head);
    head.iter().copied().filter(|byte| *byte != 0).collect()
}

/// Spreadsheets are ZIP archives with certain names in them.
fn packed(path: &Path) -> Kind {
    let archive = File::open(path).ok().and_then(|file| ZipArchive::new(file).ok());
    let has = |name: &str| archive.as_ref().is_some_and(|archive| archive.index_for_name(name).is_some());
    if has("xl/workbook.xml") {
        Kind::Xlsx
    } else if has("content.xml") && has("mimetype") {
        Kind::Ods
    } else {
        Kind::Zip
    }
}
