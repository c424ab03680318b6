//! `vitrine duplicates`: groups of products that look, read or sound the same.

use std::{process::ExitCode, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{Done, Format, Place, Shell, print_json, print_line};
use crate::{encode::Modality, engine::Engine, index::nearest::near_duplicates};

#[derive(Debug, Args)]
pub struct DuplicatesTask {
    #[command(flatten)]
    place: Place,
    /// By `text`, `image` or `audio`.
    #[arg(long, default_value = "image")]
    facet: Modality,
    /// From this cosine on two products are the same.
    #[arg(long, value_name = "COSINE", default_value_t = 0.985)]
    threshold: f32,
}

pub fn duplicates(shell: &Shell, task: &DuplicatesTask) -> Done {
    let engine = Arc::new(Engine::new(&shell.bundle));
    let collection = shell.open(&engine, &task.place)?;
    let (facet, threshold, searched) = (task.facet, task.threshold, collection.clone());
    let groups = shell.watch(move |progress| match searched.nearest(facet)? {
        Some(nearest) => near_duplicates(&*nearest, threshold, progress),
        None => Ok(Vec::new()),
    })?;
    let ids = |group: &Vec<usize>| group.iter().map(|row| collection.columns().id(*row)).collect::<Vec<_>>();
    if shell.format == Format::Json {
        print_json(&json!(groups.iter().map(ids).collect::<Vec<_>>()))?;
        return Ok(ExitCode::SUCCESS);
    }
    groups.iter().try_for_each(|group| print_line(&ids(group).join("  ")))?;
    let count = groups.len();
    eprintln!(
        "{}",
        shell.language.pick(format!("Groups of near duplicates: {count}."), format!("近似重复的商品共 {count} 组。"))
    );
    Ok(ExitCode::SUCCESS)
}
