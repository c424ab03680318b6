//! Pictures from the web: a server of our own misbehaves on order, and each misbehaviour costs one picture at most.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use vitrine::{
    catalog::{
        download::{Downloads, Fetched, Trouble, Web},
        feed::{Fault, Options},
    },
    error::Error,
    language::Language,
    progress::Progress,
};

use crate::fixture;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and some bytes more that no decoder looks at";

#[derive(Default)]
struct Seen {
    /// How often each path was asked for, and the headers of the last time.
    asked: Mutex<HashMap<String, (usize, String)>>,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

struct Server {
    url: String,
    seen: Arc<Seen>,
}

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Seen> = Arc::default();
        let shared = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = shared.clone();
                // A client that hangs up is its own affair.
                thread::spawn(move || drop(serve(&stream, &seen)));
            }
        });
        Self { url, seen }
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    fn times(&self, name: &str) -> usize {
        self.seen.asked.lock().unwrap().get(&format!("/{name}")).map_or(0, |asked| asked.0)
    }
}

fn serve(mut stream: &TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let headers: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let headers = headers.join("\n").to_lowercase();
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let times = {
        let mut asked = seen.asked.lock().unwrap();
        let entry = asked.entry(path.clone()).or_default();
        *entry = (entry.0 + 1, headers.clone());
        entry.0
    };
    let length = PNG.len();
    let mut head = |status: &str, more: &str| write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{more}\r\n");
    let picture = format!("Content-Type: image/png\r\nContent-Length: {length}\r\n");
    match path.as_str() {
        "/unnamed" => head("200 OK", &format!("Content-Length: {length}\r\n"))?,
        "/tagged.png" if headers.contains("if-none-match: \"v1\"") => return head("304 Same", "ETag: \"v1\"\r\n"),
        "/tagged.png" => head("200 OK", &format!("{picture}ETag: \"v1\"\r\n"))?,
        "/once-500.png" if times == 1 => return head("500 No", "Content-Length: 0\r\n"),
        "/later.png" if times == 1 => return head("429 Wait", "Retry-After: 1\r\nContent-Length: 0\r\n"),
        "/much-later.png" => return head("503 Wait", "Retry-After: 86400\r\nContent-Length: 0\r\n"),
        "/500.png" => return head("500 No", "Content-Length: 0\r\n"),
        "/404.png" => return head("404 No", "Content-Length: 0\r\n"),
        "/moved.png" => return head("302 There", "Location: /good.png\r\nContent-Length: 0\r\n"),
        "/loop.png" => return head("302 There", "Location: /loop.png\r\nContent-Length: 0\r\n"),
        "/inside.png" => return head("302 There", "Location: http://127.0.0.2:1/a.png\r\nContent-Length: 0\r\n"),
        "/file.png" => return head("302 There", "Location: file:///etc/passwd\r\nContent-Length: 0\r\n"),
        "/page.png" => {
            head("200 OK", "Content-Type: text/html\r\nContent-Length: 6\r\n")?;
            return stream.write_all(b"<html>");
        }
        "/lie.png" => {
            head("200 OK", "Content-Type: image/png\r\nContent-Length: 6\r\n")?;
            return stream.write_all(b"<html>");
        }
        "/packed.png" => head("200 OK", &format!("{picture}Content-Encoding: gzip\r\n"))?,
        "/cut.png" if times < 3 => {
            head("200 OK", &picture)?;
            return stream.write_all(&PNG[..20]);
        }
        "/good.png" | "/once-500.png" | "/later.png" | "/cut.png" => head("200 OK", &picture)?,
        "/promises-much.png" => return head("200 OK", "Content-Type: image/png\r\nContent-Length: 999999999999\r\n"),
        "/endless.png" => {
            head("200 OK", "Content-Type: image/png\r\n")?;
            stream.write_all(PNG)?;
            loop {
                stream.write_all(&[0; 4096])?;
            }
        }
        "/drip.png" => {
            head("200 OK", "Content-Type: image/png\r\nContent-Length: 100000\r\n")?;
            for _ in 0..100 {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(50));
            }
            return Ok(());
        }
        "/silent.png" => {
            thread::sleep(Duration::from_secs(3));
            return Ok(());
        }
        path if path.starts_with("/many") => {
            // Counted up to the answer: with it the client may come again before this thread gets on.
            let now = seen.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            seen.most_at_once.fetch_max(now, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(50));
            seen.at_once.fetch_sub(1, Ordering::SeqCst);
            head("200 OK", &picture)?;
        }
        _ => return head("404 No", "Content-Length: 0\r\n"),
    }
    stream.write_all(PNG)?;
    stream.flush()
}

/// Little patience, and only the server's own address allowed.
fn web() -> Web {
    Web {
        allowed: vec!["127.0.0.1".parse().unwrap()],
        most_bytes: 100_000,
        tries: 3,
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_secs(2),
        silence: Duration::from_millis(500),
        longest: Duration::from_secs(1),
        ..Web::default()
    }
}

fn fetch(folder: &Path, web: Web, address: &str) -> Fetched {
    Downloads::new(folder, web).fetch(&[address], &Progress::new()).unwrap().remove(0)
}

fn trouble(fetched: &Fetched) -> Option<Trouble> {
    match fetched.fault.clone()? {
        Fault::Web { trouble, .. } | Fault::OldCopy { trouble, .. } => Some(trouble),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_server_may_do() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, expected: &dyn Fn(&Trouble) -> bool, times: usize| {
        let begun = Instant::now();
        let fetched = fetch(folder.path(), web(), &server.at(name));
        let trouble = trouble(&fetched).unwrap_or_else(|| panic!("{name}: {fetched:?}"));
        assert!(fetched.file.is_none() && expected(&trouble), "{name}: {trouble:?}");
        assert_eq!(server.times(name), times, "{name}");
        assert!(begun.elapsed() < Duration::from_secs(6), "{name}: {:?}", begun.elapsed());
        assert!(Language::ALL.iter().all(|language| !trouble.say(*language).is_empty()));
    };
    let good = |name: &str, times: usize| {
        let fetched = fetch(folder.path(), web(), &server.at(name));
        assert_eq!(fetched.fault, None, "{name}");
        let file = fetched.file.unwrap();
        assert_eq!((fs::read(&file).unwrap(), file.extension().unwrap()), (PNG.to_vec(), "png".as_ref()), "{name}");
        assert_eq!(server.times(name), times, "{name}");
    };
    good("good.png", 1);
    good("unnamed", 1);
    good("moved.png", 1);
    good("once-500.png", 2);
    good("later.png", 2);
    good("cut.png", 3);
    check("500.png", &|trouble| *trouble == Trouble::Status(500), 3);
    check("404.png", &|trouble| *trouble == Trouble::Status(404), 1);
    check("much-later.png", &|trouble| *trouble == Trouble::Status(503), 1);
    check("loop.png", &|trouble| *trouble == Trouble::Redirects, 6);
    check("inside.png", &|trouble| matches!(trouble, Trouble::Private(ip) if ip.to_string() == "127.0.0.2"), 1);
    check("file.png", &|trouble| *trouble == Trouble::Address, 1);
    check("page.png", &|trouble| *trouble == Trouble::NotMedia("text/html".into()), 1);
    check("lie.png", &|trouble| matches!(trouble, Trouble::NotMedia(_)), 1);
    check("packed.png", &|trouble| *trouble == Trouble::Packed, 1);
    check("promises-much.png", &|trouble| matches!(trouble, Trouble::TooLarge { .. }), 1);
    check("endless.png", &|trouble| matches!(trouble, Trouble::TooLarge { .. }), 1);
    check("drip.png", &|trouble| *trouble == Trouble::Slow, 1);
    check("silent.png", &|trouble| *trouble == Trouble::Slow, 3);
    let left = fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().extension() == Some("part".as_ref()));
    assert_eq!(left.count(), 0, "nothing half is left");
}

#[test]
fn the_own_network_is_closed_unless_it_is_opened() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let port = server.url.rsplit(':').next().unwrap();
    for address in [server.at("good.png"), format!("http://localhost:{port}/good.png")] {
        let refused = fetch(folder.path(), Web { allowed: Vec::new(), ..web() }, &address);
        assert!(matches!(trouble(&refused), Some(Trouble::Private(_))), "{address}: {refused:?}");
    }
    assert_eq!(server.times("good.png"), 0);
    let all = Web { allow_private: true, ..web() };
    assert!(fetch(folder.path(), all, &format!("http://localhost:{port}/good.png")).file.is_some());
}

#[test]
fn a_second_import_asks_whether_anything_has_changed() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let address = server.at("tagged.png");
    let first = fetch(folder.path(), web(), &address);
    // What was asked for just now is not asked for again; an hour later it is.
    let again = Downloads::new(folder.path(), web());
    assert_eq!(again.fetch(&[&address, &address], &Progress::new()).unwrap(), [first.clone(), first.clone()]);
    assert_eq!(server.times("tagged.png"), 1);
    let age = || {
        let old = std::time::SystemTime::now() - Duration::from_hours(1);
        for entry in fs::read_dir(folder.path()).unwrap().flatten() {
            fs::File::options().write(true).open(entry.path()).unwrap().set_modified(old).unwrap();
        }
    };
    age();
    assert_eq!(fetch(folder.path(), web(), &address), first);
    assert_eq!(server.times("tagged.png"), 2);
    let asked = server.seen.asked.lock().unwrap()["/tagged.png"].1.clone();
    assert!(asked.contains("if-none-match") && asked.contains("accept-encoding: identity"), "{asked}");
    // A server that is gone, and no wish to ask: the copy stands in and is told.
    age();
    let copy = fetch(folder.path(), Web { fetch: false, ..web() }, &address);
    assert_eq!((copy.file.clone(), trouble(&copy)), (first.file.clone(), Some(Trouble::NotWanted)));
    // A copy that is no longer whole is none.
    fs::write(first.file.as_ref().unwrap(), b"x").unwrap();
    assert_eq!(fetch(folder.path(), web(), &address).fault, None);
    assert_eq!(fs::read(first.file.unwrap()).unwrap(), PNG);
}

#[test]
fn few_connections_at_once() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let addresses: Vec<String> = (0..12).map(|number| server.at(&format!("many-{number}.png"))).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let fetched = Downloads::new(folder.path(), web()).fetch(&addresses, &Progress::new()).unwrap();
    assert!(fetched.iter().all(|fetched| fetched.fault.is_none()), "{fetched:?}");
    assert_eq!(server.seen.most_at_once.load(Ordering::SeqCst), 2, "to one host");
}

#[test]
fn stopping_is_noticed() {
    let server = Server::new();
    let folder = tempfile::tempdir().unwrap();
    let progress = Progress::new();
    let (address, stop) = (server.at("500.png"), progress.clone());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        stop.cancel();
    });
    let begun = Instant::now();
    let patient = Web { tries: 100, pause: Duration::from_secs(1), ..web() };
    let outcome = Downloads::new(folder.path(), patient).fetch(&[&address, &server.at("404.png")], &progress);
    assert_eq!(outcome.err(), Some(Error::Cancelled));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn hosts_that_are_not_found_mean_no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let addresses: Vec<String> = (0..6).map(|number| format!("http://host-{number}.invalid/a.png")).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let downloads = Downloads::new(folder.path(), Web { tries: 1, ..web() });
    // Some networks answer every name; then there is nothing to see here.
    let first = downloads.fetch(&addresses[..1], &Progress::new()).unwrap();
    if !matches!(trouble(&first[0]), Some(Trouble::NoHost(_))) {
        return;
    }
    downloads.fetch(&addresses[1..4], &Progress::new()).unwrap();
    assert!(downloads.is_offline());
    let last = downloads.fetch(&addresses[4..], &Progress::new()).unwrap();
    assert!(last.iter().all(|fetched| trouble(fetched) == Some(Trouble::Offline)), "{last:?}");
    // An import says it once.
    let rows = addresses
        .iter()
        .enumerate()
        .map(|(number, address)| format!("{number},Mug,{address}"))
        .collect::<Vec<_>>()
        .join("\n");
    fs::write(folder.path().join("feed.csv"), format!("id,title,image_link\n{rows}")).unwrap();
    let options = Options { web: Web { tries: 1, ..web() }, ..Options::default() };
    let (feed, into) = (folder.path().join("feed.csv"), folder.path().join("c"));
    let report = fixture::engine().import_with(&feed, &into, &options, &fixture::yes, &Progress::new()).unwrap().1;
    assert!(
        report.say_offline(Language::English).unwrap().contains("6 pictures or sounds on the web were not fetched")
    );
    assert!(report.say_offline(Language::Chinese).unwrap().contains("没有联网"));
}

#[test]
fn an_import_fetches_what_it_can() {
    let server = Server::new();
    let shop = tempfile::tempdir().unwrap();
    fixture::picture(&shop.path().join("red.png"), [200, 0, 0]);
    let real = fs::read(shop.path().join("red.png")).unwrap();
    assert!(real.starts_with(&PNG[..8]));
    let feed =
        format!("id,title,image_link\n1,red mug,{}\n2,blue mug,{}\n", server.at("good.png"), server.at("404.png"));
    fs::write(shop.path().join("feed.csv"), feed).unwrap();
    let options = Options { web: web(), ..Options::default() };
    let collection = shop.path().join("collection");
    let engine = fixture::engine();
    let import = || {
        engine
            .import_with(&shop.path().join("feed.csv"), &collection, &options, &fixture::yes, &Progress::new())
            .unwrap()
            .1
    };
    let report = import();
    let said: Vec<String> = report.problems.iter().map(|problem| problem.say(Language::English)).collect();
    assert_eq!((report.products, said.len()), (2, 2), "{said:?}");
    // The server's picture is none that can be decoded: that is told as of any other file.
    assert!(said[0].contains("is not a picture") && said[1].contains("it is not there"), "{said:?}");
    assert!(collection.join("media/web").is_dir());
    assert_eq!(import().products, 2, "the folder is still the collection's own");
}
