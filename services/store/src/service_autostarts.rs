//! Which guilds have their services come up with their servers, and how each return of a server was dealt with.
//!
//! **Invariant:** a return is claimed once, by the moment since which the server answers, with all that is begun for it.

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// A server that came back, and of which people are still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Whose it is.
    pub guild: GuildId,
    /// The server's id.
    pub server: String,
    /// Since when it answers.
    pub since: Millis,
    /// What was begun, as JSON.
    pub starts: String,
}

impl Store {
    /// In whose name a guild's services come up by themselves; none where they do not.
    pub async fn service_autostart(&self, guild: GuildId) -> Result<Option<UserId>> {
        let by: Option<String> = sqlx::query_scalar("select by_id from service_autostarts where guild_id = $1")
            .bind(guild.to_string())
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(by.and_then(|by| by.parse().ok()).map(UserId))
    }

    /// The guilds whose services come up by themselves.
    pub async fn service_autostarts(&self) -> Result<Vec<GuildId>> {
        let rows: Vec<String> = sqlx::query_scalar("select guild_id from service_autostarts order by guild_id")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().filter_map(|guild| guild.parse().ok().map(GuildId)).collect())
    }

    /// Has them come up in somebody's name, or no more. How servers are is seen anew: what came back before counts for nothing.
    pub async fn set_service_autostart(&self, guild: GuildId, by: Option<UserId>) -> Result<()> {
        let mut both = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from service_returns where guild_id = $1")
            .bind(guild.to_string())
            .execute(&mut *both)
            .await
            .map_err(lost)?;
        let sql = match by {
            Some(_) => {
                "insert into service_autostarts (guild_id, by_id) values ($1, $2)
                 on conflict (guild_id) do update set by_id = excluded.by_id"
            }
            None => "delete from service_autostarts where guild_id = $1 and by_id <> $2",
        };
        let by = by.map(|by| by.to_string()).unwrap_or_default();
        sqlx::query(sql).bind(guild.to_string()).bind(by).execute(&mut *both).await.map_err(lost)?;
        both.commit().await.map_err(lost)
    }

    /// How a server was when it was first seen. False where it was seen before.
    pub async fn see_server(&self, guild: GuildId, server: &str, since: Millis) -> Result<bool> {
        let seen = sqlx::query(
            "insert into service_returns (guild_id, server_id, since, starts, open) values ($1, $2, $3, '[]', 0)
             on conflict (guild_id, server_id) do nothing",
        )
        .bind(guild.to_string())
        .bind(server)
        .bind(since.0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(seen.rows_affected() > 0)
    }

    /// Whether a server that answers since then came back, and nobody has dealt with that yet.
    pub async fn is_new_return(&self, guild: GuildId, server: &str, since: Millis) -> Result<bool> {
        sqlx::query_scalar::<_, i64>(
            "select count(*) from service_returns where guild_id = $1 and server_id = $2 and since < $3",
        )
        .bind(guild.to_string())
        .bind(server)
        .bind(since.0)
        .fetch_one(&self.reads)
        .await
        .map(|new| new > 0)
        .map_err(lost)
    }

    /// Claims a return with what is begun for it. False where somebody did, or it is switched off.
    pub async fn claim_return(&self, back: &Return, open: bool) -> Result<bool> {
        let claimed = sqlx::query(
            "update service_returns set since = $3, starts = $4, open = $5
             where guild_id = $1 and server_id = $2 and since < $3
                 and exists (select 1 from service_autostarts where guild_id = $1)",
        )
        .bind(back.guild.to_string())
        .bind(&back.server)
        .bind(back.since.0)
        .bind(&back.starts)
        .bind(i64::from(open))
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(claimed.rows_affected() > 0)
    }

    /// Every return of which people are still to be told.
    pub async fn open_returns(&self) -> Result<Vec<Return>> {
        let rows: Vec<(String, String, i64, String)> =
            sqlx::query_as("select guild_id, server_id, since, starts from service_returns where open = 1")
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        let read = |(guild, server, since, starts): (String, String, i64, String)| Return {
            guild: GuildId(guild.parse().unwrap_or_default()),
            server,
            since: Millis(since),
            starts,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// People were told how it went.
    pub async fn close_return(&self, back: &Return) -> Result<()> {
        sqlx::query("update service_returns set open = 0 where guild_id = $1 and server_id = $2 and since = $3")
            .bind(back.guild.to_string())
            .bind(&back.server)
            .bind(back.since.0)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
