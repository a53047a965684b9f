//! How one alert goes: a state and a value make another state, and what happened.
//!
//! **Invariants:** a level is reached only after the values said so for the whole of its time, as far as it was seen: what lies in
//! a gap does not count. It is left only a margin beyond its limit, after as long. What is told is never more than [`MOST`] in
//! [`WINDOW`]; what had to wait is told then, if it still holds.

use std::time::Duration;

use base::Millis;
use serde::{Deserialize, Serialize};

use crate::rule::{Rule, Worse};

/// A level is left where a value is beyond its limit by this part of it.
const MARGIN: i64 = 20;
/// How often something is told …
const MOST: usize = 2;
/// … in so long.
const WINDOW: Duration = Duration::from_mins(10);

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is not.
    #[default]
    Fine,
    /// Somebody should look.
    Warn,
    /// Somebody should look at once.
    Critical,
}

/// An alert, as it is kept: of one rule, about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Alert {
    /// How bad it is.
    pub level: Level,
    /// Since when it is that bad.
    pub since: Option<Millis>,
    /// When it began, if it goes on.
    pub opened: Option<Millis>,
    /// The last value that was known.
    pub value: Option<i64>,
    /// What people were told last.
    told: Level,
    /// When they were told, as far back as it matters.
    told_at: Vec<Millis>,
    /// Another level that the values say, and for how long they were seen to.
    pending: Option<Pending>,
    /// When the last value was seen.
    last: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    level: Level,
    held: Duration,
}

/// What happened with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Happened {
    /// The level changed, from this one.
    pub from: Option<Level>,
    /// People are to be told how it is now.
    pub tell: bool,
}

impl Level {
    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }

    /// What shows it in a line.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Fine => "✓",
            Self::Warn => "!",
            Self::Critical => "✕",
        }
    }
}

impl Alert {
    /// What people were told last.
    pub fn told(&self) -> Level {
        self.told
    }

    /// Whether nothing of it need be remembered.
    pub fn is_over(&self, at: Millis) -> bool {
        let is_quiet = self.level == Level::Fine && self.told == Level::Fine && self.pending.is_none();
        is_quiet && self.told_at.iter().all(|told| at.since(*told) >= WINDOW)
    }

    /// Another level that the values say, if it has to wait.
    pub fn waits_for(&self) -> Option<Level> {
        self.pending.map(|pending| pending.level)
    }

    /// Takes what is known at a moment; none is not known.
    pub fn see(&mut self, rule: &Rule, at: Millis, value: Option<i64>) -> Happened {
        let mut happened = Happened::default();
        if let Some(value) = value {
            happened.from = self.know(rule, at, value);
        }
        happened.tell = self.is_due(at);
        happened
    }

    /// Takes a value; the answer is the level before, where it changed.
    fn know(&mut self, rule: &Rule, at: Millis, value: i64) -> Option<Level> {
        let passed = self.last.map(|last| at.since(last)).filter(|passed| *passed <= rule.gap).unwrap_or_default();
        (self.last, self.value) = (Some(at), Some(value));
        let says = self.says(rule, value);
        if says == self.level {
            self.pending = None;
            return None;
        }
        // What is worse than what it waited for has been as bad as that meanwhile; what is better begins anew.
        let held = match self.pending {
            Some(pending) if pending.level == says => pending.held + passed,
            Some(pending) if pending.level < says && pending.level > self.level && says > self.level => {
                self.pending = Some(Pending { level: pending.level, held: pending.held + passed });
                return self.reach(rule, at);
            }
            _ => Duration::ZERO,
        };
        self.pending = Some(Pending { level: says, held });
        self.reach(rule, at)
    }

    /// Goes to the level that waits, if it has waited long enough.
    fn reach(&mut self, rule: &Rule, at: Millis) -> Option<Level> {
        let pending = self.pending?;
        let needed = if pending.level > self.level { rule.lasts } else { rule.calm };
        if pending.held < needed {
            return None;
        }
        let before = std::mem::replace(&mut self.level, pending.level);
        self.pending = None;
        self.since = Some(at);
        self.opened = match (self.level, self.opened) {
            (Level::Fine, _) => None,
            (_, opened) => opened.or(Some(at)),
        };
        Some(before)
    }

    /// The level that a value says, by the limits, and by the margins of the level it has.
    fn says(&self, rule: &Rule, value: i64) -> Level {
        let beyond = |limit: Option<i64>, level: Level| {
            limit.is_some_and(|limit| {
                let margin = if self.level >= level { limit.abs() / MARGIN } else { 0 };
                match rule.worse {
                    Worse::Above => value >= limit.saturating_sub(margin),
                    Worse::Below => value <= limit.saturating_add(margin),
                }
            })
        };
        if beyond(rule.limits.critical, Level::Critical) {
            Level::Critical
        } else if beyond(rule.limits.warn, Level::Warn) {
            Level::Warn
        } else {
            Level::Fine
        }
    }

    /// Whether people are to be told now; then they are.
    fn is_due(&mut self, at: Millis) -> bool {
        // A clock that was put back must not silence it.
        self.told_at.retain(|told| *told <= at && at.since(*told) < WINDOW);
        if self.told == self.level || self.told_at.len() >= MOST {
            return false;
        }
        self.told = self.level;
        self.told_at.push(at);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::{DEFAULTS, Limits};

    const CPU: Rule = DEFAULTS[0].rule;

    fn rule(seconds: u64) -> Rule {
        let lasts = Duration::from_secs(seconds);
        Rule { lasts, calm: lasts.max(Duration::from_mins(2)), ..CPU }
    }

    /// What happens with a value every ten seconds.
    fn told(rule: &Rule, values: &[Option<i64>]) -> Vec<(usize, Level)> {
        let mut alert = Alert::default();
        let times = values.iter().enumerate();
        times
            .filter_map(|(index, value)| {
                let at = Millis(1_000_000 + 10_000 * i64::try_from(index).unwrap());
                alert.see(rule, at, *value).tell.then_some((index, alert.level))
            })
            .collect()
    }

    #[test]
    fn it_opens_after_its_time_gets_worse_and_closes_after_a_calm() {
        let mut values = vec![Some(75_00); 10];
        values.extend([Some(95_00); 10]);
        values.extend([Some(10_00); 70]);
        assert_eq!(
            told(&rule(60), &values),
            // The third has to wait: two were told in the ten minutes before.
            [(6, Level::Warn), (16, Level::Critical), (66, Level::Fine)]
        );
    }

    #[test]
    fn a_peak_that_is_over_in_time_is_told_to_nobody() {
        let peak = [vec![Some(95_00); 6], vec![Some(10_00)], vec![Some(95_00); 6], vec![Some(10_00)]].concat();
        assert_eq!(told(&rule(60), &peak), []);
    }

    #[test]
    fn unknown_is_no_value_it_opens_nothing_closes_nothing_and_no_gap_counts() {
        assert_eq!(told(&rule(0), &[None; 1_000]), []);
        let gone = [vec![Some(95_00); 7], vec![None; 1_000]].concat();
        assert_eq!(told(&rule(60), &gone), [(6, Level::Critical)]);
        // Bad, then nobody knows for longer than its time, then bad again: that was not seen.
        let gap = [vec![Some(95_00)], vec![None; 30], vec![Some(95_00); 6]].concat();
        assert_eq!(told(&rule(60), &gap), []);
        // One look that failed is no gap.
        let one = [Some(95_00), Some(95_00), None, Some(95_00), Some(95_00), Some(95_00), Some(95_00)];
        assert_eq!(told(&rule(60), &one), [(6, Level::Critical)]);
    }

    #[test]
    fn around_its_limit_it_does_not_come_and_go() {
        let around: Vec<_> = (0..500).map(|index| Some(if index / 20 % 2 == 0 { 90_10 } else { 89_90 })).collect();
        assert_eq!(told(&rule(60), &around), [(6, Level::Critical)]);
    }

    #[test]
    fn what_gets_worse_while_it_waits_does_not_wait_anew() {
        let values = [Some(75_00), Some(75_00), Some(75_00), Some(95_00), Some(95_00), Some(95_00), Some(95_00)];
        assert_eq!(told(&rule(60), &values), [(6, Level::Warn)]);
    }

    #[test]
    fn below_is_as_well_as_above() {
        let answers = DEFAULTS[6].rule;
        assert_eq!(answers.worse, Worse::Below);
        let down = [vec![Some(100)], vec![Some(0); 7], vec![Some(100); 20]].concat();
        assert_eq!(told(&answers, &down), [(7, Level::Critical), (20, Level::Fine)]);
    }

    fn any_rule() -> impl Strategy<Value = Rule> {
        (0_u64..600, 0_i64..10_000, 0_i64..10_000, any::<bool>()).prop_map(|(seconds, warn, critical, above)| Rule {
            worse: if above { Worse::Above } else { Worse::Below },
            limits: Limits { warn: Some(warn), critical: Some(critical) },
            ..rule(seconds)
        })
    }

    proptest! {
        // A thousand values take their time to be made up.
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn a_thousand_flaps_in_ten_minutes_are_told_twice_at_most(
            rule in any_rule(),
            mut times in prop::collection::vec(0_i64..600_000, 1_000),
            values in prop::collection::vec(prop::option::weighted(0.9, 0_i64..10_000), 1_000),
        ) {
            times.sort_unstable();
            let mut alert = Alert::default();
            let told = times.iter().zip(&values).filter(|(at, value)| alert.see(&rule, Millis(**at), **value).tell);
            prop_assert!(told.count() <= 2);
        }
    }

    proptest! {
        #[test]
        fn a_restart_at_any_moment_changes_nothing(
            rule in any_rule(),
            steps in prop::collection::vec((0_i64..120_000, prop::option::weighted(0.8, 0_i64..10_000)), 0..200),
        ) {
            let (mut stays, mut restarted, mut at) = (Alert::default(), Alert::default(), Millis(0));
            for (passed, value) in steps {
                at = Millis(at.0 + passed);
                restarted = serde_json::from_str(&serde_json::to_string(&restarted).unwrap()).unwrap();
                prop_assert_eq!(stays.see(&rule, at, value), restarted.see(&rule, at, value));
                prop_assert_eq!(&stays, &restarted);
            }
        }

        #[test]
        fn an_alert_is_open_exactly_while_it_is_not_fine(
            rule in any_rule(),
            steps in prop::collection::vec((-60_000_i64..120_000, prop::option::weighted(0.8, 0_i64..10_000)), 0..200),
        ) {
            let (mut alert, mut at) = (Alert::default(), Millis(10_000_000));
            for (passed, value) in steps {
                at = Millis(at.0 + passed);
                let before = alert.level;
                let happened = alert.see(&rule, at, value);
                prop_assert_eq!(alert.opened.is_some(), alert.level != Level::Fine);
                prop_assert!(!alert.is_over(at) || alert.opened.is_none());
                prop_assert_eq!(happened.from, (before != alert.level).then_some(before));
                prop_assert!(alert.told_at.len() <= MOST);
            }
        }
    }
}
