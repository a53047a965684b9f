//! A task that a model hands to another agent: a conversation below its own, worked on like any other, and what came of it.
//!
//! **Invariants:** the conversation is known by the audit entry, so that whoever goes on with the run finds it and begins no second one.
//! Nobody is given a right by it: each thing done in it is asked for in the name of the same person. It ends when that one ends.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Retry, Risk, Run,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::conversations::{Below, Conversation, NewConversation, Said};
use uuid::Uuid;

use crate::{Conversations, NAME, ShowCalls};

/// So many conversations may stand above one.
pub const DEEPEST: i64 = 3;
/// The longest task, in characters.
pub const TASK: usize = 4_000;
/// The longest that one may take, with all that waits for a yes.
const DEADLINE: Duration = Duration::from_hours(24);
/// What another process did is seen after this.
const LOOKS: Duration = Duration::from_secs(1);
/// What it is called: so many characters of its task.
const TITLE: usize = 60;

/// Hand a task of a conversation to another agent.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DelegateTask {
    /// The number of the conversation it comes from.
    pub from: i64,
    /// The turn there.
    pub turn: u64,
    /// The agent.
    pub agent: String,
    /// What it is to find out or have done.
    pub task: String,
}

/// How a conversation came to its end, as `ai` reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Came {
    /// What was said at last.
    pub answer: String,
    /// How it stands.
    pub how: How,
    /// What is not as it was to be, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<String>,
    /// How many calls there were.
    pub calls: u64,
    /// The tokens it took.
    pub tokens: u64,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// What came of a task.
#[derive(Debug, Serialize)]
pub struct Delegated {
    agent: String,
    conversation: i64,
    #[serde(flatten)]
    came: Came,
}

impl Action for DelegateTask {
    const NAME: &'static str = "jarvis.delegate";
    /// It does nothing itself: each thing done for it is asked for by itself, and judged as what it is.
    const RISK: Risk = Risk::Observe;
    const DURABLE: bool = true;
    const CONDUCTS: bool = true;
    /// A database that does not answer for a moment ends no task: its conversation says where it stands.
    const RETRY: Retry = Retry { attempts: 10, first: Duration::from_secs(1), longest: Duration::from_mins(1) };
    type Service = Conversations;
    type Report = Delegated;

    fn plan(&self) -> String {
        format!("Hand a task to agent {}: {}", code(&self.agent), code(&self.task))
    }

    fn refusal(&self) -> String {
        format!("have {NAME} hand tasks to agents")
    }

    fn target(&self) -> Option<String> {
        None
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn assess(&self, _: &Conversations, _: &Actor) -> Result<Assessment> {
        let why = "Each thing done for it is asked for by itself.".to_owned();
        Ok(Assessment { why: Some(why), ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<Delegated> {
        let (guild, id) = (permit.actor().guild, permit.record().id);
        conversations.hand_on(&permit, run).await?;
        let mut shown = conversations.shown();
        let mut is_told = false;
        loop {
            shown.mark_unchanged();
            let Some(now) = conversations.store.conversation(guild, id).await? else {
                return Err(Error::Invalid(
                    "Its conversation was deleted. What was begun of it was stopped.".to_owned(),
                ));
            };
            let came = conversations.contents()?.came(&now)?;
            if let Some(came) = came.filter(|_| !now.is_busy) {
                return Ok(Delegated { agent: permit.action().agent.clone(), conversation: now.number, came });
            }
            if run.cancel().is_cancelled() && !is_told {
                conversations.store.stop_conversation(guild, id, permit.actor().user).await?;
                conversations.tell_said();
                is_told = true;
            }
            tokio::select! {
                Ok(()) = shown.changed() => {}
                () = run.cancel().cancelled(), if !is_told => {}
                () = tokio::time::sleep(LOOKS) => {}
            }
        }
    }
}

impl Conversations {
    /// Begins the conversation of a task, once.
    async fn hand_on(&self, permit: &Permit<DelegateTask>, run: &Run) -> Result<()> {
        let (actor, asked, id) = (permit.actor(), permit.action(), permit.record().id);
        let from = self.of(actor.guild, asked.from).await?;
        if from.depth() >= DEEPEST {
            return Err(Error::Invalid(format!("Tasks are handed on {DEEPEST} times at most. Nothing was begun.")));
        }
        let task = asked.task.trim();
        if task.is_empty() || task.chars().count() > TASK {
            return Err(Error::Invalid(format!("A task has 1 to {TASK} characters. Nothing was begun.")));
        }
        if self.store.conversation(actor.guild, id).await?.is_none() {
            self.store.begin_conversation(new(&from, actor, asked, id)).await?;
        }
        let said = Said {
            // One that was begun by another process has heard it already.
            id: format!("task {id}"),
            author: actor.user,
            name: run.redactor().mask(&actor.name).into_owned(),
            text: run.redactor().mask(task).into_owned(),
            files: "[]".to_owned(),
            at: self.clock.now(),
        };
        self.store.say(actor.guild, id, &said, &[]).await?;
        self.tell_said();
        Ok(())
    }
}

fn new<'a>(from: &'a Conversation, actor: &Actor, asked: &'a DelegateTask, id: Uuid) -> NewConversation<'a> {
    let task = asked.task.trim();
    let end = task.char_indices().nth(TITLE).map_or(task.len(), |(at, _)| at);
    NewConversation {
        id,
        guild: actor.guild,
        channel: from.channel,
        title: &task[..end],
        // Who makes a plan and changes nothing has nobody else change something.
        mode: &from.mode,
        agent: Some(&asked.agent),
        by: actor.user,
        body: crate::ask::EMPTY,
        below: Some(Below {
            parent: from.id,
            turn: i64::try_from(asked.turn).unwrap_or(i64::MAX),
            depth: from.depth() + 1,
            thread: from.place(),
        }),
    }
}

impl Report for Delegated {
    fn card(&self) -> Card {
        let agent = code(&self.agent);
        let card = match self.came.how {
            How::Answered => Card::ok(format!("**Done** by agent {agent}")),
            How::Unmet => Card::attention(format!("**Not all done** by agent {agent}")),
            How::Failed => Card::failed(format!("**No answer** from agent {agent}")),
            How::Stopped => Card::quiet(format!("**Stopped** agent {agent}")),
        };
        let card = card.fact(agent).fact(measure::count(self.came.calls, "call", "calls"));
        let card = match self.came.how {
            How::Answered => card,
            How::Unmet => card.fact(measure::count(
                self.came.unmet.len() as u64,
                "condition is not met",
                "conditions are not met",
            )),
            How::Failed => card.fact("no answer"),
            How::Stopped => card.fact("stopped"),
        };
        let did = ShowCalls { conversation: self.conversation, turn: 1 };
        card.code("", self.came.answer.clone()).choice(Choice::perform("What it did", &did, Lands::Aside))
    }

    fn ending(&self) -> Ending {
        match self.came.how {
            How::Answered => Ending::Done,
            How::Unmet | How::Failed => Ending::Failed,
            How::Stopped => Ending::Cancelled,
        }
    }
}
