//! A feed that ends in .json.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("json", bytes));
