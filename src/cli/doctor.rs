//! `vitrine doctor`: each thing that Vitrine needs is ok, or what to do about it stands beside it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{Done, Format, Shell, print_json, print_line};
use crate::{
    audio::{play::probe_output, record::probe_input},
    encode::{
        Modality,
        runtime::{Backend, runtime},
    },
    error::{Error, Result},
    jobs::Jobs,
    models,
    search::{Part, encode},
    settings::{Settings, home},
};

/// A sound device that does not answer by then is taken for broken; opening one may block for good.
const DEVICE_PATIENCE: Duration = Duration::from_secs(5);

/// One line of the report.
struct Finding {
    name: [&'static str; 2],
    /// What is there, or what to do.
    outcome: std::result::Result<String, String>,
    /// Whether searching by text and picture works only with it.
    needed: bool,
}

/// Checks everything; the exit status is 0 when the main job can run.
pub fn doctor(shell: &Shell) -> Done {
    let language = shell.language;
    let say = |outcome: Result<String>| outcome.map_err(|error| error.say(language));
    let findings = [
        Finding { name: ["runtime", "运行库"], outcome: say(check_runtime(shell)), needed: true },
        Finding { name: ["encoders", "编码器"], outcome: say(check_bundle()), needed: true },
        Finding {
            name: ["microphone", "麦克风"], outcome: say(within(probe_input, microphone_hangs)), needed: false
        },
        Finding {
            name: ["loudspeaker", "扬声器"], outcome: say(within(probe_output, speaker_hangs)), needed: false
        },
        Finding { name: ["fonts", "字体"], outcome: check_fonts(shell), needed: false },
        Finding { name: ["display", "显示器"], outcome: say(check_display()), needed: false },
    ];
    let works = findings.iter().all(|finding| finding.outcome.is_ok() || !finding.needed);
    if shell.format == Format::Json {
        let findings = findings.iter().map(|finding| {
            let (Ok(text) | Err(text)) = &finding.outcome;
            json!({"name": finding.name[0], "ok": finding.outcome.is_ok(), "needed": finding.needed, "detail": text})
        });
        print_json(&json!({"works": works, "findings": findings.collect::<Vec<_>>()}))?;
    } else {
        for Finding { name, outcome, .. } in &findings {
            let name = language.pick(name[0], name[1]);
            print_line(&match outcome {
                Ok(what) => format!("ok  {name}  {what}"),
                Err(remedy) => format!("--  {name}  {remedy}"),
            })?;
        }
    }
    Ok(if works { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_runtime(shell: &Shell) -> Result<String> {
    let runtime = runtime()?;
    let refused = runtime.refused.iter().map(|(path, why)| {
        shell.language.pick(format!("; not {}: {why}", path.display()), format!("；未使用 {}：{why}", path.display()))
    });
    let used = match &runtime.backend {
        Backend::OnnxRuntime(path) => format!("ONNX Runtime, {}", path.display()),
        Backend::Tract => shell.language.pick(
            "tract (built in, slower); run `make runtime` for ONNX Runtime".into(),
            "tract（内置，较慢）；运行 `make runtime` 可获得 ONNX Runtime".into(),
        ),
    };
    Ok(used + &refused.collect::<String>())
}

fn check_bundle() -> Result<String> {
    let chosen = Settings::load(&home()).bundle;
    let (encoders, bundle) = (models::load(&home(), &chosen)?, models::open(&home(), &chosen)?);
    if encoders.space(Modality::Text).is_some() {
        encode(&encoders, &Part::text("red sweater"))?;
    }
    Ok(format!("{}, {}, {}", bundle.id(), bundle.say_spaces(), bundle.folder.display()))
}

fn microphone_hangs(why: String) -> Error {
    Error::NoMicrophone { why }
}

fn speaker_hangs(why: String) -> Error {
    Error::NoSpeaker { why }
}

/// Runs a probe that may never come back.
fn within(probe: fn() -> Result<String>, hangs: fn(String) -> Error) -> Result<String> {
    let mut jobs = Jobs::new(|| {});
    jobs.start((), |why| Err(Error::Bug { why }), move |_| probe());
    let started = Instant::now();
    while started.elapsed() < DEVICE_PATIENCE {
        if let Some(outcome) = jobs.finished().pop() {
            return outcome;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Err(hangs(format!("no answer within {} s", DEVICE_PATIENCE.as_secs())))
}

/// Chinese needs a font of the system; the window's own fonts have none.
fn check_fonts(shell: &Shell) -> std::result::Result<String, String> {
    const CHINESE: [&str; 9] =
        ["cjk", "wqy", "sourcehan", "droidsansfallback", "uming", "ukai", "simsun", "msyh", "pingfang"];
    if !cfg!(target_os = "linux") {
        return Ok(shell.language.pick("the system's own".into(), "系统自带".into()));
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    let own = home.iter().flat_map(|home| [home.join(".fonts"), home.join(".local/share/fonts")]);
    let folders = ["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from).into_iter().chain(own);
    let found = folders.filter_map(|folder| {
        find(&folder, &|name| {
            let plain = name.to_lowercase().replace(['-', '_', ' '], "");
            CHINESE.iter().any(|part| plain.contains(part))
        })
    });
    found.into_iter().next().map(|path| path.display().to_string()).ok_or_else(|| {
        shell.language.pick(
            "No Chinese font was found. Install one, such as the package fonts-wqy-microhei.".into(),
            "没有找到中文字体。请安装一个，例如 fonts-wqy-microhei 软件包。".into(),
        )
    })
}

/// The first file below `folder` whose name is wanted.
fn find(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries.into_iter().find_map(|entry| {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            return find(&entry.path(), wanted);
        }
        wanted(&entry.file_name().to_string_lossy()).then(|| entry.path())
    })
}

fn check_display() -> Result<String> {
    if !cfg!(target_os = "linux") {
        return Ok("ok".into());
    }
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"));
    set("WAYLAND_DISPLAY")
        .or_else(|| set("DISPLAY"))
        .ok_or_else(|| Error::NoDisplay { why: "neither WAYLAND_DISPLAY nor DISPLAY is set".into() })
}
