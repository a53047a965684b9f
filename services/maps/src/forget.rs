//! Lets go of a guild's map.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Maps;

/// Forget the service map; it can be taken again as the version it was.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ForgetMap {}

/// It stands no longer.
#[derive(Debug, Serialize)]
pub struct Forgotten {
    name: String,
    version: i64,
}

impl Action for ForgetMap {
    const NAME: &'static str = "service.forget";
    const RISK: Risk = Risk::Change;
    type Service = Maps;
    type Report = Forgotten;

    fn plan(&self) -> String {
        "Forget the service map".to_owned()
    }

    fn refusal(&self) -> String {
        "forget the service map".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, maps: &Maps, _: &Run) -> Result<Forgotten> {
        let guild = permit.actor().guild;
        let stands = maps.stands(guild).await?;
        maps.store.forget_service_map(guild).await?;
        Ok(Forgotten { name: stands.row.name.clone(), version: stands.row.version.unwrap_or_default() })
    }
}

impl Report for Forgotten {
    fn card(&self) -> Card {
        Card::ok(format!("**Forgot** service map {}", code(&self.name)))
            .text(format!("Nothing was stopped. `/service import version:{}` takes it again.", self.version))
    }
}
