//! Keeps a prompt under a name, for whoever saves it alone.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::prompts::{MOST, NewPrompt, Saved};

use super::PromptName;
use crate::{BUILT_IN, Memories, OwnWords, Template, their_own};

/// The most tags of a prompt, and the longest of them.
const TAGS: usize = 5;
const TAG: usize = 24;

/// What kind a prompt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Servers, containers, incidents.
    Ops,
    /// Programs.
    Code,
    /// Texts.
    Content,
    /// Pictures.
    Image,
    /// Conversation.
    Chat,
    /// Who a model is to be.
    System,
}

/// Every kind, in the order of lists.
pub const CATEGORIES: [Category; 6] =
    [Category::Ops, Category::Code, Category::Content, Category::Image, Category::Chat, Category::System];

impl Category {
    /// The word a row keeps.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ops => "ops",
            Self::Code => "code",
            Self::Content => "content",
            Self::Image => "image",
            Self::Chat => "chat",
            Self::System => "system",
        }
    }
}

/// Keep a prompt in the library, for whoever asks alone; one of that name is replaced.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SavePrompt {
    /// What it is called.
    pub name: PromptName,
    /// What it says. `{names}` in braces are asked for when it is used.
    pub text: OwnWords,
    /// What kind it is.
    pub category: Category,
    /// Words it is found by.
    #[serde(default)]
    pub tags: String,
}

/// It is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    name: PromptName,
    category: Category,
    variables: Vec<String>,
    new: bool,
}

impl Action for SavePrompt {
    const NAME: &'static str = "prompt.save";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = Memories;
    type Report = Kept;

    fn plan(&self) -> String {
        format!("Keep prompt {} for themselves", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "keep prompts".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, _: &Memories, actor: &Actor) -> Result<Assessment> {
        Ok(their_own(actor, &self.text))
    }

    async fn run(permit: Permit<Self>, memories: &Memories, run: &Run) -> Result<Kept> {
        memories.save(permit.actor(), permit.action(), run).await
    }
}

impl Memories {
    async fn save(&self, actor: &Actor, save: &SavePrompt, run: &Run) -> Result<Kept> {
        let name = save.name.as_str();
        if BUILT_IN.iter().any(|one| one.name == name) {
            return Err(Error::Invalid(format!(
                "{} comes with me and stays as it is. Choose another name. Nothing was kept.",
                code(name)
            )));
        }
        let (text, tags) = (save.text.said().replace("\r\n", "\n").trim().to_owned(), tags(&save.tags)?);
        if [name, &text, &tags].into_iter().any(|text| run.redactor().finds(text)) {
            return Err(Error::Invalid(
                "That holds a secret, and prompts are sent to models. Nothing was kept. Put a {variable} in its place."
                    .to_owned(),
            ));
        }
        let template = Template::read(&text)?;
        let new = NewPrompt {
            guild: actor.guild,
            user: actor.user,
            name,
            text: &text,
            category: save.category.as_str(),
            tags: &tags,
        };
        let saved = self.store.save_prompt(&new).await?;
        if saved == Saved::Full {
            return Err(Error::Busy(format!(
                "You have {MOST} prompts here, and I keep no more. `/prompt remove` makes room. Nothing was kept."
            )));
        }
        let variables = template.variables().into_iter().map(str::to_owned).collect();
        Ok(Kept { name: save.name.clone(), category: save.category, variables, new: saved == Saved::New })
    }
}

/// Words a prompt is found by, as they are kept.
fn tags(typed: &str) -> Result<String> {
    let typed = typed.to_lowercase();
    let tags: Vec<&str> =
        typed.split([' ', ',', '\n']).map(|tag| tag.trim_start_matches('#')).filter(|tag| !tag.is_empty()).collect();
    let fits = |tag: &&str| {
        tag.chars().count() <= TAG && tag.chars().all(|letter| letter.is_alphanumeric() || "-_.".contains(letter))
    };
    if tags.len() > TAGS || !tags.iter().all(fits) {
        return Err(Error::Invalid(format!(
            "A prompt has at most {TAGS} tags, each of at most {TAG} letters, digits, `-`, `_` or `.`. Nothing was kept."
        )));
    }
    Ok(tags.join(" "))
}

impl Report for Kept {
    fn card(&self) -> Card {
        let verb = if self.new { "**Saved**" } else { "**Changed**" };
        let mut card = Card::ok(format!("{verb} prompt {}", code(self.name.as_str())))
            .fact(self.category.as_str())
            .fact("yours alone");
        if !self.variables.is_empty() {
            let names: Vec<String> = self.variables.iter().map(code).collect();
            card = card.text(format!("Asks for {} when it is used.", names.join(", ")));
        }
        card.text("`/prompt use` uses it, `/prompt share` lets everybody here use it as it is now.")
    }
}
