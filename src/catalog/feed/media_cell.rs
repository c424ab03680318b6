//! Cells that name pictures and sounds: paths, addresses, or the file itself written into the cell.

use std::path::PathBuf;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;
use url::Url;

use super::{Fault, cells::Cell};
use crate::{
    catalog::kind::ending_of,
    error::Error,
    files::{sha256_hex, write_whole},
};

/// Shorter text in a cell is a name, not a picture: the smallest picture has some dozens of bytes.
const SHORTEST_BASE64: usize = 64;
/// Lists in lists of a cell beyond this are nobody's.
const DEEPEST: usize = 8;

/// With or without padding, as exports differ.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where files lie.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Relative paths start here.
    pub folder: PathBuf,
    /// What is written into cells is put here; without it such a cell is named and left out.
    pub media: Option<PathBuf>,
}

impl Place {
    /// The files and web addresses of a cell.
    pub fn files(&self, cell: Cell, column: &str, remarks: &mut Vec<Fault>) -> Vec<PathBuf> {
        let mut files = Vec::new();
        self.gather(cell, column, 0, &mut files, remarks);
        files
    }

    fn gather(&self, cell: Cell, column: &str, depth: usize, files: &mut Vec<PathBuf>, remarks: &mut Vec<Fault>) {
        let embedded = || Fault::Embedded { column: column.to_owned() };
        if depth > DEEPEST {
            return remarks.push(embedded());
        }
        match cell {
            Cell::File(path) => files.push(self.folder.join(path)),
            Cell::Bytes(bytes) => match self.keep(&bytes, &embedded()) {
                Ok(file) => files.push(file),
                Err(fault) => remarks.push(fault),
            },
            Cell::List(cells) => {
                cells.into_iter().for_each(|cell| self.gather(cell, column, depth + 1, files, remarks));
            }
            Cell::Json(Value::Null) => {}
            Cell::Json(Value::Array(items)) => {
                items.into_iter().for_each(|item| self.gather(Cell::Json(item), column, depth + 1, files, remarks));
            }
            // As data sets write a picture: its bytes if they are there, else its path.
            Cell::Json(Value::Object(mut object)) => {
                let names = ["bytes", "base64", "path", "url", "src", "link", "image_url"];
                let value = names.into_iter().find_map(|name| object.remove(name).filter(|value| !value.is_null()));
                match value {
                    Some(value) => self.gather(Cell::Json(value), column, depth + 1, files, remarks),
                    None => remarks.push(embedded()),
                }
            }
            Cell::Text(text) | Cell::Number { shown: text, .. } | Cell::Json(Value::String(text)) => {
                self.read(&text, column, depth, files, remarks);
            }
            Cell::Json(other) => self.read(&other.to_string(), column, depth, files, remarks),
        }
    }

    /// Several are separated by `|` or a line's end, by a comma or semicolon where no such file exists, or they are a
    /// JSON list.
    fn read(&self, text: &str, column: &str, depth: usize, files: &mut Vec<PathBuf>, remarks: &mut Vec<Fault>) {
        let text = text.trim();
        if let Some(value) = list(text) {
            return self.gather(Cell::Json(value), column, depth + 1, files, remarks);
        }
        for part in text.split(['|', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            if let Some(written) = written(part) {
                let embedded = Fault::Embedded { column: column.to_owned() };
                match written.map_err(|NotReadable| embedded.clone()).and_then(|bytes| self.keep(&bytes, &embedded)) {
                    Ok(file) => files.push(file),
                    Err(fault) => remarks.push(fault),
                }
            } else if is_web(part) || !part.contains([',', ';']) || self.path(part).exists() {
                let several = addresses(part);
                files.extend(several.iter().map(|part| self.path(part)));
            } else {
                let names = part.split([',', ';']).map(str::trim).filter(|name| !name.is_empty());
                files.extend(names.map(|name| self.path(name)));
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        if is_web(name) {
            return PathBuf::from(name);
        }
        if let Some(rest) = name.strip_prefix("file:") {
            let path = Url::parse(name).ok().and_then(|url| url.to_file_path().ok());
            return path.unwrap_or_else(|| self.folder.join(rest.trim_start_matches("//")));
        }
        let path = self.folder.join(name);
        // Paths of another system, where the one as written is not there.
        if cfg!(not(windows)) && name.contains('\\') && !path.exists() {
            return self.folder.join(name.replace('\\', "/"));
        }
        path
    }

    /// Writes what a cell holds into a file named after its content.
    fn keep(&self, bytes: &[u8], embedded: &Fault) -> Result<PathBuf, Fault> {
        let ending = ending_of(bytes).ok_or_else(|| embedded.clone())?;
        let folder = self.media.as_ref().ok_or_else(|| embedded.clone())?.join("embedded");
        let file = folder.join(format!("{}.{ending}", sha256_hex(bytes)));
        if !file.exists() {
            std::fs::create_dir_all(&folder).map_err(|why| Fault::Media(Error::unwritable(&folder, why)))?;
            write_whole(&file, bytes).map_err(Fault::Media)?;
        }
        Ok(file)
    }
}

/// Whether a media cell is a web address.
pub fn is_web(cell: &str) -> bool {
    let starts = |scheme: &str| cell.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("http://") || starts("https://")
}

/// Addresses that stand one after another, separated by a comma or semicolon and the next one's scheme.
fn addresses(text: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let starts = text.match_indices("http").filter(|(at, _)| is_web(&text[*at..]));
    cuts.extend(starts.map(|(at, _)| at).filter(|at| text[..*at].trim_end().ends_with([',', ';'])));
    cuts.push(text.len());
    let parts = cuts.windows(2).map(|cut| &text[cut[0]..cut[1]]);
    let several = cuts.len() > 2;
    let trimmed = parts.map(|part| if several { part.trim().trim_end_matches([',', ';']).trim() } else { part });
    trimmed.filter(|part| !part.is_empty()).collect()
}

/// A list or object in a cell: JSON, or a list with single quotes as Python writes it.
fn list(text: &str) -> Option<Value> {
    if !(text.starts_with('[') && text.ends_with(']') || text.starts_with('{') && text.ends_with('}')) {
        return None;
    }
    let value = serde_json::from_str(text).or_else(|_| serde_json::from_str(&text.replace('\'', "\""))).ok()?;
    matches!(value, Value::Array(_) | Value::Object(_)).then_some(value)
}

/// What claims to be a file written into a cell and cannot be read as one.
struct NotReadable;

/// What is written into a cell as `data:` or bare base64; `None` for a name.
fn written(text: &str) -> Option<Result<Vec<u8>, NotReadable>> {
    if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:")) {
        let (head, body) = text[5..].split_once(',')?;
        let is_base64 = head.to_ascii_lowercase().ends_with(";base64");
        return Some(Some(body).filter(|_| is_base64).and_then(decode).ok_or(NotReadable));
    }
    let bare = text.len() >= SHORTEST_BASE64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b));
    // A long name of letters alone decodes as well: only what turns out to be a picture or sound is one.
    bare.then(|| decode(text)).flatten().filter(|bytes| ending_of(bytes).is_some()).map(Ok)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and sixty bytes more, so that it is long enough to be taken for base64";

    fn place(root: &Path) -> Place {
        Place { folder: root.to_owned(), media: Some(root.join("media")) }
    }

    #[test]
    fn paths_and_addresses() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a, b.jpg", "红 1.jpg"] {
            std::fs::write(root.path().join(name), b"").unwrap();
        }
        let url = Url::from_file_path(root.path().join("红 1.jpg")).unwrap().to_string();
        let check = |cell: &str, expected: &[&str]| {
            let mut remarks = Vec::new();
            let files = place(root.path()).files(Cell::Text(cell.into()), "image_link", &mut remarks);
            let expected: Vec<PathBuf> = expected
                .iter()
                .map(|name| if is_web(name) { PathBuf::from(name) } else { root.path().join(name) })
                .collect();
            assert_eq!(files, expected, "{cell}");
            assert_eq!(remarks, [], "{cell}");
        };
        check("b.jpg|c.jpg", &["b.jpg", "c.jpg"]);
        check("b.jpg\nc.jpg", &["b.jpg", "c.jpg"]);
        check("a.jpg,b.jpg", &["a.jpg", "b.jpg"]);
        check("a, b.jpg", &["a, b.jpg"]);
        check("https://x.example/a,b.jpg", &["https://x.example/a,b.jpg"]);
        check("HTTPS://x.example/a.jpg", &["HTTPS://x.example/a.jpg"]);
        check("http://x.example/a.jpg, http://x.example/b.jpg", &["http://x.example/a.jpg", "http://x.example/b.jpg"]);
        check("http://x.example/?u=http://y.example/b.jpg", &["http://x.example/?u=http://y.example/b.jpg"]);
        check(&url, &["红 1.jpg"]);
        check("file://b.jpg", &["b.jpg"]);
        check(r#"["a.jpg", "b.jpg"]"#, &["a.jpg", "b.jpg"]);
        check("['a.jpg', 'b.jpg']", &["a.jpg", "b.jpg"]);
        check(r#"{"bytes": null, "path": "a.jpg"}"#, &["a.jpg"]);
        check(r#"[{"path": "a.jpg"}, {"url": "http://x.example/b.jpg"}]"#, &["a.jpg", "http://x.example/b.jpg"]);
        check(r"images\a.jpg", &["images/a.jpg"]);
        check(" ", &[]);
    }

    #[test]
    fn what_is_written_into_a_cell_becomes_a_file() {
        let root = tempfile::tempdir().unwrap();
        let base64 = BASE64.encode(PNG);
        let check = |cell: Cell, good: bool| {
            let mut remarks = Vec::new();
            let files = place(root.path()).files(cell.clone(), "image_link", &mut remarks);
            assert_eq!((files.len(), remarks.len()), if good { (1, 0) } else { (0, 1) }, "{cell:?}");
            if good {
                assert_eq!(std::fs::read(&files[0]).unwrap(), PNG);
                assert_eq!(files[0].extension().unwrap(), "png");
            }
        };
        check(Cell::Text(format!("data:image/png;base64,{base64}")), true);
        check(Cell::Text(base64.trim_end_matches('=').to_owned()), true);
        check(Cell::Bytes(PNG.to_vec()), true);
        check(Cell::Json(serde_json::json!([{"bytes": base64}])), true);
        check(Cell::Text("data:image/png;base64,!!!!".into()), false);
        check(Cell::Text("data:text/plain,hello".into()), false);
        check(Cell::Bytes(b"no picture".to_vec()), false);
        let long = "a".repeat(100);
        let names = place(root.path()).files(Cell::Text(long.clone()), "image_link", &mut Vec::new());
        assert_eq!(names, [root.path().join(long)], "a long name is a name");
    }
}
