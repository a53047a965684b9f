//! Changes what a panel says; where it stands, it is drawn anew.

use base::{Action, Card, Permit, Report, Result, Risk, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{PanelChange, Style};

use crate::{NewPicture, PanelName, Tickets, panel, refuse_secrets, words};

/// Change a panel. What is not said stays as it is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EditTicketPanel {
    /// The panel.
    pub panel: PanelName,
    /// What stands on top.
    #[serde(default)]
    pub title: Option<String>,
    /// What stands below.
    #[serde(default)]
    pub text: Option<String>,
    /// Its colour, such as `#5865F2` or `green`; or `none`.
    #[serde(default)]
    pub colour: Option<String>,
    /// A button for each category, or one menu.
    #[serde(default)]
    pub style: Option<Style>,
    /// Another picture, or none any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<NewPicture>,
}

/// It is changed.
#[derive(Debug, Serialize)]
pub struct Edited {
    panel: PanelName,
    channel: Option<u64>,
}

impl Action for EditTicketPanel {
    const NAME: &'static str = "ticket.panel-edit";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Edited;

    fn plan(&self) -> String {
        format!("Change panel `{}`", self.panel)
    }

    fn refusal(&self) -> String {
        "change panels for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Edited> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        for text in [&asked.title, &asked.text].into_iter().flatten() {
            refuse_secrets(run, text)?;
        }
        let change = PanelChange {
            title: asked.title.as_deref().map(|title| words::line(title, words::TITLE)).transpose()?,
            text: asked.text.as_deref().map(|text| words::text(text, words::TEXT)).transpose()?,
            colour: asked.colour.as_deref().map(panel::colour).transpose()?,
            style: asked.style,
        };
        let was = tickets.panel(guild, &asked.panel).await?;
        if let Some(style) = change.style {
            let all = tickets.store.ticket_categories(guild).await?;
            panel::has_room(style, all.iter().filter(|one| one.panel == was.id).count())?;
        }
        if let Some(picture) = &asked.picture {
            let picture = tickets.fetched(guild, picture)?;
            tickets.store.set_ticket_panel_picture(guild, asked.panel.as_str(), picture.as_ref()).await?;
        }
        tickets.store.change_ticket_panel(guild, asked.panel.as_str(), &change).await?;
        tickets.changed.send_replace(());
        Ok(Edited { panel: asked.panel.clone(), channel: was.channel })
    }
}

impl Report for Edited {
    fn card(&self) -> Card {
        let card = Card::ok(format!("**Changed** panel `{}`", self.panel));
        match self.channel {
            Some(channel) => card.text(format!("Its message in <#{channel}> is drawn anew.")),
            None => card.text(format!("It stands nowhere yet: `/ticket panel send panel:{}` sends it.", self.panel)),
        }
    }
}
