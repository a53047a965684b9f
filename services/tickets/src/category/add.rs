//! Makes a category: something that can be asked for, and who answers it.

use base::{Action, Card, Error, Permit, Report, Result, Risk, RoleId, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::NewCategory;

use crate::{
    PanelName, Tickets,
    category::{self, Rules},
    panel, refuse_secrets, words,
};

/// Make a category: what can be asked for on a panel, and who answers it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddTicketCategory {
    /// The panel.
    pub panel: PanelName,
    /// What it is called.
    pub name: String,
    /// The id of the role whose holders answer.
    pub staff: u64,
    /// How it goes.
    #[serde(flatten)]
    pub rules: Rules,
}

/// It is made.
#[derive(Debug, Serialize)]
pub struct Added {
    panel: PanelName,
    name: String,
    staff: u64,
}

impl Action for AddTicketCategory {
    const NAME: &'static str = "ticket.category-add";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Added;

    fn plan(&self) -> String {
        format!("Make a category {} on panel `{}`, answered by <@&{}>", code(&self.name), self.panel, self.staff)
    }

    fn refusal(&self) -> String {
        "make categories of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Added> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        for text in asked.rules.texts().chain([&asked.name]) {
            refuse_secrets(run, text)?;
        }
        if asked.staff == guild.0 || asked.rules.escalate_to == Some(guild.0) {
            let sentence =
                "@everyone would read every ticket: choose a role whose holders answer. Nothing was changed.";
            return Err(Error::Invalid(sentence.to_owned()));
        }
        let (name, rest) = (words::line(&asked.name, category::NAME)?, asked.rules.change()?);
        asked.rules.check_places(tickets, guild).await?;
        let on = tickets.panel(guild, &asked.panel).await?;
        let all = tickets.store.ticket_categories(guild).await?;
        if all.iter().any(|one| one.name.to_lowercase() == name.to_lowercase()) {
            return Err(Error::Busy(format!("There is a category {} already. Nothing was changed.", code(&name))));
        }
        panel::has_room(on.style, all.iter().filter(|one| one.panel == on.id).count() + 1)?;
        let new = NewCategory { panel: &on.id, name: &name, staff: RoleId(asked.staff), rest: &rest };
        let most = i64::try_from(panel::MENU).unwrap_or(i64::MAX);
        if !tickets.store.add_ticket_category(guild, new, most).await? {
            return Err(Error::Busy(
                "Somebody changed that panel just now. Nothing was changed; look again.".to_owned(),
            ));
        }
        tickets.changed.send_replace(());
        Ok(Added { panel: asked.panel.clone(), name, staff: asked.staff })
    }
}

impl Report for Added {
    fn card(&self) -> Card {
        Card::ok(format!("**Added** {} to panel `{}`", code(&self.name), self.panel))
            .fact(format!("<@&{}> answers", self.staff))
            .text("`/ticket category questions` says what is asked, and `/ticket category role` who else answers, and who may ask.")
    }
}
