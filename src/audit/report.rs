//! A report to hand on: one HTML file with everything in it, pictures included, or the figures as CSV or JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use csv::Writer;
use serde_json::{Value, json};

use super::{
    Preset,
    compare::{Change, Comparison, compare},
    judgements::Judgements,
    metrics::{Metric, Summary, Values},
    queries::{AuditQuery, QuerySet},
    run::Run,
};
use crate::{
    collection::Collection,
    encode::Modality,
    error::{Error, Result},
    language::Language,
    media::image::Picture,
    search::{Channel, Method, Policy, Slider},
};

const STYLE: &str = include_str!("report.css");
/// Products of a shelf.
const SHELF: usize = 8;
/// Queries whose shelves are shown: a page of more takes long to open and nobody reads it.
const SHELVES: usize = 60;
/// Longest side of a card's picture, in pixels.
const CARD_SIDE: u32 = 176;
const CARD_QUALITY: u8 = 80;
/// Queries that are named as winners and as losers.
const NAMED: usize = 10;

/// What a report tells.
pub struct Report<'a> {
    pub title: &'a str,
    /// Where titles and pictures come from; without one products are told by their ids.
    pub collection: Option<&'a Collection>,
    pub queries: &'a QuerySet,
    pub judgements: &'a Judgements,
    pub metric: Metric,
    /// The first is the baseline of the others.
    pub systems: Vec<System<'a>>,
    /// The quality over all weights, as SVG.
    pub map: Option<&'a str>,
}

/// A way to rank and what it gave.
pub struct System<'a> {
    pub run: &'a Run,
    /// `None` where the run came as a file.
    pub preset: Option<&'a Preset>,
}

/// Everything that is computed, once for whatever it is written as.
struct Figures {
    values: Vec<Values>,
    comparisons: Vec<Comparison>,
    /// All judged queries; what lost most under the first candidate, or is lowest, first.
    order: Vec<String>,
}

impl Report<'_> {
    fn figures(&self) -> Figures {
        let values: Vec<Values> =
            self.systems.iter().map(|system| Values::of(self.metric, system.run, self.judgements)).collect();
        let runs: Vec<Run> = self.systems.iter().skip(1).map(|system| system.run.clone()).collect();
        let comparisons = self
            .systems
            .first()
            .map(|baseline| compare(self.metric, baseline.run, &runs, self.judgements))
            .unwrap_or_default();
        let order = match (comparisons.first(), values.first()) {
            (Some(first), _) => first.changes.iter().rev().map(|change| change.query.clone()).collect(),
            (None, Some(values)) => {
                let mut order: Vec<(&String, &f64)> = values.by_query.iter().collect();
                order.sort_by(|a, b| a.1.total_cmp(b.1));
                order.into_iter().map(|(query, _)| query.clone()).collect()
            }
            (None, None) => Vec::new(),
        };
        Figures { values, comparisons, order }
    }

    /// One row a query: id, text, class, the measure of each system, and each candidate's difference from the baseline.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let figures = self.figures();
        let bug = |why: csv::Error| Error::Bug { why: why.to_string() };
        let mut writer = Writer::from_writer(Vec::new());
        let mut heading = vec!["query_id".to_owned(), "text".into(), "class".into()];
        heading.extend(self.systems.iter().map(|system| format!("{} {}", system.run.name, self.metric)));
        heading.extend(self.systems.iter().skip(1).map(|system| format!("{} difference", system.run.name)));
        writer.write_record(&heading).map_err(bug)?;
        for query in &figures.order {
            let known = self.queries.get(query);
            let values: Vec<f64> = figures.values.iter().map(|values| values.by_query[query]).collect();
            let mut row = vec![query.clone()];
            row.push(known.map(|known| known.text.clone()).unwrap_or_default());
            row.push(known.map(|known| known.class.clone()).unwrap_or_default());
            row.extend(values.iter().map(|value| format!("{value:.6}")));
            row.extend(values.iter().skip(1).map(|value| format!("{:.6}", value - values[0])));
            writer.write_record(&row).map_err(bug)?;
        }
        writer.into_inner().map_err(|why| Error::Bug { why: why.to_string() })
    }

    /// `{"title", "metric", "systems": [{"name", "preset", "summary", "classes", "missing", "unjudged", "by_query"}],
    /// "comparisons": [Comparison]}`.
    pub fn json(&self) -> Value {
        let figures = self.figures();
        let system = |(system, values): (&System, &Values)| {
            json!({
                "name": system.run.name,
                "preset": system.preset,
                "summary": values.summary(),
                "classes": values.by_class(self.queries),
                "missing": values.missing,
                "unjudged": values.unjudged,
                "by_query": values.by_query,
            })
        };
        let systems: Vec<Value> = self.systems.iter().zip(&figures.values).map(system).collect();
        json!({"title": self.title, "metric": self.metric, "systems": systems, "comparisons": figures.comparisons})
    }

    /// One page that needs nothing else, light or dark as the reader's system is.
    pub fn html(&self, language: Language) -> Result<String> {
        let figures = self.figures();
        let page = Page { report: self, figures: &figures, language };
        let mut pictures = BTreeSet::new();
        let mut body = page.summary();
        body.push_str(&page.comparisons());
        body.push_str(&page.settings());
        if let Some(map) = self.map {
            let heading = language.pick("Quality over the weights", "各权重下的质量");
            let _ = write!(body, "<section><h2>{heading}</h2><figure>{map}</figure></section>");
        }
        body.push_str(&page.table());
        body.push_str(&page.shelves(&mut pictures));
        let pictures = self.pictures(&pictures)?;
        let (title, tongue) = (escaped(self.title), language.pick("en", "zh-CN"));
        let note = page.note();
        Ok(format!(
            "<!doctype html>\n<html lang=\"{tongue}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
             <style>{STYLE}{pictures}</style></head>\n<body><header><h1>{title}</h1><p>{note}</p></header>\n\
             <main>{body}</main></body></html>\n"
        ))
    }

    /// A style for each product's picture, so that a picture on several shelves is in the file once.
    fn pictures(&self, rows: &BTreeSet<usize>) -> Result<String> {
        let Some(collection) = self.collection else { return Ok(String::new()) };
        let mut style = String::new();
        for row in rows {
            if let Some(jpeg) = collection.thumbnail(*row)? {
                // Cards are small, and a page with hundreds of pictures should still go into a mail.
                let small = Picture::decode("thumbnail", &jpeg)?.shrunk(CARD_SIDE).to_jpeg(CARD_QUALITY)?;
                let data = STANDARD.encode(small);
                let _ = write!(style, ".p{row}{{background-image:url(data:image/jpeg;base64,{data})}}");
            }
        }
        Ok(style)
    }
}

/// The page being written.
struct Page<'a> {
    report: &'a Report<'a>,
    figures: &'a Figures,
    language: Language,
}

impl Page<'_> {
    fn say<'t>(&self, english: &'t str, chinese: &'t str) -> &'t str {
        self.language.pick(english, chinese)
    }

    fn note(&self) -> String {
        let metric = self.report.metric.describe(self.language);
        let judged = self.figures.order.len();
        let products = self.report.collection.map_or(0, Collection::len);
        let products = match products {
            0 => String::new(),
            count => self.language.pick(format!("{count} products, "), format!("{count} 件商品，")),
        };
        escaped(&self.language.pick(
            format!("{products}{judged} judged queries, measured by {metric}"),
            format!("{products}{judged} 个有评级的查询，指标为 {metric}"),
        ))
    }

    fn query(&self, id: &str) -> String {
        escaped(&self.report.queries.get(id).map_or_else(|| id.to_owned(), AuditQuery::title))
    }

    /// The mean of each system, and of each class of queries.
    fn summary(&self) -> String {
        let mut html = String::from("<section>");
        let _ = write!(
            html,
            "<h2>{}</h2><table><thead><tr><th>{}</th>",
            self.say("Overview", "概览"),
            self.say("Queries", "查询")
        );
        for system in &self.report.systems {
            let _ = write!(html, "<th class=\"n\">{}</th>", escaped(&system.run.name));
        }
        html.push_str("</tr></thead><tbody>");
        let cell = |summary: Option<&Summary>| {
            summary.map_or_else(
                || "<td class=\"n\"></td>".to_owned(),
                |one| {
                    let (low, high) = (one.interval.low, one.interval.high);
                    format!("<td class=\"n\"><b>{:.3}</b> <small>{low:.3} – {high:.3}</small></td>", one.mean)
                },
            )
        };
        let mut row = |name: &str, count: usize, summaries: Vec<Option<&Summary>>| {
            let cells: String = summaries.into_iter().map(cell).collect();
            let _ = write!(html, "<tr><td>{name} <small>{count}</small></td>{cells}</tr>");
        };
        let all: Vec<Summary> = self.figures.values.iter().map(Values::summary).collect();
        row(self.say("All", "全部"), self.figures.order.len(), all.iter().map(Some).collect());
        let classes: Vec<BTreeMap<String, Summary>> =
            self.figures.values.iter().map(|values| values.by_class(self.report.queries)).collect();
        for (class, first) in classes.first().into_iter().flatten().filter(|(class, _)| !class.is_empty()) {
            row(&escaped(class), first.queries, classes.iter().map(|of| of.get(class)).collect());
        }
        html.push_str("</tbody></table>");
        for (system, values) in self.report.systems.iter().zip(&self.figures.values) {
            let (missing, unjudged, name) = (values.missing, values.unjudged, escaped(&system.run.name));
            if missing > 0 {
                let english = format!("{name}: {missing} judged queries have no ranking and count 0.");
                let chinese = format!("{name}：{missing} 个有评级的查询没有排名，按 0 计。");
                let _ = write!(html, "<p class=\"note\">{}</p>", self.language.pick(english, chinese));
            }
            if unjudged > 0 {
                let english = format!("{name}: {unjudged} queries that nobody judged are left out.");
                let chinese = format!("{name}：{unjudged} 个查询没有评级，未计入。");
                let _ = write!(html, "<p class=\"note\">{}</p>", self.language.pick(english, chinese));
            }
        }
        let interval = self.say("Ranges hold the true mean 95 times of 100.", "区间为 95% 置信区间。");
        let _ = write!(html, "<p class=\"note\">{interval}</p></section>");
        html
    }

    fn comparisons(&self) -> String {
        let mut html = String::new();
        for comparison in &self.figures.comparisons {
            let (before, after) = (escaped(&comparison.baseline.name), escaped(&comparison.candidate.name));
            let heading =
                self.language.pick(format!("{after} against {before}"), format!("{after} 与 {before} 的比较"));
            let sign = sign_class(comparison.difference);
            let range =
                comparison.interval.map_or_else(String::new, |range| format!("{:+.3} … {:+.3}", range.low, range.high));
            let t = comparison.paired_t.map_or_else(|| "–".to_owned(), |test| format!("{:.3}", test.p));
            let facts = [
                (
                    self.say("Difference", "差异"),
                    format!("<b class=\"{sign}\">{:+.3}</b> <small>{range}</small>", comparison.difference),
                ),
                (self.say("p, randomisation test", "p（随机化检验）"), format!("{:.4}", comparison.p)),
                (self.say("p, paired t-test", "p（配对 t 检验）"), t),
                (
                    self.say("Won / lost / unchanged", "胜 / 负 / 持平"),
                    format!("{} / {} / {}", comparison.winners, comparison.losers, comparison.unchanged),
                ),
                (
                    "rbo50 / rbo90 / jaccard@10",
                    format!(
                        "{:.2} / {:.2} / {:.2}",
                        comparison.alike.rbo50, comparison.alike.rbo90, comparison.alike.jaccard
                    ),
                ),
            ];
            let _ = write!(html, "<section><h2>{heading}</h2><dl>");
            for (name, value) in facts {
                let _ = write!(html, "<div><dt>{name}</dt><dd>{value}</dd></div>");
            }
            html.push_str("</dl><div class=\"two\">");
            html.push_str(&self.changes(self.say("Winners", "胜出的查询"), comparison.won()));
            html.push_str(&self.changes(self.say("Losers", "落败的查询"), comparison.lost()));
            html.push_str("</div></section>");
        }
        html
    }

    fn changes<'c>(&self, heading: &str, changes: impl Iterator<Item = &'c Change>) -> String {
        let mut html = format!("<div><h3>{heading}</h3><table><tbody>");
        for change in changes.take(NAMED) {
            let (query, sign) = (self.query(&change.query), sign_class(change.difference));
            let (before, after, difference) = (change.baseline, change.candidate, change.difference);
            let _ = write!(
                html,
                "<tr><td>{query}</td><td class=\"n\">{before:.3} → {after:.3}</td><td class=\"n {sign}\">{difference:+.3}</td></tr>"
            );
        }
        html.push_str("</tbody></table></div>");
        html
    }

    /// What the sliders of each system say.
    fn settings(&self) -> String {
        let presets: Vec<&Preset> = self.report.systems.iter().filter_map(|system| system.preset).collect();
        if presets.is_empty() {
            return String::new();
        }
        let mut html = format!("<section><h2>{}</h2><table><thead><tr><th></th>", self.say("Settings", "设置"));
        for preset in &presets {
            let _ = write!(html, "<th class=\"n\">{}</th>", escaped(&preset.name));
        }
        html.push_str("</tr></thead><tbody>");
        let mut row = |name: &str, value: &dyn Fn(&Preset) -> String| {
            let cells: String =
                presets.iter().map(|preset| format!("<td class=\"n\">{}</td>", value(preset))).collect();
            let _ = write!(html, "<tr><td>{name}</td>{cells}</tr>");
        };
        for slider in Slider::ALL {
            row(self.slider(slider), &|preset| format!("{}", preset.weights.get(slider)));
        }
        row(self.say("Method", "方法"), &|preset| match preset.weights.method {
            Method::Rrf { k } => format!("rrf, k = {k}"),
            other => other.name().to_owned(),
        });
        row(self.say("Normalisation", "归一化"), &|preset| preset.weights.normalisation.name().to_owned());
        row(self.say("Missing facet", "缺少的方面"), &|preset| {
            match preset.weights.policy {
                Policy::Neutral => self.say("neutral", "中性"),
                Policy::Renormalise => self.say("left out", "不计"),
            }
            .to_owned()
        });
        row(self.say("Variety", "多样性"), &|preset| format!("{}", preset.arrangement.diversity));
        row(self.say("Near duplicates once", "近似商品只列一次"), &|preset| {
            if preset.arrangement.collapse { self.say("yes", "是") } else { self.say("no", "否") }.to_owned()
        });
        html.push_str("</tbody></table></section>");
        html
    }

    fn slider(&self, slider: Slider) -> &'static str {
        match slider {
            Slider::Part(Modality::Text) => self.language.pick("Query text", "查询文字"),
            Slider::Part(Modality::Image) => self.language.pick("Query picture", "查询图片"),
            Slider::Part(Modality::Audio) => self.language.pick("Query sound", "查询声音"),
            Slider::Channel(Channel::Facet(Modality::Text)) => self.language.pick("Product text", "商品文字"),
            Slider::Channel(Channel::Facet(Modality::Image)) => self.language.pick("Product picture", "商品图片"),
            Slider::Channel(Channel::Facet(Modality::Audio)) => self.language.pick("Product sound", "商品声音"),
            Slider::Channel(Channel::Keyword) => self.language.pick("Matching words", "匹配词语"),
        }
    }

    fn table(&self) -> String {
        let heading = self.say("All queries", "全部查询");
        let (query, class) = (self.say("Query", "查询"), self.say("Class", "类别"));
        let mut html = format!(
            "<section><h2>{heading}</h2><div class=\"wide\"><table><thead><tr><th>{query}</th><th>{class}</th>"
        );
        for system in &self.report.systems {
            let _ = write!(html, "<th class=\"n\">{}</th>", escaped(&system.run.name));
        }
        for system in self.report.systems.iter().skip(1) {
            let _ = write!(html, "<th class=\"n\">Δ {}</th>", escaped(&system.run.name));
        }
        html.push_str("</tr></thead><tbody>");
        for query in &self.figures.order {
            let class = self.report.queries.get(query).map(|known| escaped(&known.class)).unwrap_or_default();
            let _ = write!(html, "<tr><td>{}</td><td>{class}</td>", self.query(query));
            let values: Vec<f64> = self.figures.values.iter().map(|values| values.by_query[query]).collect();
            for value in &values {
                let _ = write!(html, "<td class=\"n\">{value:.3}</td>");
            }
            for value in values.iter().skip(1) {
                let difference = value - values[0];
                let _ = write!(html, "<td class=\"n {}\">{difference:+.3}</td>", sign_class(difference));
            }
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table></div></section>");
        html
    }

    /// The best products of each system, query by query, coloured by their grades.
    fn shelves(&self, pictures: &mut BTreeSet<usize>) -> String {
        let shown = self.figures.order.len().min(SHELVES);
        let all = self.figures.order.len();
        let mut html = format!("<section><h2>{}</h2>", self.say("Shelves", "货架"));
        if shown < all {
            let english = format!("{shown} of {all} queries, those that do worst.");
            let _ = write!(
                html,
                "<p class=\"note\">{}</p>",
                self.language.pick(english, format!("{all} 个查询中表现最差的 {shown} 个。"))
            );
        }
        for query in self.figures.order.iter().take(SHELVES) {
            let _ = write!(html, "<article><h3>{}</h3>", self.query(query));
            for (system, values) in self.report.systems.iter().zip(&self.figures.values) {
                let (name, value) = (escaped(&system.run.name), values.by_query[query]);
                let _ = write!(html, "<h4>{name} <small>{value:.3}</small></h4><ol class=\"shelf\">");
                for product in system.run.ids(query).into_iter().take(SHELF) {
                    html.push_str(&self.card(query, product, pictures));
                }
                html.push_str("</ol>");
            }
            html.push_str("</article>");
        }
        html.push_str("</section>");
        html
    }

    fn card(&self, query: &str, id: &str, pictures: &mut BTreeSet<usize>) -> String {
        let collection = self.report.collection;
        let row = collection.and_then(|collection| collection.row_of(id));
        pictures.extend(row);
        let product = row.and_then(|row| collection?.product(row));
        let title = product.map_or_else(|| id.to_owned(), |product| product.title(self.language).to_owned());
        let title = escaped(if title.is_empty() { id } else { &title });
        let grade = self.report.judgements.grade(query, id);
        let best = self.report.judgements.grades(query).first().copied().unwrap_or_default();
        let (class, told) = match grade {
            None => ("g", self.say("not judged", "未评级").to_owned()),
            Some(grade) if grade <= 0.0 => ("g g0", format!("{grade}")),
            Some(grade) if grade < best => ("g g1", format!("{grade}")),
            Some(grade) => ("g g2", format!("{grade}")),
        };
        let picture = row.map_or_else(String::new, |row| format!(" p{row}"));
        format!(
            "<li class=\"{class}\"><div class=\"picture{picture}\" role=\"img\" aria-label=\"{title}\"></div>\
             <span>{title}</span><small>{told}</small></li>"
        )
    }
}

fn sign_class(difference: f64) -> &'static str {
    match difference {
        gained if gained > 0.0 => "up",
        lost if lost < 0.0 => "down",
        _ => "",
    }
}

/// Text that is safe between tags and inside quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, ids: &[&str]) -> Run {
        let ranking = ids.iter().map(|id| ((*id).to_owned(), 1.0)).collect();
        Run { name: name.into(), rankings: [("q1".to_owned(), ranking)].into() }
    }

    #[test]
    fn one_page_in_either_language() {
        let query =
            AuditQuery {
                id: "q1".into(), text: "<b>红 & \"x\"".into(), class: "kind".into(), ..AuditQuery::default()
            };
        let queries = QuerySet { queries: vec![query] };
        let mut judgements = Judgements::default();
        judgements.set("q1", "a", 3.0);
        judgements.set("q1", "b", 0.0);
        let (before, after) = (run("before", &["b", "a"]), run("after", &["a", "b", "c"]));
        let preset = Preset { name: "after".into(), ..Preset::default() };
        let report = Report {
            title: "Spring <sale>",
            collection: None,
            queries: &queries,
            judgements: &judgements,
            metric: Metric::parse("mrr@10").unwrap(),
            systems: vec![System { run: &before, preset: None }, System { run: &after, preset: Some(&preset) }],
            map: Some("<svg id=\"map\"></svg>"),
        };
        let english = report.html(Language::English).unwrap();
        for part in [
            "Spring &lt;sale&gt;",
            "&lt;b&gt;红 &amp; &quot;x&quot;",
            "<svg id=\"map\">",
            "0.500 → 1.000",
            "+0.500",
            "after against before",
            "g g2",
            "not judged",
            "prefers-color-scheme",
            "Matching words",
        ] {
            assert!(english.contains(part), "{part}");
        }
        assert!(!english.contains("<b>红") && !english.contains("http"), "a page needs nothing from elsewhere");
        let chinese = report.html(Language::Chinese).unwrap();
        assert!(chinese.contains("胜出的查询") && !chinese.contains("Winners"));
        let csv = String::from_utf8(report.csv().unwrap()).unwrap();
        assert!(csv.starts_with("query_id,text,class,before mrr@10,after mrr@10,after difference\nq1,"), "{csv}");
        assert!(csv.ends_with(",kind,0.500000,1.000000,0.500000\n"), "{csv}");
        let json = report.json();
        assert_eq!(json["metric"], "mrr@10");
        assert_eq!(json["comparisons"][0]["candidate"]["mean"], 1.0);
        assert_eq!(json["systems"][1]["classes"]["kind"]["queries"], 1);
    }
}
