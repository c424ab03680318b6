//! Two values for each query, and what their difference is worth.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// The mean difference of two values a query, with its 95 % interval and the chance of one as large by luck alone
/// (Student's paired t test, two-sided).
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
        let error = standard_error(&differences);
        let p = match freedom(differences.len()) {
            Some(student) if error > 0.0 => 2.0 * student.cdf(-(mean / error).abs()),
            // All the same.
            Some(_) if mean != 0.0 => 0.0,
            _ => 1.0,
        };
        Self { mean, interval, p }
    }
}

/// The mean and its 95 % interval.
pub fn mean_interval(values: &[f64]) -> (f64, [f64; 2]) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let half = if values.len() < 2 { f64::INFINITY } else { t_quantile(values.len()) * standard_error(values) };
    (mean, [mean - half, mean + half])
}

/// The factor of a 95 % interval of the mean of so many values.
pub fn t_quantile(count: usize) -> f64 {
    freedom(count).map_or(f64::INFINITY, |student| student.inverse_cdf(0.975))
}

/// The standard error of the mean; 0 for fewer than two values.
pub fn standard_error(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / count;
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (spread / (count - 1.0) / count).sqrt()
}

fn freedom(count: usize) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, count.checked_sub(1)? as f64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand: mean 0.14, standard error 0.050990, t 2.7456 with 4 degrees of freedom.
    #[test]
    fn a_small_example_by_hand() {
        let (a, b) = ([0.5, 0.7, 0.9, 0.4, 0.6], [0.4, 0.7, 0.6, 0.2, 0.5]);
        let paired = Paired::of(&a, &b);
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        near(paired.mean, 0.14);
        near(paired.p, 0.051_606);
        near(paired.interval[0], -0.001_571_72);
        near(paired.interval[1], 0.281_571_72);
        assert_eq!(Paired::of(&a, &a), Paired { mean: 0.0, interval: [0.0; 2], p: 1.0 });
        assert!(Paired::of(&[1.0], &[0.0]).interval[0].is_infinite());
    }
}
