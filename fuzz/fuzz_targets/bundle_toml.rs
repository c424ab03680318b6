//! The description of a bundle that somebody else made.
#![no_main]

use vitrine::encode::bundle::Bundle;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(folder) = tempfile::tempdir() else { return };
    if std::fs::write(folder.path().join("bundle.toml"), bytes).is_ok() {
        drop(Bundle::open(folder.path()));
    }
});
