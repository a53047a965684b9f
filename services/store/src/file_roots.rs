//! Which directories of its servers a guild opened to files.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// A directory that is open to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRoot {
    /// The server's id.
    pub server: String,
    /// Its canonical path there.
    pub path: String,
    /// Who opened it.
    pub by: String,
    /// When.
    pub at: Millis,
}

#[derive(sqlx::FromRow)]
struct Row {
    server_id: String,
    path: String,
    added_by: String,
    added_at: i64,
}

impl From<Row> for FileRoot {
    fn from(row: Row) -> Self {
        Self { server: row.server_id, path: row.path, by: row.added_by, at: Millis(row.added_at) }
    }
}

impl Store {
    /// Every directory of a guild's servers that is open, by server and path.
    pub async fn file_roots(&self, guild: GuildId) -> Result<Vec<FileRoot>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select server_id, path, added_by, added_at from file_roots where guild_id = $1 order by server_id, path",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(FileRoot::from).collect())
    }

    /// The open directories of one server, by path.
    pub async fn file_roots_of(&self, guild: GuildId, server: &str) -> Result<Vec<String>> {
        sqlx::query_scalar("select path from file_roots where guild_id = $1 and server_id = $2 order by path")
            .bind(guild.to_string())
            .bind(server)
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Opens a directory. The answer is whether it was not open before.
    pub async fn add_file_root(&self, guild: GuildId, server: &str, path: &str, by: UserId) -> Result<bool> {
        let added = sqlx::query(
            "insert into file_roots (id, guild_id, server_id, path, added_by, added_at)
             select $1, $2, servers.id, $4, $5, $6 from servers where servers.id = $3 and servers.guild_id = $2
             on conflict (server_id, path) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(server)
        .bind(path)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(added.rows_affected() > 0)
    }

    /// Closes a directory. The answer is whether it was open.
    pub async fn remove_file_root(&self, guild: GuildId, server: &str, path: &str) -> Result<bool> {
        let gone = sqlx::query("delete from file_roots where guild_id = $1 and server_id = $2 and path = $3")
            .bind(guild.to_string())
            .bind(server)
            .bind(path)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
