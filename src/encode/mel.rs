//! Log-mel features: what every sound encoder and every speech model hears instead of samples. They differ in a handful
//! of parameters only, so one transform serves them all.

use std::{f32::consts::PI, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex};
use serde::Deserialize;

/// How frames are cut, turned into a spectrum and summed into mel bands.
#[derive(Debug, Clone)]
pub struct MelSpec {
    pub rate_hz: u32,
    /// Samples of one frame, between two frames, and of one Fourier transform.
    pub frame: usize,
    pub hop: usize,
    pub fft: usize,
    pub mels: usize,
    pub low_hz: f32,
    pub high_hz: f32,
    pub scale: MelScale,
    pub norm: MelNorm,
    pub power: Power,
    /// Frame `n` is centred on sample `n * hop`; the sound is mirrored at both ends.
    pub center: bool,
}

/// Where the mel bands lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MelScale {
    /// `1127 ln(1 + f / 700)`, triangles straight in mel (`tf.signal.linear_to_mel_weight_matrix`).
    #[default]
    Htk,
    /// Linear below 1 kHz, logarithmic above, triangles straight in hertz (`librosa.filters.mel`).
    Slaney,
}

/// How bands of different width are made comparable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MelNorm {
    #[default]
    None,
    /// Every triangle has the same area.
    Slaney,
}

/// What of a Fourier bin is summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub enum Power {
    /// Its magnitude.
    #[default]
    One,
    /// Its energy.
    Two,
}

impl TryFrom<u8> for Power {
    type Error = &'static str;

    fn try_from(power: u8) -> Result<Self, Self::Error> {
        match power {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("power is 1 (magnitude) or 2 (energy)"),
        }
    }
}

impl MelSpec {
    /// Whether such frames can be made at all.
    pub fn can_be_made(&self) -> bool {
        let band = self.low_hz >= 0.0 && self.low_hz < self.high_hz && self.high_hz.is_finite();
        self.hop > 0 && self.frame > 1 && self.fft >= self.frame && self.mels > 0 && self.rate_hz > 0 && band
    }

    /// How many frames a sound of so many samples has.
    pub fn frames(&self, samples: usize) -> usize {
        if self.center {
            1 + samples / self.hop
        } else {
            samples.checked_sub(self.frame).map_or(0, |n| 1 + n / self.hop)
        }
    }
}

/// The transform of one [`MelSpec`], ready to run.
pub struct LogMel {
    spec: MelSpec,
    transform: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    /// For each mel: first bin and the weights from there.
    filters: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    pub fn new(spec: MelSpec) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(spec.fft);
        let hann = (0..spec.frame).map(|at| 0.5 - 0.5 * (2.0 * PI * at as f32 / spec.frame as f32).cos()).collect();
        let filters = match spec.scale {
            MelScale::Htk => htk_filters(&spec),
            MelScale::Slaney => slaney_filters(&spec),
        };
        Self { spec, transform, hann, filters }
    }

    pub fn spec(&self) -> &MelSpec {
        &self.spec
    }

    /// `frames x mels` values, each the logarithm of a band's energy; which logarithm, the caller says.
    pub fn of(&self, samples: &[f32], log: impl Fn(f32) -> f32) -> Vec<f32> {
        let spec = &self.spec;
        let mirrored = spec.center.then(|| mirrored(samples, spec.frame / 2));
        let padded = mirrored.as_deref().unwrap_or(samples);
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut frame = self.transform.make_input_vec();
        let mut bins = vec![0.0; spectrum.len()];
        let frames = spec.frames(samples.len());
        let mut features = Vec::with_capacity(frames * spec.mels);
        for number in 0..frames {
            let samples = &padded[number * spec.hop..][..spec.frame];
            frame.fill(0.0);
            for ((place, sample), weight) in frame.iter_mut().zip(samples).zip(&self.hann) {
                *place = sample * weight;
            }
            self.transform
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("buffers were made by this transform");
            match spec.power {
                Power::One => bins.iter_mut().zip(&spectrum).for_each(|(to, bin)| *to = bin.norm()),
                Power::Two => bins.iter_mut().zip(&spectrum).for_each(|(to, bin)| *to = bin.norm_sqr()),
            }
            features.extend(self.filters.iter().map(|(first, weights)| {
                let energy: f32 = weights.iter().zip(&bins[*first..]).map(|(weight, bin)| weight * bin).sum();
                log(energy)
            }));
        }
        features
    }
}

/// The sound with `margin` mirrored samples at either end; the end samples themselves are not repeated.
fn mirrored(samples: &[f32], margin: usize) -> Vec<f32> {
    let last = samples.len().saturating_sub(1) as isize;
    let at = |mut place: isize| {
        // A sound shorter than the margin is mirrored several times.
        while last > 0 && !(0..=last).contains(&place) {
            place = if place < 0 { -place } else { 2 * last - place };
        }
        samples.get(place.clamp(0, last) as usize).copied().unwrap_or(0.0)
    };
    let margin = margin as isize;
    (-margin..samples.len() as isize + margin).map(at).collect()
}

fn htk_filters(spec: &MelSpec) -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f32| 1127.0 * (hz / 700.0).ln_1p();
    let hz = |mel: f32| 700.0 * (mel / 1127.0).exp_m1();
    let (low, high) = (mel(spec.low_hz), mel(spec.high_hz));
    let edge = |number: usize| low + (high - low) * number as f32 / (spec.mels + 1) as f32;
    let bin_mel = |bin: usize| mel(bin as f32 * spec.rate_hz as f32 / spec.fft as f32);
    (0..spec.mels)
        .map(|number| {
            let (left, centre, right) = (edge(number), edge(number + 1), edge(number + 2));
            let area = match spec.norm {
                MelNorm::None => 1.0,
                MelNorm::Slaney => 2.0 / (hz(right) - hz(left)),
            };
            triangle(spec, |bin| {
                let at = bin_mel(bin);
                area * ((at - left) / (centre - left)).min((right - at) / (right - centre))
            })
        })
        .collect()
}

fn slaney_filters(spec: &MelSpec) -> Vec<(usize, Vec<f32>)> {
    const BREAK_HZ: f64 = 1000.0;
    const BREAK_MEL: f64 = 15.0;
    let step = 6.4_f64.ln() / 27.0;
    let mel = |hz: f64| if hz < BREAK_HZ { hz * 3.0 / 200.0 } else { BREAK_MEL + (hz / BREAK_HZ).ln() / step };
    let hz = |mel: f64| {
        if mel < BREAK_MEL { mel * 200.0 / 3.0 } else { BREAK_HZ * ((mel - BREAK_MEL) * step).exp() }
    };
    let (low, high) = (mel(f64::from(spec.low_hz)), mel(f64::from(spec.high_hz)));
    let edge = |number: usize| hz(low + (high - low) * number as f64 / (spec.mels + 1) as f64);
    (0..spec.mels)
        .map(|number| {
            let (left, centre, right) = (edge(number), edge(number + 1), edge(number + 2));
            let area = match spec.norm {
                MelNorm::None => 1.0,
                MelNorm::Slaney => 2.0 / (right - left),
            };
            triangle(spec, |bin| {
                let at = bin as f64 * f64::from(spec.rate_hz) / spec.fft as f64;
                (area * ((at - left) / (centre - left)).min((right - at) / (right - centre))) as f32
            })
        })
        .collect()
}

/// The first bin above 0 and the weights from there. Bin 0, the constant part, belongs to no band.
fn triangle(spec: &MelSpec, weight: impl Fn(usize) -> f32) -> (usize, Vec<f32>) {
    let weights: Vec<(usize, f32)> =
        (1..=spec.fft / 2).map(|bin| (bin, weight(bin))).filter(|(_, weight)| *weight > 0.0).collect();
    let first = weights.first().map_or(0, |(bin, _)| *bin);
    (first, weights.into_iter().map(|(_, weight)| weight).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slaney(rate_hz: u32, fft: usize, mels: usize, low_hz: f32, high_hz: f32) -> MelSpec {
        let (scale, norm, power) = (MelScale::Slaney, MelNorm::Slaney, Power::Two);
        MelSpec { rate_hz, frame: fft, hop: fft / 4, fft, mels, low_hz, high_hz, scale, norm, power, center: true }
    }

    #[test]
    fn slaney_filters_are_librosas() {
        let check = |spec: &MelSpec, mel: usize, first: usize, expected: &[f32]| {
            let filter = &slaney_filters(spec)[mel];
            assert_eq!((filter.0, filter.1.len()), (first, expected.len()), "mel {mel}");
            for (ours, expected) in filter.1.iter().zip(expected) {
                assert!((ours - expected).abs() < 1e-7, "mel {mel}: {ours}, expected {expected}");
            }
        };
        // librosa.filters.mel(sr=16000, n_fft=400, n_mels=80), Whisper's.
        let whisper = slaney(16000, 400, 80, 0.0, 8000.0);
        check(&whisper, 0, 1, &[0.024_862_594]);
        check(&whisper, 1, 1, &[0.001_990_822, 0.022_871_772]);
        check(&whisper, 30, 29, &[0.015_856_038, 0.008_962_771]);
        // librosa.filters.mel(sr=48000, n_fft=1024, n_mels=64, fmin=50, fmax=14000), CLAP's.
        let clap = slaney(48000, 1024, 64, 50.0, 14000.0);
        check(&clap, 0, 2, &[0.015_011_813, 0.005_951_485]);
        check(&clap, 20, 25, &[0.006_528_345, 0.012_666_621, 0.002_603_309]);
    }

    #[test]
    fn the_ends_are_mirrored_without_repeating_them() {
        assert_eq!(mirrored(&[1.0, 2.0, 3.0], 2), [3.0, 2.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
        assert_eq!(mirrored(&[1.0, 2.0], 3), [2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0]);
        assert_eq!(mirrored(&[4.0], 1), [4.0, 4.0, 4.0]);
    }

    #[test]
    fn centred_frames_are_one_more_than_hops() {
        let check = |center, samples, expected| {
            assert_eq!(MelSpec { center, ..slaney(16000, 400, 80, 0.0, 8000.0) }.frames(samples), expected);
        };
        check(true, 480_000, 4801);
        check(false, 400, 1);
        check(false, 399, 0);
        check(false, 500, 2);
    }
}
