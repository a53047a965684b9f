//! Where the container engines of servers listen.

use base::{GuildId, Result};

use crate::{Store, lost};

impl Store {
    /// The socket of a server's engine; none where it is Docker's own.
    pub async fn engine_socket(&self, guild: GuildId, server: &str) -> Result<Option<String>> {
        sqlx::query_scalar("select socket from engine_sockets where guild_id = $1 and server_id = $2")
            .bind(guild.to_string())
            .bind(server)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// Sets it.
    pub async fn set_engine_socket(&self, guild: GuildId, server: &str, socket: Option<&str>) -> Result<()> {
        let Some(socket) = socket else {
            return sqlx::query("delete from engine_sockets where guild_id = $1 and server_id = $2")
                .bind(guild.to_string())
                .bind(server)
                .execute(&self.pool)
                .await
                .map(drop)
                .map_err(lost);
        };
        sqlx::query(
            "insert into engine_sockets (guild_id, server_id, socket) values ($1, $2, $3)
             on conflict (guild_id, server_id) do update set socket = excluded.socket",
        )
        .bind(guild.to_string())
        .bind(server)
        .bind(socket)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }
}
