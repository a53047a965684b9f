//! Runs the Compose that is there: `docker compose`, or `docker-compose`.
//!
//! **Invariants:** no argument reaches a shell but through [`quoted`]; on this machine there is no shell at all, and Compose sees
//! nothing of the bot's own environment, which holds its secrets.

use std::{process::Stdio, sync::Arc, time::Duration};

use base::{Card, Error, Result, card::code};
use hosts::{
    Output,
    ssh::{self, Exec, Exit, Stream},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};
use tokio_util::sync::CancellationToken;

use super::folder::{Folder, quoted};
use crate::{
    Containers, Name,
    outcome::{Ended, Gone},
    place::Place,
    wire::Way,
};

/// Either of the two says its version within this.
const VERSION: Duration = Duration::from_secs(20);
/// How long what was asked to end may take, before it is killed.
const ENDS: Duration = Duration::from_secs(3);
/// What Compose may see of this machine's environment.
const PASSED_ON: [&str; 2] = ["PATH", "HOME"];
/// The two, the newer one first.
const TOOLS: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];

/// Where what a command prints goes.
#[derive(Clone, Default)]
pub(super) struct Heard {
    pub(super) out: Arc<Output>,
    pub(super) err: Arc<Output>,
}

impl Heard {
    /// Both in one, as a terminal shows them.
    pub(super) fn together(output: &Arc<Output>) -> Self {
        Self { out: Arc::clone(output), err: Arc::clone(output) }
    }
}

/// Which Compose there is.
enum Tool {
    Found(&'static [&'static str]),
    /// Nobody waited for the answer.
    Ended(Ended),
}

/// A command of Compose's.
pub(super) struct Compose<'a> {
    pub(super) place: &'a Place,
    pub(super) project: &'a Name,
    pub(super) folder: &'a Folder,
    pub(super) arguments: &'a [&'a str],
    pub(super) heard: Heard,
    pub(super) cancel: CancellationToken,
    pub(super) deadline: Duration,
}

impl Containers {
    /// Runs it to its end.
    pub(super) async fn compose(&self, compose: &Compose<'_>) -> Result<Ended> {
        let tool = match self.tool(compose).await? {
            Tool::Found(tool) => tool,
            Tool::Ended(ended) => return Ok(ended),
        };
        let mut words: Vec<&str> = tool.to_vec();
        words.extend(["-p", compose.project.as_str()]);
        words.extend(compose.arguments);
        self.run_words(compose.place, Some(compose.folder), &words, &compose.heard, &compose.cancel, compose.deadline)
            .await
    }

    /// Which of the two runs there. That neither does is said only where both said so.
    async fn tool(&self, Compose { place, cancel, .. }: &Compose<'_>) -> Result<Tool> {
        for tool in TOOLS {
            let mut words = tool.to_vec();
            words.push("version");
            match self.run_words(place, None, &words, &Heard::default(), cancel, VERSION).await? {
                Ended::Exited(0) => return Ok(Tool::Found(tool)),
                Ended::Exited(_) => {}
                ended @ Ended::Cancelled(_) => return Ok(Tool::Ended(ended)),
                Ended::TimedOut(_) | Ended::Lost => {
                    return Err(Error::Outside(Box::new(
                        Card::failed(format!("**Compose did not answer** on {}", code(place.name.as_str()))).text(
                            format!(
                                "{} said nothing within {} s, or the connection was lost. Nothing was done.",
                                code(words.join(" ")),
                                VERSION.as_secs()
                            ),
                        ),
                    )));
                }
            }
        }
        Err(Error::Outside(Box::new(
            Card::failed(format!("**There is no Compose** on {}", code(place.name.as_str())))
                .text("Neither `docker compose` nor `docker-compose` runs there. Nothing was done."),
        )))
    }

    async fn run_words(
        &self,
        place: &Place,
        folder: Option<&Folder>,
        words: &[&str],
        heard: &Heard,
        cancel: &CancellationToken,
        deadline: Duration,
    ) -> Result<Ended> {
        let host = match &place.way {
            Way::Unix(path) => format!("unix://{}", path.display()),
            Way::Tcp(address) => format!("tcp://{address}"),
            Way::Ssh { socket, .. } => format!("unix://{socket}"),
        };
        let Way::Ssh { hosts, guild, server, .. } = &place.way else {
            return here(&host, folder, words, heard, cancel, deadline).await;
        };
        let setting = format!("DOCKER_HOST={host}");
        let line: Option<Vec<String>> = ["env", &setting].iter().chain(words).map(|word| quoted(word)).collect();
        let line =
            line.ok_or_else(|| Error::Invalid("That cannot be said to every shell. Nothing was run.".to_owned()))?;
        let mut line = line.join(" ");
        if let Some(folder) = folder.and_then(|folder| quoted(folder.as_str())) {
            line = format!("cd {folder} && {line}");
        }
        let heard = heard.clone();
        let exec = Exec {
            cancel: cancel.clone(),
            deadline: Some(deadline),
            ..Exec::new(move |stream: Stream, bytes: &[u8]| match stream {
                Stream::Stdout => heard.out.push(bytes),
                Stream::Stderr => heard.err.push(bytes),
            })
        };
        Ok(ended(&hosts.run_line(*guild, server, &line, exec).await?))
    }
}

/// How it ended, as an SSH connection tells it.
fn ended(exit: &Exit) -> Ended {
    let gone = |confirmed: bool| if confirmed { Gone::Seen } else { Gone::Unseen };
    match &exit.ended {
        ssh::Ended::Exited(status) => Ended::Exited(i64::from(*status)),
        ssh::Ended::Signalled(signal) if signal == "TERM" => Ended::Exited(143),
        ssh::Ended::Signalled(_) => Ended::Exited(137),
        ssh::Ended::Cancelled { confirmed } => Ended::Cancelled(gone(*confirmed)),
        ssh::Ended::TimedOut { confirmed } => Ended::TimedOut(gone(*confirmed)),
        ssh::Ended::Lost | ssh::Ended::Vanished => Ended::Lost,
    }
}

/// Runs a program of this machine.
async fn here(
    host: &str,
    folder: Option<&Folder>,
    words: &[&str],
    heard: &Heard,
    cancel: &CancellationToken,
    deadline: Duration,
) -> Result<Ended> {
    let [program, arguments @ ..] = words else { return Ok(Ended::Exited(127)) };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("DOCKER_HOST", host);
    command.envs(PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(folder) = folder {
        command.current_dir(folder.as_str());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            heard.err.push(format!("{program}: {error}\n").as_bytes());
            return Ok(Ended::Exited(127));
        }
    };
    let group = child.id().map(|pid| format!("-{pid}"));
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let mut whole = Box::pin(async {
        tokio::join!(hear(out, &heard.out), hear(err, &heard.err));
        child.wait().await
    });
    let stopped: fn(Gone) -> Ended = tokio::select! {
        ended = &mut whole => {
            let status = ended.map_err(|error| Error::internal("waiting for Compose", error))?;
            return Ok(Ended::Exited(i64::from(status.code().unwrap_or(137))));
        }
        () = cancel.cancelled() => Ended::Cancelled,
        () = tokio::time::sleep(deadline) => Ended::TimedOut,
    };
    for signal in ["-TERM", "-KILL"] {
        let Some(group) = &group else { break };
        // A group that is gone already is no trouble.
        let _ = Command::new("kill").args([signal, "--", group]).stderr(Stdio::null()).status().await;
        if tokio::time::timeout(ENDS, &mut whole).await.is_ok() {
            return Ok(stopped(Gone::Seen));
        }
    }
    Ok(stopped(Gone::Unseen))
}

async fn hear(stream: Option<impl AsyncRead + Unpin>, output: &Output) {
    let Some(mut stream) = stream else { return };
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut bytes).await {
        output.push(&bytes[..read]);
    }
}
