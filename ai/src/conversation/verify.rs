//! What must hold before an answer counts as done: looked at once the answer is there; what does not hold goes back to the model.
//!
//! **Invariants:** a condition holds only when that was seen: what nobody could look at does not. Nothing that looks is a call of the
//! model's, and after a restart all of it is looked at anew. What does not hold goes back a few times, and then is said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Conversation, Doing, Effect, Entry, How, Limits, Phase, Said, Stand};

/// Begins the name of what is done by itself after an answer: such a turn has nothing after it.
const AFTER: &str = "after ";

/// What an answer is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verifying {
    /// How far it has come.
    pub stage: Stage,
    /// The conditions.
    pub proofs: Vec<Proof>,
    /// What comes after, once all of them hold.
    pub after: Vec<After>,
}

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What must hold is found out.
    Preparing(u64),
    /// It is looked at.
    Looking,
    /// A model judges what nobody can look at.
    Judging(u64),
}

/// A condition, and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// What must hold.
    pub says: String,
    /// How that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look: Option<Look>,
    /// What was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What it is known by.
    pub id: String,
    /// The action.
    pub action: String,
    /// Its arguments.
    pub arguments: Value,
    /// What its report must say, by field.
    pub expect: BTreeMap<String, String>,
    /// Its entry of the audit log.
    pub entry: Uuid,
}

/// What was seen of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// Who says so.
    pub by: By,
    /// Why, in a line for people.
    pub line: String,
    /// What finds the evidence in the audit log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The evidence, as the model is told it.
    #[serde(default)]
    pub told: String,
}

/// Who says whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Something that was looked at.
    Look,
    /// A model, by what was seen.
    Model,
    /// Nobody could.
    Nobody,
}

impl Verdict {
    /// It could not be looked at.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { holds: false, by: By::Nobody, line: why.into(), reference: None, told: String::new() }
    }
}

/// Something to be done after an answer that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    /// What it is, for people.
    pub label: String,
    /// What is said then.
    pub text: String,
    /// To which agent; none is the one that answered.
    pub agent: Option<String>,
    /// The channel another agent is asked in.
    pub channel: u64,
    /// Whether it is done by itself, or offered.
    pub by_itself: bool,
}

impl Conversation {
    /// An answer is there: what was stated is held against it.
    pub(super) fn finish(&mut self, limits: &Limits) -> Vec<Effect> {
        if limits.fixes.is_none() {
            return self.end(How::Answered, limits);
        }
        self.prepare()
    }

    /// What must hold is found out, from the beginning.
    pub(super) fn prepare(&mut self) -> Vec<Effect> {
        self.asks += 1;
        let ask = self.asks;
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let verifying = Verifying { stage: Stage::Preparing(ask), proofs: Vec::new(), after: Vec::new() };
        turn.phase = Phase::Verifying(verifying);
        vec![Effect::Prepare { ask }]
    }

    fn verifying(&mut self) -> Option<&mut Verifying> {
        match self.turn.as_mut().map(|turn| &mut turn.phase) {
            Some(Phase::Verifying(verifying)) => Some(verifying),
            _ => None,
        }
    }

    pub(super) fn prepared(&mut self, ask: u64, proofs: Vec<Proof>, after: Vec<After>, limits: &Limits) -> Vec<Effect> {
        let Some(verifying) = self.verifying().filter(|now| now.stage == Stage::Preparing(ask)) else {
            return Vec::new();
        };
        verifying.stage = Stage::Looking;
        verifying.proofs = proofs;
        verifying.after = after;
        let looks: Vec<Look> = verifying.open().cloned().collect();
        let Some(author) = self.turn.as_ref().map(|turn| turn.author) else { return Vec::new() };
        if looks.is_empty() {
            return self.judge(limits);
        }
        looks.into_iter().map(|look| Effect::Look { author, look }).collect()
    }

    pub(super) fn looked(&mut self, look: &str, verdict: Verdict, limits: &Limits) -> Vec<Effect> {
        let Some(verifying) = self.verifying().filter(|now| now.stage == Stage::Looking) else { return Vec::new() };
        let is_it = |proof: &&mut Proof| proof.look.as_ref().is_some_and(|one| one.id == look);
        let Some(proof) = verifying.proofs.iter_mut().find(is_it).filter(|proof| proof.verdict.is_none()) else {
            return Vec::new();
        };
        proof.verdict = Some(verdict);
        let is_open = verifying.open().next().is_some();
        if is_open { Vec::new() } else { self.judge(limits) }
    }

    /// Has a model judge what nobody can look at.
    fn judge(&mut self, limits: &Limits) -> Vec<Effect> {
        let ask = self.asks + 1;
        let spent = self.tokens >= limits.all_tokens
            || self.turn.as_ref().is_some_and(|turn| turn.tokens >= limits.turn_tokens);
        let Some(verifying) = self.verifying() else { return Vec::new() };
        if verifying.proofs.iter().all(|proof| proof.verdict.is_some()) {
            return self.conclude(limits);
        }
        if spent {
            verifying.give_up("no tokens are left to judge it");
            return self.conclude(limits);
        }
        verifying.stage = Stage::Judging(ask);
        self.asks = ask;
        vec![Effect::Judge { ask }]
    }

    pub(super) fn judged(&mut self, ask: u64, verdicts: Vec<Verdict>, tokens: u64, limits: &Limits) -> Vec<Effect> {
        let Some(verifying) = self.verifying().filter(|now| now.stage == Stage::Judging(ask)) else {
            return Vec::new();
        };
        let open = verifying.proofs.iter_mut().filter(|proof| proof.verdict.is_none());
        for (proof, verdict) in open.zip(verdicts) {
            proof.verdict = Some(verdict);
        }
        verifying.give_up("the model did not say");
        if let Some(turn) = &mut self.turn {
            turn.tokens = turn.tokens.saturating_add(tokens);
        }
        self.tokens = self.tokens.saturating_add(tokens);
        self.conclude(limits)
    }

    /// What was to be found out, or judged, was not.
    pub(super) fn unproven(&mut self, ask: u64, why: &str, limits: &Limits) -> Vec<Effect> {
        match self.verifying().map(|now| now.stage) {
            Some(Stage::Judging(at)) if at == ask => {
                if let Some(verifying) = self.verifying() {
                    verifying.give_up(why);
                }
                self.conclude(limits)
            }
            Some(Stage::Preparing(at)) if at == ask => {
                self.quote("What must hold was not looked at:".to_owned(), Some(why.to_owned()));
                self.end(How::Unmet, limits)
            }
            _ => Vec::new(),
        }
    }

    /// Everything is known: done, or back to the model, or said.
    fn conclude(&mut self, limits: &Limits) -> Vec<Effect> {
        let Some(turn) = &mut self.turn else { return Vec::new() };
        let Phase::Verifying(Verifying { proofs, after, .. }) = &turn.phase else { return Vec::new() };
        let (number, author, name, began) = (turn.number, turn.author, turn.name.clone(), turn.began);
        let (proofs, after) = (proofs.clone(), after.clone());
        let fails = |proof: &Proof| proof.verdict.as_ref().is_none_or(|verdict| !verdict.holds);
        // What nobody could look at is no better after another try.
        let mends = |proof: &Proof| proof.verdict.as_ref().is_some_and(|seen| !seen.holds && seen.by != By::Nobody);
        let is_met = !proofs.iter().any(fails);
        let may_try = turn.fixes < limits.fixes.unwrap_or_default()
            && turn.rounds < limits.rounds
            && turn.tokens < limits.turn_tokens
            && self.tokens < limits.all_tokens;
        let mends = may_try && proofs.iter().any(mends);
        if !proofs.is_empty() {
            self.entries.push(Entry::Proven { turn: number, proofs });
        }
        if is_met {
            let follows = self.follows_a_person(number);
            let (by_itself, offered): (Vec<After>, Vec<After>) =
                after.into_iter().filter(|_| follows).partition(|one| one.by_itself);
            if !offered.is_empty() {
                self.entries.push(Entry::Offered { turn: number, after: offered });
            }
            let said = by_itself.into_iter().enumerate().map(|(at, one)| Said {
                id: format!("{AFTER}{number} {at}"),
                author,
                name: name.clone(),
                text: one.text,
                files: Vec::new(),
                at: began,
            });
            // Before whatever others want next: it belongs to this.
            said.rev().for_each(|said| self.inbox.push_front(said));
            return self.end(How::Answered, limits);
        }
        if !mends {
            return self.end(How::Unmet, limits);
        }
        if let Some(turn) = &mut self.turn {
            turn.fixes += 1;
        }
        self.hear(author);
        self.ask(limits)
    }

    /// Whether what a turn answers was said by a person, and not by what came after another one.
    fn follows_a_person(&self, turn: u64) -> bool {
        let before = self.entries.iter().rposition(|entry| matches!(entry, Entry::Over { turn: of, .. } if *of < turn));
        let first = before.map_or(0, |at| at + 1);
        let said = self.entries[first..].iter().find_map(|entry| match entry {
            Entry::Said(said) => Some(said),
            _ => None,
        });
        said.is_none_or(|said| !said.id.starts_with(AFTER))
    }
}

impl Verifying {
    /// What is being looked at.
    fn open(&self) -> impl Iterator<Item = &Look> {
        self.proofs.iter().filter(|proof| proof.verdict.is_none()).filter_map(|proof| proof.look.as_ref())
    }

    /// Nobody will know of what is open.
    fn give_up(&mut self, why: &str) {
        for proof in self.proofs.iter_mut().filter(|proof| proof.verdict.is_none()) {
            proof.verdict = Some(Verdict::unknown(why));
        }
    }

    /// What is under way, to be told to stop.
    pub(super) fn under_way(&self) -> Vec<Doing> {
        if self.stage != Stage::Looking {
            return Vec::new();
        }
        let doing = self.open().map(|look| Doing {
            call: look.id.clone(),
            name: look.action.clone(),
            action: look.action.clone(),
            arguments: look.arguments.clone(),
            entry: look.entry,
            looks: true,
            stand: Stand::Begun,
        });
        doing.collect()
    }
}
