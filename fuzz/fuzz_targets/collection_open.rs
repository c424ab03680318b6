//! A collection in which one file has been tampered with: it opens or says why not, and then answers a search.
#![no_main]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tempfile::TempDir;
use vitrine::{
    encode::{Embedding, Encode, Encoders},
    engine::Engine,
    error::{Error, Result},
    progress::Progress,
    search::{Query, Weights},
};

/// A text is how often each of eight groups of letters occurs in it.
struct Letters;

impl Encode<str> for Letters {
    fn space(&self) -> &'static str {
        "letters"
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let vector = |text: &&str| {
            let mut values = vec![0.1; 8];
            text.bytes().for_each(|byte| values[usize::from(byte % 8)] += 1.0);
            Embedding::new(values).ok_or(Error::EmptyQuery)
        };
        inputs.iter().map(vector).collect()
    }
}

fn engine() -> Engine {
    Engine::with_encoders(Encoders::new("letters 1".into(), Some(Box::new(Letters)), None, None))
}

/// A sound collection, made once, and its files in order.
static WHOLE: LazyLock<(TempDir, Vec<PathBuf>)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let feed = folder.path().join("shop.csv");
    fs::write(&feed, "id,title,brand,price\na,red mug,Acme,9.00 USD\nb,blue bell,Acme,\nc,green cup,Zest,3 EUR\n").expect("a feed");
    engine().import(&feed, &folder.path().join("whole"), &|_| Ok(()), &Progress::new()).expect("a collection");
    let mut files = Vec::new();
    list(&folder.path().join("whole"), &mut files);
    files.sort();
    (folder, files)
});

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("entries").flatten() {
        let path = entry.path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

// The first byte says which file, the second whether it is all replaced or from some place on, the next two which place.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    vitrine_fuzz::caught_panics_pass();
    let [which, how, low, high, rest @ ..] = bytes else { return };
    let (folder, files) = &*WHOLE;
    let whole = folder.path().join("whole");
    let Ok(copy) = tempfile::tempdir() else { return };
    for (number, file) in files.iter().enumerate() {
        let (Ok(name), Ok(mut content)) = (file.strip_prefix(&whole), fs::read(file)) else { return };
        if number == usize::from(*which) % files.len() {
            let place = usize::from(u16::from_le_bytes([*low, *high])) % (content.len() + 1);
            match how % 4 {
                0 => content = rest.to_vec(),
                1 => content.truncate(place),
                _ => content.iter_mut().skip(place).zip(rest).for_each(|(old, new)| *old = *new),
            }
        }
        let file = copy.path().join(name);
        let made = file.parent().map(fs::create_dir_all);
        if !matches!(made, Some(Ok(()))) || fs::write(file, content).is_err() {
            return;
        }
    }
    let engine = engine();
    if engine.open(copy.path()).is_ok() {
        let query = Query { text: "red mug".into(), ..Query::default() };
        drop(engine.search(&query, &Weights::default(), None, None, &Progress::new()));
    }
});
