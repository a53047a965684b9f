//! The platforms people stream on and listen to, as their wires are: Twitch, YouTube, Kick and Spotify. No rows, and no Discord.
//!
//! **Invariants:** *not found*, *not live* and *could not ask* are different answers by their types: what is not there is a value, and
//! only what was not answered is a [`Failure`]. Every answer has a size, and every wait an end. No failure's words hold a token.

mod app;
mod app_token;
mod apps;
pub mod channel;
mod failure;
mod hosts;
pub mod kick;
mod moment;
pub mod oauth;
mod platform;
pub mod spotify;
pub mod twitch;
mod web;
pub mod youtube;

pub use app::App;
pub use apps::{Apps, Settings, stand_in};
pub use failure::{Answered, Failure};
pub use kick::Kick;
pub use moment::moment;
pub use oauth::{Consent, Grant, Revoked, Who};
pub use platform::Platform;
pub use spotify::Spotify;
pub use twitch::Twitch;
pub use web::{Answer, Patience, Web};
pub use youtube::YouTube;

use base::{Clock, Redactor};

/// All of them, as far as whoever runs the bot set them.
pub struct Platforms {
    /// None where its app is not set.
    pub twitch: Option<Twitch>,
    /// Always there: its feeds ask for no app.
    pub youtube: YouTube,
    /// None where its app is not set.
    pub kick: Option<Kick>,
    /// None where its app is not set.
    pub spotify: Option<Spotify>,
}

impl Platforms {
    /// Those of these apps, whose own tokens this masks.
    ///
    /// # Panics
    /// Where the process has no TLS provider: it is installed in `main`'s first line.
    pub fn new(apps: Apps, clock: &Clock, redactor: &Redactor) -> Self {
        let web = Web::new(Patience::default(), clock.clone()).masking(redactor.clone());
        Self {
            twitch: apps.twitch.map(|app| Twitch::new(app, apps.twitch_hosts, web.clone())),
            youtube: YouTube::new(apps.youtube, apps.youtube_key, apps.youtube_hosts, web.clone()),
            kick: apps.kick.map(|app| Kick::new(app, apps.kick_hosts, web.clone())),
            spotify: apps.spotify.map(|app| Spotify::new(app, apps.spotify_hosts, web)),
        }
    }

    /// What whoever runs the bot has to set before people can connect accounts there; empty where all is set.
    pub fn missing(&self, platform: Platform) -> &'static [&'static str] {
        let is_set = match platform {
            Platform::Twitch => self.twitch.is_some(),
            Platform::YouTube => self.youtube.has_app(),
            Platform::Kick => self.kick.is_some(),
            Platform::Spotify => self.spotify.is_some(),
        };
        if is_set { &[] } else { platform.variables() }
    }
}
