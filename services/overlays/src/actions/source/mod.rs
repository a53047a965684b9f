//! Sources: whose accounts feed a guild's overlays.
//!
//! **Invariant:** an account becomes a source by its own person's hands alone.

mod add;
mod list;
mod remove;

pub use add::AddOverlaySource;
pub use list::ListOverlaySources;
pub use remove::RemoveOverlaySource;

use store::overlays::Origin;

/// Sources that a guild may have.
pub(crate) const SOURCES: i64 = 25;

/// What comes of one.
fn brings(platform: Origin) -> &'static str {
    match platform {
        Origin::Twitch => "follows, subscriptions, gifts, cheers, raids and the chat",
        Origin::Kick => "follows, subscriptions, gifts, kicks and the chat",
        Origin::Spotify => "the track that is playing",
    }
}
