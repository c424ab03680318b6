//! One product on its way to the encoders: what it is made of, by content, and its pictures and sounds opened and shrunk.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::{
    catalog::{
        Product, Unopened,
        feed::{Fault, is_web},
    },
    encode::{Encoders, Modality},
    error::{Error, Result},
    language::Language,
    media::{self, clip::Clip, image::Picture},
    store::{MadeOf, Problem},
};

/// Counted up with every change that gives other vectors or thumbnails of the same files and words.
const PREPARATION: u32 = 4;

/// Longest side of a thumbnail, pixels.
pub const THUMBNAIL_SIDE: u32 = 320;
/// Tried one after the other until the thumbnail is small enough.
const THUMBNAIL_QUALITIES: [u8; 5] = [85, 75, 65, 50, 35];
/// A hundred thousand thumbnails take at most 1.5 GB: of this size two share a page of the database.
const THUMBNAIL_BYTES: usize = 14_000;
/// Encoders shrink far below this; keeping a batch of full pictures would only fill memory.
const PICTURE_SIDE: u32 = 2 * THUMBNAIL_SIDE;
/// Sounds are heard up to here; encoders listen to less, and a batch of whole songs would only fill memory.
const LONGEST_SOUND_SECS: f32 = 60.0;

/// A product whose files have been read once, to know what it is made of.
pub struct Looked {
    line: u64,
    /// Pictures and sounds are those that can be read, by their absolute paths.
    pub product: Product,
    /// Those as the feed names them, with their places, and the sum of their contents; pictures, then sounds.
    contents: Vec<(Unopened, Content)>,
    pub made_of: MadeOf,
    /// Those that are told at every import anyway.
    pub problems: Vec<Problem>,
}

type Content = [u8; 32];

/// What one product brings to a batch.
pub struct Prepared {
    pub line: u64,
    pub product: Product,
    pub made_of: Option<MadeOf>,
    texts: Vec<String>,
    pictures: Vec<Picture>,
    clips: Vec<Clip>,
    pub thumbnail: Option<Vec<u8>>,
    pub problems: Vec<Problem>,
}

impl Prepared {
    pub fn texts(&self) -> Vec<&str> {
        self.texts.iter().map(String::as_str).collect()
    }

    pub fn pictures(&self) -> Vec<&Picture> {
        self.pictures.iter().collect()
    }

    pub fn clips(&self) -> Vec<&Clip> {
        self.clips.iter().collect()
    }
}

/// A product's pictures and sounds as the feed names them.
pub type Links = [Vec<PathBuf>; 2];

/// Reads a product's files and sums up what its vectors and thumbnail will be made of. `problems` are those that are known
/// already: an address that is still one has been told.
pub fn look(line: u64, product: Product, links: Links, mut problems: Vec<Problem>, encoders: &Encoders) -> Looked {
    let mut contents = Vec::new();
    let mut sum = Sha256::new();
    let mut add = |bytes: &[u8]| {
        sum.update((bytes.len() as u64).to_le_bytes());
        sum.update(bytes);
    };
    add(&PREPARATION.to_le_bytes());
    add(encoders.id.as_bytes());
    let texts = product.facet_texts();
    add(&(texts.len() as u64).to_le_bytes());
    texts.iter().for_each(|text| add(text.as_bytes()));
    let mut readable = |paths: &[PathBuf], links: Vec<PathBuf>, limit_bytes| {
        let (mut kept, mut unopened) = (Vec::new(), Vec::new());
        for (place, (path, link)) in paths.iter().zip(links).enumerate() {
            let named = Unopened { place, link };
            if path.to_str().is_some_and(is_web) {
                unopened.push(named);
                continue;
            }
            match media::content(path, limit_bytes) {
                Ok(content) => {
                    add(&content);
                    contents.push((named, content));
                    kept.push(absolute(path));
                }
                Err(error) => {
                    problems.push(problem(line, &product.id, &Fault::Media(error)));
                    unopened.push(named);
                }
            }
        }
        add(&(kept.len() as u64).to_le_bytes());
        (kept, unopened)
    };
    let [picture_links, sound_links] = links;
    let (pictures, unopened_pictures) = readable(&product.pictures, picture_links, media::MOST_PICTURE_BYTES);
    let (sounds, unopened_sounds) = readable(&product.sounds, sound_links, media::MOST_SOUND_BYTES);
    let mut made_of = MadeOf::default();
    made_of.copy_from_slice(&sum.finalize()[..16]);
    let product = Product { pictures, sounds, unopened_pictures, unopened_sounds, ..product };
    Looked { line, product, contents, made_of, problems }
}

impl Looked {
    /// Opens what the encoders need.
    pub fn prepare(self, encoders: &Encoders) -> Prepared {
        let Self { line, mut product, contents, made_of, mut problems } = self;
        let before = problems.len();
        let mut same = true;
        let (pictures, sounds) = (std::mem::take(&mut product.pictures), std::mem::take(&mut product.sounds));
        let mut contents = contents.into_iter();
        let mut open = |path: &Path, limit_bytes| -> (Option<Unopened>, Result<Vec<u8>>) {
            let (named, content) = contents.next().unzip();
            let bytes = media::read(path, limit_bytes);
            same &= bytes.as_ref().is_ok_and(|bytes| content.is_some_and(|content| content == *Sha256::digest(bytes)));
            (named, bytes)
        };
        let mut opened = Vec::new();
        let mut thumbnail = None;
        for path in pictures {
            let name = path.display().to_string();
            let (named, bytes) = open(&path, media::MOST_PICTURE_BYTES);
            match bytes.and_then(|bytes| Picture::decode_coarse(&name, &bytes, PICTURE_SIDE)) {
                Ok(picture) => {
                    let picture = picture.shrunk(PICTURE_SIDE);
                    thumbnail = thumbnail.or_else(|| jpeg(&picture));
                    opened.push(picture);
                    product.pictures.push(path);
                }
                Err(error) => {
                    problems.push(problem(line, &product.id, &Fault::Media(error)));
                    product.unopened_pictures.extend(named);
                }
            }
        }
        let mut clips = Vec::new();
        for path in sounds {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let (named, bytes) = open(&path, media::MOST_SOUND_BYTES);
            match bytes.and_then(|bytes| hear(&name, &bytes)) {
                Ok(clip) => {
                    clips.push(clip);
                    product.sounds.push(path);
                }
                Err(error) => {
                    problems.push(problem(line, &product.id, &Fault::Media(error)));
                    product.unopened_sounds.extend(named);
                }
            }
        }
        product.unopened_pictures.sort_by_key(|named| named.place);
        product.unopened_sounds.sort_by_key(|named| named.place);
        // What is wrong with a file is told at every import, and a file that changed under our eyes is looked at again.
        let made_of = Some(made_of).filter(|_| same && problems.len() == before);
        // What the bundle cannot encode is kept for the eyes and ears only.
        let has = |modality| encoders.space(modality).is_some();
        let texts = if has(Modality::Text) { product.facet_texts() } else { Vec::new() };
        let pictures = if has(Modality::Image) { opened } else { Vec::new() };
        let clips = if has(Modality::Audio) { clips } else { Vec::new() };
        Prepared { line, product, made_of, texts, pictures, clips, thumbnail, problems }
    }
}

fn hear(name: &str, bytes: &[u8]) -> Result<Clip> {
    let clip = Clip::decode(name, bytes)?;
    if clip.is_silent() {
        return Err(Error::Silent { name: name.to_owned() });
    }
    let clip = clip.trimmed();
    let most = (LONGEST_SOUND_SECS * clip.rate_hz() as f32) as usize;
    let heard = clip.samples()[..clip.samples().len().min(most)].to_vec();
    Clip::new(heard, clip.rate_hz())
}

/// A thumbnail within the limit, of as good a quality as that allows.
fn jpeg(picture: &Picture) -> Option<Vec<u8>> {
    let small = picture.shrunk(THUMBNAIL_SIDE);
    let mut tried = THUMBNAIL_QUALITIES.iter().filter_map(|quality| small.to_jpeg(*quality).ok());
    let first = tried.next()?;
    if first.len() <= THUMBNAIL_BYTES {
        return Some(first);
    }
    let mut last = first;
    for jpeg in tried {
        last = jpeg;
        if last.len() <= THUMBNAIL_BYTES {
            break;
        }
    }
    Some(last)
}

/// A fault of a row in words, for the report.
pub fn problem(line: u64, id: &str, fault: &Fault) -> Problem {
    let [english, chinese] = [Language::English, Language::Chinese].map(|language| fault.say(language));
    Problem { line, id: id.to_owned(), kept: fault.keeps_product(), english, chinese }
}

pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
