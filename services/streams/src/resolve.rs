//! Who is meant: a name or an address as people type it, looked up at its platform.

use base::{Error, Result, card::code};
use platforms::{
    Failure, Who,
    youtube::videos::{is_channel, is_out_of_quota},
};
use store::streams::{NewChannel, Source};

use crate::Streams;

/// Pages of YouTube's that are nobody's handle.
const PAGES: [&str; 8] = ["watch", "live", "shorts", "playlist", "feed", "results", "c", "user"];

/// A name at a platform, before anybody was asked whether there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Where.
    pub source: Source,
    /// What it is called there; on YouTube a handle with its `@`, or a channel's id.
    pub name: String,
}

/// Reads a name or an address. Where neither it nor `source` says which platform it is, it is Twitch.
pub fn read(typed: &str, source: Option<Source>) -> Result<Named> {
    let wrong = || {
        Error::Invalid(format!(
            "{} names no channel. It is a name, or an address such as `twitch.tv/ada`, `youtube.com/@ada` or `kick.com/ada`. Nothing was changed.",
            code(typed)
        ))
    };
    let bare = typed.trim();
    let address = bare.strip_prefix("https://").or_else(|| bare.strip_prefix("http://")).unwrap_or(bare);
    let address = address.strip_prefix("www.").or_else(|| address.strip_prefix("m.")).unwrap_or(address);
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (source, name) = match host.to_lowercase().as_str() {
        "twitch.tv" => (Source::Twitch, parts.next().unwrap_or_default()),
        "kick.com" => (Source::Kick, parts.next().unwrap_or_default()),
        "youtube.com" => match parts.next().unwrap_or_default() {
            "channel" => (Source::YouTube, parts.next().unwrap_or_default()),
            page if PAGES.contains(&page) => return Err(wrong()),
            handle => (Source::YouTube, handle),
        },
        _ if bare.contains(['/', ':']) => return Err(wrong()),
        _ if bare.starts_with('@') || is_channel(bare) => (source.unwrap_or(Source::YouTube), bare),
        _ => (source.unwrap_or(Source::Twitch), bare),
    };
    let name = match source {
        Source::YouTube if is_channel(name) => name.to_owned(),
        Source::YouTube => format!("@{}", name.trim_start_matches('@')),
        _ => name.trim_start_matches('@').to_lowercase(),
    };
    let letters = name.trim_start_matches('@');
    let is_name = |letter: char| letter.is_alphanumeric() || "-_.".contains(letter);
    let fits = (1..=64).contains(&letters.chars().count()) && letters.chars().all(is_name);
    if fits { Ok(Named { source, name }) } else { Err(wrong()) }
}

/// What is said where nothing may be asked.
fn used_up() -> Error {
    Error::Busy(
        "The units of YouTube's quota for now are used up: name the channel by its id (`UC…`). Nothing was changed."
            .to_owned(),
    )
}

impl Streams {
    /// The channel that is meant, as its platform says.
    pub(crate) async fn resolve(&self, named: &Named) -> Result<NewChannel> {
        let source = named.source;
        let asked = match source {
            Source::Twitch => match &self.platforms.twitch {
                Some(twitch) => twitch.called(&named.name).await,
                None => Err(Failure::NotSet("TWITCH_CLIENT_ID")),
            },
            Source::Kick => match &self.platforms.kick {
                Some(kick) => kick.called(&named.name).await,
                None => Err(Failure::NotSet("KICK_CLIENT_ID")),
            },
            Source::YouTube if is_channel(&named.name) => {
                let feed = self.platforms.youtube.feed(&named.name).await;
                let who = |name: Option<String>| Who {
                    id: named.name.clone(),
                    login: named.name.clone(),
                    name: name.unwrap_or_else(|| named.name.clone()),
                };
                feed.map(|feed| feed.map(|feed| who(feed.name)))
            }
            Source::YouTube => {
                if self.platforms.youtube.has_key() && !self.may_use_quota(1).await? {
                    return Err(used_up());
                }
                match self.platforms.youtube.called(&named.name).await {
                    Err(failure) if is_out_of_quota(&failure) => {
                        self.quota_is_over(self.clock.now()).await?;
                        return Err(used_up());
                    }
                    called => called,
                }
            }
        };
        match asked {
            Ok(Some(who)) => Ok(NewChannel { source, platform_id: who.id, login: who.login, name: who.name }),
            Ok(None) => {
                let (at, name) = (source.name(), code(&named.name));
                Err(Error::Invalid(format!("{at} knows nobody called {name}. Nothing was changed.")))
            }
            Err(Failure::NotSet(what)) => {
                let at = source.name();
                Err(Error::Busy(format!(
                    "I cannot ask {at}: whoever runs me has not set `{what}`. Nothing was changed."
                )))
            }
            Err(failure) => {
                let at = source.name();
                Err(Error::Busy(format!("{at} could not be asked: {failure}. Nothing was changed; try again.")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn channels_are_named_as_people_name_them() {
        let channel = "UCaaaaaaaaaaaaaaaaaaaaaa";
        for (typed, source, name) in [
            ("Ada", Source::Twitch, "ada"),
            ("https://www.twitch.tv/Ada?x=1", Source::Twitch, "ada"),
            ("kick.com/ada/", Source::Kick, "ada"),
            ("@ada.b", Source::YouTube, "@ada.b"),
            ("https://youtube.com/@ada/live", Source::YouTube, "@ada"),
            ("https://m.youtube.com/channel/UCaaaaaaaaaaaaaaaaaaaaaa", Source::YouTube, channel),
            (channel, Source::YouTube, channel),
        ] {
            assert_eq!(read(typed, None).unwrap(), Named { source, name: name.to_owned() }, "{typed}");
        }
        for typed in [
            "",
            "https://evil.example/ada",
            "twitch.tv/",
            "a b",
            "twitch.tv/a%20b",
            "http://",
            "youtube.com/watch?v=abc",
        ] {
            assert!(read(typed, None).is_err(), "{typed}");
        }
        assert_eq!(read("ada", Some(Source::Kick)).unwrap().source, Source::Kick);
    }

    proptest! {
        #[test]
        fn no_name_is_too_odd_to_be_read(typed in ".{0,80}") {
            let _ = read(&typed, None);
        }
    }
}
