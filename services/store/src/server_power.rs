//! How servers are switched on.

use base::{GuildId, Result};

use crate::{Store, lost, servers::Server};

impl Store {
    /// How a server is switched on, as it was kept.
    pub async fn power(&self, server: &Server) -> Result<Option<String>> {
        sqlx::query_scalar("select how from server_power where server_id = $1 and guild_id = $2")
            .bind(&server.id)
            .bind(server.guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// How each of a guild's servers is switched on, by its name.
    pub async fn powers(&self, guild: GuildId) -> Result<Vec<(String, String)>> {
        sqlx::query_as(
            "select servers.name, server_power.how from server_power join servers on servers.id = server_power.server_id
             where server_power.guild_id = $1 and servers.guild_id = $1 order by servers.name",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Keeps how a server is switched on, or forgets it. The answer is whether the server is one that was pinned.
    pub async fn set_power(&self, server: &Server, how: Option<&str>) -> Result<bool> {
        let sql = match how {
            Some(_) => {
                "insert into server_power (server_id, guild_id, how)
                 select id, guild_id, $3 from servers where id = $1 and guild_id = $2 and state <> 'offered'
                 on conflict (server_id) do update set how = excluded.how"
            }
            None => "delete from server_power where server_id = $1 and guild_id = $2",
        };
        let mut query = sqlx::query(sql).bind(&server.id).bind(server.guild.to_string());
        if let Some(how) = how {
            query = query.bind(how);
        }
        let done = query.execute(&self.pool).await.map_err(lost)?;
        Ok(how.is_none() || done.rows_affected() > 0)
    }
}
