//! `vitrine search`: one query, a file of queries, or the catalog itself in some order.

use std::{path::PathBuf, process::ExitCode, str::FromStr, sync::Arc};

use clap::Args;
use serde_json::{Value, json};

use super::{Done, Format, Place, Shell, print_json, print_line, run};
use crate::{
    audit::{Preset, queries::query},
    collection::Collection,
    encode::speech::Transcript,
    engine::Engine,
    error::{Error, Result},
    index::RowSet,
    media::image::{Picture, Region},
    progress::Progress,
    search::{
        Filter, Found, Hit, Method, Normalisation, Plan, Policy, Query, Slider, Sort, Weighted, Weights, arrange,
        facets::facet_counts,
    },
};

/// How products are ranked and put on the shelf; what is not given is as in the preset, or else as usual.
#[derive(Debug, Clone, Default, Args)]
pub struct RankingFlags {
    /// A file with weights and arrangement, in TOML or JSON; the flags below change it.
    #[arg(long, value_name = "FILE")]
    preset: Option<PathBuf>,
    /// How much each query part counts, 0 or more, such as `text=0.7,image=0.3`. Parts not named keep 1.
    #[arg(long, value_name = "PART=WEIGHT,...")]
    weights: Option<String>,
    /// How much each product facet counts, such as `text=0,image=1,audio=0`, and `keyword` for matching words. Those not
    /// named keep text=1, image=1, audio=0.25, keyword=0.5.
    #[arg(long, value_name = "FACET=WEIGHT,...")]
    facets: Option<String>,
    /// Divide by the facets that a product has instead of counting a missing one as neutral.
    #[arg(long)]
    renormalise: bool,
    /// How the pairs are brought together: `weighted_sum` (as usual), `joint_vector`, `rrf` or `rrf:K`.
    #[arg(long, value_name = "NAME")]
    method: Option<Method>,
    /// How cosines are made comparable: `calibrated` (as usual), `none`, `min_max`, `z_score` or `l2`.
    #[arg(long, value_name = "NAME")]
    normalisation: Option<Normalisation>,
    /// Variety, 0 to 1: something new before more of the same (maximal marginal relevance).
    #[arg(long, value_name = "SHARE", value_parser = share)]
    diversity: Option<f32>,
    /// List near duplicates once.
    #[arg(long)]
    collapse: bool,
}

impl RankingFlags {
    pub fn preset(&self) -> Result<Preset> {
        let mut preset = match &self.preset {
            Some(file) => Preset::read(file)?,
            None => Preset { name: "default".into(), ..Preset::default() },
        };
        let weights = &mut preset.weights;
        if self.renormalise {
            weights.policy = Policy::Renormalise;
        }
        weights.method = self.method.unwrap_or(weights.method);
        weights.normalisation = self.normalisation.unwrap_or(weights.normalisation);
        for (part, weight) in named_weights(self.weights.as_deref())? {
            weights.set_part(part, weight);
        }
        for (channel, weight) in named_weights(self.facets.as_deref())? {
            weights.set(Slider::Channel(channel), weight);
        }
        preset.arrangement.diversity = self.diversity.unwrap_or(preset.arrangement.diversity);
        preset.arrangement.collapse |= self.collapse;
        Ok(preset)
    }
}

#[derive(Debug, Args)]
pub struct SearchTask {
    #[command(flatten)]
    place: Place,
    /// Words, in English or Chinese; those after a `-` are what the products should not be about.
    #[arg(long, allow_hyphen_values = true)]
    text: Option<String>,
    /// A picture file; may be given several times.
    #[arg(long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// How much each picture counts, in their order, -1 (unlike it) to 1; pictures without one count 1.
    #[arg(long, value_name = "WEIGHT", requires = "image", allow_hyphen_values = true, value_parser = signed_share)]
    image_weight: Vec<f32>,
    /// The part of each picture that counts, in fractions of its width and height, such as `0.25,0,0.5,1`.
    #[arg(long, value_name = "LEFT,TOP,WIDTH,HEIGHT", requires = "image", allow_hyphen_values = true)]
    region: Option<String>,
    /// A sound file.
    #[arg(long, value_name = "FILE")]
    audio: Option<PathBuf>,
    /// Search by the words that are said in the sound; needs a bundle with a speech model.
    #[arg(long, requires = "audio")]
    transcribe: bool,
    #[command(flatten)]
    ranking: RankingFlags,
    /// Only products that pass, such as `brand=Acme,Bolt`, `category=Clothing > Sweaters`, `price=10..50`, `has=image,audio` or
    /// `color=red`; may be given several times.
    #[arg(long, value_name = "NAME=VALUE,...")]
    filter: Vec<String>,
    /// Without a query: list the products in this order.
    #[arg(
        long,
        value_name = "feed|price_up|price_down|title|id",
        value_parser = sort,
        conflicts_with_all = ["text", "image", "audio", "queries"]
    )]
    sort: Option<Sort>,
    /// With `--format json`: how many products each value of each facet would leave.
    #[arg(long)]
    facet_counts: bool,
    /// How many products to list.
    #[arg(long, value_name = "K", default_value = "10", value_parser = at_least_one)]
    top: usize,
    /// A file of queries, one JSON object a line: `query_id`, `text`, `image`, `audio`.
    #[arg(long, value_name = "FILE.jsonl", requires = "run", conflicts_with_all = ["text", "image", "audio", "facet_counts"])]
    queries: Option<PathBuf>,
    /// Where the ranking of every query goes, in TREC run format.
    #[arg(long, value_name = "FILE", requires = "queries")]
    run: Option<PathBuf>,
}

pub fn search(shell: &Shell, task: &SearchTask) -> Done {
    let engine = Arc::new(Engine::new(&shell.bundle));
    let preset = task.ranking.preset()?;
    let Preset { weights, arrangement, .. } = preset;
    let filter = Filter::parse(&task.filter)?;
    let collection = shell.open(&engine, &task.place)?;
    filter.check(collection.columns())?;
    let rows = (!filter.is_empty()).then(|| Arc::new(filter.rows(collection.columns())));
    if let (Some(queries), Some(out)) = (&task.queries, &task.run) {
        return run::batch(shell, &engine, (queries, out), preset, rows, task.top);
    }
    let mut query = query(task.text.as_deref(), &task.image, task.audio.as_deref())?;
    if task.image_weight.len() > query.images.len() {
        return Err(Error::Malformed {
            what: "--image-weight".into(),
            how: "Give at most one for each --image.".into(),
        }
        .into());
    }
    for (image, weight) in query.images.iter_mut().zip(&task.image_weight) {
        *image = Weighted::new(image.content.clone(), *weight);
    }
    if let Some(region) = &task.region {
        let region: Region = region.parse()?;
        let cropped = |image: &Weighted<Picture>| Weighted::new(image.crop(region), image.weight());
        query.images = query.images.iter().map(cropped).collect();
    }
    let heard = if task.transcribe { hear(shell, &engine, &mut query)? } else { None };
    let browses = query.is_empty() && (!task.filter.is_empty() || task.sort.is_some());
    let answer = if browses {
        let all = || RowSet::all(collection.len());
        let order =
            task.sort.unwrap_or_default().order(collection.columns(), &rows.as_deref().cloned().unwrap_or_else(all));
        Answer { found: None, hits: order.into_iter().take(task.top).map(|row| Hit::of(row as usize)).collect() }
    } else {
        let (_, found) = engine.search(&query, &weights, None, None, &Progress::new())?;
        // What is rearranged may come from beyond the end of the list.
        let looked_at = if arrangement.changes_nothing() { task.top } else { task.top.max(arrange::POOL) };
        let hits = found.rank(&collection, &weights, rows.as_deref(), looked_at)?;
        let mut hits = arrangement.apply(&collection, &weights, hits);
        hits.truncate(task.top);
        Answer { found: Some(found), hits }
    };
    if shell.format == Format::Json {
        let mut report = answer.report(shell, &collection, &weights, rows.as_deref())?;
        if task.facet_counts {
            report["facets"] = json!(facet_counts(collection.columns(), &filter, None));
        }
        if let Some(heard) = heard {
            report["heard"] = json!({"text": heard.text, "language": heard.language});
        }
        print_json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    if answer.hits.is_empty() {
        eprintln!("{}", shell.language.pick("No product passes the filter.", "没有商品符合筛选条件。"));
    }
    for (hit, rank) in answer.hits.iter().zip(1..) {
        let product = collection.product(hit.row).unwrap_or_default();
        // While browsing the price is what an order by price is read by.
        let price = product.price.as_ref().filter(|_| answer.found.is_none()).map(ToString::to_string);
        let score = match (&answer.found, weights.method) {
            (None, _) => price.unwrap_or_default(),
            (Some(_), Method::Rrf { .. }) => format!("{:.5}", hit.score),
            (Some(_), _) => format!("{:.3}", hit.score),
        };
        print_line(&format!("{rank:>4}  {score:>7}  {}  {}", product.id, product.title(shell.language)))?;
    }
    let line = answer.found.as_ref().and_then(|found| found.cut_off(&collection, &weights));
    let is_chance = |hit: &Hit| line.is_some_and(|line| hit.score < line && !hit.named);
    if !answer.hits.is_empty() && answer.hits.iter().all(is_chance) {
        eprintln!(
            "{}",
            shell.language.pick(
                "None of these is better than chance: the catalog may hold no such product, or the encoders do not know the query.",
                "这些结果都不比随机更好：目录里可能没有这类商品，或者编码器不认识这个查询。"
            )
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What is listed; nothing was found where the catalog is only browsed.
struct Answer {
    found: Option<Found>,
    hits: Vec<Hit>,
}

impl Answer {
    fn report(
        &self,
        shell: &Shell,
        collection: &Collection,
        weights: &Weights,
        filter: Option<&RowSet>,
    ) -> Result<Value> {
        let listed = |(hit, rank): (&Hit, usize)| {
            let product = collection.product(hit.row).unwrap_or_default();
            let mut entry = json!({"rank": rank, "id": product.id, "title": product.title(shell.language)});
            if let Some(found) = &self.found {
                entry["score"] = json!(hit.score);
                entry["number_typed"] = json!(hit.named);
                entry["near_duplicates"] = json!(hit.alike);
                entry["parts"] = json!(found.explain(collection, hit.row, weights));
            }
            entry
        };
        let hits: Vec<Value> = self.hits.iter().zip(1..).map(listed).collect();
        let mut report = json!({"products": collection.len(), "hits": hits});
        if let Some(found) = &self.found {
            let effects = found.effects(collection, weights, filter)?;
            let effects = effects.iter().map(|(slider, effect)| json!({"slider": slider, "effect": effect}));
            report["weights"] = json!(weights);
            report["plan"] = json!(Plan::of(collection, weights, filter));
            report["cut_off"] = json!(found.cut_off(collection, weights));
            report["effects"] = effects.collect();
        }
        Ok(report)
    }
}

/// Puts the words of the query's sound in its place, behind those that were typed.
fn hear(shell: &Shell, engine: &Engine, query: &mut Query) -> Result<Option<Transcript>> {
    let Some(clip) = query.audio.take() else { return Ok(None) };
    let heard = engine.transcribe(&clip)?;
    let Transcript { text, language } = &heard;
    eprintln!("{}", shell.language.pick(format!("Heard ({language}): {text}"), format!("听到（{language}）：{text}")));
    query.text = [query.text.trim(), text].join(" ");
    Ok(Some(heard))
}

pub fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "a number from 1 on".into())
}

fn signed_share(text: &str) -> std::result::Result<f32, String> {
    let share = text.parse().ok().filter(|share| (-1.0..=1.0).contains(share));
    share.ok_or_else(|| "a number from -1 to 1".into())
}

fn share(text: &str) -> std::result::Result<f32, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a number from 0 to 1".into())
}

fn sort(name: &str) -> std::result::Result<Sort, String> {
    serde_json::from_value(json!(name)).map_err(|why| why.to_string())
}

/// Reads `text=0.7,image=0.3`.
fn named_weights<T: FromStr<Err = Error>>(list: Option<&str>) -> Result<Vec<(T, f32)>> {
    let one = |item: &str| {
        let malformed = || Error::Malformed {
            what: format!("`{item}`"),
            how: "Write weights as text=0.7,image=0.3 with numbers of 0 or more.".into(),
        };
        let (name, weight) = item.split_once('=').ok_or_else(malformed)?;
        let weight = weight.trim().parse().ok().filter(|weight: &f32| weight.is_finite() && *weight >= 0.0);
        Ok((name.trim().parse()?, weight.ok_or_else(malformed)?))
    };
    list.into_iter().flat_map(|list| list.split(',')).filter(|item| !item.trim().is_empty()).map(one).collect()
}
