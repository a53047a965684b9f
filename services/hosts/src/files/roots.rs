//! Which directories of a server are open to files.

use base::{Action, Actor, Assessment, Card, Error, Millis, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FilePath, Files, trouble::Tried};
use crate::ssh::{Kind, SftpError};

/// More would not fit a card, and would not be looked through.
const MOST: usize = 20;
/// What is open here would be everything, or not be files.
const NEVER: [&str; 4] = ["/", "/proc", "/sys", "/dev"];

/// List the directories that are open to files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListRoots {}

/// Open a directory of a server to files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AllowRoot {
    /// The server.
    pub server: ServerName,
    /// The directory, from the top; everything below it is open, too.
    pub path: FilePath,
}

/// Close a directory of a server to files.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForbidRoot {
    /// The server.
    pub server: ServerName,
    /// The directory, as the list shows it.
    pub path: FilePath,
}

/// What is open.
#[derive(Debug, Serialize)]
pub struct Roots {
    roots: Vec<(String, String, Millis)>,
}

/// What became of a directory.
#[derive(Debug, Serialize)]
pub struct Changed {
    server: String,
    path: String,
    asked: String,
    is_open: bool,
}

impl Action for ListRoots {
    const NAME: &'static str = "file.roots";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Roots;

    fn plan(&self) -> String {
        "List the directories that are open to files".to_owned()
    }

    fn refusal(&self) -> String {
        "list the directories that are open to files".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Roots> {
        let guild = permit.actor().guild;
        let servers = files.hosts.of(guild);
        let roots = files.store.file_roots(guild).await?.into_iter().filter_map(|root| {
            let server = servers.iter().find(|server| server.id == root.server)?;
            Some((server.name.clone(), root.path, root.at))
        });
        let mut roots: Vec<_> = roots.collect();
        roots.sort();
        Ok(Roots { roots })
    }
}

impl Action for AllowRoot {
    const NAME: &'static str = "file.allow";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Changed;

    fn plan(&self) -> String {
        format!("Open {} on {} to files", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("open directories of {} to files", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        // Whoever holds `file.…` on the server reaches what is below it from then on.
        let also = vec![("grant.give", self.server.to_string())];
        Ok(Assessment { also, ..files.hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Changed> {
        files.allow(&permit).await
    }
}

impl Action for ForbidRoot {
    const NAME: &'static str = "file.forbid";
    const RISK: Risk = Risk::Change;
    type Service = Files;
    type Report = Changed;

    fn plan(&self) -> String {
        format!("Close {} on {} to files", code(self.path.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("close directories of {} to files", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        Ok(files.hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Changed> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let server = files.hosts.find(guild, &action.server)?;
        if !files.store.remove_file_root(guild, &server.id, action.path.as_str()).await? {
            return Err(Error::Invalid(format!(
                "{} is not open to files on {}. `/file roots list` shows what is. Nothing was changed.",
                code(action.path.as_str()),
                code(&server.name)
            )));
        }
        files.names.forget(&server.id);
        let path = action.path.to_string();
        Ok(Changed { server: server.name, asked: path.clone(), path, is_open: false })
    }
}

impl Files {
    async fn allow(&self, permit: &Permit<AllowRoot>) -> Result<Changed> {
        let (action, actor) = (permit.action(), permit.actor());
        if !action.path.is_whole() {
            return Err(Error::Invalid(
                "Type the whole path of the directory, from `/`, such as `/srv/app`. Nothing was changed.".to_owned(),
            ));
        }
        let (server, sftp) = self.session(actor.guild, &action.server).await?;
        let asked = action.path.as_str();
        let tried = Tried { verb: "open", left: "Nothing was changed.", server: &server, path: asked };
        let path = match sftp.canonical(asked).await {
            Ok(path) => path,
            Err(SftpError::Ssh(error)) => return Err(self.hosts.failed(&server, error).await),
            Err(error) => return Err(tried.said(&error)),
        };
        match sftp.look(&path).await.map_err(|error| tried.said(&error))? {
            Some(facts) if facts.kind == Kind::Directory => {}
            Some(_) => return Err(tried.because("It is no directory.")),
            None => return Err(tried.said(&SftpError::NotThere)),
        }
        if NEVER.iter().any(|never| path == *never || (*never != "/" && super::path::is_within(&path, never))) {
            return Err(
                tried.because("That would be the whole machine, or no files: open the directory that is needed.")
            );
        }
        if self.store.file_roots_of(actor.guild, &server.id).await?.len() >= MOST {
            return Err(tried.because(format!("A server has at most {MOST} open directories.")));
        }
        self.store.add_file_root(actor.guild, &server.id, &path, actor.user).await?;
        self.names.forget(&server.id);
        Ok(Changed { server: server.name, path, asked: asked.to_owned(), is_open: true })
    }
}

impl Report for Roots {
    fn card(&self) -> Card {
        if self.roots.is_empty() {
            return Card::plain("**Open to files** nothing yet")
                .text("`/file roots add` opens a directory of a server, with all that is below it.");
        }
        let card = Card::plain(format!(
            "**Open to files** {}",
            base::measure::count(self.roots.len() as u64, "directory", "directories")
        ));
        let shown = self.roots.iter().take(MOST);
        let card = shown.fold(card, |card, (server, path, at)| {
            card.row(format!("{}  {} · since {}", code(server), code(path), at.relative()), None)
        });
        match self.roots.len().saturating_sub(MOST) {
            0 => card,
            more => card.text(format!("and {more} more")),
        }
    }
}

impl Report for Changed {
    fn card(&self) -> Card {
        let (path, server) = (code(&self.path), code(&self.server));
        if !self.is_open {
            return Card::ok(format!("**Closed** {path} on {server} to files"));
        }
        let card = Card::ok(format!("**Opened** {path} on {server} to files"));
        let card =
            if self.asked == self.path { card } else { card.text(format!("{} leads there.", code(&self.asked))) };
        card.text(format!(
            "Whoever holds `file.list`, `file.get` or `file.write` on {server} reaches what is below it."
        ))
    }
}
