//! The same engine from the shell: one short function per subcommand. Results go to standard output, progress and
//! warnings to standard error.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    audio::record::{Take, record},
    audit::queries::query,
    catalog::{
        download::Web,
        feed::{Mapping, Options},
    },
    collection::{Collection, ImportReport, Problem},
    engine::Engine,
    error::{Error, Result},
    jobs::Jobs,
    language::Language,
    progress::Progress,
    search::encode,
    settings::{Settings, home},
};

mod bench;
mod compare;
mod doctor;
mod duplicates;
mod eval;
mod evaluate;
mod judge;
mod models;
mod preview;
mod recall;
mod run;
mod search;
mod tune;

/// Explore a product catalog by text, picture and sound. Without a subcommand the window opens.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None)]
pub struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    /// Language of messages and of the window, which keeps it.
    #[arg(long, global = true, value_name = "en|zh")]
    language: Option<Language>,
    /// How results are printed.
    #[arg(long, global = true, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Import a folder of media or a feed (CSV, JSON, XLSX, ODS, XML, Parquet, also packed) into a collection.
    Import(ImportTask),
    /// Search a collection by text, pictures and sound, or run a file of queries.
    Search(Box<search::SearchTask>),
    /// Print the unit vector of a text, a picture or a sound.
    Encode(EncodeTask),
    /// Record from the microphone into a WAV file.
    Record(RecordTask),
    /// Measure how well a collection answers a set of judged queries.
    Eval(Box<eval::EvalTask>),
    /// Compare presets or runs; the exit status is 3 when one is significantly worse than the baseline.
    Compare(Box<compare::CompareTask>),
    /// Find better weights on judged queries, and say whether they are worth taking.
    Tune(Box<tune::TuneTask>),
    /// Convert judgements from one kind of file to another.
    Judge(judge::JudgeTask),
    /// Take the figures of the encoders on public data, as the model card gives them.
    EvalEncoders(evaluate::EvaluateTask),
    /// List, check, add and choose bundles of encoders.
    Models(models::ModelsTask),
    /// Check how well similar products are found, against the exact scan.
    Recall(recall::RecallTask),
    /// List groups of products that look, read or sound the same.
    Duplicates(duplicates::DuplicatesTask),
    /// Measure how fast search is on this machine, on a synthetic catalog.
    Bench(bench::BenchTask),
    /// Check what Vitrine needs: runtime, encoders, sound, fonts, display.
    Doctor,
}

#[derive(Debug, Args)]
struct ImportTask {
    /// The folder or feed to read; it is never changed.
    source: PathBuf,
    /// Where the collection is kept; an existing one is replaced when the import has succeeded.
    #[arg(long, value_name = "DIR", required_unless_present = "preview")]
    collection: Option<PathBuf>,
    /// Show the columns of the source and what they are taken for, and import nothing.
    #[arg(long)]
    preview: bool,
    /// What columns mean where their names do not tell: title=COLUMN,price=COLUMN,ignore=COLUMN,attribute=COLUMN.
    #[arg(long, value_name = "FIELD=COLUMN,…", default_value = "", hide_default_value = true)]
    map: String,
    /// Where relative paths of pictures and sounds start; the folder of the feed unless given.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    /// Fetch nothing from the web; pictures and sounds there are named and left out.
    #[arg(long)]
    no_download: bool,
    /// Fetch from addresses inside your own network as well.
    #[arg(long)]
    allow_private: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// The collection to search.
    #[arg(long, value_name = "DIR")]
    collection: Option<PathBuf>,
    /// Search the sample catalog that comes with the program.
    #[arg(long)]
    sample: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct EncodeTask {
    #[arg(long)]
    text: Option<String>,
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    audio: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct RecordTask {
    /// The WAV file to write.
    file: PathBuf,
    #[arg(long, default_value_t = 4.0)]
    seconds: f32,
}

/// Runs what the arguments ask for, `window` when they ask for nothing else, and prints the error, if any, in the chosen
/// language.
pub fn run(arguments: Arguments, window: fn(Settings) -> Result<()>) -> ExitCode {
    let settings = Settings::load(&home());
    let language = arguments.language.unwrap_or(settings.language);
    let shell = Shell { language, format: arguments.format, bundle: settings.bundle.clone() };
    let done = match arguments.task {
        None => window(Settings { language, ..settings }).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Some(Task::Import(task)) => shell.import(&task),
        Some(Task::Search(task)) => search::search(&shell, &task),
        Some(Task::Encode(task)) => shell.encode(&task),
        Some(Task::Record(task)) => shell.record(&task),
        Some(Task::Eval(task)) => eval::eval(&shell, &task),
        Some(Task::Compare(task)) => compare::compare_systems(&shell, &task),
        Some(Task::Tune(task)) => tune::tune(&shell, &task),
        Some(Task::Judge(task)) => judge::judge(&shell, &task),
        Some(Task::EvalEncoders(task)) => evaluate::evaluate(&shell, &task),
        Some(Task::Models(task)) => models::models(&shell, &task),
        Some(Task::Recall(task)) => recall::recall(&shell, &task),
        Some(Task::Duplicates(task)) => duplicates::duplicates(&shell, &task),
        Some(Task::Bench(task)) => bench::bench(&shell, &task),
        Some(Task::Doctor) => doctor::doctor(&shell),
    };
    done.unwrap_or_else(|error| {
        // Whoever reads our output, `head` say, has seen enough.
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS;
        }
        eprintln!("{}", shell.sentence(&error));
        ExitCode::FAILURE
    })
}

type Done = anyhow::Result<ExitCode>;

/// How long work may be silent where nobody sees its progress.
const QUIET: Duration = Duration::from_secs(2);

/// What every subcommand needs to know.
struct Shell {
    language: Language,
    format: Format,
    /// Name of the chosen bundle.
    bundle: String,
}

impl Shell {
    fn import(&self, task: &ImportTask) -> Done {
        let mapping: Mapping = task.map.parse()?;
        let Some(folder) = task.collection.clone().filter(|_| !task.preview) else {
            return preview::preview(self, &task.source, &mapping);
        };
        let web = Web { fetch: !task.no_download, allow_private: task.allow_private, ..Web::default() };
        let options = Options { mapping, files: task.files.clone(), media: None, web };
        let engine = Engine::new(&self.bundle);
        let source = task.source.clone();
        let (_, report) = self.watch(move |progress| engine.import_with(&source, &folder, &options, progress))?;
        self.tell_report(&report)?;
        Ok(ExitCode::SUCCESS)
    }

    fn tell_report(&self, report: &ImportReport) -> anyhow::Result<()> {
        let ImportReport { rows, products, coverage: [text, image, audio], problems, seconds } = report;
        if self.format == Format::Json {
            let problem = |problem: &Problem| {
                let (kept, reason) = (problem.fault.keeps_product(), problem.fault.say(self.language));
                json!({"line": problem.line, "id": problem.id, "kept": kept, "reason": reason})
            };
            return print_json(&json!({
                "rows": rows,
                "products": products,
                "coverage": {"text": text, "image": image, "audio": audio},
                "problems": problems.iter().map(problem).collect::<Vec<_>>(),
                "seconds": seconds,
            }));
        }
        let bad = problems.len();
        print_line(&self.language.pick(
            format!(
                "{products} products from {rows} rows in {seconds:.1} s \
                 (text {text}, picture {image}, sound {audio}); problems: {bad}"
            ),
            format!(
                "{rows} 行中导入 {products} 件商品，用时 {seconds:.1} 秒\
                 （文字 {text}、图片 {image}、声音 {audio}）；{bad} 个问题"
            ),
        ))?;
        for problem in problems {
            eprintln!("{}", problem.say(self.language));
        }
        Ok(())
    }

    fn encode(&self, task: &EncodeTask) -> Done {
        let engine = Engine::new(&self.bundle);
        let images: Vec<PathBuf> = task.image.iter().cloned().collect();
        let query = query(task.text.as_deref(), &images, task.audio.as_deref())?;
        let part = query.parts().into_iter().next().ok_or(Error::EmptyQuery)?;
        let encoders = engine.encoders()?;
        let embedding = encode(encoders, &part)?;
        if self.format == Format::Json {
            let modality = part.modality();
            print_json(&json!({
                "modality": modality,
                "bundle": encoders.id,
                "space": encoders.space(modality),
                "dim": embedding.values().len(),
                "embedding": embedding.values(),
            }))?;
        } else {
            let values: Vec<String> = embedding.values().iter().map(ToString::to_string).collect();
            print_line(&values.join(" "))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn record(&self, task: &RecordTask) -> Done {
        let take = Take::new(task.seconds).from_device(Settings::load(&home()).microphone);
        let clip = self.watch(move |progress| record(&take, progress))?;
        clip.save_wav(&task.file)?;
        let (seconds, peak) = (clip.seconds(), clip.peak_dbfs());
        match self.format {
            Format::Json => print_json(&json!({"seconds": seconds, "rate_hz": clip.rate_hz(), "peak_dbfs": peak}))?,
            Format::Text => {
                let (file, rate) = (task.file.display(), clip.rate_hz());
                print_line(&format!("{file}  {seconds:.2} s  {rate} Hz  {peak:.1} dBFS"))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn open(&self, engine: &Arc<Engine>, place: &Place) -> anyhow::Result<Arc<Collection>> {
        if let Some(folder) = &place.collection {
            return Ok(engine.open(folder)?);
        }
        let engine = engine.clone();
        Ok(self.watch(move |progress| engine.open_sample(&home(), progress))?)
    }

    /// Runs work in a lane and shows its progress on a terminal.
    fn watch<T: Send + 'static>(&self, work: impl FnOnce(&Progress) -> Result<T> + Send + 'static) -> Result<T> {
        let mut jobs = Jobs::new(|| {});
        let crashed = |why| Err(Error::Bug { why });
        let progress = jobs.start((), crashed, work);
        let (terminal, started) = (io::stderr().is_terminal(), Instant::now());
        let mut told = terminal;
        loop {
            if let Some(outcome) = jobs.finished().pop() {
                if terminal {
                    eprint!("\r\x1b[K");
                }
                return outcome;
            }
            if terminal {
                let (done, total) = progress.counts();
                let stage = progress.stage();
                let say = |count: usize| {
                    if stage.counts_bytes() { megabytes(count as u64) } else { count.to_string() }
                };
                let of_total = if total > 0 { format!(" / {}", say(total)) } else { String::new() };
                eprint!("\r\x1b[K{} {}{of_total}", stage.say(self.language), say(done));
                let _ = io::stderr().flush();
            }
            // Into a file one line will do, once the work takes its time.
            if !told && started.elapsed() > QUIET {
                eprintln!("{}…", progress.stage().say(self.language));
                told = true;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// An error with its context as one sentence in the chosen language.
    fn sentence(&self, error: &anyhow::Error) -> String {
        match error.downcast_ref::<Error>() {
            Some(own) => own.say(self.language),
            None => format!("{error:#}"),
        }
    }
}

/// A size as people read it, such as 15.8 MB.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    print_line(&serde_json::to_string_pretty(value)?)
}

fn print_line(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}
