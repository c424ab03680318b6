//! A sound in memory: mono samples and their rate.

/// Mono sound. Samples are in -1..=1, finite; `rate_hz` is never 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    samples: Vec<f32>,
    rate_hz: u32,
}
