//! Where an engine is: on this machine, or on a server of the guild.
//!
//! **Invariant:** this machine's engine is root on it, and the bot may be in guilds of strangers: it is there only for the
//! guilds that whoever runs the bot named.

use std::{path::PathBuf, sync::Arc};

use base::{Card, Error, GuildId, Result, ServerName, card::code};

use hosts::Server;

use crate::{Containers, wire::Way};

/// What this machine's engine is called, in place of a server's name.
pub(crate) const LOCAL: &str = "local";
/// Where engines listen unless told.
const SOCKET: &str = "/var/run/docker.sock";

/// This machine's engine, and for whom it is there.
#[derive(Debug, Clone)]
pub struct Local {
    host: String,
    guilds: Vec<GuildId>,
}

impl Local {
    /// What `DOCKER_HOST` and the list of guilds say.
    ///
    /// # Errors
    /// The sentence says what is wrong with them.
    pub fn new(docker_host: Option<&str>, guilds: &str) -> std::result::Result<Self, String> {
        let ids = guilds.split([',', ' ']).map(str::trim).filter(|id| !id.is_empty());
        let read = |id: &str| id.parse().map(GuildId).map_err(|_| format!("`{id}` is no server's id"));
        let guilds = ids.map(read).collect::<std::result::Result<Vec<_>, _>>()?;
        let host = docker_host.map_or_else(|| format!("unix://{SOCKET}"), str::to_owned);
        let is_known = host.starts_with("unix:///") || host.starts_with("tcp://");
        // Where nobody may use it, whatever it says is no trouble.
        if !is_known && !guilds.is_empty() {
            return Err(format!(
                "DOCKER_HOST is `{host}`, and I use `unix:///…` and `tcp://…` only; add another machine with /server add"
            ));
        }
        Ok(Self { host, guilds })
    }

    fn way(&self) -> Way {
        match self.host.strip_prefix("unix://") {
            Some(path) => Way::Unix(PathBuf::from(path)),
            None => Way::Tcp(self.host.trim_start_matches("tcp://").trim_end_matches('/').to_owned()),
        }
    }
}

/// Where an engine is.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) name: ServerName,
    /// The server's id, or [`LOCAL`].
    pub(crate) id: String,
    pub(crate) way: Way,
}

impl Containers {
    /// Where the engine of this name is. A server of the guild's own comes before this machine.
    pub(crate) async fn place(&self, guild: GuildId, name: &ServerName) -> Result<Place> {
        match self.hosts.server(guild, name) {
            Ok(server) => {
                let socket = self.store.engine_socket(guild, &server.id).await?;
                Ok(self.on_server(server, name, socket))
            }
            Err(_) if name.as_str() == LOCAL && self.is_local_for(guild) => {
                Ok(Place { name: name.clone(), id: LOCAL.to_owned(), way: self.local.way() })
            }
            Err(_) if name.as_str() == LOCAL => Err(Error::Outside(Box::new(
                Card::failed(format!("**{} is not open** to this guild", code(LOCAL)))
                    .text("It is the machine the bot itself runs on, and its engine is root there. Nothing was done.")
                    .text(format!(
                        "Whoever runs the bot opens it with {} in its settings.",
                        code(format!("NEBULA_LOCAL_GUILDS={guild}"))
                    )),
            ))),
            Err(error) => Err(error),
        }
    }

    /// The engine of a server that listens at this socket, or where Docker does.
    pub(crate) fn on_server(&self, server: Server, name: &ServerName, socket: Option<String>) -> Place {
        let (guild, hosts, socket) =
            (server.guild, Arc::clone(&self.hosts), socket.unwrap_or_else(|| SOCKET.to_owned()));
        let way = Way::Ssh { hosts, guild, server: name.clone(), socket };
        Place { name: name.clone(), id: server.id, way }
    }

    /// Whether this machine's engine is there for a guild.
    pub fn is_local_for(&self, guild: GuildId) -> bool {
        self.local.guilds.contains(&guild)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machines_engine_is_there_for_nobody_unless_named() {
        assert!(Local::new(None, "").unwrap().guilds.is_empty());
        assert_eq!(Local::new(None, "1, 2").unwrap().guilds, [GuildId(1), GuildId(2)]);
        assert!(matches!(Local::new(None, "").unwrap().way(), Way::Unix(path) if path.as_os_str() == SOCKET));
        let tcp = Local::new(Some("tcp://127.0.0.1:2375/"), "").unwrap();
        assert!(matches!(tcp.way(), Way::Tcp(address) if address == "127.0.0.1:2375"));
        assert!(Local::new(Some("ssh://box"), "1").unwrap_err().contains("/server add"));
        assert!(Local::new(Some("ssh://box"), "").is_ok());
        assert!(Local::new(None, "everybody").is_err());
    }
}
