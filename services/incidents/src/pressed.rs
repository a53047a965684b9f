//! What comes of a press, for whoever pressed.

use base::{Actor, Error, Result};

use crate::{
    Incidents,
    card::unknown,
    machine::{Became, Press, Refused},
    words,
};

/// An incident after somebody changed something of it.
#[derive(Debug, Clone)]
pub(crate) struct Pressed {
    /// What is wrong, in a few words.
    pub(crate) subject: String,
    /// What it became.
    pub(crate) became: Became,
}

impl Incidents {
    /// Does what somebody wants with an incident, if that can be.
    pub(crate) async fn press(&self, actor: &Actor, number: i64, press: &Press) -> Result<Pressed> {
        let by = actor.user;
        let work = |board: &mut crate::Board, _, now| {
            let became = board.press(number, by, press, now).map_err(|refused| sentence(number, refused))?;
            let subject = board.find(number).map(words::short).unwrap_or_default();
            Ok(Pressed { subject, became })
        };
        self.decide(actor.guild, Some(number), None, work).await
    }
}

fn sentence(number: i64, refused: Refused) -> Error {
    let busy = |text: String| Error::Busy(format!("{text} Nothing was changed."));
    match refused {
        Refused::Unknown => unknown(number),
        Refused::Over => busy(format!("Incident {number} is over.")),
        Refused::Folded(into) => busy(format!("Incident {number} is a part of incident {into} now.")),
        Refused::Taken(owner) => {
            busy(format!("<@{}> has incident {number}, since {}.", owner.user, owner.since.relative()))
        }
        Refused::Theirs => busy(format!("You have incident {number} already.")),
        Refused::Asked => busy(format!("Incident {number} was escalated a moment ago.")),
    }
}
