//! The shipped bundle through our own preprocessing equals the reference that the training pipeline wrote.

use std::{fs, path::Path};

use serde::Deserialize;
use vitrine::{
    encode::{Embedding, bundle::Bundle},
    media::{clip::Clip, image::Picture},
};

#[derive(Deserialize)]
struct Reference {
    text: Vec<Item>,
    image: Vec<Item>,
    audio: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(alias = "file")]
    input: String,
    embedding: Vec<f32>,
}

#[test]
fn parity_with_the_training_pipeline() {
    let bundle = Bundle::built_in().unwrap();
    let encoders = bundle.load().unwrap();
    let reference: Reference =
        serde_json::from_str(&fs::read_to_string(bundle.folder.join("reference.json")).unwrap()).unwrap();
    let file = |name: &str| bundle.folder.join(Path::new(name));
    let check = |item: &Item, ours: &Embedding| {
        let cosine = Embedding::new(item.embedding.clone()).unwrap().cosine(ours);
        assert!(cosine >= 0.999, "{}: {cosine}", item.input);
    };
    let texts: Vec<&str> = reference.text.iter().map(|item| item.input.as_str()).collect();
    let together = encoders.text(&texts).unwrap();
    for (item, ours) in reference.text.iter().zip(&together) {
        check(item, ours);
        // Alone and in a batch, where shorter texts are padded, the vector is the same.
        assert!(encoders.text(&[&item.input]).unwrap()[0].cosine(ours) > 0.9999);
    }
    for item in &reference.image {
        check(item, &encoders.image(&[&Picture::open(&file(&item.input)).unwrap()]).unwrap()[0]);
    }
    for item in &reference.audio {
        check(item, &encoders.audio(&[&Clip::open(&file(&item.input)).unwrap()]).unwrap()[0]);
    }
}

#[test]
fn a_changed_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = Bundle::built_in().unwrap();
    for entry in fs::read_dir(&bundle.folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let copy = Bundle::open(folder.path()).unwrap();
    copy.verify().unwrap();
    let text = folder.path().join(&copy.text[0].file);
    let mut bytes = fs::read(&text).unwrap();
    bytes[100] ^= 1;
    fs::write(&text, bytes).unwrap();
    assert!(copy.verify().unwrap_err().to_string().contains("sha256 differs"));
}
