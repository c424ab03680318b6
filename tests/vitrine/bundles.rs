//! Bundles other than the built-in one: several spaces, foreign names of inputs, one file for two encoders, speech. The
//! models are tiny and made here; their signatures are those of CLIP, CLAP, Chinese-CLIP and Whisper.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use vitrine::{
    collection::{Collection, generation::FORMAT},
    encode::{Encoders, Modality, bundle::Bundle},
    engine::Engine,
    error::Error,
    files::hex,
    media::{clip::Clip, image::Picture},
    progress::Progress,
    search::{Found, Policy, Query, Weights},
};

use crate::{
    fixture,
    onnx::{self, BOOL, FLOAT, INT64, Message, node, value},
};

const WORDS: [&str; 9] = ["[PAD]", "[UNK]", "red", "green", "blue", "sweater", "mug", "bell", "drum"];
/// Side of the pictures, as the models see them.
const SIDE: i64 = 8;

/// A tokenizer that knows [`WORDS`].
fn tokenizer() -> String {
    let vocabulary: serde_json::Map<String, Value> =
        WORDS.iter().zip(0..).map(|(word, id)| ((*word).to_owned(), Value::from(id))).collect();
    serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    })
    .to_string()
}

/// The sum of the words' rows, padding left out: ids and mask in, `text_embeds` out.
fn text_nodes(dim: i64, row: impl Fn(&str) -> Vec<f32>) -> (Vec<Message>, Vec<Message>) {
    let table: Vec<f32> = WORDS.iter().flat_map(|word| row(word)).collect();
    let nodes = vec![
        node("Gather", &["table", "input_ids"], "rows", &[onnx::integer("axis", 0)]),
        node("Cast", &["attention_mask"], "mask", &[onnx::integer("to", FLOAT)]),
        node("Unsqueeze", &["mask", "last"], "mask_3d", &[]),
        node("Mul", &["rows", "mask_3d"], "heard", &[]),
        node("ReduceSum", &["heard", "tokens"], "text_embeds", &[onnx::integer("keepdims", 0)]),
    ];
    let constants = vec![
        onnx::floats("table", &[WORDS.len() as i64, dim], &table),
        onnx::integers("last", &[1], &[2]),
        onnx::integers("tokens", &[1], &[1]),
    ];
    (nodes, constants)
}

fn text_inputs() -> Vec<Message> {
    vec![value("input_ids", INT64, &[-1, -1]), value("attention_mask", INT64, &[-1, -1])]
}

/// Colours of a text in CLIP's space.
fn colours(word: &str) -> Vec<f32> {
    let is = |colour| f32::from(u8::from(word == colour));
    vec![is("red"), is("green"), is("blue"), 0.1]
}

/// Noises of a text in CLAP's space.
fn noises(word: &str) -> Vec<f32> {
    let is = |noise| f32::from(u8::from(word == noise));
    vec![is("drum"), is("bell"), 0.1]
}

/// The mean colour: `pixel_values` in, `image_embeds` out.
fn image_nodes() -> (Vec<Message>, Vec<Message>) {
    let nodes = vec![
        node("ReduceMean", &["pixel_values"], "means", &[onnx::list("axes", &[2, 3]), onnx::integer("keepdims", 0)]),
        node("MatMul", &["means", "strongest"], "image_embeds", &[]),
    ];
    // Each colour against the other two, and a little of all.
    let strongest = [1.0, -0.5, -0.5, 0.1, -0.5, 1.0, -0.5, 0.1, -0.5, -0.5, 1.0, 0.1];
    (nodes, vec![onnx::floats("strongest", &[3, 4], &strongest)])
}

fn image_input() -> Message {
    value("pixel_values", FLOAT, &[-1, 3, SIDE, SIDE])
}

/// Low against high mels: CLAP's `[windows, 1, 1001, 64]` in, with the `is_longer` that nobody fills.
fn audio_model() -> Vec<u8> {
    let nodes = [
        node("Add", &["input_features", "floor"], "positive", &[]),
        node("ReduceMean", &["positive"], "means", &[onnx::list("axes", &[1, 2]), onnx::integer("keepdims", 0)]),
        node("MatMul", &["means", "bands"], "noise", &[]),
        node("Cast", &["is_longer"], "longer", &[onnx::integer("to", FLOAT)]),
        node("Add", &["noise", "longer"], "audio_embeds", &[]),
    ];
    let bands: Vec<f32> =
        (0..64).flat_map(|mel| if mel < 32 { [1.0, -1.0, 0.01] } else { [-1.0, 1.0, 0.01] }).collect();
    let constants = [onnx::floats("floor", &[1], &[100.0]), onnx::floats("bands", &[64, 3], &bands)];
    let inputs = [value("input_features", FLOAT, &[-1, 1, 1001, 64]), value("is_longer", BOOL, &[-1, 1])];
    onnx::model(&nodes, &constants, &inputs, &[value("audio_embeds", FLOAT, &[-1, 3])])
}

/// Writes a file of a bundle and gives its `file` and `sha256` lines, with the given prefix.
fn file(folder: &Path, name: &str, content: &[u8]) -> String {
    fs::write(folder.join(name), content).unwrap();
    format!("file = '{name}'\nsha256 = '{}'\n", hex(&Sha256::digest(content)))
}

fn tokenizer_lines(folder: &Path) -> String {
    file(folder, "tokenizer.json", tokenizer().as_bytes())
        .replace("file", "tokenizer")
        .replace("sha256", "tokenizer_sha256")
}

const HEAD: &str = "version = '1'\ntitle = 'Test'\nlicence = 'none'\n";
const IMAGE: &str = "size = 8\nfit = 'squash'\nfilter = 'bicubic'\nmean = [0.0, 0.0, 0.0]\n\
    scale = [0.00392, 0.00392, 0.00392]\ninput = 'pixel_values'\noutput = 'image_embeds'\n";
const TEXT: &str = "max_tokens = 16\npad_id = 0\noutput = 'text_embeds'\n";
const CLAP: &str = "rate_hz = 48000\nwindow_secs = 10.0\nhop_secs = 10.0\nmax_windows = 1\nframe = 1024\nhop = 480\n\
    fft = 1024\nmels = 64\nmel_low_hz = 50.0\nmel_high_hz = 14000.0\nmel_scale = 'slaney'\nmel_norm = 'slaney'\n\
    power = 2\nlog = 'db'\ncenter = true\nrepeat = true\nlayout = 'channel_frames'\n\
    input = 'input_features'\noutput = 'audio_embeds'\n";

/// CLIP and CLAP side by side: text lives in both.
fn two_spaces(folder: &Path) -> Bundle {
    let text = |dim, row: fn(&str) -> Vec<f32>| {
        let (nodes, constants) = text_nodes(dim, row);
        onnx::model(&nodes, &constants, &text_inputs(), &[value("text_embeds", FLOAT, &[-1, dim])])
    };
    let (nodes, constants) = image_nodes();
    let image = onnx::model(&nodes, &constants, &[image_input()], &[value("image_embeds", FLOAT, &[-1, 4])]);
    let tokenizer = tokenizer_lines(folder);
    let toml = [
        format!("name = 'clip-and-clap'\n{HEAD}"),
        "[[spaces]]\nname = 'clip'\ndim = 4\n[[spaces]]\nname = 'clap'\ndim = 3\n".into(),
        format!("[[text]]\nspace = 'clip'\n{}{tokenizer}{TEXT}", file(folder, "clip.onnx", &text(4, colours))),
        format!("[[text]]\nspace = 'clap'\n{}{tokenizer}{TEXT}", file(folder, "clap.onnx", &text(3, noises))),
        format!("[image]\nspace = 'clip'\n{}{IMAGE}", file(folder, "image.onnx", &image)),
        format!("[audio]\nspace = 'clap'\n{}{CLAP}", file(folder, "audio.onnx", &audio_model())),
    ];
    fs::write(folder.join("bundle.toml"), toml.concat()).unwrap();
    Bundle::open(folder).unwrap()
}

/// One file that takes text and picture at once, as Chinese-CLIP's does; its encoders are given `inputs` besides.
fn one_file(folder: &Path, image: &str) -> Bundle {
    let (mut nodes, mut constants) = text_nodes(4, colours);
    let (image_nodes, image_constants) = image_nodes();
    nodes.extend(image_nodes);
    constants.extend(image_constants);
    let inputs = [text_inputs(), vec![image_input()]].concat();
    let outputs = [value("text_embeds", FLOAT, &[-1, 4]), value("image_embeds", FLOAT, &[-1, 4])];
    let model = file(folder, "model.onnx", &onnx::model(&nodes, &constants, &inputs, &outputs));
    let toml = [
        format!("name = 'one-file'\n{HEAD}[[spaces]]\nname = 'clip'\ndim = 4\n"),
        format!("[text]\nspace = 'clip'\n{model}{}{TEXT}pad = 'max'\n", tokenizer_lines(folder)),
        format!("[image]\nspace = 'clip'\n{model}{image}"),
    ];
    fs::write(folder.join("bundle.toml"), toml.concat()).unwrap();
    Bundle::open(folder).unwrap()
}

/// What the decoder of [`whisper`] may say; ids above the end of the text are marks.
const SPOKEN: [&str; 14] = [
    "Ġ",
    "red",
    "blue",
    "sweater",
    "mug",
    "please",
    "[UNK]",
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|zh|>",
    "<|transcribe|>",
    "<|notimestamps|>",
    "<|0.00|>",
];

/// A Whisper model that says "red sweater" to a low tone and "blue sweater" to a high one; a decoder without memory, in
/// which each token calls for the next.
fn whisper(folder: &Path, settings: &str) -> Bundle {
    // The first half of the mels against the second, as one number a sound.
    let bands: Vec<f32> = (0..80).map(|mel| if mel < 40 { 1.0 } else { -1.0 }).collect();
    let encoder = onnx::model(
        &[
            node("ReduceMean", &["input_features"], "means", &[onnx::list("axes", &[2]), onnx::integer("keepdims", 0)]),
            node("MatMul", &["means", "bands"], "low", &[]),
            node("Unsqueeze", &["low", "last"], "last_hidden_state", &[]),
        ],
        &[onnx::floats("bands", &[80, 1], &bands), onnx::integers("last", &[1], &[2])],
        &[value("input_features", FLOAT, &[-1, 80, 3000])],
        &[value("last_hidden_state", FLOAT, &[-1, -1, -1])],
    );
    let id = |word: &str| SPOKEN.iter().position(|known| *known == word).unwrap();
    let mut next = vec![0.0; SPOKEN.len() * SPOKEN.len()];
    let mut follows = |word: &str, then: &str, logit: f32| next[id(word) * SPOKEN.len() + id(then)] = logit;
    follows("<|startoftranscript|>", "<|en|>", 5.0);
    follows("<|startoftranscript|>", "<|zh|>", 4.0);
    follows("<|startoftranscript|>", "red", 9.0);
    // Neither a blank nor the end may come first, and a time mark never.
    follows("<|notimestamps|>", "Ġ", 8.0);
    follows("<|notimestamps|>", "<|endoftext|>", 9.0);
    follows("<|notimestamps|>", "red", 6.0);
    follows("<|notimestamps|>", "blue", 6.0);
    follows("red", "sweater", 9.0);
    follows("red", "<|0.00|>", 20.0);
    follows("blue", "sweater", 9.0);
    follows("sweater", "<|endoftext|>", 9.0);
    follows("mug", "mug", 9.0);
    let tilt: Vec<f32> = SPOKEN.iter().map(|word| f32::from(*word == "red") - f32::from(*word == "blue")).collect();
    let words = SPOKEN.len() as i64;
    let decoder = onnx::model(
        &[
            node("Gather", &["next", "input_ids"], "rows", &[onnx::integer("axis", 0)]),
            node("Mul", &["encoder_hidden_states", "tilt"], "heard", &[]),
            node("Add", &["rows", "heard"], "logits", &[]),
        ],
        &[onnx::floats("next", &[words, words], &next), onnx::floats("tilt", &[words], &tilt)],
        &[value("input_ids", INT64, &[-1, -1]), value("encoder_hidden_states", FLOAT, &[-1, -1, -1])],
        &[value("logits", FLOAT, &[-1, -1, words])],
    );
    let vocabulary: serde_json::Map<String, Value> =
        SPOKEN.iter().zip(0..).map(|(word, id)| ((*word).to_owned(), Value::from(id))).collect();
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    });
    let part = |name: &str, content: &[u8]| {
        let lines = file(folder, &format!("{name}.bin"), content);
        lines.replace("file", name).replace("sha256", &format!("{name}_sha256"))
    };
    let toml = [
        format!("name = 'whisper'\n{HEAD}spaces = []\n[speech]\nmels = 80\n{settings}"),
        part("encoder", &encoder),
        part("decoder", &decoder),
        part("tokenizer", tokenizer.to_string().as_bytes()),
    ];
    fs::write(folder.join("bundle.toml"), toml.concat()).unwrap();
    Bundle::open(folder).unwrap()
}

fn tone(hz: f32) -> Clip {
    let samples = (0..16000).map(|at| 0.5 * (at as f32 * hz * std::f32::consts::TAU / 16000.0).sin()).collect();
    Clip::new(samples, 16000).unwrap()
}

fn picture(rgb: [u8; 3]) -> Picture {
    Picture::from_rgba(1, 1, vec![rgb[0], rgb[1], rgb[2], 255]).unwrap()
}

/// Three products: two have a sound, and no word of a title says which.
fn feed(folder: &Path) -> std::path::PathBuf {
    for (name, rgb) in [("a", [200, 20, 20]), ("b", [20, 180, 20]), ("c", [20, 20, 200])] {
        fixture::picture(&folder.join(format!("{name}.png")), rgb);
    }
    tone(150.0).save_wav(&folder.join("low.wav")).unwrap();
    tone(5000.0).save_wav(&folder.join("high.wav")).unwrap();
    let feed = folder.join("feed.csv");
    let rows = "id,title,image_link,audio_link\na,red sweater,a.png,low.wav\nb,green mug,b.png,high.wav\n\
        c,blue bell,c.png,\n";
    fs::write(&feed, rows).unwrap();
    feed
}

fn open() -> (Engine, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::with_encoders(two_spaces(folder.path()).load().unwrap());
    engine.import(&feed(folder.path()), &folder.path().join("collection"), &fixture::yes, &Progress::new()).unwrap();
    (engine, folder)
}

fn search(engine: &Engine, query: &Query) -> Found {
    engine.search(query, &Weights::default(), None, None, &Progress::new()).unwrap().1
}

/// The products by one facet alone, best first.
fn ids(engine: &Engine, found: &Found, facet: Modality) -> Vec<String> {
    let mut weights = Weights::new([1.0; 3], [0.0; 3], Policy::Renormalise);
    weights.set_facet(facet, 1.0);
    let collection = engine.collection().unwrap();
    let hits = found.rank(&collection, &weights, None, 3).unwrap();
    hits.iter().map(|hit| collection.product(hit.row).unwrap().id.clone()).collect()
}

fn facets(found: &Found) -> Vec<Modality> {
    let part = found.parts().next().unwrap();
    found.pairs_of(part).unwrap().iter().filter_map(|pair| pair.channel.facet()).collect()
}

#[test]
fn a_pair_lives_in_the_first_space_that_both_know() {
    let folder = tempfile::tempdir().unwrap();
    let bundle = two_spaces(folder.path());
    assert_eq!(bundle.say_spaces(), "clip (4: text, image), clap (3: text, audio)");
    let encoders = bundle.load().unwrap();
    let [text, image, audio] = Modality::ALL;
    let check = |part, facet, space| {
        assert_eq!(encoders.pair_space(part, facet), space, "{part} {facet}");
        assert_eq!(encoders.pair_space(facet, part), space, "{facet} {part}");
    };
    check(text, text, Some("clip"));
    check(text, image, Some("clip"));
    check(text, audio, Some("clap"));
    check(image, image, Some("clip"));
    check(audio, audio, Some("clap"));
    check(image, audio, None);
    assert_eq!(Modality::ALL.map(|facet| encoders.facet_spaces(facet).join(" ")), ["clip clap", "clip", "clap"]);
}

#[test]
fn text_finds_pictures_in_one_space_and_sounds_in_another() {
    let (engine, folder) = open();
    let collection = engine.collection().unwrap();
    assert_eq!(collection.manifest.coverage, [3, 3, 2]);
    let text = |text: &str| Query { text: text.into(), ..Query::default() };

    let before = engine.counters().encoder_runs;
    let found = search(&engine, &text("green drum"));
    assert_eq!(engine.counters().encoder_runs, before + 2, "the text once in each space");
    assert_eq!(facets(&found), Modality::ALL);
    assert_eq!(ids(&engine, &found, Modality::Image)[0], "b");
    assert_eq!(ids(&engine, &found, Modality::Audio), ["a", "b"], "the drum is the low tone");

    let sound = Query { audio: Some(tone(5000.0).into()), ..Query::default() };
    let found = search(&engine, &sound);
    assert_eq!(facets(&found), [Modality::Text, Modality::Audio]);
    assert_eq!(ids(&engine, &found, Modality::Text)[0], "c", "the high tone is the bell of a title");
    assert_eq!(ids(&engine, &found, Modality::Audio), ["b", "a"]);

    let pictures = Query { images: vec![picture([0, 0, 250]).into()], ..Query::default() };
    let found = search(&engine, &pictures);
    assert_eq!(facets(&found), [Modality::Text, Modality::Image], "no space holds pictures and sounds");
    assert_eq!(ids(&engine, &found, Modality::Text)[0], "c");
    assert_eq!(ids(&engine, &found, Modality::Image)[0], "c");

    let generation = folder.path().join("collection/generation-1");
    let again = Collection::open(&folder.path().join("collection")).unwrap();
    assert_eq!(files(&generation), ["audio.vec", "image.vec", "text.clap.vec", "text.clip.vec"]);
    assert_eq!(again.matrix(Modality::Text).unwrap().dim(), 4, "the first space is the facet's own");
    assert_eq!(again.matrix_in(Modality::Text, "clap").unwrap().dim(), 3);
    assert!(again.matrix_in(Modality::Image, "clap").is_none());
    assert_eq!(again.similar(0, Modality::Audio, 3).unwrap().rows[0].0, 1);
    assert_eq!(again.similar(0, Modality::Text, 3).unwrap().rows.len(), 2);
}

fn files(generation: &Path) -> Vec<String> {
    let names = fs::read_dir(generation).unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap());
    names
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "vec"))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

#[test]
fn one_space_keeps_its_files_and_encodes_once() {
    let (engine, shop) = fixture::open_shop();
    let generation = shop.path().join("collection/generation-1");
    assert_eq!(files(&generation), ["audio.vec", "image.vec", "text.vec"]);
    // One of an older format is refused with both numbers, and opens again once it is itself.
    let manifest = generation.join("manifest.json");
    let own = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, own.replace(&format!("\"format\": {FORMAT}"), "\"format\": 1")).unwrap();
    let refused = engine.open(&shop.path().join("collection")).err().unwrap().to_string();
    assert!(refused.contains("format is 1") && refused.contains(&format!("reads {FORMAT}")), "{refused}");
    fs::write(&manifest, own).unwrap();
    engine.open(&shop.path().join("collection")).unwrap();
    let before = engine.counters().encoder_runs;
    let found = search(&engine, &Query { text: "red".into(), ..Query::default() });
    assert_eq!(engine.counters().encoder_runs, before + 1);
    assert_eq!(facets(&found), Modality::ALL);
}

#[test]
fn one_file_serves_text_and_picture() {
    let folder = tempfile::tempdir().unwrap();
    let encoders: Encoders = one_file(folder.path(), IMAGE).load().unwrap();
    let texts = encoders.text(&["a red mug", "blue", "GREEN green"]).unwrap();
    let pictures: Vec<Picture> = [[200, 10, 10], [10, 10, 200], [10, 200, 10]].map(picture).into();
    let pictures = encoders.image(&pictures.iter().collect::<Vec<_>>()).unwrap();
    for (text, picture) in texts.iter().zip(&pictures) {
        let best = pictures.iter().map(|other| text.cosine(other)).fold(f32::NEG_INFINITY, f32::max);
        assert!(text.cosine(picture) > 0.8 && (text.cosine(picture) - best).abs() < 1e-6);
    }
}

#[test]
fn a_name_that_the_graph_lacks_is_told_with_those_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let check = |image: &str, expected: &str| {
        let error = one_file(folder.path(), image).load().err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(
        &IMAGE.replace("pixel_values", "pixels"),
        "no input named pixels; its inputs are input_ids, attention_mask, pixel_values",
    );
    check(
        &IMAGE.replace("image_embeds", "embedding"),
        "no output named embedding; its outputs are text_embeds, image_embeds",
    );
}

#[test]
fn a_space_of_another_size_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    one_file(folder.path(), IMAGE);
    let toml = fs::read_to_string(folder.path().join("bundle.toml")).unwrap().replace("dim = 4", "dim = 5");
    fs::write(folder.path().join("bundle.toml"), toml).unwrap();
    let error = Bundle::open(folder.path()).unwrap().load().unwrap().text(&["red"]).unwrap_err().to_string();
    assert!(error.contains("values of shape [1, 4] for 1 inputs of a space of 5 dimensions"), "{error}");
}

#[test]
fn what_is_said_becomes_text() {
    let folder = tempfile::tempdir().unwrap();
    let check = |settings: &str, hz: f32, expected: [&str; 2]| {
        let heard = whisper(folder.path(), settings).load_speech().unwrap().transcribe(&tone(hz)).unwrap();
        assert_eq!([heard.text.as_str(), heard.language.as_str()], expected, "{settings} {hz}");
    };
    check("", 300.0, ["red sweater", "en"]);
    check("", 5000.0, ["blue sweater", "en"]);
    check("languages = ['zh', 'en']\n", 300.0, ["red sweater", "en"]);
    check("languages = ['zh']\n", 300.0, ["red sweater", "zh"]);
    check("max_tokens = 1\n", 5000.0, ["blue", "en"]);
    let bundle = whisper(folder.path(), "");
    let silence = Clip::new(vec![0.0; 16000], 16000).unwrap();
    assert!(matches!(bundle.load_speech().unwrap().transcribe(&silence), Err(Error::Silent { .. })));
    assert!(bundle.load().unwrap().space(Modality::Text).is_none(), "it has nothing but speech");
    let error = whisper(folder.path(), "languages = ['xx']\n").load_speech().err().unwrap().to_string();
    assert!(error.contains("has no token <|xx|>"), "{error}");
    fs::write(folder.path().join("decoder.bin"), b"other").unwrap();
    assert!(bundle.verify().is_err() && bundle.load_speech().is_err());
}

/// The program with the two-space bundle in the place of its own.
fn vitrine(folder: &Path, runtime: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .args(arguments)
        .env("VITRINE_MODELS", folder.join("models"))
        .env("VITRINE_HOME", folder.join("home"))
        .env("VITRINE_ORT", runtime)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .output()
        .unwrap()
}

#[test]
fn several_spaces_work_on_tract_too() {
    let folder = tempfile::tempdir().unwrap();
    let compact = folder.path().join("models/compact");
    fs::create_dir_all(&compact).unwrap();
    two_spaces(&compact);
    let (feed, collection) = (feed(folder.path()), folder.path().join("collection"));
    let succeeds = |arguments: &[&str]| {
        let output = vitrine(folder.path(), "tract", arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let collection = collection.to_str().unwrap();
    succeeds(&["import", feed.to_str().unwrap(), "--collection", collection]);
    let first = |arguments: &[&str]| {
        let found = succeeds(&[&["search", "--collection", collection, "--format", "json"], arguments].concat());
        serde_json::from_str::<Value>(&found).unwrap()["hits"][0]["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(first(&["--text", "drum", "--facets", "text=0,image=0,audio=1"]), "a");
    assert_eq!(first(&["--text", "green", "--facets", "text=0,image=1,audio=0"]), "b");
    assert_eq!(
        first(&["--audio", folder.path().join("high.wav").to_str().unwrap(), "--facets", "text=1,audio=0"]),
        "c"
    );

    // Left half red, right half blue: the region says which half is meant.
    let halves = image::RgbImage::from_fn(40, 30, |x, _| image::Rgb(if x < 20 { [220, 0, 0] } else { [0, 0, 220] }));
    let file = folder.path().join("halves.png");
    halves.save(&file).unwrap();
    let by_region = |region: &str| {
        first(&["--image", file.to_str().unwrap(), "--region", region, "--facets", "text=0,image=1,audio=0"])
    };
    assert_eq!(by_region("0,0,0.5,1"), "a");
    assert_eq!(by_region("0.5,0,0.5,1"), "c");

    // Spoken, by a speech model that stands beside the bundle in use.
    let low = folder.path().join("low.wav");
    let spoken = ["--audio", low.to_str().unwrap(), "--transcribe"];
    let query = [&["search", "--collection", collection, "--format", "json"], spoken.as_slice()].concat();
    let without = vitrine(folder.path(), "tract", &query);
    assert!(String::from_utf8_lossy(&without.stderr).contains("has no speech encoder"));
    let added = folder.path().join("home/models/whisper");
    fs::create_dir_all(&added).unwrap();
    whisper(&added, "");
    let found: Value = serde_json::from_str(&succeeds(&query)).unwrap();
    assert_eq!(found["heard"], serde_json::json!({"text": "red sweater", "language": "en"}));
    assert_eq!(found["hits"][0]["id"], "a");
}
