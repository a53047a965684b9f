//! What is done with a project: one action for each command of Compose's.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use hosts::Output;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    config,
    folder::Folder,
    tool::{Compose, Heard},
};
use crate::{
    Containers, Name,
    outcome::{Ended, Ran, Running},
    place::Place,
};

/// Images may have to be fetched first.
const DEADLINE: Duration = Duration::from_mins(30);

/// Declares an action on one project.
macro_rules! compose {
    ($(#[doc = $doc:literal] $action:ident $name:literal $risk:ident $verb:literal [$($argument:literal),*];)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
        pub struct $action {
            /// The server it is on.
            pub server: ServerName,
            /// The project.
            pub project: Name,
        }

        impl Action for $action {
            const NAME: &'static str = $name;
            const RISK: Risk = Risk::$risk;
            type Service = Containers;
            type Report = Ran;

            fn plan(&self) -> String {
                format!("{} Compose project {} on {}", $verb, code(self.project.as_str()), code(self.server.as_str()))
            }

            fn refusal(&self) -> String {
                format!("use Compose on {}", code(self.server.as_str()))
            }

            fn target(&self) -> Option<String> {
                Some(self.server.to_string())
            }

            fn deadline(&self) -> Duration {
                DEADLINE + Duration::from_mins(1)
            }

            async fn assess(&self, containers: &Containers, actor: &Actor) -> Result<Assessment> {
                let known = containers.assess(actor.guild, &self.server, Self::RISK);
                containers.of_folder(known, actor, &self.server, &self.project).await
            }

            async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Ran> {
                let action = permit.action();
                let title = format!("**{}** {} on {}", $verb, code(action.project.as_str()), code(action.server.as_str()));
                let (place, folder) = containers.project(permit.actor(), &action.server, &action.project).await?;
                let ran = containers.run_compose(title, &place, (&action.project, &folder), &[$($argument),*], run).await?;
                Ok(if Self::RISK == Risk::Destroy {
                    ran
                } else {
                    ran.offers(Choice::perform("Run again", action, Lands::Below))
                })
            }
        }
    )*};
}

compose! {
    /// Start a Compose project, or what of it changed.
    UpProject "compose.up" Change "Start" ["up", "-d"];
    /// Stop a Compose project and remove its containers; its volumes stay.
    DownProject "compose.down" Destroy "Take down" ["down"];
    /// Fetch the images of a Compose project.
    PullProject "compose.pull" Change "Fetch the images of" ["pull"];
    /// Restart the containers of a Compose project.
    RestartProject "compose.restart" Change "Restart" ["restart"];
    /// Read the logs of a Compose project.
    ProjectLogs "compose.logs" Observe "Read the logs of" ["logs", "--no-color", "--tail", "200"];
    /// Show what Compose makes of a project's files, without the values of its environment.
    ProjectConfig "compose.config" Observe "Show the configuration of" ["config"];
}

impl Containers {
    /// Where a project is: only in a folder that was allowed.
    pub(crate) async fn project(&self, actor: &Actor, server: &ServerName, project: &Name) -> Result<(Place, Folder)> {
        let place = self.place(actor.guild, server).await?;
        let Some(folder) = self.store.compose_folder(actor.guild, &place.id, project.as_str()).await? else {
            return Err(Error::Outside(Box::new(
                Card::failed(format!("**{} is not allowed** on {}", code(project.as_str()), code(server.as_str())))
                    .text("Nothing was done. `/compose allow` says which folder it is in."),
            )));
        };
        Ok((place, folder.parse()?))
    }

    /// A yes is for the folder that the project is in by then.
    async fn of_folder(
        &self,
        known: Assessment,
        actor: &Actor,
        server: &ServerName,
        project: &Name,
    ) -> Result<Assessment> {
        let Ok(place) = self.place(actor.guild, server).await else { return Ok(known) };
        let folder = self.store.compose_folder(actor.guild, &place.id, project.as_str()).await?.unwrap_or_default();
        let identity = known.identity.clone().map(|identity| format!("{identity} {folder}"));
        Ok(Assessment { identity, ..known })
    }

    /// Runs a command of Compose's as a step of something else.
    pub(crate) async fn run_project(
        &self,
        place: &Place,
        (project, folder): (&Name, &Folder),
        arguments: &[&str],
        output: &Arc<Output>,
        run: &Run,
    ) -> Result<Ended> {
        let (heard, cancel) = (Heard::together(output), run.cancel().clone());
        self.compose(&Compose { place, project, folder, arguments, heard, cancel, deadline: DEADLINE }).await
    }

    /// Runs a command of Compose's, and shows it.
    pub(super) async fn run_compose(
        &self,
        title: String,
        place: &Place,
        (project, folder): (&Name, &Folder),
        arguments: &[&str],
        run: &Run,
    ) -> Result<Ran> {
        let output = Arc::<Output>::default();
        let is_config = arguments.first() == Some(&"config");
        if !is_config {
            run.show(Arc::new(Running {
                title: title.clone(),
                output: Arc::clone(&output),
                redactor: run.redactor().clone(),
                clock: self.clock.clone(),
                began: run.began(),
            }));
        }
        // What is read as a file must hold nothing else.
        let heard = if is_config { Heard::default() } else { Heard::together(&output) };
        let compose = Compose {
            place,
            project,
            folder,
            arguments,
            heard: heard.clone(),
            cancel: run.cancel().clone(),
            deadline: DEADLINE,
        };
        let ended = self.compose(&compose).await?;
        if is_config {
            output.push(config::shown(&heard.out).as_bytes());
            output.push(&heard.err.take_log().unwrap_or_default());
        }
        Ok(Ran::new(title, project.as_str(), ended, &output, &self.clock, run))
    }
}
