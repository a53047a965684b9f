//! What members lent guilds, whatever it is: who they are, and its end.
//!
//! **Invariant:** all that somebody lent a guild ends in the transaction that tells its log of it.

use base::{GuildId, Result, UserId};

use crate::{Store, events::NewEvent, lost, overlays::Origin};

/// Something that a member lends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// What they listen to, as Lanyard tells it.
    Lanyard,
    /// An account of theirs that feeds overlays.
    Source(Origin),
}

impl Store {
    /// Everybody who lends a guild anything.
    pub async fn lenders(&self) -> Result<Vec<(GuildId, UserId)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select guild_id, user_id from presence_lanyard union select guild_id, user_id from overlay_sources",
        )
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read = |(guild, user): (String, String)| {
            (GuildId(guild.parse().unwrap_or_default()), UserId(user.parse().unwrap_or_default()))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Ends all that somebody lent a guild; its log is told of what that was. The answer is what it was.
    pub async fn end_lent(
        &self,
        guild: GuildId,
        user: UserId,
        told: impl Fn(&[Thing]) -> NewEvent + Send,
    ) -> Result<Vec<Thing>> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let lanyard = sqlx::query("delete from presence_lanyard where guild_id = $1 and user_id = $2")
            .bind(guild.to_string())
            .bind(user.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        let sources: Vec<String> =
            sqlx::query_scalar("delete from overlay_sources where guild_id = $1 and user_id = $2 returning platform")
                .bind(guild.to_string())
                .bind(user.to_string())
                .fetch_all(&mut *all)
                .await
                .map_err(lost)?;
        let mut things = vec![Thing::Lanyard; usize::from(lanyard.rows_affected() > 0)];
        let is_one = |origin: &Origin| sources.iter().any(|platform| platform == origin.as_str());
        things.extend(Origin::ALL.into_iter().filter(is_one).map(Thing::Source));
        if things.is_empty() {
            all.rollback().await.map_err(lost)?;
            return Ok(things);
        }
        let happened = self.events.append(&mut all, vec![told(&things)]).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(things)
    }
}
