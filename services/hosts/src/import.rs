//! Adds the hosts of an OpenSSH client's configuration: a plan first, then each as if it were added alone.
//!
//! **Invariants:** a plan changes nothing and asks no host anything; each host is offered whole or not at all, and nothing is sent
//! to it before its key is pinned; what goes wrong with one changes nothing for the others.

mod config;
mod pin_all;

use base::{
    Action, Actor, Assessment, Card, Error, GuildId, Permit, Report, Result, Risk, Run, Secret, SecretName, ServerName,
    action::Part,
    card::{Lands, Menu, Offer, Offers, Pick, Pre, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::servers::State;

use self::config::Planned;
pub use self::pin_all::PinKeys;
use crate::{AddServer, Hosts};

/// A configuration is a few pages, not a book.
pub const CONFIG_LIMIT: usize = 64 * 1024;
/// Lines of a plan on its card; the file has them all.
const LINES: usize = 15;

/// Read which servers an OpenSSH client's configuration would add.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PlanImport {
    /// The configuration.
    pub config: String,
    /// The secret to log in with everywhere.
    pub secret: SecretName,
    /// Who logs in where the configuration names nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// Add servers that a configuration named.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ImportServers {
    /// The secret to log in with everywhere.
    pub secret: SecretName,
    /// What the configuration says of them.
    pub hosts: Vec<Planned>,
    /// Which of them.
    pub chosen: Vec<String>,
}

/// What would be added.
#[derive(Debug, Serialize)]
pub struct ImportPlan {
    secret: SecretName,
    hosts: Vec<Planned>,
    /// Names that are taken already.
    there: Vec<String>,
    said: Vec<String>,
}

/// What became of each.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// The name and the fingerprint of each that answered.
    offered: Vec<(String, String)>,
    /// The others, and why.
    not: Vec<String>,
}

impl Action for PlanImport {
    const NAME: &'static str = "server.plan-import";
    const RISK: Risk = Risk::Observe;
    type Service = Hosts;
    type Report = ImportPlan;

    fn plan(&self) -> String {
        "Read which servers a configuration would add".to_owned()
    }

    fn refusal(&self) -> String {
        "import servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<ImportPlan> {
        let (plan, guild) = (permit.action(), permit.actor().guild);
        if plan.config.len() > CONFIG_LIMIT {
            let most = measure::bytes(CONFIG_LIMIT as u64);
            return Err(Error::Invalid(format!("A configuration has at most {most}. Nothing was added.")));
        }
        let read = config::read(&plan.config, plan.user.as_deref());
        let (there, left): (Vec<Planned>, Vec<Planned>) =
            read.hosts.into_iter().partition(|host| hosts.refuse_taken(guild, &host.name).is_err());
        let there = there.into_iter().map(|host| host.name.to_string()).collect();
        Ok(ImportPlan { secret: plan.secret.clone(), hosts: left, there, said: read.said })
    }
}

impl Action for ImportServers {
    const NAME: &'static str = "server.import";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Imported;

    fn plan(&self) -> String {
        let names: Vec<String> = self.chosen.iter().map(code).collect();
        let count = measure::count(names.len() as u64, "server", "servers");
        format!("Add {count} with secret {}: {}", code(self.secret.as_str()), names.join(", "))
    }

    fn refusal(&self) -> String {
        "import servers".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        let mut known = Assessment::of(Self::RISK);
        let named = hosts.store.named_secret(actor.guild, self.secret.as_str()).await?;
        known.identity = named.map(|named| format!("{} {}", named.id, named.versions));
        known.also.push(("secret.use", self.secret.to_string()));
        for host in self.chosen() {
            let target = host.name.to_string();
            known.each.push(Part { action: AddServer::NAME, chosen_by: target.clone(), target, tags: Vec::new() });
            known.also.extend(host.jump.iter().map(|jump| ("server.jump", jump.to_string())));
        }
        Ok(known)
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, run: &Run) -> Result<Imported> {
        hosts.import(&permit, run).await
    }
}

impl ImportServers {
    fn chosen(&self) -> Vec<&Planned> {
        self.hosts.iter().filter(|host| self.chosen.iter().any(|name| name == host.name.as_str())).collect()
    }
}

impl Hosts {
    async fn import(&self, permit: &Permit<ImportServers>, run: &Run) -> Result<Imported> {
        let (import, actor) = (permit.action(), permit.actor());
        let chosen = import.chosen();
        if chosen.is_empty() || chosen.len() > config::MOST {
            return Err(Error::Invalid(format!("Choose 1 to {} servers. Nothing was added.", config::MOST)));
        }
        let redactor = self.redactor.of(actor.guild);
        let secret = self.named(actor.guild, &import.secret, &redactor).await?;
        self.vault.check().await?;
        let each = chosen.iter().map(|host| async {
            if run.cancel().is_cancelled() {
                return Err(format!("{}: cancelled before it was looked for", code(host.name.as_str())));
            }
            let offered = self.import_one(actor, host, &secret).await;
            offered.map_err(|error| format!("{}: {}", code(host.name.as_str()), in_short(&error)))
        });
        let (mut offered, mut not) = (Vec::new(), Vec::new());
        for one in futures::future::join_all(each).await {
            match one {
                Ok(one) => offered.push(one),
                Err(why) => not.push(why),
            }
        }
        Ok(Imported { offered, not })
    }

    /// Offers one of them, as `/server add` does.
    async fn import_one(&self, actor: &Actor, host: &Planned, secret: &str) -> Result<(String, String)> {
        let add = host.as_added();
        let address = add.check()?;
        self.refuse_taken(actor.guild, &add.server)?;
        let jump = host.jump.as_ref().map(|jump| self.jump_named(actor.guild, jump)).transpose()?;
        let row = self.offer(&add, &address, (secret, ""), jump.as_ref(), actor).await?;
        let key = crate::service::stored_key(row.offered_key.as_deref().unwrap_or_default())?;
        Ok((row.name, key.fingerprint()))
    }

    fn jump_named(&self, guild: GuildId, jump: &ServerName) -> Result<store::servers::Server> {
        let found = self.find(guild, jump).ok().filter(|found| found.state == State::Ready);
        found.ok_or_else(|| {
            Error::Invalid(format!("{} must be added and pinned first; then import again", code(jump.as_str())))
        })
    }
}

impl Planned {
    fn as_added(&self) -> AddServer {
        AddServer {
            server: self.name.clone(),
            address: self.address.clone(),
            user: self.user.clone(),
            private_key: None::<Secret>,
            passphrase: None,
            password: None,
            secret: None,
            note: None,
            jump: self.jump.clone(),
        }
    }

    fn line(&self) -> String {
        let jump = self.jump.as_ref().map(|jump| format!(" · through {}", code(jump.as_str()))).unwrap_or_default();
        format!("{}  {}{jump}", code(self.name.as_str()), code(format!("{}@{}", self.user, self.address)))
    }
}

/// What was wrong, without the card around it.
fn in_short(error: &Error) -> String {
    match error {
        Error::Outside(card) => card.texts().next().unwrap_or("it could not be reached").to_owned(),
        other => other.to_string(),
    }
}

impl Report for ImportPlan {
    fn card(&self) -> Card {
        let count = measure::count(self.hosts.len() as u64, "server", "servers");
        let mut card = if self.hosts.is_empty() {
            Card::quiet("**Nothing to add** from this configuration")
        } else {
            Card::plain(format!("**Plan** add {count} from this configuration"))
                .fact(format!("log in with secret {}", code(self.secret.as_str())))
                .fact("nothing was asked or added yet")
        };
        let lines: Vec<String> = self.hosts.iter().map(Planned::line).collect();
        if !lines.is_empty() {
            card = card.text(lines.join("\n"));
        }
        if !self.there.is_empty() {
            let there: Vec<String> = self.there.iter().map(code).collect();
            card = card.text(format!("there already  {}", there.join(" ")));
        }
        if !self.said.is_empty() {
            let mut said: Vec<String> = self.said.iter().take(LINES).cloned().collect();
            if self.said.len() > LINES {
                said.push(format!("and {} more", self.said.len() - LINES));
            }
            card = card.text(format!("not taken\n{}", said.join("\n")));
        }
        if self.hosts.is_empty() {
            return card;
        }
        card.menu(Menu {
            placeholder: "Choose which to look for and add".to_owned(),
            offers: Offers::Texts { of: self.hosts.iter().map(offer).collect(), least: 1, most: self.hosts.len() },
            pick: Pick {
                action: ImportServers::NAME.to_owned(),
                arguments: json!({ "secret": self.secret, "hosts": self.hosts, "chosen": [] }),
                field: "chosen".to_owned(),
                name: None,
                lands: Lands::Below,
            },
        })
    }
}

fn offer(host: &Planned) -> Offer {
    let at = format!("{}@{}", host.user, host.address);
    let description: String = at.chars().take(100).collect();
    Offer { value: host.name.to_string(), label: host.name.to_string(), description, chosen: Pre::Open }
}

impl Report for Imported {
    fn card(&self) -> Card {
        let (found, not) = (self.offered.len(), self.not.len());
        let title = |verb: &str| format!("**{verb}** {}", measure::count(found as u64, "server", "servers"));
        let mut card = if found == 0 {
            Card::failed("**Added none** of them")
        } else {
            Card::attention(format!("{}; each waits for its host key to be pinned", title("Found")))
                .fact("nothing was sent to them yet")
        };
        if not > 0 {
            card = card.fact(format!("{not} not found"));
        }
        let rows: Vec<String> =
            self.offered.iter().map(|(name, print)| format!("{}  {}", code(name), code(print))).collect();
        if !rows.is_empty() {
            card = card.text(rows.join("\n"));
        }
        if !self.not.is_empty() {
            card = card.text(self.not.join("\n"));
        }
        if found == 0 { card } else { card.menu(pin_all::menu(&self.offered)) }
    }
}
