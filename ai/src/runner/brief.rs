//! What a model is told before a conversation: who it is, how it goes about it, whom it answers, and what it may believe.

use std::{collections::BTreeMap, fmt::Write as _};

use base::{Actor, GuildId, Result, UserId};
use conversations::{Mode, Until};
use futures::future::BoxFuture;
use serde_json::Value;

use crate::{conversation::After, tools::Fence};

/// Who it is.
const JARVIS: &str = include_str!("../prompts/jarvis.md");
/// What is remembered takes so much room at most, in bytes.
const REMEMBERED: usize = 4_000;
/// How what was said is put in fewer words.
pub(super) const SUMMARY: &str = include_str!("../prompts/summary.md");

/// What a model is told of somebody and somewhere besides.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What the person and the guild want to be remembered, a line each.
    pub memories: Vec<String>,
    /// The agent that speaks: its own words in place of the usual ones.
    pub agent: Option<Agent>,
    /// Tools that other programs lend the guild.
    pub lent: Vec<Lent>,
}

/// A tool of another program: how it is called, and which action that is. Its words are others'.
#[derive(Debug, Clone)]
pub struct Lent {
    /// What it is called among the actions, such as `mcp.wiki.search`.
    pub name: String,
    /// Where it is from: `MCP server wiki`.
    pub from: String,
    /// What its program says it does.
    pub description: String,
    /// The JSON Schema of what it takes.
    pub schema: Value,
    /// Whether it is known to leave everything as it was.
    pub looks: bool,
    /// The action that uses it.
    pub action: &'static str,
    /// What that acts on, as grants name it.
    pub target: String,
    /// The action's fields that say which tool is meant.
    pub fixed: Value,
    /// The action's field that holds what the tool is given.
    pub field: &'static str,
}

/// An agent, as a model is told it.
#[derive(Debug, Clone, Default)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its words.
    pub prompt: String,
    /// Patterns of the actions it may ask for; none is all.
    pub only: Option<Vec<String>>,
    /// The agents that it may hand work to.
    pub sub_agents: Vec<Below>,
    /// The model it wants, by its name, or its provider's and its own; none is whoever answers usually.
    pub model: Option<String>,
    /// How often it may ask the model in one turn; none is as often as usual.
    pub rounds: Option<u32>,
    /// What must hold before its work counts as done.
    pub verify: Vec<Condition>,
    /// What comes after; where, is known later.
    pub after: Vec<After>,
}

/// Something that must hold.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What.
    pub says: String,
    /// How it is looked at; without it, a model judges it by what was seen.
    pub look: Option<Look>,
}

impl From<Until> for Condition {
    fn from(until: Until) -> Self {
        match until {
            Until::Words(says) => Self { says, look: None },
            Until::Look { says, action, with, expect } => {
                Self { says, look: Some(Look { action, with: Value::Object(with), expect }) }
            }
        }
    }
}

/// How a condition is looked at.
#[derive(Debug, Clone)]
pub struct Look {
    /// The action.
    pub action: String,
    /// Its arguments.
    pub with: Value,
    /// What its report must say, by field.
    pub expect: BTreeMap<String, String>,
}

/// An agent that another one may hand work to.
#[derive(Debug, Clone)]
pub struct Below {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
}

/// Knows what a model is told besides.
pub trait Asides: Send + Sync {
    /// What is known for this person, with this agent.
    fn known<'a>(&'a self, guild: GuildId, user: UserId, agent: Option<&'a str>) -> BoxFuture<'a, Result<Known>>;
}

/// The words before everything else.
pub(crate) fn system(actor: &Actor, mode: Mode, known: &Known, fence: &Fence, now: &str) -> String {
    let who = known.agent.as_ref().map_or(JARVIS, |agent| agent.prompt.as_str());
    let mut words = format!("{}\n\n{}\n", who.trim(), mode_words(mode).trim());
    let _ = write!(words, "\nIt is {now}. You answer {} (<@{}>).\n", fence.harmless(&actor.name), actor.user);
    let memories = fitting(&known.memories);
    if !memories.is_empty() {
        words.push_str("\nWhat is remembered, as they wrote it:\n");
        words.push_str(&fence.wrap("memory", &memories));
        words.push('\n');
    }
    words.push('\n');
    words.push_str(&fence.explanation());
    words
}

/// As much of what is remembered as there is room for, a line each.
fn fitting(memories: &[String]) -> String {
    let mut lines = String::new();
    for memory in memories {
        if lines.len() + memory.len() > REMEMBERED {
            break;
        }
        lines.push_str(memory);
        lines.push('\n');
    }
    lines
}

fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Ask => include_str!("../prompts/ask.md"),
        Mode::Debug => include_str!("../prompts/debug.md"),
        Mode::Plan => include_str!("../prompts/plan.md"),
        Mode::Test => include_str!("../prompts/test.md"),
        Mode::Support => include_str!("../prompts/support.md"),
        Mode::Architect => include_str!("../prompts/architect.md"),
    }
}
