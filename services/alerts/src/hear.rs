//! Hears the event log: containers in trouble and well again, and what rules count.
//!
//! **Invariant:** what was heard and what it makes of alerts are one transaction: a kill in between counts nothing twice and loses
//! nothing.

use std::{sync::Arc, time::Duration};

use base::{GuildId, Result, ServerName};
use store::{
    alerts::AlertChange,
    events::{Cursor, Event, Heard, Kind, Subscription},
};

use crate::{
    Alerts, Named,
    book::{self, About, Book, Plan, Subject},
    kept::Input,
    named,
    scope::Scope,
    what::{CONTAINER_DOWN, CONTAINER_SICK, What},
};

/// The cursor's name.
const NAME: &str = "alerts";
/// A database that does not answer is asked again so often.
const AGAIN: Duration = Duration::from_secs(1);

/// How far it has heard.
pub(crate) struct Ear {
    pub(crate) events: Subscription,
    /// As the row says it.
    cursor: Cursor,
    /// Everything up to here is dealt with, whether the row says so yet or not.
    upto: i64,
}

/// One thing that an event means for a rule.
struct Meant {
    rule: Arc<Named>,
    subject: Subject,
    input: Input,
}

impl Alerts {
    /// Goes on where the process before this one stopped, or begins now.
    pub(crate) async fn ear(&self) -> Ear {
        loop {
            match self.store.subscriber(NAME, None).await {
                Ok(cursor) => {
                    let events = self.store.events().after(cursor.seq);
                    return Ear { events, upto: cursor.seq, cursor };
                }
                Err(error) => tracing::warn!("events are not judged yet: {error}"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Hears what came next. While the database is away nothing else is heard: there is nowhere to write it.
    pub(crate) async fn hear(&self, book: &mut Book, ear: &mut Ear, heard: Result<Heard>) {
        let event = match heard {
            Ok(Heard::Event(event)) => event,
            Ok(Heard::Missed { last, .. }) => {
                ear.upto = last;
                return;
            }
            Err(error) => {
                tracing::warn!("events are not judged: {error}");
                return tokio::time::sleep(AGAIN).await;
            }
        };
        while let Err(error) = self.take(book, ear, &event).await {
            tracing::warn!(event.seq, "an event waits to be judged: {error}");
            tokio::time::sleep(AGAIN).await;
        }
        ear.upto = event.seq;
    }

    async fn take(&self, book: &mut Book, ear: &mut Ear, event: &Event) -> Result<()> {
        let word = What::Events(event.kind).word();
        if event.seq <= ear.cursor.seq || What::parse(&word).is_none() {
            return Ok(());
        }
        // What happens to the bot happens to every guild that counts it.
        let guilds = match event.guild {
            Some(guild) => vec![guild],
            None => self.store.guilds_with_alert_rules_on(&word).await?,
        };
        let mut plan = Plan::default();
        for guild in guilds {
            if !self.is_on(guild).await {
                continue;
            }
            let rules = self.rules_of(guild).await?;
            for Meant { rule, subject, input } in self.meant(&rules, book, guild, event) {
                let heard = book::Heard { rule, subject, at: self.clock.now(), input };
                book.hear(&mut plan, heard, &self.clock, &self.redactor.of(guild));
            }
        }
        if plan.changes.iter().all(|change| matches!(change, AlertChange::Forget(..))) && plan.happened.is_empty() {
            return Ok(());
        }
        let (changes, happened) = (&plan.changes, plan.happened.clone());
        if self.store.keep_alerts(changes, happened, Some((&ear.cursor, event.seq))).await? {
            ear.cursor.seq = event.seq;
            book.take(plan);
            return Ok(());
        }
        // Retention moved it, or another process has dealt with it.
        ear.cursor = self.store.subscriber(NAME, None).await?;
        Err(base::Error::Busy("the cursor was moved by somebody else".to_owned()))
    }

    /// Writes down how far it has heard, where nothing came of that.
    pub(crate) async fn keep_place(&self, ear: &mut Ear) {
        if ear.upto <= ear.cursor.seq {
            return;
        }
        match self.store.advance_cursor(&ear.cursor, ear.upto).await {
            Ok(true) => (ear.cursor.seq, ear.cursor.missed) = (ear.upto, 0),
            Ok(false) => match self.store.subscriber(NAME, None).await {
                Ok(cursor) => ear.cursor = cursor,
                Err(error) => tracing::warn!("how far events were judged could not be read: {error}"),
            },
            Err(error) => tracing::warn!("how far events were judged could not be written: {error}"),
        }
    }

    /// What an event means for each rule.
    fn meant(&self, rules: &[Arc<Named>], book: &Book, guild: GuildId, event: &Event) -> Vec<Meant> {
        let server = event.text("server").or(event.subject.as_deref()).unwrap_or_default();
        let known = server.parse::<ServerName>().ok().and_then(|name| self.hosts.server(guild, &name).ok());
        let tags = known.map(|server| server.tags).unwrap_or_default();
        let mut meant = Vec::new();
        if let (Some((value, words)), Some(subject)) = (said(event), container(event)) {
            let fitting = named::of_containers(rules, server, &tags);
            let knowing = rules.iter().filter(|rule| rule.what == What::Containers && book.knows(rule, &subject));
            // Whoever heard that it is wrong hears that it is well.
            let hearing: Vec<_> = if value == 0 { knowing.collect() } else { fitting };
            let detail = self.reason(guild, Some(&words));
            meant.extend(hearing.into_iter().map(|rule| Meant {
                rule: Arc::clone(rule),
                subject: subject.clone(),
                input: Input::Said(value, detail.clone()),
            }));
        }
        let counts =
            |rule: &&Arc<Named>| !rule.off && rule.what == What::Events(event.kind) && rule.scope.fits(server, &tags);
        for rule in rules.iter().filter(counts) {
            let subject = self.counted(guild, rule, event);
            let input = Input::Hit(self.clock.now().min(event.at), self.reason(guild, event.subject.as_deref()));
            meant.push(Meant { rule: Arc::clone(rule), subject, input });
        }
        meant
    }

    /// What is counted: of containers and servers each by itself, of all else the kind.
    fn counted(&self, guild: GuildId, rule: &Named, event: &Event) -> Subject {
        if let Some(container) = container(event) {
            return container;
        }
        let name = match &rule.scope {
            Scope::Server(name) => Some(name.clone()),
            _ if event.kind == Kind::ServerBlocked => event.subject.as_deref().and_then(|name| name.parse().ok()),
            _ => None,
        };
        if let Some(server) = name.and_then(|name| self.hosts.server(guild, &name).ok()) {
            return Subject::of_server(&server);
        }
        let word = event.kind.as_str().to_owned();
        Subject { about: About::Service, id: word.clone(), name: word, server: None }
    }
}

/// How a container is, by what happened to it, and in words.
fn said(event: &Event) -> Option<(i64, String)> {
    let detail = event.text("detail").unwrap_or_default();
    Some(match event.kind {
        Kind::ContainerExited => (CONTAINER_DOWN, format!("ended with {detail}")),
        Kind::ContainerLooping => (CONTAINER_DOWN, format!("restarts in a loop: {detail}")),
        Kind::ContainerOutOfMemory => (CONTAINER_DOWN, "ran out of memory".to_owned()),
        Kind::ContainerUnhealthy => (CONTAINER_SICK, "its health check fails".to_owned()),
        Kind::ContainerRecovered => (0, detail.to_owned()),
        _ => return None,
    })
}

/// The container that an event is about.
fn container(event: &Event) -> Option<Subject> {
    let name = event.subject.clone().filter(|_| event.kind.group() == "container")?;
    let server = event.text("server")?.to_owned();
    let server_id = event.text("server_id").unwrap_or(&server).to_owned();
    let id = format!("{server_id}/{name}");
    Some(Subject { about: About::Container, id, name, server: Some((server, server_id)) })
}
