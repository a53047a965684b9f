//! Begins to go through a playbook: a thread, and in it one message with a button for each step.
//!
//! **Invariant:** the row comes first, with the steps as they are now: what changes in the file changes nothing for who is at it.

use base::{Action, Actor, Card, Error, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    outbox::{NewPost, Pings, Urgency},
    playbook_runs::PlaybookRun,
};

use super::face;
use crate::{ItemName, Workspace, workspace::find};

/// Go through a playbook together, in a thread of its own.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct StartPlaybook {
    /// The playbook.
    pub name: ItemName,
    /// The channel that its thread stands in.
    pub channel: u64,
}

/// It has begun.
#[derive(Debug, Serialize)]
pub struct Started {
    title: String,
    steps: usize,
    thread: u64,
}

impl Action for StartPlaybook {
    const NAME: &'static str = "playbook.start";
    const RISK: Risk = Risk::Change;
    type Service = Workspace;
    type Report = Started;

    fn plan(&self) -> String {
        format!("Go through playbook {} in a thread of <#{}>", code(self.name.as_str()), self.channel)
    }

    fn refusal(&self) -> String {
        format!("go through playbook {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn exists(&self, workspace: &Workspace, actor: &Actor) -> Result<()> {
        find("playbook", &self.name, workspace.catalogue(actor.guild).await?.playbooks).map(drop)
    }

    async fn run(permit: Permit<Self>, workspace: &Workspace, run: &Run) -> Result<Started> {
        workspace.start_playbook(&permit, run).await
    }
}

impl Workspace {
    async fn start_playbook(&self, permit: &Permit<StartPlaybook>, run: &Run) -> Result<Started> {
        let (asked, actor) = (permit.action(), permit.actor());
        let playbook = self.playbook(actor.guild, &asked.name).await?;
        let threads = self.threads()?;
        let began = PlaybookRun {
            id: permit.record().id.to_string(),
            playbook: playbook.name,
            title: playbook.title.clone(),
            steps: serde_json::to_string(&playbook.steps)
                .map_err(|error| Error::internal("keeping a playbook's steps", error))?,
            thread: None,
            reference: permit.record().reference.clone(),
            by: actor.user,
            began: self.clock.now(),
        };
        self.store.begin_playbook(actor.guild, &began).await?;
        let redactor = run.redactor().clone();
        let thread = match threads.open(actor.guild, asked.channel, playbook.title.clone(), redactor).await {
            Ok(thread) => thread,
            Err(error) => {
                self.store.drop_playbook(actor.guild, &began.id).await?;
                return Err(error);
            }
        };
        self.store.place_playbook(actor.guild, &began.id, thread).await?;
        let card = face::card(&began, &playbook.steps, &[]).redacted(run.redactor());
        let post = NewPost {
            guild: actor.guild,
            channel: thread,
            key: &format!("playbook {}", began.id),
            urgency: Urgency::Result,
            card: &card,
            answers: None,
            pings: Pings::default(),
        };
        self.store.post(post).await?;
        Ok(Started { title: playbook.title, steps: playbook.steps.len(), thread })
    }
}

impl Report for Started {
    fn card(&self) -> Card {
        Card::ok(format!("**Started** {}", code(&self.title)))
            .fact(measure::count(self.steps as u64, "step", "steps"))
            .text(format!("It goes on in <#{}>: each step has a button there.", self.thread))
    }
}
