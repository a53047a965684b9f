//! Sets the words by which grants and rules mean a server.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Hosts;

/// More say nothing any more.
const MOST: usize = 10;
/// As long as a server's name.
const LENGTH: usize = 32;

/// Set a server's tags.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TagServer {
    /// The server.
    pub server: ServerName,
    /// Its tags from now on, such as `prod`; none takes them all away.
    pub tags: Vec<String>,
}

/// How it is tagged now.
#[derive(Debug, Serialize)]
pub struct Tagged {
    server: String,
    tags: Vec<String>,
}

impl Action for TagServer {
    const NAME: &'static str = "server.tag";
    const RISK: Risk = Risk::Change;
    type Service = Hosts;
    type Report = Tagged;

    fn plan(&self) -> String {
        let server = code(self.server.as_str());
        match &self.tags[..] {
            [] => format!("Take every tag off {server}"),
            tags => format!("Tag {server} {} and nothing else", drawn(tags)),
        }
    }

    fn refusal(&self) -> String {
        format!("tag server {}", code(self.server.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.server.to_string())
    }

    async fn assess(&self, hosts: &Hosts, actor: &Actor) -> Result<Assessment> {
        // A tag gives whatever is granted on it, and takes away or lifts the rules on it.
        let also = ["grant.give", "policy.set"].map(|power| (power, self.server.to_string())).to_vec();
        Ok(Assessment { also, ..hosts.assess(actor.guild, &self.server, Self::RISK) })
    }

    async fn run(permit: Permit<Self>, hosts: &Hosts, _: &Run) -> Result<Tagged> {
        hosts.tag(&permit).await
    }
}

impl Hosts {
    async fn tag(&self, permit: &Permit<TagServer>) -> Result<Tagged> {
        let action = permit.action();
        let tags = checked(&action.tags)?;
        let server = self.find(permit.actor().guild, &action.server)?;
        let Some(server) = self.store.tag_server(&server, &tags).await? else {
            return Err(Error::NotFound { kind: "server", name: server.name });
        };
        self.remember(&server);
        Ok(Tagged { server: server.name, tags: server.tags })
    }
}

/// Tags in order, each once.
fn checked(tags: &[String]) -> Result<Vec<String>> {
    let mut tags: Vec<String> = tags.iter().map(|tag| tag.to_lowercase()).collect();
    tags.sort();
    tags.dedup();
    let fits = |tag: &&String| {
        (1..=LENGTH).contains(&tag.len())
            && tag
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_.".contains(letter))
    };
    if let Some(wrong) = tags.iter().find(|tag| !fits(tag)) {
        return Err(Error::Invalid(format!(
            "{} is no tag: it takes 1 to {LENGTH} letters, digits, `-`, `_` or `.`, such as `prod`. Nothing was changed.",
            code(wrong)
        )));
    }
    if tags.len() > MOST {
        return Err(Error::Invalid(format!("A server has at most {MOST} tags. Nothing was changed.")));
    }
    Ok(tags)
}

/// Tags as a card shows them.
pub(crate) fn drawn(tags: &[String]) -> String {
    tags.iter().map(code).collect::<Vec<_>>().join(" ")
}

impl Report for Tagged {
    fn card(&self) -> Card {
        let server = code(&self.server);
        match &self.tags[..] {
            [] => Card::ok(format!("**Took every tag off** {server}")),
            tags => Card::ok(format!("**Tagged** {server}")).fact(drawn(tags)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_short_plain_words_each_once() {
        let checked = |text: &str| checked(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(checked("web Prod web eu-1.a_b").unwrap(), ["eu-1.a_b", "prod", "web"]);
        for wrong in ["", "a:b", "é", "prod,web", &"x".repeat(33), "1 2 3 4 5 6 7 8 9 10 11"] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
    }
}
