//! The same engine from the shell: one short function per subcommand. Results go to standard output, progress and
//! warnings to standard error.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
    sync::Arc,
    thread,
    time::Duration,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    audio::record::{Take, record},
    collection::{Collection, ImportReport, Problem},
    encode::speech::Transcript,
    engine::Engine,
    error::{Error, Result},
    jobs::Jobs,
    language::Language,
    media::{
        clip::Clip,
        image::{Picture, Region},
    },
    progress::Progress,
    search::{self, Arrangement, Method, Normalisation, Policy, Query, Slider, Weighted, Weights, arrange},
    settings::{Settings, home},
};

mod bench;
mod doctor;
mod evaluate;
mod models;
mod run;

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
    /// Import a folder of media or a .csv, .tsv or .jsonl feed into a collection.
    Import(ImportTask),
    /// Search a collection by text, pictures and sound, or run a file of queries.
    Search(SearchTask),
    /// Print the unit vector of a text, a picture or a sound.
    Encode(EncodeTask),
    /// Record from the microphone into a WAV file.
    Record(RecordTask),
    /// Take the figures of the encoders on public data, as the model card gives them.
    EvalEncoders(evaluate::EvaluateTask),
    /// List, check, add and choose bundles of encoders.
    Models(models::ModelsTask),
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
    #[arg(long, value_name = "DIR")]
    collection: PathBuf,
}

#[derive(Debug, Args)]
struct SearchTask {
    #[command(flatten)]
    place: Place,
    /// Words, in English or Chinese; those after a `-` are what the products should not be about.
    #[arg(long)]
    text: Option<String>,
    /// A picture file; may be given several times.
    #[arg(long, value_name = "FILE")]
    image: Vec<PathBuf>,
    /// How much each picture counts, in their order, -1 (unlike it) to 1; pictures without one count 1.
    #[arg(long, value_name = "WEIGHT", requires = "image", allow_hyphen_values = true)]
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
    /// How the pairs are brought together: `weighted_sum`, `joint_vector`, `rrf` or `rrf:K`.
    #[arg(long, value_name = "NAME", default_value = "weighted_sum")]
    method: Method,
    /// How cosines are made comparable: `calibrated`, `none`, `min_max`, `z_score` or `l2`.
    #[arg(long, value_name = "NAME", default_value = "calibrated")]
    normalisation: Normalisation,
    /// Variety, 0 to 1: something new before more of the same (maximal marginal relevance).
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    diversity: f32,
    /// List near duplicates once.
    #[arg(long)]
    collapse: bool,
    /// How many products to list.
    #[arg(long, value_name = "K", default_value_t = 10)]
    top: usize,
    /// A file of queries, one JSON object a line: `query_id`, `text`, `image`, `audio`.
    #[arg(long, value_name = "FILE.jsonl", requires = "run", conflicts_with_all = ["text", "image", "audio"])]
    queries: Option<PathBuf>,
    /// Where the ranking of every query goes, in TREC run format.
    #[arg(long, value_name = "FILE", requires = "queries")]
    run: Option<PathBuf>,
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
        Some(Task::Search(task)) => shell.search(&task),
        Some(Task::Encode(task)) => shell.encode(&task),
        Some(Task::Record(task)) => shell.record(&task),
        Some(Task::EvalEncoders(task)) => evaluate::evaluate(&shell, &task),
        Some(Task::Models(task)) => models::models(&shell, &task),
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

/// What every subcommand needs to know.
struct Shell {
    language: Language,
    format: Format,
    /// Name of the chosen bundle.
    bundle: String,
}

impl Shell {
    fn import(&self, task: &ImportTask) -> Done {
        let engine = Engine::new(&self.bundle);
        let (source, folder) = (task.source.clone(), task.collection.clone());
        let (_, report) = self.watch(move |progress| engine.import(&source, &folder, progress))?;
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

    fn search(&self, task: &SearchTask) -> Done {
        let engine = Arc::new(Engine::new(&self.bundle));
        let weights = weights(task)?;
        let collection = self.open(&engine, &task.place)?;
        if let (Some(queries), Some(out)) = (&task.queries, &task.run) {
            return run::batch(self, &engine, queries, out, &weights, task.top);
        }
        let mut query = query(task.text.as_deref(), &task.image, task.audio.as_deref())?;
        for (image, weight) in query.images.iter_mut().zip(&task.image_weight) {
            *image = Weighted::new(image.content.clone(), *weight);
        }
        if let Some(region) = &task.region {
            let region: Region = region.parse()?;
            query.images =
                query.images.iter().map(|picture| Weighted::new(picture.crop(region), picture.weight())).collect();
        }
        let heard = if task.transcribe { self.hear(&engine, &mut query)? } else { None };
        let (_, found) = engine.search(&query, &weights, None, None, &Progress::new())?;
        let arrangement = Arrangement { diversity: task.diversity, collapse: task.collapse };
        // What is rearranged may come from beyond the end of the list.
        let looked_at = if arrangement.changes_nothing() { task.top } else { task.top.max(arrange::POOL) };
        let hits = found.rank(&collection, &weights, None, looked_at)?;
        let mut hits = arrangement.apply(&collection, &weights, hits);
        hits.truncate(task.top);
        if self.format == Format::Json {
            let hits = hits.iter().zip(1..).map(|(hit, rank)| {
                let product = collection.product(hit.row).unwrap_or_default();
                json!({
                    "rank": rank,
                    "id": product.id,
                    "title": product.title(self.language),
                    "score": hit.score,
                    "number_typed": hit.named,
                    "near_duplicates": hit.alike,
                    "parts": found.explain(&collection, hit.row, &weights),
                })
            });
            let hits: Vec<_> = hits.collect();
            let effects = found.effects(&collection, &weights, None)?;
            let effects = effects.iter().map(|(slider, effect)| json!({"slider": slider, "effect": effect}));
            let mut report = json!({
                "products": collection.len(),
                "weights": weights,
                "cut_off": found.cut_off(&collection, &weights),
                "effects": effects.collect::<Vec<_>>(),
                "hits": hits,
            });
            if let Some(heard) = heard {
                report["heard"] = json!({"text": heard.text, "language": heard.language});
            }
            print_json(&report)?;
            return Ok(ExitCode::SUCCESS);
        }
        for (hit, rank) in hits.iter().zip(1..) {
            let product = collection.product(hit.row).unwrap_or_default();
            print_line(&format!("{rank:>4}  {:>7.3}  {}  {}", hit.score, product.id, product.title(self.language)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Puts the words of the query's sound in its place, behind those that were typed.
    fn hear(&self, engine: &Engine, query: &mut Query) -> Result<Option<Transcript>> {
        let Some(clip) = query.audio.take() else { return Ok(None) };
        let heard = engine.transcribe(&clip)?;
        let Transcript { text, language } = &heard;
        eprintln!(
            "{}",
            self.language.pick(format!("Heard ({language}): {text}"), format!("听到（{language}）：{text}"))
        );
        query.text = [query.text.trim(), text].join(" ");
        Ok(Some(heard))
    }

    fn encode(&self, task: &EncodeTask) -> Done {
        let engine = Engine::new(&self.bundle);
        let images: Vec<PathBuf> = task.image.iter().cloned().collect();
        let query = query(task.text.as_deref(), &images, task.audio.as_deref())?;
        let part = query.parts().into_iter().next().ok_or(Error::EmptyQuery)?;
        let encoders = engine.encoders()?;
        let embedding = search::encode(encoders, &part)?;
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
        let terminal = io::stderr().is_terminal();
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

/// A query from words and files.
fn query(text: Option<&str>, images: &[PathBuf], audio: Option<&std::path::Path>) -> Result<Query> {
    Ok(Query {
        text: text.unwrap_or_default().to_owned(),
        images: images.iter().map(|path| Ok(Picture::open(path)?.into())).collect::<Result<_, _>>()?,
        audio: audio.map(Clip::open).transpose()?.map(Into::into),
    })
}

fn weights(task: &SearchTask) -> Result<Weights> {
    let mut weights = Weights::default();
    if task.renormalise {
        weights.policy = Policy::Renormalise;
    }
    (weights.method, weights.normalisation) = (task.method, task.normalisation);
    for (part, weight) in named_weights(task.weights.as_deref())? {
        weights.set_part(part, weight);
    }
    for (channel, weight) in named_weights(task.facets.as_deref())? {
        weights.set(Slider::Channel(channel), weight);
    }
    Ok(weights)
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
