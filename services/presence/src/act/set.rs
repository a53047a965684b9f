//! Says what the status is taken from, and how the bot looks.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::presence::Wish;

use crate::{LONGEST, Presence, Source, Status, act::refuse_secrets};

/// Say what the bot's own status is taken from, in every server.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPresence {
    /// Where it is taken from: the first that has something to say is heard. Empty leaves it as it is.
    pub sources: Vec<Source>,
    /// How the bot looks; as it did, unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What it says where nothing else is to be said; as it did, unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Set {
    sources: Vec<Source>,
    status: Status,
    text: String,
    shares_nothing: bool,
}

impl Action for SetPresence {
    const NAME: &'static str = "presence.set";
    const RISK: Risk = Risk::Change;
    type Service = Presence;
    type Report = Set;

    fn plan(&self) -> String {
        let sources: Vec<&str> = self.sources.iter().map(|source| source.name()).collect();
        match (sources.is_empty(), &self.text) {
            (true, Some(text)) => format!("Have the bot's status say {}", code(text)),
            (true, None) => "Change how the bot looks".to_owned(),
            (false, _) => format!("Take the bot's status from {}", sources.join(", then ")),
        }
    }

    fn refusal(&self) -> String {
        "say what my status is".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, presence: &Presence, run: &Run) -> Result<Set> {
        let (actor, asked) = (permit.actor(), permit.action());
        presence.refuse_others(actor.guild)?;
        let before = presence.store.presence().await?;
        let (was, status, text) = match &before {
            Some(wish) => (wish.sources.clone(), Status::parse(&wish.status).unwrap_or_default(), wish.words.clone()),
            None => (Vec::new(), Status::default(), String::new()),
        };
        let text = match &asked.text {
            Some(text) => {
                refuse_secrets(run, text)?;
                fits(text)?
            }
            None => text,
        };
        let mut sources = if asked.sources.is_empty() {
            was.iter().filter_map(|source| Source::parse(source)).collect()
        } else {
            asked.sources.clone()
        };
        if (1..sources.len()).any(|at| sources[..at].contains(&sources[at])) {
            return Err(Error::Invalid("A source stands there twice. Nothing was changed.".to_owned()));
        }
        // Words that somebody said are to be read, where nothing comes before them.
        if asked.text.is_some() && !text.is_empty() && !sources.contains(&Source::Text) {
            sources.push(Source::Text);
        }
        if sources.contains(&Source::Text) && text.is_empty() {
            return Err(Error::Invalid(
                "Fixed words are among the sources, and there are none: `text` says them. Nothing was changed."
                    .to_owned(),
            ));
        }
        let status = asked.status.unwrap_or(status);
        let wish = Wish {
            guild: actor.guild,
            by: actor.user,
            status: status.as_str().to_owned(),
            sources: sources.iter().map(|source| source.as_str().to_owned()).collect(),
            words: text.clone(),
        };
        presence.store.keep_presence(&wish).await?;
        presence.stir();
        let share = presence.store.presence_share(actor.guild).await?;
        let shared = |source: &Source| match source {
            Source::Streams => share.streams,
            Source::Plex => share.plex,
            Source::Lanyard => share.lanyard,
            Source::Text => true,
        };
        let shares_nothing = !sources.iter().any(shared);
        Ok(Set { sources, status, text, shares_nothing })
    }
}

/// Words as they are said; empty where nothing is to be seen of them.
fn fits(text: &str) -> Result<String> {
    let seen: String = text.chars().filter(|letter| !base::card::is_hidden(*letter) && !letter.is_control()).collect();
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.encode_utf16().count() <= LONGEST {
        return Ok(line);
    }
    Err(Error::Invalid(format!("A status takes {LONGEST} characters. Nothing was changed.")))
}

impl Report for Set {
    fn card(&self) -> Card {
        let names: Vec<&str> = self.sources.iter().map(|source| source.name()).collect();
        let from = if names.is_empty() { "it says nothing".to_owned() } else { names.join(", then ") };
        let mut card = Card::ok("**Set** my status").fact(self.status.as_str()).fact(from);
        if self.sources.contains(&Source::Text) {
            card = card.text(code(&self.text));
        }
        if self.shares_nothing {
            card = card.text(
                "This server shares nothing of that yet: `/presence share` lets something of it be seen everywhere.",
            );
        }
        card.small("the same in every server")
    }
}
