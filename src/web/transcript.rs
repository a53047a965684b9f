//! What was said in a ticket, for whoever may read it: staff, whose it is, and administrators, logged in with Discord.
//!
//! **Invariants:** what somebody may is asked for at each page and each file, by the same door as any command, and what they read is on
//! record. Nothing that was sent runs here: pictures are what their bytes say, everything else is only loaded down.

use askama::Template;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base::{Actor, Error};
use hub::Outcome;
use serde::Deserialize;
use store::tickets::{Kind, Ticket};
use tickets::{ReadTranscript, Tickets};

use super::{Pages, login::Logins};

/// A page's own files are shown, and nothing else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);
/// A file is shown by itself only as data.
const FILE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");

#[derive(Template)]
#[template(path = "transcript_door.html")]
struct Door<'a> {
    title: &'a str,
    sentence: &'a str,
    login: Option<String>,
}

/// A page that says why there is nothing else.
pub(super) fn door(status: StatusCode, title: &str, sentence: &str, login: Option<String>) -> Response {
    let page = Door { title, sentence, login };
    (status, Html(page.render().unwrap_or_default())).into_response()
}

pub(super) fn routes() -> Router<Pages> {
    Router::new().route("/transcript/{key}", get(page)).route("/transcript/{key}/file/{message}/{file}", get(file))
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

/// Who reads what.
struct Reader {
    tickets: std::sync::Arc<Tickets>,
    ticket: Ticket,
    actor: Actor,
    prefix: String,
}

/// What was said, from a message on.
async fn page(
    State(pages): State<Pages>,
    Path(key): Path<String>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Response {
    let reader = match let_in(&pages, &key, &headers).await {
        Ok(reader) => reader,
        Err(response) => return *response,
    };
    let Reader { tickets, ticket, actor, prefix } = reader;
    // That somebody read it is on record.
    let read = pages.hub.perform(actor, ReadTranscript { ticket: ticket.number }).ended().await.outcome;
    match read {
        Outcome::Done { .. } => {}
        Outcome::Failed(error) => return may_not(&error),
        Outcome::Waits(_) | Outcome::Left => {
            let why = "It takes somebody's yes to read this, and a page cannot wait for one.";
            return door(StatusCode::FORBIDDEN, "You may not", why, None);
        }
    }
    match tickets.page(&ticket, after, &format!("{prefix}/transcript/{key}")).await {
        Ok(page) => {
            let clean = pages.hub.redactor_of_all().mask(&page.html).into_owned();
            ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(clean)).into_response()
        }
        Err(error) => broken(&error),
    }
}

/// A file of a message.
async fn file(
    State(pages): State<Pages>,
    Path((key, message, id)): Path<(String, u64, String)>,
    headers: HeaderMap,
) -> Response {
    let reader = match let_in(&pages, &key, &headers).await {
        Ok(reader) => reader,
        Err(response) => return *response,
    };
    let Reader { ticket, actor, .. } = reader;
    if let Err(error) = pages.hub.check(&actor, &ReadTranscript { ticket: ticket.number }).await {
        return may_not(&error);
    }
    let store = pages.hub.store().clone();
    let found = match store.ticket_file(&ticket, message, &id).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    let Some((name, (hash, kind))) = found.and_then(|file| Some((file.name, file.kept?))) else {
        return door(StatusCode::NOT_FOUND, "Gone", "This file is not kept, or no longer.", None);
    };
    let pieces = futures::stream::unfold(Some(0_i64), move |place| {
        let (store, hash) = (store.clone(), hash.clone());
        async move {
            let place = place?;
            match store.ticket_file_piece(ticket.guild, &hash, place).await {
                Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), Some(place + 1))),
                Ok(None) => None,
                Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
            }
        }
    });
    let how = if kind.is_picture() { "inline" } else { "attachment" };
    let plain: String =
        name.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_')).collect();
    let how = HeaderValue::from_str(&format!("{how}; filename=\"{plain}\"")).unwrap_or(HeaderValue::from_static(how));
    let media = if kind.is_picture() { kind.media() } else { Kind::Other.media() };
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CONTENT_DISPOSITION, how),
        (header::CONTENT_SECURITY_POLICY, FILE),
    ];
    (head, Body::from_stream(pieces)).into_response()
}

/// Whoever is logged in and a member there at this moment; or the page that says why not.
async fn let_in(pages: &Pages, key: &str, headers: &HeaderMap) -> Result<Reader, Box<Response>> {
    let nothing = || {
        let why = "This address leads nowhere, or was revoked. `/ticket transcript` in Discord makes another.";
        Box::new(door(StatusCode::NOT_FOUND, "Nothing is read here", why, None))
    };
    let Some((tickets, logins)) = &pages.tickets else { return Err(nothing()) };
    let Some(ticket) = tickets.at(key).await.map_err(|error| Box::new(broken(&error)))? else { return Err(nothing()) };
    let Some(user) = logins.who(headers) else { return Err(Box::new(log_in(logins, key))) };
    let actor = pages.hub.visitor(ticket.guild, user).await.map_err(|error| Box::new(broken(&error)))?;
    let Some(actor) = actor else {
        let why = "You are not a member of the server that this is of.";
        return Err(Box::new(door(StatusCode::FORBIDDEN, "You may not", why, None)));
    };
    Ok(Reader { tickets: tickets.clone(), ticket, actor, prefix: logins.prefix().to_owned() })
}

fn log_in(logins: &Logins, key: &str) -> Response {
    let login = logins.begins(key);
    let sentence = if login.is_some() {
        "What is said in a ticket is for its staff and for whose it is. Say who you are: I learn your name, and nothing else of yours."
    } else {
        "Nobody can log in here: DISCORD_CLIENT_SECRET and NEBULA_WEB_URL are not set."
    };
    door(StatusCode::UNAUTHORIZED, "A transcript", sentence, login)
}

fn may_not(error: &Error) -> Response {
    if matches!(error, Error::Internal { .. }) {
        return broken(error);
    }
    door(StatusCode::FORBIDDEN, "You may not", &error.to_string(), None)
}

fn broken(error: &Error) -> Response {
    tracing::error!("a transcript could not be shown: {error}");
    door(StatusCode::INTERNAL_SERVER_ERROR, "Not shown", "Something went wrong on my side.", None)
}
