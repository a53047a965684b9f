//! The vault's keys: derived from a passphrase, known by a row that proves which one, and what they seal.

use aes_gcm::{
    Aes256Gcm, Key,
    aead::{Aead, Generate, KeyInit, Nonce, Payload},
};
use base::{Error, GuildId, Millis, Result};
use secrecy::{ExposeSecret, SecretString};
use sqlx::AnyConnection;

use crate::{Store, lost};

/// scrypt's cost: 2^15 rounds of 8 blocks, about 32 MiB and a tenth of a second, once per process.
const SCRYPT_LOG_N: u8 = 15;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
/// Sealed with every key; a passphrase that opens it is the right one.
const PROOF: &[u8] = b"nebula vault";

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
    ciphertext: Vec<u8>,
}

impl VaultKey {
    /// Seals bytes for this row of this guild.
    pub(crate) fn seal(&self, guild: GuildId, id: String, plain: &[u8]) -> Result<Sealed> {
        let nonce = Nonce::<Aes256Gcm>::generate();
        let bound = bound_to(&id, guild);
        let ciphertext = self
            .cipher
            .encrypt(&nonce, Payload { msg: plain, aad: bound.as_bytes() })
            .map_err(|_| Error::internal("sealing a secret", anyhow::anyhow!("AES-GCM refused")))?;
        Ok(Sealed { id, guild, key: self.id.clone(), nonce: nonce.to_vec(), ciphertext })
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
        .bind(&self.ciphertext)
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
            .bind(&self.ciphertext)
            .bind(&self.id)
            .bind(self.guild.to_string())
            .execute(connection)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }
}

/// A key's row: what tells whether a passphrase is its own.
#[derive(sqlx::FromRow)]
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

/// Every key of the oldest version of the table is known by these.
const OPENS: &str = "select id, salt, proof, null as replaces from vault_keys";

/// Whether this passphrase opens every key there is, for a backup of whatever version: what it does not open would be lost.
pub(crate) async fn opens(database: &mut AnyConnection, passphrase: &SecretString) -> anyhow::Result<()> {
    let keys: Vec<KnownKey> = sqlx::query_as(OPENS).fetch_all(database).await?;
    for key in &keys {
        anyhow::ensure!(
            key.open(passphrase).await?.is_some(),
            "NEBULA_SECRET is not the one this database was sealed with{}",
            if keys.len() > 1 {
                ", or `nebula key rotate` was begun and has not ended: run it again first"
            } else {
                ""
            }
        );
    }
    Ok(())
}

impl Store {
    /// Every key there is, the newest last: two only while a rotation is at work.
    pub(crate) async fn vault_keys(&self) -> Result<Vec<KnownKey>> {
        sqlx::query_as("select id, salt, proof, replaces from vault_keys order by created_at, id")
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// The salts of all keys: what must be gone when a key is.
    pub async fn salts(&self) -> Result<Vec<Vec<u8>>> {
        Ok(self.vault_keys().await?.into_iter().map(|key| key.salt).collect())
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

/// What a sealed value is bound to, so that it opens only in its own row and guild.
fn bound_to(id: &str, guild: GuildId) -> String {
    format!("{guild}/{id}")
}

/// The key that scrypt makes of a passphrase and a salt.
pub(crate) async fn stretch(passphrase: SecretString, salt: Vec<u8>) -> Result<Aes256Gcm> {
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
