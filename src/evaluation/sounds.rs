//! Figures on sounds: everyday noises, people ordering drinks, Mandarin words, and words by synthetic voices.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use sha1::{Digest, Sha1};

use super::{
    Figure,
    data::{Media, Row, rows, texts},
    measures::{ranks, recall, recall_of_ranks},
    words::WORDS,
};
use crate::{
    encode::{Encoders, Modality},
    error::Result,
    media::clip::Clip,
    progress::Progress,
};

/// How many words the smaller contest has.
const WORDS_ASKED: usize = 228;
/// Signal to noise of the noisy figures, dB.
const NOISE_DB: f32 = 10.0;

#[derive(Debug, Deserialize)]
struct Noise {
    label: String,
    fold: u32,
}

/// ESC-10, fold 4, which training leaves out: the nearest of the ten names.
pub fn everyday(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Noise>(set)?;
    let known = |row: &&Row<Noise>| row.facts.fold == 4 && WORDS.sounds.contains_key(&row.facts.label);
    let clips: Vec<&Row<Noise>> = all.iter().filter(known).collect();
    let labels: Vec<&String> = WORDS.sounds.keys().collect();
    let place = |row: &&Row<Noise>| labels.iter().position(|label| **label == row.facts.label).unwrap_or_default();
    let targets: Vec<usize> = clips.iter().map(place).collect();
    let heard = Media::of(set).clips(encoders, &clips, |clip| Ok(clip.clone()), progress)?;
    let names = |of: fn(&(String, String)) -> &String| {
        texts(encoders, Modality::Audio, &WORDS.sounds.values().map(of).collect::<Vec<_>>())
    };
    Ok(vec![
        recall("ESC-10 fold 4 -> English name", &heard, &names(|both| &both.0)?, &targets, &[1]),
        recall("ESC-10 fold 4 -> Chinese name", &heard, &names(|both| &both.1)?, &targets, &[1]),
    ])
}

#[derive(Debug, Deserialize)]
struct Order {
    slots: Slots,
}

#[derive(Debug, Deserialize)]
struct Slots {
    #[serde(rename = "coffeeDrink")]
    drink: String,
}

/// Whole English sentences by people, dev part: which drink do they name?
pub fn drinks(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Order>(set)?;
    let names: Vec<&String> = WORDS.drinks.keys().collect();
    let place = |row: &Row<Order>| names.iter().position(|name| **name == row.facts.slots.drink);
    let dev = all.iter().filter(|row| row.is_dev());
    let (orders, targets): (Vec<&Row<Order>>, Vec<usize>) = dev.filter_map(|row| Some((row, place(row)?))).unzip();
    let heard = Media::of(set).clips(encoders, &orders, |clip| Ok(clip.clone()), progress)?;
    let table = texts(encoders, Modality::Audio, &names)?;
    let mut figures = vec![recall("spoken order by a person -> drink", &heard, &table, &targets, &[1])];
    let group = |at: usize| &WORDS.drinks[names[at]];
    let best = heard.iter().map(|clip| {
        let cosines: Vec<f32> = table.iter().map(|name| clip.cosine(name)).collect();
        (0..names.len()).max_by(|a, b| cosines[*a].total_cmp(&cosines[*b])).unwrap_or_default()
    });
    let missed: Vec<usize> =
        best.zip(&targets).map(|(best, target)| usize::from(group(best) != group(*target))).collect();
    let groups: BTreeSet<&String> = WORDS.drinks.values().collect();
    figures.push(recall_of_ranks("spoken order by a person -> group of drinks", &missed, groups.len(), &[1]));
    Ok(figures)
}

#[derive(Debug, Deserialize)]
struct Spoken {
    zh: String,
}

/// Mandarin words by a person, none of them trained: which of the dev words is it?
pub fn mandarin(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Spoken>(set)?;
    let dev: Vec<&Row<Spoken>> = all.iter().filter(|row| row.is_dev()).collect();
    let heard = Media::of(set).clips(encoders, &dev, |clip| Ok(clip.clone()), progress)?;
    let table = texts(encoders, Modality::Audio, &dev.iter().map(|row| &row.facts.zh).collect::<Vec<_>>())?;
    let targets: Vec<usize> = (0..dev.len()).collect();
    Ok(vec![recall("Mandarin word by a person, never trained -> word", &heard, &table, &targets, &[1, 5])])
}

#[derive(Debug, Deserialize)]
struct Synthetic {
    word: String,
    /// `en` or `zh`.
    language: String,
    /// Who speaks, such as a synthesiser's name.
    voice: String,
}

/// Words by voices that training never heard, in quiet and in noise, among all words and among 228 of them.
pub fn spoken(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Synthetic>(set)?;
    let voices: BTreeSet<(&str, &str)> =
        all.iter().map(|row| (row.facts.language.as_str(), row.facts.voice.as_str())).collect();
    let mut figures = Vec::new();
    for (language, voice) in voices {
        let of_voice = |row: &&Row<Synthetic>| row.facts.language == language && row.facts.voice == voice;
        let clips: Vec<&Row<Synthetic>> = all.iter().filter(of_voice).collect();
        let words: Vec<&str> = words_of(all.iter().filter(|row| row.facts.language == language));
        for (title, noisy) in [("", false), (", 10 dB noise", true)] {
            let change = |clip: &Clip| if noisy { with_noise(clip) } else { Ok(clip.clone()) };
            let heard = Media::of(set).clips(encoders, &clips, change, progress)?;
            for words in [&words[..words.len().min(WORDS_ASKED)], &words[..]] {
                let asked = clips.iter().zip(&heard).filter_map(|(row, vector)| {
                    Some((vector.clone(), words.iter().position(|word| *word == row.facts.word)?))
                });
                let (vectors, targets): (Vec<_>, Vec<usize>) = asked.unzip();
                let ranks = ranks(&vectors, &texts(encoders, Modality::Audio, words)?, &targets);
                let name = format!("word spoken by {voice} ({language}){title} -> word");
                figures.push(recall_of_ranks(&name, &ranks, words.len(), &[1, 5]));
            }
        }
    }
    Ok(figures)
}

/// All words in an order that has nothing to do with them, so that the first 228 are a fair draw.
fn words_of<'a>(rows: impl Iterator<Item = &'a Row<Synthetic>>) -> Vec<&'a str> {
    let words: BTreeSet<&str> = rows.map(|row| row.facts.word.as_str()).collect();
    let mut words: Vec<&str> = words.into_iter().collect();
    words.sort_by_cached_key(|word| Sha1::digest(word));
    words
}

/// The clip with noise that falls with frequency, the same for every run.
fn with_noise(clip: &Clip) -> Result<Clip> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut low = 0.0;
    let mut white = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let noise: Vec<f32> = clip
        .samples()
        .iter()
        .map(|_| {
            let fresh = white();
            low = 0.9 * low + 0.1 * fresh;
            low + 0.2 * fresh
        })
        .collect();
    let loudness =
        |samples: &[f32]| (samples.iter().map(|value| value * value).sum::<f32>() / samples.len() as f32).sqrt();
    let gain = loudness(clip.samples()) / loudness(&noise).max(1e-9) * 10_f32.powf(-NOISE_DB / 20.0);
    let mixed = clip.samples().iter().zip(&noise).map(|(sample, noise)| sample + gain * noise).collect();
    Clip::new(mixed, clip.rate_hz())
}
