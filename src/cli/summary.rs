//! `vitrine summary`: what a collection holds, on one page.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use std::sync::Arc;

use super::{Done, Format, Place, Shell, print_json, print_line};
use crate::{
    collection::summary::{Count, Languages, Prices, Summary},
    engine::Engine,
};

/// Lines of a list on the page; JSON has all.
const MOST_LINES: usize = 20;

#[derive(Debug, Args)]
pub struct SummaryTask {
    #[command(flatten)]
    place: Place,
}

pub fn summary(shell: &Shell, task: &SummaryTask) -> Done {
    let engine = Arc::new(Engine::new(&shell.bundle));
    let collection = shell.open(&engine, &task.place)?;
    let summary = shell.watch(move |progress| Summary::of(&collection, progress))?;
    if shell.format == Format::Json {
        print_json(&json!(summary))?;
        return Ok(ExitCode::SUCCESS);
    }
    let pick = |english: &'static str, chinese: &'static str| shell.language.pick(english, chinese);
    let Summary { products, with_text, with_picture, with_sound, .. } = &summary;
    let share = |count: &usize| format!("{count} ({:.0}%)", *count as f64 * 100.0 / (*products).max(1) as f64);
    print_line(&format!("{}  {products}", pick("products", "商品")))?;
    for (name, count) in [
        (pick("text", "文字"), with_text),
        (pick("picture", "图片"), with_picture),
        (pick("sound", "声音"), with_sound),
    ] {
        print_line(&format!("  {name}  {}", share(count)))?;
    }
    let Languages { latin, chinese, both, other, untitled } = &summary.languages;
    print_line(pick("titles", "标题"))?;
    for (name, count) in [
        (pick("Latin letters", "拉丁字母"), latin),
        (pick("Chinese", "中文"), chinese),
        (pick("both", "两者"), both),
        (pick("other", "其他"), other),
        (pick("none", "无"), untitled),
    ] {
        if *count > 0 {
            print_line(&format!("  {name}  {}", share(count)))?;
        }
    }
    list(pick("categories", "类目"), &summary.categories)?;
    list(pick("brands", "品牌"), &summary.brands)?;
    if !summary.prices.is_empty() {
        print_line(pick("prices: lowest, median, highest", "价格：最低、中位、最高"))?;
    }
    for Prices { currency, products, lowest, median, highest } in &summary.prices {
        print_line(&format!("  {currency}  {lowest:.2}  {median:.2}  {highest:.2}  ({products})"))?;
    }
    let (with, all) = (summary.products_with_problems, summary.problems);
    print_line(&shell.language.pick(
        format!("products with problems  {with}; problems in all  {all}"),
        format!("有问题的商品  {with}；问题共  {all}"),
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn list(heading: &str, counts: &[Count]) -> anyhow::Result<()> {
    if counts.is_empty() {
        return Ok(());
    }
    print_line(&format!("{heading}  {}", counts.len()))?;
    for Count { name, products } in counts.iter().take(MOST_LINES) {
        print_line(&format!("  {products:>8}  {name}"))?;
    }
    if counts.len() > MOST_LINES {
        print_line("         …")?;
    }
    Ok(())
}
