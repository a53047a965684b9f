//! Runs commands on servers over SSH: addresses, credentials, pinned host keys, warm connections, and processes that end.
//!
//! **Invariants:** a credential is sent only to a server that proved it holds the pinned key; what a command prints is
//! never held in memory beyond the SSH window; a command that is cancelled, timed out or abandoned is killed on the
//! server, and where that could not be confirmed the answer says so.
//!
//! A command line reaches the person's login shell as they typed it, see [`Process`]; its standard input is empty.

mod address;
mod credential;
mod error;
mod exec;
mod feed;
mod host_key;
mod jump;
mod kept;
mod kill;
mod login;
mod new_key;
mod pool;
mod port;
mod process;
mod pty;
mod sftp;
mod shell;
mod sink;
mod slot;
mod stream;
mod wire;

pub use address::{Address, AddressError};
pub use credential::{Credential, KeyError};
pub use error::SshError;
pub use exec::{Ended, Exec, Exit};
pub use host_key::{HostKey, HostKeyError};
pub use jump::Via;
pub use kept::{Followed, Token, TokenError};
pub use login::{Target, probe, probe_through};
pub use new_key::new_key;
pub use pool::{Limits, Pool};
pub use process::{MAX_COMMAND, Process};
pub use pty::{NONE, hold};
pub use sftp::{Entry, Facts, Handle, Kind, Reader, Room, Sftp, SftpError, Writer};
pub use sink::{Chunk, Sink, Stream};
pub use stream::SocketStream;

/// A script as one argument: csh takes no newline inside quotes.
fn in_one_line(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}
