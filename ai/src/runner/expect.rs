//! Whether a report says what was expected of it. Pure.

use std::{cmp::Ordering, collections::BTreeMap};

use base::card::code;
use serde_json::Value;

/// So much of what a field says instead is shown, in characters.
const SHOWN: usize = 60;

/// What a report says of what was expected, in a few words; and whether it is that.
pub(super) fn compared(report: &Value, expect: &BTreeMap<String, String>) -> (bool, String) {
    let mut holds = true;
    let words = expect.iter().map(|(field, wanted)| {
        let is = at(report, field);
        let fits = is.as_deref().is_some_and(|is| fits(is, wanted));
        holds &= fits;
        let is = match is.as_deref() {
            None => "not there".to_owned(),
            Some("") => "nothing".to_owned(),
            // It is somebody else's text.
            Some(is) => code(is.chars().map(|c| if c == '\n' { ' ' } else { c }).take(SHOWN).collect::<String>()),
        };
        if fits { format!("{field} {is}") } else { format!("{field} {is}, expected {}", code(wanted)) }
    });
    let words = words.collect::<Vec<_>>().join(" · ");
    (holds, words)
}

/// What a field of a report says: `state`, or `health.state`, or the `exit` of a command.
fn at(report: &Value, field: &str) -> Option<String> {
    let found = field.split('.').try_fold(report, |value, name| match value {
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    });
    match found {
        None | Some(Value::Null) if field == "exit" => {
            report["ended"].as_str()?.strip_prefix("exit ").map(str::to_owned)
        }
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.trim().to_owned()),
        Some(other) => Some(other.to_string()),
    }
}

/// Whether it is what was wanted: the same, holding it (`~`), or below or above a number (`<`, `>`).
fn fits(is: &str, wanted: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let compared = |to: &str| number(is).zip(number(to)).and_then(|(is, to)| is.partial_cmp(&to));
    if let Some(part) = wanted.strip_prefix('~') {
        return is.contains(part.trim());
    }
    if let Some(most) = wanted.strip_prefix('<') {
        return compared(most) == Some(Ordering::Less);
    }
    if let Some(least) = wanted.strip_prefix('>') {
        return compared(least) == Some(Ordering::Greater);
    }
    is == wanted.trim() || compared(wanted) == Some(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(report: &Value, expect: &[(&str, &str)]) -> (bool, String) {
        compared(report, &expect.iter().map(|(field, wanted)| ((*field).to_owned(), (*wanted).to_owned())).collect())
    }

    #[test]
    fn a_report_is_held_against_each_field_that_was_named() {
        let report = json!({ "ended": "exit 3", "output": "all ok\n", "disk": { "percent": 91.5 }, "list": [{ "state": "up" }], "on": true });
        assert_eq!(of(&report, &[("exit", "3")]), (true, "exit `3`".to_owned()));
        assert_eq!(of(&report, &[("exit", "0")]), (false, "exit `3`, expected `0`".to_owned()));
        assert!(of(&report, &[("output", "~ok"), ("on", "true"), ("list.0.state", "up")]).0);
        assert_eq!(of(&report, &[("disk.percent", "<90")]), (false, "disk.percent `91.5`, expected `<90`".to_owned()));
        assert!(of(&report, &[("disk.percent", ">90")]).0 && of(&report, &[("disk.percent", "91.50")]).0);
        assert_eq!(of(&report, &[("nothing.there", "1")]), (false, "nothing.there not there, expected `1`".to_owned()));
        assert!(of(&report, &[]).0, "that it was done is all that was expected");
        assert!(!of(&json!({ "ended": "connection lost" }), &[("exit", "0")]).0);
        assert!(!of(&report, &[("output", "<5")]).0, "what is no number is below none");
    }
}
