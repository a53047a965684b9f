//! Passwords that are typed unseen: masked from before they are typed until the terminal is over, also by the next process.
//!
//! **Invariant:** what could not be sealed is not typed: nobody would know to mask it after a restart.

use base::{Error, Result, Secret, redact::SHORTEST_SECRET};
use store::terminals::Terminal;

use super::session::{Session, over};
use crate::Hosts;

/// Nobody types more different passwords into one terminal; each is a row until it is over.
const MOST: usize = 32;

impl Hosts {
    /// Seals a password before it is typed. What is too short to be told from other text is masked nowhere, and not kept.
    ///
    /// # Errors
    /// When it cannot be kept, or the terminal is over. Nothing may be typed then.
    pub async fn keep_unseen(&self, session: &Session, password: &str) -> Result<()> {
        if password.len() < SHORTEST_SECRET || session.state().unseen.iter().any(|known| known.expose() == password) {
            return Ok(());
        }
        if session.state().unseen.len() >= MOST {
            return Err(Error::Busy(format!(
                "{MOST} different passwords were typed here, and I keep no more masked. Nothing was typed; open another terminal."
            )));
        }
        let secret = Secret::new(password.to_owned());
        session.redactor().learn(password);
        if !self.vault.seal_for_terminal(session.guild(), session.id(), &secret).await? {
            return Err(over());
        }
        session.state().unseen.push(secret);
        Ok(())
    }

    /// Masks what was typed unseen before this process began.
    pub(super) async fn mask_again(&self, row: &Terminal) -> Result<Vec<Secret>> {
        let mut unseen = Vec::new();
        for id in self.store.terminal_secrets(row.guild, row.id).await? {
            let secret = self.vault.open(row.guild, &id).await?;
            self.redactor.of(row.guild).learn(secret.expose());
            unseen.push(secret);
        }
        Ok(unseen)
    }
}
