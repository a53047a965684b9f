//! The features of a guild at a glance: which are on, what each needs, and what of that is missing.

use std::fmt::Write;

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Lands, Menu, Offer, Offers, Pick, Pre, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ALL, Guilds, State, SwitchOff, SwitchOn, doctor};

/// List the features of this guild.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListFeatures {}

/// The features.
#[derive(Debug, Serialize)]
pub struct Listed {
    features: Vec<Line>,
    /// Whether Discord said how the guild stands; without that nobody knows what is missing.
    looked: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    name: &'static str,
    sentence: &'static str,
    state: State,
    needs: Vec<String>,
    missing: Vec<String>,
}

impl Action for ListFeatures {
    const NAME: &'static str = "feature.list";
    const RISK: Risk = Risk::Observe;
    type Service = Guilds;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the features".to_owned()
    }

    fn refusal(&self) -> String {
        "list the features".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, guilds: &Guilds, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let on = guilds.on(guild).await?;
        let settings = guilds.store.guild_settings(guild).await?;
        let facts = guilds.facts(guild).await;
        let line = |feature: &'static crate::Feature| Line {
            name: feature.name,
            sentence: feature.sentence,
            state: if on.iter().any(|one| one.name == feature.name) { State::On } else { State::Off },
            needs: doctor::needs(feature),
            missing: facts.as_ref().map(|facts| doctor::lacks(facts, &settings, feature)).unwrap_or_default(),
        };
        Ok(Listed { features: ALL.iter().map(line).collect(), looked: facts.is_ok() })
    }
}

impl Report for Listed {
    fn card(&self) -> Card {
        let on = self.features.iter().filter(|line| line.state == State::On).count();
        let mut card = Card::plain(format!("**Features** {on} on · {} off", self.features.len() - on));
        for line in &self.features {
            let glyph = match line.state {
                State::On if line.missing.is_empty() => "✓",
                State::On => "!",
                State::Off => "–",
            };
            let mut text = format!("{glyph} {}  {}", code(line.name), line.sentence);
            if !line.needs.is_empty() {
                // Writing to a text does not fail.
                let _ = write!(text, "\n-# needs {}", line.needs.join(", "));
            }
            if !line.missing.is_empty() {
                let _ = write!(text, "\n-# missing: {}; `/setup doctor` says what that costs", line.missing.join(", "));
            }
            card = card.row(text, None);
        }
        // A button for each would be more parts than a message of Discord's may have.
        let menus = [("Switch off", SwitchOff::NAME, State::On), ("Switch on", SwitchOn::NAME, State::Off)];
        for (placeholder, action, state) in menus {
            card = self.menu(placeholder, action, state).into_iter().fold(card, Card::menu);
        }
        if self.looked {
            return card;
        }
        card.text("Discord does not say how this guild stands, so I do not know what is missing.")
    }
}

impl Listed {
    /// A menu of those that are in this state; none where there are none.
    fn menu(&self, placeholder: &str, action: &str, state: State) -> Option<Menu> {
        let lines = self.features.iter().filter(|line| line.state == state);
        let offers = lines.map(|line| Offer {
            value: line.name.to_owned(),
            label: line.name.to_owned(),
            description: line.sentence.to_owned(),
            chosen: Pre::Open,
        });
        let of: Vec<Offer> = offers.collect();
        (!of.is_empty()).then(|| Menu {
            placeholder: placeholder.to_owned(),
            offers: Offers::Texts { of, least: 1, most: 1 },
            pick: Pick {
                action: action.to_owned(),
                arguments: serde_json::json!({}),
                field: "feature".to_owned(),
                name: None,
                lands: Lands::Below,
            },
        })
    }
}
