//! Messages are written down as they are heard, and what they say by now.

use base::{Error, Result};
use sqlx::AnyConnection;

use super::{NewMessage, number, reactions, written};
use crate::{
    Store, lost,
    tickets::{Ticket, files, search, text},
};

impl Store {
    /// Writes down messages, or what they say by now.
    pub async fn hear_in_ticket(&self, ticket: &Ticket, new: &[NewMessage]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for one in new {
            self.write_message(&mut all, ticket, one).await?;
        }
        all.commit().await.map_err(lost)
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

    async fn write_message(&self, all: &mut AnyConnection, ticket: &Ticket, new: &NewMessage) -> Result<()> {
        let broken = |error| Error::internal("keeping what is said in a ticket", error);
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
        if let Some(known) = &new.reactions {
            reactions::set(all, ticket, message, known).await.map_err(lost)?;
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
}
