//! An incident's face: what, where, since when, how bad, who has it; then what comes of it, and what can be done.

use base::{
    Card, Error, GuildId, Millis, Result,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Tone, Weight, code},
    measure,
};
use futures::future::BoxFuture;
use serde_json::json;
use store::incidents::{Line, Shown};

use crate::{
    AcknowledgeIncident, EscalateIncident, Incidents, ResolveIncident, SnoozeIncident,
    machine::{Alert, Incident, Level, Standing},
    snooze,
    words::{named, plain},
};

/// More would not be read on a phone.
const OTHERS: usize = 5;
/// Lines of a message in the thread, and characters over all of them.
const LINES: usize = 12;
const ROOM: usize = 2_500;
/// How a line begins of something that came along.
pub(crate) const FOLDED_IN: &str = "✕ folded in: ";
/// What a menu takes at most.
const OFFERED: usize = 25;

/// Knows a guild's runbooks. Whoever has none that can be run offers none.
pub trait Runbooks: Send + Sync {
    /// What can be run, those that alerts name first.
    fn offered<'a>(&'a self, guild: GuildId, first: &'a [String]) -> BoxFuture<'a, Result<Vec<Offer>>>;

    /// What choosing one does, for this incident.
    fn pick(&self, incident: &Incident) -> Pick;
}

/// Knows a guild's tickets. Whoever has none that can be opened offers none.
pub trait Tickets: Send + Sync {
    /// The numbers of those that are about an incident.
    fn linked(&self, guild: GuildId, incident: i64) -> BoxFuture<'_, Result<Vec<i64>>>;

    /// What opens one for it.
    fn open(&self, guild: GuildId, incident: i64) -> BoxFuture<'_, Result<Option<Choice>>>;
}

impl Incidents {
    /// The face of an incident, with its buttons; `lands` says where what comes of them is shown.
    pub async fn card(&self, shown: &Shown, lands: Lands) -> Result<Card> {
        let incident = Self::read(shown)?;
        let rules = self.store.incident_rules(shown.guild).await?;
        let mut card = face(&incident, rules.calm);
        if incident.is_open() {
            card = buttons(card, &incident, lands);
            if let Some(menu) = self.runbooks(shown.guild, &incident).await {
                card = card.menu(menu);
            }
        }
        card = self.with_tickets(card, shown.guild, &incident).await;
        Ok(card.small(format!("incident {}", incident.number)))
    }

    async fn with_tickets(&self, card: Card, guild: GuildId, incident: &Incident) -> Card {
        let Some(tickets) = self.tickets.get() else { return card };
        let known = async {
            let linked = tickets.linked(guild, incident.number).await?;
            let open = if incident.is_open() { tickets.open(guild, incident.number).await? } else { None };
            Ok::<_, Error>((linked, open))
        };
        let (linked, open) = match known.await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!("tickets of an incident are not shown: {error}");
                return card;
            }
        };
        let numbers: Vec<String> = linked.iter().take(OFFERED).map(|number| format!("ticket {number}")).collect();
        let card = if numbers.is_empty() { card } else { card.text(format!("about it: {}", numbers.join(" · "))) };
        open.into_iter().fold(card, Card::choice)
    }

    async fn runbooks(&self, guild: GuildId, incident: &Incident) -> Option<Menu> {
        let runbooks = self.runbooks.get()?;
        let mut first: Vec<String> = incident.open_alerts().filter_map(|(_, alert)| alert.runbook.clone()).collect();
        first.dedup();
        let mut of = match runbooks.offered(guild, &first).await {
            Ok(offered) => offered,
            Err(error) => {
                tracing::warn!("runbooks are not offered: {error}");
                return None;
            }
        };
        of.truncate(OFFERED);
        let offers = Offers::Texts { of, least: 1, most: 1 };
        matches!(&offers, Offers::Texts { of, .. } if !of.is_empty()).then(|| Menu {
            placeholder: "Run a runbook".to_owned(),
            offers,
            pick: runbooks.pick(incident),
        })
    }

    /// What happened, as one message of the thread.
    pub fn lines(lines: &[Line]) -> Card {
        let (mut drawn, mut room) = (Vec::new(), ROOM);
        // Of many, what only came along is counted.
        let came_along = |line: &&Line| lines.len() > LINES && line.text.starts_with(FOLDED_IN);
        let folded = lines.iter().filter(came_along).count();
        let told: Vec<&Line> = lines.iter().filter(|line| !came_along(line)).collect();
        for line in told.iter().take(LINES) {
            let text = format!("<t:{}:T> {}", line.at.0.div_euclid(1_000), line.text);
            let Some(left) = room.checked_sub(text.chars().count() + 1) else { break };
            room = left;
            drawn.push(text);
        }
        let left = told.len() - drawn.len();
        if folded > 0 {
            drawn.push(format!(
                "and {} folded in",
                measure::count(u64::try_from(folded).unwrap_or(0), "thing", "things")
            ));
        }
        let mut card = Card::plain(if drawn.is_empty() { "Nothing more".to_owned() } else { drawn.remove(0) });
        if !drawn.is_empty() {
            card = card.text(drawn.join("\n"));
        }
        if left > 0 {
            let left = measure::count(u64::try_from(left).unwrap_or(0), "line", "lines");
            card = card.text(format!("and {left} more: `/incident show` has the last ones"));
        }
        card
    }
}

fn face(incident: &Incident, calm: std::time::Duration) -> Card {
    let mut card = Card::new(tone(incident), title(incident));
    match incident.standing {
        Standing::Folded(into) => return card.fact(format!("a part of incident {into}: it comes of the same")),
        Standing::Resolved => {
            card = card.fact("resolved");
            card = match incident.lasted() {
                Some(lasted) => card.fact(format!("after {}", measure::age(lasted))),
                None => card,
            };
        }
        Standing::Open => {
            card = card.fact(incident.level.as_str()).fact(format!("since {}", incident.opened.relative()));
        }
    }
    card = match incident.owner {
        Some(owner) if incident.is_open() => card.fact(format!("<@{}> has it", owner.user)),
        Some(owner) => card.fact(format!("<@{}> had it", owner.user)),
        None if incident.is_open() => card.fact("nobody has it"),
        None => card,
    };
    let others = incident.others();
    if !others.is_empty() {
        let mut lines: Vec<String> = others.iter().take(OTHERS).map(|alert| one(alert)).collect();
        if others.len() > OTHERS {
            let more = measure::count(u64::try_from(others.len() - OTHERS).unwrap_or(0), "more", "more");
            lines.push(format!("and {more} that depend on it or broke with it"));
        }
        card = card.text(lines.join("\n"));
    }
    for line in also(incident, calm) {
        card = card.text(line);
    }
    card
}

fn also(incident: &Incident, calm: std::time::Duration) -> Vec<String> {
    let mut also = Vec::new();
    let until = |at: Millis| format!("<t:{}:R>", at.0.div_euclid(1_000));
    match &incident.over {
        Some(over) if incident.is_open() => {
            let left = incident.open_alerts().count();
            let left =
                measure::count(u64::try_from(left).unwrap_or(0), "alert goes on and keeps", "alerts go on and keep");
            also.push(format!("<@{}> says that it is over: {}. {left} it in view.", over.by, code(&over.what)));
        }
        Some(over) => also.push(format!("<@{}> says what it was: {}", over.by, code(&over.what))),
        None => {}
    }
    if let Some(since) = incident.calm.filter(|_| incident.is_open()) {
        also.push(format!(
            "All of it is well since {}; over if it stays so until {}.",
            until(since),
            until(since.plus(calm))
        ));
    }
    if let Some(snooze) = incident.snoozed {
        also.push(format!("Snoozed by <@{}>: it pings nobody until {}.", snooze.by, until(snooze.until)));
    }
    if let Some(at) = incident.escalated.filter(|_| incident.is_open()) {
        also.push(format!("Escalated {}.", until(at)));
    }
    if incident.came_back > 0 {
        also.push(format!("It came back {}.", measure::count(u64::from(incident.came_back), "time", "times")));
    }
    also
}

pub(crate) fn tone(incident: &Incident) -> Tone {
    match (incident.standing, incident.level) {
        (Standing::Folded(_), _) => Tone::Quiet,
        (Standing::Resolved, _) => Tone::Ok,
        (Standing::Open, _) if incident.calm.is_some() => Tone::Working,
        (Standing::Open, Level::Critical) => Tone::Failed,
        (Standing::Open, Level::Warn) => Tone::Attention,
    }
}

/// What is wrong, and where.
pub(crate) fn title(incident: &Incident) -> String {
    match (&incident.title, incident.cause()) {
        (Some(title), _) => format!("**{}**", code(title)),
        (None, Some(cause)) => {
            let what = format!("**{} {}**", code(&cause.subject.name), plain(&cause.text));
            match cause.subject.server.as_deref().filter(|server| *server != cause.subject.name) {
                Some(server) => format!("{what} on {}", code(server)),
                None => what,
            }
        }
        (None, None) => "**Something** is wrong".to_owned(),
    }
}

fn one(alert: &Alert) -> String {
    let glyph = match (alert.is_open(), alert.level) {
        (false, _) => "✓",
        (true, Level::Critical) => "✕",
        (true, Level::Warn) => "!",
    };
    format!("{glyph} {} {}", named(&alert.subject), plain(&alert.text))
}

fn buttons(card: Card, incident: &Incident, lands: Lands) -> Card {
    let number = incident.number;
    let from = incident.owner.map(|owner| owner.user.0);
    let take = AcknowledgeIncident { incident: number, from };
    let take = match incident.owner {
        None => Choice::perform("Acknowledge", &take, lands).weigh(Weight::Primary),
        Some(_) => Choice::perform("Take over", &take, lands),
    };
    let resolve = ResolveIncident { incident: number, what: None };
    let offers = snooze::OFFERED.map(|(value, label)| Offer {
        value: value.to_owned(),
        label: label.to_owned(),
        description: String::new(),
        chosen: Pre::Open,
    });
    let menu = Menu {
        placeholder: "Snooze".to_owned(),
        offers: Offers::Texts { of: offers.to_vec(), least: 1, most: 1 },
        pick: Pick {
            action: <SnoozeIncident as base::Action>::NAME.to_owned(),
            arguments: json!({ "incident": number }),
            field: "until".to_owned(),
            name: None,
            lands,
        },
    };
    card.beside(take)
        .menu(menu)
        .choice(Choice::perform("Escalate", &EscalateIncident { incident: number }, lands))
        .choice(Choice::perform("Resolve", &resolve, lands))
}

/// What is said where something cannot be read by its number.
pub(crate) fn unknown(number: i64) -> Error {
    Error::NotFound { kind: "incident", name: number.to_string() }
}
