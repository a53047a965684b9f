//! Says the status: what there is, of what is shared.

use base::{GuildId, Result};
use platforms::Platform;
use serde_json::json;
use store::{
    presence::{Lanyard, Plex},
    streams::{Channel, Live, Source as Site},
};

use crate::{
    Presence, Shown, Source, Status,
    feeds::Whom,
    shown::{Airing, Chosen, Of, There, choose},
};

/// What may be said, by the rows of this moment.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) sources: Vec<Source>,
    pub(crate) status: Status,
    pub(crate) airing: Vec<Airing>,
    pub(crate) plex: Vec<Plex>,
    pub(crate) lanyard: Vec<Lanyard>,
    words: Option<(Of, String)>,
    /// Who lets be seen who is live of those they follow.
    streams: Vec<GuildId>,
    /// Where it was set.
    guild: GuildId,
}

impl Ground {
    /// Where nothing is said.
    fn nothing() -> Self {
        Self {
            sources: Vec::new(),
            status: Status::default(),
            airing: Vec::new(),
            plex: Vec::new(),
            lanyard: Vec::new(),
            words: None,
            streams: Vec::new(),
            guild: GuildId(0),
        }
    }

    /// The words that were set.
    pub(crate) fn words(&self) -> Option<&str> {
        self.words.as_ref().map(|(_, words)| words.as_str())
    }

    /// Whether nobody took this back.
    fn has(&self, of: &Of) -> bool {
        match of {
            Of::Streams(guild) => self.streams.contains(guild),
            Of::Plex(guild, id) => self.plex.iter().any(|plex| plex.guild == *guild && plex.id == *id),
            Of::Lanyard(guild, id) => self.lanyard.iter().any(|lent| lent.guild == *guild && lent.id == *id),
            Of::Words(guild) => self.words.as_ref().is_some_and(|(of, _)| of.guild() == *guild),
        }
    }
}

impl Presence {
    /// Has the status say what it is to say by now.
    pub async fn say(&self) -> Result<()> {
        let Some(face) = self.face.get() else { return Ok(()) };
        // Whoever says holds it: two at once would each take the other's turn.
        let mut pace = self.pace.lock().await;
        let ground = self.ground().await?;
        let chosen = self.chosen(&ground);
        let wanted = Shown { status: ground.status, activity: chosen.as_ref().map(|chosen| chosen.activity.clone()) };
        let (session, now) = (face.session(), self.clock.now());
        let Some(next) = pace.next(&wanted, |of| ground.has(of), session, now) else { return Ok(()) };
        let of = if next == wanted { chosen.map(|chosen| chosen.of).unwrap_or_default() } else { Vec::new() };
        let whose = of.first().map_or(ground.guild, Of::guild);
        if face.say(self.redactor.of(whose).clean_json(json!(next))).await {
            pace.said(next, of, session, now);
        }
        Ok(())
    }

    /// What there is to be said, of what may be.
    pub(crate) fn chosen(&self, ground: &Ground) -> Option<Chosen> {
        let (feeds, now) = (self.feeds(), self.clock.now());
        let plex = ground.plex.iter().filter_map(|plex| {
            let track = feeds.says(&Whom::Plex(plex.clone()), now)?;
            Some((Of::Plex(plex.guild, plex.id.clone()), track))
        });
        let lanyard = ground.lanyard.iter().filter_map(|lent| {
            let track = feeds.says(&Whom::lanyard(lent), now)?;
            Some((Of::Lanyard(lent.guild, lent.id.clone()), track))
        });
        let there = There {
            airing: ground.airing.clone(),
            plex: plex.collect(),
            lanyard: lanyard.collect(),
            words: ground.words.clone(),
        };
        choose(&ground.sources, &there, &self.redactor)
    }

    /// What may be said by now: where it was set, and what guilds share that it is for.
    pub(crate) async fn ground(&self) -> Result<Ground> {
        let Some(wish) = self.store.presence().await? else { return Ok(Ground::nothing()) };
        if !self.may_show(wish.guild).await? {
            return Ok(Ground::nothing());
        }
        let sources: Vec<Source> = wish.sources.iter().filter_map(|source| Source::parse(source)).collect();
        let status = Status::parse(&wish.status).unwrap_or_default();
        let has_words = sources.contains(&Source::Text) && !wish.words.is_empty();
        let words = has_words.then_some((Of::Words(wish.guild), wish.words));
        let mut ground = Ground { sources, status, words, guild: wish.guild, ..Ground::nothing() };
        let mut sharing = Vec::new();
        for share in self.store.presence_shares().await? {
            if self.may_show(share.guild).await? {
                sharing.push(share);
            }
        }
        let wants = |source| ground.sources.contains(&source);
        let (streams, plex, lanyard) = (wants(Source::Streams), wants(Source::Plex), wants(Source::Lanyard));
        if streams {
            ground.streams = sharing.iter().filter(|share| share.streams).map(|share| share.guild).collect();
            for guild in ground.streams.clone() {
                ground.airing.extend(self.airing(guild).await?);
            }
        }
        let shares = |guild: GuildId, what: fn(&store::presence::Share) -> bool| {
            sharing.iter().any(|share| share.guild == guild && what(share))
        };
        if plex {
            ground.plex = self.store.plexes().await?;
            ground.plex.retain(|plex| shares(plex.guild, |share| share.plex));
        }
        if lanyard {
            ground.lanyard = self.store.lanyards().await?;
            ground.lanyard.retain(|lent| shares(lent.guild, |share| share.lanyard));
        }
        Ok(ground)
    }

    /// Whether whoever runs the bot lets a guild decide about the status, and it wants to.
    pub(crate) async fn may_show(&self, guild: GuildId) -> Result<bool> {
        Ok(self.settings.is_for(guild) && self.is_on(guild).await?)
    }

    /// Who is live of those that a guild follows. Who is not seen any more is not: what folds for an announcement would be old news here.
    pub(crate) async fn airing(&self, guild: GuildId) -> Result<Vec<Airing>> {
        let lives = self.store.streams_going_on(guild).await?;
        let mut airing = Vec::new();
        for live in lives.into_iter().filter(|live| live.gone.is_none()) {
            let Some(channel) = self.store.stream_channel(&live.stream_channel).await? else { continue };
            airing.push(Airing {
                url: address(&channel, &live),
                name: channel.name,
                platform: channel.source.name(),
                channel: channel.id,
                guild,
            });
        }
        Ok(airing)
    }
}

/// Where a stream is seen. A status leads to Twitch and YouTube, and nowhere else.
fn address(channel: &Channel, live: &Live) -> Option<String> {
    let letters = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect()
    };
    match channel.source {
        Site::Twitch => Some(Platform::Twitch.channel(&letters(&channel.login))),
        Site::YouTube => Some(format!("https://www.youtube.com/watch?v={}", letters(&live.key))),
        Site::Kick => None,
    }
}
