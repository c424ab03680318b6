//! Microphone to [`Clip`], through cpal. Whatever the device does (nothing there, nothing sent, gone in the middle),
//! recording ends with a Clip or an error that says what to do.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    time::{Duration, Instant},
};

use cpal::{
    Device, ErrorKind, FromSample, Host, SampleFormat, SizedSample, Stream, SupportedStreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};

use crate::{
    error::{Error, Result},
    jobs,
    media::clip::{Clip, LONGEST_SECS, mix_to_mono, peak},
    progress::{Progress, Stage},
};

/// A microphone that sends nothing for this long is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often the wish to stop is looked at while no sound comes.
const TICK: Duration = Duration::from_millis(20);

/// A device is waited for this long to close: cpal waits for the device's thread, which a device that hangs keeps.
pub(super) const CLOSING: Duration = Duration::from_secs(1);

/// The level meter falls to a third in this time, so that the eye can follow.
const METER_FALL_SECS: f32 = 0.2;

/// One recording, seen from both sides: the lane that records fills it, the window reads the level and says stop.
/// Clones are the same take; a new recording needs a new one.
#[derive(Debug, Clone)]
pub struct Take {
    /// The microphone, as [`input_devices`] calls it; the system's default when none.
    pub device: Option<String>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    max_secs: f32,
    stopped: AtomicBool,
    frames: AtomicUsize,
    rate_hz: AtomicU32,
    /// The bits of an `f32`.
    level: AtomicU32,
}

impl Take {
    /// A take from the default microphone of at most `max_secs` seconds (0 to [`LONGEST_SECS`]).
    pub fn new(max_secs: f32) -> Self {
        let max_secs = if max_secs.is_nan() { 0.0 } else { max_secs.clamp(0.0, LONGEST_SECS as f32) };
        let shared = Shared {
            max_secs,
            stopped: AtomicBool::new(false),
            frames: AtomicUsize::new(0),
            rate_hz: AtomicU32::new(0),
            level: AtomicU32::new(0),
        };
        Self { device: None, shared: Arc::new(shared) }
    }

    /// The same take from a named microphone.
    pub fn from_device(self, device: Option<String>) -> Self {
        Self { device, ..self }
    }

    /// Ends the recording and keeps what came so far.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::Relaxed)
    }

    /// The level of the moment for a meter, 0..=1: rises at once, falls smoothly.
    pub fn level(&self) -> f32 {
        f32::from_bits(self.shared.level.load(Ordering::Relaxed))
    }

    /// Seconds recorded so far.
    pub fn seconds(&self) -> f32 {
        match self.shared.rate_hz.load(Ordering::Relaxed) {
            0 => 0.0,
            rate_hz => self.shared.frames.load(Ordering::Relaxed) as f32 / rate_hz as f32,
        }
    }

    fn max_frames(&self, rate_hz: u32) -> usize {
        (f64::from(self.shared.max_secs) * f64::from(rate_hz)).round() as usize
    }

    /// Takes note of a block of mono samples that came from a microphone of `rate_hz`.
    fn hear(&self, block: &[f32], frames: usize, rate_hz: u32) {
        let fallen = self.level() * (-(block.len() as f32 / rate_hz as f32) / METER_FALL_SECS).exp();
        let level = peak(block).max(fallen).min(1.0);
        self.shared.level.store(level.to_bits(), Ordering::Relaxed);
        self.shared.rate_hz.store(rate_hz, Ordering::Relaxed);
        self.shared.frames.store(frames, Ordering::Relaxed);
    }
}

/// Records until the take is stopped or full. Blocks, also while the device opens; counts tenths of seconds.
///
/// # Errors
/// [`Error::NoMicrophone`], [`Error::MicrophoneStopped`] when nothing comes for 3 seconds, [`Error::Silent`] when
/// nothing can be heard in what came, [`Error::Cancelled`].
pub fn record(take: &Take, progress: &Progress) -> Result<Clip> {
    progress.begin(Stage::Opening, 0);
    let (device, config) = open(take.device.as_deref())?;
    // Opening may have waited for long; nobody may want the sound any more.
    progress.check()?;
    let (sender, receiver) = channel();
    let stream = build_stream(&device, &config, sender).map_err(no_microphone)?;
    stream.play().map_err(no_microphone)?;

    progress.begin(Stage::Recording, (take.shared.max_secs * 10.0) as usize);
    let collected = collect(take, config.sample_rate(), &receiver, progress);
    jobs::drop_within(stream, CLOSING);
    let clip = Clip::new(collected?, config.sample_rate())?;
    if clip.is_silent() { Err(Error::Silent { name: Error::RECORDING.into() }) } else { Ok(clip) }
}

/// The microphones by name, for the settings. May block while the system is asked.
pub fn input_devices() -> Vec<String> {
    let devices = host().and_then(|host| host.input_devices());
    let mut names: Vec<String> =
        devices.into_iter().flatten().filter_map(|device| Names::of(&device)).map(|names| names.shown).collect();
    names.dedup();
    names
}

/// The default microphone in one line (name, rate, channels, sample format), for a look at the installation. May
/// block while the device opens.
///
/// # Errors
/// [`Error::NoMicrophone`].
pub fn probe_input() -> Result<String> {
    let (device, config) = open(None)?;
    Ok(in_one_line(&device, &config))
}

/// The system's sound. Unlike `cpal::default_host` this does not panic when the system's sound configuration is
/// broken.
pub(super) fn host() -> Result<Host, cpal::Error> {
    let first = cpal::available_hosts().into_iter().next().ok_or(ErrorKind::HostUnavailable)?;
    cpal::host_from_id(first)
}

/// A device and what it sends or takes, for people.
pub(super) fn in_one_line(device: &Device, config: &SupportedStreamConfig) -> String {
    let channels = match config.channels() {
        1 => "1 channel".to_owned(),
        more => format!("{more} channels"),
    };
    format!("{device}, {} Hz, {channels}, {}", config.sample_rate(), config.sample_format())
}

/// What a device is called: by us, and by the system.
struct Names {
    shown: String,
    plain: String,
    driver: Option<String>,
}

impl Names {
    /// None for ALSA's device that swallows everything.
    fn of(device: &Device) -> Option<Self> {
        let description = device.description().ok()?;
        let (plain, driver) = (description.name().to_owned(), description.driver().map(ToOwned::to_owned));
        if driver.as_deref() == Some("null") {
            return None;
        }
        // Several devices of one card carry the same name; the driver's name tells them apart.
        let shown = driver.as_ref().map_or_else(|| plain.clone(), |driver| format!("{plain} ({driver})"));
        Some(Self { shown, plain, driver })
    }

    fn are(&self, wanted: &str) -> bool {
        self.shown == wanted || self.plain == wanted || self.driver.as_deref() == Some(wanted)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "reads as `map_err(no_microphone)`")]
fn no_microphone(why: impl ToString) -> Error {
    Error::NoMicrophone { why: why.to_string().trim_end_matches('.').to_owned() }
}

fn open(wanted: Option<&str>) -> Result<(Device, SupportedStreamConfig)> {
    let host = host().map_err(no_microphone)?;
    let device = match wanted {
        None => host.default_input_device().ok_or_else(|| no_microphone("the system has no default one"))?,
        Some(wanted) => host
            .input_devices()
            .map_err(no_microphone)?
            .find(|device| Names::of(device).is_some_and(|names| names.are(wanted)))
            .ok_or_else(|| no_microphone(format!("none is called {wanted}")))?,
    };
    let config = device.default_input_config().map_err(no_microphone)?;
    Ok((device, config))
}

/// What the device's thread sends: blocks of mono samples, or that the device is gone.
type Heard = Result<Vec<f32>, cpal::Error>;

fn build_stream(device: &Device, config: &SupportedStreamConfig, sender: Sender<Heard>) -> Result<Stream, cpal::Error> {
    match config.sample_format() {
        SampleFormat::F32 => stream_of::<f32>(device, config, sender),
        SampleFormat::F64 => stream_of::<f64>(device, config, sender),
        SampleFormat::I8 => stream_of::<i8>(device, config, sender),
        SampleFormat::I16 => stream_of::<i16>(device, config, sender),
        SampleFormat::I24 => stream_of::<cpal::I24>(device, config, sender),
        SampleFormat::I32 => stream_of::<i32>(device, config, sender),
        SampleFormat::U8 => stream_of::<u8>(device, config, sender),
        SampleFormat::U16 => stream_of::<u16>(device, config, sender),
        SampleFormat::U24 => stream_of::<cpal::U24>(device, config, sender),
        SampleFormat::U32 => stream_of::<u32>(device, config, sender),
        other => Err(cpal::Error::with_message(ErrorKind::UnsupportedConfig, format!("it sends {other} samples"))),
    }
}

fn stream_of<T>(device: &Device, config: &SupportedStreamConfig, sender: Sender<Heard>) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels());
    let failed = sender.clone();
    device.build_input_stream(
        config.config(),
        move |block: &[T], _| {
            let mut mono = Vec::new();
            mix_to_mono(block.iter().map(|&sample| f32::from_sample_(sample)), channels, &mut mono);
            // Nobody listens any more once the take is over.
            let _ = sender.send(Ok(mono));
        },
        move |why| match why.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated => {
                let _ = failed.send(Err(why));
            }
            // A few lost samples, or a complaint that may repeat without end: silence is what tells.
            _ => tracing::debug!("microphone: {why}"),
        },
        None,
    )
}

/// Gathers samples until the take is stopped, full or given up. Full is counted in samples, not by the clock: a
/// device may send faster than time passes.
fn collect(take: &Take, rate_hz: u32, heard: &Receiver<Heard>, progress: &Progress) -> Result<Vec<f32>> {
    let full = take.max_frames(rate_hz);
    let mut samples: Vec<f32> = Vec::new();
    let mut last_heard = Instant::now();
    let mut tenths = 0;
    while samples.len() < full {
        progress.check()?;
        // What has arrived before the stop belongs to the take.
        let patience = if take.is_stopped() { Duration::ZERO } else { TICK };
        match heard.recv_timeout(patience) {
            Ok(Ok(block)) if !block.is_empty() => {
                samples.extend_from_slice(&block);
                samples.truncate(full);
                take.hear(&block, samples.len(), rate_hz);
                last_heard = Instant::now();
                while tenths < (take.seconds() * 10.0) as usize {
                    tenths += 1;
                    progress.step()?;
                }
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(Error::MicrophoneStopped),
            Err(RecvTimeoutError::Timeout) if take.is_stopped() => break,
            _ if last_heard.elapsed() > PATIENCE => return Err(Error::MicrophoneStopped),
            _ => {}
        }
    }
    Ok(samples)
}
