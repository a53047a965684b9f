//! What becomes of the threads and channels of tickets: gone, anew, put away, looked at.

use base::{GuildId, Millis, Result, UserId};

use super::{
    LineKind, NewLine, Place, Ticket, id, lines,
    read::{GOING_ON, Row},
};
use crate::{Store, lost};

impl Store {
    /// Its thread or channel is gone, as Discord itself says. The answer is whether that is news.
    pub async fn ticket_is_lost(&self, ticket: &Ticket, thread: u64, trouble: &str) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "update tickets set lost_at = $1, trouble = $2, behind = 0, version = version + 1
             where id = $3 and guild_id = $4 and thread_id = $5 and lost_at is null",
        )
        .bind(self.clock.now().0)
        .bind(trouble)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(thread.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        let line = NewLine { kind: LineKind::Step, by: None, text: trouble.to_owned() };
        lines::write(&mut all, (&ticket.id, ticket.guild), self.clock.now(), &line).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// It gets another place, with everybody and its card in it. The answer is whether it had lost its own.
    pub async fn renew_ticket(&self, ticket: &Ticket, by: UserId) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "update tickets set lost_at = null, trouble = null, thread_id = null, tried_at = null, staffed = 0, named = null,
                 locked = 0, asleep_at = null, tries = tries + 1, post_key = null, message_id = null, drawn = 0, behind = 1,
                 try_at = null, version = version + 1
             where id = $1 and guild_id = $2 and lost_at is not null",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        sqlx::query("update ticket_people set there = 0 where ticket_id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        let line = NewLine { kind: LineKind::Step, by: Some(by), text: "gave it a new place".to_owned() };
        lines::write(&mut all, (&ticket.id, ticket.guild), self.clock.now(), &line).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// It lives in another kind of place from now on, as long as it has none.
    pub async fn ticket_lives_in(&self, ticket: &Ticket, place: Place) -> Result<()> {
        sqlx::query(
            "update tickets set place = $1, tried_at = null, behind = 1, version = version + 1
             where id = $2 and guild_id = $3 and thread_id is null",
        )
        .bind(place.as_str())
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Those of a guild whose threads were used least lately, of those that are not put away: what is over first.
    pub async fn quietest_tickets(&self, guild: GuildId, most: i64) -> Result<Vec<Ticket>> {
        // A message's number says when it was written.
        let rows: Vec<Row> = sqlx::query_as(
            "select * from tickets where guild_id = $1 and place = 'thread' and thread_id is not null and lost_at is null
             and asleep_at is null and locked = 0
             order by case when state = 'closed' then 0 else 1 end,
                 coalesce(cast(heard as bigint) / 4194304 + 1420070400000, opened_at), number limit $2",
        )
        .bind(guild.to_string())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Its thread is put away, or no longer.
    pub async fn ticket_sleeps(&self, ticket: &Ticket, since: Option<Millis>) -> Result<()> {
        sqlx::query("update tickets set asleep_at = $1 where id = $2 and guild_id = $3")
            .bind(since.map(|at| at.0))
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Guilds of whose tickets something may stand otherwise than it should.
    pub async fn ticket_guilds(&self) -> Result<Vec<GuildId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "select distinct guild_id from tickets where state <> 'closed' and lost_at is null
             union select distinct guild_id from ticket_panels where channel_id is not null
             union select distinct guild_id from ticket_troubles",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().filter_map(|guild| id(Some(&guild)).map(GuildId)).collect())
    }

    /// Tickets of a guild that go on, those first that were not looked at for longest.
    pub async fn unlooked_tickets(&self, guild: GuildId, most: i64) -> Result<Vec<Ticket>> {
        let sql = format!(
            "select * from tickets where guild_id = $1 and {GOING_ON} order by coalesce(looked_at, 0), number limit $2"
        );
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(guild.to_string())
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// It was looked at now.
    pub async fn ticket_was_looked_at(&self, ticket: &Ticket) -> Result<()> {
        sqlx::query("update tickets set looked_at = $1 where id = $2 and guild_id = $3")
            .bind(self.clock.now().0)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// What could not be shown in a guild is tried again now.
    pub async fn hasten_tickets(&self, guild: GuildId) -> Result<()> {
        for table in ["tickets", "ticket_panels"] {
            let sql = format!("update {table} set try_at = null where guild_id = $1 and try_at is not null");
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(guild.to_string()).execute(&self.pool).await.map_err(lost)?;
        }
        Ok(())
    }

    /// A guild's ticket that a post in a forum opened.
    pub async fn ticket_of_post(&self, guild: GuildId, post: u64) -> Result<Option<Ticket>> {
        let row: Option<Row> = sqlx::query_as("select * from tickets where guild_id = $1 and forum_post = $2")
            .bind(guild.to_string())
            .bind(post.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }

    /// The post that opened it says where it is answered.
    pub async fn ticket_post_is_told(&self, ticket: &Ticket) -> Result<()> {
        sqlx::query("update tickets set forum_told = 1 where id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// A member's tickets of a guild that go on.
    pub async fn tickets_of_member(&self, guild: GuildId, member: UserId) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from tickets where guild_id = $1 and member_id = $2 and state <> 'closed' order by number",
        )
        .bind(guild.to_string())
        .bind(member.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }
}
