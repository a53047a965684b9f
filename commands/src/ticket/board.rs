//! Shows tickets: a private thread or channel each, whoever belongs in it, its card, and what is said of it; locked once it is over.
//!
//! **Invariants:** every step is noted before the next is begun, and each can be done twice: that a thread is tried is noted first,
//! and after a kill it is looked for; people, names and locks are set to what they are to be; cards and lines are posts under keys.

mod channels;
mod rooms;
mod threads;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use base::{Card, Error, Result, RoleId, UserId, card::code};
use hub::Hub;
use poise::serenity_prelude as serenity;
use store::{
    outbox::{NewPost, Pings, Standing, Urgency},
    tickets::{Line, LineKind, Part, Person, Place as Home, RatingState, RolePart, State, Ticket},
};
use tickets::Tickets;
use tokio::task::{Id, JoinSet};

use self::rooms::Rooms;
use crate::{
    asked::{code as discords_code, direct, is_final, private, status, thread},
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
/// "Unknown Channel": it is gone for good.
const NO_CHANNEL: isize = 10_003;

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
    let rooms = Rooms::default();
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
                    let (rest, hub, tickets) = (rest.clone(), hub.clone(), Arc::clone(&tickets));
                    let shower = Shower { rest, hub, tickets, rooms: rooms.clone() };
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
    rooms: Rooms,
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
        if ticket.lost.is_some() {
            // It is told, and somebody gives it a new place.
            return store.ticket_is_shown(ticket).await;
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
            && self.tell_post(ticket, thread).await? == Step::Done
            && (!is_over || self.ask(ticket, thread).await? == Step::Done)
            && (!is_over || self.lock(ticket, thread).await? == Step::Done);
        if is_shown { store.ticket_is_shown(ticket).await } else { Ok(()) }
    }

    /// Makes its thread or its channel, or finds the one that an earlier try made.
    async fn make(&self, ticket: &Ticket) -> Result<()> {
        match ticket.place {
            Home::Thread => self.make_thread(ticket).await,
            Home::Channel => self.make_channel(ticket).await,
        }
    }

    /// Has everybody in it who is to be there, and nobody else of those who were.
    async fn call(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        if !ticket.staffed {
            store.staff_ticket(ticket, &self.tickets.staff(ticket).await?).await?;
        }
        let all = store.ticket_people(ticket).await?;
        if ticket.place == Home::Channel {
            return self.let_in(ticket, thread, &all).await;
        }
        for person in all.iter().filter(|person| person.wanted != person.there) {
            match self.set(thread, person).await {
                Ok(()) => store.ticket_person_is_there(ticket, person).await?,
                Err(error) if is_asleep(&error) => return self.wake(ticket, thread).await,
                Err(error) if discords_code(&error) == Some(NO_CHANNEL) => {
                    return self.lost(ticket, &error).await.map(|()| Step::Again);
                }
                Err(error) if status(&error) == Some(403) && self.may_not_write(ticket).await? => {
                    let why = "I may not bring anybody into it: it takes Send Messages in Threads";
                    return store.ticket_waits(ticket, why, REFUSED).await.map(|()| Step::Again);
                }
                // They left the guild, or see nothing of that channel: the ticket goes on without them.
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
        let name = self.called(ticket);
        if ticket.named.as_deref() == Some(name.as_str()) {
            return Ok(Step::Done);
        }
        match private::rename(&self.rest, thread, &name).await {
            Ok(()) => {}
            Err(error) if is_asleep(&error) => return self.wake(ticket, thread).await,
            Err(error) if discords_code(&error) == Some(NO_CHANNEL) => {
                return self.lost(ticket, &error).await.map(|()| Step::Again);
            }
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
        let store = self.hub.store();
        if discords_code(error) == Some(NO_CHANNEL) {
            return self.tickets.lost(ticket.guild, std::slice::from_ref(ticket)).await;
        }
        store.ticket_card_is_gone(ticket, "Its card was taken away", Duration::ZERO).await
    }

    /// Has what is to be said posted, and waits until it stands: what is locked afterwards says all of it.
    async fn say(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        for line in store.unsaid_ticket_lines(ticket).await? {
            let mut pings = self.whom(ticket, &line).await?;
            pings.roles.extend(self.whose(ticket, &line).await?);
            let users = pings.users.iter().map(|user| format!("<@{user}>"));
            let called: Vec<String> = users.chain(pings.roles.iter().map(|role| format!("<@&{role}>"))).collect();
            let card = tickets::said(ticket, &line);
            let card = if called.is_empty() { card } else { card.small(called.join(" ")) };
            let card = card.redacted(&self.hub.redactor(ticket.guild));
            let key = store.say_ticket_line(ticket, &line, thread, &card, pings).await?;
            let arrived = tokio::time::timeout(AGAIN, store.arrival(ticket.guild, &key)).await;
            if arrived.is_err() {
                tracing::debug!(ticket.number = ticket.number, "what is said of a ticket is not there yet");
            }
        }
        Ok(Step::Done)
    }

    /// Whom a line calls: nobody at first where staff are late, then whoever has it, then those who come last; and otherwise whose it is,
    /// unless they said it themselves.
    async fn whom(&self, ticket: &Ticket, line: &Line) -> Result<Pings> {
        let users = |users: Vec<UserId>| Pings { users, ..Pings::default() };
        match line.kind {
            LineKind::Reminded => return Ok(Pings::default()),
            LineKind::Escalated => {
                let last = self.tickets.comes_last(ticket).await?;
                let users = self.tickets.called_last(ticket).await.into_iter().take(CALLED).collect();
                return Ok(Pings { roles: last.into_iter().collect(), users, ..Pings::default() });
            }
            LineKind::Late => {}
            _ if line.by == Some(ticket.member) => return Ok(Pings::default()),
            _ => return Ok(users(vec![ticket.member])),
        }
        if let Some(owner) = ticket.course.owner {
            return Ok(users(vec![owner]));
        }
        let all = self.hub.store().ticket_people(ticket).await?;
        let staff = all.iter().filter(|person| person.wanted && person.part == Part::Staff);
        Ok(users(staff.map(|person| person.user).take(CALLED).collect()))
    }

    /// Asks whose it was how it went: in a direct message, or here where they take none.
    async fn ask(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        let Some(rating) = store.ticket_rating(ticket).await? else { return Ok(Step::Done) };
        let place = match (rating.state, rating.channel) {
            (RatingState::Asked | RatingState::Left, _) => return Ok(Step::Done),
            (RatingState::Thread, _) => thread,
            (RatingState::Direct, Some(channel)) => channel,
            (RatingState::Direct, None) => match direct::open(&self.rest, ticket.member.0).await {
                Ok(channel) => {
                    store.ticket_rating_goes_to(ticket, channel).await?;
                    channel
                }
                Err(error) if is_final(&error) => {
                    tracing::info!(%error, "a member is asked in the thread how a ticket went");
                    return self.ask_here(ticket, thread).await;
                }
                Err(error) => return Err(Error::internal("opening a direct message", error)),
            },
        };
        let is_here = rating.state == RatingState::Thread;
        let mut card = self.tickets.rating_card(ticket).await?;
        let mut pings = Pings::default();
        if is_here {
            card = card.small(format!("<@{}>", ticket.member));
            pings.users = vec![ticket.member];
        }
        let card = card.redacted(&self.hub.redactor(ticket.guild));
        let key = store.ask_ticket_rating(ticket, rating.state, place, &card, pings).await?;
        let Ok(arrived) = tokio::time::timeout(AGAIN, store.arrival(ticket.guild, &key)).await else {
            return Ok(Step::Again);
        };
        let (state, step) = match arrived?.map(|posted| posted.standing) {
            Some(Standing::Waiting) => return Ok(Step::Again),
            Some(Standing::Posted(_)) => (RatingState::Asked, Step::Done),
            // Their direct messages are closed.
            Some(Standing::Refused(_)) if !is_here => return self.ask_here(ticket, thread).await,
            Some(Standing::Refused(_)) | None => (RatingState::Left, Step::Done),
        };
        store.ticket_rating_is(ticket, state).await.map(|()| step)
    }

    /// It is asked in the thread.
    async fn ask_here(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let store = self.hub.store();
        store.ticket_rating_goes_to(ticket, thread).await?;
        store.ticket_rating_is(ticket, RatingState::Thread).await.map(|()| Step::Again)
    }

    /// Roles that a line calls: in a channel nobody of staff is there by themselves.
    async fn whose(&self, ticket: &Ticket, line: &Line) -> Result<Vec<RoleId>> {
        if line.kind != LineKind::Late || ticket.place == Home::Thread || ticket.course.owner.is_some() {
            return Ok(Vec::new());
        }
        let all = self.hub.store().ticket_people(ticket).await?;
        let is_somebody_there = all.iter().any(|person| person.wanted && person.part == Part::Staff);
        Ok(if is_somebody_there { Vec::new() } else { self.staff_roles(ticket).await? })
    }

    async fn staff_roles(&self, ticket: &Ticket) -> Result<Vec<RoleId>> {
        let all = self.hub.store().ticket_categories(ticket.guild).await?;
        let category = all.into_iter().find(|one| one.id == ticket.course.category);
        Ok(category.iter().flat_map(|one| one.roles_of(RolePart::Staff)).collect())
    }

    /// Has the post that opened it say where it is answered.
    async fn tell_post(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        let Some(post) = ticket.forum_post.filter(|_| !ticket.forum_told) else { return Ok(Step::Done) };
        let store = self.hub.store();
        let card = Card::ok(format!("**Opened** ticket {}", ticket.number))
            .text(format!("<@{}>, <#{thread}> is where you are answered: only you and staff read it.", ticket.member))
            .text("Everybody reads this post: write nothing here that is nobody's business.")
            .redacted(&self.hub.redactor(ticket.guild));
        let (guild, key, urgency) = (ticket.guild, format!("ticket/{}/post", ticket.id), Urgency::Result);
        let pings = Pings { users: vec![ticket.member], ..Pings::default() };
        store.post(NewPost { guild, channel: post, key: &key, urgency, card: &card, answers: None, pings }).await?;
        store.ticket_post_is_told(ticket).await.map(|()| Step::Done)
    }

    async fn lock(&self, ticket: &Ticket, thread: u64) -> Result<Step> {
        if ticket.place == Home::Channel {
            return self.shut(ticket, thread).await;
        }
        // Nobody is answered in a thread that was put away: where somebody is asked there, Discord does that in its time.
        let rating = self.hub.store().ticket_rating(ticket).await?;
        let is_asked_here = rating.is_some_and(|rating| rating.channel == Some(thread));
        let locked = if is_asked_here {
            private::lock(&self.rest, thread).await
        } else {
            private::close(&self.rest, thread).await
        };
        match locked {
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
        if ticket.place == Home::Channel {
            let all = self.hub.store().ticket_people(ticket).await?;
            return self.let_in(ticket, thread, &all).await.map(drop);
        }
        let mut opened = private::open(&self.rest, thread).await;
        if opened.as_ref().is_err_and(threads::is_full) && self.make_room(ticket).await? {
            opened = private::open(&self.rest, thread).await;
        }
        match opened {
            Ok(()) => self.hub.store().ticket_sleeps(ticket, None).await,
            Err(error) if discords_code(&error) == Some(NO_CHANNEL) => self.lost(ticket, &error).await,
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
