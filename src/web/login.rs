//! Who somebody is that looks at a page: Discord says so.
//!
//! **Invariants:** what was begun is ended by the same browser, once, within ten minutes. A session says who somebody is and nothing of
//! what they may; it ends by itself, and with the process.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base::{Clock, Error, Millis, UserId};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use commands::Login;
use platforms::Platform;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Pages, transcript::door};

/// Who was asked by Discord whether they want to answers by then.
const BEGUN_FOR: Duration = Duration::from_mins(10);
/// A session ends by itself.
const SESSION_FOR: Duration = Duration::from_mins(30);
/// More are not begun at once, nor logged in: the oldest goes.
const MOST: usize = 2_000;
/// What is known of a browser.
const COOKIE: &str = "nebula";
/// What it holds while a login is begun.
const BEGUN: &str = "nebula_login";

/// Who is logged in, and who is about to be.
pub(crate) struct Logins {
    login: Option<Login>,
    clock: Clock,
    begun: Mutex<HashMap<String, Begun>>,
    sessions: Mutex<HashMap<String, (UserId, Millis)>>,
}

struct Begun {
    /// What only this process knows.
    verifier: String,
    /// What only that browser has.
    browser: String,
    /// Which page they came from: its path below our address.
    to: String,
    /// Where they begin anew.
    again: String,
    until: Millis,
}

impl Logins {
    /// By this login, if there is one.
    pub(crate) fn new(login: Option<Login>, clock: Clock) -> Self {
        Self { login, clock, begun: Mutex::default(), sessions: Mutex::default() }
    }

    /// Where somebody logs in to read what is under an address; none where nobody can.
    pub(super) fn begins(&self, key: &str) -> Option<String> {
        self.login.as_ref().map(|login| format!("{}{}/begin?to={key}", path(login.address()), commands::BACK))
    }

    /// The same for a link by which an account is connected.
    pub(super) fn begins_connecting(&self, platform: Platform, key: &str) -> Option<String> {
        self.begins(key).map(|login| format!("{login}&connect={}", platform.as_str()))
    }

    /// What stands before every path, where a proxy puts something there.
    pub(super) fn prefix(&self) -> &str {
        self.login.as_ref().map_or("", |login| path(login.address()))
    }

    /// Who is logged in with this browser.
    pub(super) fn who(&self, headers: &HeaderMap) -> Option<UserId> {
        let session = cookie(headers, COOKIE)?;
        let now = self.clock.now();
        open(&self.sessions).get(&hash(&session)).filter(|(_, until)| *until > now).map(|(user, _)| *user)
    }

    fn set(&self, name: &str, value: &str, lasts: Duration) -> String {
        let secure = self.login.as_ref().is_some_and(|login| login.address().starts_with("https://"));
        let secure = if secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", lasts.as_secs())
    }

    /// A key that nobody guesses.
    fn key(&self) -> String {
        format!("{:032x}{:032x}", self.clock.random(), self.clock.random())
    }
}

fn open<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of an address, without the slash at its end.
pub(super) fn path(address: &str) -> &str {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    host.find('/').map_or("", |at| host[at..].trim_end_matches('/'))
}

fn hash(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// Leaves room for one more: what is over goes, and then the oldest.
fn make_room<T>(map: &mut HashMap<String, T>, now: Millis, until: impl Fn(&T) -> Millis) {
    map.retain(|_, one| until(one) > now);
    if map.len() >= MOST {
        let oldest = map.iter().min_by_key(|(_, one)| until(one).0).map(|(key, _)| key.clone());
        oldest.map(|key| map.remove(&key));
    }
}

pub(super) fn routes() -> Router<Pages> {
    Router::new().route(&format!("{}/begin", commands::BACK), get(begin)).route(commands::BACK, get(back))
}

#[derive(Deserialize)]
struct To {
    to: String,
    #[serde(default)]
    connect: Option<String>,
}

/// Sends somebody to Discord.
async fn begin(State(pages): State<Pages>, Query(To { to, connect }): Query<To>) -> Response {
    let Some((_, logins)) = &pages.tickets else { return nobody() };
    let Some(login) = &logins.login else { return nobody() };
    if to.len() != 32 || !to.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return door(StatusCode::NOT_FOUND, "Nothing is read here", "This address leads nowhere.", None);
    }
    let platform = connect.as_deref().map(Platform::parse);
    let (page, again) = match platform {
        None => (format!("/transcript/{to}"), logins.begins(&to)),
        Some(Some(platform)) => {
            (format!("/oauth/{}/start?t={to}", platform.as_str()), logins.begins_connecting(platform, &to))
        }
        Some(None) => return door(StatusCode::NOT_FOUND, "Nothing is read here", "This address leads nowhere.", None),
    };
    let (state, browser, verifier) = (logins.key(), logins.key(), logins.key());
    let url = match login.ask(&state, &hash(&verifier)) {
        Ok(url) => url,
        Err(error) => return failed(&error),
    };
    let now = logins.clock.now();
    {
        let mut begun = open(&logins.begun);
        make_room(&mut begun, now, |one| one.until);
        let (browser, again, until) = (hash(&browser), again.unwrap_or_default(), now.plus(BEGUN_FOR));
        begun.insert(hash(&state), Begun { verifier, browser, to: page, again, until });
    }
    sent(&url, &[logins.set(BEGUN, &browser, BEGUN_FOR)])
}

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
}

/// Somebody comes back from Discord.
async fn back(State(pages): State<Pages>, headers: HeaderMap, Query(asked): Query<Back>) -> Response {
    let Some((_, logins)) = &pages.tickets else { return nobody() };
    let Some(login) = &logins.login else { return nobody() };
    let now = logins.clock.now();
    // It is spent, whatever becomes of it.
    let begun = asked.state.and_then(|state| open(&logins.begun).remove(&hash(&state)));
    let browser = cookie(&headers, BEGUN).map(|browser| hash(&browser));
    let begun = begun.filter(|begun| begun.until > now && Some(&begun.browser) == browser.as_ref());
    let Some(begun) = begun else {
        let why =
            "This login was not begun here, is used, or took longer than ten minutes. Open the page's address again.";
        return door(StatusCode::BAD_REQUEST, "Not logged in", why, None);
    };
    let again = Some(begun.again);
    let Some(code) = asked.code else {
        return door(StatusCode::FORBIDDEN, "Not logged in", "You did not say who you are.", again);
    };
    let user = match login.who(&code, &begun.verifier).await {
        Ok(user) => user,
        Err(error) => return door(StatusCode::BAD_GATEWAY, "Not logged in", &error.to_string(), again),
    };
    let session = logins.key();
    {
        let mut sessions = open(&logins.sessions);
        make_room(&mut sessions, now, |(_, until)| *until);
        sessions.insert(hash(&session), (user, now.plus(SESSION_FOR)));
    }
    let to = format!("{}{}", logins.prefix(), begun.to);
    sent(&to, &[logins.set(COOKIE, &session, SESSION_FOR), logins.set(BEGUN, "", Duration::ZERO)])
}

pub(super) fn sent(to: &str, cookies: &[String]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let Ok(to) = HeaderValue::from_str(to) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    headers.insert(header::LOCATION, to);
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

fn failed(error: &Error) -> Response {
    tracing::error!("nobody can log in: {error}");
    door(StatusCode::SERVICE_UNAVAILABLE, "Not logged in", "Something went wrong on my side.", None)
}

fn nobody() -> Response {
    let why = "Nobody can log in here: `DISCORD_CLIENT_SECRET` and `NEBULA_WEB_URL` are not set.";
    door(StatusCode::NOT_FOUND, "No login", why, None)
}
