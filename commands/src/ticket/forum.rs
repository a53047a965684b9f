//! Posts in a forum that open tickets: the ticket is private as any other, and the post says once where it is answered.

use base::{Error, GuildId, Millis, Result, UserId};
use hub::{Hub, Outcome};
use poise::serenity_prelude as serenity;
use store::{
    outbox::{NewPost, Pings, Urgency},
    tickets::Category,
};
use tickets::OpenTicket;

use crate::{Data, asked::letter, jarvis_heard, rest::Rest};

/// A post is heard of as it is written; one this old was only looked at again, or missed: then the next look finds it.
const NEW: i64 = 5 * 60 * 1_000;

/// Somebody may have written a post.
pub(crate) fn heard(thread: &serenity::GuildChannel, data: &Data) {
    let (Some(forum), Some(author)) = (thread.parent_id, thread.owner_id) else { return };
    let post = Post {
        guild: GuildId(thread.guild_id.get()),
        forum: forum.get(),
        id: thread.id.get(),
        author: UserId(author.get()),
        name: thread.name.clone(),
    };
    let is_new = post.at().0 + NEW > data.hub.clock().now().0;
    let (rest, hub) = (data.rest.clone(), data.hub.clone());
    if is_new {
        // Not awaited: it takes asking Discord, and events are held until this returns.
        tokio::spawn(async move { post.open(&rest, &hub).await });
    }
}

/// A post in a forum.
pub(super) struct Post {
    pub(super) guild: GuildId,
    pub(super) forum: u64,
    pub(super) id: u64,
    pub(super) author: UserId,
    pub(super) name: String,
}

impl Post {
    /// When it was written.
    fn at(&self) -> Millis {
        let since = serenity::ChannelId::new(self.id.max(1)).created_at();
        Millis(since.unix_timestamp() * 1_000)
    }

    /// Opens its ticket, where its forum is a category's and it has none.
    pub(super) async fn open(&self, rest: &Rest, hub: &Hub) {
        if let Err(error) = self.try_to(rest, hub).await {
            tracing::warn!(post.id = self.id, "a post opened no ticket: {error}");
        }
    }

    async fn try_to(&self, rest: &Rest, hub: &Hub) -> Result<()> {
        let all = hub.store().ticket_categories(self.guild).await?;
        let is_its = |one: &&Category| one.forum == Some(self.forum) && self.at() >= one.forum_since;
        let Some(category) = all.iter().find(is_its) else { return Ok(()) };
        if rest.user().is_some_and(|me| me.get() == self.author.0) {
            return Ok(());
        }
        if hub.store().ticket_of_post(self.guild, self.id).await?.is_some() {
            return Ok(());
        }
        let Some(actor) = jarvis_heard::actor(rest, self.guild, self.author).await? else { return Ok(()) };
        // Discord keeps what was written from us where its text is not switched on; its name says what it is about.
        let said = letter::written(rest, self.id, self.author.0, self.id).await;
        let (text, _) = said.map_err(|error| Error::internal("reading a post", error))?;
        let quoted = format!("{}\n{text}", self.name).trim().to_owned();
        let open = OpenTicket {
            category: category.id.clone(),
            about: Some(format!("https://discord.com/channels/{}/{}", self.guild, self.id)),
            quoted: Some(hub.redactor(self.guild).mask(&quoted).into_owned()),
            post: Some(self.id),
            key: Some(format!("forum/{}", self.id)),
            ..OpenTicket::default()
        };
        match hub.perform(actor, open).ended().await.outcome {
            Outcome::Failed(error) => self.refuse(&error, hub).await,
            Outcome::Waits(_) => {
                let error = Error::Busy(
                    "Somebody has to say yes first here, so use its panel. No ticket was opened.".to_owned(),
                );
                self.refuse(&error, hub).await
            }
            Outcome::Done { .. } | Outcome::Left => Ok(()),
        }
    }

    /// Says under the post why it opens none, once.
    async fn refuse(&self, error: &Error, hub: &Hub) -> Result<()> {
        let card = error.card().small(format!("for <@{}>", self.author)).redacted(&hub.redactor(self.guild));
        let (key, urgency) = (format!("ticket post {} refused", self.id), Urgency::Result);
        let pings = Pings::default();
        let post =
            NewPost { guild: self.guild, channel: self.id, key: &key, urgency, card: &card, answers: None, pings };
        hub.store().post(post).await.map(drop)
    }
}
