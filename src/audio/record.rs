//! Microphone to Clip, through cpal.
