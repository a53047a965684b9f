//! Channels of platforms, shared by all who follow them: when they were asked about, and what is known.

use base::{Millis, Result};

use super::{Source, at, text};
use crate::{Store, lost};

/// Who a channel is, as its platform says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChannel {
    /// Where it is.
    pub source: Source,
    /// Its id there, which never changes.
    pub platform_id: String,
    /// What stands in its address; on YouTube its handle with the `@`, or its id where nobody said.
    pub login: String,
    /// What it is called.
    pub name: String,
}

/// A channel of a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its row.
    pub id: String,
    /// Where it is.
    pub source: Source,
    /// Its id there.
    pub platform_id: String,
    /// What stands in its address.
    pub login: String,
    /// What it is called.
    pub name: String,
    /// When its platform said last what is live there.
    pub known: Option<Millis>,
    /// When it said last that nothing is.
    pub quiet: Option<Millis>,
    /// Since when it could not be asked.
    pub unknown: Option<Millis>,
    /// And why.
    pub trouble: Option<String>,
    /// When it is asked next.
    pub look_at: Millis,
}

/// Followed channels of a platform, and how many of them cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// All of them.
    pub all: i64,
    /// Those that cannot be asked.
    pub unknown: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    platform: String,
    platform_id: String,
    login: String,
    name: String,
    known_at: Option<i64>,
    quiet_at: Option<i64>,
    unknown_since: Option<i64>,
    trouble: Option<String>,
    look_at: i64,
}

impl From<Row> for Channel {
    fn from(row: Row) -> Self {
        Self {
            source: Source::kept(&row.platform),
            id: row.id,
            platform_id: row.platform_id,
            login: row.login,
            name: row.name,
            known: at(row.known_at),
            quiet: at(row.quiet_at),
            unknown: at(row.unknown_since),
            trouble: row.trouble,
            look_at: Millis(row.look_at),
        }
    }
}

impl Store {
    /// The row of a channel, made where there is none. It is asked about at once. A handle that is known stays where only the id is said.
    pub async fn stream_channel_of(&self, new: &NewChannel) -> Result<Channel> {
        let row: Row = sqlx::query_as(
            "insert into stream_channels (id, platform, platform_id, login, name, look_at, added_at)
             values ($1, $2, $3, $4, $5, $6, $6)
             on conflict (platform, platform_id) do update set name = excluded.name,
                 login = case when excluded.login = excluded.platform_id then stream_channels.login else excluded.login end
             returning *",
        )
        .bind(self.clock.id().to_string())
        .bind(new.source.as_str())
        .bind(text(&new.platform_id))
        .bind(text(&new.login))
        .bind(text(&new.name))
        .bind(self.clock.now().0)
        .fetch_one(&self.pool)
        .await
        .map_err(lost)?;
        Ok(row.into())
    }

    /// The channel of this row.
    pub async fn stream_channel(&self, id: &str) -> Result<Option<Channel>> {
        let row: Option<Row> = sqlx::query_as("select * from stream_channels where id = $1")
            .bind(id)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Channel::from))
    }

    /// The channel that a platform calls so.
    pub async fn stream_channel_at(&self, source: Source, platform_id: &str) -> Result<Option<Channel>> {
        let row: Option<Row> = sqlx::query_as("select * from stream_channels where platform = $1 and platform_id = $2")
            .bind(source.as_str())
            .bind(platform_id)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Channel::from))
    }

    /// The channels that somebody follows and whose address says this name, or this id.
    pub async fn followed_channels_called(&self, source: Source, name: &str) -> Result<Vec<Channel>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from stream_channels where platform = $1 and (login = $2 or platform_id = $2)
                 and exists (select 1 from stream_follows where stream_channel = stream_channels.id)",
        )
        .bind(source.as_str())
        .bind(name)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Channel::from).collect())
    }

    /// Channels of a platform that somebody follows and that are to be asked about by now, those that wait longest first.
    pub async fn stream_channels_due(&self, source: Source, now: Millis, most: i64) -> Result<Vec<Channel>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from stream_channels where platform = $1 and look_at <= $2
                 and exists (select 1 from stream_follows where stream_channel = stream_channels.id)
             order by look_at, id limit $3",
        )
        .bind(source.as_str())
        .bind(now.0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Channel::from).collect())
    }

    /// The channels of a platform that somebody follows, by their ids there, those first that were there first.
    pub async fn stream_channels_followed(&self, source: Source, most: i64) -> Result<Vec<String>> {
        sqlx::query_scalar(
            "select platform_id from stream_channels where platform = $1
                 and exists (select 1 from stream_follows where stream_channel = stream_channels.id)
             order by added_at, id limit $2",
        )
        .bind(source.as_str())
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// How many channels of a platform are followed.
    pub async fn stream_channels_counted(&self, source: Source) -> Result<Counted> {
        let (all, unknown): (i64, i64) = sqlx::query_as(
            "select count(*), count(unknown_since) from stream_channels where platform = $1
                 and exists (select 1 from stream_follows where stream_channel = stream_channels.id)",
        )
        .bind(source.as_str())
        .fetch_one(&self.reads)
        .await
        .map_err(lost)?;
        Ok(Counted { all, unknown })
    }

    /// They could not be asked about: since then, for this reason, until this moment.
    pub async fn stream_channels_unknown(&self, ids: &[String], why: &str, look_at: Millis) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let now = self.clock.now();
        for id in ids {
            sqlx::query(
                "update stream_channels set unknown_since = coalesce(unknown_since, $1), trouble = $2, look_at = $3
                 where id = $4",
            )
            .bind(now.0)
            .bind(text(why))
            .bind(look_at.0)
            .bind(id)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }

    /// A channel is asked about now: something was heard of it.
    pub async fn hasten_stream_channel(&self, id: &str) -> Result<()> {
        sqlx::query("update stream_channels set look_at = $1 where id = $2 and look_at > $1")
            .bind(self.clock.now().0)
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// A channel is asked about next then.
    pub async fn defer_stream_channel(&self, id: &str, until: Millis) -> Result<()> {
        sqlx::query("update stream_channels set look_at = $1 where id = $2")
            .bind(until.0)
            .bind(id)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
