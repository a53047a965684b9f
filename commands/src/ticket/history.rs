//! What Discord still has of tickets' threads, and the files in them.
//!
//! **Invariant:** a file comes from where Discord keeps files: no other host is asked, whatever a message says, and nobody is followed
//! elsewhere.

use std::time::Duration;

use base::{Error, GuildId, Result};
use futures::future::{BoxFuture, FutureExt};
use poise::serenity_prelude as serenity;
use reqwest::Url;
use serde_json::Value;
use serenity::{ChannelId, MessageId, http::Route};
use store::tickets::NewMessage;
use tickets::{Fetched, Threads};

use super::said::{From, said};
use crate::{
    asked::{is_final, status, thread},
    rest::{Rank, Rest},
};

/// Messages of a page.
const PAGE: usize = 100;
/// A file takes no longer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Where Discord keeps files.
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

/// Tickets' threads at Discord.
pub struct TicketThreads {
    rest: Rest,
    files: reqwest::Client,
}

impl TicketThreads {
    /// Files come over this client, which follows nobody.
    pub fn new(rest: Rest, files: reqwest::Client) -> Self {
        Self { rest, files }
    }

    async fn page(&self, thread: u64, before: Option<u64>) -> Result<Option<Vec<NewMessage>>> {
        let mut window = vec![("limit", PAGE.to_string())];
        window.extend(before.map(|before| ("before", before.to_string())));
        let route = Route::ChannelMessages { channel_id: ChannelId::new(thread) };
        let page: Vec<Value> = match self.rest.fetch(route, Some(window), Rank::Background).await {
            Ok(page) => page,
            Err(error) if is_final(&error) && status(&error) != Some(401) => return Ok(None),
            Err(error) => return Err(Error::internal("reading a ticket's thread", error)),
        };
        Ok(Some(page.iter().filter_map(|message| said(message, From::History)).collect()))
    }

    async fn one(&self, thread: u64, message: u64) -> Result<Option<NewMessage>> {
        let route = Route::ChannelMessage { channel_id: ChannelId::new(thread), message_id: MessageId::new(message) };
        match self.rest.fetch::<Value>(route, None, Rank::Background).await {
            Ok(message) => Ok(said(&message, From::History)),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(Error::internal("reading a message of a ticket", error)),
        }
    }

    async fn load(&self, url: &str, most: usize) -> Result<Fetched> {
        let Some(url) = of_discord(url) else { return Ok(Fetched::Never("it is not where Discord keeps files")) };
        let broken = |error| Error::internal("fetching a file of a ticket", error);
        let mut response = self.files.get(url).send().await.map_err(broken)?;
        let status = response.status();
        if matches!(status.as_u16(), 403 | 404 | 410) {
            return Ok(Fetched::Never("Discord no longer has it"));
        }
        if !status.is_success() {
            return Err(Error::Busy(format!("Discord answers {status} for a file.")));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(broken)? {
            if bytes.len() + piece.len() > most {
                return Ok(Fetched::Never("it is larger than it was said to be"));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Fetched::Bytes(bytes))
    }
}

/// The address, where it is one of a file at Discord's.
fn of_discord(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let is_file = ["/attachments/", "/ephemeral-attachments/"].iter().any(|start| url.path().starts_with(start));
    let is_plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let is_theirs = url.scheme() == "https" && url.host_str().is_some_and(|host| HOSTS.contains(&host));
    (is_theirs && is_plain && is_file).then_some(url)
}

impl Threads for TicketThreads {
    fn history(&self, thread: u64, before: Option<u64>) -> BoxFuture<'_, Result<Option<Vec<NewMessage>>>> {
        self.page(thread, before).boxed()
    }

    fn message(&self, thread: u64, message: u64) -> BoxFuture<'_, Result<Option<NewMessage>>> {
        self.one(thread, message).boxed()
    }

    fn file(&self, url: String, most: usize) -> BoxFuture<'_, Result<Fetched>> {
        async move {
            let loaded = tokio::time::timeout(DEADLINE, self.load(&url, most)).await;
            loaded.unwrap_or_else(|_| Err(Error::Busy("Discord takes too long to hand out a file.".to_owned())))
        }
        .boxed()
    }

    fn take_away(&self, _: GuildId, channel: u64, message: u64) -> BoxFuture<'_, Result<()>> {
        async move {
            let Some(place) = thread::place(channel, message) else { return Ok(()) };
            match thread::take_away(&self.rest, place).await {
                Err(error) if status(&error) != Some(404) => {
                    Err(Error::internal("taking an old transcript away", error))
                }
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_fetched_from_discord_and_from_nowhere_else() {
        for fine in [
            "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
            "https://media.discordapp.net/attachments/1/2/a.png",
        ] {
            assert!(of_discord(fine).is_some(), "{fine}");
        }
        for bad in [
            "http://cdn.discordapp.com/attachments/1/2/a.png",
            "https://cdn.discordapp.com:8443/attachments/1/2/a.png",
            "https://cdn.discordapp.com@169.254.169.254/attachments/1/2/a.png",
            "https://cdn.discordapp.com.evil.example/attachments/1/2/a.png",
            "https://169.254.169.254/attachments/1/2/a.png",
            "https://user:word@cdn.discordapp.com/attachments/1/2/a.png",
            "https://cdn.discordapp.com/../api/webhooks/1",
            "https://cdn.discordapp.com/attachments/../api",
            "file:///attachments/etc/passwd",
            "//cdn.discordapp.com/attachments/1",
            "",
        ] {
            assert!(of_discord(bad).is_none(), "{bad}");
        }
    }
}
