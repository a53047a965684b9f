//! What other services use of a server: what is known of it, and a stream to a socket on it.

use base::{Assessment, GuildId, Result, Risk, ServerName};
use store::servers::Server;

use crate::{
    Hosts,
    ssh::{Exec, Exit, Sink, SocketStream, SshError},
};

impl Hosts {
    /// The server of this name, in this guild.
    pub fn server(&self, guild: GuildId, name: &ServerName) -> Result<Server> {
        self.find(guild, name)
    }

    /// What is known of an action on a server of that name, for the gate.
    pub fn known_of(&self, guild: GuildId, name: &ServerName, risk: Risk) -> Assessment {
        self.assess(guild, name, risk)
    }

    /// Runs a command line on a server to its end, and hands its output to the sink as it comes. Only for lines whose every
    /// word is ours or quoted: this judges nothing.
    pub async fn run_line<S: Sink>(
        &self,
        guild: GuildId,
        name: &ServerName,
        line: &str,
        exec: Exec<S>,
    ) -> Result<Exit> {
        let server = self.find(guild, name)?;
        let target = self.ready(&server).await?;
        match self.pool.exec(&server.id, &target, line, exec).await {
            Ok(exit) => {
                self.seen(&server).await;
                Ok(exit)
            }
            Err(error) => Err(self.failed(&server, error).await),
        }
    }

    /// A stream to the Unix socket at this path on a server; none where the server answers and does not open it: nothing
    /// listens there, or whoever logs in may not use it.
    pub async fn stream(&self, guild: GuildId, name: &ServerName, path: &str) -> Result<Option<SocketStream>> {
        let server = self.find(guild, name)?;
        let target = self.ready(&server).await?;
        match self.pool.stream(&server.id, &target, path).await {
            Ok(stream) => Ok(Some(stream)),
            Err(SshError::NoSocket { .. }) => Ok(None),
            Err(error) => Err(self.failed(&server, error).await),
        }
    }
}
