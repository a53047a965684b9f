//! What guilds are told of a stream: judged, claimed and posted, in that order, as often as it takes.
//!
//! **Invariant:** a stream stays untold until everybody who follows it was looked at; whoever was told before is not told again. Where
//! nobody could say whether a member holds the role that is asked for, that is asked again while the stream is young.

pub mod card;
pub mod filters;
pub mod template;

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use base::{GuildId, Millis, Result, RoleId};
use store::{
    events::{Kind, NewEvent},
    streams::{Channel, Follow, Live, NewTold, Settings},
};

use self::{
    card::{Around, Mention},
    filters::{Known, Verdict, judge},
};
use crate::{Streams, lives::machine::YOUNG};

/// Streams that are told of at a time.
const STREAMS: usize = 50;
/// As many are read at a time.
const PAGE: i64 = 50;
/// Streams of which somebody was in doubt before, at a time: what roles somebody holds may take seconds to be asked.
const DOUBTFUL: usize = 4;
/// Guilds that are told in one transaction.
const GUILDS: i64 = 50;
/// What roles somebody holds is asked again after this, where nobody could say.
const AGAIN: Duration = Duration::from_secs(30);

/// Streams of which somebody may still be told, once it is known what roles they hold: by their rows, and when that is asked again.
pub(crate) type Doubts = HashMap<String, Millis>;

impl Streams {
    /// Tells of what is not told yet. Those of which it is not known yet whether somebody is told hold up no other.
    pub async fn tell(&self) -> Result<()> {
        let mut doubts = self.telling.lock().await;
        let (mut untold, mut again) = (Vec::new(), Vec::new());
        let mut after: Option<Live> = None;
        while untold.len() < STREAMS {
            let page = self.store.untold_streams(after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            let now = self.clock.now();
            for live in page {
                match doubts.get(&live.id).filter(|_| live.ended.is_none()) {
                    None => untold.push(live),
                    Some(at) if *at <= now && again.len() < DOUBTFUL => again.push(live),
                    Some(_) => {}
                }
            }
        }
        for live in untold.into_iter().chain(again) {
            let now = self.clock.now();
            doubts.remove(&live.id);
            let Some(channel) = self.store.stream_channel(&live.stream_channel).await? else {
                self.store.stream_is_told(&live).await?;
                continue;
            };
            let (news, is_settled) = self.tell_of(&channel, &live).await?;
            if news > 0 {
                tracing::info!(stream.platform = channel.source.as_str(), stream.key = live.key, "told of a stream");
            }
            if live.ended.is_some() {
                let over = |guild| self.happened(Kind::StreamEnded, &channel, guild);
                self.store.log_stream_end(&live, over).await?;
            }
            if is_settled || live.ended.is_some() || now.since(live.found) > YOUNG {
                self.store.stream_is_told(&live).await?;
            } else {
                doubts.insert(live.id.clone(), now.plus(AGAIN));
            }
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

    /// Tells everybody who follows it: how many that was news for, and whether nobody is left in doubt.
    async fn tell_of(&self, channel: &Channel, live: &Live) -> Result<(usize, bool)> {
        let (mut news, mut is_settled) = (0, true);
        if !live.news {
            return Ok((news, is_settled));
        }
        let told: HashSet<(GuildId, u64)> = self.store.told_of_stream(live).await?.into_iter().collect();
        let mut after = String::new();
        loop {
            let follows = self.store.followers_of_stream(&channel.id, &after, GUILDS).await?;
            let Some(last) = follows.last() else { return Ok((news, is_settled)) };
            after.clone_from(&last.id);
            let mut all = Vec::new();
            for follow in follows {
                match self.claim(channel, live, &follow, &told).await? {
                    Claimed::Told(one) => all.push(one),
                    Claimed::Nothing => {}
                    Claimed::InDoubt => is_settled = false,
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
                        let around =
                            Around { words: &one.words, mention: one.shown, given: one.given, now: self.clock.now() };
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
    ) -> Result<Claimed> {
        let settings = self.settings(follow.guild).await?;
        let Some(place) = follow.own.channel.or(settings.channel) else { return Ok(Claimed::Nothing) };
        if told.contains(&(follow.guild, place)) || !self.is_on(follow.guild).await? {
            return Ok(Claimed::Nothing);
        }
        let last = self.store.last_told_of_stream(follow.guild, &channel.id).await?;
        let known = Known { last, holds_role: true, now: self.clock.now() };
        let (pings, skipped) = match judge(live, follow, &settings, known) {
            Verdict::Tell { pings } => (pings, None),
            Verdict::Skip(why) => (false, Some(why)),
            Verdict::NotNow(_) => return Ok(Claimed::Nothing),
        };
        // Discord is asked only about those of whom nothing else is in the way.
        match self.holds(follow, &settings).await {
            Some(true) => {}
            Some(false) => return Ok(Claimed::Nothing),
            None => return Ok(Claimed::InDoubt),
        }
        let words = self.words_of(channel, live, follow.own.template.as_deref(), &settings, follow.guild).await;
        let mention = settings.mention.filter(|_| pings);
        Ok(Claimed::Told(Claim {
            guild: follow.guild,
            channel: place,
            member: follow.own.member,
            words,
            mention,
            shown: mention.map(|role| Mention::of(follow.guild, role)),
            given: card::is_given(&settings),
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

    /// Whether the member whose channel it is holds the role that is asked for, where one is; none where nobody could say so.
    async fn holds(&self, follow: &Follow, settings: &Settings) -> Option<bool> {
        let filters = follow.own.filters.as_ref().unwrap_or(&settings.filters);
        let Some(role) = filters.role else { return Some(true) };
        let (Some(member), Some(members)) = (follow.own.member, self.members.get()) else { return Some(false) };
        match members.roles(follow.guild, member).await {
            Ok(roles) => Some(roles.is_some_and(|roles| roles.contains(&RoleId(role)))),
            Err(error) => {
                tracing::warn!("what roles somebody holds is not known: {error}");
                None
            }
        }
    }
}

/// What becomes of a stream in a guild.
enum Claimed {
    /// It is told of it, or for good not.
    Told(Claim),
    /// It was before, or is not as it stands.
    Nothing,
    /// Nobody could say whether the member holds the role that is asked for.
    InDoubt,
}

/// What a guild is told.
struct Claim {
    guild: GuildId,
    channel: u64,
    member: Option<base::UserId>,
    words: String,
    mention: Option<RoleId>,
    shown: Option<Mention>,
    given: bool,
    skipped: Option<&'static str>,
    role: Option<RoleId>,
}
