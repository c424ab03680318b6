//! A sound from anywhere.
#![no_main]

use vitrine::media::clip::Clip;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drop(Clip::decode("clip", bytes)));
