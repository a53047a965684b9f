//! What was said in a chat, and is taken back.
//!
//! **Invariant:** what was taken back is shown to no page any more, whenever it comes: it is gone from what was written down, and a message
//! that is told of only later was told before.

use base::{GuildId, Result};

use super::{Overlay, Shown, events::append, text};
use crate::{Store, lost};

/// By what something that was said is taken back.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The message.
    pub message: &'a str,
    /// Whoever wrote it.
    pub author: &'a str,
    /// The chat in which it was.
    pub place: &'a str,
}

/// What is taken back.
#[derive(Debug, Clone, Copy)]
pub struct TakenBack<'a> {
    /// All that has this word: a message, somebody, or a chat.
    pub word: &'a str,
    /// What it is known by that it was taken back.
    pub id: &'a str,
    /// What pages are told of it, as JSON.
    pub event: &'a str,
    /// The overlays whose pages are told.
    pub from: &'a [&'a str],
}

impl Store {
    /// Takes back what was said under a word, and writes down that pages are told so, all of it or nothing; told twice, it is done once.
    pub async fn take_back_in_overlays(&self, guild: GuildId, gone: TakenBack<'_>) -> Result<()> {
        let now = self.clock.now();
        let mut all = self.pool.begin().await.map_err(lost)?;
        let mut is_new = false;
        for id in [gone.word, gone.id] {
            let noted = sqlx::query(
                "insert into overlay_told (guild_id, id, at) values ($1, $2, $3) on conflict (guild_id, id) do nothing",
            )
            .bind(guild.to_string())
            .bind(text(id))
            .bind(now.0)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
            // Only the last one says so: a message that was told of is known by its own word.
            is_new = noted.rows_affected() > 0;
        }
        if !is_new {
            return all.rollback().await.map_err(lost);
        }
        sqlx::query(
            "delete from overlay_events where guild_id = $1 and said is not null
             and (said = $2 or author = $2 or place = $2)",
        )
        .bind(guild.to_string())
        .bind(text(gone.word))
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        for overlay in gone.from {
            append(&mut all, (guild, overlay), (gone.event, None), now).await?;
        }
        all.commit().await.map_err(lost)
    }

    /// What was said last on an overlay.
    pub async fn last_said(&self, overlay: &Overlay) -> Result<Option<Shown>> {
        sqlx::query_as(
            "select number, event from overlay_events where overlay_id = $1 and guild_id = $2 and said is not null
             order by number desc limit 1",
        )
        .bind(&overlay.id)
        .bind(overlay.guild.to_string())
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)
    }
}
