//! What whoever runs the bot set: an app at each platform, and where it is asked.

use base::{Secret, address::of_host};
use reqwest::Url;

use crate::{App, kick, spotify, twitch, youtube};

/// What the environment says of platforms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// `TWITCH_CLIENT_ID` and `TWITCH_CLIENT_SECRET`.
    pub twitch: (Option<&'a str>, Option<&'a str>),
    /// `YOUTUBE_CLIENT_ID` and `YOUTUBE_CLIENT_SECRET`.
    pub youtube: (Option<&'a str>, Option<&'a str>),
    /// `YOUTUBE_API_KEY`.
    pub youtube_key: Option<&'a str>,
    /// `KICK_CLIENT_ID` and `KICK_CLIENT_SECRET`.
    pub kick: (Option<&'a str>, Option<&'a str>),
    /// `SPOTIFY_CLIENT_ID` and `SPOTIFY_CLIENT_SECRET`.
    pub spotify: (Option<&'a str>, Option<&'a str>),
    /// `NEBULA_TWITCH_URL`: a stand-in on this machine.
    pub twitch_url: Option<&'a str>,
    /// `NEBULA_YOUTUBE_URL`.
    pub youtube_url: Option<&'a str>,
    /// `NEBULA_KICK_URL`.
    pub kick_url: Option<&'a str>,
    /// `NEBULA_SPOTIFY_URL`.
    pub spotify_url: Option<&'a str>,
}

/// The apps, and where they are asked.
#[derive(Debug, Clone)]
pub struct Apps {
    pub(crate) twitch: Option<App>,
    pub(crate) twitch_hosts: twitch::Hosts,
    pub(crate) youtube: Option<App>,
    pub(crate) youtube_key: Option<Secret>,
    pub(crate) youtube_hosts: youtube::Hosts,
    pub(crate) kick: Option<App>,
    pub(crate) kick_hosts: kick::Hosts,
    pub(crate) spotify: Option<App>,
    pub(crate) spotify_hosts: spotify::Hosts,
}

impl Apps {
    /// Reads the settings.
    ///
    /// # Errors
    /// The sentence names the setting and says what is wrong with it.
    pub fn new(settings: &Settings<'_>) -> Result<Self, String> {
        let at = |setting, url: Option<&str>| url.map(|url| stand_in(setting, url)).transpose();
        let with_secret = |name, pair| app(name, pair, true);
        Ok(Self {
            twitch: app("TWITCH", settings.twitch, false)?,
            twitch_hosts: twitch::Hosts::new(at("NEBULA_TWITCH_URL", settings.twitch_url)?.as_ref()),
            youtube: with_secret("YOUTUBE", settings.youtube)?,
            youtube_key: settings.youtube_key.map(Secret::new),
            youtube_hosts: youtube::Hosts::new(at("NEBULA_YOUTUBE_URL", settings.youtube_url)?.as_ref()),
            kick: with_secret("KICK", settings.kick)?,
            kick_hosts: kick::Hosts::new(at("NEBULA_KICK_URL", settings.kick_url)?.as_ref()),
            spotify: with_secret("SPOTIFY", settings.spotify)?,
            spotify_hosts: spotify::Hosts::new(at("NEBULA_SPOTIFY_URL", settings.spotify_url)?.as_ref()),
        })
    }

    /// What must never be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let apps = [&self.twitch, &self.youtube, &self.kick, &self.spotify];
        apps.into_iter().flatten().filter_map(|app| app.secret.as_ref()).chain(&self.youtube_key)
    }
}

fn app(name: &str, (id, secret): (Option<&str>, Option<&str>), needs_secret: bool) -> Result<Option<App>, String> {
    match (id, secret) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(format!("{name}_CLIENT_SECRET is set, and {name}_CLIENT_ID is not")),
        (Some(_), None) if needs_secret => Err(format!("{name}_CLIENT_ID is set, and {name}_CLIENT_SECRET is not")),
        (Some(id), secret) => Ok(Some(App { id: id.to_owned(), secret: secret.map(Secret::new) })),
    }
}

/// Where a stand-in on this machine is: anywhere else it would be handed tokens.
///
/// # Errors
/// The sentence names the setting.
pub fn stand_in(setting: &str, url: &str) -> Result<Url, String> {
    let is_here = |url: &Url| url.host_str().and_then(of_host).is_some_and(|ip| ip.is_loopback());
    let parsed = Url::parse(url).ok().filter(|url| url.scheme() == "http" && url.query().is_none());
    parsed
        .filter(is_here)
        .ok_or_else(|| format!("{setting} is `{url}`, not an address of this machine like http://127.0.0.1:8000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_that_is_not_on_this_machine_is_refused() {
        for wrong in [
            "http://192.0.2.1:1",
            "https://127.0.0.1:1",
            "http://twitch.example",
            "127.0.0.1:1",
            "http://127.0.0.1.example",
        ] {
            assert!(Apps::new(&Settings { twitch_url: Some(wrong), ..Settings::default() }).is_err(), "{wrong}");
        }
        assert!(Apps::new(&Settings { twitch_url: Some("http://[::1]:9"), ..Settings::default() }).is_ok());
    }

    #[test]
    fn half_an_app_is_refused_in_words_that_name_the_other_half() {
        let half = Settings { kick: (Some("id"), None), ..Settings::default() };
        assert!(Apps::new(&half).unwrap_err().contains("KICK_CLIENT_SECRET"));
        let half = Settings { twitch: (None, Some("secret")), ..Settings::default() };
        let why = Apps::new(&half).unwrap_err();
        assert!(why.contains("TWITCH_CLIENT_ID") && !why.contains("`secret`"), "{why}");
        assert!(Apps::new(&Settings { twitch: (Some("public"), None), ..Settings::default() }).is_ok());
    }
}
