//! Removes a file, and keeps what it was.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DEADLINE, FilePath, Files, UndoFile, spot::Ending, swap};
use crate::ssh::SftpError;

const NOT_REMOVED: &str = "Nothing was removed.";

/// Remove a file from a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    server: ServerName,
    path: String,
    size: u64,
}

impl Action for RemoveFile {
    const NAME: &'static str = "file.remove";
    const RISK: Risk = Risk::Destroy;
    type Service = Files;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove {} from {}", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove files from {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        let why = Some("It is kept on the server for 14 days, where `/file undo` finds it.".to_owned());
        Ok(Assessment { why, ..files.hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Removed> {
        let (action, actor) = (permit.action(), permit.actor());
        let (server, sftp) = files.session(actor.guild, &action.server).await?;
        let sftp = Arc::new(sftp);
        let spot = files.spot(&server, &sftp, &action.path, Ending::Itself, ("remove", NOT_REMOVED)).await?;
        let tried = spot.tried("remove", NOT_REMOVED);
        let _alone = files.alone(&spot, &tried)?;
        let now = swap::now(&sftp, &spot, &tried).await?;
        let Some(facts) = now.facts else { return Err(tried.said(&SftpError::NotThere)) };
        let kept = files.keep(&sftp, &spot, &now, swap::NOTHING, actor.user).await?;
        if let Some(why) = kept.lost {
            return Err(tried.because(format!("It cannot be kept: {why}.")));
        }
        if let Err(error) = sftp.remove(&spot.path).await {
            return Err(files.not_done((&sftp, &spot), &tried, &kept, &error).await);
        }
        files.names.forget(&server.id);
        Ok(Removed { server: action.server.clone(), path: spot.path.clone(), size: facts.size })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** {} from {}", code(&self.path), code(self.server.as_str())))
            .fact(measure::bytes(self.size))
            .text("The server keeps it for 14 days, so its room is not free yet.");
        match self.path.parse() {
            Ok(path) => {
                let undo = UndoFile { server: self.server.clone(), path };
                card.choice(Choice::perform("Undo", &undo, Lands::Below))
            }
            Err(_) => card,
        }
    }
}
