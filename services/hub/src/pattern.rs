//! Patterns of actions and of what they act on, as people write them in grants and rules.
//!
//! **Invariant:** a pattern that cannot be read is answered with one that can; what is read matches what it says and no more.

use base::{Error, Result, card::code};

/// Longest pattern. Fits an option, a button's row and a phone's width.
const LENGTH: usize = 64;
/// What a target pattern on tags begins with.
const TAG: &str = "tag:";

/// Reads a pattern of actions: `server.run`, `server.*`, or `*` for all. It must name something that can be done.
pub(crate) fn action(text: &str, names: &[&'static str]) -> Result<String> {
    let text = text.trim().to_lowercase();
    if names.iter().any(|name| action_fits(&text, name)) {
        return Ok(text);
    }
    let group = text.split(['.', '*']).next().unwrap_or_default();
    let near = names.iter().find(|name| !group.is_empty() && name.starts_with(group));
    let usual = names.iter().find(|name| **name == "server.run");
    let example = near.or(usual).or(names.first()).copied().unwrap_or("server.run");
    let all = example.split('.').next().unwrap_or(example);
    Err(Error::Invalid(format!(
        "{} is nothing I can do. One action looks like `{example}`, all of a kind like `{all}.*`, everything like `*`. \
         Nothing was changed.",
        code(&text)
    )))
}

/// Reads a pattern of targets: `web-1`, `web-*`, `tag:prod`, or `*` for all.
pub(crate) fn target(text: &str) -> Result<String> {
    let text = text.trim();
    let fits = match text.strip_prefix(TAG) {
        Some(tag) => !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
        None => {
            !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "`@,;?[]{}|\\".contains(c))
        }
    };
    if fits && text.len() <= LENGTH {
        return Ok(text.to_owned());
    }
    Err(Error::Invalid(format!(
        "{} is no pattern of targets. One looks like `web-1`, several like `web-*`, those with a tag like `tag:prod`, all like \
         `*`. Nothing was changed.",
        code(text)
    )))
}

/// Whether an action is one of a pattern's.
pub(crate) fn action_fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(group) => name.strip_prefix(group).is_some_and(|rest| rest.starts_with('.')),
        None => pattern == "*" || pattern == name,
    }
}

/// Whether a target is one of a pattern's. What acts on nothing in particular is only one of all.
pub(crate) fn target_fits(pattern: &str, target: Option<&str>, tags: &[String]) -> bool {
    if pattern == "*" {
        return true;
    }
    if let Some(tag) = pattern.strip_prefix(TAG) {
        return tags.iter().any(|one| one == tag);
    }
    target.is_some_and(|target| glob(pattern, target))
}

/// Whether everything that one pattern of actions matches is also matched by another.
pub(crate) fn action_covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || wide == "*" || (narrow != "*" && action_fits(wide, narrow.trim_end_matches('*')))
}

/// Whether everything that one pattern of targets matches is also matched by another.
pub(crate) fn target_covers(wide: &str, narrow: &str) -> bool {
    // A `*` of the narrow one stands for itself: what it may become, a `*` of the wide one takes too.
    wide == narrow
        || wide == "*"
        || (!wide.starts_with(TAG) && !narrow.starts_with(TAG) && narrow != "*" && glob(wide, narrow))
}

/// How narrow a pattern is: one thing before several, and several before all.
pub(crate) fn narrowness(pattern: &str) -> (bool, usize) {
    (!pattern.contains('*'), pattern.chars().filter(|c| *c != '*').count())
}

/// `*` stands for any characters; time grows with the product of the lengths and no faster.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["grant.give", "server.run", "server.remove"];

    #[test]
    fn a_pattern_of_actions_is_one_all_of_a_kind_or_everything() {
        for (pattern, name, fits) in [
            ("server.run", "server.run", true),
            ("server.run", "server.running", false),
            ("server.*", "server.run", true),
            ("server.*", "serverless.run", false),
            ("server.*", "server", false),
            ("*", "server.run", true),
            ("s*", "server.run", false),
            ("*.run", "server.run", false),
            ("", "server.run", false),
        ] {
            assert_eq!(action_fits(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_of_targets_is_a_name_a_glob_or_a_tag() {
        let tags = ["prod".to_owned()];
        for (pattern, target, fits) in [
            ("web-1", Some("web-1"), true),
            ("web-1", Some("web-10"), false),
            ("web-*", Some("web-1"), true),
            ("web-*", Some("web-"), true),
            ("web-*", Some("my-web-1"), false),
            ("*-db", Some("a-db"), true),
            ("*-db", Some("a-db-2"), false),
            ("a*b*c", Some("a-b-b-c"), true),
            ("a*b*c", Some("a-c"), false),
            ("*", None, true),
            ("web-*", None, false),
            ("tag:prod", Some("anything"), true),
            ("tag:prod", None, true),
            ("tag:test", Some("tag:test"), false),
            ("tag:*", Some("anything"), false),
        ] {
            assert_eq!(target_fits(pattern, target, &tags), fits, "{pattern} {target:?}");
        }
    }

    #[test]
    fn a_wrong_pattern_is_answered_with_an_example() {
        for (typed, example) in
            [("server.rum", "`server.run`"), ("grants.*", "`server.run`"), ("run", "`server.run`"), ("", "`*`")]
        {
            let complaint = action(typed, &NAMES).unwrap_err().to_string();
            assert!(complaint.contains(example), "{typed}: {complaint}");
        }
        for typed in ["", "web 1", "tag:", "tag:a b", "web-[12]", "@everyone", &"x".repeat(65), "a,b"] {
            assert!(target(typed).unwrap_err().to_string().contains("`tag:prod`"), "{typed}");
        }
        assert_eq!(action(" Server.* ", &NAMES).unwrap(), "server.*");
        assert_eq!(target(" web-* ").unwrap(), "web-*");
    }

    #[test]
    fn what_covers_a_pattern_matches_all_that_it_matches() {
        for (wide, narrow, covers) in [
            ("*", "server.*", true),
            ("server.*", "server.run", true),
            ("server.*", "server.*", true),
            ("server.run", "server.*", false),
            ("server.*", "*", false),
        ] {
            assert_eq!(action_covers(wide, narrow), covers, "{wide} {narrow}");
        }
        for (wide, narrow, covers) in [
            ("*", "tag:prod", true),
            ("web-*", "web-eu-*", true),
            ("web-*", "web-1", true),
            ("web-*", "*", false),
            ("web-*", "*web-*", false),
            ("web-*", "tag:prod", false),
            ("tag:prod", "web-1", false),
            ("tag:prod", "tag:prod", true),
        ] {
            assert_eq!(target_covers(wide, narrow), covers, "{wide} {narrow}");
        }
    }
}
