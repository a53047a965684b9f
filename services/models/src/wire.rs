//! HTTP to whoever runs models: every answer has a size, every wait an end.
//!
//! **Invariants:** a redirect is an answer and is not followed, so a key goes only where it belongs. What a cloud tells its machines
//! is never asked, whatever a name stands for. What an error says is cut, and is only ever quoted or searched for words.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Method, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde::Serialize;
use serde_json::Value;

use crate::{Kind, Provider, address};

/// How long whoever runs models is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the first of an answer: a model that is not warm is read from a disk first.
    pub first: Duration,
    /// Between two pieces of it.
    pub between: Duration,
    /// For an answer that is no model's: a list, a description.
    pub short: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(5), first: seconds(180), between: seconds(60), short: seconds(10) }
    }
}

/// A list or a description is no longer.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// Nor is a line of a stream.
const LONGEST_LINE: usize = 1024 * 1024;
/// More of what an error says is not read.
const LONGEST_ERROR: usize = 16 * 1024;
/// More of it is not shown.
const SAID: usize = 200;
/// Who asks to be left alone for longer is not waited for anyway.
const LONGEST_WAIT: Duration = Duration::from_hours(24);
/// The version of Anthropic's interface that is spoken.
const ANTHROPIC: &str = "2023-06-01";

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody answers at its address; in our words.
    #[error("{0}")]
    Unreachable(&'static str),
    /// It went silent, for this long.
    #[error("silent for {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// It said no.
    #[error("{code}")]
    Status {
        /// As HTTP has it.
        code: u16,
        /// When to come back, where it says so.
        after: Option<Duration>,
        /// Its own words, cut short; empty where there are none.
        said: String,
        /// Its own name for what is wrong, cut short; empty where there is none.
        named: String,
    },
    /// What came is not what was agreed upon; in our words.
    #[error("{0}")]
    Garbled(&'static str),
}

/// The way to whoever runs models.
#[derive(Clone)]
pub struct Wire {
    http: Client,
    patience: Patience,
}

impl Wire {
    /// A way that is this patient.
    ///
    /// # Panics
    /// Where the process has no TLS provider: it is installed in `main`'s first line.
    pub fn new(patience: Patience) -> Self {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Careful))
            .connect_timeout(patience.connect)
            .user_agent("nebula")
            .build()
            .expect("the TLS provider was installed at the start");
        Self { http, patience }
    }

    /// How patient it is.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// What stands at this path.
    pub async fn get(&self, provider: &Provider, path: &str) -> Result<Value, Trouble> {
        self.short(provider, Method::GET, path, None).await
    }

    /// What it answers to this.
    pub async fn post(&self, provider: &Provider, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.short(provider, Method::POST, path, Some(body)).await
    }

    /// The same, to have something gone.
    pub async fn delete(&self, provider: &Provider, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.short(provider, Method::DELETE, path, Some(body)).await
    }

    async fn short(
        &self,
        provider: &Provider,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let asked = async {
            let mut response = self.send(provider, method, path, body).await?;
            let bytes = read(&mut response, LONGEST_ANSWER).await?.ok_or(Trouble::Garbled("its answer has no end"))?;
            if bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Value::Null);
            }
            serde_json::from_slice(&bytes).map_err(|_| Trouble::Garbled("its answer is no JSON"))
        };
        let patience = self.patience.short;
        tokio::time::timeout(patience, asked).await.unwrap_or(Err(Trouble::TimedOut(patience)))
    }

    /// What it answers to this, line by line. It stops being asked for once the lines are dropped.
    pub async fn stream(&self, provider: &Provider, path: &str, body: &impl Serialize) -> Result<Lines, Trouble> {
        let first = self.patience.first;
        let sent = self.send(provider, Method::POST, path, Some(body));
        let response = tokio::time::timeout(first, sent).await.unwrap_or(Err(Trouble::TimedOut(first)))?;
        Ok(Lines { response, held: Vec::new(), searched: 0, patience: first, between: self.patience.between })
    }

    async fn send(
        &self,
        provider: &Provider,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Response, Trouble> {
        // A name is looked at when it is resolved; what is no name is looked at here.
        if let Some(ip) = address::ip(&provider.address)
            && base::address::is_forbidden(ip)
        {
            return Err(Trouble::Unreachable("that address is never asked"));
        }
        let url = format!("{}/{path}", provider.address.as_str().trim_end_matches('/'));
        let mut request = self.http.request(method, url).headers(headers(provider)?);
        if let Some(body) = body {
            let body = serde_json::to_vec(body).map_err(|_| Trouble::Garbled("what was to be sent is no JSON"))?;
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = request.send().await.map_err(|error| lost(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let after = response.headers().get(RETRY_AFTER).and_then(wait);
        // What it says more than that is only of use where it comes at once.
        let said = tokio::time::timeout(self.patience.short, beginning(&mut response)).await.unwrap_or_default();
        let (said, named) = words(&said);
        Err(Trouble::Status { code: status.as_u16(), after, said, named })
    }
}

/// What comes, line by line.
pub struct Lines {
    response: Response,
    held: Vec<u8>,
    /// No line ends before this.
    searched: usize,
    patience: Duration,
    between: Duration,
}

impl Lines {
    /// The next line, without its end; none at the end of them.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            if let Some(at) = self.held[self.searched..].iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.held.drain(..=self.searched + at).collect();
                self.searched = 0;
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Some(line));
            }
            self.searched = self.held.len();
            if self.held.len() > LONGEST_LINE {
                return Err(Trouble::Garbled("a line of its answer has no end"));
            }
            let piece = tokio::time::timeout(self.patience, self.response.chunk()).await;
            let piece = piece.map_err(|_| Trouble::TimedOut(self.patience))?;
            self.patience = self.between;
            match piece.map_err(|error| lost(&error))? {
                Some(piece) => self.held.extend_from_slice(&piece),
                None if self.held.is_empty() => return Ok(None),
                None => {
                    self.searched = 0;
                    return Ok(Some(std::mem::take(&mut self.held)));
                }
            }
        }
    }
}

/// What comes as server-sent events: the data of each. Names of events are of no use to anybody here, and comments are signs of life.
pub struct Events(pub Lines);

impl Events {
    /// The next one's data; none at the end of them.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let mut data: Option<Vec<u8>> = None;
        loop {
            let Some(line) = self.0.next().await? else {
                // Without the empty line after it, it is not known to be whole.
                return Ok(None);
            };
            if line.is_empty() {
                if data.is_some() {
                    return Ok(data);
                }
                continue;
            }
            let Some(more) = line.strip_prefix(b"data:") else { continue };
            let more = more.strip_prefix(b" ").unwrap_or(more);
            match &mut data {
                None => data = Some(more.to_vec()),
                Some(before) => {
                    before.push(b'\n');
                    before.extend_from_slice(more);
                    if before.len() > LONGEST_LINE {
                        return Err(Trouble::Garbled("an event of its answer has no end"));
                    }
                }
            }
        }
    }
}

fn headers(provider: &Provider) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    if provider.kind == Kind::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static(ANTHROPIC));
    }
    let Some(key) = &provider.key else { return Ok(headers) };
    let (name, value) = match provider.kind {
        Kind::Anthropic => (reqwest::header::HeaderName::from_static("x-api-key"), key.expose().to_owned()),
        Kind::OpenAi | Kind::Ollama => (AUTHORIZATION, format!("Bearer {}", key.expose())),
    };
    let value = HeaderValue::from_str(&value).map_err(|_| Trouble::Status {
        code: 401,
        after: None,
        said: String::new(),
        named: "invalid_api_key".to_owned(),
    })?;
    headers.insert(name, value);
    headers.iter_mut().for_each(|(_, value)| value.set_sensitive(true));
    Ok(headers)
}

/// A body of at most this size; none of a longer one.
async fn read(response: &mut Response, most: usize) -> Result<Option<Vec<u8>>, Trouble> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| lost(&error))? {
        if bytes.len() + piece.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Some(bytes))
}

async fn beginning(response: &mut Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(piece)) = response.chunk().await {
        let room = LONGEST_ERROR - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        if bytes.len() == LONGEST_ERROR {
            break;
        }
    }
    bytes
}

/// What an error says of itself: `{"error": "…"}`, `{"error": {"message", "type", "code"}}`, or text.
fn words(body: &[u8]) -> (String, String) {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return (cut(&String::from_utf8_lossy(body)), String::new());
    };
    error(&body)
}

/// What an answer says went wrong, cut short: its own words, and its own name for it.
pub fn error(body: &Value) -> (String, String) {
    let error = &body["error"];
    let said = error.as_str().or_else(|| error["message"].as_str()).or_else(|| body["message"].as_str());
    let named = error["code"].as_str().or_else(|| error["type"].as_str());
    (cut(said.unwrap_or_default()), cut(named.unwrap_or_default()))
}

/// On one line, nothing hidden in it, no longer than is read.
fn cut(text: &str) -> String {
    let shown: String = text.chars().filter(|letter| !base::card::is_hidden(*letter)).take(SAID * 4).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SAID).collect()
}

/// A number of seconds; a date is not waited for.
fn wait(header: &HeaderValue) -> Option<Duration> {
    let seconds: f64 = header.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(LONGEST_WAIT))
}

fn lost(error: &reqwest::Error) -> Trouble {
    if error.is_connect() {
        return Trouble::Unreachable("nothing answers at its address");
    }
    if error.is_timeout() {
        return Trouble::Unreachable("no connection came about in time");
    }
    if error.is_request() {
        return Trouble::Unreachable("the connection broke off");
    }
    Trouble::Garbled("its answer broke off")
}

/// Resolves names, except to addresses that are never asked.
struct Careful;

impl Resolve for Careful {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| base::address::is_forbidden(address.ip())) {
                return Err("that address is never asked".into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Every address a host has.
pub(crate) async fn addresses(host: &str) -> Vec<IpAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((host, 0)).await;
    found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_error_says_is_cut_and_tidied() {
        let long = json!({ "error": { "message": "x\u{202e}y\n".repeat(500), "type": "t", "code": null } }).to_string();
        let (said, named) = words(long.as_bytes());
        assert!(said.chars().count() <= SAID && said.starts_with("xy xy"), "{said}");
        assert_eq!(named, "t");
        assert_eq!(words(br#"{"error":"no such model"}"#).0, "no such model");
        assert_eq!(words(b"<html>502 Bad\n Gateway</html>").0, "<html>502 Bad Gateway</html>");
        assert_eq!(words(&[0xff, 0xfe]).1, "");
    }

    #[test]
    fn a_wait_is_a_number_of_seconds_within_reason() {
        let waits = |text| wait(&HeaderValue::from_str(text).unwrap());
        assert_eq!(waits("2"), Some(Duration::from_secs(2)));
        assert_eq!(waits("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(waits("99999999999"), Some(LONGEST_WAIT));
        assert_eq!([waits("-1"), waits("NaN"), waits("Wed, 21 Oct 2026 07:28:00 GMT")], [None, None, None]);
    }
}
