//! The page itself: its address, its title, what is on it, and that it goes.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::status_pages::{Incidents, StatusPage};

use super::{public_name, put::is_server};
use crate::Maps;

/// Longest word of an address.
const WORD: usize = 40;
/// Shorter ones are guessed.
const SHORTEST: usize = 4;

/// Show the page for everybody, or change it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetPage {
    /// What its address ends in: letters, digits and `-`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// What stands on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Which incidents it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incidents: Option<ShownIncidents>,
    /// What becomes of it besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

/// What becomes of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Its address becomes one that nobody knows.
    NewAddress,
    /// It goes, and all that is on it.
    Remove,
}

/// Which incidents a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShownIncidents {
    /// Those of what is on it, under the name it has there.
    Published,
    /// Also that something else is wrong, and since when; nothing of what that is.
    Others,
    /// Not any.
    None,
}

/// The page as it is now.
#[derive(Debug, Serialize)]
pub struct PageSet {
    title: Option<String>,
    address: String,
    /// What it is about, and what it is called there.
    lines: Vec<(String, String)>,
    incidents: ShownIncidents,
    removed: bool,
}

impl Action for SetPage {
    const NAME: &'static str = "service.page";
    const RISK: Risk = Risk::Change;
    type Service = Maps;
    type Report = PageSet;

    fn plan(&self) -> String {
        match (&self.word, self.title.is_some() || self.incidents.is_some(), self.change) {
            (_, _, Some(Change::Remove)) => "Remove the page for everybody".to_owned(),
            (None, false, None) => "Show what is on the page for everybody".to_owned(),
            (Some(word), ..) => format!("Give the page for everybody the address {}", code(word)),
            _ => "Change the page for everybody".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "change the page for everybody".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<PageSet> {
        let (asked, actor) = (permit.action(), permit.actor());
        let before = maps.store.status_page(actor.guild).await?;
        if asked.change == Some(Change::Remove) {
            if !maps.store.remove_status_page(actor.guild).await? {
                return Err(none());
            }
            let (address, lines, incidents) = (String::new(), Vec::new(), ShownIncidents::None);
            return Ok(PageSet { title: None, address, lines, incidents, removed: true });
        }
        let page = before.ok_or_else(none)?;
        let word = match (&asked.word, asked.change) {
            (Some(word), _) => checked(word)?,
            (None, Some(Change::NewAddress)) => maps.clock.key(),
            (None, _) => page.word.clone(),
        };
        let title = asked.title.as_deref().map(public_name).transpose()?.unwrap_or_else(|| page.title.clone());
        let incidents = asked.incidents.map_or(page.incidents, Incidents::from);
        let new = StatusPage { guild: page.guild, word, title, incidents };
        if new != page && !maps.store.set_status_page(&new, actor.user).await? {
            return Err(Error::Invalid(format!("{} is taken. Nothing was changed.", code(&new.word))));
        }
        let lines = maps.named_lines(actor.guild).await?;
        let (address, incidents) = (maps.address_of(&new.word), new.incidents.into());
        Ok(PageSet { title: Some(new.title), address, lines, incidents, removed: false })
    }
}

impl Maps {
    async fn named_lines(&self, guild: GuildId) -> Result<Vec<(String, String)>> {
        let servers = self.hosts.of(guild);
        let lines = self.store.status_page_lines(guild).await?.into_iter().map(|line| {
            let own = servers.iter().find(|server| is_server(&line) && server.id == line.subject);
            (own.map_or(line.subject, |server| server.name.clone()), line.shown_as)
        });
        Ok(lines.collect())
    }
}

impl From<ShownIncidents> for Incidents {
    fn from(shown: ShownIncidents) -> Self {
        match shown {
            ShownIncidents::Published => Self::Published,
            ShownIncidents::Others => Self::Others,
            ShownIncidents::None => Self::None,
        }
    }
}

impl From<Incidents> for ShownIncidents {
    fn from(kept: Incidents) -> Self {
        match kept {
            Incidents::Published => Self::Published,
            Incidents::Others => Self::Others,
            Incidents::None => Self::None,
        }
    }
}

impl ShownIncidents {
    fn words(self) -> &'static str {
        match self {
            Self::Published => "It shows the incidents of what is on it, and of nothing else.",
            Self::Others => "It shows the incidents of what is on it; of others that there is one, and nothing more.",
            Self::None => "It shows no incidents.",
        }
    }
}

fn none() -> Error {
    Error::Invalid("There is no page for everybody yet. `/service publish` puts the first line on it.".to_owned())
}

fn checked(word: &str) -> Result<String> {
    let word = word.trim().to_lowercase();
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if (SHORTEST..=WORD).contains(&word.len()) && word.chars().all(fits) {
        return Ok(word);
    }
    Err(Error::Invalid(format!("An address ends in {SHORTEST} to {WORD} letters, digits or `-`. Nothing was changed.")))
}

impl Report for PageSet {
    fn card(&self) -> Card {
        let Some(title) = &self.title else { return Card::ok("**Removed** the page for everybody") };
        let lines: Vec<String> =
            self.lines.iter().map(|(name, shown_as)| format!("{} as {}", code(name), code(shown_as))).collect();
        Card::plain(format!("**Page for everybody** {}", code(title)))
            .fact(base::measure::count(lines.len() as u64, "line", "lines"))
            .text(format!("Whoever has the address reads it: {}", self.address))
            .text(if lines.is_empty() { "Nothing is on it.".to_owned() } else { lines.join("\n") })
            .text(self.incidents.words())
    }
}
