//! ONNX Runtime, found when the program runs; the pure-Rust `tract` takes over when there is none. Only this file
//! knows either.
//!
//! The library is looked for in this order, the first sound one is used:
//! 1. the file named by `VITRINE_ORT`, then `ORT_DYLIB_PATH`;
//! 2. beside the program;
//! 3. `models/runtime/` (where `make runtime` puts it);
//! 4. the system's library folders;
//! 5. the `onnxruntime` package of a Python installation.
//!
//! A truncated library kills the process when it is loaded (SIGBUS), and any `ort` call before a successful start
//! panics, so a candidate is checked first and everything goes through [`Session::load`].

use std::{
    collections::HashMap,
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

use ort::{
    environment::Environment,
    session,
    session::builder::GraphOptimizationLevel,
    value::{DynValue, PrimitiveTensorElementType, Tensor, TensorElementType, ValueType},
};

use crate::error::{Error, Result};

/// Which library runs the encoders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    OnnxRuntime(PathBuf),
    /// Pure Rust: always there, slower.
    Tract,
}

/// The one environment of the process (ONNX Runtime allows no second) and how it came about.
pub struct Runtime {
    environment: Environment,
    pub backend: Backend,
    /// Libraries that were found and not used, each with the reason.
    pub refused: Vec<(PathBuf, String)>,
}

static RUNTIME: OnceLock<Result<Runtime>> = OnceLock::new();

/// The runtime, started by the first call.
pub fn runtime() -> Result<&'static Runtime> {
    RUNTIME.get_or_init(start).as_ref().map_err(Clone::clone)
}

fn start() -> Result<Runtime> {
    let mut refused = Vec::new();
    let no_runtime = |why: String| Error::NoRuntime { why };
    let only_tract = env::var("VITRINE_ORT").is_ok_and(|value| value == "tract");
    for path in candidates().into_iter().filter(|_| !only_tract) {
        let started = check_library(&path)
            .and_then(|()| ort::init_from(&path).map_err(|why| why.to_string()))
            .and_then(|builder| builder.with_telemetry(false).build().map_err(|why| why.to_string()));
        match started {
            Ok(environment) => return Ok(Runtime { environment, backend: Backend::OnnxRuntime(path), refused }),
            Err(why) => {
                tracing::warn!("{} is not used: {why}", path.display());
                refused.push((path, why));
            }
        }
    }
    if !ort::set_api(ort_tract::api()) {
        return Err(no_runtime("another runtime was started before".into()));
    }
    let environment = ort::init().with_telemetry(false).build().map_err(|why| no_runtime(why.to_string()))?;
    Ok(Runtime { environment, backend: Backend::Tract, refused })
}

/// Libraries that exist, in the documented order.
fn candidates() -> Vec<PathBuf> {
    let named = ["VITRINE_ORT", "ORT_DYLIB_PATH"].iter().filter_map(env::var_os).map(PathBuf::from);
    // A name that leads nowhere is kept, so that it is told among the refused.
    let mut found: Vec<PathBuf> = named.filter(|path| path != Path::new("tract")).collect();
    let mut folders = Vec::new();
    folders.extend(env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned())));
    folders.push(super::bundle::models_folder().join("runtime"));
    folders.extend(["/usr/local/lib", "/usr/lib", "/usr/lib64", "/opt/homebrew/lib"].map(PathBuf::from));
    folders.push(PathBuf::from(format!("/usr/lib/{}-linux-gnu", env::consts::ARCH)));
    folders.extend(python_folders());
    for folder in folders {
        let mut here: Vec<PathBuf> = fs::read_dir(&folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).filter(|path| is_library(path)).collect())
            .unwrap_or_default();
        here.sort();
        found.extend(here);
    }
    found
}

/// `onnxruntime/capi` of the Python installations that can be guessed without running Python.
fn python_folders() -> Vec<PathBuf> {
    let mut roots: Vec<PathBuf> = ["/usr/local/lib", "/usr/lib"].map(PathBuf::from).to_vec();
    roots.extend(env::var_os("VIRTUAL_ENV").map(|folder| PathBuf::from(folder).join("lib")));
    roots.extend(env::var_os("HOME").map(|folder| PathBuf::from(folder).join(".local/lib")));
    let pythons = roots.iter().filter_map(|root| fs::read_dir(root).ok()).flatten().flatten();
    let pythons = pythons
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3")));
    pythons
        .flat_map(|python| ["site-packages", "dist-packages"].map(|packages| python.join(packages)))
        .map(|packages| packages.join("onnxruntime/capi"))
        .filter(|folder| folder.is_dir())
        .collect()
}

fn is_library(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let unix = name.starts_with("libonnxruntime.") && [".so", ".dylib"].iter().any(|part| name.contains(part));
    (unix || name == "onnxruntime.dll") && path.is_file()
}

/// Whether a library is whole, as far as can be told without loading it.
fn check_library(path: &Path) -> std::result::Result<(), String> {
    let mut head = Vec::new();
    let file = fs::File::open(path).map_err(|why| why.to_string())?;
    let size = file.metadata().map_err(|why| why.to_string())?.len();
    file.take(64).read_to_end(&mut head).map_err(|why| why.to_string())?;
    if head.len() < 64 {
        return Err("it is too small to be a library".into());
    }
    if cfg!(target_os = "linux") {
        let number =
            |from: usize, bytes: usize| (0..bytes).rev().fold(0, |sum, at| sum << 8 | u64::from(head[from + at]));
        // In a 64-bit ELF file the table of sections stands at the end: e_shoff, e_shentsize, e_shnum.
        if !head.starts_with(b"\x7fELF\x02\x01") {
            return Err("it is not a 64-bit library".into());
        }
        if number(40, 8).saturating_add(number(58, 2) * number(60, 2)) > size {
            return Err("it is cut off; get it again".into());
        }
    }
    Ok(())
}

/// One loaded ONNX file. Runs are one at a time; a run uses up to four cores itself.
pub struct Session {
    loaded: Mutex<session::Session>,
    path: PathBuf,
    inputs: Vec<Expected>,
    outputs: Vec<String>,
}

/// An input of the graph, with the shape of one item for when nobody has anything to say to it.
struct Expected {
    name: String,
    kind: Option<TensorElementType>,
    one: Vec<usize>,
}

/// A model's input: values in row-major order and their shape.
#[derive(Clone)]
pub enum Input {
    Floats(Vec<f32>, Vec<usize>),
    Integers(Vec<i64>, Vec<usize>),
}

/// A model's output: values in row-major order and their shape.
#[derive(Debug, PartialEq)]
pub struct Output {
    pub values: Vec<f32>,
    pub shape: Vec<usize>,
}

impl Session {
    /// Loads an ONNX file. A graph may have inputs that an encoder does not fill, as when one file serves text and
    /// picture: those get zeros, in the shape that `shapes` gives for their name, else in the smallest that the graph
    /// allows.
    pub fn load(path: &Path, mut shapes: HashMap<String, Vec<usize>>) -> Result<Self> {
        let bad = |why: String| Error::BadBundle { path: path.to_owned(), why };
        // Read here, so that a missing file is an ordinary error and never the library's own.
        let model = fs::read(path).map_err(|why| bad(why.to_string()))?;
        let runtime = runtime()?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
        let session = session::Session::builder(&runtime.environment)
            .map_err(|why| bad(why.to_string()))?
            .with_optimization_level(GraphOptimizationLevel::Level3)
            .map_err(|why| bad(why.to_string()))?
            .with_intra_threads(threads)
            .map_err(|why| bad(why.to_string()))?
            .commit_from_memory(&model)
            .map_err(|why| bad(why.to_string()))?;
        let inputs = session.inputs().iter().map(|input| {
            let name = input.name().to_owned();
            let ValueType::Tensor { ty, shape, .. } = input.dtype() else {
                return Expected { name, kind: None, one: Vec::new() };
            };
            // A side that the graph leaves open is negative.
            let smallest = || shape.iter().map(|side| (*side).max(1) as usize).collect();
            let one = shapes.remove(&name).unwrap_or_else(smallest);
            Expected { name, kind: Some(*ty), one }
        });
        let inputs = inputs.collect();
        let outputs = session.outputs().iter().map(|output| output.name().to_owned()).collect();
        Ok(Self { loaded: Mutex::new(session), path: path.to_owned(), inputs, outputs })
    }

    /// Whether the graph has these inputs and this output.
    ///
    /// # Errors
    /// [`Error::BadBundle`], naming those that it has.
    pub fn expect(&self, inputs: &[&str], output: &str) -> Result<()> {
        let known: Vec<&str> = self.inputs.iter().map(|input| input.name.as_str()).collect();
        let bad = |why: String| Err(Error::BadBundle { path: self.path.clone(), why });
        if let Some(missing) = inputs.iter().find(|name| !known.contains(name)) {
            return bad(format!("the graph has no input named {missing}; its inputs are {}", known.join(", ")));
        }
        if !self.outputs.iter().any(|known| known == output) {
            return bad(format!("the graph has no output named {output}; its outputs are {}", self.outputs.join(", ")));
        }
        Ok(())
    }

    /// Runs the model on named inputs and returns one named output.
    ///
    /// # Errors
    /// The library's own words; the caller knows the modality and makes the sentence.
    pub fn run(&self, mut inputs: Vec<(&str, Input)>, output: &str) -> std::result::Result<Output, String> {
        let mut values = Vec::with_capacity(self.inputs.len());
        for expected in &self.inputs {
            let place = inputs.iter().position(|(name, _)| *name == expected.name);
            let given = place.map(|place| inputs.swap_remove(place).1);
            values.push((expected.name.as_str(), expected.tensor(given)?));
        }
        let mut session = self.loaded.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let outputs = session.run(values).map_err(|why| why.to_string())?;
        let output = outputs.get(output).ok_or_else(|| format!("it has no output named {output}"))?;
        let (shape, data) = output.try_extract_tensor::<f32>().map_err(|why| why.to_string())?;
        Ok(Output { values: data.to_vec(), shape: shape.iter().map(|side| *side as usize).collect() })
    }
}

impl Expected {
    /// What is given, as the kind of number that the graph wants; zeros where nothing is.
    fn tensor(&self, given: Option<Input>) -> std::result::Result<DynValue, String> {
        let zeros = self.one.iter().product();
        let tensor = match (self.kind, given) {
            (Some(TensorElementType::Float32), Some(Input::Floats(data, shape))) => dynamic(shape, data),
            (Some(TensorElementType::Float32), None) => dynamic(self.one.clone(), vec![0.0_f32; zeros]),
            (Some(TensorElementType::Int64), Some(Input::Integers(data, shape))) => dynamic(shape, data),
            (Some(TensorElementType::Int64), None) => dynamic(self.one.clone(), vec![0_i64; zeros]),
            (Some(TensorElementType::Int32), Some(Input::Integers(data, shape))) => {
                dynamic(shape, data.iter().map(|value| *value as i32).collect())
            }
            (Some(TensorElementType::Int32), None) => dynamic(self.one.clone(), vec![0_i32; zeros]),
            (Some(TensorElementType::Bool), None) => dynamic(self.one.clone(), vec![false; zeros]),
            (kind, _) => {
                let kind = kind.map_or_else(|| "no tensor".into(), |kind| kind.to_string());
                return Err(format!("its input {} is of a kind that is not served ({kind})", self.name));
            }
        };
        tensor.map_err(|why| why.to_string())
    }
}

fn dynamic<T: PrimitiveTensorElementType + std::fmt::Debug + Clone + 'static>(
    shape: Vec<usize>,
    data: Vec<T>,
) -> ort::Result<DynValue> {
    Tensor::from_array((shape, data)).map(Tensor::into_dyn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_libraries_are_refused_before_they_are_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let check = |content: &[u8], expected: &str| {
            let path = folder.path().join("libonnxruntime.so");
            fs::write(&path, content).unwrap();
            assert!(check_library(&path).unwrap_err().contains(expected), "{expected}");
        };
        check(b"", "too small");
        check(&[b'x'; 100], "not a 64-bit library");
        let program = fs::read(env::current_exe().unwrap()).unwrap();
        check(&program[..program.len() / 2], "cut off");
    }
}
