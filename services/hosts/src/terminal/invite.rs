//! Lets somebody else type into a terminal.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, UserId, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hosts;

/// More are no longer told apart.
const MOST: usize = 5;

/// Let somebody else type into a terminal.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InviteToTerminal {
    /// The server it is on.
    pub server: ServerName,
    /// The terminal.
    pub terminal: String,
    /// Who may type there besides.
    pub person: u64,
}

/// They may.
#[derive(Debug, Serialize)]
pub struct Invited {
    server: String,
    person: u64,
}

impl Action for InviteToTerminal {
    const NAME: &'static str = "server.invite";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Invited;

    fn plan(&self) -> String {
        format!("Let <@{}> type into a terminal on {}", self.person, code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("invite to somebody else's terminal on {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        // It gives nobody a right that they do not hold: each of their keys takes it.
        let own = hosts.terminals.is_of(actor, &self.terminal);
        Ok(Assessment { own, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Invited> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let session = hosts.terminals.named(guild, &action.terminal, &action.server)?;
        let (mut invited, person) = (session.invited(), UserId(action.person));
        if !invited.contains(&person) && !session.is_by(person) {
            if invited.len() >= MOST {
                return Err(Error::Invalid(format!("{MOST} are invited already. Nobody was added.")));
            }
            invited.push(person);
            hosts.store.invite_to_terminal(guild, session.id(), &invited).await?;
            session.invite(invited);
        }
        Ok(Invited { server: action.server.to_string(), person: action.person })
    }
}

impl Report for Invited {
    fn card(&self) -> Card {
        Card::ok(format!("**Invited** <@{}> to type here", self.person)).text(format!(
            "Each of their lines takes {} on {} at that moment; an invitation gives no right.",
            code("server.terminal"),
            code(&self.server)
        ))
    }
}
