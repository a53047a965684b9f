//! A turn's calls: which are done when, and what is told of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Conversation, Effect, Entry, How, Limits, Phase};
use crate::{Call, Reply};

/// What there is to a call before it is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked {
    /// It can be done.
    Fine {
        /// The action.
        action: String,
        /// Its arguments.
        arguments: Value,
        /// Its entry of the audit log.
        entry: Uuid,
        /// Whether it only looks: then it need not wait for others.
        looks: bool,
    },
    /// It is answered already, as a search for tools is.
    Answered(String),
    /// There is such a thing, but not for this person, or not here.
    Withheld {
        /// The sentence tells the model why.
        why: String,
        /// And this people.
        line: String,
    },
    /// It cannot be done like that; the sentence tells the model why.
    Wrong(String),
}

/// A call under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doing {
    /// Its id.
    pub call: String,
    /// The tool, as the model knows it.
    pub name: String,
    /// The action.
    pub action: String,
    /// Its arguments.
    pub arguments: Value,
    /// Its entry of the audit log.
    pub entry: Uuid,
    /// Whether it only looks.
    pub looks: bool,
    /// How it stands.
    pub stand: Stand,
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// Its turn has not come.
    Next,
    /// It is being done.
    Begun,
    /// People are asked.
    Asked(Uuid),
    /// It has a result.
    Over,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    /// How it ended.
    pub outcome: Outcome,
    /// What the model is told.
    pub text: String,
    /// What people are told: one line.
    pub line: String,
    /// What finds it in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Tokens that were spent on it elsewhere.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tokens: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it like that")]
fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As asked.
    Done,
    /// It did not happen, or broke.
    Failed,
    /// A person said no, or nobody said yes.
    Denied,
    /// It may not be done in this person's name.
    Refused,
    /// It was given up with its turn.
    Stopped,
    /// It was called wrongly.
    Wrong,
}

impl Conversation {
    /// Takes up what the model asks for.
    pub(super) fn call(&mut self, reply: Reply, model: String, checked: Vec<Checked>, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let number = turn.number;
        let asked = reply.calls.len();
        // A model that asks for a thousand things is not listened to a thousand times.
        let calls: Vec<Call> = reply.calls.into_iter().take(limits.calls).collect();
        let checked =
            checked.into_iter().chain(std::iter::repeat_with(|| Checked::Wrong("It was not looked at.".to_owned())));
        let pairs: Vec<(Call, Checked)> = calls.iter().cloned().zip(checked).collect();
        self.entries.push(Entry::Model { turn: number, text: reply.text, calls, model });
        let (mut doing, mut wrong) = (Vec::new(), false);
        for (call, checked) in pairs {
            match checked {
                Checked::Fine { action, arguments, entry, looks } => doing.push(Doing {
                    call: call.id,
                    name: call.name,
                    action,
                    arguments,
                    entry,
                    looks,
                    stand: Stand::Next,
                }),
                Checked::Answered(text) => self.answer(number, call, Outcome::Done, text, String::new()),
                // Whoever asks for it again and again is not listened to for ever either.
                Checked::Withheld { why, line } => {
                    wrong = true;
                    self.answer(number, call, Outcome::Refused, why, line);
                }
                Checked::Wrong(why) => {
                    wrong = true;
                    self.answer(number, call, Outcome::Wrong, why, "called wrongly".to_owned());
                }
            }
        }
        if asked > limits.calls {
            wrong = true;
            self.note(format!("The model asked for {asked} things at once; the first {} were taken.", limits.calls));
        }
        let Some(turn) = &mut self.turn else { return Vec::new() };
        turn.wrong = if wrong { turn.wrong + 1 } else { 0 };
        let given_up = turn.wrong >= limits.wrong;
        if doing.is_empty() {
            if given_up {
                self.note(format!("Given up: the model called its tools wrongly {} times in a row.", limits.wrong));
                return self.end(How::Failed, limits);
            }
            return self.go_on(limits);
        }
        turn.phase = Phase::Calling(doing);
        self.start()
    }

    fn answer(&mut self, turn: u64, call: Call, outcome: Outcome, text: String, line: String) {
        let came = Came { outcome, text, line, reference: None, tokens: 0 };
        self.entries.push(Entry::Result { turn, call: call.id, name: call.name, came });
    }

    /// Begins what can be begun: everything that only looks, and one thing that does more.
    fn start(&mut self) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let author = turn.author;
        let Phase::Calling(calls) = &mut turn.phase else { return Vec::new() };
        let is_under_way = |doing: &Doing| matches!(doing.stand, Stand::Begun | Stand::Asked(_));
        let mut changes = calls.iter().any(|doing| !doing.looks && is_under_way(doing));
        let mut effects = Vec::new();
        for doing in calls.iter_mut().filter(|doing| doing.stand == Stand::Next) {
            if doing.looks || !changes {
                changes |= !doing.looks;
                doing.stand = Stand::Begun;
                effects.push(doing.begin(author));
            }
        }
        effects
    }

    /// After a restart: what was under way is asked for again.
    pub(super) fn resume(&mut self) -> Vec<Effect> {
        let Some(turn) = &self.turn else { return Vec::new() };
        let author = turn.author;
        let Phase::Calling(calls) = &turn.phase else { return Vec::new() };
        let again = calls.iter().filter_map(|doing| match doing.stand {
            Stand::Begun => Some(doing.begin(author)),
            Stand::Asked(approval) => Some(Effect::Await { call: doing.call.clone(), author, approval }),
            Stand::Next | Stand::Over => None,
        });
        let mut effects: Vec<Effect> = again.collect();
        effects.extend(self.start());
        effects
    }

    pub(super) fn asked(&mut self, call: &str, approval: Uuid) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let author = turn.author;
        let Phase::Calling(calls) = &mut turn.phase else { return Vec::new() };
        let begun = calls.iter_mut().find(|doing| doing.call == call && doing.stand == Stand::Begun);
        let Some(doing) = begun else { return Vec::new() };
        doing.stand = Stand::Asked(approval);
        vec![Effect::Await { call: call.to_owned(), author, approval }]
    }

    pub(super) fn ended(&mut self, call: &str, came: Came, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let number = turn.number;
        let Phase::Calling(calls) = &mut turn.phase else { return Vec::new() };
        let under_way =
            |doing: &&mut Doing| doing.call == call && matches!(doing.stand, Stand::Begun | Stand::Asked(_));
        let Some(doing) = calls.iter_mut().find(under_way) else { return Vec::new() };
        doing.stand = Stand::Over;
        turn.tokens = turn.tokens.saturating_add(came.tokens);
        self.tokens = self.tokens.saturating_add(came.tokens);
        let name = doing.name.clone();
        let all_over = calls.iter().all(|doing| doing.stand == Stand::Over);
        self.entries.push(Entry::Result { turn: number, call: call.to_owned(), name, came });
        if all_over { self.go_on(limits) } else { self.start() }
    }

    /// All calls have results: the model has the word, with what its person said meanwhile.
    fn go_on(&mut self, limits: &Limits) -> Vec<Effect> {
        if let Some(author) = self.turn.as_ref().map(|turn| turn.author) {
            self.hear(author);
        }
        self.ask(limits)
    }

    /// Gives each call that has none a result, and answers those that were begun.
    pub(super) fn give_up(&mut self) -> Vec<Doing> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let number = turn.number;
        if let Phase::Verifying(verifying) = &turn.phase {
            return verifying.under_way();
        }
        let Phase::Calling(calls) = &mut turn.phase else { return Vec::new() };
        let open: Vec<Doing> = calls.iter().filter(|doing| doing.stand != Stand::Over).cloned().collect();
        for doing in &open {
            let (text, line) = match doing.stand {
                Stand::Next | Stand::Over => ("It was stopped before it was begun.", "not begun"),
                Stand::Begun => ("It was told to stop; how far it came is not known.", "told to stop"),
                Stand::Asked(_) => ("It was not done: the question was taken back.", "not done"),
            };
            let (text, line) = (text.into(), line.into());
            let came = Came { outcome: Outcome::Stopped, text, line, reference: None, tokens: 0 };
            let (call, name) = (doing.call.clone(), doing.name.clone());
            self.entries.push(Entry::Result { turn: number, call, name, came });
        }
        open.into_iter().filter(|doing| doing.stand != Stand::Next).collect()
    }
}

impl Doing {
    fn begin(&self, author: u64) -> Effect {
        Effect::Do {
            call: self.call.clone(),
            author,
            entry: self.entry,
            action: self.action.clone(),
            arguments: self.arguments.clone(),
        }
    }
}
