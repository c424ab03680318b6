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

use crate::{
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
};

pub mod audio;
pub mod bundle;
pub mod image;
pub mod runtime;
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

/// The encoders of one bundle; a modality may be missing.
pub struct Encoders {
    /// The bundle's name, version and sum, such as `compact 1 (3fa9c1)`; a collection remembers it.
    pub id: String,
    pub text: Option<Box<dyn Encode<str>>>,
    pub image: Option<Box<dyn Encode<Picture>>>,
    pub audio: Option<Box<dyn Encode<Clip>>>,
    /// How many inputs each modality has encoded, so that a test can prove that a slider encodes none.
    runs: [AtomicU64; 3],
}

impl Encoders {
    pub fn new(
        id: String,
        text: Option<Box<dyn Encode<str>>>,
        image: Option<Box<dyn Encode<Picture>>>,
        audio: Option<Box<dyn Encode<Clip>>>,
    ) -> Self {
        Self { id, text, image, audio, runs: Default::default() }
    }

    pub fn text(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        self.run(Modality::Text, self.text.as_deref(), inputs)
    }

    pub fn image(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        self.run(Modality::Image, self.image.as_deref(), inputs)
    }

    pub fn audio(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        self.run(Modality::Audio, self.audio.as_deref(), inputs)
    }

    /// The space of a modality, `None` when the bundle cannot encode it.
    pub fn space(&self, modality: Modality) -> Option<&str> {
        match modality {
            Modality::Text => self.text.as_deref().map(Encode::space),
            Modality::Image => self.image.as_deref().map(Encode::space),
            Modality::Audio => self.audio.as_deref().map(Encode::space),
        }
    }

    /// How many inputs have been encoded since start, all modalities together.
    pub fn runs(&self) -> u64 {
        self.runs.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    fn run<I: ?Sized>(
        &self,
        modality: Modality,
        encoder: Option<&dyn Encode<I>>,
        inputs: &[&I],
    ) -> Result<Vec<Embedding>> {
        if inputs.is_empty() {
            return Ok(Vec::new());
        }
        let encoder = encoder.ok_or(Error::NoEncoder { modality: modality.name() })?;
        self.runs[modality.index()].fetch_add(inputs.len() as u64, Ordering::Relaxed);
        encoder.encode(inputs)
    }
}

/// Rows of a model's output as embeddings.
fn embeddings(modality: Modality, values: &[f32], dim: usize) -> Result<Vec<Embedding>> {
    values
        .chunks_exact(dim)
        .map(|row| {
            let why = "it gave a vector without direction".into();
            Embedding::new(row.to_vec()).ok_or(Error::Encoder { modality: modality.name(), why })
        })
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
