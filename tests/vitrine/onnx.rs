//! Tiny ONNX models for tests, made by the library's own writer.

pub use vitrine::encode::onnx::*;
