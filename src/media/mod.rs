//! Pictures and sounds: opened from any common format, turned into what encoders and the window need.

use std::path::Path;

pub mod clip;
pub mod image;

/// File name endings, lower case, of the pictures that can be opened.
pub const PICTURE_ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "gif", "bmp"];

/// File name endings, lower case, of the sounds that can be opened.
pub const SOUND_ENDINGS: [&str; 9] = ["wav", "mp3", "flac", "ogg", "oga", "m4a", "aac", "aif", "aiff"];

/// Whether a file's name says that it is a picture.
pub fn has_picture_ending(path: &Path) -> bool {
    ending(path).is_some_and(|ending| PICTURE_ENDINGS.contains(&ending.as_str()))
}

/// Whether a file's name says that it is a sound.
pub fn has_sound_ending(path: &Path) -> bool {
    ending(path).is_some_and(|ending| SOUND_ENDINGS.contains(&ending.as_str()))
}

/// A file name's ending in lower case.
pub fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_lowercase())
}
