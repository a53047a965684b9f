//! What a service map asks of containers and projects: how they stand, and to start or stop them as a step of its own action.
//!
//! **Invariant:** whatever changes something takes the permit of the action it is a step of, whose parts name it.

use std::time::Duration;

use base::{
    Action, Error, GuildId, Permit, Result, Run, ServerName,
    action::Ending,
    card::{Tone, code},
    measure,
};

use crate::{
    Containers, Name,
    look::Stands,
    outcome,
    power::{After, Deed},
    show::inspect,
};

/// How a container stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether it does its work.
    pub tone: Tone,
    /// In a word.
    pub word: &'static str,
}

/// What is to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is to run.
    Start,
    /// It is to end.
    Stop,
    /// It is to begin anew.
    Restart,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Turned {
    /// Whether it went as asked.
    pub ending: Ending,
    /// In a few words.
    pub words: String,
    /// Its last lines, masked, where it failed.
    pub output: String,
}

impl Containers {
    /// How a container of this name stands; none where there is none.
    pub async fn standing(&self, guild: GuildId, server: &ServerName, container: &Name) -> Result<Option<Standing>> {
        let (engine, place) = self.engine_of(guild, server).await?;
        match inspect(&engine, &place, container).await {
            Ok(found) => {
                let stands = Stands::of(&found);
                Ok(Some(Standing { tone: stands.tone(), word: stands.word() }))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Starts, stops or restarts a container as a step.
    pub async fn turn<A: Action>(
        &self,
        permit: &Permit<A>,
        server: &ServerName,
        container: &Name,
        turn: Turn,
        run: &Run,
    ) -> Result<Turned> {
        let (engine, place) = self.engine_of(permit.actor().guild, server).await?;
        let deed = match turn {
            Turn::Start => Deed::Start,
            Turn::Stop => Deed::Stop,
            Turn::Restart => Deed::Restart,
        };
        let done = self.power(&engine, &place, deed, container, run).await?;
        let (ending, words) = match done.after {
            After::Stands => (Ending::Done, turn.done().to_owned()),
            After::Healthy(after) => {
                let after = measure::span(Duration::from_millis(after));
                (Ending::Done, format!("{}, healthy after {after}", turn.done()))
            }
            After::Unproven => (Ending::Done, format!("{}, its health check has not passed yet", turn.done())),
            After::Unseen => (Ending::Done, format!("{}; how it stands since is not known", turn.done())),
            After::Unhealthy => (Ending::Failed, "its health check fails".to_owned()),
            After::Ended(status) => (Ending::Failed, format!("it ended at once with exit {status}")),
            After::Already => (Ending::Done, format!("{} already", turn.done())),
        };
        Ok(Turned { ending, words, output: done.last })
    }

    /// The same with a Compose project, in the folder that was allowed for it.
    pub async fn turn_project<A: Action>(
        &self,
        permit: &Permit<A>,
        server: &ServerName,
        project: &Name,
        turn: Turn,
        run: &Run,
    ) -> Result<Turned> {
        let (place, folder) = self.project(permit.actor(), server, project).await?;
        let arguments: &[&str] = match turn {
            Turn::Start => &["up", "-d"],
            Turn::Stop => &["stop"],
            Turn::Restart => &["restart"],
        };
        let output = std::sync::Arc::<hosts::Output>::default();
        let ended = self.run_project(&place, (project, &folder), arguments, &output, run).await?;
        let (ending, words) = match ended {
            outcome::Ended::Exited(0) => (Ending::Done, format!("{} with Compose", turn.done())),
            outcome::Ended::Exited(status) => (Ending::Failed, format!("Compose ended with exit {status}")),
            outcome::Ended::Cancelled(_) => (Ending::Cancelled, "cancelled".to_owned()),
            outcome::Ended::TimedOut(_) => (Ending::TimedOut, "Compose did not end in time".to_owned()),
            outcome::Ended::Lost => (Ending::Interrupted, format!("{} stopped answering", code(server.as_str()))),
        };
        let output = if ending == Ending::Done { String::new() } else { output.end(run.redactor()) };
        Ok(Turned { ending, words, output })
    }
}

impl Turn {
    fn done(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Restart => "restarted",
        }
    }
}
