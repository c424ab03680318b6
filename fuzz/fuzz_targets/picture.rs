//! A picture from anywhere.
#![no_main]

use vitrine::media::image::Picture;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    vitrine_fuzz::caught_panics_pass();
    drop(Picture::decode("picture", bytes));
    drop(Picture::decode_coarse("picture", bytes, 20));
});
