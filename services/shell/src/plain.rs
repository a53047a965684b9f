//! A line read a second time, by the few rules that every shell shares, and not at all where it uses any other.
//!
//! A line only observes if this reading and the parser's are the same: a mistake has to be made twice, in the same way, to count.
//! What is known here: words of plain characters and globs, `'…'` and `"…"` without anything special in them, `|`, `&&`, `||`,
//! `;`, line ends, `2>&1`, and output thrown away into `/dev/null`.

use crate::literal::Word;

/// The commands of a line, if it is that simple.
pub(crate) fn read(line: &str) -> Option<Vec<Vec<Word>>> {
    let mut commands = vec![Vec::new()];
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = separated(rest) {
            commands.push(Vec::new());
            rest = after;
        } else if first == ' ' || first == '\t' {
            rest = &rest[1..];
        } else if let Some(after) = discarded(rest) {
            // In front of a command, or without one, shells disagree about it.
            if commands.last()?.is_empty() {
                return None;
            }
            rest = after;
        } else {
            let (word, after) = word(rest)?;
            commands.last_mut()?.push(word);
            rest = after;
        }
    }
    commands.retain(|words| !words.is_empty());
    Some(commands)
}

fn separated(rest: &str) -> Option<&str> {
    ["&&", "||", "|", ";", "\n"].iter().find_map(|sign| rest.strip_prefix(sign))
}

/// What follows a redirection that keeps nothing, if one stands here.
fn discarded(rest: &str) -> Option<&str> {
    let after = match rest.strip_prefix("2>&1") {
        Some(after) => after,
        None => ["2>", "1>", ">"]
            .iter()
            .find_map(|sign| rest.strip_prefix(sign))?
            .trim_start_matches(' ')
            .strip_prefix("/dev/null")?,
    };
    ends(after).then_some(after)
}

/// A word, and what follows it.
fn word(mut rest: &str) -> Option<(Word, &str)> {
    let (mut text, mut glob) = (String::new(), false);
    while !ends(rest) {
        let first = rest.chars().next()?;
        rest = &rest[first.len_utf8()..];
        match first {
            // zsh makes where a program is of `=name`, also after `''`.
            '=' if text.is_empty() => return None,
            '\'' | '"' => {
                let (inside, after) = rest.split_once(first)?;
                if !inside.chars().all(|c| c.is_alphanumeric() || (c.is_ascii() && !c.is_ascii_control() && c != '!')) {
                    return None;
                }
                let special = if first == '"' {
                    inside.contains(['$', '`', '\\'])
                } else {
                    inside.contains("\\\\") || inside.ends_with('\\')
                };
                if special || after.starts_with(first) {
                    return None;
                }
                text.push_str(inside);
                rest = after;
            }
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '/' | ':' | ',' | '+' | '=' | '%' | '@' | ']' => {
                text.push(first);
            }
            '*' | '?' | '[' => {
                glob = true;
                text.push(first);
            }
            _ => return None,
        }
    }
    Some((Word::Literal { text, glob }, rest))
}

fn ends(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t']) || separated(rest).is_some()
}
