//! What somebody wrote, taken apart for a page: code, links, names and times are found; everything else is text.
//!
//! **Invariants:** a link leads to `http` or `https`, and shows where. It takes one pass, whatever is typed.

use std::collections::BTreeMap;

use base::Millis;

/// Names are replaced in so much text; more is shown as it was written.
const LONGEST: usize = 64 * 1024;

/// A bit of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bit {
    /// As it is.
    Plain(String),
    /// Louder.
    Bold(String),
    /// Code within a line.
    Code(String),
    /// Code in lines of its own.
    Block(String),
    /// Somewhere else.
    Link(String),
    /// Somebody, something or a moment that was named.
    Named(String),
}

/// Takes a text apart.
pub(super) fn bits(text: &str, names: &BTreeMap<u64, String>) -> Vec<Bit> {
    let text = shown(text);
    if text.len() > LONGEST {
        return vec![Bit::Plain(text)];
    }
    let (mut all, mut plain, mut rest) = (Vec::new(), String::new(), text.as_str());
    // A mark that is never closed is looked for once.
    let (mut fences, mut ticks, mut stars) = (true, true, true);
    while let Some(first) = rest.chars().next() {
        let begins_line = if plain.is_empty() { all.is_empty() } else { plain.ends_with('\n') };
        if let Some(small) = rest.strip_prefix("-# ").filter(|_| begins_line) {
            // Small print is print.
            rest = small;
            continue;
        }
        let found = match first {
            '`' if fences && rest.starts_with("```") => {
                between(rest, "```", &mut fences).map(|(inner, after)| (Bit::Block(without_language(inner)), after))
            }
            '`' if ticks => between(rest, "`", &mut ticks)
                .filter(|(inner, _)| !inner.is_empty() && !inner.contains('\n'))
                .map(|(inner, after)| (Bit::Code(inner.to_owned()), after)),
            '*' if stars && rest.starts_with("**") => between(rest, "**", &mut stars)
                .filter(|(inner, _)| !inner.is_empty() && !inner.contains(['\n', '<', '`']))
                .map(|(inner, after)| (Bit::Bold(inner.to_owned()), after)),
            '<' => named(rest, names),
            'h' => link(rest),
            _ => None,
        };
        if let Some((bit, after)) = found {
            if !plain.is_empty() {
                all.push(Bit::Plain(std::mem::take(&mut plain)));
            }
            all.push(bit);
            rest = after;
        } else {
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        all.push(Bit::Plain(plain));
    }
    all
}

/// What turns the direction of others, or is no letter at all, is shown as such.
pub(super) fn shown(text: &str) -> String {
    let is_odd = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace("\r\n", "\n").chars().map(|letter| if is_odd(letter) { '\u{fffd}' } else { letter }).collect()
}

fn between<'a>(text: &'a str, mark: &str, is_closed: &mut bool) -> Option<(&'a str, &'a str)> {
    let inner = &text[mark.len()..];
    let Some(end) = inner.find(mark) else {
        *is_closed = false;
        return None;
    };
    Some((&inner[..end], &inner[end + mark.len()..]))
}

fn without_language(block: &str) -> String {
    let is_language = |word: &str| !word.is_empty() && word.len() < 20 && !word.contains(char::is_whitespace);
    let inner = match block.split_once('\n') {
        Some((first, rest)) if first.is_empty() || is_language(first) => rest,
        _ => block,
    };
    inner.trim_end_matches('\n').to_owned()
}

/// `https://…` up to a space or a bracket.
fn link(text: &str) -> Option<(Bit, &str)> {
    let after = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '`' | '|');
    let end = text.len() - after.len() + after.find(is_end).unwrap_or(after.len());
    let url = text[..end].trim_end_matches(['.', ',', ')', ';', ':', '!', '?', '\'', '*']);
    // What a browser would read otherwise is no link.
    let leads = url::Url::parse(url).is_ok_and(|parsed| parsed.host().is_some() && parsed.username().is_empty());
    leads.then(|| (Bit::Link(url.to_owned()), &text[url.len()..]))
}

/// `<@1>`, `<#1>`, `<t:1:R>`, `<:name:1>`.
fn named<'a>(text: &'a str, names: &BTreeMap<u64, String>) -> Option<(Bit, &'a str)> {
    let end = text.char_indices().take(80).find(|(_, letter)| *letter == '>')?.0;
    let (inner, after) = (&text[1..end], &text[end + 1..]);
    let number = |text: &str| text.parse::<u64>().ok();
    let said = if let Some(role) = inner.strip_prefix("@&") {
        format!("@role {}", number(role)?)
    } else if let Some(user) = inner.strip_prefix('@') {
        let user = number(user.trim_start_matches('!'))?;
        names.get(&user).map_or_else(|| format!("@{user}"), |name| format!("@{}", shown(name)))
    } else if let Some(channel) = inner.strip_prefix('#') {
        format!("#{}", number(channel)?)
    } else if let Some(time) = inner.strip_prefix("t:") {
        let seconds = time.split(':').next()?.parse::<i64>().ok()?;
        moment(Millis(seconds.checked_mul(1_000)?))
    } else {
        let emoji = inner.strip_prefix("a:").or_else(|| inner.strip_prefix(':'))?;
        let (name, id) = emoji.split_once(':')?;
        number(id)?;
        format!(":{name}:")
    };
    Some((Bit::Named(said), after))
}

/// A moment, to the second.
pub(super) fn moment(at: Millis) -> String {
    format!("{} UTC", at.utc().replace('T', " ").chars().take(19).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Bit> {
        bits(text, &BTreeMap::from([(7, "ann".to_owned())]))
    }

    #[test]
    fn code_links_and_names_are_found_and_everything_else_is_text() {
        let plain = |text: &str| Bit::Plain(text.to_owned());
        assert_eq!(
            of("see <@7>: **now** `x<y`, https://a.example/?q=1."),
            [
                plain("see "),
                Bit::Named("@ann".to_owned()),
                plain(": "),
                Bit::Bold("now".to_owned()),
                plain(" "),
                Bit::Code("x<y".to_owned()),
                plain(", "),
                Bit::Link("https://a.example/?q=1".to_owned()),
                plain("."),
            ]
        );
        assert_eq!(of("```rs\nfn main() {}\n```"), [Bit::Block("fn main() {}".to_owned())]);
        assert_eq!(of("<t:0:R>"), [Bit::Named("1970-01-01 00:00:00 UTC".to_owned())]);
        assert_eq!(of("-# small\n-# print - -# not"), [Bit::Plain("small\nprint - -# not".to_owned())]);
        for text in ["javascript:alert(1)", "<script>alert(1)</script>", "https://", "data:text/html,x", "``` open"] {
            assert_eq!(of(text), [plain(text)], "{text}");
        }
        assert_eq!(of("a\u{202e}b\0"), [plain("a\u{fffd}b\u{fffd}")]);
    }

    #[test]
    fn what_is_never_closed_takes_no_longer() {
        let began = std::time::Instant::now();
        for mark in ["**a", "`", "```", "<@", "<t:", "http://", "*"] {
            of(&mark.repeat(LONGEST / mark.len()));
        }
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
