//! Keeps known secrets, and what looks like a private key, out of everything that leaves.
//!
//! **Invariant:** text is masked before it is cut to size; half a secret is a secret that nothing recognises.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::secret::MASK;

/// Shorter values are words, and masking them would shred ordinary text.
pub const SHORTEST_SECRET: usize = 6;

/// Shorter lines of a longer secret are not masked on their own, for the same reason.
const SHORTEST_LINE: usize = 16;

const KEY_BEGIN: &str = "-----BEGIN ";
const KEY_KIND: &str = "PRIVATE KEY";
const KEY_END: &str = "-----END ";

/// Masks what must not be seen. Cloning shares what it knows.
#[derive(Clone, Default)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    values: BTreeSet<String>,
    search: Option<AhoCorasick>,
}

impl Redactor {
    /// Masks this value from now on, and each long line of it, so that `head -5` of a key is masked too.
    pub fn learn(&self, secret: &str) {
        let secret = secret.trim();
        let lines =
            secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && !line.starts_with("-----"));
        let whole = std::iter::once(secret).filter(|whole| whole.len() >= SHORTEST_SECRET);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.values.len();
        known.values.extend(whole.chain(lines).map(str::to_owned));
        if known.values.len() > before {
            // Only a set too large for the machine's memory fails to build; then the old one still masks.
            if let Ok(search) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&known.values) {
                known.search = Some(search);
            }
        }
    }

    /// The text without secrets.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let text = match &known.search {
            Some(search) if search.is_match(text) => {
                let mut masked = String::with_capacity(text.len());
                search.replace_all_with(text, &mut masked, |_, _, masked| {
                    masked.push_str(MASK);
                    true
                });
                Cow::Owned(masked)
            }
            _ => Cow::Borrowed(text),
        };
        match mask_keys(&text) {
            Some(masked) => Cow::Owned(masked),
            None => text,
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
    fn short_words_are_left_alone() {
        let redactor = Redactor::default();
        redactor.learn("pw");
        assert_eq!(redactor.mask("pwd"), "pwd");
    }
}
