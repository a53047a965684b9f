//! Shows tickets: a private thread each, whoever belongs in it, its card, and what is said of it; locked once it is over.
//!
//! **Invariants:** every step is noted before the next is begun, and each can be done twice: that a thread is tried is noted first,
//! and after a kill it is looked for; people, names and locks are set to what they are to be; cards and lines are posts under keys.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Error, Result, UserId, card::code};
use hub::Hub;
use poise::serenity_prelude as serenity;
use store::{
    outbox::{Pings, Standing},
    tickets::{Line, LineKind, Part, Person, State, Ticket},
};
use tickets::Tickets;
use tokio::task::{Id, JoinSet};

use crate::{
    asked::{code as discords_code, is_final, private, status, thread},
    face::Face,
    rest::Rest,
};

/// A card is drawn at most so often: what changes fast is one drawing.
const PACE: Duration = Duration::from_millis(1_500);
/// Where tickets are off, that is looked at again so often.
const LOOKS: Duration = Duration::from_secs(30);
/// What Discord does not take is tried again after so long.
const REFUSED: Duration = Duration::from_mins(5);
/// What failed waits so long.
const AGAIN: Duration = Duration::from_secs(2);
/// What changed in another process is seen after this.
const TICK: Duration = Duration::from_secs(2);
/// More of staff are not called at once.
const CALLED: usize = 10;
/// "Thread is archived": Discord did that by itself.
const ARCHIVED: isize = 50_083;

/// What is remembered of one; all of it can be forgotten.
struct Memory {
    face: Face,
    /// Nothing is drawn before.
    draws: Instant,
}

/// Shows every ticket, for ever. Only for the process that has the gateway.
pub async fn show(rest: Rest, hub: Hub, tickets: Arc<Tickets>) {
    rest.me().await;
    let (mut changes, mut posts) = (tickets.changes(), hub.store().outbox_changes());
    let (mut showing, mut busy) = (JoinSet::new(), HashMap::<Id, String>::new());
    let mut known = HashMap::<String, Memory>::new();
    loop {
        changes.mark_unchanged();
        match hub.store().tickets_behind().await {
            Ok(behind) => {
                for ticket in behind {
                    if busy.values().any(|id| *id == ticket.id) {
                        continue;
                    }
                    let memory = known.remove(&ticket.id);
                    let memory = memory.unwrap_or_else(|| Memory { face: Face::new(&hub), draws: Instant::now() });
                    let shower = Shower { rest: rest.clone(), hub: hub.clone(), tickets: Arc::clone(&tickets) };
                    let id = ticket.id.clone();
                    busy.insert(showing.spawn(shower.show(ticket, memory)).id(), id);
                }
            }
            Err(error) => tracing::warn!("tickets cannot be looked through: {error}"),
        }
        tokio::select! {
            // The sender lives as long as the service; the tick remains.
            Ok(()) = changes.changed() => {}
            () = posts.next() => {}
            () = tokio::time::sleep(TICK) => {}
            Some(ended) = showing.join_next_with_id(), if !showing.is_empty() => match ended {
                Ok((id, memory)) => {
                    if let Some((ticket, memory)) = busy.remove(&id).zip(memory) {
                        known.insert(ticket, memory);
                    }
                }
                Err(broken) => {
                    busy.remove(&broken.id());
                    tracing::error!("showing a ticket broke: {broken}");
                }
            },
        }
    }
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next can be taken.
    Done,
    /// It is looked at again.
    Again,
}

/// Whoever shows one.
struct Shower {
    rest: Rest,
    hub: Hub,
    tickets: Arc<Tickets>,
}

impl Shower {
    /// Takes the next steps; the answer is what to remember, until it is over.
    async fn show(self, ticket: Ticket, mut memory: Memory) -> Option<Memory> {
        if let Err(error) = self.steps(&ticket, &mut memory).await {
            tracing::warn!(ticket.number = ticket.number, "a ticket is not shown yet: {error}");
            tokio::time::sleep(AGAIN).await;
        }
        (ticket.course.state != State::Closed).then_some(memory)
    }

    async fn steps(&self, ticket: &Ticket, memory: &mut Memory) -> Result<()> {
        let store = self.hub.store();
        if !self.tickets.is_on(ticket.guild).await? {
            return store.ticket_waits(ticket, "tickets are off", LOOKS).await;
        }
        let Some(thread) = ticket.thread else { return self.make(ticket).await };
        let is_over = ticket.course.state == State::Closed;
        if !is_over && ticket.locked {
            self.open(ticket, thread).await?;
            return store.ticket_is_locked(ticket, false).await;
        }
        if is_over && ticket.locked {
            // It is locked and put away as it was drawn.
            return store.ticket_is_shown(ticket).await;
        }
        let is_shown = self.call(ticket, thread).await? == Step::Done
            && self.name(ticket, thread).await? == Step::Done
            && self.card(ticket, thread, memory).await? == Step::Done
            && self.say(ticket, thread).await? == Step::Done
            && (!is_over || self.lock(ticket, thread).await? == Step::Done);
        if is_shown { store.ticket_is_shown(ticket).await } else { Ok(()) }
    }

    /// Makes its thread, or finds the one that an earlier try made.
    async fn make(&self, ticket: &Ticket) -> Result<()> {
        let store = self.hub.store();
        let name = private::name(&Tickets::name(ticket), &self.hub.redactor(ticket.guild));
        if ticket.tried.is_some() {
            let begins = Tickets::name_begins(ticket);
            let found = private::find(&self.rest, ticket.guild, ticket.parent, &begins).await;
            match found.map_err(|error| Error::internal("looking for a ticket's thread", error))? {
                Some(thread) => return store.ticket_has_thread(ticket, thread, &name).await,
                None => store.ticket_has_no_thread(ticket).await?,
            }
        }
        store.try_ticket_thread(ticket).await?;
        match private::make(&self.rest, ticket.parent, &name).await {
            Ok(thread) => {
                store.ticket_has_thread(ticket, thread, &name).await?;
                self.tickets.shown();
                Ok(())
            }
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "a ticket has no thread");
                store.ticket_has_no_thread(ticket).await?;
                let place = ticket.parent;
                let why = match status(&error) {
                    Some(403) => {
                        format!("I may not make private threads in <#{place}>: it takes Create Private Threads")
                    }
                    Some(404) => format!("<#{place}> is gone: `/ticket panel send` says where else"),
                    _ => self.said(ticket, &error),
                };
                store.ticket_waits(ticket, &why, REFUSED).await
            }
            Err(error) => Err(Error::internal("making a ticket's thread", error)),
        }
    }

    /// Has everybody in it who is to be there, and nobody else of those who were.
    async fn call(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        if !ticket.staffed {
            store.staff_ticket(ticket, &self.tickets.staff(ticket).await?).await?;
        }
        let all = store.ticket_people(ticket).await?;
        for person in all.iter().filter(|person| person.wanted != person.there) {
            match self.set(thread, person).await {
                Ok(()) => store.ticket_person_is_there(ticket, person).await?,
                // They left the guild, or the bot may not: the ticket goes on without them.
                Err(error) if is_asleep(&error) => return self.wake(ticket, thread).await,
                Err(error) if is_final(&error) => {
                    tracing::warn!(%error, user.id = person.user.0, "somebody cannot be brought into a ticket");
                    store.ticket_person_is_there(ticket, person).await?;
                }
                Err(error) => return Err(Error::internal("bringing somebody into a ticket", error)),
            }
        }
        Ok(Step::Done)
    }

    async fn set(&self, thread: u64, person: &Person) -> crate::rest::Sent {
        if person.wanted {
            private::add(&self.rest, thread, person.user.0).await
        } else {
            private::remove(&self.rest, thread, person.user.0).await
        }
    }

    async fn name(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let name = private::name(&Tickets::name(ticket), &self.hub.redactor(ticket.guild));
        if ticket.named.as_deref() == Some(name.as_str()) {
            return Ok(Step::Done);
        }
        match private::rename(&self.rest, thread, &name).await {
            Ok(()) => {}
            Err(error) if is_asleep(&error) => return self.wake(ticket, thread).await,
            Err(error) if is_final(&error) => tracing::warn!(%error, "a ticket's thread cannot be renamed"),
            Err(error) => return Err(Error::internal("renaming a ticket's thread", error)),
        }
        self.hub.store().ticket_is_named(ticket, &name).await.map(|()| Step::Done)
    }

    /// Has its card stand in its thread, as the ticket is now.
    async fn card(&self, ticket: &Ticket, thread: u64, memory: &mut Memory) -> Result<Step> {
        let store = self.hub.store();
        let Some(message) = ticket.message else { return self.post(ticket, thread).await };
        if ticket.drawn >= ticket.version {
            return Ok(Step::Done);
        }
        if let Some(left) = memory.draws.checked_duration_since(Instant::now()) {
            tokio::time::sleep(left).await;
            return Ok(Step::Again);
        }
        let Some(place) = thread::place(thread, message) else { return Ok(Step::Done) };
        let card = self.tickets.card(ticket).await?;
        memory.draws = Instant::now() + PACE;
        match thread::settle(&self.rest, place, &card, &mut memory.face, ticket.guild).await {
            Ok(()) => store.ticket_drawn(ticket).await.map(|()| Step::Done),
            // Discord put it away: what goes on is brought back to be drawn.
            Err(error) if is_asleep(&error) => self.wake(ticket, thread).await,
            Err(error) if status(&error) == Some(404) => self.lost(ticket, &error).await.map(|()| Step::Again),
            Err(error) if is_final(&error) => {
                store.ticket_waits(ticket, &self.said(ticket, &error), REFUSED).await.map(|()| Step::Again)
            }
            Err(error) => Err(Error::internal("drawing a ticket", error)),
        }
    }

    async fn post(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        let Some(key) = &ticket.post_key else {
            let card = self.tickets.card(ticket).await?;
            // Whose it is is called there.
            let card = card.small(format!("<@{}>", ticket.member)).redacted(&self.hub.redactor(ticket.guild));
            let pings = Pings { users: vec![ticket.member], ..Pings::default() };
            store.post_ticket(ticket, thread, &card, pings).await?;
            return Ok(Step::Again);
        };
        match store.post_of(ticket.guild, key).await?.map(|posted| posted.standing) {
            Some(Standing::Posted(message)) => store.ticket_stands(ticket, message).await?,
            Some(Standing::Waiting) => {
                // The outbox tells when it stands, and the tick where another process has it.
                let _ = tokio::time::timeout(AGAIN, store.arrival(ticket.guild, key)).await;
            }
            Some(Standing::Refused(why)) => {
                let why = format!("Its card could not be posted: {}", code(why));
                store.ticket_card_is_gone(ticket, &why, REFUSED).await?;
            }
            None => store.ticket_card_is_gone(ticket, "Its card is gone", LOOKS).await?,
        }
        Ok(Step::Again)
    }

    /// Somebody took its card or its thread away. Nobody closed it by that.
    async fn lost(&self, ticket: &Ticket, error: &serenity::Error) -> Result<()> {
        /// "Unknown Channel".
        const NO_THREAD: isize = 10_003;
        let store = self.hub.store();
        if discords_code(error) == Some(NO_THREAD) {
            return store.ticket_waits(ticket, "Its thread was deleted", REFUSED).await;
        }
        store.ticket_card_is_gone(ticket, "Its card was taken away", Duration::ZERO).await
    }

    /// Has what is to be said posted, and waits until it stands: what is locked afterwards says all of it.
    async fn say(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        for line in store.unsaid_ticket_lines(ticket).await? {
            let users = self.whom(ticket, &line).await?;
            let called: Vec<String> = users.iter().map(|user| format!("<@{user}>")).collect();
            let card = tickets::said(ticket, &line);
            let card = if called.is_empty() { card } else { card.small(called.join(" ")) };
            let card = card.redacted(&self.hub.redactor(ticket.guild));
            let pings = Pings { users, ..Pings::default() };
            let key = store.say_ticket_line(ticket, &line, thread, &card, pings).await?;
            let arrived = tokio::time::timeout(AGAIN, store.arrival(ticket.guild, &key)).await;
            if arrived.is_err() {
                tracing::debug!(ticket.number = ticket.number, "what is said of a ticket is not there yet");
            }
        }
        Ok(Step::Done)
    }

    /// Whom a line calls: whoever has it where staff are late, and otherwise whose it is, unless they said it themselves.
    async fn whom(&self, ticket: &Ticket, line: &Line) -> Result<Vec<UserId>> {
        if line.kind != LineKind::Late {
            return Ok(if line.by == Some(ticket.member) { Vec::new() } else { vec![ticket.member] });
        }
        if let Some(owner) = ticket.course.owner {
            return Ok(vec![owner]);
        }
        let all = self.hub.store().ticket_people(ticket).await?;
        let staff = all.iter().filter(|person| person.wanted && person.part == Part::Staff);
        Ok(staff.map(|person| person.user).take(CALLED).collect())
    }

    async fn lock(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        match private::close(&self.rest, thread).await {
            Ok(()) => {}
            Err(error) if is_asleep(&error) => return self.wake(ticket, thread).await,
            Err(error) if is_final(&error) => tracing::warn!(%error, "a closed ticket's thread cannot be locked"),
            Err(error) => return Err(Error::internal("locking a ticket's thread", error)),
        }
        self.hub.store().ticket_is_locked(ticket, true).await.map(|()| Step::Done)
    }

    /// Discord put it away by itself: what is to be done there is done after that.
    async fn wake(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        self.open(ticket, thread).await.map(|()| Step::Again)
    }

    async fn open(&self, ticket: &Ticket, thread: u64) -> Result<()> {
        match private::open(&self.rest, thread).await {
            Ok(()) => Ok(()),
            Err(error) if is_final(&error) => {
                tracing::warn!(%error, "a ticket's thread cannot be opened again");
                self.hub.store().ticket_waits(ticket, &self.said(ticket, &error), REFUSED).await
            }
            Err(error) => Err(Error::internal("opening a ticket's thread again", error)),
        }
    }

    fn said(&self, ticket: &Ticket, error: &serenity::Error) -> String {
        let said = self.hub.redactor(ticket.guild).mask(&error.to_string()).into_owned();
        format!("Discord does not take it: {}", code(said))
    }
}

fn is_asleep(error: &serenity::Error) -> bool {
    discords_code(error) == Some(ARCHIVED)
}
