//! What we asked platforms to tell us of: asked again until it stands, renewed before it ends, and asked to end once nobody needs it.
//!
//! **Invariant:** a row goes only once its platform tells no more, or nothing was ever asked of it.

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
    /// Whether the platform was ever asked for it.
    pub was_asked: bool,
    /// Whether somebody needs it.
    pub is_needed: bool,
    /// When the platform is asked to end it again; none where it was not.
    pub ending: Option<Millis>,
}

/// Whether somebody needs it: whoever follows the channel, or whose overlays its account feeds.
macro_rules! needed {
    () => {
        "(case when subject in ('stream.online', 'stream.offline', 'livestream.status.updated', 'livestream.metadata.updated', 'feed')
            then exists (select 1 from stream_follows where stream_follows.stream_channel = stream_subscriptions.stream_channel)
            else exists (select 1 from overlay_sources join stream_channels on stream_channels.platform = overlay_sources.platform
                and stream_channels.platform_id = overlay_sources.subject
                where stream_channels.id = stream_subscriptions.stream_channel) end)"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    stream_channel: String,
    subject: String,
    their_id: Option<String>,
    state: String,
    lasts_until: Option<i64>,
    tries: i64,
    end_at: Option<i64>,
    needed: i64,
}

impl Row {
    fn of(self, channel: Channel) -> Subscription {
        Subscription {
            channel,
            subject: self.subject,
            theirs: self.their_id,
            is_on: self.state == "on",
            until: at(self.lasts_until),
            tries: self.tries,
            was_asked: self.state != "wanted",
            is_needed: self.needed != 0,
            ending: at(self.end_at),
        }
    }
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

    /// Has a row for this subject of every channel of a platform whose account feeds overlays.
    pub async fn want_source_subscriptions(&self, source: Source, subject: &str) -> Result<()> {
        sqlx::query(
            "insert into stream_subscriptions (platform, stream_channel, subject, state, try_at)
             select platform, id, $2, 'wanted', $3 from stream_channels where platform = $1
                 and exists (select 1 from overlay_sources where overlay_sources.platform = stream_channels.platform
                     and overlay_sources.subject = stream_channels.platform_id)
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

    /// What is to be asked for or renewed by now, of what somebody needs.
    pub async fn subscriptions_due(&self, source: Source, most: i64) -> Result<Vec<Subscription>> {
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "select stream_channel, subject, their_id, state, lasts_until, tries, end_at, 1 as needed from stream_subscriptions
             where platform = $1 and try_at <= $2 and ",
            needed!(),
            " order by try_at limit $3",
        ))
        .bind(source.as_str())
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        self.with_channels(rows).await
    }

    /// What nobody needs any more and its platform still may tell of, to be ended by now.
    pub async fn subscriptions_ending(&self, most: i64) -> Result<Vec<Subscription>> {
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "select stream_channel, subject, their_id, state, lasts_until, tries, end_at, 0 as needed from stream_subscriptions
             where (end_at is null or end_at <= $1) and not ",
            needed!(),
            " order by platform, stream_channel, subject limit $2",
        ))
        .bind(self.clock.now().0)
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        self.with_channels(rows).await
    }

    /// Its platform tells of it no longer. Where somebody needs it again meanwhile, it is asked for anew.
    pub async fn subscription_is_gone(&self, channel: &Channel, subject: &str) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query(concat!(
            "delete from stream_subscriptions where platform = $1 and stream_channel = $2 and subject = $3 and not ",
            needed!(),
        ))
        .bind(channel.source.as_str())
        .bind(&channel.id)
        .bind(subject)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if gone.rows_affected() == 0 {
            sqlx::query(
                "update stream_subscriptions set state = 'wanted', their_id = null, end_at = null, try_at = $1, tries = 0
                 where platform = $2 and stream_channel = $3 and subject = $4",
            )
            .bind(self.clock.now().0)
            .bind(channel.source.as_str())
            .bind(&channel.id)
            .bind(subject)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }

    /// It is asked to end: whoever asks back whether that is so is told yes.
    pub async fn subscription_is_to_end(&self, one: &Subscription, again: Millis) -> Result<()> {
        sqlx::query(
            "update stream_subscriptions set end_at = $1 where platform = $2 and stream_channel = $3 and subject = $4",
        )
        .bind(again.0)
        .bind(one.channel.source.as_str())
        .bind(&one.channel.id)
        .bind(&one.subject)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// It was asked to end and may not have; it is asked again then.
    pub async fn subscription_lingers(&self, one: &Subscription, why: Option<&str>, again: Millis) -> Result<()> {
        sqlx::query(
            "update stream_subscriptions set end_at = $1, trouble = $2, tries = tries + 1
             where platform = $3 and stream_channel = $4 and subject = $5",
        )
        .bind(again.0)
        .bind(why.map(text))
        .bind(one.channel.source.as_str())
        .bind(&one.channel.id)
        .bind(&one.subject)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    async fn with_channels(&self, rows: Vec<Row>) -> Result<Vec<Subscription>> {
        let mut all = Vec::new();
        for row in rows {
            let channel: Option<channels::Row> = sqlx::query_as("select * from stream_channels where id = $1")
                .bind(&row.stream_channel)
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
            if let Some(channel) = channel {
                all.push(row.of(channel.into()));
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
                 try_at = $5, tries = $6, end_at = null where platform = $7 and stream_channel = $8 and subject = $9",
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
            "update stream_subscriptions set state = 'refused', their_id = null, trouble = $1, try_at = $2
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

    /// What was asked of a platform for this channel, whether or not somebody still needs it.
    pub async fn subscription_of(&self, channel: &Channel, subject: &str) -> Result<Option<Subscription>> {
        let row: Option<Row> = sqlx::query_as(concat!(
            "select stream_channel, subject, their_id, state, lasts_until, tries, end_at, case when ",
            needed!(),
            " then 1 else 0 end as needed from stream_subscriptions
             where platform = $1 and stream_channel = $2 and subject = $3",
        ))
        .bind(channel.source.as_str())
        .bind(&channel.id)
        .bind(subject)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)?;
        Ok(row.map(|row| row.of(channel.clone())))
    }
}
