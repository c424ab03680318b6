//! Clip to loudspeaker, through rodio.
