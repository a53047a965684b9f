//! Which events a log shows: everything, groups of kinds, single kinds.

use base::{Error, Result, card::code};
use store::events::Kind;

/// Everything.
pub(crate) const ALL: &str = "all";

/// What was typed, as it is kept: each word once, in the order of the list, and nothing that another word says already.
pub(crate) fn read(typed: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for word in typed.split([',', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        let word = if word == "*" { ALL.to_owned() } else { word };
        // A group may be named without its star.
        let word = if groups().contains(&word) { format!("{word}.*") } else { word };
        if !offered().contains(&word) {
            return Err(Error::Invalid(format!(
                "{} is no kind of event. Say {}, a group such as {}, or kinds such as {}, with commas between them. \
                 Nothing was changed.",
                code(&word),
                code(ALL),
                code("action.*"),
                code("server.blocked"),
            )));
        }
        words.push(word);
    }
    if words.is_empty() {
        return Err(Error::Invalid(format!("Say which kinds of events, or {}. Nothing was changed.", code(ALL))));
    }
    let is_said_by_another = |word: &str| {
        let group = word.split('.').next().unwrap_or_default();
        words.iter().any(|other| other != word && (other == ALL || *other == format!("{group}.*")))
    };
    Ok(offered().into_iter().filter(|word| words.contains(word) && !is_said_by_another(word)).collect())
}

/// Whether an event of this kind is shown.
pub(crate) fn wants(kinds: &[String], kind: Kind) -> bool {
    kinds.iter().any(|word| {
        word == ALL || word == kind.as_str() || word.strip_suffix(".*").is_some_and(|group| group == kind.group())
    })
}

/// The words as a person reads them.
pub(crate) fn shown(kinds: &[String]) -> String {
    if kinds == [ALL] {
        return "everything".to_owned();
    }
    kinds.iter().map(code).collect::<Vec<_>>().join(", ")
}

/// What fits what was typed so far, each with a sentence: the last word is completed, those before it stay.
pub fn complete(typed: &str) -> Vec<(String, String)> {
    let (before, last) = typed.rsplit_once([',', ' ']).map_or(("", typed), |(before, last)| (before, last));
    let (before, last) = (before.trim().trim_end_matches(','), last.trim().to_lowercase());
    let before = if before.is_empty() { String::new() } else { format!("{before}, ") };
    let fitting = offered().into_iter().filter(|word| word.contains(&last));
    fitting.map(|word| (format!("{before}{word}"), sentence(&word))).collect()
}

fn sentence(word: &str) -> String {
    match (word, word.strip_suffix(".*")) {
        (ALL, _) => "Everything that happens.".to_owned(),
        (_, Some(group)) => format!("Every kind that begins with {group}."),
        _ => Kind::parse(word).sentence().to_owned(),
    }
}

fn groups() -> Vec<String> {
    let mut groups: Vec<String> = Kind::ALL.iter().map(|kind| kind.group().to_owned()).collect();
    groups.dedup();
    groups
}

/// Every word there is: all, the groups, the kinds.
fn offered() -> Vec<String> {
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str().to_owned());
    let groups = groups().into_iter().map(|group| format!("{group}.*"));
    std::iter::once(ALL.to_owned()).chain(groups).chain(kinds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_kept_once_and_in_order() {
        for (typed, kept) in [
            ("all", "all"),
            ("*", "all"),
            ("action.failed, all", "all"),
            ("server.blocked action.failed", "action.failed server.blocked"),
            ("action.failed,action.failed", "action.failed"),
            ("action.failed, Action", "action.*"),
            ("bot.*, approval", "approval.* bot.*"),
        ] {
            assert_eq!(read(typed).unwrap().join(" "), kept, "{typed}");
        }
        for typed in ["", " , ", "action.", "everything", "server.*x", "unknown", "action.failed; drop table"] {
            assert!(read(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_word_means_its_kind_its_group_or_everything() {
        let shows = |word: &str, kind| wants(&[word.to_owned()], kind);
        assert!(shows("all", Kind::Unknown) && shows("action.*", Kind::ActionDone));
        assert!(shows("action.failed", Kind::ActionFailed) && !shows("action.failed", Kind::ActionDone));
        assert!(!shows("action.*", Kind::ApprovalDenied));
    }

    #[test]
    fn the_last_word_is_completed_and_those_before_it_stay() {
        let offered = |typed: &str| complete(typed).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(offered("blo"), ["server.blocked"]);
        assert_eq!(offered("bot.*, action.f"), ["bot.*, action.failed"]);
        assert_eq!(offered("")[0], "all");
        assert!(complete("").iter().all(|(word, sentence)| word.len() <= 100 && sentence.len() < 100));
    }
}
