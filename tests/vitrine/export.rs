//! What goes out comes back: products through a feed, vectors through arrays, problems and figures in tables.

use std::{fs, path::Path};

use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::{ListAccessor, RowAccessor},
};
use serde_json::Value;
use vitrine::{
    catalog::{download::Web, feed::Options},
    collection::{Collection, export::Text, summary::Summary},
    encode::Modality,
    progress::Progress,
};

use crate::fixture;

const RICH: &str = r#"{"id":"a-1","title":"Red sweater, \"warm\"","title_zh":"红色毛衣","description":"Two\nlines; and more","product_type":"Clothing > Sweaters","product_type_zh":"服装 > 毛衣","brand":"Bolt & Sons","price":"1,299.00 EUR","link":"https://shop.example/a?b=1,2","image_link":"sweater-red.png","additional_image_link":["mug-red.png","mug-green.png"],"audio_link":"bell.wav","color":"red | blue","材质":"羊毛","reviews":[{"rating":4.5,"text":"Warm, \"soft\"","language":"en"}]}
{"id":"a-2","title":"Plain mug","size":"0.3 l"}
{"id":"a-3","title_zh":"蓝色杯子","price":"9"}
"#;

#[test]
fn products_come_back_without_loss() {
    let shop = fixture::shop();
    let (engine, progress) = (fixture::engine(), Progress::new());
    let place = |name: &str| shop.path().join(name);
    fs::write(place("rich.jsonl"), RICH).unwrap();
    let import =
        |feed: &str, folder: &str| engine.import(&place(feed), &place(folder), &fixture::yes, &progress).unwrap().0;
    let first = import("rich.jsonl", "first");
    let all: Vec<usize> = (0..first.len()).collect();
    for (feed, folder) in [("out.jsonl", "second"), ("out.csv", "third"), ("marked.csv", "fourth")] {
        // Into another folder, so that paths have to stand on their own.
        fs::create_dir_all(place("elsewhere")).unwrap();
        let out = place("elsewhere").join(feed);
        if feed == "out.csv" {
            first.export_csv(&all, &out, &progress).unwrap();
        } else if feed == "marked.csv" {
            first.export_csv_as(Text::Marked, &all, &out, &progress).unwrap();
            assert!(fs::read(&out).unwrap().starts_with(b"\xEF\xBB\xBFid,"));
        } else {
            first.export_jsonl(&all, &out, &progress).unwrap();
        }
        let back = import(&format!("elsewhere/{feed}"), folder);
        assert_eq!(back.len(), first.len(), "{feed}: {}", fs::read_to_string(&out).unwrap());
        for row in 0..first.len() {
            assert_eq!(back.product(row), first.product(row), "{feed}");
        }
    }
    first.export_jsonl(&[1], &place("one.jsonl"), &progress).unwrap();
    assert_eq!(
        fs::read_to_string(place("one.jsonl")).unwrap(),
        "{\"id\":\"a-2\",\"size\":\"0.3 l\",\"title\":\"Plain mug\"}\n"
    );
}

#[test]
fn links_that_lead_nowhere_are_not_lost() {
    let shop = fixture::shop();
    let (engine, progress) = (fixture::engine(), Progress::new());
    let place = |name: &str| shop.path().join(name);
    fs::create_dir_all(place("elsewhere")).unwrap();
    fs::write(place("text.jpg"), "no picture").unwrap();
    let (gone, cut, web) = (place("gone.png"), place("text.jpg"), "https://shop.example/a.jpg");
    let feed = format!(
        "id,title,image_link,additional_image_link,audio_link\n\
         a,Red mug,gone.png,mug-red.png|{web}|text.jpg|mug-blue.png,gone.wav|bell.wav\nb,Mug,mug-green.png,,\n"
    );
    fs::write(place("feed.csv"), feed).unwrap();
    let options = Options { web: Web { fetch: false, ..Web::default() }, ..Options::default() };
    let import = |feed: &str, folder: &str| {
        engine.import_with(&place(feed), &place(folder), &options, &fixture::yes, &progress).unwrap().0
    };
    let first = import("feed.csv", "first");
    let mug = first.product(0).unwrap();
    assert_eq!((mug.pictures.len(), mug.sounds.len()), (1, 1));
    let named = [gone.clone(), place("mug-red.png"), web.into(), cut, place("mug-blue.png")];
    assert_eq!(mug.named_pictures(), named);
    first.export_csv(&[0, 1], &place("elsewhere/out.csv"), &progress).unwrap();
    first.export_jsonl(&[0, 1], &place("elsewhere/out.jsonl"), &progress).unwrap();
    for feed in ["elsewhere/out.csv", "elsewhere/out.jsonl"] {
        let back = import(feed, "second");
        assert_eq!([back.product(0), back.product(1)], [first.product(0), first.product(1)], "{feed}");
    }
    // Once it is there it is opened, in its own place.
    fixture::picture(&gone, [200, 20, 20]);
    assert_eq!(import("elsewhere/out.jsonl", "second").product(0).unwrap().pictures[0], gone);
}

/// Reads an NPY file of version 1 as rows.
fn npy(path: &Path) -> Vec<Vec<f32>> {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let head = std::str::from_utf8(&bytes[10..end]).unwrap();
    assert!(head.contains("'descr': '<f4', 'fortran_order': False"), "{head}");
    let shape = head.split(['(', ')']).nth(1).unwrap();
    let shape: Vec<usize> = shape.split(',').map(|side| side.trim().parse().unwrap()).collect();
    let values: Vec<f32> = bytes[end..].as_chunks::<4>().0.iter().copied().map(f32::from_le_bytes).collect();
    assert_eq!(values.len(), shape[0] * shape[1]);
    values.chunks(shape[1]).map(<[f32]>::to_vec).collect()
}

#[test]
fn vectors_come_back_bit_for_bit() {
    let (engine, shop) = fixture::open_shop();
    let collection = engine.collection().unwrap();
    let all: Vec<usize> = (0..collection.len()).collect();
    let place = |name: &str| shop.path().join(name);
    let progress = Progress::new();
    let matrix = collection.matrix(Modality::Image).unwrap();
    let expected: Vec<(String, Vec<f32>)> = all
        .iter()
        .filter_map(|row| Some((collection.columns().id(*row).to_owned(), matrix.row(*row)?.to_vec())))
        .collect();
    assert_eq!(expected.len(), 5, "one has no picture");

    assert_eq!(collection.export_npy(Modality::Image, &all, &place("v.npy"), &progress).unwrap(), 5);
    let ids = fs::read_to_string(place("v.ids.txt")).unwrap();
    let back: Vec<_> = ids.lines().map(str::to_owned).zip(npy(&place("v.npy"))).collect();
    assert_eq!(back, expected);

    assert_eq!(collection.export_parquet(Modality::Image, &all, &place("v.parquet"), &progress).unwrap(), 5);
    let reader = SerializedFileReader::new(fs::File::open(place("v.parquet")).unwrap()).unwrap();
    let about = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let about = |key: &str| about.iter().find(|entry| entry.key == key).and_then(|entry| entry.value.clone()).unwrap();
    assert_eq!(
        (about("model_id").as_str(), about("dim").as_str(), about("normalized").as_str()),
        ("test 1", "7", "true")
    );
    let back: Vec<(String, Vec<f32>)> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            let list = row.get_list(1).unwrap();
            (row.get_string(0).unwrap().clone(), (0..list.len()).map(|at| list.get_float(at).unwrap()).collect())
        })
        .collect();
    assert_eq!(back, expected);
}

#[test]
fn problems_and_figures_are_tables() {
    let shop = fixture::shop();
    let place = |name: &str| shop.path().join(name);
    let feed = "id,title,brand,product_type,price,image_link\n\
        1,Red mug,Bolt,Home > Mugs,5.00 EUR,none.png\n2,杯子,Bolt,Home > Mugs,7.00 EUR,\n3,broken\n\
        4,Mug 杯子,Acme,Home > Cups,9.00 EUR,\n";
    fs::write(place("feed.csv"), feed).unwrap();
    let engine = fixture::engine();
    let (collection, report) = engine.import(&place("feed.csv"), &place("c"), &fixture::yes, &Progress::new()).unwrap();
    collection.export_problems(&place("problems.csv")).unwrap();
    let text = fs::read_to_string(place("problems.csv")).unwrap();
    let text = text.strip_prefix('\u{FEFF}').expect("Excel wants to be told");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), report.problem_count, report.problems.len()), (3, 2, 2), "{text}");
    assert_eq!(lines[0], "line,id,kept,reason_en,reason_zh");
    assert!(lines[1].starts_with("2,1,yes,") && lines[1].contains("cannot be read") && lines[1].contains("无法读取"));
    assert!(lines[2].starts_with("4,,no,"), "{text}");

    let summary = Summary::of(&collection, &Progress::new()).unwrap();
    let counts = |counts: &[vitrine::collection::summary::Count]| {
        counts.iter().map(|count| format!("{} {}", count.products, count.name)).collect::<Vec<_>>()
    };
    assert_eq!((summary.products, summary.with_text, summary.with_picture), (3, 3, 0));
    assert_eq!(counts(&summary.categories), ["2 Home > Mugs", "1 Home > Cups"]);
    assert_eq!(counts(&summary.brands), ["2 Bolt", "1 Acme"]);
    let languages = summary.languages;
    assert_eq!((languages.latin, languages.chinese, languages.both), (1, 1, 1));
    let price = &summary.prices[0];
    assert_eq!((price.currency.as_str(), price.lowest, price.median, price.highest), ("EUR", 5.0, 7.0, 9.0));
    assert_eq!((summary.products_with_problems, summary.problems), (1, 2));
    assert_eq!(Collection::open(&place("c")).unwrap().problems(9).unwrap(), report.problems);
    let json: Value = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["languages"]["both"], 1);
}
