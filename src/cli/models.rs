//! `vitrine models`: which encoder bundles there are, whether they are whole, and how one is added, chosen or removed.

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Done, Format, Shell, megabytes, print_json, print_line};
use crate::{
    error::Error,
    language::Language,
    models::{
        self, Entry, Origin, State,
        add::{self, Plan},
        recipe::Space,
    },
    settings::{Settings, home},
};

#[derive(Debug, Args)]
pub struct ModelsTask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// List the bundles that are here and the recipes that can be added.
    List,
    /// Check every file of a bundle against its sha256 and load its encoders.
    Verify {
        /// The bundle; without it, all that are here.
        name: Option<String>,
    },
    /// Add a bundle: a folder with a bundle.toml, the address of one, or a recipe that `list` shows.
    Add {
        #[arg(value_name = "DIR|URL|RECIPE")]
        source: String,
        /// Agree to the licence without being asked.
        #[arg(long)]
        yes: bool,
    },
    /// Choose the bundle whose encoders are used from now on; `compact` is the built-in one.
    Use { name: String },
    /// Remove a bundle that was added.
    Remove { name: String },
}

pub fn models(shell: &Shell, task: &ModelsTask) -> Done {
    match &task.task {
        Task::List => list(shell),
        Task::Verify { name } => verify(shell, name.as_deref()),
        Task::Add { source, yes } => add(shell, source, *yes),
        Task::Use { name } => choose(shell, name),
        Task::Remove { name } => remove(shell, name),
    }
}

fn list(shell: &Shell) -> Done {
    let language = shell.language;
    let entries = models::list(&home());
    if shell.format == Format::Json {
        let entries = entries.iter().map(|entry| as_json(entry, shell));
        print_json(&json!({"bundles": entries.collect::<Vec<_>>()}))?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &entries {
        let mark = if entry.name == shell.bundle { '*' } else { ' ' };
        let size = entry.bytes.map(|bytes| format!(", {}", megabytes(bytes))).unwrap_or_default();
        print_line(&format!("{mark} {}  {}{size}", entry.name, say_state(entry, language)))?;
        if !entry.title.is_empty() {
            print_line(&format!("    {}", entry.title))?;
            print_line(&format!("    {}", say_spaces(&entry.spaces, entry.speech, language)))?;
            print_line(
                &language.pick(format!("    Licence: {}", entry.licence), format!("    许可：{}", entry.licence)),
            )?;
        }
        if let State::Damaged(error) = &entry.state {
            print_line(&format!("    {}", error.say(language)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(entry: &Entry, shell: &Shell) -> Value {
    let spaces =
        entry.spaces.iter().map(|Space { name, dim, holds }| json!({"name": name, "dim": dim, "holds": holds}));
    let (state, detail) = match &entry.state {
        State::Whole => ("whole", None),
        State::Damaged(error) => ("damaged", Some(error.say(shell.language))),
        State::NotHere => ("not downloaded", None),
        State::Begun(_) => ("partly downloaded", None),
    };
    json!({
        "name": entry.name,
        "title": entry.title,
        "licence": entry.licence,
        "spaces": spaces.collect::<Vec<_>>(),
        "speech": entry.speech,
        "bytes": entry.bytes,
        "origin": match entry.origin {
            Origin::BuiltIn => "built-in",
            Origin::Added => "added",
            Origin::Recipe => "recipe",
        },
        "in_use": entry.name == shell.bundle,
        "state": state,
        "detail": detail,
    })
}

fn say_state(entry: &Entry, language: Language) -> String {
    let here = match entry.origin {
        Origin::BuiltIn => language.pick("built in", "内置"),
        Origin::Added | Origin::Recipe => language.pick("added", "已添加"),
    };
    match &entry.state {
        State::Whole => here.into(),
        State::Damaged(_) => language.pick(format!("{here}, damaged"), format!("{here}，已损坏")),
        State::NotHere => language.pick("not downloaded".into(), "未下载".into()),
        State::Begun(bytes) => {
            let size = megabytes(*bytes);
            language.pick(format!("{size} downloaded so far"), format!("已下载 {size}"))
        }
    }
}

fn say_spaces(spaces: &[Space], speech: bool, language: Language) -> String {
    let modality = |name: &&str| match *name {
        "text" => language.pick("text", "文字"),
        "image" => language.pick("picture", "图片"),
        _ => language.pick("sound", "声音"),
    };
    let space = |space: &Space| {
        let holds: Vec<&str> = space.holds.iter().map(modality).collect();
        language.pick(
            format!("{} ({} dimensions): {}", space.name, space.dim, holds.join(", ")),
            format!("{}（{} 维）：{}", space.name, space.dim, holds.join("、")),
        )
    };
    let speech = speech.then(|| language.pick("speech to text".to_owned(), "语音转文字".to_owned()));
    let parts: Vec<String> = spaces.iter().map(space).chain(speech).collect();
    parts.join(language.pick("; ", "；"))
}

fn verify(shell: &Shell, name: Option<&str>) -> Done {
    let names = match name {
        Some(name) => vec![name.to_owned()],
        None => {
            models::list(&home()).into_iter().filter(|entry| entry.origin != Origin::Recipe).map(|e| e.name).collect()
        }
    };
    let mut findings = Vec::new();
    for name in names {
        let bundle = name.clone();
        let outcome = shell.watch(move |progress| models::verify(&home(), &bundle, progress));
        findings.push((name, outcome));
    }
    let whole = findings.iter().all(|(_, outcome)| outcome.is_ok());
    if shell.format == Format::Json {
        let findings = findings.iter().map(|(name, outcome)| {
            let detail = outcome.as_ref().err().map(|error| error.say(shell.language));
            json!({"name": name, "ok": outcome.is_ok(), "detail": detail})
        });
        print_json(&json!({"ok": whole, "bundles": findings.collect::<Vec<_>>()}))?;
    } else {
        for (name, outcome) in &findings {
            print_line(&match outcome {
                Ok(()) => format!("ok  {name}"),
                Err(error) => format!("--  {name}  {}", error.say(shell.language)),
            })?;
        }
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn add(shell: &Shell, source: &str, yes: bool) -> Done {
    let language = shell.language;
    let plan = add::plan(source, &home())?;
    for line in describe(&plan, language) {
        eprintln!("{line}");
    }
    let name = plan.recipe.name.clone();
    if !yes && !agreed(&name, language)? {
        return Err(Error::Cancelled.into());
    }
    let folder = shell.watch(move |progress| add::carry_out(&plan, &home(), progress))?;
    if shell.format == Format::Json {
        print_json(&json!({"name": name, "folder": folder}))?;
    } else {
        let place = folder.display();
        print_line(&language.pick(
            format!("{name} is in {place}. Choose it with `vitrine models use {name}`."),
            format!("{name} 已放入 {place}。用 `vitrine models use {name}` 选用它。"),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What somebody should know before agreeing.
fn describe(plan: &Plan, language: Language) -> Vec<String> {
    let recipe = &plan.recipe;
    let files = recipe.files.len();
    let size = match recipe.bytes() {
        _ if plan.folder.is_some() => language.pick(format!("{files} files to copy"), format!("复制 {files} 个文件")),
        (bytes, 0) => {
            let size = megabytes(bytes);
            language.pick(format!("{size} to download in {files} files"), format!("下载 {files} 个文件，共 {size}"))
        }
        (0, _) => language
            .pick(format!("{files} files to download, size not known"), format!("下载 {files} 个文件，大小未知")),
        (bytes, unknown) => {
            let size = megabytes(bytes);
            language.pick(
                format!("at least {size} to download in {files} files, {unknown} of unknown size"),
                format!("下载 {files} 个文件，至少 {size}，其中 {unknown} 个大小未知"),
            )
        }
    };
    let mut lines = vec![
        format!("{}: {}", recipe.name, recipe.title),
        format!("  {}", say_spaces(&recipe.spaces, recipe.hears_speech(), language)),
        format!("  {size}"),
        language.pick(format!("  Licence: {}", recipe.licence), format!("  许可：{}", recipe.licence)),
    ];
    lines.extend(recipe.licence_url.iter().chain(&recipe.homepage).map(|page| format!("  {page}")));
    lines
}

/// Asks on a terminal; elsewhere nobody can answer.
fn agreed(name: &str, language: Language) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(Error::NotAgreed { name: name.into() }.into());
    }
    eprint!("{}", language.pick("Add it under this licence? [y/N] ", "同意许可并添加？[y/N] "));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes", "是"].contains(&answer.trim().to_lowercase().as_str()))
}

fn choose(shell: &Shell, name: &str) -> Done {
    let bundle = name.to_owned();
    shell.watch(move |progress| models::check_choice(&home(), &bundle, progress))?;
    let settings = Settings { bundle: name.into(), ..Settings::load(&home()) };
    settings.save(&home())?;
    if shell.format == Format::Json {
        print_json(&json!({"bundle": name}))?;
    } else {
        print_line(&shell.language.pick(
            format!(
                "{name} is used from the next start on. Collections made with another bundle have to be imported again."
            ),
            format!("下次启动起使用 {name}。用其他编码器包制作的商品库需要重新导入。"),
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(shell: &Shell, name: &str) -> Done {
    models::remove(&home(), name, &shell.bundle)?;
    if shell.format == Format::Json {
        print_json(&json!({"removed": name}))?;
    } else {
        print_line(&shell.language.pick(format!("{name} is removed."), format!("已移除 {name}。")))?;
    }
    Ok(ExitCode::SUCCESS)
}
