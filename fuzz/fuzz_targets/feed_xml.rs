//! A feed that ends in .xml.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("xml", bytes));
