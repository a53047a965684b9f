//! What guilds are told of a stream: judged, claimed and posted, in that order, as often as it takes.
//!
//! **Invariant:** a stream stays untold until everybody who follows it was looked at; whoever was told before is not told again.

pub mod card;
pub mod filters;
pub mod template;

use std::collections::HashSet;

use base::{GuildId, Result, RoleId};
use store::{
    events::{Kind, NewEvent},
    streams::{Channel, Follow, Live, NewTold, Settings},
};

use self::{
    card::Around,
    filters::{Known, Verdict, judge},
};
use crate::Streams;

/// Streams that are told of at a time.
const STREAMS: i64 = 50;
/// Guilds that are told in one transaction.
const GUILDS: i64 = 50;

impl Streams {
    /// Tells of what is not told yet.
    pub async fn tell(&self) -> Result<()> {
        let _one = self.telling.lock().await;
        for live in self.store.untold_streams(STREAMS).await? {
            let Some(channel) = self.store.stream_channel(&live.stream_channel).await? else {
                self.store.stream_is_told(&live).await?;
                continue;
            };
            if self.tell_of(&channel, &live).await? > 0 {
                tracing::info!(stream.platform = channel.source.as_str(), stream.key = live.key, "told of a stream");
            }
            if live.ended.is_some() {
                let over = |guild| self.happened(Kind::StreamEnded, &channel, guild);
                self.store.log_stream_end(&live, over).await?;
            }
            self.store.stream_is_told(&live).await?;
            // What shows it draws it again.
            self.changed.send_replace(());
        }
        Ok(())
    }

    /// What a guild's log is told of a channel.
    fn happened(&self, kind: Kind, channel: &Channel, guild: GuildId) -> NewEvent {
        let named = format!("{} on {}", channel.name, channel.source.name());
        NewEvent::in_guild(kind, guild, &self.redactor).about(&named)
    }

    async fn tell_of(&self, channel: &Channel, live: &Live) -> Result<usize> {
        let mut news = 0;
        if !live.news {
            return Ok(news);
        }
        let told: HashSet<(GuildId, u64)> = self.store.told_of_stream(live).await?.into_iter().collect();
        let mut after = String::new();
        loop {
            let follows = self.store.followers_of_stream(&channel.id, &after, GUILDS).await?;
            let Some(last) = follows.last() else { return Ok(news) };
            after.clone_from(&last.id);
            let mut all = Vec::new();
            for follow in follows {
                if let Some(one) = self.claim(channel, live, &follow, &told).await? {
                    all.push(one);
                }
            }
            let claims: Vec<_> = all
                .iter()
                .map(|one| {
                    let claim = NewTold {
                        guild: one.guild,
                        channel: one.channel,
                        live,
                        member: one.member,
                        words: &one.words,
                        mention: one.mention,
                        skipped: one.skipped,
                        role: one.role,
                        began: self.happened(Kind::StreamBegan, channel, one.guild),
                    };
                    let card = one.skipped.is_none().then(|| {
                        let around = Around { words: &one.words, mention: one.mention, now: self.clock.now() };
                        card::draw(channel, live, around).redacted(&self.redactor.of(one.guild))
                    });
                    (claim, card)
                })
                .collect();
            if !claims.is_empty() {
                news += self.store.tell_of_stream(&claims).await?;
            }
        }
    }

    /// What a guild is told; nothing where it was, or is not as it stands.
    async fn claim(
        &self,
        channel: &Channel,
        live: &Live,
        follow: &Follow,
        told: &HashSet<(GuildId, u64)>,
    ) -> Result<Option<Claim>> {
        let settings = self.settings(follow.guild).await?;
        let Some(place) = follow.own.channel.or(settings.channel) else { return Ok(None) };
        if told.contains(&(follow.guild, place)) || !self.is_on(follow.guild).await? {
            return Ok(None);
        }
        let last = self.store.last_told_of_stream(follow.guild, &channel.id).await?;
        let known = Known { last, holds_role: self.holds(follow, &settings).await, now: self.clock.now() };
        let (pings, skipped) = match judge(live, follow, &settings, known) {
            Verdict::Tell { pings } => (pings, None),
            Verdict::Skip(why) => (false, Some(why)),
            Verdict::NotNow(_) => return Ok(None),
        };
        let words = self.words_of(channel, live, follow.own.template.as_deref(), &settings, follow.guild).await;
        Ok(Some(Claim {
            guild: follow.guild,
            channel: place,
            member: follow.own.member,
            words,
            mention: settings.mention.filter(|_| pings),
            skipped,
            role: settings.live_role,
        }))
    }

    /// What is said on top.
    pub(crate) async fn words_of(
        &self,
        channel: &Channel,
        live: &Live,
        own: Option<&str>,
        settings: &Settings,
        guild: GuildId,
    ) -> String {
        let template = own.unwrap_or(&settings.template);
        let name = match self.members.get() {
            Some(members) if template.contains("{channel}") => members.name(guild).await.unwrap_or_default(),
            _ => String::new(),
        };
        template::fill(template, channel, live, &name)
    }

    /// Whether the member whose channel it is holds the role that is asked for. Where nobody can say so, they do not.
    async fn holds(&self, follow: &Follow, settings: &Settings) -> bool {
        let filters = follow.own.filters.as_ref().unwrap_or(&settings.filters);
        let (Some(role), Some(member), Some(members)) = (filters.role, follow.own.member, self.members.get()) else {
            return false;
        };
        match members.roles(follow.guild, member).await {
            Ok(roles) => roles.is_some_and(|roles| roles.contains(&RoleId(role))),
            Err(error) => {
                tracing::warn!("what roles somebody holds is not known: {error}");
                false
            }
        }
    }
}

/// What a guild is told.
struct Claim {
    guild: GuildId,
    channel: u64,
    member: Option<base::UserId>,
    words: String,
    mention: Option<RoleId>,
    skipped: Option<&'static str>,
    role: Option<RoleId>,
}
