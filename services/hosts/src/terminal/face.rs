//! How a terminal looks: while it is open, and when it is over.

use base::{
    Card, ServerName, UserId,
    action::Ending,
    card::{Choice, Lands, Menu, Offer, Offers, Pick, Pre, Press, Weight, code},
    measure,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    end::EndTerminal,
    keys::{self, AT_A_PROMPT, KEYS, ON_A_WHOLE_SCREEN},
    picture::PictureTerminal,
    session::{End, Session, Why},
};
use crate::ssh::Ended;

/// Characters of a screen that a card has room for.
const SCREEN: usize = 3_200;

impl Session {
    /// What stands behind its buttons. It is no action: keys belong to what was admitted when it was opened.
    pub const KEYS: &str = "terminal.keys";
    /// In the place of a key: a form to type into.
    pub const FORM: &str = "form";

    /// Its face while it is open.
    pub fn card(&self) -> Card {
        let row = self.terminal();
        let (frame, filled) = (self.frame(), self.shown().screen.is_filled());
        let screen = frame.ansi(SCREEN);
        let mut card = Card::working(format!("**Terminal** on {}", code(&row.server_name)))
            .fact(format!("{}×{}", row.columns, row.rows))
            .fact(typists(row.by, &row.invited));
        if self.is_plain() {
            card = card.fact("ends with my connection: its server has no `script`");
        }
        if self.state().silent {
            card = card.text("Its server does not answer just now. The shell goes on there; I look for it again.");
        }
        if let Some(refused) = self.state().refused.clone() {
            card = card.text(format!("Not typed: {refused}"));
        }
        card = card.code("ansi", if screen.trim().is_empty() { "…" } else { &screen }).menu(more(row.id));
        let buttons = if filled { ON_A_WHOLE_SCREEN } else { AT_A_PROMPT };
        for key in buttons.iter().filter_map(|name| keys::named(name)) {
            card = card.choice(press(row.id, key.name, key.label));
        }
        if let Ok(server) = row.server_name.parse::<ServerName>() {
            let end = Choice::perform(
                "End",
                &EndTerminal { server: server.clone(), terminal: row.id.to_string() },
                Lands::Nowhere,
            );
            let said = if filled { "A line is typed without Enter here." } else { "A line is typed with Enter." };
            let idle = row.idle.as_secs() / 60;
            if !frame.is_text(SCREEN) {
                let picture = PictureTerminal { server: server.clone(), terminal: row.id.to_string() };
                let picture = Choice::perform("Picture", &picture, Lands::Below);
                card = card.row("-# A message shows its boxes, bars or colours wrong.", Some(picture));
            }
            card = card.row(format!("-# {said} It ends after {idle} min without a key."), Some(end));
        }
        card.beside(press(row.id, Self::FORM, "Type…").weigh(Weight::Primary)).small(format!("ref {}", row.reference))
    }

    /// Its face when it is over: how, who typed, the last screen, the recording.
    pub fn last_card(&self) -> Card {
        let row = self.terminal();
        let title = format!("**Terminal ended** on {}", code(&row.server_name));
        let card = if self.ending() == Ending::Interrupted { Card::failed(title) } else { Card::quiet(title) };
        let typed = self.state().typed.clone();
        let mut card = card.fact(self.how()).fact(format!("opened {}", row.opened.relative()));
        if let Some(text) = self.left() {
            card = card.text(text);
        }
        if !typed.is_empty() {
            let counts =
                typed.iter().map(|(person, count)| format!("<@{person}> {}", measure::count(*count, "time", "times")));
            card = card.text(format!("Typed: {}", counts.collect::<Vec<_>>().join(", ")));
        }
        let shown = self.shown();
        let recording = shown.cast.text().as_bytes().to_vec();
        drop(shown);
        card.code("", self.text())
            .file(format!("{}-{}.cast", row.server_name, row.reference), recording)
            .small(format!("ref {}", row.reference))
            .small(format!("by <@{}>", row.by))
    }

    /// How it ended, in a few words.
    pub fn how(&self) -> String {
        let state = self.state();
        match (state.why, &state.end) {
            (Some(Why::Person(person)), _) => format!("ended by <@{person}>"),
            (Some(Why::Idle), _) => "nobody typed".to_owned(),
            (Some(Why::Revoked), _) => "who opened it may no longer".to_owned(),
            (Some(Why::TooLong), _) => "open for as long as any may".to_owned(),
            (Some(Why::NoThread), _) => "it has no thread".to_owned(),
            (Some(Why::NoServer), _) => "its server was removed".to_owned(),
            (Some(Why::Unmasked), _) => "what was typed unseen could not be masked any more".to_owned(),
            (None, Some(End::Ended(Ended::Exited(status)))) => format!("exit {status}"),
            (None, Some(End::Ended(Ended::Signalled(signal)))) => format!("killed by SIG{signal}"),
            (None, Some(End::Ended(_))) => "ended unseen".to_owned(),
            (None, Some(End::Never)) => "its server knows nothing of it".to_owned(),
            (None, Some(End::Unreachable)) => "its server does not answer".to_owned(),
            (None, Some(End::WithConnection)) => "ended with its connection".to_owned(),
            (None, None) => "it goes on".to_owned(),
        }
    }

    fn ending(&self) -> Ending {
        match &self.state().end {
            Some(End::Ended(Ended::Exited(_) | Ended::Signalled(_) | Ended::Cancelled { confirmed: true })) => {
                Ending::Done
            }
            _ => Ending::Interrupted,
        }
    }

    /// What may be left of it on its server.
    fn left(&self) -> Option<&'static str> {
        match self.state().end.as_ref()? {
            End::Ended(Ended::Exited(_) | Ended::Signalled(_) | Ended::Cancelled { confirmed: true }) | End::Never => {
                None
            }
            End::WithConnection => Some("Its server has no `script` to keep it with: what ran there was hung up."),
            End::Ended(Ended::Vanished) => Some("The server was restarted, or what kept it was killed."),
            End::Ended(_) | End::Unreachable => Some("I could not see that it is gone. Look for it on the server."),
        }
    }
}

fn typists(by: UserId, invited: &[UserId]) -> String {
    let all: Vec<String> = std::iter::once(&by).chain(invited).map(|person| format!("<@{person}>")).collect();
    format!("{} {} here", all.join(", "), if all.len() == 1 { "types" } else { "type" })
}

fn press(terminal: Uuid, key: &str, label: &str) -> Choice {
    let arguments = json!({ "terminal": terminal, "key": key });
    let press = Press::Perform { action: Session::KEYS.to_owned(), arguments, lands: Lands::Nowhere };
    Choice { label: label.to_owned(), weight: Weight::Secondary, press }
}

fn more(terminal: Uuid) -> Menu {
    let offers = KEYS.iter().map(|key| Offer {
        value: key.name.to_owned(),
        label: key.label.to_owned(),
        description: key.hint.to_owned(),
        chosen: Pre::Open,
    });
    Menu {
        placeholder: "More keys…".to_owned(),
        offers: Offers::Texts { of: offers.collect(), least: 1, most: 1 },
        pick: Pick {
            action: Session::KEYS.to_owned(),
            arguments: json!({ "terminal": terminal }),
            field: "key".to_owned(),
            name: None,
            lands: Lands::Nowhere,
        },
    }
}
