//! A terminal's screen as a picture: for boxes, bars and colours that a message shows wrong or not at all.

use std::fmt::Write;

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use pictures::{MONO, escape};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frame::{Cell, Frame};
use crate::Hosts;

/// A cell's width and height, the letters' size in it, and what is left around all of them, in the picture's own pixels.
const WIDTH: f32 = 8.5;
const HEIGHT: f32 = 18.0;
const LETTERS: f32 = 14.0;
const AROUND: f32 = 8.0;
const GROUND: &str = "#1e1f22";
const INK: &str = "#dbdee1";
/// The eight colours of a terminal, to be read on that ground.
const COLOURS: [&str; 8] = ["#4e5058", "#f16c6f", "#5fc27e", "#f0b232", "#6f9bf5", "#d17ce0", "#4fc4cf", "#f2f3f5"];

/// Show a terminal's screen as a picture.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PictureTerminal {
    /// The server it is on.
    pub server: ServerName,
    /// The terminal.
    pub terminal: String,
}

/// The picture.
#[derive(Debug, Serialize)]
pub struct Pictured {
    server: String,
    columns: u16,
    rows: u16,
    /// What stands there, secrets masked.
    text: String,
    #[serde(skip)]
    png: Vec<u8>,
}

impl Action for PictureTerminal {
    const NAME: &'static str = "server.terminal_picture";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = Pictured;

    fn plan(&self) -> String {
        format!("Show the screen of a terminal on {} as a picture", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("see a terminal on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        // Who types there sees the same in its thread.
        let session = self.terminal.parse().ok().and_then(|id| hosts.terminals.of(actor.guild, id).ok());
        let own = session.is_some_and(|session| session.hears(actor.user));
        Ok(Assessment { own, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Pictured> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let session = hosts.terminals.named(guild, &action.terminal, &action.server)?;
        let row = session.terminal();
        let frame = session.frame();
        let (text, drawn) = (frame.plain(), svg(&frame, row.columns, row.rows));
        // It works for a moment: whoever types does not wait for it.
        let png = tokio::task::spawn_blocking(move || pictures::png(&drawn)).await;
        let png = png.map_err(|error| Error::internal("drawing a screen", error))??;
        Ok(Pictured { server: action.server.to_string(), columns: row.columns, rows: row.rows, text, png })
    }
}

impl Report for Pictured {
    fn card(&self) -> Card {
        let alt = format!("The screen of a terminal on {}, {} by {} letters", self.server, self.columns, self.rows);
        Card::plain(format!("**Screen** of `{}`", self.server)).fact(format!("{}×{}", self.columns, self.rows)).picture(
            "screen.png",
            self.png.clone(),
            alt,
        )
    }
}

/// A moment of a screen, drawn.
fn svg(frame: &Frame, columns: u16, rows: u16) -> String {
    let (width, height) = (f32::from(columns) * WIDTH + 2.0 * AROUND, f32::from(rows) * HEIGHT + 2.0 * AROUND);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><rect width="{width}" height="{height}" fill="{GROUND}"/><g font-family="{MONO}" font-size="{LETTERS}">"#
    );
    let cursor = frame.cursor();
    for (row, line) in frame.lines().iter().enumerate() {
        let top = AROUND + number(row) * HEIGHT;
        let mut place = 0;
        for cell in line {
            let cells = if cell.wide { 2 } else { 1 };
            let here = cursor.is_some_and(|(at, column)| {
                usize::from(at) == row && (place..place + cells).contains(&usize::from(column))
            });
            draw(&mut svg, cell, here, (AROUND + number(place) * WIDTH, top, number(cells) * WIDTH));
            place += cells;
        }
    }
    svg.push_str("</g></svg>");
    svg
}

/// A cell at this place, of this width.
fn draw(svg: &mut String, cell: &Cell, cursor: bool, (left, top, width): (f32, f32, f32)) {
    let colour = |index: Option<u8>| index.and_then(|index| COLOURS.get(usize::from(index))).copied();
    let (mut ink, mut ground) = (colour(cell.style.front).unwrap_or(INK), colour(cell.style.back));
    if cell.style.inverse != cursor {
        (ink, ground) = (ground.unwrap_or(GROUND), Some(ink));
    }
    if let Some(ground) = ground {
        // A hair wider, or the picture shows seams between cells. Writing to a string does not fail.
        let _ = write!(
            svg,
            r#"<rect x="{left}" y="{top}" width="{}" height="{}" fill="{ground}"/>"#,
            width + 0.4,
            HEIGHT + 0.4
        );
    }
    if cell.text.trim().is_empty() {
        return;
    }
    let weight = if cell.style.bold { r#" font-weight="bold""# } else { "" };
    let line = if cell.style.underline { r#" text-decoration="underline""# } else { "" };
    let base = top + HEIGHT - 4.5;
    let _ = write!(svg, r#"<text x="{left}" y="{base}" fill="{ink}"{weight}{line}>{}</text>"#, escape(&cell.text));
}

/// Rows and columns of a screen: there are few of them.
fn number(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use base::Redactor;

    use super::{super::screen::Screen, *};

    #[test]
    fn the_largest_and_the_wildest_screen_is_drawn() {
        let redactor = Redactor::default();
        redactor.learn("correct-horse-battery");
        let mut screen = Screen::new(80, 24);
        for line in 0..24 {
            for column in 0..80 {
                let text = format!("\x1b[{};{}m{}", 30 + column % 8, 40 + line % 8, ["│", "<", "█", "é"][column % 4]);
                screen.print(text.as_bytes());
            }
        }
        let drawn = svg(&screen.frame(&redactor), 80, 24);
        assert!(pictures::png(&drawn).unwrap().starts_with(b"\x89PNG"));
        screen.print(b"\x1b[2J\x1b[Hcorrect-horse-battery \x1b[7mx\x1b[0m");
        let drawn = svg(&screen.frame(&redactor), 80, 24);
        assert!(!drawn.contains('h') || !drawn.contains(">c<"), "{drawn}");
        assert!(drawn.contains('•') && pictures::png(&drawn).is_ok());
    }
}
