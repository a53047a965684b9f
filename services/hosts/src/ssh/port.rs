//! A stream to a port of a server's own, through its warm connection: what listens on its loopback is reached as if from there.
//!
//! **Invariant:** only its loopback is asked: whoever names a port names no other machine by it.

use std::sync::Arc;

use super::slot::{NOBODY_THERE, OPEN, Slot};
use super::{Address, SocketStream, SshError, Target};

/// The one machine that is meant.
const ITSELF: &str = "127.0.0.1";

/// Opens a stream to this port; none where nothing listens. A connection that turns out to be dead is replaced once.
pub(super) async fn open(slot: Arc<Slot>, target: &Target, port: u16) -> Result<Option<SocketStream>, SshError> {
    let Ok(to) = Address::new(ITSELF, port) else { return Ok(None) };
    let mut again = true;
    loop {
        let connection = slot.connection(target).await?;
        connection.touch();
        match connection.tunnel(&to, OPEN).await {
            Ok(channel) => return Ok(Some(SocketStream::over(channel, connection))),
            Err(SshError::JumpRefused { reason: NOBODY_THERE, .. }) => return Ok(None),
            Err(SshError::Lost { .. }) if again => {
                connection.retire();
                again = false;
            }
            Err(error) => return Err(error),
        }
    }
}
