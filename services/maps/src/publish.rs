//! A guild's page for everybody: what is on it was put there by name, and is called there as somebody said.
//!
//! **Invariants:** nothing is on it by default; it shows no name, address or word of a map but those that were given for it; who
//! reads it makes the bot ask no server anything.

mod page;
mod put;
mod set;
mod watch;

pub use page::{Bar, Line, Page};
pub use put::{PublishService, UnpublishService};
pub use set::{Change, SetPage, ShownIncidents};
pub use store::status_pages::Incidents as PageIncidents;

use base::{Error, GuildId, Result, ServerName, card::code};
use store::status_pages::Subject;

use crate::{Maps, ServiceName};

/// Most lines of a page.
const MOST: usize = 50;
/// Longest name of a line, and title of a page.
const NAME: usize = 60;

/// What a line is about: a service, or a server.
fn subject(service: Option<&ServiceName>, server: Option<&ServerName>) -> Result<(Subject, String)> {
    match (service, server) {
        (Some(service), None) => Ok((Subject::Service, service.to_string())),
        (None, Some(server)) => Ok((Subject::Server, server.to_string())),
        _ => Err(Error::Invalid("Give a service of the map or a server, one of them. Nothing was changed.".to_owned())),
    }
}

/// What a person gave as a name for everybody.
fn public_name(text: &str) -> Result<String> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > NAME || name.chars().any(base::card::is_hidden) {
        return Err(Error::Invalid(format!(
            "A name for everybody has 1 to {NAME} letters that can be seen. Nothing was changed."
        )));
    }
    Ok(name)
}

impl Maps {
    /// Tells it where people reach the pages.
    pub fn know_address(&self, address: &str) {
        // It is known from the settings, once.
        let _ = self.address.set(address.trim_end_matches('/').to_owned());
    }

    /// A page's address, as a card shows it.
    fn address_of(&self, word: &str) -> String {
        match self.address.get() {
            Some(address) => format!("{address}/status/{word}"),
            None => {
                format!("{} where my web pages are; `NEBULA_WEB_URL` says it whole", code(format!("/status/{word}")))
            }
        }
    }

    /// What stands for a subject in its row: a service's name, a server's id.
    fn row_of(&self, guild: GuildId, kind: Subject, name: &str) -> Result<String> {
        match kind {
            Subject::Service => Ok(name.to_owned()),
            Subject::Server => self.hosts.find(guild, &name.parse()?).map(|server| server.id),
        }
    }
}
