//! Where people see a ticket: its thread, its card, and what of it they have not seen yet.
//!
//! **Invariants:** that a thread is tried is noted before it is, so whoever goes on after a kill looks for it first. What is shown is
//! noted with the version it shows, so a change in between is not lost.

use std::time::Duration;

use base::{Card, Result, redact::Clean};

use super::{Ticket, read::Row, text};
use crate::{
    Store, lost,
    outbox::{NewPost, Pings, Urgency},
};

/// As many are shown at a time.
const AT_ONCE: i64 = 200;

impl Store {
    /// Those of which something is not shown yet, of all guilds, for the one process that shows them.
    pub async fn tickets_behind(&self) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from tickets where behind = 1 and (try_at is null or try_at <= $1) order by number limit $2",
        )
        .bind(self.clock.now().0)
        .bind(AT_ONCE)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Its thread is tried now.
    pub async fn try_ticket_thread(&self, ticket: &Ticket) -> Result<()> {
        let now = Some(self.clock.now().0);
        self.note_ticket(ticket, "tried_at = coalesce(tried_at, $1)", now).await
    }

    /// It was not made, and surely: the next try need not look for it.
    pub async fn ticket_has_no_thread(&self, ticket: &Ticket) -> Result<()> {
        self.note_ticket(ticket, "tried_at = $1", None).await
    }

    /// Whether it is locked in its thread now.
    pub async fn ticket_is_locked(&self, ticket: &Ticket, locked: bool) -> Result<()> {
        self.note_ticket(ticket, "locked = $1", Some(i64::from(locked))).await
    }

    async fn note_ticket(&self, ticket: &Ticket, what: &'static str, value: Option<i64>) -> Result<()> {
        let sql = format!("update tickets set {what} where id = $2 and guild_id = $3");
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(value)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its thread is there, and is called this.
    pub async fn ticket_has_thread(&self, ticket: &Ticket, thread: u64, name: &str) -> Result<()> {
        sqlx::query(
            "update tickets set thread_id = $1, named = $2, trouble = null where id = $3 and guild_id = $4
             and thread_id is null",
        )
        .bind(thread.to_string())
        .bind(text(name))
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Its thread is called this now.
    pub async fn ticket_is_named(&self, ticket: &Ticket, name: &str) -> Result<()> {
        sqlx::query("update tickets set named = $1 where id = $2 and guild_id = $3")
            .bind(text(name))
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Has its card posted in its thread, once for each attempt.
    pub async fn post_ticket(&self, ticket: &Ticket, thread: u64, card: &Clean<Card>, pings: Pings) -> Result<()> {
        let key = format!("ticket/{}/{}", ticket.id, ticket.tries);
        let mut both = self.pool.begin().await.map_err(lost)?;
        let claimed = sqlx::query(
            "update tickets set post_key = $1, drawn = $2 where id = $3 and guild_id = $4 and tries = $5
             and post_key is null",
        )
        .bind(&key)
        .bind(ticket.version)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(ticket.tries)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if claimed.rows_affected() == 0 {
            return Ok(());
        }
        let (guild, urgency) = (ticket.guild, Urgency::Urgent);
        let post = NewPost { guild, channel: thread, key: &key, urgency, card, answers: None, pings };
        self.post_in(&mut both, &post).await?;
        both.commit().await.map_err(lost)?;
        self.outbox.tell();
        Ok(())
    }

    /// Its card stands.
    pub async fn ticket_stands(&self, ticket: &Ticket, message: u64) -> Result<()> {
        sqlx::query("update tickets set message_id = $1 where id = $2 and guild_id = $3 and tries = $4")
            .bind(message.to_string())
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(ticket.tries)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its card does not stand, or no longer: another is tried after a while.
    pub async fn ticket_card_is_gone(&self, ticket: &Ticket, why: &str, again: Duration) -> Result<()> {
        sqlx::query(
            "update tickets set tries = tries + 1, post_key = null, message_id = null, drawn = 0, trouble = $1, try_at = $2
             where id = $3 and guild_id = $4 and tries = $5",
        )
        .bind(text(why))
        .bind(self.clock.now().plus(again).0)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(ticket.tries)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Nothing of it can be shown for a while, and this is why.
    pub async fn ticket_waits(&self, ticket: &Ticket, why: &str, again: Duration) -> Result<()> {
        sqlx::query("update tickets set trouble = $1, try_at = $2 where id = $3 and guild_id = $4 and version = $5")
            .bind(text(why))
            .bind(self.clock.now().plus(again).0)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(ticket.version)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Its card shows this version.
    pub async fn ticket_drawn(&self, ticket: &Ticket) -> Result<()> {
        sqlx::query("update tickets set drawn = $1 where id = $2 and guild_id = $3 and tries = $4 and drawn < $1")
            .bind(ticket.version)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(ticket.tries)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// All of it is shown, unless something changed meanwhile.
    pub async fn ticket_is_shown(&self, ticket: &Ticket) -> Result<()> {
        sqlx::query(
            "update tickets set behind = 0, trouble = null, try_at = null where id = $1 and guild_id = $2 and version = $3",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(ticket.version)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Where a guild's ticket stands, and whether that cannot be shown; what somebody waits for who opened it.
    pub async fn ticket_place(&self, ticket: &Ticket) -> Result<(Option<u64>, Option<String>)> {
        let row: Option<(Option<String>, Option<String>)> =
            sqlx::query_as("select thread_id, trouble from tickets where id = $1 and guild_id = $2")
                .bind(&ticket.id)
                .bind(ticket.guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let (thread, trouble) = row.unwrap_or_default();
        Ok((super::id(thread.as_deref()), trouble))
    }
}
