//! Removes a schedule, and offers to make it again.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ScheduleName, Schedules};

/// Remove a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveSchedule {
    /// The schedule.
    pub name: ScheduleName,
}

/// It is gone.
#[derive(Debug, Serialize)]
pub struct Removed {
    name: ScheduleName,
    typed: String,
    zone: String,
    plan: String,
}

impl Action for RemoveSchedule {
    const NAME: &'static str = "schedule.remove";
    const RISK: Risk = Risk::Change;
    type Service = Schedules;
    type Report = Removed;

    fn plan(&self) -> String {
        format!("Remove schedule {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("remove schedule {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Removed> {
        let (guild, name) = (permit.actor().guild, &permit.action().name);
        let schedule = schedules.named(guild, name).await?;
        if !schedules.store.remove_schedule(guild, &schedule.id).await? {
            return Err(Error::NotFound { kind: "schedule", name: name.to_string() });
        }
        let (typed, zone, plan) = (schedule.typed, schedule.zone, schedule.plan);
        Ok(Removed { name: name.clone(), typed, zone, plan })
    }
}

impl Report for Removed {
    fn card(&self) -> Card {
        Card::ok(format!("**Removed** schedule {}", code(self.name.as_str())))
            .fact(format!("it was {} in {}", code(&self.typed), self.zone))
            .text(&self.plan)
            .text("What runs now goes on to its end, and is in the audit log.")
    }
}
