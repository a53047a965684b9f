//! Writes a file: exactly what was drafted, in the place of exactly what was there.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, Secret, ServerName,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DEADLINE, FilePath, Files, LARGEST_ATTACHMENT, UndoFile, draft,
    spot::Ending,
    swap::{self, NOTHING, Swapped, Wanted, Whole},
};

/// More of a difference is not read on a phone; the one who said yes has seen all of it.
const SHOWN: usize = 1_200;

/// Write a file on a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WriteFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
    /// What must be there: `sha256:…`, or `none`.
    pub before: String,
    /// What will be there: `sha256:…`.
    pub after: String,
    /// Its size in bytes.
    pub size: u64,
    /// How many lines come and go, where both are text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u64, u64)>,
    /// What is different, where both are text and it is short enough to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// What will be in it, in base64.
    #[serde(default)]
    pub content: Option<Secret>,
}

/// It is written.
#[derive(Debug, Serialize)]
pub struct Written {
    server: ServerName,
    path: String,
    size: u64,
    mode: u32,
    replaced: bool,
    lines: Option<(u64, u64)>,
    #[serde(skip)]
    diff: Option<String>,
    lost: Option<String>,
}

impl Action for WriteFile {
    const NAME: &'static str = "file.write";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Written;

    fn plan(&self) -> String {
        let (path, server) = (code(self.path.as_str()), code(self.server.as_str()));
        let (verb, size) = (if self.before == NOTHING { "Make" } else { "Change" }, measure::bytes(self.size));
        match self.lines {
            Some((more, less)) => format!("{verb} {path} on {server}, {}", lines(more, less)),
            None => format!("{verb} {path} on {server}, {size}"),
        }
    }

    fn refusal(&self) -> String {
        format!("write files on {}", code(self.server.as_str()))
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

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Written> {
        let (action, actor) = (permit.action(), permit.actor());
        let bytes = draft::content(action.content.as_ref())?;
        if swap::digest(&bytes) != action.after {
            return Err(Error::Invalid(
                "What is to be written is not what was asked about. Nothing was changed.".to_owned(),
            ));
        }
        let (server, sftp) = files.session(actor.guild, &action.server).await?;
        let sftp = Arc::new(sftp);
        let words = ("write", "Nothing was changed.");
        let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, words).await?;
        let _alone = files.alone(&spot, &spot.tried(words.0, words.1))?;
        let wanted = Wanted {
            expected: Some(&action.before),
            size: Some(bytes.len() as u64),
            most: LARGEST_ATTACHMENT,
            dress: None,
            by: actor.user,
        };
        let swapped = files.swap(&sftp, &spot, &wanted, Whole(Some(bytes))).await?;
        files.names.forget(&server.id);
        let written = Written::of(action.server.clone(), spot.path, swapped);
        Ok(Written { lines: action.lines, diff: action.diff.clone(), ..written })
    }
}

impl Written {
    pub(super) fn of(server: ServerName, path: String, swapped: Swapped) -> Self {
        let Swapped { size, mode, lost, replaced } = swapped;
        Self { server, path, size, mode, replaced, lines: None, diff: None, lost }
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

/// How much comes and goes: `+3 −1 lines`.
fn lines(more: u64, less: u64) -> String {
    format!("+{more} −{less} {}", if more + less == 1 { "line" } else { "lines" })
}

/// The beginning of a difference, in whole lines.
fn shown(diff: &str) -> String {
    if diff.len() <= SHOWN {
        return diff.to_owned();
    }
    let mut text = String::new();
    for line in diff.split_inclusive('\n') {
        if text.len() + line.len() > SHOWN {
            break;
        }
        text.push_str(line);
    }
    text + "…"
}

impl Report for Written {
    fn card(&self) -> Card {
        let (path, server) = (code(&self.path), code(self.server.as_str()));
        let verb = if self.replaced { "Changed" } else { "Made" };
        let mut card = Card::ok(format!("**{verb}** {path} on {server}")).fact(measure::bytes(self.size));
        if let Some((more, less)) = self.lines {
            card = card.fact(lines(more, less));
        }
        card = card.fact(format!("mode {:04o}{}", self.mode, if self.replaced { " and owner kept" } else { "" }));
        if let Some(diff) = &self.diff {
            card = card.code("diff", shown(diff.trim_end()));
        }
        if let Some(lost) = &self.lost {
            return card.text(format!("What was there before cannot be had back: {lost}."));
        }
        match self.path.parse() {
            Ok(path) => {
                let undo = UndoFile { server: self.server.clone(), path };
                card.choice(Choice::perform("Undo", &undo, Lands::Below))
            }
            Err(_) => card,
        }
    }
}
