//! Which channels a guild follows.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{Channel, Filters, channels, id, json, text};
use crate::{Store, lost};

/// What differs from the guild's own settings, and whose channel it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewFollow {
    /// Where it is told of.
    pub channel: Option<u64>,
    /// What is said on top.
    pub template: Option<String>,
    /// Which streams.
    pub filters: Option<Filters>,
    /// The member whose channel it is.
    pub member: Option<UserId>,
}

/// A channel that a guild follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Its row.
    pub id: String,
    /// Who follows.
    pub guild: GuildId,
    /// The channel's row.
    pub stream_channel: String,
    /// What differs, and whose channel it is.
    pub own: NewFollow,
    /// Whether that member follows it themselves, with their account as the proof.
    pub is_theirs: bool,
    /// Who asked for it.
    pub added_by: UserId,
    /// When.
    pub added: Millis,
}

/// What following a channel came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// How it was followed before; none where it was not.
    pub before: Option<Follow>,
    /// How it is followed now.
    pub now: NewFollow,
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: String,
    guild_id: String,
    stream_channel: String,
    channel_id: Option<String>,
    template: Option<String>,
    filters: Option<String>,
    member_id: Option<String>,
    own: i64,
    added_by: String,
    added_at: i64,
}

impl From<Row> for Follow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            guild: GuildId(row.guild_id.parse().unwrap_or_default()),
            stream_channel: row.stream_channel,
            own: NewFollow {
                channel: id(row.channel_id.as_deref()),
                template: row.template,
                filters: row.filters.and_then(|filters| serde_json::from_str(&filters).ok()),
                member: id(row.member_id.as_deref()).map(UserId),
            },
            is_theirs: row.own != 0,
            added_by: UserId(row.added_by.parse().unwrap_or_default()),
            added: Millis(row.added_at),
        }
    }
}

impl Store {
    /// Has a guild follow a channel, where it follows fewer than `most`, in the way that comes of how it is followed by now. What was a
    /// member's own is the guild's from then on, and stays theirs to be named. None where it follows as many as it may.
    pub async fn follow_stream(
        &self,
        guild: GuildId,
        channel: &Channel,
        change: impl FnOnce(NewFollow) -> NewFollow + Send,
        (by, most): (UserId, i64),
    ) -> Result<Option<Followed>> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let (now, id) = (self.clock.now(), self.clock.id().to_string());
        // Whoever follows it already keeps the row: written first, nobody else changes it meanwhile.
        let row: Option<Row> = sqlx::query_as(
            "insert into stream_follows (id, guild_id, stream_channel, added_by, added_at)
             select $1, $2, $3, $4, $5
             where (select count(*) from stream_follows where guild_id = $2 and stream_channel <> $3) < $6
             on conflict (guild_id, stream_channel) do update set added_at = stream_follows.added_at
             returning *",
        )
        .bind(&id)
        .bind(guild.to_string())
        .bind(&channel.id)
        .bind(by.to_string())
        .bind(now.0)
        .bind(most)
        .fetch_optional(&mut *all)
        .await
        .map_err(lost)?;
        let Some(follow) = row.map(Follow::from) else {
            all.rollback().await.map_err(lost)?;
            return Ok(None);
        };
        let kept = change(follow.own.clone());
        sqlx::query(
            "update stream_follows set channel_id = $1, template = $2, filters = $3, member_id = $4, own = 0, prove_at = null
             where id = $5 and guild_id = $6",
        )
        .bind(kept.channel.map(|channel| channel.to_string()))
        .bind(kept.template.as_deref().map(text))
        .bind(kept.filters.as_ref().map(|filters| text(&json(filters))))
        .bind(kept.member.map(|member| member.to_string()))
        .bind(&follow.id)
        .bind(guild.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        is_wanted(&mut all, channel, now).await?;
        all.commit().await.map_err(lost)?;
        let before = (follow.id != id).then_some(follow);
        Ok(Some(Followed { before, now: kept }))
    }

    /// Has a guild follow a channel no longer. The answer is whether it did.
    pub async fn unfollow_stream(&self, guild: GuildId, channel: &Channel) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let gone = sqlx::query("delete from stream_follows where guild_id = $1 and stream_channel = $2")
            .bind(guild.to_string())
            .bind(&channel.id)
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        take_roles(&mut all, guild, channel).await?;
        all.commit().await.map_err(lost)?;
        Ok(gone.rows_affected() > 0)
    }

    /// What a guild follows, by name.
    pub async fn stream_follows(&self, guild: GuildId) -> Result<Vec<(Follow, Channel)>> {
        let rows: Vec<Row> = sqlx::query_as("select * from stream_follows where guild_id = $1")
            .bind(guild.to_string())
            .fetch_all(&self.reads)
            .await
            .map_err(lost)?;
        let channels: Vec<channels::Row> = sqlx::query_as(
            "select * from stream_channels where id in (select stream_channel from stream_follows where guild_id = $1)",
        )
        .bind(guild.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let mut channels: std::collections::HashMap<String, Channel> =
            channels.into_iter().map(Channel::from).map(|channel| (channel.id.clone(), channel)).collect();
        let follows = rows.into_iter().map(Follow::from);
        let mut all: Vec<(Follow, Channel)> = follows
            .filter_map(|follow| channels.remove(&follow.stream_channel).map(|channel| (follow, channel)))
            .collect();
        all.sort_by_key(|(_, channel)| (channel.source, channel.name.to_lowercase()));
        Ok(all)
    }

    /// Everybody who follows a channel, by the row of each. What a guild owns, its own number stands beside.
    pub async fn followers_of_stream(&self, channel: &str, after: &str, most: i64) -> Result<Vec<Follow>> {
        let rows: Vec<Row> =
            sqlx::query_as("select * from stream_follows where stream_channel = $1 and id > $2 order by id limit $3")
                .bind(channel)
                .bind(after)
                .bind(most)
                .fetch_all(&self.reads)
                .await
                .map_err(lost)?;
        Ok(rows.into_iter().map(Follow::from).collect())
    }

    /// Channels that a member is said to have, in every guild where somebody said so. What is heard of them hastens a look, and no more.
    pub async fn stream_channels_of_member(&self, guild: GuildId, member: UserId) -> Result<Vec<Channel>> {
        let rows: Vec<channels::Row> = sqlx::query_as(
            "select * from stream_channels where id in
                 (select stream_channel from stream_follows where guild_id = $1 and member_id = $2)",
        )
        .bind(guild.to_string())
        .bind(member.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Channel::from).collect())
    }
}

/// What goes on is told of, if it is young enough; and nobody waits for the next look.
pub(super) async fn is_wanted(connection: &mut AnyConnection, channel: &Channel, now: Millis) -> Result<()> {
    // The channel's row first, whatever stands in it: who keeps what became known of it takes them in this order, too.
    sqlx::query("update stream_channels set look_at = case when look_at > $1 then $1 else look_at end where id = $2")
        .bind(now.0)
        .bind(&channel.id)
        .execute(&mut *connection)
        .await
        .map_err(lost)?;
    sqlx::query("update stream_lives set untold = 1 where stream_channel = $1 and ended_at is null")
        .bind(&channel.id)
        .execute(connection)
        .await
        .map(drop)
        .map_err(lost)
}

/// Nobody has a role any more because of a channel that a guild follows no longer.
pub(super) async fn take_roles(connection: &mut AnyConnection, guild: GuildId, channel: &Channel) -> Result<()> {
    sqlx::query(
        "update stream_roles set wanted = 0, try_at = null where guild_id = $1 and live_id in
             (select id from stream_lives where stream_channel = $2)",
    )
    .bind(guild.to_string())
    .bind(&channel.id)
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}
