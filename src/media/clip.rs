//! A sound in memory. Microphone, files and the audio encoder all meet here: mono samples, one rate, nothing that
//! is not a number.

use std::{
    fs::{self, File},
    io::{Cursor, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use rubato::{Fft, FixedSync, Resampler, WindowFunction, audioadapter_buffers::direct::InterleavedSlice};
use symphonia::core::{
    codecs::audio::{AudioDecoder, AudioDecoderOptions},
    errors::Error as SymphoniaError,
    formats::{FormatOptions, FormatReader, TrackType, probe::Hint},
    io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource},
    meta::MetadataOptions,
};

use crate::{
    error::{Error, Result},
    files::write_whole,
};

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
        decode_source(&name, File::open(path).map_err(unreadable)?, || File::open(path).ok())
    }

    /// Decodes the bytes of a sound file, as [`Clip::open`] does. `name` is for the error messages, and its extension
    /// a hint on the format.
    ///
    /// # Errors
    /// [`Error::EmptyFile`], [`Error::NotASound`], or [`Error::Silent`] when it holds 0 samples.
    pub fn decode(name: &str, bytes: impl AsRef<[u8]>) -> Result<Self> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() {
            return Err(Error::EmptyFile { name: name.to_owned() });
        }
        decode_source(name, Cursor::new(bytes), || Some(Cursor::new(bytes)))
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
        // One block per chunk: the longer the block, the steeper the filter. The delay it brings, half a block, is
        // trimmed off in whole samples, so a block has to be even on both sides: an even multiple of the shortest.
        let shortest = from / greatest_common_divisor(from, to);
        let block = shortest * 512_usize.div_ceil(shortest) * 2;
        let mut resampler =
            Fft::<f32>::new_custom(from, to, block, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Both)
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
        write_whole(path, self.to_wav())
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

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn rms(frame: &[f32]) -> f32 {
    let energy: f64 = frame.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    (energy / frame.len().max(1) as f64).sqrt() as f32
}

/// The decoders are safe Rust, but damage makes some of them panic (an overflow in a WAV header, for one): the file is
/// at fault then, and the program goes on.
fn decode_source<S: MediaSource>(name: &str, source: S, again: impl FnOnce() -> Option<S>) -> Result<Clip> {
    catch_unwind(AssertUnwindSafe(|| decode_unguarded(name, source, again)))
        .unwrap_or_else(|_| Err(Error::NotASound { name: name.to_owned(), why: "it is damaged".into() }))
}

fn decode_unguarded<S: MediaSource>(name: &str, source: S, again: impl FnOnce() -> Option<S>) -> Result<Clip> {
    let not_a_sound = |why: &str| Error::NotASound { name: name.to_owned(), why: why.to_owned() };
    let mut hint = Hint::new();
    if let Some(extension) = Path::new(name).extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let mut format = match (probe(&hint, Box::new(source)), again()) {
        // Where a file is cut short, its reader fails on the way to its end (AIFF looks there for more chunks). Read as
        // a stream, the beginning is still there.
        (Err(why), Some(source)) if is_cut_short(&why) => probe(&hint, Box::new(ReadOnlySource::new(source))),
        (probed, _) => probed,
    }
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

fn probe<'s>(hint: &Hint, source: Box<dyn MediaSource + 's>) -> Result<Box<dyn FormatReader + 's>, SymphoniaError> {
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    symphonia::default::get_probe().probe(hint, stream, FormatOptions::default(), MetadataOptions::default())
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
            Err(why) if is_cut_short(&why) => break,
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

fn is_cut_short(why: &SymphoniaError) -> bool {
    matches!(why, SymphoniaError::IoError(why) if why.kind() == ErrorKind::UnexpectedEof)
}

/// A decoder's complaint without its prefix.
fn in_words(why: &SymphoniaError) -> String {
    match why {
        SymphoniaError::Unsupported(_) => "its format is not known".into(),
        _ if is_cut_short(why) => "it is cut short".into(),
        SymphoniaError::DecodeError(why) => (*why).into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::{f64::consts::TAU, path::PathBuf};

    use super::*;

    fn sine(rate_hz: u32, frequency_hz: f64, frames: usize) -> Vec<f32> {
        let step = TAU * frequency_hz / f64::from(rate_hz);
        (0..frames).map(|at| ((at as f64 * step).sin() * 0.5) as f32).collect()
    }

    fn clip(samples: &[f32], rate_hz: u32) -> Clip {
        Clip::new(samples.to_vec(), rate_hz).expect("a good rate")
    }

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sound").join(name)
    }

    /// The amplitude of one frequency in the middle half of a clip.
    fn amplitude(clip: &Clip, frequency_hz: f64) -> f64 {
        let quarter = clip.samples.len() / 4;
        let middle = &clip.samples[quarter..quarter * 3];
        let step = TAU * frequency_hz / f64::from(clip.rate_hz);
        let (cos, sin) = middle.iter().enumerate().fold((0.0, 0.0), |(cos, sin), (at, &sample)| {
            let (angle, sample) = (at as f64 * step, f64::from(sample));
            (cos + sample * angle.cos(), sin + sample * angle.sin())
        });
        2.0 * f64::hypot(cos, sin) / middle.len() as f64
    }

    #[test]
    fn every_format_opens_as_the_same_tone() {
        // (file, rate, frames at least, frames at most): lossy formats may keep the encoder's padding
        for (name, rate_hz, least, most) in [
            ("tone.flac", 44_100, 22_050, 22_050),
            ("tone.aiff", 8_000, 4_000, 4_000),
            ("tone.ogg", 44_100, 132_300, 132_300),
            ("tone.mp3", 44_100, 22_050, 22_050 + 3 * 1152),
            ("tone.m4a", 44_100, 22_050, 22_050 + 3 * 1024),
        ] {
            let sound = Clip::open(&fixture(name)).expect(name);
            assert_eq!(sound.rate_hz(), rate_hz, "{name}");
            assert!((least..=most).contains(&sound.samples().len()), "{name}: {} frames", sound.samples().len());
            let (tone, other) = (amplitude(&sound, 440.0), amplitude(&sound, 880.0));
            assert!((tone - 0.5).abs() < 0.03 && other < 0.01, "{name}: {tone} at 440 Hz, {other} at 880 Hz");
            let bytes = fs::read(fixture(name)).expect(name);
            assert_eq!(Clip::decode("no extension", bytes).expect(name), sound, "{name} without its extension");
        }
    }

    #[test]
    fn wav_of_any_depth_and_channels_is_averaged_to_mono() {
        use hound::SampleFormat::{Float, Int};
        // (format, bits, channels, largest error: one step of the format)
        for (sample_format, bits_per_sample, channels, error) in [
            (Int, 8, 1, 1.0 / 128.0),
            (Int, 16, 1, 1.0 / 32768.0),
            (Int, 16, 2, 1.0 / 32768.0),
            (Int, 16, 6, 1.0 / 32768.0),
            (Int, 24, 2, 1e-6),
            (Int, 32, 1, 1e-6),
            (Float, 32, 1, 0.0),
            (Float, 32, 2, 1e-6),
        ] {
            let spec = hound::WavSpec { channels, sample_rate: 22_050, bits_per_sample, sample_format };
            let tone = sine(22_050, 440.0, 1000);
            let mut bytes = Cursor::new(Vec::new());
            let mut writer = hound::WavWriter::new(&mut bytes, spec).expect("a WAV");
            for sample in &tone {
                for channel in 0..channels {
                    // Channels differ, and their average is the tone.
                    let tilt = 0.3 * (f32::from(channel) - f32::from(channels - 1) / 2.0) / f32::from(channels);
                    match sample_format {
                        Float => writer.write_sample(sample + tilt),
                        Int => writer
                            .write_sample((f64::from(sample + tilt) * (1_i64 << (bits_per_sample - 1)) as f64) as i32),
                    }
                    .expect("a sample");
                }
            }
            writer.finalize().expect("a WAV");
            let sound = Clip::decode("tone.wav", bytes.into_inner()).expect("a sound");
            assert_eq!((sound.samples.len(), sound.rate_hz), (1000, 22_050));
            let worst = sound.samples.iter().zip(&tone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst <= error, "{bits_per_sample} bits x {channels}: off by {worst}");
        }
    }

    #[test]
    fn bad_files_say_what_is_wrong() {
        let wav = |frames| clip(&sine(8000, 440.0, frames), 8000).to_wav();
        let no_rate = || {
            let mut bytes = wav(10);
            bytes[24..28].fill(0);
            bytes
        };
        let wild_rate = || {
            let mut bytes = wav(10);
            bytes[24..28].fill(0xff);
            bytes
        };
        // (file, bytes, the beginning of the error)
        let text = b"sku,title,price\n1,red wool sweater,20\n".repeat(100);
        for (name, bytes, error) in [
            ("nothing.wav", Vec::new(), "EmptyFile"),
            ("text.wav", text.clone(), "NotASound"),
            ("text.mp3", text.clone(), "NotASound"),
            ("text", text, "NotASound"),
            ("zeros.wav", vec![0; 5000], "NotASound"),
            ("one byte.wav", vec![b'R'], "NotASound"),
            ("header.wav", wav(10)[..30].to_vec(), "NotASound"),
            ("no seconds.wav", wav(0), "Silent"),
            ("no rate.wav", no_rate(), "NotASound"),
            ("wild rate.wav", wild_rate(), "NotASound"),
        ] {
            let outcome = format!("{:?}", Clip::decode(name, bytes).expect_err(name));
            assert!(outcome.starts_with(error), "{name}: {outcome}");
        }
        let missing = Clip::open(Path::new("/no/such/sound.wav")).expect_err("missing");
        assert!(matches!(missing, Error::Unreadable { .. }));
        let folder = Clip::open(Path::new("/")).expect_err("a folder");
        assert!(matches!(folder, Error::Unreadable { .. }));
    }

    #[test]
    fn a_truncated_file_keeps_what_is_there() {
        for name in ["tone.flac", "tone.ogg", "tone.mp3", "tone.aiff"] {
            let bytes = fs::read(fixture(name)).expect(name);
            let whole = Clip::decode(name, &bytes).expect(name);
            let half = Clip::decode(name, &bytes[..bytes.len() * 3 / 4]).expect(name);
            assert!(!half.is_silent() && half.samples.len() < whole.samples.len(), "{name}: {}", half.samples.len());
        }
        let whole = clip(&sine(8000, 440.0, 1000), 8000);
        let mut bytes = whole.to_wav();
        bytes.truncate(bytes.len() - 2000);
        assert_eq!(Clip::decode("cut.wav", bytes).expect("half").samples, whole.samples[..500]);
    }

    #[test]
    fn damage_never_panics_and_never_brings_a_wrong_clip() {
        let mut seed = 7_u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for name in ["tone.flac", "tone.ogg", "tone.mp3", "tone.m4a", "tone.aiff", "tone.wav"] {
            let whole = match name {
                "tone.wav" => clip(&sine(8000, 440.0, 1000), 8000).to_wav(),
                _ => fs::read(fixture(name)).expect(name),
            };
            for _ in 0..60 {
                let mut bytes = whole.clone();
                // Headers are where damage hurts most.
                let reach = if random(2) == 0 { bytes.len() } else { bytes.len().min(200) };
                for _ in 0..=random(8) {
                    bytes[random(reach)] = random(256) as u8;
                }
                if random(3) == 0 {
                    bytes.truncate(random(whole.len()));
                }
                if let Ok(sound) = Clip::decode(name, bytes) {
                    assert!(is_rate(sound.rate_hz) && sound.samples.iter().all(|sample| sample.is_finite()));
                }
            }
        }
    }

    #[test]
    fn a_damaged_packet_in_the_middle_is_skipped() {
        let mut bytes = fs::read(fixture("tone.flac")).expect("the fixture");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 40].fill(0x55);
        let sound = Clip::decode("tone.flac", bytes).expect("most of it");
        assert!(sound.samples.len() > 11_025, "{} frames", sound.samples.len());
    }

    #[test]
    fn only_numbers_and_real_rates_get_in() {
        let sound = clip(&[0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.5], 8000);
        assert_eq!(sound.samples(), [0.5, 0.0, 0.0, 0.0, -1.5]);
        assert_eq!(sound.peak().to_bits(), 1.5_f32.to_bits());
        for rate_hz in [0, HIGHEST_RATE_HZ + 1, u32::MAX] {
            assert!(matches!(Clip::new(vec![0.0], rate_hz), Err(Error::Malformed { .. })), "{rate_hz} Hz");
        }
        assert_eq!(clip(&vec![0.1; 700], 1).samples().len(), 600, "longer than ten minutes");
        let loud = clip(&[f32::MAX, f32::MIN_POSITIVE], 8000);
        assert!(loud.scaled_to_peak(f32::INFINITY).samples().iter().all(|sample| sample.is_finite()));
    }

    #[test]
    fn decoding_stops_at_ten_minutes() {
        let long = hound::WavSpec {
            channels: 1,
            sample_rate: 1000,
            bits_per_sample: 8,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, long).expect("a WAV");
        for at in 0..610_000 {
            writer.write_sample(at % 100).expect("a sample");
        }
        writer.finalize().expect("a WAV");
        let sound = Clip::decode("long.wav", bytes.into_inner()).expect("a sound");
        assert_eq!(sound.samples().len(), 600_000);
    }

    #[test]
    fn resampling_keeps_pitch_length_and_place() {
        // (from, to, frames, expected frames)
        for (from, to, frames, expected) in [
            (44_100, 48_000, 44_100, 48_000),
            (48_000, 16_000, 48_000, 16_000),
            (48_000, 16_000, 48_001, 16_000),
            (48_000, 16_000, 48_002, 16_001),
            (8_000, 16_000, 3_333, 6_666),
            (44_100, 16_000, 22_050, 8_000),
            (11_025, 48_000, 2_000, 8_707),
            (96_000, 44_100, 96_000, 44_100),
            (44_100, 44_101, 10_000, 10_000),
            (16_000, 16_000, 777, 777),
        ] {
            let sound = clip(&sine(from, 440.0, frames), from);
            let changed = sound.resampled(to).expect("a rate");
            assert_eq!((changed.samples.len(), changed.rate_hz), (expected, to), "{from} to {to}");
            let exact = sine(to, 440.0, expected);
            let (start, end) = (expected / 4, expected * 3 / 4);
            let worst = (start..end).map(|at| (changed.samples[at] - exact[at]).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{from} to {to}: off by {worst}");
        }
        let same = clip(&sine(16_000, 440.0, 500), 16_000);
        assert_eq!(same.resampled(16_000).expect("a rate"), same);
        let high = clip(&sine(48_000, 12_000.0, 48_000), 48_000).resampled(16_000).expect("a rate");
        assert!(high.samples[2000..14_000].iter().all(|sample| sample.abs() < 1e-3), "12 kHz folds down");
        let (empty, tiny) = (clip(&[], 8000), clip(&[0.5], 48_000));
        assert_eq!(empty.resampled(16_000).expect("a rate").samples().len(), 0);
        assert_eq!(tiny.resampled(8_000).expect("a rate").samples().len(), 0);
        assert_eq!(tiny.resampled(96_000).expect("a rate").samples().len(), 2);
        assert!(same.resampled(0).is_err());
    }

    #[test]
    fn trimming_leaves_a_tenth_of_a_second() {
        let rate_hz = 8000;
        let silence = |secs: f32| vec![0.0_f32; (secs * 8000.0) as usize];
        let tone = |secs: f32| sine(rate_hz, 440.0, (secs * 8000.0) as usize);
        let hiss: Vec<f32> = tone(0.5).iter().map(|sample| sample * 0.005).collect();
        // (parts, seconds left)
        for (parts, left) in [
            (vec![silence(0.5), tone(0.5), silence(0.5)], 0.7),
            (vec![silence(0.5), tone(0.2), silence(0.5), tone(0.2), silence(0.5)], 1.1),
            (vec![hiss.clone(), tone(0.5), hiss], 0.7),
            (vec![tone(0.5), silence(0.5)], 0.6),
            (vec![silence(0.04), tone(0.5)], 0.54),
            (vec![tone(0.5)], 0.5),
            (vec![silence(1.0)], 0.0),
            (vec![], 0.0),
        ] {
            let sound = clip(&parts.concat(), rate_hz).trimmed();
            assert!((sound.seconds() - left).abs() < 1e-3, "{} seconds, not {left}", sound.seconds());
        }
    }

    #[test]
    fn loudness_is_told_and_changed() {
        // (samples, peak, dBFS, silent)
        for (samples, peak, dbfs, silent) in [
            (vec![], 0.0, f32::NEG_INFINITY, true),
            (vec![0.0; 10], 0.0, f32::NEG_INFINITY, true),
            (vec![0.000_05], 0.000_05, -86.0206, true),
            (vec![0.1, -0.5], 0.5, -6.0206, false),
            (vec![1.0], 1.0, 0.0, false),
        ] {
            let sound = clip(&samples, 8000);
            assert!((sound.peak() - peak).abs() < 1e-9, "{samples:?}");
            assert!(sound.peak_dbfs().total_cmp(&dbfs).is_eq() || (sound.peak_dbfs() - dbfs).abs() < 1e-3);
            assert_eq!(sound.is_silent(), silent, "{samples:?}");
            let scaled = sound.scaled_to_peak(0.9);
            assert!((scaled.peak() - if silent { peak } else { 0.9 }).abs() < 1e-6, "{samples:?}");
        }
    }

    #[test]
    fn the_wave_has_a_range_per_column() {
        for (samples, columns, wave) in [
            (vec![], 2, vec![(0.0, 0.0); 2]),
            (vec![0.5], 0, vec![]),
            (vec![0.1, -0.2, 0.3, -0.4], 2, vec![(-0.2, 0.1), (-0.4, 0.3)]),
            (vec![0.1, -0.2], 4, vec![(0.1, 0.1), (0.1, 0.1), (-0.2, -0.2), (-0.2, -0.2)]),
            (vec![0.1, 0.2, 0.3], 2, vec![(0.1, 0.1), (0.2, 0.3)]),
        ] {
            assert_eq!(clip(&samples, 8000).wave(columns), wave, "{samples:?} in {columns}");
        }
    }

    #[test]
    fn a_saved_wav_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("声音.wav");
        let sound = clip(&[0.25, -1.5, 1e-7, 0.0], 16_000);
        sound.save_wav(&path).expect("written");
        sound.save_wav(&path).expect("written over");
        assert_eq!(Clip::open(&path).expect("read"), sound);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "no leftover");
        let nowhere = sound.save_wav(&folder.path().join("no/such/sound.wav")).expect_err("no folder");
        assert!(matches!(nowhere, Error::Unwritable { .. }));
        assert!(clip(&[], 16_000).save_wav(&path).is_ok());
        assert!(matches!(Clip::open(&path), Err(Error::Silent { .. })));
    }
}
