//! Judges what is heard: one task, fed by looks, by events and by the time.
//!
//! **Invariants:** it is the only one that changes alerts. What it could not write is heard again: by the next look, by the next tick,
//! or out of the event log, whose cursor moves in the same transaction.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use base::{GuildId, Millis};
use hosts::Server;
use metrics::{Looked, Sample};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use crate::{
    Alerts, Named,
    book::{About, Book, Heard, Key, Plan, Subject},
    hear::Ear,
    kept::Input,
    named,
    probe::Probed,
    rule::GAP,
    what::{Measure, What},
};

/// What time alone moves on is looked at so often.
const TICK: Duration = Duration::from_secs(1);
/// What is not watched any more is noticed within this.
const LOOK_THROUGH: Duration = Duration::from_secs(5);
/// What another process changed is noticed within this.
const READ_AGAIN: Duration = Duration::from_mins(1);
/// Looks judged at once.
const AT_ONCE: usize = 256;
/// A longer reason is left out: a text that is cut could be half a secret.
const REASON: usize = 160;

/// What the one task knows.
struct Desk {
    book: Book,
    ear: Ear,
    looked_through: Option<Millis>,
    read: Option<Millis>,
}

impl Alerts {
    /// Judges what is heard, for ever. Only for one process of a database.
    pub async fn tend(self: Arc<Self>) {
        let taken = self.looks.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It is tended already.
        let Some(mut looks) = taken else { return };
        let taken = self.answered.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut answers) = taken else { return };
        let (book, ear) = (self.read_book().await, self.ear().await);
        let mut desk = Desk { book, ear, looked_through: None, read: None };
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                came = heard(&mut looks) => self.judge(&mut desk.book, came).await,
                Some(probed) = answers.recv() => self.judge_probe(&mut desk.book, probed).await,
                heard = desk.ear.events.next() => self.hear(&mut desk.book, &mut desk.ear, heard).await,
                _ = ticks.tick() => self.tick(&mut desk).await,
            }
        }
    }

    async fn read_book(&self) -> Book {
        loop {
            match self.store.all_alerts().await {
                Ok(rows) => return Book::read(rows),
                Err(error) => tracing::warn!("how alerts stand could not be read: {error}"),
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Between two values further apart, nobody knows how it was.
    pub(crate) fn gap(&self) -> Duration {
        /// A look may be late and take its time.
        const LATE: Duration = Duration::from_secs(30);
        GAP.max(self.metrics.every() * 3 + LATE)
    }

    /// Judges looks.
    async fn judge(&self, book: &mut Book, came: Vec<Looked>) {
        let mut guilds: HashMap<GuildId, Vec<Looked>> = HashMap::new();
        for looked in came {
            guilds.entry(looked.server.guild).or_default().push(looked);
        }
        for (guild, looked) in guilds {
            if !self.is_on(guild).await {
                continue;
            }
            let rules = match self.rules_of(guild).await {
                Ok(rules) => rules,
                Err(error) => {
                    tracing::warn!(guild.id = guild.0, "looks are not judged: {error}");
                    continue;
                }
            };
            let mut plan = Plan::default();
            for looked in &looked {
                for rule in named::about(&rules, &looked.server) {
                    let What::Measure(measure) = rule.what else { continue };
                    let (value, subject) = (value(measure, looked), Subject::of_server(&looked.server));
                    if value.is_none() && !book.knows(rule, &subject) {
                        continue;
                    }
                    let input = Input::Value(value, self.reason(guild, looked.trouble.as_deref()));
                    let heard = Heard { rule: Arc::clone(rule), subject, at: looked.at, input };
                    book.hear(&mut plan, heard, &self.clock, &self.redactor.of(guild));
                }
            }
            self.write(book, plan).await;
        }
    }

    /// Judges what a probe was answered.
    async fn judge_probe(&self, book: &mut Book, probed: Probed) {
        let Probed { probe, at, answer } = probed;
        let guild = probe.row.guild;
        // Whoever asked may have been asked to stop meanwhile.
        let is_known = self.known_probes().is_none_or(|known| known.contains_key(&probe.row.id));
        if !is_known || !self.is_on(guild).await {
            return;
        }
        let mut plan = Plan::default();
        let input = Input::Value(answer.value(), self.reason(guild, Some(&answer.words())));
        let heard = Heard { rule: Arc::clone(&probe.named), subject: probe.subject(), at, input };
        book.hear(&mut plan, heard, &self.clock, &self.redactor.of(guild));
        self.write(book, plan).await;
    }

    /// A reason as it is kept.
    pub(crate) fn reason(&self, guild: GuildId, said: Option<&str>) -> String {
        let said = self.redactor.of(guild).mask(said.unwrap_or_default()).into_owned();
        let said = said.trim().trim_end_matches('.');
        if said.chars().nth(REASON).is_some() { String::new() } else { said.to_owned() }
    }

    /// What time moves on, and what is not watched any more.
    async fn tick(&self, desk: &mut Desk) {
        let now = self.clock.now();
        let is_due = |last: Option<Millis>, every| last.is_none_or(|last| last > now || now.since(last) >= every);
        if is_due(desk.read, READ_AGAIN) {
            desk.read = Some(now);
            self.rules.write().unwrap_or_else(PoisonError::into_inner).clear();
        }
        let look_through = is_due(desk.looked_through, LOOK_THROUGH);
        let mut watched = None;
        if look_through {
            desk.looked_through = Some(now);
            self.keep_place(&mut desk.ear).await;
            watched = self.watched_engines(&desk.book).await;
        }
        let guilds: HashSet<GuildId> = desk.book.all().map(|(key, _)| key.guild).collect();
        for guild in guilds {
            if !self.is_on(guild).await {
                continue;
            }
            let Ok(rules) = self.rules_of(guild).await else { continue };
            let probes = self.known_probes();
            let mut plan = Plan::default();
            let of_guild: Vec<Key> =
                desk.book.all().map(|(key, _)| key.clone()).filter(|key| key.guild == guild).collect();
            for key in of_guild {
                let probe = probes.as_ref().and_then(|probes| probes.get(&key.rule)).map(|probe| &probe.named);
                if key.about == About::Probe && probes.is_none() {
                    // Before they were read, nobody knows which there are.
                    continue;
                }
                let rule = rules.iter().find(|rule| rule.id == key.rule).or(probe);
                if look_through && let Some(why) = self.unwatched(&rules, rule, &key, watched.as_ref(), &desk.book) {
                    desk.book.retire(&mut plan, &key, rule.map(|rule| &**rule), why, &self.redactor);
                    continue;
                }
                let Some((rule, held)) = rule.zip(desk.book.get(&key)) else { continue };
                if held.kept.waits() || held.kept.is_over(now) {
                    let (rule, subject) = (Arc::clone(rule), held.subject.clone());
                    let heard = Heard { rule, subject, at: now, input: Input::Tick };
                    desk.book.hear(&mut plan, heard, &self.clock, &self.redactor.of(guild));
                }
            }
            self.write(&mut desk.book, plan).await;
        }
    }

    /// The engines whose containers are watched, by guild and server; none where that is not known, or nobody asks.
    async fn watched_engines(&self, book: &Book) -> Option<HashSet<(GuildId, String)>> {
        if !book.all().any(|(key, _)| key.about == About::Container) {
            return None;
        }
        let watches = self.store.all_container_watches().await;
        let watches = watches.inspect_err(|error| tracing::warn!("which engines are watched is not known: {error}"));
        Some(watches.ok()?.into_iter().map(|watch| (watch.guild, watch.server_id)).collect())
    }

    /// Why something is not watched any more, if it is not.
    fn unwatched(
        &self,
        rules: &[Arc<Named>],
        rule: Option<&Arc<Named>>,
        key: &Key,
        engines: Option<&HashSet<(GuildId, String)>>,
        book: &Book,
    ) -> Option<&'static str> {
        let gone = if key.about == About::Probe { "the probe is gone" } else { "its rule is gone" };
        let Some(rule) = rule else { return Some(gone) };
        if rule.off {
            return Some("its rule is off");
        }
        match (rule.what, key.about) {
            (What::Measure(_), About::Server) => {
                let Some(server) = self.server(key.guild, &key.subject) else { return Some("the server is gone") };
                if !self.metrics.is_watched(&server.id) {
                    return Some("nobody looks at it any more");
                }
                let counts = named::about(rules, &server).iter().any(|other| other.id == rule.id);
                (!counts).then_some("another rule counts for it")
            }
            (What::Containers, About::Container) => {
                let (_, server) = book.get(key)?.subject.server.as_ref()?;
                let is_watched = engines?.contains(&(key.guild, server.clone()));
                (!is_watched).then_some("its engine is not watched any more")
            }
            (What::Events(_) | What::Probe, _) => None,
            // The rule was changed since.
            (What::Measure(_) | What::Containers, _) => Some("its rule is about something else"),
        }
    }

    fn server(&self, guild: GuildId, id: &str) -> Option<Server> {
        self.hosts.of(guild).into_iter().find(|server| server.id == id)
    }

    async fn write(&self, book: &mut Book, plan: Plan) {
        if !plan.changes.is_empty() || !plan.happened.is_empty() {
            let written = self.store.keep_alerts(&plan.changes, plan.happened.clone(), None).await;
            if let Err(error) = written {
                tracing::warn!(changes = plan.changes.len(), "how alerts stand could not be written: {error}");
                return;
            }
        }
        book.take(plan);
    }
}

/// What came of looks, as many as there are.
async fn heard(looks: &mut mpsc::Receiver<Looked>) -> Vec<Looked> {
    let mut came = Vec::new();
    looks.recv_many(&mut came, AT_ONCE).await;
    came
}

/// What a look says of a measure; none is not known.
fn value(measure: Measure, looked: &Looked) -> Option<i64> {
    if measure == Measure::Answers {
        return looked.answers.map(|answers| if answers { 100 } else { 0 });
    }
    looked.sample.as_deref().and_then(|sample| of_sample(measure, sample))
}

/// What a sample says of a measure.
pub(crate) fn of_sample(measure: Measure, sample: &Sample) -> Option<i64> {
    let values = sample.values();
    match measure {
        Measure::Cpu => values.cpu,
        Measure::Memory => values.memory,
        Measure::Disk => values.disk,
        Measure::Swap => values.swap,
        Measure::LoadPerCore => sample.load_per_core().and_then(|load| i64::try_from(load).ok()),
        Measure::Gpu => values.gpu,
        Measure::GpuMemory => values.gpu_memory,
        // Tenths there, hundredths here.
        Measure::Temperature => values.temperature.map(|tenths| tenths * 10),
        Measure::Answers => None,
    }
}
