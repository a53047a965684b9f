//! Streams: what goes on, what ended, and what was said of it.

use base::{Millis, Result};

use super::{Channel, Source, at, json, text};
use crate::{Store, lost};

/// What kind of stream it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody is live.
    Live,
    /// It was live before.
    Rerun,
    /// A video is shown for the first time.
    Premiere,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rerun => "rerun",
            Self::Premiere => "premiere",
        }
    }

    fn kept(text: &str) -> Self {
        [Self::Rerun, Self::Premiere].into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Live)
    }
}

/// A stream, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Its row; empty until it is kept.
    pub id: String,
    /// Its channel's row.
    pub stream_channel: String,
    /// Where it is.
    pub source: Source,
    /// Its one key there.
    pub key: String,
    /// What kind of stream it is.
    pub kind: Kind,
    /// Its title; empty while nobody said.
    pub title: String,
    /// Its game or category; empty where there is none.
    pub game: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where a picture of it is.
    pub picture: Option<String>,
    /// Where it can be seen afterwards.
    pub vod: Option<String>,
    /// How many see it.
    pub viewers: Option<i64>,
    /// How many did at most.
    pub peak: Option<i64>,
    /// When it began.
    pub started: Millis,
    /// When we found it.
    pub found: Millis,
    /// When its platform itself said last that it is live.
    pub seen: Option<Millis>,
    /// Since when it is not seen any more.
    pub gone: Option<Millis>,
    /// When it ended.
    pub ended: Option<Millis>,
    /// Whether it was no old news as it was found.
    pub news: bool,
    /// Counts what is shown of it.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    stream_channel: String,
    platform: String,
    stream_key: String,
    kind: String,
    title: String,
    game: String,
    tags: String,
    picture: Option<String>,
    vod: Option<String>,
    viewers: Option<i64>,
    peak: Option<i64>,
    started_at: i64,
    found_at: i64,
    seen_at: Option<i64>,
    gone_at: Option<i64>,
    ended_at: Option<i64>,
    news: i64,
    version: i64,
}

impl From<Row> for Live {
    fn from(row: Row) -> Self {
        Self {
            source: Source::kept(&row.platform),
            kind: Kind::kept(&row.kind),
            tags: serde_json::from_str(&row.tags).unwrap_or_default(),
            id: row.id,
            stream_channel: row.stream_channel,
            key: row.stream_key,
            title: row.title,
            game: row.game,
            picture: row.picture,
            vod: row.vod,
            viewers: row.viewers,
            peak: row.peak,
            started: Millis(row.started_at),
            found: Millis(row.found_at),
            seen: at(row.seen_at),
            gone: at(row.gone_at),
            ended: at(row.ended_at),
            news: row.news != 0,
            version: row.version,
        }
    }
}

impl Store {
    /// What goes on in a channel, and what ended there after this moment.
    pub async fn stream_lives_of(&self, channel: &str, since: Millis) -> Result<Vec<Live>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from stream_lives where stream_channel = $1 and (ended_at is null or ended_at > $2) order by started_at",
        )
        .bind(channel)
        .bind(since.0)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Live::from).collect())
    }

    /// The stream of this row.
    pub async fn stream_live(&self, id: &str) -> Result<Option<Live>> {
        let row: Option<Row> = sqlx::query_as("select * from stream_lives where id = $1")
            .bind(id)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)?;
        Ok(row.map(Live::from))
    }

    /// Keeps what became known of a channel and of its streams, all or nothing. What is told of is told of after that.
    pub async fn keep_stream_course(&self, channel: &Channel, changed: &[Live]) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        sqlx::query(
            "update stream_channels set known_at = $1, quiet_at = $2, unknown_since = $3, trouble = $4, look_at = $5
             where id = $6",
        )
        .bind(channel.known.map(|at| at.0))
        .bind(channel.quiet.map(|at| at.0))
        .bind(channel.unknown.map(|at| at.0))
        .bind(channel.trouble.as_deref().map(text))
        .bind(channel.look_at.0)
        .bind(&channel.id)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        for live in changed {
            sqlx::query(
                "insert into stream_lives (id, stream_channel, platform, stream_key, kind, title, game, tags, picture, vod,
                     viewers, peak, started_at, found_at, seen_at, gone_at, ended_at, news, version, untold)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 1)
                 on conflict (platform, stream_key) do update set title = excluded.title, game = excluded.game,
                     kind = excluded.kind, tags = excluded.tags, picture = excluded.picture, vod = excluded.vod,
                     viewers = excluded.viewers, peak = excluded.peak, seen_at = excluded.seen_at,
                     gone_at = excluded.gone_at, ended_at = excluded.ended_at,
                     untold = case when stream_lives.version <> excluded.version then 1 else stream_lives.untold end,
                     version = excluded.version",
            )
            .bind(self.clock.id().to_string())
            .bind(&channel.id)
            .bind(channel.source.as_str())
            .bind(text(&live.key))
            .bind(live.kind.as_str())
            .bind(text(&live.title))
            .bind(text(&live.game))
            .bind(text(&json(&live.tags)))
            .bind(live.picture.as_deref().map(text))
            .bind(live.vod.as_deref().map(text))
            .bind(live.viewers)
            .bind(live.peak)
            .bind(live.started.0)
            .bind(live.found.0)
            .bind(live.seen.map(|at| at.0))
            .bind(live.gone.map(|at| at.0))
            .bind(live.ended.map(|at| at.0))
            .bind(i64::from(live.news))
            .bind(live.version)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            if live.ended.is_some() {
                sqlx::query(
                    "update stream_roles set wanted = 0, try_at = null where wanted = 1 and live_id in
                         (select id from stream_lives where platform = $1 and stream_key = $2)",
                )
                .bind(channel.source.as_str())
                .bind(&live.key)
                .execute(&mut *all)
                .await
                .map_err(lost)?;
            }
        }
        all.commit().await.map_err(lost)
    }

    /// Streams of which somebody may not have been told, the oldest first, after this one where it is named.
    pub async fn untold_streams(&self, after: Option<&Live>, most: i64) -> Result<Vec<Live>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from stream_lives where untold = 1 and (found_at > $1 or (found_at = $1 and id > $2))
             order by found_at, id limit $3",
        )
        .bind(after.map_or(i64::MIN, |after| after.found.0))
        .bind(after.map_or("", |after| after.id.as_str()))
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Live::from).collect())
    }

    /// Everybody was told of a stream as it was read.
    pub async fn stream_is_told(&self, live: &Live) -> Result<()> {
        sqlx::query("update stream_lives set untold = 0 where id = $1 and version = $2")
            .bind(&live.id)
            .bind(live.version)
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// The streams that go on in what a guild follows.
    pub async fn streams_going_on(&self, guild: base::GuildId) -> Result<Vec<Live>> {
        let rows: Vec<Row> = sqlx::query_as(
            "select * from stream_lives where ended_at is null and stream_channel in
                 (select stream_channel from stream_follows where guild_id = $1) order by started_at",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Live::from).collect())
    }

    /// Forgets streams that ended before this moment, with what was told of them.
    pub async fn forget_streams(&self, before: Millis) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        for sql in [
            "delete from stream_posts where live_id in (select id from stream_lives where ended_at < $1)",
            "delete from stream_roles where given = 0 and wanted = 0 and live_id in
                 (select id from stream_lives where ended_at < $1)",
            "delete from stream_lives where ended_at < $1",
            "delete from stream_videos where look_at is null and found_at < $1",
        ] {
            sqlx::query(sql).bind(before.0).execute(&mut *all).await.map_err(lost)?;
        }
        all.commit().await.map_err(lost)
    }
}
