//! Makes, changes and removes overlays. What depends on what stood there before is written only where that still stands.

use base::{GuildId, Result, UserId};

use super::{Overlay, OverlayKind, read::one, text};
use crate::{Store, lost};

/// An overlay to make.
#[derive(Debug, Clone, Copy)]
pub struct NewOverlay<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it shows.
    pub kind: OverlayKind,
    /// Who makes it.
    pub by: UserId,
    /// How it looks, as JSON.
    pub settings: &'a str,
    /// What it stands at, as JSON.
    pub state: &'a str,
    /// What is kept of its key.
    pub key_hash: &'a str,
}

impl Store {
    /// Makes an overlay, where the guild has fewer than `most`. None where it has so many, or the name is taken.
    pub async fn add_overlay(&self, guild: GuildId, new: NewOverlay<'_>, most: i64) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "insert into overlays (id, guild_id, name, kind, made_by, made_at, settings, state, key_hash)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9
             where (select count(*) from overlays where guild_id = $2) < $10
             on conflict (guild_id, name) do nothing returning *",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(new.name)
        .bind(new.kind.as_str())
        .bind(new.by.to_string())
        .bind(self.clock.now().0)
        .bind(text(new.settings))
        .bind(text(new.state))
        .bind(new.key_hash)
        .bind(most);
        one(changed, &self.pool).await
    }

    /// Gives an overlay other settings, and keeps those it had. None where somebody changed it meanwhile.
    pub async fn set_overlay_settings(&self, overlay: &Overlay, settings: &str) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "update overlays set previous = settings, settings = $1, version = version + 1
             where id = $2 and guild_id = $3 and version = $4 returning *",
        )
        .bind(text(settings))
        .bind(&overlay.id)
        .bind(overlay.guild.to_string())
        .bind(overlay.version);
        one(changed, &self.pool).await
    }

    /// Gives an overlay the settings it had before, and keeps those it has. None where there are none, or somebody changed it meanwhile.
    pub async fn undo_overlay_settings(&self, overlay: &Overlay) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "update overlays set previous = settings, settings = previous, version = version + 1
             where id = $1 and guild_id = $2 and version = $3 and previous is not null returning *",
        )
        .bind(&overlay.id)
        .bind(overlay.guild.to_string())
        .bind(overlay.version);
        one(changed, &self.pool).await
    }

    /// Has an overlay stand at something else. None where somebody changed it meanwhile.
    pub async fn set_overlay_state(&self, overlay: &Overlay, state: &str) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "update overlays set state = $1, version = version + 1
             where id = $2 and guild_id = $3 and version = $4 returning *",
        )
        .bind(text(state))
        .bind(&overlay.id)
        .bind(overlay.guild.to_string())
        .bind(overlay.version);
        one(changed, &self.pool).await
    }

    /// Sets the number of a goal or a counter.
    pub async fn set_overlay_value(&self, overlay: &Overlay, value: i64) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "update overlays set value = $1, version = version + 1 where id = $2 and guild_id = $3 returning *",
        )
        .bind(value)
        .bind(&overlay.id)
        .bind(overlay.guild.to_string());
        one(changed, &self.pool).await
    }

    /// Adds to the number of a goal or a counter, which stays within `most` of nothing.
    pub async fn add_to_overlay(&self, overlay: &Overlay, amount: i64, most: i64) -> Result<Option<Overlay>> {
        let changed = sqlx::query_as(
            "update overlays set value = case when value + $1 > $2 then $2 when value + $1 < -$2 then -$2 else value + $1 end,
                 version = version + 1 where id = $3 and guild_id = $4 returning *",
        )
        .bind(amount)
        .bind(most)
        .bind(&overlay.id)
        .bind(overlay.guild.to_string());
        one(changed, &self.pool).await
    }

    /// Has another key open an overlay, or none.
    pub async fn set_overlay_key(&self, overlay: &Overlay, key_hash: Option<&str>) -> Result<bool> {
        sqlx::query("update overlays set key_hash = $1 where id = $2 and guild_id = $3")
            .bind(key_hash)
            .bind(&overlay.id)
            .bind(overlay.guild.to_string())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// Has donations be told under another key, or none.
    pub async fn set_overlay_hook(&self, overlay: &Overlay, hook_hash: Option<&str>) -> Result<bool> {
        sqlx::query("update overlays set hook_hash = $1 where id = $2 and guild_id = $3")
            .bind(hook_hash)
            .bind(&overlay.id)
            .bind(overlay.guild.to_string())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(lost)
    }

    /// Removes an overlay with all that is kept of it. The answer is whether it was there.
    pub async fn remove_overlay(&self, overlay: &Overlay) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query("delete from overlays where id = $1 and guild_id = $2")
            .bind(&overlay.id)
            .bind(overlay.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        for sql in [
            "delete from overlay_events where overlay_id = $1 and guild_id = $2",
            "delete from overlay_files where overlay_id = $1 and guild_id = $2",
        ] {
            sqlx::query(sql)
                .bind(&overlay.id)
                .bind(overlay.guild.to_string())
                .execute(&mut *all)
                .await
                .map_err(lost)?;
        }
        all.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
