//! Vitrine speaks English and Chinese. Everything a person reads is written in both, side by side, so that
//! neither can be forgotten.

use serde::{Deserialize, Serialize};

/// The language of the window and of what the shell prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    #[value(name = "en")]
    English,
    #[serde(rename = "zh")]
    #[value(name = "zh")]
    Chinese,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The one of two texts that this language reads.
    pub fn pick<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// The language's own name for itself.
    pub fn own_name(self) -> &'static str {
        self.pick("English", "中文")
    }

    /// From the environment (`LC_ALL`, `LC_MESSAGES`, `LANG`): Chinese when the first one set says so.
    pub fn of_environment() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty());
        match locale {
            Some(locale) if locale.to_lowercase().starts_with("zh") => Self::Chinese,
            _ => Self::English,
        }
    }
}
