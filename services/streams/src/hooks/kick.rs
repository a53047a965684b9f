//! Events of Kick's: proven by the key that it publishes.

use std::time::Duration;

use base::{Millis, Result};
use platforms::Failure;
use store::streams::Source;

use super::{Came, Reply, signature};
use crate::Streams;

/// The key is asked for anew after so long, and after a signature that does not fit no sooner than this.
const LASTS: Duration = Duration::from_hours(24);
const AGAIN: Duration = Duration::from_mins(5);

/// The key as it was when it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct KickKey {
    key: Vec<u8>,
    asked: Millis,
}

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
        // It may have another key by now.
        let is_its = is_signed(&key) || self.kick_key(AGAIN).await.is_ok_and(|newer| newer != key && is_signed(&newer));
        let Some(body) = std::str::from_utf8(came.body).ok().filter(|_| is_its) else { return Ok(Reply::Refused) };
        self.take(Source::Kick, id, header("type"), body).await
    }

    /// Its key, no older than this.
    async fn kick_key(&self, lasts: Duration) -> platforms::Answered<Vec<u8>> {
        let now = self.clock.now();
        let mut held = self.kick_key.lock().await;
        if let Some(known) = held.as_ref().filter(|known| now.since(known.asked) < lasts) {
            return Ok(known.key.clone());
        }
        let kick = self.platforms.kick.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_ID"))?;
        let pem = kick.public_key().await?;
        let key = signature::rsa_key(&pem).ok_or(Failure::NotUnderstood("its key is no RSA key"))?;
        *held = Some(KickKey { key: key.clone(), asked: now });
        Ok(key)
    }
}
