//! Reads a small text file for a form.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    FilePath, Files,
    get::{opened, read_all},
    spot::Ending,
    swap,
};

/// Discord's own limit for a text field, in characters.
const FORM: usize = 4_000;
/// A character has up to four bytes.
const READ: u64 = 4 * FORM as u64;
const WORDS: (&str, &str) = ("edit", "Nothing was changed.");

/// Open a text file of a server in a form.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct OpenFile {
    /// The server.
    pub server: ServerName,
    /// The file.
    pub path: FilePath,
}

/// What is in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Opened {
    /// Its canonical path.
    pub path: String,
    /// All of it.
    pub text: String,
    /// What tells it from any other.
    pub digest: String,
}

impl Action for OpenFile {
    const NAME: &'static str = "file.open";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Opened;

    fn plan(&self) -> String {
        format!("Open {} on {} in a form", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("read files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, run: &Run) -> Result<Opened> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let (server, sftp) = files.session(guild, &action.server).await?;
        let spot = files.spot(&server, &sftp, &action.path, Ending::Followed, WORDS).await?;
        let tried = spot.tried(WORDS.0, WORDS.1);
        let (handle, _) = opened(&sftp, &spot, WORDS).await?;
        let bytes = read_all(&sftp, &handle, READ).await.map_err(|error| tried.said(&error))?;
        let text = bytes.map(String::from_utf8);
        let text = match text {
            Some(Ok(text)) if text.chars().count() <= FORM => text,
            Some(Err(_)) => return Err(tried.because("It is no text. `/file put` replaces it by an attachment.")),
            _ => {
                return Err(tried.because(format!(
                    "A form takes {}. `/file get` fetches it, and `/file edit` takes it back as an attachment.",
                    measure::count(FORM as u64, "character", "characters")
                )));
            }
        };
        if text.chars().any(|letter| letter.is_control() && !"\n\r\t".contains(letter)) {
            return Err(tried.because("It is no text. `/file put` replaces it by an attachment."));
        }
        if run.redactor().finds(&text) {
            // What a form shows is masked, and the mask would come back.
            return Err(
                tried.because("It holds a secret, which no form may show. `/file edit` takes it as an attachment.")
            );
        }
        Ok(Opened { digest: swap::digest(text.as_bytes()), path: spot.path, text })
    }
}

impl Report for Opened {
    fn card(&self) -> Card {
        Card::ok(format!("**Opened** {}", code(&self.path))).fact(measure::bytes(self.text.len() as u64))
    }
}
