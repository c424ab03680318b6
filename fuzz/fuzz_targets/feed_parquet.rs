//! A feed that ends in .parquet.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| vitrine_fuzz::feed("parquet", bytes));
