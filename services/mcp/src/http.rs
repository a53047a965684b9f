//! HTTP to servers: every answer has a size, no redirect is followed, and what a guild named is on the internet, whatever a name
//! stands for.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use base::address::is_public;
use futures::{StreamExt, stream, stream::BoxStream};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue},
    redirect::Policy,
};
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_client::{
        SseError, StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse,
    },
};
use sse_stream::{Sse, SseStream};

use crate::{
    address,
    bounded::{Flood, LONGEST},
};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// Until an answer begins, or a piece of one comes: a tool may be at work for as long as a call may last.
const SILENCE: Duration = Duration::from_mins(5);
const SESSION: &str = "mcp-session-id";
const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";

type Failure = StreamableHttpError<reqwest::Error>;

/// The way to servers on the internet, and the way to those that whoever runs the bot named.
#[derive(Debug, Clone)]
pub(crate) struct Ways {
    public: Client,
    own: Client,
}

impl Ways {
    /// # Panics
    /// Where the process has no TLS provider: it is installed in `main`'s first line.
    pub(crate) fn new() -> Self {
        let client = || {
            Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .connect_timeout(CONNECT)
                .read_timeout(SILENCE)
                .user_agent("nebula")
        };
        let built = "the TLS provider was installed at the start";
        let public = client().https_only(true).dns_resolver(Arc::new(Public)).build().expect(built);
        Self { public, own: client().build().expect(built) }
    }

    /// The way to this address.
    pub(crate) fn to(&self, url: &Url, is_own: bool, flood: &Flood) -> Way {
        // A name is looked at when it is resolved; what is no name is looked at here.
        let is_open = is_own || address::ip(url).is_none_or(is_public);
        Way { client: if is_own { self.own.clone() } else { self.public.clone() }, is_open, flood: flood.clone() }
    }
}

/// The way to one server.
#[derive(Clone)]
pub(crate) struct Way {
    client: Client,
    is_open: bool,
    flood: Flood,
}

impl Way {
    fn prepared(
        &self,
        request: RequestBuilder,
        session: Option<&Arc<str>>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<RequestBuilder, Failure> {
        if !self.is_open {
            return Err(Failure::UnexpectedServerResponse("that address is never asked".into()));
        }
        let mut request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(session) = session {
            request = request.header(SESSION, session.as_ref());
        }
        Ok(request)
    }

    /// What it says of what was asked, where it says anything but yes.
    fn refused(status: StatusCode, in_session: bool) -> Option<Failure> {
        if status.is_success() {
            return None;
        }
        Some(match status {
            StatusCode::NOT_FOUND if in_session => Failure::SessionExpired,
            other => Failure::UnexpectedServerResponse(format!("HTTP {}", other.as_u16()).into()),
        })
    }

    /// A body of at most this size.
    async fn whole(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(Failure::Client)? {
            if bytes.len() + piece.len() > LONGEST {
                self.flood.set();
                return Err(Failure::ResponseBodyTooLarge { max_size: LONGEST });
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// What comes as events, each of at most this size.
    fn events(&self, response: Response) -> BoxStream<'static, Result<Sse, SseError>> {
        let flood = self.flood.clone();
        let pieces =
            stream::try_unfold((response, 0, flood, false), |(mut response, mut since, flood, mut ended)| async move {
                let Some(piece) = response.chunk().await.map_err(std::io::Error::other)? else { return Ok(None) };
                for byte in &piece {
                    // An empty line ends an event.
                    match byte {
                        b'\n' if ended => since = 0,
                        b'\n' => ended = true,
                        b'\r' => {}
                        _ => ended = false,
                    }
                    since += 1;
                }
                if since > LONGEST {
                    flood.set();
                    return Err(std::io::Error::other("an event of it has no end"));
                }
                Ok(Some((piece, (response, since, flood, ended))))
            });
        SseStream::from_bytes_stream(pieces).boxed()
    }
}

fn kind(response: &Response) -> &str {
    response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

impl StreamableHttpClient for Way {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, Failure> {
        let request = self.client.post(uri.as_ref()).header(ACCEPT, format!("{EVENTS}, {JSON}")).json(&message);
        let response =
            self.prepared(request, session.as_ref(), token, headers)?.send().await.map_err(Failure::Client)?;
        let status = response.status();
        if let Some(failure) = Self::refused(status, session.is_some()) {
            return Err(failure);
        }
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let answers = matches!(message, ClientJsonRpcMessage::Request(_));
        let named = response.headers().get(SESSION).and_then(|id| id.to_str().ok()).map(str::to_owned);
        if kind(&response).starts_with(EVENTS) {
            return Ok(StreamableHttpPostResponse::Sse(self.events(response), named));
        }
        let body = self.whole(response).await?;
        if !answers && body.iter().all(u8::is_ascii_whitespace) {
            return Ok(StreamableHttpPostResponse::Accepted);
        }
        let read: ServerJsonRpcMessage = serde_json::from_slice(&body)?;
        Ok(StreamableHttpPostResponse::Json(read, named))
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), Failure> {
        let request = self.prepared(self.client.delete(uri.as_ref()), Some(&session), token, headers)?;
        let status = request.send().await.map_err(Failure::Client)?.status();
        if status == StatusCode::METHOD_NOT_ALLOWED {
            return Err(Failure::ServerDoesNotSupportDeleteSession);
        }
        Self::refused(status, true).map_or(Ok(()), Err)
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last: Option<String>,
        token: Option<String>,
        headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, Failure> {
        let mut request = self.client.get(uri.as_ref()).header(ACCEPT, EVENTS);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response =
            self.prepared(request, session.as_ref(), token, headers)?.send().await.map_err(Failure::Client)?;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED || !kind(&response).starts_with(EVENTS) {
            return Err(Failure::ServerDoesNotSupportSse);
        }
        match Self::refused(response.status(), session.is_some()) {
            Some(failure) => Err(failure),
            None => Ok(self.events(response)),
        }
    }
}

/// Resolves names of the internet only.
struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if !found.iter().all(|address| is_public(address.ip())) {
                return Err("that address is not on the internet".into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}
