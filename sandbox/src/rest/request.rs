//! Reads HTTP requests: who sends them, their path, their JSON and their files.
//!
//! **Invariant:** nothing here trusts the caller: bodies and files are capped, and what cannot be read is refused in Discord's
//! words.

use crate::clock::{self, Millis};
use crate::errors::{Answer, ApiError};
use crate::judge::Actor;
use crate::server::Server;
use crate::snowflake::Id;
use crate::world::attachments::Upload;
use crate::world::messages::Draft;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Multipart};
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use std::collections::HashMap;

/// The largest body that is read at all: 25 MiB of files and what is around them.
pub(crate) const BODY: usize = 26 * 1024 * 1024;
/// All files of a request together.
const FILES: usize = 25 * 1024 * 1024;
/// One file.
const FILE: usize = 10 * 1024 * 1024;

/// A request whose body has not been read yet.
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) actor: Actor,
    path: Answer<String>,
    raw_path: String,
    query: String,
    refused: Option<ApiError>,
    request: axum::extract::Request,
}

/// A request as the routes see it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) actor: Actor,
    pub(crate) segments: Vec<String>,
    pub(crate) query: HashMap<String, String>,
    draft: Draft,
}

impl Incoming {
    pub(crate) fn of(server: &Server, request: axum::extract::Request) -> Self {
        let raw_path = request.uri().path().to_owned();
        let path = api_path(&raw_path);
        let held = matches!(&path, Ok(path) if holds_token(path));
        let (actor, refused) = match actor(server, path.as_deref().unwrap_or_default(), request.headers()) {
            // Whoever holds an interaction's token is the bot; what else the request carries does not matter.
            _ if held => (Actor::Bot, None),
            Ok(actor) => (actor, None),
            Err(error) => (Actor::Nobody, Some(error)),
        };
        let query = request.uri().query().unwrap_or_default().to_owned();
        Self { method: request.method().to_string(), actor, path, raw_path, query, refused, request }
    }

    pub(crate) fn recorded_path(&self) -> String {
        let path = self.path.as_ref().unwrap_or(&self.raw_path);
        if self.query.is_empty() { path.clone() } else { format!("{path}?{}", self.query) }
    }

    pub(crate) async fn read(self) -> Answer<Request> {
        let path = self.path?;
        if let Some(error) = self.refused {
            return Err(error);
        }
        let draft = read_body(self.request).await?;
        Ok(Request {
            method: self.method,
            actor: self.actor,
            segments: path.split('/').filter(|part| !part.is_empty()).map(percent_decoded).collect(),
            query: self
                .query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(k, v)| (percent_decoded(k), percent_decoded(v)))
                .collect(),
            draft,
        })
    }
}

impl Request {
    pub(crate) fn body(&self) -> &Value {
        &self.draft.body
    }

    pub(crate) fn draft(&self) -> Draft {
        self.draft.clone()
    }

    pub(crate) fn into_draft(self) -> Draft {
        self.draft
    }

    pub(crate) fn by_bot(&self) -> Answer<()> {
        let words = "Only bots can use this endpoint";
        if self.actor == Actor::Bot { Ok(()) } else { Err(ApiError::new(403, 20002, words)) }
    }

    /// The person who asks; bots are refused.
    pub(crate) fn person(&self) -> Answer<Id> {
        match self.actor {
            Actor::User(id) => Ok(id),
            _ => Err(ApiError::new(403, 20001, "Bots cannot use this endpoint")),
        }
    }

    /// A number from the query within bounds; Discord refuses others.
    pub(crate) fn limit(&self, otherwise: usize, most: usize) -> Answer<usize> {
        let Some(text) = self.query.get("limit") else { return Ok(otherwise) };
        let (code, words) = match text.parse::<i64>() {
            Ok(limit) if limit < 1 => ("NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.".to_owned()),
            Ok(limit) => match usize::try_from(limit) {
                Ok(limit) if limit <= most => return Ok(limit),
                _ => ("NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}.")),
            },
            Err(_) => ("NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not int.")),
        };
        Err(ApiError::field("limit", code, &words).breaks("query.limit"))
    }

    /// Refuses a query that names more than one of these.
    pub(crate) fn one_of(&self, names: &[&str]) -> Answer<()> {
        if names.iter().filter(|name| self.query.contains_key(**name)).count() < 2 {
            return Ok(());
        }
        let words = format!("Only one of {} may be given.", names.join(", "));
        Err(ApiError::field("", "MUTUALLY_EXCLUSIVE", &words).breaks("query.exclusive"))
    }

    pub(crate) fn snowflake(&self, name: &str) -> Answer<Option<Id>> {
        self.query.get(name).map(|text| id(name, text)).transpose()
    }

    /// A window of a list that grows by id: after one, before another, so many.
    pub(crate) fn page<T>(
        &self,
        all: impl Iterator<Item = (Id, T)>,
        (otherwise, most): (usize, usize),
    ) -> Answer<Vec<T>> {
        let (after, before) = (self.snowflake("after")?, self.snowflake("before")?);
        let inside = |id: Id| after.is_none_or(|after| id > after) && before.is_none_or(|before| id < before);
        let limit = self.limit(otherwise, most)?;
        Ok(all.filter(|(id, _)| inside(*id)).take(limit).map(|(_, one)| one).collect())
    }

    /// A time from the query, as threads and pins are paged by.
    pub(crate) fn before(&self) -> Answer<Option<Millis>> {
        let Some(text) = self.query.get("before") else { return Ok(None) };
        let words = format!("Could not parse {text}. Should be ISO8601.");
        let refused = || ApiError::field("before", "DATE_TIME_TYPE_PARSE", &words).breaks("field.type");
        clock::parse(text).map(Some).ok_or_else(refused)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|value| matches!(value.as_str(), "true" | "True" | "1"))
    }
}

/// An id in a path or a query.
pub(crate) fn id(field: &str, text: &str) -> Answer<Id> {
    text.parse().map_err(|_| {
        let words = format!("Value \"{text}\" is not snowflake.");
        ApiError::field(field, "NUMBER_TYPE_COERCE", &words).breaks("field.type")
    })
}

/// The path below `/api` or `/api/v10`; other versions are refused.
fn api_path(path: &str) -> Answer<String> {
    let rest = path.strip_prefix("/api").ok_or_else(ApiError::no_route)?;
    let version = rest
        .strip_prefix("/v")
        .and_then(|rest| rest.split('/').next())
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty());
    match version {
        None => Ok(rest.to_owned()),
        Some("10") => Ok(rest.trim_start_matches("/v10").to_owned()),
        Some(_) => Err(ApiError::new(400, 50041, "Invalid API version specified")),
    }
}

fn holds_token(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    matches!(parts[..], ["interactions", _, _, "callback"] | ["webhooks", _, _, ..])
}

fn actor(server: &Server, path: &str, headers: &HeaderMap) -> Answer<Actor> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Actor::Nobody) };
    let value = value.to_str().unwrap_or_default();
    if let Some(token) = value.strip_prefix("Bearer ") {
        // What was allowed is to know who somebody is, and nothing else of theirs.
        let user = server.look(|world| world.bearer(token)).filter(|_| path == "/users/@me");
        return user.map(Actor::User).ok_or_else(ApiError::unauthorized);
    }
    let (token, bot) = value.strip_prefix("Bot ").map_or((value, false), |token| (token, true));
    server.look(|world| match world.user_of_token(token) {
        Some(user) if user.bot && bot => Ok(Actor::Bot),
        Some(user) if !user.bot && !bot => Ok(Actor::User(user.id)),
        _ => Err(ApiError::unauthorized()),
    })
}

async fn read_body(request: axum::extract::Request) -> Answer<Draft> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, BODY).await.map_err(|_| too_large())?;
    if kind.starts_with("multipart/form-data") {
        // With its parts goes the layer's word that axum's own limit of 2 MiB is off: ours was applied just now.
        return read_form(axum::extract::Request::from_parts(parts, bytes.into())).await;
    }
    if bytes.is_empty() {
        return Ok(Draft { body: json!({}), files: Vec::new() });
    }
    if !kind.starts_with("application/json") {
        let words = "Expected \"Content-Type\" header to be one of {'application/json'}.";
        return Err(ApiError::field("", "CONTENT_TYPE_INVALID", words).breaks("request.content_type"));
    }
    let body = serde_json::from_slice(&bytes).map_err(|_| invalid_json())?;
    Ok(Draft { body, files: Vec::new() })
}

async fn read_form(request: axum::extract::Request) -> Answer<Draft> {
    let broken = || ApiError::new(400, 50035, "Invalid Form Body").breaks("request.form");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut draft = Draft { body: json!({}), files: Vec::new() };
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        if let Some(filename) = field.file_name().map(str::to_owned) {
            let content_type = field.content_type().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|_| broken())?.to_vec();
            let slot = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')).unwrap_or("0").to_owned();
            draft.files.push(Upload { slot, filename, content_type, bytes });
        } else if name == "payload_json" {
            let text = field.text().await.map_err(|_| broken())?;
            draft.body = serde_json::from_str(&text).map_err(|_| invalid_json())?;
        }
    }
    let total: usize = draft.files.iter().map(|file| file.bytes.len()).sum();
    if total > FILES || draft.files.iter().any(|file| file.bytes.len() > FILE) {
        return Err(too_large());
    }
    Ok(draft)
}

fn too_large() -> ApiError {
    ApiError::new(413, 40005, "Request entity too large").breaks("request.size")
}

fn invalid_json() -> ApiError {
    ApiError::new(400, 50109, "The request body contains invalid JSON.").breaks("request.json")
}

pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(byte) = hex.filter(|_| *first == b'%') {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{api_path, percent_decoded};

    #[test]
    fn only_version_ten_is_served() {
        assert_eq!(api_path("/api/v10/users/@me").unwrap(), "/users/@me");
        assert_eq!(api_path("/api/users/@me").unwrap(), "/users/@me");
        assert_eq!(api_path("/api/v9/users/@me").unwrap_err().body["code"], 50041);
        assert_eq!(api_path("/users/@me").unwrap_err().status, 404);
    }

    #[test]
    fn broken_percent_signs_are_kept() {
        assert_eq!(percent_decoded("%F0%9F%91%8D"), "👍");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%é1"), "%é1");
    }
}
