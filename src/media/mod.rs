//! Pictures and sounds: opened from any common format, turned into what encoders and the window need.

pub mod clip;
pub mod image;
