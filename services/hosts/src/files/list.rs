//! What is in a directory.

use base::{
    Action, Actor, Assessment, Card, Millis, Permit, Report, Result, Risk, Run, ServerName, card::code, measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FilePath, Files, path, spot::Ending};
use crate::ssh::{Entry, Kind, SftpError};

/// More would not be read in a message; the file beside it has them all.
const SHOWN: usize = 20;
/// Names that are read at all.
const MOST: usize = 10_000;

/// List a directory of a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListFiles {
    /// The server.
    pub server: ServerName,
    /// The directory; the one that is open unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FilePath>,
}

/// What is there.
#[derive(Debug, Serialize)]
pub struct Listing {
    server: String,
    path: String,
    names: Vec<Line>,
    more: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    kind: &'static str,
    size: u64,
    mode: u32,
    changed: u32,
}

impl Action for ListFiles {
    const NAME: &'static str = "file.list";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Listing;

    fn plan(&self) -> String {
        match &self.path {
            Some(path) => format!("List {} on {}", code(path.as_str()), code(self.server.as_str())),
            None => format!("List what is open to files on {}", code(self.server.as_str())),
        }
    }

    fn refusal(&self) -> String {
        format!("list files on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Listing> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let (server, sftp) = files.session(guild, &action.server).await?;
        let path = match &action.path {
            Some(path) => path.clone(),
            // What is relative to one directory that is open, or says that there are several.
            None => ".".parse()?,
        };
        let spot = files.spot(&server, &sftp, &path, Ending::Followed, ("list", "")).await?;
        let tried = spot.tried("list", "");
        match sftp.look(&spot.path).await.map_err(|error| tried.said(&error))? {
            Some(facts) if facts.kind == Kind::Directory => {}
            Some(_) => return Err(tried.because("It is no directory; `/file get` fetches it.")),
            None => return Err(tried.said(&SftpError::NotThere)),
        }
        let (mut entries, more) = sftp.list(&spot.path, MOST).await.map_err(|error| tried.said(&error))?;
        files.names.learn(&server.id, &spot.path, &entries);
        entries.sort_by(|one, other| {
            let key = |entry: &Entry| (entry.facts.kind != Kind::Directory, entry.name.clone());
            key(one).cmp(&key(other))
        });
        Ok(Listing { server: server.name, path: spot.path, names: entries.into_iter().map(Line::from).collect(), more })
    }
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        let kind = match entry.facts.kind {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Link => "link",
            Kind::Other => "device",
        };
        let facts = entry.facts;
        Self { name: entry.name, kind, size: facts.size, mode: facts.mode, changed: facts.changed }
    }
}

impl Line {
    fn row(&self) -> String {
        let name = match self.kind {
            "directory" => format!("{}/", self.name),
            _ => self.name.clone(),
        };
        let fact = match self.kind {
            "file" => format!("{} · {}", measure::bytes(self.size), Millis(i64::from(self.changed) * 1000).relative()),
            "directory" => String::new(),
            other => other.to_owned(),
        };
        let odd = path::unspeakable(&self.name).map(|why| format!(" · its name {why}")).unwrap_or_default();
        format!("{}  {fact}{odd}", code(name)).trim_end().to_owned()
    }
}

impl Report for Listing {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**Files** in {} on {}", code(&self.path), code(&self.server)));
        if self.names.is_empty() {
            return card.text("It is empty.");
        }
        let more = if self.more { "at least " } else { "" };
        let card = card.fact(format!("{more}{}", measure::count(self.names.len() as u64, "name", "names")));
        let card = self.names.iter().take(SHOWN).fold(card, |card, line| card.row(line.row(), None));
        if self.names.len() <= SHOWN {
            return card;
        }
        let whole = self.names.iter().fold(String::new(), |whole, line| {
            // A name with a line break would be two.
            whole + &format!("{:04o} {:>12} {:>9} {:?}\n", line.mode, line.size, line.kind, line.name)
        });
        card.text(format!("and {} more, in the file", self.names.len() - SHOWN)).file("listing.txt", whole.into_bytes())
    }
}
