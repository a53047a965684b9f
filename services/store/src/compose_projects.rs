//! The folders of Compose projects that may be used, for each server.

use base::{GuildId, Result, UserId};

use crate::{Store, lost};

impl Store {
    /// A project's folder; none where it may not be used.
    pub async fn compose_folder(&self, guild: GuildId, server_id: &str, project: &str) -> Result<Option<String>> {
        sqlx::query_scalar(
            "select folder from compose_projects where guild_id = $1 and server_id = $2 and project = $3",
        )
        .bind(guild.to_string())
        .bind(server_id)
        .bind(project)
        .fetch_optional(&self.reads)
        .await
        .map_err(lost)
    }

    /// A server's projects with their folders, by name.
    pub async fn compose_projects(&self, guild: GuildId, server_id: &str) -> Result<Vec<(String, String)>> {
        sqlx::query_as(
            "select project, folder from compose_projects where guild_id = $1 and server_id = $2 order by project",
        )
        .bind(guild.to_string())
        .bind(server_id)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)
    }

    /// Allows a project in this folder.
    pub async fn allow_compose_project(
        &self,
        (guild, by): (GuildId, UserId),
        server_id: &str,
        project: &str,
        folder: &str,
    ) -> Result<()> {
        sqlx::query(
            "insert into compose_projects (guild_id, server_id, project, folder, set_by, set_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (guild_id, server_id, project) do update set folder = excluded.folder, set_by = excluded.set_by,
                 set_at = excluded.set_at",
        )
        .bind(guild.to_string())
        .bind(server_id)
        .bind(project)
        .bind(folder)
        .bind(by.to_string())
        .bind(self.clock.now().0)
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Allows it no more. The answer is whether it was.
    pub async fn forget_compose_project(&self, guild: GuildId, server_id: &str, project: &str) -> Result<bool> {
        let gone = sqlx::query("delete from compose_projects where guild_id = $1 and server_id = $2 and project = $3")
            .bind(guild.to_string())
            .bind(server_id)
            .bind(project)
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }
}
