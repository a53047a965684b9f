//! Has what a schedule does done now, as whoever asks: with what they may do, and under the policy for what runs by itself.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ScheduleName, Schedules};

/// Run a schedule now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RunSchedule {
    /// The schedule.
    pub name: ScheduleName,
}

/// It is on its way.
#[derive(Debug, Serialize)]
pub struct Started {
    name: ScheduleName,
    plan: String,
    channel: u64,
}

impl Action for RunSchedule {
    const NAME: &'static str = "schedule.run";
    const RISK: Risk = Risk::Change;
    type Service = Schedules;
    type Report = Started;

    fn plan(&self) -> String {
        format!("Run schedule {} now", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("run schedule {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Started> {
        let (actor, name) = (permit.actor(), &permit.action().name);
        let schedule = schedules.named(actor.guild, name).await?;
        let arguments = serde_json::from_str(&schedule.arguments).unwrap_or_default();
        // Nobody hears of a refusal only later: what they may not do is said now.
        schedules.door()?.foresee(actor, &schedule.action, arguments).await?;
        if schedules.store.claim_by_hand(&schedule, actor.user, &schedules.holder).await?.is_none() {
            return Err(Error::Busy(format!("The last run of schedule {} still goes on.", code(name.as_str()))));
        }
        Ok(Started { name: name.clone(), plan: schedule.plan, channel: schedule.channel })
    }
}

impl Report for Started {
    fn card(&self) -> Card {
        Card::ok(format!("**Started** schedule {}", code(self.name.as_str())))
            .text(&self.plan)
            .text(format!("It runs as you. How it ends is told in <#{}>.", self.channel))
    }
}
