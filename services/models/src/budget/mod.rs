//! What models in the cloud may cost: a guild, each person and each conversation. What runs at home costs nothing.
//!
//! **Invariants:** a question that would pass a limit is not asked. Where somebody set a limit, a model whose price is not known is not
//! asked: nobody could say when it is spent. What is asked at the same moment is counted once it was answered.

mod conversation;
mod guild;
mod role;

use std::time::Duration;

use base::{Actor, GuildId, Millis, Result, RoleId, UserId, card::code};
use serde::Serialize;
use store::model_usage::CloudUse;

use crate::{Providers, prices};

pub use conversation::SetConversationBudget;
pub use guild::SetBudget;
pub use role::SetAllowance;

/// What is spent by a guild and by a person is counted over this.
const PERIOD: Duration = Duration::from_hours(30 * 24);
/// Nobody spends more.
const LARGEST: i64 = 1_000_000;

/// What may be spent, and was.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Budget {
    /// Dollars.
    pub of: i64,
    /// What was spent, in dollars, at most.
    pub spent: f64,
}

/// A question to a model in the cloud, before it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Coming<'a> {
    /// Where.
    pub guild: GuildId,
    /// Who asks.
    pub user: UserId,
    /// What they are.
    pub roles: &'a [RoleId],
    /// In which conversation.
    pub conversation: Option<&'a str>,
    /// Which model.
    pub model: &'a str,
    /// About how much it would read.
    pub prompt_tokens: u64,
    /// It writes no more than this.
    pub reply_tokens: u64,
}

/// What somebody may spend where they ask, and did.
#[derive(Debug, Serialize)]
pub(crate) struct Spending {
    guild: Option<Budget>,
    yours: Option<Budget>,
    /// Dollars.
    conversation: Option<i64>,
}

/// A limit that a question is held against.
struct Limit {
    budget: Budget,
    /// What it limits, in a sentence about a model that is not asked.
    whose: &'static str,
    /// What it is counted over, after an amount.
    over: &'static str,
    /// Who does what about it.
    then: &'static str,
    /// Somebody set it.
    is_set: bool,
}

impl Budget {
    /// Whether so much more is within it.
    #[expect(clippy::cast_precision_loss, reason = "a budget is a small number")]
    fn has_room(&self, cost: f64) -> bool {
        self.spent + cost <= self.of as f64
    }

    /// As a person reads it.
    pub fn words(&self) -> String {
        format!("{} of ${} spent", cents(self.spent), self.of)
    }
}

/// An amount in whole cents, and never too little.
fn cents(dollars: f64) -> String {
    // Nothing is not less than nothing.
    let cents = (dollars * 100.0 - 1e-9).ceil() + 0.0;
    format!("${:.2}", cents / 100.0)
}

impl Spending {
    /// A sentence for each limit.
    pub(crate) fn words(&self) -> Vec<String> {
        let guild = self.guild.map(|budget| format!("The cloud: {} in 30 days.", budget.words()));
        let yours = self.yours.map(|budget| format!("You: {} in 30 days.", budget.words()));
        let conversation = self.conversation.map(|dollars| format!("A conversation may cost ${dollars}."));
        [guild, yours, conversation].into_iter().flatten().collect()
    }
}

impl Limit {
    /// Why a model is not asked; none where it may be.
    fn refuses(&self, model: &str, cost: Option<f64>) -> Option<String> {
        let (model, Self { whose, over, then, .. }) = (code(model), self);
        match cost {
            None if self.is_set => Some(format!(
                "{model} is not asked{whose}: what that may cost is limited, and I do not know its price."
            )),
            Some(cost) if !self.budget.has_room(cost) => Some(format!(
                "{model} is not asked{whose}: {}{over}, and this question may cost {} more. {then}",
                self.budget.words(),
                cents(cost)
            )),
            _ => None,
        }
    }
}

impl Providers {
    /// What a guild may spend on models in the cloud, and did; none where nobody set a limit.
    pub async fn budget(&self, guild: GuildId) -> Result<Option<Budget>> {
        let Some(of) = self.store.model_budget(guild).await? else { return Ok(None) };
        let used = self.store.model_usage(guild, self.period()).await?;
        // What was used before there was a budget may have no price: nobody knows it, so it counts for nothing.
        let cost = |one: &store::model_usage::Used| prices::cost(&one.model, one.prompt_tokens, one.reply_tokens);
        let spent = used.iter().filter(|one| one.is_cloud != 0).filter_map(cost).sum();
        Ok(Some(Budget { of, spent }))
    }

    /// What somebody may spend, and did; none where nobody counts. The most generous of their roles counts.
    pub async fn allowance(&self, guild: GuildId, user: UserId, roles: &[RoleId]) -> Result<Option<Budget>> {
        let has = |role: RoleId| role.0 == guild.0 || roles.contains(&role);
        let all = self.store.model_allowances(guild).await?;
        let Some(of) = all.into_iter().filter(|(role, _)| has(*role)).map(|(_, dollars)| dollars).max() else {
            return Ok(None);
        };
        Ok(Some(Budget { of, spent: spent(&self.store.cloud_use_by(guild, user, self.period()).await?) }))
    }

    /// What somebody may spend where they ask, and did.
    pub(crate) async fn spending(&self, actor: &Actor) -> Result<Spending> {
        let Actor { guild, user, roles, .. } = actor;
        Ok(Spending {
            guild: self.budget(*guild).await?,
            yours: self.allowance(*guild, *user, roles).await?,
            conversation: self.per_conversation(*guild).await?.dollars,
        })
    }

    /// Why a model in the cloud is not asked although the guild lets it be; none where it may.
    pub async fn too_dear(&self, coming: &Coming<'_>) -> Result<Option<String>> {
        let Coming { guild, model, prompt_tokens, reply_tokens, .. } = *coming;
        let number = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let cost = prices::cost(model, number(prompt_tokens), number(reply_tokens));
        let mut limits = Vec::new();
        limits.extend(self.budget(guild).await?.map(|budget| Limit {
            budget,
            whose: "",
            over: " in 30 days",
            then: "An administrator gives more with `/ai budget guild`.",
            is_set: true,
        }));
        limits.extend(self.allowance(guild, coming.user, coming.roles).await?.map(|budget| Limit {
            budget,
            whose: " for you",
            over: " in 30 days",
            then: "An administrator gives more with `/ai budget role`.",
            is_set: true,
        }));
        limits.extend(self.conversation_limit(coming).await?);
        Ok(limits.iter().find_map(|limit| limit.refuses(model, cost)))
    }

    async fn conversation_limit(&self, coming: &Coming<'_>) -> Result<Option<Limit>> {
        let Some(conversation) = coming.conversation else { return Ok(None) };
        let may = self.per_conversation(coming.guild).await?;
        let Some(of) = may.dollars else { return Ok(None) };
        let used = self.store.cloud_use_in(coming.guild, conversation).await?;
        Ok(Some(Limit {
            budget: Budget { of, spent: spent(&used) },
            whose: " in this conversation",
            over: "",
            then: "Begin another one with `/jarvis ask`; an administrator gives more with `/ai budget conversation`.",
            is_set: may.is_set,
        }))
    }

    /// Since when what is spent counts.
    fn period(&self) -> Millis {
        Millis(self.clock.now().0 - i64::try_from(PERIOD.as_millis()).unwrap_or_default())
    }
}

/// What that cost, as far as prices are known.
fn spent(used: &[CloudUse]) -> f64 {
    used.iter().filter_map(|one| prices::cost(&one.model, one.prompt_tokens, one.reply_tokens)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_is_told_in_whole_cents_and_never_too_little() {
        let told = |spent| Budget { of: 20, spent }.words();
        assert_eq!(told(0.0), "$0.00 of $20 spent");
        assert_eq!(told(0.001), "$0.01 of $20 spent");
        assert_eq!(told(1.1), "$1.10 of $20 spent");
    }

    #[test]
    fn a_question_that_would_pass_a_limit_is_not_asked_and_one_that_just_fits_is() {
        let limit = |is_set| Limit {
            budget: Budget { of: 1, spent: 0.9 },
            whose: " for you",
            over: " in 30 days",
            then: "Wait.",
            is_set,
        };
        assert_eq!(limit(true).refuses("m", Some(0.1)), None);
        assert_eq!(
            limit(true).refuses("m", Some(0.101)).unwrap(),
            "`m` is not asked for you: $0.90 of $1 spent in 30 days, and this question may cost $0.11 more. Wait."
        );
        assert!(limit(true).refuses("m", None).unwrap().contains("do not know its price"));
        assert_eq!(
            limit(false).refuses("m", None),
            None,
            "what is only usual keeps nobody from a model of no known price"
        );
        assert!(limit(false).refuses("m", Some(0.2)).is_some());
    }
}
