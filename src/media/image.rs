//! Pictures: opened from any common format, turned upright, laid over white, shrunk, cropped.
