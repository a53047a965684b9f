//! Members' own streams: followed with proof, which is the account they connected there and nothing else.
//!
//! **Invariant:** one that ends is gone in the transaction that notes whom to tell, and why.

use base::{GuildId, Millis, Result, UserId};
use sqlx::AnyConnection;

use super::{Channel, Follow, Source, channels, follows, text};
use crate::{Store, events::NewEvent, lost};

/// What became of following one's own stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// It is followed from now on.
    Now,
    /// It was before.
    Already,
    /// The guild itself follows it.
    TheGuilds,
    /// The guild follows as many as it may.
    Full,
    /// The guild no longer lets members, or the account is gone.
    Moved,
}

/// Why one is followed no longer that only the rows tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unproven {
    /// The guild has members' own streams told of no longer.
    SwitchedOff,
    /// The member has no good account there that is this channel.
    NoAccount,
}

/// One that ended, and whose member is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its row.
    pub id: String,
    /// Where.
    pub guild: GuildId,
    /// Whose it was.
    pub member: UserId,
    /// At which platform.
    pub source: Source,
    /// What the channel is called.
    pub name: String,
    /// Why, in a sentence.
    pub why: String,
}

/// A channel's account is theirs, and good.
const PROVEN: &str = "exists (select 1 from accounts where accounts.user_id = stream_follows.member_id
    and accounts.platform = stream_channels.platform and accounts.subject = stream_channels.platform_id
    and accounts.state = 'good')";

impl Store {
    /// Has a guild follow a member's own channel, where it lets members, the account proves whose it is, and it follows fewer than
    /// `most`. What somebody follows already stays as it is.
    pub async fn follow_own_stream(
        &self,
        guild: GuildId,
        channel: &Channel,
        member: UserId,
        (most, prove_at): (i64, Millis),
    ) -> Result<Joined> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let now = self.clock.now();
        let done = sqlx::query(
            "insert into stream_follows (id, guild_id, stream_channel, member_id, own, prove_at, added_by, added_at)
             select $1, $2, $3, $4, 1, $5, $4, $6
             where (select count(*) from stream_follows where guild_id = $2) < $7
                 and exists (select 1 from stream_settings where guild_id = $2 and members_own = 1)
                 and exists (select 1 from accounts where user_id = $4 and platform = $8 and subject = $9 and state = 'good')
             on conflict (guild_id, stream_channel) do nothing",
        )
        .bind(self.clock.id().to_string())
        .bind(guild.to_string())
        .bind(&channel.id)
        .bind(member.to_string())
        .bind(prove_at.0)
        .bind(now.0)
        .bind(most)
        .bind(channel.source.as_str())
        .bind(&channel.platform_id)
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() == 0 {
            return self.not_joined(all, guild, (channel, member, most)).await;
        }
        follows::is_wanted(&mut all, channel, now).await?;
        all.commit().await.map_err(lost)?;
        Ok(Joined::Now)
    }

    async fn not_joined(
        &self,
        mut all: sqlx::Transaction<'_, sqlx::Any>,
        guild: GuildId,
        (channel, member, most): (&Channel, UserId, i64),
    ) -> Result<Joined> {
        let there: Option<(i64, Option<String>)> =
            sqlx::query_as("select own, member_id from stream_follows where guild_id = $1 and stream_channel = $2")
                .bind(guild.to_string())
                .bind(&channel.id)
                .fetch_optional(&mut *all)
                .await
                .map_err(lost)?;
        let (count,): (i64,) = sqlx::query_as("select count(*) from stream_follows where guild_id = $1")
            .bind(guild.to_string())
            .fetch_one(&mut *all)
            .await
            .map_err(lost)?;
        all.rollback().await.map_err(lost)?;
        Ok(match there {
            Some((1, of)) if of.as_deref() == Some(member.to_string().as_str()) => Joined::Already,
            // One of somebody else's, whose account it was until a moment ago, ends by itself.
            Some((1, _)) => Joined::Moved,
            Some(_) => Joined::TheGuilds,
            None if count >= most => Joined::Full,
            None => Joined::Moved,
        })
    }

    /// Own streams that the rows no longer allow: each with why.
    pub async fn own_streams_unproven(&self, most: i64) -> Result<Vec<(Follow, Channel, Unproven)>> {
        let off = "not exists (select 1 from stream_settings where stream_settings.guild_id = stream_follows.guild_id
            and stream_settings.members_own = 1)";
        let off = self.own_streams_where(off, None, most).await?;
        let gone = self.own_streams_where(&format!("not {PROVEN}"), None, most).await?;
        let is_off = |one: &Follow| off.iter().any(|(follow, _)| follow.id == one.id);
        let gone: Vec<_> = gone.into_iter().filter(|(follow, _)| !is_off(follow)).collect();
        let off = off.iter().cloned().map(|(follow, channel)| (follow, channel, Unproven::SwitchedOff));
        Ok(off.chain(gone.into_iter().map(|(follow, channel)| (follow, channel, Unproven::NoAccount))).collect())
    }

    /// Own streams about whose members Discord is to be asked by now, those that wait longest first.
    pub async fn own_streams_due(&self, most: i64) -> Result<Vec<(Follow, Channel)>> {
        self.own_streams_where("stream_follows.prove_at <= $2", Some(self.clock.now().0), most).await
    }

    async fn own_streams_where(&self, holds: &str, now: Option<i64>, most: i64) -> Result<Vec<(Follow, Channel)>> {
        let sql = format!(
            "select stream_follows.* from stream_follows join stream_channels on stream_channels.id = stream_follows.stream_channel
             where stream_follows.own = 1 and {holds} order by stream_follows.prove_at, stream_follows.id limit $1"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(most);
        let query = if let Some(now) = now { query.bind(now) } else { query };
        let rows: Vec<follows::Row> = query.fetch_all(&self.reads).await.map_err(lost)?;
        let mut all = Vec::with_capacity(rows.len());
        for follow in rows.into_iter().map(Follow::from) {
            if let Some(channel) = self.stream_channel(&follow.stream_channel).await? {
                all.push((follow, channel));
            }
        }
        Ok(all)
    }

    /// What a guild follows as somebody's own.
    pub async fn own_streams_of(&self, guild: GuildId, member: UserId) -> Result<Vec<Channel>> {
        let rows: Vec<channels::Row> = sqlx::query_as(
            "select * from stream_channels where id in
                 (select stream_channel from stream_follows where guild_id = $1 and member_id = $2 and own = 1)
             order by platform",
        )
        .bind(guild.to_string())
        .bind(member.to_string())
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        Ok(rows.into_iter().map(Channel::from).collect())
    }

    /// Discord is asked about an own stream's member next then.
    pub async fn own_stream_is_proven(&self, follow: &Follow, next: Millis) -> Result<()> {
        sqlx::query("update stream_follows set prove_at = $1 where id = $2 and guild_id = $3 and own = 1")
            .bind(next.0)
            .bind(&follow.id)
            .bind(follow.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }

    /// Discord is asked now about somebody who has own streams in a guild.
    pub async fn prove_own_streams(&self, guild: GuildId, member: UserId) -> Result<()> {
        sqlx::query(
            "update stream_follows set prove_at = $1 where guild_id = $2 and own = 1 and prove_at > $1 and member_id = $3",
        )
        .bind(self.clock.now().0)
        .bind(guild.to_string())
        .bind(member.to_string())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(lost)
    }

    /// Ends somebody's own stream: its member is to be told why, and the guild's log where that is news there. The answer is whether it
    /// was still followed.
    pub async fn end_own_stream(
        &self,
        follow: &Follow,
        channel: &Channel,
        (why, event): (&str, Option<NewEvent>),
    ) -> Result<bool> {
        let Some(member) = follow.own.member else { return Ok(false) };
        let mut all = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query("delete from stream_follows where id = $1 and guild_id = $2 and own = 1")
            .bind(&follow.id)
            .bind(follow.guild.to_string())
            .execute(&mut *all)
            .await
            .map_err(lost)?;
        if done.rows_affected() == 0 {
            all.rollback().await.map_err(lost)?;
            return Ok(false);
        }
        follows::take_roles(&mut all, follow.guild, channel).await?;
        note(&mut all, self.clock.id().to_string(), (follow.guild, member), (channel, why, self.clock.now())).await?;
        let happened = self.events.append(&mut all, event.into_iter().collect()).await.map_err(lost)?;
        all.commit().await.map_err(lost)?;
        self.events.tell(happened);
        Ok(true)
    }

    /// Has a guild follow somebody's own stream no longer, as they ask. The answer is whether it did.
    pub async fn unfollow_own_stream(&self, guild: GuildId, channel: &Channel, member: UserId) -> Result<bool> {
        let mut all = self.pool.begin().await.map_err(lost)?;
        let done = sqlx::query(
            "delete from stream_follows where guild_id = $1 and stream_channel = $2 and member_id = $3 and own = 1",
        )
        .bind(guild.to_string())
        .bind(&channel.id)
        .bind(member.to_string())
        .execute(&mut *all)
        .await
        .map_err(lost)?;
        if done.rows_affected() > 0 {
            follows::take_roles(&mut all, guild, channel).await?;
        }
        all.commit().await.map_err(lost)?;
        Ok(done.rows_affected() > 0)
    }

    /// Own streams that ended and whose members are still to be told, the oldest first.
    pub async fn own_endings(&self, most: i64) -> Result<Vec<Ending>> {
        let rows: Vec<(String, String, String, String, String, String)> = sqlx::query_as(
            "select id, guild_id, member_id, platform, name, why from stream_endings order by at, id limit $1",
        )
        .bind(most)
        .fetch_all(&self.reads)
        .await
        .map_err(lost)?;
        let read =
            |(id, guild, member, platform, name, why): (String, String, String, String, String, String)| Ending {
                id,
                guild: GuildId(guild.parse().unwrap_or_default()),
                member: UserId(member.parse().unwrap_or_default()),
                source: Source::kept(&platform),
                name,
                why,
            };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Its member was told, or cannot be.
    pub async fn own_ending_is_told(&self, ending: &Ending) -> Result<()> {
        sqlx::query("delete from stream_endings where id = $1 and guild_id = $2")
            .bind(&ending.id)
            .bind(ending.guild.to_string())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(lost)
    }
}

async fn note(
    connection: &mut AnyConnection,
    id: String,
    (guild, member): (GuildId, UserId),
    (channel, why, now): (&Channel, &str, Millis),
) -> Result<()> {
    sqlx::query(
        "insert into stream_endings (id, guild_id, member_id, platform, name, why, at) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(guild.to_string())
    .bind(member.to_string())
    .bind(channel.source.as_str())
    .bind(text(&channel.name))
    .bind(text(why))
    .bind(now.0)
    .execute(connection)
    .await
    .map(drop)
    .map_err(lost)
}
