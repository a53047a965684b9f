//! Sets or takes away a rule of a guild's policy.

use std::time::Duration;

use base::{Action, Asker, Card, Error, Need, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::rules::Rule;

use super::{LONGEST, MOST, asked_by, lasting};
use crate::{
    grants::{Access, refuse_secrets},
    pattern,
};

/// Say whose yes something needs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetRule {
    /// Whose yes it needs: `never`, `confirm`, `approve`, `four_eyes`; or `default` to take the rule away.
    pub need: String,
    /// An action such as `server.run`, all of a kind as `server.*`, or `*`.
    pub action: String,
    /// A target such as `web-1`, several as `web-*` or `tag:prod`, or `*`.
    pub target: String,
    /// Only where the risk is this: `observe`, `change`, `destroy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// Only where this is who asks: `person`, `model`, `automation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asker: Option<String>,
    /// How long a question stays open, such as `8h` or `3d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// The rule stands, or is gone.
#[derive(Debug, Serialize)]
pub struct Set {
    /// The rule in words.
    rule: String,
    need: Option<Need>,
    #[serde(skip)]
    lasts: Option<Duration>,
}

/// How long a question stays open: a number of minutes, hours or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasts(pub Duration);

impl std::str::FromStr for Lasts {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim().to_lowercase();
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
        let seconds = match unit.trim() {
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => 0,
        };
        let lasts = number.parse::<u32>().ok().map(|number| Duration::from_secs(u64::from(number) * seconds));
        lasts.filter(|lasts| *lasts >= Duration::from_mins(1) && *lasts <= LONGEST).map(Self).ok_or_else(|| {
            Error::Invalid(format!(
                "{} is no time a question can stay open: from `1m` to `7d`, such as `8h`. Nothing was changed.",
                code(&text)
            ))
        })
    }
}

impl SetRule {
    /// The rule in words: "`server.run` on `web-*` where it destroys something, asked by a model".
    fn words(&self) -> String {
        let risk = self.risk.as_deref().and_then(Risk::parse);
        let risk = risk.map(|risk| format!(" that {}", risk.words())).unwrap_or_default();
        let asker = self.asker.as_deref().and_then(Asker::parse);
        let asker = asker.map(|asker| format!(" asked by {}", asked_by(asker))).unwrap_or_default();
        format!("{} on {}{risk}{asker}", code(&self.action), code(&self.target))
    }

    /// None takes the rule away.
    fn need(&self) -> Result<Option<Need>> {
        if self.need == "default" {
            return Ok(None);
        }
        Need::parse(&self.need).map(Some).ok_or_else(|| {
            Error::Invalid(format!(
                "{} is no need: it is `never`, `confirm`, `approve`, `four_eyes` or `default`. Nothing was changed.",
                code(&self.need)
            ))
        })
    }

    fn risk(&self) -> Result<Option<Risk>> {
        let read = |text: &String| {
            Risk::parse(text).ok_or_else(|| {
                Error::Invalid(format!(
                    "{} is no risk: it is `observe`, `change` or `destroy`. Nothing was changed.",
                    code(text)
                ))
            })
        };
        self.risk.as_ref().map(read).transpose()
    }

    fn asker(&self) -> Result<Option<Asker>> {
        let read = |text: &String| {
            Asker::parse(text).ok_or_else(|| {
                Error::Invalid(format!(
                    "{} is nobody who asks: it is `person`, `model` or `automation`. Nothing was changed.",
                    code(text)
                ))
            })
        };
        self.asker.as_ref().map(read).transpose()
    }
}

impl Action for SetRule {
    const NAME: &'static str = "policy.set";
    const RISK: Risk = Risk::Change;
    type Service = Access;
    type Report = Set;

    fn plan(&self) -> String {
        match self.need() {
            Ok(Some(need)) => {
                let open = self.expires.as_ref().map(|lasts| format!(", questions open {}", code(lasts)));
                format!("Set the rule for {}: {}{}", self.words(), need.words(), open.unwrap_or_default())
            }
            _ => format!("Take away the rule for {}", self.words()),
        }
    }

    fn refusal(&self) -> String {
        "change this guild's policy".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, access: &Access, run: &Run) -> Result<Set> {
        refuse_secrets(run, &[&permit.action().action, &permit.action().target])?;
        access.set_rule(&permit).await
    }
}

impl Access {
    async fn set_rule(&self, permit: &Permit<SetRule>) -> Result<Set> {
        let (set, actor) = (permit.action(), permit.actor());
        let action = pattern::action(&set.action, &self.actions())?;
        let target = pattern::target(&set.target)?;
        let (need, risk, asker) = (set.need()?, set.risk()?, set.asker()?);
        let lasts = set.expires.as_deref().map(str::parse::<Lasts>).transpose()?.map(|lasts| lasts.0);
        let words = SetRule { action: action.clone(), target: target.clone(), ..set.clone() }.words();
        let Some(need) = need else {
            if !self.store.forget_rule(actor.guild, &action, &target, risk, asker).await? {
                return Err(Error::Invalid(format!(
                    "There is no rule for {words}. `/policy show` lists those there are. Nothing was changed."
                )));
            }
            return Ok(Set { rule: words, need: None, lasts: None });
        };
        if need == Need::Never && risk.is_none() {
            return Err(Error::Invalid(
                "What asks nobody must say of what risk: add `risk`, such as `change`. Nothing was changed.".to_owned(),
            ));
        }
        if need == Need::Never && lasts.is_some() {
            return Err(Error::Invalid(
                "Where nobody is asked there is nothing that could expire: leave `expires` out. Nothing was changed."
                    .to_owned(),
            ));
        }
        let rule = Rule { action, target, risk, asker, need, lasts };
        if !self.store.set_rule(actor.guild, &rule, actor.user, MOST).await? {
            return Err(Error::Busy(format!(
                "This guild has {MOST} rules, and I keep no more: take one away with `need:default`. Nothing was changed."
            )));
        }
        Ok(Set { rule: words, need: Some(need), lasts })
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let card = match self.need {
            Some(need) => Card::ok(format!("**Policy set** {}", need.words())).text(format!("for {}", self.rule)),
            None => {
                Card::ok("**Rule taken away**".to_owned()).text(format!("for {}: the default holds again", self.rule))
            }
        };
        let card = match self.lasts {
            Some(lasts) => card.fact(format!("questions stay open {}", lasting(lasts))),
            None => card,
        };
        card.text("What already waits for an approval must be asked for again.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_stays_open_from_a_minute_to_a_week() {
        for (text, seconds) in [("1m", 60), ("8h", 28_800), ("7d", 604_800), (" 90 MIN ", 5_400)] {
            assert_eq!(text.parse::<Lasts>().unwrap().0.as_secs(), seconds, "{text}");
        }
        for text in ["", "8", "h", "0h", "8d", "169h", "1s", "-1h", "1h30m", "99999999999d"] {
            assert!(text.parse::<Lasts>().unwrap_err().to_string().contains("`8h`"), "{text}");
        }
    }
}
