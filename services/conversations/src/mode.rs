//! How the assistant goes about a conversation.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Lands, Menu, Offer, Offers, Pick, Pre, Tone},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Conversations, NAME};

/// How it goes about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Answers, looks things up, and does what is asked.
    #[default]
    Ask,
    /// Finds out what is wrong before anything is changed.
    Debug,
    /// Makes a plan and changes nothing.
    Plan,
    /// Checks that something works, and changes nothing.
    Test,
    /// Helps somebody step by step.
    Support,
    /// Thinks about how things should be built, and changes nothing.
    Architect,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Ask, Self::Debug, Self::Plan, Self::Test, Self::Support, Self::Architect];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Debug => "debug",
            Self::Plan => "plan",
            Self::Test => "test",
            Self::Support => "support",
            Self::Architect => "architect",
        }
    }

    /// The mode of this word; what is not known any more is the usual one.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text).unwrap_or_default()
    }

    /// What it is, in a line.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ask => "answers, looks things up, does what is asked",
            Self::Debug => "finds out what is wrong before anything is changed",
            Self::Plan => "makes a plan and changes nothing",
            Self::Test => "checks that something works and changes nothing",
            Self::Support => "helps somebody step by step",
            Self::Architect => "thinks about how things should be built and changes nothing",
        }
    }

    /// Whether it may be given tools that change something.
    pub fn may_change(self) -> bool {
        matches!(self, Self::Ask | Self::Debug | Self::Support)
    }
}

/// Have Jarvis go about a conversation another way.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetMode {
    /// The conversation's number.
    pub conversation: i64,
    /// How; none shows what there is to choose from.
    #[serde(default)]
    pub mode: Option<Mode>,
}

/// How it goes about it now.
#[derive(Debug, Serialize)]
pub struct ModeSet {
    conversation: i64,
    mode: Mode,
    changed: bool,
}

impl Action for SetMode {
    const NAME: &'static str = "jarvis.mode";
    const RISK: Risk = Risk::Observe;
    type Service = Conversations;
    type Report = ModeSet;

    fn plan(&self) -> String {
        let mode = self.mode.map_or("another", Mode::as_str);
        format!("Have {NAME} go about conversation {} in {mode} mode", self.conversation)
    }

    fn refusal(&self) -> String {
        format!("choose how {NAME} goes about things")
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, conversations: &Conversations, _: &Run) -> Result<ModeSet> {
        let (actor, asked) = (permit.actor(), permit.action());
        let conversation = conversations.of(actor.guild, asked.conversation).await?;
        let now = Mode::parse(&conversation.mode);
        let mode = asked.mode.unwrap_or(now);
        if mode != now {
            conversations.store.set_conversation_mode(actor.guild, conversation.id, mode.as_str()).await?;
        }
        Ok(ModeSet { conversation: asked.conversation, mode, changed: mode != now })
    }
}

impl Report for ModeSet {
    fn card(&self) -> Card {
        let (tone, now) = if self.changed { (Tone::Ok, " now") } else { (Tone::Plain, "") };
        let title = format!("**{NAME}** is in {} mode{now}", self.mode.as_str());
        let offers = Mode::ALL.into_iter().map(|mode| Offer {
            value: mode.as_str().to_owned(),
            label: mode.as_str().to_owned(),
            description: mode.words().to_owned(),
            chosen: if mode == self.mode { Pre::Chosen } else { Pre::Open },
        });
        let pick = Pick {
            action: SetMode::NAME.to_owned(),
            arguments: serde_json::json!({ "conversation": self.conversation }),
            field: "mode".to_owned(),
            name: None,
            lands: Lands::Here,
        };
        Card::new(tone, title).text(format!("It {}. It counts from the next answer on.", self.mode.words())).menu(
            Menu {
                placeholder: "Choose another mode".to_owned(),
                offers: Offers::Texts { of: offers.collect(), least: 1, most: 1 },
                pick,
            },
        )
    }
}
