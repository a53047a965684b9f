//! What a rule says of how things are at this moment. It opens nothing.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Alert, Alerts, Level, Named, Rule, RuleName, amount, engine,
    what::{Measure, What},
    words,
};

/// More are not read on a phone.
const SHOWN: usize = 15;

/// Ask what a rule says of how things are now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestRule {
    /// The rule.
    pub name: RuleName,
}

/// What it says.
#[derive(Debug, Serialize)]
pub struct Tested {
    name: String,
    says: String,
    off: bool,
    /// It is about values of servers.
    measures: bool,
    servers: Vec<Line>,
    all: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    server: String,
    level: Option<Level>,
    value: Option<String>,
}

impl Action for TestRule {
    const NAME: &'static str = "alert.test";
    const RISK: Risk = Risk::Observe;
    type Service = Alerts;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Ask what rule {} says now", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "test rules".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Tested> {
        let guild = permit.actor().guild;
        let rule = alerts.rule(guild, &permit.action().name).await?;
        let mut servers = Vec::new();
        if let What::Measure(measure) = rule.what {
            let fitting =
                alerts.hosts.of(guild).into_iter().filter(|server| rule.scope.fits(&server.name, &server.tags));
            servers = fitting.map(|server| alerts.line(&rule, measure, &server)).collect();
            servers.sort_by_key(|line| std::cmp::Reverse(line.level));
        }
        let all = servers.len();
        servers.truncate(SHOWN);
        let measures = matches!(rule.what, What::Measure(_));
        Ok(Tested { name: rule.name.clone(), says: words::rule(&rule), off: rule.off, measures, servers, all })
    }
}

impl Alerts {
    fn line(&self, rule: &Named, measure: Measure, server: &hosts::Server) -> Line {
        let known = self.metrics.known_now(&server.id).filter(|_| self.metrics.is_watched(&server.id));
        let value = known.and_then(|known| match (measure, &known.sample) {
            (Measure::Answers, sample) => Some(if sample.is_some() { 100 } else { 0 }),
            (_, Some(sample)) => engine::of_sample(measure, sample),
            (_, None) => None,
        });
        let level = value.map(|value| {
            // As if it had been so for long enough.
            let at_once = Rule { lasts: std::time::Duration::ZERO, ..rule.rule };
            let mut alert = Alert::default();
            alert.see(&at_once, self.clock.now(), Some(value));
            alert.level
        });
        Line { server: server.name.clone(), level, value: value.map(|value| amount::words(rule.what, value)) }
    }
}

impl Line {
    fn text(&self) -> String {
        let server = code(&self.server);
        match (self.level, &self.value) {
            (Some(Level::Fine), Some(value)) => format!("✓ {server}  {value}"),
            (Some(level), Some(value)) => {
                let word = if level == Level::Critical { "critical" } else { "a warning" };
                format!("{} {server}  {value} · {word}", level.glyph())
            }
            _ => format!("– {server}  not known"),
        }
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Rule** {} now", code(&self.name))).fact(self.says.clone());
        if self.off {
            card = card.fact("off");
        }
        if !self.measures {
            return card.text(
                "It hears of what happens, and there is no value to ask for. `/alert list` shows what it has open.",
            );
        }
        if self.servers.is_empty() {
            return card.text("There is no server it is about.");
        }
        let lines: Vec<String> = self.servers.iter().map(Line::text).collect();
        card = card.text(lines.join("\n"));
        if self.all > self.servers.len() {
            card = card.text(format!("and {} more, none of them worse", self.all - self.servers.len()));
        }
        card.text("Nothing was opened: it must be so for the rule's whole time.")
    }
}
