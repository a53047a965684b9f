//! Messages that must arrive once: a row first, then the post. Whoever asks names a key, and a key is posted once in its guild.
//!
//! **Invariants:** a channel's posts go out in the order they were written. A row holds masked text only. What a post became is
//! written once, by [`mod@line`], and never changes again.

mod changes;
pub mod line;

use std::time::Duration;

use base::{Card, GuildId, Result, RoleId, UserId, redact::Clean};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

pub(crate) use self::changes::Changes;
use crate::{Store, lost};

/// Asking again under the same key posts again after this long: the row is gone.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// What goes first where not everything can go at once. Within one channel, order comes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Somebody must decide or act: approvals and incidents.
    Urgent,
    /// How something ended.
    Result,
    /// For whoever reads later, such as the event log.
    Background,
}

impl Urgency {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Result => 1,
            Self::Background => 2,
        }
    }

    pub(crate) fn of(number: i64) -> Self {
        match number {
            0 => Self::Urgent,
            1 => Self::Result,
            _ => Self::Background,
        }
    }
}

/// Whom a post may ping. Nobody else is, whatever its text says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pings {
    /// These roles.
    #[serde(default)]
    pub roles: Vec<RoleId>,
    /// These people.
    #[serde(default)]
    pub users: Vec<UserId>,
    /// Everybody in the channel.
    #[serde(default)]
    pub everyone: bool,
}

/// A message to be posted.
#[derive(Debug, Clone)]
pub struct NewPost<'a> {
    /// Where the channel is.
    pub guild: GuildId,
    /// The channel or thread.
    pub channel: u64,
    /// What tells it from every other post of this guild: asked for twice, it is posted once.
    pub key: &'a str,
    /// What it goes before.
    pub urgency: Urgency,
    /// What it says; its file is kept with it.
    pub card: &'a Clean<Card>,
    /// The message it answers, if that still stands by then.
    pub answers: Option<u64>,
    /// Whom it may ping.
    pub pings: Pings,
}

/// How a post stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has not arrived yet, or nobody knows.
    Waiting,
    /// It stands in its channel as this message.
    Posted(u64),
    /// Discord does not take it, and this is why.
    Refused(String),
}

/// A post, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// Its row.
    pub id: String,
    /// Where it goes.
    pub channel: u64,
    /// What became of it.
    pub standing: Standing,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    channel_id: String,
    message_id: Option<String>,
    refusal: Option<String>,
}

impl From<Row> for Posted {
    fn from(row: Row) -> Self {
        let message = row.message_id.and_then(|id| id.parse().ok());
        let standing = match (message, row.refusal) {
            (Some(message), _) => Standing::Posted(message),
            (None, Some(why)) => Standing::Refused(why),
            (None, None) => Standing::Waiting,
        };
        Self { id: row.id, channel: row.channel_id.parse().unwrap_or_default(), standing }
    }
}

impl Store {
    /// Has something posted, once per key, and says how it stands. It is on its way as soon as this returns.
    pub async fn post(&self, post: NewPost<'_>) -> Result<Posted> {
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        let posted = self.post_in(&mut connection, &post).await?;
        drop(connection);
        self.outbox.tell();
        Ok(posted)
    }

    /// The same within a transaction, for what must be noted and said, or neither. Whoever commits it tells the sender by
    /// `self.outbox.tell()`; otherwise it notices by itself, a little later.
    pub(crate) async fn post_in(&self, connection: &mut AnyConnection, post: &NewPost<'_>) -> Result<Posted> {
        let broken = |error| base::Error::internal("keeping a message", error);
        let card = serde_json::to_string(&**post.card).map_err(broken)?;
        let pings = serde_json::to_string(&post.pings).map_err(broken)?;
        let file = post.card.file.as_ref();
        sqlx::query(
            "insert into outbox (id, guild_id, channel_id, post_key, seq, priority, card, file_name, file, answers, pings,
                                 state, created_at)
             values ($1, $2, $3, $4, (select coalesce(max(seq), 0) + 1 from outbox where channel_id = $3), $5, $6, $7, $8, $9,
                     $10, 'waiting', $11)
             on conflict (guild_id, post_key) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(post.guild.to_string())
        .bind(post.channel.to_string())
        .bind(post.key)
        .bind(post.urgency.number())
        .bind(card)
        .bind(file.map(|file| file.name.replace('\0', "␀")))
        .bind(file.map(|file| file.bytes.to_vec()))
        .bind(post.answers.map(|message| message.to_string()))
        .bind(pings)
        .bind(self.clock.now().0)
        .execute(&mut *connection)
        .await
        .map_err(lost)?;
        let found = find(connection, post.guild, post.key).await?;
        found.ok_or_else(|| lost(sqlx::Error::RowNotFound))
    }

    /// How the post of this key stands; none where nothing was asked for under it, or too long ago.
    pub async fn post_of(&self, guild: GuildId, key: &str) -> Result<Option<Posted>> {
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        find(&mut connection, guild, key).await
    }

    /// Waits until the post of this key stands or was refused. Whoever cannot wait for ever sets a time limit.
    pub async fn arrival(&self, guild: GuildId, key: &str) -> Result<Option<Posted>> {
        let mut changes = self.outbox_changes();
        loop {
            match self.post_of(guild, key).await? {
                Some(Posted { standing: Standing::Waiting, .. }) => changes.next().await,
                found => return Ok(found),
            }
        }
    }

    /// Tells of every change of the outbox from now on.
    pub fn outbox_changes(&self) -> changes::Watch {
        self.outbox.watch()
    }

    /// Deletes what ended long ago.
    pub async fn forget_posts(&self) -> Result<()> {
        let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
        sqlx::query("delete from outbox where state <> 'waiting' and ended_at < $1")
            .bind(self.clock.now().0 - kept)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

async fn find(connection: &mut AnyConnection, guild: GuildId, key: &str) -> Result<Option<Posted>> {
    let row: Option<Row> =
        sqlx::query_as("select id, channel_id, message_id, refusal from outbox where guild_id = $1 and post_key = $2")
            .bind(guild.to_string())
            .bind(key)
            .fetch_optional(connection)
            .await
            .map_err(lost)?;
    Ok(row.map(Posted::from))
}
