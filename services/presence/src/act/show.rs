//! What the status says, why, and what feeds it.
//!
//! **Invariant:** of other guilds nothing is told but what the status says to everybody.

use base::{Action, Actor, Card, GuildId, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Presence, Source, feeds::Whom, say::Ground};

/// Show what the bot's own status says, and why.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowPresence {}

/// It says this.
#[derive(Debug, Serialize)]
pub struct Stands {
    /// As it is read under the bot's name.
    says: Option<String>,
    status: &'static str,
    from: Option<Source>,
    /// Whether it is said in a moment only.
    comes: Option<String>,
    is_for_this: bool,
    is_set: bool,
    sources: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    source: Source,
    /// How it stands here.
    here: String,
    is_shared: bool,
    /// Since when it could not be asked, and why.
    trouble: Option<(Millis, String)>,
}

impl Action for ShowPresence {
    const NAME: &'static str = "presence.show";
    const RISK: Risk = Risk::Observe;
    type Service = Presence;
    type Report = Stands;

    fn plan(&self) -> String {
        "Show what the bot's status says, and why".to_owned()
    }

    fn refusal(&self) -> String {
        "see what my status is taken from".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, _: &Run) -> Result<Stands> {
        presence.said(permit.actor()).await
    }
}

impl Presence {
    async fn said(&self, actor: &Actor) -> Result<Stands> {
        let (ground, shown) = (self.ground().await?, self.pace.lock().await.shown());
        let chosen = self.chosen(&ground);
        let says = shown.activity.as_ref().map(crate::Activity::read);
        let next = chosen.as_ref().map(|chosen| chosen.activity.read());
        let mut sources = Vec::new();
        for source in &ground.sources {
            sources.push(self.line(*source, &ground, actor.guild).await?);
        }
        Ok(Stands {
            comes: next.clone().filter(|_| next != says),
            from: chosen.filter(|_| next == says).map(|chosen| chosen.source),
            says,
            status: shown.status.as_str(),
            is_for_this: self.settings.is_for(actor.guild),
            is_set: self.store.presence().await?.is_some(),
            sources,
        })
    }

    /// How a source stands in this guild.
    async fn line(&self, source: Source, ground: &Ground, guild: GuildId) -> Result<Line> {
        let (share, now) = (self.store.presence_share(guild).await?, self.clock.now());
        let count = |all: usize, one: &str, many: &str| measure::count(all as u64, one, many);
        let is_shared = match source {
            Source::Streams => share.streams,
            Source::Plex => share.plex,
            Source::Lanyard => share.lanyard,
            Source::Text => true,
        };
        let mut trouble = None;
        let here = match source {
            Source::Streams => match self.airing(guild).await?.len() {
                0 => "nobody that is followed here is live".to_owned(),
                live => format!("{} live here", count(live, "channel", "channels")),
            },
            Source::Plex => match self.store.plex(guild).await? {
                None => "none is set here".to_owned(),
                Some(plex) => {
                    let (feeds, whom) = (self.feeds(), Whom::Plex(plex));
                    trouble = feeds.trouble(&whom);
                    match feeds.says(&whom, now) {
                        Some(track) => format!("{} plays", code(track.title)),
                        None if !feeds.is_asked(&whom) => "not asked now".to_owned(),
                        None if trouble.is_some() => "nothing is known".to_owned(),
                        None => "nothing plays".to_owned(),
                    }
                }
            },
            Source::Lanyard => {
                let ours = self.store.lanyards().await?.into_iter().filter(|lent| lent.guild == guild);
                let feeds = self.feeds();
                let ours: Vec<Whom> = ours.map(|lent| Whom::lanyard(&lent)).collect();
                trouble = ours.iter().find_map(|whom| feeds.trouble(whom));
                let listen = ours.iter().filter(|whom| feeds.says(whom, now).is_some()).count();
                format!("{} · {listen} listening", count(ours.len(), "member lends it", "members lend it"))
            }
            Source::Text => ground.words().map_or_else(|| "none".to_owned(), code),
        };
        Ok(Line { source, here, is_shared, trouble })
    }
}

impl Report for Stands {
    fn card(&self) -> Card {
        let title = match &self.says {
            Some(says) => format!("**My status** {}", code(says)),
            None => "**My status** says nothing".to_owned(),
        };
        let mut card = Card::plain(title).fact(self.status);
        if let Some(from) = self.from {
            card = card.fact(format!("from {}", from.name()));
        }
        if let Some(comes) = &self.comes {
            card = card.text(format!("In a moment: {}", code(comes)));
        }
        if !self.is_set {
            card = card.text("Nothing is set. `/presence set first:streams` takes it from who is live.");
        } else if self.sources.is_empty() && self.says.is_none() {
            card = card.text("What is set is off where it was set.");
        }
        for (number, line) in (1..).zip(&self.sources) {
            let shared = if line.is_shared { "" } else { " · not shared by this server" };
            let trouble = line.trouble.as_ref().map(|(since, why)| format!("\n! It {why}, since {}", since.relative()));
            let text =
                format!("{number}. {}: {}{shared}{}", line.source.name(), line.here, trouble.unwrap_or_default());
            card = card.row(text, None);
        }
        if !self.is_for_this {
            card = card.text("This server does not decide about it: whoever runs me names those that do in `NEBULA_PRESENCE_GUILDS`.");
        }
        card.small("the same in every server · changes once in 15 s at most")
    }
}
