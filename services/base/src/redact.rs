//! Keeps known secrets, and what looks like a private key, out of everything that leaves.
//!
//! **Invariant:** text is masked before it is cut to size; half a secret is a secret that nothing recognises.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aho_corasick::{AhoCorasick, MatchKind};

use serde_json::Value;

use crate::{GuildId, secret::MASK};

/// Shorter values are words, and masking them would shred ordinary text.
pub const SHORTEST_SECRET: usize = 6;

/// Shorter lines of a longer secret are not masked on their own, for the same reason.
const SHORTEST_LINE: usize = 16;

const KEY_BEGIN: &str = "-----BEGIN ";
const KEY_KIND: &str = "PRIVATE KEY";
const KEY_END: &str = "-----END ";

/// Masks what must not be seen. Cloning shares what it knows.
///
/// Secrets belong to the process or to one guild. A guild's view masks its own and the process's, and tells nothing of what
/// other guilds keep secret; the view of all is for the log.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<BTreeMap<Scope, Known>>>,
    guild: Option<GuildId>,
}

/// Whose secrets: the process's come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Process,
    Guild(GuildId),
}

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    search: Option<AhoCorasick>,
}

impl Redactor {
    /// The view of one guild.
    pub fn of(&self, guild: GuildId) -> Self {
        Self { known: Arc::clone(&self.known), guild: Some(guild) }
    }

    /// Masks this value from now on, in this view's guild or, in the view of all, everywhere; and each long line of it, so
    /// that `head -5` of a key is masked too.
    pub fn learn(&self, secret: &str) {
        let secret = secret.trim();
        let lines =
            secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
        let whole = std::iter::once(secret).filter(|whole| whole.len() >= SHORTEST_SECRET);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(self.guild.map_or(Scope::Process, Scope::Guild)).or_default().add(whole.chain(lines));
    }

    /// The text without secrets.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let seen = |scope: &Scope| match (scope, self.guild) {
            (Scope::Process, _) | (_, None) => true,
            (Scope::Guild(of), Some(guild)) => *of == guild,
        };
        let mut masked = Cow::Borrowed(text);
        for known in known.iter().filter(|(scope, _)| seen(scope)).map(|(_, known)| known) {
            if let Some(clean) = known.mask(&masked) {
                masked = Cow::Owned(clean);
            }
        }
        match mask_keys(&masked) {
            Some(clean) => Cow::Owned(clean),
            None => masked,
        }
    }

    /// The value with every text inside it masked. Not the same as masking it as JSON, where quotes inside a secret are
    /// escaped and it is no longer recognised.
    pub fn mask_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match self.mask(&text) {
                Cow::Owned(masked) => Value::String(masked),
                Cow::Borrowed(_) => Value::String(text),
            },
            Value::Array(items) => items.into_iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(key, field)| (key, self.mask_json(field))).collect(),
            plain => plain,
        }
    }

    /// The bytes without secrets; what is not UTF-8 stays as it is.
    pub fn mask_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return match self.mask(text) {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
        }
        let mut out = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            out.extend_from_slice(self.mask(chunk.valid()).as_bytes());
            out.extend_from_slice(chunk.invalid());
        }
        Cow::Owned(out)
    }
}

impl Known {
    fn add<'a>(&mut self, secrets: impl Iterator<Item = &'a str>) {
        let before = self.values.len();
        self.values.extend(secrets.map(str::to_owned));
        if self.values.len() > before {
            // Only a set too large for the machine's memory fails to build; then the old one still masks.
            if let Ok(search) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.values) {
                self.search = Some(search);
            }
        }
    }

    fn mask(&self, text: &str) -> Option<String> {
        let search = self.search.as_ref().filter(|search| search.is_match(text))?;
        let mut masked = String::with_capacity(text.len());
        search.replace_all_with(text, &mut masked, |_, _, masked| {
            masked.push_str(MASK);
            true
        });
        Some(masked)
    }
}

/// Masks whole PEM private keys, and the rest of the text where one begins and does not end.
fn mask_keys(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(begin) = next_key(rest) {
        masked.push_str(&rest[..begin]);
        masked.push_str(MASK);
        let body = &rest[begin + KEY_BEGIN.len()..];
        rest = body
            .find(KEY_END)
            .map(|end| &body[end + KEY_END.len()..])
            .and_then(|after| after.find("-----").map(|close| &after[close + 5..]))
            .unwrap_or_default();
    }
    if masked.is_empty() {
        return None;
    }
    masked.push_str(rest);
    Some(masked)
}

fn next_key(text: &str) -> Option<usize> {
    text.match_indices(KEY_BEGIN).map(|(at, _)| at).find(|&at| {
        let header = &text[at + KEY_BEGIN.len()..];
        header.find("-----").is_some_and(|close| close < 64 && header[..close].contains(KEY_KIND))
    })
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\nQyNTUxOQAAACBtheRestOfTheKey\n-----END OPENSSH PRIVATE KEY-----";

    #[test]
    fn a_known_value_is_masked_wherever_it_stands() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse");
        redactor.learn("correct-horse-battery");
        assert_eq!(redactor.mask("PW=correct-horse-battery;correct-horse"), format!("PW={MASK};{MASK}"));
    }

    #[test]
    fn one_line_of_a_known_key_is_masked() {
        let redactor = Redactor::default();
        redactor.learn(KEY);
        assert_eq!(redactor.mask("QyNTUxOQAAACBtheRestOfTheKey"), MASK);
    }

    #[test]
    fn an_unknown_private_key_is_masked_even_when_cut_off() {
        let redactor = Redactor::default();
        assert_eq!(redactor.mask(&format!("a {KEY} b")), format!("a {MASK} b"));
        assert_eq!(redactor.mask(&KEY[..60]), MASK);
        let public = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----";
        assert_eq!(redactor.mask(public), public);
    }

    #[test]
    fn bytes_that_are_no_text_survive_around_a_masked_value() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse");
        let masked = redactor.mask_bytes(b"\xff correct-horse \xfe");
        assert_eq!(&*masked, [b"\xff ", MASK.as_bytes(), b" \xfe"].concat());
    }

    #[test]
    fn a_guild_learns_nothing_of_what_another_keeps_secret() {
        let (all, one, two) = (Redactor::default(), GuildId(1), GuildId(2));
        all.learn("token-of-the-process");
        all.of(one).learn("password-of-one");
        let text = "token-of-the-process password-of-one";
        assert_eq!(all.of(one).mask(text), format!("{MASK} {MASK}"));
        assert_eq!(all.of(two).mask(text), format!("{MASK} password-of-one"));
        assert_eq!(all.mask(text), format!("{MASK} {MASK}"));
    }

    #[test]
    fn a_secret_with_quotes_is_masked_inside_json() {
        let redactor = Redactor::default();
        redactor.learn(r#"a"b\c-d"#);
        let value = serde_json::json!({ "list": [r#"x a"b\c-d y"#], "n": 1 });
        assert_eq!(redactor.mask_json(value), serde_json::json!({ "list": [format!("x {MASK} y")], "n": 1 }));
    }

    #[test]
    fn short_words_are_left_alone() {
        let redactor = Redactor::default();
        redactor.learn("pw");
        assert_eq!(redactor.mask("pwd"), "pwd");
    }
}
