//! What happens to a conversation, and what is to be done then.

use serde_json::Value;
use uuid::Uuid;

use super::{After, Aside, Came, Checked, Doing, Look, Proof, Said, Verdict};
use crate::Reply;

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
