//! How good search is: queries with judgements, measures, comparisons of one way to rank with another, and better weights.
//!
//! A query set is run over a collection ([`run`]), its rankings are measured against judgements ([`metrics`]) and
//! compared ([`compare`]); what comes out can be handed on ([`report`]). What a query found is kept as numbers ([`table`]),
//! on which thousands of weightings are tried ([`simplex`], [`mod@tune`], [`learned`]). What people judge is kept with the
//! collection ([`ledger`]).

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    files::write_whole,
    search::{Arrangement, Weights},
};

pub mod statistics;
pub mod judgements;
pub mod judges;
pub mod formats;
pub mod queries;
pub mod generate;
pub mod run;
pub mod metrics;
pub mod compare;
pub mod report;
mod style;
pub mod table;
pub mod simplex;
pub mod picture;
pub mod tune;
pub mod learned;
pub mod ledger;
pub mod pool;

pub use formats::Format;
pub use judgements::Judgements;
pub use ledger::{Change, Grades, Ledger};
pub use metrics::Metric;
pub use queries::{AuditQuery, QuerySet};
pub use simplex::Axes;
pub use table::Table;

/// A way to rank, under a name: what the sliders say and how the result is put on the shelf.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    #[serde(default)]
    pub name: String,
    pub weights: Weights,
    #[serde(default)]
    pub arrangement: Arrangement,
}

impl Preset {
    /// Reads a preset in TOML or, where the file's name ends so, JSON. One without a name takes that of its file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|why| Error::unreadable(path, why))?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let read: std::result::Result<serde_json::Value, String> = if is_json {
            serde_json::from_str(&text).map_err(|why| why.to_string())
        } else {
            toml::from_str(&text).map_err(|why| why.message().to_owned())
        };
        // A key that is misspelt would otherwise leave its default in silence.
        let preset = read.and_then(|read| match unknown_key(&read) {
            Some(key) => Err(format!("it has a key that is not known: {key}")),
            None => serde_json::from_value(read).map_err(|why| why.to_string()),
        });
        let mut preset: Self = preset.map_err(|why| Error::BadTable {
            path: path.to_owned(),
            why,
            how: "Write the lines `[weights]`, `parts = [1, 1, 1]`, `facets = [1, 1, 0.25]` and `keyword = 0.5`."
                .into(),
        })?;
        if preset.name.is_empty() {
            preset.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        }
        Ok(preset)
    }

    /// Writes it, in JSON where the file's name ends so, else in TOML.
    pub fn write(&self, path: &Path) -> Result<()> {
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let text = if is_json {
            serde_json::to_string_pretty(self).map_err(|why| Error::Bug { why: why.to_string() })?
        } else {
            toml::to_string(self).map_err(|why| Error::Bug { why: why.to_string() })?
        };
        write_whole(path, text)
    }
}

/// The first key of a preset that nothing is made of.
fn unknown_key(preset: &serde_json::Value) -> Option<String> {
    const KNOWN: [(&str, &[&str]); 3] = [
        ("", &["name", "weights", "arrangement"]),
        ("weights", &["parts", "facets", "keyword", "policy", "method", "normalisation"]),
        ("arrangement", &["diversity", "collapse"]),
    ];
    KNOWN.iter().find_map(|(place, known)| {
        let table = if place.is_empty() { Some(preset) } else { preset.get(place) };
        let mut keys = table?.as_object()?.keys();
        keys.find(|key| !known.contains(&key.as_str())).cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Method;

    #[test]
    fn presets_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut weights = Weights::default();
        weights.set_facet(crate::encode::Modality::Audio, 0.1);
        weights.method = Method::Rrf { k: 20.0 };
        let arrangement = Arrangement { diversity: 0.3, collapse: true };
        let preset = Preset { name: "quiet".into(), weights, arrangement };
        for name in ["a.toml", "a.json"] {
            let path = folder.path().join(name);
            preset.write(&path).unwrap();
            assert_eq!(Preset::read(&path).unwrap(), preset, "{name}");
        }
        let path = folder.path().join("loud.toml");
        fs::write(&path, "[weights]\nparts = [1, 1, 1]\nfacets = [1, 0, 0]\n").unwrap();
        assert_eq!(Preset::read(&path).unwrap().name, "loud");
        fs::write(&path, "[weights]\nparts = [1, 1, 1]\nfacets = [1, 0, 0]\nmethod = \"rrf:20\"\n").unwrap();
        assert_eq!(Preset::read(&path).unwrap().weights.method, Method::Rrf { k: 20.0 });
        fs::write(&path, "[weights]\nparts = [1, 1, 1]\nfacets = [1, 0, 0]\nmetod = \"rrf\"\n").unwrap();
        assert!(Preset::read(&path).unwrap_err().to_string().contains("metod"));
        fs::write(&path, "weights = 3").unwrap();
        assert!(Preset::read(&path).unwrap_err().to_string().contains("[weights]"));
    }
}
