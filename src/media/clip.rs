//! A sound in memory. Microphone, files and the audio encoder all meet here: mono samples, one rate, nothing that
//! is not a number.

use std::{
    fs::{self, File},
    io::{Cursor, ErrorKind},
    path::Path,
};

use rubato::{Fft, FixedSync, Resampler, WindowFunction, audioadapter_buffers::direct::InterleavedSlice};
use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error as SymphoniaError,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream},
    meta::MetadataOptions,
};

use crate::error::{Error, Result};

/// The longest sound a [`Clip`] holds; what comes after is cut. A product's sound or a spoken query is far shorter,
/// and a whole film dropped by mistake must not fill the memory.
pub const LONGEST_SECS: u32 = 600;

/// The highest sample rate a [`Clip`] accepts. No sound card goes beyond; a damaged file header does.
pub const HIGHEST_RATE_HZ: u32 = 384_000;

/// A peak below this (-80 dBFS) is the noise of an open microphone input, not sound.
const SILENCE_PEAK: f32 = 1e-4;

/// How many damaged packets in a row are skipped before the rest of the file is given up.
const BAD_PACKETS_IN_A_ROW: usize = 100;

/// Mono sound of at most [`LONGEST_SECS`]. Samples are finite and nominally in -1..=1; `rate_hz` is in
/// 1..=[`HIGHEST_RATE_HZ`].
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    samples: Vec<f32>,
    rate_hz: u32,
}

impl Clip {
    /// Takes mono samples; those that are not finite become 0, those beyond [`LONGEST_SECS`] are cut.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the rate is 0 or above [`HIGHEST_RATE_HZ`].
    pub fn new(samples: Vec<f32>, rate_hz: u32) -> Result<Self> {
        if !is_rate(rate_hz) {
            return Err(Error::Malformed {
                what: format!("A sample rate of {rate_hz} Hz"),
                how: format!("Use a rate from 1 to {HIGHEST_RATE_HZ} Hz, such as 16000 or 48000."),
            });
        }
        Ok(Self::finite(samples, rate_hz))
    }

    /// Opens a sound file: WAV, MP3, FLAC, Ogg Vorbis, M4A (AAC, ALAC) or AIFF. Channels are averaged.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::EmptyFile`], [`Error::NotASound`], or [`Error::Silent`] when it holds 0 samples.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |why| Error::unreadable(path, why);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let about = fs::metadata(path).map_err(unreadable)?;
        // Asked before opening: opening a pipe would wait for whoever writes to it.
        if !about.is_file() {
            return Err(Error::unreadable(path, "it is not a file"));
        }
        if about.len() == 0 {
            return Err(Error::EmptyFile { name: name.into_owned() });
        }
        decode_source(&name, Box::new(File::open(path).map_err(unreadable)?))
    }

    /// Decodes the bytes of a sound file, as [`Clip::open`] does. `name` is for the error messages, and its extension
    /// a hint on the format.
    ///
    /// # Errors
    /// [`Error::EmptyFile`], [`Error::NotASound`], or [`Error::Silent`] when it holds 0 samples.
    pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { name: name.to_owned() });
        }
        decode_source(name, Box::new(Cursor::new(bytes)))
    }

    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Length in seconds.
    pub fn seconds(&self) -> f32 {
        (self.samples.len() as f64 / f64::from(self.rate_hz)) as f32
    }

    /// The largest absolute sample; 0 when empty.
    pub fn peak(&self) -> f32 {
        peak(&self.samples)
    }

    /// The peak in decibels of full scale: 0 for a peak of 1, minus infinity for none.
    pub fn peak_dbfs(&self) -> f32 {
        20.0 * self.peak().log10()
    }

    /// Whether nothing can be heard (the peak is below -80 dBFS).
    pub fn is_silent(&self) -> bool {
        self.peak() < SILENCE_PEAK
    }

    /// The same sound at another rate: `round(n * to / from)` samples, aligned with the original (no delay), what lies
    /// above the lower of both Nyquist frequencies filtered out.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the rate is 0 or above [`HIGHEST_RATE_HZ`].
    pub fn resampled(&self, rate_hz: u32) -> Result<Self> {
        if rate_hz == self.rate_hz || self.samples.is_empty() {
            return Self::new(self.samples.clone(), rate_hz);
        }
        // Checks the rate; the samples come below.
        let empty = Self::new(Vec::new(), rate_hz)?;
        let (from, to) = (self.rate_hz as usize, rate_hz as usize);
        let (frames, expected) = (self.samples.len(), scaled_length(self.samples.len(), self.rate_hz, rate_hz));
        let failed = |why: String| Error::Malformed {
            what: format!("A change from {from} Hz to {to} Hz"),
            how: format!("Use another sample rate ({why})."),
        };
        // One block per chunk: the longer the block, the steeper the filter. The delay it brings is trimmed off.
        let mut resampler =
            Fft::<f32>::new_custom(from, to, 1024, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Both)
                .map_err(|why| failed(why.to_string()))?;
        let input = InterleavedSlice::new(&self.samples, 1, frames).map_err(|why| failed(why.to_string()))?;
        let mut samples =
            resampler.process_all(&input, frames, None).map_err(|why| failed(why.to_string()))?.take_data();
        samples.resize(expected, 0.0);
        Ok(Self::finite(samples, empty.rate_hz))
    }

    /// Without the silence around the sound: leading and trailing frames of 20 ms are cut while their level (RMS) is
    /// below 1 % of the loudest frame's; 100 ms before and after the sound stay. Silence becomes an empty clip.
    pub fn trimmed(&self) -> Self {
        let frame = (self.rate_hz as usize / 50).max(1);
        let margin = self.rate_hz as usize / 10;
        let levels: Vec<f32> = self.samples.chunks(frame).map(rms).collect();
        let floor = levels.iter().copied().fold(0.0, f32::max) * 0.01;
        let loud = |level: &f32| *level >= floor;
        let kept = match (levels.iter().position(loud), levels.iter().rposition(loud)) {
            (Some(first), Some(last)) if !self.is_silent() => {
                let start = (first * frame).saturating_sub(margin);
                let end = ((last + 1) * frame + margin).min(self.samples.len());
                self.samples[start..end].to_vec()
            }
            _ => Vec::new(),
        };
        Self { samples: kept, rate_hz: self.rate_hz }
    }

    /// Louder or softer, so that the largest absolute sample is `peak`. Silence stays as it is.
    pub fn scaled_to_peak(&self, peak: f32) -> Self {
        if self.is_silent() {
            return self.clone();
        }
        let factor = peak / self.peak();
        Self::finite(self.samples.iter().map(|sample| sample * factor).collect(), self.rate_hz)
    }

    /// The lowest and highest sample of each of `columns` equal stretches, for drawing; (0, 0) for an empty clip.
    pub fn wave(&self, columns: usize) -> Vec<(f32, f32)> {
        let frames = self.samples.len();
        (0..columns)
            .map(|column| {
                let start = column * frames / columns;
                let end = ((column + 1) * frames / columns).max(start + 1).min(frames);
                let stretch = self.samples.get(start..end).unwrap_or_default();
                let range = stretch.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &sample| {
                    (low.min(sample), high.max(sample))
                });
                if stretch.is_empty() { (0.0, 0.0) } else { range }
            })
            .collect()
    }

    /// The bytes of a WAV file: mono, 32-bit float, so that reading it back gives the same samples.
    pub fn to_wav(&self) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: self.rate_hz,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut bytes = Cursor::new(Vec::with_capacity(self.samples.len() * 4 + 128));
        let written = hound::WavWriter::new(&mut bytes, spec).and_then(|mut writer| {
            self.samples.iter().try_for_each(|&sample| writer.write_sample(sample))?;
            writer.finalize()
        });
        // Only a disk can refuse, or a length above 4 GB, which no Clip has.
        written.expect("a WAV below 4 GB is written to memory");
        bytes.into_inner()
    }

    /// Writes [`Clip::to_wav`] under a temporary name beside `path` and renames it: either the whole file is there or
    /// nothing new.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn save_wav(&self, path: &Path) -> Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        fs::write(&part, self.to_wav()).and_then(|()| fs::rename(&part, path)).map_err(|why| {
            // Nothing more can be done when the leftover cannot be removed either; the error below says enough.
            let _ = fs::remove_file(&part);
            Error::unwritable(path, why)
        })
    }

    /// The rate is known to be good.
    fn finite(mut samples: Vec<f32>, rate_hz: u32) -> Self {
        samples.truncate(longest(rate_hz));
        samples.iter_mut().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        Self { samples, rate_hz }
    }
}

/// The largest absolute value; 0 for none.
pub(crate) fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

/// Averages interleaved channels into `mono`, one sample per frame; an incomplete frame at the end is dropped.
pub(crate) fn mix_to_mono(interleaved: impl ExactSizeIterator<Item = f32>, channels: usize, mono: &mut Vec<f32>) {
    let channels = channels.max(1);
    mono.reserve(interleaved.len() / channels);
    let (mut sum, mut filled) = (0.0, 0);
    for sample in interleaved {
        sum += sample;
        filled += 1;
        if filled == channels {
            mono.push(sum / channels as f32);
            (sum, filled) = (0.0, 0);
        }
    }
}

fn is_rate(rate_hz: u32) -> bool {
    (1..=HIGHEST_RATE_HZ).contains(&rate_hz)
}

fn longest(rate_hz: u32) -> usize {
    LONGEST_SECS as usize * rate_hz as usize
}

/// `round(frames * to / from)` in whole numbers.
fn scaled_length(frames: usize, from_hz: u32, to_hz: u32) -> usize {
    let (frames, from, to) = (frames as u128, u128::from(from_hz), u128::from(to_hz));
    ((frames * to * 2 + from) / (from * 2)) as usize
}

fn rms(frame: &[f32]) -> f32 {
    let energy: f64 = frame.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    (energy / frame.len().max(1) as f64).sqrt() as f32
}

fn decode_source(name: &str, source: Box<dyn MediaSource>) -> Result<Clip> {
    let not_a_sound = |why: &str| Error::NotASound { name: name.to_owned(), why: why.to_owned() };
    let mut hint = Hint::new();
    if let Some(extension) = Path::new(name).extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|why| not_a_sound(&in_words(&why)))?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| not_a_sound("it has no sound track"))?;
    let track_id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .ok_or_else(|| not_a_sound("its kind of sound is not known"))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|why| not_a_sound(&in_words(&why)))?;

    let heard = decode_track(format.as_mut(), track_id, decoder.as_mut());
    match (heard.rate_hz, heard.first_error) {
        (Some(rate_hz), _) if !is_rate(rate_hz) => Err(not_a_sound(&format!("a sample rate of {rate_hz} Hz"))),
        (Some(rate_hz), _) if !heard.samples.is_empty() => Ok(Clip::finite(heard.samples, rate_hz)),
        (_, Some(why)) => Err(not_a_sound(&why)),
        (_, None) => Err(Error::Silent { name: name.to_owned() }),
    }
}

/// What could be decoded of a track.
#[derive(Default)]
struct Heard {
    samples: Vec<f32>,
    rate_hz: Option<u32>,
    first_error: Option<String>,
}

/// Decodes until the end, the limit, or damage that cannot be skipped: what came before is kept, as a player would.
fn decode_track(format: &mut dyn FormatReader, track_id: u32, decoder: &mut dyn AudioDecoder) -> Heard {
    let mut heard = Heard::default();
    let mut interleaved: Vec<f32> = Vec::new();
    let mut bad_in_a_row = 0;
    while bad_in_a_row < BAD_PACKETS_IN_A_ROW {
        let decoded = match format.next_packet() {
            Ok(None) => break,
            Ok(Some(packet)) if packet.track_id != track_id => continue,
            Ok(Some(packet)) => decoder.decode(&packet),
            Err(why) => Err(why),
        };
        let buffer = match decoded {
            Ok(buffer) => buffer,
            // The end of a truncated file.
            Err(SymphoniaError::IoError(why)) if why.kind() == ErrorKind::UnexpectedEof => break,
            Err(why @ SymphoniaError::DecodeError(_)) => {
                bad_in_a_row += 1;
                heard.first_error.get_or_insert_with(|| in_words(&why));
                continue;
            }
            Err(why) => {
                heard.first_error.get_or_insert_with(|| in_words(&why));
                break;
            }
        };
        bad_in_a_row = 0;
        let rate_hz = buffer.spec().rate();
        // A stream glued together from several may go on at another rate; its first part is the sound meant.
        if *heard.rate_hz.get_or_insert(rate_hz) != rate_hz || !is_rate(rate_hz) {
            break;
        }
        buffer.copy_to_vec_interleaved(&mut interleaved);
        mix_to_mono(interleaved.iter().copied(), buffer.spec().channels().count(), &mut heard.samples);
        if heard.samples.len() >= longest(rate_hz) {
            break;
        }
    }
    heard
}

/// A decoder's complaint without its prefix.
fn in_words(why: &SymphoniaError) -> String {
    match why {
        SymphoniaError::Unsupported(_) => "its format is not known".into(),
        SymphoniaError::IoError(why) if why.kind() == ErrorKind::UnexpectedEof => "it is cut short".into(),
        SymphoniaError::DecodeError(why) => (*why).into(),
        other => other.to_string(),
    }
}
