//! How messages are reacted to: counted as it is heard, and set where all of it is known.

use base::Result;
use sqlx::AnyConnection;

use super::number;
use crate::{
    Store, lost,
    tickets::{Ticket, text},
};

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
}

/// All of a message's reactions are these.
pub(super) async fn set(
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
