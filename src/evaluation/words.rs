//! The project's own word lists, English and Chinese, that figures are asked with, and the dictionary figure itself.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::LazyLock,
};

use serde::Deserialize;
use sha1::{Digest, Sha1};

use super::{Figure, data, measures};
use crate::{
    encode::{Encoders, Modality},
    error::Result,
    progress::Progress,
};

/// `models/words.json`, written by `models/train/words.py`.
#[derive(Debug, Deserialize)]
pub struct Words {
    /// Catalogue classes: label to names.
    pub articles: BTreeMap<String, Article>,
    /// Names in English, names in Chinese.
    pub colours: Vec<Names>,
    pub concepts: Vec<Names>,
    /// Labels of recorded sounds to an English and a Chinese name.
    pub sounds: BTreeMap<String, (String, String)>,
    /// Drinks that people order, each with its group.
    pub drinks: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub struct Article {
    pub en: String,
    pub zh: Vec<String>,
}

/// English names, Chinese names; the first of each is the plainest.
pub type Names = (Vec<String>, Vec<String>);

pub static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../models/words.json")).expect("the list is well formed"));

impl Words {
    /// The Chinese name of a colour, by any of its English names.
    pub fn colour_zh(&self, english: &str) -> Option<&str> {
        let english = english.to_lowercase();
        let (_, zh) = self.colours.iter().find(|(en, _)| en.contains(&english))?;
        zh.first().map(String::as_str)
    }

    /// Chinese names that training always may use.
    fn own_chinese(&self) -> HashSet<&str> {
        let listed = self.concepts.iter().chain(&self.colours).flat_map(|(_, zh)| zh);
        listed.chain(self.articles.values().flat_map(|article| &article.zh)).map(String::as_str).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Pair {
    en: String,
    zh: String,
}

/// Chinese word to English word, on dictionary words whose Chinese side was never trained on.
pub fn dictionary(encoders: &Encoders, folder: &Path, _: &Progress) -> Result<Vec<Figure>> {
    let own = WORDS.own_chinese();
    let (mut seen_en, mut seen_zh) = (HashSet::new(), HashSet::new());
    let (mut en, mut zh) = (Vec::new(), Vec::new());
    for name in ["taxonomy_en_zh", "wiktionary_nouns_en_zh", "wordnet_nouns_en_zh"] {
        for pair in data::lines::<Pair>(&folder.join(format!("{name}.jsonl")))? {
            let lower = pair.en.to_lowercase();
            if is_held_out(&pair.zh, &own) && !seen_en.contains(&lower) && !seen_zh.contains(&pair.zh) {
                seen_en.insert(lower);
                seen_zh.insert(pair.zh.clone());
                en.push(pair.en);
                zh.push(pair.zh);
            }
        }
    }
    let (from, to) = (data::texts(encoders, Modality::Text, &zh)?, data::texts(encoders, Modality::Text, &en)?);
    let targets: Vec<usize> = (0..en.len()).collect();
    Ok(vec![measures::recall("Chinese word never trained -> English word", &from, &to, &targets, &[1, 10])])
}

/// The same rule as in `models/train/captions.py`: about one word in 32.
fn is_held_out(zh: &str, own: &HashSet<&str>) -> bool {
    Sha1::digest(zh)[0] < 8 && !own.contains(zh)
}
