//! `vitrine import` and `vitrine watch`: a source into a collection, once or whenever it changes.

use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::json;

use super::{Done, Format, Shell, preview, print_json, print_line};
use crate::{
    catalog::{
        download::Web,
        feed::{Mapping, Options},
    },
    collection::{Collection, ImportReport, Leaving, Problem, watch::Watched},
    engine::Engine,
    error::{Error, Result},
    files::check_place,
    language::Language,
    progress::Progress,
};

/// How often a source is looked at, and how long it has to be quiet before it is imported.
const EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub struct ImportTask {
    /// The folder or feed to read; it is never changed.
    source: PathBuf,
    /// Where the collection is kept; an existing one is replaced when the import has succeeded.
    #[arg(long, value_name = "DIR", required_unless_present = "preview")]
    collection: Option<PathBuf>,
    /// Show the columns of the source and what they are taken for, and import nothing.
    #[arg(long)]
    preview: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Args)]
pub struct WatchTask {
    /// The folder or feed to watch; it is never changed.
    source: PathBuf,
    /// Where the collection is kept.
    #[arg(long, value_name = "DIR")]
    collection: PathBuf,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Clone, Args)]
struct How {
    /// What columns mean where their names do not tell: title=COLUMN,price=COLUMN,ignore=COLUMN,attribute=COLUMN. Left out,
    /// it is as it was when the source was last imported into the collection; "" goes by the names alone.
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    map: Option<String>,
    /// Where relative paths of pictures and sounds start; the folder of the feed unless given.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Fetch nothing from the web; pictures and sounds there are named and left out.
    #[arg(long)]
    no_download: bool,
    /// Fetch from addresses inside your own network as well.
    #[arg(long)]
    allow_private: bool,
    /// Remove products that the source no longer has without asking.
    #[arg(long)]
    yes: bool,
    /// Write every row that needs a look to a table: line, id, kept, and the reason in both languages.
    #[arg(long, value_name = "FILE.csv")]
    report: Option<PathBuf>,
}

impl How {
    fn options(&self, source: &Path, folder: Option<&Path>) -> Result<Options> {
        let before = || folder.and_then(|folder| said_before(source, folder));
        let mapping: Mapping = self.map.clone().or_else(before).unwrap_or_default().parse()?;
        mapping.check_single()?;
        if let Some(files) = self.files.as_ref().filter(|files| !files.is_dir()) {
            return Err(Error::unreadable(files, "it is no folder"));
        }
        let web = Web { fetch: !self.no_download, allow_private: self.allow_private, ..Web::default() };
        Ok(Options { mapping, files: self.files.clone(), media: None, web, report: self.report.clone() })
    }
}

/// What was said of a source's columns when it was last imported into a folder, be it in the window.
fn said_before(source: &Path, folder: &Path) -> Option<String> {
    let same = Collection::source_of(folder)? == std::path::absolute(source).ok()?;
    same.then(|| Collection::asked_of(folder)).flatten().map(|asked| asked.map)
}

/// Imports once.
pub fn import(shell: &Shell, task: &ImportTask) -> Done {
    let options = task.how.options(&task.source, task.collection.as_deref())?;
    let Some(folder) = task.collection.as_deref().filter(|_| !task.preview) else {
        return preview::preview(shell, &task.source, &options.mapping);
    };
    check_report(&task.source, &task.how)?;
    once(shell, &Arc::new(Engine::new(&shell.bundle)), &task.source, folder, &task.how)?;
    Ok(ExitCode::SUCCESS)
}

/// Imports, then again whenever the source has changed and come to rest, until the program is stopped. An import that
/// fails is told and leaves the collection as it was; the next change tries again.
pub fn watch(shell: &Shell, task: &WatchTask) -> Done {
    check_report(&task.source, &task.how)?;
    let engine = Arc::new(Engine::new(&shell.bundle));
    let options = || task.how.options(&task.source, Some(&task.collection));
    let mut watched = Watched::new(&task.source, options()?);
    loop {
        // Columns may have been said anew in the window.
        if let Ok(options) = options() {
            watched = Watched::new(&task.source, options);
        }
        // Looked at before, so that what changes meanwhile is imported next.
        let imported = watched.look(&Progress::new());
        if let Err(error) = once(shell, &engine, &task.source, &task.collection, &task.how) {
            eprintln!("{}", shell.sentence(&error));
        }
        let source = task.source.display();
        eprintln!("{}", shell.language.pick(format!("Watching {source}…"), format!("正在监视 {source}…")));
        wait(&mut watched, &imported);
    }
}

/// The feed is never written to.
fn check_report(source: &Path, how: &How) -> Result<()> {
    let same =
        |report: &PathBuf| report.canonicalize().ok().zip(source.canonicalize().ok()).is_some_and(|(a, b)| a == b);
    match how.report.as_ref().filter(|report| same(report)) {
        Some(report) => Err(Error::Malformed {
            what: format!("--report {}", report.display()),
            how: "Choose a name that is not taken.".into(),
        }),
        None => how.report.as_deref().map_or(Ok(()), check_place),
    }
}

/// Until the source differs from what was imported and two looks in a row see the same.
fn wait(watched: &mut Watched, imported: &Result<u64>) {
    let mut last = imported.clone();
    loop {
        let started = Instant::now();
        let now = watched.look(&Progress::new());
        // A look at a million files may take a second; most of the time the disk has peace.
        thread::sleep(EVERY.max(10 * started.elapsed()));
        if now != *imported && now == last {
            return;
        }
        last = now;
    }
}

fn once(shell: &Shell, engine: &Arc<Engine>, source: &Path, folder: &Path, how: &How) -> anyhow::Result<()> {
    let (engine, options, yes, language) =
        (engine.clone(), how.options(source, Some(folder))?, how.yes, shell.language);
    let (source, folder) = (source.to_owned(), folder.to_owned());
    let (_, report) = shell.watch(move |progress| {
        let confirm = |leaving: &Leaving| if yes { Ok(()) } else { ask(leaving, &folder, language) };
        engine.import_with(&source, &folder, &options, &confirm, progress)
    })?;
    tell(shell, &report)
}

/// Asks on the terminal, if there is one.
fn ask(leaving: &Leaving, folder: &Path, language: Language) -> Result<()> {
    let Leaving { count, of, some } = leaving;
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Error::NotConfirmed { path: folder.to_owned(), leaving: *count, of: *of });
    }
    let titles: Vec<_> = some.iter().map(|product| format!("  {}  {}", product.id, product.title(language))).collect();
    let titles = titles.join("\n");
    eprintln!(
        "\r\x1b[K{}\n{titles}",
        language.pick(
            format!("{count} of the collection's {of} products are not in the source and will be removed, among them"),
            format!("商品库的 {of} 件商品中有 {count} 件不在来源里，将被移除，例如"),
        )
    );
    eprint!("{}", language.pick("Remove them? [y/N] ", "要移除吗？[y/N] "));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是") {
        Ok(())
    } else {
        Err(Error::Cancelled)
    }
}

fn tell(shell: &Shell, report: &ImportReport) -> anyhow::Result<()> {
    let ImportReport { rows, products, new, changed, unchanged, removed, encoded, taken_over, .. } = report;
    let ImportReport { coverage: [text, image, audio], problems, problem_count, seconds, .. } = report;
    if shell.format == Format::Json {
        let problem = |problem: &Problem| {
            let reason = problem.reason(shell.language);
            json!({"line": problem.line, "id": problem.id, "kept": problem.kept, "reason": reason})
        };
        return print_json(&json!({
            "rows": rows,
            "products": products,
            "new": new,
            "changed": changed,
            "unchanged": unchanged,
            "removed": removed,
            "held": report.held,
            "not_fetched": report.not_fetched,
            "offline": report.offline,
            "encoded": encoded,
            "taken_over": taken_over,
            "coverage": {"text": text, "image": image, "audio": audio},
            "problem_count": problem_count,
            "problems": problems.iter().map(problem).collect::<Vec<_>>(),
            "seconds": seconds,
        }));
    }
    print_line(&shell.language.pick(
        format!(
            "{products} products from {rows} rows in {seconds:.1} s \
             (text {text}, picture {image}, sound {audio}); problems: {problem_count}"
        ),
        format!(
            "{rows} 行中导入 {products} 件商品，用时 {seconds:.1} 秒\
             （文字 {text}、图片 {image}、声音 {audio}）；{problem_count} 个问题"
        ),
    ))?;
    print_line(&shell.language.pick(
        format!(
            "new {new}, changed {changed}, unchanged {unchanged}, removed {removed}; \
             encoded {encoded}, taken over {taken_over}"
        ),
        format!("新增 {new}、变更 {changed}、未变 {unchanged}、移除 {removed}；编码 {encoded}、沿用 {taken_over}"),
    ))?;
    if let Some(offline) = report.say_offline(shell.language) {
        eprintln!("{offline}");
    }
    for problem in problems {
        eprintln!("{}", problem.say(shell.language));
    }
    if problems.len() < *problem_count {
        let rest = problem_count - problems.len();
        eprintln!(
            "{}",
            shell.language.pick(
                format!("and {rest} more; --report writes them all"),
                format!("另有 {rest} 个；用 --report 可全部写出")
            )
        );
    }
    Ok(())
}
