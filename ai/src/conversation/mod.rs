//! The order of a conversation: who said what, whose turn it is, what the model asked for and what came of it. Pure: an event
//! goes in, effects come out; nothing is read, sent or waited for.
//!
//! **Invariants:** a call is done in the name of whoever wrote the message it came from. What comes late, of a question to the
//! model that was given up or of a call that is over, changes nothing. A call has one entry of the audit log for its whole life,
//! so that it can be asked for again after a restart and is done once. Before the model has the word again, each of its calls
//! has exactly one result. At most one call that changes something is under way at a time.

mod calls;
mod shown;
mod told;
mod verify;

use std::collections::VecDeque;

use conversations::Until;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use calls::{Came, Checked, Doing, Outcome, Stand};
pub use shown::shown;
pub use told::{estimate, messages};
pub use verify::{After, By, Look, Proof, Stage, Verdict, Verifying};

use crate::{Call, Reply, Stopped};

/// Something a person said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What it is known by; the same one twice is one.
    pub id: String,
    /// Who said it: a Discord user's snowflake.
    pub author: u64,
    /// Their name.
    pub name: String,
    /// What they said.
    pub text: String,
    /// What they attached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Attached>,
    /// When, in milliseconds.
    pub at: i64,
}

/// A file somebody attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
}

/// What an attached file holds, as far as a model can see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Text, cut to size.
    Text(String),
    /// A picture that is kept elsewhere.
    Picture {
        /// What it is kept under.
        id: Uuid,
        /// `image/png` and the like.
        media_type: String,
    },
    /// Something no model reads; only its name is told.
    Nothing,
}

/// One thing that stands in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// A person's.
    Said(Said),
    /// The model's.
    Model {
        /// The turn it belongs to.
        turn: u64,
        /// What it said.
        text: String,
        /// What it asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<Call>,
        /// Which model it was.
        model: String,
    },
    /// What came of a call.
    Result {
        /// The turn it belongs to.
        turn: u64,
        /// The call's id.
        call: String,
        /// The tool, as the model knows it.
        name: String,
        /// What came of it.
        came: Came,
    },
    /// What people are told and models are not.
    Note {
        /// The turn it belongs to.
        turn: u64,
        /// A sentence of ours.
        text: String,
        /// Words of others that belong to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// What must hold, and what was seen of it.
    Proven {
        /// The turn it belongs to.
        turn: u64,
        /// The conditions.
        proofs: Vec<Proof>,
    },
    /// What could be done next.
    Offered {
        /// The turn it comes after.
        turn: u64,
        /// What it is.
        after: Vec<After>,
    },
    /// The end of a turn.
    Over {
        /// The turn.
        turn: u64,
        /// How it ended.
        how: How,
    },
}

/// What people are told and models are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// A sentence of ours.
    pub text: String,
    /// Words of others that belong to it.
    pub said: Option<String>,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// With an answer.
    Answered,
    /// With an answer, but not as it was to be.
    Unmet,
    /// Without one.
    Failed,
    /// A person stopped it.
    Stopped,
}

/// What is being answered now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number, from 1.
    pub number: u64,
    /// Whose message it answers, and in whose name everything in it is done.
    pub author: u64,
    /// Their name.
    pub name: String,
    /// When it began, in milliseconds.
    pub began: i64,
    /// How often the model had the word.
    pub rounds: u32,
    /// How often in a row it made calls that cannot be done as they are.
    pub wrong: u32,
    /// The tokens it took.
    pub tokens: u64,
    /// How often what did not hold went back to the model.
    #[serde(default)]
    pub fixes: u32,
    /// Where it stands.
    pub phase: Phase,
}

/// Where a turn stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The model has the word; the number names the question to it.
    Asking(u64),
    /// What was said in earlier turns is put in fewer words first.
    Summarising(u64),
    /// Its calls are done.
    Calling(Vec<Doing>),
    /// What must hold is held against its answer.
    Verifying(Verifying),
}

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

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A person said something.
    Said(Said),
    /// The model answered.
    Replied {
        /// The question it answers.
        ask: u64,
        /// What it said.
        reply: Reply,
        /// Which model it was, as people read it.
        model: String,
        /// What there is to its calls, in their order.
        checked: Vec<Checked>,
        /// What people are told of it besides.
        aside: Option<Aside>,
    },
    /// What was said before, in fewer words.
    Summarised {
        /// The question it answers.
        ask: u64,
        /// The words.
        text: String,
        /// The tokens it took.
        tokens: u64,
    },
    /// The model did not answer.
    Failed {
        /// The question it did not answer.
        ask: u64,
        /// Why, as people read it.
        why: String,
    },
    /// A call became a question to people.
    Asked {
        /// The call.
        call: String,
        /// The question.
        approval: Uuid,
    },
    /// A call came to its end.
    Ended {
        /// The call.
        call: String,
        /// What came of it.
        came: Came,
    },
    /// What must hold before an answer counts, and what comes after.
    Prepared {
        /// What it was asked under.
        ask: u64,
        /// The conditions.
        proofs: Vec<Proof>,
        /// What comes after.
        after: Vec<After>,
    },
    /// Something was looked at.
    Looked {
        /// What it is known by.
        look: String,
        /// What was seen.
        verdict: Verdict,
    },
    /// A model judged what nobody can look at.
    Judged {
        /// What it was asked under.
        ask: u64,
        /// What it says, in the order of the conditions that were open.
        verdicts: Vec<Verdict>,
        /// The tokens it took.
        tokens: u64,
    },
    /// A person stops it.
    Stop {
        /// Who: a mention.
        by: String,
    },
    /// A turn took too long.
    Late {
        /// The turn.
        turn: u64,
        /// How long it may take, as people read it.
        after: String,
    },
    /// A process took the conversation up that another one let go of.
    Woken,
}

/// What is to be done now.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the model.
    AskModel {
        /// What its answer is told under.
        ask: u64,
        /// Whether it may call tools.
        tools: Tools,
    },
    /// Have what was said before this turn put in fewer words.
    Summarise {
        /// What the words are told under.
        ask: u64,
    },
    /// Do a call. It can be asked for again, and is done once.
    Do {
        /// The call.
        call: String,
        /// In whose name.
        author: u64,
        /// Its entry of the audit log.
        entry: Uuid,
        /// The action.
        action: String,
        /// Its arguments.
        arguments: Value,
    },
    /// Put a question to people, and wait for what becomes of it.
    Await {
        /// The call.
        call: String,
        /// In whose name.
        author: u64,
        /// The question.
        approval: Uuid,
    },
    /// Find out what must hold.
    Prepare {
        /// What it is told under.
        ask: u64,
    },
    /// Look at something. It changes nothing, and may be done again.
    Look {
        /// In whose name.
        author: u64,
        /// What.
        look: Look,
    },
    /// Have a model judge what nobody can look at.
    Judge {
        /// What it is told under.
        ask: u64,
    },
    /// Give up what is under way.
    Halt {
        /// The calls that were begun or wait for people.
        calls: Vec<Doing>,
    },
}

/// Whether a model may call tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// It may.
    Offered,
    /// It is to answer with what it knows.
    Withheld,
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
