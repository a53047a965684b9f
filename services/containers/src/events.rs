//! What an engine says that happens, as it happens.

use std::fmt::Write;

use bollard::models::EventMessage;
use hyper::Method;

use crate::engine::{Engine, Refusal, Streaming};

/// No event is longer: what is, is none.
const LONGEST: usize = 256 * 1024;

/// Events, one after the other.
pub(crate) struct Events {
    stream: Streaming,
    held: Vec<u8>,
}

impl Events {
    /// Those of these kinds and names from now on, or from a moment in nanoseconds; an engine keeps the last 256.
    pub(crate) async fn of(
        engine: &Engine,
        kinds: &[&str],
        names: &[&str],
        since: Option<i64>,
    ) -> Result<Self, Refusal> {
        let filters = serde_json::json!({ "type": kinds, "event": names }).to_string();
        let since = since
            .map(|nanos| format!("&since={}.{:09}", nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000)));
        let path = format!("/events?filters={}{}", encoded(&filters), since.unwrap_or_default());
        Ok(Self { stream: engine.stream(Method::GET, &path, None).await?, held: Vec::new() })
    }

    /// The next one; none where the engine ended. Nothing is lost where this is dropped.
    pub(crate) async fn next(&mut self) -> Result<Option<EventMessage>, Refusal> {
        loop {
            if let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.held.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(event) => return Ok(Some(event)),
                    Err(error) => tracing::debug!(%error, "an engine's event is not understood"),
                }
                continue;
            }
            if self.held.len() > LONGEST {
                return Err(Refusal::Broken("It told of an event that has no end.".to_owned()));
            }
            let Some(bytes) = self.stream.next().await? else { return Ok(None) };
            self.held.extend_from_slice(&bytes);
        }
    }
}

/// Text as a part of an URL's query.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            // A text takes everything that is written to it.
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_ends_a_query_early() {
        assert_eq!(super::encoded("a b&c=é#"), "a%20b%26c%3D%C3%A9%23");
    }
}
