//! Says what one conversation may cost.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::LARGEST;
use crate::Providers;

/// What a conversation may cost where nobody said, in dollars: a long one with a dear model, and no more.
const USUAL: i64 = 5;

/// Say what models in the cloud may cost in one conversation.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetConversationBudget {
    /// In whole dollars; without a number, as much as they cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dollars: Option<i64>,
}

/// It is said.
#[derive(Debug, Serialize)]
pub struct Limited {
    dollars: Option<i64>,
}

/// What a conversation may cost.
pub(super) struct PerConversation {
    /// In dollars; none is whatever it does.
    pub(super) dollars: Option<i64>,
    /// Somebody said so.
    pub(super) is_set: bool,
}

impl Providers {
    pub(super) async fn per_conversation(&self, guild: GuildId) -> Result<PerConversation> {
        let set = self.store.conversation_budget(guild).await?;
        let usual = PerConversation { dollars: Some(USUAL), is_set: false };
        Ok(set.map_or(usual, |set| PerConversation { dollars: set.dollars, is_set: true }))
    }
}

impl Action for SetConversationBudget {
    const NAME: &'static str = "ai.conversation-budget";
    const RISK: Risk = Risk::Change;
    type Service = Providers;
    type Report = Limited;

    fn plan(&self) -> String {
        match self.dollars {
            Some(dollars) => format!("Let models in the cloud cost ${dollars} in one conversation"),
            None => "Let models in the cloud cost what they do in one conversation".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "say what a conversation may cost".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Limited> {
        let (actor, dollars) = (permit.actor(), permit.action().dollars);
        if dollars.is_some_and(|dollars| !(0..=LARGEST).contains(&dollars)) {
            return Err(Error::Invalid(format!(
                "What a conversation may cost is a number of dollars from 0 to {LARGEST}. Nothing was changed."
            )));
        }
        providers.store.set_conversation_budget(actor.guild, dollars, actor.user).await?;
        Ok(Limited { dollars })
    }
}

impl Report for Limited {
    fn card(&self) -> Card {
        match self.dollars {
            Some(dollars) => Card::ok("**Limited** what a conversation costs").fact(format!("${dollars} each")).text(
                "With all that is handed on in it. After that no model in the cloud is asked in it; a model here costs nothing.",
            ),
            None => Card::ok("**Lifted** the limit of what a conversation costs"),
        }
    }
}
