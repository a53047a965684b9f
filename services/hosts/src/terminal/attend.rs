//! One terminal from its beginning, or from where an earlier process left it, to its end.
//!
//! **Invariant:** what its host says is believed, and nothing else: where it does not answer it is asked again, and only its own word
//! says that a terminal is over or never was. Where it can keep none, one of sshd's own does, which ends with its connection.

use std::{pin::pin, sync::Arc, time::Duration};

use base::{Card, Error, Millis, Result, card::code};
use store::{servers::Server, terminals::Terminal};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    keep::slot,
    session::{Ears, End, Session, Why},
};
use crate::{
    Hosts,
    ssh::{Ended, Exec, Exit, Followed, SshError, Target, Token, hold},
};

/// A shell that says nothing for this long after it was begun is taken to be there.
const FIRST_SIGN: Duration = Duration::from_secs(5);
/// A server that does not answer is asked again after this long, doubled each time …
const AGAIN: Duration = Duration::from_millis(500);
/// … up to this long …
const AGAIN_AT_MOST: Duration = Duration::from_secs(15);
/// … and given up after this.
const GIVEN_UP: Duration = Duration::from_hours(2);
/// No terminal is open for longer.
const LONGEST: Duration = Duration::from_hours(12);
/// How often it is looked whether somebody typed.
const LOOK: Duration = Duration::from_secs(1);

impl Hosts {
    /// From its beginning, or from where an earlier process left it, to its end.
    pub(super) async fn attend(
        &self,
        session: Arc<Session>,
        mut keys: mpsc::Receiver<Vec<u8>>,
        begun: Option<oneshot::Sender<Result<()>>>,
    ) {
        let row = session.terminal();
        let end = {
            let mut watching = pin!(self.watch(&session, &row, begun));
            let mut typing = pin!(self.hand_on(&session, &row, &mut keys));
            let mut idling = pin!(ends_in_time(&session));
            loop {
                tokio::select! {
                    end = &mut watching => break end,
                    () = &mut typing => {}
                    () = &mut idling => {}
                }
            }
        };
        if let Some(end) = end {
            session.has_ended(end);
            self.terminals.tell();
        } else {
            // It never stood, and whoever asked was told why.
            self.terminals.sessions().remove(&row.id);
            if let Err(error) = self.store.close_terminal(row.guild, row.id, "it never stood").await {
                tracing::error!("a terminal that never stood is still on the list: {error}");
            }
            self.pool.drop_connection(&slot(row.id)).await;
        }
    }

    /// None where it never stood.
    async fn watch(
        &self,
        session: &Arc<Session>,
        row: &Terminal,
        begun: Option<oneshot::Sender<Result<()>>>,
    ) -> Option<End> {
        let (server, token) = match self.of_terminal(row) {
            Ok(found) => found,
            Err(error) => {
                let Some(begun) = begun else {
                    session.end(Why::NoServer);
                    return Some(End::Unreachable);
                };
                // Whoever asked may have gone.
                let _ = begun.send(Err(error));
                return None;
            }
        };
        if let Some(begun) = begun {
            match self.start(session, row, (&server, token), begun).await {
                Ok(exit) if exit.ended != Ended::Lost => return Some(End::Ended(exit.ended)),
                Ok(_) if session.is_plain() => return Some(End::WithConnection),
                Ok(_) => {}
                Err(Refused) => return None,
            }
        }
        let (mut wait, mut silent_since) = (AGAIN, None);
        loop {
            match self.ready(&server).await {
                Ok(target) => {
                    session.begin_again();
                    match self.pool.follow(&slot(row.id), &target, token, exec(session)).await {
                        // Its host kept none: an earlier process had one that ended with it.
                        Ok(Followed::Exit(_)) if session.was_refused() => return Some(End::WithConnection),
                        Ok(Followed::Exit(exit)) if exit.ended != Ended::Lost => return Some(End::Ended(exit.ended)),
                        Ok(Followed::Never) => return Some(End::Never),
                        Ok(Followed::Exit(_)) => (wait, silent_since) = (AGAIN, None),
                        Err(error @ SshError::HostKeyChanged { .. }) => {
                            // It shuts the server, for everybody.
                            let error = self.failed(&server, error).await;
                            tracing::warn!(server.name = server.name, "a terminal is given up: {error}");
                            return Some(End::Unreachable);
                        }
                        Err(error) => {
                            tracing::debug!(server.name = server.name, %error, "a terminal is looked for again");
                        }
                    }
                }
                Err(error) => tracing::debug!(server.name = server.name, "a terminal is looked for again: {error}"),
            }
            session.is_silent();
            let since = *silent_since.get_or_insert_with(Instant::now);
            if since.elapsed() > GIVEN_UP || (session.stop.is_cancelled() && since.elapsed() > AGAIN_AT_MOST) {
                return Some(End::Unreachable);
            }
            tokio::time::sleep(wait.mul_f64(0.5 + self.clock.chance() / 2.0)).await;
            wait = (wait * 2).min(AGAIN_AT_MOST);
        }
    }

    /// Begins it, and says so to whoever waits for that.
    async fn start(
        &self,
        session: &Arc<Session>,
        row: &Terminal,
        (server, token): (&Server, Token),
        begun: oneshot::Sender<Result<()>>,
    ) -> std::result::Result<Exit, Refused> {
        let target: Target = match self.ready(server).await {
            Ok(target) => target,
            Err(error) => {
                let _ = begun.send(Err(error));
                return Err(Refused);
            }
        };
        let command = hold(token, row.columns, row.rows);
        let slot = slot(row.id);
        let mut running = pin!(self.pool.start(&slot, &target, &command, token, exec(session)));
        let started = tokio::select! {
            biased;
            ended = &mut running => ended,
            () = first_sign(session) => {
                self.seen(server).await;
                let _ = begun.send(Ok(()));
                return running.await.or(Ok(lost()));
            }
        };
        let error = match started {
            Ok(exit) if exit.ended == Ended::Lost => {
                // Whether it began is found out by looking for it.
                let _ = begun.send(Ok(()));
                return Ok(exit);
            }
            Ok(_) if !session.was_refused() => none(server, &session.text()),
            // Nothing there makes a terminal that outlives us.
            Ok(_) | Err(SshError::NotKept { .. }) => {
                return Box::pin(self.plain_shell(session, row, (server, &target), begun)).await;
            }
            Err(error) => self.failed(server, error).await,
        };
        let _ = begun.send(Err(error));
        Err(Refused)
    }

    /// Has sshd make the terminal: it ends with its connection, and that is said.
    async fn plain_shell(
        &self,
        session: &Arc<Session>,
        row: &Terminal,
        (server, target): (&Server, &Target),
        begun: oneshot::Sender<Result<()>>,
    ) -> std::result::Result<Exit, Refused> {
        tracing::info!(server.name = server.name, "it keeps no terminals: this one ends with its connection");
        let (slot, mut keys) = (slot(row.id), session.becomes_plain());
        let shell = self.pool.shell(&slot, target, (row.columns, row.rows), &mut keys, exec(session));
        let mut running = pin!(shell);
        let error = tokio::select! {
            biased;
            ended = &mut running => match ended {
                Ok(_) => none(server, &session.text()),
                Err(error) => self.failed(server, error).await,
            },
            () = first_sign(session) => {
                self.seen(server).await;
                let _ = begun.send(Ok(()));
                return running.await.or(Ok(lost()));
            }
        };
        let _ = begun.send(Err(error));
        Err(Refused)
    }

    /// Hands keys on for as long as anybody can type.
    async fn hand_on(&self, session: &Session, row: &Terminal, keys: &mut mpsc::Receiver<Vec<u8>>) {
        let mut wait = AGAIN;
        loop {
            if session.is_plain() {
                return std::future::pending().await;
            }
            if let Ok((server, token)) = self.of_terminal(row)
                && let Ok(target) = self.ready(&server).await
            {
                let began = Instant::now();
                match self.pool.type_into(&slot(row.id), &target, token, keys).await {
                    Ok(()) => return std::future::pending().await,
                    Err(error) => tracing::debug!(server.name = server.name, %error, "keys are handed on anew"),
                }
                if began.elapsed() > AGAIN_AT_MOST {
                    wait = AGAIN;
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(AGAIN_AT_MOST);
        }
    }
}

/// It never stood.
struct Refused;

fn exec(session: &Arc<Session>) -> Exec<Ears> {
    let (cancel, hurry) = (session.stop.clone(), Some(Arc::clone(&session.hurry)));
    Exec { cancel, hurry, ..Exec::new(Ears(Arc::clone(session))) }
}

fn lost() -> Exit {
    Exit { ended: Ended::Lost, took: Duration::ZERO, process: None, left_behind: false }
}

/// Waits until it prints, or for so long that it seems to have nothing to say.
async fn first_sign(session: &Session) {
    let mut changes = session.changes();
    let printed = async { while session.shown().printed == 0 && changes.changed().await.is_ok() {} };
    // Either is a sign.
    let _ = tokio::time::timeout(FIRST_SIGN, printed).await;
}

/// Ends it when nobody types, or when it was open for too long. Never returns.
async fn ends_in_time(session: &Session) {
    loop {
        tokio::time::sleep(LOOK).await;
        if let Some(why) = is_due(&session.terminal(), session.now()) {
            session.end(why);
        }
    }
}

/// Why it ends at this moment, if it does.
fn is_due(row: &Terminal, now: Millis) -> Option<Why> {
    if now.since(row.opened) >= LONGEST {
        return Some(Why::TooLong);
    }
    (now.since(row.typed) >= row.idle).then_some(Why::Idle)
}

/// No terminal can be made there.
fn none(server: &Server, said: &str) -> Error {
    let card = Card::failed(format!("**No terminal** on {}", code(&server.name)));
    let card = card.text("It ended as soon as it began.").code("", said);
    Error::Outside(Box::new(card.text("Nothing is open. `/server run` runs single commands.")))
}

#[cfg(test)]
mod tests {
    use base::{GuildId, UserId};
    use uuid::Uuid;

    use super::*;

    fn row(opened: Millis) -> Terminal {
        Terminal {
            id: Uuid::from_u128(1),
            guild: GuildId(1),
            reference: "ABCDEF".to_owned(),
            server: "a server".to_owned(),
            server_name: "box".to_owned(),
            token: "00".to_owned(),
            channel: 5,
            thread: None,
            message: None,
            by: UserId(6),
            invited: Vec::new(),
            columns: 80,
            rows: 24,
            idle: Duration::from_mins(15),
            opened,
            typed: opened,
        }
    }

    #[test]
    fn a_terminal_ends_when_nobody_types_for_its_time_or_when_it_was_open_for_too_long() {
        let began = Millis(1_800_000_000_000);
        let mut row = row(began);
        let after = |minutes: u64| began.plus(Duration::from_mins(minutes));
        assert_eq!((is_due(&row, after(14)), is_due(&row, after(15))), (None, Some(Why::Idle)));
        row.typed = after(14);
        assert_eq!((is_due(&row, after(28)), is_due(&row, after(29))), (None, Some(Why::Idle)), "a key begins it anew");
        row.typed = after(719);
        assert_eq!((is_due(&row, after(719)), is_due(&row, after(720))), (None, Some(Why::TooLong)));
    }
}
