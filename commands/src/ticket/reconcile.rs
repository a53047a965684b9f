//! Looks whether tickets stand as they should: their threads and channels, the roles that answer, what the bot may, who is there.
//!
//! **Invariants:** something is gone only where Discord itself says so, for good; what could not be looked at is looked at again. What
//! is wrong is told once while it lasts, and what waited for it is tried as soon as it is right.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use base::{Error, GuildId, Result, RoleId, UserId, card::code};
use guilds::{discord::Facts, permission as may};
use hub::{Hub, Members as _};
use poise::serenity_prelude as serenity;
use serenity::http::Route;
use store::tickets::{Away, Category, Panel, Place, RolePart, State, Ticket};
use tickets::Tickets;

use crate::{
    Discord,
    asked::{
        channel, code as discords_code,
        private::{self, ActiveThread},
        status,
    },
    rest::{Rank, Rest},
    ticket::forum::Post,
};

/// Everything is looked at so often, also what Discord did not tell of.
const EVERY: Duration = Duration::from_mins(15);
/// What changes together is looked at together.
const GATHERS: Duration = Duration::from_millis(500);
/// Tickets of a guild that are looked at in a round.
const AT_ONCE: i64 = 300;
/// Channels that a guild has at most.
const CHANNELS: usize = 500;
/// "Unknown Channel".
const NO_CHANNEL: isize = 10_003;

/// Looks at all of it, for ever. Only for the process that has the gateway.
pub async fn keep(rest: Rest, hub: Hub, tickets: Arc<Tickets>) {
    rest.me().await;
    let keeper = Keeper { rest, hub, tickets };
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => keeper.look_at_all().await,
            () = keeper.tickets.nudged() => {
                tokio::time::sleep(GATHERS).await;
                keeper.look_at_nudged().await;
            }
        }
    }
}

/// Whoever looks.
struct Keeper {
    rest: Rest,
    hub: Hub,
    tickets: Arc<Tickets>,
}

impl Keeper {
    async fn look_at_all(&self) {
        let guilds = match self.hub.store().ticket_guilds().await {
            Ok(guilds) => guilds,
            Err(error) => {
                tracing::warn!("guilds with tickets are not known: {error}");
                return;
            }
        };
        for guild in guilds {
            self.try_at(guild, &BTreeSet::new()).await;
        }
    }

    async fn look_at_nudged(&self) {
        let mut nudged = BTreeMap::<GuildId, BTreeSet<u64>>::new();
        for (guild, thread) in self.tickets.take_nudged() {
            nudged.entry(guild).or_default().extend(thread);
        }
        for (guild, threads) in nudged {
            self.try_at(guild, &threads).await;
        }
    }

    async fn try_at(&self, guild: GuildId, threads: &BTreeSet<u64>) {
        if let Err(error) = self.look_at(guild, threads).await {
            tracing::warn!(guild.id = guild.0, "whether tickets stand as they should could not be looked at: {error}");
        }
    }

    async fn look_at(&self, guild: GuildId, threads: &BTreeSet<u64>) -> Result<()> {
        if !self.tickets.is_on(guild).await? {
            return Ok(());
        }
        let store = self.hub.store();
        let facts = self.hub.guilds().facts(guild).await?;
        let (panels, categories) = (store.ticket_panels(guild).await?, store.ticket_categories(guild).await?);
        self.judge(guild, &wrong(&facts, &panels, &categories)).await?;
        for category in &categories {
            let (stands, gone) = staff(&facts, category);
            for role in gone.into_iter().filter(|_| !stands.is_empty()) {
                self.tickets.forget_role(guild, category, role).await?;
                // Then that is right again.
                self.tickets.nudge(guild, None);
            }
        }
        let active = private::active(&self.rest, guild).await;
        let active = active.map_err(|error| Error::internal("asking for a guild's threads", error))?;
        self.find_posts(guild, &active, &categories).await;
        let standing: HashSet<u64> =
            active.iter().map(|thread| thread.id).chain(facts.channels.iter().map(|one| one.id)).collect();
        let mut first = Vec::new();
        for thread in threads {
            first.extend(store.ticket_in(guild, *thread).await?);
        }
        let mut gone = Vec::new();
        let named: HashSet<String> = first.iter().map(|ticket| ticket.id.clone()).collect();
        let others = store.unlooked_tickets(guild, AT_ONCE).await?;
        for ticket in first.into_iter().chain(others.into_iter().filter(|one| !named.contains(&one.id))) {
            store.ticket_was_looked_at(&ticket).await?;
            if self.is_gone(&ticket, &standing).await {
                gone.push(ticket);
                continue;
            }
            // Events tell of who leaves; what was missed is found in its turn.
            if threads.is_empty() {
                self.look_for(&ticket).await?;
            }
        }
        self.tickets.lost(guild, &gone).await
    }

    /// Tells what is wrong, and what was and no longer is.
    async fn judge(&self, guild: GuildId, wrong: &BTreeMap<String, String>) -> Result<()> {
        for (about, text) in wrong {
            self.tickets.tell_trouble(guild, about, text).await?;
        }
        for known in self.tickets.troubles(guild).await? {
            let is_ours = KINDS.iter().any(|kind| known.about.starts_with(kind));
            let is_over =
                if is_ours { !wrong.contains_key(&known.about) } else { !self.is_lost(guild, &known.about).await? };
            if is_over {
                self.tickets.end_trouble(guild, &known.about).await?;
            }
        }
        Ok(())
    }

    /// Whether one of the tickets that a report is about has no place still.
    async fn is_lost(&self, guild: GuildId, about: &str) -> Result<bool> {
        for number in about.split_whitespace().filter_map(|word| word.parse().ok()) {
            let ticket = self.hub.store().ticket(guild, number).await?;
            if ticket.is_some_and(|ticket| ticket.lost.is_some() && ticket.course.state != State::Closed) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a ticket's thread or channel is gone, for good. Whatever Discord does not say is no.
    async fn is_gone(&self, ticket: &Ticket, standing: &HashSet<u64>) -> bool {
        let Some(thread) = ticket.thread.filter(|_| ticket.lost.is_none()) else { return false };
        if standing.contains(&thread) {
            return false;
        }
        match channel::one(&self.rest, thread, Rank::Background).await {
            Ok(_) => false,
            Err(error) => status(&error) == Some(404) && discords_code(&error) == Some(NO_CHANNEL),
        }
    }

    /// Whether whose it is is there.
    async fn look_for(&self, ticket: &Ticket) -> Result<()> {
        let (guild, member) = (ticket.guild, ticket.member);
        let is_there = match Discord(self.rest.clone()).standing_later(guild, member).await {
            Ok(found) => found.is_some(),
            // Nobody knows, so nothing is said.
            Err(error) => {
                tracing::debug!("whether a member is there is not known: {error}");
                return Ok(());
            }
        };
        match (is_there, ticket.course.away) {
            (true, Some(_)) => self.tickets.came(guild, member).await,
            (false, None) => {
                let away = if self.is_banned(guild, member).await { Away::Banned } else { Away::Left };
                self.tickets.left(guild, member, away).await
            }
            _ => Ok(()),
        }
    }

    /// Whether somebody is banned, where the bot may know.
    async fn is_banned(&self, guild: GuildId, user: UserId) -> bool {
        let (guild_id, user_id) = (serenity::GuildId::new(guild.0), serenity::UserId::new(user.0));
        let ban =
            self.rest.fetch::<serde::de::IgnoredAny>(Route::GuildBan { guild_id, user_id }, None, Rank::Background);
        ban.await.is_ok()
    }

    /// Posts that were written while nobody listened.
    async fn find_posts(&self, guild: GuildId, active: &[ActiveThread], categories: &[Category]) {
        for thread in active {
            let (Some(forum), Some(author)) = (thread.parent, thread.owner) else { continue };
            if categories.iter().any(|one| one.forum == Some(forum)) {
                let (id, author, name) = (thread.id, UserId(author), thread.name.clone());
                Post { guild, forum, id, author, name }.open(&self.rest, &self.hub).await;
            }
        }
    }
}

/// How what this looks at is called among what is wrong; the rest ends otherwise.
const KINDS: [&str; 5] = ["role ", "panel ", "may ", "folder ", "channels"];

/// The roles that answer a category: those that stand, and those that are gone.
fn staff(facts: &Facts, category: &Category) -> (Vec<RoleId>, Vec<RoleId>) {
    category.roles_of(RolePart::Staff).partition(|role| facts.role(*role).is_some())
}

/// What is wrong in a guild, by what it is about.
fn wrong(facts: &Facts, panels: &[Panel], categories: &[Category]) -> BTreeMap<String, String> {
    let mut wrong = BTreeMap::new();
    for category in categories {
        let (stands, gone) = staff(facts, category);
        for role in gone {
            let name = code(&category.name);
            let text = if stands.is_empty() {
                format!("Nobody answers {name}: the role that did was deleted. `/ticket category role` says who does.")
            } else {
                format!("A role that answered {name} was deleted. The others that answer it go on.")
            };
            wrong.insert(format!("role {role} {}", category.id), text);
        }
        if let Some(under) = category.under.filter(|under| facts.channel(*under).is_none()) {
            let text = format!(
                "The category of Discord's for channels of {} was deleted: they stand on top. `/ticket category edit under:` says where else.",
                code(&category.name)
            );
            wrong.insert(format!("folder {under}"), text);
        }
    }
    for panel in panels {
        let Some(id) = panel.channel else { continue };
        let name = code(&panel.name);
        let Some(place) = facts.channel(id) else {
            let text = format!(
                "The channel of panel {name} was deleted: nobody can ask there. `/ticket panel send` puts it elsewhere."
            );
            wrong.insert(format!("panel {id}"), text);
            continue;
        };
        let allowed = facts.allowed_in(place);
        let of_panel = || categories.iter().filter(|one| one.panel == panel.id);
        let mut needs = vec![may::VIEW_CHANNEL, may::SEND_MESSAGES];
        if of_panel().any(|one| one.place == Place::Thread) {
            needs.extend([may::CREATE_PRIVATE_THREADS, may::SEND_MESSAGES_IN_THREADS, may::MANAGE_THREADS]);
        }
        let mut lacks: Vec<&str> = needs.iter().filter(|need| allowed & need.bit == 0).map(|need| need.name).collect();
        if of_panel().any(|one| one.place == Place::Channel) {
            let needs = [may::MANAGE_CHANNELS, may::MANAGE_ROLES];
            lacks.extend(needs.iter().filter(|need| facts.allowed() & need.bit == 0).map(|need| need.name));
        }
        if !lacks.is_empty() {
            let text = format!(
                "In <#{id}>, where panel {name} stands, I lack {}: what it takes waits until I have it.",
                lacks.join(", ")
            );
            wrong.insert(format!("may {id}"), text);
        }
    }
    if facts.channels.len() >= CHANNELS {
        let text = format!(
            "This server has {CHANNELS} channels, as many as Discord allows: tickets get threads until there is room."
        );
        wrong.insert("channels".to_owned(), text);
    }
    wrong
}
