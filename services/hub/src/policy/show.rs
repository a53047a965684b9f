//! A guild's policy: the defaults, its own rules, and which of them decides about something.

use base::{Action, Asker, Card, Error, Need, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::rules::Rule;

use super::{Asked, asked_by, decide, lasting};
use crate::{grants::Access, pattern};

/// More would not be read on a phone; the rest is in the file.
const SHOWN: usize = 12;

/// Show what needs whose yes.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowPolicy {
    /// What decides about this action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What decides on this target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The policy.
#[derive(Debug, Serialize)]
pub struct Shown {
    version: i64,
    #[serde(skip)]
    rules: Vec<Rule>,
    lines: Vec<String>,
    about: Option<About>,
}

/// What decides about one action on one target.
#[derive(Debug, Serialize)]
struct About {
    action: String,
    target: Option<String>,
    rulings: Vec<String>,
}

impl Action for ShowPolicy {
    const NAME: &'static str = "policy.show";
    const RISK: Risk = Risk::Observe;
    type Service = Access;
    type Report = Shown;

    fn plan(&self) -> String {
        "Show the policy".to_owned()
    }

    fn refusal(&self) -> String {
        "see this guild's policy".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, access: &Access, _: &Run) -> Result<Shown> {
        access.show_policy(&permit).await
    }
}

impl Access {
    async fn show_policy(&self, permit: &Permit<ShowPolicy>) -> Result<Shown> {
        let (show, guild) = (permit.action(), permit.actor().guild);
        let (rules, version) = (self.store.rules(guild).await?, self.store.policy_version(guild).await?);
        let about = match &show.action {
            Some(action) => Some(self.about(&rules, action, show.target.as_deref())?),
            None => None,
        };
        let rules = match (&show.target, &about) {
            (Some(target), None) => {
                let target = pattern::target(target)?;
                let tags: Vec<String> = pattern::tag(&target).map(str::to_owned).into_iter().collect();
                rules.into_iter().filter(|rule| pattern::target_fits(&rule.target, Some(&target), &tags)).collect()
            }
            _ => rules,
        };
        Ok(Shown { version, lines: rules.iter().map(words).collect(), rules, about })
    }

    fn about(&self, rules: &[Rule], action: &str, target: Option<&str>) -> Result<About> {
        let action = pattern::action(action, &self.actions())?;
        if !self.actions().contains(&action.as_str()) {
            return Err(Error::Invalid(format!("{} is several: choose one action.", code(&action))));
        }
        let target = target.map(pattern::target).transpose()?;
        let mut rulings = Vec::new();
        let tags: Vec<String> = target.as_deref().and_then(pattern::tag).map(str::to_owned).into_iter().collect();
        let free_form = self.is_free_form(&action);
        for asker in [Asker::Person, Asker::Model, Asker::Automation] {
            for risk in Risk::ALL {
                let asked = Asked {
                    action: &action,
                    target: target.as_deref().filter(|_| tags.is_empty()),
                    tags: &tags,
                    risk,
                    free_form,
                    asker,
                    administrator: false,
                };
                let ruling = decide(rules, &asked);
                let by = ruling.rule.map_or_else(
                    || "default".to_owned(),
                    |rule| format!("rule for {} on {}", code(rule.action), code(rule.target)),
                );
                rulings.push(format!("{} · {}: {} · {by}", asker.as_str(), risk.words(), ruling.need.words()));
            }
        }
        if tags.is_empty() && target.is_some() && rules.iter().any(|rule| pattern::tag(&rule.target).is_some()) {
            rulings.push("Rules on tags may say otherwise: they are not looked up here.".to_owned());
        }
        Ok(About { action, target, rulings })
    }
}

/// A rule in words.
fn words(rule: &Rule) -> String {
    let risk = rule.risk.map(|risk| format!(" that {}", risk.words())).unwrap_or_default();
    let asker = rule.asker.map(|asker| format!(" asked by {}", asked_by(asker))).unwrap_or_default();
    let lasts = rule.lasts.filter(|_| rule.need != Need::Never);
    let lasts = lasts.map(|lasts| format!(", open {}", lasting(lasts))).unwrap_or_default();
    format!("{} on {}{risk}{asker}: {}{lasts}", code(&rule.action), code(&rule.target), rule.need.words())
}

impl Report for Shown {
    fn card(&self) -> Card {
        if let Some(about) = &self.about {
            let place = about.target.as_ref().map(|target| format!(" on {}", code(target))).unwrap_or_default();
            let card = Card::plain(format!("**Policy** for {}{place}", code(&about.action)));
            return about.rulings.iter().fold(card, |card, ruling| card.row(ruling.clone(), None));
        }
        let count = measure::count(u64::try_from(self.rules.len()).unwrap_or_default(), "rule", "rules");
        let mut card =
            Card::plain(format!("**Policy** {count} of this guild's own")).fact(format!("version {}", self.version));
        for line in self.lines.iter().take(SHOWN) {
            card = card.row(line.clone(), None);
        }
        if self.lines.len() > SHOWN {
            let more = self.lines.len() - SHOWN;
            card = card
                .text(format!("and {more} more, all in the file"))
                .file("policy.txt", self.lines.join("\n").into_bytes());
        }
        card.text("Where no rule fits:")
            .row("looking · nobody is asked", None)
            .row("a person's own change · nobody is asked", None)
            .row("what destroys, by a person · they confirm", None)
            .row(
                "a command line that does more than look · another person approves, unless an administrator wrote it",
                None,
            )
            .row("what a model or an automation asks for · another person approves", None)
    }
}
