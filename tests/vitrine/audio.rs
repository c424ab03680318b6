//! Recording and playing through a virtual sound card.
