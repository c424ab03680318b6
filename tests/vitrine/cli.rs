//! The shell: the real program with the real encoders, as a user or a script runs it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::fixture;

/// A home folder shared by all tests here, so that the sample catalog is imported once.
fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    HOME.get_or_init(|| tempfile::tempdir().unwrap()).path()
}

fn vitrine(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .args(arguments)
        .env("VITRINE_HOME", home())
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .output()
        .unwrap()
}

fn succeeds(arguments: &[&str]) -> String {
    let output = vitrine(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(&[arguments, &["--format", "json"]].concat())).unwrap()
}

/// What a failing command says; it must not be a panic.
fn fails(arguments: &[&str]) -> String {
    let output = vitrine(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && !said.contains("panicked"), "{arguments:?}: {said}");
    said
}

#[test]
fn the_sample_catalog_answers_in_both_languages() {
    for query in ["red sweater", "红色毛衣"] {
        let found = json(&["search", "--sample", "--text", query, "--top", "3"]);
        for hit in found["hits"].as_array().unwrap() {
            let title = hit["title"].as_str().unwrap().to_lowercase();
            assert!(
                title.contains("red") && (title.contains("sweater") || title.contains("jumper")),
                "{query}: {title}"
            );
            let parts = hit["parts"].as_array().unwrap();
            let sum: f64 = parts.iter().map(|part| part["contribution"].as_f64().unwrap()).sum();
            assert!((sum - hit["score"].as_f64().unwrap()).abs() < 1e-5);
        }
    }
}

#[test]
fn a_picture_and_a_sound_of_the_sample_find_themselves() {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/catalog");
    let feed = fs::read_to_string(catalog.join("products.jsonl")).unwrap();
    let products: Vec<Value> = feed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let check = |field: &str, flag: &str, facets: &str| {
        let product = products.iter().find(|product| product[field].is_string()).unwrap();
        let file = catalog.join(product[field].as_str().unwrap());
        let found = json(&["search", "--sample", flag, file.to_str().unwrap(), "--facets", facets, "--top", "3"]);
        let ids: Vec<_> = found["hits"].as_array().unwrap().iter().map(|hit| hit["id"].clone()).collect();
        assert!(ids.contains(&product["id"]), "{field}: {ids:?} without {}", product["id"]);
    };
    check("image_link", "--image", "text=0,audio=0");
    check("audio_link", "--audio", "text=0,image=0");
}

#[test]
fn encode_prints_unit_vectors() {
    let picture = tempfile::tempdir().unwrap();
    let file = picture.path().join("red.png");
    fixture::picture(&file, [200, 0, 0]);
    for arguments in [["encode", "--text", "红色毛衣"], ["encode", "--image", file.to_str().unwrap()]] {
        let encoded = json(&arguments);
        let vector: Vec<f64> = serde_json::from_value(encoded["embedding"].clone()).unwrap();
        assert_eq!(vector.len(), 256);
        assert!((vector.iter().map(|value| value * value).sum::<f64>() - 1.0).abs() < 1e-4);
    }
}

#[test]
fn what_an_import_cannot_do_is_said_before_it_begins() {
    let shop = fixture::shop();
    let place = |name: &str| shop.path().join(name).display().to_string();
    let (feed, into) = (place("products.jsonl"), place("c"));
    let check = |arguments: &[&str], expected: &[&str]| {
        let said = fails(&[&["import", &feed, "--collection", &into], arguments].concat());
        assert!(expected.iter().all(|expected| said.contains(expected)), "{arguments:?}: {said}");
        assert!(!shop.path().join("c").exists(), "{arguments:?}");
    };
    let nowhere = place("none/problems.csv");
    check(&["--report", &nowhere], &["none/problems.csv", "cannot be written"]);
    check(&["--report", &place("")], &["it is a folder"]);
    check(&["--files", &place("none")], &["none", "it is no folder"]);
    check(&["--map", "title=title,title=price"], &["Both title and price", "title"]);
    check(&["--map", "title=title,title=price", "--language", "zh"], &["都被指为"]);
    // Every row is bad: the import fails, and the report says why of each.
    fs::write(shop.path().join("bad.csv"), "id,title\n1\n2\n3\n").unwrap();
    let report = place("problems.csv");
    fails(&["import", &place("bad.csv"), "--collection", &into, "--report", &report]);
    let table = fs::read_to_string(&report).unwrap();
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.contains("2,,no,"), "{table}");
    // So is the place of an export.
    succeeds(&["import", &feed, "--collection", &into]);
    let said = fails(&["export", "--collection", &into, "--out", &place("none/out.csv")]);
    assert!(said.contains("cannot be written"), "{said}");
    succeeds(&["export", "--collection", &into, "--out", &place("out.csv"), "--bom"]);
    assert!(fs::read(place("out.csv")).unwrap().starts_with(b"\xEF\xBB\xBFid,"));
}

#[test]
fn import_search_and_batch() {
    let shop = fixture::shop();
    let place = |name: &str| shop.path().join(name).display().to_string();
    fs::write(shop.path().join("text.jpg"), "no picture").unwrap();
    fs::write(
        shop.path().join("feed.csv"),
        "id,title,image_link\na,red sweater,sweater-red.png\nb,blue mug,text.jpg\nc\n",
    )
    .unwrap();
    let report = json(&["import", &place("feed.csv"), "--collection", &place("c")]);
    assert_eq!((report["rows"].as_u64(), report["products"].as_u64()), (Some(3), Some(2)));
    assert_eq!(report["problems"].as_array().unwrap().len(), 2);

    let found = json(&["search", "--collection", &place("c"), "--text", "mug", "--facets", "image=0,audio=0"]);
    assert_eq!(found["hits"][0]["id"], "b");
    let again = json(&["search", "--collection", &place("c"), "--text", "mug", "--facets", "image=0,audio=0"]);
    assert_eq!(found, again, "the same question has the same answer");

    fs::write(
        shop.path().join("queries.jsonl"),
        "{\"query_id\":\"q1\",\"text\":\"mug\"}\n{\"query_id\":2,\"image\":\"sweater-red.png\"}\n",
    )
    .unwrap();
    succeeds(&[
        "search",
        "--collection",
        &place("c"),
        "--queries",
        &place("queries.jsonl"),
        "--run",
        &place("run.txt"),
    ]);
    let run = fs::read_to_string(shop.path().join("run.txt")).unwrap();
    let lines: Vec<Vec<&str>> = run.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|line| line.len() == 6 && line[1] == "Q0" && line[5] == "vitrine"));
    assert_eq!((lines[0][0], lines[2][0], lines[0][3], lines[1][3]), ("q1", "2", "1", "2"));

    fs::write(shop.path().join("bad.jsonl"), "{\"query_id\":\"q1\",\"text\":\"mug\"}\nnonsense\n").unwrap();
    let said =
        fails(&["search", "--collection", &place("c"), "--queries", &place("bad.jsonl"), "--run", &place("run2.txt")]);
    assert!(said.contains("Line 2"), "{said}");
    assert_eq!(fs::read_to_string(shop.path().join("run2.txt")).unwrap().lines().count(), 2);
}

#[test]
fn products_leave_with_yes_only_and_every_problem_can_be_had() {
    let shop = fixture::shop();
    let place = |name: &str| shop.path().join(name).display().to_string();
    fs::write(shop.path().join("feed.csv"), "id,title,brand\na,red sweater,Bolt\nb,blue mug,Acme\nc\n").unwrap();
    json(&["import", &place("feed.csv"), "--collection", &place("c"), "--report", &place("problems.csv")]);
    let problems = fs::read_to_string(shop.path().join("problems.csv")).unwrap();
    assert!(problems.contains("4,,no,\"The row has 1 cells") || problems.contains("4,,no,"), "{problems}");

    let summary = json(&["summary", "--collection", &place("c")]);
    assert_eq!((summary["products"].as_u64(), summary["with_text"].as_u64()), (Some(2), Some(2)));
    assert!(succeeds(&["summary", "--collection", &place("c"), "--language", "zh"]).contains("品牌  2"));

    succeeds(&["export", "--collection", &place("c"), "--out", &place("acme.csv"), "--filter", "brand=Acme"]);
    assert_eq!(fs::read_to_string(shop.path().join("acme.csv")).unwrap().lines().count(), 2);
    succeeds(&["export", "--collection", &place("c"), "--out", &place("one.jsonl"), "--text", "sweater", "--top", "1"]);
    assert!(fs::read_to_string(shop.path().join("one.jsonl")).unwrap().contains("red sweater"));
    succeeds(&["export", "--collection", &place("c"), "--out", &place("text.npy"), "--embeddings", "text"]);
    assert_eq!(fs::read_to_string(shop.path().join("text.ids.txt")).unwrap(), "a\nb\n");
    assert!(fails(&["export", "--collection", &place("c"), "--out", &place("a.npy")]).contains("--embeddings"));
    let none = ["export", "--collection", &place("c"), "--out", &place("i.npy"), "--embeddings", "image"];
    assert!(fails(&none).contains("has image vectors"));

    fs::write(shop.path().join("feed.csv"), "id,title,brand\na,red sweater,Bolt\n").unwrap();
    let again = ["import", &place("feed.csv"), "--collection", &place("c")];
    let said = fails(&again);
    assert!(said.contains("1 of the 2 products") && said.contains("--yes"), "{said}");
    assert_eq!(json(&["summary", "--collection", &place("c")])["products"], 2);
    assert_eq!(json(&[&again[..], &["--yes"]].concat())["removed"], 1);
}

#[test]
fn bad_input_is_one_clear_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    fs::write(place("text.jpg"), "no picture").unwrap();
    fs::write(place("empty.png"), "").unwrap();
    fs::write(
        place("zero.wav"),
        vitrine::media::clip::Clip::new(Vec::new(), 16000).map(|clip| clip.to_wav()).unwrap_or_default(),
    )
    .unwrap();
    let check = |arguments: &[&str], english: &str, chinese: &str| {
        let said = fails(arguments);
        assert!(said.contains(english), "{said}");
        let said = fails(&[arguments, &["--language", "zh"]].concat());
        assert!(said.contains(chinese), "{said}");
    };
    check(&["encode", "--image", &place("text.jpg")], "is not a picture", "不是可以打开的图片");
    check(&["encode", "--image", &place("empty.png")], "is empty", "是空文件");
    check(&["encode", "--image", &place("none.png")], "cannot be read", "无法读取");
    check(&["encode", "--audio", &place("text.jpg")], "is not a sound", "不是可以打开的声音");
    check(&["search", "--sample", "--text", " "], "The query is empty", "查询是空的");
    check(&["search", "--collection", &place(""), "--text", "x"], "is not a collection", "不是商品库");
    check(&["search", "--sample", "--text", "x", "--weights", "text=-1"], "is not understood", "无法理解");
    check(&["search", "--sample", "--text", "x", "--weights", "text=0"], "Every weight is 0", "所有权重都是 0");
    fixture::picture(Path::new(&place("red.png")), [200, 0, 0]);
    let region = ["search", "--sample", "--image", &place("red.png"), "--region", "0,0,0,1"];
    check(&region, "left,top,width,height", "左,上,宽,高");
    check(&["import", &place("none"), "--collection", &place("c")], "cannot be read", "无法读取");
    let said = fails(&["encode", "--audio", &place("zero.wav")]);
    assert!(!said.is_empty());
}

#[test]
fn without_a_display_the_window_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .env("VITRINE_HOME", home())
        .env("LANG", "C")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("No display was found"), "{said}");
}

#[test]
fn doctor_says_what_is_there() {
    let report = json(&["doctor"]);
    assert_eq!(report["works"], true);
    let names: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["runtime", "encoders", "microphone", "loudspeaker", "fonts", "display"]);
}

#[test]
fn without_onnx_runtime_tract_takes_over() {
    let output = Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .args(["encode", "--text", "red sweater", "--format", "json"])
        .env("VITRINE_HOME", home())
        .env("VITRINE_ORT", "tract")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let vector = |value: &Value| -> Vec<f64> { serde_json::from_value(value["embedding"].clone()).unwrap() };
    let tract = vector(&serde_json::from_slice(&output.stdout).unwrap());
    let usual = vector(&json(&["encode", "--text", "red sweater"]));
    let cosine: f64 = tract.iter().zip(&usual).map(|(a, b)| a * b).sum();
    assert!(cosine > 0.999, "{cosine}");
}

#[test]
fn filters_narrow_and_browsing_has_an_order() {
    let search = |arguments: &[&str]| json(&[&["search", "--sample"], arguments].concat());
    let titles = |found: &Value| -> Vec<String> {
        let hits = found["hits"].as_array().unwrap().iter();
        hits.map(|hit| hit["title"].as_str().unwrap().to_lowercase()).collect()
    };
    let red = search(&["--text", "sweater", "--filter", "color=red", "--top", "50", "--facet-counts"]);
    assert!(!titles(&red).is_empty());
    assert_eq!(red["facets"]["rows"], titles(&red).len());
    assert!(titles(&red).iter().any(|title| title.contains("sweater")));
    // Each word counts when it is typed, and a typed number wins whatever else is alike.
    let id = red["hits"][3]["id"].as_str().unwrap();
    assert_eq!(search(&["--text", &id.to_uppercase(), "--top", "1"])["hits"][0]["id"], id);
    let without = titles(&search(&["--text", "sweater -red", "--top", "5"]));
    assert!(without.iter().all(|title| title.contains("sweater") && !title.contains("red ")), "{without:?}");

    let cheap = search(&["--sort", "price_up", "--filter", "price=..30", "--top", "500"]);
    assert!(cheap["hits"].as_array().unwrap().len() > 10);
    assert!(cheap["hits"][0].get("score").is_none(), "nothing was searched");

    let said = fails(&["search", "--sample", "--text", "mug", "--filter", "color=ultraviolet"]);
    assert!(said.contains("ultraviolet"), "{said}");
    assert!(fails(&["search", "--sample", "--text", "mug", "--method", "best"]).contains("rrf"));
}

#[test]
fn speed_and_recall_are_measured() {
    let bench = json(&["bench", "--products", "3000", "--dim", "32"]);
    let figures = bench["figures"].as_array().unwrap();
    let recalls = figures.iter().filter(|figure| figure["name"].as_str().unwrap().contains("recall"));
    assert!(recalls.clone().count() >= 2);
    assert!(recalls.into_iter().all(|figure| figure["median"] == 1.0), "{bench}");
    assert!(json(&["duplicates", "--sample", "--threshold", "1.1"]).as_array().unwrap().is_empty());
    assert!(!json(&["duplicates", "--sample", "--threshold", "0.5"]).as_array().unwrap().is_empty());
    let recall = json(&["recall", "--sample"]);
    assert_eq!(recall.as_array().unwrap().len(), 3);
    assert!(recall.as_array().unwrap().iter().all(|facet| facet["against_exact"]["recall"] == 1.0), "{recall}");
}

#[test]
fn what_was_said_of_columns_is_kept_with_the_collection() {
    let folder = tempfile::tempdir().unwrap();
    let (feed, collection) = (folder.path().join("odd.csv"), folder.path().join("collection"));
    let (feed, collection) = (feed.to_str().unwrap(), collection.to_str().unwrap());
    fs::write(feed, "Bezeichnung;Kosten\nred mug;4\n").unwrap();
    let again = ["import", feed, "--collection", collection];
    assert!(fails(&again).contains("no column for the product's title"));
    succeeds(&[&again[..], &["--map", "title=Bezeichnung"]].concat());
    let report = json(&again);
    assert_eq!((&report["products"], &report["unchanged"]), (&1.into(), &1.into()));
    assert!(fails(&[&again[..], &["--map", ""]].concat()).contains("no column for the product's title"));
}
