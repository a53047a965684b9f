//! Has platforms tell us by themselves, where they reach us: asked for one by one, and again before it ends.
//!
//! **Invariant:** nothing rests on it. What nobody tells of is found by asking.

use std::time::Duration;

use base::{Result, Secret};
use platforms::{Answered, Failure, Twitch, twitch::As};
use store::{
    overlays::Origin,
    streams::{NewChannel, Source, Subscription},
};

use super::hear::{METADATA, OFFLINE, ONLINE, STATUS};
use crate::{Streams, happened::KICK_KINDS};

/// What we ask the hub of YouTube's feeds for.
pub(crate) const FEED: &str = "feed";
/// What stands is looked at again after so long: it may be gone without a word.
pub(crate) const LOOKED_AT: Duration = Duration::from_hours(24);
/// What was asked for and not proven is asked for again after so long.
pub(super) const UNPROVEN: Duration = Duration::from_mins(10);
/// What was refused is asked for again after so long, in minutes; the last again and again.
const WAITS: [u64; 5] = [2, 5, 15, 30, 60];
/// As many are asked for in one round.
pub(super) const AT_ONCE: i64 = 10;

impl Streams {
    pub(super) async fn subscribe(&self) -> Result<()> {
        let Some(address) = self.address.get() else { return Ok(()) };
        for (source, subjects) in [
            (Source::Twitch, [ONLINE, OFFLINE].as_slice()),
            (Source::Kick, [STATUS, METADATA].as_slice()),
            (Source::YouTube, [FEED].as_slice()),
        ] {
            if !self.can_subscribe(source) {
                continue;
            }
            for subject in subjects {
                self.store.want_subscriptions(source, subject).await?;
            }
            if source == Source::Kick {
                self.want_what_feeds().await?;
            }
            for one in self.store.subscriptions_due(source, AT_ONCE).await? {
                self.ask_for(&one, address).await?;
            }
        }
        Ok(())
    }

    /// What happens on streams that are shown: on Kick whoever has an address is told, whoever's stream it is.
    async fn want_what_feeds(&self) -> Result<()> {
        let fed = self.store.overlay_sources_at(Origin::Kick).await?;
        for one in &fed {
            if self.store.stream_channel_at(Source::Kick, &one.subject).await?.is_none() {
                let (platform_id, login, name) = (one.subject.clone(), one.login.clone(), one.name.clone());
                let new = NewChannel { source: Source::Kick, platform_id, login, name };
                self.store.stream_channel_of(&new).await?;
            }
        }
        if fed.is_empty() {
            return Ok(());
        }
        for kind in KICK_KINDS {
            self.store.want_source_subscriptions(Source::Kick, kind).await?;
        }
        Ok(())
    }

    fn can_subscribe(&self, source: Source) -> bool {
        match source {
            Source::Twitch => self.platforms.twitch.is_some(),
            Source::Kick => self.platforms.kick.is_some(),
            Source::YouTube => true,
        }
    }

    async fn ask_for(&self, one: &Subscription, address: &str) -> Result<()> {
        let now = self.clock.now();
        let wait = wait(one.tries);
        if one.channel.source == Source::YouTube {
            // The hub may ask back before it answers, and only what was asked for is confirmed.
            self.store.subscription_is_asked(one, None, now.plus(UNPROVEN.max(wait))).await?;
        }
        let asked = match one.channel.source {
            Source::Twitch => self.ask_twitch(one, address).await,
            Source::Kick => self.ask_kick(one).await,
            Source::YouTube => self.ask_hub(one, address).await,
        };
        match asked? {
            Ok(Stands::Proven(theirs)) => {
                self.store.subscription_is_on(one, theirs.as_deref(), None, now.plus(LOOKED_AT)).await
            }
            Ok(Stands::Asked(theirs)) => {
                self.store.subscription_is_asked(one, theirs.as_deref(), now.plus(UNPROVEN.max(wait))).await
            }
            Ok(Stands::Noted) => Ok(()),
            Err(failure) => {
                let again = now.plus(wait);
                let again = if let Failure::Limited { until } = &failure { again.max(*until) } else { again };
                tracing::debug!(platform = one.channel.source.as_str(), "no subscription: {failure}");
                self.store.subscription_is_refused(one, &failure.to_string(), again).await
            }
        }
    }

    async fn ask_twitch(&self, one: &Subscription, address: &str) -> Result<Answered<Stands>> {
        let secret = self.hook_secret(Source::Twitch).await?;
        let Some(twitch) = &self.platforms.twitch else { return Ok(Err(Failure::NotSet("TWITCH_CLIENT_ID"))) };
        self.redactor.learn(secret.expose());
        Ok(told_by_twitch(twitch, one, &format!("{address}/hooks/twitch"), &secret).await)
    }

    async fn ask_kick(&self, one: &Subscription) -> Result<Answered<Stands>> {
        let Some(kick) = &self.platforms.kick else { return Ok(Err(Failure::NotSet("KICK_CLIENT_ID"))) };
        let asked = kick.subscribe(&one.subject, &one.channel.platform_id).await;
        Ok(asked.map(|id| Stands::Proven(Some(id))))
    }

    async fn ask_hub(&self, one: &Subscription, address: &str) -> Result<Answered<Stands>> {
        let secret = self.hook_secret(Source::YouTube).await?;
        self.redactor.learn(secret.expose());
        let place = self.hub_place(&one.channel.platform_id, address).await?;
        let asked = self.platforms.youtube.subscribe(&one.channel.platform_id, &place, &secret).await;
        Ok(asked.map(|()| Stands::Noted))
    }
}

/// Asks Twitch, which knows one of a kind and takes no second, wherever that tells.
async fn told_by_twitch(twitch: &Twitch, one: &Subscription, place: &str, secret: &Secret) -> Answered<Stands> {
    let (kind, channel) = (one.subject.as_str(), one.channel.platform_id.as_str());
    let ask = || twitch.subscribe(kind, channel, place, secret);
    let mut asked = ask().await?;
    if asked.is_none()
        && let Some(theirs) = &one.theirs
        && twitch.subscriptions_at(kind, channel, place).await?.is_empty()
    {
        // We asked for it, and were at another address then.
        twitch.unsubscribe(As::App, theirs).await?;
        asked = ask().await?;
    }
    Ok(match asked {
        Some(asked) if asked.status == "enabled" => Stands::Proven(Some(asked.id)),
        Some(asked) => Stands::Asked(Some(asked.id)),
        // It stands already.
        None => Stands::Proven(None),
    })
}

/// What became of asking, with the platform's own name for it.
enum Stands {
    Proven(Option<String>),
    Asked(Option<String>),
    /// Its row says so already.
    Noted,
}

/// How long what was asked for so often in vain waits.
pub(super) fn wait(tries: i64) -> Duration {
    let tries = usize::try_from(tries).unwrap_or_default().min(WAITS.len() - 1);
    Duration::from_mins(WAITS[tries])
}
