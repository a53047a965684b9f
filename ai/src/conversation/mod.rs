//! The order of a conversation: who said what, whose turn it is, what the model asked for and what came of it. Pure: an event
//! goes in, effects come out; nothing is read, sent or waited for.
//!
//! **Invariants:** a call is done in the name of whoever wrote the message it came from. What comes late, of a question to the
//! model that was given up or of a call that is over, changes nothing. A call has one entry of the audit log for its whole life,
//! so that it can be asked for again after a restart and is done once. Before the model has the word again, each of its calls
//! has exactly one result. At most one call that changes something is under way at a time.

mod calls;
mod happened;
mod said;
mod shown;
mod told;
mod verify;

use std::collections::VecDeque;

use conversations::Until;
use serde::{Deserialize, Serialize};

pub use calls::{Came, Checked, Doing, Outcome, Stand};
pub use happened::{Effect, Event, Tools};
pub use said::{Aside, Attached, Entry, Holds, How, Phase, Said, Turn};
pub use shown::shown;
pub use told::{estimate, messages};
pub use verify::{After, By, Look, Proof, Stage, Verdict, Verifying};

use crate::{Reply, Stopped};

/// How much may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// So often the model has the word in a turn; the last time it has no tools, and answers with what it knows.
    pub rounds: u32,
    /// So often in a row it may call wrongly.
    pub wrong: u32,
    /// So many calls are taken of one answer.
    pub calls: usize,
    /// Tokens of a turn.
    pub turn_tokens: u64,
    /// Tokens of a conversation.
    pub all_tokens: u64,
    /// More than so many tokens to read are put in fewer words first; an estimate.
    pub readable: u64,
    /// So often what does not hold goes back to the model; none where nothing was stated.
    pub fixes: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rounds: 12,
            wrong: 3,
            calls: 16,
            turn_tokens: 120_000,
            all_tokens: 2_000_000,
            readable: 24_000,
            fixes: None,
        }
    }
}

/// A conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// What material is marked with: nobody who writes material knows it.
    pub mark: String,
    /// What must hold before an answer counts, as whoever asked stated it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub until: Vec<Until>,
    /// What was said before `entries`, in fewer words.
    pub summary: Option<String>,
    /// What was said, the oldest first.
    pub entries: Vec<Entry>,
    /// What came while somebody else was answered.
    pub inbox: VecDeque<Said>,
    /// What is being answered.
    pub turn: Option<Turn>,
    /// How many turns there were.
    pub turns: u64,
    /// How many questions to models there were.
    pub asks: u64,
    /// The tokens all of it took.
    pub tokens: u64,
}

impl Conversation {
    /// What follows from what happened.
    pub fn on(&mut self, event: Event, limits: &Limits) -> Vec<Effect> {
        match event {
            Event::Said(said) => self.said(said, limits),
            Event::Replied { ask, reply, model, checked, aside } => {
                self.replied(ask, (reply, model, checked), aside, limits)
            }
            Event::Summarised { ask, text, tokens } => self.summarised(ask, text, tokens, limits),
            Event::Failed { ask, why } => self.failed(ask, why, limits),
            Event::Asked { call, approval } => self.asked(&call, approval),
            Event::Ended { call, came } => self.ended(&call, came, limits),
            Event::Prepared { ask, proofs, after } => self.prepared(ask, proofs, after, limits),
            Event::Looked { look, verdict } => self.looked(&look, verdict, limits),
            Event::Judged { ask, verdicts, tokens } => self.judged(ask, verdicts, tokens, limits),
            Event::Stop { by } => self.stopped(&format!("Stopped by {by}.")),
            Event::Late { turn, after } => self.late(turn, &after),
            Event::Woken => self.woken(limits),
        }
    }

    fn said(&mut self, said: Said, limits: &Limits) -> Vec<Effect> {
        let known = self.entries.iter().any(|entry| matches!(entry, Entry::Said(known) if known.id == said.id));
        if known || self.inbox.iter().any(|waiting| waiting.id == said.id) {
            return Vec::new();
        }
        self.inbox.push_back(said);
        if self.turn.is_some() { Vec::new() } else { self.begin(limits) }
    }

    /// Takes up what was said first and not answered yet: one person's, for one turn.
    fn begin(&mut self, limits: &Limits) -> Vec<Effect> {
        let Some(first) = self.inbox.front() else { return Vec::new() };
        let (author, name, began) = (first.author, first.name.clone(), first.at);
        self.turns += 1;
        self.hear(author);
        let phase = Phase::Asking(self.asks);
        let number = self.turns;
        self.turn = Some(Turn { number, author, name, began, rounds: 0, wrong: 0, tokens: 0, fixes: 0, phase });
        self.ask(limits)
    }

    /// Takes what this person said next into the conversation.
    fn hear(&mut self, author: u64) {
        while self.inbox.front().is_some_and(|said| said.author == author) {
            self.entries.extend(self.inbox.pop_front().map(Entry::Said));
        }
    }

    /// Gives the model the word, if there is something left to spend.
    fn ask(&mut self, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &self.turn else { return Vec::new() };
        if turn.rounds >= limits.rounds || turn.tokens >= limits.turn_tokens || self.tokens >= limits.all_tokens {
            let why = if self.tokens >= limits.all_tokens {
                "This conversation has used up its tokens. Begin a new one, or fork it.".to_owned()
            } else if turn.tokens >= limits.turn_tokens {
                format!("Ended here: this answer took {} tokens, and it may take no more.", turn.tokens)
            } else {
                format!("Ended here: the model had the word {} times.", turn.rounds)
            };
            self.note(why);
            return self.end(How::Failed, limits);
        }
        self.asks += 1;
        let ask = self.asks;
        let phase = if estimate(self) > limits.readable && self.has_earlier_turns() {
            Phase::Summarising(ask)
        } else {
            Phase::Asking(ask)
        };
        let Some(turn) = &mut self.turn else { return Vec::new() };
        turn.phase = phase;
        if let Phase::Summarising(ask) = turn.phase {
            return vec![Effect::Summarise { ask }];
        }
        turn.rounds += 1;
        let tools = if turn.rounds == limits.rounds { Tools::Withheld } else { Tools::Offered };
        vec![Effect::AskModel { ask, tools }]
    }

    fn replied(
        &mut self,
        ask: u64,
        (reply, model, checked): (Reply, String, Vec<Checked>),
        aside: Option<Aside>,
        limits: &Limits,
    ) -> Vec<Effect> {
        let used = reply.usage.prompt_tokens.saturating_add(reply.usage.reply_tokens);
        let Some(turn) = self.turn.as_mut().filter(|turn| turn.phase == Phase::Asking(ask)) else {
            return Vec::new();
        };
        turn.tokens = turn.tokens.saturating_add(used);
        self.tokens = self.tokens.saturating_add(used);
        if let Some(aside) = aside {
            self.tell_once(aside);
        }
        if reply.calls.is_empty() {
            return self.answered(reply, &model, limits);
        }
        self.call(reply, model, checked, limits)
    }

    /// An answer without calls is the turn's last word, unless it says nothing at all.
    fn answered(&mut self, reply: Reply, model: &str, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let number = turn.number;
        if reply.text.trim().is_empty() && reply.stopped != Stopped::Refused {
            turn.wrong += 1;
            if turn.wrong < limits.wrong {
                return self.ask(limits);
            }
            self.note(format!(
                "{model} answered with nothing, {} times. Ask again, or ask another model.",
                limits.wrong
            ));
            return self.end(How::Failed, limits);
        }
        if !reply.text.trim().is_empty() {
            self.entries.push(Entry::Model {
                turn: number,
                text: reply.text,
                calls: Vec::new(),
                model: model.to_owned(),
            });
        }
        match reply.stopped {
            Stopped::Refused => {
                self.note(format!("{model} refuses to answer that."));
                self.end(How::Failed, limits)
            }
            Stopped::Length => {
                self.note("The answer was cut off: it grew too long. Say \"go on\" for the rest.".to_owned());
                self.end(How::Answered, limits)
            }
            Stopped::End | Stopped::Calls => self.finish(limits),
        }
    }

    fn summarised(&mut self, ask: u64, text: String, tokens: u64, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = self.turn.as_mut().filter(|turn| turn.phase == Phase::Summarising(ask)) else {
            return Vec::new();
        };
        turn.tokens = turn.tokens.saturating_add(tokens);
        self.tokens = self.tokens.saturating_add(tokens);
        if text.trim().is_empty() {
            return self.failed(ask, "What was said before could not be put in fewer words.".to_owned(), limits);
        }
        let first = self.first_of_turn();
        self.entries.drain(..first);
        self.quote("What was said before is kept in fewer words from here on:".to_owned(), Some(text.clone()));
        self.summary = Some(text);
        // What is left is this turn's alone, and cannot be put in fewer words again.
        self.ask(limits)
    }

    fn failed(&mut self, ask: u64, why: String, limits: &Limits) -> Vec<Effect> {
        if matches!(self.turn.as_ref().map(|turn| &turn.phase), Some(Phase::Verifying(_))) {
            return self.unproven(ask, &why, limits);
        }
        let waits = |turn: &Turn| turn.phase == Phase::Asking(ask) || turn.phase == Phase::Summarising(ask);
        if !self.turn.as_ref().is_some_and(waits) {
            return Vec::new();
        }
        // A provider's own words may be in it.
        self.quote(String::new(), Some(why));
        self.end(How::Failed, limits)
    }

    /// Ends the turn where it stands. What waits in line is heard and not answered: stop means stop.
    fn stopped(&mut self, why: &str) -> Vec<Effect> {
        let Some(turn) = &self.turn else { return Vec::new() };
        let number = turn.number;
        let calls = self.give_up();
        self.note(why.to_owned());
        self.entries.push(Entry::Over { turn: number, how: How::Stopped });
        self.turn = None;
        self.entries.extend(self.inbox.drain(..).map(Entry::Said));
        vec![Effect::Halt { calls }]
    }

    fn late(&mut self, turn: u64, after: &str) -> Vec<Effect> {
        if self.turn.as_ref().is_some_and(|now| now.number == turn) {
            self.stopped(&format!("Ended here: it took longer than {after}."))
        } else {
            Vec::new()
        }
    }

    /// What was under way is asked for again; what was begun is begun once all the same.
    fn woken(&mut self, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return self.begin(limits) };
        match &turn.phase {
            Phase::Calling(_) => self.resume(),
            Phase::Asking(_) => {
                // The word was given for an answer that never came whole.
                turn.rounds = turn.rounds.saturating_sub(1);
                self.ask(limits)
            }
            Phase::Summarising(_) => self.ask(limits),
            // It only looks: whatever was seen is seen anew.
            Phase::Verifying(_) => self.prepare(),
        }
    }

    /// Says something that this turn has not said yet.
    fn tell_once(&mut self, aside: Aside) {
        let first = self.first_of_turn();
        let is_it = |entry: &Entry| matches!(entry, Entry::Note { text, .. } if *text == aside.text);
        if !self.entries[first..].iter().any(is_it) {
            self.quote(aside.text, aside.said);
        }
    }

    fn note(&mut self, text: String) {
        self.quote(text, None);
    }

    /// A note with words that are not ours.
    fn quote(&mut self, text: String, said: Option<String>) {
        let turn = self.turn.as_ref().map_or(self.turns, |turn| turn.number);
        self.entries.push(Entry::Note { turn, text, said });
    }

    /// Ends the turn, and takes up what was said meanwhile.
    fn end(&mut self, how: How, limits: &Limits) -> Vec<Effect> {
        if how == How::Failed {
            self.give_back();
        }
        if let Some(turn) = self.turn.take() {
            self.entries.push(Entry::Over { turn: turn.number, how });
        }
        self.begin(limits)
    }

    /// What was heard while a turn went on that came to nothing is answered after it. What it began with was answered: not at all.
    fn give_back(&mut self) {
        let first = self.first_of_turn();
        let is_said = |entry: &Entry| matches!(entry, Entry::Said(_));
        let own = self.entries[first..].iter().position(|entry| !is_said(entry)).unwrap_or(self.entries.len() - first);
        let rest = self.entries.split_off(first + own);
        let (heard, kept): (Vec<Entry>, Vec<Entry>) = rest.into_iter().partition(is_said);
        self.entries.extend(kept);
        for entry in heard.into_iter().rev() {
            if let Entry::Said(said) = entry {
                self.inbox.push_front(said);
            }
        }
    }

    fn has_earlier_turns(&self) -> bool {
        self.first_of_turn() > 0
    }

    /// Where what the turn answers begins: after everything that belongs to earlier ones.
    fn first_of_turn(&self) -> usize {
        self.entries.iter().rposition(|entry| matches!(entry, Entry::Over { .. })).map_or(0, |last| last + 1)
    }
}

#[cfg(test)]
mod tests;
