//! The key by which Kick signs: asked for by one at a time, and not over and over where Kick does not say it.
//!
//! **Invariant:** whoever comes while it is asked for waits no longer than for that one answer, and whoever is signed by the key that is
//! known waits for nothing.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::Millis;
use platforms::{Answered, Failure, Platforms};
use tokio::sync::Mutex as Turns;

use super::signature;
use crate::Streams;

/// The key is asked for anew after so long, and after a signature that does not fit no sooner than this.
pub(super) const LASTS: Duration = Duration::from_hours(24);
pub(super) const AGAIN: Duration = Duration::from_mins(5);
/// It is there by then, or is not to be had now.
const SAID_BY: Duration = Duration::from_secs(5);
/// Where it was not to be had, nobody asks for so long.
const RESTS: Duration = Duration::from_secs(30);

/// What is known of it.
#[derive(Default)]
pub(crate) struct KickKey {
    known: Mutex<Known>,
    /// Whoever has this asks.
    turn: Arc<Turns<()>>,
}

#[derive(Default)]
struct Known {
    /// The key, and when it was asked for.
    key: Option<(Arc<[u8]>, Millis)>,
    /// When it was asked for in vain, and why.
    failed: Option<(Millis, Failure)>,
}

impl KickKey {
    /// What is said without asking: the key where it is no older than this, or why there is none; none where it is to be asked for.
    fn said(&self, lasts: Duration, now: Millis) -> Option<Answered<Arc<[u8]>>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, asked)) = &known.key
            && now.since(*asked) < lasts
        {
            return Some(Ok(Arc::clone(key)));
        }
        let (failed, why) = known.failed.as_ref()?;
        if now.since(*failed) >= RESTS {
            return None;
        }
        // An old one is better than none, where nobody said that it is another.
        match &known.key {
            Some((key, _)) if lasts == LASTS => Some(Ok(Arc::clone(key))),
            _ => Some(Err(why.clone())),
        }
    }

    fn hears(&self, answered: &Answered<Arc<[u8]>>, now: Millis) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match answered {
            Ok(key) => *known = Known { key: Some((Arc::clone(key), now)), failed: None },
            Err(why) => known.failed = Some((now, why.clone())),
        }
    }
}

impl Streams {
    /// The key, no older than this where that can be known.
    pub(super) async fn kick_key(&self, lasts: Duration) -> Answered<Arc<[u8]>> {
        let held = &self.kick_key;
        if let Some(said) = held.said(lasts, self.clock.now()) {
            return said;
        }
        let turn = Arc::clone(&held.turn).lock_owned().await;
        // Whoever had the turn before may have asked.
        if let Some(said) = held.said(lasts, self.clock.now()) {
            return said;
        }
        let (platforms, clock, held) = (Arc::clone(&self.platforms), self.clock.clone(), Arc::clone(held));
        // Whoever comes and goes again does not end it: the next would only begin it anew.
        let asking = tokio::spawn(async move {
            let answered = match tokio::time::timeout(SAID_BY, ask(&platforms)).await {
                Ok(answered) => answered,
                Err(_) => Err(Failure::Unreachable("no answer came in time")),
            };
            held.hears(&answered, clock.now());
            drop(turn);
            // What it was before counts on.
            held.said(lasts, clock.now()).unwrap_or(answered)
        });
        asking.await.unwrap_or(Err(Failure::Unreachable("nobody asked")))
    }
}

async fn ask(platforms: &Platforms) -> Answered<Arc<[u8]>> {
    let pem = platforms.kick()?.public_key().await?;
    let key = signature::rsa_key(&pem).ok_or(Failure::NotUnderstood("its key is no RSA key"))?;
    Ok(key.into())
}
