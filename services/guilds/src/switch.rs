//! Switches a feature on or off in a guild.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Feature, Guilds, State, discord::Look, named};

/// Switch a feature on in this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SwitchOn {
    /// The feature's name, such as `servers`.
    pub feature: String,
}

/// Switch a feature off in this guild: its commands go, and its buttons, forms and schedules are refused.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SwitchOff {
    /// The feature's name, such as `servers`.
    pub feature: String,
}

/// How it stands now.
#[derive(Debug, Serialize)]
pub struct Switched {
    feature: &'static str,
    groups: &'static [&'static str],
    state: State,
    changed: bool,
    /// Which of its commands are not as they should be yet.
    missing: Option<String>,
}

impl Action for SwitchOn {
    const NAME: &'static str = "feature.on";
    const RISK: Risk = Risk::Change;
    type Service = Guilds;
    type Report = Switched;

    fn plan(&self) -> String {
        format!("Switch on {}", code(&self.feature))
    }

    fn refusal(&self) -> String {
        "switch features on".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.feature.clone())
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Switched> {
        guilds.switched_to(&permit, &permit.action().feature, State::On).await
    }
}

impl Action for SwitchOff {
    const NAME: &'static str = "feature.off";
    const RISK: Risk = Risk::Change;
    type Service = Guilds;
    type Report = Switched;

    fn plan(&self) -> String {
        format!("Switch off {}", code(&self.feature))
    }

    fn refusal(&self) -> String {
        "switch features off".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.feature.clone())
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Switched> {
        guilds.switched_to(&permit, &permit.action().feature, State::Off).await
    }
}

impl Guilds {
    async fn switched_to<A>(&self, permit: &Permit<A>, name: &str, state: State) -> Result<Switched> {
        let feature = find(name)?;
        let actor = permit.actor();
        let changed = self.switch(actor.guild, feature, state, actor.user).await?;
        // Whoever switches what is as it should be may be missing a command that somebody else took away.
        let missing = self.register_soon(actor.guild, if changed { Look::Kept } else { Look::Anew }).await;
        Ok(Switched { feature: feature.name, groups: feature.commands, state, changed, missing })
    }
}

/// The feature of this name.
pub(crate) fn find(name: &str) -> Result<&'static Feature> {
    named(name).ok_or_else(|| Error::NotFound { kind: "feature", name: name.to_owned() })
}

impl Report for Switched {
    fn card(&self) -> Card {
        let name = code(self.feature);
        let card = match (self.changed, self.state) {
            (true, State::On) => Card::ok(format!("**Switched on** {name}")),
            (true, State::Off) => Card::ok(format!("**Switched off** {name}")),
            (false, State::On) => Card::quiet(format!("**On already** {name}")),
            (false, State::Off) => Card::quiet(format!("**Off already** {name}")),
        };
        let card = match self.state {
            State::On => card.fact(groups(self.groups)),
            State::Off => card
                .fact(groups(self.groups))
                .text("Its commands are gone here, and its buttons, forms and open questions are refused. Nothing was deleted.")
                .text(format!("`/feature on feature:{}` brings it back.", self.feature)),
        };
        match &self.missing {
            Some(missing) => card.text(missing),
            None => card,
        }
    }
}

fn groups(groups: &[&str]) -> String {
    groups.iter().map(|group| format!("`/{group}`")).collect::<Vec<_>>().join(" · ")
}
