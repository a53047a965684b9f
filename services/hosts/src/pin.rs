//! A person confirms a host key, and the first login shows whether the rest is right.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, GuildId, Permit, Report, Result, Risk, Run, ServerName, card::code, measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Server, State};

use crate::{Hosts, service::stored_key, ssh::SshError, trouble};

/// Pin a server's host key.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PinKey {
    /// The server.
    pub server: ServerName,
    /// The key's fingerprint as it was shown, `SHA256:…`.
    pub fingerprint: String,
}

/// Its key is pinned, and a login works.
#[derive(Debug, Serialize)]
pub struct Pinned {
    server: String,
    address: String,
    user: String,
    login_ms: u64,
    #[serde(skip)]
    first: bool,
}

impl Action for PinKey {
    const NAME: &'static str = "server.pin";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Pinned;

    fn plan(&self) -> String {
        format!("Pin host key {} of {}", code(&self.fingerprint), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("pin host keys of {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Pinned> {
        hosts.pin(&permit).await
    }
}

impl Hosts {
    async fn pin(&self, permit: &Permit<PinKey>) -> Result<Pinned> {
        let pin = permit.action();
        self.pin_one(permit.actor().guild, &pin.server, &pin.fingerprint).await
    }

    /// Pins a key that waits, if it is the one of this fingerprint and a login works with it.
    pub(crate) async fn pin_one(&self, guild: GuildId, name: &ServerName, fingerprint: &str) -> Result<Pinned> {
        let server = self.find(guild, name)?;
        let Some(text) = server.offered_key.clone() else {
            return Err(Error::Busy(format!("{} has no key that waits to be pinned.", code(&server.name))));
        };
        let key = stored_key(&text)?;
        if key.fingerprint() != fingerprint {
            return Err(trouble::not_pinned(&server));
        }
        // The login comes before the pin: a server is added whole, or not at all.
        let target = self.target(&server, key).await?;
        let login = match self.pool.check(&server.id, &target).await {
            Ok(login) => login,
            Err(error) => return Err(self.not_pinned(&server, error).await),
        };
        let first = server.state == State::Offered;
        let Some(server) = self.store.pin_server(&server, &text).await? else {
            return Err(Error::Busy("Somebody else decided about this key in the meantime.".to_owned()));
        };
        self.remember(&server);
        let login_ms = u64::try_from(login.as_millis()).unwrap_or(u64::MAX);
        let address = format!("{}:{}", server.host, server.port);
        Ok(Pinned { server: server.name, address, user: server.user, login_ms, first })
    }

    /// The login behind the pin failed: what was only offered goes, what was there before stays as it was.
    async fn not_pinned(&self, server: &Server, error: SshError) -> Error {
        self.pool.drop_connection(&server.id).await;
        match (&error, server.state) {
            (SshError::LoginRefused { .. } | SshError::LoginIncomplete { .. }, State::Offered) => {
                if let Err(error) = self.store.remove_server(server).await {
                    return error;
                }
                self.forget(server);
                let card = Card::failed(format!("**Could not log in** to {}", code(&server.name)))
                    .text(error.to_string())
                    .text("Nothing was saved. Check the user and the key or password, then `/server add` again.");
                Error::Outside(Box::new(card))
            }
            (SshError::HostKeyChanged { answered, .. }, State::Offered) => {
                match self.store.offer_key(server, &answered.to_string(), &self.redactor).await {
                    Ok(Some(server)) => {
                        self.remember(&server);
                        trouble::not_pinned(&server)
                    }
                    Ok(None) => trouble::unreachable(server, &error),
                    Err(error) => error,
                }
            }
            (SshError::ThroughJump { .. }, _) => self.failed(server, error).await,
            _ => trouble::unreachable(server, &error),
        }
    }
}

impl Report for Pinned {
    fn card(&self) -> Card {
        let verb = if self.first { "Added" } else { "Pinned the new key of" };
        Card::ok(format!("**{verb}** {}", code(&self.server)))
            .fact(format!("{} at {}", code(&self.user), code(&self.address)))
            .fact(format!("logged in after {}", measure::span(Duration::from_millis(self.login_ms))))
            .text(format!("Try `/server run server:{} command:uptime`.", self.server))
    }
}
