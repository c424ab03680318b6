//! Encoders turn a text, a picture or a sound into a unit vector of a space. They come as a bundle of ONNX files;
//! the rest of the program knows only [`Encode`] and [`Embedding`].

use std::{
    fmt,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use runtime::Output;

use crate::{
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
};

pub mod audio;
pub mod bundle;
pub mod image;
pub mod mel;
pub mod onnx;
pub mod runtime;
pub mod speech;
pub mod text;

/// What a query part or a product facet is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    Text,
    Image,
    Audio,
}

impl Modality {
    pub const ALL: [Self; 3] = [Self::Text, Self::Image, Self::Audio];

    /// 0, 1 or 2, for tables with a place for each modality.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name used in files, on the command line and in errors.
    pub fn name(self) -> &'static str {
        ["text", "image", "audio"][self.index()]
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Modality {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|modality| modality.name() == name)
            .ok_or_else(|| Error::Malformed { what: format!("`{name}`"), how: "Use text, image or audio.".into() })
    }
}

/// A vector of unit length; finite by construction, so that NaN never reaches a score. Cloning shares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(Arc<[f32]>);

impl Embedding {
    /// Normalises a vector. `None` when it is empty, all zero or not finite: nothing could be ranked by it.
    pub fn new(mut values: Vec<f32>) -> Option<Self> {
        let length = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if !length.is_finite() || length < 1e-12 {
            return None;
        }
        values.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        Some(Self(values.into()))
    }

    /// A vector that was of unit length when it was stored, bit for bit; normalising it again could change the last bits.
    pub fn stored(values: &[f32]) -> Option<Self> {
        let length = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
        ((length - 1.0).abs() < 1e-3).then(|| Self(values.into()))
    }

    /// The normalised mean of vectors of one space. `None` when there are none or they cancel out.
    pub fn mean(embeddings: &[Self]) -> Option<Self> {
        let mut sum = vec![0.0; embeddings.first()?.values().len()];
        for embedding in embeddings {
            sum.iter_mut().zip(embedding.values()).for_each(|(sum, value)| *sum += value);
        }
        Self::new(sum)
    }

    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// The cosine with another embedding of the same space, in -1..=1.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(other.0.iter()).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0)
    }
}

/// One encoder of a bundle.
pub trait Encode<Input: ?Sized>: Send + Sync {
    /// The name of the space that the vectors live in; only vectors of one space can be compared.
    fn space(&self) -> &str;

    /// One embedding for each input, in order.
    ///
    /// # Errors
    /// [`Error::Encoder`] when the model fails, [`Error::Silent`] for a sound without sound.
    fn encode(&self, inputs: &[&Input]) -> Result<Vec<Embedding>>;
}

/// The encoders of one bundle. A modality may be missing, or encoded into several spaces: beside CLIP and CLAP a text
/// lives in CLIP's space, with the pictures, and in CLAP's, with the sounds.
pub struct Encoders {
    /// The bundle's name, version and sum, such as `compact 1 (3fa9c1)`; a collection remembers it.
    pub id: String,
    /// In the bundle's order, which decides where a pair lives.
    spaces: Vec<String>,
    text: Vec<Box<dyn Encode<str>>>,
    image: Vec<Box<dyn Encode<Picture>>>,
    audio: Vec<Box<dyn Encode<Clip>>>,
    /// How many inputs each modality has encoded, so that a test can prove that a slider encodes none.
    runs: [AtomicU64; 3],
}

impl Encoders {
    /// At most one encoder a modality.
    pub fn new(
        id: String,
        text: Option<Box<dyn Encode<str>>>,
        image: Option<Box<dyn Encode<Picture>>>,
        audio: Option<Box<dyn Encode<Clip>>>,
    ) -> Self {
        let own = [
            text.as_deref().map(Encode::space),
            image.as_deref().map(Encode::space),
            audio.as_deref().map(Encode::space),
        ];
        let mut spaces: Vec<String> = Vec::new();
        for space in own.into_iter().flatten() {
            if !spaces.iter().any(|known| known == space) {
                spaces.push(space.to_owned());
            }
        }
        let (text, image, audio) =
            (text.into_iter().collect(), image.into_iter().collect(), audio.into_iter().collect());
        Self::of_spaces(id, spaces, text, image, audio)
    }

    /// At most one encoder a modality and space; where two modalities share several spaces, the first of `spaces` is
    /// theirs.
    pub fn of_spaces(
        id: String,
        spaces: Vec<String>,
        text: Vec<Box<dyn Encode<str>>>,
        image: Vec<Box<dyn Encode<Picture>>>,
        audio: Vec<Box<dyn Encode<Clip>>>,
    ) -> Self {
        Self { id, spaces, text, image, audio, runs: Default::default() }
    }

    /// Texts in a space.
    pub fn text_in(&self, space: &str, inputs: &[&str]) -> Result<Vec<Embedding>> {
        self.run(Modality::Text, &self.text, space, inputs)
    }

    /// Pictures in a space.
    pub fn image_in(&self, space: &str, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        self.run(Modality::Image, &self.image, space, inputs)
    }

    /// Sounds in a space.
    pub fn audio_in(&self, space: &str, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        self.run(Modality::Audio, &self.audio, space, inputs)
    }

    /// Texts in their first space.
    pub fn text(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        self.text_in(self.space(Modality::Text).unwrap_or_default(), inputs)
    }

    /// Pictures in their first space.
    pub fn image(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        self.image_in(self.space(Modality::Image).unwrap_or_default(), inputs)
    }

    /// Sounds in their first space.
    pub fn audio(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        self.audio_in(self.space(Modality::Audio).unwrap_or_default(), inputs)
    }

    /// The first space of a modality, `None` when the bundle cannot encode it.
    pub fn space(&self, modality: Modality) -> Option<&str> {
        self.pair_space(modality, modality)
    }

    /// The space in which a query part meets a product facet: the first that both are encoded into. `None` when there
    /// is no such space; then the two cannot be compared.
    pub fn pair_space(&self, part: Modality, facet: Modality) -> Option<&str> {
        let shared = |space: &&String| self.encodes(part, space) && self.encodes(facet, space);
        self.spaces.iter().find(shared).map(String::as_str)
    }

    /// All spaces of the bundle, in its order.
    pub fn spaces(&self) -> &[String] {
        &self.spaces
    }

    /// The spaces that some pair needs a facet's vectors in, in the bundle's order: its own first space leads.
    pub fn facet_spaces(&self, facet: Modality) -> Vec<&str> {
        let needed = |space: &&str| Modality::ALL.iter().any(|part| self.pair_space(*part, facet) == Some(*space));
        self.spaces.iter().map(String::as_str).filter(needed).collect()
    }

    fn encodes(&self, modality: Modality, space: &str) -> bool {
        match modality {
            Modality::Text => self.text.iter().any(|encoder| encoder.space() == space),
            Modality::Image => self.image.iter().any(|encoder| encoder.space() == space),
            Modality::Audio => self.audio.iter().any(|encoder| encoder.space() == space),
        }
    }

    /// How many inputs have been encoded since start, all modalities together.
    pub fn runs(&self) -> u64 {
        self.runs.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    fn run<I: ?Sized>(
        &self,
        modality: Modality,
        encoders: &[Box<dyn Encode<I>>],
        space: &str,
        inputs: &[&I],
    ) -> Result<Vec<Embedding>> {
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let encoder = encoders.iter().find(|encoder| encoder.space() == space);
        let encoder = encoder.ok_or(Error::NoEncoder { modality: modality.name() })?;
        self.runs[modality.index()].fetch_add(inputs.len() as u64, Ordering::Relaxed);
        encoder.encode(inputs)
    }
}

/// A model's output as embeddings, one an input.
fn embeddings(modality: Modality, output: Output, inputs: usize, dim: usize) -> Result<Vec<Embedding>> {
    let fail = |why: String| Error::Encoder { modality: modality.name(), why };
    let Output { values, shape } = output;
    if dim == 0 || values.len() != inputs * dim {
        return Err(fail(format!(
            "it gave values of shape {shape:?} for {inputs} inputs of a space of {dim} dimensions"
        )));
    }
    let rows = values.chunks_exact(dim);
    rows.map(|row| Embedding::new(row.to_vec()).ok_or_else(|| fail("it gave a vector without direction".into())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unit_vectors_can_be_built() {
        assert_eq!(Embedding::new(vec![3.0, 4.0]).unwrap().values(), [0.6, 0.8]);
        for bad in [vec![], vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 1.0]] {
            assert_eq!(Embedding::new(bad), None);
        }
        let [a, b] = [vec![1.0, 0.0], vec![0.0, 1.0]].map(|values| Embedding::new(values).unwrap());
        assert!((Embedding::mean(&[a.clone(), b]).unwrap().cosine(&a) - 0.5_f32.sqrt()).abs() < 1e-6);
        assert_eq!(Embedding::mean(&[]), None);
    }
}
