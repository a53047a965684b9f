//! Asks over HTTP: a status, and words in the body where they are asked for. Nothing of a body is ever kept or shown.

use std::time::Duration;

use reqwest::{Client, Url, redirect::Policy};

use super::{Answer, address};

/// More of a body is not read.
const LONGEST: usize = 256 * 1024;

/// Asks once. A redirect is an answer: it is not followed to elsewhere.
pub(super) async fn ask(url: &Url, status: Option<u16>, words: Option<&str>, within: Duration) -> Answer {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Answer::Unknown("its address names no host".to_owned());
    };
    let addresses = match address::look_up(host, port, within).await {
        Ok(addresses) => addresses,
        Err(answer) => return answer,
    };
    let client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .resolve_to_addrs(host, &addresses)
        .timeout(within)
        .pool_max_idle_per_host(0)
        .user_agent("nebula-probe")
        .build();
    let Ok(client) = client else { return Answer::Unknown("it could not be asked".to_owned()) };
    let mut response = match client.get(url.clone()).send().await {
        Ok(response) => response,
        Err(error) => return Answer::Wrong(why(&error, within)),
    };
    let said = response.status();
    let is_as_asked = status.map_or(said.is_success() || said.is_redirection(), |status| said.as_u16() == status);
    if !is_as_asked {
        return Answer::Wrong(format!("HTTP {}", said.as_u16()));
    }
    let Some(words) = words else { return Answer::Well(format!("HTTP {}", said.as_u16())) };
    let mut body: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = LONGEST.saturating_sub(body.len());
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if body.len() >= LONGEST {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => return Answer::Wrong(why(&error, within)),
        }
    }
    let is_there = body.windows(words.len()).any(|part| part == words.as_bytes());
    if is_there {
        Answer::Well(format!("HTTP {}, with its words", said.as_u16()))
    } else {
        Answer::Wrong(format!("HTTP {}, without its words", said.as_u16()))
    }
}

/// Why it did not answer, in words of ours: an error quotes addresses, and they may hold anything.
fn why(error: &reqwest::Error, within: Duration) -> String {
    if error.is_timeout() {
        return format!("no answer within {}", crate::span::words(within));
    }
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            if io.kind() == std::io::ErrorKind::ConnectionRefused {
                return "it refused the connection".to_owned();
            }
            if io.get_ref().is_some_and(|inner| inner.to_string().contains("certificate")) {
                return "its certificate is not valid".to_owned();
            }
        }
        cause = inner.source();
    }
    if error.is_connect() { "it could not be connected to".to_owned() } else { "it broke off its answer".to_owned() }
}
