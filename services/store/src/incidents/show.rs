//! Where people see an incident: its message, the thread on it, and what of it they have not seen yet.
//!
//! **Invariants:** what is asked for of the outbox and that it was asked for are one transaction, under a key that says which
//! incident, which attempt and which lines. What is shown is noted with the version it shows, so a change in between is not lost.

use std::time::Duration;

use base::{Card, GuildId, Millis, Result, redact::Clean};

use super::State;
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// As many are shown at a time.
const AT_ONCE: i64 = 200;

/// An incident, as people see it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its row.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// What people call it.
    pub number: i64,
    /// How it stands.
    pub state: State,
    /// How bad it is: 1 or 2.
    pub level: i64,
    /// What is wrong, in a few words.
    pub subject: String,
    /// The rest, as JSON.
    pub body: String,
    /// Counts its changes.
    pub version: i64,
    /// The change that its message shows.
    pub drawn: i64,
    /// Messages that were tried before.
    pub tries: i64,
    /// Under which its message was asked for.
    pub post_key: Option<String>,
    /// Its message: the channel and the message.
    pub place: Option<(u64, u64)>,
    /// The thread on it; 0 where there can be none.
    pub thread: Option<u64>,
    /// Why it could not be shown.
    pub trouble: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    guild_id: String,
    number: i64,
    state: String,
    level: i64,
    subject: String,
    body: String,
    version: i64,
    drawn: i64,
    tries: i64,
    post_key: Option<String>,
    channel_id: Option<String>,
    message_id: Option<String>,
    thread_id: Option<String>,
    trouble: Option<String>,
}

impl From<Row> for Shown {
    fn from(row: Row) -> Self {
        let id = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            place: id(row.channel_id).zip(id(row.message_id)),
            thread: id(row.thread_id),
            state: State::parse(&row.state),
            id: row.id,
            number: row.number,
            level: row.level,
            subject: row.subject,
            body: row.body,
            version: row.version,
            drawn: row.drawn,
            tries: row.tries,
            post_key: row.post_key,
            trouble: row.trouble,
        }
    }
}

/// What was said of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 1, 2, 3 …
    pub line: i64,
    /// When it happened.
    pub at: Millis,
    /// The words.
    pub text: String,
    /// Who is pinged with it.
    pub ping: Option<String>,
}

impl From<(i64, i64, String, Option<String>)> for Line {
    fn from((line, at, text, ping): (i64, i64, String, Option<String>)) -> Self {
        Self { line, at: Millis(at), text, ping }
    }
}

impl Store {
    /// Those of which something is not shown yet, of all guilds, for the one process that shows them.
    pub async fn incidents_behind(&self) -> Result<Vec<Shown>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from incidents where behind = 1 and (try_at is null or try_at <= $1) order by number limit $2",
        )
        .bind(self.clock.now().0)
        .bind(AT_ONCE)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Shown::from).collect())
    }

    /// Has an incident's message posted, once for each attempt; the lines' pings go with it.
    pub async fn post_incident(&self, shown: &Shown, channel: u64, card: &Clean<Card>, pings: Pings) -> Result<()> {
        let key = format!("incident/{}/{}", shown.id, shown.tries);
        let mut both = self.pool.begin().await.map_err(lost)?;
        let claimed = sqlx::query(
            "update incidents set post_key = $1, channel_id = $2, drawn = $3, drawn_at = $4, trouble = null
             where id = $5 and guild_id = $6 and tries = $7 and post_key is null",
        )
        .bind(&key)
        .bind(channel.to_string())
        .bind(shown.version)
        .bind(self.clock.now().0)
        .bind(&shown.id)
        .bind(shown.guild.to_string())
        .bind(shown.tries)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if claimed.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query("update incident_lines set ping = null where incident_id = $1 and guild_id = $2 and post is null")
            .bind(&shown.id)
            .bind(shown.guild.to_string())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        let (guild, urgency) = (shown.guild, Urgency::Urgent);
        self.post_in(&mut both, &NewPost { guild, channel, key: &key, urgency, card, answers: None, pings }).await?;
        both.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(())
    }

    /// Its message stands.
    pub async fn incident_stands(&self, shown: &Shown, message: u64) -> Result<()> {
        self.note_incident_shown(shown, "message_id = $1", &message.to_string()).await
    }

    /// The thread on its message is there; 0 where there can be none.
    pub async fn incident_has_thread(&self, shown: &Shown, thread: u64) -> Result<()> {
        self.note_incident_shown(shown, "thread_id = $1", &thread.to_string()).await
    }

    async fn note_incident_shown(&self, shown: &Shown, what: &'static str, value: &str) -> Result<()> {
        let sql = format!("update incidents set {what} where id = $2 and guild_id = $3 and tries = $4");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(value)
            .bind(&shown.id)
            .bind(shown.guild.to_string())
            .bind(shown.tries)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its message does not stand, or no longer: another is tried after a while.
    pub async fn incident_is_gone(&self, shown: &Shown, why: &str, again: Duration) -> Result<()> {
        sqlx::query(
            "update incidents set tries = tries + 1, post_key = null, channel_id = null, message_id = null,
                 thread_id = null, trouble = $1, try_at = $2
             where id = $3 and guild_id = $4 and tries = $5",
        )
        .bind(why.replace('\0', "␀"))
        .bind(self.clock.now().plus(again).0)
        .bind(&shown.id)
        .bind(shown.guild.to_string())
        .bind(shown.tries)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Nothing of it can be shown for a while, and this is why.
    pub async fn incident_waits(&self, shown: &Shown, why: &str, again: Duration) -> Result<()> {
        sqlx::query("update incidents set trouble = $1, try_at = $2 where id = $3 and guild_id = $4")
            .bind(why)
            .bind(self.clock.now().plus(again).0)
            .bind(&shown.id)
            .bind(shown.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its message shows this version.
    pub async fn incident_drawn(&self, shown: &Shown) -> Result<()> {
        sqlx::query("update incidents set drawn = $1, drawn_at = $2 where id = $3 and guild_id = $4 and drawn < $1")
            .bind(shown.version)
            .bind(self.clock.now().0)
            .bind(&shown.id)
            .bind(shown.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// All of it is shown, unless something changed meanwhile. The answer is whether it is.
    pub async fn incident_is_shown(&self, shown: &Shown) -> Result<bool> {
        sqlx::query(
            "update incidents set behind = 0, trouble = null where id = $1 and guild_id = $2 and version = $3 and not exists (
                 select 1 from incident_lines where incident_id = $1 and post is null)",
        )
        .bind(&shown.id)
        .bind(shown.guild.to_string())
        .bind(shown.version)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// What was said of it and is not on its way yet; the oldest first.
    pub async fn unposted_lines(&self, shown: &Shown) -> Result<Vec<Line>> {
        let rows: Vec<(i64, i64, String, Option<String>)> = sqlx::query_as(
            "select line, at, text, ping from incident_lines where guild_id = $1 and incident_id = $2 and post is null
             order by line",
        )
        .bind(shown.guild.to_string())
        .bind(&shown.id)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Line::from).collect())
    }

    /// Has these lines posted in its thread, as one message; none of them again.
    pub async fn post_lines(&self, shown: &Shown, lines: &[Line], card: &Clean<Card>, pings: Pings) -> Result<()> {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return Ok(()) };
        let key = format!("incident/{}/{}/{}-{}", shown.id, shown.tries, first.line, last.line);
        let mut both = self.pool.begin().await.map_err(lost)?;
        let claimed = sqlx::query(
            "update incident_lines set post = $1
             where incident_id = $2 and guild_id = $3 and post is null and line >= $4 and line <= $5",
        )
        .bind(&key)
        .bind(&shown.id)
        .bind(shown.guild.to_string())
        .bind(first.line)
        .bind(last.line)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if usize::try_from(claimed.rows_affected()).is_ok_and(|claimed| claimed != lines.len()) {
            // Somebody else is at it.
            return both.rollback().await.map_err(lost);
        }
        if let Some(thread) = shown.thread.filter(|thread| *thread != 0) {
            let (guild, urgency) = (shown.guild, Urgency::Result);
            let post = NewPost { guild, channel: thread, key: &key, urgency, card, answers: None, pings };
            self.post_in(&mut both, &post).await?;
        }
        both.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(())
    }

    /// Has the messages of open incidents drawn again that were drawn before this: their buttons wear out.
    pub async fn redraw_incidents(&self, before: Millis) -> Result<()> {
        sqlx::query(
            "update incidents set behind = 1, version = version + 1 where state = 'open' and behind = 0 and drawn_at < $1",
        )
        .bind(before.0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
