//! What the user chose, kept between runs, and where Vitrine keeps its own files.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use crate::{
    encode::bundle::BUILT_IN,
    error::{Error, Result},
    files::write_whole,
    language::Language,
    search::{Arrangement, Weights},
};

/// Light or dark, or as the desktop says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The user's choices. What a file from an older version lacks takes its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub language: Language,
    pub theme: Theme,
    pub weights: Weights,
    pub arrangement: Arrangement,
    /// Folder of the collection to open at start; `None`: the sample catalog.
    pub collection: Option<PathBuf>,
    /// Name of the encoder bundle; `compact` comes with the program.
    pub bundle: String,
    /// Name of the microphone; `None`: the system's own choice.
    pub microphone: Option<String>,
    /// Who judges, so that several people's judgements can be told apart.
    pub judge: String,
    /// Width of a thumbnail in the grid, points.
    pub thumbnail_width: f32,
    /// Whether thumbnails glide to their new places when the order changes.
    pub animations: bool,
    /// Whether Chinese characters may be drawn with the system's fonts. Turn off on a machine without any font.
    pub system_fonts: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::of_environment(),
            theme: Theme::default(),
            weights: Weights::default(),
            arrangement: Arrangement::default(),
            collection: None,
            bundle: BUILT_IN.into(),
            microphone: None,
            judge: env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "me".into()),
            thumbnail_width: 180.0,
            animations: true,
            system_fonts: true,
        }
    }
}

impl Settings {
    /// Reads the settings in `home`; a missing file gives the defaults, and so does a broken one, which is kept aside.
    pub fn load(home: &Path) -> Self {
        let path = home.join("settings.toml");
        let Ok(text) = fs::read_to_string(&path) else { return Self::default() };
        let mut settings: Self = toml::from_str(&text).unwrap_or_else(|why| {
            tracing::warn!("{} is not used: {}", path.display(), why.message());
            let _ = fs::rename(&path, path.with_extension("toml.bad"));
            Self::default()
        });
        let width = settings.thumbnail_width;
        settings.thumbnail_width = if width.is_finite() { width.clamp(80.0, 600.0) } else { 180.0 };
        settings
    }

    /// Writes the settings, whole or not at all.
    pub fn save(&self, home: &Path) -> Result<()> {
        let path = home.join("settings.toml");
        let text = toml::to_string_pretty(self).map_err(|why| Error::unwritable(&path, why))?;
        fs::create_dir_all(home).map_err(|why| Error::unwritable(home, why))?;
        write_whole(&path, text)
    }
}

/// The folder for settings and the sample's collection: `VITRINE_HOME`, else the user's data folder.
pub fn home() -> PathBuf {
    let of_user = || ProjectDirs::from("", "", "vitrine").map(|folders| folders.data_dir().to_owned());
    env::var_os("VITRINE_HOME").map(PathBuf::from).or_else(of_user).unwrap_or_else(|| env::temp_dir().join("vitrine"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back_and_a_broken_file_gives_defaults() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Settings::load(home.path()), Settings::default());
        let settings = Settings { language: Language::Chinese, theme: Theme::Dark, ..Settings::default() };
        settings.save(home.path()).unwrap();
        assert_eq!(Settings::load(home.path()), settings);
        fs::write(home.path().join("settings.toml"), "language = 3").unwrap();
        assert_eq!(Settings::load(home.path()), Settings::default());
        fs::write(home.path().join("settings.toml"), "theme = \"light\"\nfuture = 1").unwrap();
        assert_eq!(Settings::load(home.path()).theme, Theme::Light);
    }
}
