//! What is asked: a text, pictures, a sound, alone or together, each to be like or to be unlike.

use std::ops::Deref;

use crate::{
    encode::Modality,
    media::{clip::Clip, image::Picture},
};

/// A query as a person puts it together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Empty or blank: no text part. Words that begin with `-` are what the products should not be about.
    pub text: String,
    pub images: Vec<Weighted<Picture>>,
    pub audio: Option<Weighted<Clip>>,
}

/// Something of a query and how much it counts among its like: 1 as the others, 0 not at all, below 0 "unlike this".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighted<T> {
    pub content: T,
    weight: f32,
}

impl<T> Weighted<T> {
    /// The weight is brought into -1..=1; what is no number becomes 1.
    pub fn new(content: T, weight: f32) -> Self {
        Self { content, weight: if weight.is_finite() { weight.clamp(-1.0, 1.0) } else { 1.0 } }
    }

    pub fn weight(&self) -> f32 {
        self.weight
    }
}

impl<T> From<T> for Weighted<T> {
    fn from(content: T) -> Self {
        Self::new(content, 1.0)
    }
}

impl<T> Deref for Weighted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.content
    }
}

/// What one part of a query consists of.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Text(String),
    Image(Picture),
    Audio(Clip),
}

impl Content {
    pub fn modality(&self) -> Modality {
        match self {
            Self::Text(_) => Modality::Text,
            Self::Image(_) => Modality::Image,
            Self::Audio(_) => Modality::Audio,
        }
    }
}

/// One part of a query.
pub type Part = Weighted<Content>;

impl Part {
    pub fn text(text: impl Into<String>) -> Self {
        Content::Text(text.into()).into()
    }

    pub fn image(picture: Picture) -> Self {
        Content::Image(picture).into()
    }

    pub fn modality(&self) -> Modality {
        self.content.modality()
    }

    /// Its share of its modality's weight among all parts of a query, below 0 for a part to be unlike: several pictures
    /// share the weight of the picture slider.
    pub fn share<'a>(&self, all: impl Iterator<Item = &'a Self>) -> f64 {
        let alike = all.filter(|other| other.modality() == self.modality());
        f64::from(self.weight) / alike.map(|other| f64::from(other.weight.abs())).sum::<f64>()
    }

    /// Whether both have the same vector; their weights may differ.
    pub fn same_content(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl Query {
    /// The parts present, in the order text, what the text excludes, images, audio.
    pub fn parts(&self) -> Vec<Part> {
        let (wanted, unwanted) = self.words();
        let text = |text: String, weight| (!text.is_empty()).then(|| Part::new(Content::Text(text), weight));
        let image = |image: &Weighted<Picture>| Part::new(Content::Image(image.content.clone()), image.weight);
        let audio = |audio: &Weighted<Clip>| Part::new(Content::Audio(audio.content.clone()), audio.weight);
        let texts = text(wanted, 1.0).into_iter().chain(text(unwanted, -1.0));
        texts.chain(self.images.iter().map(image)).chain(self.audio.iter().map(audio)).collect()
    }

    /// The words wanted, and those that were written with a `-` before them, without it.
    fn words(&self) -> (String, String) {
        let excludes = |word: &&str| word.len() > 1 && word.starts_with('-') && !word.starts_with("--");
        if !self.text.split_whitespace().any(|word| excludes(&word)) {
            return (self.text.trim().to_owned(), String::new());
        }
        let (unwanted, wanted): (Vec<_>, Vec<_>) = self.text.split_whitespace().partition(excludes);
        let unwanted: Vec<_> = unwanted.into_iter().map(|word| &word[1..]).collect();
        (wanted.join(" "), unwanted.join(" "))
    }

    /// Whether both have the same parts; their weights may differ.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let (own, others) = (self.parts(), other.parts());
        own.len() == others.len() && own.iter().zip(&others).all(|(own, other)| own.same_content(other))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dash_before_a_word_excludes_it() {
        let check = |text: &str, expected: &[(&str, f32)]| {
            let query = Query { text: text.into(), ..Query::default() };
            let expected: Vec<Part> =
                expected.iter().map(|(text, weight)| Part::new(Content::Text((*text).into()), *weight)).collect();
            assert_eq!(query.parts(), expected, "{text:?}");
        };
        check("red  sweater", &[("red  sweater", 1.0)]);
        check("sweater -red -wool", &[("sweater", 1.0), ("red wool", -1.0)]);
        check("-red", &[("red", -1.0)]);
        check("毛衣 -红色", &[("毛衣", 1.0), ("红色", -1.0)]);
        check("AB-12 t-shirt - --x", &[("AB-12 t-shirt - --x", 1.0)]);
        check("  ", &[]);
    }

    #[test]
    fn weights_stay_in_range() {
        for (given, expected) in [(0.5, 0.5), (-3.0, -1.0), (7.0, 1.0), (f32::NAN, 1.0)] {
            assert!((Weighted::new((), given).weight() - expected).abs() < 1e-6);
        }
    }
}
