//! Gives whoever presses "Notify me" the role that is pinged, or takes it again.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Streams;

/// Be pinged when somebody goes live, or no longer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct NotifyMe {}

/// They are, or are not any more.
#[derive(Debug, Serialize)]
pub struct Notified {
    role: u64,
    has_it: bool,
}

impl Action for NotifyMe {
    const NAME: &'static str = "stream.notify";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Streams;
    type Report = Notified;

    fn plan(&self) -> String {
        "Give whoever asks the role that is pinged for streams, or take it".to_owned()
    }

    fn refusal(&self) -> String {
        "be notified of streams".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Streams, _: &Actor) -> Result<Assessment> {
        // It is their own role, and one that lets nobody do anything.
        Ok(Assessment { own: true, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Notified> {
        let actor = permit.actor();
        let Some(role) = streams.settings(actor.guild).await?.mention else {
            return Err(Error::Busy("Nobody is pinged for streams here any more. Nothing was changed.".to_owned()));
        };
        // What it was when it was set may be otherwise by now.
        streams.role_to_give(actor.guild, role).await?;
        let members =
            streams.members.get().ok_or_else(|| Error::Busy("Nobody can be asked about roles now.".to_owned()))?;
        let roles = members.roles(actor.guild, actor.user).await?.unwrap_or_default();
        let has_it = roles.contains(&role);
        if has_it {
            members.take(actor.guild, actor.user, role).await?;
        } else if !members.give(actor.guild, actor.user, role).await? {
            return Err(Error::Busy("You are not in this server. Nothing was changed.".to_owned()));
        }
        Ok(Notified { role: role.0, has_it: !has_it })
    }
}

impl Report for Notified {
    fn card(&self) -> Card {
        let role = self.role;
        if self.has_it {
            Card::ok(format!("**Notified** with <@&{role}>"))
                .text("You are pinged when somebody goes live. Press again to end that.")
        } else {
            Card::ok(format!("**Not notified** any more: <@&{role}> is gone"))
        }
    }
}
