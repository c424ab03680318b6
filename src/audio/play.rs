//! [`Clip`] to loudspeaker, through rodio: hearing what was recorded, or a product's sound.

use std::{
    num::NonZero,
    thread,
    time::{Duration, Instant},
};

use cpal::traits::{DeviceTrait, HostTrait};
use rodio::{DeviceSinkBuilder, MixerDeviceSink, Player, buffer::SamplesBuffer};

use super::record::{CLOSING, host, in_one_line};
use crate::{
    error::{Error, Result},
    jobs,
    media::clip::Clip,
    progress::{Progress, Stage},
};

/// A loudspeaker that takes nothing for this long is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often the position is looked at.
const TICK: Duration = Duration::from_millis(20);

/// Silence after the sound, in seconds: what the device still holds back when it asks for the last sample is lost
/// when the device closes, and this is longer than the device's buffer.
const TAIL_SECS: f32 = 0.3;

/// Plays to the end. Blocks, also while the device opens; counts tenths of seconds.
///
/// # Errors
/// [`Error::NoSpeaker`], also when the loudspeaker takes nothing for 3 seconds. Cancelling stops the sound and is
/// no error: who stops listening has got what they wanted.
pub fn play(clip: &Clip, progress: &Progress) -> Result<()> {
    progress.begin(Stage::Opening, 0);
    let mut sink = open()?;
    sink.log_on_drop(false);
    let (player, total) = start(clip, &sink)?;

    progress.begin(Stage::Playing, tenths(clip.seconds()));
    let played = follow(&player, total, progress);
    player.stop();
    jobs::drop_within((player, sink), CLOSING);
    played
}

/// The default loudspeaker in one line (name, rate, channels, sample format), for a look at the installation. May
/// block while the device opens.
///
/// # Errors
/// [`Error::NoSpeaker`].
pub fn probe_output() -> Result<String> {
    let device = default_device()?;
    let config = device.default_output_config().map_err(no_speaker)?;
    Ok(in_one_line(&device, &config))
}

#[expect(clippy::needless_pass_by_value, reason = "reads as `map_err(no_speaker)`")]
fn no_speaker(why: impl ToString) -> Error {
    Error::NoSpeaker { why: why.to_string().trim_end_matches('.').to_owned() }
}

fn default_device() -> Result<cpal::Device> {
    let host = host().map_err(no_speaker)?;
    host.default_output_device().ok_or_else(|| no_speaker("the system has no default one"))
}

fn open() -> Result<MixerDeviceSink> {
    // Rodio's error says what it tried; the cause below it says why that failed.
    let no_speaker = |why: rodio::DeviceSinkError| {
        no_speaker(std::error::Error::source(&why).map_or_else(|| why.to_string(), ToString::to_string))
    };
    DeviceSinkBuilder::from_device(default_device()?)
        .map_err(no_speaker)?
        .with_error_callback(|why| tracing::debug!("loudspeaker: {why}"))
        .open_sink_or_fallback()
        .map_err(no_speaker)
}

/// Hands the clip over at the device's own rate: our resampler filters, rodio's only interpolates. Returns the
/// player and the length in seconds, tail included.
fn start(clip: &Clip, sink: &MixerDeviceSink) -> Result<(Player, f32)> {
    let rate_hz = sink.config().sample_rate();
    let mut samples = clip.resampled(rate_hz.get())?.samples().to_vec();
    samples.resize(samples.len() + (TAIL_SECS * rate_hz.get() as f32) as usize, 0.0);
    let total_secs = samples.len() as f32 / rate_hz.get() as f32;
    let player = Player::connect_new(sink.mixer());
    player.append(SamplesBuffer::new(NonZero::<u16>::MIN, rate_hz, samples));
    Ok((player, total_secs))
}

/// Watches the position until the end, a cancel, or a loudspeaker that has stopped.
fn follow(player: &Player, total_secs: f32, progress: &Progress) -> Result<()> {
    let (_, all_tenths) = progress.counts();
    let (mut done, mut position, mut moved) = (0, Duration::ZERO, Instant::now());
    while !player.empty() && !progress.is_cancelled() {
        thread::sleep(TICK);
        let now_at = player.get_pos();
        if now_at != position {
            (position, moved) = (now_at, Instant::now());
        } else if moved.elapsed() > PATIENCE {
            return Err(no_speaker(format!(
                "it stopped after {:.1} of {total_secs:.1} seconds",
                position.as_secs_f32()
            )));
        }
        while done < tenths(position.as_secs_f32()).min(all_tenths) {
            done += 1;
            // A cancel is asked for above.
            let _ = progress.step();
        }
    }
    Ok(())
}

fn tenths(seconds: f32) -> usize {
    (seconds * 10.0).round() as usize
}
