//! A feed that ends in .csv.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("csv", bytes));
