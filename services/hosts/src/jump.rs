//! Servers behind other servers.
//!
//! **Invariant:** each hop is a server of the same guild with a pinned key of its own, and no way leads back to where it began.
//! What is wrong with a jump server is said of what goes through it, and changes nothing for it.

use std::{future::Future, pin::Pin};

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Server, State};

use crate::{
    Hosts,
    ssh::{SshError, Via},
    trouble,
};

/// A way has at most so many hops: every one of them is another handshake.
const HOPS: usize = 4;

/// Set the server that a server is reached through.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetJump {
    /// The server.
    pub server: ServerName,
    /// The server it is reached through from now on; none means directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<ServerName>,
}

/// How it is reached now.
#[derive(Debug, Serialize)]
pub struct JumpSet {
    server: String,
    through: Option<String>,
}

impl Action for SetJump {
    const NAME: &'static str = "server.jump";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = JumpSet;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match &self.through {
            Some(jump) => format!("Reach {server} through {}", code(jump.as_str())),
            None => format!("Reach {server} directly"),
        }
    }

    fn refusal(&self) -> String {
        format!("say how {} is reached", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let also = self.through.iter().map(|jump| (Self::NAME, jump.to_string())).collect();
        Ok(Assessment { also, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<JumpSet> {
        hosts.set_jump(&permit).await
    }
}

impl Hosts {
    async fn set_jump(&self, permit: &Permit<SetJump>) -> Result<JumpSet> {
        let (action, guild) = (permit.action(), permit.actor().guild);
        let server = self.find(guild, &action.server)?;
        let jump = action.through.as_ref().map(|jump| self.find(guild, jump)).transpose()?;
        if let Some(jump) = &jump
            && jump.state != State::Ready
        {
            return Err(trouble::jump_not_ready(&server, jump));
        }
        let Some(row) = self.store.set_jump(&server, jump.as_ref()).await? else {
            return Err(Error::Invalid(format!(
                "{} is itself reached through {}. Nothing was changed.",
                jump.map_or_else(|| "It".to_owned(), |jump| code(jump.name)),
                code(&server.name)
            )));
        };
        self.remember(&row);
        self.pool.drop_connection(&row.id).await;
        Ok(JumpSet { server: row.name, through: jump.map(|jump| jump.name) })
    }

    /// The server another one is reached through, if it is behind one.
    pub(crate) fn jump_of(&self, server: &Server) -> Option<Server> {
        let jump = server.jump.as_ref()?;
        self.of(server.guild).into_iter().find(|other| other.id == *jump)
    }

    /// The way to a server, if it is behind another.
    ///
    /// # Errors
    /// When one of the hops is not ready.
    pub(crate) async fn via(&self, server: &Server) -> Result<Option<Via>> {
        if server.jump.is_none() {
            return Ok(None);
        }
        let jump = self.jump_of(server).ok_or_else(|| trouble::jump_gone(server))?;
        self.hop(jump, server, HOPS).await.map(Some)
    }

    /// The way through this server to something that is not there yet.
    pub(crate) async fn way_through(&self, jump: &Server) -> Result<Via> {
        self.hop(jump.clone(), jump, HOPS).await
    }

    fn hop<'a>(
        &'a self,
        jump: Server,
        server: &'a Server,
        hops: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Via>> + Send + 'a>> {
        Box::pin(async move {
            let (State::Ready, Some(key)) = (jump.state, &jump.host_key) else {
                return Err(trouble::jump_not_ready(server, &jump));
            };
            let via = match self.jump_of(&jump) {
                None => None,
                Some(_) if hops <= 1 => return Err(trouble::too_far(server)),
                Some(next) => Some(self.hop(next, server, hops - 1).await?),
            };
            let target = self.target_via(&jump, crate::service::stored_key(key)?, via).await?;
            Ok(self.pool.via(&jump.id, target))
        })
    }

    /// What the failure of a jump server means for what is behind it; another key shuts the jump server, and nothing else.
    pub(crate) async fn jump_failed(&self, server: &Server, id: &str, error: SshError) -> Error {
        let Some(jump) = self.of(server.guild).into_iter().find(|other| other.id == id) else {
            return trouble::jump_gone(server);
        };
        let error = Box::pin(self.failed(&jump, error)).await;
        trouble::behind(server, &jump, &error)
    }
}

impl Report for JumpSet {
    fn card(&self) -> Card {
        let server = code(&self.server);
        match &self.through {
            Some(jump) => Card::ok(format!("**{server} is reached** through {}", code(jump)))
                .text(format!("`/server test server:{}` tries it.", self.server)),
            None => Card::ok(format!("**{server} is reached** directly")),
        }
    }
}
