//! Lets a paused schedule go on, from now: nothing of what came due meanwhile is made up for.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ScheduleName, Schedules, add::moments, when::When};

/// Let a paused schedule go on.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ResumeSchedule {
    /// The schedule.
    pub name: ScheduleName,
}

/// It goes on.
#[derive(Debug, Serialize)]
pub struct Resumed {
    name: ScheduleName,
    coming: Vec<i64>,
}

impl Action for ResumeSchedule {
    const NAME: &'static str = "schedule.resume";
    const RISK: Risk = Risk::Change;
    type Service = Schedules;
    type Report = Resumed;

    fn plan(&self) -> String {
        format!("Let schedule {} go on", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("let schedule {} go on", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Resumed> {
        let (guild, name) = (permit.actor().guild, &permit.action().name);
        let schedule = schedules.named(guild, name).await?;
        let when = When::parse(&schedule.rule, &schedule.zone)?;
        let coming = when.coming(schedules.clock.now(), 3);
        let Some(next) = coming.first() else {
            return Err(Error::Invalid(format!("There is no more to come of schedule {}.", code(name.as_str()))));
        };
        if !schedules.store.resume_schedule(guild, &schedule.id, *next).await? {
            return Err(Error::Busy(format!("Schedule {} is not paused.", code(name.as_str()))));
        }
        Ok(Resumed { name: name.clone(), coming: coming.iter().map(|at| at.0).collect() })
    }
}

impl Report for Resumed {
    fn card(&self) -> Card {
        Card::ok(format!("**Resumed** schedule {}", code(self.name.as_str())))
            .text(format!("Next: {}", moments(&self.coming)))
    }
}
