//! The MCP servers a guild uses, which of their tools only look, and the tokens by which other assistants come in.
//!
//! **Invariants:** a server, its token and what was said of its tools come and go in one transaction. Of a token that lets somebody in
//! only the hash is kept.

use base::{GuildId, Millis, Result, Secret, UserId};

use crate::{Store, Vault, lost, vault};

/// A server a guild uses.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct McpServer {
    /// Its id.
    pub id: String,
    /// Unique in the guild.
    pub name: String,
    /// Where it is; none where it is one that the bot's owner named.
    pub address: Option<String>,
    /// The vault's row of its token.
    #[sqlx(rename = "secret_id")]
    pub secret: Option<String>,
}

/// A tool of which somebody said that it only looks.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct McpLook {
    /// The server.
    pub server_id: String,
    /// Its name there.
    pub tool: String,
    /// What it was then.
    pub lowered: String,
    /// What it was when it was last seen.
    pub seen: String,
}

impl McpLook {
    /// Whether it still is what it was.
    pub fn holds(&self) -> bool {
        self.lowered == self.seen
    }
}

/// What lets another assistant in as a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpToken {
    /// Its id.
    pub id: String,
    /// Where it counts.
    pub guild: GuildId,
    /// Whom it lets in.
    pub user: UserId,
    /// What they called it.
    pub name: String,
    /// When it ends.
    pub expires: Millis,
    /// When it was last used.
    pub used: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    id: String,
    guild_id: String,
    user_id: String,
    name: String,
    expires_at: i64,
    used_at: Option<i64>,
}

impl From<TokenRow> for McpToken {
    fn from(row: TokenRow) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            user: UserId(row.user_id.parse().unwrap_or_default()),
            name: row.name,
            expires: Millis(row.expires_at),
            used: row.used_at.map(Millis),
        }
    }
}

impl Store {
    /// The servers a guild uses, by name.
    pub async fn mcp_servers(&self, guild: GuildId) -> Result<Vec<McpServer>> {
        sqlx::query_as("select id, name, address, secret_id from mcp_servers where guild_id = $1 order by lower(name)")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Removes a server with its token and what was said of its tools. The answer is whether it was there.
    pub async fn remove_mcp_server(&self, guild: GuildId, id: &str) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from mcp_looks where server_id = $1 and guild_id = $2")
            .bind(id)
            .bind(guild.to_string())
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        let gone: Option<(Option<String>,)> =
            sqlx::query_as("delete from mcp_servers where id = $1 and guild_id = $2 returning secret_id")
                .bind(id)
                .bind(guild.to_string())
                .fetch_optional(&mut *whole)
                .await
                .map_err(lost)?;
        let Some((secret,)) = gone else { return Ok(false) };
        if let Some(secret) = secret {
            vault::forget(&mut whole, guild, &secret).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// The tools of a guild's servers of which somebody said that they only look.
    pub async fn mcp_looks(&self, guild: GuildId) -> Result<Vec<McpLook>> {
        sqlx::query_as("select server_id, tool, lowered, seen from mcp_looks where guild_id = $1 order by tool")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Says of a tool, as it is now, that it only looks. The answer is whether its server is still there.
    pub async fn lower_mcp_tool(
        &self,
        guild: GuildId,
        server: &str,
        tool: &str,
        digest: &str,
        by: UserId,
    ) -> Result<bool> {
        let kept = sqlx::query(
            "insert into mcp_looks (server_id, guild_id, tool, lowered, seen, set_by, set_at)
             select id, guild_id, $3, $4, $4, $5, $6 from mcp_servers where id = $1 and guild_id = $2
             on conflict (server_id, tool) do update set lowered = $4, seen = $4, set_by = $5, set_at = $6",
        )
        .bind(server)
        .bind(guild.to_string())
        .bind(tool)
        .bind(digest)
        .bind(by.to_string())
        .bind(self.clock.now().0);
        let kept = kept.execute(&self.pool).await.map_err(lost)?;
        Ok(kept.rows_affected() > 0)
    }

    /// Takes that back. The answer is whether it had been said.
    pub async fn raise_mcp_tool(&self, guild: GuildId, server: &str, tool: &str) -> Result<bool> {
        let gone = sqlx::query("delete from mcp_looks where server_id = $1 and guild_id = $2 and tool = $3")
            .bind(server)
            .bind(guild.to_string())
            .bind(tool);
        let gone = gone.execute(&self.pool).await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Notes what a tool was when it was last seen. The answer is whether that is news.
    pub async fn saw_mcp_tool(&self, guild: GuildId, server: &str, tool: &str, digest: &str) -> Result<bool> {
        let changed = sqlx::query(
            "update mcp_looks set seen = $4 where server_id = $1 and guild_id = $2 and tool = $3 and seen <> $4",
        )
        .bind(server)
        .bind(guild.to_string())
        .bind(tool)
        .bind(digest);
        let changed = changed.execute(&self.pool).await.map_err(lost)?;
        Ok(changed.rows_affected() > 0)
    }

    /// Every guild's tokens of servers, to be known from the start: the guild, and the vault's row.
    pub async fn mcp_secrets(&self) -> Result<Vec<(GuildId, String)>> {
        let sql = "select guild_id, secret_id from mcp_servers where secret_id is not null";
        let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().filter_map(|(guild, secret)| Some((GuildId(guild.parse().ok()?), secret))).collect())
    }

    /// Lets somebody in by what has this hash, until then. None where they have one of that name, or as many as they may have.
    pub async fn add_mcp_token(
        &self,
        guild: GuildId,
        user: UserId,
        name: &str,
        hash: &str,
        expires: Millis,
        most: i64,
    ) -> Result<bool> {
        let now = self.clock.now();
        let mut whole = self.pool.begin().await.map_err(lost)?;
        // What has ended takes no room, and no name.
        sqlx::query("delete from mcp_tokens where expires_at <= $1")
            .bind(now.0)
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        let added = sqlx::query(
            "insert into mcp_tokens (id, guild_id, user_id, name, hash, created_at, expires_at)
             select $1, $2, $3, $4, $5, $6, $7
             where (select count(*) from mcp_tokens where guild_id = $2 and user_id = $3) < $8
             on conflict (guild_id, user_id, lower(name)) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(name)
        .bind(hash)
        .bind(now.0)
        .bind(expires.0)
        .bind(most)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        whole.commit().await.map_err(lost)?;
        Ok(added.rows_affected() > 0)
    }

    /// Somebody's tokens that have not ended, by name.
    pub async fn mcp_tokens(&self, guild: GuildId, user: UserId) -> Result<Vec<McpToken>> {
        let rows: Vec<TokenRow> = sqlx::query_as(
            "select id, guild_id, user_id, name, expires_at, used_at from mcp_tokens
             where guild_id = $1 and user_id = $2 and expires_at > $3 order by lower(name)",
        )
        .bind(guild.to_string())
        .bind(user.to_string())
        .bind(self.clock.now().0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(McpToken::from).collect())
    }

    /// Ends somebody's token. The answer is whether it was there.
    pub async fn revoke_mcp_token(&self, guild: GuildId, user: UserId, name: &str) -> Result<bool> {
        let gone =
            sqlx::query("delete from mcp_tokens where guild_id = $1 and user_id = $2 and lower(name) = lower($3)")
                .bind(guild.to_string())
                .bind(user.to_string())
                .bind(name);
        let gone = gone.execute(&self.pool).await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// Whom what has this hash lets in now; that it was used is noted.
    pub async fn use_mcp_token(&self, hash: &str) -> Result<Option<McpToken>> {
        let row: Option<TokenRow> = sqlx::query_as(
            "update mcp_tokens set used_at = $2 where hash = $1 and expires_at > $2
             returning id, guild_id, user_id, name, expires_at, used_at",
        )
        .bind(hash)
        .bind(self.clock.now().0)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(McpToken::from))
    }
}

impl Vault {
    /// Has a guild use a server, with its token. None where the name is taken.
    pub async fn add_mcp_server(
        &self,
        guild: GuildId,
        (name, address): (&str, Option<&str>),
        token: Option<&Secret>,
        by: UserId,
    ) -> Result<Option<McpServer>> {
        let sealed = match token {
            Some(token) => Some(self.sealed(guild, token).await?),
            None => None,
        };
        let now: Millis = self.store.clock.now();
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        if let Some(sealed) = &sealed {
            sealed.insert(&mut whole, now).await?;
        }
        let row: Option<McpServer> = sqlx::query_as(
            "insert into mcp_servers (id, guild_id, name, address, secret_id, added_by, added_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (guild_id, lower(name)) do nothing
             returning id, name, address, secret_id",
        )
        .bind(self.store.clock.id().to_string())
        .bind(guild.to_string())
        .bind(name)
        .bind(address)
        .bind(sealed.as_ref().map(|sealed| sealed.id.clone()))
        .bind(by.to_string())
        .bind(now.0)
        .fetch_optional(&mut *whole)
        .await
        .map_err(lost)?;
        // Not committed, nothing of it is there.
        let Some(row) = row else { return Ok(None) };
        whole.commit().await.map_err(lost)?;
        Ok(Some(row))
    }
}
