//! What people ask for while the bot is killed, and what else they do about it: stop it, approve it.
//!
//! **Invariant:** every command adds one line to a file on the server when it begins and one when it ends. A line that is there
//! twice was done twice.

use std::{path::PathBuf, time::Duration};

use sandbox::client::{Interaction, State};

use super::chance::Chance;
use crate::people::Person;

/// Nobody waits longer than this for the bot to do something about what they see.
const PATIENCE: Duration = Duration::from_mins(1);

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Over at once.
    Quick,
    /// It takes its time.
    Slow,
    /// It prints while it takes its time.
    Chatty,
    /// It ends with status 3.
    Failing,
    /// It takes long, and whoever asked stops it.
    Stopped,
    /// Somebody else must say yes first.
    Approved,
}

/// More of those whose states are many.
pub(super) const KINDS: [Kind; 9] = [
    Kind::Quick,
    Kind::Slow,
    Kind::Slow,
    Kind::Chatty,
    Kind::Failing,
    Kind::Stopped,
    Kind::Stopped,
    Kind::Approved,
    Kind::Approved,
];

/// On one server one change at a time is made; others wait in line.
pub(super) const SERVERS: [&str; 3] = ["box", "box-2", "box-3"];

/// The people, and where their commands leave their marks.
#[derive(Clone)]
pub(crate) struct Crew {
    /// An administrator, who asks and says yes.
    pub(crate) admin: Person,
    /// Somebody whose changes take another person's yes.
    pub(crate) operator: Person,
    pub(crate) marks: PathBuf,
}

/// Something that was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) number: usize,
    pub(crate) kind: Kind,
    /// The bot said that it heard it.
    pub(crate) acknowledged: bool,
}

impl Asked {
    /// What its plan, its card and its first mark hold, and nothing else's.
    pub(crate) fn begins(number: usize) -> String {
        format!("begin-{number:04}")
    }

    /// Its other mark.
    pub(crate) fn ends(number: usize) -> String {
        format!("end-{number:04}")
    }
}

impl Crew {
    /// Somebody asks, and does what belongs to it, in a task of its own: whoever was not heard is told so seconds later.
    pub(super) fn ask(&self, number: usize, kind: Kind, chance: &mut Chance) -> impl Future<Output = Asked> + use<> {
        let (line, hesitation) = (self.line(number, kind, chance), chance.millis(0..300));
        let crew = self.clone();
        let asker = if kind == Kind::Approved { self.operator.clone() } else { self.admin.clone() };
        async move {
            let heard = asker.client.slash(&line).await;
            let told = Asked { number, kind, acknowledged: heard.is_ok() };
            match (heard, kind) {
                (Ok(interaction), Kind::Stopped) => stop(&asker, &interaction, hesitation).await,
                (Ok(interaction), Kind::Approved) => crew.approve(&interaction, hesitation).await,
                _ => {}
            }
            told
        }
    }

    fn line(&self, number: usize, kind: Kind, chance: &mut Chance) -> String {
        let (begins, ends, marks) = (Asked::begins(number), Asked::ends(number), self.marks.display());
        let between = match kind {
            Kind::Quick | Kind::Failing => String::new(),
            Kind::Slow | Kind::Approved => format!("sleep 0.{:02}; ", chance.within(5..70)),
            Kind::Chatty => "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.05; done; ".to_owned(),
            Kind::Stopped => format!("sleep {}.3; ", chance.within(1..4)),
        };
        let last = if kind == Kind::Failing { "; exit 3" } else { "" };
        let server = chance.pick(&SERVERS);
        format!("/server run server:{server} command:echo {begins} >> {marks}; {between}echo {ends} >> {marks}{last}")
    }

    /// Says yes on the question's card, again and again while it stands: a press may meet a bot that is dead.
    async fn approve(&self, question: &Interaction, hesitation: Duration) {
        let Ok(card) = self.operator.client.answer(question, PATIENCE).await else { return };
        let open = |state: &State| {
            let card = state.message(card.id())?.latest();
            if card.is_thinking() { None } else { Some(card.button("Approve").is_ok()) }
        };
        loop {
            // Two people's screens are never quite the same moment.
            let Ok(waits) = self.admin.client.wait_for("the question", PATIENCE, open).await else { return };
            if !waits {
                return;
            }
            tokio::time::sleep(hesitation).await;
            if self.admin.client.press(&card, "Approve").await.is_ok() {
                let over = |state: &State| (open(state) == Some(false)).then_some(());
                // Killed before it counted, it still stands.
                let _ = self.admin.client.wait_for("the answer", Duration::from_secs(5), over).await;
            }
        }
    }
}

/// Presses Cancel, unless it is over by then.
async fn stop(asker: &Person, run: &Interaction, hesitation: Duration) {
    let Ok(card) = asker.client.answer(run, PATIENCE).await else { return };
    let running = |state: &State| Some(state.message(card.id())?.latest().button("Cancel").is_ok());
    for _ in 0..5 {
        if asker.client.look(running) != Some(true) {
            return;
        }
        tokio::time::sleep(hesitation).await;
        if asker.client.press(&card, "Cancel").await.is_ok() {
            return;
        }
    }
}
