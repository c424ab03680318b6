//! Several judges of the same products: how far they agree, and the grade that is taken of theirs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::judgements::Judgements;

/// How far two judges agree on what both judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Products of a query that both judged.
    pub shared: usize,
    /// Those of them with the same grade.
    pub same: usize,
    /// Cohen's kappa: 1 is full agreement, 0 what chance alone would give. `None` where chance agrees by itself.
    pub kappa: Option<f64>,
    /// The same with disagreement counted by the square of the distance between the grades.
    pub kappa_quadratic: Option<f64>,
}

pub fn agreement(one: &Judgements, other: &Judgements) -> Agreement {
    let shared: Vec<(f32, f32)> = one
        .iter()
        .filter(|(.., grade)| *grade >= 0.0)
        .filter_map(|(query, product, grade)| Some((grade, other.grade(query, product)?)))
        .collect();
    let same = shared.iter().filter(|(a, b)| a.total_cmp(b).is_eq()).count();
    let unlike = |a: f32, b: f32| f64::from(u8::from(a.total_cmp(&b).is_ne()));
    Agreement {
        shared: shared.len(),
        same,
        kappa: kappa(&shared, unlike),
        kappa_quadratic: kappa(&shared, |a, b| f64::from(a - b).powi(2)),
    }
}

/// One minus the disagreement over what two independent judges with the same habits would have.
fn kappa(shared: &[(f32, f32)], disagreement: impl Fn(f32, f32) -> f64) -> Option<f64> {
    // Few different grades stand for many products.
    let mut habits: [Vec<(f32, f64)>; 2] = [Vec::new(), Vec::new()];
    for pair in shared {
        for (habit, grade) in habits.iter_mut().zip([pair.0, pair.1]) {
            match habit.iter_mut().find(|(known, _)| known.total_cmp(&grade).is_eq()) {
                Some((_, count)) => *count += 1.0,
                None => habit.push((grade, 1.0)),
            }
        }
    }
    let observed: f64 = shared.iter().map(|(a, b)| disagreement(*a, *b)).sum();
    let [one, other] = &habits;
    let of_one = |(a, times): &(f32, f64)| -> f64 {
        other.iter().map(|(b, of_other)| times * of_other * disagreement(*a, *b)).sum()
    };
    let by_chance = one.iter().map(of_one).sum::<f64>() / shared.len().max(1) as f64;
    (by_chance > 0.0).then(|| 1.0 - observed / by_chance)
}

/// The middle one of several grades; of an even number the lower of the middle two, so that it is a grade that somebody
/// gave.
pub fn median(grades: impl Iterator<Item = f32>) -> Option<f32> {
    let mut grades: Vec<f32> = grades.collect();
    grades.sort_unstable_by(f32::total_cmp);
    grades.get(grades.len().checked_sub(1)? / 2).copied()
}

/// The median grade of each product. A product that no judge judged keeps the grade below 0 that the first of them wrote.
pub fn resolve(judges: &[Judgements]) -> Judgements {
    let mut grades: BTreeMap<(&str, &str), Vec<f32>> = BTreeMap::new();
    for (query, product, grade) in judges.iter().flat_map(Judgements::iter) {
        grades.entry((query, product)).or_default().push(grade);
    }
    let mut resolved = Judgements::default();
    for ((query, product), all) in grades {
        let median = median(all.iter().copied().filter(|grade| *grade >= 0.0));
        resolved.set(query, product, median.unwrap_or(all[0]));
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(grades: &[f32]) -> Judgements {
        let mut judgements = Judgements::default();
        for (at, grade) in grades.iter().enumerate() {
            judgements.set("q", &format!("p{at}"), *grade);
        }
        judgements
    }

    #[test]
    fn kappas() {
        let check = |one: &[f32], other: &[f32], same: usize, kappa: Option<f64>, quadratic: Option<f64>| {
            let agreement = agreement(&judge(one), &judge(other));
            let near = |value: Option<f64>, expected: Option<f64>| match (value, expected) {
                (Some(value), Some(expected)) => assert!((value - expected).abs() < 1e-9, "{value} {expected}"),
                (value, expected) => assert_eq!(value, expected),
            };
            assert_eq!(agreement.same, same);
            near(agreement.kappa, kappa);
            near(agreement.kappa_quadratic, quadratic);
        };
        check(&[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0, 2.0, 3.0], 4, Some(1.0), Some(1.0));
        // sklearn.metrics.cohen_kappa_score, without weights and with weights="quadratic".
        check(
            &[0.0, 1.0, 2.0, 3.0, 3.0, 0.0],
            &[0.0, 2.0, 2.0, 3.0, 1.0, 0.0],
            4,
            Some(0.555_555_555_555_555_6),
            Some(0.705_882_352_941_176_5),
        );
        check(&[1.0, 1.0], &[1.0, 1.0], 2, None, None);
        check(&[], &[], 0, None, None);
        // What only one of them judged does not count.
        check(&[1.0, 0.0, -1.0], &[1.0, 0.0, 1.0, 1.0], 2, Some(1.0), Some(1.0));
    }

    #[test]
    fn the_median_is_taken() {
        let all = [judge(&[3.0, 0.0, -1.0, -2.0]), judge(&[1.0, 2.0, 2.0]), judge(&[2.0])];
        let resolved = resolve(&all);
        let grades: Vec<f32> = resolved.of("q").unwrap().values().copied().collect();
        assert_eq!(grades, [2.0, 0.0, 2.0, -2.0]);
    }
}
