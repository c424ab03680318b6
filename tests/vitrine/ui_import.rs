//! The look at a source before it is imported: odd columns find their field, two for one are one too many, nothing is asked
//! of the web unless wished, and whoever turns back leaves nothing behind.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use vitrine::{
    catalog::Product,
    language::Language,
    settings::Settings,
    ui::{
        command::{self, Command},
        look::Seen,
    },
};

use crate::ui::{Window, open_with, settings};

/// German names, which no field is guessed from, beside a mere label.
const ODD: &str = "Artikelnummer;Bezeichnung;Kosten;Farbe\n1;red sweater;9.50;rot\n2;blue mug;4.00;blau\n";

/// The window with a feed of these columns looked at.
fn look_at(text: &str) -> (Window, PathBuf) {
    let mut window = open_with(settings());
    let feed = window.folder.path().join("odd.csv");
    fs::write(&feed, text).unwrap();
    window.give(Command::Import(feed.clone()));
    window.looked();
    (window, feed)
}

impl Window {
    fn give(&mut self, command: Command) {
        let app = self.harness.state_mut();
        command::apply(&mut app.state, command, &mut app.work);
        self.harness.run_steps(2);
    }

    fn seen(&self) -> &Seen {
        self.look().and_then(|look| look.seen()).unwrap()
    }

    /// Chooses what a column becomes from its list, as a person does.
    fn choose(&mut self, column: &str, field: &str) {
        self.press(&format!("What {column} becomes"));
        self.harness.run_steps(2);
        // The list lies over the rest, so that its entry is the last of that name.
        let entry = self.harness.query_all_by_label(field).last();
        entry.unwrap_or_else(|| panic!("{field}")).click();
        self.harness.run_steps(3);
    }

    fn key(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(2);
    }

    fn product(&self, row: usize) -> Product {
        (*self.harness.state().state.shelf.as_ref().unwrap().collection.product(row).unwrap()).clone()
    }

    fn imported(&mut self) {
        self.until("the report", |window| window.shows("Import finished"));
    }

    fn collections(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("home/collections"));
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }
}

#[test]
fn a_column_with_an_odd_name_fills_the_field_that_is_chosen() {
    let (mut window, feed) = look_at(ODD);
    for label in ["Import odd.csv", "Bezeichnung", "red sweater   ·   blue mug", "What Farbe becomes"] {
        assert!(window.shows(label), "{label}");
    }
    assert!(window.shows("Becomes"));
    assert!(window.says("separated by ;") && window.says("rows looked at: 2"));
    assert!(window.says("No column is a title or a picture yet"));
    window.key(Key::Enter);
    assert!(window.look().is_some(), "nothing to import yet");
    window.choose("Bezeichnung", "Title");
    window.choose("Kosten", "Price");
    window.choose("Artikelnummer", "Product number");
    window.choose("Farbe", "Left out");
    assert_eq!(
        window.seen().options.mapping.to_string(),
        "title=Bezeichnung,price=Kosten,id=Artikelnummer,ignore=Farbe",
        "what the shell would be told"
    );
    window.key(Key::Enter);
    window.imported();
    let mug = window.product(1);
    assert_eq!((mug.id.as_str(), mug.title.as_str()), ("2", "blue mug"));
    assert_eq!(mug.price.map(|price| price.amount), Some(4.0));
    assert!(mug.attributes.is_empty(), "{:?}", mug.attributes);

    // Kept with the collection: for an import without a look, and for the next look.
    fs::write(&feed, ODD.replace("blue mug", "green mug")).unwrap();
    window.press("Import again");
    window.until("the new title", |window| window.titles().contains(&"green mug".to_owned()));
    window.press("Columns…");
    window.looked();
    assert_eq!(window.seen().options.mapping.columns().count(), 4);
    window.key(Key::Escape);
    window.give(Command::Import(feed));
    window.looked();
    assert_eq!(window.seen().options.mapping.columns().count(), 4);
}

#[test]
fn two_columns_for_a_title_are_one_too_many() {
    let (mut window, _) = look_at(ODD);
    window.choose("Bezeichnung", "Title");
    assert!(!window.says("Leave it to one of them"));
    window.choose("Farbe", "Title");
    assert!(window.says("Title takes one column, and these were chosen: Bezeichnung, Farbe. Leave it to one of them."));
    window.key(Key::Enter);
    window.give(Command::ImportLooked);
    assert!(window.look().is_some(), "it hinders the import");
    window.choose("Farbe", "Left as attribute");
    assert!(!window.says("Leave it to one of them"));
    window.key(Key::Enter);
    window.imported();
    assert_eq!(window.product(0).attributes.get("Farbe").map(String::as_str), Some("rot"));
}

/// Counts who knocks, and answers nobody.
fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let knocks: Arc<AtomicUsize> = Arc::default();
    let counted = knocks.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 64]);
        }
    });
    (address, knocks)
}

#[test]
fn without_downloads_the_address_stays_and_nobody_is_asked() {
    let (server, knocks) = server();
    let address = format!("http://{server}/mug.png");
    let (mut window, _) = look_at(&format!("id,title,image\n1,red mug,{address}\n"));
    // As for a source that was imported from the own network before.
    let app = window.harness.state_mut();
    app.state.look.as_mut().unwrap().seen_mut().unwrap().options.web.allow_private = true;
    window.press("Fetch pictures from the web");
    window.until("the note", |window| window.shows("Nothing is asked of the web; addresses stay with the products"));
    window.key(Key::Enter);
    window.imported();
    let mug = window.product(0);
    let kept: Vec<&str> = mug.unopened_pictures.iter().filter_map(|named| named.link.to_str()).collect();
    assert_eq!(kept, [address.as_str()]);
    assert_eq!((mug.pictures.len(), knocks.load(Ordering::SeqCst)), (0, 0));
    // Remembered with the collection.
    window.press("Columns…");
    window.looked();
    assert!(!window.seen().options.web.fetch);
}

#[test]
fn chinese_columns_are_guessed_and_named_in_chinese() {
    let mut window = open_with(Settings { language: Language::Chinese, ..settings() });
    let feed = window.folder.path().join("商品.csv");
    fs::write(&feed, "商品编号,商品名称,售价,产地\n1,红色毛衣,99,杭州\n").unwrap();
    window.give(Command::Import(feed));
    window.looked();
    for label in ["导入 商品.csv", "商品名称 的对应", "对应", "杭州", "导入", "取消"] {
        assert!(window.shows(label), "{label}");
    }
    let role = |column: &str| Language::Chinese.role(window.seen().role(column));
    let roles = ["商品编号", "商品名称", "售价", "产地"].map(role);
    assert_eq!(roles, ["商品编号", "标题", "价格", "保留为属性"]);
}

#[test]
fn who_turns_back_leaves_nothing_behind() {
    let (mut window, _) = look_at(ODD);
    window.choose("Bezeichnung", "Title");
    // Keys are the look's own: the shelf behind does not move.
    window.key(Key::ArrowRight);
    assert_eq!(window.harness.state().state.selected, None);
    window.press("What Farbe becomes");
    window.key(Key::Escape);
    assert!(window.look().is_some(), "closes the list and not the look");
    window.key(Key::Escape);
    assert!(window.look().is_none() && !window.shows("Import odd.csv"));
    assert_eq!(window.collections(), Vec::<PathBuf>::new());
    assert!(window.at_rest() && window.harness.state().state.notices.is_empty());
    assert!(window.shows("6 products"));
}

#[test]
fn a_bad_file_says_so_in_the_look_and_what_to_do() {
    let (mut window, _) = look_at("");
    assert!(window.says("odd.csv is empty (0 bytes). Choose another file, or export it again."));
    assert!(window.shows("Choose another file…"));
    window.key(Key::Enter);
    assert!(window.look().is_some());
    window.press("Cancel");
    assert!(window.look().is_none());
}

#[test]
fn what_is_typed_behind_the_look_goes_nowhere() {
    let mut window = open_with(settings());
    window.harness.get_by_label("Search").focus();
    window.harness.step();
    let feed = window.folder.path().join("products.jsonl");
    window.give(Command::Import(feed.clone()));
    window.looked();
    window.harness.event(egui::Event::Text("mug".into()));
    window.harness.run_steps(3);
    assert_eq!(window.harness.state().state.query.text, "");
    window.key(Key::Enter);
    window.imported();
    assert_eq!(window.titles().len(), 6);
    assert!(feed.exists() && Path::new(&feed).is_file());
}
