//! One account's connection: kept, asked for what is wanted, and followed where it goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use accounts::Refusal;
use futures::future::{BoxFuture, FutureExt};
use platforms::{
    Answered, Failure, Platform, Twitch,
    twitch::{
        As,
        eventsub::Subscribed,
        socket::{Ended, Event, Socket, Told},
        topic::Topic,
    },
};
use serde_json::Value;
use store::streams::Source;
use tokio::{sync::watch as signal, time::Instant};

use super::plan::Who;
use crate::Streams;

/// Where no connection stands, another is tried after this; each time after twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_AT_MOST: Duration = Duration::from_mins(2);
/// One that stood for so long was a good one.
const GOOD: Duration = Duration::from_secs(30);
/// What was refused is asked for again after this, and what nobody answered after that.
const REFUSED: Duration = Duration::from_mins(10);
const UNANSWERED: Duration = Duration::from_secs(10);
/// What Twitch ended by itself is asked for again after this: who let us hear it may do so still.
const REVOKED: Duration = Duration::from_secs(30);
/// What could not be kept is tried again so often, after this each time.
const TRIES: u32 = 20;
const TRY: Duration = Duration::from_millis(500);

/// One account's connection.
pub(super) struct Session {
    streams: Arc<Streams>,
    who: Who,
    wanted: signal::Receiver<BTreeSet<Topic>>,
}

/// What became of asking for something, or of asking for it no longer.
enum Came {
    /// It stands, under this name where that is known.
    Stands(Topic, Option<String>),
    /// It does not, until it is asked for again.
    Waits(Topic, Instant),
    /// It is gone.
    Gone(Topic),
    /// The account is good for nothing any more.
    Over,
}

/// What is subscribed to over a connection.
#[derive(Default)]
struct Held {
    /// With Twitch's name of it.
    stands: BTreeMap<Topic, Option<String>>,
    /// What was not to be had, and when it is asked for again.
    waits: BTreeMap<Topic, Instant>,
}

impl Session {
    pub(super) fn new(streams: Arc<Streams>, who: Who, wanted: signal::Receiver<BTreeSet<Topic>>) -> Self {
        Self { streams, who, wanted }
    }

    /// Keeps it for as long as it is wanted.
    pub(super) async fn keep(mut self) {
        let mut wait = AGAIN;
        loop {
            let began = Instant::now();
            match self.once().await {
                // The account is to be connected again, or nobody wants to hear anything.
                Ok(()) => return,
                Err(why) => tracing::debug!("a connection to Twitch is opened anew: {why}"),
            }
            if began.elapsed() > GOOD {
                wait = AGAIN;
            }
            // What broke off together does not come back together.
            tokio::time::sleep(wait / 2 + (wait / 2).mul_f64(self.streams.clock.chance())).await;
            wait = (wait * 2).min(AGAIN_AT_MOST);
        }
    }

    /// One connection, from its welcome to its end.
    async fn once(&mut self) -> Result<(), Ended> {
        let streams = Arc::clone(&self.streams);
        let Some(twitch) = &streams.platforms.twitch else { return Ok(()) };
        let mut socket = twitch.socket().await.map_err(|_| Ended::Broken)?;
        let mut before: Option<Socket> = None;
        let mut held = Held::default();
        let mut asking: Option<BoxFuture<'_, Came>> = None;
        let mut moving: Option<BoxFuture<'_, Answered<Socket>>> = None;
        let who = self.who.clone();
        let mut wanted = self.wanted.clone();
        loop {
            // What goes on elsewhere takes nothing new.
            if asking.is_none() && moving.is_none() {
                let topics = wanted.borrow_and_update().clone();
                asking = next(&streams, twitch, &who, socket.session(), (&topics, &mut held));
            }
            let later = held.waits.values().min().copied();
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return Ok(()) },
                came = some(&mut asking) => {
                    asking = None;
                    if !held.hears(came) {
                        return Ok(());
                    }
                }
                told = socket.next() => match told? {
                    Told::Moves(to) => moving = Some(async move { twitch.moved(&to).await }.boxed()),
                    told => self.hear(told, &mut held).await,
                },
                moved = some(&mut moving) => {
                    moving = None;
                    match moved {
                        // What was on its way over the one before still comes there, until Twitch closes it.
                        Ok(next) => {
                            before = Some(std::mem::replace(&mut socket, next));
                            // It was asked for under the name of the one before.
                            asking = None;
                            held.waits.clear();
                        }
                        Err(failure) => tracing::warn!("Twitch's other place does not answer: {failure}"),
                    }
                }
                told = left(&mut before) => match told {
                    Ok(told) => self.hear(told, &mut held).await,
                    Err(_) => before = None,
                },
                () = until(later) => {
                    let now = Instant::now();
                    held.waits.retain(|_, at| *at > now);
                }
            }
        }
    }

    /// Something came: it is a row, and heard in a moment.
    async fn hear(&self, told: Told, held: &mut Held) {
        match told {
            Told::Happened(event) => {
                let kind = event.kind.clone();
                self.take(&event, &kind, event.body.clone()).await;
            }
            Told::Revoked(event, theirs) => {
                let its: Vec<Topic> = held
                    .stands
                    .iter()
                    .filter(|(_, known)| known.as_deref() == Some(theirs.as_str()))
                    .map(|(topic, _)| topic.clone())
                    .collect();
                for topic in its {
                    held.stands.remove(&topic);
                    held.waits.insert(topic, Instant::now() + REVOKED);
                }
                // Whose word is taken back stands in no condition of what others' channels are heard by.
                let mut body: Value = serde_json::from_str(&event.body).unwrap_or_default();
                body["lent_by"] = Value::from(self.who.subject.as_str());
                self.take(&event, "revoked", body.to_string()).await;
            }
            Told::Moves(_) | Told::Alive => {}
        }
    }

    async fn take(&self, event: &Event, subject: &str, body: String) {
        for _ in 0..TRIES {
            match self.streams.take(Source::Twitch, &event.id, subject, &body).await {
                Ok(_) => return,
                Err(error) => tracing::warn!("an event of Twitch's is not kept yet: {error}"),
            }
            tokio::time::sleep(TRY).await;
        }
        tracing::error!("an event of Twitch's was not kept");
    }
}

impl Held {
    /// Notes what became of asking. The answer is whether the account is still good.
    fn hears(&mut self, came: Came) -> bool {
        match came {
            Came::Stands(topic, theirs) => {
                self.stands.insert(topic, theirs);
            }
            Came::Waits(topic, at) => {
                self.waits.insert(topic, at);
            }
            Came::Gone(topic) => {
                self.stands.remove(&topic);
            }
            Came::Over => return false,
        }
        true
    }
}

/// The next thing to ask for, or to ask for no longer.
fn next<'a>(
    streams: &'a Streams,
    twitch: &'a Twitch,
    who: &Who,
    session: &str,
    (wanted, held): (&BTreeSet<Topic>, &mut Held),
) -> Option<BoxFuture<'a, Came>> {
    held.waits.retain(|topic, _| wanted.contains(topic) || held.stands.contains_key(topic));
    let is_open = |topic: &&Topic| !held.waits.contains_key(*topic);
    let who = who.clone();
    let missing = wanted.iter().filter(|topic| !held.stands.contains_key(*topic)).find(is_open);
    if let Some(topic) = missing.cloned() {
        let session = session.to_owned();
        return Some(async move { ask_for(streams, twitch, &who, &session, topic).await }.boxed());
    }
    let unwanted = held.stands.iter().filter(|(topic, _)| !wanted.contains(topic)).find(|(topic, _)| is_open(topic));
    let (topic, theirs) = unwanted.map(|(topic, theirs)| (topic.clone(), theirs.clone()))?;
    Some(async move { ask_no_longer(streams, twitch, &who, topic, theirs).await }.boxed())
}

async fn ask_for(streams: &Streams, twitch: &Twitch, who: &Who, session: &str, topic: Topic) -> Came {
    let call = |token: base::Secret| {
        let topic = &topic;
        async move { twitch.subscribe_over(session, topic, (&who.subject, &token)).await }
    };
    match lent(streams, who, call).await {
        Ok(made) => Came::Stands(topic, made.map(|made: Subscribed| made.id)),
        Err(refusal) => waits(topic, &refusal),
    }
}

async fn ask_no_longer(streams: &Streams, twitch: &Twitch, who: &Who, topic: Topic, theirs: Option<String>) -> Came {
    // What stands under no name we know ends with the connection.
    let Some(theirs) = theirs else { return Came::Gone(topic) };
    let call = |token: base::Secret| {
        let theirs = &theirs;
        async move { twitch.unsubscribe(As::User(&token), theirs).await }
    };
    match lent(streams, who, call).await {
        Ok(()) => Came::Gone(topic),
        Err(refusal) => waits(topic, &refusal),
    }
}

/// Asks in the name of whose connection it is, as long as it is still that account.
async fn lent<T, F>(streams: &Streams, who: &Who, call: impl Fn(base::Secret) -> F + Send + Sync) -> Result<T, Refusal>
where
    F: Future<Output = Answered<T>> + Send,
{
    let accounts = streams.accounts.get().ok_or(Refusal::NotConnected)?;
    let account = accounts.at(who.user, Platform::Twitch).await?;
    if account.is_none_or(|account| account.subject != who.subject) {
        return Err(Refusal::NotConnected);
    }
    accounts.ask(who.user, Platform::Twitch, &[], |lent| call(lent.token)).await
}

/// When something that was not to be had is asked for again.
fn waits(topic: Topic, refusal: &Refusal) -> Came {
    let after = match refusal {
        Refusal::NotConnected | Refusal::Ended(_) => return Came::Over,
        Refusal::Lacks(_) | Refusal::Failed(Failure::Refused { .. }) => REFUSED,
        Refusal::Failed(_) | Refusal::Ours(_) => UNANSWERED,
    };
    tracing::debug!(kind = topic.kind, "Twitch does not tell of it: {refusal:?}");
    Came::Waits(topic, Instant::now() + after)
}

/// What there is comes to; what there is not comes to nothing.
async fn some<T>(work: &mut Option<BoxFuture<'_, T>>) -> T {
    match work {
        Some(work) => Pin::new(work).await,
        None => std::future::pending().await,
    }
}

/// What still comes over a connection that goes on elsewhere.
async fn left(before: &mut Option<Socket>) -> Result<Told, Ended> {
    match before {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
