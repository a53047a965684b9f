//! Gives a file or a directory another name on its server; nothing is ever overwritten.

use base::{
    Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    FilePath, Files,
    path::{is_within, join, split},
    spot::Ending,
    trouble::Tried,
};
use crate::ssh::{Kind, SftpError};

const NOT_MOVED: &str = "Nothing was moved.";

/// Move or rename a file on a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct MoveFile {
    /// The server.
    pub server: ServerName,
    /// What it is called.
    pub from: FilePath,
    /// What it will be called; a directory that is there takes it under its old name.
    pub to: FilePath,
}

/// It is there now.
#[derive(Debug, Serialize)]
pub struct Moved {
    server: ServerName,
    from: String,
    to: String,
}

impl Action for MoveFile {
    const NAME: &'static str = "file.move";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Moved;

    fn plan(&self) -> String {
        let (from, to) = (code(self.from.as_str()), code(self.to.as_str()));
        format!("Move {from} to {to} on {}", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("move files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Moved> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let (server, sftp) = files.session(guild, &action.server).await?;
        let words = ("move", NOT_MOVED);
        let from = files.spot(&server, &sftp, &action.from, Ending::Itself, words).await?;
        let mut to = files.spot(&server, &sftp, &action.to, Ending::Itself, words).await?;
        let tried = Tried { verb: "move", left: NOT_MOVED, server: &server, path: &from.path };
        let Some(facts) = sftp.look(&from.path).await.map_err(|error| tried.said(&error))? else {
            return Err(tried.said(&SftpError::NotThere));
        };
        let there = sftp.look(&to.path).await.map_err(|error| tried.said(&error))?;
        if there.is_some_and(|there| there.kind == Kind::Directory) {
            to.path = join(&to.path, split(&from.path).1);
        } else if there.is_some() {
            return Err(tried.because(format!("{} is there already, and nothing is overwritten.", code(&to.path))));
        }
        if facts.kind == Kind::Directory && is_within(&to.path, &from.path) {
            return Err(tried.because("A directory does not go into itself."));
        }
        if files.store.file_roots_of(guild, &server.id).await?.iter().any(|root| is_within(root, &from.path)) {
            return Err(tried.because("It is, or holds, a directory that is open to files."));
        }
        match sftp.rename(&from.path, &to.path).await {
            Ok(()) => {}
            Err(SftpError::Failed) if sftp.look(&to.path).await.is_ok_and(|there| there.is_some()) => {
                return Err(tried.because(format!("{} is there already, and nothing is overwritten.", code(&to.path))));
            }
            Err(SftpError::Failed) => {
                let error = tried.failed(&sftp, &SftpError::Failed, to.directory()).await;
                return Err(match error {
                    base::Error::Outside(card) => base::Error::Outside(Box::new(
                        card.text("From one file system to another it cannot be moved at once."),
                    )),
                    other => other,
                });
            }
            Err(error) => return Err(tried.said(&error)),
        }
        files.names.forget(&server.id);
        Ok(Moved { server: action.server.clone(), from: from.path, to: to.path })
    }
}

impl Report for Moved {
    fn card(&self) -> Card {
        let (from, to) = (code(&self.from), code(&self.to));
        let card = Card::ok(format!("**Moved** {from} on {}", code(self.server.as_str()))).fact(format!("now {to}"));
        match (self.to.parse(), self.from.parse()) {
            (Ok(from), Ok(to)) => {
                let back = MoveFile { server: self.server.clone(), from, to };
                card.choice(Choice::perform("Move back", &back, Lands::Below))
            }
            _ => card,
        }
    }
}
