//! What is kept of an alert, and how each thing that is heard moves it on. Pure.

use base::Millis;
use serde::{Deserialize, Serialize};

use crate::{Alert, Happened, Named, amount::MOST_EVENTS, what::What};

/// What tells what comes next; it stands in the alert's row.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Kept {
    pub(crate) alert: Alert,
    /// What was said last by what speaks only when something changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<i64>,
    /// More about the last value, in words, without secrets.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
    /// When what is counted happened, as far back as it counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hits: Vec<Millis>,
}

/// What is heard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// A value; none is not known.
    Value(Option<i64>, String),
    /// How it is until it is said otherwise.
    Said(i64, String),
    /// What is counted happened.
    Hit(Millis, String),
    /// Time passed.
    Tick,
}

impl Kept {
    /// Takes what is heard.
    pub(crate) fn hear(&mut self, named: &Named, at: Millis, input: Input) -> Happened {
        let value = match input {
            Input::Value(value, detail) => {
                if value.is_some() {
                    self.detail = detail;
                }
                value
            }
            Input::Said(value, detail) => {
                (self.said, self.detail) = (Some(value), detail);
                self.said
            }
            Input::Hit(when, detail) => {
                self.detail = detail;
                // Of more than are asked for the last ones count.
                let most = usize::try_from(MOST_EVENTS).unwrap_or(usize::MAX);
                if self.hits.len() >= most {
                    self.hits.remove(0);
                }
                self.hits.push(when);
                self.counted(named, at)
            }
            Input::Tick => match named.what {
                What::Events(_) => self.counted(named, at),
                What::Containers => self.said,
                What::Measure(_) | What::Probe => None,
            },
        };
        self.alert.see(&named.rule, at, value)
    }

    fn counted(&mut self, named: &Named, at: Millis) -> Option<i64> {
        // By a clock that was put back, what is to come has happened already.
        self.hits.retain(|hit| at.since(*hit) < named.window);
        i64::try_from(self.hits.len()).ok()
    }

    /// Whether time alone can move it on.
    pub(crate) fn waits(&self) -> bool {
        self.alert.told() != self.alert.level
            || self.alert.waits_for().is_some()
            || self.said.is_some()
            || !self.hits.is_empty()
    }

    /// Whether something was said or counted that the other does not know.
    pub(crate) fn said_or_counted_other_than(&self, other: &Self) -> bool {
        (self.said, &self.hits) != (other.said, &other.hits)
    }

    /// Whether nothing of it need be remembered.
    pub(crate) fn is_over(&self, at: Millis) -> bool {
        self.alert.is_over(at) && self.hits.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base::{GuildId, UserId};
    use store::alert_rules::AlertRule;

    use super::*;
    use crate::{
        Level,
        rule::{DEFAULTS, GAP},
    };

    fn events(limit: i64, window: i64) -> Named {
        let row = Named::of(GuildId(1), &DEFAULTS[0], GAP).row(UserId(2));
        let what = "event:action.failed".to_owned();
        Named::read(AlertRule { what, warn: Some(limit), critical: None, lasts: window, calm: 5_000, ..row }, GAP)
            .unwrap()
    }

    #[test]
    fn so_many_events_within_a_time_open_it_and_quiet_closes_it() {
        let rule = events(3, 10_000);
        let mut kept = Kept::default();
        let mut levels = Vec::new();
        for second in 0..60 {
            let at = Millis(1_000_000 + second * 1_000);
            let input = if [0, 20, 22, 24].contains(&second) { Input::Hit(at, "x".to_owned()) } else { Input::Tick };
            if let Some(from) = kept.hear(&rule, at, input).from {
                levels.push((second, from, kept.alert.level));
            }
        }
        // Two of them are not in its ten seconds any more from second 30 on; then it must be quiet for five.
        assert_eq!(levels, [(24, Level::Fine, Level::Warn), (35, Level::Warn, Level::Fine)]);
        assert!(!kept.waits());
    }

    #[test]
    fn a_thousand_events_are_counted_in_bounded_space() {
        let rule = events(MOST_EVENTS, 10_000_000);
        let mut kept = Kept::default();
        for number in 0..1_000 {
            kept.hear(&rule, Millis(number), Input::Hit(Millis(number), String::new()));
        }
        assert_eq!((kept.hits.len(), kept.alert.level), (100, Level::Warn));
    }

    #[test]
    fn what_was_said_of_a_container_counts_until_it_is_said_otherwise() {
        let rule = Named::of(GuildId(1), &DEFAULTS[7], GAP);
        let calm = i64::try_from(rule.rule.calm.as_secs()).unwrap();
        let (mut kept, mut at) = (Kept::default(), Millis(1_000_000));
        assert!(kept.hear(&rule, at, Input::Said(2, "exit 1".to_owned())).tell);
        for _ in 0..600 {
            at = at.plus(Duration::from_secs(1));
            assert_eq!(kept.hear(&rule, at, Input::Tick), Happened::default());
        }
        assert_eq!(kept.alert.level, Level::Critical);
        kept.hear(&rule, at, Input::Said(0, "runs again".to_owned()));
        let mut ticks = 0;
        while kept.alert.level != Level::Fine {
            at = at.plus(Duration::from_secs(1));
            kept.hear(&rule, at, Input::Tick);
            ticks += 1;
        }
        assert_eq!(ticks, calm);
    }

    #[test]
    fn what_another_version_wrote_is_read_as_far_as_it_goes() {
        let kept: Kept = serde_json::from_str(r#"{"mood":"blue","detail":"x"}"#).unwrap();
        assert_eq!(kept, Kept { detail: "x".to_owned(), ..Kept::default() });
    }
}
