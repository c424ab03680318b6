//! A feed that ends in .xlsx.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("xlsx", bytes));
