//! Takes a rule off a guild's list of harmless commands, a shipped one or its own.

use base::{Action, Card, Error, GuildId, Permit, Report, Result, Risk, Run, card::Choice, card::Lands, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::harmless::Change;

use crate::{AllowCommand, Policy, written};

/// Discord's limits for completions.
const CHOICES: usize = 25;
const CHOICE_LENGTH: usize = 100;
/// How many rules are named where a beginning fits several.
const NAMED: usize = 3;

/// Remove a rule from the harmless commands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetCommand {
    /// The rule, or a beginning that only one has.
    pub rule: String,
}

/// It is off the list.
#[derive(Debug, Serialize)]
pub struct Forgotten {
    rule: String,
    /// It was a shipped one.
    shipped: bool,
}

impl Action for ForgetCommand {
    const NAME: &'static str = "policy.forget-command";
    const RISK: Risk = Risk::Change;
    type Service = Policy;
    type Report = Forgotten;

    fn plan(&self) -> String {
        format!("Remove {} from the harmless commands", code(&self.rule))
    }

    fn refusal(&self) -> String {
        "remove from the harmless commands".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, policy: &Policy, run: &Run) -> Result<Forgotten> {
        // An answer quotes it and cuts what it quotes, and half a secret is no longer recognised.
        let text = run.redactor().mask(&permit.action().rule).into_owned();
        policy.forget(&permit, &text).await
    }
}

impl Policy {
    /// The rules that go on like this, then those that contain it, as they can be chosen to be removed.
    pub async fn complete(&self, guild: GuildId, typed: &str) -> Result<Vec<String>> {
        let (list, typed) = (self.harmless(guild).await?, written(typed));
        let mut rules: Vec<&str> = list.rules().filter(|rule| rule.contains(&typed)).collect();
        // A guild's own come last on the list, and are what is most often removed.
        rules.reverse();
        rules.sort_by_key(|rule| (!rule.starts_with(&typed), self.shipped.contains(rule)));
        rules.truncate(CHOICES);
        Ok(rules.into_iter().map(short).collect())
    }

    async fn forget(&self, permit: &Permit<ForgetCommand>, text: &str) -> Result<Forgotten> {
        let (guild, by) = (permit.actor().guild, permit.actor().user);
        let list = self.harmless(guild).await?;
        let rule = meant(text, list.rules())?;
        let shipped = self.shipped.contains(&rule);
        let done = if shipped {
            self.store.change_harmless(guild, by, &rule, Change::Removed).await?
        } else {
            self.store.undo_harmless(guild, &rule, Change::Added).await?
        };
        if done { Ok(Forgotten { rule, shipped }) } else { Err(not_there(&rule)) }
    }
}

/// A rule as Discord can offer it: whole, or a beginning of it.
fn short(rule: &str) -> String {
    if rule.chars().count() <= CHOICE_LENGTH {
        return rule.to_owned();
    }
    rule.chars().take(CHOICE_LENGTH - 1).chain(['…']).collect()
}

/// The rule of this text, or the only one that begins like it.
fn meant<'a>(text: &str, rules: impl Iterator<Item = &'a str>) -> Result<String> {
    let text = written(text.trim_end_matches('…'));
    let fits: Vec<&str> = rules.filter(|rule| rule.starts_with(&text)).collect();
    match &fits[..] {
        [] => Err(not_there(&text)),
        [only] => Ok((*only).to_owned()),
        several if several.contains(&text.as_str()) => Ok(text),
        several => {
            let named: Vec<String> = several.iter().take(NAMED).map(code).collect();
            let more = if several.len() > NAMED { ", and more" } else { "" };
            Err(Error::Invalid(format!(
                "{} rules begin with {}: {}{more}. Write more of the one you mean. Nothing was changed.",
                several.len(),
                code(&text),
                named.join(", ")
            )))
        }
    }
}

fn not_there(rule: &str) -> Error {
    Error::Invalid(format!(
        "{} is not on the list. `/policy commands list` has the whole list. Nothing was changed.",
        code(rule)
    ))
}

impl Report for Forgotten {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Removed** {}", code(&self.rule)))
            .text("A line with such a command in it counts as a change, unless another rule allows it.");
        let back = AllowCommand { rule: self.rule.clone() };
        card.choice(Choice::perform("Put back", &back, Lands::Below))
    }
}

#[cfg(test)]
mod tests {
    use shell::Harmless;

    use super::{CHOICE_LENGTH, meant, short};

    #[test]
    fn every_shipped_rule_can_be_chosen() {
        let list = Harmless::shipped();
        for rule in list.rules() {
            assert!(short(rule).chars().count() <= CHOICE_LENGTH);
            assert_eq!(meant(&short(rule), list.rules()).ok().as_deref(), Some(rule));
        }
    }

    #[test]
    fn a_beginning_is_enough_where_only_one_rule_has_it() {
        let rules = ["df -h *", "df", "du -s", "du -h"];
        let found = |text: &str| meant(text, rules.into_iter()).map_err(|error| error.to_string());
        assert_eq!(found(" df  -h").as_deref(), Ok("df -h *"));
        assert_eq!(found("df").as_deref(), Ok("df"));
        assert!(found("du").unwrap_err().starts_with("2 rules begin with `du`: `du -s`, `du -h`."));
        assert!(found("rm").unwrap_err().contains("is not on the list"));
    }
}
