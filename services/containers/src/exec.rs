//! Runs a command line in a container, with the same judgement as one on a server.
//!
//! **Invariants:** the line is one argument of the container's own shell, and no shell outside of it sees it; what it prints is
//! bounded; one that is cancelled or late is killed with its group, and the card says whether that was seen.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Actor, Assessment, Error, Permit, Redactor, Result, Risk, Run, ServerName,
    card::{Choice, Lands, code},
};
use bollard::exec::CreateExecOptions;
use hosts::Output;
use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    Containers, Name,
    engine::{Engine, Refusal, Streaming},
    entries::{Entries, Framing, Part},
    outcome::{Ended, Gone, Ran, Running},
};

/// A command that does not say otherwise is given up after this many minutes.
const DEFAULT_MINUTES: u32 = 10;
/// The longest anybody may ask for, in minutes.
const MOST_MINUTES: u32 = 720;
/// Longest command line: Discord's own limit for an option.
const COMMAND_LIMIT: usize = 6000;
/// How long a killed command may take to be gone.
const DIES: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// An engine gives every command a session of its own: its shell's number, which it says first, is its group's.
const ANNOUNCE: &str = r#"echo "$$"; exec /bin/sh -c "$1""#;
const KILL: &str = r#"kill -TERM -- "-$1"; sleep 2; kill -KILL -- "-$1""#;

/// Run a command in a container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ExecCommand {
    /// The server it runs on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
    /// The command line, as the container's own shell reads it.
    pub command: String,
    /// Give up after this many minutes; 10 unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl Action for ExecCommand {
    const NAME: &'static str = "container.exec";
    const RISK: Risk = Risk::Change;
    const FREE_FORM: bool = true;
    type Service = Containers;
    type Report = Ran;

    fn plan(&self) -> String {
        let minutes = self.minutes.map(|minutes| format!(" for at most {minutes} min")).unwrap_or_default();
        let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
        format!("Run {} in {container} on {server}{minutes}", code(&self.command))
    }

    fn refusal(&self) -> String {
        format!("run commands in containers on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        // It is killed, and what it printed shown, before this.
        self.time() + Duration::from_mins(1)
    }

    async fn assess(&self, containers: &Containers, actor: &Actor) -> Result<Assessment> {
        let redactor = containers.redactor.of(actor.guild);
        let judgement = containers.policy.judge(actor.guild, &self.command, &redactor).await?;
        let known = containers.assess(actor.guild, &self.server, judgement.class);
        Ok(Assessment { why: Some(judgement.why), ..known })
    }

    async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Ran> {
        let action = permit.action().clone();
        if action.command.trim().is_empty() || action.command.contains('\0') || action.command.len() > COMMAND_LIMIT {
            return Err(Error::Invalid(format!("A command has 1 to {COMMAND_LIMIT} characters. Nothing was run.")));
        }
        let (engine, place) = containers.engine(permit.actor().guild, &action.server).await?;
        let output = Arc::<Output>::default();
        run.show(Arc::new(Running {
            title: action.title(run.redactor()),
            output: Arc::clone(&output),
            redactor: run.redactor().clone(),
            clock: containers.clock.clone(),
            began: run.began(),
        }));
        let what = format!("run a command in {}", code(action.container.as_str()));
        let ended = carry_out(&action, &engine, &output, run).await;
        let ended =
            ended.map_err(|refusal| place.refused(refusal, &what, Some(("container", action.container.as_str()))))?;
        let title = action.title(run.redactor());
        let printed = hosts::Printed {
            entry: permit.record().id,
            guild: permit.actor().guild,
            run: None,
            name: format!("{}-{}.log", action.container, run.reference),
            heading: format!("{} on {}", action.container, action.server),
        };
        // Its end is on record only after this.
        printed.try_keep(output.log(), &containers.store, run.redactor()).await;
        let ran = Ran::new(title, action.container.as_str(), ended, &output, &containers.clock, run);
        Ok(ran.offers(Choice::perform("Run again", &action, Lands::Below)))
    }
}

impl ExecCommand {
    fn time(&self) -> Duration {
        Duration::from_secs(u64::from(self.minutes.unwrap_or(DEFAULT_MINUTES).clamp(1, MOST_MINUTES)) * 60)
    }

    /// The command is masked before it is cut and tidied: half a secret is no longer recognised.
    fn title(&self, redactor: &Redactor) -> String {
        let (container, server) = (code(self.container.as_str()), code(self.server.as_str()));
        format!("**{}** in {container} on {server}", code(redactor.mask(&self.command)))
    }

    /// Kills it with its group, and sees whether it is gone.
    async fn kill(&self, engine: &Engine, id: &str, group: Option<&str>) -> Gone {
        let Some(group) = group else { return Gone::Unseen };
        let killed = async {
            let kill = create(engine, &self.container, &["/bin/sh", "-c", KILL, "sh", group]).await?;
            let mut silent = start(engine, &kill).await?;
            while silent.next().await?.is_some() {}
            while status(engine, id).await?.is_none() {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Ok::<_, Refusal>(())
        };
        match tokio::time::timeout(DIES, killed).await {
            Ok(Ok(())) => Gone::Seen,
            _ => Gone::Unseen,
        }
    }
}

/// Runs it to its end, or kills it.
async fn carry_out(action: &ExecCommand, engine: &Engine, output: &Output, run: &Run) -> Result<Ended, Refusal> {
    let until = Instant::now() + action.time();
    let id = create(engine, &action.container, &["/bin/sh", "-c", ANNOUNCE, "sh", &action.command]).await?;
    let mut printed =
        Printed { stream: start(engine, &id).await?, entries: Entries::new(Framing::Bare), first: First::default() };
    let stopped: fn(Gone) -> Ended = loop {
        tokio::select! {
            biased;
            () = run.cancel().cancelled() => break Ended::Cancelled,
            () = tokio::time::sleep_until(until) => break Ended::TimedOut,
            more = printed.next(output) => match more {
                Ok(More::Comes) => {}
                Ok(More::Ended) => {
                    if printed.first.group().is_none() {
                        // What came in its place says why there is none.
                        output.push(&printed.first.line);
                    }
                    return Ok(match status(engine, &id).await {
                        Ok(Some(status)) => Ended::Exited(status),
                        Ok(None) | Err(_) => Ended::Lost,
                    });
                }
                Err(_) => return Ok(Ended::Lost),
            },
        }
    };
    let gone = action.kill(engine, &id, printed.first.group()).await;
    Ok(stopped(gone))
}

async fn create(engine: &Engine, container: &Name, arguments: &[&str]) -> Result<String, Refusal> {
    let options = CreateExecOptions {
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<String>>()),
        ..Default::default()
    };
    let name = container.as_str();
    engine.ask(|docker| async move { docker.create_exec(name, options).await }).await.map(|created| created.id)
}

async fn start(engine: &Engine, id: &str) -> Result<Streaming, Refusal> {
    let path = format!("/exec/{id}/start");
    engine.stream(Method::POST, &path, Some(r#"{"Detach":false,"Tty":false}"#.to_owned())).await
}

/// Its exit status; none while it runs.
async fn status(engine: &Engine, id: &str) -> Result<Option<i64>, Refusal> {
    let found = engine.ask(|docker| async move { docker.inspect_exec(id).await }).await?;
    Ok(if found.running == Some(true) { None } else { Some(found.exit_code.unwrap_or_default()) })
}

enum More {
    Comes,
    Ended,
}

/// What a command prints, after the number that it says first.
struct Printed {
    stream: Streaming,
    entries: Entries,
    first: First,
}

impl Printed {
    async fn next(&mut self, output: &Output) -> Result<More, Refusal> {
        let Some(bytes) = self.stream.next().await? else { return Ok(More::Ended) };
        let first = &mut self.first;
        self.entries.feed(&bytes, |part| {
            match part {
                Part::Bytes(bytes) => output.push(first.after(bytes)),
                // It may come before the number does.
                Part::Errors(bytes) => output.push(bytes),
                Part::Begins(_) => {}
            }
        });
        Ok(More::Comes)
    }
}

/// The number that a command says first, on a line of its own.
#[derive(Debug, Default)]
struct First {
    line: Vec<u8>,
    is_whole: bool,
}

impl First {
    /// Of what an engine says where there is no shell.
    const LONGEST: usize = 4096;

    /// What comes after it.
    fn after<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if self.is_whole {
            return bytes;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let room = Self::LONGEST.saturating_sub(self.line.len());
        self.line.extend(bytes.iter().take(end.unwrap_or(bytes.len()).min(room)));
        self.is_whole = end.is_some();
        end.map_or(&[], |end| &bytes[end + 1..])
    }

    fn group(&self) -> Option<&str> {
        let line = std::str::from_utf8(&self.line).ok().filter(|_| self.is_whole)?;
        // 0 and 1 would be more than the command.
        line.parse::<u32>().is_ok_and(|number| number > 1).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_is_said_first_is_no_part_of_the_output() {
        let mut first = First::default();
        let mut rest = Vec::new();
        for piece in [&b"1"[..], b"2\nou", b"t\n"] {
            rest.extend_from_slice(first.after(piece));
        }
        assert_eq!((rest.as_slice(), first.group()), (&b"out\n"[..], Some("12")));
        for other in ["", "12", "1\n", "-1\n", "12 13\n", "OCI runtime exec failed: no such file\n"] {
            let mut first = First::default();
            first.after(other.as_bytes());
            assert_eq!(first.group(), None, "{other}");
        }
    }
}
