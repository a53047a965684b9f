//! What a platform gave and no account holds yet, and what it gave and nobody uses any more.
//!
//! **Invariants:** what came back is sealed in the row of the consent before anything else is asked with it, and moves from there into an
//! account, or to what is given back, in the transaction that says so. A kill between two of these leaves it where it is found again.

use base::{Millis, Result, UserId};
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{Consent, NewAccount, Tokens, whose};
use crate::{Store, Vault, lost, vault};

/// What a platform let us do, as it said with what it gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// In its words.
    pub scopes: Vec<String>,
    /// When the token ends, where it says.
    pub expires: Option<i64>,
}

/// Tokens that are to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Their row.
    pub id: String,
    /// Who lent them.
    pub user: UserId,
    /// Which platform.
    pub platform: String,
    /// Whose they are there; none where nobody could say so.
    pub subject: Option<String>,
    /// Since when nobody uses them.
    pub since: Millis,
    secret: String,
}

impl Vault {
    /// Keeps what came back for a consent, until it is an account's. The answer is whether it was still waited for.
    pub async fn keep_grant(&self, consent: &Consent, tokens: &Tokens, granted: &Granted) -> Result<bool> {
        let sealed = self.sealed(whose(consent.user), &tokens.sealed()).await?;
        let mut whole = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut whole, self.store.clock.now()).await?;
        let done = sqlx::query(
            "update account_consents set secret_id = $1, granted = $2
             where id = $3 and user_id = $4 and outcome is null and secret_id is null",
        )
        .bind(&sealed.id)
        .bind(serde_json::to_string(granted).unwrap_or_default())
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            // Not committed, nothing of it is there.
            return Ok(false);
        }
        whole.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// What came back for a consent, while no account holds it.
    pub async fn granted(&self, consent: &Consent) -> Result<Option<(Tokens, Granted)>> {
        let row: Option<(String, Option<String>)> = sqlx::query_as(
            "select secret_id, granted from account_consents
             where id = $1 and user_id = $2 and outcome is null and secret_id is not null",
        )
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .fetch_optional(&self.store.reads)
        .await
        .map_err(lost)?;
        let Some((secret, granted)) = row else { return Ok(None) };
        let tokens = Tokens::read(&self.open(whose(consent.user), &secret).await?)?;
        let granted = granted.and_then(|granted| serde_json::from_str(&granted).ok());
        Ok(Some((tokens, granted.unwrap_or(Granted { scopes: Vec::new(), expires: None }))))
    }

    /// What is to be given back.
    pub async fn to_return(&self, one: &Return) -> Result<Tokens> {
        Tokens::read(&self.open(whose(one.user), &one.secret).await?)
    }
}

impl Store {
    /// A consent did not lead to an account, and this is why. What came back for it, of that account there, is given back.
    pub async fn fail_consent(&self, consent: &Consent, why: &str, subject: Option<&str>) -> Result<()> {
        let now = self.clock.now().0;
        let mut whole = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "insert into account_returns (id, user_id, platform, subject, secret_id, since, try_at)
             select $1, user_id, platform, $5, secret_id, $2, $2 from account_consents
             where id = $3 and user_id = $4 and outcome is null and secret_id is not null",
        )
        .bind(self.clock.id().to_string())
        .bind(now)
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .bind(subject)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        sqlx::query(
            "update account_consents set outcome = 'failed', detail = $1, secret_id = null, granted = null
             where id = $2 and user_id = $3 and outcome is null",
        )
        .bind(why.replace('\0', "␀"))
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        whole.commit().await.map_err(lost)
    }

    /// Tokens that are to be given back by now, the oldest first.
    pub async fn account_returns_due(&self, most: i64) -> Result<Vec<Return>> {
        let rows: Vec<(String, String, String, Option<String>, String, i64)> = sqlx::query_as(
            "select id, user_id, platform, subject, secret_id, since from account_returns where try_at <= $1
             order by since, id limit $2",
        )
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(id, user, platform, subject, secret, since): (String, String, String, _, String, i64)| Return {
            id,
            user: UserId(user.parse().unwrap_or_default()),
            platform,
            subject,
            since: Millis(since),
            secret,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Whether an account that is connected now may be the one that these are of: where nobody could say so, one of the same person's.
    pub async fn is_lent_otherwise(&self, one: &Return) -> Result<bool> {
        let (sql, of) = match &one.subject {
            Some(subject) => (
                "select count(*) from accounts where platform = $1 and state = 'good' and subject = $2",
                subject.clone(),
            ),
            None => (
                "select count(*) from accounts where platform = $1 and state = 'good' and user_id = $2",
                one.user.to_string(),
            ),
        };
        let (count,): (i64,) =
            sqlx::query_as(sql).bind(&one.platform).bind(of).fetch_one(&self.reads).await.map_err(lost)?;
        Ok(count > 0)
    }

    /// They are given back, or never can be: they are forgotten.
    pub async fn account_is_returned(&self, one: &Return) -> Result<()> {
        let mut whole = self.pool.begin().await.map_err(lost)?;
        sqlx::query("delete from account_returns where id = $1 and user_id = $2")
            .bind(&one.id)
            .bind(one.user.to_string())
            .execute(&mut *whole)
            .await
            .map_err(lost)?;
        vault::forget(&mut whole, whose(one.user), &one.secret).await?;
        whole.commit().await.map_err(lost)
    }

    /// The platform could not be asked: it is tried again then.
    pub async fn account_return_waits(&self, one: &Return, until: Millis) -> Result<()> {
        sqlx::query("update account_returns set try_at = $1 where id = $2 and user_id = $3")
            .bind(until.0)
            .bind(&one.id)
            .bind(one.user.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

/// Ends a consent whose account is connected. What came back for it is that account's from now on: the answer is where it is sealed.
pub(super) async fn taken(connection: &mut AnyConnection, consent: &Consent) -> Result<Option<String>> {
    let ended = sqlx::query(
        "update account_consents set outcome = 'connected'
         where id = $1 and user_id = $2 and secret_id is not null and outcome is null",
    )
    .bind(&consent.id)
    .bind(consent.user.to_string())
    .execute(&mut *connection)
    .await
    .map_err(lost)?;
    if ended.rows_affected() == 0 {
        return Ok(None);
    }
    let (secret,): (String,) = sqlx::query_as("select secret_id from account_consents where id = $1 and user_id = $2")
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .fetch_one(&mut *connection)
        .await
        .map_err(lost)?;
    sqlx::query("update account_consents set secret_id = null, granted = null where id = $1 and user_id = $2")
        .bind(&consent.id)
        .bind(consent.user.to_string())
        .execute(connection)
        .await
        .map_err(lost)?;
    Ok(Some(secret))
}

/// What an account lent before is used no longer: that of another there is given back, that of the same is replaced.
pub(super) async fn let_go(
    connection: &mut AnyConnection,
    (before, secret): (&str, &str),
    (new, id, now): (&NewAccount<'_>, String, Millis),
) -> Result<()> {
    if before == new.subject {
        return vault::forget(connection, whose(new.user), secret).await;
    }
    sqlx::query(
        "insert into account_returns (id, user_id, platform, subject, secret_id, since, try_at)
         values ($1, $2, $3, $4, $5, $6, $6)",
    )
    .bind(id)
    .bind(new.user.to_string())
    .bind(new.platform)
    .bind(before)
    .bind(secret)
    .bind(now.0)
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}

/// An account's tokens, with what they are known by.
#[derive(Debug)]
pub struct Held {
    /// The account's id.
    pub account: String,
    /// Counts every change of its tokens.
    pub version: i64,
    /// The tokens.
    pub tokens: Tokens,
}
