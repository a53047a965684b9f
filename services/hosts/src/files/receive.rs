//! Puts a file on a server that is too large for a message: it comes through a page of ours, straight to its place.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base::{Action, Actor, Assessment, Error, Permit, Result, Risk, Run, ServerName, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    FilePath, Files,
    link::{Begun, DONE_BY, Moving, Piece, Way, over},
    spot::Ending,
    swap::{Source, Wanted},
    write::Written,
};

/// No more is taken through a link.
const MOST: u64 = 5_000_000_000;

/// Put a file on a server through a link.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ReceiveFile {
    /// The server.
    pub server: ServerName,
    /// Where to, with its name.
    pub path: FilePath,
}

impl Action for ReceiveFile {
    const NAME: &'static str = "file.receive";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Written;

    fn plan(&self) -> String {
        let (path, server) = (code(self.path.as_str()), code(self.server.as_str()));
        format!("Put {path} on {server}, up to {} through a link", measure::bytes(MOST))
    }

    fn refusal(&self) -> String {
        format!("write files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        DONE_BY
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, run: &Run) -> Result<Written> {
        let (action, actor) = (permit.action(), permit.actor());
        if let Some(why) = files.no_links() {
            return Err(Error::Invalid(format!("Attach the file. {why} Nothing was changed.")));
        }
        let (server, sftp) = files.session(actor.guild, &action.server).await?;
        let words = ("write", "Nothing was changed.");
        let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, words).await?;
        // Nobody sends five gigabytes to hear that a directory is there.
        super::swap::now(&sftp, &spot, &spot.tried(words.0, words.1)).await?;
        // A link may wait for minutes, and a session is one of the few that a server gives.
        drop(sftp);
        let Begun::Up(pieces, answer) = files.through_link(run, &spot, Way::Up, MOST).await? else {
            return Err(over(&spot, "The link was used the other way."));
        };
        let moved = Arc::new(AtomicU64::new(0));
        run.show(Arc::new(Moving {
            title: format!("**Put** {} on {}", code(&spot.path), code(&server.name)),
            size: None,
            moved: Arc::clone(&moved),
            clock: files.clock.clone(),
            began: files.clock.now(),
        }));
        let placed = async {
            let sftp = Arc::new(files.session_again(&spot).await?);
            // It may have taken minutes until the link was used, and where the path leads may have changed.
            let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, words).await?;
            let _alone = files.alone(&spot, &spot.tried(words.0, words.1))?;
            let wanted = Wanted { expected: None, size: None, most: MOST, dress: None, by: actor.user };
            let source = Coming { pieces, moved, whole: false };
            let swapped = files.swap(&sftp, &spot, &wanted, source).await?;
            Ok(Written::of(action.server.clone(), spot.path, swapped))
        };
        let written = tokio::select! {
            written = placed => written,
            () = run.cancel().cancelled() => Err(over(&spot, "It was cancelled.")),
        };
        files.names.forget(&server.id);
        let told = written.as_ref().map(|written| format!("{} are on their server.", measure::bytes(written.size())));
        // Whoever sent it may have gone; the card says it, too.
        let _ = answer.send(told.map_err(ToString::to_string));
        written
    }
}

/// What comes in through a page.
struct Coming {
    pieces: mpsc::Receiver<Piece>,
    moved: Arc<AtomicU64>,
    /// An empty piece says that all of it has come; without one, it broke off.
    whole: bool,
}

impl Source for Coming {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        if self.whole {
            return Ok(None);
        }
        match self.pieces.recv().await {
            Some(Ok(piece)) if piece.is_empty() => {
                self.whole = true;
                Ok(None)
            }
            Some(Ok(piece)) => {
                self.moved.fetch_add(piece.len() as u64, Ordering::Relaxed);
                Ok(Some(piece))
            }
            Some(Err(why)) => Err(why),
            None => Err("The upload broke off.".to_owned()),
        }
    }
}
