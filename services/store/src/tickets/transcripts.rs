//! Transcripts: wanted as a ticket closes, made part by part, and taken away where they say too much by now.
//!
//! **Invariants:** that one is wanted is written with what it is wanted for. A part and where the next begins are one transaction with
//! the posts of that part, so a kill leaves none out and says none twice.

use std::time::Duration;

use base::{Card, GuildId, Millis, Result, redact::Clean};
use sqlx::AnyConnection;

use super::{
    Ticket, id,
    messages::{number, unsigned},
    text,
};
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// As many are made in a row.
const AT_ONCE: i64 = 20;

/// A transcript, as far as it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Whose it is.
    pub guild: GuildId,
    /// The ticket's row.
    pub ticket: String,
    /// The one that is wanted: 1, 2, 3 …
    pub wanted: i64,
    /// The one that was made last.
    pub made: i64,
    /// Up to this message, all that Discord has was read.
    pub walked: u64,
    /// Where reading began, and before which message it goes on.
    pub walk: Option<(u64, u64)>,
    /// The next part.
    pub part: i64,
    /// The message after which that begins.
    pub after: u64,
    /// Why it is not made.
    pub trouble: Option<String>,
}

/// A part that is to be taken away.
#[derive(Debug, Clone)]
pub struct GonePost {
    /// Whose it is.
    pub guild: GuildId,
    /// Where it stands.
    pub channel: u64,
    /// Under which key it was posted.
    pub key: String,
    /// The message, where it arrived.
    pub message: Option<u64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    ticket_id: String,
    guild_id: String,
    wanted: i64,
    made: i64,
    walked: i64,
    walk_from: Option<i64>,
    walk_before: Option<i64>,
    part: i64,
    after: i64,
    trouble: Option<String>,
}

impl From<Row> for Transcript {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            ticket: row.ticket_id,
            wanted: row.wanted,
            made: row.made,
            walked: unsigned(row.walked),
            walk: row.walk_from.map(unsigned).zip(row.walk_before.map(unsigned)),
            part: row.part,
            after: unsigned(row.after),
            trouble: row.trouble,
        }
    }
}

/// Another transcript of a ticket is wanted.
pub(super) async fn want(all: &mut AnyConnection, ticket: &Ticket, now: Millis) -> sqlx::Result<()> {
    sqlx::query(
        "insert into ticket_transcripts (ticket_id, guild_id, wanted, try_at) values ($1, $2, 1, $3)
         on conflict (ticket_id) do update set wanted = ticket_transcripts.wanted + 1, try_at = excluded.try_at, part = 1,
             after = 0, walk_from = null, walk_before = null",
    )
    .bind(&ticket.id)
    .bind(ticket.guild.to_string())
    .bind(now.0)
    .execute(all)
    .await
    .map(drop)
}

impl Store {
    /// Those that are to be made now, of all guilds, for the one process that makes them.
    pub async fn transcripts_due(&self) -> Result<Vec<Transcript>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from ticket_transcripts where try_at <= $1 order by try_at limit $2")
                .bind(self.clock.now().0)
                .bind(AT_ONCE)
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(Transcript::from).collect())
    }

    /// How it stands with a ticket's.
    pub async fn transcript(&self, ticket: &Ticket) -> Result<Option<Transcript>> {
        let row: Option<Row> =
            sqlx::query_as("select * from ticket_transcripts where ticket_id = $1 and guild_id = $2")
                .bind(&ticket.id)
                .bind(ticket.guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(Transcript::from))
    }

    /// What Discord has is read from one message back to before another.
    pub async fn transcript_walks(&self, one: &Transcript, from: u64, before: u64) -> Result<()> {
        self.note_transcript(one, "walk_from = $1, walk_before = $2", (Some(number(from)), Some(number(before)))).await
    }

    /// All that Discord has up to a message was read.
    pub async fn transcript_walked(&self, one: &Transcript, up_to: u64) -> Result<()> {
        let set = "walk_from = null, walk_before = null, walked = coalesce($1, walked), after = coalesce($2, after)";
        self.note_transcript(one, set, (Some(number(up_to)), None)).await
    }

    /// It waits, and this is why, if that is anybody's to know.
    pub async fn transcript_waits(&self, one: &Transcript, why: Option<&str>, again: Duration) -> Result<()> {
        sqlx::query(
            "update ticket_transcripts set try_at = $1, trouble = $2 where ticket_id = $3 and guild_id = $4
             and wanted = $5 and try_at is not null",
        )
        .bind(self.clock.now().plus(again).0)
        .bind(why.map(text))
        .bind(&one.ticket)
        .bind(one.guild.to_string())
        .bind(one.wanted)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Nothing is made of it: its ticket goes on.
    pub async fn transcript_is_not_wanted(&self, one: &Transcript) -> Result<()> {
        self.note_transcript(one, "try_at = null, after = coalesce($1, after), part = coalesce($2, part)", (None, None))
            .await
    }

    async fn note_transcript(
        &self,
        one: &Transcript,
        set: &'static str,
        (first, second): (Option<i64>, Option<i64>),
    ) -> Result<()> {
        let sql = format!("update ticket_transcripts set {set} where ticket_id = $3 and guild_id = $4 and wanted = $5");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(first)
            .bind(second)
            .bind(&one.ticket)
            .bind(one.guild.to_string())
            .bind(one.wanted)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Has a part posted, for people and for machines, once; the next begins after this message. The answer is whether it was still
    /// wanted.
    pub async fn post_transcript_part(
        &self,
        one: &Transcript,
        channel: u64,
        [html, json]: [&Clean<Card>; 2],
        last: u64,
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let moved = sqlx::query(
            "update ticket_transcripts set part = part + 1, after = $1 where ticket_id = $2 and guild_id = $3
             and wanted = $4 and part = $5 and try_at is not null",
        )
        .bind(number(last))
        .bind(&one.ticket)
        .bind(one.guild.to_string())
        .bind(one.wanted)
        .bind(one.part)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if moved.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        for (form, card) in [("html", html), ("json", json)] {
            let key = format!("ticket/{}/transcript/{}/{}/{form}", one.ticket, one.wanted, one.part);
            let (guild, urgency, pings) = (one.guild, Urgency::Background, Pings::default());
            let post = NewPost { guild, channel, key: &key, urgency, card, answers: None, pings };
            self.post_in(&mut all, &post).await?;
            sqlx::query(
                "insert into ticket_transcript_posts (ticket_id, guild_id, made, part, form, channel_id, post_key)
                 values ($1, $2, $3, $4, $5, $6, $7) on conflict (ticket_id, made, part, form) do nothing",
            )
            .bind(&one.ticket)
            .bind(one.guild.to_string())
            .bind(one.wanted)
            .bind(one.part)
            .bind(form)
            .bind(channel.to_string())
            .bind(&key)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(true)
    }

    /// It is made: those before it are taken away where they were posted.
    pub async fn transcript_is_made(&self, one: &Transcript) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let made = sqlx::query(
            "update ticket_transcripts set made = wanted, try_at = null, part = 1, after = 0, trouble = null
             where ticket_id = $1 and guild_id = $2 and wanted = $3",
        )
        .bind(&one.ticket)
        .bind(one.guild.to_string())
        .bind(one.wanted)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if made.rows_affected() > 0 {
            sqlx::query(
                "update ticket_transcript_posts set gone_at = $1 where ticket_id = $2 and guild_id = $3 and made < $4
                 and gone_at is null",
            )
            .bind(self.clock.now().0)
            .bind(&one.ticket)
            .bind(one.guild.to_string())
            .bind(one.wanted)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }

    /// Notes where parts arrived, and leaves out those that Discord did not take.
    pub async fn note_transcript_posts(&self) -> Result<()> {
        let its =
            "outbox.guild_id = ticket_transcript_posts.guild_id and outbox.post_key = ticket_transcript_posts.post_key";
        for sql in [
            format!(
                "update ticket_transcript_posts set message_id = (select message_id from outbox where {its})
                 where message_id is null and exists (select 1 from outbox where {its} and outbox.message_id is not null)"
            ),
            format!(
                "delete from ticket_transcript_posts where message_id is null and exists (select 1 from outbox
                     where {its} and outbox.state = 'refused')"
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&self.pool).await.map_err(lost)?;
        }
        Ok(())
    }

    /// Parts that are to be taken away, of all guilds. What is still on its way is awaited first.
    pub async fn transcript_posts_gone(&self) -> Result<Vec<GonePost>> {
        type Gone = (String, String, String, Option<String>);
        let rows: Vec<Gone> = sqlx::query_as(
            "select guild_id, channel_id, post_key, message_id from ticket_transcript_posts where gone_at <= $1
             and (message_id is not null or not exists (select 1 from outbox
                 where outbox.guild_id = ticket_transcript_posts.guild_id and outbox.post_key = ticket_transcript_posts.post_key
                     and outbox.state = 'waiting'))
             order by gone_at limit $2",
        )
        .bind(self.clock.now().0)
        .bind(AT_ONCE)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let gone = |(guild, channel, key, message): Gone| GonePost {
            guild: GuildId(guild.parse().unwrap_or_default()),
            channel: channel.parse().unwrap_or_default(),
            key,
            message: id(message.as_deref()),
        };
        Ok(rows.into_iter().map(gone).collect())
    }

    /// It stands no longer; or it is tried again after a while.
    pub async fn transcript_post_is_gone(&self, post: &GonePost, again: Option<Duration>) -> Result<()> {
        let sql = if again.is_some() {
            "update ticket_transcript_posts set gone_at = $3 where guild_id = $1 and post_key = $2"
        } else {
            "delete from ticket_transcript_posts where guild_id = $1 and post_key = $2 and coalesce($3, 0) = 0"
        };
        sqlx::query(sql)
            .bind(post.guild.to_string())
            .bind(&post.key)
            .bind(again.map(|again| self.clock.now().plus(again).0))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
