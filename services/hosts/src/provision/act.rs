//! Makes a machine one's own, step by step, as its plan showed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Error, Live, Permit, Report, Result, Risk, Run, SecretName, ServerName, card::code,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::servers::Server;
use tokio_util::sync::CancellationToken;

use super::{
    Docker, LinuxUser, Old,
    facts::{Facts, Step},
};
use crate::{
    Hosts,
    rotate::{beside, public},
    script::Script,
    service::stored_key,
    ssh::{SshError, Target},
    trouble,
};

/// The step of a run that a provision is.
const PROVISION: &str = "provision";
/// How long a step may take that only writes a file.
const QUICK: Duration = Duration::from_mins(1);
/// How long one may take that installs packages.
const PACKAGES: Duration = Duration::from_mins(20);
const USER: &str = include_str!("user.sh");
const KEY: &str = include_str!("key.sh");
const SUDO: &str = include_str!("sudo.sh");
const DOCKER: &str = include_str!("docker.sh");
const TAILSCALE: &str = include_str!("tailscale.sh");
const LEAVE: &str = include_str!("leave.sh");
/// What the script finds a tailnet's auth key in.
const AUTH_KEY: &str = "NEBULA_AUTH_KEY";

/// Make a server one's own, as its plan showed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ProvisionServer {
    /// The server.
    pub server: ServerName,
    /// Who logs in from then on.
    #[serde(default)]
    pub user: LinuxUser,
    /// Whether Docker is to be there.
    #[serde(default)]
    pub docker: Docker,
    /// The secret that holds a Tailscale auth key, to join its tailnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tailscale: Option<SecretName>,
    /// What becomes of the key that logged in before.
    #[serde(default)]
    pub old: Old,
    /// What the plan saw: nothing is done where something else is there by now.
    pub seen: String,
}

/// It is one's own.
#[derive(Debug, Serialize)]
pub struct Provisioned {
    server: String,
    user: String,
    done: Vec<Step>,
    /// The login that is used changed.
    from: Option<String>,
    left: Left,
}

/// What became of what logged in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Left {
    /// It is what logs in now.
    Same,
    /// Its key is off the server's file.
    Off,
    /// It stays there, as asked.
    Kept,
    /// It was a password, which the server goes on to take.
    Password,
    /// It could not be taken off.
    StillThere,
}

/// What is noted before the server is touched, and after each step. Nothing of it is secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Noted {
    facts: Facts,
    steps: Vec<Step>,
    done: Vec<Step>,
    /// Who logged in, and with which of the vault's rows.
    before: String,
    old: String,
    old_public: Option<String>,
    /// The vault's row of the new key; none where the login stays.
    new: Option<String>,
    left: Option<Left>,
}

impl Action for ProvisionServer {
    const NAME: &'static str = "server.provision";
    const RISK: Risk = Risk::Change;
    const DURABLE: bool = true;
    type Service = Hosts;
    type Report = Provisioned;

    fn plan(&self) -> String {
        let docker = match self.docker {
            Docker::Install => ", Docker",
            Docker::Leave => "",
        };
        let tailnet =
            self.tailscale.as_ref().map(|secret| format!(", the tailnet of secret {}", code(secret.as_str())));
        let old = match self.old {
            Old::Remove => ", and take the old key off",
            Old::Keep => ", and leave the old login there",
        };
        format!(
            "Provision {}: user {} with a key of mine and sudo for restarting and shutting down{docker}{}{old}",
            code(self.server.as_str()),
            code(self.user.as_str()),
            tailnet.unwrap_or_default()
        )
    }

    fn refusal(&self) -> String {
        format!("provision {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    fn deadline(&self) -> Duration {
        Duration::from_hours(1)
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let mut known = hosts.assess(actor.guild, &self.server, Self::RISK);
        if let Some(secret) = &self.tailscale {
            // It is sent to that machine; and a yes is for this secret.
            let named = hosts.store.named_secret(actor.guild, secret.as_str()).await?;
            let which = named.map(|named| format!("{} {}", named.id, named.versions)).unwrap_or_default();
            known.identity = known.identity.map(|identity| format!("{identity}\n{which}"));
            known.also.push(("secret.use", secret.to_string()));
        }
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Provisioned> {
        hosts.provision(&permit, run).await
    }
}

/// How far it has come.
struct Progress {
    server: String,
    user: String,
    done: Mutex<Vec<Step>>,
    doing: Mutex<&'static str>,
}

impl Live for Progress {
    fn card(&self) -> Card {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<String> = done.iter().map(|step| format!("✓ {}", step.done(&self.user))).collect();
        let doing = *self.doing.lock().unwrap_or_else(PoisonError::into_inner);
        let card = Card::working(format!("**Provisioning** {}", code(&self.server))).fact(doing);
        if lines.is_empty() { card } else { card.text(lines.join("\n")) }
    }
}

impl Progress {
    fn is(&self, doing: &'static str, noted: &Noted) {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = doing;
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&noted.done);
    }
}

impl Hosts {
    async fn provision(&self, permit: &Permit<ProvisionServer>, run: &Run) -> Result<Provisioned> {
        let action = permit.action();
        action.user.check()?;
        let server = self.find(permit.actor().guild, &action.server)?;
        let progress = Arc::new(Progress {
            server: server.name.clone(),
            user: action.user.as_str().to_owned(),
            done: Mutex::default(),
            doing: Mutex::new("looking at what is there"),
        });
        run.show(Arc::clone(&progress) as Arc<dyn Live>);
        let mut noted = match run.noted(PROVISION)? {
            Some(noted) => noted,
            None => self.begin_provision(action, &server, run).await?,
        };
        let server = self.find(permit.actor().guild, &action.server)?;
        let new = match &noted.new {
            Some(secret) => Some((secret.clone(), self.new_login(&server, secret, &action.user).await?)),
            None => None,
        };
        for step in noted.steps.clone() {
            if noted.done.contains(&step) {
                continue;
            }
            progress.is(step.doing(), &noted);
            if run.cancel().is_cancelled() {
                return Err(Error::Busy(format!("Cancelled. {}", so_far(&noted, action.user.as_str()))));
            }
            self.take(step, action, &server, &noted, new.as_ref().map(|(_, target)| target), run).await?;
            noted.done.push(step);
            run.note(PROVISION, &noted).await?;
        }
        let Some((secret, target)) = new else { return Ok(provisioned(server, action, &noted, Left::Same)) };
        if server.secret != secret {
            progress.is("logging in with the new key", &noted);
            self.prove(&server, action, &noted, &target, run.cancel()).await?;
            let left = match noted.left {
                Some(left) => left,
                None => self.leave_before(&server, action, &noted).await,
            };
            noted.left = Some(left);
            run.note(PROVISION, &noted).await?;
            let Some(row) = self.store.use_given_login(&server, &secret, action.user.as_str()).await? else {
                return Err(Error::Busy(format!(
                    "{} was given another key in the meantime. Run it again.",
                    code(&server.name)
                )));
            };
            self.remember(&row);
        }
        // From here on the warm connection is made with the new one.
        self.pool.drop_connection(&server.id).await;
        self.pool.drop_connection(&beside(&server)).await;
        // Unless it has a name of its own: what is used is not forgotten.
        self.vault.forget(server.guild, &noted.old).await?;
        let left = noted.left.unwrap_or(Left::Kept);
        Ok(provisioned(server, action, &noted, left))
    }

    /// Looks again, sees that the plan still stands, and makes the key; all of that is noted.
    async fn begin_provision(&self, action: &ProvisionServer, server: &Server, run: &Run) -> Result<Noted> {
        let before = self.ready(server).await?;
        let facts = self.facts(server, &action.user, run.cancel()).await?;
        if facts.digest() != action.seen {
            return Err(Error::Busy(format!(
                "{} is not as the plan saw it any more. Nothing was changed; `/server provision` looks again.",
                code(&server.name)
            )));
        }
        let steps = facts.steps(action.docker, action.tailscale.as_ref().map(SecretName::as_str));
        if let Some(obstacle) = facts.obstacle(server, &steps) {
            return Err(Error::Invalid(format!("{obstacle} Nothing was changed.")));
        }
        self.vault.check().await?;
        if let Some(secret) = &action.tailscale {
            self.auth_key(server, secret.as_str()).await?;
        }
        let new = match (&server.next_secret, steps.contains(&Step::Key)) {
            (_, false) => None,
            // Left by one that did not end.
            (Some(left), true) => Some(left.clone()),
            (None, true) => Some(self.make_key(server).await?),
        };
        let noted = Noted {
            facts,
            steps,
            done: Vec::new(),
            before: server.user.clone(),
            old: server.secret.clone(),
            old_public: public(&before),
            new,
            left: None,
        };
        run.note(PROVISION, &noted).await?;
        Ok(noted)
    }

    /// How the user will log in.
    async fn new_login(&self, server: &Server, secret: &str, user: &LinuxUser) -> Result<Target> {
        let pinned = stored_key(server.host_key.as_deref().unwrap_or_default())?;
        let row = Server { secret: secret.to_owned(), user: user.as_str().to_owned(), ..server.clone() };
        self.target(&row, pinned).await
    }

    /// Does one step.
    async fn take(
        &self,
        step: Step,
        action: &ProvisionServer,
        server: &Server,
        noted: &Noted,
        new: Option<&Target>,
        run: &Run,
    ) -> Result<()> {
        let (user, facts) = (action.user.as_str(), &noted.facts);
        let key = new.and_then(public).unwrap_or_default();
        let (script, deadline) = match step {
            Step::User => (Script::new(USER, &[user]), QUICK),
            Step::Key => (Script::new(KEY, &[user, &key]), QUICK),
            Step::Sudo => (Script::new(SUDO, &[user, &facts.sudoers]), PACKAGES),
            Step::Docker => (Script::new(DOCKER, &[user]), PACKAGES),
            Step::Tailscale => {
                let name = action.tailscale.as_ref().map(SecretName::as_str).unwrap_or_default();
                let key = self.auth_key(server, name).await?;
                let script = Script::new(TAILSCALE, &[&facts.system, &facts.codename]);
                (script.with_secret(AUTH_KEY, &key), PACKAGES)
            }
        };
        // It logs in as before until all of it is done; one whose row has changed meanwhile was done.
        let said = self.as_root(server, facts.root, script, deadline, run.cancel()).await?;
        if run.cancel().is_cancelled() {
            return Err(Error::Busy(format!("Cancelled. {}", so_far(noted, user))));
        }
        if said.went_well() {
            return Ok(());
        }
        // Masked before it is cut, and shown as what a machine said.
        let words = run.redactor().mask(said.last_words()).into_owned();
        let card = Card::failed(format!("**Could not provision** {}", code(&server.name)))
            .fact(format!("stopped while {}", step.doing()))
            .code("", words)
            .text(so_far(noted, user));
        Err(trouble::outside(card))
    }

    /// Logs in as the user with the new key, and sees that sudo allows what it should.
    async fn prove(
        &self,
        server: &Server,
        action: &ProvisionServer,
        noted: &Noted,
        new: &Target,
        cancel: &CancellationToken,
    ) -> Result<()> {
        let id = beside(server);
        // A connection of its own each time: that is what shows that the new key lets us in.
        self.pool.drop_connection(&id).await;
        let why = match self.pool.check(&id, new).await {
            Ok(_) => {
                let now = self.facts_as(server, &id, new, &action.user, cancel).await?;
                let missing = now.steps(Docker::Leave, None);
                missing.contains(&Step::Sudo).then_some("sudo does not allow it what its file says.")
            }
            Err(SshError::LoginRefused { .. }) => Some(
                "It refuses the new key: its sshd reads another file than `~/.ssh/authorized_keys`, or not this user.",
            ),
            Err(error) => return Err(self.failed(server, error).await),
        };
        let Some(why) = why else { return Ok(()) };
        let card = Card::failed(format!("**Could not provision** {}", code(&server.name)))
            .text(why)
            .text(so_far(noted, action.user.as_str()));
        Err(trouble::outside(card))
    }

    /// Takes the old key off, with the old login, now that the new one has worked.
    async fn leave_before(&self, server: &Server, action: &ProvisionServer, noted: &Noted) -> Left {
        let Some(old) = &noted.old_public else { return Left::Password };
        if action.old == Old::Keep {
            return Left::Kept;
        }
        let script = Script::new(LEAVE, &[old]);
        let said = self.script(server, script, QUICK, &CancellationToken::new()).await;
        if said.is_ok_and(|said| said.went_well()) { Left::Off } else { Left::StillThere }
    }
}

fn provisioned(server: Server, action: &ProvisionServer, noted: &Noted, left: Left) -> Provisioned {
    let from = noted.new.is_some().then(|| noted.before.clone());
    Provisioned { server: server.name, user: action.user.as_str().to_owned(), done: noted.done.clone(), from, left }
}

/// What is done, and that the login stays.
fn so_far(noted: &Noted, user: &str) -> String {
    let done: Vec<String> = noted.done.iter().map(|step| step.done(user)).collect();
    let done =
        if done.is_empty() { "Nothing was done".to_owned() } else { format!("Done so far: {}", done.join(", ")) };
    format!("{done}. I log in as {} as before. `/server provision` goes on with the rest.", code(&noted.before))
}

impl Report for Provisioned {
    fn card(&self) -> Card {
        let title = format!("**Provisioned** {}", code(&self.server));
        let card = if self.left == Left::StillThere { Card::attention(title) } else { Card::ok(title) };
        let lines: Vec<String> = self.done.iter().map(|step| format!("✓ {}", step.done(&self.user))).collect();
        let card = card.fact(format!("I log in as {}", code(&self.user))).text(lines.join("\n"));
        let from = self.from.as_deref().map(code).unwrap_or_default();
        match self.left {
            Left::Same => card,
            Left::Off => card.text(format!("The key that {from} logged in with is off its `authorized_keys`.")),
            Left::Kept => card.text(format!("What {from} logged in with still works there. I have forgotten it.")),
            Left::Password => {
                card.text(format!("The password of {from} still works there. I have forgotten it; lock it yourself."))
            }
            Left::StillThere => card.text(format!(
                "The key that {from} logged in with could not be taken off its `authorized_keys`. Take it off by hand."
            )),
        }
    }
}
