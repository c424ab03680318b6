//! Measures of a ranking against judgements, as `trec_eval`, `ir_measures` and ranx compute them.
//!
//! nDCG is several things. [`Kind::Ndcg`] gains the grade itself (`trec_eval`'s `ndcg_cut_10`, `ir_measures`' `nDCG@10`,
//! ranx' `ndcg@10`); [`Kind::NdcgExp2`] gains `2^grade - 1` (ranx' `ndcg_burges@10`, `ir_measures`'
//! `nDCG(dcg='exp-log2')@10`, Quepid's `NDCG_CUT@10`). Both take the ideal from the best judged products.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    judgements::Judgements,
    queries::QuerySet,
    run::Run,
    statistics::{self, Interval, bootstrap},
};
use crate::{
    error::{Error, Result},
    language::Language,
};

/// The highest grade of ERR's scale, as in TREC's gdeval: the best product stops a shopper 15 times of 16.
const ERR_BEST: f64 = 4.0;
/// How likely a shopper of RBP goes on to the next product, where nothing else is said; as in `ir_measures`.
const PERSISTENCE: f32 = 0.8;

/// A measure and its cut-off, such as `ndcg@10`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    pub kind: Kind,
    /// Places that are looked at; `None`: all of them.
    pub cutoff: Option<usize>,
    /// The grade from which a product counts as relevant. Measures that use the grade itself do not ask.
    pub relevant_from: f32,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Discounted cumulative gain, divided by the highest that can be had. The gain is the grade.
    Ndcg,
    /// The same with `2^grade - 1` as the gain.
    NdcgExp2,
    /// One divided by the place of the first relevant product.
    ReciprocalRank,
    /// The mean of the precision at the place of each relevant product.
    AveragePrecision,
    /// The share of the places that are relevant.
    Precision,
    /// The share of all relevant products that are found.
    Recall,
    /// Whether anything relevant is found.
    Success,
    /// The expected reciprocal of the place where a shopper stops, who is stopped by grade g with `(2^g - 1) / 16`
    /// (Chapelle et al., 2009). Grades above 4 count as 4.
    Err,
    /// Rank-biased precision of a shopper who goes on to the next product with this chance (Moffat and Zobel, 2008).
    Rbp { persistence: f32 },
    /// The share of the products found that were judged.
    Judged,
}

impl Metric {
    pub const NDCG_10: Self = Self::at(Kind::Ndcg, 10);

    /// A measure of the best `cutoff` places.
    pub const fn at(kind: Kind, cutoff: usize) -> Self {
        Self { kind, cutoff: Some(cutoff), relevant_from: 1.0 }
    }

    /// Reads a name of ranx (`ndcg@10`, `hit_rate@10`, `precision@10-l2`, `rbp.95`), of `ir_measures` (`nDCG@10`,
    /// `P(rel=2)@10`, `RBP(p=0.8)`) or of `trec_eval` (`ndcg_cut_10`); capitals or not.
    pub fn parse(text: &str) -> Result<Self> {
        read(text).ok_or_else(|| Error::Malformed {
            what: format!("`{text}`"),
            how: "Write a measure as ndcg@10, ndcg_burges@10, mrr@10, map@100, precision@10, recall@100, hit_rate@10, \
                  err@10, rbp.95 or judged@10."
                .into(),
        })
    }

    /// Reads a list such as `ndcg@10,P(rel=2)@10`.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut depth = 0;
        let split = text.split(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ',' && depth == 0
        });
        split.filter(|name| !name.trim().is_empty()).map(Self::parse).collect()
    }

    /// The measure of one query. `ranked` has the grade of each product in ranked order, `None` where unjudged, at least
    /// as far as the cut-off goes; `judged` all grades of the query, highest first. Grades below 0 are none.
    pub fn value(&self, ranked: &[Option<f32>], judged: &[f32]) -> f64 {
        let all = ranked.len();
        let ranked = &ranked[..self.cutoff.unwrap_or(all).min(all)];
        let is_relevant = |grade: &Option<f32>| grade.is_some_and(|grade| grade >= self.relevant_from && grade >= 0.0);
        let relevant = || ranked.iter().map(is_relevant);
        let hits = || relevant().filter(|hit| *hit).count() as f64;
        let all_relevant = || judged.iter().filter(|grade| is_relevant(&Some(**grade))).count() as f64;
        match self.kind {
            Kind::Ndcg => self.ndcg(ranked, judged, f64::from),
            Kind::NdcgExp2 => self.ndcg(ranked, judged, |grade| f64::from(grade).exp2() - 1.0),
            Kind::ReciprocalRank => relevant().position(|hit| hit).map_or(0.0, |place| 1.0 / (place + 1) as f64),
            Kind::AveragePrecision => {
                let (mut found, mut sum) = (0.0, 0.0);
                for (place, _) in relevant().enumerate().filter(|(_, hit)| *hit) {
                    found += 1.0;
                    sum += found / (place + 1) as f64;
                }
                share(sum, all_relevant())
            }
            Kind::Precision => share(hits(), self.cutoff.unwrap_or(all) as f64),
            Kind::Recall => share(hits(), all_relevant()),
            Kind::Success => f64::from(u8::from(hits() > 0.0)),
            Kind::Err => {
                let (mut sum, mut goes_on) = (0.0, 1.0);
                for (grade, place) in ranked.iter().zip(1_u32..) {
                    let grade = f64::from(grade.unwrap_or(0.0)).clamp(0.0, ERR_BEST);
                    let stops = (grade.exp2() - 1.0) / ERR_BEST.exp2();
                    sum += goes_on * stops / f64::from(place);
                    goes_on *= 1.0 - stops;
                }
                sum
            }
            Kind::Rbp { persistence } => {
                let persistence = f64::from(persistence);
                let mut looks = 1.0;
                let mut sum = 0.0;
                for hit in relevant() {
                    sum += if hit { looks } else { 0.0 };
                    looks *= persistence;
                }
                (1.0 - persistence) * sum
            }
            Kind::Judged => {
                share(ranked.iter().flatten().filter(|grade| **grade >= 0.0).count() as f64, ranked.len() as f64)
            }
        }
    }

    fn ndcg(&self, ranked: &[Option<f32>], judged: &[f32], gain: impl Fn(f32) -> f64) -> f64 {
        let discounted = |(grade, place): (f32, u32)| gain(grade.max(0.0)) / f64::from(place + 1).log2();
        let cutoff = self.cutoff.unwrap_or(usize::MAX);
        let ideal: f64 = judged.iter().copied().zip(1..).take(cutoff).map(discounted).sum();
        let own: f64 = ranked.iter().map(|grade| grade.unwrap_or(0.0)).zip(1..).map(discounted).sum();
        share(own, ideal)
    }

    /// What is measured, so that nobody takes one nDCG for another.
    pub fn describe(&self, language: Language) -> String {
        let what = match self.kind {
            Kind::Ndcg => language.pick(
                "gain: the grade, as trec_eval, ir-measures, ranx ndcg",
                "增益为评级本身，同 trec_eval、ir-measures、ranx ndcg",
            ),
            Kind::NdcgExp2 => language.pick(
                "gain: 2^grade - 1, as ranx ndcg_burges, gdeval",
                "增益为 2^评级 - 1，同 ranx ndcg_burges、gdeval",
            ),
            Kind::ReciprocalRank => language.pick("1 / place of the first relevant product", "首个相关商品名次的倒数"),
            Kind::AveragePrecision => {
                language.pick("mean precision at each relevant product", "各相关商品处精确率的平均")
            }
            Kind::Precision => language.pick("share of the places that are relevant", "前列中相关商品的比例"),
            Kind::Recall => language.pick("share of the relevant products that are found", "相关商品中被找到的比例"),
            Kind::Success => language.pick("whether anything relevant is found", "是否找到相关商品"),
            Kind::Err => language.pick("highest grade 4, as gdeval", "最高评级为 4，同 gdeval"),
            Kind::Rbp { .. } => language.pick("rank-biased precision", "排名偏置精确率"),
            Kind::Judged => language.pick("share of the products found that were judged", "结果中已评级商品的比例"),
        };
        language.pick(format!("{self} ({what})"), format!("{self}（{what}）"))
    }

    /// Whether the measure asks which products are relevant.
    fn asks_relevance(self) -> bool {
        !matches!(self.kind, Kind::Ndcg | Kind::NdcgExp2 | Kind::Err | Kind::Judged)
    }
}

/// 0 where there is nothing to have a share of.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

fn read(text: &str) -> Option<Metric> {
    let lower = text.trim().to_lowercase();
    let (head, cutoff) = match lower.split_once('@') {
        Some((head, cutoff)) => (head, Some(cutoff)),
        None => (&*lower, None),
    };
    // ranx says the least relevant grade at the very end.
    let (head, cutoff, mut relevant_from) = match (cutoff, head.split_once("-l")) {
        (Some(cutoff), _) => {
            let (cutoff, level) = cutoff.split_once("-l").unwrap_or((cutoff, "1"));
            (head, Some(cutoff), level)
        }
        (None, Some((head, level))) if !head.contains('(') => (head, None, level),
        (None, _) => (head, None, "1"),
    };
    let (mut name, parameters) = match head.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end().strip_suffix(')')?),
        None => (head.trim(), ""),
    };
    let mut cutoff: Option<usize> = match cutoff {
        Some(cutoff) => Some(cutoff.trim().parse().ok().filter(|cutoff| *cutoff > 0)?),
        None => None,
    };
    let mut persistence = PERSISTENCE;
    if let Some(decimals) = name.strip_prefix("rbp.") {
        persistence = format!("0.{decimals}").parse().ok()?;
        name = "rbp";
    }
    // trec_eval has the cut-off behind an underscore.
    if let Some((before, places)) = name.rsplit_once('_')
        && let Ok(places) = places.parse()
        && cutoff.is_none()
        && places > 0
    {
        (name, cutoff) = (before, Some(places));
    }
    let mut gain = "log2";
    for parameter in parameters.split(',').filter(|parameter| !parameter.trim().is_empty()) {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['\'', '"']);
        match key.trim() {
            "rel" => relevant_from = value,
            "p" => persistence = value.parse().ok()?,
            "dcg" => gain = value,
            "cutoff" => cutoff = Some(value.parse().ok()?),
            _ => return None,
        }
    }
    let kind = match (name, gain) {
        ("ndcg" | "ndcg_cut", "log2") => Kind::Ndcg,
        ("ndcg_burges", "log2") | ("ndcg", "exp-log2") => Kind::NdcgExp2,
        (_, "exp-log2") => return None,
        ("mrr" | "rr" | "recip_rank", _) => Kind::ReciprocalRank,
        ("map" | "ap" | "map_cut", _) => Kind::AveragePrecision,
        ("precision" | "p", _) => Kind::Precision,
        ("recall" | "r", _) => Kind::Recall,
        ("hit_rate" | "success", _) => Kind::Success,
        ("err", _) => Kind::Err,
        ("rbp", _) => Kind::Rbp { persistence },
        ("judged", _) => Kind::Judged,
        _ => return None,
    };
    let relevant_from: f32 = relevant_from.trim().parse().ok()?;
    let fits = relevant_from.is_finite() && persistence > 0.0 && persistence < 1.0;
    fits.then_some(Metric { kind, cutoff, relevant_from })
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Ndcg => f.write_str("ndcg")?,
            Kind::NdcgExp2 => f.write_str("ndcg_burges")?,
            Kind::ReciprocalRank => f.write_str("mrr")?,
            Kind::AveragePrecision => f.write_str("map")?,
            Kind::Precision => f.write_str("precision")?,
            Kind::Recall => f.write_str("recall")?,
            Kind::Success => f.write_str("hit_rate")?,
            Kind::Err => f.write_str("err")?,
            Kind::Rbp { persistence } => write!(f, "rbp{}", persistence.to_string().trim_start_matches('0'))?,
            Kind::Judged => f.write_str("judged")?,
        }
        if let Some(cutoff) = self.cutoff {
            write!(f, "@{cutoff}")?;
        }
        if self.asks_relevance() && (self.relevant_from - 1.0).abs() > f32::EPSILON {
            write!(f, "-l{}", self.relevant_from)?;
        }
        Ok(())
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One measure of every judged query. A query that the run lacks has 0, as with `trec_eval -c`; one that nobody judged is
/// left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    pub metric: Metric,
    pub by_query: BTreeMap<String, f64>,
    /// Judged queries that the run lacks.
    pub missing: usize,
    /// Queries of the run that nobody judged.
    pub unjudged: usize,
}

/// A measure over several queries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    pub queries: usize,
    pub mean: f64,
    /// By [`bootstrap`].
    pub interval: Interval,
}

impl Values {
    pub fn of(metric: Metric, run: &Run, judgements: &Judgements) -> Self {
        let mut values = Self { metric, by_query: BTreeMap::new(), missing: 0, unjudged: 0 };
        for query in judgements.queries() {
            let judged = judgements.grades(query);
            if judged.is_empty() {
                continue;
            }
            let ranking = run.rankings.get(query);
            values.missing += usize::from(ranking.is_none());
            let looked_at = metric.cutoff.unwrap_or(usize::MAX);
            let grade = |(product, _): &(String, f64)| judgements.grade(query, product);
            let ranked: Vec<Option<f32>> = ranking.into_iter().flatten().take(looked_at).map(grade).collect();
            values.by_query.insert(query.to_owned(), metric.value(&ranked, &judged));
        }
        values.unjudged = run.rankings.keys().filter(|query| !values.by_query.contains_key(*query)).count();
        values
    }

    pub fn mean(&self) -> f64 {
        self.summary().mean
    }

    pub fn summary(&self) -> Summary {
        summary(&self.by_query.values().copied().collect::<Vec<_>>())
    }

    /// The same for each class of queries, in the order of their names; queries without a class are under "".
    pub fn by_class(&self, queries: &QuerySet) -> BTreeMap<String, Summary> {
        let class_of: BTreeMap<&str, &str> =
            queries.queries.iter().map(|query| (query.id.as_str(), query.class.as_str())).collect();
        let mut classes: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (query, value) in &self.by_query {
            let class = class_of.get(query.as_str()).copied().unwrap_or_default();
            classes.entry(class.to_owned()).or_default().push(*value);
        }
        classes.into_iter().map(|(class, values)| (class, summary(&values))).collect()
    }
}

fn summary(values: &[f64]) -> Summary {
    let interval = bootstrap(values, statistics::SEED);
    Summary { queries: values.len(), mean: statistics::mean(values), interval }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_three_tools() {
        let check = |text: &str, expected: &str| {
            let metric = Metric::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(metric.to_string(), expected, "{text}");
            assert_eq!(Metric::parse(expected).unwrap(), metric, "{expected}");
        };
        check("ndcg@10", "ndcg@10");
        check("nDCG@10", "ndcg@10");
        check("nDCG", "ndcg");
        check("ndcg_cut_10", "ndcg@10");
        check("ndcg_burges@10", "ndcg_burges@10");
        check("nDCG(dcg='exp-log2')@10", "ndcg_burges@10");
        check("nDCG(dcg='log2')@5", "ndcg@5");
        check("mrr@10", "mrr@10");
        check("RR", "mrr");
        check("RR(rel=2)@10", "mrr@10-l2");
        check("map@100", "map@100");
        check("AP@100", "map@100");
        check("precision@10", "precision@10");
        check("precision@10-l2", "precision@10-l2");
        check("P(rel=2)@10", "precision@10-l2");
        check("P_10", "precision@10");
        check("recall@100", "recall@100");
        check("R@100", "recall@100");
        check("hit_rate@10", "hit_rate@10");
        check("Success@10", "hit_rate@10");
        check("ERR@10", "err@10");
        check("rbp.95", "rbp.95");
        check("RBP", "rbp.8");
        check("RBP(p=0.8)", "rbp.8");
        check("RBP(p=0.95, rel=2)", "rbp.95-l2");
        check("Judged@10", "judged@10");
        for bad in
            ["", "ndcg@0", "ndcg@x", "ndcg(p)", "dcg@10", "rbp.x", "RBP(p=1)", "P(rel=)@10", "ndcg@10@5", "P(rel=2"]
        {
            assert!(Metric::parse(bad).is_err(), "{bad}");
        }
        let list = Metric::parse_list("ndcg@10, RBP(p=0.5,rel=2),R@5").unwrap();
        assert_eq!(list.iter().map(ToString::to_string).collect::<Vec<_>>(), ["ndcg@10", "rbp.5-l2", "recall@5"]);
    }

    #[test]
    fn values_by_hand() {
        let check = |metric: &str, ranked: &[Option<f32>], judged: &[f32], expected: f64| {
            let value = Metric::parse(metric).unwrap().value(ranked, judged);
            assert!((value - expected).abs() < 1e-9, "{metric}: {value} is not {expected}");
        };
        let ranked = [Some(0.0), Some(2.0), None, Some(1.0)];
        let judged = [3.0, 2.0, 1.0, 0.0];
        let log = f64::log2;
        let ideal = 3.0 + 2.0 / log(3.0) + 1.0 / log(4.0);
        check("ndcg@10", &ranked, &judged, (2.0 / log(3.0) + 1.0 / log(5.0)) / ideal);
        check("ndcg@2", &ranked, &judged, 2.0 / log(3.0) / (3.0 + 2.0 / log(3.0)));
        check("ndcg_burges@2", &ranked, &judged, 3.0 / log(3.0) / (7.0 + 3.0 / log(3.0)));
        check("mrr", &ranked, &judged, 0.5);
        check("mrr@1", &ranked, &judged, 0.0);
        check("map", &ranked, &judged, (0.5 + 0.5) / 3.0);
        check("precision@10", &ranked, &judged, 0.2);
        check("P(rel=2)@4", &ranked, &judged, 0.25);
        check("recall@4", &ranked, &judged, 2.0 / 3.0);
        check("hit_rate@1", &ranked, &judged, 0.0);
        check("err", &ranked, &judged, 3.0 / 16.0 / 2.0 + 13.0 / 16.0 / 16.0 / 4.0);
        check("RBP(p=0.5)", &ranked, &judged, 0.5 * (0.5 + 0.125));
        check("judged@10", &ranked, &judged, 0.75);
        // Below 0 is not judged; nothing found and nothing relevant are 0, not an accident.
        check("judged@2", &[Some(-1.0), Some(0.0)], &[0.0], 0.5);
        check("ndcg@2", &[Some(-1.0)], &[1.0], 0.0);
        for metric in
            ["ndcg@10", "ndcg_burges", "map", "mrr", "P@5", "R@5", "ERR@5", "RBP", "Judged@5", "Success@5", "P"]
        {
            check(metric, &[], &[], 0.0);
            check(metric, &[], &[1.0], 0.0);
        }
        // Grades below 1, as ESCI has them, count for nDCG.
        check("ndcg@1", &[Some(0.25)], &[1.0, 0.25], 0.25);
    }
}
