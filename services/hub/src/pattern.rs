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
    let common = |name: &str| name.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
    let ends = |name: &str| name.rsplit_once('.').is_some_and(|(_, verb)| verb == text);
    let near = names.iter().max_by_key(|name| (ends(name), common(name), **name == "server.run"));
    let example = near.copied().unwrap_or("server.run");
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
    let fits = match tag(text) {
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

/// Whether a target is one of a pattern's, whatever its capitals: a rule must not be got around by typing a name otherwise. What
/// acts on nothing in particular is only one of all.
pub(crate) fn target_fits(pattern: &str, target: Option<&str>, tags: &[String]) -> bool {
    if pattern == "*" {
        return true;
    }
    if let Some(tag) = tag(pattern) {
        return tags.iter().any(|one| one.eq_ignore_ascii_case(tag));
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
    wide.eq_ignore_ascii_case(narrow)
        || wide == "*"
        || (tag(wide).is_none() && tag(narrow).is_none() && narrow != "*" && glob(wide, narrow))
}

/// Whether one pattern of actions is about less than another that fits the same action.
pub(crate) fn action_is_narrower(one: &str, other: &str) -> bool {
    action_covers(other, one) && !action_covers(one, other)
}

/// Whether one pattern of targets is about less than another that fits the same target. One name is less than any several;
/// of a tag and a pattern of names neither is.
pub(crate) fn target_is_narrower(one: &str, other: &str) -> bool {
    let names_one = |pattern: &str| !pattern.contains('*') && tag(pattern).is_none();
    (names_one(one) && !names_one(other)) || (target_covers(other, one) && !target_covers(one, other))
}

/// The tag that a pattern is about.
pub(crate) fn tag(pattern: &str) -> Option<&str> {
    let (begins, tag) = pattern.split_at_checked(TAG.len())?;
    begins.eq_ignore_ascii_case(TAG).then_some(tag)
}

/// `*` stands for any characters, and capitals do not matter; time grows with the product of the lengths and no faster.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|byte| byte.eq_ignore_ascii_case(&text[t])) {
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
            ("PROD_*", Some("prod_db"), true),
            ("Web-1", Some("web-1"), true),
            ("TAG:Prod", Some("anything"), true),
        ] {
            assert_eq!(target_fits(pattern, target, &tags), fits, "{pattern} {target:?}");
        }
    }

    #[test]
    fn a_wrong_pattern_is_answered_with_an_example() {
        for (typed, example) in
            [("server.rum", "`server.run`"), ("grants.*", "`grant.*`"), ("run", "`server.run`"), ("", "`*`")]
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
    fn one_name_is_narrower_than_several_and_neither_of_a_tag_and_a_pattern_is() {
        for (one, other, narrower) in [
            ("db", "tag:prod", true),
            ("tag:prod", "db", false),
            ("db", "d*", true),
            ("web-eu-*", "web-*", true),
            ("web-*", "web-eu-*", false),
            ("web-*", "*", true),
            ("tag:prod", "*", true),
            ("tag:production", "tag:pci", false),
            ("web-*", "tag:prod", false),
            ("tag:prod", "web-*", false),
        ] {
            assert_eq!(target_is_narrower(one, other), narrower, "{one} {other}");
        }
        assert!(action_is_narrower("server.run", "server.*") && action_is_narrower("server.*", "*"));
        assert!(!action_is_narrower("*", "*") && !action_is_narrower("server.*", "server.run"));
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
            ("WEB-*", "web-1", true),
        ] {
            assert_eq!(target_covers(wide, narrow), covers, "{wide} {narrow}");
        }
    }
}
