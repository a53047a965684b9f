//! What is wrong now, the worst first.

use base::{
    Action, Card, Millis, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::alerts::AlertRow;

use crate::{Alerts, Level};

/// More are not read on a phone.
const SHOWN: usize = 10;

/// List what is wrong now.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ListAlerts {
    /// How many are left out at the beginning.
    #[serde(default, skip_serializing_if = "crate::rules::is_zero")]
    pub skip: usize,
}

/// What is open.
#[derive(Debug, Serialize)]
pub struct Listed {
    #[serde(skip)]
    asked: ListAlerts,
    alerts: Vec<Line>,
    critical: usize,
    warnings: usize,
    rules: usize,
}

#[derive(Debug, Serialize)]
struct Line {
    level: Level,
    subject: String,
    server: Option<String>,
    words: String,
    rule: String,
    since: i64,
}

impl Action for ListAlerts {
    const NAME: &'static str = "alert.list";
    const RISK: Risk = Risk::Observe;
    type Service = Alerts;
    type Report = Listed;

    fn plan(&self) -> String {
        "List what is wrong".to_owned()
    }

    fn refusal(&self) -> String {
        "see what is wrong".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let mut open: Vec<Line> = alerts.store.open_alerts(guild).await?.into_iter().map(Line::from).collect();
        open.sort_by_key(|line| (std::cmp::Reverse(line.level), line.since));
        let rules = alerts.rules_of(guild).await?.iter().filter(|rule| !rule.off).count();
        let critical = open.iter().filter(|line| line.level == Level::Critical).count();
        let (asked, warnings) = (permit.action().clone(), open.len() - critical);
        let shown = open.into_iter().skip(asked.skip).take(SHOWN).collect();
        Ok(Listed { asked, alerts: shown, critical, warnings, rules })
    }
}

impl From<AlertRow> for Line {
    fn from(row: AlertRow) -> Self {
        Self {
            level: if row.level == Level::Critical.as_str() { Level::Critical } else { Level::Warn },
            server: row.server.filter(|server| *server != row.subject),
            subject: row.subject,
            words: row.words,
            rule: row.rule,
            since: row.opened.map_or(0, |opened| opened.0),
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let on = self.server.as_ref().map(|server| format!(" on {}", code(server))).unwrap_or_default();
        let since = Millis(self.since).relative();
        let said = plain(&self.words);
        format!("{} {}{on}  {said} · {since} · {}", self.level.glyph(), code(&self.subject), code(&self.rule))
    }
}

/// Words that may quote a machine's, which markdown must not read.
fn plain(words: &str) -> String {
    let marks = |letter: char| "*_~|`<>[]\\#@".contains(letter);
    let mut said = String::with_capacity(words.len());
    for letter in words.chars().map(|letter| if letter.is_control() { ' ' } else { letter }) {
        if marks(letter) {
            said.push('\\');
        }
        said.push(letter);
    }
    said
}

impl Report for Listed {
    fn card(&self) -> Card {
        let all = self.critical + self.warnings;
        if all == 0 {
            let rules = base::measure::count(self.rules as u64, "rule is", "rules are");
            return Card::ok("**Alerts** none open")
                .text(format!("{rules} on. `/alert rules` shows them; what they cannot know they say nothing about."));
        }
        let tone = if self.critical > 0 { Tone::Failed } else { Tone::Attention };
        let mut card = Card::new(tone, format!("**Alerts** {all} open"));
        if self.critical > 0 {
            card = card.fact(format!("{} critical", self.critical));
        }
        if self.warnings > 0 {
            card = card.fact(base::measure::count(self.warnings as u64, "warning", "warnings"));
        }
        let lines: Vec<String> = self.alerts.iter().map(Line::text).collect();
        card = card.text(lines.join("\n"));
        let page = |skip| ListAlerts { skip };
        if self.asked.skip > 0 {
            card = card.choice(Choice::perform("Previous", &page(self.asked.skip.saturating_sub(SHOWN)), Lands::Here));
        }
        if self.asked.skip + self.alerts.len() < all {
            card = card.choice(Choice::perform("Next", &page(self.asked.skip + SHOWN), Lands::Here));
        }
        card.choice(Choice::perform("Refresh", &self.asked, Lands::Here))
    }
}
