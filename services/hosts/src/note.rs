//! Writes down what a server is for.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Hosts, add::NOTE_LIMIT};

/// Write down what a server is for.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NoteServer {
    /// The server.
    pub server: ServerName,
    /// What it is for; none takes the note away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is written of it now.
#[derive(Debug, Serialize)]
pub struct Noted {
    server: String,
    note: String,
}

impl Action for NoteServer {
    const NAME: &'static str = "server.note";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Noted;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match &self.note {
            Some(note) => format!("Note of {server}: {}", code(note)),
            None => format!("Take the note off {server}"),
        }
    }

    fn refusal(&self) -> String {
        format!("write a note about {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Noted> {
        hosts.write_note(&permit).await
    }
}

impl Hosts {
    async fn write_note(&self, permit: &Permit<NoteServer>) -> Result<Noted> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let server = self.find(guild, &action.server)?;
        let note = action.note.as_deref().unwrap_or_default().trim();
        if note.chars().count() > NOTE_LIMIT {
            return Err(Error::Invalid(format!("A note has at most {NOTE_LIMIT} characters. Nothing was changed.")));
        }
        let note = self.redactor.of(guild).mask(note).into_owned();
        let Some(server) = self.store.note_server(&server, &note).await? else {
            return Err(Error::NotFound { kind: "server", name: server.name });
        };
        self.remember(&server);
        Ok(Noted { server: server.name, note: server.note })
    }
}

impl Report for Noted {
    fn card(&self) -> Card {
        let server = code(&self.server);
        if self.note.is_empty() {
            return Card::ok(format!("**Took the note off** {server}"));
        }
        Card::ok(format!("**Noted** about {server}")).fact(code(&self.note))
    }
}
