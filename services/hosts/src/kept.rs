//! Carries out a command that outlives this process: noted, started, and found again.
//!
//! **Invariant:** the token is noted before the command is started under it, and a token starts one command at most. So a command
//! is begun again only where its server itself says that it never was, and then under another token.

mod begins;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base::{Error, Result, Run};
use serde::{Deserialize, Serialize};
use store::{runs::RunRow, servers::Server};
use uuid::Uuid;

use crate::{
    Hosts,
    output::Output,
    ssh::{Ended, Exec, Exit, Followed, Sink, SshError, Stream, Target, Token},
};

pub(crate) use begins::Begins;

/// The step of a run that a command is.
const COMMAND: &str = "command";
/// A server that does not answer is asked again after this long, doubled each time …
const AGAIN: Duration = Duration::from_millis(500);
/// … up to this long.
const AGAIN_AT_MOST: Duration = Duration::from_secs(15);
/// How often it is looked whether the end of a command is on record, so that what its server keeps of it may go.
const ON_RECORD: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(10),
];

/// A command to carry out.
pub(crate) struct Line<'a> {
    pub(crate) command: &'a str,
    pub(crate) server: &'a Server,
    /// From when it was first begun.
    pub(crate) deadline: Duration,
    pub(crate) output: Arc<Output>,
    /// Its server does not answer, and is asked again.
    pub(crate) silent: Arc<AtomicBool>,
    /// What it is noted among and as what, where its run has several.
    pub(crate) among: Option<(&'a Begins, &'a str)>,
}

/// Hears what a command prints, and that its server answers.
struct Ears {
    output: Arc<Output>,
    silent: Arc<AtomicBool>,
}

impl Sink for Ears {
    async fn write(&mut self, _: Stream, bytes: &[u8]) {
        self.silent.store(false, Ordering::Relaxed);
        self.output.push(bytes);
    }

    async fn skip(&mut self, bytes: u64) {
        self.output.skip(bytes);
    }
}

/// What is noted of a command before it is started.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Begun {
    /// Its server keeps it under this token.
    Kept(String),
    /// Its server cannot keep it: it ends with us.
    Plain,
    /// It could not be begun, and this was said of it. One of several is not begun later, when nobody expects it any more.
    Never(String),
}

impl Hosts {
    /// Starts a command, or goes on with it, up to its end.
    pub(crate) async fn carry_out(&self, line: &Line<'_>, id: Uuid, run: &Run) -> Result<Exit> {
        let (token, ran) = match Self::begun(line, run)? {
            None => {
                let target = self.ready(line.server).await?;
                let token = self.token(line, run).await?;
                match self.pool.start(&line.server.id, &target, line.command, token, self.exec(line, run)).await {
                    Ok(exit) if exit.ended != Ended::Lost => return Ok(self.over(exit, line, (id, token, target))),
                    Ok(exit) => (token, exit.process.is_some()),
                    Err(SshError::NotKept { why, .. }) => {
                        tracing::info!(server.name = line.server.name, why, "it cannot keep commands");
                        return self.plain(line, &target, run).await;
                    }
                    Err(error) => return Err(self.failed(line.server, error).await),
                }
            }
            Some(Begun::Kept(token)) => {
                let token = token.parse();
                let unread = |error| Error::internal("reading which command it was", anyhow::Error::from(error));
                (token.map_err(unread)?, false)
            }
            Some(Begun::Plain) => return Ok(unseen()),
            Some(Begun::Never(said)) => return Err(Error::Busy(said)),
        };
        self.find_again(line, (token, ran), id, run).await
    }

    /// Goes on with a command until its end is known, its deadline has passed, or somebody stops it. It may run, whatever stands
    /// in the way of seeing it: nothing is said of that but that its server does not answer. `ran` is whether it was seen to.
    async fn find_again(
        &self,
        line: &Line<'_>,
        (mut token, mut ran): (Token, bool),
        id: Uuid,
        run: &Run,
    ) -> Result<Exit> {
        let mut wait = AGAIN;
        loop {
            let target = match self.ready(line.server).await {
                Ok(target) => target,
                Err(error) => {
                    tracing::debug!(server.name = line.server.name, %error, "a command cannot be looked for");
                    line.silent.store(true, Ordering::Relaxed);
                    let left = self.left(line, run);
                    tokio::select! {
                        () = run.cancel().cancelled() => return Ok(ended(Ended::Cancelled { confirmed: false })),
                        () = tokio::time::sleep(AGAIN_AT_MOST.min(left)) => {}
                    }
                    if self.left(line, run).is_zero() {
                        return Ok(ended(Ended::TimedOut { confirmed: false }));
                    }
                    continue;
                }
            };
            // It is shown from its beginning again.
            line.output.clear();
            let exec = self.exec(line, run);
            match self.pool.follow(&line.server.id, &target, token, exec).await {
                Ok(Followed::Exit(exit)) if exit.ended != Ended::Lost => {
                    return Ok(self.over(exit, line, (id, token, target)));
                }
                Ok(Followed::Exit(exit)) => ran |= exit.process.is_some(),
                // Its server lost what it kept of it.
                Ok(Followed::Never) if ran => return Ok(ended(Ended::Vanished)),
                Ok(Followed::Never) if run.cancel().is_cancelled() => {
                    return Ok(ended(Ended::Cancelled { confirmed: true }));
                }
                Ok(Followed::Never) if self.left(line, run).is_zero() => {
                    return Ok(ended(Ended::TimedOut { confirmed: true }));
                }
                Ok(Followed::Never) => {
                    token = self.token(line, run).await?;
                    match self.pool.start(&line.server.id, &target, line.command, token, self.exec(line, run)).await {
                        Ok(exit) if exit.ended != Ended::Lost => {
                            return Ok(self.over(exit, line, (id, token, target)));
                        }
                        Ok(exit) => ran |= exit.process.is_some(),
                        Err(SshError::NotKept { .. }) => return self.plain(line, &target, run).await,
                        Err(error) => return Err(self.failed(line.server, error).await),
                    }
                }
                // It shuts the server, and the command goes on.
                Err(error) if error.is_another_key() => drop(self.failed(line.server, error).await),
                Err(error) => tracing::debug!(server.name = line.server.name, %error, "a command is looked for again"),
            }
            line.silent.store(true, Ordering::Relaxed);
            let left = self.left(line, run);
            if left.is_zero() {
                return Ok(ended(Ended::TimedOut { confirmed: false }));
            }
            tokio::select! {
                // Once more, to kill it: should that not be possible either, nobody knows.
                () = run.cancel().cancelled() => {
                    let killed = self.pool.follow(&line.server.id, &target, token, self.exec(line, run)).await;
                    return Ok(match killed {
                        Ok(Followed::Exit(exit)) if exit.ended != Ended::Lost => self.over(exit, line, (id, token, target)),
                        Ok(Followed::Never) => ended(Ended::Cancelled { confirmed: true }),
                        Ok(Followed::Exit(_)) | Err(_) => ended(Ended::Cancelled { confirmed: false }),
                    });
                }
                () = tokio::time::sleep(wait.mul_f64(0.5 + self.clock.chance() / 2.0).min(left)) => {}
            }
            wait = (wait * 2).min(AGAIN_AT_MOST);
        }
    }

    /// A command that ends with us: all that can be noted is that it was begun.
    async fn plain(&self, line: &Line<'_>, target: &Target, run: &Run) -> Result<Exit> {
        Self::note(line, run, Begun::Plain).await?;
        match self.pool.exec(&line.server.id, target, line.command, self.exec(line, run)).await {
            Ok(exit) => Ok(exit),
            Err(error) => Err(self.failed(line.server, error).await),
        }
    }

    /// A token of its own, noted.
    async fn token(&self, line: &Line<'_>, run: &Run) -> Result<Token> {
        if let Some(token) = line.among.and_then(|(begins, name)| begins.fresh(name)) {
            return Ok(token);
        }
        let token = Token::new(self.clock.random());
        Self::note(line, run, Begun::Kept(token.to_string())).await?;
        Ok(token)
    }

    fn begun(line: &Line<'_>, run: &Run) -> Result<Option<Begun>> {
        match line.among {
            None => run.noted(COMMAND),
            Some((begins, name)) => Ok(begins.of(name)),
        }
    }

    async fn note(line: &Line<'_>, run: &Run, begun: Begun) -> Result<()> {
        match line.among {
            None => run.note(COMMAND, &begun).await,
            Some((begins, name)) => begins.note(run, name, begun).await,
        }
    }

    fn exec(&self, line: &Line<'_>, run: &Run) -> Exec<Ears> {
        let ears = Ears { output: Arc::clone(&line.output), silent: Arc::clone(&line.silent) };
        Exec { cancel: run.cancel().clone(), deadline: Some(self.left(line, run)), ..Exec::new(ears) }
    }

    /// How long it may still take.
    fn left(&self, line: &Line<'_>, run: &Run) -> Duration {
        line.deadline.saturating_sub(self.clock.now().since(run.began()))
    }

    /// The end of a command is known. Once it is on record, too, its server may forget it: before that, whoever goes on with the
    /// run would take it for one that never was.
    fn over(&self, exit: Exit, line: &Line<'_>, (id, token, target): (Uuid, Token, Target)) -> Exit {
        if let Some((begins, _)) = line.among {
            begins.over(&line.server.id, token, target);
            return exit;
        }
        self.forget_later(id, vec![(line.server.id.clone(), token, target)]);
        exit
    }

    /// Has servers forget commands of a run that has ended, once that is on record.
    pub(crate) fn forget_later(&self, id: Uuid, mut kept: Vec<(String, Token, Target)>) {
        let (store, pool) = (self.store.clone(), self.pool.clone());
        tokio::spawn(async move {
            for wait in ON_RECORD {
                tokio::time::sleep(wait).await;
                if !store.run(id).await.is_ok_and(|run| run.is_some_and(|run: RunRow| !run.state.is_open())) {
                    continue;
                }
                let mut left = Vec::new();
                for (server, token, target) in kept {
                    if let Err(error) = pool.forget(&server, &target, &[token]).await {
                        tracing::debug!(server.id = server, %error, "a command is forgotten later");
                        left.push((server, token, target));
                    }
                }
                kept = left;
                if kept.is_empty() {
                    return;
                }
            }
        });
    }
}

/// It was begun, and nobody saw how it ended.
fn unseen() -> Exit {
    ended(Ended::Lost)
}

fn ended(ended: Ended) -> Exit {
    Exit { ended, took: Duration::ZERO, process: None, left_behind: false }
}
