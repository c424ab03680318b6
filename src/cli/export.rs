//! `vitrine export`: products as a feed, or the vectors of a facet, all of them or those that pass a filter or answer a
//! query.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{Done, Format, Place, Shell, print_json};
use crate::{
    collection::export::Text,
    encode::Modality,
    engine::Engine,
    error::{Error, Result},
    files::check_place,
    media,
    progress::Progress,
    search::{Filter, Weights},
};

#[derive(Debug, Args)]
pub struct ExportTask {
    #[command(flatten)]
    place: Place,
    /// Its ending says the form: .csv or .jsonl for products, .npy or .parquet for vectors.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Begin a table with a byte order mark, by which Excel knows that it is UTF-8.
    #[arg(long)]
    bom: bool,
    /// Write the vectors of this facet, `text`, `image` or `audio`; the ids of `vec.npy` stand in `vec.ids.txt`.
    #[arg(long, value_name = "FACET")]
    embeddings: Option<Modality>,
    /// Only products that pass, as in a search: `brand=Acme`, `price=10..50`.
    #[arg(long, value_name = "NAME=VALUE,...")]
    filter: Vec<String>,
    /// Only the products that answer these words best, in their order.
    #[arg(long, allow_hyphen_values = true)]
    text: Option<String>,
    /// How many of them.
    #[arg(long, default_value_t = 100, requires = "text")]
    top: usize,
}

pub fn export(shell: &Shell, task: &ExportTask) -> Done {
    let ending = media::ending(&task.out).unwrap_or_default();
    check_place(&task.out)?;
    let text = if task.bom { Text::Marked } else { Text::Plain };
    let form = match (ending.as_str(), task.embeddings) {
        (ending @ ("csv" | "jsonl" | "ndjson"), None) => Form::Products { table: ending == "csv" },
        (ending @ ("npy" | "parquet"), Some(facet)) => Form::Vectors { facet, npy: ending == "npy" },
        _ => {
            return Err(Error::Malformed {
                what: task.out.display().to_string(),
                how: "Export products to .csv or .jsonl, and with --embeddings vectors to .npy or .parquet.".into(),
            }
            .into());
        }
    };
    let engine = Arc::new(Engine::new(&shell.bundle));
    let filter = Filter::parse(&task.filter)?;
    let collection = shell.open(&engine, &task.place)?;
    filter.check(collection.columns())?;
    let passing = (!filter.is_empty()).then(|| filter.rows(collection.columns()));
    let rows: Vec<usize> = if let Some(text) = &task.text {
        let query = crate::audit::queries::query(Some(text), &[], None)?;
        let weights = Weights::default();
        let (_, found) = engine.search(&query, &weights, None, None, &Progress::new())?;
        let hits = found.rank(&collection, &weights, passing.as_ref(), task.top)?;
        hits.into_iter().map(|hit| hit.row).collect()
    } else {
        (0..collection.len()).filter(|row| passing.as_ref().is_none_or(|passing| passing.contains(*row))).collect()
    };
    let out = task.out.clone();
    let count = shell.watch(move |progress| -> Result<usize> {
        match form {
            Form::Products { table: true } => {
                collection.export_csv_as(text, &rows, &out, progress).map(|()| rows.len())
            }
            Form::Products { table: false } => collection.export_jsonl(&rows, &out, progress).map(|()| rows.len()),
            Form::Vectors { facet, npy: true } => collection.export_npy(facet, &rows, &out, progress),
            Form::Vectors { facet, npy: false } => collection.export_parquet(facet, &rows, &out, progress),
        }
    })?;
    if shell.format == Format::Json {
        print_json(&json!({"file": task.out, "written": count}))?;
    } else {
        let file = task.out.display();
        eprintln!("{}", shell.language.pick(format!("{file}: {count} written"), format!("{file}：已写出 {count} 条")));
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Clone, Copy)]
enum Form {
    Products { table: bool },
    Vectors { facet: Modality, npy: bool },
}
