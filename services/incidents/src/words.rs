//! What others wrote, as it can stand among our words.

use base::card::{code, is_hidden};

use crate::machine::{Incident, Subject};

/// A line on a phone or two.
const SHORT: usize = 120;

/// A thing by its name, and where it is.
pub(crate) fn named(subject: &Subject) -> String {
    match subject.server.as_deref().filter(|server| *server != subject.name) {
        Some(server) => format!("{} on {}", code(&subject.name), code(server)),
        None => code(&subject.name),
    }
}

/// A sentence of an alert's, on one line, without anything that Discord would read as more than words.
pub(crate) fn plain(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut plain = String::with_capacity(line.len());
    for letter in line.chars().filter(|letter| !is_hidden(*letter)).take(SHORT) {
        if matches!(letter, '*' | '_' | '~' | '|' | '>' | '<' | '`' | '[' | ']' | '#' | '\\' | '@') {
            plain.push('\\');
        }
        plain.push(letter);
    }
    if line.chars().count() > SHORT {
        plain.push('…');
    }
    plain
}

/// What is wrong, in a few words without any marks: for lists, threads' names and the event log.
pub(crate) fn short(incident: &Incident) -> String {
    let words = match (&incident.title, incident.cause()) {
        (Some(title), _) => title.clone(),
        (None, Some(cause)) => match cause.subject.server.as_deref().filter(|server| *server != cause.subject.name) {
            Some(server) => format!("{} on {server}: {}", cause.subject.name, cause.text),
            None => format!("{}: {}", cause.subject.name, cause.text),
        },
        (None, None) => "something".to_owned(),
    };
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|letter| !is_hidden(*letter)).take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_words_and_nothing_more() {
        assert_eq!(plain("CPU  93 %\nfor 5 min"), "CPU 93 % for 5 min");
        assert_eq!(plain("**a** <@1> `b` @everyone"), r"\*\*a\*\* \<\@1\> \`b\` \@everyone");
        assert_eq!(plain("a\u{202e}b"), "ab");
        assert_eq!(plain(&"x".repeat(500)).chars().count(), SHORT + 1);
    }
}
