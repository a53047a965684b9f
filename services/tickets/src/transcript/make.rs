//! Makes transcripts that are due, and keeps what is known of tickets in order: what search finds, what was forgotten, what is posted.
//!
//! **Invariant:** memory stays flat: a part is written, handed to the outbox and let go of before the next begins.

use std::{sync::Arc, time::Duration};

use base::{
    Card, Result,
    card::{Choice, Lands, Tone, code},
};
use store::tickets::{Message, State, Ticket, Transcript};
use tokio::time::MissedTickBehavior;

use super::{
    draw::{Names, Place, about, told},
    show::ShowTranscript,
};
use crate::{Tickets, words};

/// How late something may be begun.
const TICK: Duration = Duration::from_secs(1);
/// A part is cut there, in bytes: what is handed on is held several times.
const PART: usize = 3 * 1024 * 1024;
/// A message with its files is no larger, so a part is never more than Discord takes.
pub(super) const ONE: usize = 5 * 1024 * 1024;
/// Messages that are read at a time.
const PAGE: i64 = 100;
/// So long is waited for a ticket's last word, and for its files.
const LAST_WORD: Duration = Duration::from_mins(1);
const FILES: Duration = Duration::from_mins(10);
/// What waits is looked at again after so long; what failed, and what is off, later.
const SOON: Duration = Duration::from_millis(700);
const AGAIN: Duration = Duration::from_secs(5);
const OFF: Duration = Duration::from_mins(1);

/// What is written and not handed on yet.
struct Part {
    html: String,
    json: String,
    last: u64,
    messages: u64,
}

impl Tickets {
    /// Makes what is due, for ever. Only for the process that has the gateway.
    pub async fn write_up(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for (what, done) in [
                ("transcripts", self.make_transcripts().await),
                ("words of tickets", self.index().await),
                ("what is to be forgotten of tickets", self.forget_old().await),
                ("old transcripts", self.take_away().await),
            ] {
                if let Err(error) = done {
                    tracing::warn!("{what} wait: {error}");
                }
            }
        }
    }

    async fn index(&self) -> Result<()> {
        while self.store.index_tickets().await? {}
        Ok(())
    }

    /// Forgets what guilds no longer want kept.
    async fn forget_old(&self) -> Result<()> {
        for ticket in self.store.tickets_to_forget().await? {
            self.store.forget_ticket(&ticket).await?;
        }
        Ok(())
    }

    /// Takes away what was posted and says too much by now.
    async fn take_away(&self) -> Result<()> {
        self.store.note_transcript_posts().await?;
        let Some(threads) = self.threads.get() else { return Ok(()) };
        for post in self.store.transcript_posts_gone().await? {
            let taken = match post.message {
                Some(message) => threads.take_away(post.guild, post.channel, message).await,
                None => Ok(()),
            };
            match taken {
                Ok(()) => self.store.transcript_post_is_gone(&post, None).await?,
                Err(error) => {
                    tracing::warn!("an old transcript is not taken away yet: {error}");
                    self.store.transcript_post_is_gone(&post, Some(OFF)).await?;
                }
            }
        }
        Ok(())
    }

    async fn make_transcripts(&self) -> Result<()> {
        for one in self.store.transcripts_due().await? {
            if let Err(error) = self.make(&one).await {
                tracing::warn!("a transcript is not made yet: {error}");
                let why = "Discord does not tell what was said just now. It is tried again.";
                self.store.transcript_waits(&one, Some(why), AGAIN).await?;
            }
        }
        Ok(())
    }

    /// Makes one, from where an earlier try was cut off.
    async fn make(&self, one: &Transcript) -> Result<()> {
        let Some(ticket) = self.store.ticket_of_row(one.guild, &one.ticket).await? else {
            return self.store.transcript_is_not_wanted(one).await;
        };
        if ticket.course.state != State::Closed {
            // It is wanted anew when it is over.
            return self.store.transcript_is_not_wanted(one).await;
        }
        if !self.is_on(one.guild).await? {
            return self.store.transcript_waits(one, None, OFF).await;
        }
        let over_for = ticket.course.ended.map(|ended| self.clock.now().since(ended)).unwrap_or_default();
        // Once it is locked, all was said.
        if ticket.thread.is_some() && !ticket.locked && over_for < LAST_WORD {
            return self.store.transcript_waits(one, None, SOON).await;
        }
        let mut trouble = one.trouble.as_deref().filter(|_| one.part > 1).map(str::to_owned);
        // Where parts of it stand already, the others are of the same reading.
        if let (Some(threads), Some(thread), 1) = (self.threads.get(), ticket.thread, one.part)
            && !self.walk(&**threads, &ticket, one, thread).await?
        {
            let text = "Its thread is gone, or I may not read it: this is what was heard while it stood.";
            trouble = Some(text.to_owned());
        }
        if one.part == 1 && over_for < FILES && self.store.ticket_files_are_wanted(&ticket).await? {
            return self.store.transcript_waits(one, None, SOON).await;
        }
        if let Some(log) = self.store.ticket_keeping(one.guild).await?.log
            && !self.post_parts(one.clone(), &ticket, log, trouble.as_deref()).await?
        {
            // Another is wanted by now.
            return Ok(());
        }
        self.store.transcript_is_made(one).await
    }

    /// Writes part by part. The answer is whether it was wanted to the end.
    async fn post_parts(&self, mut one: Transcript, ticket: &Ticket, log: u64, trouble: Option<&str>) -> Result<bool> {
        let names = self.store.ticket_authors(ticket).await?;
        let mut part = self.begin(ticket, one.part, trouble).await?;
        let mut after = one.after;
        loop {
            let page = self.store.ticket_messages(ticket, after, PAGE).await?;
            let Some(last) = page.last().map(|last| last.message) else { break };
            for message in page {
                let html = self.drawn(ticket, &message, &names, &Place::File(ONE)).await?;
                if part.messages > 0 && part.html.len() + html.len() > PART {
                    if !self.post_part(&mut one, ticket, log, part).await? {
                        return Ok(false);
                    }
                    part = self.begin(ticket, one.part, trouble).await?;
                }
                part.add(&html, &message);
            }
            after = last;
        }
        // One that is cut off after its last part has nothing more to say.
        if part.messages == 0 && one.part > 1 {
            return Ok(true);
        }
        self.post_part(&mut one, ticket, log, part).await
    }

    async fn begin(&self, ticket: &Ticket, part: i64, trouble: Option<&str>) -> Result<Part> {
        let html = self.head(ticket, Some(part), trouble).await?;
        let mut json = about(ticket, part).to_string();
        // The messages stand in the object that says what they are of.
        json.pop();
        json.push_str(",\"messages\":[");
        Ok(Part { html, json, last: 0, messages: 0 })
    }

    async fn post_part(&self, one: &mut Transcript, ticket: &Ticket, log: u64, mut part: Part) -> Result<bool> {
        part.html.push_str(&self.foot()?);
        part.json.push_str("]}");
        let number = ticket.number;
        let of = |what: &str| format!("ticket-{number}-{}.{what}", one.part);
        let course = &ticket.course;
        let mut html = Card::new(Tone::Quiet, format!("**Transcript** of ticket {number} {}", code(&course.title)))
            .fact(base::measure::count(part.messages, "message", "messages"));
        if one.part > 1 {
            html = html.fact(format!("part {}", one.part));
        } else {
            let ended = course.ended.unwrap_or(course.opened).relative();
            html = html
                .text(format!("<@{}> opened it · {} · closed {ended}", ticket.member, outcome(ticket)))
                .choice(Choice::perform("Open…", &ShowTranscript { ticket: number }, Lands::Aside));
        }
        let html = html.lasting().file(of("html"), part.html.into_bytes());
        let json = Card::new(Tone::Quiet, format!("**Transcript** of ticket {number}, for machines"))
            .file(of("json"), part.json.into_bytes());
        let redactor = self.redactor.of(ticket.guild);
        let cards = [&html.redacted(&redactor), &json.redacted(&redactor)];
        if !self.store.post_transcript_part(one, log, cards, part.last).await? {
            return Ok(false);
        }
        one.part += 1;
        one.after = part.last;
        Ok(true)
    }

    /// The first part of a ticket's transcript as a file, for whoever cannot be given an address; and whether that is all of it.
    pub(super) async fn first_part(&self, ticket: &Ticket) -> Result<(Vec<u8>, bool)> {
        let names: Names = self.store.ticket_authors(ticket).await?;
        let mut part = self.begin(ticket, 1, None).await?;
        let (mut after, mut is_whole) = (0, true);
        'all: loop {
            let page = self.store.ticket_messages(ticket, after, PAGE).await?;
            let Some(last) = page.last().map(|last| last.message) else { break };
            for message in page {
                let html = self.drawn(ticket, &message, &names, &Place::File(ONE)).await?;
                if part.messages > 0 && part.html.len() + html.len() > PART {
                    is_whole = false;
                    break 'all;
                }
                part.add(&html, &message);
            }
            after = last;
        }
        part.html.push_str(&self.foot()?);
        Ok((part.html.into_bytes(), is_whole))
    }
}

impl Part {
    fn add(&mut self, html: &str, message: &Message) {
        self.html.push_str(html);
        if self.messages > 0 {
            self.json.push(',');
        }
        self.json.push_str(&told(message).to_string());
        self.json.push('\n');
        self.messages += 1;
        self.last = message.message;
    }
}

fn outcome(ticket: &Ticket) -> &'static str {
    ticket.course.outcome.map_or("closed", words::outcome)
}
