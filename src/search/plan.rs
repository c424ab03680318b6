//! Which way a search goes and why, in words: by the size of the collection, what the weights need, and how much a filter
//! leaves. Every way gives the exact order; they differ in what they read.

use serde::Serialize;

use super::{score::FEW, weights::Weights};
use crate::{collection::Collection, encode::Modality, index::RowSet, language::Language};

/// The way of one search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub scan: Scan,
    /// Whether the best by one bit a value are shown before the scan is through.
    pub first_paint: bool,
    /// How many products a filter leaves, `None` without one.
    pub allowed: Option<usize>,
    /// Whether these are so few that each is scored in full.
    pub narrow: bool,
}

/// What a new query reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scan {
    /// All vectors in full.
    Vectors,
    /// One byte a value, then the vectors of the best.
    Codes,
    /// Codes for a first answer, then all vectors: the method needs the true cosine of every product.
    CodesThenVectors,
}

impl Plan {
    pub fn of(collection: &Collection, weights: &Weights, filter: Option<&RowSet>) -> Self {
        let spaces = &collection.manifest.spaces;
        let with = |has: &dyn Fn(Modality, &str) -> bool| {
            Modality::ALL.into_iter().any(|facet| spaces[facet.index()].iter().any(|space| has(facet, space)))
        };
        let coded = with(&|facet, space| collection.codes_in(facet, space).is_some());
        let painted = with(&|facet, space| collection.bits_in(facet, space).is_some());
        let scan = match (coded, weights.need_every_cosine()) {
            (false, _) => Scan::Vectors,
            (true, false) => Scan::Codes,
            (true, true) => Scan::CodesThenVectors,
        };
        let allowed = filter.map(RowSet::count);
        let first_paint = painted && super::paint::can_paint(weights);
        Self { scan, first_paint, allowed, narrow: allowed.is_some_and(|allowed| allowed <= FEW) }
    }

    pub fn say(&self, language: Language) -> String {
        let scan = match self.scan {
            Scan::Vectors => language.pick("exact scan of the full vectors", "精确扫描完整向量"),
            Scan::Codes => language.pick(
                "exact: scan of one byte a value, the best scored in full",
                "精确：扫描单字节编码，最佳者按完整向量计分",
            ),
            Scan::CodesThenVectors => language
                .pick("exact scan of the full vectors, which this method needs", "精确扫描完整向量（此方法需要）"),
        };
        let mut said = vec![scan.to_owned()];
        if self.first_paint {
            said.push(language.pick("first paint by one bit a value", "先用单比特编码显示").into());
        }
        if let (Some(allowed), true) = (self.allowed, self.narrow) {
            said.push(language.pick(
                format!("each of the {allowed} products that pass scored in full"),
                format!("筛选后的 {allowed} 件商品逐一计分"),
            ));
        }
        said.join(language.pick("; ", "；"))
    }
}
