//! A bundle: a folder with a `bundle.toml` that says which ONNX files there are, how input is prepared for them, and
//! what they may be used for.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Encoders, audio::AudioEncoder, image::ImageEncoder, text::TextEncoder};
use crate::error::{Error, Result};

/// The bundle that comes with the program.
pub const BUILT_IN: &str = "compact";

/// What `bundle.toml` says.
#[derive(Debug, Clone, Deserialize)]
pub struct Bundle {
    pub name: String,
    pub version: String,
    pub title: String,
    /// One sentence.
    pub licence: String,
    pub spaces: Vec<Space>,
    pub text: Option<TextSpec>,
    pub image: Option<ImageSpec>,
    pub audio: Option<AudioSpec>,
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A vector space that one or more encoders map into.
#[derive(Debug, Clone, Deserialize)]
pub struct Space {
    pub name: String,
    pub dim: usize,
}

/// Text: token ids and mask in, vector out.
#[derive(Debug, Clone, Deserialize)]
pub struct TextSpec {
    pub space: String,
    pub file: String,
    pub sha256: String,
    /// A `tokenizer.json` that also lowers case and normalises (NFKC).
    pub tokenizer: String,
    pub tokenizer_sha256: String,
    pub max_tokens: usize,
    pub pad_id: u32,
}

/// Picture: longest side to `size`, centred on a white square, `(value - mean) * scale` a channel, RGB planes.
#[derive(Debug, Clone, Deserialize)]
pub struct ImageSpec {
    pub space: String,
    pub file: String,
    pub sha256: String,
    pub size: u32,
    pub fit: Fit,
    pub mean: [f32; 3],
    pub scale: [f32; 3],
}

/// How a picture that is not square fills the square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    PadWhite,
}

/// Sound: silent edges trimmed, scaled to `peak`, cut into windows, log-mel; windows are averaged.
#[derive(Debug, Clone, Deserialize)]
pub struct AudioSpec {
    pub space: String,
    pub file: String,
    pub sha256: String,
    pub rate_hz: u32,
    pub window_secs: f32,
    pub hop_secs: f32,
    pub max_windows: usize,
    /// Samples of one frame, between two frames, and of one Fourier transform.
    pub frame: usize,
    pub hop: usize,
    pub fft: usize,
    pub mels: usize,
    pub mel_low_hz: f32,
    pub mel_high_hz: f32,
    /// Added before the logarithm.
    pub log_offset: f32,
    pub peak: f32,
}

/// The folder of bundles: `VITRINE_MODELS`, `models` beside the program or above it, or of the source tree.
pub fn models_folder() -> PathBuf {
    resource_folder("VITRINE_MODELS", "models", Path::new(BUILT_IN))
}

/// A folder that comes with the program: the variable's value; else beside the program; else in the source tree that
/// built it. A folder counts when it holds `proof`.
pub fn resource_folder(variable: &str, name: &str, proof: &Path) -> PathBuf {
    if let Some(folder) = env::var_os(variable) {
        return folder.into();
    }
    let program = env::current_exe().ok();
    let beside = program.iter().flat_map(|path| path.ancestors().skip(1).take(4)).map(|folder| folder.join(name));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    beside.chain([source.clone()]).find(|folder| folder.join(proof).exists()).unwrap_or(source)
}

impl Bundle {
    /// Reads a bundle's description; no model is loaded yet.
    pub fn open(folder: &Path) -> Result<Self> {
        let bad = |why: String| Error::BadBundle { path: folder.to_owned(), why };
        let text = fs::read_to_string(folder.join("bundle.toml")).map_err(|why| bad(format!("bundle.toml: {why}")))?;
        let mut bundle: Self = toml::from_str(&text).map_err(|why| bad(format!("bundle.toml: {}", why.message())))?;
        folder.clone_into(&mut bundle.folder);
        let parts = [
            bundle.text.as_ref().map(|spec| &spec.space),
            bundle.image.as_ref().map(|spec| &spec.space),
            bundle.audio.as_ref().map(|spec| &spec.space),
        ];
        for space in parts.into_iter().flatten() {
            if !bundle.spaces.iter().any(|known| &known.name == space && known.dim > 0) {
                return Err(bad(format!("bundle.toml names the space {space} but does not describe it")));
            }
        }
        if let Some(audio) = &bundle.audio
            && (audio.hop == 0
                || audio.frame == 0
                || audio.fft < audio.frame
                || audio.mels == 0
                || audio.rate_hz == 0
                || audio.max_windows == 0
                || audio.window_samples() < audio.frame
                || audio.hop_secs <= 0.0)
        {
            return Err(bad("bundle.toml gives sound frames that cannot be made".into()));
        }
        Ok(bundle)
    }

    /// The bundle that comes with the program.
    pub fn built_in() -> Result<Self> {
        Self::open(&models_folder().join(BUILT_IN))
    }

    /// Name, version and the beginning of a sum over its files: collections remember which bundle made their vectors,
    /// and vectors of another training are not comparable, whatever the version says.
    pub fn id(&self) -> String {
        let sums: String = self.files().into_iter().map(|(_, sum)| sum.as_str()).collect();
        let sum = hex(&Sha256::digest(sums));
        format!("{} {} ({})", self.name, self.version, &sum[..6])
    }

    /// Every file with its sha256.
    fn files(&self) -> Vec<(&String, &String)> {
        let mut files = Vec::new();
        files.extend(self.text.as_ref().map(|spec| (&spec.file, &spec.sha256)));
        files.extend(self.text.as_ref().map(|spec| (&spec.tokenizer, &spec.tokenizer_sha256)));
        files.extend(self.image.as_ref().map(|spec| (&spec.file, &spec.sha256)));
        files.extend(self.audio.as_ref().map(|spec| (&spec.file, &spec.sha256)));
        files
    }

    /// Checks every file against its sha256.
    pub fn verify(&self) -> Result<()> {
        for (file, expected) in self.files() {
            let path = self.folder.join(file);
            let bytes = fs::read(&path).map_err(|why| Error::BadBundle { path: path.clone(), why: why.to_string() })?;
            if hex(&Sha256::digest(&bytes)) != *expected {
                let why = "its sha256 differs from bundle.toml".into();
                return Err(Error::BadBundle { path, why });
            }
        }
        Ok(())
    }

    /// Loads the encoders after checking their files.
    pub fn load(&self) -> Result<Encoders> {
        self.verify()?;
        let text = self.text.as_ref().map(|spec| TextEncoder::load(&self.folder, spec)).transpose()?;
        let image = self.image.as_ref().map(|spec| ImageEncoder::load(&self.folder, spec)).transpose()?;
        let audio = self.audio.as_ref().map(|spec| AudioEncoder::load(&self.folder, spec)).transpose()?;
        Ok(Encoders::new(
            self.id(),
            text.map(|encoder| Box::new(encoder) as _),
            image.map(|encoder| Box::new(encoder) as _),
            audio.map(|encoder| Box::new(encoder) as _),
        ))
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_bundle_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let check = |content: Option<&str>, expected: &str| {
            if let Some(content) = content {
                fs::write(folder.path().join("bundle.toml"), content).unwrap();
            }
            let error = Bundle::open(folder.path()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        let head = "name='x'\nversion='1'\ntitle='X'\nlicence='none'\nspaces=[]\n";
        check(None, "bundle.toml");
        check(Some("name = "), "bundle.toml");
        check(Some("name = 'x'"), "missing field");
        let text =
            "[text]\nspace='joint'\nfile='t'\nsha256=''\ntokenizer='k'\ntokenizer_sha256=''\nmax_tokens=8\npad_id=0\n";
        check(Some(&format!("{head}{text}")), "names the space joint");
    }
}
