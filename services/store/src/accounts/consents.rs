//! Consents that were begun: a link that a person was given, what their browser went on with, and what came of it.
//!
//! **Invariant:** only hashes are kept. A link is gone on with by one browser, and what comes back is taken once, both by one update.

use std::time::Duration;

use base::{GuildId, Millis, Result, UserId};

use crate::{Store, lost};

/// A consent that begins.
#[derive(Debug, Clone)]
pub struct NewConsent<'a> {
    /// Whose account is to be connected.
    pub user: UserId,
    /// Their name, which the page shows.
    pub user_name: &'a str,
    /// Where they asked for it.
    pub guild: GuildId,
    /// Which platform.
    pub platform: &'a str,
    /// What they are asked for.
    pub scopes: &'a [String],
    /// The hash of the link's word.
    pub link: &'a str,
    /// The audit entry that asks.
    pub entry: &'a str,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: String,
    /// Whose account is to be connected.
    pub user: UserId,
    /// Their name then.
    pub user_name: String,
    /// Where they asked for it.
    pub guild: GuildId,
    /// Which platform.
    pub platform: String,
    /// What they are asked for.
    pub scopes: Vec<String>,
    /// The hash of what the browser holds that went on with it.
    pub browser: Option<String>,
}

/// What came of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Nothing yet, until then.
    Waiting(Millis),
    /// Its time is up.
    Expired,
    /// The account is connected.
    Connected,
    /// They said no.
    Denied,
    /// It did not work, and this is why.
    Failed(String),
}

#[derive(sqlx::FromRow)]
struct CameRow {
    expires_at: i64,
    used_at: Option<i64>,
    cut: i64,
    outcome: Option<String>,
    detail: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    user_name: String,
    guild_id: String,
    platform: String,
    scopes: String,
    browser_hash: Option<String>,
}

impl From<Row> for Consent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: UserId(row.user_id.parse().unwrap_or_default()),
            user_name: row.user_name,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            platform: row.platform,
            scopes: row.scopes.split_whitespace().map(str::to_owned).collect(),
            browser: row.browser_hash,
        }
    }
}

impl Store {
    /// Begins one; the link leads on for this long. What somebody began there before leads nowhere any more.
    pub async fn begin_consent(&self, new: &NewConsent<'_>, lasts: Duration) -> Result<String> {
        let (now, id) = (self.clock.now(), self.clock.id().to_string());
        let mut whole = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "update account_consents set expires_at = $1
             where user_id = $2 and platform = $3 and used_at is null and expires_at > $1",
        )
        .bind(now.0)
        .bind(new.user.to_string())
        .bind(new.platform)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        sqlx::query(
            "insert into account_consents (id, user_id, guild_id, user_name, platform, scopes, link_hash, created_at, expires_at,
                 entry_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&id)
        .bind(new.user.to_string())
        .bind(new.guild.to_string())
        .bind(new.user_name)
        .bind(new.platform)
        .bind(new.scopes.join(" "))
        .bind(new.link)
        .bind(now.0)
        .bind(now.plus(lasts).0)
        .bind(new.entry)
        .execute(&mut *whole)
        .await
        .map_err(lost)?;
        whole.commit().await.map_err(lost)?;
        Ok(id)
    }

    /// One that was given elsewhere than in a browser: it is taken as it begins.
    pub async fn consent_by_code(&self, new: &NewConsent<'_>) -> Result<Consent> {
        let row: Row = sqlx::query_as(
            "insert into account_consents (id, user_id, guild_id, user_name, platform, scopes, link_hash, created_at, expires_at,
                 used_at, entry_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9)
             returning id, user_id, user_name, guild_id, platform, scopes, browser_hash",
        )
        .bind(self.clock.id().to_string())
        .bind(new.user.to_string())
        .bind(new.guild.to_string())
        .bind(new.user_name)
        .bind(new.platform)
        .bind(new.scopes.join(" "))
        .bind(new.link)
        .bind(self.clock.now().0)
        .bind(new.entry)
        .fetch_one(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.into())
    }

    /// What came back was taken by a process that is gone: another goes on with it. Only for whoever holds the database's lock.
    pub async fn consents_were_cut(&self) -> Result<()> {
        sqlx::query("update account_consents set cut = 1 where used_at is not null and outcome is null and cut = 0")
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Those that a process which is gone took and did not end.
    pub async fn consents_cut(&self, most: i64) -> Result<Vec<Consent>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select id, user_id, user_name, guild_id, platform, scopes, browser_hash from account_consents
             where cut = 1 and outcome is null order by id limit $1",
        )
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Consent::from).collect())
    }

    /// Whether what came back of one was taken less long ago than this.
    pub async fn consent_is_young(&self, consent: &Consent, than: Duration) -> Result<bool> {
        let (used,): (Option<i64>,) =
            sqlx::query_as("select used_at from account_consents where id = $1 and user_id = $2")
                .bind(&consent.id)
                .bind(consent.user.to_string())
                .fetch_one(&self.reads)
                .await
                .map_err(lost)?;
        Ok(used.is_some_and(|used| Millis(used).plus(than) > self.clock.now()))
    }

    /// The consent that somebody's audit entry asked for.
    pub async fn consent_of_entry(&self, user: UserId, entry: &str) -> Result<Option<Consent>> {
        let row: Option<Row> = sqlx::query_as(
            "select id, user_id, user_name, guild_id, platform, scopes, browser_hash from account_consents
             where entry_id = $1 and user_id = $2",
        )
        .bind(entry)
        .bind(user.to_string())
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(Consent::from))
    }

    /// What a link leads to, while it does.
    pub async fn consent_behind(&self, platform: &str, link: &str) -> Result<Option<Consent>> {
        let row: Option<Row> = sqlx::query_as(
            "select id, user_id, user_name, guild_id, platform, scopes, browser_hash from account_consents
             where link_hash = $1 and platform = $2 and state_hash is null and used_at is null and expires_at > $3",
        )
        .bind(link)
        .bind(platform)
        .bind(self.clock.now().0)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(Consent::from))
    }

    /// A browser goes on with a link: what comes back is known by this state, and is taken of this browser alone. None where the link
    /// leads nowhere, or another browser went on with it.
    pub async fn go_on_with_consent(
        &self,
        platform: &str,
        link: &str,
        (state, browser): (&str, &str),
    ) -> Result<Option<Consent>> {
        let row: Option<Row> = sqlx::query_as(
            "update account_consents set state_hash = $1, browser_hash = $2
             where link_hash = $3 and platform = $4 and state_hash is null and used_at is null and expires_at > $5
             returning id, user_id, user_name, guild_id, platform, scopes, browser_hash",
        )
        .bind(state)
        .bind(browser)
        .bind(link)
        .bind(platform)
        .bind(self.clock.now().0)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Consent::from))
    }

    /// Takes what came back, whatever becomes of it. None where nothing was begun there, it is used, or its time is up.
    pub async fn take_consent(&self, platform: &str, state: &str) -> Result<Option<Consent>> {
        let now = self.clock.now().0;
        let row: Option<Row> = sqlx::query_as(
            "update account_consents set used_at = $1
             where state_hash = $2 and platform = $3 and used_at is null and expires_at > $1
             returning id, user_id, user_name, guild_id, platform, scopes, browser_hash",
        )
        .bind(now)
        .bind(state)
        .bind(platform)
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.map(Consent::from))
    }

    /// Notes what came of it.
    pub async fn consent_came_to(&self, consent: &Consent, came: &Came) -> Result<()> {
        let (word, detail) = match came {
            Came::Connected => ("connected", None),
            Came::Denied => ("denied", None),
            Came::Failed(why) => ("failed", Some(why.replace('\0', "␀"))),
            Came::Waiting(_) | Came::Expired => return Ok(()),
        };
        sqlx::query("update account_consents set outcome = $1, detail = $2 where id = $3 and user_id = $4")
            .bind(word)
            .bind(detail)
            .bind(&consent.id)
            .bind(consent.user.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// What came of somebody's consent. One that was taken is waited for a little longer.
    pub async fn consent_came(&self, user: UserId, id: &str, grace: Duration) -> Result<Came> {
        let row: Option<CameRow> = sqlx::query_as(
            "select expires_at, used_at, cut, outcome, detail from account_consents where id = $1 and user_id = $2",
        )
        .bind(id)
        .bind(user.to_string())
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        let Some(CameRow { expires_at, used_at, cut, outcome, detail }) = row else { return Ok(Came::Expired) };
        let until = used_at.map_or(Millis(expires_at), |used| Millis(used).plus(grace));
        Ok(match outcome.as_deref() {
            Some("connected") => Came::Connected,
            Some("denied") => Came::Denied,
            Some(_) => Came::Failed(detail.unwrap_or_default()),
            // Whoever goes on with it ends it.
            None if cut == 0 && until <= self.clock.now() => Came::Expired,
            None => Came::Waiting(until),
        })
    }

    /// Nobody waits for this one any more: its link leads nowhere.
    pub async fn give_up_consent(&self, user: UserId, id: &str) -> Result<()> {
        sqlx::query("update account_consents set expires_at = $1 where id = $2 and user_id = $3 and used_at is null")
            .bind(self.clock.now().0)
            .bind(id)
            .bind(user.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Forgets those that were over this long ago.
    pub async fn forget_consents(&self, kept: Duration) -> Result<()> {
        let kept = i64::try_from(kept.as_millis()).unwrap_or(i64::MAX);
        sqlx::query("delete from account_consents where expires_at < $1 and secret_id is null")
            .bind(self.clock.now().0.saturating_sub(kept))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
