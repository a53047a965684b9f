//! Runs a command on a server, live, and stops it for good when it must stop.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Clock, Error, Live, Millis, Permit, Redactor, Report, Result, Risk, Run,
    ServerName,
    action::Ending,
    card::{Choice, Lands, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Hosts, kept::Line, output::Output, printed::Printed, ssh::Ended};

/// A command that does not say otherwise is given up after this many minutes.
const DEFAULT_MINUTES: u32 = 10;
/// The longest anybody may ask for, in minutes.
const MOST_MINUTES: u32 = 720;
/// Longest command line: Discord's own limit for an option.
const COMMAND_LIMIT: usize = 6000;

/// Run a command on a server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunCommand {
    /// The server to run it on.
    pub server: ServerName,
    /// The command line, as the server's own shell reads it.
    pub command: String,
    /// Give up after this many minutes; 10 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

/// How the command ended.
#[derive(Debug, Serialize)]
pub struct Ran {
    #[serde(flatten)]
    action: RunCommand,
    #[serde(skip)]
    title: String,
    #[serde(serialize_with = "in_words")]
    ended: Ended,
    /// Something it started in the background still holds its output open.
    left_behind: bool,
    duration_ms: u64,
    lines: u64,
    /// The last lines.
    output: String,
    #[serde(skip)]
    log: Option<Arc<Vec<u8>>>,
    /// Bytes printed, and how many of them the log leaves out.
    size: (u64, u64),
    #[serde(skip)]
    reference: String,
}

impl Action for RunCommand {
    const NAME: &'static str = "server.run";
    const RISK: Risk = Risk::Change;
    const FREE_FORM: bool = true;
    const DURABLE: bool = true;
    type Service = Hosts;
    type Report = Ran;

    fn plan(&self) -> String {
        let minutes = self.minutes.map(|minutes| format!(" for at most {minutes} min")).unwrap_or_default();
        format!("Run {} on {}{minutes}", code(&self.command), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("run commands on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        deadline(self.minutes)
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let redactor = hosts.redactor.of(actor.guild);
        let judgement = hosts.policy.judge(actor.guild, &self.command, &redactor).await?;
        let known = hosts.assess(actor.guild, &self.server, judgement.class);
        Ok(Assessment { why: Some(judgement.why), ..known })
    }

    async fn exists(&self, hosts: &Hosts, actor: &Actor) -> Result<()> {
        hosts.find(actor.guild, &self.server).map(drop)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Ran> {
        hosts.run(&permit, run).await
    }
}

impl RunCommand {
    /// The command is masked before it is cut and tidied: half a secret is no longer recognised.
    fn title(&self, redactor: &Redactor) -> String {
        format!("**{}** on {}", code(redactor.mask(&self.command)), code(self.server.as_str()))
    }
}

fn in_words<S: serde::Serializer>(ended: &Ended, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&words(ended))
}

/// How long a command may take.
pub(crate) fn deadline(minutes: Option<u32>) -> Duration {
    Duration::from_secs(u64::from(minutes.unwrap_or(DEFAULT_MINUTES).clamp(1, MOST_MINUTES)) * 60)
}

/// Refuses what cannot be run.
pub(crate) fn check(command: &str) -> Result<()> {
    if command.trim().is_empty() || command.contains('\0') || command.len() > COMMAND_LIMIT {
        return Err(Error::Invalid(format!("A command has 1 to {COMMAND_LIMIT} characters. Nothing was run.")));
    }
    Ok(())
}

/// What the file of a command's output is called.
pub(crate) fn file_name(server: &str, reference: &str) -> String {
    format!("{server}-{reference}.log")
}

/// How it ended, for the audit log.
pub(crate) fn ending(ended: &Ended) -> Ending {
    match ended {
        Ended::Exited(0) => Ending::Done,
        Ended::Exited(_) | Ended::Signalled(_) => Ending::Failed,
        Ended::Lost | Ended::Vanished => Ending::Interrupted,
        Ended::Cancelled { .. } => Ending::Cancelled,
        Ended::TimedOut { .. } => Ending::TimedOut,
    }
}

/// How it ended, as a card's first fact begins.
pub(crate) fn words(ended: &Ended) -> String {
    match ended {
        Ended::Exited(status) => format!("exit {status}"),
        Ended::Signalled(signal) => format!("killed by SIG{signal}"),
        Ended::Cancelled { .. } => "cancelled".to_owned(),
        Ended::TimedOut { .. } => "stopped at its deadline".to_owned(),
        Ended::Lost => "connection lost".to_owned(),
        Ended::Vanished => "ended unseen".to_owned(),
    }
}

/// The command while it runs.
struct Running {
    action: RunCommand,
    output: Arc<Output>,
    redactor: Redactor,
    clock: Clock,
    began: Millis,
    /// Its server does not answer, and is asked again.
    silent: Arc<AtomicBool>,
}

impl Hosts {
    async fn run(&self, permit: &Permit<RunCommand>, run: &Run) -> Result<Ran> {
        let action = permit.action().clone();
        check(&action.command)?;
        let server = self.find(permit.actor().guild, &action.server)?;
        let line = Line {
            command: &action.command,
            server: &server,
            deadline: action.deadline(),
            output: Arc::default(),
            silent: Arc::default(),
            among: None,
        };
        run.show(Arc::new(Running {
            action: action.clone(),
            output: Arc::clone(&line.output),
            redactor: run.redactor().clone(),
            clock: self.clock.clone(),
            began: run.began(),
            silent: Arc::clone(&line.silent),
        }));
        let exit = self.carry_out(&line, permit.record().id, run).await?;
        if exit.ended.is_known() {
            self.seen(&server).await;
        }
        let output = line.output;
        let (lines, end, size) = (output.lines(), output.end(run.redactor()), output.size());
        let printed = Printed {
            entry: permit.record().id,
            guild: server.guild,
            run: None,
            name: file_name(&server.name, &run.reference),
            heading: format!("{}: {}", server.name, words(&exit.ended)),
        };
        let log = printed.try_keep(output.take_log(), &self.store, run.redactor()).await;
        Ok(Ran {
            title: action.title(run.redactor()),
            ended: exit.ended,
            left_behind: exit.left_behind,
            duration_ms: u64::try_from(exit.took.as_millis()).unwrap_or(u64::MAX),
            lines,
            output: end,
            size,
            log,
            reference: run.reference.clone(),
            action,
        })
    }
}

impl Live for Running {
    fn card(&self) -> Card {
        let card = Card::working(self.action.title(&self.redactor))
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
            .fact(measure::count(self.output.lines(), "line", "lines"));
        let card = if self.silent.load(Ordering::Relaxed) {
            card.text("Its server does not answer just now. It goes on there; I look for it again.")
        } else {
            card
        };
        card.code("ansi", self.output.end(&self.redactor))
    }
}

impl Report for Ran {
    fn card(&self) -> Card {
        let after = measure::span(Duration::from_millis(self.duration_ms));
        let title = self.title.clone();
        let mut card = match &self.ended {
            Ended::Exited(0) => Card::ok(title),
            Ended::Cancelled { .. } => Card::quiet(title),
            _ => Card::failed(title),
        };
        card = card
            .fact(format!("{} after {after}", words(&self.ended)))
            .fact(measure::count(self.lines, "line", "lines"));
        card = match &self.ended {
            Ended::Cancelled { confirmed: true } | Ended::TimedOut { confirmed: true } => {
                card.fact("nothing of its process group is left")
            }
            Ended::Cancelled { confirmed: false } | Ended::TimedOut { confirmed: false } => {
                card.text("I could not see that it is gone. Look for it on the server.")
            }
            Ended::Lost => card.text("Whether it still runs there is not known."),
            Ended::Vanished => {
                card.text("Its status is not known. The server was restarted, or what kept it was killed.")
            }
            _ if self.left_behind => card.text("It left something running in the background there."),
            _ if self.log.is_none() => card.text("It printed nothing."),
            _ => card,
        };
        if self.size.1 > 0 {
            let (all, left_out) = (measure::bytes(self.size.0), measure::bytes(self.size.1));
            card = card.text(format!(
                "It printed {all}; the log keeps the beginning and the end, without {left_out} between."
            ));
        }
        card = card.code("ansi", &self.output).choice(Choice::perform("Run again", &self.action, Lands::Below));
        match &self.log {
            Some(log) => card.file(file_name(self.action.server.as_str(), &self.reference), Arc::clone(log)),
            None => card,
        }
    }

    fn ending(&self) -> Ending {
        ending(&self.ended)
    }
}
