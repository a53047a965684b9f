//! Questions that wait for a person's answer.

use std::time::Duration;

use base::{Actor, GuildId, Millis, Result, gate::Request};
use uuid::Uuid;

use crate::{Store, lost};

/// A question's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// The action's name.
    pub action: String,
    /// The action as JSON.
    pub arguments: String,
    /// SHA-256 of the action: the answer counts for exactly this.
    pub digest: String,
    /// What they decide on.
    pub plan: String,
    /// Who asked, and in this version of the rules also who answers.
    pub asked_by: String,
    /// `open`, `granted`, `dismissed` or `expired`.
    pub state: String,
    /// Until when an answer counts, in milliseconds.
    pub expires_at: i64,
}

impl Store {
    /// Asks; the answer is the question's id and its expiry.
    pub async fn ask(&self, actor: &Actor, request: &Request, lasts: Duration) -> Result<(Uuid, Millis)> {
        let (id, now) = (self.clock.id(), self.clock.now());
        let expires = now.plus(lasts);
        sqlx::query(
            "insert into approvals (id, guild_id, action, arguments, digest, plan, asked_by, state, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9)",
        )
        .bind(id.to_string())
        .bind(actor.guild.to_string())
        .bind(request.name)
        .bind(request.exact.to_string())
        .bind(&request.digest)
        .bind(&request.plan)
        .bind(actor.user.to_string())
        .bind(now.0)
        .bind(expires.0)
        .execute(&self.pool)
        .await
        .map_err(lost)?;
        Ok((id, expires))
    }

    /// Reads a question of this guild.
    pub async fn approval(&self, guild: GuildId, id: Uuid) -> Result<Option<Approval>> {
        sqlx::query_as(
            "select id, action, arguments, digest, plan, asked_by, state, expires_at from approvals
             where id = $1 and guild_id = $2",
        )
        .bind(id.to_string())
        .bind(guild.to_string())
        .fetch_optional(&self.pool)
        .await
        .map_err(lost)
    }

    /// Answers an open question, once. The answer is whether this was the one that counted.
    pub async fn decide(&self, actor: &Actor, id: Uuid, digest: &str, state: Decision) -> Result<bool> {
        let now = self.clock.now().0;
        sqlx::query(
            "update approvals set state = $1, decided_by = $2, decided_at = $3
             where id = $4 and guild_id = $5 and state = 'open' and digest = $6 and expires_at > $3",
        )
        .bind(state.as_str())
        .bind(actor.user.to_string())
        .bind(now)
        .bind(id.to_string())
        .bind(actor.guild.to_string())
        .bind(digest)
        .execute(&self.pool)
        .await
        .map(|done| done.rows_affected() > 0)
        .map_err(lost)
    }
}

/// An answer, as the row keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Granted,
    /// No.
    Dismissed,
}

impl Decision {
    fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Dismissed => "dismissed",
        }
    }
}
