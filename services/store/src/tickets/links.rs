//! Addresses under which transcripts are read. Only their hashes are kept: whoever reads the database opens none.

use base::{GuildId, Result, UserId};

use super::{Ticket, read::Row};
use crate::{Store, lost};

/// A ticket has no more of them: the oldest goes.
const MOST: i64 = 10;

impl Store {
    /// Makes an address of a ticket's transcript.
    pub async fn add_ticket_link(&self, ticket: &Ticket, hash: &str, by: UserId) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "insert into ticket_links (key_hash, guild_id, ticket_id, made_by, made_at) values ($1, $2, $3, $4, $5)",
        )
        .bind(hash)
        .bind(ticket.guild.to_string())
        .bind(&ticket.id)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        sqlx::query(
            "delete from ticket_links where ticket_id = $1 and guild_id = $2 and key_hash not in (select key_hash
                 from ticket_links where ticket_id = $1 and guild_id = $2 order by made_at desc, key_hash limit $3)",
        )
        .bind(&ticket.id)
        .bind(ticket.guild.to_string())
        .bind(MOST)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        all.commit().await.map_err(lost)
    }

    /// Ends every address of a ticket's transcript. The answer is how many there were.
    pub async fn end_ticket_links(&self, ticket: &Ticket) -> Result<u64> {
        sqlx::query("delete from ticket_links where ticket_id = $1 and guild_id = $2")
            .bind(&ticket.id)
            .bind(ticket.guild.to_string())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(lost)
    }

    /// The ticket whose transcript is read under an address. Whose guild it is, the address alone says.
    pub async fn ticket_at(&self, hash: &str) -> Result<Option<Ticket>> {
        let row: Option<Row> = sqlx::query_as(
            "select tickets.* from tickets join ticket_links on ticket_links.ticket_id = tickets.id
                 and ticket_links.guild_id = tickets.guild_id
             where ticket_links.key_hash = $1",
        )
        .bind(hash)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }

    /// A guild's ticket of this row.
    pub async fn ticket_of_row(&self, guild: GuildId, id: &str) -> Result<Option<Ticket>> {
        let row: Option<Row> = sqlx::query_as("select * from tickets where id = $1 and guild_id = $2")
            .bind(id)
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Ticket::from))
    }
}
