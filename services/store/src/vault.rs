//! Secrets at rest: AES-256-GCM under a key that scrypt derives from `NEBULA_SECRET` and the vault's own random salt.
//!
//! **Invariant:** there is no default passphrase, and nothing is stored under a wrong one: the first use proves it.

use aes_gcm::{
    Aes256Gcm, Key,
    aead::{Aead, Generate, KeyInit, Nonce, Payload},
};
use base::{Error, GuildId, Millis, Result, Secret};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AnyConnection;
use tokio::sync::OnceCell;

use crate::{Store, lost, owners::used_secrets};

/// scrypt's cost: 2^15 rounds of 8 blocks, about 32 MiB and a tenth of a second, once per process.
const SCRYPT_LOG_N: u8 = 15;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
/// Sealed with every key; a passphrase that opens it is the right one.
const PROOF: &[u8] = b"nebula vault";

/// Seals and opens secrets. The key is derived at the first use, not at the start.
pub struct Vault {
    pub(crate) store: Store,
    passphrase: Option<SecretString>,
    key: OnceCell<VaultKey>,
}

/// A key and its row's id.
pub(crate) struct VaultKey {
    pub(crate) id: String,
    cipher: Aes256Gcm,
}

/// A row of the vault that is not written yet.
pub(crate) struct Sealed {
    pub(crate) id: String,
    guild: GuildId,
    key: String,
    nonce: Vec<u8>,
    sealed: Vec<u8>,
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
                .fetch_one(&self.store.pool)
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

impl VaultKey {
    /// Seals bytes for this row of this guild.
    pub(crate) fn seal(&self, guild: GuildId, id: String, plain: &[u8]) -> Result<Sealed> {
        let nonce = Nonce::<Aes256Gcm>::generate();
        let bound = bound_to(&id, guild);
        let sealed = self
            .cipher
            .encrypt(&nonce, Payload { msg: plain, aad: bound.as_bytes() })
            .map_err(|_| Error::internal("sealing a secret", anyhow::anyhow!("AES-GCM refused")))?;
        Ok(Sealed { id, guild, key: self.id.clone(), nonce: nonce.to_vec(), sealed })
    }

    /// Opens what this key sealed for this row of this guild; none where it was altered.
    pub(crate) fn open(&self, guild: GuildId, id: &str, nonce: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let nonce = Nonce::<Aes256Gcm>::try_from(nonce).ok()?;
        let bound = bound_to(id, guild);
        self.cipher.decrypt(&nonce, Payload { msg: sealed, aad: bound.as_bytes() }).ok()
    }
}

impl Sealed {
    /// Writes it as a new row.
    pub(crate) async fn insert(&self, connection: &mut AnyConnection, now: Millis) -> Result<()> {
        sqlx::query(
            "insert into secrets (id, guild_id, key_id, nonce, sealed, created_at) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&self.id)
        .bind(self.guild.to_string())
        .bind(&self.key)
        .bind(&self.nonce)
        .bind(&self.sealed)
        .bind(now.0)
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Writes it in place of what its row holds. The answer is whether the row is there.
    pub(crate) async fn replace(&self, connection: &mut AnyConnection) -> Result<bool> {
        sqlx::query("update secrets set key_id = $1, nonce = $2, sealed = $3 where id = $4 and guild_id = $5")
            .bind(&self.key)
            .bind(&self.nonce)
            .bind(&self.sealed)
            .bind(&self.id)
            .bind(self.guild.to_string())
            .execute(connection)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }
}

/// A key's row: what tells whether a passphrase is its own.
pub(crate) struct KnownKey {
    pub(crate) id: String,
    salt: Vec<u8>,
    proof: Vec<u8>,
    /// The key whose place it takes, while a rotation is at work.
    pub(crate) replaces: Option<String>,
}

impl KnownKey {
    /// A key of this passphrase and a fresh salt.
    pub(crate) async fn new(id: String, passphrase: &SecretString) -> Result<(Self, VaultKey)> {
        let salt = [Nonce::<Aes256Gcm>::generate().to_vec(), Nonce::<Aes256Gcm>::generate().to_vec()].concat();
        let cipher = stretch(passphrase.clone(), salt.clone()).await?;
        let nonce = Nonce::<Aes256Gcm>::generate();
        let sealed = cipher
            .encrypt(&nonce, Payload { msg: PROOF, aad: id.as_bytes() })
            .map_err(|_| Error::internal("making the vault's key", anyhow::anyhow!("AES-GCM refused")))?;
        let proof = [nonce.to_vec(), sealed].concat();
        Ok((Self { id: id.clone(), salt, proof, replaces: None }, VaultKey { id, cipher }))
    }

    /// The key, if this is its passphrase.
    pub(crate) async fn open(&self, passphrase: &SecretString) -> Result<Option<VaultKey>> {
        let cipher = stretch(passphrase.clone(), self.salt.clone()).await?;
        let (nonce, sealed) = self.proof.split_at_checked(12).unwrap_or((&[], &[]));
        let opens = Nonce::<Aes256Gcm>::try_from(nonce)
            .is_ok_and(|nonce| cipher.decrypt(&nonce, Payload { msg: sealed, aad: self.id.as_bytes() }).is_ok());
        Ok(opens.then(|| VaultKey { id: self.id.clone(), cipher }))
    }

    pub(crate) async fn insert(&self, connection: &mut AnyConnection, now: Millis) -> Result<()> {
        sqlx::query("insert into vault_keys (id, salt, proof, created_at, replaces) values ($1, $2, $3, $4, $5)")
            .bind(&self.id)
            .bind(&self.salt)
            .bind(&self.proof)
            .bind(now.0)
            .bind(&self.replaces)
            .execute(connection)
            .await
            .map(drop)
            .map_err(lost)
    }
}

impl Store {
    /// Every key there is, the newest last: two only while a rotation is at work.
    pub(crate) async fn vault_keys(&self) -> Result<Vec<KnownKey>> {
        let rows: Vec<(String, Vec<u8>, Vec<u8>, Option<String>)> =
            sqlx::query_as("select id, salt, proof, replaces from vault_keys order by created_at, id")
                .fetch_all(&self.pool)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(|(id, salt, proof, replaces)| KnownKey { id, salt, proof, replaces }).collect())
    }

    /// What to do about a rotation that was begun and has not ended. Until then the vault stays shut: some of it opens with
    /// one passphrase and some with another, and what were sealed now could be lost with either.
    pub async fn unfinished_rotation(&self) -> Result<Option<String>> {
        let unfinished = self.vault_keys().await?.iter().any(|key| key.replaces.is_some());
        Ok(unfinished.then(|| {
            "`nebula key rotate` was begun on this database and has not ended. Run it again with the same \
             `NEBULA_SECRET` and `NEBULA_SECRET_NEW`: it goes on where it was, and I start after that."
                .to_owned()
        }))
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

/// What a sealed value is bound to, so that it opens only in its own row and guild.
fn bound_to(id: &str, guild: GuildId) -> String {
    format!("{guild}/{id}")
}

async fn stretch(passphrase: SecretString, salt: Vec<u8>) -> Result<Aes256Gcm> {
    let derive = move || -> anyhow::Result<Aes256Gcm> {
        let params = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P)?;
        let mut key = Key::<Aes256Gcm>::default();
        scrypt::scrypt(passphrase.expose_secret().as_bytes(), &salt, &params, &mut key)?;
        Ok(Aes256Gcm::new(&key))
    };
    tokio::task::spawn_blocking(derive)
        .await
        .map_err(anyhow::Error::from)
        .flatten()
        .map_err(|error| Error::internal("deriving the vault's key", error))
}
