//! What becomes of a conversation, step by step, and who wants it stopped.

use base::{GuildId, Result, UserId};
use uuid::Uuid;

use crate::{Store, lost};

/// What became of a conversation.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// What is in it now, as JSON.
    pub body: String,
    /// Whether something is still to be done in it.
    pub busy: bool,
    /// What was heard.
    pub heard: Vec<String>,
    /// Whether it was heard that somebody wants it stopped.
    pub stopped: bool,
    /// The answers that changed: the turn, and what is shown, as JSON.
    pub answers: Vec<(i64, String)>,
}

impl Store {
    /// Keeps a step of a conversation, if it is still the one of this version. The answer is whether it was.
    pub async fn step_conversation(&self, guild: GuildId, id: Uuid, version: i64, step: &Step) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let kept = sqlx::query(
            "update conversations set body = $1, busy = $2, version = version + 1, touched_at = $3,
                    stop_by = case when $4 = 1 then null else stop_by end
             where guild_id = $5 and id = $6 and version = $7",
        )
        .bind(&step.body)
        .bind(i64::from(step.busy))
        .bind(self.clock.now().0)
        .bind(i64::from(step.stopped))
        .bind(guild.to_string())
        .bind(id.to_string())
        .bind(version)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        for said in &step.heard {
            sqlx::query(
                "update conversation_said set heard = 1 where guild_id = $1 and conversation_id = $2 and id = $3",
            )
            .bind(guild.to_string())
            .bind(id.to_string())
            .bind(said)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        for (turn, body) in &step.answers {
            sqlx::query(
                "insert into conversation_answers (conversation_id, guild_id, turn, body) values ($1, $2, $3, $4)
                 on conflict (conversation_id, turn) do update set body = excluded.body,
                     version = conversation_answers.version + 1
                 where conversation_answers.guild_id = excluded.guild_id and conversation_answers.body <> excluded.body",
            )
            .bind(id.to_string())
            .bind(guild.to_string())
            .bind(turn)
            .bind(body.replace('\0', "␀"))
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        }
        // What was said while this was decided is not forgotten: it is busy still.
        sqlx::query(
            "update conversations set busy = 1 where guild_id = $1 and id = $2 and busy = 0 and (stop_by is not null or exists (
                 select 1 from conversation_said where conversation_id = $2 and guild_id = $1 and heard = 0))",
        )
        .bind(guild.to_string())
        .bind(id.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        all.commit().await.map_err(lost)?;
        Ok(true)
    }

    /// Somebody wants it stopped. The answer is whether something is going on in it.
    pub async fn stop_conversation(&self, guild: GuildId, id: Uuid, by: UserId) -> Result<bool> {
        let done = sqlx::query("update conversations set stop_by = $1 where guild_id = $2 and id = $3 and busy = 1")
            .bind(by.to_string())
            .bind(guild.to_string())
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }
}
