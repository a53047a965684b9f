//! Guilds' Plex servers, and what opens them.
//!
//! **Invariant:** a server and its token come and go in one transaction.

use base::{GuildId, Result, Secret, UserId};

use crate::{Store, Vault, lost, vault};

/// A guild's Plex server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Plex {
    /// Whose it is.
    pub guild: GuildId,
    /// Another one whenever it is set.
    pub id: String,
    /// Where it is.
    pub address: String,
    /// Of whom it is asked there.
    pub user: String,
    secret: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    guild_id: String,
    id: String,
    address: String,
    plex_user: String,
    secret_id: String,
}

impl From<Row> for Plex {
    fn from(row: Row) -> Self {
        Self {
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            id: row.id,
            address: row.address,
            user: row.plex_user,
            secret: row.secret_id,
        }
    }
}

impl Store {
    /// A guild's Plex server.
    pub async fn plex(&self, guild: GuildId) -> Result<Option<Plex>> {
        let row: Option<Row> =
            sqlx::query_as("select guild_id, id, address, plex_user, secret_id from presence_plex where guild_id = $1")
                .bind(guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(Plex::from))
    }

    /// The Plex servers of all guilds.
    pub async fn plexes(&self) -> Result<Vec<Plex>> {
        let rows: Vec<Row> =
            sqlx::query_as("select guild_id, id, address, plex_user, secret_id from presence_plex order by guild_id")
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(Plex::from).collect())
    }

    /// Forgets a guild's Plex server with its token. The answer is whether there was one.
    pub async fn remove_plex(&self, guild: GuildId) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        let gone: Option<(String,)> =
            sqlx::query_as("delete from presence_plex where guild_id = $1 returning secret_id")
                .bind(guild.to_string())
                .fetch_optional(&mut *whole)
                .await
                .map_err(lost)?;
        let Some((secret,)) = gone else { return Ok(false) };
        vault::forget(&mut whole, guild, &secret).await?;
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }
}

impl Vault {
    /// Has a guild's Plex server be this one, in place of any other.
    pub async fn set_plex(
        &self,
        guild: GuildId,
        (address, user): (&str, &str),
        token: &Secret,
        by: UserId,
    ) -> Result<()> {
        let sealed = self.sealed(guild, token).await?;
        let now = self.store.clock.now();
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut whole, now).await?;
        let before: Option<(String,)> =
            sqlx::query_as("delete from presence_plex where guild_id = $1 returning secret_id")
                .bind(guild.to_string())
                .fetch_optional(&mut *whole)
                .await
                .map_err(lost)?;
        sqlx::query(
            "insert into presence_plex (guild_id, id, address, plex_user, secret_id, set_by, set_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(guild.to_string())
        .bind(self.store.clock.id().to_string())
        .bind(address)
        .bind(user)
        .bind(&sealed.id)
        .bind(by.to_string())
        .bind(now.0)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        if let Some((secret,)) = before {
            vault::forget(&mut whole, guild, &secret).await?;
        }
        whole.commit().await.map_err(lost)
    }

    /// What opens a guild's Plex server.
    pub async fn plex_token(&self, plex: &Plex) -> Result<Secret> {
        self.open(plex.guild, &plex.secret).await
    }
}
