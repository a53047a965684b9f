//! Pictures of panels, sent along with their messages.

use base::{GuildId, Result};

use super::Panel;
use crate::{Store, lost};

/// A panel's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelPicture {
    /// Its file's name, such as `panel.png`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Store {
    /// A panel's picture.
    pub async fn ticket_panel_picture(&self, panel: &Panel) -> Result<Option<PanelPicture>> {
        let row: Option<(String, Vec<u8>)> =
            sqlx::query_as("select name, bytes from ticket_panel_pictures where panel_id = $1 and guild_id = $2")
                .bind(&panel.id)
                .bind(panel.guild.to_string())
                .fetch_optional(&self.reads)
                .await
                .map_err(lost)?;
        Ok(row.map(|(name, bytes)| PanelPicture { name, bytes }))
    }

    /// Gives a guild's panel of this name a picture, or none; its message is behind then.
    pub async fn set_ticket_panel_picture(
        &self,
        guild: GuildId,
        name: &str,
        picture: Option<&PanelPicture>,
    ) -> Result<()> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let panel: Option<String> = sqlx::query_scalar(
            "update ticket_panels set version = version + 1 where guild_id = $1 and name = $2 returning id",
        )
        .bind(guild.to_string())
        .bind(name)
        .fetch_optional(&mut *all)
        .await
        .map_err(lost)?;
        let Some(panel) = panel else { return all.rollback().await.map_err(lost) };
        let done = match picture {
            Some(picture) => {
                sqlx::query(
                    "insert into ticket_panel_pictures (panel_id, guild_id, name, bytes) values ($1, $2, $3, $4)
                     on conflict (panel_id) do update set name = excluded.name, bytes = excluded.bytes",
                )
                .bind(&panel)
                .bind(guild.to_string())
                .bind(&picture.name)
                .bind(picture.bytes.clone())
                .execute(&mut *all)
                .await
            }
            None => {
                sqlx::query("delete from ticket_panel_pictures where panel_id = $1 and guild_id = $2")
                    .bind(&panel)
                    .bind(guild.to_string())
                    .execute(&mut *all)
                    .await
            }
        };
        done.map_err(lost)?;
        all.commit().await.map_err(lost)
    }
}
