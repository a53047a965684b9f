//! A guild's conversations, the latest first.

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::conversations::Conversation;

use crate::{Conversations, NAME};

/// More would not be read on a phone.
const SHOWN: usize = 10;
/// So many are read.
const READ: i64 = 500;

/// List the conversations with Jarvis.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListConversations {
    /// Only those whose title holds these words.
    #[serde(default)]
    pub search: Option<String>,
}

/// The conversations.
#[derive(Debug, Serialize)]
pub struct Listed {
    in_all: usize,
    search: Option<String>,
    conversations: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    number: i64,
    title: String,
    by: String,
    thread: Option<String>,
    touched: Millis,
}

impl Action for ListConversations {
    const NAME: &'static str = "jarvis.list";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Listed;

    fn plan(&self) -> String {
        format!("List the conversations with {NAME}")
    }

    fn refusal(&self) -> String {
        format!("list the conversations with {NAME}")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, _: &Run) -> Result<Listed> {
        let search = permit.action().search.as_deref().map(str::trim).filter(|words| !words.is_empty());
        let wanted = search.map(str::to_lowercase);
        let all = conversations.store.conversations(permit.actor().guild, READ).await?;
        let fits = |one: &Conversation| wanted.as_ref().is_none_or(|wanted| one.title.to_lowercase().contains(wanted));
        let found: Vec<Line> = all.into_iter().filter(fits).map(Line::from).collect();
        let in_all = found.len();
        let conversations = found.into_iter().take(SHOWN).collect();
        Ok(Listed { in_all, search: search.map(str::to_owned), conversations })
    }
}

impl From<Conversation> for Line {
    fn from(one: Conversation) -> Self {
        Self {
            number: one.number,
            title: one.title,
            by: one.by.to_string(),
            thread: one.thread.map(|thread| thread.to_string()),
            touched: one.touched,
        }
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        if self.conversations.is_empty() {
            let card = Card::plain("**No conversations**");
            return match &self.search {
                Some(words) => card.text(format!("None has {} in its title.", code(words))),
                None => card.text("`/jarvis ask` begins one."),
            };
        }
        let card = Card::plain("**Conversations**").fact(format!("{} in all", self.in_all));
        let card = self.conversations.iter().fold(card, |card, line| {
            let place = line.thread.as_ref().map(|thread| format!(" <#{thread}>")).unwrap_or_default();
            card.text(format!(
                "`{}` {}{place} · <@{}> · {}",
                line.number,
                code(&line.title),
                line.by,
                line.touched.relative()
            ))
        });
        if self.in_all > self.conversations.len() {
            card.small(format!("the latest {} · `search` finds older ones", self.conversations.len()))
        } else {
            card
        }
    }
}
