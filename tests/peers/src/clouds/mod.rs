//! The platforms people stream on, as far as they can be had on a machine without them: their wires over real HTTP, with state of their
//! own and faults a story sets.
//!
//! **Invariant:** they keep to the wire contracts, and refuse what the real ones refuse: a code or a rotated refresh token is taken once.

mod cloud;
pub mod kick;
pub mod media;
mod oauth;
pub mod sign;
pub mod spotify;
pub mod twitch;
pub mod youtube;

/// Bytes as two digits each.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
    bytes.iter().flat_map(digits).collect()
}

pub use cloud::Fault;
pub use kick::Kick;
pub use media::{Lanyard, Plex};
pub use oauth::Person;
pub use spotify::Spotify;
pub use twitch::Twitch;
pub use youtube::YouTube;

/// The secrets of the bot's apps.
const SECRETS: [&str; 4] =
    ["twitch-app-secret-4f2a", "youtube-app-secret-9c1e", "kick-app-secret-77b0", "spotify-app-secret-e5d3"];

/// One of each.
#[derive(Debug)]
pub struct Clouds {
    pub twitch: Twitch,
    pub youtube: YouTube,
    pub kick: Kick,
    pub spotify: Spotify,
}

impl Clouds {
    /// Starts them; each knows the bot's app, and a person of its own.
    pub fn start() -> Self {
        let [twitch, youtube, kick, spotify] = SECRETS;
        let clouds = Self {
            twitch: Twitch::start("twitch-app", Some(twitch)),
            youtube: YouTube::start("youtube-app", Some(youtube)),
            kick: Kick::start("kick-app", Some(kick)),
            spotify: Spotify::start("spotify-app", Some(spotify)),
        };
        clouds.twitch.person("1001", "ada", "Ada");
        clouds.youtube.person("g-2001", "UCada0000000000000000000", "Ada on YouTube");
        clouds.kick.person("3001", "ada-k", "AdaK");
        clouds.spotify.person("ada.s", "ada.s", "Ada S");
        clouds
    }

    /// What the bot finds in its environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let [twitch, youtube, kick, spotify] = SECRETS;
        let set = |name, value: &str| (name, value.to_owned());
        vec![
            set("TWITCH_CLIENT_ID", "twitch-app"),
            set("TWITCH_CLIENT_SECRET", twitch),
            set("YOUTUBE_CLIENT_ID", "youtube-app"),
            set("YOUTUBE_CLIENT_SECRET", youtube),
            set("KICK_CLIENT_ID", "kick-app"),
            set("KICK_CLIENT_SECRET", kick),
            set("SPOTIFY_CLIENT_ID", "spotify-app"),
            set("SPOTIFY_CLIENT_SECRET", spotify),
            set("NEBULA_TWITCH_URL", &self.twitch.url()),
            set("NEBULA_YOUTUBE_URL", &self.youtube.url()),
            set("NEBULA_KICK_URL", &self.kick.url()),
            set("NEBULA_SPOTIFY_URL", &self.spotify.url()),
        ]
    }

    /// What must be seen nowhere: the apps' secrets, and every token and code there ever was.
    pub fn secrets(&self) -> Vec<String> {
        let mut all: Vec<String> = SECRETS.iter().map(|secret| (*secret).to_owned()).collect();
        all.extend([self.twitch.words(), self.youtube.words(), self.kick.words(), self.spotify.words()].concat());
        all
    }
}
