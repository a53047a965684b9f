//! Whether something listens on a port of a server: asked from there, by the bot itself.
//!
//! **Invariant:** no command runs, and no other machine is asked: see [`crate::ssh`].

use base::{GuildId, Result, ServerName};

use crate::{
    Hosts,
    ssh::{SocketStream, SshError},
};

/// A port of a server.
pub enum Port {
    /// Something listens there.
    Open(Box<SocketStream>),
    /// Nothing does.
    Shut,
    /// The server asks none of its ports for us: its sshd forwards nothing.
    Unknown,
}

impl Hosts {
    /// Opens a stream to a port on the loopback of a server.
    pub async fn port(&self, guild: GuildId, name: &ServerName, port: u16) -> Result<Port> {
        let server = self.find(guild, name)?;
        let target = self.ready(&server).await?;
        match self.pool.port(&server.id, &target, port).await {
            Ok(Some(stream)) => Ok(Port::Open(Box::new(stream))),
            Ok(None) => Ok(Port::Shut),
            Err(SshError::JumpRefused { .. }) => Ok(Port::Unknown),
            Err(error) => Err(self.failed(&server, error).await),
        }
    }
}
