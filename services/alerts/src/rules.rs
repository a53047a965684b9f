//! Every rule of a guild: what is watched, and from what on it is wrong.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Alerts, Origin, words};

/// More are not read on a phone.
const SHOWN: usize = 12;

/// List what is watched.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListRules {
    /// How many are left out at the beginning.
    #[serde(default, skip_serializing_if = "crate::rules::is_zero")]
    pub skip: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
pub(crate) fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The rules.
#[derive(Debug, Serialize)]
pub struct Rules {
    #[serde(skip)]
    asked: ListRules,
    shown: Vec<Line>,
    all: usize,
    off: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    says: String,
    on: String,
    origin: Origin,
    off: bool,
    runbook: Option<String>,
}

impl Action for ListRules {
    const NAME: &'static str = "alert.rules";
    const RISK: Risk = Risk::Observe;
    type Service = Alerts;
    type Report = Rules;

    fn plan(&self) -> String {
        "List what is watched".to_owned()
    }

    fn refusal(&self) -> String {
        "see what is watched".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Rules> {
        let rules = alerts.rules_of(permit.actor().guild).await?;
        let line = |rule: &std::sync::Arc<crate::Named>| Line {
            name: rule.name.clone(),
            says: words::rule(rule),
            on: rule.scope.words(),
            origin: rule.origin,
            off: rule.off,
            runbook: rule.runbook.clone(),
        };
        let asked = permit.action().clone();
        Ok(Rules {
            all: rules.len(),
            off: rules.iter().filter(|rule| rule.off).count(),
            shown: rules.iter().skip(asked.skip).take(SHOWN).map(line).collect(),
            asked,
        })
    }
}

impl Line {
    fn text(&self) -> String {
        let glyph = if self.off { "–" } else { "✓" };
        let mut parts = vec![format!("{glyph} {}  {}", code(&self.name), self.says)];
        if self.off {
            parts.push("off".to_owned());
        }
        if self.on != "all servers" {
            parts.push(format!("on {}", self.on));
        }
        parts.extend(self.runbook.as_ref().map(|runbook| format!("runs {}", code(runbook))));
        if self.origin == Origin::Changed && !self.off {
            parts.push("changed here".to_owned());
        }
        parts.join(" · ")
    }
}

impl Report for Rules {
    fn card(&self) -> Card {
        let mut card = Card::plain(format!("**Rules** {} on", self.all - self.off));
        if self.off > 0 {
            card = card.fact(format!("{} off", self.off));
        }
        let lines: Vec<String> = self.shown.iter().map(Line::text).collect();
        card = card.text(lines.join("\n"));
        let page = |skip| ListRules { skip };
        if self.asked.skip > 0 {
            card = card.choice(Choice::perform("Previous", &page(self.asked.skip.saturating_sub(SHOWN)), Lands::Here));
        }
        if self.asked.skip + self.shown.len() < self.all {
            card = card.choice(Choice::perform("Next", &page(self.asked.skip + SHOWN), Lands::Here));
        }
        let own = self.shown.iter().filter(|line| line.origin == Origin::Own).count();
        if own == 0 {
            card = card.text("Every guild begins with these. `/alert set` changes one or adds to them, `/alert remove` switches one off.");
        }
        card
    }
}
