//! Nothing is lost: imports that are killed at any moment, disks that are full or cannot be written, products that leave,
//! and what is encoded already is not encoded again.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use vitrine::{
    collection::{Collection, ImportReport, Leaving},
    encode::Modality,
    engine::Engine,
    error::{Error, Result},
    progress::Progress,
};

use crate::fixture;

const KILLS: usize = 20;
const DRAWN: usize = 160;

fn import(engine: &Engine, source: &Path, folder: &Path) -> Result<ImportReport> {
    engine.import(source, folder, &fixture::yes, &Progress::new()).map(|(_, report)| report)
}

/// New, changed, unchanged, removed; encoded, taken over.
fn counts(report: &ImportReport) -> ([usize; 4], [usize; 2]) {
    let ImportReport { new, changed, unchanged, removed, encoded, taken_over, .. } = report;
    ([*new, *changed, *unchanged, *removed], [*encoded, *taken_over])
}

fn generation(folder: &Path) -> PathBuf {
    folder.join(fs::read_to_string(folder.join("current")).unwrap().trim())
}

/// Whether two collections are the same in everything that does not say when or where they were made.
fn assert_same(one: &Path, other: &Path) {
    let [a, b] = [one, other].map(|folder| Collection::open(folder).unwrap());
    assert_eq!(a.len(), b.len());
    for row in 0..a.len() {
        assert_eq!(a.product(row), b.product(row));
        assert!(a.thumbnail(row).unwrap() == b.thumbnail(row).unwrap(), "thumbnail of row {row}");
    }
    let names = |folder: &Path| {
        let mut names: Vec<_> =
            fs::read_dir(generation(folder)).unwrap().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(one), names(other));
    for name in names(one) {
        let (a, b) = (generation(one).join(&name), generation(other).join(&name));
        let compared =
            a.extension().is_some_and(|ending| ["vec", "codes", "bits", "bin", "f32"].iter().any(|e| ending == *e));
        assert!(!compared || fs::read(a).unwrap() == fs::read(b).unwrap(), "{}", name.display());
    }
    assert_eq!(a.manifest.calibration, b.manifest.calibration);
    assert_eq!(a.problems(100).unwrap(), b.problems(100).unwrap());
}

fn vitrine(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.args(arguments).env("LANG", "C").env_remove("LC_ALL");
    command.env("VITRINE_HOME", std::env::temp_dir().join("no-vitrine-home"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A catalog of drawn pictures, a few of them sounds too, one that cannot be opened.
fn drawn(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = String::new();
    for number in 0..count {
        let dice = fastrand::Rng::with_seed(number as u64).u32(..);
        let shade = |x: u32, y: u32| image::Rgb([x * (dice % 5), y * (dice % 3), dice % 256].map(|value| value as u8));
        image::RgbImage::from_fn(80 + dice % 40, 96, shade).save(folder.path().join(format!("{number}.png"))).unwrap();
        let sound = if number % 60 == 7 { r#","audio_link":"bell.wav""# } else { "" };
        writeln!(
            lines,
            r#"{{"id":"p{number}","title":"Thing {number} of shade {}","brand":"Brand {}","image_link":"{number}.png"{sound}}}"#,
            dice % 97,
            dice % 7
        )
        .unwrap();
    }
    fs::write(folder.path().join("0.png"), "no picture").unwrap();
    fixture::sound(&folder.path().join("bell.wav"));
    fs::write(folder.path().join("feed.jsonl"), lines).unwrap();
    folder
}

#[test]
fn an_import_that_is_killed_twenty_times_ends_as_if_nothing_had_been() {
    let shop = drawn(DRAWN);
    let place = |name: &str| shop.path().join(name).display().to_string();
    let (feed, calm, hunted) = (place("feed.jsonl"), place("calm"), place("hunted"));
    let start =
        || -> Child { vitrine(&["import", &feed, "--collection", &hunted, "--format", "json"]).spawn().unwrap() };
    let began = Instant::now();
    let first = json(&vitrine(&["import", &feed, "--collection", &calm, "--format", "json"]).output().unwrap());
    let whole = began.elapsed();
    assert_eq!(first["encoded"], DRAWN);

    let mut dice = fastrand::Rng::with_seed(20);
    let ended = |output: Output| {
        let report = json(&output);
        assert_same(Path::new(&calm), Path::new(&hunted));
        fs::remove_dir_all(&hunted).unwrap();
        report["taken_over"].as_u64().unwrap()
    };
    let mut taken_over = Vec::new();
    for _ in 0..KILLS {
        let mut running = start();
        thread::sleep(whole.mul_f64(dice.f64()));
        // One that is through already is looked at, and the next begins from nothing.
        if running.try_wait().unwrap().is_some() {
            taken_over.push(ended(running.wait_with_output().unwrap()));
        } else {
            running.kill().unwrap();
            running.wait().unwrap();
        }
    }
    // Once more where it is sure that batches have been committed.
    let mut running = start();
    let committed =
        || fs::metadata(Path::new(&hunted).join("encoded.sqlite-wal")).is_ok_and(|file| file.len() > 100_000);
    while !committed() && running.try_wait().unwrap().is_none() {
        thread::sleep(Duration::from_millis(2));
    }
    running.kill().unwrap();
    running.wait().unwrap();
    taken_over.push(ended(start().wait_with_output().unwrap()));
    assert!(taken_over.last().is_some_and(|taken| *taken > 0), "{taken_over:?}");
}

#[test]
fn only_what_has_changed_is_encoded_again_and_all_is_as_in_a_new_import() {
    let shop = drawn(70);
    let place = |name: &str| shop.path().join(name).display().to_string();
    let (feed, again, anew) = (place("feed.jsonl"), place("again"), place("anew"));
    let import = |folder: &str| {
        json(&vitrine(&["import", &feed, "--collection", folder, "--yes", "--format", "json"]).output().unwrap())
    };
    import(&again);
    // One picture is painted over, one title changes, one price comes, one product goes, one is new, two change places.
    fixture::picture(&shop.path().join("5.png"), [9, 99, 199]);
    let text = fs::read_to_string(&feed).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[9] = lines[9].replace("Thing", "Lamp");
    lines[11] = lines[11].replace(r#""brand""#, r#""price":"5.00 EUR","brand""#);
    lines.swap(20, 50);
    lines.remove(30);
    lines.push(r#"{"id":"new","title":"A new one"}"#.into());
    fs::write(&feed, lines.join("\n")).unwrap();
    let report = import(&again);
    let told = ["new", "changed", "unchanged", "removed", "encoded", "taken_over"].map(|name| report[name].clone());
    // The product whose picture cannot be opened is looked at each time, so that it is told each time.
    assert_eq!(told, [1, 3, 66, 1, 4, 66]);
    assert_eq!(report["problem_count"], 1);
    import(&anew);
    assert_same(Path::new(&again), Path::new(&anew));
}

#[test]
fn content_counts_and_not_the_clock() {
    let (engine, shop) = fixture::open_shop();
    let (source, folder) = (shop.path().join("products.jsonl"), shop.path().join("collection"));
    let check = |expected: ([usize; 4], [usize; 2])| {
        let before = engine.counters().encoder_runs;
        let report = import(&engine, &source, &folder).unwrap();
        assert_eq!(counts(&report), expected);
        assert_eq!(engine.counters().encoder_runs == before, report.encoded == 0);
    };
    check(([0, 0, 6, 0], [0, 6]));
    // The same bytes with another time, then other bytes with the old time.
    let picture = shop.path().join("mug-red.png");
    let bytes = fs::read(&picture).unwrap();
    fs::write(&picture, &bytes).unwrap();
    check(([0, 0, 6, 0], [0, 6]));
    let time = fs::metadata(&picture).unwrap().modified().unwrap();
    fixture::picture(&picture, [20, 20, 20]);
    fs::File::options().write(true).open(&picture).unwrap().set_modified(time).unwrap();
    check(([0, 1, 5, 0], [1, 5]));
    // Another id is another product, and yet nothing has to be encoded.
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace(r#""id":"mug-green""#, r#""id":"mug-olive""#)).unwrap();
    check(([1, 0, 5, 1], [0, 6]));
    // Other encoders see everything anew.
    let others = || {
        let encoder = vitrine::speed::synthetic::World { products: 10, dim: 8 };
        Engine::with_encoders(encoder.encoders())
    };
    let report = import(&others(), &source, &folder).unwrap();
    assert_eq!(counts(&report), ([0, 6, 0, 0], [6, 0]));
}

#[test]
fn products_leave_only_when_asked() {
    let (engine, shop) = fixture::open_shop();
    let (source, folder) = (shop.path().join("products.jsonl"), shop.path().join("collection"));
    let text = fs::read_to_string(&source).unwrap();
    let fewer: Vec<&str> = text.lines().filter(|line| !line.contains("mug")).collect();
    fs::write(&source, fewer.join("\n")).unwrap();
    let asked = std::cell::RefCell::new(Vec::new());
    let refuse = |leaving: &Leaving| {
        asked.borrow_mut().push(leaving.clone());
        Err(Error::Cancelled)
    };
    let refused = engine.import(&source, &folder, &refuse, &Progress::new());
    assert_eq!(refused.err(), Some(Error::Cancelled));
    assert_eq!(Collection::open(&folder).unwrap().len(), 6);
    assert!(!folder.join("partial").exists() && !folder.join("encoded.sqlite").exists(), "nothing was built");
    let asked = asked.into_inner();
    assert_eq!((asked.len(), asked[0].count, asked[0].of), (1, 3, 6));
    let titles: Vec<_> = asked[0].some.iter().map(|product| product.title.as_str()).collect();
    assert_eq!(titles, ["red mug", "green mug", "blue mug"]);
    let report = import(&engine, &source, &folder).unwrap();
    assert_eq!(counts(&report), ([0, 0, 3, 3], [0, 3]));
    assert_eq!(Collection::open(&folder).unwrap().len(), 3);
}

#[test]
fn what_could_not_be_read_costs_no_product() {
    let (engine, shop) = fixture::open_shop();
    let (source, folder) = (shop.path().join("products.jsonl"), shop.path().join("collection"));
    let text = fs::read_to_string(&source).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    // Cut short in its fourth row: the two behind it are not seen at all.
    fs::write(&source, format!("{}\n{}", lines[..3].join("\n"), &lines[3][..30])).unwrap();
    let asked = std::cell::Cell::new(0);
    let yes = |_: &Leaving| {
        asked.set(asked.get() + 1);
        Ok(())
    };
    let report = engine.import(&source, &folder, &yes, &Progress::new()).unwrap().1;
    assert_eq!((report.held, report.unread, report.removed, asked.get()), (3, 1, 0, 0));
    assert_eq!(counts(&report), ([0, 0, 6, 0], [0, 6]));
    let told = report.problems.iter().find(|problem| problem.english.contains("were kept")).unwrap();
    assert!(told.kept && told.english.contains("import again") && told.chinese.contains("再导入"));
    assert_eq!(Collection::open(&folder).unwrap().len(), 6);
    // Once all of it can be read, what is missing leaves.
    fs::write(&source, lines[..3].join("\n")).unwrap();
    let report = engine.import(&source, &folder, &yes, &Progress::new()).unwrap().1;
    assert_eq!((report.held, report.removed, report.products, asked.get()), (0, 3, 3, 1));
}

#[test]
fn a_cancelled_import_is_gone_on_with() {
    let shop = drawn(100);
    let (source, folder) = (shop.path().join("feed.jsonl"), shop.path().join("collection"));
    let (engine, progress) = (fixture::engine(), Progress::new());
    thread::scope(|scope| {
        let running = scope.spawn(|| engine.import(&source, &folder, &fixture::yes, &progress));
        while !folder.join("encoded.sqlite").exists() && !running.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        progress.cancel();
        let outcome = running.join().unwrap();
        assert!(matches!(outcome, Ok(_) | Err(Error::Cancelled)));
    });
    if Collection::open(&folder).is_err() {
        let report = import(&engine, &source, &folder).unwrap();
        assert!(report.taken_over > 0 && report.encoded < 100, "{report:?}");
    }
    assert!(!folder.join("encoded.sqlite").exists(), "it goes with the import that ends well");
}

#[test]
fn judgements_and_reports_stay_through_an_import() {
    let (engine, shop) = fixture::open_shop();
    let (source, folder) = (shop.path().join("products.jsonl"), shop.path().join("collection"));
    let own = ["audit.sqlite", "audit.sqlite-wal", "audit-report.html", "qrels.txt", "audit-media/one.png"];
    fs::create_dir(folder.join("audit-media")).unwrap();
    own.iter().for_each(|name| fs::write(folder.join(name), *name).unwrap());
    import(&engine, &source, &folder).unwrap();
    assert!(own.iter().all(|name| fs::read_to_string(folder.join(name)).unwrap() == *name));
}

#[test]
fn pictures_that_no_product_names_go_with_the_import_after() {
    use base64::Engine as _;
    let shop = tempfile::tempdir().unwrap();
    let (engine, folder) = (fixture::engine(), shop.path().join("collection"));
    let cell = |shade: u8| {
        let file = shop.path().join("drawn.png");
        fixture::picture(&file, [shade, 9, 9]);
        base64::engine::general_purpose::STANDARD.encode(fs::read(file).unwrap())
    };
    let write = |shades: &[u8]| {
        let rows = shades.iter().map(|shade| format!("p{shade},Thing {shade},{}\n", cell(*shade)));
        fs::write(shop.path().join("feed.csv"), format!("id,title,image_link\n{}", rows.collect::<String>())).unwrap();
    };
    let kept = || fs::read_dir(folder.join("media/embedded")).map_or(0, |files| files.flatten().count());
    let source = shop.path().join("feed.csv");
    write(&[10, 20, 30]);
    import(&engine, &source, &folder).unwrap();
    assert_eq!(kept(), 3);
    // An import that does not end well leaves them all.
    write(&[10, 40]);
    let refused = engine.import(&source, &folder, &|_| Err(Error::Cancelled), &Progress::new());
    assert_eq!(refused.err(), Some(Error::Cancelled));
    assert_eq!(kept(), 4);
    import(&engine, &source, &folder).unwrap();
    assert_eq!(kept(), 4, "who still shows what was there before finds it");
    import(&engine, &source, &folder).unwrap();
    assert_eq!(kept(), 2);
    let collection = Collection::open(&folder).unwrap();
    assert!((0..2).all(|row| collection.product(row).unwrap().pictures[0].is_file()));
    fs::write(&source, "id,title\n1,Mug\n").unwrap();
    import(&engine, &source, &folder).unwrap();
    import(&engine, &source, &folder).unwrap();
    assert!(!folder.join("media").exists());
}

/// A small file system of its own; `None`, and a word why, where it may not be mounted.
struct Disk(TempDir);

impl Disk {
    fn mount(bytes: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={bytes}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !mounted {
            eprintln!("skipped: a file system cannot be mounted here");
        }
        mounted.then(|| Self(folder))
    }

    fn make_read_only(&self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,ro"]).arg(self.0.path());
        mount.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_is_named_and_costs_nothing() {
    let Some(disk) = Disk::mount("4m") else { return };
    let (engine, shop) = (fixture::engine(), fixture::shop());
    let folder = disk.0.path().join("collection");
    import(&engine, &shop.path().join("products.jsonl"), &folder).unwrap();
    // The more rows, the earlier the disk is full: while indexes are built, while products are written, while rows are read.
    let (mut full, mut fitted) = (0, 0);
    for products in [200, 2_500, 6_000, 9_000, 14_000, 40_000] {
        let mut feed = String::from("id,title,description\n");
        for number in 0..products {
            writeln!(feed, "{number},red mug {number},{}", format!("{number} words ").repeat(12)).unwrap();
        }
        let source = shop.path().join("large.csv");
        fs::write(&source, feed).unwrap();
        let before = Collection::open(&folder).unwrap().len();
        match import(&engine, &source, &folder) {
            Ok(report) => {
                assert_eq!(report.products, products);
                fitted += 1;
            }
            Err(Error::DiskFull { .. }) => {
                full += 1;
                assert_eq!(Collection::open(&folder).unwrap().len(), before, "the old collection is whole");
                let mut left: Vec<_> = fs::read_dir(&folder)
                    .unwrap()
                    .flatten()
                    .map(|entry| entry.file_name().into_string().unwrap())
                    .filter(|name| !name.starts_with("encoded.sqlite") && !name.starts_with("generation-"))
                    .collect();
                left.sort();
                assert_eq!(left, ["current", "writer.lock"]);
            }
            Err(other) => panic!("{products} products: {other}"),
        }
    }
    assert!(full >= 2 && fitted >= 1, "{full} {fitted}");
}

#[test]
fn a_collection_opens_on_a_disk_that_cannot_be_written() {
    let Some(disk) = Disk::mount("16m") else { return };
    let (engine, shop) = (fixture::engine(), fixture::shop());
    let folder = disk.0.path().join("collection");
    let source = shop.path().join("products.jsonl");
    import(&engine, &source, &folder).unwrap();
    // The mapped files of an open collection would keep the disk busy.
    drop(engine);
    if !disk.make_read_only() {
        eprintln!("skipped: the disk cannot be made read-only here");
        return;
    }
    let collection = Collection::open(&folder).unwrap();
    assert_eq!(collection.row_of("mug-red").and_then(|row| collection.product(row)).unwrap().title, "red mug");
    assert!(collection.thumbnail(0).unwrap().is_some());
    assert!(collection.keyword().is_some());
    assert_eq!(collection.similar(0, Modality::Image, 2).unwrap().rows.len(), 2);
    let engine = fixture::engine();
    let outcome = import(&engine, &source, &folder);
    assert!(matches!(outcome, Err(Error::Unwritable { .. })), "{outcome:?}");
}

#[test]
fn a_watched_source_is_imported_when_it_changes() {
    let shop = fixture::shop();
    let place = |name: &str| shop.path().join(name).display().to_string();
    let (feed, folder) = (place("products.jsonl"), shop.path().join("watched"));
    let mut watching = vitrine(&["watch", &feed, "--collection", &place("watched")]).spawn().unwrap();
    let mut wait_for = |products: usize| {
        let began = Instant::now();
        while !Collection::open(&folder).is_ok_and(|collection| collection.len() == products) {
            assert!(began.elapsed() < Duration::from_mins(1), "{products} products never came");
            assert!(watching.try_wait().unwrap().is_none(), "it ended");
            thread::sleep(Duration::from_millis(50));
        }
    };
    wait_for(6);
    let text = fs::read_to_string(&feed).unwrap();
    fs::write(&feed, format!("{text}{}\n", r#"{"id":"late","title":"red bell"}"#)).unwrap();
    wait_for(7);
    watching.kill().unwrap();
    watching.wait().unwrap();
}

/// What rows cost without media and encoders: `cargo test --test vitrine -- --ignored --nocapture rows_cost`, with the
/// number of rows in `VITRINE_ROWS`.
#[test]
#[ignore = "takes a minute; a figure for the architecture page"]
fn what_a_million_rows_cost() {
    let rows: usize = std::env::var("VITRINE_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("feed.csv");
    let mut out = std::io::BufWriter::new(fs::File::create(&source).unwrap());
    let write = |out: &mut std::io::BufWriter<fs::File>, line: String| std::io::Write::write_all(out, line.as_bytes());
    write(&mut out, "id,title,brand,price,product_type,color\n".into()).unwrap();
    for number in 0..rows {
        let line = format!(
            "SKU-{number:08},red sweater number {number} of wool,Brand {},{}.50 EUR,Clothing > Kind {},colour {}\n",
            number % 997,
            number % 200,
            number % 61,
            number % 13
        );
        write(&mut out, line).unwrap();
    }
    drop(out);
    let (engine, collection) = (fixture::engine(), folder.path().join("collection"));
    for name in ["new", "again"] {
        let progress = Progress::new();
        let stages = std::sync::Mutex::new(Vec::new());
        let over = std::sync::atomic::AtomicBool::new(false);
        let report = thread::scope(|scope| {
            scope.spawn(|| {
                let mut last = None;
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    let stage = progress.stage();
                    if last != Some(stage) {
                        stages.lock().unwrap().push((stage, Instant::now()));
                        last = Some(stage);
                    }
                    thread::sleep(Duration::from_millis(20));
                }
            });
            let report = engine.import(&source, &collection, &fixture::yes, &progress).unwrap().1;
            over.store(true, std::sync::atomic::Ordering::Relaxed);
            report
        });
        let stages = stages.into_inner().unwrap();
        let ends = stages.iter().skip(1).map(|(_, begun)| *begun).chain([Instant::now()]);
        let spent: Vec<_> = stages
            .iter()
            .zip(ends)
            .map(|((stage, from), to)| format!("{stage:?} {:.1} s", (to - *from).as_secs_f64()))
            .collect();
        let memory = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let memory: Vec<_> =
            memory.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("RssAnon")).collect();
        println!(
            "{name}: {:.1} s for {} products, {:?}; {}; {memory:?}",
            report.seconds,
            report.products,
            counts(&report),
            spent.join(", ")
        );
    }
}

/// What a picture of 12 megapixels costs: the same with `large_picture_costs`.
#[test]
#[ignore = "a figure for the architecture page"]
fn what_a_large_picture_costs() {
    let noise = |x: u32, y: u32| {
        let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 27;
        image::Rgb([(x / 16 + grain) as u8, (y / 12 + grain) as u8, ((x + y) / 24 + grain) as u8])
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let drawn = image::RgbImage::from_fn(4000, 3000, noise);
    image::DynamicImage::from(drawn).write_to(&mut bytes, image::ImageFormat::Jpeg).unwrap();
    let bytes = bytes.into_inner();
    for _ in 0..3 {
        let timed = |began: Instant| began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        let picture = vitrine::media::image::Picture::decode("a.jpg", &bytes).unwrap();
        let decoded_ms = timed(began);
        let began = Instant::now();
        vitrine::media::image::Picture::decode_coarse("a.jpg", &bytes, 640).unwrap().shrunk(640);
        let coarse_ms = timed(began);
        let began = Instant::now();
        let small = picture.shrunk(640);
        let shrunk_ms = timed(began);
        let began = Instant::now();
        let jpeg = small.shrunk(320).to_jpeg(85).unwrap();
        let thumbnail_ms = timed(began);
        let (kilobytes, size) = (bytes.len() / 1000, jpeg.len());
        println!(
            "{kilobytes} kB: decoded in {decoded_ms:.0} ms, to 640 pixels in {shrunk_ms:.0} ms, coarsely both in \
             {coarse_ms:.0} ms, a thumbnail of {size} bytes in {thumbnail_ms:.0} ms"
        );
    }
}
