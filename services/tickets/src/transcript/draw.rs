//! Draws what is said in a ticket: as a page that needs nothing but itself, and as JSON for machines.
//!
//! **Invariants:** it is drawn message by message, so a long one takes no more memory than a short one. Everything is escaped, and the
//! page's own policy lets nothing run.

use std::{collections::BTreeMap, fmt::Write as _};

use askama::Template;
use base::{Error, Result, measure};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use store::tickets::{File, Message, Piece, Says, Ticket, written};

use super::text::{Bit, bits, moment, shown};
use crate::{Tickets, words};

/// What a page that is a file may load: nothing but what is in it.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// On one page that is served.
const ON_A_PAGE: i64 = 200;

/// Where a page is read.
#[derive(Debug, Clone)]
pub enum Place {
    /// From a file: what it shows is in it, up to so many bytes for a message.
    File(usize),
    /// From our own server, below this address.
    Served(String),
}

/// A page that is served.
#[derive(Debug)]
pub struct Page {
    /// All of it.
    pub html: String,
}

#[derive(Template)]
#[template(path = "transcript_head.html")]
struct Head {
    policy: Option<&'static str>,
    title: String,
    facts: String,
    answers: Vec<(String, String)>,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "transcript_foot.html")]
struct Foot {
    first: Option<String>,
    more: Option<String>,
    words: String,
}

#[derive(Template)]
#[template(path = "transcript_message.html")]
struct Drawn {
    id: u64,
    name: String,
    is_bot: bool,
    at: String,
    edited: Option<String>,
    gone: Option<String>,
    answers: Option<u64>,
    word: Option<&'static str>,
    says: Parts,
    files: Vec<Shown>,
    reactions: Vec<String>,
    before: Vec<Before>,
}

/// What a message says, taken apart.
struct Parts {
    content: Vec<Bit>,
    embeds: Vec<Embed>,
    card: Vec<Shape>,
}

struct Embed {
    author: String,
    title: String,
    text: Vec<Bit>,
    fields: Vec<(String, Vec<Bit>)>,
    footer: String,
}

enum Shape {
    Text(Vec<Bit>),
    Line,
    Control(String),
    Words(String),
}

enum Shown {
    Picture { name: String, at: String },
    Load { name: String, at: String, words: String },
    Listed { name: String, words: String },
}

struct Before {
    at: String,
    content: Vec<Bit>,
}

/// Who wrote in a ticket, by their numbers.
pub(super) type Names = BTreeMap<u64, String>;

impl Tickets {
    /// What is said in a ticket after a message, as a page of our own server's.
    pub async fn page(&self, ticket: &Ticket, after: u64, base: &str) -> Result<Page> {
        let names = self.store.ticket_authors(ticket).await?;
        let mut html = self.head(ticket, None, None).await?;
        let all = self.store.ticket_messages(ticket, after, ON_A_PAGE).await?;
        let place = Place::Served(base.to_owned());
        for message in &all {
            html.push_str(&self.drawn(ticket, message, &names, &place).await?);
        }
        let is_whole = i64::try_from(all.len()).is_ok_and(|count| count < ON_A_PAGE);
        let more = all.last().filter(|_| !is_whole).map(|last| format!("{base}?after={}", last.message));
        let first = (after > 0).then(|| base.to_owned());
        let words = format!("As it was known at {}.", moment(self.clock.now()));
        html.push_str(&render(&Foot { first, more, words })?);
        Ok(Page { html })
    }

    /// How a page begins.
    pub(super) async fn head(&self, ticket: &Ticket, part: Option<i64>, trouble: Option<&str>) -> Result<String> {
        let course = &ticket.course;
        let (messages, files) = self.store.count_ticket_messages(ticket).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let mut facts = vec![
            words::state(course.state).to_owned(),
            words::priority(course.priority).to_owned(),
            format!("opened {}", moment(course.opened)),
        ];
        facts.extend(course.ended.map(|ended| format!("ended {}", moment(ended))));
        if let (Some(outcome), Some(reason)) = (course.outcome, &course.reason) {
            facts.push(format!("{}: {}", words::outcome(outcome), shown(reason)));
        }
        facts.push(measure::count(count(messages), "message", "messages"));
        facts.push(measure::count(count(files), "file", "files"));
        facts.extend(part.filter(|part| *part > 1).map(|part| format!("part {part}")));
        let answers = ticket.answers.iter().map(|one| (shown(&one.question), shown(&one.answer)));
        let answers = if part.is_none_or(|part| part == 1) { answers.collect() } else { Vec::new() };
        let mut notes = Vec::new();
        if self.store.silent_ticket_messages(ticket).await? > 0 {
            notes.push(
                "Of some messages, Discord does not tell me what they say: it takes the Message Content Intent. They are listed without \
                 their text."
                    .to_owned(),
            );
        }
        notes.extend(trouble.map(str::to_owned));
        let title = format!("Ticket {} {}", ticket.number, shown(&course.title));
        render(&Head { policy: part.map(|_| POLICY), title, facts: facts.join(" · "), answers, notes })
    }

    /// How a page that is a file ends.
    pub(super) fn foot(&self) -> Result<String> {
        let words = format!("Written at {}. All that it shows is in this file.", moment(self.clock.now()));
        render(&Foot { first: None, more: None, words })
    }

    /// One message.
    pub(super) async fn drawn(
        &self,
        ticket: &Ticket,
        message: &Message,
        names: &Names,
        place: &Place,
    ) -> Result<String> {
        let (mut files, mut room) = (Vec::new(), if let Place::File(room) = place { *room } else { 0 });
        for file in &message.files {
            files.push(self.file(ticket, message, file, place, &mut room).await?);
        }
        let word = match (message.forgotten, message.says.is_empty() && message.files.is_empty()) {
            (true, _) => Some("What they said was forgotten, as they wished."),
            (false, true) if !message.is_bot => Some("Discord did not tell what it says."),
            _ => None,
        };
        let name = if message.forgotten { "somebody".to_owned() } else { shown(&message.name) };
        render(&Drawn {
            id: message.message,
            name,
            is_bot: message.is_bot,
            at: moment(written(message.message)),
            edited: message.edited.map(moment),
            gone: message.deleted.map(moment),
            answers: message.answers,
            word,
            says: parts(&message.says, names),
            files,
            reactions: message.reactions.iter().map(|(emoji, count)| format!("{} {count}", shown(emoji))).collect(),
            before: message
                .before
                .iter()
                .map(|(at, says)| Before { at: moment(*at), content: bits(&says.content, names) })
                .collect(),
        })
    }

    async fn file(
        &self,
        ticket: &Ticket,
        message: &Message,
        file: &File,
        place: &Place,
        room: &mut usize,
    ) -> Result<Shown> {
        let name = shown(&file.name);
        let size = measure::bytes(file.size);
        let Some((hash, kind)) = &file.kept else {
            let why = file.why.as_deref().unwrap_or("it has not come yet");
            return Ok(Shown::Listed { name, words: format!("{size}; not kept: {why}") });
        };
        // Whoever reads it knows that it is not what it says.
        let claims = file.declared.split('/').next().unwrap_or_default();
        let lies = claims == "image" && !kind.is_picture();
        let said = if lies { format!("; it says {}, and is not", shown(&file.declared)) } else { String::new() };
        let words = format!("{size}{said}");
        let at = match place {
            Place::Served(base) => format!("{base}/file/{}/{}", message.message, file.id),
            Place::File(_) => {
                let length = usize::try_from(file.size).unwrap_or(usize::MAX).div_ceil(3).saturating_mul(4);
                if length > *room {
                    let words =
                        format!("{words}; too large for this file, and kept as {}", &hash[..12.min(hash.len())]);
                    return Ok(Shown::Listed { name, words });
                }
                *room -= length;
                let mut at = String::with_capacity(length + 64);
                let media = if kind.is_picture() { kind.media() } else { "application/octet-stream" };
                // A string takes what is written to it.
                let _ = write!(at, "data:{media};base64,");
                let mut pieces = 0;
                while let Some(piece) = self.store.ticket_file_piece(ticket.guild, hash, pieces).await? {
                    BASE64_STANDARD.encode_string(&piece, &mut at);
                    pieces += 1;
                }
                at
            }
        };
        Ok(if kind.is_picture() { Shown::Picture { name, at } } else { Shown::Load { name, at, words } })
    }
}

fn parts(says: &Says, names: &Names) -> Parts {
    let embeds = says.embeds.iter().map(|embed| Embed {
        author: shown(&embed.author),
        title: shown(&embed.title),
        text: bits(&embed.text, names),
        fields: embed.fields.iter().map(|(name, value)| (shown(name), bits(value, names))).collect(),
        footer: shown(&embed.footer),
    });
    let card = says.card.iter().map(|piece| match piece {
        Piece::Text(text) => Shape::Text(bits(text, names)),
        Piece::Line => Shape::Line,
        Piece::Button(label, None) | Piece::Menu(label) => Shape::Control(shown(label)),
        Piece::Button(label, Some(link)) => Shape::Control(format!("{} ({})", shown(label), shown(link))),
        Piece::Picture(words) => Shape::Words(format!("a picture: {}", shown(words))),
        Piece::File(name) => Shape::Words(format!("a file: {}", shown(name))),
    });
    let stickers = says.stickers.iter().map(|name| Shape::Words(format!("a sticker: {}", shown(name))));
    Parts { content: bits(&says.content, names), embeds: embeds.collect(), card: card.chain(stickers).collect() }
}

fn render(page: &impl Template) -> Result<String> {
    page.render().map_err(|error| Error::internal("drawing a transcript", error))
}

/// One message, for machines.
pub(super) fn told(message: &Message) -> Value {
    let files = message.files.iter().map(|file| {
        let kept = file.kept.as_ref();
        json!({
            "id": file.id, "name": file.name, "declared": file.declared, "size": file.size,
            "sha256": kept.map(|(hash, _)| hash), "is": kept.map(|(_, kind)| kind.media()), "not_kept": file.why,
        })
    });
    let before = message.before.iter().map(|(at, says)| json!({ "until": at.utc(), "says": says }));
    let reactions = message.reactions.iter().map(|(emoji, count)| json!({ "emoji": emoji, "count": count }));
    json!({
        "id": message.message.to_string(), "at": written(message.message).utc(), "author_id": message.author.to_string(),
        "author": message.name, "bot": message.is_bot, "answers": message.answers.map(|id| id.to_string()),
        "says": message.says, "edited": message.edited.map(base::Millis::utc), "before": before.collect::<Vec<_>>(),
        "deleted": message.deleted.map(base::Millis::utc), "forgotten": message.forgotten,
        "reactions": reactions.collect::<Vec<_>>(), "files": files.collect::<Vec<_>>(),
    })
}

/// What stands before the messages, for machines.
pub(super) fn about(ticket: &Ticket, part: i64) -> Value {
    let course = &ticket.course;
    let answers = ticket.answers.iter().map(|one| json!({ "question": one.question, "answer": one.answer }));
    json!({
        "ticket": ticket.number, "title": course.title, "member_id": ticket.member.to_string(), "part": part,
        "opened": course.opened.utc(), "ended": course.ended.map(base::Millis::utc),
        "outcome": course.outcome.map(store::tickets::Outcome::as_str), "reason": course.reason,
        "answers": answers.collect::<Vec<_>>(),
    })
}
