//! Whether a difference between two rankings is more than luck, and how alike two rankings are.
//!
//! A difference is a number a query, such as nDCG@10 of the one minus that of the other. Everything that draws lots takes
//! a seed and gives the same answer every time.

use std::{collections::HashSet, hash::Hash};

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// Resamples of a bootstrap interval.
pub const RESAMPLES: usize = 1_000;
/// Draws of a randomisation test, where going through all of them would take too long.
pub const PERMUTATIONS: usize = 10_000;
/// The seed that the program itself uses.
pub const SEED: u64 = 1;
/// Up to so many queries that differ, every assignment of signs is gone through.
const EXACT_UP_TO: usize = 15;

/// A range that holds the true value 95 times of 100.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The 95 % interval of a mean, by resampling the queries. A single value, or none, has no width.
pub fn bootstrap(values: &[f64], seed: u64) -> Interval {
    let mut draw = fastrand::Rng::with_seed(seed);
    let resample = |_| {
        let sum: f64 = (0..values.len()).map(|_| values[draw.usize(..values.len())]).sum();
        sum / values.len().max(1) as f64
    };
    let mut means: Vec<f64> = (0..RESAMPLES).map(resample).collect();
    means.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| means[(share * (RESAMPLES - 1) as f64).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
}

/// Student's t-test on pairs, two-sided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedT {
    pub t: f64,
    pub p: f64,
    /// Of the mean difference.
    pub interval: Interval,
}

/// `None` with fewer than two pairs. Where all differences are the same, p is 1 for no difference and 0 for some.
pub fn paired_t(differences: &[f64]) -> Option<PairedT> {
    let n = differences.len();
    if n < 2 {
        return None;
    }
    let mean = mean(differences);
    let variance = differences.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    let error = (variance / n as f64).sqrt();
    if error <= f64::EPSILON * mean.abs() {
        let (t, p) = if mean == 0.0 { (0.0, 1.0) } else { (mean.signum() * f64::INFINITY, 0.0) };
        return Some(PairedT { t, p, interval: Interval { low: mean, high: mean } });
    }
    let t = mean / error;
    let p = (2.0 * student(n)?.cdf(-t.abs())).clamp(0.0, 1.0);
    let width = t_quantile(n) * error;
    Some(PairedT { t, p, interval: Interval { low: mean - width, high: mean + width } })
}

/// The factor of a 95 % interval of the mean of so many values.
pub fn t_quantile(count: usize) -> f64 {
    student(count).map_or(f64::INFINITY, |student| student.inverse_cdf(0.975))
}

/// Student's distribution for the mean of so many values.
fn student(count: usize) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, count.checked_sub(1)? as f64).ok()
}

/// The mean and its 95 % interval, without an end for fewer than two values.
pub fn mean_interval(values: &[f64]) -> (f64, [f64; 2]) {
    let interval = paired_t(values).map_or([f64::NEG_INFINITY, f64::INFINITY], |test| {
        let Interval { low, high } = test.interval;
        [low, high]
    });
    (mean(values), interval)
}

/// The mean difference of two values a query, with its 95 % interval and the chance of one as large by luck alone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Paired {
    pub mean: f64,
    pub interval: [f64; 2],
    pub p: f64,
}

impl Paired {
    /// `a` minus `b`. Of fewer than two queries nothing is certain.
    pub fn of(a: &[f64], b: &[f64]) -> Self {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let (mean, interval) = mean_interval(&differences);
        Self { mean, interval, p: paired_t(&differences).map_or(1.0, |test| test.p) }
    }
}

/// Fisher's randomisation test, two-sided: how often a difference as large comes up when for each query chance says which
/// of the two rankings is which. Goes through all assignments where few queries differ, else draws [`PERMUTATIONS`] and
/// counts the observed one among them, so that p is never 0.
pub fn randomisation(differences: &[f64], seed: u64) -> f64 {
    let differing: Vec<f64> = differences.iter().copied().filter(|value| *value != 0.0).collect();
    let observed = differing.iter().sum::<f64>().abs();
    // The same sum in another order may come out a hair smaller.
    let reaches = |sum: f64| sum.abs() >= observed - 1e-9 * observed.max(1e-9);
    if differing.len() <= EXACT_UP_TO {
        let all = 1_usize << differing.len();
        let sum = |signs: usize| -> f64 {
            differing.iter().enumerate().map(|(at, value)| if signs >> at & 1 == 1 { -value } else { *value }).sum()
        };
        return (0..all).filter(|signs| reaches(sum(*signs))).count() as f64 / all as f64;
    }
    let mut draw = fastrand::Rng::with_seed(seed);
    let mut sum = || -> f64 { differing.iter().map(|value| if draw.bool() { -value } else { *value }).sum() };
    let reached = (0..PERMUTATIONS).filter(|_| reaches(sum())).count();
    (reached + 1) as f64 / (PERMUTATIONS + 1) as f64
}

/// p-values of several tests made at once, each raised so that all of them together err as seldom as one (Holm, 1979).
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut least = 0.0_f64;
    for (place, at) in order.into_iter().enumerate() {
        least = least.max(p[at] * (p.len() - place) as f64).min(1.0);
        corrected[at] = least;
    }
    corrected
}

/// Rank-biased overlap of two rankings, extrapolated beyond their ends: 1 the same, 0 nothing in common. The chance to
/// look at one place more is `persistence`. Equation 32 of Webber, Moffat and Zobel (2010). Rankings hold no item twice.
pub fn rbo<T: Eq + Hash>(one: &[T], other: &[T], persistence: f64) -> f64 {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if short.is_empty() {
        return f64::from(u8::from(long.is_empty()));
    }
    let p = persistence;
    let (mut of_short, mut of_long) = (HashSet::new(), HashSet::new());
    let (mut overlap, mut shared_overlap) = (0.0, 0.0);
    let (mut sum, mut power) = (0.0, 1.0);
    for (place, item) in long.iter().enumerate() {
        let depth = (place + 1) as f64;
        of_long.insert(item);
        if let Some(of_other) = short.get(place) {
            overlap += f64::from(u8::from(item == of_other));
            overlap += f64::from(u8::from(item != of_other && of_short.contains(item)));
            of_short.insert(of_other);
            overlap += f64::from(u8::from(item != of_other && of_long.contains(of_other)));
            shared_overlap = overlap;
        } else {
            overlap += f64::from(u8::from(of_short.contains(item)));
        }
        power *= p;
        let length = short.len() as f64;
        let beyond = if depth > length { shared_overlap * (depth - length) / (length * depth) } else { 0.0 };
        sum += (overlap / depth + beyond) * power;
    }
    let (short, long) = (short.len() as f64, long.len() as f64);
    (1.0 - p) / p * sum + ((overlap - shared_overlap) / long + shared_overlap / short) * power
}

/// The share of the best `k` of both that both have; 1 where both are empty.
pub fn jaccard<T: Eq + Hash>(one: &[T], other: &[T], k: usize) -> f64 {
    let best = |items| -> HashSet<&T> { <[T]>::iter(items).take(k).collect() };
    let (one, other) = (best(one), best(other));
    let all = one.union(&other).count();
    if all == 0 { 1.0 } else { one.intersection(&other).count() as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    #[test]
    fn t_tests() {
        // scipy.stats.ttest_1samp([.1, .2, -.05, .3, .15], 0)
        let test = paired_t(&[0.1, 0.2, -0.05, 0.3, 0.15]).unwrap();
        near(test.t, 2.418_831_591_6);
        near(test.p, 0.072_855_059_6);
        near(test.interval.low, -0.020_698_378_5);
        near(test.interval.high, 0.300_698_378_5);
        assert_eq!(paired_t(&[0.5]), None);
        assert_eq!(paired_t(&[0.0, 0.0]).map(|test| test.p), Some(1.0));
        assert_eq!(paired_t(&[0.5, 0.5]).map(|test| test.p), Some(0.0));
    }

    /// Worked out by hand: mean 0.14, standard error 0.050990, t 2.7456 with 4 degrees of freedom.
    #[test]
    fn a_gain_with_its_interval() {
        let (a, b) = ([0.5, 0.7, 0.9, 0.4, 0.6], [0.4, 0.7, 0.6, 0.2, 0.5]);
        let paired = Paired::of(&a, &b);
        near(paired.mean, 0.14);
        near(paired.p, 0.051_606);
        near(paired.interval[0], -0.001_571_72);
        near(paired.interval[1], 0.281_571_72);
        assert_eq!(Paired::of(&a, &a), Paired { mean: 0.0, interval: [0.0; 2], p: 1.0 });
        assert!(Paired::of(&[1.0], &[0.0]).interval[0].is_infinite());
    }

    #[test]
    fn randomisation_goes_through_all_signs_of_a_few_queries() {
        let check = |differences: &[f64], expected: f64| near(randomisation(differences, 7), expected);
        check(&[], 1.0);
        check(&[0.0, 0.0], 1.0);
        check(&[0.1, 0.1, 0.1], 0.25);
        check(&[0.1, 0.1, 0.1, 0.0, 0.0], 0.25);
        check(&[0.3, -0.1], 1.0);
        check(&[1.0; 15], 2.0 / 32768.0);
        // Drawn: the same for the same seed, near the truth, and never 0.
        check(&[1.0; 40], 1.0 / 10_001.0);
        let mixed: Vec<f64> = (0..40).map(|at| f64::from(at % 5) - 1.5).collect();
        let p = randomisation(&mixed, 3);
        near(p, randomisation(&mixed, 3));
        assert!((p - 0.038).abs() < 0.008, "{p}");
    }

    #[test]
    fn several_tests_are_held_to_more() {
        let check = |p: &[f64], expected: &[f64]| holm(p).iter().zip(expected).for_each(|(p, e)| near(*p, *e));
        check(&[0.01, 0.04, 0.03], &[0.03, 0.06, 0.06]);
        check(&[0.5, 0.9], &[1.0, 1.0]);
    }

    #[test]
    fn intervals_hold_the_mean() {
        let values: Vec<f64> = (0..50).map(|at| f64::from(at) / 49.0).collect();
        let interval = bootstrap(&values, SEED);
        assert_eq!(interval, bootstrap(&values, SEED));
        // The normal approximation: 0.5 +- 1.96 * 0.2945 / sqrt(50).
        assert!((interval.low - 0.418).abs() < 0.015 && (interval.high - 0.582).abs() < 0.015, "{interval:?}");
        assert_eq!(bootstrap(&[], SEED), Interval { low: 0.0, high: 0.0 });
        assert_eq!(bootstrap(&[0.25], SEED), Interval { low: 0.25, high: 0.25 });
    }

    #[test]
    fn overlap_of_rankings() {
        let check = |one: &str, other: &str, p, expected| {
            let items = |text: &str| text.chars().collect::<Vec<_>>();
            near(rbo(&items(one), &items(other), p), expected);
            near(rbo(&items(other), &items(one), p), expected);
        };
        check("abc", "abc", 0.9, 1.0);
        check("abc", "xyz", 0.9, 0.0);
        check("", "", 0.9, 1.0);
        check("", "a", 0.9, 0.0);
        // By hand: agreement 0, 1 at depths 1, 2; (1 - p) * p * 1 + p^2 * 1.
        check("ab", "ba", 0.5, 0.5);
        check("ab", "ba", 0.9, 0.9);
        // Lengths differ: what the short one would have had is taken to go on as before.
        check("a", "ab", 0.5, 1.0);
        check("b", "ab", 0.5, 0.25);
    }

    #[test]
    fn shares_of_the_best() {
        let check = |one: &[u8], other: &[u8], k, expected| near(jaccard(one, other, k), expected);
        check(&[1, 2, 3], &[3, 2, 9], 3, 0.5);
        check(&[1, 2, 3], &[1, 9, 8], 1, 1.0);
        check(&[], &[], 5, 1.0);
        check(&[1], &[], 5, 0.0);
    }
}
