//! A feed that ends in .zip.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("zip", bytes));
