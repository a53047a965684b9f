//! Overlays: pages that a streamer's software lays over the picture, what they stand at, and what is still to be shown.
//!
//! **Invariants:** every statement about what a guild owns names the guild. Of a key only the hash is kept. What is shown is numbered under
//! its overlay's row, so whoever has read up to a number has read all before it.

mod change;
mod events;
mod files;
mod kind;
mod read;
mod said;
pub(crate) mod sources;

pub use change::NewOverlay;
pub use events::{Latest, Share, Showing, Shown, Shows};
pub use files::OverlayFile;
pub use kind::OverlayKind;
pub use read::{Head, Overlay};
pub use said::{TakenBack, Words};
pub use sources::{Origin, OverlaySource};

/// Text as both databases take it.
fn text(text: &str) -> String {
    text.replace('\0', "␀")
}
