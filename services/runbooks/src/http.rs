//! Asks a web address, within limits: what it answers is counted and compared, and never shown.
//!
//! **Invariants:** the addresses behind a name are looked at before anything is sent, and only those are connected to; what a cloud tells
//! its machines (link-local and its like) is never asked. A redirect is an answer and is not followed.

use std::{net::SocketAddr, time::Duration};

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, action::Ending, address::is_forbidden,
    card::code, measure,
};
use reqwest::{Client, Method, Url, redirect::Policy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Runbooks;

/// An answer that is not there by then is none.
const DEADLINE: Duration = Duration::from_secs(30);
/// More of an answer is not read.
const MOST: usize = 64 * 1024;
const METHODS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Ask a web address.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AskHttp {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The address: `https://example.org/health`.
    pub url: String,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The status it must answer with; any from 200 to 299 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Words that must be in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

/// What it answered.
#[derive(Debug, Serialize)]
pub struct Answered {
    host: String,
    method: String,
    status: u16,
    bytes: usize,
    took_ms: u64,
    /// Why that is not what was wanted.
    wrong: Option<String>,
}

impl AskHttp {
    fn read(&self) -> Result<(Method, Url, String)> {
        let no = |why: &str| Error::Invalid(format!("{why} Nothing was asked."));
        let method = METHODS.into_iter().find(|method| method.as_str() == self.method.to_uppercase());
        let method = method.ok_or_else(|| no("The method is `GET`, `HEAD`, `POST`, `PUT`, `PATCH` or `DELETE`."))?;
        let url =
            Url::parse(&self.url).map_err(|_| no("That is no web address: it begins with `https://` or `http://`."))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(no(
                "A web address begins with `https://` or `http://`, and has no user and no password in it.",
            ));
        }
        let host = url.host_str().map(str::to_owned).ok_or_else(|| no("That address names no host."))?;
        Ok((method, url, host))
    }
}

impl Action for AskHttp {
    const NAME: &'static str = "runbook.http";
    const RISK: Risk = Risk::Change;
    type Service = Runbooks;
    type Report = Answered;

    fn plan(&self) -> String {
        let body = self.body.as_ref().map(|body| format!(" with {}", code(body))).unwrap_or_default();
        format!("Ask {} {}{body}", code(&self.method), code(&self.url))
    }

    fn refusal(&self) -> String {
        "ask web addresses".to_owned()
    }

    fn target(&self) -> Option<String> {
        self.read().ok().map(|(.., host)| host)
    }

    async fn assess(&self, _: &Runbooks, _: &Actor) -> Result<Assessment> {
        // What cannot be asked like that is refused when it is, and on record.
        let looks = self.read().is_ok_and(|(method, ..)| method == Method::GET || method == Method::HEAD);
        Ok(Assessment::of(if looks { Risk::Observe } else { Risk::Change }))
    }

    async fn run(permit: Permit<Self>, runbooks: &Runbooks, _: &Run) -> Result<Answered> {
        let asked = permit.action();
        let (method, url, host) = asked.read()?;
        let began = runbooks.clock.now();
        let answered = tokio::time::timeout(DEADLINE, ask(asked, method, url, &host)).await;
        let took = runbooks.clock.now().since(began);
        let could_not = |why: String| {
            let card = Card::failed(format!("**Could not ask** {}", code(&host)));
            Error::Outside(Box::new(card.text(why)))
        };
        let (status, body) = match answered {
            Ok(answered) => answered.map_err(could_not)?,
            Err(_) => return Err(could_not(format!("No answer within {}.", measure::span(DEADLINE)))),
        };
        let fits = asked.status.map_or((200..300).contains(&status), |wanted| wanted == status);
        let text = String::from_utf8_lossy(&body);
        let wrong = if !fits {
            let wanted = asked.status.map_or_else(|| "200 to 299".to_owned(), |status| status.to_string());
            Some(format!("wanted {wanted}"))
        } else if asked.contains.as_ref().is_some_and(|words| !text.contains(words.as_str())) {
            Some("the words that must be in it are not".to_owned())
        } else {
            None
        };
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        Ok(Answered { host, method: asked.method.clone(), status, bytes: body.len(), took_ms, wrong })
    }
}

/// The status, and the beginning of what was answered; the error is a sentence.
async fn ask(asked: &AskHttp, method: Method, url: Url, host: &str) -> Result<(u16, Vec<u8>), String> {
    let port = url.port_or_known_default().unwrap_or(443);
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::net::lookup_host((name, port)).await.map_err(|_| "That name has no address.".to_owned())?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err("That name has no address.".to_owned());
    }
    if let Some(forbidden) = addresses.iter().find(|address| is_forbidden(address.ip())) {
        return Err(format!(
            "{} is where a cloud tells its machines their secrets, or no address of a single machine: it is never asked.",
            code(forbidden.ip().to_string())
        ));
    }
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .resolve_to_addrs(name, &addresses)
        .timeout(DEADLINE)
        .build()
        .map_err(|_| "The connection could not be set up.".to_owned())?;
    let mut request = client.request(method, url);
    if let Some(body) = &asked.body {
        request = request.header("Content-Type", "application/json").body(body.clone());
    }
    let mut answer = request.send().await.map_err(|error| words(&error))?;
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| words(&error))? {
        let room = MOST - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() == MOST {
            break;
        }
    }
    Ok((answer.status().as_u16(), body))
}

/// An error without the address in it, which the card shows already.
fn words(error: &reqwest::Error) -> String {
    let why = match error {
        error if error.is_timeout() => "It did not answer in time.",
        error if error.is_connect() => "Nothing answers there, or not with a certificate that I trust.",
        _ => "What it answered broke off.",
    };
    why.to_owned()
}

impl Report for Answered {
    fn card(&self) -> Card {
        let title = format!("**Asked** {}", code(&self.host));
        let card = if self.wrong.is_some() { Card::failed(title) } else { Card::ok(title) };
        let card = card
            .fact(format!("{} {}", self.method, self.status))
            .fact(measure::bytes(self.bytes as u64))
            .fact(measure::span(Duration::from_millis(self.took_ms)));
        match &self.wrong {
            Some(wrong) => card.fact(wrong),
            None => card,
        }
    }

    fn ending(&self) -> Ending {
        if self.wrong.is_some() { Ending::Failed } else { Ending::Done }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cloud_tells_its_machines_is_never_asked() {
        for forbidden in [
            "169.254.169.254",
            "169.254.1.1",
            "100.100.100.200",
            "192.0.0.192",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(is_forbidden(forbidden.parse().unwrap()), "{forbidden}");
        }
        for fine in ["127.0.0.1", "10.0.0.7", "192.168.1.1", "1.1.1.1", "::1", "2606:4700::1111", "fd12:3456::1"] {
            assert!(!is_forbidden(fine.parse().unwrap()), "{fine}");
        }
    }

    #[test]
    fn an_address_names_a_host_and_no_password() {
        let ask =
            |url: &str| AskHttp { method: "get".into(), url: url.into(), body: None, status: None, contains: None };
        assert_eq!(ask("https://example.org:8443/x").read().unwrap().2, "example.org");
        for wrong in ["ftp://x/", "https://", "https://user:pw@x/", "file:///etc/passwd", "x"] {
            assert!(ask(wrong).read().is_err(), "{wrong}");
        }
    }
}
