//! The requests a person's client makes.
//!
//! **Invariant:** it trusts no certificate at all, so it can only ever talk plain HTTP to the sandbox.

use std::{path::PathBuf, sync::Arc, time::Duration};

use reqwest::{Method, multipart};
use serde_json::Value;

use super::{Account, Error, Result, Violation};

/// How often a request waits as long as a 429 asks for before its refusal counts.
const RATE_LIMITED_TRIES: usize = 5;
/// A connection nobody used for this long is not used again: the sandbox ends it after twice that.
const IDLE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Door {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Door {
    pub(crate) fn new(page_url: &str, token: &str) -> Result<Self> {
        let url = page_url.trim_end_matches('/').to_owned();
        let unreachable = |reason: String| Error::Unreachable { url: url.clone(), reason };
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| unreachable(e.to_string()))?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().no_proxy().pool_idle_timeout(IDLE).use_preconfigured_tls(tls).build();
        let http = http.map_err(|e| unreachable(e.to_string()))?;
        Ok(Self { http, url, token: token.to_owned() })
    }

    /// Where the gateway listens.
    pub(crate) fn gateway_url(&self) -> String {
        format!("{}/gateway?v=10&encoding=json", self.url.replacen("http", "ws", 1))
    }

    pub(crate) async fn accounts(&self) -> Result<Vec<Account>> {
        self.decoded("/sandbox/accounts").await
    }

    pub(crate) async fn violations(&self) -> Result<Vec<Violation>> {
        self.decoded("/sandbox/violations").await
    }

    async fn decoded<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let body = self.send(Method::GET, path, None, &[]).await?;
        serde_json::from_value(body)
            .map_err(|e| Error::Unreachable { url: format!("{}{path}", self.url), reason: e.to_string() })
    }

    /// One request; the answer's body, `Null` where it has none. `files` go along as `files[0]`, `files[1]`, ….
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        files: &[PathBuf],
    ) -> Result<Value> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
            if !self.token.is_empty() {
                request = request.header("authorization", &self.token);
            }
            request = match body {
                Some(body) if files.is_empty() => request.json(body),
                Some(body) => request.multipart(form(body, files).await?),
                None => request,
            };
            let unreachable =
                |e: reqwest::Error| Error::Unreachable { url: format!("{}{path}", self.url), reason: e.to_string() };
            let response = request.send().await.map_err(unreachable)?;
            let status = response.status();
            let text = response.text().await.map_err(unreachable)?;
            let answer = serde_json::from_str(&text).unwrap_or(if text.is_empty() { Value::Null } else { text.into() });
            if status.is_success() {
                return Ok(answer);
            }
            match answer["retry_after"].as_f64().and_then(|wait| Duration::try_from_secs_f64(wait).ok()) {
                Some(wait) if status.as_u16() == 429 && tries < RATE_LIMITED_TRIES => tokio::time::sleep(wait).await,
                _ => {
                    let (method, path) = (method.to_string(), path.to_owned());
                    return Err(Error::Refused { method, path, status: status.as_u16(), body: answer });
                }
            }
        }
    }
}

async fn form(body: &Value, files: &[PathBuf]) -> Result<multipart::Form> {
    let mut form = multipart::Form::new().text("payload_json", body.to_string());
    for (at, path) in files.iter().enumerate() {
        let unreadable = |e: std::io::Error| Error::File { path: path.clone(), reason: e.to_string() };
        let bytes = tokio::fs::read(path).await.map_err(unreadable)?;
        form = form.part(format!("files[{at}]"), multipart::Part::bytes(bytes).file_name(file_name(path)));
    }
    Ok(form)
}

pub(crate) fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy().into_owned())
}
