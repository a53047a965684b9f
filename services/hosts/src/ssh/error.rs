//! Why a server could not be reached, or a command could not be started on it.

use std::time::Duration;

use super::process::MAX_COMMAND;
use super::{Address, HostKey};

/// The reason where this machine itself has no way to an address.
pub(super) const NO_WAY: &str = "no route leads there";

/// Each variant is one sentence for the person who asked, and carries what a program needs to decide.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    #[error("`{host}` does not resolve to an address.")]
    Unresolvable { host: String },
    #[error("`{host}` did not resolve to an address within {}.", seconds(*.within))]
    SlowName { host: String, within: Duration },
    #[error("{address} refused the connection.")]
    ConnectionRefused { address: Address },
    #[error("{address} cannot be reached: {reason}.")]
    Unreachable { address: Address, reason: String },
    #[error("No answer from {address} within {}.", seconds(*.within))]
    NoAnswer { address: Address, within: Duration },
    #[error("{address} does not speak SSH.")]
    NotSsh { address: Address },
    #[error("{address} hung up during the handshake.")]
    HungUp { address: Address },
    #[error("The handshake with {address} failed: {reason}.")]
    Handshake { address: Address, reason: String },
    #[error("The host key of {address} has changed: pinned {}, answered {}.", .pinned.fingerprint(), .answered.fingerprint())]
    HostKeyChanged { address: Address, pinned: HostKey, answered: HostKey },
    /// `accepts` is the server's list of login methods, such as `publickey, password`.
    #[error("`{user}` was refused at {address}: it accepts {accepts}.")]
    LoginRefused { address: Address, user: String, accepts: String },
    /// The credential was right, and is one of several that the server asks for.
    #[error("`{user}` is not logged in at {address} yet: it also asks for {wants}.")]
    LoginIncomplete { address: Address, user: String, wants: String },
    #[error("{address} did not finish the login of `{user}` within {}.", seconds(*.within))]
    SlowLogin { address: Address, user: String, within: Duration },
    /// Nothing was started: a loss while a command runs is [`super::Ended::Lost`].
    #[error("The connection to {address} was lost.")]
    Lost { address: Address },
    /// The server behind it was never asked anything.
    #[error("The server it is reached through did not let us through: {error}")]
    ThroughJump { id: String, error: Box<Self> },
    #[error("{jump} could not reach {address} for us: {reason}.")]
    JumpRefused { jump: Address, address: Address, reason: &'static str },
    #[error("{address} allows no further session on this connection.")]
    NoSession { address: Address },
    #[error("{address} does not run commands for `{user}`.")]
    CommandsRefused { address: Address, user: String },
    /// Nothing listens there, it may not be used, or the server forwards nothing.
    #[error("{address} does not open the socket `{path}`.")]
    NoSocket { address: Address, path: String },
    /// Nothing was started.
    #[error("{address} cannot keep a command: {why}.")]
    NotKept { address: Address, why: &'static str },
    /// Somebody asked for it too early, was told so, and must stay right.
    #[error("The command was not started at {address}: it was given up before it reached it.")]
    NeverStarted { address: Address },
    #[error("The command is empty.")]
    EmptyCommand,
    #[error("The command contains a NUL character.")]
    NulInCommand,
    #[error("The command has {bytes} bytes, and at most {MAX_COMMAND} reach a server in one piece.")]
    LongCommand { bytes: usize },
}

impl SshError {
    /// Whether it failed before the server itself could have answered: its name is not known here, this machine has no way there, or
    /// what it is reached through did not let us.
    pub fn is_before_it(&self) -> bool {
        match self {
            Self::Unresolvable { .. } | Self::SlowName { .. } | Self::ThroughJump { .. } => true,
            Self::Unreachable { reason, .. } => reason == NO_WAY,
            _ => false,
        }
    }

    /// Whether another key than the pinned one answered, here or on the way.
    pub fn is_another_key(&self) -> bool {
        match self {
            Self::HostKeyChanged { .. } => true,
            Self::ThroughJump { error, .. } => error.is_another_key(),
            _ => false,
        }
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_told_in_the_unit_it_was_given_in() {
        let address: Address = "10.0.0.7".parse().unwrap();
        let error = SshError::NoAnswer { address: address.clone(), within: Duration::from_secs(10) };
        assert_eq!(error.to_string(), "No answer from 10.0.0.7:22 within 10 s.");
        let error = SshError::NoAnswer { address, within: Duration::from_millis(1500) };
        assert_eq!(error.to_string(), "No answer from 10.0.0.7:22 within 1500 ms.");
    }
}
