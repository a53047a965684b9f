//! What Discord's own reader makes of a message, as far as there is something to follow: the other side of the tests.
//!
//! It is written after the rules of Discord's client and shares nothing with what it judges: first what is escaped, then blocks, then
//! what formats (whose partner may stand anywhere, also inside code), then code, links and addresses.

/// The addresses that could be followed.
pub(crate) fn followed(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    read(text, &mut found);
    found
}

fn read(text: &str, found: &mut Vec<String>) {
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let taken = escaped(rest)
            .or_else(|| block(rest))
            .or_else(|| link(rest, found))
            .or_else(|| autolink(rest, found))
            .or_else(|| address(rest, found))
            .or_else(|| formatted(rest, found))
            .or_else(|| code(rest));
        rest = &rest[taken.unwrap_or(letter.len_utf8())..];
    }
}

fn escaped(text: &str) -> Option<usize> {
    let next = text.strip_prefix('\\')?.chars().next()?;
    (!next.is_ascii_alphanumeric() && !next.is_whitespace()).then_some(1 + next.len_utf8())
}

fn block(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("```")?;
    let first = inside.find(|letter| letter != '\n')?;
    let end = inside[first..].char_indices().nth(1).map_or(inside.len(), |(at, _)| first + at);
    let end = end + inside[end..].find("```")?;
    Some(3 + end + 3)
}

fn code(text: &str) -> Option<usize> {
    let ticks = text.bytes().take_while(|byte| *byte == b'`').count();
    if ticks == 0 {
        return None;
    }
    let inside = &text[ticks..];
    let fence = "`".repeat(ticks);
    let closes = |at: &usize| *at > 0 && !inside[..*at].ends_with('`') && !inside[at + ticks..].starts_with('`');
    let end = inside.match_indices(&fence).map(|(at, _)| at).find(closes)?;
    Some(ticks + end + ticks)
}

fn formatted(text: &str, found: &mut Vec<String>) -> Option<usize> {
    for mark in ["**", "__", "||", "~~", "*", "_"] {
        let Some(inside) = text.strip_prefix(mark) else { continue };
        let mut at = 0;
        while at < inside.len() {
            if inside[at..].starts_with(mark) && at > 0 {
                read(&inside[..at], found);
                return Some(mark.len() + at + mark.len());
            }
            let letter = inside[at..].chars().next()?;
            at += letter.len_utf8();
            if letter == '\\' {
                at += inside[at..].chars().next().map_or(0, char::len_utf8);
            }
        }
    }
    None
}

fn link(text: &str, found: &mut Vec<String>) -> Option<usize> {
    let inside = text.strip_prefix('[')?;
    let end = inside.find("](")?;
    let target = &inside[end + 2..];
    let close = target.find(')')?;
    let address = target[..close].trim().trim_start_matches('<').trim_end_matches('>');
    let is_one = address.starts_with("http") || address.starts_with("steam:");
    is_one.then(|| found.push(address.to_owned()));
    is_one.then_some(1 + end + 2 + close + 1)
}

fn autolink(text: &str, found: &mut Vec<String>) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['>', ' '])?;
    let (scheme, rest) = inside[..end].split_once(":/")?;
    let is_one = inside[end..].starts_with('>') && !scheme.is_empty() && !scheme.contains(':') && !rest.is_empty();
    is_one.then(|| found.push(inside[..end].to_owned()));
    is_one.then_some(end + 2)
}

fn address(text: &str, found: &mut Vec<String>) -> Option<usize> {
    let scheme = ["https://", "http://", "steam://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let end = text.find(|letter: char| letter.is_whitespace() || letter == '<').unwrap_or(text.len());
    (end > scheme.len()).then(|| found.push(text[..end].to_owned()))?;
    Some(end)
}
