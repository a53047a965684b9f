//! The faults that wait for something to hit.
//!
//! **Invariant:** which requests chance picks depends on the seed and on how many came before, and on nothing else.

use super::{Aim, BadFault, Fault, Scope};
use crate::snowflake::Id;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Faults that may wait at a time.
const MOST: usize = 1_000;

/// A fault that is not over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActiveFault {
    #[serde(flatten)]
    pub fault: Fault,
    /// How often it still happens, or how many seconds it still lasts.
    pub left: u64,
    pub id: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: Vec<Waiting>,
    made: u64,
    seed: u64,
}

#[derive(Debug)]
struct Waiting {
    fault: Fault,
    id: u64,
    left: Left,
    chance: u64,
}

#[derive(Debug, Clone, Copy)]
enum Left {
    Times(u64),
    /// Until the sandbox's clock shows this; the guild that is out, if it is about one.
    Until(Duration, Option<Id>),
}

/// What hits a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Blow {
    RateLimited { retry_after: Duration, scope: Scope },
    ServerError(u16),
    TimeOut,
    LostAnswer,
}

/// What happens to an event on its way to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twist {
    None,
    Twice,
    Late,
}

/// What ended.
#[derive(Debug, Default)]
pub(super) struct Over {
    pub(super) zombies: bool,
    pub(super) guilds: Vec<Id>,
}

impl Faults {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// A new number for a fault, also for one that is over at once.
    pub(super) fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    pub(super) fn add(&mut self, id: u64, fault: Fault, now: Duration, guild: Option<Id>) -> Result<(), BadFault> {
        if self.waiting.len() >= MOST {
            return Err(BadFault(format!("{MOST} faults wait already; remove them first")));
        }
        let seed = fault.aim().and_then(|aim| aim.seed).unwrap_or_else(|| self.seed.wrapping_add(id));
        let left = match &fault {
            Fault::SilentHeartbeats { times } | Fault::DuplicateEvents { times } | Fault::ReorderEvents { times } => {
                Left::Times(*times)
            }
            Fault::Zombie { seconds } | Fault::GuildOutage { seconds } => {
                Left::Until(now + Duration::from_secs(*seconds), guild)
            }
            other => Left::Times(other.aim().map_or(0, |aim| aim.times)),
        };
        self.waiting.push(Waiting { fault, id, left, chance: seed });
        Ok(())
    }

    /// Takes from the first fault that this picks.
    fn take<T>(&mut self, mut pick: impl FnMut(&mut Waiting) -> Option<T>) -> Option<T> {
        let (at, picked) = self.waiting.iter_mut().enumerate().find_map(|(at, one)| Some((at, pick(one)?)))?;
        if let Left::Times(times) = &mut self.waiting[at].left {
            *times -= 1;
            if *times == 0 {
                self.waiting.remove(at);
            }
        }
        Some(picked)
    }

    /// What hits this request of the bot's.
    pub(crate) fn strike(&mut self, method: &str, path: &str) -> Option<Blow> {
        self.take(|one| {
            let hit = one.fault.aim().is_some_and(|aim| aim.means(method, path)) && one.is_picked();
            match one.fault {
                _ if !hit => None,
                Fault::RateLimited { retry_after, scope, .. } => {
                    Some(Blow::RateLimited { retry_after: Duration::from_secs_f64(retry_after), scope })
                }
                Fault::ServerError { status, .. } => Some(Blow::ServerError(status)),
                Fault::TimeOut { .. } => Some(Blow::TimeOut),
                Fault::LostAnswer { .. } => Some(Blow::LostAnswer),
                _ => None,
            }
        })
    }

    pub(crate) fn twist(&mut self) -> Twist {
        let twisted = self.take(|one| match one.fault {
            Fault::DuplicateEvents { .. } => Some(Twist::Twice),
            Fault::ReorderEvents { .. } => Some(Twist::Late),
            _ => None,
        });
        twisted.unwrap_or(Twist::None)
    }

    /// Whether the bot's heartbeat goes without an answer.
    pub(crate) fn silences(&mut self) -> bool {
        self.take(|one| matches!(one.fault, Fault::SilentHeartbeats { .. }).then_some(())).is_some()
    }

    pub(crate) fn is_out(&self, guild: Id) -> bool {
        self.waiting.iter().any(|one| matches!(one.left, Left::Until(_, Some(out)) if out == guild))
    }

    /// Removes what is over by now, or everything. What has an end of its own is told.
    pub(super) fn remove(&mut self, now: Option<Duration>) -> Over {
        let mut over = Over::default();
        let zombies = |waiting: &[Waiting]| waiting.iter().any(|one| matches!(one.fault, Fault::Zombie { .. }));
        let were = zombies(&self.waiting);
        self.waiting.retain(|one| {
            let stays = now.is_some_and(|now| !matches!(one.left, Left::Until(until, _) if until <= now));
            if let (false, Left::Until(_, Some(guild))) = (stays, one.left) {
                over.guilds.push(guild);
            }
            stays
        });
        over.zombies = were && !zombies(&self.waiting);
        over
    }

    pub(crate) fn list(&self, now: Duration) -> Vec<ActiveFault> {
        let told = |one: &Waiting| {
            let left = match one.left {
                Left::Times(times) => times,
                Left::Until(until, _) => {
                    let left = until.saturating_sub(now);
                    left.as_secs() + u64::from(left.subsec_nanos() > 0)
                }
            };
            ActiveFault { fault: one.fault.clone(), left, id: one.id }
        };
        self.waiting.iter().map(told).collect()
    }
}

impl Waiting {
    fn is_picked(&mut self) -> bool {
        let Some(probability) = self.fault.aim().and_then(|aim: &Aim| aim.probability) else { return true };
        next(&mut self.chance) < probability
    }
}

/// The next number from 0 to 1 of a generator (`SplitMix64`), which is good enough to pick requests and needs no library.
fn next(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let top = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0);
    f64::from(top) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::{Blow, Fault, Faults, Twist};
    use std::time::Duration;

    fn with(fault: Fault) -> Faults {
        let mut faults = Faults::seeded(1);
        let id = faults.number();
        faults.add(id, fault, Duration::ZERO, None).unwrap();
        faults
    }

    #[test]
    fn a_fault_hits_what_it_means_as_often_as_it_says() {
        let mut faults = with(Fault::server_error(502).on("POST /channels/*/messages").times(2));
        assert_eq!(faults.strike("GET", "/channels/1/messages"), None);
        assert_eq!(faults.strike("POST", "/channels/1/messages"), Some(Blow::ServerError(502)));
        assert_eq!(faults.list(Duration::ZERO)[0].left, 1);
        assert_eq!(faults.strike("POST", "/channels/1/messages?x"), Some(Blow::ServerError(502)));
        assert_eq!(faults.strike("POST", "/channels/1/messages"), None);
        assert!(faults.list(Duration::ZERO).is_empty());
    }

    #[test]
    fn a_seed_picks_the_same_requests_again() {
        let picked = |seed| {
            let mut faults = with(Fault::time_out().times(100_000).by_chance(0.3, seed));
            (0..1_000).map(|_| faults.strike("GET", "/").is_some()).collect::<Vec<_>>()
        };
        assert!(picked(7) == picked(7) && picked(7) != picked(8));
        let hits = picked(7).into_iter().filter(|hit| *hit).count();
        assert!((250..350).contains(&hits), "{hits}");
    }

    #[test]
    fn what_lasts_is_over_when_its_time_is() {
        let mut faults = Faults::default();
        let at = Duration::from_secs;
        faults.add(1, Fault::GuildOutage { seconds: 10 }, at(5), Some(9)).unwrap();
        faults.add(2, Fault::DuplicateEvents { times: 1 }, at(5), None).unwrap();
        assert!(faults.is_out(9) && !faults.is_out(8));
        assert_eq!(faults.list(Duration::from_millis(5_500))[0].left, 10);
        assert!(faults.remove(Some(at(14))).guilds.is_empty());
        assert_eq!(faults.remove(Some(at(15))).guilds, [9]);
        assert_eq!((faults.twist(), faults.twist()), (Twist::Twice, Twist::None));
    }
}
