//! Forms of tickets: what whoever opens one is asked, and what staff say of one.

use base::{Action, Card, Error, UserId};
use hub::{Hub, Performing};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::tickets::{Category, Outcome, Question};
use tickets::{
    AskInCategory, BlockFromTickets, CloseTicket, EscalateTicket, NoteTicket, OpenTicket, RateTicket, RenameTicket,
    ReplyToTicket,
};

use crate::{
    Data, Result,
    asked::{Asked, Opening, Seen},
    face::Face,
    form::{Form, PARAGRAPH, SHORT, Values, field, needed, title, written},
    perform,
};

/// A title, a line, why one is closed, and five questions with their rules.
const TITLE_LIMIT: u16 = 80;
const LINE_LIMIT: u16 = 300;
const TEXT_LIMIT: u16 = 1_000;
const QUESTIONS_LIMIT: u16 = 1_200;
/// Where a button carries what somebody thought of for a form to begin with.
const DRAFT: &str = "draft";

/// What a form of tickets was opened for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TicketForm {
    /// What whoever opens one is asked.
    Open {
        /// What for.
        open: OpenTicket,
        /// The category's name.
        category: String,
        /// What is asked.
        questions: Vec<Question>,
    },
    /// What became of it, and why.
    Close {
        /// Its number.
        ticket: i64,
    },
    /// What it is about.
    Rename {
        /// Its number.
        ticket: i64,
    },
    /// What only staff read.
    Note {
        /// Its number.
        ticket: i64,
    },
    /// What is answered.
    Reply {
        /// Its number.
        ticket: i64,
        /// What somebody thought of before.
        #[serde(skip)]
        text: String,
    },
    /// Why those who come last are called.
    Escalate {
        /// Its number.
        ticket: i64,
    },
    /// How it went, in words of whose it was.
    Rate {
        /// Its number.
        ticket: i64,
    },
    /// Why somebody is to open none.
    Block {
        /// Their id.
        member: u64,
    },
    /// What is asked. What is asked now is shown, and never kept.
    Questions {
        /// The category's name.
        category: String,
        /// As they were typed.
        #[serde(skip)]
        text: String,
    },
}

impl TicketForm {
    /// The form as Discord shows it.
    pub(crate) fn draw(&self, key: &str) -> Value {
        let one = |name: &str, field: Value| json!({ "custom_id": key, "title": name, "components": [needed(field)] });
        match self {
            Self::Open { category, questions, .. } => {
                let fields = (0..).zip(questions).map(|(at, question): (usize, &Question)| {
                    let style = if question.long { PARAGRAPH } else { SHORT };
                    let mut field = field(&at.to_string(), &question.label, style, &question.hint, question.most);
                    field["components"][0]["required"] = question.required.into();
                    if question.least > 0 {
                        field["components"][0]["min_length"] = question.least.into();
                    }
                    field
                });
                let fields: Vec<Value> = fields.collect();
                json!({ "custom_id": key, "title": title("Ticket:", category), "components": fields })
            }
            Self::Close { ticket } => {
                let words = "solved, declined, duplicate, no answer, other";
                let mut outcome = needed(field("outcome", "What became of it?", SHORT, words, 20));
                outcome["components"][0]["value"] = "solved".into();
                let reason = needed(field("reason", "Why?", PARAGRAPH, "the member reads it", TEXT_LIMIT));
                json!({ "custom_id": key, "title": format!("Close ticket {ticket}"), "components": [outcome, reason] })
            }
            Self::Rename { ticket } => one(
                &format!("Rename ticket {ticket}"),
                field("title", "What is it about?", SHORT, "in a few words", TITLE_LIMIT),
            ),
            Self::Note { ticket } => one(
                &format!("Note for ticket {ticket}"),
                field("text", "Note", PARAGRAPH, "only staff read it", LINE_LIMIT),
            ),
            Self::Reply { ticket, text } => {
                written(key, &format!("Answer ticket {ticket}"), ("text", "Answer"), (text, TEXT_LIMIT))
            }
            Self::Escalate { ticket } => one(
                &format!("Escalate ticket {ticket}"),
                field("reason", "Why?", PARAGRAPH, "everybody in the ticket reads it", LINE_LIMIT),
            ),
            Self::Rate { ticket } => one(
                &format!("How was ticket {ticket}?"),
                field("comment", "Comment", PARAGRAPH, "only staff read it", TEXT_LIMIT),
            ),
            Self::Block { .. } => {
                one("Block from tickets", field("reason", "Why?", PARAGRAPH, "they read it when they try", LINE_LIMIT))
            }
            Self::Questions { category, text } => {
                let mut form = written(
                    key,
                    &title("Questions:", category),
                    ("questions", "Questions, a line each"),
                    (text, QUESTIONS_LIMIT),
                );
                let input = &mut form["components"][0]["components"][0];
                input["required"] = false.into();
                input["placeholder"] = "What is wrong?; long; 10-500; it says 502".into();
                form
            }
        }
    }

    fn perform(self, values: &Values, asked: &Asked, hub: &Hub) -> Result<Performing> {
        let (actor, text) = (asked.actor.clone(), |id: &str| values.text(id).unwrap_or_default().to_owned());
        Ok(match self {
            Self::Open { open, questions, .. } => {
                let answers = (0..questions.len()).map(|at| values.whole(&at.to_string()).to_owned()).collect();
                hub.perform(actor, OpenTicket { answers, ..open })
            }
            Self::Close { ticket } => {
                let outcome = Some(outcome(&text("outcome"))?);
                hub.perform(actor, CloseTicket { ticket, outcome, reason: Some(text("reason")) })
            }
            Self::Rename { ticket } => hub.perform(actor, RenameTicket { ticket, title: text("title") }),
            Self::Note { ticket } => hub.perform(actor, NoteTicket { ticket, text: text("text") }),
            Self::Reply { ticket, .. } => {
                hub.perform(actor, ReplyToTicket { ticket, saved: None, text: Some(text("text")) })
            }
            Self::Escalate { ticket } => hub.perform(actor, EscalateTicket { ticket, reason: text("reason") }),
            Self::Rate { ticket } => {
                hub.perform(actor, RateTicket { ticket, stars: None, comment: Some(text("comment")) })
            }
            Self::Block { member } => hub.perform(actor, BlockFromTickets { member, reason: text("reason") }),
            Self::Questions { category, .. } => {
                hub.perform(actor, AskInCategory { category, questions: values.whole("questions").to_owned() })
            }
        })
    }
}

fn outcome(typed: &str) -> Result<Outcome> {
    let word = typed.trim().to_lowercase().replace(' ', "_");
    Outcome::parse(&word).ok_or_else(|| {
        let typed = base::card::code(typed);
        Error::Invalid(format!(
            "{typed} is none of solved, declined, duplicate, no answer and other. Nothing was changed."
        ))
    })
}

/// Whether a button asks something before anything is done.
pub(crate) fn asks(action: &str, arguments: &Value) -> bool {
    let is_empty = |field: &str| arguments[field].as_str().is_none_or(str::is_empty);
    match action {
        OpenTicket::NAME => true,
        CloseTicket::NAME | BlockFromTickets::NAME | EscalateTicket::NAME => is_empty("reason"),
        ReplyToTicket::NAME => is_empty("text") && is_empty("saved"),
        RateTicket::NAME => arguments["stars"].is_null() && is_empty("comment"),
        RenameTicket::NAME => is_empty("title"),
        NoteTicket::NAME => is_empty("text"),
        _ => false,
    }
}

/// Asks it. Nobody fills in a form only to hear that they may not.
pub(crate) async fn ask(asked: &Asked, action: &str, arguments: Value, data: &Data) -> Result {
    let (hub, actor) = (&data.hub, &asked.actor);
    let form = match action {
        CloseTicket::NAME => {
            let close: CloseTicket = read(arguments)?;
            hub.check(actor, &close).await?;
            TicketForm::Close { ticket: close.ticket }
        }
        RenameTicket::NAME => {
            let rename: RenameTicket = read(arguments)?;
            hub.check(actor, &rename).await?;
            TicketForm::Rename { ticket: rename.ticket }
        }
        NoteTicket::NAME => {
            let note: NoteTicket = read(arguments)?;
            hub.check(actor, &note).await?;
            TicketForm::Note { ticket: note.ticket }
        }
        ReplyToTicket::NAME => {
            let text = arguments[DRAFT].as_str().unwrap_or_default().to_owned();
            let reply: ReplyToTicket = read(arguments)?;
            hub.check(actor, &reply).await?;
            TicketForm::Reply { ticket: reply.ticket, text }
        }
        EscalateTicket::NAME => {
            let escalate: EscalateTicket = read(arguments)?;
            hub.check(actor, &escalate).await?;
            TicketForm::Escalate { ticket: escalate.ticket }
        }
        RateTicket::NAME => {
            let rate: RateTicket = read(arguments)?;
            hub.check(actor, &rate).await?;
            TicketForm::Rate { ticket: rate.ticket }
        }
        BlockFromTickets::NAME => {
            let block: BlockFromTickets = read(arguments)?;
            hub.check(actor, &block).await?;
            TicketForm::Block { member: block.member }
        }
        _ => return open(asked, read(arguments)?, data).await,
    };
    Form::Ticket(form).open(asked, hub).await
}

fn read<A: Action>(arguments: Value) -> Result<A> {
    serde_json::from_value(arguments).map_err(|error| Error::internal("reading a button", error))
}

/// Opens a ticket, after its category's questions where there are any.
pub(crate) async fn open(asked: &Asked, mut open: OpenTicket, data: &Data) -> Result {
    let (hub, actor) = (&data.hub, &asked.actor);
    hub.check(actor, &open).await?;
    if open.category.is_empty() {
        let categories = hub.store().ticket_categories(actor.guild).await?;
        match categories.as_slice() {
            [] => return Err(Error::Busy("Nothing can be asked for here yet. No ticket was opened.".to_owned())),
            [only] => open.category.clone_from(&only.id),
            several => {
                let arguments = json!({ "incident": open.incident, "about": open.about, "quoted": open.quoted });
                return choose(asked, several, arguments, data).await;
            }
        }
    }
    let category = data.tickets.category(actor.guild, &open.category).await?;
    data.tickets.may_open(actor, open.member.map_or(actor.user, UserId), &category).await?;
    open.category.clone_from(&category.name);
    // What comes back twice is one ticket.
    open.key = Some(hub.clock().key());
    let answers_nothing =
        open.member.is_some() || open.quoted.is_some() || open.incident.is_some() || category.questions.is_empty();
    if answers_nothing {
        let performing = hub.perform(actor.clone(), open);
        perform::show(asked.clone(), hub, performing, Opening::Aside).await;
        return Ok(());
    }
    let (category, questions) = (category.name, category.questions);
    Form::Ticket(TicketForm::Open { open, category, questions }).open(asked, hub).await
}

/// One came back.
pub(crate) async fn submitted(asked: Asked, form: TicketForm, values: &Values, data: &Data) {
    match form.perform(values, &asked, &data.hub) {
        Ok(performing) => perform::show(asked, &data.hub, performing, Opening::Aside).await,
        Err(error) => asked.refuse(&error, None, &data.hub).await,
    }
}

/// Asks what a ticket is about that is to be opened.
pub(crate) async fn choose(asked: &Asked, categories: &[Category], arguments: Value, data: &Data) -> Result {
    let card = Card::plain("**Open a ticket**").menu(tickets::menu(categories, arguments));
    let sent = asked.answer(&card, &mut Face::new(&data.hub), Seen::ByOne).await;
    sent.map_err(|error| Error::internal("asking what a ticket is about", error))
}
