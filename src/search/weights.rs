//! How the evidence of a query becomes one order: how much each part and facet counts, and by which method.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{
    encode::Modality,
    error::{Error, Result},
};

/// How much each query part and each product facet counts. Only ratios matter; 0 leaves a part or facet out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Raw")]
pub struct Weights {
    /// alpha, beta, gamma: query text, images, audio.
    parts: [f32; 3],
    /// Match against the product's text, pictures, sound.
    facets: [f32; 3],
    /// Match the typed words against the product's words, by BM25.
    keyword: f32,
    pub policy: Policy,
    pub method: Method,
    pub normalisation: Normalisation,
}

/// What a product without a facet gets there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The calibrated 0, as good as an unrelated product.
    #[default]
    Neutral,
    /// Nothing: its score is the mean over the pairs it has.
    Renormalise,
}

/// How the pairs are brought together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "SaidMethod")]
pub enum Method {
    /// The weighted mean of the normalised cosines.
    #[default]
    WeightedSum,
    /// The weighted mean of the query's vectors against the weighted mean of the product's: one cosine.
    JointVector,
    /// Reciprocal rank fusion: the weighted sum of `1 / (k + rank)`, ranks from 1.
    Rrf { k: f32 },
}

/// A method as a file has it: as the shell spells it, or with its constant by name.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", untagged)]
enum SaidMethod {
    Name(#[serde(deserialize_with = "method")] Method),
    Rrf { rrf: Constant },
}

#[derive(Deserialize)]
struct Constant {
    k: f32,
}

fn method<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Method, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl From<SaidMethod> for Method {
    fn from(said: SaidMethod) -> Self {
        match said {
            SaidMethod::Name(method) => method,
            SaidMethod::Rrf { rrf: Constant { k } } => Self::Rrf { k },
        }
    }
}

/// The constant of reciprocal rank fusion in Cormack, Clarke and Büttcher (2009).
pub const RRF_K: f32 = 60.0;

impl Method {
    pub const ALL: [Self; 3] = [Self::WeightedSum, Self::JointVector, Self::Rrf { k: RRF_K }];

    /// Its name in files and in the shell.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeightedSum => "weighted_sum",
            Self::JointVector => "joint_vector",
            Self::Rrf { .. } => "rrf",
        }
    }
}

impl FromStr for Method {
    type Err = Error;

    /// Reads `weighted_sum`, `joint_vector`, `rrf` or `rrf:20`.
    fn from_str(text: &str) -> Result<Self> {
        let (name, k) = text.split_once(':').unwrap_or((text, ""));
        let k = if k.is_empty() { Some(RRF_K) } else { k.parse().ok().filter(|k: &f32| k.is_finite() && *k >= 0.0) };
        match (name, k) {
            ("weighted_sum", _) => Ok(Self::WeightedSum),
            ("joint_vector", _) => Ok(Self::JointVector),
            ("rrf", Some(k)) => Ok(Self::Rrf { k }),
            _ => Err(Error::Malformed {
                what: format!("`{text}`"),
                how: "Write weighted_sum, joint_vector, rrf or rrf:60.".into(),
            }),
        }
    }
}

/// How the cosines of one pair are made comparable with those of another, for the weighted sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Standard deviations above the cosine of unrelated products; the same for every query.
    #[default]
    Calibrated,
    /// The cosine as it is.
    None,
    /// The query's lowest cosine becomes 0, its highest 1.
    MinMax,
    /// Standard deviations above the mean of the query's own cosines.
    ZScore,
    /// Divided by the length of the list of the query's cosines.
    L2,
}

impl Normalisation {
    pub const ALL: [Self; 5] = [Self::Calibrated, Self::None, Self::MinMax, Self::ZScore, Self::L2];

    /// Its name in files and in the shell.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibrated => "calibrated",
            Self::None => "none",
            Self::MinMax => "min_max",
            Self::ZScore => "z_score",
            Self::L2 => "l2",
        }
    }
}

impl FromStr for Normalisation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| Error::Malformed {
            what: format!("`{text}`"),
            how: "Write calibrated, none, min_max, z_score or l2.".into(),
        })
    }
}

/// What a query part is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// The vectors of a facet.
    Facet(Modality),
    /// The product's words, by BM25.
    Keyword,
}

impl Channel {
    pub const ALL: [Self; 4] =
        [Self::Facet(Modality::Text), Self::Facet(Modality::Image), Self::Facet(Modality::Audio), Self::Keyword];

    pub fn name(self) -> &'static str {
        match self {
            Self::Facet(facet) => facet.name(),
            Self::Keyword => "keyword",
        }
    }

    pub fn facet(self) -> Option<Modality> {
        match self {
            Self::Facet(facet) => Some(facet),
            Self::Keyword => None,
        }
    }
}

impl FromStr for Channel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or_else(|| Error::Malformed {
            what: format!("`{text}`"),
            how: "Write text, image, audio or keyword.".into(),
        })
    }
}

impl Serialize for Channel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// One of the sliders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slider {
    Part(Modality),
    Channel(Channel),
}

impl Slider {
    pub const ALL: [Self; 7] = [
        Self::Part(Modality::Text),
        Self::Part(Modality::Image),
        Self::Part(Modality::Audio),
        Self::Channel(Channel::Facet(Modality::Text)),
        Self::Channel(Channel::Facet(Modality::Image)),
        Self::Channel(Channel::Facet(Modality::Audio)),
        Self::Channel(Channel::Keyword),
    ];
}

impl Serialize for Slider {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Part(part) => serializer.collect_str(&format_args!("query.{part}")),
            Self::Channel(channel) => serializer.collect_str(&format_args!("product.{}", channel.name())),
        }
    }
}

/// Weights as a file has them, before they are cleaned.
#[derive(Deserialize)]
struct Raw {
    parts: [f32; 3],
    facets: [f32; 3],
    #[serde(default = "default_keyword")]
    keyword: f32,
    #[serde(default)]
    policy: Policy,
    #[serde(default)]
    method: Method,
    #[serde(default)]
    normalisation: Normalisation,
}

fn default_keyword() -> f32 {
    Weights::default().keyword
}

impl From<Raw> for Weights {
    fn from(raw: Raw) -> Self {
        let method = match raw.method {
            Method::Rrf { k } => Method::Rrf { k: if k.is_finite() { k.max(0.0) } else { RRF_K } },
            other => other,
        };
        let cleaned = Self::new(raw.parts, raw.facets, raw.policy);
        Self { keyword: clean(raw.keyword), method, normalisation: raw.normalisation, ..cleaned }
    }
}

impl Default for Weights {
    /// Sounds count less: few products have one, and for a written query the sound facet is the least certain (on the
    /// sample catalog "colour kind" queries lead with the right product 90 % of the time without it, 87 % at 0.25 and
    /// 83 % at 0.5).
    fn default() -> Self {
        let even = Self::new([1.0; 3], [1.0, 1.0, 0.25], Policy::Neutral);
        Self { keyword: 0.5, ..even }
    }
}

impl Weights {
    /// Negative and non-finite weights become 0; words do not count.
    pub fn new(parts: [f32; 3], facets: [f32; 3], policy: Policy) -> Self {
        Self {
            parts: parts.map(clean),
            facets: facets.map(clean),
            keyword: 0.0,
            policy,
            method: Method::default(),
            normalisation: Normalisation::default(),
        }
    }

    pub fn part(&self, modality: Modality) -> f32 {
        self.parts[modality.index()]
    }

    pub fn facet(&self, modality: Modality) -> f32 {
        self.facets[modality.index()]
    }

    pub fn channel(&self, channel: Channel) -> f32 {
        self.get(Slider::Channel(channel))
    }

    pub fn set_part(&mut self, modality: Modality, weight: f32) {
        self.set(Slider::Part(modality), weight);
    }

    pub fn set_facet(&mut self, modality: Modality, weight: f32) {
        self.set(Slider::Channel(Channel::Facet(modality)), weight);
    }

    pub fn get(&self, slider: Slider) -> f32 {
        match slider {
            Slider::Part(part) => self.parts[part.index()],
            Slider::Channel(Channel::Facet(facet)) => self.facets[facet.index()],
            Slider::Channel(Channel::Keyword) => self.keyword,
        }
    }

    pub fn set(&mut self, slider: Slider, weight: f32) {
        let place = match slider {
            Slider::Part(part) => &mut self.parts[part.index()],
            Slider::Channel(Channel::Facet(facet)) => &mut self.facets[facet.index()],
            Slider::Channel(Channel::Keyword) => &mut self.keyword,
        };
        *place = clean(weight);
    }

    /// Whether an order under these needs the true cosine of every product, not only of the best.
    pub fn need_every_cosine(&self) -> bool {
        match self.method {
            Method::WeightedSum => !matches!(self.normalisation, Normalisation::Calibrated | Normalisation::None),
            Method::JointVector | Method::Rrf { .. } => true,
        }
    }
}

fn clean(weight: f32) -> f32 {
    if weight.is_finite() { weight.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_normalisations_are_read_by_name() {
        for method in Method::ALL {
            assert_eq!(method.name().parse::<Method>().unwrap(), method);
        }
        assert_eq!("rrf:20".parse::<Method>().unwrap(), Method::Rrf { k: 20.0 });
        for text in ["rrf:x", "rrf:-1", "rrf:NaN", "sum", ""] {
            assert!(text.parse::<Method>().is_err(), "{text}");
        }
        for normalisation in Normalisation::ALL {
            assert_eq!(normalisation.name().parse::<Normalisation>().unwrap(), normalisation);
        }
        assert!("minmax".parse::<Normalisation>().is_err());
    }

    #[test]
    fn a_settings_file_of_before_takes_the_defaults() {
        let old = r#"{"parts": [1, 0.5, 1], "facets": [1, -1, 0.25], "policy": "renormalise"}"#;
        let weights: Weights = serde_json::from_str(old).unwrap();
        let near = |weight: f32, expected: f32| assert!((weight - expected).abs() < 1e-6, "{weight} {expected}");
        near(weights.get(Slider::Part(Modality::Image)), 0.5);
        near(weights.facet(Modality::Image), 0.0);
        near(weights.channel(Channel::Keyword), Weights::default().channel(Channel::Keyword));
        assert_eq!((weights.method, weights.normalisation), (Method::WeightedSum, Normalisation::Calibrated));
        let again: Weights = serde_json::from_str(&serde_json::to_string(&weights).unwrap()).unwrap();
        assert_eq!(again, weights);
    }
}
