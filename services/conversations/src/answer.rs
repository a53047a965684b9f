//! An answer as people see it: what was said, a line for each call, and how it stands.
//!
//! **Invariant:** its texts are fit to be shown as they are: whoever made it took out what a model could do harm with.

use base::{
    Card,
    card::{Choice, Lands, Tone, Weight, code},
    measure,
};
use serde::{Deserialize, Serialize};

use crate::{AskJarvis, NAME, SayInConversation, ShowCalls, StopJarvis};

/// A message holds so many characters of text; Discord's 4,000 less what stands around them.
const MESSAGE: usize = 3_500;
/// And so many parts; Discord's 40 components less those around them.
const PARTS: usize = 24;
/// Discord's own limit for a button's label.
const LABEL: usize = 80;
/// So much is offered next: a card has four buttons at most, and one of them shows what was done.
const OFFERED: usize = 3;
/// The longest piece of text there may be.
pub const PIECE: usize = 3_000;

/// An answer to one turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The turn.
    pub turn: u64,
    /// Who is answered: a Discord user's snowflake.
    pub author: u64,
    /// How it stands.
    pub stands: Stands,
    /// What is shown, in order.
    pub parts: Vec<Part>,
    /// Which model speaks; empty until one did.
    pub model: String,
    /// What could be done next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Next>,
}

/// Something that could be done next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// What its button says.
    pub label: String,
    /// What is said then, by whoever presses it.
    pub text: String,
    /// To which agent; none is the one that answered.
    pub agent: Option<String>,
    /// The channel another agent is asked in.
    pub channel: u64,
}

/// How an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It is being worked on.
    Working,
    /// People are asked something.
    Waiting,
    /// All of it is there.
    Answered,
    /// All of it is there, and something does not hold that was to.
    Unmet,
    /// There will be no more of it.
    Failed,
    /// A person stopped it.
    Stopped,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What the model said, in pieces of at most [`PIECE`] characters.
    Text(String),
    /// What it had done.
    Call {
        /// The tool.
        name: String,
        /// How that stands.
        mark: Mark,
        /// What came of it, in a few words.
        line: String,
        /// What finds it in the audit log.
        reference: Option<String>,
    },
    /// What must hold before it counts as done.
    Condition {
        /// What.
        says: String,
        /// Whether it does; none while that is looked at.
        holds: Option<bool>,
        /// What was seen, in a few words.
        line: String,
        /// What finds that in the audit log.
        reference: Option<String>,
    },
    /// What we say of it ourselves.
    Note(String),
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Not begun.
    Next,
    /// Being done.
    Begun,
    /// People are asked.
    Waiting,
    /// As asked.
    Done,
    /// It broke, or was called wrongly.
    Failed,
    /// It may not be done, or somebody said no.
    Refused,
    /// It was given up.
    Stopped,
}

impl Mark {
    fn glyph(self) -> &'static str {
        match self {
            Self::Next => "·",
            Self::Begun => Tone::Working.glyph(),
            Self::Waiting => Tone::Attention.glyph(),
            Self::Done => Tone::Ok.glyph(),
            Self::Failed | Self::Refused => Tone::Failed.glyph(),
            Self::Stopped => Tone::Quiet.glyph(),
        }
    }
}

impl Answer {
    /// Its messages, in order. There is always one.
    pub fn cards(&self, conversation: i64) -> Vec<Card> {
        let mut messages: Vec<Vec<String>> = vec![Vec::new()];
        let mut room = MESSAGE;
        for part in &self.parts {
            let text = self.line(part);
            let length = text.chars().count() + 1;
            let is_full =
                messages.last().is_some_and(|parts| !parts.is_empty() && (parts.len() >= PARTS || length > room));
            if is_full {
                messages.push(Vec::new());
                room = MESSAGE;
            }
            room = room.saturating_sub(length);
            if let Some(parts) = messages.last_mut() {
                parts.push(text);
            }
        }
        let last = messages.len() - 1;
        let (tone, title) = self.head();
        let cards = messages.into_iter().enumerate().map(|(at, parts)| {
            let card = if at == 0 {
                Card::new(tone, title.clone())
            } else {
                Card::new(Tone::Plain, format!("**{NAME}**, part {}", at + 1))
            };
            let card = parts.into_iter().fold(card, Card::text);
            if at == last { self.foot(card, conversation) } else { card }
        });
        cards.collect()
    }

    fn head(&self) -> (Tone, String) {
        match self.stands {
            Stands::Working => (Tone::Working, format!("**{NAME}** works on it")),
            Stands::Waiting => (Tone::Attention, format!("**{NAME}** waits for a yes")),
            Stands::Answered => (Tone::Plain, format!("**{NAME}**")),
            Stands::Unmet => (Tone::Attention, format!("**{NAME}** is not done: {}", self.unmet())),
            Stands::Failed => (Tone::Failed, format!("**{NAME}** has no answer")),
            Stands::Stopped => (Tone::Quiet, format!("**{NAME}** was stopped")),
        }
    }

    /// How much does not hold that was to.
    fn unmet(&self) -> String {
        let last = self.parts.rsplit(|part| !matches!(part, Part::Condition { .. })).next().unwrap_or_default();
        let open = last.iter().filter(|part| !matches!(part, Part::Condition { holds: Some(true), .. })).count();
        if last.is_empty() {
            return "what must hold is not known".to_owned();
        }
        format!("{open} of {} is not met", measure::count(last.len() as u64, "condition", "conditions"))
    }

    fn foot(&self, mut card: Card, conversation: i64) -> Card {
        if matches!(self.stands, Stands::Working | Stands::Waiting) {
            card = card
                .choice(Choice::perform("Stop", &StopJarvis { conversation }, Lands::Nowhere).weigh(Weight::Danger));
        }
        let over = !matches!(self.stands, Stands::Working | Stands::Waiting);
        if over && self.parts.iter().any(|part| matches!(part, Part::Call { .. })) {
            card =
                card.choice(Choice::perform("What it did", &ShowCalls { conversation, turn: self.turn }, Lands::Aside));
        }
        let offered = self.next.iter().filter(|_| over).take(OFFERED);
        card = offered.fold(card, |card, next| card.choice(next.choice(conversation)));
        if !self.model.is_empty() {
            card = card.small(code(&self.model));
        }
        if self.author != 0 {
            card = card.small(format!("for <@{}>", self.author));
        }
        card
    }

    fn line(&self, part: &Part) -> String {
        match part {
            Part::Text(text) => text.clone(),
            Part::Condition { says, holds, line, reference } => {
                let tone = match holds {
                    Some(true) => Tone::Ok,
                    Some(false) => Tone::Failed,
                    None => Tone::Working,
                };
                let parts = [Some(code(says)), (!line.is_empty()).then(|| line.clone())];
                let reference = reference.as_ref().map(|reference| format!("ref {reference}"));
                let parts: Vec<String> = parts.into_iter().flatten().chain(reference).collect();
                format!("-# {} {}", tone.glyph(), parts.join(" · "))
            }
            Part::Note(text) => format!("-# {}", text.replace('\n', "\n-# ")),
            Part::Call { name, mark, line, reference } => {
                let mut said = format!("-# {} {}", mark.glyph(), code(name));
                let words = match mark {
                    Mark::Waiting => "waits for a yes below",
                    Mark::Next if matches!(self.stands, Stands::Working | Stands::Waiting) => "is next",
                    _ => line.as_str(),
                };
                if !words.is_empty() {
                    said.push_str(" · ");
                    said.push_str(words);
                }
                if let Some(reference) = reference {
                    said.push_str(" · ref ");
                    said.push_str(reference);
                }
                said
            }
        }
    }
}

impl Next {
    fn choice(&self, conversation: i64) -> Choice {
        let label: String = self.label.chars().take(LABEL).collect();
        let text = self.text.clone();
        match &self.agent {
            None => {
                let say = SayInConversation { conversation, text, files: Vec::new(), message: None };
                Choice::perform(label, &say, Lands::Nowhere)
            }
            Some(agent) => {
                let (agent, channel) = (Some(agent.clone()), self.channel);
                let ask = AskJarvis { question: text, agent, channel, ..AskJarvis::default() };
                Choice::perform(label, &ask, Lands::Below)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(parts: Vec<Part>) -> Answer {
        Answer { turn: 1, author: 7, stands: Stands::Answered, parts, model: "m".to_owned(), next: Vec::new() }
    }

    #[test]
    fn a_long_answer_is_several_messages_and_none_is_too_long() {
        let parts = (0..9).map(|at| Part::Text(at.to_string().repeat(PIECE))).collect();
        let cards = answer(parts).cards(1);
        assert_eq!(cards.len(), 9);
        assert!(cards.iter().all(|card| card.texts().map(|text| text.chars().count()).sum::<usize>() <= MESSAGE));
    }

    #[test]
    fn many_calls_are_several_messages_and_only_the_last_has_buttons() {
        let call =
            |at: u32| Part::Call { name: format!("tool{at}"), mark: Mark::Done, line: String::new(), reference: None };
        let cards = answer((0..60).map(call).collect()).cards(1);
        assert_eq!(cards.iter().map(|card| card.choices.len()).collect::<Vec<_>>(), [0, 0, 1]);
    }

    #[test]
    fn an_answer_of_which_nothing_came_yet_is_one_message_that_can_be_stopped() {
        let cards = Answer { stands: Stands::Working, ..answer(Vec::new()) }.cards(1);
        assert_eq!((cards.len(), cards[0].choices.len()), (1, 1));
    }
}
