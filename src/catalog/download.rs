//! Pictures and sounds that a feed names by web address: fetched a few at a time, kept beside the collection, asked for
//! again only when they have changed. A feed is written by others, so that an address leads nowhere but to the open
//! web, and whatever a server does costs one picture and not the import.

use std::{
    collections::{HashMap, VecDeque},
    fmt, fs,
    fs::File,
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    path::{Path, PathBuf},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use serde::{Deserialize, Serialize};
use ureq::{
    Agent, Body, Proxy,
    config::Config,
    http,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::{Host, Url};

use super::{
    Product,
    feed::{Fault, is_web},
    kind::ending_of,
};
use crate::{
    error::{Error, Result},
    files::{sha256_hex, write_whole},
    language::Language,
    progress::Progress,
    reasons,
};

/// Connections in all, and to one host.
const AT_ONCE: usize = 8;
const AT_ONCE_A_HOST: usize = 2;
/// Read and written at a time; cancelling is noticed between two chunks.
const CHUNK_BYTES: usize = 1 << 16;
/// How often an address may lead on to another one.
const REDIRECTS: usize = 5;
/// So many hosts that are not found, and none that is: the computer is offline.
const LOST_HOSTS: usize = 3;

/// What may be fetched, and with how much patience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Whether anything is fetched at all.
    pub fetch: bool,
    /// Whether addresses inside the own network are.
    pub allow_private: bool,
    /// Those of them that are even when the others are not.
    pub allowed: Vec<IpAddr>,
    /// The largest file, bytes.
    pub most_bytes: u64,
    /// How often a connection that fails is tried.
    pub tries: u32,
    /// Before the second try; doubled before each further one, and varied, so that not all come back at once.
    pub pause: Duration,
    /// The longest wait that a server may ask for.
    pub longest_pause: Duration,
    /// How long a server may stay silent.
    pub silence: Duration,
    /// How long one file may take.
    pub longest: Duration,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            fetch: true,
            allow_private: false,
            allowed: Vec::new(),
            most_bytes: 50_000_000,
            tries: 4,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            silence: Duration::from_secs(15),
            longest: Duration::from_mins(2),
        }
    }
}

impl Web {
    fn allows(&self, ip: IpAddr) -> bool {
        self.allow_private || self.allowed.contains(&ip) || is_public(ip)
    }
}

/// Why something was not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is fetched, as was asked for.
    NotWanted,
    /// The address is none of the web's.
    Address,
    /// It leads into the own network.
    Private(IpAddr),
    /// The host is not known.
    NoHost(String),
    /// No host is known.
    Offline,
    /// The server's answer.
    Status(u16),
    Redirects,
    TooLarge {
        most_bytes: u64,
    },
    /// Packed for the way, which was not asked for.
    Packed,
    /// Neither by its declared type nor by its beginning a picture or sound.
    NotMedia(String),
    Slow,
    /// The connection's own words.
    Broken(String),
    /// It came and could not be kept.
    Kept(Error),
}

impl Trouble {
    /// What happened and what to do, to stand behind the address.
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::NotWanted => language.pick(
                "downloads are turned off. Turn them on (in the shell: without --no-download) and import again.".into(),
                "下载已关闭。请打开下载（命令行中去掉 --no-download）后再导入。".into(),
            ),
            Self::Address => language.pick(
                "it is not a web address. Write it like https://shop.example/mug.jpg.".into(),
                "不是网址。请写成 https://shop.example/mug.jpg 的样子。".into(),
            ),
            Self::Private(address) => language.pick(
                format!("it leads to {address} inside your own network. Allow that with --allow-private if you trust the feed."),
                format!("它指向您内部网络的 {address}。如果信任此商品文件，请加上 --allow-private。"),
            ),
            Self::NoHost(host) => language.pick(
                format!("the host {host} is not found. Check the address and the connection."),
                format!("找不到主机 {host}。请检查网址和网络。"),
            ),
            Self::Offline => language.pick(
                "this computer seems to be offline. Connect it and import again.".into(),
                "此电脑似乎没有联网。请联网后再导入。".into(),
            ),
            Self::Status(404 | 410) => language.pick(
                "it is not there (the server answered 404). Correct the address in the feed.".into(),
                "文件不存在（服务器回答 404）。请改正商品文件中的网址。".into(),
            ),
            Self::Status(status @ (401 | 403)) => language.pick(
                format!("the server does not give it to everyone ({status}). Download it by hand and give its path."),
                format!("服务器不公开提供（{status}）。请手动下载并填写路径。"),
            ),
            Self::Status(status) => language.pick(
                format!("the server answered {status}. Import again later."),
                format!("服务器回答 {status}。请稍后再导入。"),
            ),
            Self::Redirects => language.pick(
                format!("it leads on and on, more than {REDIRECTS} times. Give the address where it ends."),
                format!("跳转超过 {REDIRECTS} 次。请填写最终的网址。"),
            ),
            Self::TooLarge { most_bytes } => {
                let mb = most_bytes / 1_000_000;
                language.pick(
                    format!("it is larger than {mb} MB. Give a smaller one."),
                    format!("文件超过 {mb} MB。请换一个小一些的。"),
                )
            }
            Self::Packed => language.pick(
                "the server sends it packed. Download it by hand and give its path.".into(),
                "服务器发送的是压缩内容。请手动下载并填写路径。".into(),
            ),
            Self::NotMedia(kind) => language.pick(
                format!("what came is neither a picture nor a sound ({kind}). Give the address of the file itself, not of a page."),
                format!("得到的不是图片也不是声音（{kind}）。请填写文件本身的网址，而不是网页的。"),
            ),
            Self::Slow => language.pick(
                "the server is too slow. Import again later.".into(),
                "服务器太慢。请稍后再导入。".into(),
            ),
            Self::Broken(why) => language.pick(
                format!("the connection failed ({why}). Import again later."),
                format!("连接失败（{}）。请稍后再导入。", reasons::in_chinese(why)),
            ),
            Self::Kept(error) => error.say(language),
        }
    }
}

/// What became of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Where it lies now; an older copy where it did not come anew.
    pub file: Option<PathBuf>,
    pub fault: Option<Fault>,
}

/// The downloads of one import.
pub struct Downloads {
    web: Web,
    folder: PathBuf,
    agent: Agent,
    /// What was asked for after this moment is not asked for again.
    since: SystemTime,
    hosts: Mutex<Hosts>,
}

/// What is known of hosts.
#[derive(Default)]
struct Hosts {
    lost: HashMap<String, Trouble>,
    any_found: bool,
}

/// Addresses to fetch, by host.
struct Queue<'a> {
    waiting: HashMap<String, VecDeque<&'a str>>,
    running: HashMap<String, usize>,
    done: HashMap<&'a str, Fetched>,
    cancelled: bool,
}

impl Downloads {
    /// Downloads that are kept in `folder`, which is made when the first one comes.
    pub fn new(folder: &Path, web: Web) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("vitrine/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(web.silence))
            .timeout_connect(Some(web.silence))
            .timeout_recv_response(Some(web.silence))
            .timeout_per_read(Some(web.silence))
            .build();
        let agent =
            Agent::with_parts(config, DefaultConnector::default(), Guard(web.clone(), DefaultResolver::default()));
        // File times are coarser than the clock on some systems.
        let since = SystemTime::now() - Duration::from_secs(2);
        Self { web, folder: folder.to_owned(), agent, since, hosts: Mutex::default() }
    }

    /// Fetches addresses and says in their order what became of each.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; whatever a server does is no error.
    pub fn fetch(&self, addresses: &[&str], progress: &Progress) -> Result<Vec<Fetched>> {
        let mut waiting: HashMap<String, VecDeque<&str>> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for address in addresses.iter().filter(|address| seen.insert(**address)) {
            waiting.entry(host(address)).or_default().push_back(address);
        }
        let workers = seen.len().min(AT_ONCE);
        let queue = Mutex::new(Queue { waiting, running: HashMap::new(), done: HashMap::new(), cancelled: false });
        let changed = Condvar::new();
        let work = || self.work(&queue, &changed, progress);
        // Waiting for servers must not hold up the decoding of pictures, so that the threads are others.
        match rayon::ThreadPoolBuilder::new().num_threads(workers).build() {
            Ok(pool) if workers > 1 => pool.scope(|scope| (0..workers).for_each(|_| scope.spawn(|_| work()))),
            _ => work(),
        }
        progress.check()?;
        let done = queue.into_inner().unwrap_or_else(PoisonError::into_inner).done;
        Ok(addresses.iter().map(|address| done.get(address).cloned().unwrap_or_default()).collect())
    }

    /// Puts files in place of the web addresses of some products; the address of what does not come stays. Gives the place
    /// of the product with each fault.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn bring(&self, products: &mut [(u64, Product)], progress: &Progress) -> Result<Vec<(usize, Fault)>> {
        let media = |product: &Product| -> Vec<String> {
            let all = product.pictures.iter().chain(&product.sounds);
            all.map(|path| path.to_string_lossy().into_owned()).filter(|path| is_web(path)).collect()
        };
        let addresses: Vec<String> = products.iter().flat_map(|(_, product)| media(product)).collect();
        let mut faults = Vec::new();
        if addresses.is_empty() {
            return Ok(faults);
        }
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let fetched = self.fetch(&addresses, progress)?;
        let fetched: HashMap<&str, Fetched> = addresses.into_iter().zip(fetched).collect();
        for (place, (_, product)) in products.iter_mut().enumerate() {
            for paths in [&mut product.pictures, &mut product.sounds] {
                for path in paths.iter_mut() {
                    if let Some(Fetched { file, fault }) = fetched.get(&*path.to_string_lossy()) {
                        faults.extend(fault.clone().map(|fault| (place, fault)));
                        file.iter().for_each(|file| path.clone_from(file));
                    }
                }
            }
        }
        Ok(faults)
    }

    /// Whether the computer has turned out to be offline.
    pub fn is_offline(&self) -> bool {
        let hosts = held(&self.hosts);
        !hosts.any_found && hosts.lost.len() >= LOST_HOSTS
    }

    fn work(&self, queue: &Mutex<Queue<'_>>, changed: &Condvar, progress: &Progress) {
        let mut queued = held(queue);
        loop {
            if queued.cancelled || queued.waiting.is_empty() {
                return;
            }
            let free = |host: &&String| queued.running.get(*host).is_none_or(|running| *running < AT_ONCE_A_HOST);
            let Some(host) = queued.waiting.keys().find(free).cloned() else {
                queued = changed.wait(queued).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let addresses = queued.waiting.entry(host.clone()).or_default();
            let address = addresses.pop_front();
            if addresses.is_empty() {
                queued.waiting.remove(&host);
            }
            let Some(address) = address else { continue };
            *queued.running.entry(host.clone()).or_default() += 1;
            drop(queued);
            let fetched = self.one(address, &host, progress);
            queued = held(queue);
            if let Some(running) = queued.running.get_mut(&host) {
                *running -= 1;
            }
            match fetched {
                Ok(fetched) => drop(queued.done.insert(address, fetched)),
                Err(_) => queued.cancelled = true,
            }
            changed.notify_all();
        }
    }

    /// One address; only the wish to stop is an error.
    fn one(&self, address: &str, host: &str, progress: &Progress) -> Result<Fetched> {
        progress.check()?;
        let place = Kept::new(&self.folder, address);
        let copy = place.copy();
        if let Some(copy) = copy.as_ref().filter(|copy| copy.asked >= self.since) {
            return Ok(Fetched { file: Some(copy.file.clone()), fault: None });
        }
        let outcome = if self.web.fetch {
            self.tries(address, host, &place, copy.as_ref(), progress)?
        } else {
            Err(Trouble::NotWanted)
        };
        let address = address.to_owned();
        Ok(match (outcome, copy) {
            (Ok(file), _) => Fetched { file: Some(file), fault: None },
            (Err(trouble), Some(copy)) => {
                Fetched { file: Some(copy.file), fault: Some(Fault::OldCopy { address, trouble }) }
            }
            (Err(trouble), None) => Fetched { file: None, fault: Some(Fault::Web { address, trouble }) },
        })
    }

    fn tries(
        &self,
        address: &str,
        host: &str,
        place: &Kept,
        copy: Option<&Copy>,
        progress: &Progress,
    ) -> Result<std::result::Result<PathBuf, Trouble>> {
        let mut tried = 0;
        loop {
            if self.is_offline() {
                return Ok(Err(Trouble::Offline));
            }
            if let Some(trouble) = held(&self.hosts).lost.get(host) {
                return Ok(Err(trouble.clone()));
            }
            tried += 1;
            let (trouble, asked) = match self.attempt(address, place, copy, progress) {
                Ok(file) => {
                    held(&self.hosts).any_found = true;
                    return Ok(Ok(file));
                }
                Err(Stop::Cancelled) => return Err(Error::Cancelled),
                Err(Stop::Final(trouble)) => return Ok(Err(trouble)),
                Err(Stop::Passing(trouble, asked)) => (trouble, asked),
            };
            if !matches!(trouble, Trouble::NoHost(_)) {
                held(&self.hosts).any_found = true;
            }
            if tried >= self.web.tries || asked.is_some_and(|asked| asked > self.web.longest_pause) {
                if let Trouble::NoHost(lost) = &trouble
                    && lost == host
                {
                    held(&self.hosts).lost.insert(host.to_owned(), trouble.clone());
                }
                return Ok(Err(trouble));
            }
            let doubled = self.web.pause * 2_u32.saturating_pow(tried - 1);
            let varied = doubled.mul_f64(0.5 + fastrand::f64());
            progress.pause(asked.unwrap_or(varied).min(self.web.longest_pause))?;
        }
    }

    /// One connection after another for as long as an address leads on.
    fn attempt(
        &self,
        address: &str,
        place: &Kept,
        copy: Option<&Copy>,
        progress: &Progress,
    ) -> std::result::Result<PathBuf, Stop> {
        let begun = Instant::now();
        let mut url = Url::parse(address).map_err(|_| Stop::Final(Trouble::Address))?;
        for _ in 0..=REDIRECTS {
            self.check(&url).map_err(Stop::Final)?;
            let mut request = self
                .agent
                .get(url.as_str())
                .header("Accept", "image/*, audio/*, video/*, */*;q=0.1")
                .header("Accept-Encoding", "identity");
            for (name, value) in copy.iter().flat_map(|copy| copy.meta.conditions()) {
                request = request.header(name, value);
            }
            let local = url.host().is_some_and(|host| ip(&host).is_some_and(|ip| ip.is_loopback()));
            let called = if local { request.config().proxy(None).build().call() } else { request.call() };
            progress.check()?;
            let mut response = called.map_err(|why| stop(&url, &why))?;
            let status = response.status().as_u16();
            match status {
                200 => return self.body(&mut response, place, address, begun, progress),
                304 => {
                    let copy = copy.ok_or(Stop::Final(Trouble::Status(status)))?;
                    place.write(&copy.meta).map_err(|error| Stop::Final(Trouble::Kept(error)))?;
                    return Ok(copy.file.clone());
                }
                301 | 302 | 303 | 307 | 308 => {
                    let next = header(&response, "location").and_then(|next| url.join(&next).ok());
                    url = next.ok_or(Stop::Final(Trouble::Status(status)))?;
                }
                408 | 425 | 429 | 500..600 => {
                    // A date instead of seconds is rare; then the usual pause has to do.
                    let asked = header(&response, "retry-after").and_then(|asked| asked.trim().parse().ok());
                    return Err(Stop::Passing(Trouble::Status(status), asked.map(Duration::from_secs)));
                }
                _ => return Err(Stop::Final(Trouble::Status(status))),
            }
        }
        Err(Stop::Final(Trouble::Redirects))
    }

    /// Whether an address may be asked at all. What a name leads to is checked where it is looked up, so that the
    /// address that was checked is the one that is connected to.
    fn check(&self, url: &Url) -> std::result::Result<(), Trouble> {
        let host = url.host().filter(|_| matches!(url.scheme(), "http" | "https")).ok_or(Trouble::Address)?;
        if let Some(ip) = ip(&host).filter(|ip| !self.web.allows(*ip)) {
            return Err(Trouble::Private(ip));
        }
        // A proxy looks names up itself, out of our sight; what we see of them is the best there is.
        if !self.web.allow_private
            && Proxy::try_from_env().is_some()
            && let Host::Domain(name) = host
            && let Ok(found) = (name, url.port_or_known_default().unwrap_or(443)).to_socket_addrs()
            && let Some(inside) = found.map(|found| found.ip()).find(|ip| !self.web.allows(*ip))
        {
            return Err(Trouble::Private(inside));
        }
        Ok(())
    }

    fn body(
        &self,
        response: &mut http::Response<Body>,
        place: &Kept,
        address: &str,
        begun: Instant,
        progress: &Progress,
    ) -> std::result::Result<PathBuf, Stop> {
        let most_bytes = self.web.most_bytes;
        if header(response, "content-encoding").is_some_and(|packed| !packed.eq_ignore_ascii_case("identity")) {
            return Err(Stop::Final(Trouble::Packed));
        }
        let declared = header(response, "content-type").unwrap_or_default().to_ascii_lowercase();
        let kind = declared.split(';').next().unwrap_or_default().trim().to_owned();
        let fits = ["image/", "audio/", "video/"].iter().any(|family| kind.starts_with(family));
        if !fits && !["", "application/octet-stream", "binary/octet-stream", "application/ogg"].contains(&kind.as_str())
        {
            return Err(Stop::Final(Trouble::NotMedia(kind)));
        }
        let promised: Option<u64> = header(response, "content-length").and_then(|length| length.parse().ok());
        if promised.is_some_and(|promised| promised > most_bytes) {
            return Err(Stop::Final(Trouble::TooLarge { most_bytes }));
        }
        let meta = Meta {
            address: address.to_owned(),
            etag: header(response, "etag"),
            last_modified: header(response, "last-modified"),
            ..Meta::default()
        };
        let part = place.part().map_err(|error| Stop::Final(Trouble::Kept(error)))?;
        let outcome = read_body(
            response,
            &part,
            &Bounds { promised, most_bytes, begun, longest: self.web.longest, kind },
            progress,
        );
        let kept = outcome.and_then(|(bytes, ending)| {
            place
                .keep(&part, &Meta { bytes, ending: ending.to_owned(), ..meta })
                .map_err(|error| Stop::Final(Trouble::Kept(error)))
        });
        if kept.is_err() {
            // What is left of it is written over by the next try.
            let _ = fs::remove_file(&part);
        }
        kept
    }
}

/// What a body may be.
struct Bounds {
    promised: Option<u64>,
    most_bytes: u64,
    begun: Instant,
    longest: Duration,
    /// Its declared type.
    kind: String,
}

/// Writes a body into a file; gives its length and the ending that suits it.
fn read_body(
    response: &mut http::Response<Body>,
    part: &Path,
    bounds: &Bounds,
    progress: &Progress,
) -> std::result::Result<(u64, &'static str), Stop> {
    let unwritable = |why: io::Error| Stop::Final(Trouble::Kept(Error::unwritable(part, why)));
    let mut file = File::create(part).map_err(unwritable)?;
    // The body's own limit is above ours, which has the better words.
    let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
    let (mut chunk, mut length, mut head) = (vec![0; CHUNK_BYTES], 0_u64, Vec::new());
    loop {
        progress.check()?;
        if bounds.begun.elapsed() > bounds.longest {
            return Err(Stop::Final(Trouble::Slow));
        }
        let read = match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(why) if why.kind() == io::ErrorKind::TimedOut => return Err(Stop::Passing(Trouble::Slow, None)),
            Err(why) => return Err(Stop::Passing(Trouble::Broken(why.to_string()), None)),
        };
        length += read as u64;
        if length > bounds.most_bytes {
            return Err(Stop::Final(Trouble::TooLarge { most_bytes: bounds.most_bytes }));
        }
        head.extend_from_slice(&chunk[..read.min(64_usize.saturating_sub(head.len()))]);
        file.write_all(&chunk[..read]).map_err(unwritable)?;
    }
    // The connection tells this as well, for the ways of framing that it knows.
    if bounds.promised.is_some_and(|promised| promised != length) {
        return Err(Stop::Passing(Trouble::Broken("the connection ended early".into()), None));
    }
    let kind = if bounds.kind.is_empty() { "?" } else { &bounds.kind };
    let ending = ending_of(&head).ok_or_else(|| Stop::Final(Trouble::NotMedia(kind.to_owned())))?;
    file.flush().map_err(unwritable)?;
    Ok((length, ending))
}

/// Why an attempt ended.
#[derive(Debug)]
enum Stop {
    Cancelled,
    Final(Trouble),
    /// Worth another try, after a pause that the server may have asked for.
    Passing(Trouble, Option<Duration>),
}

impl From<Error> for Stop {
    fn from(_: Error) -> Self {
        Self::Cancelled
    }
}

/// What is worth another try.
fn stop(url: &Url, why: &ureq::Error) -> Stop {
    let host = || url.host_str().unwrap_or_default().to_owned();
    match why {
        ureq::Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref::<Lookup>()) {
            Some(Lookup::Private(ip)) => Stop::Final(Trouble::Private(*ip)),
            Some(Lookup::Nothing) => Stop::Passing(Trouble::NoHost(host()), None),
            None => Stop::Passing(Trouble::Broken(io.to_string()), None),
        },
        ureq::Error::HostNotFound => Stop::Passing(Trouble::NoHost(host()), None),
        ureq::Error::Timeout(_) => Stop::Passing(Trouble::Slow, None),
        ureq::Error::Protocol(_) | ureq::Error::ConnectionFailed => {
            Stop::Passing(Trouble::Broken(why.to_string()), None)
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Stop::Final(Trouble::Address),
        _ => Stop::Final(Trouble::Broken(why.to_string())),
    }
}

/// Looks names up and lets only addresses of the open web through: a name that led outside when somebody looked may lead
/// inside now.
#[derive(Debug)]
struct Guard(Web, DefaultResolver);

/// Why a name leads nowhere.
#[derive(Debug)]
enum Lookup {
    Private(IpAddr),
    Nothing,
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private(ip) => write!(f, "{ip} is inside the own network"),
            Self::Nothing => f.write_str("the host is not found"),
        }
    }
}

impl std::error::Error for Lookup {}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        let refused = |why: Lookup| ureq::Error::Io(io::Error::other(why));
        let found = match self.1.resolve(uri, config, timeout) {
            Err(ureq::Error::Io(_) | ureq::Error::HostNotFound) => return Err(refused(Lookup::Nothing)),
            found => found?,
        };
        // One inside is enough: which of several is connected to is not ours to choose.
        match found.iter().map(SocketAddr::ip).find(|ip| !self.0.allows(*ip)) {
            Some(inside) => Err(refused(Lookup::Private(inside))),
            None => Ok(found),
        }
    }
}

/// Whether an address is of the open web: not this machine, not the own network, not one that means many.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    let inside = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified();
    let reserved = match (first, second, third) {
        // This network; shared by a carrier; protocol assignments; benchmarks; multicast and beyond.
        (0 | 224..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _) => true,
        _ => ip.is_documentation(),
    };
    !inside && !reserved
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // IPv4 inside IPv6: as such, translated, by 6to4.
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            embedded(high, low)
        }
        // IPv4 in the oldest way, local translation, examples, a hole, Teredo tunnels with an address of their own.
        [0, 0, 0, 0, 0, 0, ..] | [0x64, 0xFF9B, 1, ..] | [0x2001, 0xDB8 | 0, ..] | [0x100, 0, 0, 0, ..] => false,
        // Unique local, link local, site local, multicast.
        [first, ..] => {
            !matches!(first & 0xFE00, 0xFC00) && !matches!(first & 0xFFC0, 0xFE80 | 0xFEC0) && first < 0xFF00
        }
    }
}

fn ip(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
        Host::Domain(_) => None,
    }
}

/// The host of an address, empty where it has none.
fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn header(response: &http::Response<Body>, name: &str) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known of a file that came, beside it as JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Meta {
    address: String,
    ending: String,
    bytes: u64,
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Meta {
    /// What to send so that the server answers only when the file has changed.
    fn conditions(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let tag = self.etag.as_deref().map(|tag| ("If-None-Match", tag));
        let time = self.last_modified.as_deref().map(|time| ("If-Modified-Since", time));
        tag.into_iter().chain(time.filter(|_| tag.is_none()))
    }
}

/// A file from before.
struct Copy {
    file: PathBuf,
    meta: Meta,
    /// When the server was asked last.
    asked: SystemTime,
}

/// Where the file of an address lies: named after the address, with its ending.
struct Kept {
    folder: PathBuf,
    name: String,
    address: String,
}

impl Kept {
    fn new(folder: &Path, address: &str) -> Self {
        Self { folder: folder.to_owned(), name: sha256_hex(address.as_bytes()), address: address.to_owned() }
    }

    fn meta_file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    fn file(&self, meta: &Meta) -> PathBuf {
        self.folder.join(format!("{}.{}", self.name, meta.ending))
    }

    /// The copy from before, if it is whole.
    fn copy(&self) -> Option<Copy> {
        let text = fs::read(self.meta_file()).ok()?;
        let meta: Meta = serde_json::from_slice(&text).ok()?;
        let asked = fs::metadata(self.meta_file()).and_then(|data| data.modified()).ok()?;
        let known = meta.ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) && meta.address == self.address;
        let file = self.file(&meta);
        let whole = fs::metadata(&file).is_ok_and(|data| data.len() == meta.bytes);
        (known && whole).then_some(Copy { file, meta, asked })
    }

    /// A place for what is coming.
    fn part(&self) -> Result<PathBuf> {
        fs::create_dir_all(&self.folder).map_err(|why| Error::unwritable(&self.folder, why))?;
        Ok(self.folder.join(format!("{}.part", self.name)))
    }

    fn keep(&self, part: &Path, meta: &Meta) -> Result<PathBuf> {
        let file = self.file(meta);
        // Between the two renames the old word on the file must not hold for the new one.
        let _ = fs::remove_file(self.meta_file());
        fs::rename(part, &file).map_err(|why| Error::unwritable(&file, why))?;
        self.write(meta)?;
        Ok(file)
    }

    fn write(&self, meta: &Meta) -> Result<()> {
        let text = serde_json::to_vec(meta).map_err(|why| Error::Bug { why: why.to_string() })?;
        write_whole(&self.meta_file(), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_web_and_what_is_not_of_it() {
        let check = |ip: &str, expected: bool| assert_eq!(is_public(ip.parse().unwrap()), expected, "{ip}");
        for public in
            ["8.8.8.8", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2606:4700::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
        {
            check(public, true);
        }
        let inside = [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "203.0.113.7",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2002:a00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ];
        inside.iter().for_each(|ip| check(ip, false));
    }

    #[test]
    fn addresses_that_lead_inside_are_refused_however_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let downloads = Downloads::new(folder.path(), Web::default());
        let check = |address: &str, expected: bool| {
            let outcome = downloads.check(&Url::parse(address).unwrap());
            assert_eq!(outcome.is_ok(), expected, "{address}: {outcome:?}");
        };
        check("https://93.184.215.14/a.jpg", true);
        check("http://127.0.0.1/a.jpg", false);
        check("http://2130706433/a.jpg", false);
        check("http://0x7f.1/a.jpg", false);
        check("http://[::1]/a.jpg", false);
        check("http://[::ffff:169.254.169.254]/latest/meta-data", false);
        check("ftp://93.184.215.14/a.jpg", false);
        check("file:///etc/passwd", false);
    }
}
