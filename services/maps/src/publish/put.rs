//! Puts a service or a server on the guild's page, or takes it off.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::status_pages::{Incidents, PageLine, StatusPage, Subject};

use super::{MOST, public_name, subject};
use crate::{Maps, ServiceName};

/// Put a service or a server on the page for everybody.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PublishService {
    /// The service of the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// Or the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerName>,
    /// What it is called there.
    pub shown_as: String,
}

/// Take a service or a server off the page for everybody.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct UnpublishService {
    /// The service of the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// Or the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerName>,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Published {
    subject: String,
    shown_as: String,
    address: String,
    lines: usize,
}

/// It is there no longer.
#[derive(Debug, Serialize)]
pub struct Unpublished {
    subject: String,
    was_there: Was,
}

/// Whether it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Was {
    There,
    NotThere,
}

fn named(service: Option<&ServiceName>, server: Option<&ServerName>) -> String {
    let service = service.map(|service| format!("service {}", code(service.as_str())));
    let server = server.map(|server| format!("server {}", code(server.as_str())));
    service.into_iter().chain(server).collect::<Vec<_>>().join(" and ")
}

impl Action for PublishService {
    const NAME: &'static str = "service.publish";
    const RISK: Risk = Risk::Change;
    type Service = Maps;
    type Report = Published;

    fn plan(&self) -> String {
        let what = named(self.service.as_ref(), self.server.as_ref());
        format!("Show everybody how {what} is, as {}", code(&self.shown_as))
    }

    fn refusal(&self) -> String {
        "publish how services are".to_owned()
    }

    fn target(&self) -> Option<String> {
        self.service.as_ref().map(ServiceName::to_string)
    }

    async fn assess(&self, maps: &Maps, actor: &Actor) -> Result<Assessment> {
        let Some(server) = &self.server else { return Ok(Assessment::of(Self::RISK)) };
        let mut known = maps.hosts.known_of(actor.guild, server, Self::RISK);
        known.also.push(("metrics.show", server.to_string()));
        Ok(known)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<Published> {
        let (asked, actor) = (permit.action(), permit.actor());
        let (kind, name) = subject(asked.service.as_ref(), asked.server.as_ref())?;
        if let Some(service) = &asked.service {
            maps.stands(actor.guild).await?.find(service)?;
        }
        let shown_as = public_name(&asked.shown_as)?;
        let subject = maps.row_of(actor.guild, kind, &name)?;
        let lines = maps.store.status_page_lines(actor.guild).await?;
        let is_new = !lines.iter().any(|line| line.kind == kind && line.subject == subject);
        if is_new && lines.len() >= MOST {
            return Err(Error::Invalid(format!("A page has at most {MOST} lines. Nothing was changed.")));
        }
        let page = if let Some(page) = maps.store.status_page(actor.guild).await? {
            page
        } else {
            // Nobody guesses it, until somebody chooses another.
            let word = maps.clock.key();
            let (title, incidents) = ("Status".to_owned(), Incidents::default());
            let page = StatusPage { guild: actor.guild, word, title, incidents };
            maps.store.set_status_page(&page, actor.user).await?;
            page
        };
        maps.store.put_on_status_page(actor.guild, &PageLine { kind, subject, shown_as: shown_as.clone() }).await?;
        maps.pages_changed.notify_one();
        let lines = lines.len() + usize::from(is_new);
        Ok(Published { subject: name, shown_as, address: maps.address_of(&page.word), lines })
    }
}

impl Action for UnpublishService {
    const NAME: &'static str = "service.unpublish";
    const RISK: Risk = Risk::Change;
    type Service = Maps;
    type Report = Unpublished;

    fn plan(&self) -> String {
        format!("Take {} off the page for everybody", named(self.service.as_ref(), self.server.as_ref()))
    }

    fn refusal(&self) -> String {
        "change the page for everybody".to_owned()
    }

    fn target(&self) -> Option<String> {
        self.service.as_ref().map(ServiceName::to_string)
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<Unpublished> {
        let (asked, guild) = (permit.action(), permit.actor().guild);
        let (kind, name) = subject(asked.service.as_ref(), asked.server.as_ref())?;
        let row = maps.row_of(guild, kind, &name)?;
        let gone = maps.store.take_off_status_page(guild, kind, &row).await?;
        let was_there = if gone { Was::There } else { Was::NotThere };
        Ok(Unpublished { subject: name, was_there })
    }
}

impl Report for Published {
    fn card(&self) -> Card {
        Card::ok(format!("**Published** {} as {}", code(&self.subject), code(&self.shown_as)))
            .fact(base::measure::count(self.lines as u64, "line", "lines"))
            .text(format!("Whoever has the address reads it: {}", self.address))
    }
}

impl Report for Unpublished {
    fn card(&self) -> Card {
        match self.was_there {
            Was::There => Card::ok(format!("**Took** {} off the page for everybody", code(&self.subject))),
            Was::NotThere => Card::quiet(format!("**Nothing to do**: {} is not on the page", code(&self.subject))),
        }
    }
}

/// What a line is about, for the page.
pub(super) fn is_server(line: &PageLine) -> bool {
    line.kind == Subject::Server
}
