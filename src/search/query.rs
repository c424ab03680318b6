//! What is asked: a text, pictures, a sound, alone or together.

use crate::{
    encode::Modality,
    media::{clip::Clip, image::Picture},
};

/// A query as a person puts it together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Empty or blank: no text part.
    pub text: String,
    pub images: Vec<Picture>,
    pub audio: Option<Clip>,
}

/// One part of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    Image(Picture),
    Audio(Clip),
}

impl Part {
    pub fn modality(&self) -> Modality {
        match self {
            Self::Text(_) => Modality::Text,
            Self::Image(_) => Modality::Image,
            Self::Audio(_) => Modality::Audio,
        }
    }
}

impl Query {
    /// The parts present, in the order text, images, audio.
    pub fn parts(&self) -> Vec<Part> {
        let text = self.text.trim();
        let text = (!text.is_empty()).then(|| Part::Text(text.to_owned()));
        let images = self.images.iter().cloned().map(Part::Image);
        text.into_iter().chain(images).chain(self.audio.clone().map(Part::Audio)).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.images.is_empty() && self.audio.is_none()
    }

    /// Whether the query has a part of this modality.
    pub fn has(&self, modality: Modality) -> bool {
        match modality {
            Modality::Text => !self.text.trim().is_empty(),
            Modality::Image => !self.images.is_empty(),
            Modality::Audio => self.audio.is_some(),
        }
    }
}
