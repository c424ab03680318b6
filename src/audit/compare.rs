//! One way to rank against another: what a measure gained or lost, whether that is more than luck, which queries won and
//! lost.

use serde::Serialize;

use super::{
    judgements::Judgements,
    metrics::{Metric, Summary, Values},
    run::Run,
    statistics::{self, Interval, PairedT, holm, jaccard, mean, paired_t, randomisation, rbo},
};

/// How deep the share of common products looks.
const JACCARD_AT: usize = 10;

/// A candidate against the baseline, on all judged queries; a query that a run lacks counts 0 there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub metric: Metric,
    pub baseline: Side,
    pub candidate: Side,
    /// The mean of candidate minus baseline.
    pub difference: f64,
    /// Of the difference, by Student's t; `None` with fewer than two queries.
    pub interval: Option<Interval>,
    pub paired_t: Option<PairedT>,
    /// p of Fisher's randomisation test, two-sided.
    pub p: f64,
    /// The same, held against all candidates that were compared at once.
    pub p_holm: f64,
    pub winners: usize,
    pub losers: usize,
    pub unchanged: usize,
    /// How alike the two rankings are, a mean over the queries that both have.
    pub alike: Alike,
    /// Every query, what gained most first; among equals by id.
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    pub name: String,
    #[serde(flatten)]
    pub summary: Summary,
    /// Judged queries that the run lacks.
    pub missing: usize,
}

/// One query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub query: String,
    pub baseline: f64,
    pub candidate: f64,
    pub difference: f64,
}

/// Likeness of rankings: rank-biased overlap with persistence .5 and .9, and the share of the best ten in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Alike {
    pub rbo50: f64,
    pub rbo90: f64,
    pub jaccard: f64,
}

impl Alike {
    pub fn of(one: &[&str], other: &[&str]) -> Self {
        Self { rbo50: rbo(one, other, 0.5), rbo90: rbo(one, other, 0.9), jaccard: jaccard(one, other, JACCARD_AT) }
    }
}

impl Comparison {
    /// Whether chance alone would seldom do this.
    pub fn is_significant(&self, alpha: f64) -> bool {
        self.p < alpha
    }

    /// Whether the candidate is worse, and not by chance.
    pub fn is_drop(&self, alpha: f64) -> bool {
        self.difference < 0.0 && self.is_significant(alpha)
    }

    /// Queries that gained, most first.
    pub fn won(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.difference > 0.0)
    }

    /// Queries that lost, most first.
    pub fn lost(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().rev().filter(|change| change.difference < 0.0)
    }
}

/// Compares each candidate with the baseline.
pub fn compare(metric: Metric, baseline: &Run, candidates: &[Run], judgements: &Judgements) -> Vec<Comparison> {
    let before = Values::of(metric, baseline, judgements);
    let mut comparisons: Vec<Comparison> =
        candidates.iter().map(|candidate| one(metric, (baseline, &before), candidate, judgements)).collect();
    let all: Vec<f64> = comparisons.iter().map(|comparison| comparison.p).collect();
    comparisons.iter_mut().zip(holm(&all)).for_each(|(comparison, p)| comparison.p_holm = p);
    comparisons
}

fn one(metric: Metric, (baseline, before): (&Run, &Values), candidate: &Run, judgements: &Judgements) -> Comparison {
    let after = Values::of(metric, candidate, judgements);
    let change = |(query, value): (&String, &f64)| {
        let candidate = after.by_query.get(query).copied().unwrap_or_default();
        Change { query: query.clone(), baseline: *value, candidate, difference: candidate - value }
    };
    let mut changes: Vec<Change> = before.by_query.iter().map(change).collect();
    let differences: Vec<f64> = changes.iter().map(|change| change.difference).collect();
    changes.sort_by(|a, b| b.difference.total_cmp(&a.difference).then_with(|| a.query.cmp(&b.query)));
    let count = |is: fn(f64) -> bool| differences.iter().filter(|difference| is(**difference)).count();
    let (winners, losers) = (count(|d| d > 0.0), count(|d| d < 0.0));
    let paired_t = paired_t(&differences);
    let p = randomisation(&differences, statistics::SEED);
    let side = |run: &Run, values: &Values| Side {
        name: run.name.clone(),
        summary: values.summary(),
        missing: values.missing,
    };
    Comparison {
        metric,
        baseline: side(baseline, before),
        candidate: side(candidate, &after),
        difference: mean(&differences),
        interval: paired_t.map(|test| test.interval),
        paired_t,
        p,
        p_holm: p,
        winners,
        losers,
        unchanged: differences.len() - winners - losers,
        alike: alike(baseline, candidate),
        changes,
    }
}

fn alike(one: &Run, other: &Run) -> Alike {
    let both = one.rankings.keys().filter(|query| other.rankings.contains_key(*query));
    let all: Vec<Alike> = both.map(|query| Alike::of(&one.ids(query), &other.ids(query))).collect();
    let mean_of = |of: fn(&Alike) -> f64| mean(&all.iter().map(of).collect::<Vec<_>>());
    Alike {
        rbo50: mean_of(|alike| alike.rbo50),
        rbo90: mean_of(|alike| alike.rbo90),
        jaccard: mean_of(|alike| alike.jaccard),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, rankings: &[(&str, &str)]) -> Run {
        let ranking = |ids: &str| ids.chars().map(|id| (id.to_string(), 0.0)).collect();
        Run {
            name: name.into(),
            rankings: rankings.iter().map(|(query, ids)| ((*query).to_owned(), ranking(ids))).collect(),
        }
    }

    fn judgements(queries: &[&str]) -> Judgements {
        let mut judgements = Judgements::default();
        queries.iter().for_each(|query| {
            judgements.set(query, "a", 1.0);
        });
        judgements
    }

    #[test]
    fn winners_losers_and_the_missing() {
        let judgements = judgements(&["1", "2", "3", "4"]);
        let before = run("before", &[("1", "ab"), ("2", "ba"), ("3", "ab"), ("9", "ab")]);
        let after = run("after", &[("1", "ba"), ("2", "ab"), ("3", "ab")]);
        let [comparison] = &compare(Metric::parse("mrr").unwrap(), &before, &[after], &judgements)[..] else {
            panic!()
        };
        assert_eq!((comparison.winners, comparison.losers, comparison.unchanged), (1, 1, 2));
        assert_eq!((comparison.baseline.missing, comparison.baseline.summary.queries), (1, 4));
        assert!(comparison.difference.abs() < 1e-12 && (comparison.p - 1.0).abs() < 1e-12);
        assert_eq!(comparison.won().map(|change| change.query.as_str()).collect::<Vec<_>>(), ["2"]);
        assert_eq!(comparison.lost().map(|change| change.query.as_str()).collect::<Vec<_>>(), ["1"]);
        assert_eq!(comparison.changes[1].query, "3");
        assert!((comparison.alike.rbo50 - (0.5 + 0.5 + 1.0) / 3.0).abs() < 1e-12);
        assert!(!comparison.is_drop(0.05));
    }

    #[test]
    fn a_drop_on_many_queries_is_significant() {
        let queries: Vec<String> = (0..8).map(|at| at.to_string()).collect();
        let names: Vec<&str> = queries.iter().map(String::as_str).collect();
        let all = |ids| names.iter().map(|query| (*query, ids)).collect::<Vec<_>>();
        let (good, bad, same) = (run("good", &all("ab")), run("bad", &all("ba")), run("same", &all("ab")));
        let metric = Metric::parse("mrr@10").unwrap();
        let comparisons = compare(metric, &good, &[bad.clone(), same], &judgements(&names));
        // All eight lose: 2 of 256 assignments of signs are as bad; of two candidates this one is held to twice that.
        assert!((comparisons[0].p - 2.0 / 256.0).abs() < 1e-12 && (comparisons[0].p_holm - 4.0 / 256.0).abs() < 1e-12);
        assert!(comparisons[0].is_drop(0.05) && !comparisons[0].is_drop(0.001) && !comparisons[1].is_drop(0.05));
        assert!(!compare(metric, &bad, &[good], &judgements(&names))[0].is_drop(0.05));
    }
}
