//! Gives a server another key to log in with, made here.
//!
//! **Invariants:** the new key is sealed and noted before the server hears of it, and the old one goes only after a login with the
//! new one worked: at every moment one of the two lets us in, and the row says which. The private key leaves this process only
//! into the vault.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Live, Permit, Report, Result, Risk, Run, Secret, ServerName, card::code,
};
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use store::servers::Server;
use tokio_util::sync::CancellationToken;

use crate::{
    Hosts, credential,
    script::Script,
    service::stored_key,
    ssh::{self, HostKey, SshError, Target},
    trouble,
};

/// The step of a run that a rotation is.
const ROTATION: &str = "rotation";
/// How long one step on the server may take.
const STEP: Duration = Duration::from_secs(30);
/// How often the old key is tried to be taken off before we say that it is still there.
const TRIES: u32 = 3;
/// What changes `authorized_keys`.
const KEYS: &str = include_str!("rotate/keys.sh");

/// Give a server a new key to log in with.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RotateKey {
    /// The server.
    pub server: ServerName,
}

/// It logs in with a new key.
#[derive(Debug, Serialize)]
pub struct Rotated {
    server: String,
    fingerprint: String,
    old: Old,
}

/// What became of what it logged in with before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Old {
    /// Its key is refused now.
    Refused,
    /// It was a password, which the server may go on to take.
    Password,
    /// Its key is off the file, and something else still lets it in.
    StillIn,
    /// Its key could not be taken off.
    StillThere,
    /// Its key is off the file, and whether the server refuses it could not be seen.
    Unseen,
}

/// What is noted before the server hears of a new key. Nothing of it is secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Noted {
    /// The vault's rows.
    new: String,
    old: String,
    /// The old key's public half, as `authorized_keys` has it.
    old_public: Option<String>,
}

impl Action for RotateKey {
    const NAME: &'static str = "server.rotate";
    const RISK: Risk = Risk::Change;
    const DURABLE: bool = true;
    type Service = Hosts;
    type Report = Rotated;

    fn plan(&self) -> String {
        format!("Give {} a new key to log in with, and take the old one off", code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("change how I log in to {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(10)
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        Ok(hosts.assess(actor.guild, &self.server, Self::RISK))
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Rotated> {
        hosts.rotate(&permit, run).await
    }
}

/// How far it has come.
struct Step(String, &'static str);

impl Live for Step {
    fn card(&self) -> Card {
        Card::working(format!("**Rotating** the key of {}", code(&self.0))).fact(self.1)
    }
}

impl Hosts {
    async fn rotate(&self, permit: &Permit<RotateKey>, run: &Run) -> Result<Rotated> {
        let server = self.find(permit.actor().guild, &permit.action().server)?;
        let noted = match run.noted(ROTATION)? {
            Some(noted) => noted,
            None => self.begin_rotation(&server, run).await?,
        };
        let server = self.find(permit.actor().guild, &permit.action().server)?;
        let pinned = stored_key(server.host_key.as_deref().unwrap_or_default())?;
        let new = self.target(&Server { secret: noted.new.clone(), ..server.clone() }, pinned).await?;
        let new_public = public(&new)
            .ok_or_else(|| Error::internal("rotating a key", anyhow::anyhow!("what was made for it is no key")))?;
        if server.secret != noted.new {
            if let Err(error) = self.try_new(&server, &noted, (&new, &new_public), run).await {
                self.take_back(&server, &noted, &new_public).await;
                return Err(error);
            }
            let Some(row) = self.store.use_given_key(&server, &noted.new).await? else {
                return Err(Error::Busy(format!(
                    "{} was given another key in the meantime. Run it again.",
                    code(&server.name)
                )));
            };
            self.remember(&row);
        }
        run.show(std::sync::Arc::new(Step(server.name.clone(), "logged in with the new one · taking the old one off")));
        let old = self.leave_old(&server, &noted, (&new, &new_public)).await?;
        // From here on the warm connection is made with the new one.
        self.pool.drop_connection(&server.id).await;
        self.vault.forget(server.guild, &noted.old).await?;
        let fingerprint = new_public.parse::<HostKey>().map(|key| key.fingerprint()).unwrap_or_default();
        Ok(Rotated { server: server.name, fingerprint, old })
    }

    /// Makes the key, seals it, and notes both.
    async fn begin_rotation(&self, server: &Server, run: &Run) -> Result<Noted> {
        let old = self.ready(server).await?;
        self.vault.check().await?;
        let new = if let Some(left) = &server.next_secret {
            // Left by one that did not end.
            left.clone()
        } else {
            self.make_key(server).await?
        };
        let noted = Noted { new, old: server.secret.clone(), old_public: public(&old) };
        run.note(ROTATION, &noted).await?;
        Ok(noted)
    }

    /// A new key, sealed and kept beside the one that is used.
    pub(crate) async fn make_key(&self, server: &Server) -> Result<String> {
        let pem = ssh::new_key().map_err(|error| Error::internal("making a key", error))?;
        let pem = Secret::new(pem.expose_secret());
        let sealed = credential::take(Some(&pem), None, None, &self.redactor.of(server.guild)).await?;
        let id = self.vault.seal(server.guild, &sealed).await?;
        let Some(row) = self.store.give_key(server, &id).await? else {
            self.vault.forget(server.guild, &id).await?;
            return Err(Error::Busy(format!(
                "{} is given a new key already. Nothing was changed.",
                code(&server.name)
            )));
        };
        self.remember(&row);
        Ok(id)
    }

    /// Puts the new key beside the old one, and logs in with it.
    async fn try_new(&self, server: &Server, noted: &Noted, (new, public): (&Target, &str), run: &Run) -> Result<()> {
        run.show(std::sync::Arc::new(Step(server.name.clone(), "putting the new one beside the old one")));
        let words = ["add", noted.old_public.as_deref().unwrap_or_default(), public];
        let said = self.script(server, Script::new(KEYS, &words), STEP, run.cancel()).await?;
        if run.cancel().is_cancelled() {
            return Err(Error::Busy("Cancelled. It logs in as before.".to_owned()));
        }
        if !said.went_well() {
            return Err(unchanged(
                server,
                &format!("Its `authorized_keys` could not be changed: {}", said.last_words()),
            ));
        }
        let tried = self.pool.check(&beside(server), new).await;
        match tried {
            Ok(_) => Ok(()),
            Err(SshError::LoginRefused { .. }) => Err(unchanged(
                server,
                "It refuses the new key: its sshd reads another file than `~/.ssh/authorized_keys`.",
            )),
            Err(error) => Err(self.failed(server, error).await),
        }
    }

    /// Nothing is as it was not before: the new key goes from the server, and from here.
    async fn take_back(&self, server: &Server, noted: &Noted, public: &str) {
        self.pool.drop_connection(&beside(server)).await;
        let words = ["take-back", "", public];
        let taken = self.script(server, Script::new(KEYS, &words), STEP, &CancellationToken::new()).await;
        if !taken.is_ok_and(|said| said.went_well()) {
            tracing::warn!(
                server.name = server.name,
                "a new key that is not used may still stand in its authorized_keys"
            );
        }
        match self.store.take_key_back(server, &noted.new).await {
            Ok(Some(row)) => self.remember(&row),
            Ok(None) => {}
            Err(error) => tracing::warn!(server.name = server.name, "a new key is still kept: {error}"),
        }
    }

    /// Takes the old key off, with the new one, and sees whether it is refused.
    async fn leave_old(&self, server: &Server, noted: &Noted, (new, public): (&Target, &str)) -> Result<Old> {
        let id = beside(server);
        let mut dropped = false;
        for _ in 0..TRIES {
            let words = ["drop", noted.old_public.as_deref().unwrap_or_default(), public];
            let script = Script::new(KEYS, &words);
            let said = self.script_as(server, &id, new, script, STEP, &CancellationToken::new()).await;
            dropped = said.is_ok_and(|said| said.went_well());
            // A connection of its own each time: that is what shows that the new key lets us in.
            self.pool.drop_connection(&id).await;
            if dropped {
                break;
            }
        }
        if noted.old_public.is_none() {
            return Ok(Old::Password);
        }
        if !dropped {
            return Ok(Old::StillThere);
        }
        let before = Server { secret: noted.old.clone(), ..server.clone() };
        let Ok(old) = self.target(&before, new.host_key.clone()).await else { return Ok(Old::Unseen) };
        let tried = self.pool.check(&id, &old).await;
        self.pool.drop_connection(&id).await;
        Ok(match tried {
            Ok(_) => Old::StillIn,
            Err(SshError::LoginRefused { .. }) => Old::Refused,
            Err(_) => Old::Unseen,
        })
    }
}

/// The name of a connection beside the usual one.
pub(crate) fn beside(server: &Server) -> String {
    format!("{} beside", server.id)
}

/// A key's public half without its comment.
pub(crate) fn public(target: &Target) -> Option<String> {
    let public = target.credential.public_key()?;
    let mut words = public.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

fn unchanged(server: &Server, why: &str) -> Error {
    let card = Card::failed(format!("**Could not rotate** the key of {}", code(&server.name)))
        .text(why)
        .text("It logs in as before.");
    trouble::outside(card)
}

impl Report for Rotated {
    fn card(&self) -> Card {
        let title = format!("**Rotated** the key of {}", code(&self.server));
        let card = match self.old {
            Old::Refused | Old::Password => Card::ok(title),
            Old::StillIn | Old::StillThere | Old::Unseen => Card::attention(title),
        };
        let card = card.fact("logs in with a new Ed25519 key").text(format!("new key  {}", code(&self.fingerprint)));
        match self.old {
            Old::Refused => card.text("The old key is off the server, and refused."),
            Old::Unseen => card
                .text("The old key is off `~/.ssh/authorized_keys`. Whether the server refuses it could not be seen."),
            Old::Password => card.text("It logged in with a password before, which the server may still take."),
            Old::StillIn => card.text(
                "The old key is off `~/.ssh/authorized_keys`, but something else on the server still lets it in.",
            ),
            Old::StillThere => {
                card.text("The old key could not be taken off `~/.ssh/authorized_keys`. Take it off by hand.")
            }
        }
    }
}
