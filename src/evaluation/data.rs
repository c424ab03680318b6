//! Reads a set of the data folder: `manifest.jsonl`, whose rows name bytes of a tar file beside it or a file.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    encode::{Embedding, Encoders, Modality},
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
    progress::Progress,
};

/// How many pictures are held decoded at a time.
const BATCH: usize = 64;

/// One row: where its bytes are and what is said about them.
#[derive(Debug, Deserialize)]
pub struct Row<T> {
    #[serde(default)]
    pub split: String,
    tar: Option<String>,
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    length: u64,
    file: Option<String>,
    #[serde(flatten)]
    pub facts: T,
}

impl<T> Row<T> {
    pub fn is_dev(&self) -> bool {
        self.split == "dev"
    }
}

/// The rows of a set in the order of its manifest.
pub fn rows<T: DeserializeOwned>(set: &Path) -> Result<Vec<Row<T>>> {
    lines(&set.join("manifest.jsonl"))
}

/// The objects of a JSON Lines file.
pub fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).map_err(|why| Error::unreadable(path, why))?;
    let objects = text.lines().filter(|line| !line.trim().is_empty());
    objects.map(|line| serde_json::from_str(line).map_err(|why| Error::unreadable(path, why))).collect()
}

/// Reads media of one set; keeps its tar files open.
pub struct Media<'a> {
    set: &'a Path,
    tars: HashMap<String, File>,
}

impl<'a> Media<'a> {
    pub fn of(set: &'a Path) -> Self {
        Self { set, tars: HashMap::new() }
    }

    fn bytes<T>(&mut self, row: &Row<T>) -> Result<Vec<u8>> {
        let Some(tar) = &row.tar else {
            let path = self.set.join(row.file.as_deref().unwrap_or_default());
            return fs::read(&path).map_err(|why| Error::unreadable(&path, why));
        };
        let path = self.set.join(tar);
        if !self.tars.contains_key(tar) {
            let file = File::open(&path).map_err(|why| Error::unreadable(&path, why))?;
            self.tars.insert(tar.clone(), file);
        }
        let mut bytes = vec![0; usize::try_from(row.length).unwrap_or_default()];
        let file = self.tars.get_mut(tar).expect("it was opened above");
        let read = file.seek(SeekFrom::Start(row.offset)).and_then(|_| file.read_exact(&mut bytes));
        read.map(|()| bytes).map_err(|why| Error::unreadable(&path, why))
    }

    pub fn picture<T>(&mut self, row: &Row<T>) -> Result<Picture> {
        Picture::decode(&self.set.display().to_string(), &self.bytes(row)?)
    }

    pub fn clip<T>(&mut self, row: &Row<T>) -> Result<Clip> {
        Clip::decode(&self.set.display().to_string(), self.bytes(row)?)
    }

    /// The vectors of the rows' pictures, each changed by `change` first.
    pub fn pictures<T>(
        &mut self,
        encoders: &Encoders,
        rows: &[&Row<T>],
        change: impl Fn(Picture) -> Picture,
        progress: &Progress,
    ) -> Result<Vec<Embedding>> {
        let space = shared_space(encoders, Modality::Image)?;
        let mut vectors = Vec::with_capacity(rows.len());
        for batch in rows.chunks(BATCH) {
            progress.check()?;
            let pictures: Vec<Picture> =
                batch.iter().map(|row| self.picture(row).map(&change)).collect::<Result<_>>()?;
            vectors.extend(encoders.image_in(space, &pictures.iter().collect::<Vec<_>>())?);
        }
        Ok(vectors)
    }

    /// The vectors of the rows' sounds, each changed by `change` first.
    pub fn clips<T>(
        &mut self,
        encoders: &Encoders,
        rows: &[&Row<T>],
        change: impl Fn(&Clip) -> Result<Clip>,
        progress: &Progress,
    ) -> Result<Vec<Embedding>> {
        let space = shared_space(encoders, Modality::Audio)?;
        let mut vectors = Vec::with_capacity(rows.len());
        for row in rows {
            progress.check()?;
            vectors.extend(encoders.audio_in(space, &[&change(&self.clip(row)?)?])?);
        }
        Ok(vectors)
    }
}

/// The vectors of texts in the space that they share with `facet`.
pub fn texts<S: AsRef<str>>(encoders: &Encoders, facet: Modality, texts: &[S]) -> Result<Vec<Embedding>> {
    let space = shared_space(encoders, facet)?;
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(256) {
        vectors.extend(encoders.text_in(space, &batch.iter().map(AsRef::as_ref).collect::<Vec<_>>())?);
    }
    Ok(vectors)
}

fn shared_space(encoders: &Encoders, facet: Modality) -> Result<&str> {
    encoders.pair_space(Modality::Text, facet).ok_or(Error::NoEncoder { modality: facet.name() })
}
