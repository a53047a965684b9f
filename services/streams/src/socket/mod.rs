//! Connections over which Twitch tells, one for each account that is needed: what happens on streams that are shown, and who goes live
//! where no public address of ours is told.
//!
//! **Invariants:** only the process that has the gateway has any. What comes goes the way of what comes signed: it is a row before
//! anything is done, and is heard once whichever way it came. Nothing rests on it: what nobody tells of is found by asking.

mod held;
mod plan;
mod session;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::Result;
use platforms::twitch::topic::Topic;
use store::{overlays::Origin, streams::Source};
use tokio::{sync::watch as signal, task::AbortHandle};

pub(crate) use self::plan::Who;
use self::{
    plan::{Shares, Shown, share},
    session::Session,
};
use crate::Streams;

/// What is needed is looked at so often.
const TICK: Duration = Duration::from_secs(2);
/// More channels are asked about, and not heard.
const CHANNELS: i64 = 5_000;
/// No more accounts are looked through for whoever could hear them.
const ACCOUNTS: i64 = 1_000;

/// The channels of which connections tell that they begin, by whose those are.
pub(crate) type ToldOf = Mutex<BTreeMap<Who, BTreeSet<String>>>;

/// A connection that is kept.
struct Kept {
    topics: signal::Sender<BTreeSet<Topic>>,
    task: AbortHandle,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Streams {
    /// Keeps a connection for each account that is needed, for ever. Only for the process that has the gateway.
    pub async fn keep_sockets(self: Arc<Self>) {
        let mut kept: BTreeMap<Who, Kept> = BTreeMap::new();
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.shares().await {
                Ok(shares) => self.keep(&mut kept, shares),
                Err(error) => tracing::warn!("who is needed to hear Twitch is not known: {error}"),
            }
        }
    }

    /// Opens what is needed and not there, changes what is, and lets go of the rest.
    fn keep(self: &Arc<Self>, kept: &mut BTreeMap<Who, Kept>, shares: Shares) {
        kept.retain(|who, one| shares.contains_key(who) && !one.topics.is_closed());
        self.told.lock().unwrap_or_else(PoisonError::into_inner).retain(|who, _| kept.contains_key(who));
        for (who, topics) in shares {
            if let Some(one) = kept.get(&who) {
                one.topics.send_if_modified(|known| {
                    let is_new = *known != topics;
                    *known = topics;
                    is_new
                });
                continue;
            }
            let (sender, wanted) = signal::channel(topics);
            let session = Session::new(Arc::clone(self), who.clone(), wanted);
            let task = tokio::spawn(session.keep()).abort_handle();
            kept.insert(who, Kept { topics: sender, task });
        }
    }

    /// Somebody's connection tells of these.
    fn is_told_of(&self, who: &Who, channels: BTreeSet<String>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.get(who) != Some(&channels) {
            told.insert(who.clone(), channels);
        }
    }

    /// How many of these channels of Twitch's are told of over connections; none where there is no connection.
    pub(crate) fn told_of<'a>(&self, channels: impl Iterator<Item = &'a str>) -> Option<usize> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = |channel: &&str| told.values().any(|all| all.contains(*channel));
        (!told.is_empty()).then(|| channels.filter(is_told).count())
    }

    async fn shares(&self) -> Result<Shares> {
        if self.platforms.twitch.is_none() || self.accounts.get().is_none() {
            return Ok(Shares::new());
        }
        let fed = self.store.overlay_sources_at(Origin::Twitch).await?;
        let chats = if fed.is_empty() { Vec::new() } else { self.store.subjects_with_chat(Origin::Twitch).await? };
        let fed: Vec<(Who, Shown)> = fed
            .into_iter()
            .map(|one| {
                let shown = if chats.contains(&one.subject) { Shown::WithChat } else { Shown::Events };
                (Who { user: one.user, subject: one.subject }, shown)
            })
            .collect();
        // Who has an address is told there.
        if self.is_reached() {
            return Ok(share(&[], &fed, &[]));
        }
        let followed = self.store.stream_channels_followed(Source::Twitch, CHANNELS).await?;
        if followed.is_empty() {
            return Ok(share(&[], &fed, &[]));
        }
        let accounts = self.store.good_accounts(Source::Twitch.as_str(), ACCOUNTS).await?;
        let accounts: Vec<Who> = accounts.into_iter().map(|one| Who { user: one.user, subject: one.subject }).collect();
        Ok(share(&accounts, &fed, &followed))
    }
}
