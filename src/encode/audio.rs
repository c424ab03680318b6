//! Sound to vector: silent edges off, one loudness, windows of a few seconds, log-mel, then the bundle's ONNX file;
//! the windows' vectors are averaged.

use std::{f32::consts::PI, path::Path, sync::Arc};

use realfft::{RealFftPlanner, RealToComplex};

use super::{
    Embedding, Encode, Modality,
    bundle::AudioSpec,
    embeddings,
    runtime::{Input, Session},
};
use crate::{
    error::{Error, Result},
    media::clip::Clip,
};

/// A last window shorter than this is left out, unless it is the only one.
const SHORTEST_WINDOW_SECS: f32 = 1.0;

/// The sound encoder of a bundle.
pub struct AudioEncoder {
    log_mel: LogMel,
    session: Session,
}

impl AudioEncoder {
    pub fn load(folder: &Path, spec: &AudioSpec) -> Result<Self> {
        Ok(Self { log_mel: LogMel::new(spec.clone()), session: Session::load(&folder.join(&spec.file))? })
    }

    fn encode_one(&self, clip: &Clip) -> Result<Embedding> {
        let spec = &self.log_mel.spec;
        let windows = self.log_mel.windows(clip)?;
        let frames = spec.frames();
        let values: Vec<f32> = windows.iter().flat_map(|window| self.log_mel.of(window)).collect();
        let input = Input::Floats(values, vec![windows.len(), frames, spec.mels]);
        let fail = |why: String| Error::Encoder { modality: Modality::Audio.name(), why };
        let (values, dim) = self.session.run(vec![("log_mel", input)]).map_err(fail)?;
        let windows = embeddings(Modality::Audio, &values, dim)?;
        Embedding::mean(&windows).ok_or_else(|| fail("it gave vectors that cancel out".into()))
    }
}

impl Encode<Clip> for AudioEncoder {
    fn space(&self) -> &str {
        &self.log_mel.spec.space
    }

    fn encode(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        inputs.iter().map(|clip| self.encode_one(clip)).collect()
    }
}

impl AudioSpec {
    /// Samples of one window.
    pub fn window_samples(&self) -> usize {
        (self.window_secs * self.rate_hz as f32).round() as usize
    }

    /// Frames of one window; the last one ends inside it.
    fn frames(&self) -> usize {
        1 + (self.window_samples() - self.frame) / self.hop
    }
}

/// Log-mel features with YAMNet's parameters: magnitude spectrum, HTK mel filters without area normalisation
/// (`tf.signal.linear_to_mel_weight_matrix`), natural logarithm.
struct LogMel {
    spec: AudioSpec,
    transform: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    /// For each mel: first bin and the weights from there.
    filters: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    fn new(spec: AudioSpec) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(spec.fft);
        let hann = (0..spec.frame).map(|at| 0.5 - 0.5 * (2.0 * PI * at as f32 / spec.frame as f32).cos()).collect();
        let filters = mel_filters(&spec);
        Self { spec, transform, hann, filters }
    }

    /// The clip cut into windows of equal length, the last filled with silence.
    fn windows(&self, clip: &Clip) -> Result<Vec<Vec<f32>>> {
        let spec = &self.spec;
        let clip = clip.resampled(spec.rate_hz)?.trimmed().scaled_to_peak(spec.peak);
        let samples = clip.samples();
        if samples.is_empty() || clip.is_silent() {
            return Err(Error::Silent { name: "The sound".into() });
        }
        let (window, hop) = (spec.window_samples(), (spec.hop_secs * spec.rate_hz as f32) as usize);
        let shortest = (SHORTEST_WINDOW_SECS * spec.rate_hz as f32) as usize;
        let mut windows = Vec::new();
        let most = if samples.len() <= window { 1 } else { spec.max_windows };
        for from in (0..most).map(|number| number * hop) {
            let rest = samples.get(from..).unwrap_or_default();
            if from > 0 && rest.len() < shortest {
                break;
            }
            let mut cut = rest[..rest.len().min(window)].to_vec();
            cut.resize(window, 0.0);
            windows.push(cut);
        }
        Ok(windows)
    }

    /// `frames x mels` values of one window.
    fn of(&self, window: &[f32]) -> Vec<f32> {
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut frame = self.transform.make_input_vec();
        let mut magnitudes = vec![0.0; spectrum.len()];
        let mut features = Vec::with_capacity(self.spec.frames() * self.spec.mels);
        for number in 0..self.spec.frames() {
            let samples = &window[number * self.spec.hop..][..self.spec.frame];
            frame.fill(0.0);
            for ((place, sample), weight) in frame.iter_mut().zip(samples).zip(&self.hann) {
                *place = sample * weight;
            }
            self.transform
                .process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("buffers were made by this transform");
            magnitudes.iter_mut().zip(&spectrum).for_each(|(to, bin)| *to = bin.norm());
            features.extend(self.filters.iter().map(|(first, weights)| {
                let energy: f32 = weights.iter().zip(&magnitudes[*first..]).map(|(weight, bin)| weight * bin).sum();
                (energy + self.spec.log_offset).ln()
            }));
        }
        features
    }
}

fn mel_filters(spec: &AudioSpec) -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f32| 1127.0 * (hz / 700.0).ln_1p();
    let (low, high) = (mel(spec.mel_low_hz), mel(spec.mel_high_hz));
    let edge = |number: usize| low + (high - low) * number as f32 / (spec.mels + 1) as f32;
    let bin_mel = |bin: usize| mel(bin as f32 * spec.rate_hz as f32 / spec.fft as f32);
    (0..spec.mels)
        .map(|number| {
            let (left, centre, right) = (edge(number), edge(number + 1), edge(number + 2));
            // Bin 0, the constant part, belongs to no filter.
            let weights: Vec<(usize, f32)> = (1..=spec.fft / 2)
                .map(|bin| {
                    let at = bin_mel(bin);
                    (bin, ((at - left) / (centre - left)).min((right - at) / (right - centre)))
                })
                .filter(|(_, weight)| *weight > 0.0)
                .collect();
            let first = weights.first().map_or(0, |(bin, _)| *bin);
            (first, weights.into_iter().map(|(_, weight)| weight).collect())
        })
        .collect()
}
