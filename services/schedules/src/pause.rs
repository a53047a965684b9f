//! Pauses a schedule: what comes due meanwhile is neither done nor counted.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::schedules::State;

use crate::{ResumeSchedule, ScheduleName, Schedules};

/// Pause a schedule.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PauseSchedule {
    /// The schedule.
    pub name: ScheduleName,
}

/// It is paused.
#[derive(Debug, Serialize)]
pub struct Paused {
    name: ScheduleName,
}

impl Action for PauseSchedule {
    const NAME: &'static str = "schedule.pause";
    const RISK: Risk = Risk::Change;
    type Service = Schedules;
    type Report = Paused;

    fn plan(&self) -> String {
        format!("Pause schedule {}", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        format!("pause schedule {}", code(self.name.as_str()))
    }

    fn target(&self) -> Option<String> {
        Some(self.name.to_string())
    }

    async fn run(permit: Permit<Self>, schedules: &Schedules, _: &Run) -> Result<Paused> {
        let (actor, name) = (permit.actor(), &permit.action().name);
        let schedule = schedules.named(actor.guild, name).await?;
        let why = format!("{} paused it", actor.mention());
        if !schedules.store.stop_schedule(actor.guild, &schedule.id, State::Paused, Some(&why)).await? {
            return Err(Error::Busy(format!("Schedule {} does not go on anyway.", code(name.as_str()))));
        }
        Ok(Paused { name: name.clone() })
    }
}

impl Report for Paused {
    fn card(&self) -> Card {
        let resume = ResumeSchedule { name: self.name.clone() };
        Card::ok(format!("**Paused** schedule {}", code(self.name.as_str())))
            .text("What comes due meanwhile is left out. What runs now goes on to its end.")
            .choice(Choice::perform("Resume", &resume, Lands::Below))
    }
}
