//! Words as they are compared: in lower case, without endings, and what a crew says beside what actions call it.
//!
//! A dozen rules, and no stemmer of a library's: those keep `restarts` and `restarting` together as these do, and bring a language's
//! worth of rules along that nothing here would ever need.

use std::{collections::BTreeMap, sync::LazyLock};

/// What a crew says, a colon, what actions call it.
const SYNONYMS: &str = include_str!("synonyms.txt");

/// Words that say nothing about what is asked for.
const STOP: &str = "a an the is are was were be been am do does did of to in on at for from by with and or not no it its that this \
    these those there what which who whom whose how why when where we our us i me my you your he she they them their one ones as if \
    then so can could may might must will would shall should please any all some have has had about into over out up";
/// Words that say little: nearly everything can be shown, listed or run.
const FAINT: [&str; 8] = ["show", "list", "run", "tell", "get", "see", "look", "find"];

struct Tables {
    stop: std::collections::BTreeSet<&'static str>,
    said: BTreeMap<&'static str, Vec<String>>,
    stems: BTreeMap<String, Vec<String>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut said: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let lines = SYNONYMS.lines().map(|line| line.split('#').next().unwrap_or_default());
    for (words, meant) in lines.filter_map(|line| line.split_once(':')) {
        for word in words.split_whitespace() {
            said.entry(word).or_default().extend(meant.split_whitespace().map(stem));
        }
    }
    let mut stems: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (word, meant) in &said {
        stems.entry(stem(word)).or_default().extend(meant.iter().cloned());
    }
    Tables { stop: STOP.split_whitespace().collect(), said, stems }
});

/// The words of a text, each once per time it is there.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    let lower = text.to_lowercase();
    let words: Vec<String> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}

/// Whether a word says nothing about what is asked for.
pub(crate) fn is_stop(word: &str) -> bool {
    TABLES.stop.contains(word)
}

/// Whether it says little.
pub(crate) fn is_faint(word: &str) -> bool {
    FAINT.contains(&word)
}

/// What actions call what somebody says: stems. What is there as it was said goes before what only has its stem.
pub(crate) fn meant(word: &str) -> &'static [String] {
    let tables = &*TABLES;
    tables.said.get(word).or_else(|| tables.stems.get(&stem(word))).map_or(&[], Vec::as_slice)
}

/// A word without its ending.
pub(crate) fn stem(word: &str) -> String {
    let mut stem = word.to_owned();
    if !word.is_ascii() {
        return stem;
    }
    if word.len() > 4 {
        for (ending, instead) in [("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")] {
            if word.ends_with(ending) && !word.ends_with("ss") && word.len() - ending.len() >= 3 {
                stem.truncate(word.len() - ending.len());
                stem.push_str(instead);
                let bytes = stem.as_bytes();
                let last = bytes[bytes.len() - 1];
                let is_doubled = stem.len() > 3 && bytes[bytes.len() - 2] == last && !b"ls".contains(&last);
                if (ending == "ing" || ending == "ed") && is_doubled {
                    stem.pop();
                }
                break;
            }
        }
    } else if word.len() == 4 && word.ends_with('s') && !word.ends_with("ss") {
        stem.pop();
    }
    if stem.len() > 4 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_has_one_stem() {
        for (one, other) in [
            ("restart", "restarting"),
            ("restarts", "restarted"),
            ("image", "images"),
            ("stop", "stopped"),
            ("stopping", "stops"),
            ("query", "queries"),
            ("logs", "log"),
            ("remove", "removed"),
            ("process", "processes"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert_ne!(stem("access"), stem("acces"));
        assert_eq!((stem("größe"), stem("s"), stem("")), ("größe".to_owned(), "s".to_owned(), String::new()));
    }

    #[test]
    fn what_is_said_means_what_actions_call_it() {
        assert!(meant("reboot").contains(&stem("restart")));
        assert!(meant("rebooted").contains(&stem("restart")), "whatever its ending");
        assert!(meant("gugelhupf").is_empty());
        assert!(SYNONYMS.lines().all(|line| line.is_empty() || line.starts_with('#') || line.contains(": ")));
    }
}
