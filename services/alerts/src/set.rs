//! Makes a rule, or changes one: what is not said stays as it was.

use std::time::Duration;

use base::{
    Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::alert_rules::SetRule as Became;

use crate::{
    Alerts, Limits, ListRules, MOST, Named, Origin, RuleName, Worse, amount, refuse_secrets,
    rule::{CALM, Rule},
    scope::Scope,
    span,
    what::{CONTAINER_DOWN, CONTAINER_SICK, Measure, What},
    words,
};

/// Within what events are counted, unless told otherwise.
const WINDOW: Duration = Duration::from_mins(10);

/// Watch something, or change how it is watched.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetRule {
    /// The rule's name; one of that name is changed.
    pub name: RuleName,
    /// What is watched: `cpu`, `memory`, `disk`, `answers`, `container`, `event:action.failed` and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// In which direction it gets worse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worse: Option<Worse>,
    /// From what on somebody should look, such as `80`; `none` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<String>,
    /// From what on somebody should look at once, such as `95`; `none` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub critical: Option<String>,
    /// For how long it must be so, such as `5m`; of events, within what they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<String>,
    /// How long it must be well before it is over, such as `2m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calm: Option<String>,
    /// On which servers: `all`, a server, or `tag:web`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// A runbook that is run when it opens; `none` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// How long the runbook is not run again, such as `15m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<String>,
    /// How often in an hour it is run at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

/// The rule as it is now.
#[derive(Debug, Serialize)]
pub struct Set {
    name: String,
    rule: String,
    on: String,
    calm: String,
    runbook: Option<String>,
    new: bool,
}

impl SetRule {
    fn scope(&self) -> Option<Scope> {
        self.on.as_deref().and_then(|on| Scope::read(on).ok())
    }
}

impl Action for SetRule {
    const NAME: &'static str = "alert.set";
    const RISK: Risk = Risk::Change;
    type Service = Alerts;
    type Report = Set;

    fn plan(&self) -> String {
        let said = [
            ("what", self.what.as_deref()),
            ("warn", self.warn.as_deref()),
            ("critical", self.critical.as_deref()),
            ("for", self.lasts.as_deref()),
            ("calm", self.calm.as_deref()),
            ("on", self.on.as_deref()),
            ("runbook", self.runbook.as_deref()),
            ("cooldown", self.cooldown.as_deref()),
        ];
        let most = self.most.map(|most| format!("at most {most} times an hour"));
        let said = said.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", code(value?)))).chain(most);
        let said: Vec<String> = said.collect();
        format!("Set rule {}{}{}", code(self.name.as_str()), if said.is_empty() { "" } else { ": " }, said.join(", "))
    }

    fn refusal(&self) -> String {
        match self.scope() {
            Some(Scope::Server(server)) => format!("set rules for {}", code(server.as_str())),
            _ => "set rules".to_owned(),
        }
    }

    fn target(&self) -> Option<String> {
        match self.scope() {
            Some(Scope::Server(server)) => Some(server.to_string()),
            _ => None,
        }
    }

    async fn assess(&self, alerts: &Alerts, actor: &Actor) -> Result<Assessment> {
        match self.scope() {
            Some(Scope::Server(server)) => Ok(alerts.hosts.known_of(actor.guild, &server, Self::RISK)),
            _ => Ok(Assessment::of(Self::RISK)),
        }
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, run: &Run) -> Result<Set> {
        refuse_secrets(run, permit.action())?;
        alerts.set(&permit).await
    }
}

impl Alerts {
    async fn set(&self, permit: &Permit<SetRule>) -> Result<Set> {
        let (asked, actor) = (permit.action(), permit.actor());
        let rules = self.rules_of(actor.guild).await?;
        let before = rules.iter().find(|rule| rule.name == asked.name.as_str());
        if let Some(before) = before
            && let Some(scope @ Scope::Server(_)) = asked.scope()
            && before.scope != scope
        {
            // Who may set rules for one server takes none from another.
            return Err(Error::Invalid(format!(
                "Rule {} is about {}. Choose another name for one about {}. Nothing was changed.",
                code(&before.name),
                before.scope.words(),
                scope.words()
            )));
        }
        let rule = with(asked, before.map(|before| &**before), actor.guild, self.gap())?;
        if let Scope::Server(server) = &rule.scope {
            self.hosts.server(actor.guild, server)?;
        }
        let became = self.store.set_alert_rule(&rule.row(actor.user), MOST).await?;
        self.forget_rules(actor.guild);
        if became == Became::TooMany {
            return Err(Error::Busy(format!(
                "This guild has {MOST} rules of its own, and I keep no more. `/alert remove` takes one away. Nothing was changed."
            )));
        }
        Ok(Set {
            rule: words::rule(&rule),
            on: rule.scope.words(),
            calm: span::words(rule.rule.calm),
            runbook: rule.runbook,
            new: before.is_none(),
            name: rule.name,
        })
    }
}

/// A rule with what was asked, over what was there.
fn with(asked: &SetRule, before: Option<&Named>, guild: base::GuildId, gap: Duration) -> Result<Named> {
    let what = match &asked.what {
        Some(typed) if What::feeds_itself(&typed.trim().to_lowercase()) => {
            return Err(Error::Invalid(format!(
                "{} comes of alerts itself: a rule that counted it would feed itself without end. Nothing was changed.",
                code(typed)
            )));
        }
        Some(typed) => What::parse(&typed.trim().to_lowercase()).ok_or_else(|| {
            Error::Invalid(format!(
                "{} is nothing I can watch. Say a measure such as `cpu`, `container`, or an event such as `event:action.failed`. \
                 Nothing was changed.",
                code(typed)
            ))
        })?,
        None => before.map(|before| before.what).ok_or_else(|| {
            Error::Invalid("Say what is watched, such as `what:disk warn:80 critical:95`. Nothing was changed.".to_owned())
        })?,
    };
    // Limits of something else mean nothing here.
    let before = before.filter(|before| before.what == what);
    let worse = match what {
        What::Measure(Measure::Answers) => Worse::Below,
        What::Containers | What::Events(_) | What::Probe => Worse::Above,
        What::Measure(_) => asked.worse.or(before.map(|before| before.rule.worse)).unwrap_or(Worse::Above),
    };
    let limits = limits(asked, what, worse, before)?;
    let window = match &asked.lasts {
        Some(typed) => span::read(typed)?,
        None => {
            before.map_or(if matches!(what, What::Events(_)) { WINDOW } else { Duration::ZERO }, |before| before.window)
        }
    };
    if matches!(what, What::Events(_)) && window.is_zero() {
        return Err(Error::Invalid("Events are counted within a time: say `for:10m`. Nothing was changed.".to_owned()));
    }
    let calm = match &asked.calm {
        Some(typed) => span::read(typed)?,
        None => before.map_or_else(
            || if window > CALM && !matches!(what, What::Events(_)) { window } else { CALM },
            |before| before.rule.calm,
        ),
    };
    let scope = match &asked.on {
        Some(typed) => Scope::read(typed)?,
        None => before.map_or(Scope::All, |before| before.scope.clone()),
    };
    let runbook = match asked.runbook.as_deref().map(str::trim) {
        Some("none") => None,
        Some(typed) => Some(typed.parse::<RuleName>()?.to_string()),
        None => before.and_then(|before| before.runbook.clone()),
    };
    let cooldown = asked.cooldown.as_deref().map(span::read).transpose()?.or(before.and_then(|before| before.cooldown));
    let lasts = if matches!(what, What::Events(_)) { Duration::ZERO } else { window };
    Ok(Named {
        id: String::new(),
        guild,
        name: asked.name.to_string(),
        origin: Origin::Own,
        what,
        rule: Rule { worse, limits, lasts, calm, gap },
        window,
        scope,
        runbook,
        cooldown,
        most: asked.most.map(i64::from).or(before.and_then(|before| before.most)),
        set_by: None,
        host: None,
        off: false,
    })
}

fn limits(asked: &SetRule, what: What, worse: Worse, before: Option<&Named>) -> Result<Limits> {
    if what == What::Containers && asked.warn.is_none() && asked.critical.is_none() {
        return Ok(Limits { warn: Some(CONTAINER_SICK), critical: Some(CONTAINER_DOWN) });
    }
    let limit = |typed: Option<&String>, before: Option<i64>| match typed.map(|typed| typed.trim()) {
        Some("none") => Ok(None),
        Some(typed) => amount::read(what, typed).map(Some),
        None => Ok(before),
    };
    let limits = Limits {
        warn: limit(asked.warn.as_ref(), before.and_then(|before| before.rule.limits.warn))?,
        critical: limit(asked.critical.as_ref(), before.and_then(|before| before.rule.limits.critical))?,
    };
    match (limits.warn, limits.critical, worse) {
        (None, None, _) => {
            let example =
                if matches!(what, What::Measure(Measure::Answers)) { "critical:no" } else { "warn:80 critical:95" };
            Err(Error::Invalid(format!("Say from what on it is wrong: `{example}`. Nothing was changed.")))
        }
        (Some(warn), Some(critical), Worse::Above) if warn >= critical => Err(Error::Invalid(
            "A warning comes before what is critical: `warn` must be the lower limit. Nothing was changed.".to_owned(),
        )),
        (Some(warn), Some(critical), Worse::Below) if warn <= critical => Err(Error::Invalid(
            "A warning comes before what is critical: `warn` must be the higher limit. Nothing was changed.".to_owned(),
        )),
        _ => Ok(limits),
    }
}

impl Report for Set {
    fn card(&self) -> Card {
        let verb = if self.new { "Made" } else { "Changed" };
        let mut card = Card::ok(format!("**{verb}** rule {}", code(&self.name)))
            .fact(self.rule.clone())
            .fact(self.on.clone())
            .fact(format!("over after {} of calm", self.calm));
        if let Some(runbook) = &self.runbook {
            card = card.text(format!("Runs runbook {} when it opens.", code(runbook)));
        }
        card.choice(Choice::perform("Rules", &ListRules::default(), Lands::Below))
    }
}

#[cfg(test)]
mod tests {
    use base::GuildId;

    use super::*;
    use crate::rule::{DEFAULTS, GAP};

    fn asked(what: Option<&str>, warn: Option<&str>, critical: Option<&str>) -> SetRule {
        let text = |text: Option<&str>| text.map(str::to_owned);
        SetRule {
            name: "mine".parse().unwrap(),
            what: text(what),
            worse: None,
            warn: text(warn),
            critical: text(critical),
            lasts: None,
            calm: None,
            on: None,
            runbook: None,
            cooldown: None,
            most: None,
        }
    }

    fn made(asked: &SetRule, before: Option<&Named>) -> Result<Named> {
        with(asked, before, GuildId(1), GAP)
    }

    #[test]
    fn what_is_not_said_of_a_rule_stays_as_it_was() {
        let cpu = Named::of(GuildId(1), &DEFAULTS[0], GAP);
        let changed = made(&asked(None, Some("60"), None), Some(&cpu)).unwrap();
        assert_eq!(words::rule(&changed), "CPU from 60 %, critical from 90 %, for 5 min");
        assert_eq!((changed.rule.calm, changed.window), (cpu.rule.calm, cpu.window));
        let lower = made(&asked(None, None, Some("none")), Some(&changed)).unwrap();
        assert_eq!(words::rule(&lower), "CPU from 60 %, for 5 min");
        let other = made(&asked(Some("load"), Some("1"), None), Some(&cpu)).unwrap();
        assert_eq!(words::rule(&other), "load per core from 1.00", "limits of something else mean nothing");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_one_sentence() {
        for wrong in [
            asked(None, Some("80"), None),
            asked(Some("humour"), Some("80"), None),
            asked(Some("event:alert.opened"), Some("1"), None),
            asked(Some("cpu"), None, None),
            asked(Some("cpu"), Some("95"), Some("80")),
            SetRule { worse: Some(Worse::Below), ..asked(Some("disk"), Some("5"), Some("10")) },
            SetRule { lasts: Some("0s".to_owned()), ..asked(Some("event:action.failed"), Some("5"), None) },
            SetRule { on: Some("tag:".to_owned()), ..asked(Some("cpu"), Some("5"), None) },
            asked(Some("container"), Some("1"), None),
        ] {
            let said = made(&wrong, None).unwrap_err().to_string();
            assert!(said.ends_with("Nothing was changed."), "{wrong:?}: {said}");
        }
    }

    #[test]
    fn events_are_counted_within_their_time_and_open_at_once() {
        let rule = made(&asked(Some("event:action.failed"), Some("5"), Some("20")), None).unwrap();
        assert_eq!(words::rule(&rule), "`action.failed` 5 ×, critical 20 × within 10 min");
        assert!(rule.rule.lasts.is_zero());
        let answers = made(&asked(Some("answers"), None, Some("no")), None).unwrap();
        assert_eq!((words::rule(&answers).as_str(), answers.rule.worse), ("no answer is critical", Worse::Below));
    }
}
