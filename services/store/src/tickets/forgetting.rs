//! What is forgotten of tickets: all words of one, after its time; and all of one person's, in every one.
//!
//! **Invariant:** it is all gone in one transaction, what can be found by it too. What was posted of it is taken away after that.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{Ticket, files, read::Row};
use crate::{Store, lost};

/// As many are forgotten in a row.
const AT_ONCE: i64 = 50;

/// What was forgotten of somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Messages.
    pub messages: u64,
    /// Files.
    pub files: u64,
    /// Tickets of theirs whose title and answers are gone.
    pub tickets: u64,
    /// Transcripts that are made anew.
    pub transcripts: u64,
}

/// All of one person's words.
const OF_A_MEMBER: [&str; 9] = [
    // What search finds is written anew, and so is every transcript that was made.
    "update tickets set indexed = -1 where guild_id = $1 and exists (select 1 from ticket_messages
         where ticket_messages.ticket_id = tickets.id and ticket_messages.guild_id = $1
             and ticket_messages.author_id = $2 and ticket_messages.forgotten = 0)",
    "delete from ticket_message_edits where guild_id = $1 and exists (select 1 from ticket_messages
         where ticket_messages.ticket_id = ticket_message_edits.ticket_id
             and ticket_messages.message = ticket_message_edits.message and ticket_messages.author_id = $2)",
    // A ticket's card tells what whoever opened it answered, and what is said of it may quote them.
    "delete from ticket_message_edits where guild_id = $1 and exists (select 1 from ticket_messages, tickets
         where ticket_messages.ticket_id = ticket_message_edits.ticket_id
             and ticket_messages.message = ticket_message_edits.message and ticket_messages.is_bot = 1
             and tickets.id = ticket_messages.ticket_id and tickets.member_id = $2)",
    "update ticket_messages set says = '{}', partial = 0, forgotten = 1 where guild_id = $1 and is_bot = 1 and forgotten = 0
         and exists (select 1 from tickets where tickets.id = ticket_messages.ticket_id and tickets.guild_id = $1
             and tickets.member_id = $2)",
    // What was posted stays on record only as such.
    "update outbox set card = '{}' where guild_id = $1 and state <> 'waiting' and exists (select 1 from tickets
         where tickets.guild_id = $1 and tickets.member_id = $2 and outbox.post_key like 'ticket/' || tickets.id || '/%')",
    "update ticket_events set text = 'said something that was forgotten' where guild_id = $1 and actor_id = $2
         and kind in ('said', 'note')",
    "update tickets set reason = null where guild_id = $1 and ended_by = $2",
    "update ticket_blocks set reason = 'forgotten' where guild_id = $1 and user_id = $2",
    "delete from ticket_links where guild_id = $1 and exists (select 1 from tickets
         where tickets.id = ticket_links.ticket_id and tickets.member_id = $2)",
];

const TRANSCRIPTS: &str = "update ticket_transcripts set wanted = wanted + 1, try_at = $3, part = 1, after = 0
    where guild_id = $1 and (made > 0 or try_at is not null)
    and (exists (select 1 from ticket_messages where ticket_messages.ticket_id = ticket_transcripts.ticket_id
             and ticket_messages.author_id = $2 and ticket_messages.forgotten = 0)
         or exists (select 1 from tickets where tickets.id = ticket_transcripts.ticket_id and tickets.guild_id = $1
             and tickets.member_id = $2))";

const FILES: &str = "delete from ticket_files where guild_id = $1 and exists (select 1 from ticket_messages
    where ticket_messages.ticket_id = ticket_files.ticket_id and ticket_messages.message = ticket_files.message
        and ticket_messages.author_id = $2)";

const MESSAGES: &str =
    "update ticket_messages set says = '{}', author = '', edited_at = null, partial = 0, forgotten = 1
    where guild_id = $1 and author_id = $2 and forgotten = 0";

const TICKETS: &str =
    "update tickets set title = 'forgotten', answers = '[]', about = null, version = version + 1, indexed = -1,
    behind = case when state = 'closed' then behind else 1 end
    where guild_id = $1 and member_id = $2 and (title <> 'forgotten' or answers <> '[]')";

/// All of a ticket's words but the row itself.
const OF_A_TICKET: [&str; 9] = [
    "update outbox set card = '{}' where guild_id = $2 and state <> 'waiting' and post_key like 'ticket/' || $1 || '/%'",
    "delete from ticket_messages where ticket_id = $1 and guild_id = $2",
    "delete from ticket_message_edits where ticket_id = $1 and guild_id = $2",
    "delete from ticket_reactions where ticket_id = $1 and guild_id = $2",
    "delete from ticket_files where ticket_id = $1 and guild_id = $2",
    "delete from ticket_events where ticket_id = $1 and guild_id = $2",
    "delete from ticket_words where ticket_id = $1 and guild_id = $2",
    "delete from ticket_links where ticket_id = $1 and guild_id = $2",
    "delete from ticket_transcripts where ticket_id = $1 and guild_id = $2",
];

impl Store {
    /// Closed tickets, of all guilds, whose words have been kept for as long as their guild wants.
    pub async fn tickets_to_forget(&self) -> Result<Vec<Ticket>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select tickets.* from ticket_guilds join tickets on tickets.guild_id = ticket_guilds.guild_id
             where ticket_guilds.retention > 0 and tickets.state = 'closed'
                 and tickets.ended_at < $1 - ticket_guilds.retention
                 and (tickets.forgotten_at is null or tickets.forgotten_at < tickets.ended_at)
             order by tickets.ended_at limit $2",
        )
        .bind(self.clock.now().0)
        .bind(AT_ONCE)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Ticket::from).collect())
    }

    /// Forgets what was said in a closed ticket. The answer is whether it was still as it was read.
    pub async fn forget_ticket(&self, ticket: &Ticket) -> Result<bool> {
        let now = self.clock.now();
        let mut all = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "update tickets set title = 'forgotten', answers = '[]', about = null, reason = null, forgotten_at = $1,
                 version = version + 1, indexed = version + 1
             where id = $2 and guild_id = $3 and version = $4 and state = 'closed'",
        )
        .bind(now.0)
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(ticket.version)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        for sql in OF_A_TICKET {
            sqlx::query(sql).bind(&ticket.id).bind(ticket.guild.to_string()).execute(&mut *all).await.map_err(lost)?;
        }
        sqlx::query("update ticket_transcript_posts set gone_at = $3 where ticket_id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(now.0)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        files::sweep(&mut all, ticket.guild).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Forgets what somebody said in all tickets of a guild.
    pub async fn forget_in_tickets(&self, guild: GuildId, member: UserId) -> Result<Forgotten> {
        let now = self.clock.now();
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "insert into ticket_forgotten (guild_id, user_id, at) values ($1, $2, $3)
             on conflict (guild_id, user_id) do update set at = excluded.at",
        )
        .bind(guild.to_string())
        .bind(member.to_string())
        .bind(now.0)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        let transcripts = one(&mut all, TRANSCRIPTS, (guild, member), Some(now)).await?;
        for sql in OF_A_MEMBER {
            one(&mut all, sql, (guild, member), None).await?;
        }
        let files = one(&mut all, FILES, (guild, member), None).await?;
        let messages = one(&mut all, MESSAGES, (guild, member), None).await?;
        let tickets = one(&mut all, TICKETS, (guild, member), None).await?;
        files::sweep(&mut all, guild).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(Forgotten { messages, files, tickets, transcripts })
    }

    /// What there is of somebody in all tickets of a guild.
    pub async fn said_in_tickets(&self, guild: GuildId, member: UserId) -> Result<Forgotten> {
        let (messages, files, tickets): (i64, i64, i64) = sqlx::query_as(
            "select (select count(*) from ticket_messages where guild_id = $1 and author_id = $2 and forgotten = 0),
                    (select count(*) from ticket_files join ticket_messages on ticket_messages.ticket_id = ticket_files.ticket_id
                         and ticket_messages.message = ticket_files.message
                     where ticket_files.guild_id = $1 and ticket_messages.author_id = $2),
                    (select count(*) from tickets where guild_id = $1 and member_id = $2
                         and (title <> 'forgotten' or answers <> '[]'))",
        )
        .bind(guild.to_string())
        .bind(member.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        Ok(Forgotten { messages: count(messages), files: count(files), tickets: count(tickets), transcripts: 0 })
    }
}

async fn one(
    all: &mut AnyConnection,
    sql: &'static str,
    (guild, member): (GuildId, UserId),
    now: Option<Millis>,
) -> Result<u64> {
    let query = sqlx::query(sql).bind(guild.to_string()).bind(member.to_string());
    let query = if let Some(now) = now { query.bind(now.0) } else { query };
    query.execute(all).await.map(|done| done.rows_affected()).map_err(lost)
}
