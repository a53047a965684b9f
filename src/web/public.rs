//! A guild's page for everybody: what it put there, how it is and how it was, and its incidents. Behind a word that nobody guesses, or one it chose.

mod happened;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use base::{Millis, measure::count};
use maps::{Line, Page, State as How};

use self::happened::Happened;
use super::Pages;

#[derive(Template)]
#[template(path = "public.html")]
struct Public {
    title: String,
    at: String,
    tone: &'static str,
    headline: String,
    rows: Vec<Row>,
    /// None where the page says nothing of incidents.
    incidents: Option<Happened>,
}

struct Row {
    line: Line,
    sign: &'static str,
    tone: &'static str,
    word: &'static str,
    /// How much was well over time.
    share: String,
}

/// Draws the page as things stand now.
pub(crate) async fn page(State(pages): State<Pages>, Path(word): Path<String>) -> Response {
    let page = match pages.maps.page(&word).await {
        Ok(Some(page)) => page,
        Ok(None) => return (StatusCode::NOT_FOUND, "There is no page here.\n").into_response(),
        Err(error) => {
            tracing::error!("a page for everybody could not be drawn: {error}");
            return (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be drawn.\n").into_response();
        }
    };
    let incidents = match happened::on(&pages, &page).await {
        Ok(incidents) => incidents,
        Err(error) => {
            tracing::error!("the incidents of a page for everybody could not be read: {error}");
            return (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be drawn.\n").into_response();
        }
    };
    let open = incidents.as_ref().map_or(0, |incidents| incidents.open.len());
    let (tone, headline) = headline(&page, open);
    let Page { title, lines, at, .. } = page;
    let rows = lines.into_iter().map(Row::of).collect();
    match (Public { title, at: minute(at), tone, headline, rows, incidents }).render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page for everybody could not be drawn");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be drawn.\n").into_response()
        }
    }
}

/// How all of it stands, in a line.
fn headline(page: &Page, open: usize) -> (&'static str, String) {
    let many = |how: How| page.lines.iter().filter(|line| line.state == how).count();
    let (tone, words) = match (many(How::Down), many(How::Unknown), page.lines.len()) {
        (_, _, 0) => ("soft", "Nothing is shown here yet".to_owned()),
        (0, 0, _) => ("ok", "Everything is up".to_owned()),
        (0, unknown, all) if unknown == all => ("soft", "Nothing is known just now".to_owned()),
        (0, unknown, all) => ("ok", format!("{} of {all} are up, the others are not known just now", all - unknown)),
        (down, _, all) if down == all => ("failed", "Everything is down".to_owned()),
        (1, _, _) => ("failed", "One thing is down".to_owned()),
        (down, ..) => ("failed", format!("{down} things are down")),
    };
    if open == 0 {
        return (tone, words);
    }
    // What answers may still be in trouble.
    let tone = if tone == "failed" { tone } else { "attention" };
    (tone, format!("{words} · {}", count(open as u64, "open incident", "open incidents")))
}

/// A moment, to the minute.
fn minute(at: Millis) -> String {
    format!("{} UTC", at.utc().replace('T', " ").chars().take(16).collect::<String>())
}

impl Row {
    fn of(line: Line) -> Self {
        let (sign, tone, word) = match line.state {
            How::Up => ("✓", "ok", "up"),
            How::Down => ("✕", "failed", "down"),
            How::Unknown => ("–", "soft", "not known"),
        };
        let share = line.well.as_ref().map_or_else(|| "no history yet".to_owned(), |well| format!("{well} up"));
        Self { line, sign, tone, word, share }
    }
}
