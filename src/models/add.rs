//! A bundle comes into the user's own folder: first a plan that says what would come from where under which licence,
//! then, once somebody has agreed, its files. They gather in a hidden folder that gets its name when all is there.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
};

use super::{
    download::{self, Patience, Source, Sum},
    folder_of, partial_of,
    recipe::{BundleFile, Recipe, is_plain},
    recipes_folder,
};
use crate::{
    encode::bundle::{BUILT_IN, Bundle},
    error::{Error, Result},
    files::write_whole,
    progress::{Progress, Stage},
};

/// What would be added, and from where.
#[derive(Debug)]
pub struct Plan {
    pub recipe: Recipe,
    /// Where the files lie; `None`: they are fetched.
    pub folder: Option<PathBuf>,
}

/// Reads what is to be added: a folder with a `bundle.toml`, the address of one, or the name or file of a recipe.
pub fn plan(source: &str, home: &Path) -> Result<Plan> {
    let path = Path::new(source);
    let of_file = |path: &Path| {
        let text = fs::read_to_string(path).map_err(|why| Error::unreadable(path, why))?;
        Recipe::parse(&text, &path.display().to_string(), None)
    };
    let shipped = recipes_folder().join(format!("{source}.toml"));
    let (recipe, folder) = if source.contains("://") {
        (Recipe::parse(&download::text(source)?, source, Some(source))?, None)
    } else if path.is_dir() {
        (Recipe::of_folder(path)?, Some(path.to_owned()))
    } else if is_plain(source) && shipped.is_file() {
        (of_file(&shipped)?, None)
    } else if path.is_file() {
        (of_file(path)?, None)
    } else if is_plain(source) {
        return Err(Error::UnknownBundle { name: source.into() });
    } else {
        return Err(Error::unreadable(path, "No such file or directory"));
    };
    let there = folder_of(home, &recipe.name);
    if recipe.name == BUILT_IN || there.exists() {
        return Err(Error::BundleTaken { name: recipe.name, path: there });
    }
    if folder.is_none()
        && let Some(file) = recipe.files.iter().find(|file| file.url.is_none())
    {
        let why = format!("it gives no address for {}", file.name);
        return Err(Error::BadRecipe { name: recipe.name, why });
    }
    Ok(Plan { recipe, folder })
}

/// Does what the plan says and returns the bundle's folder. What was fetched before a failure is kept for the next try.
pub fn carry_out(plan: &Plan, home: &Path, progress: &Progress) -> Result<PathBuf> {
    let Plan { recipe, folder } = plan;
    let (partial, there) = (partial_of(home, &recipe.name), folder_of(home, &recipe.name));
    fs::create_dir_all(&partial).map_err(|why| download::unwritable(&partial, &why))?;
    let lock = Lock::take(&partial)?;
    // What cannot be opened is better known before hundreds of megabytes are there.
    write_description(recipe, &partial, &BTreeMap::new())?;
    let mut sums = BTreeMap::new();
    match folder {
        Some(folder) => {
            progress.begin(Stage::Copying, 0);
            copy_all(recipe, folder, &partial, &mut sums, progress)?;
        }
        None => {
            let (bytes, unknown) = recipe.bytes();
            progress.begin(Stage::Downloading, if unknown == 0 { bytes as usize } else { 0 });
            for file in &recipe.files {
                sums.insert(file.name.clone(), fetched(file, &partial, progress)?);
            }
        }
    }
    write_description(recipe, &partial, &sums)?;
    drop(lock);
    fs::rename(&partial, &there).map_err(|why| Error::unwritable(&there, why))?;
    Ok(there)
}

/// Writes the `bundle.toml` and checks that the program understands it.
fn write_description(recipe: &Recipe, partial: &Path, sums: &BTreeMap<String, Sum>) -> Result<()> {
    let bad = |error: Error| match error {
        Error::BadBundle { why, .. } => Error::BadRecipe { name: recipe.name.clone(), why },
        other => other,
    };
    let path = partial.join("bundle.toml");
    write_whole(&path, recipe.finished(sums)?)?;
    if recipe.encodes() {
        Bundle::open(partial).map_err(bad)?;
    }
    Ok(())
}

/// A file of the bundle, which an earlier try may have fetched already.
fn fetched(file: &BundleFile, partial: &Path, progress: &Progress) -> Result<Sum> {
    let to = partial.join(&file.name);
    let mut counted = 0;
    let earlier = to.is_file().then(|| {
        download::sum(&to, |bytes| {
            counted += bytes;
            progress.step_by(bytes)
        })
    });
    match earlier.transpose()? {
        Some(sum) if file.sha256.as_ref().is_none_or(|expected| *expected == sum.sha256) => return Ok(sum),
        Some(_) => progress.step_back(counted),
        None => {}
    }
    let url = file.url.as_deref().unwrap_or_default();
    let source = Source { url, bytes: file.bytes, sha256: file.sha256.as_deref() };
    download::fetch(&source, &to, &Patience::default(), progress)
}

/// Copies a bundle's folder whole; the files of its encoders are checked on the way.
fn copy_all(
    recipe: &Recipe,
    from: &Path,
    to: &Path,
    sums: &mut BTreeMap<String, Sum>,
    progress: &Progress,
) -> Result<()> {
    for file in &recipe.files {
        let source = from.join(&file.name);
        let sum = copy(&source, &to.join(&file.name), progress)?;
        if file.sha256.as_ref().is_some_and(|expected| *expected != sum.sha256) {
            let why = "its sha256 differs from bundle.toml".into();
            return Err(Error::DamagedBundle { name: recipe.name.clone(), path: source, why });
        }
        sums.insert(file.name.clone(), sum);
    }
    copy_rest(from, to, progress)
}

/// Copies what is not there yet: a model card, a licence, references.
fn copy_rest(from: &Path, to: &Path, progress: &Progress) -> Result<()> {
    let unreadable = |why| Error::unreadable(from, why);
    for entry in fs::read_dir(from).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let target = to.join(entry.file_name());
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            fs::create_dir_all(&target).map_err(|why| download::unwritable(&target, &why))?;
            copy_rest(&entry.path(), &target, progress)?;
        } else if kind.is_file() && !target.exists() {
            copy(&entry.path(), &target, progress)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, progress: &Progress) -> Result<Sum> {
    let mut source = File::open(from).map_err(|why| Error::unreadable(from, why))?;
    let unwritable = |why| download::unwritable(to, &why);
    let mut target = File::create(to).map_err(unwritable)?;
    let mut chunk = vec![0; 1 << 20];
    loop {
        let length = source.read(&mut chunk).map_err(|why| Error::unreadable(from, why))?;
        if length == 0 {
            break;
        }
        target.write_all(&chunk[..length]).map_err(unwritable)?;
        progress.step_by(length)?;
    }
    target.sync_all().map_err(unwritable)?;
    // Read back, so that what is compared is what has been written.
    download::sum(to, |_| progress.check())
}

/// Keeps a second Vitrine from adding the same bundle; goes with the process, however it ends.
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    fn take(partial: &Path) -> Result<Self> {
        let path = download::beside(partial, "lock");
        let file = File::create(&path).map_err(|why| download::unwritable(&path, &why))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(Error::Busy { path: partial.to_owned() }),
            // Some network drives know no locks; then two writers are the user's own care.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { path, _file: file }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
