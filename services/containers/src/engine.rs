//! One engine: typed questions through bollard, streams read raw.
//!
//! bollard takes a log apart with an unlimited buffer, and takes a terminal's bytes for a frame's head where they are small:
//! so whatever streams is read here and taken apart by [`crate::entries`].

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, errors::Error as Answer};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
};

use crate::wire::{Cut, Line, Way, cause};

/// The longest answer that is taken whole; a thousand containers are two megabytes.
const LONGEST_ANSWER: u64 = 16 * 1024 * 1024;
/// The longest complaint.
const LONGEST_COMPLAINT: usize = 16 * 1024;
/// What is not said by then is not said; a stop waits ten seconds for its container.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// What an engine works at, such as a stop that waits for its container, is given up after this …
pub(crate) const WORKS: Duration = Duration::from_mins(14);
/// … before the action that asked for it is.
pub(crate) const DEADLINE: Duration = Duration::from_mins(15);

/// Why an engine did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// It does not answer; why, in a sentence.
    NoEngine(String),
    /// Its server cannot be used; this is what to say.
    Host(base::Error),
    /// It knows no such thing.
    NotFound(String),
    /// It does not do this now, or cannot: its own words.
    Said(String),
    /// It did not answer in time, hung up, or said what nobody understands.
    Broken(String),
}

/// An engine of a guild.
#[derive(Clone)]
pub(crate) struct Engine {
    way: Way,
    docker: Docker,
}

impl Engine {
    pub(crate) fn new(way: Way) -> Self {
        let docker = through(&way, PATIENCE);
        Self { way, docker }
    }

    /// Asks something that is answered whole.
    pub(crate) async fn ask<T, F>(&self, question: impl FnOnce(Docker) -> F) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Answer>>,
    {
        answered(PATIENCE, question(self.docker.clone())).await
    }

    /// Asks for something that an engine works at; it answers when that is done.
    pub(crate) async fn ask_within<T, F>(
        &self,
        span: Duration,
        question: impl FnOnce(Docker) -> F,
    ) -> Result<T, Refusal>
    where
        F: Future<Output = Result<T, Answer>>,
    {
        answered(span, question(through(&self.way, span))).await
    }

    /// Asks for something that streams; its size is up to whoever reads it.
    pub(crate) async fn stream(&self, method: Method, path: &str, body: Option<String>) -> Result<Streaming, Refusal> {
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())));
        let request = request.map_err(|error| Refusal::Broken(error.to_string()))?;
        let sent = tokio::time::timeout(PATIENCE, self.way.send(request, None)).await;
        let (response, line) = sent.map_err(|_| late(PATIENCE))?.map_err(Refusal::from)?;
        if response.status().is_success() {
            return Ok(Streaming { body: response.into_body(), _line: line });
        }
        let status = response.status().as_u16();
        Err(complained(status, complaint(response).await))
    }
}

/// Typed questions over this way, each answered within this time.
fn through(way: &Way, span: Duration) -> Docker {
    let way = way.clone();
    let transport = move |request: BollardRequest| {
        let way = way.clone();
        async move {
            let (response, line) = way.send(request, Some(LONGEST_ANSWER)).await.map_err(std::io::Error::other)?;
            line.lend(span);
            Ok(response)
        }
    };
    // bollard's own patience ends after ours, which says how long it was.
    let docker = Docker::connect_with_custom_transport(
        transport,
        Some("http://docker"),
        span.as_secs() + 1,
        API_DEFAULT_VERSION,
    );
    docker.expect("a custom transport asks nothing")
}

async fn answered<T>(span: Duration, answer: impl Future<Output = Result<T, Answer>>) -> Result<T, Refusal> {
    match tokio::time::timeout(span, answer).await {
        Ok(answer) => answer.map_err(Refusal::from),
        Err(_) => Err(late(span)),
    }
}

fn late(span: Duration) -> Refusal {
    Refusal::Broken(format!("It said nothing for {} s.", span.as_secs()))
}

/// What an engine says instead of doing it.
async fn complaint(response: Response<Incoming>) -> String {
    let body = Limited::new(response.into_body(), LONGEST_COMPLAINT).collect();
    let Ok(Ok(body)) = tokio::time::timeout(PATIENCE, body).await else { return String::new() };
    let bytes = body.to_bytes();
    let said: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let message = said.as_ref().and_then(|said| said["message"].as_str()).map(str::to_owned);
    message.unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn complained(status: u16, message: String) -> Refusal {
    match status {
        404 => Refusal::NotFound(message),
        _ => Refusal::Said(message),
    }
}

/// Something that streams.
pub(crate) struct Streaming {
    body: Incoming,
    _line: Line,
}

impl Streaming {
    /// What comes next; none at the end. Nothing is lost where this is dropped.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(error)) => return Err(cause(error).into()),
            }
        }
    }
}

impl Refusal {
    /// The same where a step before it is done: then it is not so that nothing was.
    pub(crate) fn halfway(self) -> Self {
        match self {
            Self::NoEngine(why) => Self::Broken(why),
            Self::Host(_) => Self::Broken("Its server was not reached again.".to_owned()),
            other => other,
        }
    }
}

impl From<Cut> for Refusal {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::NoEngine(why) => Self::NoEngine(why),
            Cut::Host(error) => Self::Host(error),
            // The request may have arrived before.
            Cut::HungUp(error) => Self::Broken(format!("It hung up: {error}.")),
            Cut::TooMuch { .. } => Self::Broken("It answered more than I take.".to_owned()),
        }
    }
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::DockerResponseServerError { status_code, message } => complained(status_code, message),
            Answer::DockerStreamError { error } => Self::Said(error),
            Answer::RequestTimeoutError => Self::Broken("It did not answer in time.".to_owned()),
            Answer::HyperResponseError { err } => cause(err).into(),
            Answer::IOError { err } => match err.downcast::<Cut>() {
                Ok(cut) => cut.into(),
                Err(err) => Self::Broken(format!("{err}.")),
            },
            other => Self::Broken(format!("{other}.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// What is made of an engine that reads a request, says this, and hangs up.
    async fn asked(says: &'static [u8]) -> Refusal {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let engine = Engine::new(Way::Tcp(listener.local_addr().unwrap().to_string()));
        let (refusal, ()) = tokio::join!(
            async { engine.ask_within(PATIENCE, |docker| async move { docker.version().await }).await.unwrap_err() },
            async {
                let (mut taken, _) = listener.accept().await.unwrap();
                let _ = taken.read(&mut [0; 4096]).await.unwrap();
                taken.write_all(says).await.unwrap();
            }
        );
        refusal
    }

    #[tokio::test]
    async fn what_hangs_up_after_it_was_asked_may_have_done_it() {
        for says in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
            let refusal = asked(says).await;
            assert!(matches!(&refusal, Refusal::Broken(why) if why.contains("hung up")), "{refusal:?}");
        }
        let nobody = Engine::new(Way::Tcp("127.0.0.1:1".to_owned()));
        let refused = nobody.ask(|docker| async move { docker.version().await }).await.unwrap_err();
        assert!(matches!(&refused, Refusal::NoEngine(_)), "{refused:?}");
        assert!(matches!(refused.halfway(), Refusal::Broken(_)));
    }
}
