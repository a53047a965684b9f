//! People's accounts at platforms, and their tokens.
//!
//! **Invariants:** an account is a person's: every query names them, or is one of the few that look after all accounts. Its tokens are
//! sealed for that person, and change with its version in one transaction, so that who renewed those of an older version has lost.
//! What ends holds no tokens any more.

mod consents;
mod granted;
mod tokens;

use std::time::Duration;

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use crate::{Store, lost, overlays::sources, vault};

pub use consents::{Came, Consent, NewConsent};
pub use granted::{Granted, Held, Return};
pub use tokens::{Connected, NewAccount, Tokens};

/// Somebody's account at a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: UserId,
    /// Where they connected it.
    pub guild: GuildId,
    /// Which platform.
    pub platform: String,
    /// Their id there.
    pub subject: String,
    /// What is in the address of their channel.
    pub login: String,
    /// Their name there.
    pub name: String,
    /// What they let us do.
    pub scopes: Vec<String>,
    /// Why it is to be connected again; none while it is good.
    pub ended: Option<String>,
    /// Counts every change of its tokens.
    pub version: i64,
    /// When its token ends, where the platform says.
    pub expires: Option<Millis>,
    /// When it was connected.
    pub connected: Millis,
    /// When the platform last took its token.
    pub good: Millis,
    /// How often in a row nobody answered.
    pub failures: i64,
    secret: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    guild_id: String,
    platform: String,
    subject: String,
    login: String,
    name: String,
    scopes: String,
    state: String,
    why: Option<String>,
    secret_id: Option<String>,
    version: i64,
    expires_at: Option<i64>,
    connected_at: i64,
    good_at: i64,
    failures: i64,
}

impl From<Row> for Account {
    fn from(row: Row) -> Self {
        let ended = (row.state == "ended").then(|| row.why.unwrap_or_default());
        Self {
            id: row.id,
            user: UserId(row.user_id.parse().unwrap_or_default()),
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            platform: row.platform,
            subject: row.subject,
            login: row.login,
            name: row.name,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            ended,
            version: row.version,
            expires: row.expires_at.map(Millis),
            connected: Millis(row.connected_at),
            good: Millis(row.good_at),
            failures: row.failures,
            secret: row.secret_id,
        }
    }
}

/// A person's secrets are sealed under their own number, where a guild's are under the guild's: no two things of Discord's share one.
fn whose(user: UserId) -> GuildId {
    GuildId(user.0)
}

impl Store {
    /// Somebody's accounts, by platform.
    pub async fn accounts(&self, user: UserId) -> Result<Vec<Account>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where user_id = $1 order by platform",
        )
        .bind(user.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// Somebody's account at a platform.
    pub async fn account(&self, user: UserId, platform: &str) -> Result<Option<Account>> {
        let row: Option<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where user_id = $1 and platform = $2",
        )
        .bind(user.to_string())
        .bind(platform)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(Account::from))
    }

    /// The account of who has this id at a platform, whoever's it is: for what the platform itself tells of it.
    pub async fn account_of(&self, platform: &str, subject: &str) -> Result<Option<Account>> {
        let row: Option<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where platform = $1 and subject = $2",
        )
        .bind(platform)
        .bind(subject)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(Account::from))
    }

    /// The good accounts of a platform, the oldest first: for the one process that hears it.
    pub async fn good_accounts(&self, platform: &str, most: i64) -> Result<Vec<Account>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where platform = $1 and state = 'good' order by id limit $2",
        )
        .bind(platform)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// How many good accounts of a platform there are.
    pub async fn good_accounts_counted(&self, platform: &str) -> Result<i64> {
        sqlx::query_scalar("select count(*) from accounts where state = 'good' and platform = $1")
            .bind(platform)
            .fetch_one(&self.reads)
            .await
            .map_err(lost)
    }

    /// The good accounts of a platform that are to be looked at and whose tokens end by this moment, the longest overdue first.
    pub async fn accounts_to_renew(&self, platform: &str, by: Millis, most: i64) -> Result<Vec<Account>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where state = 'good' and due_at <= $1 and expires_at <= $2 and platform = $3
             order by due_at, id limit $4",
        )
        .bind(self.clock.now().0)
        .bind(by.0)
        .bind(platform)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// The good accounts of a platform that are to be looked at and whose tokens last beyond this moment, the longest overdue first.
    pub async fn accounts_to_ask(&self, platform: &str, beyond: Millis, most: i64) -> Result<Vec<Account>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where state = 'good' and due_at <= $1 and (expires_at is null or expires_at > $2) and platform = $3
             order by due_at, id limit $4",
        )
        .bind(self.clock.now().0)
        .bind(beyond.0)
        .bind(platform)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// Every good account is to be looked at now.
    pub async fn look_at_accounts(&self) -> Result<u64> {
        sqlx::query("update accounts set due_at = $1 where state = 'good' and due_at > $1")
            .bind(self.clock.now().0)
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected())
            .map_err(lost)
    }

    /// Nobody renews anything: whoever did is gone. Only for whoever holds the database's lock.
    pub async fn release_accounts(&self) -> Result<()> {
        sqlx::query("update accounts set claim = null, claimed_until = null where claim is not null")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The platform took this version's token just now; it is looked at again then.
    pub async fn account_is_good(&self, account: &Account, due: Millis) -> Result<()> {
        sqlx::query(
            "update accounts set good_at = $1, due_at = $2, failures = 0
             where id = $3 and user_id = $4 and version = $5 and state = 'good'",
        )
        .bind(self.clock.now().0)
        .bind(due.0)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(account.version)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Nobody answered, which says nothing of the account; it is looked at again then.
    pub async fn account_waits(&self, account: &Account, due: Millis) -> Result<()> {
        sqlx::query(
            "update accounts set due_at = $1, failures = failures + 1
             where id = $2 and user_id = $3 and version = $4 and state = 'good'",
        )
        .bind(due.0)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(account.version)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Has one renew an account's tokens of this version: whoever has the claim, for as long as it lasts. The answer is whether that is
    /// whoever asks.
    pub async fn claim_account(&self, account: &Account, claim: &str, lasts: Duration) -> Result<bool> {
        let now = self.clock.now();
        let done = sqlx::query(
            "update accounts set claim = $1, claimed_until = $2
             where id = $3 and user_id = $4 and version = $5 and state = 'good'
                 and (claim is null or claimed_until <= $6)",
        )
        .bind(claim)
        .bind(now.plus(lasts).0)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(account.version)
        .bind(now.0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Lets go of a claim with nothing done; the account is looked at again then.
    pub async fn release_account(&self, account: &Account, claim: &str, due: Millis) -> Result<()> {
        sqlx::query(
            "update accounts set claim = null, claimed_until = null, due_at = $1, failures = failures + 1
             where id = $2 and user_id = $3 and claim = $4",
        )
        .bind(due.0)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(claim)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// An account is to be connected again: its tokens go, and its person is still to be told. The answer is whether it was good, and
    /// of this version.
    pub async fn end_account(&self, account: &Account, why: &str) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "update accounts set state = 'ended', why = $1, untold = 1, secret_id = null, claim = null, claimed_until = null,
                 expires_at = null
             where id = $2 and user_id = $3 and version = $4 and state = 'good'",
        )
        .bind(why)
        .bind(&account.id)
        .bind(account.user.to_string())
        .bind(account.version)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        forget(&mut whole, account).await?;
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Forgets somebody's account with its tokens. The answer is whether it was there, as it was read.
    pub async fn remove_account(&self, account: &Account) -> Result<bool> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query("delete from accounts where id = $1 and user_id = $2")
            .bind(&account.id)
            .bind(account.user.to_string())
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        forget(&mut whole, account).await?;
        sources::end(&mut whole, account.user, &account.platform, None).await?;
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// The accounts whose people are still to be told that they ended.
    pub async fn accounts_untold(&self) -> Result<Vec<Account>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, guild_id, platform, subject, login, name, scopes, state, why, secret_id, version,
                    expires_at, connected_at, good_at, failures
             from accounts where untold = 1 order by id limit 50",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// Their person was told, or cannot be.
    pub async fn account_is_told(&self, account: &Account) -> Result<()> {
        sqlx::query("update accounts set untold = 0 where id = $1 and user_id = $2 and version = $3")
            .bind(&account.id)
            .bind(account.user.to_string())
            .bind(account.version)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

async fn forget(connection: &mut AnyConnection, account: &Account) -> Result<()> {
    match &account.secret {
        Some(secret) => vault::forget(connection, whose(account.user), secret).await,
        None => Ok(()),
    }
}
