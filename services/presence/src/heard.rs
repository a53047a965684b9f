//! What somebody who was asked said last, and for how long that counts: pure.
//!
//! **Invariant:** *nothing* is an answer and counts at once. No answer changes nothing, until what was said before is too old.

use std::time::Duration;

use base::Millis;

/// What was said before outlives silence for this long.
pub(crate) const KEPT: Duration = Duration::from_mins(2);

/// Somebody who is asked, over and over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard<T> {
    said: Option<T>,
    /// When they answered last.
    good: Option<Millis>,
    /// Since when they do not, and why.
    trouble: Option<(Millis, String)>,
    /// Whether that will not pass by itself.
    lasts: bool,
    /// When they are asked next.
    due: Millis,
}

impl<T> Default for Heard<T> {
    fn default() -> Self {
        Self { said: None, good: None, trouble: None, lasts: false, due: Millis(0) }
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Silence {
    /// In a sentence.
    pub(crate) why: String,
    /// When they want to be asked again, where they say so.
    pub(crate) until: Option<Millis>,
    /// Whether it will not pass by itself, so that what was said before counts no more.
    pub(crate) lasts: bool,
}

impl<T: PartialEq> Heard<T> {
    /// Whether they are to be asked now.
    pub(crate) fn is_due(&self, now: Millis) -> bool {
        self.due <= now
    }

    /// They said this.
    pub(crate) fn hear(&mut self, answered: Result<Option<T>, Silence>, now: Millis, every: Duration) {
        self.due = now.plus(every);
        self.lasts = answered.as_ref().is_err_and(|silence| silence.lasts);
        match answered {
            Ok(said) => (self.said, self.good, self.trouble) = (said, Some(now), None),
            Err(silence) => {
                if silence.lasts {
                    self.said = None;
                }
                if let Some(until) = silence.until {
                    self.due = self.due.max(until);
                }
                let since = self.trouble.take().map_or(now, |(since, _)| since);
                self.trouble = Some((since, silence.why));
            }
        }
    }

    /// What they say, as far as that still counts.
    pub(crate) fn says(&self, now: Millis) -> Option<&T> {
        let counts = self.trouble.is_none() || self.good.is_some_and(|good| now.since(good) <= KEPT);
        self.said.as_ref().filter(|_| counts)
    }

    /// Since when they do not answer, and why.
    pub(crate) fn trouble(&self) -> Option<(Millis, &str)> {
        self.trouble.as_ref().map(|(since, why)| (*since, why.as_str()))
    }

    /// Whether they do not answer for something that will not pass by itself.
    pub(crate) fn lasts(&self) -> bool {
        self.lasts
    }

    /// Whether they ever answered.
    pub(crate) fn is_known(&self) -> bool {
        self.good.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(15);

    fn at(seconds: i64) -> Millis {
        Millis(1_000_000 + seconds * 1_000)
    }

    fn silence(lasts: bool) -> Result<Option<&'static str>, Silence> {
        Err(Silence { why: "nobody answers".to_owned(), until: None, lasts })
    }

    #[test]
    fn nothing_counts_at_once_and_silence_after_two_minutes() {
        let mut plex = Heard::default();
        plex.hear(Ok(Some("Dune")), at(0), EVERY);
        assert_eq!(plex.says(at(0)), Some(&"Dune"));
        plex.hear(silence(false), at(15), EVERY);
        plex.hear(silence(false), at(110), EVERY);
        assert_eq!((plex.says(at(119)), plex.trouble()), (Some(&"Dune"), Some((at(15), "nobody answers"))));
        assert_eq!(plex.says(at(121)), None);
        plex.hear(Ok(Some("Dune")), at(130), EVERY);
        assert_eq!((plex.says(at(130)), plex.trouble()), (Some(&"Dune"), None));
        plex.hear(Ok(None), at(145), EVERY);
        assert_eq!(plex.says(at(145)), None);
    }

    #[test]
    fn what_does_not_pass_by_itself_is_no_reason_to_go_on_saying_it() {
        let mut spotify = Heard::default();
        spotify.hear(Ok(Some("a song")), at(0), EVERY);
        spotify.hear(silence(true), at(8), EVERY);
        assert_eq!(spotify.says(at(8)), None);
    }

    #[test]
    fn whoever_wants_to_be_left_alone_is_not_asked_until_then() {
        let mut spotify: Heard<&str> = Heard::default();
        assert!(spotify.is_due(at(0)));
        let limited = Silence { why: "asked too often".to_owned(), until: Some(at(100)), lasts: false };
        spotify.hear(Err(limited), at(0), EVERY);
        assert!(!spotify.is_due(at(99)) && spotify.is_due(at(100)));
        spotify.hear(Ok(None), at(100), EVERY);
        assert!(!spotify.is_due(at(114)) && spotify.is_due(at(115)));
    }
}
