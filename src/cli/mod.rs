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
    collection::Collection,
    engine::Engine,
    error::{Error, Result},
    jobs::Jobs,
    language::Language,
    progress::{Progress, Stage},
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
mod export;
mod import;
mod models;
mod preview;
mod recall;
mod run;
mod search;
mod tune;
mod summary;

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
    Import(import::ImportTask),
    /// Import, and again whenever the source has changed; ends with Ctrl-C.
    Watch(import::WatchTask),
    /// Write products as a feed, or vectors for other programs.
    Export(export::ExportTask),
    /// Say what a collection holds.
    Summary(summary::SummaryTask),
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
        Some(Task::Import(task)) => import::import(&shell, &task),
        Some(Task::Watch(task)) => import::watch(&shell, &task),
        Some(Task::Export(task)) => export::export(&shell, &task),
        Some(Task::Summary(task)) => summary::summary(&shell, &task),
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
                // A question stands on the terminal, and the answer beside it.
                if stage == Stage::Asking {
                    thread::sleep(Duration::from_millis(10));
                    continue;
                }
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
