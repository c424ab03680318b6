//! Speech to text with a Whisper model: what was said becomes a query that can be read, corrected and searched by. Log-mel
//! in, an encoder once, then a decoder that is asked for the likeliest next token until it ends the text.

use std::path::Path;

use tokenizers::Tokenizer;

use super::{
    bundle::SpeechSpec,
    mel::{LogMel, MelNorm, MelScale, MelSpec, Power},
    runtime::{Input, Output, Session},
};
use crate::{
    error::{Error, Result},
    media::clip::Clip,
};

/// How errors name this encoder.
pub const SPEECH: &str = "speech";

/// What every Whisper model hears: 30 seconds at 16 kHz, 100 frames a second.
const RATE_HZ: u32 = 16_000;
const SAMPLES: usize = 30 * RATE_HZ as usize;
const FRAMES: usize = 3000;

/// Names in the graphs, the same in every export.
const FEATURES: &str = "input_features";
const HIDDEN: &str = "last_hidden_state";
const TOKENS: &str = "input_ids";
const HEARD: &str = "encoder_hidden_states";
const LOGITS: &str = "logits";

/// A loaded Whisper model.
pub struct Transcriber {
    log_mel: LogMel,
    encoder: Session,
    decoder: Session,
    tokenizer: Tokenizer,
    start: i64,
    /// Tokens between the language and the text.
    task: [i64; 2],
    end: i64,
    /// A space alone; a text does not begin with it.
    blank: Option<i64>,
    /// Tokens of the languages to choose from, with their names.
    languages: Vec<(i64, String)>,
    max_tokens: usize,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    pub text: String,
    /// Two or three letters, such as `en`.
    pub language: String,
}

impl Transcriber {
    pub fn load(folder: &Path, spec: &SpeechSpec) -> Result<Self> {
        let encoder =
            Session::load(&folder.join(&spec.encoder), [(FEATURES.into(), vec![1, spec.mels, FRAMES])].into())?;
        encoder.expect(&[FEATURES], HIDDEN)?;
        let decoder = Session::load(&folder.join(&spec.decoder), [].into())?;
        decoder.expect(&[TOKENS, HEARD], LOGITS)?;
        let path = folder.join(&spec.tokenizer);
        let bad = |why: String| Error::BadBundle { path: path.clone(), why };
        let tokenizer = Tokenizer::from_file(&path).map_err(|why| bad(why.to_string()))?;
        let token = |name: &str| {
            let id = tokenizer.token_to_id(&format!("<|{name}|>"));
            id.map(i64::from).ok_or_else(|| bad(format!("the tokenizer has no token <|{name}|>")))
        };
        let languages = if spec.languages.is_empty() {
            all_languages(&tokenizer)
        } else {
            spec.languages.iter().map(|name| Ok((token(name)?, name.clone()))).collect::<Result<_>>()?
        };
        if languages.is_empty() {
            return Err(bad("the tokenizer has no token of a language".into()));
        }
        Ok(Self {
            log_mel: LogMel::new(mel(spec.mels)),
            start: token("startoftranscript")?,
            task: [token("transcribe")?, token("notimestamps")?],
            end: token("endoftext")?,
            blank: tokenizer.token_to_id("Ġ").map(i64::from),
            languages,
            max_tokens: spec.max_tokens,
            encoder,
            decoder,
            tokenizer,
        })
    }

    /// The words of a recording, of which the first 30 seconds are heard.
    ///
    /// # Errors
    /// [`Error::Silent`] where nothing is to be heard, [`Error::Encoder`] when the model fails.
    pub fn transcribe(&self, clip: &Clip) -> Result<Transcript> {
        if clip.is_silent() {
            return Err(Error::Silent { name: Error::RECORDING.into() });
        }
        let fail = |why: String| Error::Encoder { modality: SPEECH, why };
        let clip = clip.resampled(RATE_HZ)?;
        let features = features(&self.log_mel, clip.samples());
        let input = Input::Floats(features, vec![1, self.log_mel.spec().mels, FRAMES]);
        let heard = self.encoder.run(vec![(FEATURES, input)], HIDDEN).map_err(fail)?;
        let heard = Input::Floats(heard.values, heard.shape);

        let mut tokens = vec![self.start];
        let logits = self.next(&tokens, &heard)?;
        let likeliness = |language: &&(i64, String)| logits.get(language.0 as usize).copied().unwrap_or(f32::MIN);
        let language = self.languages.iter().max_by(|a, b| likeliness(a).total_cmp(&likeliness(b)));
        let (token, language) = language.ok_or_else(|| fail("it knows no language".into()))?;
        tokens.push(*token);
        tokens.extend(self.task);

        let mut words: Vec<u32> = Vec::new();
        while words.len() < self.max_tokens {
            let logits = self.next(&tokens, &heard)?;
            // Tokens above the end are marks, not text; and a text does not begin with its end.
            let text = logits.iter().zip(0_i64..=self.end);
            let first = words.is_empty();
            let allowed = text.filter(|(_, token)| !first || (*token != self.end && Some(*token) != self.blank));
            let best = allowed.max_by(|a, b| a.0.total_cmp(b.0).then(b.1.cmp(&a.1)));
            match best {
                Some((_, token)) if token != self.end => {
                    words.push(token as u32);
                    tokens.push(token);
                }
                _ => break,
            }
        }
        let text = self.tokenizer.decode(&words, true).map_err(|why| fail(why.to_string()))?;
        Ok(Transcript { text: text.trim().to_owned(), language: language.clone() })
    }

    /// The logits of the token after `tokens`. The earlier steps are computed anew each time: a spoken query is a dozen
    /// tokens, and a cache of them would double the interface of the decoder.
    fn next(&self, tokens: &[i64], heard: &Input) -> Result<Vec<f32>> {
        let inputs = vec![(TOKENS, Input::Integers(tokens.to_vec(), vec![1, tokens.len()])), (HEARD, heard.clone())];
        let fail = |why: String| Error::Encoder { modality: SPEECH, why };
        let Output { values, shape } = self.decoder.run(inputs, LOGITS).map_err(fail)?;
        let vocabulary = shape.last().copied().unwrap_or_default();
        let last = values.len().checked_sub(vocabulary).filter(|_| vocabulary > 0);
        last.map(|from| values[from..].to_vec()).ok_or_else(|| fail("it gave no logits".into()))
    }
}

/// The tokens of all languages that a tokenizer knows: two or three letters, such as `<|en|>`.
fn all_languages(tokenizer: &Tokenizer) -> Vec<(i64, String)> {
    let name = |token: &str| {
        let name = token.strip_prefix("<|")?.strip_suffix("|>")?;
        ((2..=3).contains(&name.len()) && name.chars().all(|c| c.is_ascii_lowercase())).then(|| name.to_owned())
    };
    let vocabulary = tokenizer.get_vocab(true);
    let mut languages: Vec<_> =
        vocabulary.iter().filter_map(|(token, id)| Some((i64::from(*id), name(token)?))).collect();
    languages.sort();
    languages
}

fn mel(mels: usize) -> MelSpec {
    MelSpec {
        rate_hz: RATE_HZ,
        frame: 400,
        hop: 160,
        fft: 400,
        mels,
        low_hz: 0.0,
        high_hz: 8000.0,
        scale: MelScale::Slaney,
        norm: MelNorm::Slaney,
        power: Power::Two,
        center: true,
    }
}

/// `mels x 3000` values: decades of energy, at most eight below the loudest, brought near -1..=1.
fn features(log_mel: &LogMel, samples: &[f32]) -> Vec<f32> {
    let mut samples = samples[..samples.len().min(SAMPLES)].to_vec();
    samples.resize(SAMPLES, 0.0);
    let mels = log_mel.spec().mels;
    // The last of 3,001 centred frames is left out.
    let mut frames = log_mel.of(&samples, |energy| energy.max(1e-10).log10());
    frames.truncate(FRAMES * mels);
    let loudest = frames.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scaled = |value: f32| (value.max(loudest - 8.0) + 4.0) / 4.0;
    let frames = &frames;
    (0..mels).flat_map(|mel| frames.iter().skip(mel).step_by(mels).map(|value| scaled(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whisper_hears_what_its_own_feature_extractor_hears() {
        // Two seconds of two tones; the values are those of transformers' WhisperFeatureExtractor.
        let tone = |hz: f32, at: usize| (std::f64::consts::TAU * f64::from(hz) * at as f64 / 16000.0).sin() as f32;
        let samples: Vec<f32> = (0..32000).map(|at| 0.5 * tone(440.0, at) + 0.2 * tone(3000.0, at)).collect();
        let check = |mels: usize, frame: usize, expected: [f32; 5]| {
            let features = features(&LogMel::new(mel(mels)), &samples);
            assert_eq!(features.len(), mels * FRAMES);
            for (mel, expected) in [0, 10, 20, 40, mels - 1].into_iter().zip(expected) {
                let ours = features[mel * FRAMES + frame];
                assert!((ours - expected).abs() < 1e-3, "{mels}, frame {frame}, mel {mel}: {ours}, not {expected}");
            }
        };
        check(80, 0, [0.994_079, 1.338_24, 0.790_727, -0.043_295, 0.224_247]);
        check(80, 100, [-0.561_796, 1.348_74, -0.561_796, -0.561_796, -0.561_796]);
        check(80, 199, [0.331_61, 1.349_5, 0.158_889, -0.542_872, -0.436_371]);
        check(80, 2999, [-0.561_796; 5]);
        check(128, 0, [0.918_32, 0.993_435, 1.328_09, 0.693_972, 0.223_602]);
        check(128, 200, [0.767_805, 0.842_92, 1.234_38, 0.543_457, 0.073_087]);
    }
}
