//! Keeps known secrets, and what has the shape of one, out of everything that leaves.
//!
//! - `known` are values somebody entrusted to us, also in the forms in which programs print them.
//! - `shapes` are what the common services' keys and tokens look like.
//! - `search` finds both: `grams` looks at every few bytes for known values, `marks` for where a shape begins.
//! - `stream` masks what arrives in pieces.
//! - `clean` is the proof that something was masked: what sends takes nothing else.
//!
//! **Invariants:** text is masked before it is cut to size; half a secret is a secret that nothing recognises. Where two
//! secrets overlap, both are masked whole.

mod clean;
mod grams;
mod known;
mod marks;
mod search;
mod shapes;
mod stream;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

use serde_json::Value;

pub use clean::Clean;
pub use known::SHORTEST_SECRET;
pub use stream::Stream;

use crate::{GuildId, Millis, secret::MASK};
use search::Search;

/// Masks what must not be seen. Cloning shares what it knows.
///
/// Secrets belong to the process or to one guild. A guild's view masks its own and the process's, and tells nothing of what
/// other guilds keep secret; the view of all is for the log.
#[derive(Clone, Default)]
pub struct Redactor {
    shared: Arc<RwLock<Shared>>,
    guild: Option<GuildId>,
}

/// How long a value is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasts {
    ForEver,
    /// It is good for nothing any more, and may still be on its way somewhere until then.
    Until(Millis),
}

#[derive(Default)]
struct Shared {
    /// What is searched for, by whose it is; none is the process's.
    values: BTreeMap<Option<GuildId>, BTreeMap<String, Lasts>>,
    /// The search of each view, made when it is first needed; none is the view of all.
    searches: BTreeMap<Option<GuildId>, Arc<Search>>,
}

impl Redactor {
    /// The view of one guild.
    pub fn of(&self, guild: GuildId) -> Self {
        Self { shared: Arc::clone(&self.shared), guild: Some(guild) }
    }

    /// Masks this value from now on, in this view's guild or, in the view of all, everywhere: as it is, encoded, and each
    /// long line of it, so that `head -5` of a key is masked too.
    pub fn learn(&self, secret: &str) {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let values = shared.values.entry(self.guild).or_default();
        let before = values.len();
        values.extend(known::forms(secret).into_iter().map(|form| (form, Lasts::ForEver)));
        if values.len() > before {
            shared.changed(self.guild);
        }
    }

    /// A value of this view is good for nothing any more: it is masked until then, and forgotten by the next [`Self::forget`]. Who learns it
    /// again keeps it.
    pub fn retire(&self, secret: &str, until: Millis) {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let Some(values) = shared.values.get_mut(&self.guild) else { return };
        for form in known::forms(secret) {
            if let Some(lasts) = values.get_mut(&form) {
                *lasts = Lasts::Until(until);
            }
        }
    }

    /// Forgets what was retired until now, in every view. What is replaced again and again does not add up.
    pub fn forget(&self, now: Millis) {
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let is_over = |lasts: &Lasts| matches!(lasts, Lasts::Until(until) if *until <= now);
        let over: Vec<Option<GuildId>> =
            shared.values.iter().filter(|(_, values)| values.values().any(is_over)).map(|(of, _)| *of).collect();
        for of in over {
            if let Some(values) = shared.values.get_mut(&of) {
                values.retain(|_, lasts| !is_over(lasts));
            }
            shared.changed(of);
        }
    }

    /// The text without secrets.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match masked(text.as_bytes(), &self.search().find(text.as_bytes())) {
            // What is masked begins and ends where a character does: known values are text, and shapes are ASCII.
            Some(clean) => Cow::Owned(String::from_utf8_lossy(&clean).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// The value with every text inside it masked, keys too. Not the same as masking it as JSON, where quotes inside a
    /// secret are escaped.
    pub fn mask_json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => match self.mask(&text) {
                Cow::Owned(masked) => Value::String(masked),
                Cow::Borrowed(_) => Value::String(text),
            },
            Value::Array(items) => items.into_iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(fields) => {
                fields.into_iter().map(|(key, field)| (self.mask(&key).into_owned(), self.mask_json(field))).collect()
            }
            plain => plain,
        }
    }

    /// The value as [`Self::mask_json`] leaves it, with the proof of it.
    pub fn clean_json(&self, value: Value) -> Clean<Value> {
        Clean::new(self.mask_json(value))
    }

    /// Whether the text holds a secret.
    pub fn finds(&self, text: &str) -> bool {
        !self.search().find(text.as_bytes()).is_empty()
    }

    /// Where secrets stand, in bytes, in order: for what masks them in a form of its own, such as a screen's cells.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.search().find(text.as_bytes())
    }

    /// The bytes without secrets; what is not UTF-8 stays as it is.
    pub fn mask_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        masked(bytes, &self.search().find(bytes)).map_or(Cow::Borrowed(bytes), Cow::Owned)
    }

    /// Masks what arrives in pieces, with what is known now.
    pub fn stream(&self) -> Stream {
        Stream::new(self.search())
    }

    fn search(&self) -> Arc<Search> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(search) = shared.searches.get(&self.guild) {
            return Arc::clone(search);
        }
        drop(shared);
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        let guild = self.guild;
        let seen = |of: &Option<GuildId>| of.is_none() || guild.is_none() || *of == guild;
        let values: BTreeSet<&str> = shared
            .values
            .iter()
            .filter(|(of, _)| seen(of))
            .flat_map(|(_, values)| values.keys())
            .map(String::as_str)
            .collect();
        let search = Arc::new(Search::of(&values));
        shared.searches.insert(guild, Arc::clone(&search));
        search
    }
}

impl Shared {
    /// What one view knows is different: searches that have it in them are made anew.
    fn changed(&mut self, of: Option<GuildId>) {
        self.searches.retain(|view, _| of.is_some() && view.is_some() && *view != of);
    }
}

fn masked(bytes: &[u8], secrets: &[Range<usize>]) -> Option<Vec<u8>> {
    if secrets.is_empty() {
        return None;
    }
    let mut clean = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for secret in secrets {
        clean.extend_from_slice(&bytes[at..secret.start]);
        clean.extend_from_slice(MASK.as_bytes());
        at = secret.end;
    }
    clean.extend_from_slice(&bytes[at..]);
    Some(clean)
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
    fn what_was_replaced_is_forgotten_after_its_time_and_does_not_add_up() {
        let redactor = Redactor::default();
        let token = |number: i64| format!("token-of-renewal-{number:06}");
        let hour = 3_600_000;
        redactor.learn("what-stays-for-ever");
        let count = |redactor: &Redactor| redactor.shared.read().unwrap().values[&None].len();
        redactor.learn(&token(0));
        let one = count(&redactor);
        for number in 1..=1_000 {
            let now = Millis(number * hour / 4);
            redactor.learn(&token(number));
            redactor.retire(&token(number - 1), Millis(now.0 + hour));
            redactor.forget(now);
            assert!(count(&redactor) <= one * 6, "{number}: {}", count(&redactor));
        }
        // The last four of it may still be on their way somewhere.
        let known = |number: i64| redactor.mask(&token(number)) == MASK;
        assert!(known(1_000) && known(999) && known(997) && !known(995) && !known(1));
        redactor.forget(Millis(1_000 * hour));
        assert!(known(1_000) && !known(999));
        assert_eq!(redactor.mask("what-stays-for-ever"), MASK);
    }

    #[test]
    fn what_is_learned_again_is_not_forgotten_and_another_view_keeps_its_own() {
        let (all, one) = (Redactor::default(), Redactor::default().of(GuildId(1)));
        all.learn("token-one-token");
        all.retire("token-one-token", Millis(10));
        all.retire("never-learned-at-all", Millis(10));
        all.learn("token-one-token");
        all.forget(Millis(20));
        assert_eq!(all.mask("token-one-token"), MASK);
        one.learn("token-of-a-guild");
        Redactor { guild: None, ..one.clone() }.retire("token-of-a-guild", Millis(10));
        one.forget(Millis(20));
        assert_eq!(one.mask("token-of-a-guild"), MASK);
        one.retire("token-of-a-guild", Millis(10));
        one.forget(Millis(20));
        assert_eq!(one.mask("token-of-a-guild"), "token-of-a-guild");
        assert_eq!(all.of(GuildId(2)).mask("token-one-token"), MASK);
    }

    #[test]
    fn short_words_are_left_alone() {
        let redactor = Redactor::default();
        redactor.learn("pw");
        assert_eq!(redactor.mask("pwd"), "pwd");
    }
}
