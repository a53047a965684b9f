//! Rules and alerts in a few words.

use base::card::code;

use crate::{
    Level, Named, Worse, amount,
    kept::Kept,
    span,
    what::{Measure, What},
};

/// What a rule says, in markdown: `CPU from 70 %, critical from 90 %, for 5 min`.
pub(crate) fn rule(rule: &Named) -> String {
    let limits = rule.rule.limits;
    let lasts = if rule.window.is_zero() { String::new() } else { format!(" for {}", span::words(rule.window)) };
    match rule.what {
        What::Containers => format!("containers that end unasked, loop, run out of memory or are unhealthy{lasts}"),
        What::Measure(Measure::Answers) => {
            let level = if limits.critical.is_some() { "critical" } else { "a warning" };
            format!("no answer{lasts} is {level}")
        }
        What::Measure(measure) => {
            let side = match rule.rule.worse {
                Worse::Above => "from",
                Worse::Below => "down to",
            };
            let said = |limit: i64| format!("{side} {}", amount::words(rule.what, limit));
            let limits = either(limits.warn.map(said), limits.critical.map(said));
            let comma = if lasts.is_empty() { "" } else { "," };
            format!("{} {limits}{comma}{lasts}", measure.title())
        }
        What::Probe => "what a probe is answered".to_owned(),
        What::Events(kind) => {
            let said = |limit: i64| amount::words(rule.what, limit);
            let limits = either(limits.warn.map(said), limits.critical.map(said));
            format!("{} {limits} within {}", code(kind.as_str()), span::words(rule.window))
        }
    }
}

fn either(warn: Option<String>, critical: Option<String>) -> String {
    match (warn, critical) {
        (Some(warn), Some(critical)) => format!("{warn}, critical {critical}"),
        (Some(warn), None) => warn,
        (None, Some(critical)) => format!("critical {critical}"),
        (None, None) => "nothing".to_owned(),
    }
}

/// How an alert is, in plain text: `CPU 93 % for 5 min`.
pub(crate) fn alert(rule: &Named, kept: &Kept) -> String {
    let is_fine = kept.alert.level == Level::Fine;
    let lasted = |said: String| {
        if is_fine || rule.rule.lasts.is_zero() { said } else { format!("{said} for {}", span::words(rule.rule.lasts)) }
    };
    let value = kept.alert.value;
    match rule.what {
        What::Measure(Measure::Answers) if is_fine => "answers again".to_owned(),
        What::Measure(Measure::Answers) => {
            let said = lasted("no answer".to_owned());
            if kept.detail.is_empty() { said } else { format!("{said}: {}", kept.detail) }
        }
        What::Measure(measure) => {
            let value = value.map_or_else(|| "not known".to_owned(), |value| amount::words(rule.what, value));
            lasted(format!("{} {value}", measure.title()))
        }
        What::Containers | What::Probe => lasted(kept.detail.clone()),
        What::Events(kind) => {
            let count = amount::words(rule.what, value.unwrap_or_default());
            let last = if kept.detail.is_empty() { String::new() } else { format!(", the last about {}", kept.detail) };
            if is_fine {
                format!("{count} {} within {}", kind.as_str(), span::words(rule.window))
            } else {
                format!("{count} {} within {}{last}", kind.as_str(), span::words(rule.window))
            }
        }
    }
}
