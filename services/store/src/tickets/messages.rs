//! What is said in tickets, as it was heard: messages with what they said before, whether they still stand, and their reactions.
//!
//! **Invariants:** hearing the same twice changes nothing. Whoever was forgotten is not written down again.

use std::collections::BTreeMap;

use base::{Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{File, NewFile, Says, Ticket, files, search, text};
use crate::{Store, lost};

/// Discord's numbers begin in 2015.
const FIRST: i64 = 1_420_070_400_000;
/// As many are named in one statement.
const AT_ONCE: usize = 100;

/// A message, as Discord tells of it.
#[derive(Debug, Clone, Default)]
pub struct NewMessage {
    /// Its number.
    pub message: u64,
    /// Who wrote it.
    pub author: u64,
    /// What they are called.
    pub name: String,
    /// Whether that is a program.
    pub is_bot: bool,
    /// The message it answers.
    pub answers: Option<u64>,
    /// What it says, without secrets.
    pub says: Says,
    /// When it was edited.
    pub edited: Option<Millis>,
    /// Whether there is more of it than was heard.
    pub partial: bool,
    /// Its files.
    pub files: Vec<NewFile>,
    /// All of its reactions; none where nothing was heard of them.
    pub reactions: Option<Vec<(String, i64)>>,
}

/// A message that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub message: u64,
    /// Who wrote it.
    pub author: UserId,
    /// What they were called.
    pub name: String,
    /// Whether that is a program.
    pub is_bot: bool,
    /// The message it answers.
    pub answers: Option<u64>,
    /// What it says.
    pub says: Says,
    /// When it was edited last.
    pub edited: Option<Millis>,
    /// What it said before, and until when.
    pub before: Vec<(Millis, Says)>,
    /// When it was heard to be deleted.
    pub deleted: Option<Millis>,
    /// Whether nothing of it is kept any more.
    pub forgotten: bool,
    /// How often it was reacted to, and how.
    pub reactions: Vec<(String, i64)>,
    /// Its files.
    pub files: Vec<File>,
}

/// When a message was written, by its number.
pub fn written(message: u64) -> Millis {
    Millis(i64::try_from(message >> 22).unwrap_or_default() + FIRST)
}

pub(super) fn number(message: u64) -> i64 {
    i64::try_from(message).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(message: i64) -> u64 {
    u64::try_from(message).unwrap_or_default()
}

/// What happens to a reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reacted {
    /// Somebody reacted so.
    Added(String),
    /// Somebody took that back.
    Removed(String),
    /// All of one kind are gone.
    Cleared(String),
    /// All are gone.
    AllCleared,
}

impl Store {
    /// Writes down messages, or what they say by now.
    pub async fn hear_in_ticket(&self, ticket: &Ticket, new: &[NewMessage]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for one in new {
            self.write_message(&mut all, ticket, one).await?;
        }
        all.commit().await.map_err(lost)
    }

    /// How many messages were heard of which Discord told nothing.
    pub async fn silent_ticket_messages(&self, ticket: &Ticket) -> Result<i64> {
        sqlx::query_scalar(
            "select count(*) from ticket_messages where ticket_id = $1 and guild_id = $2 and says = '{}' and is_bot = 0
             and forgotten = 0 and not exists (select 1 from ticket_files where ticket_files.ticket_id = $1
                 and ticket_files.message = ticket_messages.message)",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)
    }

    async fn write_message(&self, all: &mut AnyConnection, ticket: &Ticket, new: &NewMessage) -> Result<()> {
        let broken = |error| base::Error::internal("keeping what is said in a ticket", error);
        let says = text(&serde_json::to_string(&new.says).map_err(broken)?);
        let (guild, message) = (ticket.guild.to_string(), number(new.message));
        let is_new = sqlx::query(
            "insert into ticket_messages (ticket_id, guild_id, message, author_id, author, is_bot, answers, says, edited_at, partial)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (ticket_id, message) do nothing",
        )
        .bind(&ticket.id)
        .bind(&guild)
        .bind(message)
        .bind(new.author.to_string())
        .bind(text(&new.name))
        .bind(i64::from(new.is_bot))
        .bind(new.answers.map(number))
        .bind(&says)
        .bind(new.edited.map(|at| at.0))
        .bind(i64::from(new.partial))
        .execute(&mut *all)
        .await
        .map_err(lost)?
        .rows_affected()
            > 0;
        let forgotten = sqlx::query(
            "update ticket_messages set says = '{}', author = '', edited_at = null, partial = 0, forgotten = 1
             where ticket_id = $1 and guild_id = $2 and message = $3 and exists (select 1 from ticket_forgotten
                 where ticket_forgotten.guild_id = $2 and ticket_forgotten.user_id = $4 and ticket_forgotten.at >= $5)",
        )
        .bind(&ticket.id)
        .bind(&guild)
        .bind(message)
        .bind(new.author.to_string())
        .bind(written(new.message).0)
        .execute(&mut *all)
        .await
        .map_err(lost)?
        .rows_affected()
            > 0;
        if forgotten {
            return Ok(());
        }
        let is_changed = is_new || self.change_message(all, ticket, new, &says).await?;
        files::note(all, ticket, new.message, &new.files, self.clock.now()).await?;
        if let Some(reactions) = &new.reactions {
            set_reactions(all, ticket, message, reactions).await.map_err(lost)?;
        }
        if !is_changed {
            return Ok(());
        }
        let texts = new.says.texts().chain(new.files.iter().map(|file| file.name.as_str()));
        search::index(all, (&guild, &ticket.id), texts).await.map_err(lost)
    }

    async fn change_message(
        &self,
        all: &mut AnyConnection,
        ticket: &Ticket,
        new: &NewMessage,
        says: &str,
    ) -> Result<bool> {
        let (guild, message) = (ticket.guild.to_string(), number(new.message));
        if new.partial {
            // What is known of it may be old by now, and it is read again.
            return sqlx::query(
                "update ticket_messages set partial = 1 where ticket_id = $1 and guild_id = $2 and message = $3
                 and forgotten = 0",
            )
            .bind(&ticket.id)
            .bind(guild)
            .bind(message)
            .execute(all)
            .await
            .map(|_| false)
            .map_err(lost);
        }
        // Only an edit of a person's, or a program's, is one: a link's preview comes later by itself.
        if let Some(edited) = new.edited {
            sqlx::query(
                "insert into ticket_message_edits (ticket_id, guild_id, message, edit, at, says)
                 select $1, $2, $3, (select coalesce(max(edit), 0) + 1 from ticket_message_edits
                     where ticket_id = $1 and message = $3), $4, m.says
                 from ticket_messages m where m.ticket_id = $1 and m.guild_id = $2 and m.message = $3 and m.says <> $5
                     and m.forgotten = 0 and m.partial = 0 and coalesce(m.edited_at, 0) < $4",
            )
            .bind(&ticket.id)
            .bind(&guild)
            .bind(message)
            .bind(edited.0)
            .bind(says)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        sqlx::query(
            "update ticket_messages set says = $1, edited_at = coalesce($2, edited_at), partial = 0
             where ticket_id = $3 and guild_id = $4 and message = $5 and forgotten = 0 and (says <> $1 or partial = 1)
             and coalesce(edited_at, 0) <= coalesce($2, 0)",
        )
        .bind(says)
        .bind(new.edited.map(|at| at.0))
        .bind(&ticket.id)
        .bind(guild)
        .bind(message)
        .execute(all)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }

    /// A message that was written down says something else by now, and nobody heard what.
    pub async fn ticket_message_is_partial(&self, ticket: &Ticket, message: u64) -> Result<()> {
        sqlx::query(
            "update ticket_messages set partial = 1 where ticket_id = $1 and guild_id = $2 and message = $3
             and forgotten = 0",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(number(message))
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Messages were deleted; what they said stays.
    pub async fn ticket_messages_are_gone(&self, ticket: &Ticket, messages: &[u64]) -> Result<()> {
        for some in messages.chunks(AT_ONCE) {
            let sql = format!(
                "update ticket_messages set deleted_at = $1, partial = 0 where ticket_id = $2 and guild_id = $3
                 and deleted_at is null and message in ({})",
                list(some)
            );
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(self.clock.now().0)
                .bind(&ticket.id)
                .bind(ticket.guild.to_string())
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        }
        Ok(())
    }

    /// Of what was heard from one message on and before another, only these still stand.
    pub async fn only_these_stand_in_ticket(
        &self,
        ticket: &Ticket,
        (from, before): (u64, u64),
        there: &[u64],
    ) -> Result<()> {
        let others = if there.is_empty() { String::new() } else { format!("and message not in ({})", list(there)) };
        let sql = format!(
            "update ticket_messages set deleted_at = $1, partial = 0 where ticket_id = $2 and guild_id = $3
             and deleted_at is null and message >= $4 and message < $5 {others}"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.clock.now().0)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(number(from))
            .bind(number(before))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Somebody reacted to a message, or no longer.
    pub async fn react_in_ticket(&self, ticket: &Ticket, message: u64, reacted: &Reacted) -> Result<()> {
        let (sql, emoji) = match reacted {
            Reacted::Added(emoji) => (
                "insert into ticket_reactions (ticket_id, guild_id, message, emoji, count) values ($1, $2, $3, $4, 1)
                 on conflict (ticket_id, message, emoji) do update set count = ticket_reactions.count + 1",
                Some(emoji),
            ),
            Reacted::Removed(emoji) => (
                "update ticket_reactions set count = count - 1 where ticket_id = $1 and guild_id = $2 and message = $3
                 and emoji = $4 and count > 0",
                Some(emoji),
            ),
            Reacted::Cleared(emoji) => (
                "delete from ticket_reactions where ticket_id = $1 and guild_id = $2 and message = $3 and emoji = $4",
                Some(emoji),
            ),
            Reacted::AllCleared => {
                ("delete from ticket_reactions where ticket_id = $1 and guild_id = $2 and message = $3", None)
            }
        };
        let query = sqlx::query(sql).bind(&ticket.id).bind(ticket.guild.to_string()).bind(number(message));
        let query = if let Some(emoji) = emoji { query.bind(text(emoji)) } else { query };
        query.execute(&self.pool).await.map(drop).map_err(lost)
    }

    /// Those of which Discord has more than was heard.
    pub async fn partial_ticket_messages(&self, ticket: &Ticket, most: i64) -> Result<Vec<u64>> {
        let all: Vec<i64> = sqlx::query_scalar(
            "select message from ticket_messages where ticket_id = $1 and guild_id = $2 and partial = 1
             order by message limit $3",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(all.into_iter().map(unsigned).collect())
    }

    /// How many messages and files were written down.
    pub async fn count_ticket_messages(&self, ticket: &Ticket) -> Result<(i64, i64)> {
        sqlx::query_as(
            "select (select count(*) from ticket_messages where ticket_id = $1 and guild_id = $2),
                    (select count(*) from ticket_files where ticket_id = $1 and guild_id = $2)",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)
    }

    /// Who wrote in a ticket, and what they were called last.
    pub async fn ticket_authors(&self, ticket: &Ticket) -> Result<BTreeMap<u64, String>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select author_id, max(author) from ticket_messages where ticket_id = $1 and guild_id = $2
             and forgotten = 0 group by author_id",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(id, name)| Some((id.parse().ok()?, name))).collect())
    }

    /// What was said after a message, in its order, with all that belongs to it.
    pub async fn ticket_messages(&self, ticket: &Ticket, after: u64, most: i64) -> Result<Vec<Message>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select message, author_id, author, is_bot, answers, says, edited_at, deleted_at, forgotten
             from ticket_messages where ticket_id = $1 and guild_id = $2 and message > $3 order by message limit $4",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(number(after))
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut all: Vec<Message> = rows.into_iter().map(Message::from).collect();
        let Some(last) = all.last().map(|one| one.message) else { return Ok(all) };
        let span = (number(after), number(last));
        let mut files = files::within(self, ticket, span).await?;
        let mut edits: BTreeMap<u64, Vec<(Millis, Says)>> = BTreeMap::new();
        for (message, at, says) in self.below::<(i64, i64, String)>(EDITS, ticket, span).await? {
            let says = serde_json::from_str(&says).unwrap_or_default();
            edits.entry(unsigned(message)).or_default().push((Millis(at), says));
        }
        let mut reactions: BTreeMap<u64, Vec<(String, i64)>> = BTreeMap::new();
        for (message, emoji, count) in self.below::<(i64, String, i64)>(REACTIONS, ticket, span).await? {
            reactions.entry(unsigned(message)).or_default().push((emoji, count));
        }
        for one in &mut all {
            one.files = files.remove(&one.message).unwrap_or_default();
            one.before = edits.remove(&one.message).unwrap_or_default();
            one.reactions = reactions.remove(&one.message).unwrap_or_default();
        }
        Ok(all)
    }

    async fn below<T>(&self, sql: &'static str, ticket: &Ticket, (after, last): (i64, i64)) -> Result<Vec<T>>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::any::AnyRow> + Send + Unpin,
    {
        sqlx::query_as(sql)
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .bind(after)
            .bind(last)
            .fetch_all(&self.pool)
            .await
            .map_err(lost)
    }
}

const EDITS: &str = "select message, at, says from ticket_message_edits
    where ticket_id = $1 and guild_id = $2 and message > $3 and message <= $4 order by message, edit";
const REACTIONS: &str = "select message, emoji, count from ticket_reactions
    where ticket_id = $1 and guild_id = $2 and message > $3 and message <= $4 and count > 0 order by message, emoji";

/// Numbers, and nothing else, as SQL has them.
fn list(numbers: &[u64]) -> String {
    numbers.iter().map(|one| number(*one).to_string()).collect::<Vec<_>>().join(", ")
}

async fn set_reactions(
    all: &mut AnyConnection,
    ticket: &Ticket,
    message: i64,
    reactions: &[(String, i64)],
) -> sqlx::Result<()> {
    sqlx::query("delete from ticket_reactions where ticket_id = $1 and guild_id = $2 and message = $3")
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(message)
        .execute(&mut *all)
        .await?;
    for (emoji, count) in reactions {
        sqlx::query(
            "insert into ticket_reactions (ticket_id, guild_id, message, emoji, count) values ($1, $2, $3, $4, $5)
             on conflict (ticket_id, message, emoji) do update set count = excluded.count",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(message)
        .bind(text(emoji))
        .bind(*count)
        .execute(&mut *all)
        .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    message: i64,
    author_id: String,
    author: String,
    is_bot: i64,
    answers: Option<i64>,
    says: String,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    forgotten: i64,
}

impl From<Row> for Message {
    fn from(row: Row) -> Self {
        Self {
            message: unsigned(row.message),
            author: UserId(row.author_id.parse().unwrap_or_default()),
            name: row.author,
            is_bot: row.is_bot == 1,
            answers: row.answers.map(unsigned),
            says: serde_json::from_str(&row.says).unwrap_or_default(),
            edited: row.edited_at.map(Millis),
            before: Vec::new(),
            deleted: row.deleted_at.map(Millis),
            forgotten: row.forgotten == 1,
            reactions: Vec::new(),
            files: Vec::new(),
        }
    }
}
