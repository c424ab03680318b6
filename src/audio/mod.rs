//! The sound device: microphone to [`Clip`](crate::media::clip::Clip), Clip to loudspeaker. Both block while they
//! run (opening a device may take its time), so both run in a lane of [`Jobs`](crate::jobs::Jobs).

pub mod play;
pub mod record;
