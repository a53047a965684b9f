//! Events of Twitch's: proven by the secret that it was told, challenged before the first.

use base::Result;
use serde_json::Value;
use store::streams::Source;

use super::{Came, Reply, signature};
use crate::Streams;

/// A challenge is no longer, in bytes.
const CHALLENGE: usize = 512;

impl Streams {
    /// An event came that says it is Twitch's.
    pub async fn heard_from_twitch(&self, came: Came<'_>) -> Result<Reply> {
        let header = |name: &str| came.header(&format!("twitch-eventsub-{name}"));
        let (id, time) = (header("message-id"), header("message-timestamp"));
        let secret = self.hook_secret(Source::Twitch).await?;
        if !signature::twitch(secret.expose(), id, time, came.body, header("message-signature")) || !self.is_fresh(time)
        {
            return Ok(Reply::Refused);
        }
        let Ok(body) = std::str::from_utf8(came.body) else { return Ok(Reply::Refused) };
        let Ok(read) = serde_json::from_str::<Value>(body) else { return Ok(Reply::Refused) };
        match header("message-type") {
            "webhook_callback_verification" => {
                // What was signed is what we asked for: nobody else knows the secret.
                let word = read["challenge"].as_str().filter(|word| word.len() <= CHALLENGE);
                let subject = format!("on {}", header("subscription-type"));
                self.take(Source::Twitch, id, &subject, body).await?;
                Ok(word.map_or(Reply::Refused, |word| Reply::Word(word.to_owned())))
            }
            "revocation" => self.take(Source::Twitch, id, "revoked", body).await,
            "notification" => self.take(Source::Twitch, id, header("subscription-type"), body).await,
            _ => Ok(Reply::Refused),
        }
    }
}
