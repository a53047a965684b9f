//! Puts back what stood at a path before the last change, unless somebody changed it since.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::file_versions::FileVersion;

use super::{
    DEADLINE, FilePath, Files,
    spot::{Ending, Spot},
    swap::{self, Now, Source, Wanted},
};
use crate::ssh::{Reader, Sftp, SftpError};

const NOT_UNDONE: &str = "Nothing was changed.";

/// Undo the last change of a file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UndoFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
}

/// It is as it was.
#[derive(Debug, Serialize)]
pub struct Undone {
    server: ServerName,
    path: String,
    /// None where there was nothing before, and is nothing now.
    size: Option<u64>,
    made_by: String,
    made_at: base::Millis,
}

impl Action for UndoFile {
    const NAME: &'static str = "file.undo";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Undone;

    fn plan(&self) -> String {
        format!("Undo the last change of {} on {}", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("undo changes of files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Undone> {
        files.undo(&permit).await
    }
}

impl Files {
    async fn undo(&self, permit: &Permit<UndoFile>) -> Result<Undone> {
        let (action, actor) = (permit.action(), permit.actor());
        let (server, sftp) = self.session(actor.guild, &action.server).await?;
        let sftp = Arc::new(sftp);
        let spot = self.spot(&server, &sftp, &action.path, Ending::Followed, ("undo", NOT_UNDONE)).await?;
        let tried = spot.tried("undo", NOT_UNDONE);
        let _alone = self.alone(&spot, &tried)?;
        let now = swap::now(&sftp, &spot, &tried).await?;
        let Some(last) = self.last_change(&sftp, &spot, &now).await? else {
            return Err(Error::Invalid(format!(
                "I changed nothing at {} on {} that I still keep. Nothing was changed.",
                code(&spot.path),
                code(&server.name)
            )));
        };
        if now.digest != last.after {
            return Err(tried.because("Somebody else changed it since, and undoing would throw that away."));
        }
        match &last.kept {
            None => self.take_away(&sftp, &spot, &now, actor).await?,
            Some(kept) => self.bring_back(&sftp, &spot, &now, (&last, kept), actor).await?,
        }
        self.store.forget_file_version(actor.guild, &last.id).await?;
        self.names.forget(&server.id);
        let size = last.kept.is_some().then_some(last.size);
        let server = action.server.clone();
        Ok(Undone { server, path: spot.path, size, made_by: last.by, made_at: last.at })
    }

    /// The last change of a path. What was noted before its server was touched, and then never took place, is none.
    async fn last_change(&self, sftp: &Sftp, spot: &Spot, now: &Now) -> Result<Option<FileVersion>> {
        for version in self.store.file_versions(spot.server.guild, &spot.server.id, &spot.path).await? {
            if version.after == now.digest || version.before != now.digest {
                return Ok(Some(version));
            }
            self.forget(sftp, &version).await;
        }
        Ok(None)
    }

    /// There was nothing before, so there is nothing now.
    async fn take_away(&self, sftp: &Arc<Sftp>, spot: &Spot, now: &Now, actor: &Actor) -> Result<()> {
        let tried = spot.tried("undo", NOT_UNDONE);
        let kept = self.keep(sftp, spot, now, swap::NOTHING, actor.user).await?;
        if let Some(why) = kept.lost {
            return Err(tried.because(format!("It would be gone for good: {why}.")));
        }
        if let Err(error) = sftp.remove(&spot.path).await {
            return Err(self.not_done((sftp, spot), &tried, &kept, &error).await);
        }
        Ok(())
    }

    /// What was kept takes its old place: as it is where that is on the same file system and it is still dressed as it was, as a
    /// copy elsewhere.
    async fn bring_back(
        &self,
        sftp: &Arc<Sftp>,
        spot: &Spot,
        now: &Now,
        (last, kept): (&FileVersion, &str),
        actor: &Actor,
    ) -> Result<()> {
        let tried = spot.tried("undo", NOT_UNDONE);
        let Some(facts) = sftp.look(kept).await.map_err(|error| tried.said(&error))? else {
            self.forget(sftp, last).await;
            return Err(tried.because("The server does not keep it any more."));
        };
        // A copy is its user's alone.
        if (facts.mode, (facts.user, facts.group)) == (last.mode, last.owner) {
            let current = self.keep(sftp, spot, now, &last.before, actor.user).await?;
            let placed = match now.facts {
                Some(_) => sftp.replace(kept, &spot.path).await,
                None => sftp.rename(kept, &spot.path).await,
            };
            match placed {
                Ok(()) => return Ok(()),
                Err(error) if error.leaves_it_open() => {
                    return Err(self.not_done((sftp, spot), &tried, &current, &error).await);
                }
                Err(_) => self.forget(sftp, &current.version).await,
            }
        }
        let (source, facts) = sftp.open(kept).await.map_err(|error| tried.said(&error))?;
        let wanted = Wanted {
            expected: Some(&last.after),
            size: Some(facts.size),
            most: u64::MAX,
            dress: Some((last.mode, last.owner)),
            by: actor.user,
        };
        self.swap(sftp, spot, &wanted, Copied(sftp.reader(&source))).await?;
        if let Err(error) = sftp.remove(kept).await {
            tracing::debug!(%error, "what was put back is still kept, too");
        }
        Ok(())
    }
}

/// What a server keeps.
struct Copied(Reader);

impl Source for Copied {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        self.0.next().await.map_err(|error: SftpError| format!("What is kept could not be read: {error}."))
    }
}

impl Report for Undone {
    fn card(&self) -> Card {
        let (path, server) = (code(&self.path), code(self.server.as_str()));
        let card = match self.size {
            Some(size) => Card::ok(format!("**Put back** {path} on {server}")).fact(measure::bytes(size)),
            None => Card::ok(format!("**Took away** {path} on {server}")).fact("there was nothing before"),
        };
        let card = card.fact(format!("the change was by <@{}> {}", self.made_by, self.made_at.relative()));
        match self.path.parse() {
            Ok(path) => {
                let again = UndoFile { server: self.server.clone(), path };
                card.choice(Choice::perform("Undo this", &again, Lands::Below))
            }
            Err(_) => card,
        }
    }
}
