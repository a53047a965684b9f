//! Files that are too large for a message: a page behind a link that works once.
//!
//! **Invariants:** looking at the page uses nothing up, or a preview would; a file is never held whole; what is loaded was
//! masked where it was read.

use askama::Template;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base::measure;
use futures::{Stream, StreamExt};
use hosts::files::{Piece, Taken, Wanted, Way};
use tokio::sync::{mpsc, oneshot};

use super::Pages;

#[derive(Template)]
#[template(path = "transfer.html")]
struct Page<'a> {
    title: &'a str,
    sentence: String,
    /// What can be done: `download`, `upload`, or nothing any more.
    way: &'static str,
}

pub(super) fn routes() -> Router<Pages> {
    Router::new()
        .route("/file/{key}", get(look).post(transfer).put(send))
        // How much is taken is the transfer's to say.
        .layer(DefaultBodyLimit::disable())
}

/// Says what the link is for.
async fn look(State(pages): State<Pages>, Path(key): Path<String>) -> Response {
    let Some(wanted) = pages.files.link(&key) else { return gone() };
    let Wanted { server, path, size, way } = wanted;
    let (size, what) = (measure::bytes(size), format!("{path} on {server}"));
    let (title, sentence, way) = match way {
        Way::Down => {
            ("Download", format!("{what}, {size}. The link works once. Secrets in it are masked."), "download")
        }
        Way::Up => ("Upload", format!("{what}, up to {size}. The link works once."), "upload"),
    };
    page(&pages, StatusCode::OK, title, &sentence, way)
}

/// Loads the file, or takes the one that a form holds.
async fn transfer(State(pages): State<Pages>, Path(key): Path<String>, request: Request) -> Response {
    // What cannot be a file does not use the link up.
    let wanted = pages.files.link(&key);
    let form = match wanted.as_ref().map(|wanted| wanted.way) {
        Some(Way::Up) => match Multipart::from_request(request, &()).await {
            Ok(form) => Some(form),
            Err(refusal) => return refusal.into_response(),
        },
        Some(Way::Down) => None,
        None => return gone(),
    };
    match (pages.files.use_link(&key), form) {
        (Some(Taken::Down(pieces)), _) => load(pieces, wanted.map(|wanted| name(&pages, wanted))),
        (Some(Taken::Up(into, answer)), Some(mut form)) => {
            let taken = loop {
                match form.next_field().await {
                    Ok(Some(field)) if field.name() == Some("file") => break pump(field, &into).await,
                    Ok(Some(_)) => {}
                    Ok(None) => break Err("No file was chosen.".to_owned()),
                    Err(_) => break Err("The upload broke off.".to_owned()),
                }
            };
            ended(&pages, taken, into, answer).await
        }
        _ => gone(),
    }
}

/// Takes a file as it is: `curl --upload-file`.
async fn send(State(pages): State<Pages>, Path(key): Path<String>, request: Request) -> Response {
    if pages.files.link(&key).is_none_or(|wanted| wanted.way != Way::Up) {
        return gone();
    }
    let Some(Taken::Up(into, answer)) = pages.files.use_link(&key) else { return gone() };
    let taken = pump(request.into_body().into_data_stream(), &into).await;
    ended(&pages, taken, into, answer).await
}

/// Hands over what comes, as fast as it is taken.
async fn pump<E>(
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    into: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| "The upload broke off.".to_owned())?;
        // An empty piece would say that it is all.
        if !piece.is_empty() && into.send(Ok(piece.to_vec())).await.is_err() {
            // Why is in the answer.
            return Ok(());
        }
    }
    Ok(())
}

/// Waits for what became of an upload, and says so.
async fn ended(
    pages: &Pages,
    taken: Result<(), String>,
    into: mpsc::Sender<Piece>,
    answer: oneshot::Receiver<Result<String, String>>,
) -> Response {
    let last = taken.map(|()| Vec::new());
    // Where nobody takes it any more, the answer says why.
    let _ = into.send(last).await;
    match answer.await {
        Ok(Ok(told)) => page(pages, StatusCode::OK, "Uploaded", &told, "nothing"),
        Ok(Err(why)) => page(pages, StatusCode::UNPROCESSABLE_ENTITY, "Not uploaded", &why, "nothing"),
        Err(_) => page(pages, StatusCode::UNPROCESSABLE_ENTITY, "Not uploaded", "It was stopped.", "nothing"),
    }
}

/// What a file is called where it is loaded to; names may hold secrets.
fn name(pages: &Pages, wanted: Wanted) -> String {
    let path = pages.hub.redactor_of_all().mask(&wanted.path).into_owned();
    Wanted { path, ..wanted }.name()
}

fn load(pieces: mpsc::Receiver<Piece>, name: Option<String>) -> Response {
    // An empty piece says that it is all: whatever ends without one broke off, and must not look as if it were whole.
    let stream = futures::stream::unfold(Some(pieces), |pieces| async move {
        let mut pieces = pieces?;
        match pieces.recv().await {
            Some(Ok(piece)) if piece.is_empty() => None,
            Some(Ok(piece)) => Some((Ok(Bytes::from(piece)), Some(pieces))),
            Some(Err(why)) => Some((Err(std::io::Error::other(why)), None)),
            None => Some((Err(std::io::Error::other("it was stopped")), None)),
        }
    });
    let disposition = name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok());
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (kind, Body::from_stream(stream)).into_response()
}

fn gone() -> Response {
    let page = Page {
        title: "Gone",
        sentence: "This link is used, or too old. Ask again in Discord.".to_owned(),
        way: "nothing",
    };
    (StatusCode::NOT_FOUND, Html(page.render().unwrap_or_default())).into_response()
}

/// A page, without secrets: paths and names may hold some.
fn page(pages: &Pages, status: StatusCode, title: &str, sentence: &str, way: &'static str) -> Response {
    let sentence = pages.hub.redactor_of_all().mask(sentence).into_owned();
    let page = Page { title, sentence, way };
    (status, Html(page.render().unwrap_or_default())).into_response()
}
