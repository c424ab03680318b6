//! Small collections for tests: encoders that need no model, and feeds written into a temporary folder.

use std::{fmt::Write, fs, path::Path};

use tempfile::TempDir;
use vitrine::{
    collection::Leaving,
    encode::{Embedding, Encode, Encoders},
    engine::Engine,
    error::{Error, Result},
    media::{clip::Clip, image::Picture},
    progress::Progress,
};

/// The words that the test encoders know; each is a dimension of their space.
const WORDS: [&str; 6] = ["red", "green", "blue", "sweater", "mug", "bell"];
const DIM: usize = WORDS.len() + 1;

/// A text is the words in it.
struct Words;
/// A picture is its strongest colour.
struct Colours;
/// A sound with a high peak is a bell.
struct Loudness;

impl Encode<str> for Words {
    fn space(&self) -> &'static str {
        "words"
    }

    fn encode(&self, inputs: &[&str]) -> Result<Vec<Embedding>> {
        let vector = |text: &&str| {
            let text = text.to_lowercase();
            let mut values: Vec<f32> = WORDS.iter().map(|word| f32::from(u8::from(text.contains(word)))).collect();
            values.push(0.1);
            Embedding::new(values).ok_or(Error::EmptyQuery)
        };
        inputs.iter().map(vector).collect()
    }
}

impl Encode<Picture> for Colours {
    fn space(&self) -> &'static str {
        "words"
    }

    fn encode(&self, inputs: &[&Picture]) -> Result<Vec<Embedding>> {
        let vector = |picture: &&Picture| {
            let mut values = vec![0.0; DIM];
            for pixel in picture.rgb().chunks_exact(3) {
                (0..3).for_each(|channel| values[channel] += f32::from(pixel[channel]));
            }
            let least = values[..3].iter().copied().fold(f32::INFINITY, f32::min);
            values[..3].iter_mut().for_each(|value| *value -= least);
            values[DIM - 1] = 1.0;
            Embedding::new(values).ok_or(Error::EmptyQuery)
        };
        inputs.iter().map(vector).collect()
    }
}

impl Encode<Clip> for Loudness {
    fn space(&self) -> &'static str {
        "words"
    }

    fn encode(&self, inputs: &[&Clip]) -> Result<Vec<Embedding>> {
        let vector = |clip: &&Clip| {
            if clip.samples().len() < 10 {
                return Err(Error::Silent { name: "sound".into() });
            }
            let mut values = vec![0.0; DIM];
            values[5] = clip.peak();
            values[DIM - 1] = 0.1;
            Embedding::new(values).ok_or(Error::EmptyQuery)
        };
        inputs.iter().map(vector).collect()
    }
}

/// An engine with the encoders above.
pub fn engine() -> Engine {
    Engine::with_encoders(Encoders::new(
        "test 1".into(),
        Some(Box::new(Words)),
        Some(Box::new(Colours)),
        Some(Box::new(Loudness)),
    ))
}

/// Lets products leave a collection.
#[expect(clippy::unnecessary_wraps, reason = "an import's question can also be answered by an error")]
pub fn yes(_: &Leaving) -> Result<()> {
    Ok(())
}

/// A picture file of one colour.
pub fn picture(path: &Path, rgb: [u8; 3]) {
    image::RgbImage::from_pixel(24, 32, image::Rgb(rgb)).save(path).unwrap();
}

/// A sound file: half a second of 440 Hz.
pub fn sound(path: &Path) {
    let samples = (0..8000).map(|at| 0.5 * (at as f32 * 440.0 * std::f32::consts::TAU / 16000.0).sin()).collect();
    Clip::new(samples, 16000).unwrap().save_wav(path).unwrap();
}

/// A shop of six products in three colours, two kinds; the blue mug has no picture, the red sweater a sound.
pub fn shop() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let colours = [("red", [200, 20, 20]), ("green", [20, 180, 20]), ("blue", [20, 20, 200])];
    let mut lines = String::new();
    for kind in ["sweater", "mug"] {
        for (colour, rgb) in colours {
            let id = format!("{kind}-{colour}");
            let has_picture = id != "mug-blue";
            if has_picture {
                picture(&folder.path().join(format!("{id}.png")), rgb);
            }
            let image = if has_picture { format!(r#","image_link":"{id}.png""#) } else { String::new() };
            let audio = if id == "sweater-red" { r#","audio_link":"bell.wav""# } else { "" };
            writeln!(
                lines,
                r#"{{"id":"{id}","title":"{colour} {kind}","title_zh":"商品 {colour} {kind}","price":"9.00 USD"{image}{audio}}}"#
            )
            .unwrap();
        }
    }
    sound(&folder.path().join("bell.wav"));
    fs::write(folder.path().join("products.jsonl"), lines).unwrap();
    folder
}

/// An engine with the shop open, and the folder that holds the shop and, in `collection`, its collection.
pub fn open_shop() -> (Engine, TempDir) {
    let (engine, shop) = (engine(), shop());
    engine
        .import(&shop.path().join("products.jsonl"), &shop.path().join("collection"), &yes, &Progress::new())
        .unwrap();
    (engine, shop)
}
