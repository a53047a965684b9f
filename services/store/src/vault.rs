//! Secrets at rest: AES-256-GCM under a key that scrypt derives from `NEBULA_SECRET` and the vault's own random salt.
//!
//! **Invariant:** there is no default passphrase, and nothing is stored under a wrong one: the first use proves it.

use base::{Error, GuildId, Result, Secret};
use secrecy::SecretString;
use sqlx::AnyConnection;
use tokio::sync::OnceCell;

use crate::{
    Store, lost,
    owners::used_secrets,
    vault_key::{KnownKey, Sealed, VaultKey},
};

/// Seals and opens secrets. The key is derived at the first use, not at the start.
pub struct Vault {
    pub(crate) store: Store,
    passphrase: Option<SecretString>,
    key: OnceCell<VaultKey>,
}

impl Vault {
    /// The vault of this database. Without a passphrase it stays shut and says so.
    pub fn new(store: Store, passphrase: Option<SecretString>) -> Self {
        Self { store, passphrase, key: OnceCell::new() }
    }

    /// Seals a guild's secret and stores it; the answer is its row's id.
    pub async fn seal(&self, guild: GuildId, secret: &Secret) -> Result<String> {
        let sealed = self.sealed(guild, secret).await?;
        let mut connection = self.store.pool.acquire().await.map_err(lost)?;
        sealed.insert(&mut connection, self.store.clock.now()).await?;
        Ok(sealed.id)
    }

    /// Seals what was typed unseen into a terminal, for as long as that is open. False where it is over.
    pub async fn seal_for_terminal(&self, guild: GuildId, terminal: uuid::Uuid, secret: &Secret) -> Result<bool> {
        let sealed = self.sealed(guild, secret).await?;
        let mut both = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut both, self.store.clock.now()).await?;
        let noted = sqlx::query(
            "insert into terminal_secrets (secret_id, guild_id, terminal_id)
             select $1, $2, $3 where exists (
                 select 1 from terminals where id = $3 and guild_id = $2 and state = 'open')",
        )
        .bind(&sealed.id)
        .bind(guild.to_string())
        .bind(terminal.to_string())
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if noted.rows_affected() == 0 {
            both.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        both.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// A guild's secret, sealed for a row of its own.
    pub(crate) async fn sealed(&self, guild: GuildId, secret: &Secret) -> Result<Sealed> {
        self.sealed_as(guild, self.store.clock.id().to_string(), secret).await
    }

    /// A guild's secret, sealed for this row.
    pub(crate) async fn sealed_as(&self, guild: GuildId, id: String, secret: &Secret) -> Result<Sealed> {
        self.key().await?.seal(guild, id, secret.expose().as_bytes())
    }

    /// Opens a guild's secret.
    pub async fn open(&self, guild: GuildId, id: &str) -> Result<Secret> {
        let key = self.key().await?;
        let (nonce, sealed): (Vec<u8>, Vec<u8>) =
            sqlx::query_as("select nonce, sealed from secrets where id = $1 and guild_id = $2 and key_id = $3")
                .bind(id)
                .bind(guild.to_string())
                .bind(&key.id)
                .fetch_one(&self.store.reads)
                .await
                .map_err(lost)?;
        let damaged =
            || Error::internal("opening a secret", anyhow::anyhow!("secret {id} does not open: it was altered"));
        let plain = key.open(guild, id, &nonce, &sealed).ok_or_else(damaged)?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| damaged())
    }

    /// Deletes what nothing uses: left by a process that died between a secret and what it is for. Only for whoever holds the
    /// database's lock, before anything is added.
    pub async fn sweep(&self) -> Result<()> {
        sqlx::query(concat!("delete from secrets where id not in (", used_secrets!(), ")"))
            .execute(&self.store.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Deletes a guild's secret, unless something still uses it.
    pub async fn forget(&self, guild: GuildId, id: &str) -> Result<()> {
        let mut connection = self.store.pool.acquire().await.map_err(lost)?;
        forget(&mut connection, guild, id).await
    }

    /// Whether a passphrase is there and opens this vault. A vault without a key yet is left so.
    ///
    /// # Errors
    /// Says which of the two is wrong, and what to do.
    pub async fn check(&self) -> Result<()> {
        if self.passphrase.is_some() && self.known().await?.is_none() {
            return Ok(());
        }
        self.key().await.map(drop)
    }

    pub(crate) async fn key(&self) -> Result<&VaultKey> {
        self.key.get_or_try_init(|| self.derive()).await
    }

    async fn derive(&self) -> Result<VaultKey> {
        let Some(passphrase) = &self.passphrase else {
            return Err(Error::Busy(
                "`NEBULA_SECRET` is not set, so I keep no passwords or keys. Set it (`openssl rand -hex 32` makes one) \
                 and start me again."
                    .to_owned(),
            ));
        };
        if let Some(unfinished) = self.store.unfinished_rotation().await? {
            return Err(Error::Busy(unfinished));
        }
        if let Some(known) = self.known().await? {
            return known.open(passphrase).await?.ok_or_else(|| {
                Error::Busy(
                    "`NEBULA_SECRET` is not the one this database was sealed with. Start me with the right one."
                        .to_owned(),
                )
            });
        }
        let (known, key) = KnownKey::new(self.store.clock.id().to_string(), passphrase).await?;
        let mut connection = self.store.pool.acquire().await.map_err(lost)?;
        known.insert(&mut connection, self.store.clock.now()).await?;
        Ok(key)
    }

    async fn known(&self) -> Result<Option<KnownKey>> {
        Ok(self.store.vault_keys().await?.pop())
    }
}

/// Deletes a guild's secret, unless something still uses it; also part of deleting what used it.
pub(crate) async fn forget(connection: &mut AnyConnection, guild: GuildId, id: &str) -> Result<()> {
    sqlx::query(concat!("delete from secrets where id = $1 and guild_id = $2 and id not in (", used_secrets!(), ")"))
        .bind(id)
        .bind(guild.to_string())
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
}
