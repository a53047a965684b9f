//! Tokens under the vault: both in one row, replaced whole.

use base::{Error, GuildId, Millis, Result, Secret, UserId};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Account, Consent, Held, granted, whose};
use crate::{Store, Vault, lost, overlays::sources};

/// What somebody lent us.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// By which we act.
    pub access: Secret,
    /// By which we get the next one.
    pub refresh: Option<Secret>,
}

/// An account as it is connected.
#[derive(Debug, Clone)]
pub struct NewAccount<'a> {
    /// Whose it is.
    pub user: UserId,
    /// Where they connect it.
    pub guild: GuildId,
    /// Which platform.
    pub platform: &'a str,
    /// Their id there.
    pub subject: &'a str,
    /// What is in the address of their channel.
    pub login: &'a str,
    /// Their name there.
    pub name: &'a str,
    /// What they let us do.
    pub scopes: &'a [String],
    /// When the token ends.
    pub expires: Option<Millis>,
    /// When it is looked at next.
    pub due: Millis,
}

/// What connecting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// It is theirs.
    Kept,
    /// Somebody else has connected that account.
    TakenBySomebodyElse,
    /// The consent came to its end in another way.
    Ended,
}

impl Tokens {
    pub(super) fn sealed(&self) -> Secret {
        let refresh = self.refresh.as_ref().map(Secret::expose);
        Secret::new(json!({ "access": self.access.expose(), "refresh": refresh }).to_string())
    }

    pub(super) fn read(text: &Secret) -> Result<Self> {
        // The error would quote what is a secret.
        let broken = || Error::internal("reading an account's tokens", anyhow::anyhow!("they are not what was sealed"));
        let read: serde_json::Value = serde_json::from_str(text.expose()).map_err(|_| broken())?;
        let access = read["access"].as_str().map(Secret::new).ok_or_else(broken)?;
        Ok(Self { access, refresh: read["refresh"].as_str().map(Secret::new) })
    }
}

impl Vault {
    /// An account's tokens; none of one that ended.
    pub async fn account_tokens(&self, account: &Account) -> Result<Option<Tokens>> {
        let Some(secret) = &account.secret else { return Ok(None) };
        Tokens::read(&self.open(whose(account.user), secret).await?).map(Some)
    }

    /// Connects an account with what came back for a consent, which ends with it, in place of the one its person had there.
    pub async fn connect_granted(&self, new: &NewAccount<'_>, consent: &Consent) -> Result<Connected> {
        let (store, now) = (&self.store, self.store.clock.now());
        let mut whole = store.pool.begin().await.map_err(lost)?;
        let Some(secret) = granted::taken(&mut whole, consent).await? else { return Ok(Connected::Ended) };
        let before: Option<(String, Option<String>)> =
            sqlx::query_as("select subject, secret_id from accounts where user_id = $1 and platform = $2")
                .bind(new.user.to_string())
                .bind(new.platform)
                .fetch_optional(&mut *whole)
                .await
                .map_err(lost)?;
        // Not committed, nothing of it is there.
        if write(&mut whole, new, store, &secret).await? == Connected::TakenBySomebodyElse {
            return Ok(Connected::TakenBySomebodyElse);
        }
        // Another account than before feeds no overlays until its person says so.
        sources::end(&mut whole, new.user, new.platform, Some(new.subject)).await?;
        if let Some((subject, Some(before))) = before {
            granted::let_go(&mut whole, (&subject, &before), (new, store.clock.id().to_string(), now)).await?;
        }
        whole.commit().await.map_err(lost)?;
        Ok(Connected::Kept)
    }

    /// Keeps what a renewal brought. The answer is whether whoever has this claim still has it: else nothing was changed.
    pub async fn renew_account(
        &self,
        account: &Account,
        claim: &str,
        tokens: &Tokens,
        (scopes, expires, due): (&[String], Option<Millis>, Millis),
    ) -> Result<bool> {
        let Some(secret) = &account.secret else { return Ok(false) };
        let sealed = self.sealed_as(whose(account.user), secret.clone(), &tokens.sealed()).await?;
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "update accounts set version = version + 1, scopes = $1, expires_at = $2, good_at = $3, due_at = $4, failures = 0,
                 claim = null, claimed_until = null
             where id = $5 and user_id = $6 and version = $7 and claim = $8 and state = 'good'",
        )
        .bind(scopes.join(" "))
        .bind(expires.map(|expires| expires.0))
        .bind(self.store.clock.now().0)
        .bind(due.0)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(account.version)
        .bind(claim)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 || !sealed.replace(&mut whole).await? {
            // Not committed, nothing of it is there.
            return Ok(false);
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Every good account's tokens, to be known from the start. What does not open is left out and logged.
    pub async fn all_account_tokens(&self) -> Result<Vec<Held>> {
        let rows: Vec<(String, String, String, i64)> =
            sqlx::query_as("select user_id, secret_id, id, version from accounts where secret_id is not null")
                .fetch_all(&self.store.reads)
                .await
                .map_err(lost)?;
        let mut all = Vec::with_capacity(rows.len());
        for (user, secret, account, version) in rows {
            let opened = self.open(GuildId(user.parse().unwrap_or_default()), &secret).await;
            match opened.and_then(|text| Tokens::read(&text)) {
                Ok(tokens) => all.push(Held { account, version, tokens }),
                Err(error) => tracing::error!("an account's tokens cannot be read: {error}"),
            }
        }
        Ok(all)
    }

    /// Every token that no account holds: what came back and is to be kept, and what is to be given back.
    pub async fn all_loose_tokens(&self) -> Result<Vec<Tokens>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select user_id, secret_id from account_consents where secret_id is not null
             union select user_id, secret_id from account_returns",
        )
        .fetch_all(&self.store.reads)
        .await
        .map_err(lost)?;
        let mut all = Vec::with_capacity(rows.len());
        for (user, secret) in rows {
            let opened = self.open(GuildId(user.parse().unwrap_or_default()), &secret).await;
            match opened.and_then(|text| Tokens::read(&text)) {
                Ok(tokens) => all.push(tokens),
                Err(error) => tracing::error!("tokens that no account holds cannot be read: {error}"),
            }
        }
        Ok(all)
    }
}

async fn write(connection: &mut AnyConnection, new: &NewAccount<'_>, store: &Store, secret: &str) -> Result<Connected> {
    let now = store.clock.now();
    let done = sqlx::query(
        "insert into accounts (id, user_id, guild_id, platform, subject, login, name, scopes, state, secret_id, expires_at,
                               connected_at, good_at, due_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, 'good', $9, $10, $11, $11, $12
         where not exists (select 1 from accounts where platform = $4 and subject = $5 and user_id <> $2)
         on conflict (user_id, platform) do update set guild_id = $3, subject = $5, login = $6, name = $7, scopes = $8,
             state = 'good', why = null, untold = 0, secret_id = $9, version = accounts.version + 1, expires_at = $10,
             connected_at = $11, good_at = $11, due_at = $12, failures = 0, claim = null, claimed_until = null",
    )
    .bind(store.clock.id().to_string())
    .bind(new.user.to_string())
    .bind(new.guild.to_string())
    .bind(new.platform)
    .bind(new.subject)
    .bind(new.login)
    .bind(new.name)
    .bind(new.scopes.join(" "))
    .bind(secret)
    .bind(new.expires.map(|expires| expires.0))
    .bind(now.0)
    .bind(new.due.0)
    .execute(connection)
    .await
    .map_err(lost)?;
    Ok(if done.rows_affected() > 0 { Connected::Kept } else { Connected::TakenBySomebodyElse })
}
