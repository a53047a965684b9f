//! What people do about the status, and about what it is taken from.

mod end;
mod lanyard;
mod plex;
mod set;
mod share;
mod show;

use base::{Card, Error, GuildId, Result, Run, card::code};

use crate::Presence;

pub use end::EndPresence;
pub use lanyard::{LendLanyard, TakeLanyard};
pub use plex::{RemovePlex, SetPlex};
pub use set::SetPresence;
pub use share::SharePresence;
pub use show::ShowPresence;

impl Presence {
    /// Refuses a guild that whoever runs the bot did not name: the status is seen everywhere.
    fn refuse_others(&self, guild: GuildId) -> Result<()> {
        if self.settings.is_for(guild) {
            return Ok(());
        }
        let card = Card::failed("**My status** is not for this server to say")
            .text("It is the same in every server, so whoever runs me says which of them decide about it. Nothing was changed.")
            .text(format!("They set {}.", code(format!("NEBULA_PRESENCE_GUILDS={guild}"))));
        Err(Error::Outside(Box::new(card)))
    }
}

/// What is typed here is seen by everybody.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and everybody would see it. Nothing was changed.".to_owned()))
}
