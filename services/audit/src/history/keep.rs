//! For how long a guild keeps what commands print.

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::command_outputs::{Keeping, MOST_BYTES, MOST_DAYS};

use super::History;

/// Say for how many days what commands print is kept, or see it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct KeepHistory {
    /// So many days from now on, 1 to 365; as it is where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
}

/// How it is kept.
#[derive(Debug, Serialize)]
pub struct Kept {
    days: i64,
    outputs: i64,
    bytes: i64,
    changed: bool,
    #[serde(skip)]
    keeping: Keeping,
}

impl Action for KeepHistory {
    const NAME: &'static str = "history.keep";
    const RISK: Risk = Risk::Change;
    const OWN: bool = true;
    type Service = History;
    type Report = Kept;

    fn plan(&self) -> String {
        match self.days {
            Some(days) => format!("Keep what commands print for {}", days_of(days)),
            None => "Show for how long what commands print is kept".to_owned(),
        }
    }

    fn refusal(&self) -> String {
        "say for how long what commands print is kept".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, history: &History, actor: &Actor) -> Result<Assessment> {
        let Some(days) = self.days else { return Ok(Assessment { own: true, ..Assessment::of(Risk::Observe) }) };
        let now = history.store.history_keeping(actor.guild).await?.days;
        if days >= now {
            return Ok(Assessment::of(Self::RISK));
        }
        let why = format!("What was printed more than {} ago is deleted.", days_of(days));
        Ok(Assessment { why: Some(why), ..Assessment::of(Risk::Destroy) })
    }

    async fn run(permit: Permit<Self>, history: &History, _: &Run) -> Result<Kept> {
        let (action, actor) = (permit.action(), permit.actor());
        if let Some(days) = action.days {
            if !(1..=MOST_DAYS).contains(&days) {
                return Err(Error::Invalid(format!(
                    "Outputs are kept for 1 to {MOST_DAYS} days. Nothing was changed."
                )));
            }
            history.store.keep_history(actor.guild, days, actor.user).await?;
        }
        let keeping = history.store.history_keeping(actor.guild).await?;
        let Keeping { days, outputs, bytes, .. } = keeping;
        Ok(Kept { days, outputs, bytes, changed: action.days.is_some(), keeping })
    }
}

fn days_of(days: i64) -> String {
    measure::count(u64::try_from(days).unwrap_or_default(), "day", "days")
}

impl Report for Kept {
    fn card(&self) -> Card {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        let title = format!("**Keeping** what commands print for {}", days_of(self.days));
        let card = if self.changed { Card::ok(title) } else { Card::plain(title) };
        let card = card
            .fact(measure::count(number(self.outputs), "output", "outputs"))
            .fact(format!(
                "{} of {}, compressed",
                measure::bytes(number(self.bytes)),
                measure::bytes(number(MOST_BYTES))
            ))
            .text("The oldest go first where there is no room. Who ran what stays in the audit log.");
        match self.keeping.set.filter(|_| !self.changed) {
            Some((by, at)) => card.text(format!("set by <@{by}> {}", at.relative())),
            None => card,
        }
    }
}
