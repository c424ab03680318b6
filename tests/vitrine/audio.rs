//! Recording and playing through a virtual sound card: ALSA's `file` plugin over its `null` device, with pipes that we
//! feed and empty at the speed of sound. No sound card, no rights and no daemon are needed, and not one sample may
//! differ.
//!
//! ALSA reads `ALSA_CONFIG_PATH` when a process first asks for sound, so each test runs its part that touches sound
//! in a child process: this same test program, asked for one `child_…` test only.

#![cfg(target_os = "linux")]

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use vitrine::{
    audio::{play, record},
    error::Error,
    language::Language,
    media::clip::Clip,
    progress::Progress,
    settings::Settings,
};

use crate::ui;

/// Set in a child process: the folder of its sound card.
const CARD: &str = "VITRINE_SOUND_CARD";

/// ALSA's own definitions, without which `null`, `file` and `asym` have no meaning.
const ALSA_BASE: &str = "/usr/share/alsa/alsa.conf";

/// What cpal and rodio choose on the virtual card; the pipes carry exactly this.
const RATE_HZ: u32 = 48_000;
const CHANNELS: usize = 2;
const FRAME_BYTES: usize = CHANNELS * 4;

/// A pipe takes blocks of 10 ms: less than the 4096 bytes that are written as a whole.
const BLOCK_FRAMES: usize = RATE_HZ as usize / 100;

/// A child that has not ended by then hangs.
const CHILD_LIMIT: Duration = Duration::from_secs(90);

// ---------------------------------------------------------------------------------------------------------------
// The tests

#[test]
fn what_the_microphone_hears_is_what_the_clip_holds() {
    let Some(card) = Card::new() else { return };
    let burst = card.path().join("burst.wav");
    chirp(1.0).save_wav(&burst).expect("written");
    for sound in std::iter::once(burst).chain(spoken(card.path())) {
        let heard = Clip::open(&sound).and_then(|clip| clip.resampled(RATE_HZ)).expect("a sound");
        let microphone = Microphone::playing(&card.path().join("mic.pipe"), heard.samples());
        run_child("child_records", &card);
        drop(microphone);
        let taken = Clip::open(&card.path().join("taken.wav")).expect("the take");
        assert_eq!(taken.rate_hz(), RATE_HZ);
        assert_same_sound(heard.samples(), taken.samples(), &sound.display().to_string());
    }
}

#[test]
fn what_the_clip_holds_is_what_the_loudspeaker_plays() {
    let Some(card) = Card::new() else { return };
    let clip = chirp(0.8);
    clip.save_wav(&card.path().join("clip.wav")).expect("written");
    let loudspeaker = Loudspeaker::listening(&card.path().join("speaker.pipe"));
    run_child("child_plays", &card);
    let played = loudspeaker.heard();
    assert_eq!(played.len() % CHANNELS, 0);
    for channel in 0..CHANNELS {
        let samples: Vec<f32> = played.iter().copied().skip(channel).step_by(CHANNELS).collect();
        assert_same_sound(clip.samples(), &samples, &format!("channel {channel}"));
    }
}

#[test]
fn cancelling_stops_the_sound_and_is_no_error() {
    let Some(card) = Card::new() else { return };
    chirp(60.0).save_wav(&card.path().join("clip.wav")).expect("written");
    let loudspeaker = Loudspeaker::listening(&card.path().join("speaker.pipe"));
    run_child("child_is_told_to_stop_playing", &card);
    let frames = loudspeaker.heard().len() / CHANNELS;
    assert!(frames < 50 * RATE_HZ as usize, "{frames} frames came out");
}

#[test]
fn stop_keeps_and_cancel_drops_the_take() {
    let Some(card) = Card::new() else { return };
    let microphone = Microphone::playing(&card.path().join("mic.pipe"), chirp(30.0).samples());
    run_child("child_stops_and_cancels", &card);
    drop(microphone);
}

#[test]
fn silence_is_told_from_sound() {
    let Some(card) = Card::new() else { return };
    let microphone = Microphone::playing(&card.path().join("mic.pipe"), &[]);
    run_child("child_hears_silence", &card);
    drop(microphone);
}

#[test]
fn a_microphone_that_sends_nothing_is_given_up() {
    let Some(card) = Card::new() else { return };
    let microphone = Microphone::mute(&card.path().join("mic.pipe"));
    run_child("child_waits_for_a_mute_microphone", &card);
    drop(microphone);
}

#[test]
fn what_is_spoken_to_the_window_is_searched() {
    let Some(card) = Card::new() else { return };
    let microphone = Microphone::playing(&card.path().join("mic.pipe"), chirp(1.0).samples());
    run_child("child_speaks_to_the_window", &card);
    drop(microphone);
}

#[test]
fn without_a_device_the_errors_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path
    };
    for config in [
        config("empty.conf", ""),
        config("broken.conf", "pcm.!default { type \"no such plugin\" }"),
        config("torn.conf", "pcm.!default { type asym"),
        folder.path().join("missing.conf"),
    ] {
        run_child_with("child_has_no_device", folder.path(), &config.display().to_string());
    }
}

// ---------------------------------------------------------------------------------------------------------------
// The children: each returns at once unless it was started as one

#[test]
fn child_records() {
    let Some(folder) = child_folder() else { return };
    let take = record::Take::new(2.0);
    let progress = Progress::new();
    let clip = record::record(&take, &progress).expect("a take");
    assert_eq!(clip.samples().len(), 2 * RATE_HZ as usize, "the limit counts samples");
    assert!((take.seconds() - 2.0).abs() < 1e-6);
    assert_eq!(progress.counts(), (20, 20));
    clip.save_wav(&folder.join("taken.wav")).expect("written");
}

#[test]
fn child_plays() {
    let Some(folder) = child_folder() else { return };
    let clip = Clip::open(&folder.join("clip.wav")).expect("the clip");
    assert!(play::probe_output().expect("a loudspeaker").contains("48000 Hz"));
    let progress = Progress::new();
    play::play(&clip, &progress).expect("played");
    assert_eq!(progress.counts(), (8, 8));
}

#[test]
fn child_is_told_to_stop_playing() {
    let Some(folder) = child_folder() else { return };
    let clip = Clip::open(&folder.join("clip.wav")).expect("the clip");
    let progress = Progress::new();
    let watcher = when(&progress, |progress| progress.counts().0 > 0, Progress::cancel);
    assert_eq!(play::play(&clip, &progress), Ok(()));
    watcher.join().expect("the watcher");
}

#[test]
fn child_stops_and_cancels() {
    if child_folder().is_none() {
        return;
    }
    let line = record::probe_input().expect("a microphone");
    assert!(line.contains("48000 Hz, 2 channels"), "{line}");

    let (take, progress) = (record::Take::new(60.0), Progress::new());
    let stopper = take.clone();
    let watcher = when(&progress, move |_| stopper.seconds() > 0.3 && stopper.level() > 0.01, {
        let take = take.clone();
        move |_| take.stop()
    });
    let clip = record::record(&take, &progress).expect("what came before the stop");
    assert!(clip.seconds() > 0.3 && clip.seconds() < 30.0, "{} seconds", clip.seconds());
    watcher.join().expect("the watcher");

    let (take, progress) = (record::Take::new(60.0), Progress::new());
    let watcher = when(&progress, |progress| progress.counts().0 > 2, Progress::cancel);
    assert_eq!(record::record(&take, &progress), Err(Error::Cancelled));
    watcher.join().expect("the watcher");

    let nobody = record::Take::new(1.0).from_device(Some("no such microphone".into()));
    let outcome = record::record(&nobody, &Progress::new());
    assert!(matches!(outcome, Err(Error::NoMicrophone { .. })), "{outcome:?}");
}

#[test]
fn child_hears_silence() {
    if child_folder().is_none() {
        return;
    }
    for max_secs in [0.5, 0.0] {
        let outcome = record::record(&record::Take::new(max_secs), &Progress::new());
        assert!(matches!(outcome, Err(Error::Silent { .. })), "{outcome:?}");
    }
    let take = record::Take::new(5.0);
    take.stop();
    let outcome = record::record(&take, &Progress::new());
    assert!(matches!(outcome, Err(Error::Silent { .. })), "{outcome:?}");
}

#[test]
fn child_waits_for_a_mute_microphone() {
    if child_folder().is_none() {
        return;
    }
    let outcome = record::record(&record::Take::new(60.0), &Progress::new());
    assert_eq!(outcome, Err(Error::MicrophoneStopped));
}

#[test]
fn child_speaks_to_the_window() {
    if child_folder().is_none() {
        return;
    }
    let mut window = ui::open_with(Settings { language: Language::English, ..Settings::default() });
    window.press("Record");
    let heard =
        |window: &ui::Window| window.harness.state().state.recording.as_ref().map_or(0.0, record::Take::seconds);
    window.until("a second of sound", |window| heard(window) > 1.0);
    window.press("Stop recording");
    window.until("an answer", |window| window.found() && window.at_rest());
    let part = window.harness.state().state.query.audio.clone().expect("a part of the query");
    let (chirp, taken) = (chirp(1.0).trimmed(), part.samples().to_vec());
    let beginning = taken.len().min(chirp.samples().len()) / 2;
    assert_same_sound(&chirp.samples()[..beginning], &taken[..beginning], "what the window took");
    assert_eq!(window.titles()[0], "red sweater", "the one product with a sound leads");
}

#[test]
fn child_has_no_device() {
    if child_folder().is_none() {
        return;
    }
    let take = record::Take::new(1.0);
    let outcomes = [record::record(&take, &Progress::new()).map(|_| ()), record::probe_input().map(|_| ())];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::NoMicrophone { .. })), "{outcome:?}");
    }
    let outcomes = [play::play(&chirp(0.1), &Progress::new()), play::probe_output().map(|_| ())];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::NoSpeaker { .. })), "{outcome:?}");
    }
    assert_eq!(record::input_devices(), Vec::<String>::new());
}

// ---------------------------------------------------------------------------------------------------------------
// The sound card

/// A folder with an ALSA configuration whose default device records from one pipe and plays into another.
struct Card(tempfile::TempDir);

impl Card {
    /// None, and a line that says why, where ALSA or its plugins are not installed.
    fn new() -> Option<Self> {
        if !Path::new(ALSA_BASE).exists() {
            eprintln!("SKIPPED: {ALSA_BASE} is missing, so there is no virtual sound card (install libasound2-data)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        for pipe in ["mic.pipe", "speaker.pipe"] {
            if !Command::new("mkfifo").arg(path(pipe)).status().is_ok_and(|status| status.success()) {
                eprintln!("SKIPPED: mkfifo makes no pipe here, so there is no virtual sound card");
                return None;
            }
        }
        // No `plug` in between: it loses samples over `file`.
        let config = format!(
            "pcm.speaker {{ type file slave.pcm null file \"{speaker}\" format raw }}\n\
             pcm.mic {{ type file slave.pcm null file /dev/null infile \"{mic}\" format raw }}\n\
             pcm.!default {{ type asym playback.pcm speaker capture.pcm mic }}\n",
            speaker = path("speaker.pipe"),
            mic = path("mic.pipe"),
        );
        fs::write(path("asound.conf"), config).expect("written");
        Some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A thread that keeps writing into the microphone's pipe, at the speed of sound: the card has no clock of its own.
struct Microphone {
    over: Arc<AtomicBool>,
    pipe: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Microphone {
    /// Sends the samples on every channel whenever somebody begins to record, and silence after them.
    fn playing(pipe: &Path, samples: &[f32]) -> Self {
        let raw: Vec<u8> = samples.iter().flat_map(|sample| [sample.to_le_bytes(); CHANNELS]).flatten().collect();
        Self::start(pipe, move |pipe, over| {
            let (mut sent, mut due) = (0, Instant::now());
            while !over.load(Ordering::Relaxed) {
                let mut block = raw.get(sent..).unwrap_or_default().to_vec();
                block.resize(BLOCK_FRAMES * FRAME_BYTES, 0);
                if pipe.write_all(&block).is_err() {
                    return;
                }
                sent = (sent + block.len()).min(raw.len());
                due += Duration::from_millis(10);
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        })
    }

    /// Opens the pipe and sends nothing.
    fn mute(pipe: &Path) -> Self {
        Self::start(pipe, |_, over| {
            while !over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
            }
        })
    }

    fn start(pipe: &Path, send: impl Fn(&mut File, &AtomicBool) + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (path, flag) = (pipe.to_owned(), Arc::clone(&over));
        let thread = thread::spawn(move || {
            while !flag.load(Ordering::Relaxed) {
                // Waits until the device is opened; every opening hears the sound from its beginning.
                let mut pipe = OpenOptions::new().write(true).open(&path).expect("the pipe");
                send(&mut pipe, &flag);
            }
        });
        Self { over, pipe: pipe.to_owned(), thread: Some(thread) }
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // The thread may wait for a reader: be one until it has ended.
        let thread = self.thread.take().expect("dropped once");
        while !thread.is_finished() {
            let mut reader = open_at_once(&self.pipe);
            let _ = reader.read(&mut [0; 4096]);
            thread::sleep(Duration::from_millis(5));
        }
        let _ = thread.join();
    }
}

/// A thread that empties the loudspeaker's pipe at the speed of sound and keeps what came.
struct Loudspeaker(Arc<AtomicBool>, JoinHandle<Vec<u8>>);

impl Loudspeaker {
    fn listening(pipe: &Path) -> Self {
        let mut pipe = open_at_once(pipe);
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let (mut heard, mut block) = (Vec::new(), vec![0; BLOCK_FRAMES * FRAME_BYTES]);
            let mut due = Instant::now();
            loop {
                let told = flag.load(Ordering::Relaxed);
                match pipe.read(&mut block) {
                    Ok(read) if read > 0 => heard.extend_from_slice(&block[..read]),
                    // Nothing more comes once the child has ended.
                    _ if told => return heard,
                    _ => {}
                }
                due = (due + Duration::from_millis(10)).max(Instant::now());
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        });
        Self(over, thread)
    }

    /// Interleaved samples of everything played.
    fn heard(self) -> Vec<f32> {
        self.0.store(true, Ordering::Relaxed);
        let bytes = self.1.join().expect("the loudspeaker");
        bytes.as_chunks().0.iter().map(|&sample| f32::from_le_bytes(sample)).collect()
    }
}

/// Opens a pipe for reading without waiting for whoever writes, and reads from it without waiting either.
fn open_at_once(pipe: &Path) -> File {
    use std::os::unix::fs::OpenOptionsExt;
    const O_NONBLOCK: i32 = 0o4000;
    let file = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(pipe).expect("the pipe");
    assert!(file.metadata().expect("the pipe").file_type().is_fifo());
    file
}

// ---------------------------------------------------------------------------------------------------------------
// Children and sounds

fn child_folder() -> Option<PathBuf> {
    std::env::var_os(CARD).map(PathBuf::from)
}

fn run_child(test: &str, card: &Card) {
    let own = card.path().join("asound.conf");
    run_child_with(test, card.path(), &format!("{ALSA_BASE}:{}", own.display()));
}

/// Runs one test of this program in a process of its own, with its own sound configuration.
fn run_child_with(test: &str, folder: &Path, alsa_config: &str) {
    let module = module_path!().split_once("::").map_or("", |(_, module)| module);
    let child = Command::new(std::env::current_exe().expect("this program"))
        .args([&format!("{module}::{test}"), "--exact", "--nocapture", "--test-threads=1"])
        .env(CARD, folder)
        .env("ALSA_CONFIG_PATH", alsa_config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the child");
    let (status, said) = finish(child);
    assert!(status.is_some(), "{test} hangs ({alsa_config}):\n{said}");
    assert!(status.is_some_and(|status| status.success()), "{test} failed ({alsa_config}):\n{said}");
    assert!(said.contains("1 passed"), "{test} did not run:\n{said}");
}

/// Waits for a child and returns all it said; None for a status when it had to be ended.
fn finish(mut child: Child) -> (Option<ExitStatus>, String) {
    let gather = |mut from: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut said = Vec::new();
            let _ = from.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        })
    };
    let out = gather(Box::new(child.stdout.take().expect("piped")));
    let err = gather(Box::new(child.stderr.take().expect("piped")));
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().expect("the child") {
            None if begun.elapsed() > CHILD_LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => thread::sleep(Duration::from_millis(10)),
            ended => break ended,
        }
    };
    (status, out.join().unwrap_or_default() + &err.join().unwrap_or_default())
}

/// Does something to the work behind a progress once a condition holds.
fn when(
    progress: &Progress,
    condition: impl Fn(&Progress) -> bool + Send + 'static,
    act: impl FnOnce(&Progress) + Send + 'static,
) -> JoinHandle<()> {
    let progress = progress.clone();
    thread::spawn(move || {
        while !condition(&progress) {
            thread::sleep(Duration::from_millis(5));
        }
        act(&progress);
    })
}

/// A rising tone with noise in it, at the card's rate: no stretch of it resembles another. It begins and ends away
/// from 0, so that a lost sample shows.
fn chirp(secs: f32) -> Clip {
    let mut seed = 1_u32;
    let samples = (0..(secs * RATE_HZ as f32) as usize).map(|at| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = (seed >> 8) as f32 / (1 << 24) as f32 - 0.5;
        let time = at as f32 / RATE_HZ as f32;
        0.1 + 0.5 * (time * (600.0 + 900.0 * time)).sin() + 0.3 * noise
    });
    Clip::new(samples.collect(), RATE_HZ).expect("a good rate")
}

/// A spoken phrase, where espeak-ng is installed.
fn spoken(folder: &Path) -> Option<PathBuf> {
    let path = folder.join("spoken.wav");
    let status = Command::new("espeak-ng").arg("-w").arg(&path).arg("red wool sweater").stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED one of two sounds: espeak-ng is not installed, only the chirp is recorded");
        return None;
    }
    Some(path)
}

/// Asserts that `heard` holds `sent`, sample for sample, somewhere, and silence before and after it.
fn assert_same_sound(sent: &[f32], heard: &[f32], what: &str) {
    let first = |samples: &[f32]| samples.iter().position(|&sample| sample != 0.0).expect("a sound");
    let last = |samples: &[f32]| samples.iter().rposition(|&sample| sample != 0.0).expect("a sound");
    let (sent, heard) = (&sent[first(sent)..=last(sent)], &heard[first(heard)..=last(heard)]);
    assert_eq!(heard.len(), sent.len(), "{what}: frames");
    let worst = sent.iter().zip(heard).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= 1e-6, "{what}: off by {worst}");
}
