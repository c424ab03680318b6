//! Bundles that are added: over HTTP from a small server of our own that misbehaves on order, from a folder, and in the
//! shell. The payload is the built-in bundle under another name.

use std::{
    collections::{BTreeMap, VecDeque},
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;
use sha2::{Digest, Sha256};
use vitrine::{
    encode::bundle::Bundle,
    error::{Error, Result},
    files::hex,
    models::{
        self,
        add::{carry_out, plan},
        download::{Patience, Source, Sum, fetch},
        recipe::Recipe,
        recipes_folder,
    },
    progress::Progress,
};

/// How the server answers one request; when the script is over, it behaves.
#[derive(Clone, Copy)]
enum Answer {
    Whole,
    /// As if it had never heard of ranges.
    IgnoreRange,
    /// So many bytes of what it promised, then the end of the connection.
    CutAfter(usize),
    Status(u16),
}

struct Server {
    url: String,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// Requests so far, with their headers.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(files: &[(&str, &[u8])], script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let files = files.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        let server = Self { url, files: Arc::new(Mutex::new(files)), asked: Arc::default() };
        let (files, asked) = (server.files.clone(), server.asked.clone());
        let mut script: VecDeque<Answer> = script.iter().copied().collect();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = script.pop_front().unwrap_or(Answer::Whole);
                // A client that hangs up is its own affair.
                let _ = serve(&stream, answer, &files, &asked);
            }
        });
        server
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: &TcpStream,
    answer: Answer,
    files: &Mutex<BTreeMap<String, Vec<u8>>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let mut request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        request.push('\n');
        request.push_str(&line.to_lowercase());
    }
    asked.lock().unwrap().push(request.clone());
    let name = request.split([' ', '/']).nth(2).unwrap_or_default();
    let content = files.lock().unwrap().get(name).cloned();
    let header =
        |name: &str| request.lines().find_map(|line| line.strip_prefix(name).map(|rest| rest.trim().to_owned()));
    let (Some(content), Answer::Whole | Answer::IgnoreRange | Answer::CutAfter(_)) = (content, answer) else {
        let status = if let Answer::Status(status) = answer { status } else { 404 };
        return write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    };
    let tag = format!("\"{}\"", &hex(&Sha256::digest(&content))[..8]);
    let same = header("if-range:").is_none_or(|wanted| wanted == tag);
    let from = header("range:").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let from: Option<usize> = from.filter(|_| same && !matches!(answer, Answer::IgnoreRange));
    let total = content.len();
    match from {
        Some(from) if from >= total => {
            return write!(
                stream,
                "HTTP/1.1 416 No\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
        }
        Some(from) => write!(
            stream,
            "HTTP/1.1 206 Part\r\nContent-Range: bytes {from}-{}/{total}\r\nContent-Length: {}\r\n",
            total - 1,
            total - from
        )?,
        None => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n")?,
    }
    write!(stream, "ETag: {tag}\r\nConnection: close\r\n\r\n")?;
    let rest = &content[from.unwrap_or(0)..];
    let sent = if let Answer::CutAfter(bytes) = answer { bytes.min(rest.len()) } else { rest.len() };
    stream.write_all(&rest[..sent])?;
    stream.flush()
}

/// 200,000 bytes that repeat nowhere soon.
fn content() -> Vec<u8> {
    (0..200_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn sum_of(content: &[u8]) -> Sum {
    Sum { sha256: hex(&Sha256::digest(content)), bytes: content.len() as u64 }
}

fn get(server: &Server, known: Option<&Sum>, to: &Path, progress: &Progress) -> Result<Sum> {
    let url = server.at("file");
    let source = Source { url: &url, bytes: known.map(|sum| sum.bytes), sha256: known.map(|sum| &*sum.sha256) };
    fetch(&source, to, &Patience { tries: 3, pause: Duration::ZERO }, progress)
}

#[test]
fn models_a_download_arrives_whole_whatever_the_server_does() {
    use Answer::{CutAfter, IgnoreRange, Status, Whole};
    let content = content();
    let expected = sum_of(&content);
    let check = |script: &[Answer], known: bool, ranges: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let (server, to) = (Server::new(&[("file", &content)], script), folder.path().join("file"));
        let progress = Progress::new();
        assert_eq!(get(&server, known.then_some(&expected), &to, &progress).unwrap(), expected);
        assert_eq!(fs::read(&to).unwrap(), content);
        assert_eq!(progress.counts().0, content.len());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside the file");
        let asked = server.asked();
        let range = |request: &String| request.lines().find_map(|line| line.strip_prefix("range: ").map(str::to_owned));
        let asked: Vec<String> = asked.iter().map(|request| range(request).unwrap_or_default()).collect();
        assert_eq!(asked, ranges);
    };
    check(&[Whole], true, &[""]);
    check(&[Whole], false, &[""]);
    check(&[CutAfter(1000)], true, &["", "bytes=1000-"]);
    check(&[CutAfter(1000)], false, &["", "bytes=1000-"]);
    check(&[CutAfter(1000), CutAfter(500)], false, &["", "bytes=1000-", "bytes=1500-"]);
    check(&[CutAfter(1000), IgnoreRange], true, &["", "bytes=1000-"]);
    check(&[CutAfter(150_000), IgnoreRange], false, &["", "bytes=150000-"]);
    check(&[Status(500), Status(503)], true, &["", "", ""]);
    check(&[CutAfter(1000), Status(429)], true, &["", "bytes=1000-", "bytes=1000-"]);
    // More interruptions than tries: as long as something comes, it goes on.
    check(&[CutAfter(10); 5], true, &["", "bytes=10-", "bytes=20-", "bytes=30-", "bytes=40-", "bytes=50-"]);
}

#[test]
fn models_a_download_that_fails_says_why_and_leaves_nothing_to_be_taken_for_whole() {
    use Answer::{CutAfter, Status};
    let content = content();
    let expected = sum_of(&content);
    let check = |script: &[Answer], known: &Sum, english: &str, chinese: &str, left: usize| {
        let folder = tempfile::tempdir().unwrap();
        let (server, to) = (Server::new(&[("file", &content)], script), folder.path().join("file"));
        let error = get(&server, Some(known), &to, &Progress::new()).unwrap_err();
        let said = [vitrine::language::Language::English, vitrine::language::Language::Chinese].map(|l| error.say(l));
        assert!(said[0].contains(english) && said[1].contains(chinese), "{said:?}");
        assert!(!to.exists());
        let part = fs::metadata(folder.path().join("file.part")).map_or(0, |data| data.len());
        assert_eq!(part, left as u64, "{english}");
    };
    check(&[Status(404)], &expected, "is not there (the server answered 404)", "不存在", 0);
    check(&[Status(401)], &expected, "signed in", "已登录", 0);
    check(&[Status(403)], &expected, "vitrine models add FOLDER", "vitrine models add 文件夹", 0);
    check(&[Status(418)], &expected, "the server answered 418", "服务器回答 418", 0);
    check(&[Status(500); 3], &expected, "run the same command again", "从中断处继续", 0);
    check(&[CutAfter(1000), Status(500), Status(500), Status(500)], &expected, "goes on", "继续", 1000);
    check(&[], &Sum { bytes: 7, ..expected.clone() }, "its size differs: 200000, not 7 bytes", "大小不同", 0);
    check(&[], &Sum { sha256: "00".into(), ..expected.clone() }, "its sha256 differs", "sha256 不同", 0);
    let nobody = Source { url: "http://127.0.0.1:1/file", bytes: None, sha256: None };
    let folder = tempfile::tempdir().unwrap();
    let patience = Patience { tries: 2, pause: Duration::ZERO };
    let error = fetch(&nobody, &folder.path().join("file"), &patience, &Progress::new()).unwrap_err();
    assert!(error.to_string().contains("could not be downloaded"), "{error}");
}

#[test]
fn models_a_download_goes_on_in_the_next_run_unless_the_file_has_changed() {
    use Answer::{CutAfter, Status};
    let stop = [CutAfter(1000), Status(500), Status(500), Status(500)];
    let (content, folder) = (content(), tempfile::tempdir().unwrap());
    let to = folder.path().join("file");
    let server = Server::new(&[("file", &content)], &stop);
    get(&server, None, &to, &Progress::new()).unwrap_err();
    let cancelled = Progress::new();
    cancelled.cancel();
    assert_eq!(get(&server, None, &to, &cancelled), Err(Error::Cancelled));
    assert_eq!(fs::metadata(folder.path().join("file.part")).unwrap().len(), 1000);
    assert_eq!(get(&server, None, &to, &Progress::new()).unwrap(), sum_of(&content));
    assert!(server.asked().last().unwrap().contains("range: bytes=1000-"));

    fs::remove_file(&to).unwrap();
    let server = Server::new(&[("file", &content)], &stop);
    get(&server, None, &to, &Progress::new()).unwrap_err();
    let other: Vec<u8> = content.iter().map(|byte| byte ^ 1).collect();
    server.files.lock().unwrap().insert("file".into(), other.clone());
    assert_eq!(get(&server, None, &to, &Progress::new()).unwrap(), sum_of(&other));
    assert_eq!(fs::read(&to).unwrap(), other);

    // Killed between the last byte and the rename: the server has nothing to add.
    fs::rename(&to, folder.path().join("file.part")).unwrap();
    fs::write(folder.path().join("file.from"), "").unwrap();
    let known = sum_of(&other);
    fs::write(folder.path().join("file.part.from"), format!("{}\n\n", server.at("file"))).unwrap();
    assert_eq!(get(&server, Some(&known), &to, &Progress::new()).unwrap(), known);
}

#[test]
fn models_a_full_disk_is_told_and_what_came_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(place).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: only root can mount a disk that is small enough");
        return;
    }
    let content = content();
    let server = Server::new(&[("file", &content)], &[]);
    let error = get(&server, Some(&sum_of(&content)), &place.join("file"), &Progress::new()).unwrap_err();
    let kept = fs::metadata(place.join("file.part")).map_or(0, |data| data.len());
    let unmounted = Command::new("umount").arg(place).status();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert!(kept > 0 && kept < content.len() as u64, "{kept}");
    assert!(unmounted.is_ok_and(|status| status.success()));
}

/// The built-in bundle's description under another name, its sums left open.
fn description(name: &str) -> String {
    let text = fs::read_to_string(models::folder_of(Path::new(""), "compact").join("bundle.toml")).unwrap();
    let open = |line: &str| match line.split_once(" = ") {
        Some((key, _)) if key.ends_with("sha256") => format!("{key} = \"\""),
        Some(("name", "\"compact\"")) => format!("name = \"{name}\""),
        _ => line.to_owned(),
    };
    text.lines().map(open).collect::<Vec<_>>().join("\n")
}

/// The files of the built-in bundle, but for its description.
fn payload() -> Vec<(&'static str, Vec<u8>)> {
    let folder = models::folder_of(Path::new(""), "compact");
    ["text.onnx", "image.onnx", "audio.onnx", "tokenizer.json"]
        .map(|name| (name, fs::read(folder.join(name)).unwrap()))
        .to_vec()
}

fn vitrine(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.args(arguments).env("VITRINE_HOME", home).env("LANG", "C").env_remove("LC_ALL");
    // No terminal, so nobody can be asked.
    command.stdin(std::process::Stdio::null()).output().unwrap()
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    let output = vitrine(home, &[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a failing command says.
fn fails(home: &Path, arguments: &[&str]) -> String {
    let output = vitrine(home, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && !said.contains("panicked"), "{arguments:?}: {said}");
    said
}

/// A bundle as `models list` has it.
fn listed(home: &Path, name: &str) -> Value {
    let bundles = json(home, &["models", "list"])["bundles"].as_array().unwrap().clone();
    bundles.into_iter().find(|bundle| bundle["name"] == name).unwrap_or_default()
}

#[test]
fn models_added_by_address_used_damaged_and_left_again() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (description, payload) = (description("tiny"), payload());
    let mut files: Vec<(&str, &[u8])> = payload.iter().map(|(name, content)| (*name, content.as_slice())).collect();
    files.push(("bundle.toml", description.as_bytes()));
    // The description comes, then the first file is cut off once.
    let cut = [Answer::Whole, Answer::Whole, Answer::Whole, Answer::CutAfter(1_000_000)];
    let server = Server::new(&files, &cut);
    let address = server.at("bundle.toml");

    let said = fails(home, &["models", "add", &address]);
    assert!(said.contains("Compact: English and Chinese") && said.contains("Licence: Weights trained"), "{said}");
    assert!(said.contains("needs your agreement"), "{said}");
    assert!(fails(home, &["models", "add", &address, "--language", "zh"]).contains("需要您同意"));
    assert!(!home.join("models").exists(), "nothing was fetched");

    let added = json(home, &["models", "add", &address, "--yes"]);
    assert_eq!(added["name"], "tiny");
    assert!(server.asked().iter().any(|request| request.contains("range: bytes=1000000-")));
    let bundle = Bundle::open(&home.join("models/tiny")).unwrap();
    bundle.verify().unwrap();
    let tiny = listed(home, "tiny");
    assert_eq!((&tiny["state"], &tiny["origin"], &tiny["in_use"]), (&"whole".into(), &"added".into(), &false.into()));
    assert_eq!(tiny["spaces"][0]["holds"], serde_json::json!(["text", "image", "audio"]));
    assert_eq!(tiny["bytes"], files.iter().take(4).map(|(_, content)| content.len()).sum::<usize>());
    assert_eq!(listed(home, "compact")["in_use"], true);
    assert!(fails(home, &["models", "add", &address, "--yes"]).contains("vitrine models remove tiny"));

    json(home, &["search", "--sample", "--text", "red sweater"]);
    assert_eq!(json(home, &["models", "use", "tiny"])["bundle"], "tiny");
    assert!(fails(home, &["models", "remove", "tiny"]).contains("it is the one in use"));
    let bundle = json(home, &["encode", "--text", "red sweater"])["bundle"].as_str().unwrap().to_owned();
    assert!(bundle.starts_with("tiny "), "{bundle}");
    // The sample was made with the other bundle; it is imported again.
    assert!(json(home, &["search", "--sample", "--text", "red sweater"])["hits"][0]["id"].is_string());
    assert_eq!(json(home, &["models", "verify"])["ok"], true);

    let text = home.join("models/tiny/text.onnx");
    let mut bytes = fs::read(&text).unwrap();
    bytes[100] ^= 1;
    fs::write(&text, &bytes).unwrap();
    let said = fails(home, &["models", "verify", "tiny"]);
    assert!(said.contains("text.onnx") && said.contains("sha256 differs") && said.contains("remove tiny"), "{said}");
    assert!(fails(home, &["encode", "--text", "x"]).contains("vitrine models use compact"));
    assert!(fails(home, &["encode", "--text", "x", "--language", "zh"]).contains("换回内置的包"));
    fs::write(&text, &bytes[1..]).unwrap();
    assert_eq!(listed(home, "tiny")["state"], "damaged");
    fs::rename(home.join("models/tiny"), home.join("gone")).unwrap();
    assert!(fails(home, &["encode", "--text", "x"]).contains("its folder is not there"));
    fs::rename(home.join("gone"), home.join("models/tiny")).unwrap();

    json(home, &["models", "use", "compact"]);
    assert!(fails(home, &["models", "use", "tiny"]).contains("sha256 differs"));
    assert_eq!(json(home, &["models", "remove", "tiny"])["removed"], "tiny");
    assert_eq!(listed(home, "tiny"), Value::Null);
    json(home, &["encode", "--text", "red sweater"]);
}

#[test]
fn models_added_from_a_folder_whole_or_not_at_all() {
    let (home, source) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (home, source) = (home.path(), source.path());
    fs::write(source.join("bundle.toml"), description("by-hand")).unwrap();
    fs::create_dir(source.join("notes")).unwrap();
    fs::write(source.join("notes/LICENCE"), "free").unwrap();
    let add = || carry_out(&plan(source.to_str().unwrap(), home)?, home, &Progress::new());
    for (name, content) in payload() {
        assert!(add().is_err() && !home.join("models/by-hand").exists(), "{name} was missing");
        fs::write(source.join(name), content).unwrap();
    }
    assert_eq!(add().unwrap(), home.join("models/by-hand"));
    models::verify(home, "by-hand", &Progress::new()).unwrap();
    assert_eq!(fs::read_to_string(home.join("models/by-hand/notes/LICENCE")).unwrap(), "free");
    assert_eq!(fs::read_dir(home.join("models")).unwrap().count(), 1, "nothing else is left");
    assert!(matches!(add(), Err(Error::BundleTaken { .. })));

    // A copy whose description knows the sums, with one byte changed.
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(home.join("models/by-hand")).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    models::remove(home, "by-hand", "compact").unwrap();
    let model = copy.path().join("audio.onnx");
    let mut bytes = fs::read(&model).unwrap();
    bytes[100] ^= 1;
    fs::write(&model, bytes).unwrap();
    let plan = plan(copy.path().to_str().unwrap(), home).unwrap();
    let error = carry_out(&plan, home, &Progress::new()).unwrap_err().to_string();
    assert!(error.contains("audio.onnx") && error.contains("sha256 differs"), "{error}");
    assert!(!home.join("models/by-hand").exists());
}

#[test]
fn models_that_cannot_be_added_or_chosen_say_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let check = |arguments: &[&str], english: &str, chinese: &str| {
        let said = fails(home.path(), arguments);
        assert!(said.contains(english), "{said}");
        let said = fails(home.path(), &[arguments, &["--language", "zh"]].concat());
        assert!(said.contains(chinese), "{said}");
    };
    check(&["models", "use", "nothing"], "No bundle is called nothing", "没有名为 nothing 的编码器包");
    check(&["models", "use", "../models"], "No bundle is called", "没有名为");
    check(&["models", "verify", "nothing"], "vitrine models list", "vitrine models list");
    check(&["models", "add", "nothing"], "vitrine models list", "vitrine models list");
    check(&["models", "add", "no/such/folder"], "cannot be read", "无法读取");
    check(&["models", "add", "http://example.org/bundle.toml"], "only https", "只从 https");
    check(&["models", "remove", "compact"], "it comes with the program", "它随程序提供");
    check(&["models", "add", "siglip2"], "Licence: Apache-2.0", "许可：Apache-2.0");
    check(&["models", "add", "siglip2"], "689.6 MB to download in 3 files", "共 689.6 MB");
    let server = Server::new(&[("bundle.toml", b"<html>not a recipe</html>")], &[]);
    check(&["models", "add", &server.at("bundle.toml")], "cannot be used", "无法使用配方");
    check(&["models", "add", &server.at("gone.toml")], "is not there", "不存在");
    assert_eq!(listed(home.path(), "siglip2")["state"], "not downloaded");
}

#[test]
fn models_recipes_are_complete() {
    let mut names = Vec::new();
    for entry in fs::read_dir(recipes_folder()).unwrap().flatten() {
        let (path, text) = (entry.path(), fs::read_to_string(entry.path()).unwrap());
        let recipe = Recipe::parse(&text, &path.display().to_string(), None).unwrap();
        assert_eq!(path.file_stem().unwrap().to_string_lossy(), recipe.name);
        assert!(recipe.encodes() || recipe.hears_speech());
        assert!(recipe.homepage.is_some() && recipe.licence_url.is_some() && !recipe.licence.is_empty());
        assert!(recipe.spaces.iter().all(|space| space.dim > 0 && !space.holds.is_empty()));
        for file in &recipe.files {
            let url = file.url.as_deref().unwrap_or_default();
            assert!(url.starts_with("https://huggingface.co/") && url.contains("/resolve/"), "{url}");
            assert!(file.sha256.as_ref().is_none_or(|sum| sum.len() == 64), "{}", file.name);
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("bundle.toml"), recipe.finished(&BTreeMap::new()).unwrap()).unwrap();
        let bundle = Bundle::open(folder.path()).unwrap_or_else(|error| panic!("{}: {error}", recipe.name));
        assert_eq!(bundle.files().len(), recipe.files.len(), "{}", recipe.name);
        names.push(recipe.name);
    }
    names.sort();
    assert_eq!(names, ["chinese-clip", "clip-clap", "siglip2", "whisper"]);
}
