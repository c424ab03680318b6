//! One file over HTTP: whole and as promised, or not there at all. What has come stays in a `.part` file beside its
//! final name, and the next run goes on from there as long as the server still offers the same file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};
use ureq::{Agent, Body, http};

use crate::{
    error::{Error, Result},
    files::hex,
    progress::Progress,
};

/// A recipe is a page of text; more than this is something else.
const RECIPE_BYTES: u64 = 1 << 20;
/// Read and written at a time; cancelling is noticed between two chunks.
const CHUNK_BYTES: usize = 1 << 16;
/// How long a server may stay silent.
const SILENCE: Duration = Duration::from_mins(1);

/// What to fetch, and what is known of it beforehand.
pub struct Source<'a> {
    pub url: &'a str,
    pub bytes: Option<u64>,
    /// Lower-case hexadecimal.
    pub sha256: Option<&'a str>,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub sha256: String,
    pub bytes: u64,
}

/// How often a connection that brings nothing is tried again.
pub struct Patience {
    pub tries: u32,
    /// Before the second try; doubled before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 4, pause: Duration::from_secs(1) }
    }
}

/// Why an attempt ended.
enum Trouble {
    /// Worth another try.
    Passing(String),
    Final(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Fetches a file to `to`, going on where an earlier run stopped. Every byte is counted in `progress`.
pub fn fetch(source: &Source, to: &Path, patience: &Patience, progress: &Progress) -> Result<Sum> {
    let agent = agent(source.url)?;
    let part = beside(to, "part");
    let mut counted = 0;
    let mut in_vain = 0;
    loop {
        let before = counted;
        match attempt(&agent, source, &part, &mut counted, progress) {
            Ok(()) => break,
            Err(Trouble::Final(error)) => return Err(error),
            Err(Trouble::Passing(why)) => {
                in_vain = if counted > before { 0 } else { in_vain + 1 };
                if in_vain >= patience.tries {
                    return Err(failed(source.url, why));
                }
                tracing::warn!("{}: {why}", source.url);
                progress.pause(patience.pause * 2_u32.pow(in_vain.saturating_sub(1)))?;
            }
        }
    }
    let sum = sum(&part, |_| progress.check())?;
    if source.sha256.is_some_and(|expected| expected != sum.sha256) {
        forget(&part);
        let why = format!("its sha256 differs: {}", sum.sha256);
        return Err(Error::WrongContent { url: source.url.into(), why });
    }
    fs::rename(&part, to).map_err(|why| unwritable(to, &why))?;
    forget(&part);
    Ok(sum)
}

/// A small text, such as a recipe.
pub fn text(url: &str) -> Result<String> {
    let mut response = agent(url)?.get(url).call().map_err(|why| failed(url, why.to_string()))?;
    refuse(url, response.status().as_u16())?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(failed(url, format!("the server answered {status}")));
    }
    response.body_mut().with_config().limit(RECIPE_BYTES).read_to_string().map_err(|why| match why {
        ureq::Error::BodyExceedsLimit(_) => failed(url, "it is too long for a recipe".into()),
        why => failed(url, why.to_string()),
    })
}

/// The sha256 of a file; `read` hears of every chunk.
pub fn sum(path: &Path, mut read: impl FnMut(usize) -> Result<()>) -> Result<Sum> {
    let mut file = File::open(path).map_err(|why| Error::unreadable(path, why))?;
    let (mut digest, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        let length = file.read(&mut chunk).map_err(|why| Error::unreadable(path, why))?;
        if length == 0 {
            return Ok(Sum { sha256: hex(&digest.finalize()), bytes });
        }
        digest.update(&chunk[..length]);
        bytes += length as u64;
        read(length)?;
    }
}

/// A write that failed; a full disk has its own remedy.
pub fn unwritable(path: &Path, why: &io::Error) -> Error {
    match why.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull { path: path.to_owned() },
        _ => Error::unwritable(path, why),
    }
}

/// Removes an unfinished download and what is known of it.
fn forget(part: &Path) {
    // What cannot be removed is checked again by the next run.
    let _ = fs::remove_file(part);
    let _ = fs::remove_file(beside(part, "from"));
}

/// One connection. `counted` is how many bytes of this file `progress` has been told of.
fn attempt(
    agent: &Agent,
    source: &Source,
    part: &Path,
    counted: &mut usize,
    progress: &Progress,
) -> std::result::Result<(), Trouble> {
    progress.check()?;
    let have = fs::metadata(part).map_or(0, |data| data.len());
    let validator = Origin::read(part).and_then(|origin| origin.validator_for(source));
    let mut start = if validator.is_some() { have } else { 0 };
    let mut request = agent.get(source.url);
    if start > 0 {
        request = request.header("Range", format!("bytes={start}-"));
        if let Some(validator) = validator.filter(|validator| !validator.is_empty()) {
            request = request.header("If-Range", validator);
        }
    }
    let mut response = request.call().map_err(|why| trouble(source.url, &why))?;
    let status = response.status().as_u16();
    let mut total = header(&response, "content-length").and_then(|length| length.parse().ok());
    match status {
        200 => start = 0,
        206 | 416 => {
            let range = header(&response, "content-range").unwrap_or_default();
            total = range.rsplit('/').next().and_then(|total| total.parse().ok());
            if status == 416 && total == Some(have) {
                return count_to(have as usize, counted, progress);
            }
            if status == 416 || !range.starts_with(&format!("bytes {start}-")) {
                forget(part);
                return Err(Trouble::Passing(format!("the server answered {status}")));
            }
        }
        408 | 425 | 429 | 500..600 => return Err(Trouble::Passing(format!("the server answered {status}"))),
        _ => {
            refuse(source.url, status)?;
            return Err(Trouble::Final(failed(source.url, format!("the server answered {status}"))));
        }
    }
    if let (Some(promised), Some(total)) = (source.bytes, total)
        && promised != total
    {
        forget(part);
        let why = format!("its size differs: {total}, not {promised} bytes");
        return Err(Trouble::Final(Error::WrongContent { url: source.url.into(), why }));
    }
    let bad = |why: io::Error| Trouble::Final(unwritable(part, &why));
    Origin::of(source, &response).write(part).map_err(bad)?;
    let mut file = OpenOptions::new().create(true).append(true).open(part).map_err(bad)?;
    file.set_len(start).map_err(bad)?;
    count_to(start as usize, counted, progress)?;
    let (mut reader, mut chunk) = (response.body_mut().as_reader(), vec![0; CHUNK_BYTES]);
    let mut length = start;
    loop {
        let read = reader.read(&mut chunk).map_err(|why| Trouble::Passing(why.to_string()))?;
        if read == 0 {
            break;
        }
        file.write_all(&chunk[..read]).map_err(bad)?;
        length += read as u64;
        count_to(length as usize, counted, progress)?;
    }
    file.sync_all().map_err(bad)?;
    if total.is_some_and(|total| total != length) {
        return Err(Trouble::Passing("the connection ended early".into()));
    }
    Ok(())
}

/// Tells `progress` that so many bytes of the file are there, more or fewer than before.
fn count_to(bytes: usize, counted: &mut usize, progress: &Progress) -> std::result::Result<(), Trouble> {
    progress.step_back(counted.saturating_sub(bytes));
    let more = bytes.saturating_sub(*counted);
    *counted = bytes;
    Ok(progress.step_by(more)?)
}

/// Where an unfinished file comes from, so that only the same one is gone on with.
struct Origin {
    url: String,
    /// A strong `ETag`, else `Last-Modified`, else empty.
    validator: String,
}

impl Origin {
    fn of(source: &Source, response: &http::Response<Body>) -> Self {
        // A weak tag says that files are alike, not that their bytes are the same.
        let tag = header(response, "etag").filter(|tag| !tag.starts_with("W/"));
        let validator = tag.or_else(|| header(response, "last-modified")).unwrap_or_default();
        Self { url: source.url.into(), validator }
    }

    fn read(part: &Path) -> Option<Self> {
        let text = fs::read_to_string(beside(part, "from")).ok()?;
        let (url, validator) = text.split_once('\n')?;
        Some(Self { url: url.into(), validator: validator.trim().into() })
    }

    fn write(&self, part: &Path) -> io::Result<()> {
        fs::write(beside(part, "from"), format!("{}\n{}\n", self.url, self.validator))
    }

    /// What to send as `If-Range`. `None`: start over. Without a validator the sha256 has to tell, if it is known.
    fn validator_for(self, source: &Source) -> Option<String> {
        let same = self.url == source.url && (!self.validator.is_empty() || source.sha256.is_some());
        same.then_some(self.validator)
    }
}

fn header(response: &http::Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

/// Answers that no further try will change.
fn refuse(url: &str, status: u16) -> Result<()> {
    let url = url.to_owned();
    match status {
        401 | 403 => Err(Error::Gated { url, status }),
        404 | 410 => Err(Error::NotThere { url, status }),
        _ => Ok(()),
    }
}

fn failed(url: &str, why: String) -> Error {
    Error::Download { url: url.into(), why }
}

/// Whether a connection that failed is worth another try.
fn trouble(url: &str, why: &ureq::Error) -> Trouble {
    match why {
        ureq::Error::Timeout(_) => Trouble::Passing("the server did not answer in time".into()),
        ureq::Error::Io(_) | ureq::Error::Protocol(_) | ureq::Error::ConnectionFailed => {
            Trouble::Passing(why.to_string())
        }
        _ => Trouble::Final(failed(url, why.to_string())),
    }
}

/// Only https is trusted, and plain http on this very machine. Proxies come from the environment.
fn agent(url: &str) -> Result<Agent> {
    let local = is_local(url);
    if !local && !url.starts_with("https://") {
        return Err(failed(url, "only https addresses are fetched".into()));
    }
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .https_only(!local)
        .user_agent(concat!("vitrine/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(SILENCE))
        .timeout_connect(Some(SILENCE))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE));
    if local {
        config = config.proxy(None);
    }
    Ok(config.build().into())
}

fn is_local(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is a user's name, not the host.
    if host.contains('@') {
        return false;
    }
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// `text.onnx` → `text.onnx.part`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{ending}"));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_this_machine() {
        let check = |url: &str, allowed: bool| assert_eq!(agent(url).is_ok(), allowed, "{url}");
        check("https://example.org/a", true);
        check("http://localhost:8000/a", true);
        check("http://127.0.0.1/a", true);
        check("http://[::1]:8000/a", true);
        check("http://example.org/a", false);
        check("http://localhost.example.org/a", false);
        check("http://user@localhost@example.org/a", false);
        check("http://localhost:80@example.org/a", false);
        check("ftp://example.org/a", false);
        check("file:///etc/passwd", false);
    }

    #[test]
    fn a_full_disk_has_its_own_remedy() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert!(matches!(unwritable(Path::new("a"), &full), Error::DiskFull { .. }));
        let other = io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(matches!(unwritable(Path::new("a"), &other), Error::Unwritable { .. }));
    }
}
