//! A `bundle.toml` read for what every bundle has, whatever its encoders: title, licence, spaces, files. A recipe is one
//! that also says where the files are fetched from; what it becomes when they are there is an ordinary `bundle.toml`.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use toml::{Table, Value};

use super::download::Sum;
use crate::error::{Error, Result};

/// The tables of a `bundle.toml` that describe encoders, each once or as a list, and what they are called in a listing.
const SECTIONS: [&str; 4] = ["text", "image", "audio", "speech"];
/// Where a bundle keeps what only its origin needs.
const PROVENANCE: &str = "provenance";
/// In [`PROVENANCE`]: the size of every file.
const BYTES: &str = "bytes";

/// A bundle as far as it can be told without its encoders.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub name: String,
    pub title: String,
    /// One sentence.
    pub licence: String,
    pub licence_url: Option<String>,
    pub homepage: Option<String>,
    pub spaces: Vec<Space>,
    /// In the order of the encoders; each once.
    pub files: Vec<BundleFile>,
    table: Table,
}

/// A vector space and what lives in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    pub name: String,
    pub dim: usize,
    pub holds: Vec<&'static str>,
}

/// A file of a bundle and what is known of it; a recipe may learn the rest with the first download.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleFile {
    pub name: String,
    pub sha256: Option<String>,
    pub bytes: Option<u64>,
    pub url: Option<String>,
}

/// What stands at the top of the file.
#[derive(Deserialize)]
struct Head {
    name: String,
    title: String,
    licence: String,
    licence_url: Option<String>,
    homepage: Option<String>,
    spaces: Vec<Line>,
    #[serde(default)]
    download: Vec<Download>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    dim: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Download {
    file: String,
    url: String,
    /// 0: not known yet.
    #[serde(default)]
    bytes: u64,
    /// Empty: not known yet.
    #[serde(default)]
    sha256: String,
}

impl Recipe {
    /// Reads a recipe; `base` is the address that it comes from, to which its own addresses are relative.
    pub fn parse(text: &str, called: &str, base: Option<&str>) -> Result<Self> {
        let bad = |why: String| Error::BadRecipe { name: called.into(), why };
        let table: Table = text.parse().map_err(|why: toml::de::Error| bad(why.message().into()))?;
        let head: Head = Value::Table(table.clone()).try_into().map_err(|why| bad(why.message().into()))?;
        if !is_plain(&head.name) {
            return Err(bad(format!("{:?} is no name for a bundle", head.name)));
        }
        let mut files = files_of(&table).map_err(&bad)?;
        for Download { file: name, url, bytes, sha256 } in head.download {
            let known = BundleFile {
                sha256: (!sha256.is_empty()).then(|| sha256.to_lowercase()),
                bytes: (bytes > 0).then_some(bytes),
                url: Some(absolute(&url, base)),
                name,
            };
            note(&mut files, known).map_err(&bad)?;
        }
        for file in &mut files {
            if !is_plain(&file.name) || file.name == "bundle.toml" {
                return Err(bad(format!("{:?} is no plain file name", file.name)));
            }
            if file.url.is_none() && base.is_some() {
                file.url = Some(absolute(&file.name, base));
            }
        }
        let spaces = head.spaces.into_iter().map(|Line { name, dim }| {
            let has = |section: &str| {
                let mut specs = specs(&table, section);
                specs.any(|spec| spec.get("space").and_then(Value::as_str) == Some(&name))
            };
            Space { holds: SECTIONS.into_iter().filter(|section| has(section)).collect(), name, dim }
        });
        Ok(Self {
            spaces: spaces.collect(),
            name: head.name,
            title: head.title,
            licence: head.licence,
            licence_url: head.licence_url.or_else(|| provenance(&table, "licence_url")),
            homepage: head.homepage.or_else(|| provenance(&table, "homepage")),
            files,
            table,
        })
    }

    /// Reads the `bundle.toml` of a folder.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let path = folder.join("bundle.toml");
        let text = fs::read_to_string(&path).map_err(|why| Error::unreadable(&path, why))?;
        Self::parse(&text, &path.display().to_string(), None)
    }

    /// Whether it encodes anything that products have; one for speech alone does not.
    pub fn encodes(&self) -> bool {
        SECTIONS[..3].iter().any(|section| specs(&self.table, section).next().is_some())
    }

    /// Whether it turns speech into text.
    pub fn hears_speech(&self) -> bool {
        specs(&self.table, "speech").next().is_some()
    }

    /// Bytes of all files, as far as they are known, and how many files are of unknown size.
    pub fn bytes(&self) -> (u64, usize) {
        let known = self.files.iter().filter_map(|file| file.bytes);
        (known.sum(), self.files.iter().filter(|file| file.bytes.is_none()).count())
    }

    /// The text of the `bundle.toml` that it becomes: addresses gone, origin kept, every sha256 and size filled in that
    /// `sums` knows.
    pub fn finished(&self, sums: &BTreeMap<String, Sum>) -> Result<String> {
        let mut table = self.table.clone();
        table.remove("download");
        let origin = table.entry(PROVENANCE).or_insert_with(|| Value::Table(Table::new()));
        if let Some(origin) = origin.as_table_mut() {
            let pages = [("homepage", &self.homepage), ("licence_url", &self.licence_url)];
            for (key, page) in pages {
                origin.extend(page.iter().map(|page| (key.to_owned(), Value::from(page.as_str()))));
            }
            let bytes = sums.iter().map(|(file, sum)| (file.clone(), Value::from(sum.bytes as i64)));
            origin.insert(BYTES.into(), Value::Table(bytes.collect()));
        }
        table.remove("homepage");
        table.remove("licence_url");
        for section in SECTIONS {
            let specs = match table.get_mut(section) {
                Some(Value::Array(specs)) => specs.as_mut_slice(),
                Some(spec) => std::slice::from_mut(spec),
                None => continue,
            };
            for spec in specs.iter_mut().filter_map(Value::as_table_mut) {
                for (sum_key, file_key) in sum_keys(spec) {
                    let file = spec.get(&file_key).and_then(Value::as_str).unwrap_or_default();
                    if let Some(sum) = sums.get(file) {
                        spec.insert(sum_key, sum.sha256.clone().into());
                    }
                }
            }
        }
        toml::to_string_pretty(&table).map_err(|why| Error::Bug { why: why.to_string() })
    }
}

/// Letters, digits, `-`, `_` and `.`, not at the start: such a name leads out of no folder and hides from no listing.
pub fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

/// The tables of a section, which stands there once or as a list.
fn specs<'a>(table: &'a Table, section: &str) -> impl Iterator<Item = &'a Table> {
    let all = match table.get(section) {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    all.iter().filter_map(Value::as_table)
}

/// The keys of a table that give a sha256, each with the key of its file: `sha256` and `file`, `tokenizer_sha256` and
/// `tokenizer`.
fn sum_keys(spec: &Table) -> Vec<(String, String)> {
    let file_key = |key: &str| match key {
        "sha256" => Some("file".to_owned()),
        key => key.strip_suffix("_sha256").map(str::to_owned),
    };
    spec.keys().filter_map(|key| Some((key.clone(), file_key(key)?))).collect()
}

/// The files that the encoders name.
fn files_of(table: &Table) -> std::result::Result<Vec<BundleFile>, String> {
    let sizes = table.get(PROVENANCE).and_then(|origin| origin.get(BYTES)).and_then(Value::as_table);
    let mut files = Vec::new();
    for spec in SECTIONS.iter().flat_map(|section| specs(table, section)) {
        let mut keys = sum_keys(spec);
        // The model before its tokenizer, whatever order the file has.
        keys.sort_by_key(|(sum_key, _)| sum_key != "sha256");
        for (sum_key, file_key) in keys {
            let text = |key: &str| spec.get(key).and_then(Value::as_str);
            let name = text(&file_key).ok_or_else(|| format!("it names no file for {sum_key}"))?.to_owned();
            let sha256 = text(&sum_key).filter(|sum| !sum.is_empty()).map(str::to_lowercase);
            let bytes = sizes.and_then(|sizes| sizes.get(&name)?.as_integer()).and_then(|bytes| bytes.try_into().ok());
            note(&mut files, BundleFile { name, sha256, bytes, url: None })?;
        }
    }
    Ok(files)
}

/// Adds a file, or what is new of one that is known.
fn note(files: &mut Vec<BundleFile>, new: BundleFile) -> std::result::Result<(), String> {
    let Some(known) = files.iter_mut().find(|known| known.name == new.name) else {
        files.push(new);
        return Ok(());
    };
    if let (Some(one), Some(other)) = (&known.sha256, &new.sha256)
        && one != other
    {
        return Err(format!("it gives two different sha256 for {}", new.name));
    }
    known.sha256 = known.sha256.take().or(new.sha256);
    known.bytes = known.bytes.or(new.bytes);
    known.url = known.url.take().or(new.url);
    Ok(())
}

fn provenance(table: &Table, key: &str) -> Option<String> {
    table.get(PROVENANCE)?.get(key)?.as_str().map(str::to_owned)
}

/// An address beside `base`, unless it is whole already.
fn absolute(url: &str, base: Option<&str>) -> String {
    let folder = base.and_then(|base| base.split(['?', '#']).next()).and_then(|base| Some(base.rsplit_once('/')?.0));
    match folder {
        Some(folder) if !url.contains("://") => format!("{folder}/{url}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "
name = 'two'
version = '1'
title = 'Two spaces'
licence = 'MIT'
licence_url = 'https://example.org/licence'
spaces = [{ name = 'see', dim = 4 }, { name = 'hear', dim = 2 }]
[[text]]
space = 'see'
file = 'both.onnx'
sha256 = ''
tokenizer = 'words.json'
tokenizer_sha256 = 'AB'
[[text]]
space = 'hear'
file = 'hear.onnx'
sha256 = ''
tokenizer = 'words.json'
tokenizer_sha256 = 'ab'
[image]
space = 'see'
file = 'both.onnx'
sha256 = ''
[[download]]
file = 'both.onnx'
url = 'https://example.org/onnx/model.onnx'
bytes = 7
";

    #[test]
    fn what_every_bundle_has() {
        let recipe = Recipe::parse(RECIPE, "two", Some("https://example.net/x/bundle.toml?raw=1")).unwrap();
        let names: Vec<_> = recipe.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["both.onnx", "words.json", "hear.onnx"]);
        assert_eq!(recipe.files[0].url.as_deref(), Some("https://example.org/onnx/model.onnx"));
        assert_eq!(recipe.files[1].url.as_deref(), Some("https://example.net/x/words.json"));
        assert_eq!(recipe.files[1].sha256.as_deref(), Some("ab"));
        assert_eq!(recipe.bytes(), (7, 2));
        assert_eq!(recipe.spaces[0].holds, ["text", "image"]);
        assert_eq!(recipe.spaces[1].holds, ["text"]);
        assert!(recipe.encodes() && !recipe.hears_speech());
    }

    #[test]
    fn a_recipe_becomes_a_bundle() {
        let recipe = Recipe::parse(RECIPE, "two", None).unwrap();
        let sum = |sha256: &str, bytes| Sum { sha256: sha256.into(), bytes };
        let sums = [("both.onnx".to_owned(), sum("11", 7)), ("hear.onnx".to_owned(), sum("22", 8))].into();
        let text = recipe.finished(&sums).unwrap();
        let bundle = Recipe::parse(&text, "two", None).unwrap();
        let both = BundleFile { name: "both.onnx".into(), sha256: Some("11".into()), bytes: Some(7), url: None };
        assert_eq!(bundle.files[0], both);
        assert_eq!(bundle.files[2].sha256.as_deref(), Some("22"));
        assert_eq!(bundle.licence_url.as_deref(), Some("https://example.org/licence"));
        assert!(!text.contains("download"), "{text}");
    }

    #[test]
    fn a_bad_recipe_says_what_is_wrong() {
        let check = |from: &str, to: &str, expected: &str| {
            let text = RECIPE.replacen(from, to, 1);
            assert_ne!(text, RECIPE);
            let said = Recipe::parse(&text, "two", None).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        };
        check("name = 'two'", "", "missing field `name`");
        check("name = 'two'", "name = '../two'", "is no name for a bundle");
        check("title = ", "title ", "key");
        check("file = 'hear.onnx'", "", "names no file for sha256");
        check("file = 'hear.onnx'", "file = '../hear.onnx'", "is no plain file name");
        check("file = 'hear.onnx'", "file = 'bundle.toml'", "is no plain file name");
        check("tokenizer_sha256 = 'ab'", "tokenizer_sha256 = 'cd'", "two different sha256 for words.json");
        check("bytes = 7", "size = 7", "unknown field");
    }
}
