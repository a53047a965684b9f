//! Which entries somebody wants, as they say it.

use base::{Error, Millis, Result, UserId, Way, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::audit::{Filter, Kind};

use crate::when;

/// How an entry can stand; `started` is what runs now.
pub const OUTCOMES: [&str; 8] =
    ["done", "failed", "refused", "waiting", "started", "cancelled", "timed_out", "interrupted"];

/// Which entries; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wanted {
    /// The id of the person on whose behalf it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The action's name, or how it begins, such as `server.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What it acted on, such as a server's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How it ended: `done`, `failed`, `refused`, `waiting`, `started`, `cancelled`, `timed_out` or `interrupted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How it was asked: `command`, `press`, `form`, `model` or `automation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// From this day or moment on, in UTC: `2026-11-21` or `2026-11-21 14:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// To this day or moment, in UTC; a day counts to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Within this long, such as `24h` or `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
}

impl Wanted {
    /// The filter it is at this moment.
    pub(crate) fn filter(&self, now: Millis) -> Result<Filter> {
        if self.within.is_some() && self.since.is_some() {
            return Err(Error::Invalid("`within` and `since` both say where to begin: use one of them.".to_owned()));
        }
        let person = self.person.as_deref().map(person).transpose()?;
        let since = match (&self.within, &self.since) {
            (Some(within), _) => {
                let span = i64::try_from(when::span(within)?.as_millis()).unwrap_or(i64::MAX);
                Some(Millis(now.0.saturating_sub(span)))
            }
            (None, Some(since)) => Some(when::moment(since)?.at),
            (None, None) => None,
        };
        let until = self.until.as_deref().map(when::moment).transpose()?;
        let until = until.map(|until| if until.whole_day { until.at.plus(DAY) } else { until.at });
        Ok(Filter {
            person,
            action: self.action.as_deref().map(|action| action.trim().to_lowercase()),
            target: self.target.as_deref().map(|target| target.trim().to_owned()),
            outcome: one_of("outcome", self.outcome.as_deref(), |word| OUTCOMES.contains(&word))?,
            way: one_of("way", self.way.as_deref(), |word| Way::parse(word).is_some())?,
            since,
            until,
            except: None,
            kind: Kind::All,
        })
    }

    /// What was asked for, in words that go behind a number of entries; empty where that is everything.
    pub(crate) fn words(&self) -> Vec<String> {
        let said = |what: &str, value: &Option<String>| value.as_ref().map(|value| format!("{what} {}", code(value)));
        let person = self.person.as_deref().and_then(|text| person(text).ok()).map(|person| format!("by <@{person}>"));
        [
            person,
            said("action", &self.action),
            said("on", &self.target),
            said("outcome", &self.outcome),
            said("asked by", &self.way),
            said("since", &self.since),
            said("until", &self.until),
            said("within", &self.within),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// How to find more, where there was nothing.
    pub(crate) fn wider(&self) -> String {
        let given: Vec<&str> = [
            ("person", self.person.is_some()),
            ("action", self.action.is_some()),
            ("target", self.target.is_some()),
            ("outcome", self.outcome.is_some()),
            ("way", self.way.is_some()),
            ("since", self.since.is_some()),
            ("until", self.until.is_some()),
            ("within", self.within.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect();
        let mut advice = Vec::new();
        if let Some(action) = self.action.as_deref().filter(|action| !action.ends_with('*')) {
            let group = action.split('.').next().unwrap_or_default();
            advice.push(format!("`action:{}.*` takes in all of that kind.", group.replace('`', "")));
        }
        match given.as_slice() {
            [] => advice.push("Everything done here from now on is on record.".to_owned()),
            [one] => advice.push(format!("Without `{one}` you see everything.")),
            [.., last] => advice.push(format!("Leave out one of {} first.", named(&given, last))),
        }
        advice.join(" ")
    }
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

fn named(given: &[&str], last: &str) -> String {
    let before: Vec<String> = given[..given.len() - 1].iter().map(|name| format!("`{name}`")).collect();
    format!("{} or `{last}`", before.join(", "))
}

fn person(text: &str) -> Result<UserId> {
    let digits = text.trim().trim_start_matches("<@").trim_end_matches('>');
    let unknown = |_| Error::Invalid(format!("{} is nobody's id: it is a number of 17 to 20 digits.", code(text)));
    digits.parse().map(UserId).map_err(unknown)
}

fn one_of(what: &str, given: Option<&str>, known: impl Fn(&str) -> bool) -> Result<Option<String>> {
    match given {
        Some(word) if !known(word) => Err(Error::Invalid(format!("There is no {what} called {}.", code(word)))),
        given => Ok(given.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_as_the_end_counts_to_its_end() {
        let until = |text: &str| {
            let wanted = Wanted { until: Some(text.to_owned()), ..Wanted::default() };
            wanted.filter(Millis(0)).unwrap().until.unwrap().0
        };
        assert_eq!(until("2026-11-21"), until("2026-11-22 00:00"));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let some = |text: &str| Some(text.to_owned());
        for (wanted, sentence) in [
            (Wanted { within: some("7d"), since: some("2026-11-21"), ..Wanted::default() }, "both say where to begin"),
            (Wanted { outcome: some("great"), ..Wanted::default() }, "no outcome called `great`"),
            (Wanted { way: some("door"), ..Wanted::default() }, "no way called `door`"),
            (Wanted { person: some("ann"), ..Wanted::default() }, "`ann` is nobody's id"),
        ] {
            let said = wanted.filter(Millis(0)).unwrap_err().to_string();
            assert!(said.contains(sentence), "{said}");
        }
    }
}
