//! Events of Kick's: proven by the key that it publishes.

use base::Result;
use store::streams::Source;

use super::{
    Came, Reply,
    kick_key::{AGAIN, LASTS},
    signature,
};
use crate::Streams;

impl Streams {
    /// An event came that says it is Kick's.
    pub async fn heard_from_kick(&self, came: Came<'_>) -> Result<Reply> {
        let header = |name: &str| came.header(&format!("kick-event-{name}"));
        let (id, time) = (header("message-id"), header("message-timestamp"));
        if !self.is_fresh(time) || header("signature").is_empty() {
            return Ok(Reply::Refused);
        }
        let is_signed = |key: &[u8]| signature::kick(key, id, time, came.body, header("signature"));
        let Ok(key) = self.kick_key(LASTS).await else { return Ok(Reply::Later) };
        if !is_signed(&key) {
            // It may have another key by now; where nobody can say so, nobody can judge it either.
            match self.kick_key(AGAIN).await {
                Ok(newer) if newer != key && is_signed(&newer) => {}
                Ok(_) => return Ok(Reply::Refused),
                Err(_) => return Ok(Reply::Later),
            }
        }
        let Ok(body) = std::str::from_utf8(came.body) else { return Ok(Reply::Refused) };
        self.take(Source::Kick, id, header("type"), body).await
    }
}
