//! Fetches a file: as an attachment, masked as everything is that leaves.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, ServerName, card::code, measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    FilePath, Files, LARGEST_ATTACHMENT,
    link::{Begun, DONE_BY, Moving, Piece, Wanted, Way, over},
    spot::{Ending, Spot},
};
use crate::ssh::{Facts, Handle, Kind, Sftp, SftpError};

/// What Discord takes where it does not say.
const USUAL_ATTACHMENT: u64 = 10 * 1024 * 1024;
/// A file of so many lines is shown on its card.
const LINES_SHOWN: usize = 15;
/// And of so many bytes.
const BYTES_SHOWN: usize = 1_200;
/// What is told of it besides the attachment, to whoever sees none, in bytes.
const BYTES_TOLD: usize = 64 * 1024;
const NOT_READ: &str = "Nothing was fetched.";

/// Fetch a file from a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct GetFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
    /// The largest attachment that Discord takes here, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// The file.
#[derive(Debug, Serialize)]
pub struct Fetched {
    server: String,
    path: String,
    size: u64,
    mode: u32,
    changed: u32,
    masked: bool,
    /// None where it went through a link. What it says is told where it is text, as far as it is read.
    #[serde(rename = "text", serialize_with = "as_text", skip_serializing_if = "is_no_text")]
    bytes: Option<Arc<Vec<u8>>>,
}

impl Action for GetFile {
    const NAME: &'static str = "file.get";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Fetched;

    fn plan(&self) -> String {
        format!("Fetch {} from {}", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("fetch files from {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    fn deadline(&self) -> Duration {
        DONE_BY
    }

    async fn run(permit: Permit<Self>, files: &Files, run: &Run) -> Result<Fetched> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let (server, sftp) = files.session(guild, &action.server).await?;
        let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, ("fetch", NOT_READ)).await?;
        let most = action.limit.unwrap_or(USUAL_ATTACHMENT).min(LARGEST_ATTACHMENT);
        let (handle, facts) = opened(&sftp, &spot, ("fetch", NOT_READ)).await?;
        let tried = spot.tried("fetch", NOT_READ);
        let too_large = |size| {
            tried.because(format!(
                "It has {}, and an attachment here at most {}.",
                measure::bytes(size),
                measure::bytes(most)
            ))
        };
        if facts.size > most {
            if let Some(why) = files.no_links() {
                let card = match too_large(facts.size) {
                    Error::Outside(card) => card.text(why),
                    other => return Err(other),
                };
                return Err(Error::Outside(Box::new(card)));
            }
            // A link may wait for minutes, and a session is one of the few that a server gives.
            drop(sftp);
            return files.hand_over(action, &spot, &facts, run).await;
        }
        let bytes = read_all(&sftp, &handle, most).await.map_err(|error| tried.said(&error))?;
        // It may grow while it is read.
        let bytes = bytes.ok_or_else(|| too_large(most + 1))?;
        let masked = match run.redactor().mask_bytes(&bytes) {
            Cow::Owned(masked) => Some(masked),
            Cow::Borrowed(_) => None,
        };
        Ok(Fetched {
            server: server.name.clone(),
            path: spot.path.clone(),
            size: bytes.len() as u64,
            mode: facts.mode,
            changed: facts.changed,
            masked: masked.is_some(),
            bytes: Some(Arc::new(masked.unwrap_or(bytes))),
        })
    }
}

/// What it says, masked as what is attached is.
fn text(bytes: Option<&Vec<u8>>) -> Option<&str> {
    let bytes = bytes?;
    // A letter that the cut runs through is left out.
    let text = match std::str::from_utf8(&bytes[..bytes.len().min(BYTES_TOLD)]) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    (!text.contains('\0')).then_some(text)
}

#[expect(clippy::ref_option, reason = "serde hands a field over as it is")]
fn is_no_text(bytes: &Option<Arc<Vec<u8>>>) -> bool {
    text(bytes.as_deref()).is_none()
}

#[expect(clippy::ref_option, reason = "serde hands a field over as it is")]
fn as_text<S: serde::Serializer>(bytes: &Option<Arc<Vec<u8>>>, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(text(bytes.as_deref()).unwrap_or_default())
}

impl Wanted {
    /// What it is called where it is loaded to; its path must be masked by then.
    pub fn name(&self) -> String {
        attached_as(&self.path)
    }
}

impl Files {
    /// Gives a file to whoever uses its link, masked as everything that leaves.
    async fn hand_over(&self, action: &GetFile, spot: &Spot, facts: &Facts, run: &Run) -> Result<Fetched> {
        let Begun::Down(out) = self.through_link(run, spot, Way::Down, facts.size).await? else {
            return Err(over(spot, "The link was used the other way."));
        };
        let moved = Arc::new(AtomicU64::new(0));
        run.show(Arc::new(Moving {
            title: format!("**Fetch** {} from {}", code(&spot.path), code(&spot.server.name)),
            size: Some(facts.size),
            moved: Arc::clone(&moved),
            clock: self.clock.clone(),
            began: self.clock.now(),
        }));
        let words = ("fetch", NOT_READ);
        let sftp = self.session_again(spot).await?;
        // Where the path leads, and what is there, may have changed since.
        let spot = &self.spot(&spot.server, &sftp, &action.path, Ending::Followed, words).await?;
        let (handle, facts) = opened(&sftp, spot, words).await?;
        let (mut reader, mut mask) = (sftp.reader(&handle), run.redactor().stream());
        let (mut read, mut told) = (Sha256::new(), Sha256::new());
        loop {
            let piece = tokio::select! {
                biased;
                () = run.cancel().cancelled() => {
                    // Whoever loads it sees that it broke off.
                    let _ = out.send(Err("cancelled".to_owned())).await;
                    return Err(over(spot, "It was cancelled."));
                }
                piece = reader.next() => piece,
            };
            let masked = match piece {
                Ok(Some(piece)) => {
                    moved.fetch_add(piece.len() as u64, Ordering::Relaxed);
                    read.update(&piece);
                    mask.push(&piece)
                }
                Ok(None) => break,
                Err(error) => {
                    let _ = out.send(Err("the server failed".to_owned())).await;
                    return Err(spot.tried("fetch", NOT_READ).said(&error));
                }
            };
            told.update(&masked);
            send(&out, masked, spot, run).await?;
        }
        let rest = mask.end();
        told.update(&rest);
        send(&out, rest, spot, run).await?;
        // Whoever hangs up now has all of it.
        let _ = out.send(Ok(Vec::new())).await;
        Ok(Fetched {
            server: spot.server.name.clone(),
            path: spot.path.clone(),
            size: moved.load(Ordering::Relaxed),
            mode: facts.mode,
            changed: facts.changed,
            masked: read.finalize() != told.finalize(),
            bytes: None,
        })
    }
}

async fn send(out: &tokio::sync::mpsc::Sender<Piece>, piece: Vec<u8>, spot: &Spot, run: &Run) -> Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    tokio::select! {
        sent = out.send(Ok(piece)) => sent.map_err(|_| over(spot, "Whoever loaded it hung up.")),
        () = run.cancel().cancelled() => Err(over(spot, "It was cancelled.")),
    }
}

/// Opens a file to read it: a file, and no directory or device.
pub(super) async fn opened(
    sftp: &Sftp,
    spot: &Spot,
    (verb, left): (&'static str, &'static str),
) -> Result<(Handle, Facts)> {
    let tried = spot.tried(verb, left);
    // A pipe would be waited for as soon as it is opened.
    match sftp.look(&spot.path).await.map_err(|error| tried.said(&error))? {
        Some(facts) if facts.kind == Kind::File => {}
        Some(facts) if facts.kind == Kind::Directory => {
            return Err(tried.because("It is a directory; `/file list` shows what is in it."));
        }
        Some(_) => return Err(tried.because("It is a device, a pipe or a socket, and no file.")),
        None => return Err(tried.said(&SftpError::NotThere)),
    }
    match sftp.open(&spot.path).await {
        Ok((handle, facts)) if facts.kind == Kind::File => Ok((handle, facts)),
        Ok(_) => Err(tried.said(&SftpError::Moved)),
        Err(error) => Err(tried.failed(sftp, &error, spot.directory()).await),
    }
}

/// All of an open file; none where it is larger than that.
pub(super) async fn read_all(sftp: &Sftp, handle: &Handle, most: u64) -> Result<Option<Vec<u8>>, SftpError> {
    let (mut reader, mut bytes) = (sftp.reader(handle), Vec::new());
    while let Some(piece) = reader.next().await? {
        if (bytes.len() + piece.len()) as u64 > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

/// A file's name as Discord takes it for an attachment.
fn attached_as(path: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    let name: String =
        super::path::split(path).1.chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    // Discord drops what is before the first letter of a hidden file.
    format!("{}{}", if name.starts_with('.') { "dot" } else { "" }, name.chars().take(100).collect::<String>())
}

impl Report for Fetched {
    fn card(&self) -> Card {
        let mut card = Card::ok(format!("**Fetched** {} from {}", code(&self.path), code(&self.server)))
            .fact(measure::bytes(self.size))
            .fact(format!("mode {:04o}", self.mode))
            .fact(format!("changed {}", Millis(i64::from(self.changed) * 1000).relative()));
        if self.size == 0 {
            return card.text("It is empty.");
        }
        if self.masked {
            card = card.text("It holds secrets, which are masked in this copy: put back, they would be lost.");
        }
        let Some(bytes) = &self.bytes else { return card.fact("through a link") };
        if let Some(text) = str::from_utf8(bytes).ok().filter(|text| text.len() <= BYTES_SHOWN)
            && text.lines().count() <= LINES_SHOWN
        {
            card = card.code("", text.trim_end());
        }
        card.file(attached_as(&self.path), Arc::clone(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_has_a_plain_name() {
        assert_eq!(attached_as("/srv/app/.env"), "dot.env");
        assert_eq!(attached_as("/srv/naïve \"file\".yml"), "na_ve__file_.yml");
    }
}
