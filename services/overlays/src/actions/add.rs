//! Adds to the number of a goal or a counter, or votes to an answer of a poll.

use base::{
    Action, Card, Error, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::overlays::OverlayKind;

use super::OverlayName;
use crate::{
    Overlays, gone, kind_name,
    show::{MOST, What},
};

/// More is not added at once.
const LARGEST: i64 = 1_000_000_000;

/// Add to a goal or a counter, or votes to an answer of a poll.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddToOverlay {
    /// The overlay.
    pub overlay: OverlayName,
    /// How much; 1 unless told. It may be less than nothing.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Of a poll, which answer: 1 is the first.
    #[serde(default)]
    pub answer: Option<i64>,
}

/// It is added.
#[derive(Debug, Serialize)]
pub struct Added {
    overlay: OverlayName,
    amount: i64,
    /// The number now, where there is one.
    value: Option<i64>,
}

impl Action for AddToOverlay {
    const NAME: &'static str = "overlay.add";
    const RISK: Risk = Risk::Change;
    type Service = Overlays;
    type Report = Added;

    fn plan(&self) -> String {
        format!("Add {} to overlay `{}`", self.amount.unwrap_or(1), self.overlay)
    }

    fn refusal(&self) -> String {
        "change what overlays stand at".to_owned()
    }

    fn target(&self) -> Option<String> {
        Some(self.overlay.to_string())
    }

    async fn run(permit: Permit<Self>, overlays: &Overlays, _: &Run) -> Result<Added> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        let amount = asked.amount.unwrap_or(1);
        if !(-LARGEST..=LARGEST).contains(&amount) {
            return Err(Error::Invalid(format!("At most {LARGEST} is added at once. Nothing was changed.")));
        }
        let overlay = overlays.find(guild, &asked.overlay).await?;
        let value = match overlay.kind {
            OverlayKind::Goal | OverlayKind::Counter => {
                let changed = overlays.store.add_to_overlay(&overlay, amount, MOST).await?;
                let changed = changed.ok_or_else(gone)?;
                overlays.changed(&changed, What::State).await?;
                Some(changed.value)
            }
            OverlayKind::Poll => {
                let say = "Say which answer: 1 is the first. Nothing was changed.";
                let answer = asked.answer.ok_or_else(|| Error::Invalid(say.to_owned()))?;
                overlays.change_state(&overlay, |state, settings| state.vote(settings, answer, amount)).await?;
                None
            }
            kind => {
                let kind = kind_name(kind);
                return Err(Error::Invalid(format!("An overlay of kind {kind} has no number. Nothing was changed.")));
            }
        };
        Ok(Added { overlay: asked.overlay.clone(), amount, value })
    }
}

impl Report for Added {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Added** {} to overlay `{}`", self.amount, self.overlay));
        let again = |amount| AddToOverlay { overlay: self.overlay.clone(), amount: Some(amount), answer: None };
        match self.value {
            Some(value) => card
                .fact(format!("it stands at {value}"))
                .choice(Choice::perform("+1", &again(1), Lands::Here).weigh(Weight::Primary))
                .choice(Choice::perform("−1", &again(-1), Lands::Here)),
            None => card,
        }
    }
}
