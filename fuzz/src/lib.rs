//! What the targets share: bytes as a file of a certain name, read to its end.

use std::{fs, panic, sync::Once};

use vitrine::catalog::feed::{self, Mapping, Options};

/// Lets pass the panics of other people's readers that Vitrine catches and reports; one that nobody catches still ends the run.
pub fn caught_panics_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| panic::set_hook(Box::new(|_| {})));
}

/// Reads bytes as a feed with this ending, as an import does.
pub fn feed(ending: &str, bytes: &[u8]) {
    caught_panics_pass();
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join(format!("feed.{ending}"));
    if fs::write(&path, bytes).is_err() {
        return;
    }
    let options = Options { media: Some(folder.path().join("media")), ..Options::default() };
    if let Ok(rows) = feed::open_with(&path, &options) {
        rows.for_each(drop);
    }
    let _ = feed::preview(&path, &Mapping::default());
}
