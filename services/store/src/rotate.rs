//! Seals every secret anew under another key, for `nebula key rotate`.
//!
//! **Invariants:** at every moment each secret opens with the key its row names, and that key's row is there: a process that is
//! killed loses nothing, and the next one goes on. The old key's row goes last, in the same transaction that ends the rotation.
//! Only for whoever holds the database's lock.

use base::{Error, GuildId, Result, card::code};
use secrecy::SecretString;

use crate::{
    Kind, Store, lost,
    vault_key::{KnownKey, VaultKey},
};

/// Rows of one transaction: few enough to lose no time with a kill, enough that each does not wait for the disk alone.
const BATCH: i64 = 100;

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Sealed anew, also by those before that were interrupted.
    pub done: i64,
    /// All there are.
    pub of: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    guild_id: String,
    nonce: Vec<u8>,
    sealed: Vec<u8>,
}

impl Store {
    /// Seals everything anew under a key of this passphrase and a fresh salt, or goes on with that where another process was
    /// interrupted. The answer is how many secrets there are.
    ///
    /// # Errors
    /// A wrong passphrase and a secret that was altered are told in a sentence; nothing is lost by either.
    pub async fn rotate_key(
        &self,
        old: &SecretString,
        new: &SecretString,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<i64> {
        let mut keys = self.vault_keys().await?;
        let Some(newest) = keys.pop() else {
            return Err(Error::Busy(
                "nothing was ever sealed in this database, so there is no key to rotate".to_owned(),
            ));
        };
        let (old, new) = match newest.replaces.clone() {
            Some(replaced) => {
                let replaced = keys.into_iter().find(|key| key.id == replaced);
                let replaced = replaced.ok_or_else(|| {
                    Error::internal("rotating the key", anyhow::anyhow!("the row of the old key is gone"))
                })?;
                self.go_on(&replaced, &newest, old, new).await?
            }
            None => self.begin_rotation(&newest, old, new).await?,
        };
        let of = self.count("select count(*) from secrets", None).await?;
        let mut left = self.count("select count(*) from secrets where key_id = $1", Some(&old.id)).await?;
        progress(Progress { done: of - left, of });
        while left > 0 {
            left -= self.reseal(&old, &new).await?;
            progress(Progress { done: of - left, of });
        }
        self.end_rotation(&old, &new).await?;
        Ok(of)
    }

    /// Sees that everything opens before anything is changed, and notes the new key.
    async fn begin_rotation(
        &self,
        known: &KnownKey,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(VaultKey, VaultKey)> {
        let old = known.open(old).await?.ok_or_else(|| {
            wrong("NEBULA_SECRET is not the one this database is sealed with; if a rotation has just ended, it is the new one")
        })?;
        let mut after = String::new();
        loop {
            let rows = self.sealed_with(&old, &after).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            for row in &rows {
                if plain(&old, row).is_none() {
                    let damaged = self.damaged(row).await?;
                    return Err(wrong(&format!(
                        "{damaged}. Nothing was changed: remove what uses it, and run this again"
                    )));
                }
            }
        }
        let (mut row, new) = KnownKey::new(self.clock.id().to_string(), new).await?;
        row.replaces = Some(old.id.clone());
        let mut connection = self.pool.acquire().await.map_err(lost)?;
        row.insert(&mut connection, self.clock.now()).await?;
        Ok((old, new))
    }

    /// Both keys of a rotation that was interrupted.
    async fn go_on(
        &self,
        replaced: &KnownKey,
        newest: &KnownKey,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<(VaultKey, VaultKey)> {
        let old_key = replaced.open(old).await?;
        let old_key = old_key.ok_or_else(|| {
            wrong("a rotation was interrupted, and NEBULA_SECRET is not the one it began with: set the old one")
        })?;
        if let Some(new) = newest.open(new).await? {
            return Ok((old_key, new));
        }
        // Interrupted before anything was sealed: another passphrase may take its place.
        if self.count("select count(*) from secrets where key_id = $1", Some(&newest.id)).await? == 0 {
            sqlx::query("delete from vault_keys where id = $1")
                .bind(&newest.id)
                .execute(&self.pool)
                .await
                .map_err(lost)?;
            return self.begin_rotation(replaced, old, new).await;
        }
        Err(wrong(
            "a rotation to another passphrase was interrupted: set NEBULA_SECRET_NEW to the one it was begun with, or leave \
             it out if there was none",
        ))
    }

    /// Seals some anew, whole or not at all. The answer is how many.
    async fn reseal(&self, old: &VaultKey, new: &VaultKey) -> Result<i64> {
        let rows = self.sealed_with(old, "").await?;
        let mut anew = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(plain) = plain(old, row) else {
                let damaged = self.damaged(row).await?;
                return Err(wrong(&format!(
                    "{damaged}. What was sealed anew stays so, and nothing is lost: put that row back from a backup, and run \
                     this again"
                )));
            };
            anew.push(new.seal(guild(row), row.id.clone(), &plain)?);
        }
        let mut whole = self.pool.begin().await.map_err(lost)?;
        for sealed in &anew {
            sealed.replace(&mut whole).await?;
        }
        whole.commit().await.map_err(lost)?;
        if anew.is_empty() {
            return Err(Error::internal(
                "rotating the key",
                anyhow::anyhow!("secrets went while they were sealed anew"),
            ));
        }
        Ok(i64::try_from(anew.len()).unwrap_or(i64::MAX))
    }

    /// Deletes the old key, and what SQLite still has of it in pages that are free.
    async fn end_rotation(&self, old: &VaultKey, new: &VaultKey) -> Result<()> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        for (statement, id) in [
            ("update vault_keys set replaces = null where id = $1", &new.id),
            // The database refuses while a secret still names it.
            ("delete from vault_keys where id = $1", &old.id),
        ] {
            sqlx::query(statement).bind(id).execute(&mut *whole).await.map_err(lost)?;
        }
        whole.commit().await.map_err(lost)?;
        if self.kind() == Kind::Sqlite {
            for statement in ["vacuum", "pragma wal_checkpoint(truncate)"] {
                sqlx::query(statement).execute(&self.pool).await.map_err(lost)?;
            }
        }
        Ok(())
    }

    async fn sealed_with(&self, key: &VaultKey, after: &str) -> Result<Vec<Row>> {
        sqlx::query_as(
            "select id, guild_id, nonce, sealed from secrets where key_id = $1 and id > $2 order by id limit $3",
        )
        .bind(&key.id)
        .bind(after)
        .bind(BATCH)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    async fn count(&self, statement: &'static str, key: Option<&str>) -> Result<i64> {
        let query = sqlx::query_scalar(statement);
        let query = if let Some(key) = key { query.bind(key) } else { query };
        query.fetch_one(&self.pool).await.map_err(lost)
    }

    /// Names a secret that does not open, and what uses it.
    async fn damaged(&self, row: &Row) -> Result<String> {
        let server: Option<String> =
            sqlx::query_scalar("select name from servers where secret_id = $1 and guild_id = $2 order by name limit 1")
                .bind(&row.id)
                .bind(&row.guild_id)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let named: Option<String> = sqlx::query_scalar(
            "select name from named_secrets where (secret_id = $1 or previous_id = $1) and guild_id = $2",
        )
        .bind(&row.id)
        .bind(&row.guild_id)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        let provider: Option<String> =
            sqlx::query_scalar("select name from model_providers where secret_id = $1 and guild_id = $2")
                .bind(&row.id)
                .bind(&row.guild_id)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        let account: Option<(String, String)> =
            sqlx::query_as("select platform, user_id from accounts where secret_id = $1 and user_id = $2")
                .bind(&row.id)
                .bind(&row.guild_id)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        if let Some((platform, user)) = account {
            return Ok(format!(
                "the {platform} account of person {user} does not open, it was altered (row {} of `secrets`)",
                row.id
            ));
        }
        let plex: Option<String> =
            sqlx::query_scalar("select address from presence_plex where secret_id = $1 and guild_id = $2")
                .bind(&row.id)
                .bind(&row.guild_id)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        if let Some(address) = plex {
            return Ok(format!(
                "the token of Plex at {} of guild {} does not open, it was altered (row {} of `secrets`)",
                code(address),
                row.guild_id,
                row.id
            ));
        }
        let what = match (named, server, provider) {
            (Some(name), ..) => format!("secret {}", code(name)),
            (None, Some(name), _) => format!("the credential of server {}", code(name)),
            (None, None, Some(name)) => format!("the key of the models of {}", code(name)),
            (None, None, None) => "a secret that nothing uses".to_owned(),
        };
        Ok(format!("{what} of guild {} does not open, it was altered (row {} of `secrets`)", row.guild_id, row.id))
    }
}

fn guild(row: &Row) -> GuildId {
    GuildId(row.guild_id.parse().unwrap_or_default())
}

fn plain(key: &VaultKey, row: &Row) -> Option<Vec<u8>> {
    key.open(guild(row), &row.id, &row.nonce, &row.sealed)
}

fn wrong(sentence: &str) -> Error {
    Error::Invalid(sentence.to_owned())
}
