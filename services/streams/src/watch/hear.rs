//! What came in by signed events: what it says of a channel, and what of that is believed.
//!
//! **Invariant:** an event that names no stream only hastens a look.

use std::time::Duration;

use base::Result;
use platforms::{Failure, moment, twitch::eventsub::REVOKED};
use serde::Deserialize;
use store::streams::{Channel, Delivery, Kind, Source};

use super::kick;
use crate::{
    Streams,
    lives::machine::{Heard, Sighting},
};

/// Events that are heard in one round.
const EVENTS: i64 = 100;
/// An event that cannot be read is no reason to ask again and again.
const SOON: Duration = Duration::from_secs(2);
/// What was revoked is asked for again after so long.
const AFTER: Duration = Duration::from_mins(10);
/// Whoever let us hear it does so no longer, or is there no more.
const TAKEN_BACK: [&str; 2] = ["authorization_revoked", "user_removed"];
/// Twitch's kinds of events that we ask for.
pub(crate) const ONLINE: &str = "stream.online";
pub(crate) const OFFLINE: &str = "stream.offline";
/// Kick's.
pub(crate) const STATUS: &str = "livestream.status.updated";
pub(crate) const METADATA: &str = "livestream.metadata.updated";

#[derive(Deserialize)]
struct TwitchSays {
    /// Over whose connection it came, where it did.
    #[serde(default)]
    lent_by: String,
    subscription: TwitchSubscription,
    #[serde(default)]
    event: TwitchEvent,
}

#[derive(Deserialize)]
struct TwitchSubscription {
    #[serde(default)]
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    condition: TwitchEvent,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TwitchEvent {
    id: String,
    broadcaster_user_id: String,
    /// Who took something back.
    user_id: String,
    #[serde(rename = "type")]
    kind: String,
    started_at: String,
}

#[derive(Deserialize)]
struct KickSays {
    broadcaster: KickUser,
    #[serde(default)]
    is_live: bool,
    #[serde(default)]
    title: String,
    #[serde(default)]
    started_at: String,
}

#[derive(Deserialize)]
struct KickUser {
    user_id: u64,
}

impl Streams {
    pub(super) async fn hear_deliveries(&self) -> Result<()> {
        for delivery in self.store.open_deliveries(EVENTS).await? {
            if self.show(&delivery).await? {
                self.store.delivery_is_done(&delivery).await?;
                continue;
            }
            match delivery.source {
                Source::Twitch => self.hear_twitch(&delivery).await?,
                Source::Kick => self.hear_kick(&delivery).await?,
                Source::YouTube => self.hear_hub(&delivery).await?,
            }
            self.store.delivery_is_done(&delivery).await?;
        }
        Ok(())
    }

    /// Whoever's account it is may have taken it back. Other events wait meanwhile, so it is not asked for long: each account is asked about
    /// every minute anyhow.
    async fn may_be_taken_back(&self, whose: &str) -> Result<()> {
        let Some(accounts) = self.accounts.get() else { return Ok(()) };
        tokio::time::timeout(SOON, accounts.may_be_taken_back(whose)).await.unwrap_or(Ok(()))
    }

    async fn hear_twitch(&self, delivery: &Delivery) -> Result<()> {
        let Ok(said) = serde_json::from_str::<TwitchSays>(&delivery.body) else {
            tracing::warn!("an event of Twitch's says nothing that is understood");
            return Ok(());
        };
        let (subject, now) = (delivery.subject.as_str(), self.clock.now());
        if subject == REVOKED {
            return self.may_be_taken_back(&said.event.user_id).await;
        }
        if subject == "revoked" {
            let (id, why) = (&said.subscription.id, &said.subscription.status);
            if said.subscription.kind == REVOKED {
                tracing::warn!(why, "Twitch tells of nobody any more who takes something back");
                self.revocations_end(now.plus(AFTER));
                return Ok(());
            }
            tracing::warn!(why, "Twitch tells of a channel no longer");
            if TAKEN_BACK.contains(&why.as_str()) {
                let condition = &said.subscription.condition.broadcaster_user_id;
                let whose = if said.lent_by.is_empty() { condition } else { &said.lent_by };
                self.may_be_taken_back(whose).await?;
            }
            return self.store.subscription_is_revoked(Source::Twitch, id, why, now.plus(AFTER)).await;
        }
        if let Some(kind) = subject.strip_prefix("on ") {
            let user = &said.subscription.condition.broadcaster_user_id;
            return self.subscription_stands(user, kind, &said.subscription.id).await;
        }
        let Some(channel) = self.store.stream_channel_at(Source::Twitch, &said.event.broadcaster_user_id).await? else {
            return Ok(());
        };
        let Some(started) = moment(&said.event.started_at).filter(|_| subject == ONLINE && !said.event.id.is_empty())
        else {
            return self.course(&channel.id, Heard::Stirred).await;
        };
        // What it is called is asked at once: who is live is known elsewhere only minutes later.
        let (title, game, tags) = self.twitch_now(&channel).await;
        let kind = match said.event.kind.as_str() {
            "rerun" | "playlist" => Some(Kind::Rerun),
            "premiere" => Some(Kind::Premiere),
            "" => None,
            _ => Some(Kind::Live),
        };
        let sighting =
            Sighting { key: said.event.id, kind, title, game, tags, picture: None, vod: None, viewers: None, started };
        self.course(&channel.id, Heard::Began(sighting)).await
    }

    async fn twitch_now(&self, channel: &Channel) -> (String, String, Vec<String>) {
        let asked = async {
            let twitch = self.platforms.twitch.as_ref().ok_or(Failure::NotSet("TWITCH_CLIENT_ID"))?;
            twitch.channel_now(&channel.platform_id).await
        };
        match tokio::time::timeout(SOON, asked).await {
            Ok(Ok(Some(now))) => (now.title, now.game, now.tags),
            // It is told without, and drawn again once it is known.
            _ => (String::new(), String::new(), Vec::new()),
        }
    }

    async fn subscription_stands(&self, user: &str, kind: &str, theirs: &str) -> Result<()> {
        let Some(channel) = self.store.stream_channel_at(Source::Twitch, user).await? else { return Ok(()) };
        let one = self.store.subscription_of(&channel, kind).await?;
        let Some(one) = one.filter(|one| one.is_needed) else { return Ok(()) };
        let again = self.clock.now().plus(super::subscribe::LOOKED_AT);
        self.store.subscription_is_on(&one, Some(theirs), None, again).await
    }

    async fn hear_kick(&self, delivery: &Delivery) -> Result<()> {
        if delivery.subject != STATUS && delivery.subject != METADATA {
            return Ok(());
        }
        let Ok(said) = serde_json::from_str::<KickSays>(&delivery.body) else {
            tracing::warn!("an event of Kick's says nothing that is understood");
            return Ok(());
        };
        let user = said.broadcaster.user_id.to_string();
        let Some(channel) = self.store.stream_channel_at(Source::Kick, &user).await? else { return Ok(()) };
        // What it is called now is said of no stream: Kick is asked which one that is.
        let Some(started) = moment(&said.started_at).filter(|_| said.is_live && delivery.subject == STATUS) else {
            return self.course(&channel.id, Heard::Stirred).await;
        };
        let sighting = Sighting {
            key: kick::key(&user, started),
            // Kick knows of no kinds.
            kind: None,
            title: said.title,
            game: String::new(),
            tags: Vec::new(),
            picture: None,
            vod: None,
            viewers: None,
            started,
        };
        self.course(&channel.id, Heard::Began(sighting)).await?;
        // Its category is not in there.
        self.course(&channel.id, Heard::Stirred).await
    }

    async fn hear_hub(&self, delivery: &Delivery) -> Result<()> {
        let videos: Vec<(String, String)> = serde_json::from_str(&delivery.body).unwrap_or_default();
        for (video, of) in videos {
            let Some(channel) = self.store.stream_channel_at(Source::YouTube, &of).await? else { continue };
            // What is known already is only called something else: when it is asked about is known, too.
            self.store.note_stream_videos(&channel.id, &[video]).await?;
        }
        Ok(())
    }
}
