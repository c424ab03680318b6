//! Pictures as textures: decoded in a lane, kept while used, the least recently seen dropped once they fill the byte
//! budget. A view asks for a picture every frame and gets it once it is there.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::{collection::Collection, media::image::Picture};

/// Most bytes of textures.
const BUDGET: usize = 128 << 20;
/// Pictures decoded by one lane run: the first ones show soon, and what was scrolled past is not decoded.
const AT_ONCE: usize = 12;
/// Longest side of a large picture, pixels.
const LARGE_SIDE: u32 = 1024;
/// Longest side of a picture in the query, pixels.
const CHIP_SIDE: u32 = 96;

/// Which picture. `shelf` tells one opening of a collection from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Thumbnail {
        shelf: u64,
        row: usize,
    },
    Large {
        shelf: u64,
        row: usize,
        number: usize,
    },
    Query(u64),
    /// A picture of the query, large, to choose a part of.
    Framed(u64),
}

/// Where a picture comes from.
pub enum Source {
    Thumbnail(Arc<Collection>, usize),
    Large(PathBuf),
    Query(Picture),
    Framed(Picture),
}

struct Entry {
    /// `None`: it cannot be decoded, or there is none.
    texture: Option<TextureHandle>,
    seen: u64,
}

/// The textures, and what is wanted next.
#[derive(Default)]
pub struct Thumbnails {
    entries: HashMap<Key, Entry>,
    wanted: Vec<(Key, Source)>,
    frame: u64,
}

/// What there is to draw.
pub enum Shown<'a> {
    Ready(&'a TextureHandle),
    /// On its way.
    Coming,
    /// There is no such picture.
    Nothing,
}

impl Thumbnails {
    /// The picture, or a place in the queue.
    pub fn get(&mut self, key: Key, source: impl FnOnce() -> Source) -> Shown<'_> {
        let frame = self.frame;
        if !self.entries.contains_key(&key) {
            if self.wanted.len() < AT_ONCE && !self.wanted.iter().any(|(wanted, _)| *wanted == key) {
                self.wanted.push((key, source()));
            }
            return Shown::Coming;
        }
        match self.entries.get_mut(&key) {
            Some(entry) => {
                entry.seen = frame;
                entry.texture.as_ref().map_or(Shown::Nothing, Shown::Ready)
            }
            None => Shown::Coming,
        }
    }

    /// A texture that is there already, without asking for it.
    pub fn ready(&self, key: Key) -> Option<&TextureHandle> {
        self.entries.get(&key)?.texture.as_ref()
    }

    /// Ends a frame: hands over what to decode next, the newest wishes only.
    pub fn take_wanted(&mut self) -> Vec<(Key, Source)> {
        self.frame += 1;
        std::mem::take(&mut self.wanted)
    }

    /// Makes textures of decoded pictures and drops the oldest beyond the budget.
    pub fn put(&mut self, ctx: &Context, pictures: Vec<(Key, Option<Picture>)>) {
        for (key, picture) in pictures {
            let texture = picture.map(|picture| {
                let size = [picture.width() as usize, picture.height() as usize];
                let options = TextureOptions { mipmap_mode: None, ..TextureOptions::LINEAR };
                ctx.load_texture(format!("{key:?}"), ColorImage::from_rgb(size, picture.rgb()), options)
            });
            self.entries.insert(key, Entry { texture, seen: self.frame });
        }
        let bytes = |entry: &Entry| entry.texture.as_ref().map_or(0, TextureHandle::byte_size);
        let mut total: usize = self.entries.values().map(bytes).sum();
        if total <= BUDGET {
            return;
        }
        let mut oldest: Vec<(u64, Key)> = self.entries.iter().map(|(key, entry)| (entry.seen, *key)).collect();
        oldest.sort_unstable_by_key(|(seen, _)| *seen);
        for (seen, key) in oldest {
            if total <= BUDGET || seen + 1 >= self.frame {
                break;
            }
            total -= self.entries.remove(&key).as_ref().map_or(0, bytes);
        }
    }
}

/// Opens a picture in the size it is shown in. Runs in a lane.
pub fn decode(source: &Source) -> Option<Picture> {
    match source {
        Source::Thumbnail(collection, row) => {
            let jpeg = collection.thumbnail(*row).ok()??;
            Picture::decode("thumbnail", &jpeg).ok()
        }
        Source::Large(path) => Picture::open(path).ok().map(|picture| picture.shrunk(LARGE_SIDE)),
        Source::Framed(picture) => Some(picture.shrunk(LARGE_SIDE)),
        Source::Query(picture) => Some(picture.shrunk(CHIP_SIDE)),
    }
}
