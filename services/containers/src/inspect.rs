//! All that an engine knows of a container, as a file.
//!
//! **Invariant:** the environment's values are left out, whether they look like secrets or not.

use std::sync::Arc;

use base::{Action, Actor, Assessment, Card, Error, Permit, Report, Result, Risk, Run, ServerName, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Containers, Name, show::inspect};

/// Stands for a value of the environment.
const HIDDEN: &str = "‹hidden›";

/// Show all that Docker knows of a container.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InspectContainer {
    /// The server it runs on.
    pub server: ServerName,
    /// The container's name.
    pub container: Name,
}

/// All of it.
#[derive(Debug, Serialize)]
pub struct Inspected {
    server: ServerName,
    container: Name,
    found: Value,
    #[serde(skip)]
    file: Arc<Vec<u8>>,
    #[serde(skip)]
    reference: String,
}

impl Action for InspectContainer {
    const NAME: &'static str = "container.inspect";
    const RISK: Risk = Risk::Observe;
    type Service = Containers;
    type Report = Inspected;

    fn plan(&self) -> String {
        format!("Show all of container {} on {}", code(self.container.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("look at containers on {}", code(self.server.as_str()))
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Inspected> {
        let InspectContainer { server, container } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let mut found = inspect(&engine, &place, &container).await?;
        for variable in found.config.iter_mut().flat_map(|config| config.env.iter_mut().flatten()) {
            hide(variable);
        }
        let broken = |error| Error::internal("writing down what an engine says", anyhow::Error::from(error));
        let file = serde_json::to_vec_pretty(&found).map_err(broken)?;
        let found = serde_json::to_value(&found).map_err(broken)?;
        Ok(Inspected { server, container, found, file: Arc::new(file), reference: run.reference.clone() })
    }
}

/// `NAME=value` without its value.
fn hide(variable: &mut String) {
    let name = variable.split('=').next().unwrap_or_default();
    *variable = format!("{name}={HIDDEN}");
}

impl Report for Inspected {
    fn card(&self) -> Card {
        let card =
            Card::plain(format!("**All of** {} on {}", code(self.container.as_str()), code(self.server.as_str())));
        let variables = self.found["Config"]["Env"].as_array().map_or(0, Vec::len);
        let card = match variables {
            0 => card,
            1 => card.text("Its environment has 1 variable; the value is left out."),
            many => card.text(format!("Its environment has {many} variables; their values are left out.")),
        };
        card.file(format!("{}-{}.json", self.container, self.reference), Arc::clone(&self.file))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_variable_keeps_its_name_alone() {
        for (variable, shown) in [("A=b=c", "A=‹hidden›"), ("A", "A=‹hidden›"), ("", "=‹hidden›")] {
            let mut variable = variable.to_owned();
            super::hide(&mut variable);
            assert_eq!(variable, shown);
        }
    }
}
