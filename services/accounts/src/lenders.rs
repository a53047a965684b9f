//! What members lent a guild ends when they leave it: an account that feeds overlays, and what they listen to.
//!
//! **Invariant:** only Discord's own word that somebody is no member ends anything. Where it says nothing, all stays as it was, and it is asked
//! again.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use base::{GuildId, Millis, Result, UserId};
use futures::future::BoxFuture;
use store::{
    events::{Kind, NewEvent},
    lent::Thing,
};
use tokio::sync::Notify;

use crate::Accounts;

/// Discord is asked so often about a member of whom nothing is heard.
const EVERY: Duration = Duration::from_mins(40);
/// Where it does not answer, it is asked again after this.
const AGAIN: Duration = Duration::from_mins(2);
/// What is due is seen after this.
const TICK: Duration = Duration::from_secs(5);
/// So many are asked about in one round.
const AT_ONCE: usize = 20;

/// Knows the members of guilds.
pub trait Members: Send + Sync {
    /// Whether somebody is in a guild.
    fn is_member(&self, guild: GuildId, user: UserId) -> BoxFuture<'_, Result<bool>>;
}

type Whose = (GuildId, UserId);

/// Who is asked about, and when next. Another process begins with all of them.
#[derive(Default)]
pub(crate) struct Lenders {
    members: OnceLock<Arc<dyn Members>>,
    due: Mutex<HashMap<Whose, Millis>>,
    stirred: Notify,
}

impl Lenders {
    fn due(&self) -> MutexGuard<'_, HashMap<Whose, Millis>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are to be asked about now, who wait longest first. Until there is an answer it is as if there were none.
    fn take(&self, all: &HashSet<Whose>, now: Millis) -> Vec<Whose> {
        let mut due = self.due();
        due.retain(|whose, _| all.contains(whose));
        let at = |whose: &Whose| due.get(whose).copied().unwrap_or(Millis(0));
        // A clock that was turned back must not make anybody wait for longer.
        let is_due = |whose: &&Whose| at(whose) <= now || at(whose) > now.plus(EVERY);
        let mut taken: Vec<Whose> = all.iter().filter(is_due).copied().collect();
        taken.sort_by_key(|whose| (at(whose), *whose));
        taken.truncate(AT_ONCE);
        due.extend(taken.iter().map(|whose| (*whose, now.plus(AGAIN))));
        taken
    }

    /// Somebody is there. Who was heard of meanwhile is asked about once more.
    fn is_there(&self, whose: Whose, asked: Millis) {
        if let Some(at) = self.due().get_mut(&whose).filter(|at| **at == asked.plus(AGAIN)) {
            *at = asked.plus(EVERY);
        }
    }
}

impl Accounts {
    /// Tells it who knows the members of guilds. Until then nobody has left.
    pub fn know_members(&self, members: Arc<dyn Members>) {
        // A process says so once.
        let _ = self.lenders.members.set(members);
    }

    /// Somebody may have left a guild: whether they did is asked at once, where they lend it anything.
    pub fn may_have_left(&self, guild: GuildId, user: UserId) {
        if let Some(at) = self.lenders.due().get_mut(&(guild, user)) {
            *at = Millis(0);
            self.lenders.stirred.notify_one();
        }
    }

    /// Looks after what members lend, for ever. Only for the process that has the gateway.
    pub async fn look_after_lenders(self: Arc<Self>) {
        loop {
            if let Err(error) = self.look_at_lenders().await {
                tracing::warn!("whether members who lend something are still there is not known: {error}");
            }
            let _ = tokio::time::timeout(TICK, self.lenders.stirred.notified()).await;
        }
    }

    /// Asks about those who are due, and ends what they lent who left.
    pub async fn look_at_lenders(&self) -> Result<()> {
        let Some(members) = self.lenders.members.get() else { return Ok(()) };
        let all: HashSet<Whose> = self.store.lenders().await?.into_iter().collect();
        let now = self.clock.now();
        for whose @ (guild, user) in self.lenders.take(&all, now) {
            match members.is_member(guild, user).await {
                Ok(true) => self.lenders.is_there(whose, now),
                Ok(false) => self.end_lent(guild, user).await?,
                Err(error) => tracing::debug!("whether somebody is still in a server is not known: {error}"),
            }
        }
        Ok(())
    }

    async fn end_lent(&self, guild: GuildId, user: UserId) -> Result<()> {
        let told = |things: &[Thing]| {
            let things: Vec<String> = things.iter().map(|thing| named(*thing)).collect();
            let things = things.join(", ");
            NewEvent::in_guild(Kind::LentEnded, guild, &self.redactor)
                .about(&things)
                .with("plan", &format!("{things}: they left the server"))
                .by(user)
        };
        let ended = self.store.end_lent(guild, user, told).await?;
        if !ended.is_empty() {
            tracing::info!(guild.id = guild.0, "what a member lent is taken back: they left");
        }
        Ok(())
    }
}

fn named(thing: Thing) -> String {
    match thing {
        Thing::Lanyard => "Lanyard".to_owned(),
        Thing::Source(origin) => format!("{} on overlays", origin.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Whose = (GuildId(1), UserId(7));
    const START: Millis = Millis(1_000_000_000);

    #[test]
    fn everybody_is_asked_about_within_the_hour() {
        let lenders = Lenders::default();
        let all: HashSet<Whose> = (0..50).map(|user| (GuildId(1), UserId(user))).collect();
        let asked = |now| {
            let taken = lenders.take(&all, now);
            for whose in &taken {
                lenders.is_there(*whose, now);
            }
            taken.len()
        };
        assert_eq!([(); 4].map(|()| asked(START)), [20, 20, 10, 0]);
        assert_eq!(asked(START.plus(EVERY / 2)), 0);
        assert_eq!([(); 4].map(|()| asked(START.plus(EVERY))), [20, 20, 10, 0]);
        assert!(EVERY + AGAIN < Duration::from_hours(1));
        assert!(lenders.take(&HashSet::new(), START).is_empty() && lenders.due().is_empty());
    }

    #[test]
    fn who_is_heard_of_is_asked_about_at_once_and_silence_is_asked_again() {
        let (lenders, all) = (Lenders::default(), HashSet::from([ADA]));
        assert_eq!(lenders.take(&all, START), [ADA]);
        // Heard of while the answer is on its way, they are asked about once more.
        lenders.due().insert(ADA, Millis(0));
        lenders.is_there(ADA, START);
        assert_eq!(lenders.take(&all, START), [ADA]);
        assert!(lenders.take(&all, START).is_empty());
        assert_eq!(lenders.take(&all, START.plus(AGAIN)), [ADA]);
    }
}
