//! The quality map: a metric over every way of sharing one weight among three sliders. It shows where the best weights
//! are, and how far one may go from them before anybody could tell.

use std::borrow::Borrow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    metrics::Metric,
    statistics::t_quantile,
    table::{Room, Table},
};
use crate::{
    encode::Modality,
    error::Result,
    progress::{Progress, Stage},
    search::{Channel, Slider, Weights},
};

/// Steps from one corner to the next: a twentieth each.
pub const STEPS: usize = 20;
/// Points of the map.
pub const POINTS: usize = (STEPS + 1) * (STEPS + 2) / 2;

/// Which three sliders share one weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axes {
    /// The query's text, pictures and sound: alpha, beta and gamma.
    Parts,
    /// The product's text, pictures and sound. What the three weigh together stays, and so does the keyword slider.
    #[default]
    Facets,
}

/// A difference of the metric that is nobody's concern, however certain.
const NEGLIGIBLE: f64 = 1e-3;

/// Three shares that add up to 1, in the order text, image, audio.
pub type Shares = [f32; 3];

impl Axes {
    pub const ALL: [Self; 2] = [Self::Parts, Self::Facets];

    pub fn sliders(self) -> [Slider; 3] {
        Modality::ALL.map(|modality| match self {
            Self::Parts => Slider::Part(modality),
            Self::Facets => Slider::Channel(Channel::Facet(modality)),
        })
    }

    /// The given weights with the three sliders moved to these shares of what they weigh together.
    pub fn at(self, weights: &Weights, shares: Shares) -> Weights {
        let whole: f32 = self.sliders().map(|slider| weights.get(slider)).iter().sum();
        let whole = if whole > 0.0 { whole } else { 1.0 };
        let mut moved = *weights;
        for (slider, share) in self.sliders().into_iter().zip(shares) {
            moved.set(slider, whole * share);
        }
        moved
    }

    /// Where some weights are on the map; `None` when all three sliders are at 0.
    pub fn shares(self, weights: &Weights) -> Option<Shares> {
        let three = self.sliders().map(|slider| weights.get(slider));
        let whole: f32 = three.iter().sum();
        (whole > 0.0).then(|| three.map(|weight| weight / whole))
    }

    /// Whether the order of a query changes anywhere on the map: one of the sliders has something to weigh, and something
    /// to be weighed against.
    fn move_order(self, table: &Table, weights: &Weights) -> bool {
        let varied = self.sliders().into_iter().filter(|slider| table.has(*slider)).count();
        let keyword = Slider::Channel(Channel::Keyword);
        let kept = self == Self::Facets && table.has(keyword) && weights.get(keyword) > 0.0;
        varied > 0 && varied + usize::from(kept) > 1
    }
}

/// The shares of every point, text share first, each row of equal text shares by rising image share.
pub fn points() -> impl Iterator<Item = Shares> {
    let share = |steps: usize| steps as f32 / STEPS as f32;
    (0..=STEPS).flat_map(move |a| (0..=STEPS - a).map(move |b| [share(a), share(b), share(STEPS - a - b)]))
}

/// The place of the point with so many steps of text and image among [`points`].
fn place(a: usize, b: usize) -> usize {
    a * (2 * STEPS + 3 - a) / 2 + b
}

/// The small triangles between the points.
pub fn triangles() -> impl Iterator<Item = [usize; 3]> {
    (0..STEPS).flat_map(|a| {
        (0..STEPS - a).flat_map(move |b| {
            let upright = [place(a, b), place(a + 1, b), place(a, b + 1)];
            let hanging = (a + b + 1 < STEPS).then(|| [place(a + 1, b), place(a + 1, b + 1), place(a, b + 1)]);
            [Some(upright), hanging].into_iter().flatten()
        })
    })
}

/// The metric at every point.
#[derive(Debug, Clone)]
pub struct Map {
    pub axes: Axes,
    pub metric: Metric,
    /// The weights that the map goes through.
    pub weights: Weights,
    /// The queries that the map is a mean of.
    pub queries: Vec<String>,
    /// Queries whose order no point changes, as they have nothing for these sliders to weigh; they are left out.
    pub unmoved: usize,
    /// Whether every table held all products.
    pub exact: bool,
    /// The mean at each of [`points`].
    pub means: Vec<f64>,
    /// How much less than the best each point is for certain: the lower end of the 95 % interval of the mean paired
    /// difference (Student's t), or the mean less a thousandth where that is lower. At most 0 on the plateau, where nobody
    /// could tell.
    pub behind: Vec<f64>,
    pub best: usize,
    /// The mean at the weights themselves.
    pub present: f64,
    /// The metric of each query at each point, query by query.
    values: Vec<f32>,
    /// The metric of each query at the weights themselves.
    presents: Vec<f32>,
}

impl Map {
    /// The map of many queries around some weights.
    pub fn of(
        tables: &[impl Borrow<Table>],
        weights: &Weights,
        axes: Axes,
        metric: Metric,
        progress: &Progress,
    ) -> Result<Self> {
        let moved: Vec<&Table> =
            tables.iter().map(Borrow::borrow).filter(|table| axes.move_order(table, weights)).collect();
        progress.begin(Stage::Measuring, moved.len());
        let around = around(axes, weights);
        let one = |room: &mut Room, table: &&Table| {
            let values = values_at(table, &around, &metric, room);
            progress.step().map(|()| values)
        };
        let rows: Vec<Vec<f32>> = moved.par_iter().map_init(Room::default, one).collect::<Result<_>>()?;
        let mut map = Self {
            axes,
            metric,
            weights: *weights,
            queries: moved.iter().map(|table| table.id.clone()).collect(),
            unmoved: tables.len() - moved.len(),
            exact: moved.iter().all(|table| table.is_exact()),
            means: Vec::new(),
            behind: Vec::new(),
            best: 0,
            present: 0.0,
            presents: rows.iter().map(|row| row[POINTS]).collect(),
            values: rows.into_iter().flat_map(|row| row.into_iter().take(POINTS)).collect(),
        };
        map.sum_up();
        Ok(map)
    }

    pub fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    pub fn on_plateau(&self, point: usize) -> bool {
        self.behind[point] <= 0.0
    }

    /// The weights at a point.
    pub fn weights_at(&self, point: usize) -> Weights {
        self.axes.at(&self.weights, points().nth(point).unwrap_or([1.0 / 3.0; 3]))
    }

    fn sum_up(&mut self) {
        let count = self.queries.len();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / count.max(1) as f64;
        let rows = self.values.chunks_exact(POINTS);
        self.means = vec![0.0; POINTS];
        for row in rows.clone() {
            self.means.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value) / count as f64);
        }
        self.present = mean(&self.presents.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
        // Of equal ones that which is nearest to where we are, so that nothing moves for nothing.
        let from = self.axes.shares(&self.weights).unwrap_or([1.0 / 3.0; 3]);
        let away = |shares: Shares| (0..3).map(|at| (shares[at] - from[at]).powi(2)).sum::<f32>();
        let best = points()
            .enumerate()
            .max_by(|(a, at), (b, bt)| self.means[*a].total_cmp(&self.means[*b]).then(away(*bt).total_cmp(&away(*at))));
        self.best = best.map_or(0, |(point, _)| point);
        let t = t_quantile(count);
        let behind = |point: usize| {
            let differences: Vec<f64> =
                rows.clone().map(|row| f64::from(row[self.best]) - f64::from(row[point])).collect();
            let mean = mean(&differences);
            let spread: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
            // One query or none decides nothing.
            let certain = if count < 2 { 0.0 } else { mean - t * (spread / (count - 1) as f64 / count as f64).sqrt() };
            certain.min(mean - NEGLIGIBLE)
        };
        self.behind = (0..POINTS).map(behind).collect();
    }

    /// Levels for contour lines: round numbers, `most` at the most.
    pub fn levels(&self, most: usize) -> Vec<f64> {
        let (low, high) = range(&self.means);
        let least = (high - low) / most.max(1) as f64;
        if least <= f64::EPSILON {
            return Vec::new();
        }
        let power = 10.0_f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|round| round * power).into_iter().find(|step| *step >= least);
        let step = step.unwrap_or(10.0 * power);
        let (first, last) = ((low / step).floor() as i64 + 1, (high / step).ceil() as i64 - 1);
        (first..=last).map(|number| number as f64 * step).collect()
    }

    /// Where the plateau ends.
    pub fn plateau(&self) -> Vec<Vec<Shares>> {
        contours(&self.behind, 0.0)
    }
}

/// Every point's weights, and the weights themselves behind them.
fn around(axes: Axes, weights: &Weights) -> Vec<Weights> {
    points().map(|shares| axes.at(weights, shares)).chain([*weights]).collect()
}

fn values_at(table: &Table, weights: &[Weights], metric: &Metric, room: &mut Room) -> Vec<f32> {
    weights.iter().map(|weights| table.value(weights, metric, room) as f32).collect()
}

pub fn range(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// The lines on which values at [`points`] cross a level, each as a chain of places; a closed one ends where it began.
/// Between two points the values are taken to change evenly (marching triangles).
pub fn contours(values: &[f64], level: f64) -> Vec<Vec<Shares>> {
    // A crossed edge, by its lower and its higher point.
    type Edge = (usize, usize);
    let shares: Vec<Shares> = points().collect();
    let crossings = |triangle: [usize; 3]| {
        let edges = [(0, 1), (1, 2), (0, 2)].map(|(a, b)| (triangle[a], triangle[b]));
        let crossed = edges.into_iter().filter(|(a, b)| (values[*a] > level) != (values[*b] > level));
        let crossed: Vec<Edge> = crossed.map(|(a, b)| (a.min(b), a.max(b))).collect();
        <[Edge; 2]>::try_from(crossed).ok()
    };
    let mut segments: Vec<[Edge; 2]> = triangles().filter_map(crossings).collect();
    let at = |(a, b): Edge| {
        let part = ((level - values[a]) / (values[b] - values[a])) as f32;
        let between = |corner: usize| shares[a][corner] + part * (shares[b][corner] - shares[a][corner]);
        [0, 1, 2].map(between)
    };
    let mut lines = Vec::new();
    while let Some([first, second]) = segments.pop() {
        let mut line = std::collections::VecDeque::from([first, second]);
        let mut next = |end: Edge| {
            let at = segments.iter().position(|segment| segment.contains(&end))?;
            let [a, b] = segments.swap_remove(at);
            Some(if a == end { b } else { a })
        };
        while let Some(edge) = next(*line.back().unwrap_or(&second)) {
            line.push_back(edge);
        }
        while let Some(edge) = next(*line.front().unwrap_or(&first)) {
            line.push_front(edge);
        }
        lines.push(line.into_iter().map(at).collect());
    }
    lines
}

/// The parts of the triangle where values are above a level, as polygons.
pub(super) fn above(values: &[f64], level: f64) -> Vec<Vec<Shares>> {
    let shares: Vec<Shares> = points().collect();
    let clip = |triangle: [usize; 3]| {
        let mut polygon = Vec::new();
        for at in 0..3 {
            let (a, b) = (triangle[at], triangle[(at + 1) % 3]);
            if values[a] > level {
                polygon.push(shares[a]);
            }
            if (values[a] > level) != (values[b] > level) {
                let part = ((level - values[a]) / (values[b] - values[a])) as f32;
                polygon
                    .push([0, 1, 2].map(|corner| shares[a][corner] + part * (shares[b][corner] - shares[a][corner])));
            }
        }
        (!polygon.is_empty()).then_some(polygon)
    };
    triangles().filter_map(clip).collect()
}

/// A colour for a value between the least (0) and the greatest (1), dark violet to pale yellow. Equal steps look equally
/// large: it is a straight line of lightness in Oklab (Ottosson, 2020).
pub fn colour(share: f64) -> [u8; 3] {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let lightness = 0.28 + 0.64 * share;
    let hue = (295.0 - 190.0 * share).to_radians();
    let chroma = 0.10 + 0.05 * (std::f64::consts::PI * share).sin();
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let linear = [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
    ];
    linear.map(|value| {
        let value = value.clamp(0.0, 1.0);
        let gamma = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (gamma * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::Policy;

    const TEXT: Channel = Channel::Facet(Modality::Text);
    const IMAGE: Channel = Channel::Facet(Modality::Image);
    const AUDIO: Channel = Channel::Facet(Modality::Audio);

    /// A text query whose product 0 is right; each facet likes it by so much, and product 1 by the other.
    fn table(id: &str, right: [f32; 3], wrong: [f32; 3]) -> Table {
        let column = |(channel, at): (Channel, usize)| {
            (Modality::Text, channel, vec![Some(right[at]), Some(wrong[at]), Some(-9.0)])
        };
        let columns = [(TEXT, 0), (IMAGE, 1), (AUDIO, 2)].map(column).into();
        Table::of_values(id, "", columns, vec![Some(1.0), Some(0.0), None])
    }

    fn map(tables: &[Table]) -> Map {
        let weights = Weights::new([1.0; 3], [1.0; 3], Policy::Neutral);
        let metric = Metric::parse("mrr@10").unwrap();
        Map::of(tables, &weights, Axes::Facets, metric, &Progress::new()).unwrap()
    }

    #[test]
    fn points_fill_the_triangle() {
        let all: Vec<Shares> = points().collect();
        assert_eq!((all.len(), triangles().count()), (POINTS, STEPS * STEPS));
        for a in 0..=STEPS {
            for b in 0..=STEPS - a {
                let point = all[place(a, b)];
                assert!((point[0] - a as f32 / 20.0).abs() < 1e-6 && (point[1] - b as f32 / 20.0).abs() < 1e-6);
                assert!((point.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn the_best_point_is_found_and_the_plateau_is_where_nobody_can_tell() {
        // Right where 3 text > 1 image; sound says nothing.
        let some: Vec<Table> =
            (0..30).map(|number| table(&format!("q{number}"), [3.0, 0.0, 0.0], [0.0, 1.0, 0.0])).collect();
        let map = map(&some);
        for (point, shares) in points().enumerate() {
            let right = 3.0 * shares[0] > shares[1] + 1e-6;
            let near = (3.0 * shares[0] - shares[1]).abs() < 1e-6;
            let value = map.means[point];
            assert!(near || (value - if right { 1.0 } else { 0.5 }).abs() < 1e-6, "{shares:?} {value}");
            assert!(near || map.on_plateau(point) == right, "{shares:?}");
        }
        // The point nearest to equal weights.
        let best = points().nth(map.best).unwrap();
        assert!(best.iter().all(|share| (share - 1.0 / 3.0).abs() < 0.06), "{best:?}");
        assert!((map.present - 1.0).abs() < 1e-9);
        let outline = map.plateau();
        assert_eq!(outline.len(), 1);
        assert!(outline[0].iter().all(|[text, image, _]| (3.0 * text - image).abs() < 0.21), "{outline:?}");
    }

    #[test]
    fn a_query_without_choice_is_counted_and_a_stop_is_heard() {
        let some = vec![
            table("a", [3.0, 0.0, 0.0], [0.0, 1.0, 0.0]),
            table("b", [0.0, 1.0, 0.0], [3.0, 0.0, 0.0]),
            Table::of_values("c", "", vec![(Modality::Text, TEXT, vec![Some(1.0)])], vec![Some(1.0)]),
        ];
        let map = map(&some);
        assert_eq!((map.queries.len(), map.unmoved), (2, 1));
        let progress = Progress::new();
        progress.cancel();
        let metric = Metric::NDCG_10;
        let stopped = Map::of(&some, &Weights::default(), Axes::Facets, metric, &progress);
        assert_eq!(stopped.err(), Some(crate::error::Error::Cancelled));
    }

    #[test]
    fn moving_the_shares_keeps_the_rest_and_comes_back() {
        let weights = Weights::default();
        for axes in Axes::ALL {
            let same = axes.at(&weights, axes.shares(&weights).unwrap());
            for slider in Slider::ALL {
                assert!((same.get(slider) - weights.get(slider)).abs() < 1e-6, "{slider:?}");
            }
        }
    }

    #[test]
    fn a_plane_has_straight_contours() {
        let values: Vec<f64> = points().map(|shares| f64::from(shares[0] + 2.0 * shares[1])).collect();
        for level in [0.13, 0.5, 1.01, 1.77] {
            let lines = contours(&values, level);
            assert_eq!(lines.len(), 1, "{level}");
            for [a, b, _] in &lines[0] {
                assert!((f64::from(a + 2.0 * b) - level).abs() < 1e-5);
            }
            let ends = [lines[0][0], *lines[0].last().unwrap()];
            assert!(ends.iter().all(|end| end.iter().any(|share| share.abs() < 1e-6)), "{ends:?}");
        }
        let hill: Vec<f64> =
            points().map(|shares| -shares.iter().map(|share| f64::from(share - 0.34).powi(2)).sum::<f64>()).collect();
        let lines = contours(&hill, -0.03);
        assert_eq!((lines.len(), lines[0][0]), (1, *lines[0].last().unwrap()));
    }

    #[test]
    fn levels_are_round() {
        let mut map = map(&[table("a", [3.0, 0.0, 0.0], [0.0, 1.0, 0.0])]);
        let mut check = |low: f64, high: f64, expected: &[f64]| {
            map.means = vec![low, high];
            let levels = map.levels(5);
            assert!(levels.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{levels:?}");
            assert_eq!(levels.len(), expected.len(), "{levels:?}");
        };
        check(0.11, 0.57, &[0.2, 0.3, 0.4, 0.5]);
        check(0.731, 0.742, &[0.735, 0.74]);
        check(0.5, 0.5, &[]);
    }

    #[test]
    fn colours_get_lighter_step_by_step() {
        let lightness = |[r, g, b]: [u8; 3]| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        let steps: Vec<f64> = (0..=50).map(|step| lightness(colour(f64::from(step) / 50.0))).collect();
        assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
        assert_eq!(colour(f64::NAN), colour(0.0));
    }

    proptest! {
        #[test]
        fn contours_stay_inside_and_are_on_the_level(values in proptest::collection::vec(0.0..1.0_f64, POINTS)) {
            for line in contours(&values, 0.5) {
                prop_assert!(line.len() > 1);
                for shares in line {
                    prop_assert!(shares.iter().all(|share| (-1e-6..=1.0 + 1e-6).contains(share)));
                    prop_assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                }
            }
        }
    }
}
