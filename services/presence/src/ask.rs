//! Who is asked what plays, how often, and what they say.
//!
//! **Invariants:** nobody is asked whom nothing needs: neither while something before it is said, nor while no page is open. A member is asked
//! about only while their own word stands.

use std::{sync::Arc, time::Duration};

use accounts::Refusal;
use base::{Result, UserId};
use futures::future::join_all;
use platforms::{Answered, Failure, Platform};

use crate::{
    Presence, Source,
    feeds::{Media, Track, Whom},
    heard::Silence,
    say::Ground,
    wire::{Listens, Reach},
    words,
};

/// How often it is looked whether somebody is to be asked, or something to be said.
pub(crate) const LOOK: Duration = Duration::from_secs(2);
/// How often somebody is asked for the status: it is said no oftener.
pub(crate) const FOR_STATUS: Duration = Duration::from_secs(15);
/// And for a page that somebody looks at.
pub(crate) const FOR_PAGES: Duration = Duration::from_secs(7);

impl Presence {
    /// Asks and says, for ever.
    pub async fn keep(self: Arc<Self>) {
        let asks = async {
            loop {
                if let Err(error) = self.ask().await {
                    tracing::warn!("what plays cannot be asked: {error}");
                }
                let _ = tokio::time::timeout(LOOK, self.to_ask.notified()).await;
            }
        };
        let says = async {
            loop {
                if let Err(error) = self.say().await {
                    tracing::warn!("the status cannot be said: {error}");
                }
                if let Err(error) = self.play().await {
                    tracing::warn!("what plays cannot be shown: {error}");
                }
                let _ = tokio::time::timeout(LOOK, self.to_say.notified()).await;
            }
        };
        futures::join!(asks, says);
    }

    /// Asks whoever is to be asked by now.
    pub async fn ask(&self) -> Result<()> {
        let mut wanted = self.wanted_for_status(&self.ground().await?);
        for (_, all) in self.wanted_for_pages().await? {
            wanted.extend(all.into_iter().map(|whom| (whom, FOR_PAGES)));
        }
        let due = self.feeds().due(wanted, self.clock.now());
        if due.is_empty() {
            return Ok(());
        }
        // At once, so that nobody who is silent holds up another.
        join_all(due.iter().map(async |(whom, every)| {
            let said = self.answer(whom).await.map(|track| track.filter(Track::is_seen));
            self.feeds().hear(whom, said, self.clock.now(), *every);
            self.to_say.notify_one();
        }))
        .await;
        Ok(())
    }

    /// Whoever may have something to say that would be said.
    fn wanted_for_status(&self, ground: &Ground) -> Vec<(Whom, Duration)> {
        let (feeds, now) = (self.feeds(), self.clock.now());
        let mut wanted = Vec::new();
        for source in &ground.sources {
            let all: Vec<Whom> = match source {
                Source::Streams if ground.airing.is_empty() => continue,
                Source::Streams | Source::Text => break,
                Source::Plex => ground.plex.iter().cloned().map(Whom::Plex).collect(),
                Source::Lanyard => ground.lanyard.iter().map(Whom::lanyard).collect(),
            };
            let says = all.iter().any(|whom| feeds.says(whom, now).is_some());
            wanted.extend(all.into_iter().map(|whom| (whom, FOR_STATUS)));
            if says {
                break;
            }
        }
        wanted
    }

    async fn answer(&self, whom: &Whom) -> Result<Option<Track>, Silence> {
        match whom {
            Whom::Plex(plex) => self.asked(self.ask_plex(plex).await),
            Whom::Lanyard(user) => match self.lanyard.listens(*user).await {
                Ok(Listens::Unknown) => Err(Silence {
                    why: "does not know them: they are not in its server".to_owned(),
                    until: None,
                    lasts: true,
                }),
                Ok(Listens::To(track)) => Ok(track),
                Err(failure) => self.asked(Err(failure)),
            },
            Whom::Spotify(user) => self.ask_spotify(*user).await,
        }
    }

    async fn ask_plex(&self, plex: &store::presence::Plex) -> Answered<Option<Track>> {
        let Ok(address) = reqwest::Url::parse(&plex.address) else {
            return Err(Failure::NotUnderstood("its address is none"));
        };
        let token = self.vault.plex_token(plex).await.map_err(|error| {
            tracing::warn!("a token of Plex does not open: {error}");
            Failure::Unreachable("its token does not open")
        })?;
        self.plex.playing((&address, self.reach(plex.guild)), &plex.user, &token).await
    }

    async fn ask_spotify(&self, user: UserId) -> Result<Option<Track>, Silence> {
        let platforms = Arc::clone(self.accounts.platforms());
        let asked = self.accounts.ask(user, Platform::Spotify, &[], move |lent| {
            let platforms = Arc::clone(&platforms);
            async move { platforms.spotify()?.playing(&lent.token).await }
        });
        match asked.await {
            Ok(playing) => {
                Ok(playing.map(|playing| Track { title: playing.title, by: playing.by, media: Media::Heard }))
            }
            Err(Refusal::Failed(failure)) => self.asked(Err(failure)),
            // Whose account is gone plays nothing here any more.
            Err(refusal @ (Refusal::NotConnected | Refusal::Ended(_) | Refusal::Lacks(_))) => {
                Err(Silence { why: refusal.sentence(Platform::Spotify, &self.clock), until: None, lasts: true })
            }
            Err(Refusal::Ours(error)) => {
                tracing::warn!("an account cannot be read: {error}");
                Err(Silence {
                    why: "could not be asked: something is wrong on my side".to_owned(),
                    until: None,
                    lasts: false,
                })
            }
        }
    }

    /// What was answered, or a silence with its reason.
    pub(crate) fn asked(&self, answered: Answered<Option<Track>>) -> Result<Option<Track>, Silence> {
        answered.map_err(|failure| {
            let until = if let Failure::Limited { until } = failure { Some(until) } else { None };
            Silence { why: words::why(&failure, &self.clock), until, lasts: false }
        })
    }

    /// How far a guild may ask.
    pub(crate) fn reach(&self, guild: base::GuildId) -> Reach {
        if self.settings.is_local_for(guild) { Reach::Everything } else { Reach::ButThisMachine }
    }
}
