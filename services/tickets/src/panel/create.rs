//! Makes a panel, which stands nowhere until it is sent.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{NewPanel, Style};

use crate::{NewPicture, PanelName, Tickets, panel, refuse_secrets, words};

/// Make a panel: a message by which tickets are opened.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateTicketPanel {
    /// What it is called by those who set it up.
    pub name: PanelName,
    /// What stands on top.
    pub title: String,
    /// What stands below.
    pub text: String,
    /// Its colour, such as `#5865F2` or `green`.
    #[serde(default)]
    pub colour: Option<String>,
    /// A button for each category, or one menu; buttons unless told.
    #[serde(default)]
    pub style: Option<Style>,
    /// A picture, by what it is known by since it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<NewPicture>,
}

/// It is made.
#[derive(Debug, Serialize)]
pub struct Created {
    name: PanelName,
}

impl Action for CreateTicketPanel {
    const NAME: &'static str = "ticket.panel-create";
    const RISK: Risk = Risk::Change;
    type Service = Tickets;
    type Report = Created;

    fn plan(&self) -> String {
        format!("Make a panel for tickets, `{}`: {}", self.name, code(&self.title))
    }

    fn refusal(&self) -> String {
        "make panels for tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, run: &Run) -> Result<Created> {
        let (guild, asked) = (permit.actor().guild, permit.action());
        for text in [&asked.title, &asked.text] {
            refuse_secrets(run, text)?;
        }
        let (title, text) = (words::line(&asked.title, words::TITLE)?, words::text(&asked.text, words::TEXT)?);
        let new = NewPanel {
            name: asked.name.as_str(),
            title: &title,
            text: &text,
            colour: asked.colour.as_deref().map(panel::colour).transpose()?.flatten(),
            style: asked.style.unwrap_or(Style::Buttons),
        };
        let picture = asked.picture.as_ref().map(|picture| tickets.fetched(guild, picture)).transpose()?.flatten();
        if tickets.store.add_ticket_panel(guild, new, panel::PANELS).await? {
            if let Some(picture) = &picture {
                tickets.store.set_ticket_panel_picture(guild, asked.name.as_str(), Some(picture)).await?;
            }
            return Ok(Created { name: asked.name.clone() });
        }
        let is_taken = tickets.store.ticket_panel(guild, asked.name.as_str()).await?.is_some();
        let why = if is_taken {
            format!("There is a panel `{}` already.", asked.name)
        } else {
            "There are 20 panels, the most I keep.".to_owned()
        };
        Err(Error::Busy(format!("{why} Nothing was changed.")))
    }
}

impl Report for Created {
    fn card(&self) -> Card {
        Card::ok(format!("**Made** panel `{}`", self.name)).text(format!(
            "`/ticket category add panel:{0}` says what can be asked for, and `/ticket panel send panel:{0}` puts it into a channel.",
            self.name
        ))
    }
}
