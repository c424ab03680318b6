//! Sound to vector: silent edges off, one loudness, windows of a few seconds, log-mel, then the bundle's ONNX file;
//! the windows' vectors are averaged.

use std::sync::Arc;

use super::{
    Embedding, Encode, Modality,
    bundle::{AudioSpec, Layout, Log},
    embeddings,
    mel::LogMel,
    runtime::{Input, Session},
};
use crate::{
    error::{Error, Result},
    media::clip::Clip,
};

/// A last window shorter than this is left out, unless it is the only one.
const SHORTEST_WINDOW_SECS: f32 = 1.0;

/// A sound encoder of a bundle.
pub struct AudioEncoder {
    spec: AudioSpec,
    dim: usize,
    log_mel: LogMel,
    session: Arc<Session>,
}

impl AudioEncoder {
    pub fn new(spec: &AudioSpec, dim: usize, session: Arc<Session>) -> Result<Self> {
        session.expect(&[&spec.input], &spec.output)?;
        Ok(Self { spec: spec.clone(), dim, log_mel: LogMel::new(spec.mel()), session })
    }

    fn encode_one(&self, clip: &Clip) -> Result<Embedding> {
        let spec = &self.spec;
        let windows = spec.windows(clip)?;
        let values: Vec<f32> = windows.iter().flat_map(|window| self.features(window)).collect();
        let input = Input::Floats(values, spec.shape(windows.len()));
        let fail = |why: String| Error::Encoder { modality: Modality::Audio.name(), why };
        let output = self.session.run(vec![(&spec.input, input)], &spec.output).map_err(fail)?;
        let windows = embeddings(Modality::Audio, output, windows.len(), self.dim)?;
        Embedding::mean(&windows).ok_or_else(|| fail("it gave vectors that cancel out".into()))
    }

    /// `frames x mels` values of one window.
    fn features(&self, window: &[f32]) -> Vec<f32> {
        let offset = self.spec.log_offset;
        match self.spec.log {
            Log::Ln => self.log_mel.of(window, |energy| (energy + offset).ln()),
            Log::Db => self.log_mel.of(window, |energy| 10.0 * energy.max(offset).log10()),
        }
    }
}

impl Encode<Clip> for AudioEncoder {
    fn space(&self) -> &str {
        &self.spec.space
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

    /// The shape of so many windows as the model takes them.
    pub fn shape(&self, windows: usize) -> Vec<usize> {
        let frames = self.mel().frames(self.window_samples());
        match self.layout {
            Layout::Frames => vec![windows, frames, self.mels],
            Layout::ChannelFrames => vec![windows, 1, frames, self.mels],
        }
    }

    /// The clip cut into windows of equal length; a shorter one is repeated where the model wants that, then filled with
    /// silence.
    fn windows(&self, clip: &Clip) -> Result<Vec<Vec<f32>>> {
        let clip = clip.resampled(self.rate_hz)?.trimmed();
        let clip = self.peak.map_or_else(|| clip.clone(), |peak| clip.scaled_to_peak(peak));
        let samples = clip.samples();
        if samples.is_empty() || clip.is_silent() {
            return Err(Error::Silent { name: "The sound".into() });
        }
        let (window, hop) = (self.window_samples(), (self.hop_secs * self.rate_hz as f32) as usize);
        let shortest = (SHORTEST_WINDOW_SECS * self.rate_hz as f32) as usize;
        let mut windows = Vec::new();
        let most = if samples.len() <= window { 1 } else { self.max_windows };
        for from in (0..most).map(|number| number * hop) {
            let rest = samples.get(from..).unwrap_or_default();
            if from > 0 && rest.len() < shortest {
                break;
            }
            let heard = &rest[..rest.len().min(window)];
            let mut cut = if self.repeat { heard.repeat(window / heard.len()) } else { heard.to_vec() };
            cut.resize(window, 0.0);
            windows.push(cut);
        }
        Ok(windows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::bundle::Bundle;

    /// CLAP's parameters (`laion/clap-htsat-unfused`).
    fn clap() -> AudioSpec {
        let text = "space='clap'\nfile='a.onnx'\nsha256=''\nrate_hz=48000\nwindow_secs=10.0\nhop_secs=10.0\n\
            max_windows=1\nframe=1024\nhop=480\nfft=1024\nmels=64\nmel_low_hz=50.0\nmel_high_hz=14000.0\n\
            mel_scale='slaney'\nmel_norm='slaney'\npower=2\nlog='db'\nlog_offset=1e-10\ncenter=true\nrepeat=true\n\
            input='input_features'\noutput='audio_embeds'\nlayout='channel_frames'";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn clap_hears_what_its_own_feature_extractor_hears() {
        let spec = clap();
        assert_eq!(spec.shape(2), [2, 1, 1001, 64]);
        // Three seconds of two tones, repeated three times and filled with silence.
        let tone = |hz: f32, at: usize| (std::f64::consts::TAU * f64::from(hz) * at as f64 / 48000.0).sin() as f32;
        let samples = (0..3 * 48000).map(|at| 0.5 * tone(440.0, at) + 0.2 * tone(3000.0, at)).collect();
        let windows = spec.windows(&Clip::new(samples, 48000).unwrap()).unwrap();
        assert_eq!((windows.len(), windows[0].len()), (1, 480_000));
        let features = LogMel::new(spec.mel()).of(&windows[0], |energy| 10.0 * energy.max(1e-10).log10());
        assert_eq!(features.len(), 1001 * 64);
        // Mels 0, 7, 20, 40, 63 by transformers' ClapFeatureExtractor; decibels below -60 are rounding noise.
        let check = |frame: usize, expected: [f32; 5]| {
            for (mel, expected) in [0, 7, 20, 40, 63].into_iter().zip(expected) {
                let ours = features[frame * 64 + mel];
                let close = (ours - expected).abs() < 0.02 || (ours < -40.0 && expected < -40.0);
                assert!(close, "frame {frame}, mel {mel}: {ours}, expected {expected}");
            }
        };
        check(0, [9.08457, 18.9483, -13.2809, -9.36798, -37.1252]);
        check(1, [-33.7281, 21.4948, -47.629, -51.5648, -77.4749]);
        check(500, [-37.5654, 21.4969, -56.9301, -92.0082, -100.0]);
        check(950, [-100.0; 5]);
    }

    #[test]
    fn the_built_in_encoder_hears_four_second_windows() {
        let spec = Bundle::built_in().unwrap().audio.remove(0);
        let clip = Clip::new(vec![0.5; 16000 * 5], 16000).unwrap();
        let windows = spec.windows(&clip).unwrap();
        assert_eq!((windows.len(), spec.shape(windows.len())), (3, vec![3, 398, 64]));
        assert!(windows[2][16000..].iter().all(|sample| *sample == 0.0), "the last window is filled with silence");
    }
}
