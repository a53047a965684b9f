//! What people type into a terminal.
//!
//! **Invariant:** keys are taken only with a pass of whoever types, and only from who opened it or was invited.

use std::time::Duration;

use base::{Error, Result, UserId, gate::Pass};

use super::{
    keys,
    open::OpenTerminal,
    session::{Session, over},
};

/// The longest text that is typed at once: Discord's own limit for a message.
const TEXT_LIMIT: usize = 4_000;

/// What somebody typed.
#[derive(Debug, Clone)]
pub enum Typed {
    /// A key by its name.
    Key(String),
    /// A line: at a prompt it is ended with Enter, and in a program that fills the screen it is sent as it is.
    Line(String),
    /// A password, ended with Enter. Nobody sees it, wherever it is printed from now on.
    Unseen(String),
}

impl Session {
    /// Whether somebody opened it or was invited. Others may talk in its thread.
    pub fn hears(&self, person: UserId) -> bool {
        let row = self.row();
        row.by == person || row.invited.contains(&person)
    }

    /// Waits until whoever wrote before has typed.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turns.lock().await
    }

    /// Types something.
    ///
    /// # Errors
    /// When it is over or somebody else's, or takes no keys just now. Nothing was typed then.
    pub fn type_in(&self, pass: &Pass<OpenTerminal>, typed: &Typed) -> Result<()> {
        let (by, row) = (pass.actor().user, self.terminal());
        if pass.actor().guild != row.guild || pass.action().server.as_str() != row.server_name {
            return Err(over());
        }
        if !self.hears(by) {
            return Err(Error::Invalid(format!(
                "Only <@{}> and whom they invite type here. Nothing was typed.",
                row.by
            )));
        }
        if self.is_over() || self.stop.is_cancelled() {
            return Err(over());
        }
        if self.state().silent {
            return Err(Error::Busy("Its server does not answer just now. Nothing was typed; try again.".to_owned()));
        }
        let bytes = self.bytes(typed)?;
        if !self.send(bytes) {
            let full = "It takes no keys just now: what runs there does not read them. Nothing was typed.";
            return Err(Error::Busy(full.to_owned()));
        }
        self.note(by);
        self.hurry.notify_one();
        Ok(())
    }

    fn bytes(&self, typed: &Typed) -> Result<Vec<u8>> {
        let line = match typed {
            Typed::Key(name) => {
                let key = keys::named(name).ok_or_else(|| Error::Invalid("There is no such key.".to_owned()))?;
                return Ok(key.bytes(self.shown().screen.wants_application_keys()));
            }
            Typed::Line(line) | Typed::Unseen(line) => line,
        };
        if line.chars().count() > TEXT_LIMIT {
            return Err(Error::Invalid(format!(
                "At most {TEXT_LIMIT} characters are typed at once. Nothing was typed."
            )));
        }
        let mut bytes = keys::typed(line);
        if matches!(typed, Typed::Unseen(_)) {
            // Before anything can print it.
            self.redactor().learn(line);
            bytes.push(b'\r');
        } else if !self.shown().screen.is_filled() {
            bytes.push(b'\r');
        }
        Ok(bytes)
    }

    fn note(&self, by: UserId) {
        let now = self.now();
        self.row().typed = now;
        let another = {
            let mut state = self.state();
            *state.typed.entry(by).or_default() += 1;
            state.refused = None;
            state.last.replace(by) != Some(by)
        };
        if another {
            let after = now.since(self.row().opened);
            self.shown().cast.mark(after, &format!("{by} types"));
        }
    }

    /// Whether its row is to say that somebody typed: once a minute tells as much as at every key.
    pub(super) fn is_to_note(&self) -> bool {
        let typed = self.row().typed;
        let mut state = self.state();
        let due = state.noted.is_none_or(|noted| typed.since(noted) >= Duration::from_mins(1));
        if due {
            state.noted = Some(typed);
        }
        due
    }

    /// Something was not typed; its screen says so until something is.
    pub fn refuses(&self, error: &Error) {
        self.state().refused = Some(self.redactor().mask(&error.to_string()).into_owned());
        self.tell();
    }
}
