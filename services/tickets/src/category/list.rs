//! A guild's panels and their categories, with all that is set.

use base::{Action, Card, Permit, Report, Result, Risk, Run, card::code, measure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::tickets::{After, Category, Place, RolePart};

use crate::{Tickets, words};

/// List the panels and categories of tickets.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ListTicketCategories {}

/// They are these.
#[derive(Debug, Serialize)]
pub struct Listed {
    panels: Vec<Panel>,
}

#[derive(Debug, Serialize)]
struct Panel {
    name: String,
    channel: Option<u64>,
    trouble: Option<String>,
    /// Each with what is set.
    categories: Vec<(String, String)>,
}

impl Action for ListTicketCategories {
    const NAME: &'static str = "ticket.category-list";
    const RISK: Risk = Risk::Observe;
    type Service = Tickets;
    type Report = Listed;

    fn plan(&self) -> String {
        "List the panels and categories of tickets".to_owned()
    }

    fn refusal(&self) -> String {
        "list the panels and categories of tickets".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, tickets: &Tickets, _: &Run) -> Result<Listed> {
        let guild = permit.actor().guild;
        let all = tickets.store.ticket_categories(guild).await?;
        let panels = tickets.store.ticket_panels(guild).await?.into_iter().map(|panel| {
            let of_panel = all.iter().filter(|one| one.panel == panel.id);
            let categories = of_panel.map(|one| (one.name.clone(), set(one))).collect();
            Panel { name: panel.name, channel: panel.channel, trouble: panel.trouble, categories }
        });
        Ok(Listed { panels: panels.collect() })
    }
}

/// All that is set of a category, in a line.
fn set(category: &Category) -> String {
    let roles = |part| category.roles_of(part).map(|role| format!("<@&{role}>")).collect::<Vec<_>>();
    let mut set = vec![format!("answered by {}", roles(RolePart::Staff).join(", "))];
    let named = |what: &str, roles: Vec<String>| (!roles.is_empty()).then(|| format!("{what} {}", roles.join(", ")));
    set.extend(named("for", roles(RolePart::Required)));
    set.extend(named("not for", roles(RolePart::Excluded)));
    set.push(words::priority(category.priority).to_owned());
    set.push(format!("{} a member", category.most_open));
    let span =
        |what: &str, span: Option<std::time::Duration>| span.map(|span| format!("{what} {}", measure::age(span)));
    set.extend(span("cooldown", category.cooldown));
    set.extend(category.hours.map(|open| format!("open {} {}", base::hours::shown(open), category.zone)));
    set.extend(span("answered within", category.answer_within));
    set.extend(span("solved within", category.solve_within));
    set.extend(span("the member is asked for", category.ask_for));
    set.extend(span("warned after", category.idle_for));
    let after = |what: &str, after: After| match after {
        After::Share => None,
        After::Span(span) => Some(format!("{what} {} after a target", measure::age(span))),
        After::Never => Some(format!("{what} never")),
    };
    set.extend(after("pinged", category.ping_after));
    set.extend(after("escalated", category.escalate_after));
    set.extend(category.escalate_to.map(|role| format!("escalates to <@&{role}>")));
    if category.place == Place::Channel {
        let under = category.under.map(|under| format!(" under <#{under}>")).unwrap_or_default();
        set.push(format!("channels of their own{under}"));
    }
    set.extend(category.forum.map(|forum| format!("also by posts in <#{forum}>")));
    let questions = u64::try_from(category.questions.len()).unwrap_or_default();
    set.push(measure::count(questions, "question", "questions"));
    set.join(" · ")
}

impl Report for Listed {
    fn card(&self) -> Card {
        let count = u64::try_from(self.panels.len()).unwrap_or_default();
        let mut card = Card::plain(format!("**Panels** {}", measure::count(count, "panel", "panels")));
        for panel in &self.panels {
            let place = panel.channel.map_or("not sent yet".to_owned(), |channel| format!("in <#{channel}>"));
            card = card.text(format!("`{}` {place}", panel.name));
            if let Some(trouble) = &panel.trouble {
                card = card.text(format!("! It cannot be shown there: {trouble}."));
            }
            for (name, set) in &panel.categories {
                card = card.text(format!("– {} {set}", code(name)));
            }
        }
        if self.panels.is_empty() {
            card = card.text("There is none yet: `/ticket panel create` makes one.");
        }
        card
    }
}
