//! HTTP to platforms: every answer has a size, every wait an end.
//!
//! **Invariants:** a redirect is an answer and is not followed, so a token goes only where it belongs. No failure quotes what was sent.
//! Who is told to wait waits once, and not for long; else it is said until when.

use std::time::Duration;

use base::{Clock, Millis, Redactor};
use reqwest::{
    Client, Method, RequestBuilder, Response, Url,
    header::{HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Answered, Failure};

/// How long a platform is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the whole answer is there.
    pub whole: Duration,
    /// Who is told to come back by then does so, once.
    pub wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), whole: seconds(15), wait: seconds(3) }
    }
}

/// No answer is longer, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;
/// More of what a refusal says is not shown.
const SAID: usize = 200;
/// Who does not say for how long is left alone for this long.
const USUAL_WAIT: Duration = Duration::from_secs(30);
/// Who asks to be left alone for longer is asked again by then.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// The way to platforms. Cloning shares it.
#[derive(Clone)]
pub struct Web {
    http: Client,
    patience: Patience,
    clock: Clock,
    redactor: Redactor,
}

/// What a platform answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// As HTTP has it; it is no refusal.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of it.
    pub body: Vec<u8>,
}

impl Answer {
    /// What it says as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Answered<T> {
        serde_json::from_slice(&self.body).map_err(|_| Failure::NotUnderstood("its answer is not what it used to be"))
    }
}

impl Web {
    /// A way that is this patient.
    ///
    /// # Panics
    /// Where the process has no TLS provider: it is installed in `main`'s first line.
    pub fn new(patience: Patience, clock: Clock) -> Self {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(patience.connect)
            .timeout(patience.whole)
            .user_agent("nebula")
            .build()
            .expect("the TLS provider was installed at the start");
        Self::through(http, patience, clock)
    }

    /// A way through a client that is built for what is asked: it must follow no redirect, and end every wait.
    pub fn through(http: Client, patience: Patience, clock: Clock) -> Self {
        Self { http, patience, clock, redactor: Redactor::default() }
    }

    /// The same, where tokens of our own are masked from the moment they are there.
    pub fn masking(self, redactor: Redactor) -> Self {
        Self { redactor, ..self }
    }

    /// What masks tokens of our own.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// The beginning of a request: add headers and a body, then [`Self::send`] it.
    pub fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// The beginning of a request that only looks.
    pub fn get(&self, url: Url) -> RequestBuilder {
        self.request(Method::GET, url)
    }

    /// The beginning of a request that does something.
    pub fn post(&self, url: Url) -> RequestBuilder {
        self.request(Method::POST, url)
    }

    /// Asks, and reads the whole answer. Every status but a success is a failure.
    pub async fn send(&self, request: RequestBuilder) -> Answered<Answer> {
        match self.told(request).await {
            Err(failure) if failure.is_status(401) => Err(Failure::Unauthorised),
            answered => answered,
        }
    }

    /// The same, as JSON.
    pub async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Answered<T> {
        self.send(request).await?.json()
    }

    /// The same where tokens are given: there a 401 may as well mean that our app is not known, and its words tell.
    pub(crate) async fn told(&self, request: RequestBuilder) -> Answered<Answer> {
        let again = request.try_clone();
        match (self.once(request).await, again) {
            (Err(Failure::Limited { until }), Some(again)) => {
                let wait = until.since(self.now());
                if wait > self.patience.wait {
                    return Err(Failure::Limited { until });
                }
                tokio::time::sleep(wait).await;
                self.once(again).await
            }
            (answer, _) => answer,
        }
    }

    async fn once(&self, request: RequestBuilder) -> Answered<Answer> {
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let read = read(&mut response).await;
        if status.is_success() {
            return Ok(Answer { status: status.as_u16(), headers, body: read? });
        }
        Err(match status.as_u16() {
            429 => Failure::Limited { until: self.until(&headers) },
            500.. => Failure::Unreachable("it has trouble of its own"),
            // Without its words a refusal is one all the same.
            code => refused(code, &read.unwrap_or_default()),
        })
    }

    /// Until when we are to be quiet: a number of seconds, or on Twitch the second at which there is room again.
    fn until(&self, headers: &HeaderMap) -> Millis {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
        let now = self.now();
        let wait = number(RETRY_AFTER.as_str()).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let wait = wait.or_else(|| {
            let reset = number("ratelimit-reset").and_then(|second| Duration::try_from_secs_f64(second).ok())?;
            Some(Millis(0).plus(reset).since(now))
        });
        now.plus(wait.unwrap_or(USUAL_WAIT).min(LONGEST_WAIT))
    }
}

async fn read(response: &mut Response) -> Answered<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| lost(&error))? {
        if bytes.len() + piece.len() > LONGEST {
            return Err(Failure::NotUnderstood("its answer has no end"));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn lost(error: &reqwest::Error) -> Failure {
    // The error names the address, and what stands in it may be a token.
    Failure::Unreachable(if error.is_connect() {
        "nothing answers there"
    } else if error.is_timeout() {
        "no answer came in time"
    } else {
        "the connection broke off"
    })
}

/// What a refusal says of itself: `{"message"}` on Twitch and Kick, `{"error", "error_description"}` where tokens are given,
/// `{"error": {"message", "errors": [{"reason"}]}}` on YouTube and Spotify.
fn refused(status: u16, body: &[u8]) -> Failure {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &body["error"];
    let texts = [&body["error_description"], &error["message"], &body["message"], error];
    let names = [error, &error["errors"][0]["reason"], &error["status"], &body["code"]];
    let first = |all: [&Value; 4]| cut(all.into_iter().find_map(Value::as_str).unwrap_or_default());
    Failure::Refused { status, said: first(texts), named: first(names) }
}

/// On one line, nothing hidden in it, no longer than is read.
fn cut(text: &str) -> String {
    let shown: String = text.chars().filter(|letter| !base::card::is_hidden(*letter)).take(SAID * 4).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_quoted_in_its_own_words_whoever_says_it() {
        for (body, said, named) in [
            (
                r#"{"error":"Bad Request","status":400,"message":"Invalid refresh token"}"#,
                "Invalid refresh token",
                "Bad Request",
            ),
            (
                r#"{"error":"invalid_grant","error_description":"Token has been revoked."}"#,
                "Token has been revoked.",
                "invalid_grant",
            ),
            (
                r#"{"error":{"code":403,"message":"over","errors":[{"reason":"quotaExceeded"}]}}"#,
                "over",
                "quotaExceeded",
            ),
            ("<html>", "", ""),
        ] {
            let expected = Failure::Refused { status: 400, said: said.to_owned(), named: named.to_owned() };
            assert_eq!(refused(400, body.as_bytes()), expected, "{body}");
        }
    }
}
