//! The secrets of a guild that have a name: everything about them but their values.

use base::{GuildId, Millis, Result, Secret, UserId};
use sqlx::AnyConnection;

use crate::{Store, Vault, lost};

/// A named secret's row.
#[derive(Debug, Clone)]
pub struct NamedSecret {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub guild: GuildId,
    /// Unique in the guild.
    pub name: String,
    /// The vault's row of its value; the same for as long as the secret lives.
    pub secret: String,
    /// The vault's row of the value before, if it was ever rotated.
    pub previous: Option<String>,
    /// How many values it has had.
    pub versions: i64,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set: Millis,
    /// Who rotated it last.
    pub rotated_by: Option<String>,
    /// When.
    pub rotated: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    name: String,
    secret_id: String,
    previous_id: Option<String>,
    versions: i64,
    set_by: String,
    set_at: i64,
    rotated_by: Option<String>,
    rotated_at: Option<i64>,
}

impl From<Row> for NamedSecret {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            name: row.name,
            secret: row.secret_id,
            previous: row.previous_id,
            versions: row.versions,
            set_by: row.set_by,
            set: Millis(row.set_at),
            rotated_by: row.rotated_by,
            rotated: row.rotated_at.map(Millis),
        }
    }
}

impl Store {
    /// Every guild's named secrets, to be known from the start.
    pub async fn all_named_secrets(&self) -> Result<Vec<NamedSecret>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from named_secrets").fetch_all(&self.reads).await.map_err(lost)?;
        Ok(rows.into_iter().map(NamedSecret::from).collect())
    }

    /// A guild's named secrets, by name.
    pub async fn named_secrets(&self, guild: GuildId) -> Result<Vec<NamedSecret>> {
        let rows: Vec<Row> = sqlx::query_as("select * from named_secrets where guild_id = $1 order by lower(name)")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        Ok(rows.into_iter().map(NamedSecret::from).collect())
    }

    /// A guild's secret of this name.
    pub async fn named_secret(&self, guild: GuildId, name: &str) -> Result<Option<NamedSecret>> {
        let row: Option<Row> =
            sqlx::query_as("select * from named_secrets where guild_id = $1 and lower(name) = lower($2)")
                .bind(guild.to_string())
                .bind(name)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(NamedSecret::from))
    }

    /// A guild's named secret whose value is this row of the vault; none where the row is somebody's own.
    pub async fn named_secret_of(&self, guild: GuildId, secret: &str) -> Result<Option<NamedSecret>> {
        let row: Option<Row> = sqlx::query_as("select * from named_secrets where guild_id = $1 and secret_id = $2")
            .bind(guild.to_string())
            .bind(secret)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(NamedSecret::from))
    }

    /// Which of a guild's servers log in with which of its named secrets: the secret's row in the vault and the server's name.
    pub async fn logins_by_secret(&self, guild: GuildId) -> Result<Vec<(String, String)>> {
        sqlx::query_as(
            "select servers.secret_id, servers.name from servers
             join named_secrets on named_secrets.secret_id = servers.secret_id
             where servers.guild_id = $1 and named_secrets.guild_id = $1 order by servers.name",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Removes a secret with its values, unless something uses it. The answer is whether it went.
    pub async fn remove_named_secret(&self, named: &NamedSecret) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query(
            "delete from named_secrets where id = $1 and guild_id = $2
             and not exists (select 1 from servers where servers.secret_id = named_secrets.secret_id)",
        )
        .bind(&named.id)
        .bind(named.guild.to_string())
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        for secret in [Some(&named.secret), named.previous.as_ref()].into_iter().flatten() {
            delete(&mut whole, named.guild, secret).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }
}

impl Vault {
    /// Seals a new secret under a name. None where the name is taken.
    pub async fn name(&self, guild: GuildId, name: &str, secret: &Secret, by: UserId) -> Result<Option<NamedSecret>> {
        let sealed = self.sealed(guild, secret).await?;
        let (id, now) = (self.store.clock.id(), self.store.clock.now());
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut whole, now).await?;
        let row: Option<Row> = sqlx::query_as(
            "insert into named_secrets (id, guild_id, name, secret_id, versions, set_by, set_at)
             values ($1, $2, $3, $4, 1, $5, $6) on conflict (guild_id, lower(name)) do nothing returning *",
        )
        .bind(id.to_string())
        .bind(guild.to_string())
        .bind(name)
        .bind(&sealed.id)
        .bind(by.to_string())
        .bind(now.0)
        .fetch_optional(&mut *whole)
        .await
        .map_err(lost)?;
        // Not committed, nothing of it is there.
        let Some(row) = row else { return Ok(None) };
        whole.commit().await.map_err(lost)?;
        Ok(Some(row.into()))
    }

    /// Gives a secret another value, in the same row of the vault, and keeps the one before sealed beside it. None where
    /// somebody else rotated or removed it since it was read.
    pub async fn rotate(&self, named: &NamedSecret, secret: &Secret, by: UserId) -> Result<Option<NamedSecret>> {
        let before = self.open(named.guild, &named.secret).await?;
        let previous = self.sealed(named.guild, &before).await?;
        let sealed = self.sealed_as(named.guild, named.secret.clone(), secret).await?;
        let now = self.store.clock.now();
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        previous.insert(&mut whole, now).await?;
        let row: Option<Row> = sqlx::query_as(
            "update named_secrets set previous_id = $1, versions = versions + 1, rotated_by = $2, rotated_at = $3
             where id = $4 and guild_id = $5 and versions = $6 returning *",
        )
        .bind(&previous.id)
        .bind(by.to_string())
        .bind(now.0)
        .bind(&named.id)
        .bind(named.guild.to_string())
        .bind(named.versions)
        .fetch_optional(&mut *whole)
        .await
        .map_err(lost)?;
        let Some(row) = row else { return Ok(None) };
        sealed.replace(&mut whole).await?;
        if let Some(older) = &named.previous {
            delete(&mut whole, named.guild, older).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(Some(row.into()))
    }
}

impl Vault {
    /// Every value of every named secret, also the ones before, to be learned at the start; none in place of a value that was
    /// altered. Where there are no secrets, no key is derived.
    pub async fn open_named(&self) -> Result<Vec<(GuildId, String, Option<Secret>)>> {
        let rows: Vec<Value> = sqlx::query_as(
            "select secrets.guild_id, named_secrets.name, secrets.id, secrets.nonce, secrets.sealed from named_secrets
             join secrets on secrets.guild_id = named_secrets.guild_id
                 and (secrets.id = named_secrets.secret_id or secrets.id = named_secrets.previous_id)",
        )
        .fetch_all(&self.store.reads)
        .await
        .map_err(lost)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = self.key().await?;
        let open = |row: Value| {
            let guild = GuildId(row.guild_id.parse().unwrap_or_default());
            let plain = key.open(guild, &row.id, &row.nonce, &row.sealed);
            (guild, row.name, plain.and_then(|plain| String::from_utf8(plain).ok()).map(Secret::new))
        };
        Ok(rows.into_iter().map(open).collect())
    }
}

#[derive(sqlx::FromRow)]
struct Value {
    guild_id: String,
    name: String,
    id: String,
    nonce: Vec<u8>,
    sealed: Vec<u8>,
}

async fn delete(connection: &mut AnyConnection, guild: GuildId, secret: &str) -> Result<()> {
    sqlx::query("delete from secrets where id = $1 and guild_id = $2")
        .bind(secret)
        .bind(guild.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
}
