//! `vitrine bench`: how fast search is on this machine.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{Done, Format, Shell, print_json, print_line};
use crate::{
    collection::{Collection, generation::Limits},
    engine::Engine,
    error::Error,
    speed::{Figure, World, measure, measure_graph},
};

#[derive(Debug, Args)]
pub struct BenchTask {
    /// Products of the synthetic catalog.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    products: usize,
    /// Values of a vector.
    #[arg(long, value_name = "N", default_value_t = 256)]
    dim: usize,
    /// Where the catalog is kept for the next time; it takes 4 KB a product. Without it a temporary one is made.
    #[arg(long, value_name = "DIR")]
    collection: Option<PathBuf>,
    /// Build and ask the graph of one facet too: half a minute of one core for 100,000 products, many minutes for a million.
    #[arg(long)]
    graph: bool,
}

pub fn bench(shell: &Shell, task: &BenchTask) -> Done {
    let world = World { products: task.products.max(1), dim: task.dim.max(1) };
    let temporary = std::env::temp_dir().join(format!("vitrine-bench-{}", std::process::id()));
    let folder = task.collection.clone().unwrap_or_else(|| temporary.clone());
    let engine = Arc::new(Engine::with_encoders(world.encoders()));
    let with_graph = task.graph;
    let figures = shell.watch(move |progress| {
        let made = world.encoders().id;
        let known = Collection::open(&folder).ok().map(|known| known.manifest.bundle.clone());
        // Somebody's own collection is not written over.
        let foreign = match &known {
            Some(bundle) => !World::made(bundle),
            None => Collection::source_of(&folder).is_some(),
        };
        if foreign {
            return Err(Error::ForeignFolder { path: folder });
        }
        if known.as_ref() != Some(&made) {
            world.write(&folder, Limits { graph_from: usize::MAX, ..Limits::default() }, progress)?;
        }
        let mut figures = Vec::new();
        measure(&engine, &folder, progress, &mut |figure| figures.push(figure))?;
        if let Some(collection) = engine.collection().filter(|_| with_graph) {
            measure_graph(&collection, progress, &mut |figure| figures.push(figure))?;
        }
        Ok(figures)
    });
    let _ = std::fs::remove_dir_all(&temporary);
    let figures: Vec<Figure> = figures?;
    if shell.format == Format::Json {
        print_json(&json!({"products": world.products, "dim": world.dim, "figures": figures}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let heading = ["", "median", "p95", "best"];
    print_line(&format!("{:<58}{:>10}{:>10}{:>10}", heading[0], heading[1], heading[2], heading[3]))?;
    for Figure { name, unit, median, p95, best } in &figures {
        print_line(&format!("{name:<58}{median:>10.3}{p95:>10.3}{best:>10.3} {unit}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
