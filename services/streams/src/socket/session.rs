//! One account's connection: kept, asked for what is wanted, and followed where it goes on.
//!
//! **Invariant:** whatever code it is closed under, what is wanted is asked for anew over another one; only where nothing of it may be asked
//! for is none opened.

use std::{collections::BTreeSet, pin::Pin, sync::Arc, time::Duration};

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

use super::{
    held::{Came, Held, Next},
    plan::Who,
};
use crate::Streams;

/// Where no connection stands, another is tried after this; each time after twice as long, up to the longest.
const AGAIN: Duration = Duration::from_secs(1);
const AGAIN_AT_MOST: Duration = Duration::from_mins(2);
/// One that stood for so long was a good one.
const GOOD: Duration = Duration::from_secs(30);
/// What was refused is asked for again after this, and what nobody answered after that.
const REFUSED: Duration = Duration::from_mins(10);
const UNANSWERED: Duration = Duration::from_secs(10);
/// What could not be kept is tried again so often, after this each time.
const TRIES: u32 = 20;
const TRY: Duration = Duration::from_millis(500);

/// One account's connection.
pub(super) struct Session {
    streams: Arc<Streams>,
    who: Who,
    wanted: signal::Receiver<BTreeSet<Topic>>,
}

impl Session {
    pub(super) fn new(streams: Arc<Streams>, who: Who, wanted: signal::Receiver<BTreeSet<Topic>>) -> Self {
        Self { streams, who, wanted }
    }

    /// Keeps it for as long as it is wanted.
    pub(super) async fn keep(mut self) {
        let mut wait = AGAIN;
        let mut held = Held::of(&self.who.subject);
        while self.may_ask(&mut held).await {
            let began = Instant::now();
            let ended = self.once(&mut held).await;
            held.closed();
            self.streams.is_told_of(&self.who, held.channels());
            match ended {
                // The account is to be connected again, or nobody wants to hear anything.
                Ok(()) => return,
                Err(why) if why.is_ours() => tracing::warn!("a connection to Twitch is opened anew: {why}"),
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

    /// Waits until something may be asked for: one over which nothing is asked for is closed within seconds. The answer is whether
    /// anybody still wants to hear anything.
    async fn may_ask(&mut self, held: &mut Held) -> bool {
        loop {
            let topics = self.wanted.borrow_and_update().clone();
            let Some(until) = held.nothing_until(&topics, Instant::now()) else { return true };
            tokio::select! {
                changed = self.wanted.changed() => if changed.is_err() { return false },
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// One connection, from its welcome to its end.
    async fn once(&self, held: &mut Held) -> Result<(), Ended> {
        let streams = Arc::clone(&self.streams);
        let Some(twitch) = &streams.platforms.twitch else { return Ok(()) };
        let mut socket = twitch.socket().await.map_err(|_| Ended::Broken)?;
        let mut before: Option<Socket> = None;
        let mut asking: Option<BoxFuture<'_, Came>> = None;
        let mut moving: Option<BoxFuture<'_, Answered<Socket>>> = None;
        // It may be over before the one is there with which it goes on.
        let mut over: Option<Ended> = None;
        let who = self.who.clone();
        let mut wanted = self.wanted.clone();
        loop {
            // What goes on elsewhere takes nothing new.
            if asking.is_none() && moving.is_none() {
                let topics = wanted.borrow_and_update().clone();
                let next = held.next(&topics, Instant::now());
                asking = next.map(|next| ask(&streams, twitch, &who, socket.session(), next));
            }
            streams.is_told_of(&who, held.channels());
            let later = held.later().filter(|_| asking.is_none() && moving.is_none());
            tokio::select! {
                changed = wanted.changed() => if changed.is_err() { return Ok(()) },
                came = some(&mut asking) => {
                    asking = None;
                    if !held.hears(came, Instant::now()) {
                        return Ok(());
                    }
                }
                told = socket.next(), if over.is_none() => match told {
                    Ok(Told::Moves(to)) => moving = Some(async move { twitch.moved(&to).await }.boxed()),
                    Ok(told) => self.hear(told, held).await,
                    Err(why) if moving.is_some() => over = Some(why),
                    Err(why) => return Err(why),
                },
                moved = some(&mut moving) => {
                    moving = None;
                    match moved {
                        // What was on its way over the one before still comes there, until Twitch closes it.
                        Ok(next) => {
                            let last = std::mem::replace(&mut socket, next);
                            before = over.take().is_none().then_some(last);
                            // It was asked for under the name of the one before.
                            asking = None;
                            held.moved();
                        }
                        Err(failure) => {
                            tracing::warn!("Twitch's other place does not answer: {failure}");
                            if let Some(why) = over {
                                return Err(why);
                            }
                        }
                    }
                }
                told = left(&mut before) => match told {
                    Ok(told) => self.hear(told, held).await,
                    Err(_) => before = None,
                },
                () = until(later) => {}
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
                held.revoked(&theirs, Instant::now());
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

/// Asks for something, or for something no longer.
fn ask<'a>(streams: &'a Streams, twitch: &'a Twitch, who: &Who, session: &str, next: Next) -> BoxFuture<'a, Came> {
    let (who, session) = (who.clone(), session.to_owned());
    match next {
        Next::For(topic) => async move { ask_for(streams, twitch, &who, &session, topic).await }.boxed(),
        Next::NoLonger(topic, theirs) => {
            async move { ask_no_longer(streams, twitch, &who, topic, theirs).await }.boxed()
        }
    }
}

async fn ask_for(streams: &Streams, twitch: &Twitch, who: &Who, session: &str, topic: Topic) -> Came {
    let call = |token: base::Secret| {
        let topic = &topic;
        async move { twitch.subscribe_over(session, topic, (&who.subject, &token)).await }
    };
    match lent(streams, who, call).await {
        Ok(made) => Came::Stands(topic, made.map(|made: Subscribed| made.id)),
        // It has no room for more over this connection, or of this person's.
        Err(Refusal::Failed(Failure::Limited { until })) => {
            let now = streams.clock.now();
            Came::Full(topic, Instant::now() + until.since(now).clamp(UNANSWERED, REFUSED))
        }
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
