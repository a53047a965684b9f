//! Pictures and sounds of overlays, kept under their hash.

use base::{GuildId, Result};

use super::Overlay;
use crate::{Store, lost};

/// A file of an overlay.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OverlayFile {
    /// As what it is served.
    pub media: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Keeps a file of an overlay.
    pub async fn keep_overlay_file(&self, overlay: &Overlay, hash: &str, file: &OverlayFile) -> Result<()> {
        sqlx::query(
            "insert into overlay_files (overlay_id, guild_id, sha256, media, bytes)
             select $1, $2, $3, $4, $5 where exists (select 1 from overlays where id = $1 and guild_id = $2)
             on conflict (overlay_id, sha256) do nothing",
        )
        .bind(&overlay.id)
        .bind(overlay.guild.to_string())
        .bind(hash)
        .bind(&file.media)
        .bind(file.bytes.clone())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// A file of an overlay, by its hash.
    pub async fn overlay_file(&self, guild: GuildId, overlay: &str, hash: &str) -> Result<Option<OverlayFile>> {
        sqlx::query_as("select media, bytes from overlay_files where overlay_id = $1 and guild_id = $2 and sha256 = $3")
            .bind(overlay)
            .bind(guild.to_string())
            .bind(hash)
            .fetch_optional(&self.reads)
            .await
            .map_err(lost)
    }

    /// Forgets files that neither the settings of an overlay name nor those before.
    pub async fn sweep_overlay_files(&self, overlay: &Overlay, named: &[String]) -> Result<()> {
        let held: Vec<String> =
            sqlx::query_scalar("select sha256 from overlay_files where overlay_id = $1 and guild_id = $2")
                .bind(&overlay.id)
                .bind(overlay.guild.to_string())
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        for hash in held.iter().filter(|hash| !named.contains(hash)) {
            sqlx::query("delete from overlay_files where overlay_id = $1 and guild_id = $2 and sha256 = $3")
                .bind(&overlay.id)
                .bind(overlay.guild.to_string())
                .bind(hash)
                .execute(&self.pool)
                .await
                .map_err(lost)?;
        }
        Ok(())
    }
}
