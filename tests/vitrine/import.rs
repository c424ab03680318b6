//! Import: whatever the feed holds, good rows arrive, bad ones are named, and the old collection is never lost.

use std::{
    fs,
    path::Path,
    sync::{Arc, Barrier},
};

use vitrine::{
    catalog::{download::Web, feed::Options},
    collection::{Collection, ImportReport},
    encode::Modality,
    error::{Error, Result},
    language::Language,
    media::clip::Clip,
    progress::Progress,
};

use crate::fixture;

fn import(source: &Path, folder: &Path) -> Result<ImportReport> {
    fixture::engine().import(source, folder, &fixture::yes, &Progress::new()).map(|(_, report)| report)
}

#[test]
fn a_shop_arrives_and_opens_again() {
    let (engine, shop) = fixture::open_shop();
    let collection = engine.collection().unwrap();
    assert_eq!(collection.len(), 6);
    assert_eq!(collection.manifest.coverage, [6, 5, 1]);
    let again = Collection::open(&shop.path().join("collection")).unwrap();
    assert!((0..6).all(|row| again.product(row).unwrap() == collection.product(row).unwrap()));
    let row = again.row_of("mug-blue").unwrap();
    assert!(again.matrix(Modality::Image).unwrap().row(row).is_none());
    assert!(again.matrix(Modality::Text).unwrap().row(row).is_some());
    assert_eq!(again.thumbnail(row).unwrap(), None);
    assert!(again.thumbnail(0).unwrap().unwrap().starts_with(&[0xFF, 0xD8]));
    let similar = again.similar(again.row_of("mug-red").unwrap(), Modality::Image, 3).unwrap().rows;
    assert_eq!(again.product(similar[0].0).unwrap().id, "sweater-red");
}

#[test]
fn bad_media_and_rows_are_named_and_the_rest_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fixture::picture(&place("good.png"), [200, 0, 0]);
    fs::write(place("empty.jpg"), b"").unwrap();
    fs::write(place("text.jpg"), b"this is a text file").unwrap();
    fs::write(place("cut.png"), &fs::read(place("good.png")).unwrap()[..40]).unwrap();
    fs::write(place("silent.wav"), Clip::new(vec![0.0; 800], 16000).unwrap().to_wav()).unwrap();
    fs::write(place("click.wav"), Clip::new(vec![0.5], 48000).unwrap().to_wav()).unwrap();
    let feed = "id,title,image_link,audio_link\n\
        1,good,good.png,\n2,empty,empty.jpg,\n3,text,text.jpg,\n4,cut,cut.png,\n5,missing,none.png,\n\
        6,silent,,silent.wav\n7,broken\n8,web,https://shop.example/a.jpg,\n1,again,good.png,\n9,click,,click.wav\n";
    fs::write(place("feed.csv"), feed).unwrap();
    let options = Options { web: Web { fetch: false, ..Web::default() }, ..Options::default() };
    let imported = fixture::engine().import_with(
        &place("feed.csv"),
        &place("collection"),
        &options,
        &fixture::yes,
        &Progress::new(),
    );
    let report = imported.unwrap().1;
    assert_eq!((report.rows, report.products, report.coverage), (10, 8, [8, 1, 0]));
    let expected = [
        (3, "2", "is empty (0 bytes)", "是空文件"),
        (4, "3", "is not a picture", "不是可以打开的图片"),
        (5, "4", "is not a picture", "不是可以打开的图片"),
        (6, "5", "cannot be read", "无法读取"),
        (7, "6", "holds no sound", "里没有声音"),
        (8, "", "has 2 cells", "有 2 个单元格"),
        (9, "8", "downloads are turned off", "下载已关闭"),
        (10, "1", "occurs more than once", "出现多次"),
        (11, "9", "holds no sound", "里没有声音"),
    ];
    assert_eq!(report.problems.len(), expected.len(), "{:#?}", report.problems);
    for (problem, (line, id, english, chinese)) in report.problems.iter().zip(expected) {
        assert_eq!((problem.line, problem.id.as_str()), (line, id));
        assert!(problem.say(Language::English).contains(english), "{}", problem.say(Language::English));
        assert!(problem.say(Language::Chinese).contains(chinese), "{}", problem.say(Language::Chinese));
    }
    assert_eq!(Collection::open(&place("collection")).unwrap().product(0).unwrap().title, "again");
}

#[test]
fn a_failed_or_cancelled_import_leaves_the_old_collection() {
    let (engine, shop) = fixture::open_shop();
    let folder = shop.path().join("collection");
    let cancelled = Progress::new();
    cancelled.cancel();
    let source = shop.path().join("products.jsonl");
    assert_eq!(engine.import(&source, &folder, &fixture::yes, &cancelled).err(), Some(Error::Cancelled));
    let bad = shop.path().join("bad.csv");
    fs::write(&bad, "id,title\n1\n2\n").unwrap();
    assert!(matches!(
        engine.import(&bad, &folder, &fixture::yes, &Progress::new()),
        Err(Error::NoGoodRow { bad: 2, .. })
    ));
    assert_eq!(Collection::open(&folder).unwrap().len(), 6);
    assert_eq!(engine.collection().unwrap().len(), 6);
    let mut left: Vec<_> = fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name()).collect();
    left.sort();
    assert_eq!(left, ["current", "generation-1", "writer.lock"]);
}

#[test]
fn a_second_import_replaces_the_first_while_it_is_open() {
    let (engine, shop) = fixture::open_shop();
    let old = engine.collection().unwrap();
    let feed = shop.path().join("one.csv");
    fs::write(&feed, "id,title\n1,red mug\n").unwrap();
    engine.import(&feed, &shop.path().join("collection"), &fixture::yes, &Progress::new()).unwrap();
    assert_eq!(engine.collection().unwrap().len(), 1);
    assert_eq!(old.len(), 6);
    assert!(old.matrix(Modality::Text).unwrap().row(0).is_some());
    assert_eq!(engine.counters().index_builds, 2);
}

#[test]
fn two_writers_do_not_meet() {
    let shop = fixture::shop();
    let folder = shop.path().join("collection");
    let start = Arc::new(Barrier::new(4));
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let (start, source, folder) = (start.clone(), shop.path().join("products.jsonl"), folder.clone());
                scope.spawn(move || {
                    start.wait();
                    import(&source, &folder)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert!(outcomes.iter().any(Result::is_ok));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Error::Busy { .. }))), "{outcomes:?}");
    assert_eq!(Collection::open(&folder).unwrap().len(), 6);
}

#[test]
fn folders_that_are_no_collection() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Collection::open(folder.path()), Err(Error::NotACollection { .. })));
    assert!(matches!(import(folder.path(), &folder.path().join("c")), Err(Error::NothingToImport { .. })));
    let (_, shop) = fixture::open_shop();
    let manifest = shop.path().join("collection/generation-1/manifest.json");
    fs::write(&manifest, "{}").unwrap();
    assert!(matches!(Collection::open(&shop.path().join("collection")), Err(Error::DamagedCollection { .. })));
}

#[test]
fn files_of_the_users_own_are_not_touched() {
    let shop = fixture::shop();
    let folder = shop.path().join("mine");
    fs::create_dir_all(folder.join("partial")).unwrap();
    fs::write(folder.join("partial/letter.txt"), "keep").unwrap();
    fs::write(folder.join("letter.txt"), "keep").unwrap();
    let outcome = import(&shop.path().join("products.jsonl"), &folder);
    assert!(matches!(outcome, Err(Error::ForeignFolder { .. })), "{outcome:?}");
    assert_eq!(fs::read_to_string(folder.join("partial/letter.txt")).unwrap(), "keep");
    assert!(!folder.join("writer.lock").exists());
}

#[test]
fn a_reader_keeps_its_generation_whole() {
    let (engine, shop) = fixture::open_shop();
    let old = engine.collection().unwrap();
    import(&shop.path().join("products.jsonl"), &shop.path().join("collection")).unwrap();
    assert_eq!(old.similar(0, Modality::Image, 2).unwrap().rows.len(), 2, "its vectors outlive the newer generation");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let shop = fixture::shop();
    let blocked = shop.path().join("file");
    fs::write(&blocked, b"").unwrap();
    let outcome = import(&shop.path().join("products.jsonl"), &blocked.join("collection"));
    assert!(matches!(outcome, Err(Error::Unwritable { .. })), "{outcome:?}");
}
