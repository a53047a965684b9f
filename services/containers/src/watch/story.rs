//! What an engine's events mean: pure, with time as a parameter.
//!
//! **Invariant:** one story is told once. A death is held back until it is known whether somebody asked for it, and a container
//! that is started again until it is known whether it stays.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use base::Millis;
use bollard::models::EventMessage;

/// An engine says within this that a death was asked for.
const GRACE: Duration = Duration::from_millis(1_500);
/// Whoever was started again and lives so long stays.
const STAYS: Duration = Duration::from_secs(10);
/// So many deaths of one story are a loop.
const LOOP: u32 = 3;
/// Deaths that are further apart are two stories: in nanoseconds of the engine's clock.
const APART: i64 = 60 * 1_000_000_000;

/// Who dies so soon after a process in it was killed died of that: in nanoseconds of the engine's clock.
const DIES_OF_IT: i64 = 10 * 1_000_000_000;

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) container: String,
    pub(crate) image: String,
    pub(crate) what: What,
    /// When it happened last, by the engine's clock, in nanoseconds.
    pub(crate) at: i64,
}

/// What happened to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Exited { status: i64, now: Now },
    Loops { times: u32, status: i64 },
    OutOfMemory { now: Now },
    Unhealthy,
}

/// How it stands after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Now {
    /// Its engine started it again.
    Up,
    Down,
}

/// A container that died.
#[derive(Debug)]
struct Death {
    container: String,
    image: String,
    first: i64,
    last: i64,
    times: u32,
    status: i64,
    out_of_memory: bool,
    now: Now,
    /// When it is told.
    due: Millis,
    began: Millis,
}

/// A process in a container was killed for its memory.
#[derive(Debug)]
struct Killed {
    container: String,
    image: String,
    at: i64,
    /// Who has not died by then lives.
    due: Millis,
}

/// What is held back, by the container's id.
#[derive(Debug, Default)]
pub(crate) struct Stories {
    deaths: BTreeMap<String, Death>,
    out_of_memory: HashMap<String, Killed>,
    latest: i64,
}

impl Stories {
    /// Takes an event, at this moment of ours; the answer is what is to be told at once.
    pub(crate) fn hear(&mut self, event: &EventMessage, now: Millis) -> Option<Told> {
        let at = event.time_nano.unwrap_or_default();
        self.latest = self.latest.max(at);
        let (id, attributes) =
            event.actor.as_ref().and_then(|actor| Some((actor.id.clone()?, actor.attributes.clone()?)))?;
        let action = event.action.as_deref().unwrap_or_default();
        match action {
            "oom" => {
                let (container, image) = (of(&attributes, "name"), of(&attributes, "image"));
                self.out_of_memory.insert(id, Killed { container, image, at, due: after(now, GRACE) });
            }
            "die" => return self.dies(id, &attributes, at, now),
            "start" => {
                if let Some(death) = self.deaths.get_mut(&id) {
                    death.now = Now::Up;
                    death.due = after(death.began, STAYS);
                }
            }
            // Somebody asked for it.
            "stop" | "destroy" => {
                self.deaths.remove(&id);
                self.out_of_memory.remove(&id);
            }
            _ if action.contains("unhealthy") => {
                return Some(Told {
                    container: of(&attributes, "name"),
                    image: of(&attributes, "image"),
                    what: What::Unhealthy,
                    at,
                });
            }
            _ => {}
        }
        None
    }

    fn dies(&mut self, id: String, attributes: &HashMap<String, String>, at: i64, now: Millis) -> Option<Told> {
        let status = of(attributes, "exitCode").parse().unwrap_or_default();
        let of_it = self.out_of_memory.get(&id).is_some_and(|killed| at - killed.at <= DIES_OF_IT);
        if of_it {
            self.out_of_memory.remove(&id);
        }
        let earlier = self.deaths.remove(&id);
        let (before, other) = match earlier {
            Some(death) if at - death.last <= APART => (Some(death), None),
            other => (None, other),
        };
        let began = before.as_ref().map_or(now, |death| death.began);
        let times = before.as_ref().map_or(0, |death| death.times) + 1;
        let death = Death {
            container: of(attributes, "name"),
            image: of(attributes, "image"),
            first: before.as_ref().map_or(at, |death| death.first),
            last: at,
            times,
            status,
            out_of_memory: of_it || before.is_some_and(|death| death.out_of_memory),
            now: Now::Down,
            // A loop is known as such at once.
            due: if times >= LOOP { now } else { after(now, GRACE) },
            began,
        };
        self.deaths.insert(id, death);
        other.and_then(Death::told)
    }

    /// What is to be told by now.
    pub(crate) fn due(&mut self, now: Millis) -> Vec<Told> {
        let due: Vec<String> =
            self.deaths.iter().filter(|(_, death)| death.due <= now).map(|(id, _)| id.clone()).collect();
        let lives = self.out_of_memory.extract_if(|_, killed| killed.due <= now).map(|(_, killed)| killed.told());
        let lives: Vec<Told> = lives.collect();
        due.into_iter().filter_map(|id| self.deaths.remove(&id)?.told()).chain(lives).collect()
    }

    /// When something is to be told next.
    pub(crate) fn next(&self) -> Option<Millis> {
        let deaths = self.deaths.values().map(|death| death.due);
        deaths.chain(self.out_of_memory.values().map(|killed| killed.due)).min()
    }

    /// Everything before this moment of the engine's is dealt with.
    pub(crate) fn dealt_with(&self) -> i64 {
        let deaths = self.deaths.values().map(|death| death.first);
        let first = deaths.chain(self.out_of_memory.values().map(|killed| killed.at)).min();
        first.map_or(self.latest, |first| first - 1)
    }
}

impl Killed {
    fn told(self) -> Told {
        let what = What::OutOfMemory { now: Now::Up };
        Told { container: self.container, image: self.image, what, at: self.at }
    }
}

impl Death {
    fn told(self) -> Option<Told> {
        let Self { status, now, times, .. } = self;
        let what = if times >= LOOP {
            What::Loops { times, status }
        } else if self.out_of_memory {
            What::OutOfMemory { now }
        } else if status != 0 {
            What::Exited { status, now }
        } else {
            return None;
        };
        Some(Told { container: self.container, image: self.image, what, at: self.last })
    }
}

fn of(attributes: &HashMap<String, String>, key: &str) -> String {
    attributes.get(key).cloned().unwrap_or_default()
}

fn after(moment: Millis, span: Duration) -> Millis {
    Millis(moment.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn event(action: &str, seconds: i64, status: i64) -> EventMessage {
        serde_json::from_value(serde_json::json!({
            "Type": "container", "Action": action, "timeNano": seconds * SECOND,
            "Actor": { "ID": "1", "Attributes": { "name": "web", "image": "nginx", "exitCode": status.to_string() } },
        }))
        .unwrap()
    }

    /// What is told of these events, each at its second, and a minute after the last.
    fn told(events: &[(&str, i64, i64)]) -> Vec<What> {
        let mut stories = Stories::default();
        let mut told = Vec::new();
        for (action, second, status) in events {
            told.extend(stories.due(Millis(second * 1_000 - 1)));
            told.extend(stories.hear(&event(action, *second, *status), Millis(second * 1_000)));
        }
        told.extend(stories.due(Millis((events.last().unwrap().1 + 60) * 1_000)));
        assert!(stories.next().is_none());
        told.into_iter().map(|told| told.what).collect()
    }

    #[test]
    fn what_somebody_asked_for_is_not_told() {
        for quiet in [
            &[("kill", 1, 0), ("die", 1, 137), ("stop", 1, 0)][..],
            &[("kill", 1, 0), ("die", 1, 143), ("stop", 1, 0), ("start", 2, 0), ("restart", 2, 0)],
            &[("kill", 1, 0), ("die", 1, 137), ("destroy", 2, 0)],
            &[("start", 1, 0), ("die", 2, 0)],
            &[("health_status: healthy", 1, 0)],
        ] {
            assert_eq!(told(quiet), [], "{quiet:?}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_told_once() {
        assert_eq!(told(&[("kill", 1, 0), ("die", 1, 137)]), [What::Exited { status: 137, now: Now::Down }]);
        assert_eq!(told(&[("die", 1, 1), ("start", 2, 0)]), [What::Exited { status: 1, now: Now::Up }]);
        assert_eq!(told(&[("oom", 1, 0), ("die", 1, 137)]), [What::OutOfMemory { now: Now::Down }]);
        assert_eq!(told(&[("health_status: unhealthy", 1, 0)]), [What::Unhealthy]);
    }

    #[test]
    fn who_outlives_a_process_killed_for_its_memory_is_told_and_dies_of_something_else_later() {
        let lives = What::OutOfMemory { now: Now::Up };
        assert_eq!(told(&[("oom", 1, 0)]), [lives]);
        let exited = What::Exited { status: 1, now: Now::Down };
        assert_eq!(told(&[("oom", 1, 0), ("start", 900, 0), ("die", 3_600, 1)]), [lives, exited]);
        // What is heard together after a pause happened no less apart.
        let mut stories = Stories::default();
        stories.hear(&event("oom", 1, 0), Millis(0));
        assert_eq!(stories.dealt_with(), SECOND - 1);
        stories.hear(&event("die", 3_600, 1), Millis(0));
        let told: Vec<What> = stories.due(Millis(60_000)).into_iter().map(|told| told.what).collect();
        assert_eq!(told, [exited, lives]);
        assert_eq!((stories.next(), stories.dealt_with()), (None, 3_600 * SECOND));
    }

    #[test]
    fn a_restart_loop_is_one_story_also_where_each_end_is_a_good_one() {
        let mut deaths = Vec::new();
        for second in 1..=3 {
            deaths.extend([("die", second, 0), ("start", second, 0)]);
        }
        assert_eq!(told(&deaths), [What::Loops { times: 3, status: 0 }]);
    }

    #[test]
    fn deaths_an_hour_apart_are_two_stories_also_where_they_are_heard_together() {
        let mut stories = Stories::default();
        assert!(stories.hear(&event("die", 1, 1), Millis(0)).is_none());
        let first = stories.hear(&event("die", 3_601, 2), Millis(0)).unwrap();
        assert_eq!((first.what, first.at), (What::Exited { status: 1, now: Now::Down }, SECOND));
        assert_eq!(stories.due(Millis(60_000)).len(), 1);
    }

    #[test]
    fn what_is_held_back_is_heard_again_by_the_next_process() {
        let mut stories = Stories::default();
        stories.hear(&event("start", 1, 0), Millis(0));
        stories.hear(&event("die", 5, 1), Millis(0));
        stories.hear(&event("start", 9, 0), Millis(0));
        assert!(stories.dealt_with() < 5 * SECOND);
        stories.due(Millis(60_000));
        assert_eq!(stories.dealt_with(), 9 * SECOND);
    }
}
