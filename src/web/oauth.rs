//! Connecting accounts in a browser: a page that says whose account will be connected, on to the platform, and back.
//!
//! **Invariants:** opening a link changes nothing: only pressing the button of the page that was shown to this very browser goes on with
//! it. Where people can log in with Discord, only whoever asked for a link goes on. What a platform sends back is in no page.

use std::{sync::Arc, time::Duration};

use accounts::{Accounts, Back};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base::Error;
use platforms::Platform;
use serde::Deserialize;

use super::{
    Pages,
    login::{Logins, cookie, sent},
    transcript::door,
};

/// What a browser holds that went on with a link.
const BROWSER: &str = "nebula_connect";
/// What it holds while it is shown whose account will be connected.
const PAGE: &str = "nebula_consent";
/// A link leads on for no longer.
const LASTS: Duration = Duration::from_mins(10);
/// Nothing that a page sends us is longer.
const LONGEST: usize = 8 * 1024;

#[derive(Template)]
#[template(path = "consent.html")]
struct Asks<'a> {
    title: &'a str,
    sentence: &'a str,
    action: &'a str,
    word: &'a str,
    page: &'a str,
    platform: Platform,
}

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/oauth/{platform}/start", get(start).post(go_on))
        .route("/oauth/{platform}", get(back))
        .layer(axum::extract::DefaultBodyLimit::max(LONGEST))
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    t: String,
}

/// Says whose account will be connected.
async fn start(
    State(pages): State<Pages>,
    Path(platform): Path<String>,
    Query(Link { t }): Query<Link>,
    headers: HeaderMap,
) -> Response {
    let Some((accounts, platform)) = known(&pages, &platform) else { return nothing() };
    let consent = match accounts.behind(platform, &t).await {
        Ok(Some(consent)) => consent,
        Ok(None) => return worn_out(),
        Err(error) => return broken(&error),
    };
    let logins = pages.tickets.as_ref().map(|(_, logins)| logins);
    if let Some(refused) = logins.and_then(|logins| not_them(logins, &headers, consent.user, (platform, &t))) {
        return refused;
    }
    let page = pages.hub.clock().key();
    let title = format!("Connect {platform} for {}", consent.user_name);
    let sentence = format!(
        "You say at {platform} what you allow, and come back here. Go on only if you are {} on Discord and asked for this just now: \
         the account you log in with there becomes theirs here.",
        consent.user_name
    );
    let action = format!("{}/oauth/{}/start", prefix(&pages), platform.as_str());
    let shown = Asks { title: &title, sentence: &sentence, action: &action, word: &t, page: &page, platform };
    let origin = accounts.asks_at(platform).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self' {origin}"
    );
    let mut response = Html(shown.render().unwrap_or_default()).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Ok(cookie) = HeaderValue::from_str(&set(&pages, PAGE, &page, "Strict")) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[derive(Default, Deserialize)]
struct Pressed {
    #[serde(default)]
    t: String,
    #[serde(default)]
    page: String,
}

/// Goes on to the platform.
async fn go_on(State(pages): State<Pages>, Path(platform): Path<String>, headers: HeaderMap, form: String) -> Response {
    let Some((accounts, platform)) = known(&pages, &platform) else { return nothing() };
    // A form is written as what is asked of an address.
    let read = format!("/?{form}").parse::<Uri>().ok().and_then(|uri| Query::try_from_uri(&uri).ok());
    let Query(Pressed { t, page }) = read.unwrap_or_default();
    if page.is_empty() || cookie(&headers, PAGE).is_none_or(|shown| shown != page) {
        let why = "This browser was not shown whose account will be connected. Open the link in Discord again.";
        return door(StatusCode::FORBIDDEN, "Not connected", why, None);
    }
    let consent = match accounts.behind(platform, &t).await {
        Ok(Some(consent)) => consent,
        Ok(None) => return worn_out(),
        Err(error) => return broken(&error),
    };
    let logins = pages.tickets.as_ref().map(|(_, logins)| logins);
    if let Some(refused) = logins.and_then(|logins| not_them(logins, &headers, consent.user, (platform, &t))) {
        return refused;
    }
    match accounts.go_on(platform, &t).await {
        Ok(Some(asks)) => sent(&asks.address, &[set(&pages, BROWSER, &asks.browser, "Lax"), gone(PAGE)]),
        Ok(None) => worn_out(),
        Err(error) => broken(&error),
    }
}

#[derive(Deserialize)]
struct Came {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// Somebody comes back from a platform.
async fn back(
    State(pages): State<Pages>,
    Path(platform): Path<String>,
    headers: HeaderMap,
    Query(came): Query<Came>,
) -> Response {
    let Some((accounts, platform)) = known(&pages, &platform) else { return nothing() };
    let browser = cookie(&headers, BROWSER);
    let said = (came.code.as_deref(), came.error.as_deref());
    let (status, title, sentence) = match accounts.come_back(platform, &came.state, browser.as_deref(), said).await {
        Ok(Back::Connected(name)) => {
            (StatusCode::OK, "Connected", format!("{name} on {platform} is connected. Go back to Discord."))
        }
        Ok(Back::Denied) => (
            StatusCode::FORBIDDEN,
            "Not connected",
            format!("You said no at {platform}. Nothing was kept. Go back to Discord."),
        ),
        Ok(Back::Nothing) => return worn_out(),
        Ok(Back::AnotherBrowser) => {
            let why = "This is another browser than the one that opened the link, so nothing was kept. Ask in Discord again, and \
                       stay in one browser.";
            (StatusCode::FORBIDDEN, "Not connected", why.to_owned())
        }
        Ok(Back::Failed(why)) => {
            // It is written for a card.
            let why = why.replace('`', "");
            (StatusCode::BAD_GATEWAY, "Not connected", format!("{why} Nothing was kept. Go back to Discord."))
        }
        Err(error) => return broken(&error),
    };
    let mut response = door(status, title, &sentence, None);
    if let Ok(cookie) = HeaderValue::from_str(&gone(BROWSER)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn known<'a>(pages: &'a Pages, platform: &str) -> Option<(&'a Arc<Accounts>, Platform)> {
    Some((pages.accounts.as_ref()?, Platform::parse(platform)?))
}

/// Where people can say who they are, nobody but whoever asked for a link goes on with it.
fn not_them(
    logins: &Logins,
    headers: &HeaderMap,
    user: base::UserId,
    (platform, word): (Platform, &str),
) -> Option<Response> {
    let login = logins.begins_connecting(platform, word)?;
    match logins.who(headers) {
        Some(who) if who == user => None,
        Some(_) => {
            let why = "This link is somebody else's: what you logged in with there would become theirs here. Ask for one of your own \
                       with /connect in Discord.";
            Some(door(StatusCode::FORBIDDEN, "Not your link", why, None))
        }
        None => {
            let why = "Say who you are on Discord first: the link is for whoever asked for it alone.";
            Some(door(StatusCode::UNAUTHORIZED, "Connect an account", why, Some(login)))
        }
    }
}

fn prefix(pages: &Pages) -> &str {
    pages.accounts.as_ref().and_then(|accounts| accounts.address()).map_or("", super::login::path)
}

fn set(pages: &Pages, name: &str, value: &str, same_site: &str) -> String {
    let address = pages.accounts.as_ref().and_then(|accounts| accounts.address());
    let secure = if address.is_some_and(|address| address.starts_with("https://")) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={}{secure}", LASTS.as_secs())
}

fn gone(name: &str) -> String {
    format!("{name}=; Path=/; HttpOnly; Max-Age=0")
}

fn worn_out() -> Response {
    let why = "This link was not asked for here, is used, or is older than ten minutes. Ask for another with /connect in Discord.";
    door(StatusCode::NOT_FOUND, "Not connected", why, None)
}

fn nothing() -> Response {
    door(StatusCode::NOT_FOUND, "Nothing is here", "This address leads nowhere.", None)
}

fn broken(error: &Error) -> Response {
    if let Error::Outside(card) = error {
        return door(StatusCode::BAD_GATEWAY, "Not connected", &card.plain_text().replace('`', ""), None);
    }
    tracing::error!("an account could not be connected: {error}");
    door(StatusCode::INTERNAL_SERVER_ERROR, "Not connected", "Something went wrong on my side. Nothing was kept.", None)
}
