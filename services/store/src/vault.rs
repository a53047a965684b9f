//! Secrets at rest: AES-256-GCM under a key that scrypt derives from `NEBULA_SECRET` and the vault's own random salt.
//!
//! **Invariant:** there is no default passphrase, and nothing is stored under a wrong one: the first use proves it.

use aes_gcm::{
    Aes256Gcm, Key,
    aead::{Aead, Generate, KeyInit, Nonce, Payload},
};
use base::{Error, GuildId, Result, Secret};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::{Store, lost};

/// scrypt's cost: 2^15 rounds of 8 blocks, about 32 MiB and a tenth of a second, once per process.
const SCRYPT_LOG_N: u8 = 15;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 1;
/// Sealed with every key; a passphrase that opens it is the right one.
const PROOF: &[u8] = b"nebula vault";

/// Seals and opens secrets. The key is derived at the first use, not at the start.
pub struct Vault {
    store: Store,
    passphrase: Option<SecretString>,
    key: OnceCell<VaultKey>,
}

struct VaultKey {
    id: String,
    cipher: Aes256Gcm,
}

impl Vault {
    /// The vault of this database. Without a passphrase it stays shut and says so.
    pub fn new(store: Store, passphrase: Option<SecretString>) -> Self {
        Self { store, passphrase, key: OnceCell::new() }
    }

    /// Seals a guild's secret and stores it; the answer is its row's id.
    pub async fn seal(&self, guild: GuildId, secret: &Secret) -> Result<String> {
        let key = self.key().await?;
        let id = self.store.clock.id().to_string();
        let nonce = Nonce::<Aes256Gcm>::generate();
        let bound = bound_to(&id, guild);
        let sealed = key
            .cipher
            .encrypt(&nonce, Payload { msg: secret.expose().as_bytes(), aad: bound.as_bytes() })
            .map_err(|_| Error::internal("sealing a secret", anyhow::anyhow!("AES-GCM refused")))?;
        sqlx::query(
            "insert into secrets (id, guild_id, key_id, nonce, sealed, created_at) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(guild.to_string())
        .bind(&key.id)
        .bind(nonce.to_vec())
        .bind(sealed)
        .bind(self.store.clock.now().0)
        .execute(&self.store.pool)
        .await
        .map_err(lost)?;
        Ok(id)
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
        let nonce = Nonce::<Aes256Gcm>::try_from(nonce.as_slice()).map_err(|_| damaged())?;
        let bound = bound_to(id, guild);
        let plain =
            key.cipher.decrypt(&nonce, Payload { msg: &sealed, aad: bound.as_bytes() }).map_err(|_| damaged())?;
        String::from_utf8(plain).map(Secret::new).map_err(|_| damaged())
    }

    /// Deletes what no server uses: left by a process that died between a secret and its server. Only for whoever holds the
    /// database's lock, before anything is added.
    pub async fn sweep(&self) -> Result<()> {
        sqlx::query("delete from secrets where id not in (select secret_id from servers)")
            .execute(&self.store.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Deletes a guild's secret, unless a server still uses it.
    pub async fn forget(&self, guild: GuildId, id: &str) -> Result<()> {
        sqlx::query("delete from secrets where id = $1 and guild_id = $2 and id not in (select secret_id from servers)")
            .bind(id)
            .bind(guild.to_string())
            .execute(&self.store.pool)
            .await
            .map(drop)
            .map_err(lost)
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

    async fn key(&self) -> Result<&VaultKey> {
        self.key.get_or_try_init(|| self.derive()).await
    }

    async fn known(&self) -> Result<Option<(String, Vec<u8>, Vec<u8>)>> {
        sqlx::query_as("select id, salt, proof from vault_keys order by created_at desc limit 1")
            .fetch_optional(&self.store.pool)
            .await
            .map_err(lost)
    }

    async fn derive(&self) -> Result<VaultKey> {
        let Some(passphrase) = &self.passphrase else {
            return Err(Error::Busy(
                "`NEBULA_SECRET` is not set, so I keep no passwords or keys. Set it (`openssl rand -hex 32` makes one) \
                 and start me again."
                    .to_owned(),
            ));
        };
        if let Some((id, salt, proof)) = self.known().await? {
            let cipher = stretch(passphrase.clone(), salt).await?;
            let (nonce, sealed) = proof.split_at_checked(12).unwrap_or((&[], &[]));
            let opens = Nonce::<Aes256Gcm>::try_from(nonce)
                .is_ok_and(|nonce| cipher.decrypt(&nonce, Payload { msg: sealed, aad: id.as_bytes() }).is_ok());
            if !opens {
                return Err(Error::Busy(
                    "`NEBULA_SECRET` is not the one this database was sealed with. Start me with the right one."
                        .to_owned(),
                ));
            }
            return Ok(VaultKey { id, cipher });
        }
        let id = self.store.clock.id().to_string();
        let salt = [Nonce::<Aes256Gcm>::generate().to_vec(), Nonce::<Aes256Gcm>::generate().to_vec()].concat();
        let cipher = stretch(passphrase.clone(), salt.clone()).await?;
        let nonce = Nonce::<Aes256Gcm>::generate();
        let sealed = cipher
            .encrypt(&nonce, Payload { msg: PROOF, aad: id.as_bytes() })
            .map_err(|_| Error::internal("making the vault's key", anyhow::anyhow!("AES-GCM refused")))?;
        sqlx::query("insert into vault_keys (id, salt, proof, created_at) values ($1, $2, $3, $4)")
            .bind(&id)
            .bind(salt)
            .bind([nonce.to_vec(), sealed].concat())
            .bind(self.store.clock.now().0)
            .execute(&self.store.pool)
            .await
            .map_err(lost)?;
        Ok(VaultKey { id, cipher })
    }
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
