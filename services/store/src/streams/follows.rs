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
    /// Has a guild follow a channel, where it follows fewer than `most`; whoever follows it already changes how. What was a member's own
    /// is the guild's from then on, and stays theirs to be named. The answer is whether it does.
    pub async fn follow_stream(
        &self,
        guild: GuildId,
        channel: &Channel,
        new: &NewFollow,
        (by, most): (UserId, i64),
    ) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let now = self.clock.now();
        let done = sqlx::query(
            "insert into stream_follows (id, guild_id, stream_channel, channel_id, template, filters, member_id, added_by,
                 added_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9
             where (select count(*) from stream_follows where guild_id = $2 and stream_channel <> $3) < $10
             on conflict (guild_id, stream_channel) do update set channel_id = excluded.channel_id,
                 template = excluded.template, filters = excluded.filters, own = 0, prove_at = null,
                 member_id = case when stream_follows.own = 1 then coalesce(excluded.member_id, stream_follows.member_id)
                     else excluded.member_id end",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(&channel.id)
        .bind(new.channel.map(|channel| channel.to_string()))
        .bind(new.template.as_deref().map(text))
        .bind(new.filters.as_ref().map(|filters| text(&json(filters))))
        .bind(new.member.map(|member| member.to_string()))
        .bind(by.to_string())
        .bind(now.0)
        .bind(most)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        is_wanted(&mut all, channel, now).await?;
        all.commit().await.map_err(lost)?;
        Ok(true)
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
    sqlx::query("update stream_lives set untold = 1 where stream_channel = $1 and ended_at is null")
        .bind(&channel.id)
        .execute(&mut *connection)
        .await
        .map_err(lost)?;
    sqlx::query("update stream_channels set look_at = $1 where id = $2 and look_at > $1")
        .bind(now.0)
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
