//! By what signed events are known to come from a platform that we told: made once, sealed, nobody's but ours.

use base::{GuildId, Result, Secret};

use super::Source;
use crate::{Vault, lost};

/// What is nobody's in particular is sealed as this guild's, which there is not.
const OURS: GuildId = GuildId(0);

impl Vault {
    /// The secret that a platform signs by, made where there is none.
    pub async fn hook_secret(&self, source: Source) -> Result<Secret> {
        let kept: Option<(String,)> = sqlx::query_as("select secret_id from stream_secrets where platform = $1")
            .bind(source.as_str())
            .fetch_optional(&self.store.pool)
            .await
            .map_err(lost)?;
        if let Some((id,)) = kept {
            return self.open(OURS, &id).await;
        }
        let secret = Secret::new(format!("{}{}", self.store.clock.key(), self.store.clock.key()));
        let sealed = self.sealed(OURS, &secret).await?;
        let mut both = self.store.pool.begin().await.map_err(lost)?;
        sealed.insert(&mut both, self.store.clock.now()).await?;
        let made = sqlx::query(
            "insert into stream_secrets (platform, secret_id) values ($1, $2) on conflict (platform) do nothing",
        )
        .bind(source.as_str())
        .bind(&sealed.id)
        .execute(&mut *both)
        .await
        .map_err(lost)?;
        if made.rows_affected() == 0 {
            // Somebody else made one in the meantime.
            both.rollback().await.map_err(lost)?;
            return Box::pin(self.hook_secret(source)).await;
        }
        both.commit().await.map_err(lost)?;
        Ok(secret)
    }
}
