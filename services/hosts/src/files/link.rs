//! What is too large for a message goes through a page of ours: a link for one person, once, for a few minutes.
//!
//! **Invariants:** a link is shown to whoever asked and to nobody else; it is used up by the first that uses it; the transfer
//! is a part of the action that was asked for, and ends with it. Only so much is held as is in flight.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Clock, Error, GuildId, Live, Millis, Permit, Report, Result, Risk, Run, UserId,
    card::{Choice, Lands, Weight, code},
    measure,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, oneshot};

use super::{Files, spot::Spot};

/// A link that was not used by then is gone.
pub(super) const USED_BY: Duration = Duration::from_mins(10);
/// How long a transfer may take in all; the answer on the card is edited until then.
pub(super) const DONE_BY: Duration = Duration::from_mins(25);
/// Pieces between a page and a server: each side may be a few ahead of the other.
const AHEAD: usize = 4;
/// Links that wait at a time, in all …
const MOST: usize = 50;
/// … in one guild …
const MOST_IN_A_GUILD: usize = 9;
/// … and for one person there.
const MOST_EACH: usize = 2;

/// A piece of a file; an error ends it, and says why.
pub type Piece = std::result::Result<Vec<u8>, String>;

/// What a link is for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The server's name.
    pub server: String,
    /// The path there.
    pub path: String,
    /// Its size, or the most that is taken.
    pub size: u64,
    /// Which way it goes.
    pub way: Way,
}

/// Which way a file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To whoever has the link.
    Down,
    /// From whoever has the link.
    Up,
}

/// The page's end of a transfer.
pub enum Taken {
    /// What comes from the server.
    Down(mpsc::Receiver<Piece>),
    /// What goes to the server, and what became of it.
    Up(mpsc::Sender<Piece>, oneshot::Receiver<std::result::Result<String, String>>),
}

/// The action's end of a transfer.
pub(super) enum Begun {
    Down(mpsc::Sender<Piece>),
    Up(mpsc::Receiver<Piece>, oneshot::Sender<std::result::Result<String, String>>),
}

/// Links that wait.
#[derive(Default)]
pub(super) struct Links {
    address: OnceLock<String>,
    waiting: Mutex<HashMap<String, Waiting>>,
}

struct Waiting {
    /// What stands for the link where everybody reads it.
    id: String,
    guild: GuildId,
    user: UserId,
    wanted: Wanted,
    until: Millis,
    key: String,
    begin: oneshot::Sender<Begun>,
}

impl Waiting {
    fn is_of(&self, id: &str, actor: &Actor) -> bool {
        self.id == id && self.guild == actor.guild && self.user == actor.user
    }
}

/// A link is known by its key's hash: what looks it up tells nothing by how long it takes.
fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

impl Links {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a link away when what it was for is over.
struct Offered<'a>(&'a Links, String);

impl Drop for Offered<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
}

impl Files {
    /// Where people reach our pages, such as `https://nebula.example`.
    pub fn know_address(&self, address: &str) {
        // It is known from the settings, once.
        let _ = self.links.address.set(address.trim_end_matches('/').to_owned());
    }

    /// Why no link can be made; none where one can.
    pub(super) fn no_links(&self) -> Option<&'static str> {
        let unknown =
            "Larger ones go through a link, and for that `NEBULA_WEB_URL` must say where people reach my pages.";
        self.links.address.get().is_none().then_some(unknown)
    }

    /// What a link is for, while it waits.
    pub fn link(&self, key: &str) -> Option<Wanted> {
        self.links.waiting().get(&hash(key)).map(|waiting| waiting.wanted.clone())
    }

    /// Uses a link up.
    pub fn use_link(&self, key: &str) -> Option<Taken> {
        let waiting = self.links.waiting().remove(&hash(key))?;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (begun, taken) = match waiting.wanted.way {
            Way::Down => (Begun::Down(sender), Taken::Down(receiver)),
            Way::Up => {
                let (answer, answered) = oneshot::channel();
                (Begun::Up(receiver, answer), Taken::Up(sender, answered))
            }
        };
        waiting.begin.send(begun).ok().map(|()| taken)
    }

    /// Offers a link to whoever asked, and waits until it is used.
    pub(super) async fn through_link(&self, run: &Run, spot: &Spot, way: Way, size: u64) -> Result<Begun> {
        let (key, id) = (self.clock.key(), self.clock.id().to_string());
        let (begin, taken) = oneshot::channel();
        let wanted = Wanted { server: spot.server.name.clone(), path: spot.path.clone(), size, way };
        let until = self.clock.now().plus(USED_BY);
        let hashed = hash(&key);
        {
            let mut waiting = self.links.waiting();
            if is_too_many(waiting.values().map(|one| (one.guild, one.user)), (run.actor.guild, run.actor.user)) {
                return Err(Error::Busy(
                    "Too many links wait to be used. Nothing was done; try again soon.".to_owned(),
                ));
            }
            let (id, wanted, guild, user) = (id.clone(), wanted.clone(), run.actor.guild, run.actor.user);
            waiting.insert(hashed.clone(), Waiting { id, guild, user, wanted, until, key, begin });
        }
        let _offered = Offered(&self.links, hashed);
        run.show(Arc::new(Waits { wanted, until, link: ShowLink { link: id } }));
        tokio::select! {
            end = taken => end.map_err(|_| Error::Busy("That link is gone. Nothing was done.".to_owned())),
            () = run.cancel().cancelled() => Err(over(spot, "It was cancelled.")),
            () = tokio::time::sleep(USED_BY) => Err(over(spot, "Nobody used the link in time.")),
        }
    }
}

/// Whether one more would be too many, where these wait already: neither a person nor a guild takes what is everybody's.
fn is_too_many(waiting: impl Iterator<Item = (GuildId, UserId)>, (guild, user): (GuildId, UserId)) -> bool {
    let (mut all, mut here, mut own) = (0, 0, 0);
    for (of, by) in waiting {
        all += 1;
        here += usize::from(of == guild);
        own += usize::from((of, by) == (guild, user));
    }
    all >= MOST || here >= MOST_IN_A_GUILD || own >= MOST_EACH
}

pub(super) fn over(spot: &Spot, why: &str) -> Error {
    let card = Card::quiet(format!("**Nothing moved** {} on {}", code(&spot.path), code(&spot.server.name)));
    Error::Outside(Box::new(card.text(format!("{why} Nothing was changed."))))
}

/// A link that waits, where everybody sees it.
struct Waits {
    wanted: Wanted,
    until: Millis,
    link: ShowLink,
}

impl Live for Waits {
    fn card(&self) -> Card {
        let (path, server) = (code(&self.wanted.path), code(&self.wanted.server));
        let size = measure::bytes(self.wanted.size);
        let card = match self.wanted.way {
            Way::Down => Card::working(format!("**Fetch** {path} from {server}")).fact(size),
            Way::Up => Card::working(format!("**Put** {path} on {server}")).fact(format!("up to {size}")),
        };
        card.fact(format!("the link is gone {}", self.until.relative()))
            .text("Whoever asked gets a link that works once.")
            .choice(Choice::perform("Get the link", &self.link, Lands::Aside).weigh(Weight::Primary))
    }
}

/// A transfer, while it goes on.
pub(super) struct Moving {
    pub(super) title: String,
    pub(super) size: Option<u64>,
    pub(super) moved: Arc<std::sync::atomic::AtomicU64>,
    pub(super) clock: Clock,
    pub(super) began: Millis,
}

impl Live for Moving {
    fn card(&self) -> Card {
        let moved = measure::bytes(self.moved.load(std::sync::atomic::Ordering::Relaxed));
        let far = match self.size {
            Some(size) => format!("{moved} of {}", measure::bytes(size)),
            None => moved,
        };
        Card::working(&self.title)
            .fact(far)
            .fact(format!("running {}", measure::age(self.clock.now().since(self.began))))
    }
}

/// Show the link of a transfer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct ShowLink {
    /// Which.
    pub link: String,
}

/// The link.
#[derive(Debug, Serialize)]
pub struct Link {
    #[serde(skip)]
    address: String,
    way: &'static str,
    until: Millis,
}

impl Action for ShowLink {
    const NAME: &'static str = "file.link";
    const RISK: Risk = Risk::Observe;
    type Service = Files;
    type Report = Link;

    fn plan(&self) -> String {
        "Show the link of a transfer".to_owned()
    }

    fn refusal(&self) -> String {
        "have the link of somebody else's transfer".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn assess(&self, files: &Files, actor: &Actor) -> Result<Assessment> {
        let own = files.links.waiting().values().any(|one| one.is_of(&self.link, actor));
        Ok(Assessment { own, ..Assessment::of(Self::RISK) })
    }

    async fn run(permit: Permit<Self>, files: &Files, _: &Run) -> Result<Link> {
        let waiting = files.links.waiting();
        let found = waiting.values().find(|one| one.is_of(&permit.action().link, permit.actor()));
        // Also whoever may do everything has no use for a link of somebody else's.
        let gone = || Error::Busy("That link is used, gone, or somebody else's. Nothing was done.".to_owned());
        let found = found.ok_or_else(gone)?;
        let address = files.links.address.get().ok_or_else(gone)?;
        let way = if found.wanted.way == Way::Down { "Download" } else { "Upload" };
        Ok(Link { address: format!("{address}/file/{}", found.key), way, until: found.until })
    }
}

impl Report for Link {
    fn card(&self) -> Card {
        Card::plain(format!("**Your link** works once · gone {}", self.until.relative()))
            .text(format!("[{}]({})", self.way, self.address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_person_nor_a_guild_takes_the_links_of_all() {
        let of = |guild, user| (GuildId(guild), UserId(user));
        let too_many = |waiting: &[(GuildId, UserId)]| is_too_many(waiting.iter().copied(), of(1, 1));
        assert!(!too_many(&[of(1, 1), of(1, 2), of(2, 1), of(2, 1)]));
        assert!(too_many(&[of(1, 1), of(1, 1)]));
        let guild: Vec<_> = (2..11).map(|user| of(1, user)).collect();
        assert!(!too_many(&guild[1..]) && too_many(&guild));
        let all: Vec<_> = (2..52).map(|guild| of(guild, 1)).collect();
        assert!(!too_many(&all[1..]) && too_many(&all));
    }
}
