//! How good the encoders are: retrieval figures on public data, taken through the same code that a search uses.
//!
//! Each figure stands beside its chance value. A set that is not in the data folder is left out and says so.

use std::{path::Path, time::Instant};

use serde::Serialize;

use crate::{
    encode::{Encoders, Modality},
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
    progress::{Progress, Stage},
};

mod data;
mod measures;
mod sounds;
mod things;
mod words;

/// One line of the table.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// What was asked of what, such as `fashion title -> picture`.
    pub name: String,
    /// How many queries were asked, and of how many candidates.
    pub queries: usize,
    pub candidates: usize,
    /// Each measure with its value and what guessing gives.
    pub values: Vec<Value>,
}

/// One measure of a figure, such as recall@10.
#[derive(Debug, Clone, Serialize)]
pub struct Value {
    pub measure: String,
    pub value: f64,
    /// What a random order gives; `None` where that has no meaning.
    pub chance: Option<f64>,
}

/// The whole table.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    pub bundle: String,
    pub figures: Vec<Figure>,
    pub times: Vec<Time>,
    /// Figures that could not be taken, each with the reason.
    pub left_out: Vec<String>,
}

/// How long one encoder takes, wall clock.
#[derive(Debug, Clone, Serialize)]
pub struct Time {
    pub encoder: &'static str,
    /// Median of single inputs, preprocessing included.
    pub median_ms: f64,
    /// Inputs a second in batches.
    pub batched_per_sec: f64,
}

/// Takes every figure that the data allow.
///
/// `data` holds a folder a set, each with a `manifest.jsonl`; `speech` may hold spoken words of voices that were never
/// trained on, in the same form.
///
/// # Errors
/// [`Error::NothingToEvaluate`] when no set is there; what the encoders say; [`Error::Cancelled`].
pub fn evaluate(encoders: &Encoders, data: &Path, speech: Option<&Path>, progress: &Progress) -> Result<Table> {
    let mut left_out = Vec::new();
    let mut figures = Vec::new();
    let parts: [(&str, Measure); 8] = [
        ("fashion44k", things::fashion),
        ("electronics", things::electronics),
        ("grocery", things::grocery),
        ("clothing", things::clothing),
        ("text", words::dictionary),
        ("audio-esc10", sounds::everyday),
        ("audio-speech", sounds::drinks),
        ("audio-mandarin", sounds::mandarin),
    ];
    let mut tasks: Vec<(&str, Measure, &Path)> = parts.iter().map(|(name, measure)| (*name, *measure, data)).collect();
    tasks.extend(speech.map(|folder| (".", sounds::spoken as Measure, folder)));
    progress.begin(Stage::Measuring, tasks.len());
    for (name, measure, folder) in tasks {
        let folder = folder.join(name);
        if folder.is_dir() {
            match measure(encoders, &folder, progress) {
                Ok(some) => figures.extend(some),
                Err(Error::NoEncoder { modality }) => {
                    left_out.push(format!("{name}: the bundle has no {modality} encoder"));
                }
                Err(error) => return Err(error),
            }
        } else {
            left_out.push(format!("{name}: not in {}", data.display()));
        }
        progress.step()?;
    }
    if speech.is_none() {
        left_out.push("spoken words: no folder was named with --speech".into());
    }
    if figures.is_empty() {
        return Err(Error::NothingToEvaluate { path: data.to_owned() });
    }
    Ok(Table { bundle: encoders.id.clone(), figures, times: times(encoders, progress)?, left_out })
}

type Measure = fn(&Encoders, &Path, &Progress) -> Result<Vec<Figure>>;

/// Times on made-up inputs of common sizes: a four-word query, a 640 x 640 picture, a 4 s sound.
fn times(encoders: &Encoders, progress: &Progress) -> Result<Vec<Time>> {
    let rgba = (0..640 * 640).flat_map(|at: u32| [at as u8, (at >> 8) as u8, (at >> 4) as u8, 255]).collect();
    let picture = Picture::from_rgba(640, 640, rgba);
    let clip = Clip::new((0..64_000).map(|at| (at as f32 * 0.05).sin() * 0.5).collect(), 16_000)?;
    let mut times = Vec::new();
    if encoders.space(Modality::Text).is_some() {
        times.push(time("text", "red wool winter sweater", |some| encoders.text(some).map(drop))?);
    }
    progress.check()?;
    if let Some(picture) = picture.filter(|_| encoders.space(Modality::Image).is_some()) {
        times.push(time("image", &picture, |some| encoders.image(some).map(drop))?);
    }
    progress.check()?;
    if encoders.space(Modality::Audio).is_some() {
        times.push(time("audio", &clip, |some| encoders.audio(some).map(drop))?);
    }
    Ok(times)
}

fn time<I: ?Sized>(encoder: &'static str, input: &I, run: impl Fn(&[&I]) -> Result<()>) -> Result<Time> {
    run(&[input])?; // The first run of a session plans its memory.
    let mut single = Vec::new();
    for _ in 0..31 {
        let start = Instant::now();
        run(&[input])?;
        single.push(start.elapsed().as_secs_f64() * 1e3);
    }
    single.sort_by(f64::total_cmp);
    let batch = vec![input; 32];
    let start = Instant::now();
    run(&batch)?;
    let batched_per_sec = batch.len() as f64 / start.elapsed().as_secs_f64();
    Ok(Time { encoder, median_ms: single[single.len() / 2], batched_per_sec })
}
