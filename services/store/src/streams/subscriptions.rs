//! What we asked platforms to tell us of: asked again until it stands, and renewed before it ends.

use base::{Millis, Result};

use super::{Channel, Source, at, channels, text};
use crate::{Store, lost};

/// Something that a platform is asked to tell us of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The channel it is about.
    pub channel: Channel,
    /// What is told of.
    pub subject: String,
    /// The platform's own name for it.
    pub theirs: Option<String>,
    /// Whether the platform said that it stands.
    pub is_on: bool,
    /// Until when.
    pub until: Option<Millis>,
    /// How often it was asked for in vain.
    pub tries: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    stream_channel: String,
    subject: String,
    their_id: Option<String>,
    state: String,
    lasts_until: Option<i64>,
    tries: i64,
}

impl Store {
    /// Has a row for this subject of every channel of a platform that somebody follows.
    pub async fn want_subscriptions(&self, source: Source, subject: &str) -> Result<()> {
        sqlx::query(
            "insert into stream_subscriptions (platform, stream_channel, subject, state, try_at)
             select platform, id, $2, 'wanted', $3 from stream_channels where platform = $1
                 and exists (select 1 from stream_follows where stream_channel = stream_channels.id)
                 and not exists (select 1 from stream_subscriptions other where other.platform = stream_channels.platform
                     and other.stream_channel = stream_channels.id and other.subject = $2)
             on conflict (platform, stream_channel, subject) do nothing",
        )
        .bind(source.as_str())
        .bind(subject)
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What is to be asked for or renewed by now, of channels that somebody follows.
    pub async fn subscriptions_due(&self, source: Source, most: i64) -> Result<Vec<Subscription>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select stream_channel, subject, their_id, state, lasts_until, tries from stream_subscriptions
             where platform = $1 and try_at <= $2
                 and exists (select 1 from stream_follows where stream_follows.stream_channel = stream_subscriptions.stream_channel)
             order by try_at limit $3",
        )
        .bind(source.as_str())
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut all = Vec::new();
        for row in rows {
            let channel: Option<channels::Row> = sqlx::query_as("select * from stream_channels where id = $1")
                .bind(&row.stream_channel)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
            if let Some(channel) = channel {
                all.push(Subscription {
                    channel: channel.into(),
                    subject: row.subject,
                    theirs: row.their_id,
                    is_on: row.state == "on",
                    until: at(row.lasts_until),
                    tries: row.tries,
                });
            }
        }
        Ok(all)
    }

    /// It was asked for, and is tried again then unless it stands by then.
    pub async fn subscription_is_asked(&self, one: &Subscription, theirs: Option<&str>, again: Millis) -> Result<()> {
        self.subscription_becomes(one, ("asked", theirs, None, None), (again, one.tries + 1)).await
    }

    /// It could not be asked for.
    pub async fn subscription_is_refused(&self, one: &Subscription, why: &str, again: Millis) -> Result<()> {
        self.subscription_becomes(one, ("refused", None, None, Some(why)), (again, one.tries + 1)).await
    }

    /// It stands, until this moment where it ends by itself; it is renewed then.
    pub async fn subscription_is_on(
        &self,
        one: &Subscription,
        theirs: Option<&str>,
        until: Option<Millis>,
        again: Millis,
    ) -> Result<()> {
        self.subscription_becomes(one, ("on", theirs, until, None), (again, 0)).await
    }

    async fn subscription_becomes(
        &self,
        one: &Subscription,
        (state, theirs, until, why): (&str, Option<&str>, Option<Millis>, Option<&str>),
        (again, tries): (Millis, i64),
    ) -> Result<()> {
        sqlx::query(
            "update stream_subscriptions set state = $1, their_id = coalesce($2, their_id), lasts_until = $3, trouble = $4,
                 try_at = $5, tries = $6 where platform = $7 and stream_channel = $8 and subject = $9",
        )
        .bind(state)
        .bind(theirs.map(text))
        .bind(until.map(|until| until.0))
        .bind(why.map(text))
        .bind(again.0)
        .bind(tries)
        .bind(one.channel.source.as_str())
        .bind(&one.channel.id)
        .bind(&one.subject)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What a platform calls so is gone: it is asked for again then.
    pub async fn subscription_is_revoked(&self, source: Source, theirs: &str, why: &str, again: Millis) -> Result<()> {
        sqlx::query(
            "update stream_subscriptions set state = 'refused', trouble = $1, try_at = $2
             where platform = $3 and their_id = $4",
        )
        .bind(text(why))
        .bind(again.0)
        .bind(source.as_str())
        .bind(theirs)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// What was asked of a platform for this channel, where somebody follows it.
    pub async fn subscription_of(&self, channel: &Channel, subject: &str) -> Result<Option<Subscription>> {
        let row: Option<Row> = sqlx::query_as(
            "select stream_channel, subject, their_id, state, lasts_until, tries from stream_subscriptions
             where platform = $1 and stream_channel = $2 and subject = $3
                 and exists (select 1 from stream_follows where stream_follows.stream_channel = $2)",
        )
        .bind(channel.source.as_str())
        .bind(&channel.id)
        .bind(subject)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(|row| Subscription {
            channel: channel.clone(),
            subject: row.subject,
            theirs: row.their_id,
            is_on: row.state == "on",
            until: at(row.lasts_until),
            tries: row.tries,
        }))
    }
}
