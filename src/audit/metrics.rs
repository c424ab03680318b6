//! Measures of a ranking against judgements, each with its cut-off.

use std::fmt;

use crate::error::{Error, Result};

/// A measure and its cut-off, as `ndcg@10`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    pub kind: Kind,
    pub cutoff: Option<usize>,
    pub relevant_from: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Ndcg,
    ReciprocalRank,
    Precision,
}

impl Metric {
    pub const NDCG_10: Self = Self { kind: Kind::Ndcg, cutoff: Some(10), relevant_from: 1.0 };

    pub fn parse(text: &str) -> Result<Self> {
        let (name, cutoff) = text.split_once('@').unwrap_or((text, "10"));
        let kind = match name {
            "ndcg" => Kind::Ndcg,
            "mrr" => Kind::ReciprocalRank,
            "precision" => Kind::Precision,
            _ => return Err(Error::Malformed { what: format!("`{text}`"), how: "Write ndcg@10.".into() }),
        };
        Ok(Self { kind, cutoff: cutoff.parse().ok(), relevant_from: 1.0 })
    }

    pub fn value(&self, ranked: &[Option<f32>], judged: &[f32]) -> f64 {
        let cutoff = self.cutoff.unwrap_or(usize::MAX);
        let gain = |(place, grade): (usize, f32)| f64::from(grade.max(0.0)) / ((place + 2) as f64).log2();
        let relevant = |grade: &Option<f32>| grade.is_some_and(|grade| grade >= self.relevant_from);
        match self.kind {
            Kind::Ndcg => {
                let grades = ranked.iter().map(|grade| grade.unwrap_or(0.0));
                let got: f64 = grades.take(cutoff).enumerate().map(gain).sum();
                let best: f64 = judged.iter().copied().take(cutoff).enumerate().map(gain).sum();
                if best > 0.0 { got / best } else { 0.0 }
            }
            Kind::ReciprocalRank => {
                let first = ranked.iter().take(cutoff).position(relevant);
                first.map_or(0.0, |place| 1.0 / (place + 1) as f64)
            }
            Kind::Precision => {
                ranked.iter().take(cutoff).filter(|grade| relevant(grade)).count() as f64 / cutoff as f64
            }
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            Kind::Ndcg => "ndcg",
            Kind::ReciprocalRank => "mrr",
            Kind::Precision => "precision",
        };
        f.write_str(name)?;
        self.cutoff.map_or(Ok(()), |cutoff| write!(f, "@{cutoff}"))
    }
}
