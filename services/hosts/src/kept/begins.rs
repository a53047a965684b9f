//! What a run of several commands noted of each: one token each, all of them noted together before the first is started. Each goes
//! by a name of its own: its server's id, where each server has one.
//!
//! **Invariant:** a note holds all that was noted before it, whichever command it is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use base::{Clock, Error, Result, Run};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Begun;
use crate::ssh::{Target, Token};

/// The step of a run that its commands are together.
const COMMANDS: &str = "commands";

/// The commands of one run, by their names.
pub(crate) struct Begins {
    known: Mutex<Known>,
    /// Only one note at a time is on its way, so that none is overtaken by an older one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    begun: BTreeMap<String, One>,
    /// Noted in this very attempt, and not started yet.
    fresh: BTreeSet<String>,
    over: Vec<(String, Token, Target)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct One {
    /// Its entry in the audit log, once it has ended.
    entry: Uuid,
    begun: Begun,
}

impl Begins {
    /// What was noted before, or tokens for all of these, noted now.
    pub(crate) async fn of_run(run: &Run, servers: &[String], clock: &Clock) -> Result<Self> {
        let mut known = Known::default();
        if let Some(begun) = run.noted(COMMANDS)? {
            known.begun = begun;
        } else {
            for server in servers {
                let token = Token::new(clock.random()).to_string();
                known.begun.insert(server.clone(), One { entry: clock.id(), begun: Begun::Kept(token) });
                known.fresh.insert(server.clone());
            }
            run.note(COMMANDS, &known.begun).await?;
        }
        Ok(Self { known: Mutex::new(known), turn: tokio::sync::Mutex::default() })
    }

    /// What was noted of this server's command; none where it was not started yet.
    pub(super) fn of(&self, server: &str) -> Option<Begun> {
        let known = self.known();
        if known.fresh.contains(server) { None } else { known.begun.get(server).map(|one| one.begun.clone()) }
    }

    /// The token that was noted for this server and not used yet; it is used now.
    pub(super) fn fresh(&self, server: &str) -> Option<Token> {
        let mut known = self.known();
        if !known.fresh.remove(server) {
            return None;
        }
        match &known.begun.get(server)?.begun {
            Begun::Kept(token) => token.parse().ok(),
            Begun::Plain | Begun::Never(_) => None,
        }
    }

    /// Notes what becomes of this server's command.
    pub(crate) async fn note(&self, run: &Run, server: &str, begun: Begun) -> Result<()> {
        let _turn = self.turn.lock().await;
        let all = {
            let mut known = self.known();
            known.fresh.remove(server);
            let missing = || Error::internal("noting a command", anyhow::anyhow!("it is not one of this run's"));
            known.begun.get_mut(server).ok_or_else(missing)?.begun = begun;
            known.begun.clone()
        };
        run.note(COMMANDS, &all).await
    }

    /// The entry that this server's command has in the audit log.
    pub(crate) fn entry(&self, server: &str) -> Option<Uuid> {
        self.known().begun.get(server).map(|one| one.entry)
    }

    /// Its end is known; its server may forget it once the run's is on record.
    pub(super) fn over(&self, server: &str, token: Token, target: Target) {
        self.known().over.push((server.to_owned(), token, target));
    }

    /// What may be forgotten.
    pub(crate) fn all_over(&self) -> Vec<(String, Token, Target)> {
        std::mem::take(&mut self.known().over)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
