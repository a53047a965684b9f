//! Takes back that somebody else types into a terminal.

use base::{Action, Actor, Assessment, Card, Permit, Report, Result, Risk, Run, ServerName, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hosts;

/// Take back an invitation to type into a terminal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UninviteFromTerminal {
    /// The server it is on.
    pub server: ServerName,
    /// The terminal.
    pub terminal: String,
    /// Who no longer types there.
    pub person: u64,
}

/// They do not.
#[derive(Debug, Serialize)]
pub struct Uninvited {
    person: u64,
    was_invited: bool,
}

impl Action for UninviteFromTerminal {
    const NAME: &'static str = "server.uninvite";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Uninvited;

    fn plan(&self) -> String {
        format!("Let <@{}> no longer type into a terminal on {}", self.person, code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("take somebody out of a terminal on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        // Who opened it takes back what they gave, and anybody may leave.
        let own = hosts.terminals.is_of(actor, &self.terminal) || actor.user.0 == self.person;
        Ok(Assessment { own, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Uninvited> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let session = hosts.terminals.named(guild, &action.terminal, &action.server)?;
        let (mut invited, person) = (session.invited(), UserId(action.person));
        let was_invited = invited.contains(&person);
        if was_invited {
            invited.retain(|one| *one != person);
            hosts.store.invite_to_terminal(guild, session.id(), &invited).await?;
            session.invite(invited);
        }
        Ok(Uninvited { person: action.person, was_invited })
    }
}

impl Report for Uninvited {
    fn card(&self) -> Card {
        if self.was_invited {
            return Card::ok(format!("**Took back** the invitation of <@{}>", self.person))
                .text("What they write here is no longer typed.");
        }
        Card::quiet(format!("**Nothing to take back** from <@{}>", self.person)).text("They were not invited here.")
    }
}
