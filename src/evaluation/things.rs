//! Figures on pictures of things: fashion, electronics, groceries, clothes worn or laid out.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use serde::Deserialize;

use super::{
    Figure, Value,
    data::{Media, Row, rows, texts},
    measures::{precision, ranks, recall, recall_of_ranks},
    words::WORDS,
};
use crate::{
    collection::calibration::Background,
    encode::{Embedding, Encoders, Modality},
    error::Result,
    media::image::{Picture, Region},
    progress::Progress,
};

#[derive(Debug, Deserialize)]
struct Garment {
    title: String,
    article_type: String,
    base_colour: Option<String>,
}

/// Titles, colours and classes of a fashion catalog, dev part.
pub fn fashion(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Garment>(set)?;
    let trained: HashSet<String> =
        all.iter().filter(|row| !row.is_dev()).map(|row| row.facts.title.to_lowercase()).collect();
    let dev: Vec<&Row<Garment>> = all.iter().filter(|row| row.is_dev()).collect();
    let facts: Vec<&Garment> = dev.iter().map(|row| &row.facts).collect();
    let pictures = Media::of(set).pictures(encoders, &dev, |picture| picture, progress)?;
    let titles = texts(encoders, Modality::Image, &facts.iter().map(|garment| &garment.title).collect::<Vec<_>>())?;
    let own: Vec<usize> = (0..dev.len()).collect();
    let new: Vec<usize> =
        own.iter().copied().filter(|at| !trained.contains(&facts[*at].title.to_lowercase())).collect();
    let new_titles: Vec<Embedding> = new.iter().map(|at| titles[*at].clone()).collect();
    let mut figures = vec![
        recall("fashion title -> picture", &titles, &pictures, &own, &[1, 5, 10]),
        recall("fashion title that training never saw -> picture", &new_titles, &pictures, &new, &[1, 5, 10]),
        recall("fashion picture -> title", &pictures, &titles, &own, &[1, 5, 10]),
    ];
    figures.extend(colours(encoders, &facts, &pictures)?);
    figures.extend(articles(encoders, &facts, &pictures)?);
    let same = |query: usize, item: usize| facts[query].article_type == facts[item].article_type;
    figures.push(Figure {
        name: "fashion picture -> pictures of the same article".into(),
        queries: dev.len(),
        candidates: dev.len() - 1,
        values: vec![precision(&pictures, &pictures, 10, same, Some)],
    });
    figures.extend(parts_and_words(encoders, set, &dev, &pictures, progress)?);
    Ok(figures)
}

/// "Navy shirt": the 50 commonest pairs of colour and class, in English and Chinese.
fn colours(encoders: &Encoders, facts: &[&Garment], pictures: &[Embedding]) -> Result<Vec<Figure>> {
    let pair = |garment: &Garment| {
        let colour = garment.base_colour.clone().filter(|colour| !colour.is_empty())?;
        Some((colour, garment.article_type.clone()))
    };
    let pairs: Vec<(String, String)> = commonest(facts.iter().filter_map(|garment| pair(garment)), 50);
    let is = |(colour, article): &(String, String), item: usize| {
        facts[item].article_type == *article && facts[item].base_colour.as_ref() == Some(colour)
    };
    let english = |(colour, article): &(String, String)| format!("{} {}", colour.to_lowercase(), name(article));
    let chinese = |(colour, article): &(String, String)| {
        Some(format!("{}{}", WORDS.colour_zh(colour)?, WORDS.articles.get(article)?.zh.first()?))
    };
    let queries = texts(encoders, Modality::Image, &pairs.iter().map(english).collect::<Vec<_>>())?;
    let ten = precision(&queries, pictures, 10, |query, item| is(&pairs[query], item), |_| None);
    let both: Vec<&(String, String)> = pairs.iter().filter(|pair| chinese(pair).is_some()).collect();
    let at_five = |texts: &[Embedding], measure: &str| Value {
        measure: measure.into(),
        ..precision(texts, pictures, 5, |query, item| is(both[query], item), |_| None)
    };
    let en = at_five(
        &texts(encoders, Modality::Image, &both.iter().map(|pair| english(pair)).collect::<Vec<_>>())?,
        "English precision@5",
    );
    let zh = at_five(
        &texts(encoders, Modality::Image, &both.iter().filter_map(|pair| chinese(pair)).collect::<Vec<_>>())?,
        "Chinese precision@5",
    );
    let share = Value { measure: "Chinese / English".into(), value: zh.value / en.value.max(1e-9), chance: None };
    Ok(vec![
        Figure {
            name: "fashion \"colour article\" -> pictures of both".into(),
            queries: pairs.len(),
            candidates: pictures.len(),
            values: vec![ten],
        },
        Figure {
            name: "the same in both languages".into(),
            queries: both.len(),
            candidates: pictures.len(),
            values: vec![en, zh, share],
        },
    ])
}

/// Names of classes with at least ten dev pictures.
fn articles(encoders: &Encoders, facts: &[&Garment], pictures: &[Embedding]) -> Result<Vec<Figure>> {
    let count = |article: &String| facts.iter().filter(|garment| garment.article_type == *article).count();
    let all = commonest(facts.iter().map(|garment| garment.article_type.clone()), usize::MAX);
    let classes: Vec<String> = all.into_iter().filter(|article| count(article) >= 10).collect();
    let is = |query: usize, item: usize| facts[item].article_type == classes[query];
    let measure = |names: Vec<String>, measure: &str| -> Result<Value> {
        let queries = texts(encoders, Modality::Image, &names)?;
        Ok(Value { measure: measure.into(), ..precision(&queries, pictures, 10, is, |_| None) })
    };
    let chinese = |article: &String| {
        let names = WORDS.articles.get(article).and_then(|article| article.zh.first());
        names.unwrap_or(article).clone()
    };
    let values = vec![
        measure(classes.iter().map(|article| name(article)).collect(), "English precision@10")?,
        measure(classes.iter().map(chinese).collect(), "Chinese precision@10")?,
    ];
    let (queries, candidates) = (classes.len(), pictures.len());
    Ok(vec![Figure { name: "fashion article name -> pictures".into(), queries, candidates, values }])
}

/// A part of a picture finds its product; with words beside it, better than either alone.
///
/// The region is the middle half of the picture's width and height, a quarter of its area; the words are "colour
/// article"; fused half and half, each cosine first taken as standard deviations above the query's mean.
fn parts_and_words(
    encoders: &Encoders,
    set: &Path,
    dev: &[&Row<Garment>],
    pictures: &[Embedding],
    progress: &Progress,
) -> Result<Vec<Figure>> {
    let region = |side: f32| Region::new((1.0 - side) / 2.0, (1.0 - side) / 2.0, side, side);
    let cut = |side: f32| move |picture: Picture| region(side).map_or(picture.clone(), |region| picture.crop(region));
    let half = Media::of(set).pictures(encoders, dev, cut(0.5), progress)?;
    let most = Media::of(set).pictures(encoders, dev, cut(0.75), progress)?;
    let own: Vec<usize> = (0..dev.len()).collect();
    let worded = |row: &&Row<Garment>| {
        let colour = row.facts.base_colour.as_deref().unwrap_or_default().to_lowercase();
        format!("{colour} {}", name(&row.facts.article_type))
    };
    let words = texts(encoders, Modality::Image, &dev.iter().map(worded).collect::<Vec<_>>())?;
    let fused = fused_ranks(&words, &half, pictures);
    let one = |ranks: &[usize], measure: &str| Value {
        measure: measure.into(),
        ..recall_of_ranks("", ranks, pictures.len(), &[10]).values.remove(0)
    };
    let values = vec![
        one(&ranks(&words, pictures, &own), "words alone recall@10"),
        one(&ranks(&half, pictures, &own), "region alone recall@10"),
        one(&fused, "both recall@10"),
    ];
    Ok(vec![
        recall("fashion middle 75 % x 75 % of a picture -> the picture", &most, pictures, &own, &[1, 10]),
        Figure {
            name: "fashion \"colour article\" + middle 50 % x 50 % of the picture -> the picture".into(),
            queries: dev.len(),
            candidates: dev.len(),
            values,
        },
    ])
}

fn fused_ranks(words: &[Embedding], regions: &[Embedding], pictures: &[Embedding]) -> Vec<usize> {
    use rayon::prelude::*;
    let calibrated = |query: &Embedding| {
        let cosines: Vec<f32> = pictures.iter().map(|picture| query.cosine(picture)).collect();
        let background = Background::of(cosines.iter().copied()).unwrap_or(Background::RAW);
        cosines.into_iter().map(move |cosine| background.calibrate(cosine)).collect::<Vec<f32>>()
    };
    let rank = |own: usize| {
        let both: Vec<f32> =
            calibrated(&words[own]).iter().zip(calibrated(&regions[own])).map(|(a, b)| a + b).collect();
        both.iter().filter(|score| **score > both[own]).count()
    };
    (0..words.len()).into_par_iter().map(rank).collect()
}

#[derive(Debug, Deserialize)]
struct Titled {
    title: String,
}

/// Long titles of electronics, dev part; the larger pool adds 450 pictures of the train part.
pub fn electronics(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Titled>(set)?;
    let (dev, train): (Vec<_>, Vec<_>) = all.iter().partition(|row| row.is_dev());
    let pool: Vec<&Row<Titled>> = dev.iter().copied().chain(train.into_iter().take(450)).collect();
    let pictures = Media::of(set).pictures(encoders, &pool, |picture| picture, progress)?;
    let titles = texts(encoders, Modality::Image, &dev.iter().map(|row| &row.facts.title).collect::<Vec<_>>())?;
    let own: Vec<usize> = (0..dev.len()).collect();
    let only_dev = &pictures[..dev.len()];
    Ok(vec![
        recall("electronics title -> picture", &titles, only_dev, &own, &[1, 5, 10]),
        recall("electronics title -> picture, larger pool", &titles, &pictures, &own, &[1, 5, 10]),
        recall("electronics picture -> title", only_dev, &titles, &own, &[1, 5, 10]),
    ])
}

#[derive(Debug, Deserialize)]
struct Grocery {
    class: String,
    name: String,
    kind: String,
}

/// Photos taken in a shop against the names and the plain pictures of 81 groceries.
pub fn grocery(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Grocery>(set)?;
    let icons: Vec<&Row<Grocery>> = all.iter().filter(|row| row.facts.kind == "iconic").collect();
    let is_of = |row: &Row<Grocery>| icons.iter().position(|icon| icon.facts.class == row.facts.class);
    let dev = all.iter().filter(|row| row.is_dev() && row.facts.kind != "iconic");
    let (photos, targets): (Vec<&Row<Grocery>>, Vec<usize>) = dev.filter_map(|row| Some((row, is_of(row)?))).unzip();
    let mut media = Media::of(set);
    let taken = media.pictures(encoders, &photos, |picture| picture, progress)?;
    let drawn = media.pictures(encoders, &icons, |picture| picture, progress)?;
    let names = texts(encoders, Modality::Image, &icons.iter().map(|icon| &icon.facts.name).collect::<Vec<_>>())?;
    Ok(vec![
        recall("grocery photo -> name", &taken, &names, &targets, &[1, 5]),
        recall("grocery photo -> iconic picture", &taken, &drawn, &targets, &[1, 5]),
    ])
}

#[derive(Debug, Deserialize)]
struct Labelled {
    label: String,
}

/// Clothes as people photograph them.
pub fn clothing(encoders: &Encoders, set: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let all = rows::<Labelled>(set)?;
    let dev: Vec<&Row<Labelled>> = all.iter().filter(|row| row.is_dev()).collect();
    let pictures = Media::of(set).pictures(encoders, &dev, |picture| picture, progress)?;
    let labels: Vec<String> = commonest(dev.iter().map(|row| row.facts.label.clone()), usize::MAX);
    let names = texts(encoders, Modality::Image, &labels.iter().map(|label| name(label)).collect::<Vec<_>>())?;
    let place = |row: &&Row<Labelled>| labels.iter().position(|label| *label == row.facts.label).unwrap_or_default();
    let targets: Vec<usize> = dev.iter().map(place).collect();
    let same = |query: usize, item: usize| targets[query] == targets[item];
    Ok(vec![
        Figure {
            name: "clothing photo -> photos of the same kind".into(),
            queries: dev.len(),
            candidates: dev.len() - 1,
            values: vec![precision(&pictures, &pictures, 10, same, Some)],
        },
        recall("clothing photo -> kind", &pictures, &names, &targets, &[1, 5]),
    ])
}

/// The plain English name of a catalogue class.
fn name(label: &str) -> String {
    WORDS.articles.get(label).map_or_else(|| label.to_lowercase(), |article| article.en.clone())
}

/// Distinct items, the commonest first, among equals the one met first.
fn commonest<T: Clone + Eq + std::hash::Hash>(items: impl Iterator<Item = T>, most: usize) -> Vec<T> {
    let (mut counts, mut order) = (HashMap::new(), Vec::new());
    for item in items {
        let count = counts.entry(item.clone()).or_insert(0_usize);
        if *count == 0 {
            order.push(item);
        }
        *count += 1;
    }
    order.sort_by_key(|item| std::cmp::Reverse(counts[item]));
    order.truncate(most);
    order
}
