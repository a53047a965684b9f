//! What was written down of a ticket, as it is read.

use std::collections::BTreeMap;

use base::{Millis, Result, UserId};

use super::{Message, number, unsigned};
use crate::{
    Store, lost,
    tickets::{Says, Ticket, files},
};

const EDITS: &str = "select message, at, says from ticket_message_edits
    where ticket_id = $1 and guild_id = $2 and message > $3 and message <= $4 order by message, edit";
const REACTIONS: &str = "select message, emoji, count from ticket_reactions
    where ticket_id = $1 and guild_id = $2 and message > $3 and message <= $4 and count > 0 order by message, emoji";

impl Store {
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
