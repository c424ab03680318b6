//! A bundle: a folder with a `bundle.toml` that says which ONNX files there are, how input is prepared for them, and
//! what they may be used for.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::{
    Encoders, Modality,
    audio::AudioEncoder,
    image::ImageEncoder,
    mel::{MelNorm, MelScale, MelSpec, Power},
    runtime::Session,
    speech::{SPEECH, Transcriber},
    text::TextEncoder,
};
use crate::{
    error::{Error, Result},
    files::sha256_hex,
    media::image::Filter,
};

/// The bundle that comes with the program.
pub const BUILT_IN: &str = "compact";

/// What `bundle.toml` says. A key that is not known is refused, so that a misspelt one never goes unheard.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub name: String,
    pub version: String,
    pub title: String,
    /// One sentence.
    pub licence: String,
    /// Where two modalities share several spaces, the first of these is theirs.
    pub spaces: Vec<Space>,
    /// One encoder a space: `[text]`, or several `[[text]]`.
    #[serde(default, deserialize_with = "one_or_several")]
    pub text: Vec<TextSpec>,
    #[serde(default, deserialize_with = "one_or_several")]
    pub image: Vec<ImageSpec>,
    #[serde(default, deserialize_with = "one_or_several")]
    pub audio: Vec<AudioSpec>,
    /// A bundle may have nothing but this, and then serves beside any other.
    pub speech: Option<SpeechSpec>,
    pub licence_url: Option<String>,
    pub homepage: Option<String>,
    /// Where its files come from, for whoever fetches them.
    #[serde(default)]
    pub download: Vec<toml::Table>,
    /// Where it comes from, in whatever words its maker chose.
    #[serde(default)]
    pub provenance: toml::Table,
    #[serde(skip)]
    pub folder: PathBuf,
}

/// A vector space that one or more encoders map into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// Letters, digits, `-` and `_`: files are named after it.
    pub name: String,
    pub dim: usize,
}

/// Text: token ids and mask in, vector out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    pub space: String,
    pub file: String,
    pub sha256: String,
    /// A `tokenizer.json` that also normalises (NFKC, and lower case unless `lowercase` says so).
    pub tokenizer: String,
    pub tokenizer_sha256: String,
    pub max_tokens: usize,
    pub pad_id: u32,
    #[serde(default)]
    pub pad: Pad,
    /// The graph's names of token ids, attention mask and token types; a model may take only the first of them.
    #[serde(default = "text_inputs")]
    pub inputs: Vec<String>,
    #[serde(default = "embedding")]
    pub output: String,
    /// The model knows lower case only, and its tokenizer does not see to that.
    #[serde(default)]
    pub lowercase: bool,
}

/// How far short texts are filled up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pad {
    /// Not at all: texts of one length are encoded together.
    #[default]
    Longest,
    /// To `max_tokens`, for models that learnt so and have no mask.
    Max,
}

/// Picture: made a square of `size`, `(value - mean) * scale` a channel, RGB planes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSpec {
    pub space: String,
    pub file: String,
    pub sha256: String,
    pub size: u32,
    pub fit: Fit,
    #[serde(default)]
    pub filter: Filter,
    /// Of the channels red, green and blue, in 0..=255.
    pub mean: [f32; 3],
    pub scale: [f32; 3],
    #[serde(default = "pixels")]
    pub input: String,
    #[serde(default = "embedding")]
    pub output: String,
}

/// How a picture that is not square fills the square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Longest side to `size`, centred on white.
    PadWhite,
    /// Shortest side to `size`, the middle of the other kept.
    CropCenter,
    /// Both sides to `size`.
    Squash,
}

/// Sound: silent edges trimmed, scaled to `peak`, cut into windows, log-mel; windows are averaged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
    #[serde(default)]
    pub mel_scale: MelScale,
    #[serde(default)]
    pub mel_norm: MelNorm,
    #[serde(default)]
    pub power: Power,
    #[serde(default)]
    pub log: Log,
    /// With `ln` added before the logarithm, with `db` the least energy that it is taken of.
    #[serde(default = "log_offset")]
    pub log_offset: f32,
    /// Frames centred on their sample, the sound mirrored at its ends.
    #[serde(default)]
    pub center: bool,
    /// Absent: as loud as it came.
    pub peak: Option<f32>,
    /// A short sound is repeated as often as it fits whole.
    #[serde(default)]
    pub repeat: bool,
    #[serde(default = "log_mel")]
    pub input: String,
    #[serde(default = "embedding")]
    pub output: String,
    #[serde(default)]
    pub layout: Layout,
}

/// Which logarithm of a mel band is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// `ln(energy + log_offset)`.
    #[default]
    Ln,
    /// Decibels, `10 log10(max(energy, log_offset))`.
    Db,
}

/// The shape of the sound model's input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `[windows, frames, mels]`.
    #[default]
    Frames,
    /// `[windows, 1, frames, mels]`.
    ChannelFrames,
}

/// Speech to text: a Whisper model in the two halves of the usual export, the decoder without a cache.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeechSpec {
    pub encoder: String,
    pub encoder_sha256: String,
    pub decoder: String,
    pub decoder_sha256: String,
    pub tokenizer: String,
    pub tokenizer_sha256: String,
    /// 80, or 128 from Whisper large-v3 on.
    pub mels: usize,
    #[serde(default = "most_spoken_tokens")]
    pub max_tokens: usize,
    /// One: it is taken for granted. Several: the likeliest of them. None: the likeliest of all that the model knows.
    #[serde(default)]
    pub languages: Vec<String>,
}

fn most_spoken_tokens() -> usize {
    64
}

fn text_inputs() -> Vec<String> {
    ["input_ids", "attention_mask"].map(String::from).to_vec()
}

fn embedding() -> String {
    "embedding".into()
}

fn pixels() -> String {
    "pixels".into()
}

fn log_mel() -> String {
    "log_mel".into()
}

fn log_offset() -> f32 {
    1e-10
}

/// `[text]` and `[[text]]` alike. Read in two steps, because an untagged enum would hide which key is wrong.
fn one_or_several<'de, T: DeserializeOwned, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let items = match toml::Value::deserialize(from)? {
        toml::Value::Array(items) => items,
        one => vec![one],
    };
    items.into_iter().map(|item| T::deserialize(item).map_err(serde::de::Error::custom)).collect()
}

impl AudioSpec {
    /// The part of it that makes log-mel features.
    pub fn mel(&self) -> MelSpec {
        MelSpec {
            rate_hz: self.rate_hz,
            frame: self.frame,
            hop: self.hop,
            fft: self.fft,
            mels: self.mels,
            low_hz: self.mel_low_hz,
            high_hz: self.mel_high_hz,
            scale: self.mel_scale,
            norm: self.mel_norm,
            power: self.power,
            center: self.center,
        }
    }

    fn can_be_made(&self) -> bool {
        self.mel().can_be_made()
            && self.max_windows > 0
            && self.window_samples() >= self.frame
            && self.hop_secs > 0.0
            && self.log_offset > 0.0
            && self.peak.is_none_or(|peak| peak > 0.0)
    }
}

/// The folder of bundles: `VITRINE_MODELS`, `models` beside the program or above it, or of the source tree.
pub fn models_folder() -> PathBuf {
    resource_folder("VITRINE_MODELS", "models", Path::new(BUILT_IN))
}

/// The first bundle that turns speech into text, by folder and name; each of `folders` holds one bundle a subfolder.
pub fn speech_bundle(folders: &[PathBuf]) -> Option<Bundle> {
    folders.iter().find_map(|folder| {
        let mut inside: Vec<PathBuf> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        // What begins with a dot is still being fetched.
        let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let bundles = inside.iter().filter(|path| !hidden(path) && path.join("bundle.toml").exists());
        bundles.filter_map(|path| Bundle::open(path).ok()).find(|bundle| bundle.speech.is_some())
    })
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
        bundle.check().map_err(bad)?;
        Ok(bundle)
    }

    fn check(&self) -> std::result::Result<(), String> {
        for Space { name, .. } in &self.spaces {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || !name.chars().all(plain) {
                return Err(format!("bundle.toml names a space {name:?}; use letters, digits, - and _"));
            }
        }
        for modality in Modality::ALL {
            let spaces = self.spaces_of(modality);
            for (number, space) in spaces.iter().enumerate() {
                if self.dim(space).is_none() {
                    return Err(format!("bundle.toml names the space {space} but does not describe it"));
                }
                if spaces[..number].contains(space) {
                    return Err(format!("bundle.toml has two {modality} encoders of the space {space}"));
                }
            }
        }
        if self.text.iter().any(|text| text.max_tokens == 0 || !(1..=3).contains(&text.inputs.len())) {
            return Err("bundle.toml gives text inputs that cannot be made".into());
        }
        if self.image.iter().any(|image| image.size == 0) {
            return Err("bundle.toml gives a picture size that cannot be made".into());
        }
        if !self.audio.iter().all(AudioSpec::can_be_made) {
            return Err("bundle.toml gives sound frames that cannot be made".into());
        }
        if self.speech.as_ref().is_some_and(|speech| speech.mels == 0 || speech.max_tokens == 0) {
            return Err("bundle.toml gives speech frames that cannot be made".into());
        }
        Ok(())
    }

    /// The spaces that a modality is encoded into, as its encoders are listed.
    fn spaces_of(&self, modality: Modality) -> Vec<&str> {
        match modality {
            Modality::Text => self.text.iter().map(|spec| spec.space.as_str()).collect(),
            Modality::Image => self.image.iter().map(|spec| spec.space.as_str()).collect(),
            Modality::Audio => self.audio.iter().map(|spec| spec.space.as_str()).collect(),
        }
    }

    /// The dimensions of a space, `None` when it is not described.
    fn dim(&self, space: &str) -> Option<usize> {
        self.spaces.iter().find(|known| known.name == space && known.dim > 0).map(|known| known.dim)
    }

    /// Its spaces with their dimensions and what lives in each, such as `clip (512: text, image), clap (512: text, audio)`.
    pub fn say_spaces(&self) -> String {
        let say = |space: &Space| {
            let held = Modality::ALL.into_iter().filter(|modality| self.spaces_of(*modality).contains(&&*space.name));
            let held: Vec<&str> = held.map(Modality::name).collect();
            format!("{} ({}: {})", space.name, space.dim, held.join(", "))
        };
        self.spaces.iter().map(say).collect::<Vec<_>>().join(", ")
    }

    /// The bundle that comes with the program.
    pub fn built_in() -> Result<Self> {
        Self::open(&models_folder().join(BUILT_IN))
    }

    /// Name, version and the beginning of a sum over its files: collections remember which bundle made their vectors,
    /// and vectors of another training are not comparable, whatever the version says.
    pub fn id(&self) -> String {
        let sums: String = self.encoder_files().into_iter().map(|(_, sum)| sum).collect();
        let sum = sha256_hex(sums);
        format!("{} {} ({})", self.name, self.version, &sum[..6])
    }

    /// Every file with its sha256, each once.
    pub fn files(&self) -> Vec<(&str, &str)> {
        [self.encoder_files(), self.speech_files()].concat()
    }

    /// The files that vectors depend on.
    fn encoder_files(&self) -> Vec<(&str, &str)> {
        let mut files: Vec<(&str, &str)> = Vec::new();
        let mut add = |file| {
            if !files.contains(&file) {
                files.push(file);
            }
        };
        for spec in &self.text {
            add((&*spec.file, &*spec.sha256));
            add((&*spec.tokenizer, &*spec.tokenizer_sha256));
        }
        self.image.iter().for_each(|spec| add((&*spec.file, &*spec.sha256)));
        self.audio.iter().for_each(|spec| add((&*spec.file, &*spec.sha256)));
        files
    }

    fn speech_files<'a>(&'a self) -> Vec<(&'a str, &'a str)> {
        let of = |spec: &'a SpeechSpec| {
            [
                (spec.encoder.as_str(), spec.encoder_sha256.as_str()),
                (spec.decoder.as_str(), spec.decoder_sha256.as_str()),
                (spec.tokenizer.as_str(), spec.tokenizer_sha256.as_str()),
            ]
        };
        self.speech.iter().flat_map(of).collect()
    }

    /// Checks every file against its sha256.
    pub fn verify(&self) -> Result<()> {
        self.check_sums(self.files())
    }

    fn check_sums(&self, files: Vec<(&str, &str)>) -> Result<()> {
        for (file, expected) in files {
            let path = self.folder.join(file);
            let bytes = fs::read(&path).map_err(|why| Error::BadBundle { path: path.clone(), why: why.to_string() })?;
            if sha256_hex(&bytes) != *expected {
                let why = "its sha256 differs from bundle.toml".into();
                return Err(Error::BadBundle { path, why });
            }
        }
        Ok(())
    }

    /// Loads the encoders after checking their files.
    pub fn load(&self) -> Result<Encoders> {
        self.check_sums(self.encoder_files())?;
        let mut sessions = Sessions { bundle: self, loaded: HashMap::new() };
        let dim = |space: &str| self.dim(space).unwrap_or_default();
        let (mut text, mut image, mut audio) = (Vec::new(), Vec::new(), Vec::new());
        for spec in &self.text {
            let session = sessions.of(&spec.file)?;
            text.push(Box::new(TextEncoder::new(&self.folder, spec, dim(&spec.space), session)?) as _);
        }
        for spec in &self.image {
            image.push(Box::new(ImageEncoder::new(spec, dim(&spec.space), sessions.of(&spec.file)?)?) as _);
        }
        for spec in &self.audio {
            audio.push(Box::new(AudioEncoder::new(spec, dim(&spec.space), sessions.of(&spec.file)?)?) as _);
        }
        let spaces = self.spaces.iter().map(|space| space.name.clone()).collect();
        Ok(Encoders::of_spaces(self.id(), spaces, text, image, audio))
    }

    /// Loads the speech model after checking its files; it is large, and most who search never speak a sentence.
    ///
    /// # Errors
    /// [`Error::NoEncoder`] when the bundle has none.
    pub fn load_speech(&self) -> Result<Transcriber> {
        let spec = self.speech.as_ref().ok_or(Error::NoEncoder { modality: SPEECH })?;
        self.check_sums(self.speech_files())?;
        Transcriber::load(&self.folder, spec)
    }

    /// Inputs of a file's encoders with the shape of one item.
    fn shapes_in(&self, file: &str) -> HashMap<String, Vec<usize>> {
        let mut shapes = HashMap::new();
        for spec in self.text.iter().filter(|spec| spec.file == file) {
            shapes.extend(spec.inputs.iter().map(|input| (input.clone(), vec![1, spec.max_tokens])));
        }
        let pictures = self.image.iter().filter(|spec| spec.file == file);
        shapes.extend(pictures.map(|spec| (spec.input.clone(), spec.shape(1))));
        let sounds = self.audio.iter().filter(|spec| spec.file == file);
        shapes.extend(sounds.map(|spec| (spec.input.clone(), spec.shape(1))));
        shapes
    }
}

/// The files of a bundle that are loaded so far: one that serves two modalities is loaded once.
struct Sessions<'a> {
    bundle: &'a Bundle,
    loaded: HashMap<&'a str, Arc<Session>>,
}

impl<'a> Sessions<'a> {
    fn of(&mut self, file: &'a str) -> Result<Arc<Session>> {
        if let Some(session) = self.loaded.get(file) {
            return Ok(session.clone());
        }
        let session = Arc::new(Session::load(&self.bundle.folder.join(file), self.bundle.shapes_in(file))?);
        self.loaded.insert(file, session.clone());
        Ok(session)
    }
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
        let text = "space='joint'\nfile='t'\nsha256=''\ntokenizer='k'\ntokenizer_sha256=''\nmax_tokens=8\npad_id=0\n";
        check(Some(&format!("{head}[text]\n{text}")), "names the space joint");
        let head = "name='x'\nversion='1'\ntitle='X'\nlicence='none'\nspaces=[{name='joint', dim=2}]\n";
        let good = format!("{head}[text]\n{text}");
        fs::write(folder.path().join("bundle.toml"), &good).unwrap();
        let bundle = Bundle::open(folder.path()).unwrap();
        assert_eq!((bundle.text.len(), bundle.text[0].inputs.len(), bundle.text[0].pad), (1, 2, Pad::Longest));
        check(Some(&format!("{good}lower_case=true\n")), "unknown field `lower_case`");
        check(Some(&format!("{good}pad='shortest'\n")), "unknown variant `shortest`");
        check(Some(&format!("{good}inputs=[]\n")), "text inputs that cannot be made");
        check(Some(&format!("{good}[speach]\n")), "unknown field `speach`");
        check(Some(&format!("{head}[[text]]\n{text}[[text]]\n{text}")), "two text encoders of the space joint");
        check(Some(&good.replace("joint", "a/b")), "use letters, digits");
    }

    #[test]
    fn the_built_in_bundle_says_its_space() {
        let bundle = Bundle::built_in().unwrap();
        assert_eq!(bundle.say_spaces(), "joint (256: text, image, audio)");
        assert_eq!(bundle.files().len(), 4);
    }
}
