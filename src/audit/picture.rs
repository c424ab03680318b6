//! The quality map as a picture of its own: SVG, for reports.

use std::fmt::Write;

use super::simplex::{Axes, Map, Shares, above, colour, contours, points, range};
use crate::language::Language;

const WIDTH: f32 = 420.0;
const HEIGHT: f32 = 430.0;
/// The corners of the triangle: text above, image left, audio right.
const CORNERS: [[f32; 2]; 3] = [[210.0, 62.0], [40.0, 356.45], [380.0, 356.45]];
/// Tones that the values are painted in.
const TONES: usize = 14;
/// Contour lines with a number.
const LINES: usize = 6;

/// Where shares lie in the picture.
fn spot(shares: Shares) -> [f32; 2] {
    [0, 1].map(|axis| (0..3).map(|corner| shares[corner] * CORNERS[corner][axis]).sum())
}

fn path(lines: &[Vec<Shares>], close: bool) -> String {
    let mut path = String::new();
    for line in lines {
        for (at, shares) in line.iter().enumerate() {
            let [x, y] = spot(*shares);
            let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" });
        }
        if close {
            path.push('Z');
        }
    }
    path
}

fn hex(share: f64) -> String {
    let [r, g, b] = colour(share);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The map as a picture: tones and contour lines of the mean, the outline of the plateau, a ring at the best point and a
/// dot at the present weights. The corners are named in both languages, the given one first.
pub fn svg(map: &Map, language: Language) -> String {
    let (low, high) = range(&map.means);
    let share = |value: f64| if high > low { (value - low) / (high - low) } else { 1.0 };
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#1d1d26">"##
    );
    let _ = write!(svg, "<title>{}</title>", title(map, language));
    let _ = write!(svg, r#"<path fill="{}" d="{}"/>"#, hex(0.0), path(&[corners()], true));
    for tone in 1..TONES {
        let at = tone as f64 / TONES as f64;
        let region = if high > low { above(&map.means, low + (high - low) * at) } else { vec![corners()] };
        let fill = hex((tone as f64 + 0.5) / TONES as f64);
        let _ = write!(svg, r#"<path fill="{fill}" d="{}"/>"#, path(&region, true));
    }
    for level in map.levels(LINES) {
        let lines = contours(&map.means, level);
        let ink = if share(level) < 0.55 { "#ffffff" } else { "#1d1d26" };
        let _ = write!(
            svg,
            r#"<path fill="none" stroke="{ink}" stroke-opacity=".45" stroke-width=".8" d="{}"/>"#,
            path(&lines, false)
        );
        // The number stands in the middle of the longest line.
        if let Some(longest) = lines.iter().max_by_key(|line| line.len()).filter(|line| line.len() > 8) {
            let [x, y] = spot(longest[longest.len() / 2]);
            let _ = write!(
                svg,
                r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle" font-size="9" fill="{ink}">{}</text>"#,
                y + 3.0,
                number(level)
            );
        }
    }
    let plateau = path(&map.plateau(), false);
    let _ = write!(svg, r##"<path fill="none" stroke="#ffffff" stroke-width="4" stroke-opacity=".8" d="{plateau}"/>"##);
    let _ = write!(
        svg,
        r##"<path fill="none" stroke="#1d1d26" stroke-width="1.6" stroke-dasharray="5 3" d="{plateau}"/>"##
    );
    let _ = write!(svg, r##"<path fill="none" stroke="#1d1d26" d="{}"/>"##, path(&[corners()], true));
    if let Some([x, y]) = points().nth(map.best).map(spot) {
        let _ = write!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="8" fill="none" stroke="#fff" stroke-width="4"/>"##);
        let _ =
            write!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="8" fill="none" stroke="#c2185b" stroke-width="2"/>"##);
    }
    if let Some([x, y]) = map.axes.shares(&map.weights).map(spot) {
        let _ =
            write!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="#c2185b" stroke="#fff" stroke-width="2"/>"##);
    }
    labels(&mut svg, map, language);
    legend(&mut svg, (low, high), map, language);
    svg.push_str("</svg>");
    svg
}

fn corners() -> Vec<Shares> {
    vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
}

fn number(value: f64) -> String {
    format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What the map is of, in a line.
pub fn title(map: &Map, language: Language) -> String {
    let (metric, queries) = (map.metric, map.queries.len());
    match map.axes {
        Axes::Parts => language.pick(
            format!("{metric} by query part, {queries} queries"),
            format!("按查询部分的 {metric}，{queries} 条查询"),
        ),
        Axes::Facets => language.pick(
            format!("{metric} by product facet, {queries} queries"),
            format!("按商品方面的 {metric}，{queries} 条查询"),
        ),
    }
}

/// The three corners' names in English and Chinese.
pub fn corner_names(axes: Axes) -> [[&'static str; 2]; 3] {
    match axes {
        Axes::Parts => [["Query text", "查询文字"], ["Query picture", "查询图片"], ["Query sound", "查询声音"]],
        Axes::Facets => [["Product text", "商品文字"], ["Product picture", "商品图片"], ["Product sound", "商品声音"]],
    }
}

fn labels(svg: &mut String, map: &Map, language: Language) {
    let _ = write!(svg, r#"<text x="16" y="24" font-weight="600">{}</text>"#, title(map, language));
    let places = [(210.0, 44.0, "middle"), (8.0, 374.0, "start"), (412.0, 374.0, "end")];
    for ([english, chinese], (x, y, anchor)) in corner_names(map.axes).into_iter().zip(places) {
        let (first, second) = language.pick((english, chinese), (chinese, english));
        let _ = write!(
            svg,
            r##"<text x="{x}" y="{y}" text-anchor="{anchor}">{first} <tspan fill="#6b6b76" font-size="11">{second}</tspan></text>"##
        );
    }
}

fn legend(svg: &mut String, (low, high): (f64, f64), map: &Map, language: Language) {
    for tone in 0..TONES {
        let x = 140.0 + 140.0 * tone as f32 / TONES as f32;
        let fill = hex((tone as f64 + 0.5) / TONES as f64);
        let _ = write!(
            svg,
            r#"<rect x="{x:.1}" y="386" width="{:.1}" height="9" fill="{fill}"/>"#,
            140.0 / TONES as f32 + 0.3
        );
    }
    let _ = write!(svg, r#"<text x="134" y="395" text-anchor="end" font-size="11">{low:.3}</text>"#);
    let _ = write!(svg, r#"<text x="286" y="395" font-size="11">{high:.3}</text>"#);
    let best = map.means.get(map.best).copied().unwrap_or(0.0);
    let said = language.pick(
        format!("○ best {best:.3}   ● now {:.3}   ┄ no telling apart", map.present),
        format!("○ 最佳 {best:.3}   ● 当前 {:.3}   ┄ 无显著差别", map.present),
    );
    let _ = write!(svg, r#"<text x="210" y="418" text-anchor="middle" font-size="12">{said}</text>"#);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{metrics::Metric, table::Table},
        encode::Modality,
        progress::Progress,
        search::{Channel, Weights},
    };

    #[test]
    fn the_picture_is_well_formed_and_speaks_both_languages() {
        let column = |facet, values| (Modality::Text, Channel::Facet(facet), values);
        let columns = vec![
            column(Modality::Text, vec![Some(3.0), Some(0.0)]),
            column(Modality::Image, vec![Some(0.0), Some(1.0)]),
        ];
        let table = Table::of_values("q", "", columns, vec![Some(1.0), Some(0.0)]);
        for tables in [&[table][..], &[]] {
            for axes in Axes::ALL {
                let map = Map::of(tables, &Weights::default(), axes, Metric::NDCG_10, &Progress::new()).unwrap();
                for language in Language::ALL {
                    let svg = svg(&map, language);
                    let mut reader = quick_xml::Reader::from_str(&svg);
                    reader.config_mut().check_end_names = true;
                    loop {
                        match reader.read_event() {
                            Ok(quick_xml::events::Event::Eof) => break,
                            Ok(_) => {}
                            Err(why) => panic!("{why}: {svg}"),
                        }
                    }
                    assert!(corner_names(axes).as_flattened().iter().all(|name| svg.contains(name)));
                    assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
                }
            }
        }
    }
}
