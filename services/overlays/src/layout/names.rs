//! What a text on a canvas holds beside words: names in braces, in whose place a page shows a value.

use crate::OverlayName;

/// Of an overlay of the guild: the first of its kind, or the one that is named, as in `{goal:subs}`.
const OF_OVERLAYS: [&str; 5] = ["goal", "counter", "timer", "poll", "now_playing"];
/// Of a guild.
const OTHERS: [&str; 8] =
    ["time", "last_chat", "last_follow", "last_sub", "last_gift", "last_cheer", "last_raid", "last_donation"];

/// The names in braces.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}').map(|(name, _)| name));
    parts.filter(|name| !name.is_empty() && !name.contains(char::is_whitespace))
}

/// Whether a text holds a value of this name, of whichever overlay.
pub(crate) fn holds(text: &str, wanted: &str) -> bool {
    names(text).any(|name| name.split_once(':').map_or(name, |(name, _)| name) == wanted)
}

/// Whether there is such a value.
pub(super) fn is_known(name: &str) -> bool {
    match name.split_once(':') {
        Some((of, name)) => OF_OVERLAYS.contains(&of) && is_a_name(name),
        None => OF_OVERLAYS.contains(&name) || OTHERS.contains(&name),
    }
}

/// Whether an overlay can be called so, letter by letter.
fn is_a_name(name: &str) -> bool {
    name.parse::<OverlayName>().is_ok_and(|read| read.as_str() == name)
}

/// All of them, as they are typed.
pub(super) fn known() -> String {
    let all = OF_OVERLAYS.iter().chain(&OTHERS).map(|name| format!("{{{name}}}"));
    all.collect::<Vec<_>>().join(", ")
}
