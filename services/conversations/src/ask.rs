//! Begins a conversation.

use base::{Action, Card, Permit, Redactor, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::conversations::NewConversation;

use crate::{
    Attached, Conversations, Mode, NAME, Until,
    add::{New, words},
    until,
};

/// What a conversation is called at first: so many characters of its first question.
const TITLE: usize = 60;
/// What an empty conversation holds.
pub(crate) const EMPTY: &str = "{}";

/// Ask Jarvis something, in a thread of its own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct AskJarvis {
    /// What to find out or have done.
    pub question: String,
    /// How it goes about it.
    #[serde(default)]
    pub mode: Option<Mode>,
    /// The agent that answers; none is Jarvis itself.
    #[serde(default)]
    pub agent: Option<String>,
    /// What must hold before the answer counts as done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    // How something is looked at is typed by people; whatever else asks says it in words.
    #[schemars(with = "Vec<String>")]
    pub until: Vec<Until>,
    /// What is attached.
    #[serde(default)]
    pub files: Vec<Attached>,
    /// The channel it is asked in.
    pub channel: u64,
    /// The message it is asked by: the thread is made on it.
    #[serde(default)]
    pub message: Option<u64>,
}

/// It is asked.
#[derive(Debug, Serialize)]
pub struct Asked {
    conversation: i64,
    thread: u64,
    question: String,
}

impl Action for AskJarvis {
    const NAME: &'static str = "jarvis.ask";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = Asked;

    fn plan(&self) -> String {
        format!("Ask {NAME}: {}", code(&self.question))
    }

    fn refusal(&self) -> String {
        format!("ask {NAME}")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, run: &Run) -> Result<Asked> {
        let (actor, asked) = (permit.actor(), permit.action());
        let redactor = run.redactor();
        let question = words(redactor, &asked.question, &asked.files)?;
        let body = stated(redactor, &asked.until)?;
        let title = title(question, &asked.files);
        let id = conversations.clock.id();
        let new = NewConversation {
            id,
            guild: actor.guild,
            channel: asked.channel,
            title: &title,
            mode: asked.mode.unwrap_or_default().as_str(),
            agent: asked.agent.as_deref(),
            by: actor.user,
            body: &body,
            below: None,
        };
        let number = conversations.store.begin_conversation(new).await?;
        let made = conversations.threads()?.make_for(
            actor.guild,
            asked.channel,
            asked.message,
            title.clone(),
            redactor.clone(),
        );
        let thread = match made.await {
            Ok(thread) => thread,
            Err(error) => {
                // Nobody would ever see what is said in it.
                conversations.store.delete_conversation(actor.guild, id).await?;
                return Err(error);
            }
        };
        conversations.stands_in(actor.guild, id, thread).await?;
        let said = asked.message.map_or_else(|| conversations.clock.id().to_string(), |message| message.to_string());
        conversations.add(id, actor, redactor, New { id: said, text: question, files: &asked.files }).await?;
        Ok(Asked { conversation: number, thread, question: question.to_owned() })
    }
}

/// What is in a conversation in which nothing was said yet.
fn stated(redactor: &Redactor, until: &[Until]) -> Result<String> {
    if until.is_empty() {
        return Ok(EMPTY.to_owned());
    }
    until::refuse_wrong(redactor, until)?;
    Ok(serde_json::json!({ "until": until }).to_string())
}

/// What it is called until somebody renames it.
fn title(question: &str, files: &[Attached]) -> String {
    let line = question.lines().find(|line| !line.trim().is_empty()).map(str::trim);
    let line = line.or_else(|| files.first().map(|file| file.name.as_str())).unwrap_or(NAME);
    let mut title: String = line.chars().filter(|letter| !letter.is_control()).take(TITLE).collect();
    if title.chars().count() < line.chars().count() {
        title.push('…');
    }
    title
}

impl Report for Asked {
    fn card(&self) -> Card {
        Card::ok(format!("**Asked {NAME}** in <#{}>", self.thread)).text(code(&self.question))
    }
}
