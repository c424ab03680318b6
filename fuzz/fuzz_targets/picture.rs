//! A picture from anywhere.
#![no_main]

use vitrine::media::image::Picture;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(Picture::decode("picture", bytes)));
