//! Encoder bundles: the one that comes with the program, those that the user has added, and the recipes for more. Added
//! ones lie in `models` in the user's own folder; which one is used stands in the settings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    encode::{
        Encoders,
        bundle::{BUILT_IN, Bundle, models_folder},
    },
    error::{Error, Result},
    progress::{Progress, Stage},
};

pub mod add;
pub mod download;
pub mod recipe;

use recipe::{Recipe, Space, is_plain};

/// A bundle in a listing.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub title: String,
    pub licence: String,
    pub spaces: Vec<Space>,
    /// Whether it turns speech into text.
    pub speech: bool,
    /// On disk, or to fetch; `None`: not known.
    pub bytes: Option<u64>,
    pub origin: Origin,
    pub state: State,
}

/// Where a bundle comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    BuiltIn,
    Added,
    Recipe,
}

/// How much of a bundle is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Every file is here and as long as it should be; `verify` looks inside.
    Whole,
    Damaged(Error),
    NotHere,
    /// So many bytes have been fetched.
    Begun(u64),
}

/// The folder of a bundle, whether it is there or not.
pub fn folder_of(home: &Path, name: &str) -> PathBuf {
    if name == BUILT_IN { models_folder().join(BUILT_IN) } else { home.join("models").join(name) }
}

/// Where the files of a bundle gather until all are there.
fn partial_of(home: &Path, name: &str) -> PathBuf {
    home.join("models").join(format!(".partial-{name}"))
}

/// The recipes that come with the program.
pub fn recipes_folder() -> PathBuf {
    models_folder().join("recipes")
}

/// The description of a bundle that is here.
pub fn open(home: &Path, name: &str) -> Result<Bundle> {
    Bundle::open(&here(home, name)?)
}

/// The encoders of the chosen bundle; another one than the built-in fails with the way back to that.
pub fn load(home: &Path, name: &str) -> Result<Encoders> {
    let loaded = open(home, name).and_then(|bundle| bundle.load());
    if name == BUILT_IN {
        return loaded;
    }
    loaded.map_err(|error| {
        let why = match error {
            Error::BadBundle { path, why } => format!("{}: {why}", path.display()),
            Error::UnknownBundle { .. } => format!("its folder is not there: {}", folder_of(home, name).display()),
            // The machine's fault, not the bundle's.
            error @ Error::NoRuntime { .. } => return error,
            other => other.to_string(),
        };
        Error::ChosenBundle { name: name.into(), why }
    })
}

fn here(home: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder_of(home, name);
    let known = name == BUILT_IN || is_plain(name) && folder.is_dir();
    if known { Ok(folder) } else { Err(Error::UnknownBundle { name: name.into() }) }
}

/// Every bundle that is here or can be added: the built-in one, the user's own, then the recipes, each by name.
pub fn list(home: &Path) -> Vec<Entry> {
    let mut entries = vec![installed(home, BUILT_IN)];
    let added = names(&home.join("models"), |path| path.is_dir().then(|| path.file_name()).flatten());
    entries.extend(added.iter().filter(|name| is_plain(name)).map(|name| installed(home, name)));
    for name in names(&recipes_folder(), |path| path.extension().filter(|end| *end == "toml").and(path.file_stem())) {
        let path = recipes_folder().join(format!("{name}.toml"));
        let text = fs::read_to_string(&path).map_err(|why| Error::unreadable(&path, why));
        let recipe = text.and_then(|text| Recipe::parse(&text, &name, None));
        let name = recipe.as_ref().map_or(name, |recipe| recipe.name.clone());
        if entries.iter().any(|entry| entry.name == name) {
            continue;
        }
        entries.push(match recipe {
            Ok(recipe) => {
                let begun = bytes_in(&partial_of(home, &name));
                let state = if begun > 0 { State::Begun(begun) } else { State::NotHere };
                let bytes = match recipe.bytes() {
                    (bytes, 0) => Some(bytes),
                    _ => None,
                };
                entry(recipe, Origin::Recipe, state, bytes)
            }
            Err(error) => nameless(name, Origin::Recipe, error),
        });
    }
    entries
}

/// Names in a folder, in order; none when there is no such folder.
fn names(folder: &Path, name: fn(&Path) -> Option<&std::ffi::OsStr>) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| name(&entry.path()).map(|name| name.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

fn installed(home: &Path, name: &str) -> Entry {
    let origin = if name == BUILT_IN { Origin::BuiltIn } else { Origin::Added };
    let folder = folder_of(home, name);
    let recipe = match Recipe::of_folder(&folder) {
        Ok(recipe) => recipe,
        Err(error) => return nameless(name.into(), origin, error),
    };
    let mut bytes = 0;
    let mut state = State::Whole;
    for file in &recipe.files {
        let path = folder.join(&file.name);
        let there = fs::metadata(&path).ok().filter(fs::Metadata::is_file).map(|data| data.len());
        bytes += there.unwrap_or_default();
        let why = match there {
            None => "it is not there",
            Some(length) if file.bytes.is_some_and(|expected| expected != length) => "its size differs",
            Some(_) => continue,
        };
        state = State::Damaged(Error::DamagedBundle { name: name.into(), path, why: why.into() });
    }
    Entry { name: name.into(), ..entry(recipe, origin, state, Some(bytes)) }
}

fn entry(recipe: Recipe, origin: Origin, state: State, bytes: Option<u64>) -> Entry {
    let speech = recipe.hears_speech();
    let Recipe { name, title, licence, spaces, .. } = recipe;
    Entry { name, title, licence, spaces, speech, bytes, origin, state }
}

/// A bundle whose description cannot be read.
fn nameless(name: String, origin: Origin, error: Error) -> Entry {
    let (title, licence) = (String::new(), String::new());
    let state = State::Damaged(error);
    Entry { name, title, licence, spaces: Vec::new(), speech: false, bytes: None, origin, state }
}

/// Bytes of the files that lie in a folder.
fn bytes_in(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name() != "bundle.toml");
    named.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|data| data.len()).sum()
}

/// Reads every file of a bundle against its sha256 and loads its encoders.
pub fn verify(home: &Path, name: &str, progress: &Progress) -> Result<()> {
    let folder = here(home, name)?;
    let damaged = |path: &Path, why: String| Error::DamagedBundle { name: name.into(), path: path.to_owned(), why };
    let recipe = Recipe::of_folder(&folder).map_err(|error| match error {
        Error::Unreadable { path, why } => damaged(&path, why),
        Error::BadRecipe { why, .. } => damaged(&folder.join("bundle.toml"), why),
        other => other,
    })?;
    let lengths = recipe.files.iter().filter_map(|file| fs::metadata(folder.join(&file.name)).ok());
    progress.begin(Stage::Checking, lengths.map(|data| data.len() as usize).sum());
    for file in &recipe.files {
        let path = folder.join(&file.name);
        let sum = download::sum(&path, |bytes| progress.step_by(bytes)).map_err(|error| match error {
            Error::Unreadable { path, why } => damaged(&path, why),
            other => other,
        })?;
        if file.sha256.as_ref() != Some(&sum.sha256) {
            return Err(damaged(&path, "its sha256 differs from bundle.toml".into()));
        }
    }
    if !recipe.encodes() {
        return Ok(());
    }
    progress.begin(Stage::Opening, 0);
    match open(home, name).and_then(|bundle| bundle.load()) {
        Err(Error::BadBundle { path, why }) => Err(damaged(&path, why)),
        outcome => outcome.map(drop),
    }
}

/// Whether a bundle can be chosen: it is here, encodes something, and loads. The built-in one always can, since it is
/// the way back.
pub fn check_choice(home: &Path, name: &str, progress: &Progress) -> Result<()> {
    if name == BUILT_IN {
        return Ok(());
    }
    if here(home, name).and_then(|folder| Recipe::of_folder(&folder)).is_ok_and(|recipe| !recipe.encodes()) {
        let why = "it has no encoder of text, picture or sound".into();
        return Err(Error::ChosenBundle { name: name.into(), why });
    }
    verify(home, name, progress)
}

/// Removes a bundle that the user has added, finished or not. `chosen` is the one in use.
pub fn remove(home: &Path, name: &str, chosen: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::BundleInUse { name: name.into(), why: why.into() });
    if name == BUILT_IN {
        return refuse("it comes with the program");
    }
    if name == chosen {
        return refuse("it is the one in use");
    }
    let folders = [folder_of(home, name), partial_of(home, name)];
    let there: Vec<_> = folders.iter().filter(|folder| is_plain(name) && folder.is_dir()).collect();
    if there.is_empty() {
        return Err(Error::UnknownBundle { name: name.into() });
    }
    for folder in there {
        // Out of sight first: a removal that is cut short leaves no half bundle under its name.
        let gone = home.join("models").join(format!(".removed-{name}"));
        let removed = fs::rename(folder, &gone).and_then(|()| fs::remove_dir_all(&gone));
        removed.map_err(|why| Error::unwritable(folder, why))?;
    }
    Ok(())
}
