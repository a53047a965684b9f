//! What is shown once: written down before it is shown, so that a page which was away shows it when it is back.

use std::time::Duration;

use base::{GuildId, Millis, Result};
use sqlx::AnyConnection;

use super::{Overlay, Words, text};
use crate::{Store, lost};

/// So much of what was missed is read at once.
const MOST: i64 = 200;

/// What comes of something that happened for one overlay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The overlay's row.
    pub overlay: String,
    /// Whether it shows it.
    pub shows: Shows,
    /// What its number grows by.
    pub adds: i64,
}

/// Whether an overlay shows what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// It does, once.
    Once,
    /// Only its number changes.
    No,
}

/// Something that happened in a guild.
#[derive(Debug, Clone, Copy)]
pub struct Showing<'a> {
    /// As JSON.
    pub event: &'a str,
    /// What it was told under from outside; none where nobody tells it twice.
    pub id: Option<&'a str>,
    /// By what it is taken back, where it was said.
    pub said: Option<Words<'a>>,
    /// What it is and whose name is the last of that; none where nobody asks for the last one.
    pub latest: Option<(&'a str, &'a str)>,
    /// What comes of it.
    pub shares: &'a [Share],
    /// No number goes further than this from nothing.
    pub most: i64,
}

/// Something to show.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Shown {
    /// 1, 2, 3 … of its overlay.
    pub number: i64,
    /// As JSON.
    pub event: String,
}

/// Who was the last of something.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Latest {
    /// Of what.
    pub what: String,
    /// Who.
    pub name: String,
}

/// Adds something to what an overlay shows. The answer is whether it is still there.
pub(super) async fn append(
    all: &mut AnyConnection,
    (guild, overlay): (GuildId, &str),
    (event, said): (&str, Option<Words<'_>>),
    now: Millis,
) -> Result<bool> {
    let number: Option<i64> = sqlx::query_scalar(
        "update overlays set last_event = last_event + 1 where id = $1 and guild_id = $2 returning last_event",
    )
    .bind(overlay)
    .bind(guild.to_string())
    .fetch_optional(&mut *all)
    .await
    .map_err(lost)?;
    // It was removed meanwhile.
    let Some(number) = number else { return Ok(false) };
    sqlx::query(
        "insert into overlay_events (overlay_id, guild_id, number, at, event, said, author, place)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(overlay)
    .bind(guild.to_string())
    .bind(number)
    .bind(now.0)
    .bind(text(event))
    .bind(said.map(|said| text(said.message)))
    .bind(said.map(|said| text(said.author)))
    .bind(said.map(|said| text(said.place)))
    .execute(&mut *all)
    .await
    .map(|_| true)
    .map_err(lost)
}

impl Store {
    /// Writes down what is to be shown of something that happened, all of it or nothing. The answer is whether it is new.
    pub async fn show_in_overlays(&self, guild: GuildId, what: Showing<'_>) -> Result<bool> {
        let now = self.clock.now();
        let mut all = self.pool.begin().await.map_err(lost)?;
        if let Some(id) = what.id {
            let new = sqlx::query(
                "insert into overlay_told (guild_id, id, at) values ($1, $2, $3) on conflict (guild_id, id) do nothing",
            )
            .bind(guild.to_string())
            .bind(text(id))
            .bind(now.0)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            if new.rows_affected() == 0 {
                all.rollback().await.map_err(lost)?;
                return Ok(false);
            }
        }
        if let Some((of, name)) = what.latest {
            sqlx::query(
                "insert into overlay_latest (guild_id, what, name, at) values ($1, $2, $3, $4)
                 on conflict (guild_id, what) do update set name = excluded.name, at = excluded.at",
            )
            .bind(guild.to_string())
            .bind(of)
            .bind(text(name))
            .bind(now.0)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        for share in what.shares {
            if share.adds != 0 {
                sqlx::query(
                    "update overlays set version = version + 1, value = case when value + $1 > $2 then $2
                         when value + $1 < -$2 then -$2 else value + $1 end
                     where id = $3 and guild_id = $4",
                )
                .bind(share.adds)
                .bind(what.most)
                .bind(&share.overlay)
                .bind(guild.to_string())
                .execute(&mut *all)
                .await
                .map_err(lost)?;
            }
            if share.shows == Shows::Once {
                append(&mut all, (guild, &share.overlay), (what.event, what.said), now).await?;
            }
        }
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Has one overlay show something once. The answer is whether it is still there.
    pub async fn show_in_overlay(&self, overlay: &Overlay, event: &str) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let is_there = append(&mut all, (overlay.guild, &overlay.id), (event, None), self.clock.now()).await?;
        all.commit().await.map_err(lost)?;
        Ok(is_there)
    }

    /// What an overlay is to show after a number, in order; so much of it as is read at once.
    pub async fn overlay_events(&self, guild: GuildId, overlay: &str, after: i64) -> Result<Vec<Shown>> {
        sqlx::query_as(
            "select number, event from overlay_events where overlay_id = $1 and guild_id = $2 and number > $3
             order by number limit $4",
        )
        .bind(overlay)
        .bind(guild.to_string())
        .bind(after)
        .bind(MOST)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// What an overlay showed last, newest first.
    pub async fn last_overlay_events(&self, guild: GuildId, overlay: &str, most: i64) -> Result<Vec<Shown>> {
        sqlx::query_as(
            "select number, event from overlay_events where overlay_id = $1 and guild_id = $2
             order by number desc limit $3",
        )
        .bind(overlay)
        .bind(guild.to_string())
        .bind(most.min(MOST))
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Who was the last of each in a guild.
    pub async fn overlay_latest(&self, guild: GuildId) -> Result<Vec<Latest>> {
        sqlx::query_as("select what, name from overlay_latest where guild_id = $1 order by what")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)
    }

    /// Forgets what was to be shown longer ago, of all guilds, but for the last `keep` of each overlay; and under which ids things were
    /// told that long ago.
    pub async fn forget_overlay_events(&self, shown: Duration, told: Duration, keep: i64) -> Result<()> {
        let ago = |span: Duration| self.clock.now().0 - i64::try_from(span.as_millis()).unwrap_or(0);
        sqlx::query(
            "delete from overlay_events where at < $1 and number <= (select last_event - $2 from overlays
                 where overlays.id = overlay_events.overlay_id)",
        )
        .bind(ago(shown))
        .bind(keep)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        // What is said in a chat is much, and is told again soon or never.
        sqlx::query("delete from overlay_told where at < $1 or at < $2 and id like 'chat %'")
            .bind(ago(told))
            .bind(ago(shown))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}
