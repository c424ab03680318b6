//! The dependency rule of the house, read off the source: a module uses only those above it in `lib.rs`, and each
//! outside world (window, runtime, graph, sound device, SQL, threads) is known in one place only.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources() -> Vec<(String, String)> {
    fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() { gather(&path, files) } else { files.push(path) }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    gather(&root, &mut files);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Top-level modules in the order of `lib.rs`.
fn order() -> Vec<String> {
    let (_, text) = sources().into_iter().find(|(name, _)| name == "lib.rs").unwrap();
    text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned)).collect()
}

/// The modules named after `crate::` in a text, groups in braces included.
fn used(text: &str) -> Vec<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut modules = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (from, c) in group.char_indices() {
                match c {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && depth == 0 && c.is_alphabetic() => {
                        modules.push(word(&group[from..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            modules.push(word(rest));
        }
    }
    modules
}

#[test]
fn a_module_uses_only_those_above_it() {
    let order = order();
    let place = |module: &str| order.iter().position(|known| known == module);
    for (file, text) in sources() {
        let module = file.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let Some(own) = place(&module) else { continue };
        for other in used(&text) {
            if let Some(other_place) = place(&other) {
                assert!(other_place <= own, "{file} uses crate::{other}, which stands below {module} in lib.rs");
            }
        }
    }
}

#[test]
fn each_outside_world_is_known_in_one_place() {
    let rules: &[(&[&str], &[&str])] = &[
        (&["egui", "eframe", "rfd::"], &["ui/"]),
        (&["ort::", "ort_tract"], &["encode/runtime.rs"]),
        (&["instant_distance"], &["index/hnsw/segment.rs"]),
        (&["tantivy"], &["index/keyword.rs"]),
        (&["jieba_rs"], &["index/words.rs"]),
        (&["cpal::", "rodio::"], &["audio/"]),
        (&["rusqlite"], &["store/"]),
        (&["thread::spawn", "thread::Builder", "thread::scope"], &["jobs.rs"]),
    ];
    for (file, text) in sources() {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for (words, places) in rules {
                let known = places.iter().any(|place| file.starts_with(place));
                let uses = words.iter().any(|word| {
                    line.match_indices(word).any(|(at, _)| {
                        // `ort::` must not be found in `sort::`.
                        !line[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
                    })
                });
                assert!(known || !uses, "{file} may not know {words:?}: {line}");
            }
        }
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for (file, text) in sources() {
        assert!(text.starts_with("//!"), "{file} does not open with //!");
    }
}

#[test]
fn groups_are_read() {
    assert_eq!(used("use crate::{a::{b, c}, d,\n e::F};\nlet x = crate::g::h();"), ["a", "d", "e", "g"]);
}
