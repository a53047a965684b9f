//! What an overlay stands at beside its number: a pure machine.

use base::{Error, Millis, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::overlays::{Overlay, OverlayKind};

use crate::{
    event::line,
    settings::Settings,
    span::{LONGEST, seconds},
};

/// Characters of each of the words that are set.
const WORDS: usize = 100;
/// Answers of a poll.
const ANSWERS: usize = 6;
/// Votes that one answer may have.
const VOTES: i64 = 1_000_000_000;

/// What an overlay stands at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Whether it is to be seen, of what can be hidden.
    #[serde(default)]
    shown: bool,
    /// Since when it runs, of what runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    /// For how long it ran before that, in milliseconds.
    #[serde(default)]
    ran: i64,
    /// From how many seconds, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    /// What it says, where somebody said so since its settings: lines, a track, or a question and its answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    words: Vec<String>,
    /// How often each answer was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    votes: Vec<i64>,
}

impl State {
    /// What a new overlay stands at.
    pub(crate) fn first(kind: OverlayKind) -> Self {
        let shown = matches!(kind, OverlayKind::LowerThird | OverlayKind::StartingSoon | OverlayKind::Poll);
        Self { shown, ..Self::default() }
    }

    /// What an overlay stands at now.
    pub(crate) fn of(overlay: &Overlay) -> Self {
        serde_json::from_str(&overlay.state).unwrap_or_default()
    }

    /// As it is kept.
    pub(crate) fn kept(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a page is given of it.
    pub(crate) fn page(&self, overlay: &Overlay, settings: &Settings) -> Value {
        let mut page = json!(self);
        page["value"] = json!(overlay.value);
        match overlay.kind {
            OverlayKind::Timer | OverlayKind::StartingSoon => {
                page["seconds"] = json!(self.seconds.unwrap_or_else(|| settings.number(overlay.kind, "seconds")));
            }
            OverlayKind::Poll => {
                let (question, answers) = self.poll(settings);
                let votes = |at: usize| self.votes.get(at).copied().unwrap_or_default();
                page["votes"] = json!((0..answers.len()).map(votes).collect::<Vec<_>>());
                page["words"] = json!([question].into_iter().chain(answers).collect::<Vec<_>>());
            }
            OverlayKind::LowerThird => {
                let text =
                    |at: usize, name| self.words.get(at).cloned().unwrap_or_else(|| settings.text(overlay.kind, name));
                page["words"] = json!([
                    text(0, "title"),
                    if self.words.is_empty() {
                        text(1, "line")
                    } else {
                        self.words.get(1).cloned().unwrap_or_default()
                    }
                ]);
            }
            _ => {}
        }
        page
    }

    /// The question of a poll, and its answers.
    pub(crate) fn poll(&self, settings: &Settings) -> (String, Vec<String>) {
        if let Some((question, answers)) = self.words.split_first() {
            return (question.clone(), answers.to_vec());
        }
        let kind = OverlayKind::Poll;
        let answers = settings.text(kind, "options");
        let answers = answers.split('|').map(|one| line(one, WORDS)).filter(|one| !one.is_empty()).take(ANSWERS);
        (settings.text(kind, "question"), answers.collect())
    }

    /// Shows it, or has it run.
    pub(crate) fn start(mut self, kind: OverlayKind, from: Option<i64>, now: Millis) -> Result<Self> {
        match kind {
            OverlayKind::Timer | OverlayKind::StartingSoon => {
                if from.is_some() || kind == OverlayKind::StartingSoon {
                    self.ran = 0;
                    self.since = None;
                    self.seconds = from.or(self.seconds);
                }
                self.since = self.since.or(Some(now.0));
                self.shown = true;
            }
            OverlayKind::LowerThird => {
                self.since = Some(now.0);
                self.shown = true;
            }
            OverlayKind::Poll => {
                self.votes.clear();
                self.shown = true;
            }
            OverlayKind::NowPlaying if !self.words.is_empty() => self.shown = true,
            _ => return Err(nothing(kind, "started")),
        }
        Ok(self)
    }

    /// Hides it, or has it stand still.
    pub(crate) fn stop(mut self, kind: OverlayKind, now: Millis) -> Result<Self> {
        match kind {
            OverlayKind::Timer => {
                if let Some(since) = self.since.take() {
                    self.ran = self.ran.saturating_add(now.0.saturating_sub(since).max(0));
                }
            }
            OverlayKind::StartingSoon => {
                self.since = None;
                self.shown = false;
            }
            OverlayKind::LowerThird | OverlayKind::Poll | OverlayKind::NowPlaying => self.shown = false,
            _ => return Err(nothing(kind, "stopped")),
        }
        Ok(self)
    }

    /// Has it say or stand at what was typed; a number is not its.
    pub(crate) fn set(mut self, kind: OverlayKind, typed: &str) -> Result<Self> {
        let parts = |text: &str, by: &str| -> Vec<String> {
            text.split(by).map(|part| line(part, WORDS)).filter(|part| !part.is_empty()).collect()
        };
        match kind {
            OverlayKind::Timer | OverlayKind::StartingSoon => {
                self.seconds = Some(seconds(typed)?);
                self.ran = 0;
                self.since = None;
            }
            OverlayKind::LowerThird => {
                self.words = parts(typed, "|");
                if self.words.is_empty() || self.words.len() > 2 {
                    return Err(wrong("One or two lines, as `Ada | plays on hard`"));
                }
            }
            OverlayKind::NowPlaying => {
                let by = if typed.contains('|') { "|" } else { " - " };
                self.words = parts(&typed.replace(" – ", " - "), by);
                if self.words.is_empty() || self.words.len() > 2 {
                    return Err(wrong("A track is said as `Title | Artist`"));
                }
                self.shown = true;
            }
            OverlayKind::Poll => {
                self.words = parts(typed, "|");
                if !(3..=ANSWERS + 1).contains(&self.words.len()) {
                    return Err(wrong(&format!(
                        "A question and 2 to {ANSWERS} answers, as `Which game? | This | That`"
                    )));
                }
                self.votes.clear();
                self.shown = true;
            }
            _ => return Err(nothing(kind, "set")),
        }
        Ok(self)
    }

    /// Adds votes for an answer, 1 being the first.
    pub(crate) fn vote(mut self, settings: &Settings, answer: i64, votes: i64) -> Result<Self> {
        let (_, answers) = self.poll(settings);
        let at = usize::try_from(answer - 1).ok().filter(|at| *at < answers.len());
        let at = at.ok_or_else(|| wrong(&format!("The answers are 1 to {}", answers.len())))?;
        self.votes.resize(answers.len(), 0);
        self.votes[at] = self.votes[at].saturating_add(votes).clamp(0, VOTES);
        Ok(self)
    }
}

fn wrong(sentence: &str) -> Error {
    Error::Invalid(format!("{sentence}. Nothing was changed."))
}

fn nothing(kind: OverlayKind, what: &str) -> Error {
    let kind = crate::kind_name(kind);
    Error::Invalid(format!("An overlay of kind {kind} has nothing that could be {what} so. Nothing was changed."))
}

/// The longest that a timer runs, in words.
pub(crate) fn longest() -> String {
    base::measure::age(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_000_000);

    fn later(seconds: i64) -> Millis {
        Millis(NOW.0 + seconds * 1_000)
    }

    #[test]
    fn a_timer_that_is_stopped_goes_on_from_where_it_stood() {
        let timer = State::first(OverlayKind::Timer).start(OverlayKind::Timer, Some(60), NOW).unwrap();
        let timer = timer.stop(OverlayKind::Timer, later(10)).unwrap();
        assert_eq!((timer.ran, timer.since, timer.seconds), (10_000, None, Some(60)));
        let timer = timer.start(OverlayKind::Timer, None, later(100)).unwrap();
        assert_eq!((timer.ran, timer.since), (10_000, Some(later(100).0)));
        // Started twice, it runs from the first.
        let timer = timer.start(OverlayKind::Timer, None, later(200)).unwrap();
        assert_eq!(timer.since, Some(later(100).0));
    }

    #[test]
    fn a_poll_takes_votes_for_its_answers_and_for_nothing_else() {
        let settings = Settings::default();
        let poll = State::first(OverlayKind::Poll).set(OverlayKind::Poll, "Which? | A | B").unwrap();
        let poll = poll.vote(&settings, 2, 3).unwrap().vote(&settings, 2, -5).unwrap().vote(&settings, 1, 1).unwrap();
        assert_eq!(poll.votes, [1, 0]);
        assert!(poll.clone().vote(&settings, 3, 1).is_err() && poll.clone().vote(&settings, 0, 1).is_err());
        assert!(poll.set(OverlayKind::Poll, "Which?").is_err());
    }

    #[test]
    fn what_cannot_be_started_says_so() {
        for kind in [OverlayKind::Alerts, OverlayKind::Goal, OverlayKind::Canvas, OverlayKind::NowPlaying] {
            assert!(State::first(kind).start(kind, None, NOW).is_err(), "{kind:?}");
        }
    }
}
