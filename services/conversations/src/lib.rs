//! Conversations with the assistant: who said what in which thread, and what people see of the answers.
//!
//! **Invariants:** what somebody says is a row before anybody is told that it was heard. Who answers, and how, is not decided
//! here: `ai` reads what was said and hands back what is shown; nothing here talks to a model or to Discord.

mod add;
pub mod answer;
mod ask;
mod calls;
mod delegate;
mod delete;
mod export;
mod fork;
mod list;
mod mode;
mod rename;
mod say;
mod stop;
mod until;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

use base::{Clock, Error, GuildId, Redactor, Result};
use futures::future::BoxFuture;
use store::{
    Store,
    conversations::{Conversation, Picture},
};
use tokio::sync::watch;
use uuid::Uuid;

pub use add::{Attached, Holds};
pub use ask::AskJarvis;
pub use calls::ShowCalls;
pub use delegate::{Came, DEEPEST, DelegateTask, Delegated, How, TASK};
pub use delete::DeleteConversation;
pub use export::ExportConversation;
pub use fork::ForkConversation;
pub use list::ListConversations;
pub use mode::{Mode, SetMode};
pub use rename::RenameConversation;
pub use say::SayInConversation;
pub use stop::StopJarvis;
pub use until::Until;

use answer::Answer;

/// What the assistant is called.
pub const NAME: &str = "Jarvis";

/// Pictures that were fetched and not said yet; more of them wait for others.
const PENDING: usize = 32;

/// Makes threads for conversations.
pub trait Threads: Send + Sync {
    /// A thread of this name in a channel of this guild, or on a message there; its number.
    fn make_for(
        &self,
        guild: GuildId,
        channel: u64,
        message: Option<u64>,
        name: String,
        redactor: Redactor,
    ) -> BoxFuture<'_, Result<u64>>;

    /// Gives it another name.
    fn rename(&self, thread: u64, name: String, redactor: Redactor) -> BoxFuture<'_, Result<()>>;

    /// Puts a question into it, for whoever may answer.
    fn ask(&self, guild: GuildId, approval: Uuid, thread: u64) -> BoxFuture<'_, Result<()>>;
}

/// Reads and changes what is in a conversation without knowing how: `ai` does.
pub trait Contents: Send + Sync {
    /// What was said in it, to be kept as a file.
    fn text(&self, conversation: &Conversation) -> Result<String>;

    /// The same conversation without what is being answered in it.
    fn copied(&self, body: &str) -> Result<String>;

    /// What came of it at last; none before it was answered.
    fn came(&self, conversation: &Conversation) -> Result<Option<Came>>;

    /// A turn's calls: what was asked for and what came of it, as JSON.
    fn calls(&self, conversation: &Conversation, turn: u64) -> Result<Vec<serde_json::Value>>;
}

/// What somebody is being told right now: the conversation, and its answer as it comes.
type Coming = HashMap<Uuid, Answer>;

/// All conversations.
pub struct Conversations {
    store: Store,
    clock: Clock,
    threads: OnceLock<Arc<dyn Threads>>,
    contents: OnceLock<Arc<dyn Contents>>,
    said: watch::Sender<()>,
    shown: watch::Sender<()>,
    coming: Mutex<Coming>,
    known: RwLock<HashSet<(GuildId, u64)>>,
    pending: Mutex<Vec<(GuildId, Picture)>>,
}

impl Conversations {
    /// The conversations of this database.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            threads: OnceLock::new(),
            contents: OnceLock::new(),
            said: watch::Sender::new(()),
            shown: watch::Sender::new(()),
            coming: Mutex::default(),
            known: RwLock::default(),
            pending: Mutex::default(),
        }
    }

    /// Tells it who makes threads. Until then nothing can be begun.
    pub fn know_threads(&self, threads: Arc<dyn Threads>) {
        // A process has one Discord, and says so once.
        let _ = self.threads.set(threads);
    }

    /// Tells it who knows what is in a conversation.
    pub fn know_contents(&self, contents: Arc<dyn Contents>) {
        // A process says so once.
        let _ = self.contents.set(contents);
    }

    /// Tells of everything that was said, or is to be stopped, in this process.
    pub fn said(&self) -> watch::Receiver<()> {
        self.said.subscribe()
    }

    /// Tells of every change of what is shown.
    pub fn shown(&self) -> watch::Receiver<()> {
        self.shown.subscribe()
    }

    /// What is shown changed in the rows: whoever shows it looks there.
    pub fn tell_shown(&self) {
        self.shown.send_replace(());
    }

    /// An answer as it comes, before it is in its row; none once it is.
    pub fn comes(&self, conversation: Uuid, answer: Option<Answer>) {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Some(answer) => drop(coming.insert(conversation, answer)),
            None => drop(coming.remove(&conversation)),
        }
        drop(coming);
        self.shown.send_replace(());
    }

    /// The answer that comes in a conversation right now.
    pub fn coming(&self, conversation: Uuid) -> Option<Answer> {
        self.coming.lock().unwrap_or_else(PoisonError::into_inner).get(&conversation).cloned()
    }

    /// Keeps a picture until it is said with something; the answer is what it is known by.
    pub fn keep_picture(&self, guild: GuildId, media_type: &str, bytes: Vec<u8>) -> Uuid {
        let id = self.clock.id();
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        if pending.len() >= PENDING {
            pending.remove(0);
        }
        pending.push((guild, Picture { id, media_type: media_type.to_owned(), bytes }));
        id
    }

    /// Somebody wants something; whoever answers looks for it.
    fn tell_said(&self) {
        self.said.send_replace(());
    }

    /// Who makes threads.
    ///
    /// # Errors
    /// Before this process is connected.
    pub fn threads(&self) -> Result<&Arc<dyn Threads>> {
        let missing = || Error::Busy("I am not connected to Discord yet. Nothing was begun; try again.".to_owned());
        self.threads.get().ok_or_else(missing)
    }

    fn contents(&self) -> Result<&Arc<dyn Contents>> {
        let missing = || Error::internal("reading a conversation", anyhow_like("nobody knows what is in it"));
        self.contents.get().ok_or_else(missing)
    }

    /// Learns which threads are conversations'. Until then none is.
    pub async fn learn(&self) -> Result<()> {
        let all = self.store.conversation_threads().await?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).extend(all);
        Ok(())
    }

    /// Whether a thread is a conversation's.
    pub fn is_thread(&self, guild: GuildId, thread: u64) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).contains(&(guild, thread))
    }

    /// A conversation stands in a thread from here on.
    async fn stands_in(&self, guild: GuildId, id: Uuid, thread: u64) -> Result<()> {
        self.store.conversation_has_thread(guild, id, thread).await?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert((guild, thread));
        Ok(())
    }

    /// A conversation of this guild by its number.
    async fn of(&self, guild: GuildId, number: i64) -> Result<Conversation> {
        let found = self.store.conversation_of(guild, number).await?;
        found.ok_or_else(|| Error::NotFound { kind: "jarvis conversation", name: number.to_string() })
    }
}

fn anyhow_like(text: &'static str) -> std::io::Error {
    std::io::Error::other(text)
}

/// What is typed here is sent to a model and shown in a thread.
fn refuse_secrets(redactor: &Redactor, text: &str) -> Result<()> {
    if !redactor.finds(text) {
        return Ok(());
    }
    Err(Error::Invalid("What was typed holds a secret, and others see it. Nothing was changed.".to_owned()))
}
