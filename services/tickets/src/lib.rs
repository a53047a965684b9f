//! Tickets: members ask for help, staff answer, nothing is lost and nobody else reads it.
//!
//! **Invariants:** how a ticket goes is decided by [`machine`] alone, and kept by compare-and-set: of two who change it at once, the
//! second sees what the first did. Whoever may open one is decided by [`rules`] under the guild's row. Nothing here talks to Discord:
//! what is to be seen stands in rows until it is.

mod away;
mod card;
mod category;
mod desk;
mod draft;
mod follow;
mod keeping;
pub mod machine;
mod members;
mod opening;
mod panel;
mod rating;
mod reading;
mod saved;
mod transcript;
mod trouble;
mod words;

use std::sync::{Arc, Mutex, OnceLock};

use base::{Actor, Assessment, Clock, Error, GuildId, Redactor, Result, Risk, Run, actor::Asker};
use futures::future::BoxFuture;
use store::{
    Store,
    tickets::{Category, Panel, PanelPicture, Ticket},
};
use tokio::sync::watch;
use uuid::Uuid;

pub use card::said;
pub use category::{
    AddTicketCategory, AskInCategory, EditTicketCategory, Given, ListTicketCategories, RemoveTicketCategory, Rules,
    SetTicketRole,
};
pub use desk::{
    AddToTicket, AssignTicket, ClaimTicket, CloseTicket, EscalateTicket, LinkTicket, MoveTicket, NoteTicket,
    PrioritiseTicket, RemoveFromTicket, RenameTicket, RenewTicket, ReopenTicket, ReplyToTicket, TicketOptions,
};
pub use draft::{Assistant, Draft, DraftForTicket, Material, Words, Written};
pub use keeping::{ForgetInTickets, SetTickets};
pub use members::{ChannelKind, Member, Members};
pub use opening::{BlockFromTickets, OpenTicket, UnblockFromTickets, questions, rules};
pub use panel::{
    CreateTicketPanel, EditTicketPanel, ImportTicketCategories, LARGEST_IMPORT, LARGEST_PICTURE, NewPicture, PanelName,
    PreviewTicketPanel, RemoveTicketPanel, SendTicketPanel, menu, too_large,
};
pub use rating::RateTicket;
pub use reading::{ListTickets, SearchTickets, Shape, ShowTicket, ShowTicketStats};
pub use saved::{ListSavedReplies, RemoveSavedReply, SetSavedReply};
pub use transcript::{Fetched, Page, Place, ReadTranscript, RevokeTranscript, ShowTranscript, Threads};

/// Whether tickets are on in a guild.
pub type Switch = Box<dyn Fn(GuildId) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// The tickets of all guilds.
pub struct Tickets {
    store: Store,
    clock: Clock,
    redactor: Redactor,
    members: OnceLock<Arc<dyn Members>>,
    switch: OnceLock<Switch>,
    threads: OnceLock<Arc<dyn Threads>>,
    /// Where transcripts are read; none where nobody can log in.
    address: OnceLock<String>,
    assistant: OnceLock<Arc<dyn Assistant>>,
    changed: watch::Sender<()>,
    /// Pictures that were fetched, and whose panel's they are to be is not said yet.
    pictures: Mutex<Vec<(GuildId, Uuid, PanelPicture)>>,
    nudged: trouble::Nudged,
}

impl Tickets {
    /// The tickets of this database.
    pub fn new(store: Store, clock: Clock, redactor: Redactor) -> Self {
        let (members, switch, threads) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let (address, assistant, pictures) = (OnceLock::new(), OnceLock::new(), Mutex::default());
        let (changed, nudged) = (watch::Sender::new(()), trouble::Nudged::default());
        Self { store, clock, redactor, members, switch, threads, address, assistant, changed, pictures, nudged }
    }

    /// Tells it who knows the members of guilds.
    pub fn know_members(&self, members: Arc<dyn Members>) {
        // A process says so once.
        let _ = self.members.set(members);
    }

    /// Tells it who knows their threads. Until then nothing is read back, and no file is fetched.
    pub fn know_threads(&self, threads: Arc<dyn Threads>) {
        // A process says so once.
        let _ = self.threads.set(threads);
    }

    /// Tells it where people read transcripts, once they can log in there.
    pub fn know_address(&self, address: &str) {
        // A process says so once.
        let _ = self.address.set(address.to_owned());
    }

    /// Tells it who writes for staff.
    pub fn know_assistant(&self, assistant: Arc<dyn Assistant>) {
        // A process says so once.
        let _ = self.assistant.set(assistant);
    }

    /// Tells it where tickets are on. Until then they are everywhere.
    pub fn know_switch(&self, switch: Switch) {
        // A process says so once.
        let _ = self.switch.set(switch);
    }

    /// Whether tickets are on in a guild.
    pub async fn is_on(&self, guild: GuildId) -> Result<bool> {
        match self.switch.get() {
            Some(switch) => switch(guild).await,
            None => Ok(true),
        }
    }

    /// Tells of every change that this process made.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Something of a ticket is shown now that somebody may wait for.
    pub fn shown(&self) {
        self.changed.send_replace(());
    }

    /// What a ticket's thread is called.
    pub fn name(ticket: &Ticket) -> String {
        format!("#{} {}", ticket.number, ticket.course.title)
    }

    /// How every such name begins: by it a thread is found again.
    pub fn name_begins(ticket: &Ticket) -> String {
        format!("#{} ", ticket.number)
    }

    /// Those who answer tickets of a category; none where nobody says who that is.
    pub async fn staff(&self, ticket: &Ticket) -> Result<Vec<base::UserId>> {
        let category = self.category_of(ticket).await?;
        let roles: Vec<base::RoleId> =
            category.iter().flat_map(|one| one.roles_of(store::tickets::RolePart::Staff)).collect();
        match self.members.get() {
            Some(members) if !roles.is_empty() => members.holders(ticket.guild, roles).await,
            _ => Ok(Vec::new()),
        }
    }

    /// A guild's category, by its name or its row.
    pub async fn category(&self, guild: GuildId, named: &str) -> Result<Category> {
        let wanted = named.trim().to_lowercase();
        let mut all = self.store.ticket_categories(guild).await?;
        let found = all.iter().position(|one| one.id == named || one.name.to_lowercase() == wanted);
        found.map(|at| all.swap_remove(at)).ok_or_else(|| {
            let named = base::card::code(named);
            Error::Invalid(format!(
                "There is no category {named} here. `/ticket category list` shows them all. Nothing was changed."
            ))
        })
    }

    async fn category_of(&self, ticket: &Ticket) -> Result<Option<Category>> {
        let all = self.store.ticket_categories(ticket.guild).await?;
        Ok(all.into_iter().find(|one| one.id == ticket.course.category))
    }

    async fn panel(&self, guild: GuildId, name: &PanelName) -> Result<Panel> {
        self.store.ticket_panel(guild, name.as_str()).await?.ok_or_else(|| {
            Error::Invalid(format!(
                "There is no panel `{name}` here. `/ticket category list` shows them all. Nothing was changed."
            ))
        })
    }

    async fn ticket(&self, guild: GuildId, number: i64) -> Result<Ticket> {
        let unknown = || Error::NotFound { kind: "ticket", name: number.to_string() };
        self.store.ticket(guild, number).await?.ok_or_else(unknown)
    }

    /// What is known of a step with a ticket: its category's staff may take it with their own hands.
    async fn by_staff(&self, actor: &Actor, number: i64, risk: Risk) -> Result<Assessment> {
        let own = match self.store.ticket(actor.guild, number).await? {
            Some(ticket) if is_person(actor) => self.answers(actor, &ticket).await?,
            _ => false,
        };
        Ok(Assessment { own, ..Assessment::of(risk) })
    }

    /// The same of what any staff may.
    async fn by_any_staff(&self, actor: &Actor, risk: Risk) -> Result<Assessment> {
        let own = is_person(actor) && !self.staffed_by(actor).await?.is_empty();
        Ok(Assessment { own, ..Assessment::of(risk) })
    }

    async fn answers(&self, actor: &Actor, ticket: &Ticket) -> Result<bool> {
        // Whoever asks for help does not answer themselves, whatever they hold.
        let is_theirs = ticket.member == actor.user;
        Ok(!is_theirs && self.category_of(ticket).await?.is_some_and(|category| category.is_staff(&actor.roles)))
    }

    /// The categories that somebody answers for.
    pub async fn staffed_by(&self, actor: &Actor) -> Result<Vec<Category>> {
        let all = self.store.ticket_categories(actor.guild).await?;
        Ok(all.into_iter().filter(|category| category.is_staff(&actor.roles)).collect())
    }
}

/// Somebody with their own hands: what is theirs as staff is not a model's.
fn is_person(actor: &Actor) -> bool {
    actor.way.asker() == Asker::Person && actor.agent.is_none()
}

/// What is typed here is shown and kept.
fn refuse_secrets(run: &Run, text: &str) -> Result<()> {
    if !run.redactor().finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and others see it. Nothing was changed.".to_owned()))
}
