//! Finds a server and keeps how to log in; it is used only after a person has pinned its key.

use std::borrow::Cow;

use base::{
    Action, Actor, Assessment, Card, Error, GuildId, Permit, Redactor, Report, Result, Risk, Run, Secret, SecretName,
    ServerName, card::code,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::{Offer, Server, State};

use crate::{
    Hosts, credential,
    service::PROBE_DEADLINE,
    ssh::{self, Address},
    trouble,
};

/// Longest user name Linux takes.
const USER_LIMIT: usize = 32;
/// A note is a sentence, not a page.
pub(crate) const NOTE_LIMIT: usize = 200;

/// Add a server to run commands on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddServer {
    /// What to call it.
    pub server: ServerName,
    /// Its host name or IP address, with `:port` if that is not 22.
    pub address: String,
    /// Who logs in there.
    pub user: String,
    /// The private key to log in with, in PEM; or a password instead.
    pub private_key: Option<Secret>,
    /// What the private key is encrypted with, if it is.
    pub passphrase: Option<Secret>,
    /// The password to log in with; or a private key instead.
    pub password: Option<Secret>,
    /// The name of a secret to log in with, in place of the three above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// What the server is for.
    pub note: Option<String>,
    /// The server it is reached through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<ServerName>,
}

/// It answered; a person must say whether it is the right one.
#[derive(Debug, Serialize)]
pub struct Offered {
    server: String,
    fingerprint: String,
    #[serde(skip)]
    row: Server,
}

impl Action for AddServer {
    const NAME: &'static str = "server.add";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Offered;

    fn plan(&self) -> String {
        let with = self.secret.as_ref().map(|secret| format!(" with secret {}", code(secret.as_str())));
        let (server, address, user) = (code(self.server.as_str()), code(&self.address), code(&self.user));
        let note = self.note.as_ref().map(|note| format!(", note {}", code(note)));
        let jump = self.jump.as_ref().map(|jump| format!(", reached through {}", code(jump.as_str())));
        let rest = [with, jump, note].map(Option::unwrap_or_default).concat();
        format!("Add server {server} at {address} as {user}{rest}")
    }

    fn refusal(&self) -> String {
        "add servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let mut known = Assessment::of(Self::RISK);
        if let Some(secret) = &self.secret {
            // Whoever adds a server says where the secret is sent: that is more than adding one. And a yes is for this secret.
            let named = hosts.store.named_secret(actor.guild, secret.as_str()).await?;
            known.identity = named.map(|named| format!("{} {}", named.id, named.versions));
            known.also.push(("secret.use", secret.to_string()));
        }
        if let Some(jump) = &self.jump {
            // It is asked to connect wherever whoever adds a server says.
            known.also.push(("server.jump", jump.to_string()));
        }
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Offered> {
        hosts.add(&permit).await
    }
}

impl AddServer {
    /// Everything that can be known to be wrong without asking anybody, before a form is opened or a secret is typed.
    pub fn check(&self) -> Result<Address> {
        let well_formed = |user: &str| {
            (1..=USER_LIMIT).contains(&user.len())
                && !user.starts_with('-')
                && user.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
        };
        if !well_formed(&self.user) {
            return Err(Error::Invalid(format!(
                "{} is no user name: it takes 1 to {USER_LIMIT} letters, digits, `_`, `-` or `.`, such as `root`.",
                code(&self.user)
            )));
        }
        if self.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_LIMIT) {
            return Err(Error::Invalid(format!("A note has at most {NOTE_LIMIT} characters.")));
        }
        self.address.parse().map_err(|error: ssh::AddressError| Error::Invalid(error.to_string()))
    }
}

impl Hosts {
    /// Whether a real server, not only an offered one, has this name already.
    pub fn refuse_taken(&self, guild: GuildId, name: &ServerName) -> Result<()> {
        match self.find(guild, name) {
            Ok(server) if server.state != State::Offered => Err(taken(name)),
            _ => Ok(()),
        }
    }

    async fn add(&self, permit: &Permit<AddServer>) -> Result<Offered> {
        let (add, actor) = (permit.action(), permit.actor());
        let redactor = self.redactor.of(actor.guild);
        let login = match &add.secret {
            Some(name) => Login::Named(self.named(actor.guild, name, &redactor).await?),
            None => Login::Own(
                credential::take(add.private_key.as_ref(), add.passphrase.as_ref(), add.password.as_ref(), &redactor)
                    .await?,
            ),
        };
        // These go into the database as they are, and onto the status page.
        if [add.server.as_str(), &add.address, &add.user]
            .into_iter()
            .any(|text| matches!(redactor.mask(text), Cow::Owned(_)))
        {
            return Err(Error::Invalid(
                "The name, the address or the user holds a secret. Nothing was saved.".to_owned(),
            ));
        }
        let address = add.check()?;
        let note = redactor.mask(add.note.as_deref().unwrap_or_default().trim());
        self.refuse_taken(actor.guild, &add.server)?;
        self.vault.check().await?;
        let jump = add.jump.as_ref().map(|jump| self.find(actor.guild, jump)).transpose()?;
        let secret = match login {
            Login::Named(secret) => secret,
            Login::Own(sealed) => self.vault.seal(actor.guild, &sealed).await?,
        };
        let offered = self.offer(add, &address, (&secret, &note), jump.as_ref(), actor).await;
        if offered.is_err() {
            // Unless it has a name of its own: what is used is not forgotten.
            self.vault.forget(actor.guild, &secret).await?;
        }
        let row = offered?;
        let key = crate::service::stored_key(row.offered_key.as_deref().unwrap_or_default())?;
        Ok(Offered { server: row.name.clone(), fingerprint: key.fingerprint(), row })
    }

    /// Asks a host for its key, and keeps it as offered.
    pub(crate) async fn offer(
        &self,
        add: &AddServer,
        address: &Address,
        (secret, note): (&str, &str),
        jump: Option<&Server>,
        actor: &Actor,
    ) -> Result<Server> {
        let via = match jump {
            Some(jump) => Some(self.way_through(jump).await?),
            None => None,
        };
        let key = match ssh::probe_through(address, via.as_ref(), PROBE_DEADLINE).await {
            Ok(key) => key,
            Err(ssh::SshError::ThroughJump { error, .. }) if jump.is_some() => {
                let Some(jump) = jump else { return Err(not_found(add, &error)) };
                return Err(self.failed(jump, *error).await);
            }
            Err(error) => return Err(not_found(add, &error)),
        };
        let offer = Offer {
            guild: actor.guild,
            name: add.server.as_str(),
            host: address.host(),
            port: address.port(),
            user: &add.user,
            secret,
            offered_key: &key.to_string(),
            note,
            added_by: actor.user,
            jump: jump.map(|jump| jump.id.as_str()),
        };
        let replaced = self.find(actor.guild, &add.server).ok();
        let Some(row) = self.store.offer_server(&offer).await? else { return Err(taken(&add.server)) };
        self.remember(&row);
        if let Some(replaced) = replaced {
            self.vault.forget(actor.guild, &replaced.secret).await?;
            self.pool.drop_connection(&replaced.id).await;
        }
        Ok(row)
    }
}

/// How a new server is logged in to.
enum Login {
    /// With a credential of its own, ready to be sealed.
    Own(Secret),
    /// With a named secret, by its row in the vault.
    Named(String),
}

impl Hosts {
    /// The row of a named secret that can be logged in with.
    pub(crate) async fn named(&self, guild: GuildId, name: &SecretName, redactor: &Redactor) -> Result<String> {
        let Some(named) = self.store.named_secret(guild, name.as_str()).await? else {
            return Err(Error::NotFound { kind: "secret", name: name.to_string() });
        };
        let value = self.vault.open(guild, &named.secret).await?;
        let usable = credential::of_value(&value, redactor).await?;
        usable.map_err(|error| Error::Invalid(format!("Secret {}: {error} Nothing was saved.", code(&named.name))))?;
        Ok(named.secret)
    }
}

fn taken(name: &ServerName) -> Error {
    Error::Invalid(format!(
        "There is already a server called {name}; choose another name, or `/server remove` it first. Nothing was changed.",
        name = code(name.as_str())
    ))
}

fn not_found(add: &AddServer, error: &ssh::SshError) -> Error {
    let card = Card::failed(format!("**Could not reach** {}", code(add.server.as_str())))
        .text(error.to_string())
        .text("Nothing was saved. Check the address and that SSH runs there, then `/server add` again.");
    Error::Outside(Box::new(card))
}

impl Report for Offered {
    fn card(&self) -> Card {
        let title = format!("**Is this {}?** Pin its host key to add it", code(&self.server));
        let card = Card::attention(title).fact(format!("to log in as {}", code(&self.row.user)));
        trouble::offer(card, &self.row, "Pin this key")
    }
}
