//! What is being written beside files on servers, so that the next process finds what a dead one left.

use base::{GuildId, Millis, Result};

use crate::{Store, lost};

/// A new file that is to take another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// Its id.
    pub id: String,
    /// Whose server it is on.
    pub guild: GuildId,
    /// The server's id.
    pub server: String,
    /// Its own path, which no other ever has.
    pub path: String,
    /// When it was noted.
    pub at: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    server_id: String,
    path: String,
    made_at: i64,
}

impl From<Row> for FilePart {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            server: row.server_id,
            path: row.path,
            at: Millis(row.made_at),
        }
    }
}

impl Store {
    /// Notes a part before it is made.
    pub async fn note_file_part(&self, part: &FilePart) -> Result<()> {
        sqlx::query("insert into file_parts (id, guild_id, server_id, path, made_at) values ($1, $2, $3, $4, $5)")
            .bind(&part.id)
            .bind(part.guild.to_string())
            .bind(&part.server)
            .bind(&part.path)
            .bind(part.at.0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Every part after this id, the oldest first; at most so many.
    pub async fn file_parts(&self, after: &str, most: i64) -> Result<Vec<FilePart>> {
        let rows: Vec<Row> = sqlx::query_as("select * from file_parts where id > $1 order by id limit $2")
            .bind(after)
            .bind(most)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(FilePart::from).collect())
    }

    /// Forgets a part that took its place or is gone.
    pub async fn forget_file_part(&self, guild: GuildId, id: &str) -> Result<()> {
        sqlx::query("delete from file_parts where guild_id = $1 and id = $2")
            .bind(guild.to_string())
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
