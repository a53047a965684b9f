//! Runs one command on several servers: one run, one card, one question where somebody must be asked.
//!
//! It is one action, so that one yes covers all of it: the gate judges each server as if it were asked for alone
//! (`Assessment::each`), the strictest of them decides, and the yes is bound to the ids and keys of all of them. It is one run, so
//! that a kill or a cancel concerns all of it; and each server gets an entry of its own in the audit log when its command ended.
//!
//! **Invariants:** what becomes of one server changes nothing for the others, whatever it is. Where the command changes something, each
//! server is held while it runs there, and by itself: two selections wait for one another only on what they share.

mod card;
mod fold;
mod selection;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Clock, Error, GuildId, Millis, Permit, Redactor, Result, Risk, Run, ServerName,
    action::{Ending, Part},
    card::code,
    gate::Request,
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    audit::NewEntry,
    servers::{Server, State},
};

use self::fold::Answer;
pub use self::selection::Selection;
use crate::{
    Hosts, RunCommand,
    kept::{Begins, Begun, Line},
    output::Output,
    printed::Printed,
    run,
    ssh::Exit,
};

/// What another run changes is asked for again after this.
const HELD_AGAIN: Duration = Duration::from_millis(500);
/// Names that a plan shows; what is asked of an approver lists them all.
const NAMES: usize = 8;

/// Run a command on several servers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunOnServers {
    /// The servers to run it on: `tag:web`, or `web-1, web-2`.
    pub servers: Selection,
    /// The command line, as each server's own shell reads it.
    pub command: String,
    /// Give up after this many minutes; 10 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// How it went on each of them.
#[derive(Debug, Serialize)]
pub struct RanOnServers {
    #[serde(flatten)]
    action: RunOnServers,
    #[serde(skip)]
    title: String,
    servers: Vec<Answer>,
    #[serde(skip)]
    ending: Ending,
    #[serde(skip)]
    log: Option<Arc<Vec<u8>>>,
    #[serde(skip)]
    reference: String,
}

impl Action for RunOnServers {
    const NAME: &'static str = "server.run-many";
    const RISK: Risk = Risk::Change;
    const FREE_FORM: bool = true;
    const DURABLE: bool = true;
    type Service = Hosts;
    type Report = RanOnServers;

    fn plan(&self) -> String {
        let minutes = self.minutes.map(|minutes| format!(" for at most {minutes} min")).unwrap_or_default();
        let on = match &self.servers {
            Selection::Tag(tag) => format!("every server tagged {}", code(tag)),
            Selection::Names(names) => {
                let mut shown: Vec<_> = names.iter().take(NAMES).map(|name| code(name.as_str())).collect();
                if names.len() > NAMES {
                    shown.push(format!("and {} more", names.len() - NAMES));
                }
                shown.join(", ")
            }
        };
        format!("Run {} on {on}{minutes}", code(&self.command))
    }

    fn refusal(&self) -> String {
        format!("run commands on {}", code(self.servers.to_string()))
    }

    fn target(&self) -> Option<String> {
        // Its name would be taken for one server's.
        None
    }

    fn lease(&self, risk: Risk) -> Option<String> {
        (risk != Risk::Observe).then(|| match &self.servers {
            Selection::Tag(_) => format!("server:{}", self.servers),
            // In whichever order they were typed.
            Selection::Names(names) => {
                let mut names: Vec<&str> = names.iter().map(ServerName::as_str).collect();
                names.sort_unstable();
                format!("server:{}", names.join(", "))
            }
        })
    }

    fn deadline(&self) -> Duration {
        run::deadline(self.minutes)
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let redactor = hosts.redactor.of(actor.guild);
        let judgement = hosts.policy.judge(actor.guild, &self.command, &redactor).await?;
        let mut known = Assessment::of(judgement.class);
        let (mut machines, mut names) = (Vec::new(), Vec::new());
        for (name, tags, server) in hosts.meant(actor.guild, &self.servers) {
            // A machine of another key is another machine, whatever it is called.
            machines.extend(server.map(|server| format!("{} {}", server.id, server.host_key.unwrap_or_default())));
            let chosen_by = match &self.servers {
                Selection::Tag(_) => self.servers.to_string(),
                Selection::Names(_) => name.clone(),
            };
            names.push(code(&name));
            known.each.push(Part { action: RunCommand::NAME, target: name, tags, chosen_by });
        }
        machines.sort();
        known.identity = Some(machines.join("\n"));
        let count = measure::count(names.len() as u64, "server", "servers");
        known.why = Some(format!("{} On {count}: {}.", judgement.why, names.join(", ")));
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<RanOnServers> {
        hosts.run_many(&permit, run).await
    }
}

/// One of the servers while the command runs there.
struct One {
    server: Server,
    output: Arc<Output>,
    silent: Arc<AtomicBool>,
    /// Another run changes it just now.
    behind: Mutex<Option<String>>,
    done: Mutex<Option<Done>>,
}

/// How it ended on one of them.
#[derive(Clone)]
struct Done {
    words: String,
    ending: Ending,
    took: Duration,
}

/// The command while it runs.
struct Running {
    title: String,
    all: Arc<Vec<One>>,
    redactor: Redactor,
    clock: Clock,
    began: Millis,
}

impl RunOnServers {
    fn title(&self, servers: usize, redactor: &Redactor) -> String {
        let count = measure::count(servers as u64, "server", "servers");
        let tag = match &self.servers {
            Selection::Tag(_) => format!(" {}", code(self.servers.to_string())),
            Selection::Names(_) => String::new(),
        };
        format!("**{}** on {count}{tag}", code(redactor.mask(&self.command)))
    }
}

impl Hosts {
    /// The names a selection means, each with its tags and its row; whether a name is known is not told by it.
    fn meant(&self, guild: GuildId, selection: &Selection) -> Vec<(String, Vec<String>, Option<Server>)> {
        match selection {
            Selection::Tag(tag) => {
                let tagged = self.of(guild).into_iter().filter(|server| server.tags.contains(tag));
                tagged.map(|server| (server.name.clone(), server.tags.clone(), Some(server))).collect()
            }
            Selection::Names(names) => {
                let found = names.iter().map(|name| (name, self.find(guild, name).ok()));
                found
                    .map(|(name, server)| {
                        let tags = server.as_ref().map(|server| server.tags.clone()).unwrap_or_default();
                        (name.to_string(), tags, server)
                    })
                    .collect()
            }
        }
    }

    /// All of them, or what is wrong with the selection: then nothing is run anywhere.
    fn all_meant(&self, guild: GuildId, selection: &Selection) -> Result<Vec<Server>> {
        let mut servers = Vec::new();
        for (name, _, server) in self.meant(guild, selection) {
            servers.push(server.ok_or(Error::NotFound { kind: "server", name })?);
        }
        if servers.is_empty() {
            return Err(Error::Invalid(format!(
                "No server has {}. `/server tag` gives it to one. Nothing was run.",
                code(selection.to_string())
            )));
        }
        if servers.len() > selection::MOST {
            return Err(Error::Invalid(format!(
                "{} servers have that tag, and a command runs on at most {} at a time. Nothing was run.",
                servers.len(),
                selection::MOST
            )));
        }
        servers.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(servers)
    }

    async fn run_many(&self, permit: &Permit<RunOnServers>, run: &Run) -> Result<RanOnServers> {
        let action = permit.action();
        run::check(&action.command)?;
        let guild = permit.actor().guild;
        let servers = self.all_meant(guild, &action.servers)?;
        let ids: Vec<String> = servers.iter().map(|server| server.id.clone()).collect();
        let begins = Begins::of_run(run, &ids, &self.clock).await?;
        let title = action.title(servers.len(), run.redactor());
        let all: Vec<One> = servers.into_iter().map(|server| One::new(server, ids.len())).collect();
        let all = Arc::new(all);
        run.show(Arc::new(Running {
            title: title.clone(),
            all: Arc::clone(&all),
            redactor: run.redactor().clone(),
            clock: self.clock.clone(),
            began: run.began(),
        }));
        let class = self.policy.judge(guild, &action.command, run.redactor()).await?.class;
        let each = all.iter().map(|one| self.on_one(one, class, &begins, permit, run));
        // An error here is of the run as a whole: it is somebody else's by now, or nothing can be kept.
        futures::future::join_all(each).await.into_iter().collect::<Result<Vec<()>>>()?;
        self.forget_later(permit.record().id, begins.all_over());

        let servers: Vec<Answer> = all.iter().map(|one| one.answer(run.redactor())).collect();
        Ok(RanOnServers {
            title,
            ending: ending(&all),
            log: log(&all).map(Arc::new),
            servers,
            reference: run.reference.clone(),
            action: action.clone(),
        })
    }

    /// The command on one of them, up to its end or to what kept it from being begun, and its row in the log.
    async fn on_one(
        &self,
        one: &One,
        class: Risk,
        begins: &Begins,
        permit: &Permit<RunOnServers>,
        run: &Run,
    ) -> Result<()> {
        let action = permit.action();
        let line = Line {
            command: &action.command,
            server: &one.server,
            deadline: action.deadline(),
            output: Arc::clone(&one.output),
            silent: Arc::clone(&one.silent),
            among: Some((begins, &one.server.id)),
        };
        let changes = class != Risk::Observe;
        if changes && !self.held(one, permit, run).await? {
            let words = "not begun: another run was changing it".to_owned();
            begins.note(run, &one.server.id, Begun::Never(words.clone())).await?;
            let done = Done { words, ending: Ending::Cancelled, took: Duration::ZERO };
            one.done.lock().unwrap_or_else(PoisonError::into_inner).replace(done.clone());
            return self.record(one, class, &done, begins, permit, run).await;
        }
        let carried = self.carry_out(&line, permit.record().id, run).await;
        if changes {
            self.store.let_go_of(one.server.guild, &lease(&one.server), permit.record().id).await?;
        }
        let done = match carried {
            Ok(exit) => {
                if exit.ended.is_known() {
                    self.seen(&one.server).await;
                }
                Done::of(&exit)
            }
            Err(error) => {
                let words = self.in_short(&one.server, &error);
                begins.note(run, &one.server.id, Begun::Never(words.clone())).await?;
                Done { words, ending: Ending::Failed, took: Duration::ZERO }
            }
        };
        one.done.lock().unwrap_or_else(PoisonError::into_inner).replace(done.clone());
        self.record(one, class, &done, begins, permit, run).await
    }

    /// Waits until nobody else changes one of them. False where this was stopped before.
    async fn held(&self, one: &One, permit: &Permit<RunOnServers>, run: &Run) -> Result<bool> {
        let (guild, lease, id) = (one.server.guild, lease(&one.server), permit.record().id);
        loop {
            if self.store.hold_for_run(guild, &lease, id).await? {
                one.waits_for(None);
                return Ok(true);
            }
            if run.cancel().is_cancelled() {
                return Ok(false);
            }
            one.waits_for(self.store.run_that_changes(guild, &lease, id).await?);
            tokio::select! {
                () = tokio::time::sleep(HELD_AGAIN) => {}
                () = run.cancel().cancelled() => {}
            }
        }
    }

    /// Writes what became of one of them into the audit log, once.
    async fn record(
        &self,
        one: &One,
        class: Risk,
        done: &Done,
        begins: &Begins,
        permit: &Permit<RunOnServers>,
        run: &Run,
    ) -> Result<()> {
        let Some(entry) = begins.entry(&one.server.id) else { return Ok(()) };
        if self.store.audit_entry(&entry.to_string()).await?.is_some() {
            return Ok(());
        }
        let printed = Printed {
            entry,
            guild: one.server.guild,
            run: Some(permit.record().id),
            name: run::file_name(&one.server.name, &run.reference),
            heading: format!("{}: {}", one.server.name, done.words),
        };
        printed.keep(one.output.log(), &self.store, run.redactor()).await.1?;
        let server: ServerName = one.server.name.parse()?;
        let known = self.assess(permit.actor().guild, &server, class);
        let action = permit.action();
        let alone = RunCommand { server, command: action.command.clone(), minutes: action.minutes };
        let request = Request::of(&alone, known, run.redactor())?;
        let name = run.redactor().mask(&permit.actor().name).into_owned();
        let actor = Actor { name, reply_to: None, ..permit.actor().clone() };
        let detail = run.redactor().mask(&format!("{}, part of {}", done.words, run.reference)).into_owned();
        let outcome = done.ending.as_str();
        let entry = NewEntry {
            actor: &actor,
            request: &request,
            approval: None,
            outcome,
            detail: Some(detail),
            id: Some(entry),
            run: None,
        };
        self.store.write_audit(entry).await.map(drop)
    }

    /// Why it was not begun on one of them, as its line says it.
    pub(crate) fn in_short(&self, server: &Server, error: &Error) -> String {
        let now = server.name.parse().ok().and_then(|name| self.find(server.guild, &name).ok());
        match (now.map(|server| server.state), error) {
            (Some(State::Blocked), _) => "blocked: its host key changed".to_owned(),
            (Some(State::Offered), _) => "its host key is not pinned".to_owned(),
            (_, Error::Outside(card)) => card.texts().next().unwrap_or("could not be reached").to_owned(),
            (_, error) => error.to_string(),
        }
    }
}

impl One {
    fn new(server: Server, several: usize) -> Self {
        let output = Arc::new(Output::one_of(several));
        Self { server, output, silent: Arc::default(), behind: Mutex::default(), done: Mutex::default() }
    }

    fn done(&self) -> Option<Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The run that changes it just now, while this one waits for that.
    fn behind(&self) -> Option<String> {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn waits_for(&self, reference: Option<String>) {
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = reference;
    }

    fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    fn answer(&self, redactor: &Redactor) -> Answer {
        let done = self.done();
        Answer {
            server: self.server.name.clone(),
            well: done.as_ref().is_some_and(|done| done.ending == Ending::Done),
            duration_ms: done.as_ref().map_or(0, |done| u64::try_from(done.took.as_millis()).unwrap_or(u64::MAX)),
            ended: done.map(|done| done.words).unwrap_or_default(),
            output: self.output.end(redactor),
        }
    }
}

impl Done {
    fn of(exit: &Exit) -> Self {
        Self { words: run::words(&exit.ended), ending: run::ending(&exit.ended), took: exit.took }
    }
}

/// What a command on one server alone has as its lease.
fn lease(server: &Server) -> String {
    format!("server:{}", server.name)
}

/// How it ended as a whole: what the worst of them did.
fn ending(all: &[One]) -> Ending {
    let endings: Vec<Ending> = all.iter().filter_map(One::done).map(|done| done.ending).collect();
    let worst = [Ending::Cancelled, Ending::TimedOut, Ending::Interrupted, Ending::Failed];
    worst.into_iter().find(|ending| endings.contains(ending)).unwrap_or(Ending::Done)
}

/// Everything that each of them printed, one after the other.
fn log(all: &[One]) -> Option<Vec<u8>> {
    let mut log = Vec::new();
    let mut printed = false;
    for one in all {
        let words = one.done().map(|done| done.words).unwrap_or_default();
        log.extend_from_slice(format!("===== {}: {words} =====\n", one.server.name).as_bytes());
        if let Some(output) = one.output.take_log() {
            printed = true;
            log.extend_from_slice(&output);
            if !output.ends_with(b"\n") {
                log.push(b'\n');
            }
        }
    }
    printed.then_some(log)
}
