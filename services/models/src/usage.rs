//! What was used: tokens, cost and time, by model and by person, over a period, and drawn.

use std::{collections::BTreeMap, time::Duration};

use base::{Action, Card, Millis, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::model_usage::Used;

use crate::{
    Providers,
    budget::Spending,
    draw::{self, SLOTS},
    prices,
};

/// More are not read on a phone.
const SHOWN: usize = 6;

/// How far back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Period {
    /// A day.
    #[default]
    #[serde(rename = "24h")]
    Day,
    /// A week.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
}

impl Period {
    fn span(self) -> Duration {
        const DAY: Duration = Duration::from_hours(24);
        match self {
            Self::Day => DAY,
            Self::Week => DAY * 7,
            Self::Month => DAY * 30,
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Day => "24 h",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }
}

/// Show what was used of the models: tokens, cost, time, by model and person.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowUsage {
    /// How far back: `24h`, `7d` or `30d`.
    #[serde(default)]
    pub period: Period,
}

/// What was used.
#[derive(Debug, Serialize)]
pub struct Usage {
    period: Period,
    models: Vec<Line>,
    people: Vec<Line>,
    /// What the cloud may cost, and did.
    spending: Spending,
    #[serde(skip)]
    picture: Option<(Vec<u8>, String)>,
}

/// What a model, or a person, used.
#[derive(Debug, Default, Serialize)]
struct Line {
    name: String,
    is_cloud: bool,
    answers: i64,
    failures: i64,
    prompt_tokens: i64,
    reply_tokens: i64,
    took_ms: i64,
    /// In dollars, at most; none where no price is known of some of it.
    cost: Option<f64>,
}

impl Action for ShowUsage {
    const NAME: &'static str = "ai.usage";
    const RISK: Risk = Risk::Observe;
    type Service = Providers;
    type Report = Usage;

    fn plan(&self) -> String {
        format!("Show what was used of the models in {}", self.period.words())
    }

    fn refusal(&self) -> String {
        "see what was used of the models".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, providers: &Providers, _: &Run) -> Result<Usage> {
        let (guild, period) = (permit.actor().guild, permit.action().period);
        let span = i64::try_from(period.span().as_millis()).unwrap_or(i64::MAX);
        let since = Millis(providers.clock.now().0 - span);
        let used = providers.store.model_usage(guild, since).await?;
        let models = added_up(&used, |used| format!("{}/{}", used.provider, used.model));
        let people = added_up(&used, |used| used.user_id.clone());
        let picture = if used.is_empty() {
            None
        } else {
            let steps = providers.store.model_usage_steps(guild, since, span / SLOTS).await?;
            let (svg, said) = draw::usage(&steps, period.words());
            // Without a picture the numbers are all there.
            let drawn = tokio::task::spawn_blocking(move || pictures::png(&svg)).await;
            drawn.ok().and_then(std::result::Result::ok).map(|png| (png, said))
        };
        let spending = providers.spending(permit.actor()).await?;
        Ok(Usage { period, models, people, spending, picture })
    }
}

fn added_up(used: &[Used], name: impl Fn(&Used) -> String) -> Vec<Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for one in used {
        let line = lines.entry(name(one)).or_insert_with_key(|name| Line {
            name: name.clone(),
            cost: Some(0.0),
            ..Line::default()
        });
        line.is_cloud |= one.is_cloud != 0;
        line.answers += one.answers;
        line.failures += one.failures;
        line.prompt_tokens += one.prompt_tokens;
        line.reply_tokens += one.reply_tokens;
        line.took_ms += one.took_ms;
        // At home nothing is paid for by the token.
        let cost =
            if one.is_cloud == 0 { Some(0.0) } else { prices::cost(&one.model, one.prompt_tokens, one.reply_tokens) };
        line.cost = line.cost.zip(cost).map(|(before, more)| before + more);
    }
    let mut lines: Vec<Line> = lines.into_values().collect();
    lines.sort_by_key(|line| -(line.prompt_tokens + line.reply_tokens));
    lines
}

impl Report for Usage {
    fn card(&self) -> Card {
        let card = Card::plain(format!("**Usage** in {}", self.period.words()));
        if self.models.is_empty() {
            return card.text("No model was asked.");
        }
        let sum = |of: fn(&Line) -> i64| self.models.iter().map(of).sum::<i64>();
        let tokens = u64::try_from(sum(|line| line.prompt_tokens + line.reply_tokens)).unwrap_or_default();
        let answers = u64::try_from(sum(|line| line.answers)).unwrap_or_default();
        let mut card =
            card.fact(measure::count(tokens, "token", "tokens")).fact(measure::count(answers, "answer", "answers"));
        if self.models.iter().any(|line| line.is_cloud) {
            let cost = self.models.iter().try_fold(0.0, |sum, line| line.cost.map(|cost| sum + cost));
            card = card.fact(money(cost));
        }
        for line in self.models.iter().take(SHOWN) {
            card = card.row(format!("{}  {}", code(&line.name), line.text()), None);
        }
        let people: Vec<String> =
            self.people.iter().take(SHOWN).map(|line| format!("<@{}>  {}", line.name, line.text())).collect();
        card = card.text(people.join("\n"));
        if self.models.iter().any(|line| line.is_cloud) {
            card = self.spending.words().into_iter().fold(card, Card::text);
        }
        if self.models.iter().any(|line| line.is_cloud && line.cost.is_some()) {
            card = card.small(format!("prices of {}, without what a cache saves", prices::AS_OF));
        }
        match &self.picture {
            Some((png, said)) => card.picture("usage.png", png.clone(), said.clone()),
            None => card,
        }
    }
}

impl Line {
    fn text(&self) -> String {
        let tokens = u64::try_from(self.prompt_tokens + self.reply_tokens).unwrap_or_default();
        let mut text = measure::count(tokens, "token", "tokens");
        if self.answers > 0 {
            let each = Duration::from_millis(u64::try_from(self.took_ms / self.answers).unwrap_or_default());
            text = format!("{text} · {} each", measure::span(each));
        }
        if self.failures > 0 {
            text = format!("{text} · {} failed", self.failures);
        }
        if self.is_cloud { format!("{text} · {}", money(self.cost)) } else { text }
    }
}

fn money(cost: Option<f64>) -> String {
    match cost {
        None => "cost not known".to_owned(),
        Some(cost) if cost < 0.01 => "under $0.01".to_owned(),
        // Half a cent more than is said would be more.
        Some(cost) => format!("at most ${:.2}", (cost * 100.0 - 1e-9).ceil() / 100.0),
    }
}
