//! Asks a probe at once: its answer counts as any other.

use std::{sync::Arc, time::Duration};

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Tone, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Probe, Probed, asks, remove::no_probe};
use crate::{Alerts, RuleName};

/// Ask a probe at once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestProbe {
    /// The probe.
    pub name: RuleName,
}

/// What it was answered.
#[derive(Debug, Serialize)]
pub struct Tested {
    #[serde(flatten)]
    asked: TestProbe,
    kind: String,
    target: String,
    server: Option<String>,
    answer: &'static str,
    words: String,
}

impl Action for TestProbe {
    const NAME: &'static str = "probe.test";
    const RISK: Risk = Risk::Observe;
    type Service = Alerts;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Ask probe {} at once", code(self.name.as_str()))
    }

    fn refusal(&self) -> String {
        "ask probes".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    fn deadline(&self) -> Duration {
        Duration::from_mins(2)
    }

    async fn run(permit: Permit<Self>, alerts: &Alerts, _: &Run) -> Result<Tested> {
        let asked = permit.action().clone();
        let rows = alerts.store.probes(permit.actor().guild).await?;
        let row = rows.into_iter().find(|row| row.name == asked.name.as_str());
        let row = row.ok_or_else(|| no_probe(asked.name.as_str()))?;
        let Some(probe) = Probe::read(row).map(Arc::new) else { return Err(no_probe(asked.name.as_str())) };
        let answer = alerts.ask(&probe).await;
        let (kind, target) = (probe.row.kind.clone(), probe.row.target.clone());
        let server = probe.row.server.as_ref().map(|(name, _)| name.clone());
        let tested =
            Tested { asked, kind, target, server, answer: answer.word(&probe.named.rule), words: answer.words() };
        alerts.answered(Probed { probe, at: alerts.clock.now(), answer }).await;
        Ok(tested)
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        let tone = match self.answer {
            "well" => Tone::Ok,
            "wrong" => Tone::Failed,
            _ => Tone::Quiet,
        };
        Card::new(tone, format!("**Probe** {}", code(self.asked.name.as_str())))
            .fact(self.words.clone())
            .fact(asks(&self.kind, &self.target, self.server.as_deref()))
            .choice(Choice::perform("Ask again", &self.asked, Lands::Here))
    }
}
