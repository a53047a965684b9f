//! Says in which folder a project is: Compose is used nowhere else.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Folder, UpProject};
use crate::{Containers, Name};

/// Allow a Compose project in a folder.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AllowProject {
    /// The server it is on.
    pub server: ServerName,
    /// The project.
    pub project: Name,
    /// The folder its files are in.
    pub folder: String,
}

/// Allow a Compose project no more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetProject {
    /// The server it is on.
    pub server: ServerName,
    /// The project.
    pub project: Name,
}

/// It is allowed.
#[derive(Debug, Serialize)]
pub struct Allowed {
    server: ServerName,
    project: Name,
    folder: Folder,
}

/// It is not.
#[derive(Debug, Serialize)]
pub struct Forgotten {
    server: ServerName,
    project: Name,
    was_allowed: bool,
}

impl Action for AllowProject {
    const NAME: &'static str = "compose.allow";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Allowed;

    fn plan(&self) -> String {
        let (project, folder, server) = (code(self.project.as_str()), code(&self.folder), code(self.server.as_str()));
        format!("Allow Compose project {project} in {folder} on {server}")
    }

    fn refusal(&self) -> String {
        format!("allow Compose projects on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, containers: &Containers, actor: &Actor) -> Result<Assessment> {
        // What a project's files say is done as whoever logs in: that is as much as a command there.
        let also = vec![("server.run", self.server.to_string())];
        Ok(Assessment { also, ..containers.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Allowed> {
        let (AllowProject { server, project, folder }, actor) = (permit.action().clone(), permit.actor());
        let folder: Folder = folder.parse()?;
        let place = containers.place(actor.guild, &server).await?;
        let by = (actor.guild, actor.user);
        containers.store.allow_compose_project(by, &place.id, project.as_str(), folder.as_str()).await?;
        Ok(Allowed { server, project, folder })
    }
}

impl Action for ForgetProject {
    const NAME: &'static str = "compose.forget";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Forgotten;

    fn plan(&self) -> String {
        format!("Allow Compose project {} on {} no more", code(self.project.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("forget Compose projects on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, _: &Run) -> Result<Forgotten> {
        let (ForgetProject { server, project }, guild) = (permit.action().clone(), permit.actor().guild);
        let place = containers.place(guild, &server).await?;
        let was_allowed = containers.store.forget_compose_project(guild, &place.id, project.as_str()).await?;
        Ok(Forgotten { server, project, was_allowed })
    }
}

impl Report for Allowed {
    fn card(&self) -> Card {
        let up = UpProject { server: self.server.clone(), project: self.project.clone() };
        Card::ok(format!("**Allowed** {} on {}", code(self.project.as_str()), code(self.server.as_str())))
            .fact(code(self.folder.as_str()))
            .choice(Choice::perform("Start", &up, Lands::Below))
    }
}

impl Report for Forgotten {
    fn card(&self) -> Card {
        let (project, server) = (code(self.project.as_str()), code(self.server.as_str()));
        if self.was_allowed {
            Card::ok(format!("**Forgot** {project} on {server}")).text("What runs of it goes on.")
        } else {
            Card::quiet(format!("**Nothing to do**: {project} was not allowed on {server}"))
        }
    }
}
