//! One terminal, as this process knows it.
//!
//! **Invariant:** what it keeps is bounded: a screen, a recording, a few keys that wait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use base::{Clock, Error, GuildId, Millis, Redactor, Result, Secret, ServerName, UserId};
use store::terminals::Terminal;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    cast::Cast,
    frame::Frame,
    open::{OpenTerminal, Size},
    screen::Screen,
};
use crate::ssh::{Ended, NONE, Sink, Stream};

/// Pieces of keys that may wait for their server.
pub(super) const KEYS_WAIT: usize = 32;
/// What was kept and comes again has come to its end where nothing came for so long.
const CAUGHT_UP: Duration = Duration::from_secs(1);
/// A moment of the screen is recorded this often …
const RECORDED_EVERY: Duration = Duration::from_millis(200);
/// … and whenever as many lines have come as it has, but no more often than this.
const RECORDED_AT_MOST: Duration = Duration::from_millis(20);

/// Why a terminal is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody typed.
    Idle,
    /// Somebody ended it.
    Person(UserId),
    /// Who opened it may no longer.
    Revoked,
    /// It has been open for as long as any may.
    TooLong,
    /// It could not be shown.
    NoThread,
    /// Its server is no longer one of this guild's.
    NoServer,
    /// What was typed unseen cannot be masked any more.
    Unmasked,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// As its host says.
    Ended(Ended),
    /// Its host knows nothing of it.
    Never,
    /// Its host did not answer for so long that it was given up.
    Unreachable,
    /// Its host could not keep it, and its connection ended.
    WithConnection,
}

/// A terminal.
pub struct Session {
    pub(super) row: Mutex<Terminal>,
    pub(super) shown: Mutex<Shown>,
    pub(super) state: Mutex<State>,
    keys: mpsc::Sender<Vec<u8>>,
    /// Where keys go in its place, once it is known that its host keeps no terminal.
    plain: OnceLock<mpsc::Sender<Vec<u8>>>,
    /// Lines are typed in the order in which they were written, however long it takes to look up who wrote each.
    pub(super) turns: tokio::sync::Mutex<()>,
    pub(super) hurry: Arc<Notify>,
    /// Cancelled: what runs is killed.
    pub(super) stop: CancellationToken,
    /// The number of changes so far.
    changes: watch::Sender<u64>,
    redactor: Redactor,
    clock: Clock,
}

/// What people see.
pub(super) struct Shown {
    pub(super) screen: Screen,
    pub(super) cast: Cast,
    recorded: Instant,
    /// Lines printed since then.
    lines: usize,
    /// Bytes printed in all.
    pub(super) printed: u64,
    /// What comes was printed before, and who asked something in it has gone on.
    again: Again,
}

/// Whether what a terminal prints comes for the first time.
#[derive(Debug, Clone, Copy)]
enum Again {
    No,
    /// It was kept, and comes again; the last of it came at this moment.
    Since(Instant),
}

/// How it stands.
#[derive(Default)]
pub(super) struct State {
    /// Its server does not answer, and is asked again.
    pub(super) silent: bool,
    pub(super) why: Option<Why>,
    pub(super) end: Option<End>,
    /// Why what was written last was not typed.
    pub(super) refused: Option<String>,
    /// Messages below its screen.
    below: u32,
    /// How often each person typed.
    pub(super) typed: BTreeMap<UserId, u64>,
    pub(super) last: Option<UserId>,
    /// When its row says that somebody typed.
    pub(super) noted: Option<Millis>,
    /// What was typed unseen and is sealed until it is over.
    pub(super) unseen: Vec<Secret>,
}

impl Session {
    pub(super) fn new(row: Terminal, redactor: Redactor, clock: Clock) -> (Arc<Self>, mpsc::Receiver<Vec<u8>>) {
        let (keys, waiting) = mpsc::channel(KEYS_WAIT);
        let session = Self {
            shown: Mutex::new(Shown {
                screen: Screen::new(row.columns, row.rows),
                cast: Cast::new(row.columns, row.rows, row.opened.0 / 1_000, &row.server_name),
                recorded: Instant::now(),
                lines: 0,
                printed: 0,
                again: Again::No,
            }),
            row: Mutex::new(row),
            state: Mutex::default(),
            keys,
            plain: OnceLock::new(),
            turns: tokio::sync::Mutex::default(),
            hurry: Arc::default(),
            stop: CancellationToken::new(),
            changes: watch::Sender::new(0),
            redactor,
            clock,
        };
        (Arc::new(session), waiting)
    }

    /// The audit entry that opened it.
    pub fn id(&self) -> Uuid {
        self.row().id
    }

    /// Whose it is.
    pub fn guild(&self) -> GuildId {
        self.row().guild
    }

    /// Who opened it.
    pub fn by(&self) -> UserId {
        self.row().by
    }

    /// The thread it is, once there is one, and the message that shows its screen.
    pub fn place(&self) -> (Option<u64>, Option<u64>) {
        let row = self.row();
        (row.thread, row.message)
    }

    /// Its row, as it was last written.
    pub fn terminal(&self) -> Terminal {
        self.row().clone()
    }

    /// What whoever types there must be allowed at that moment.
    pub fn action(&self) -> Result<OpenTerminal> {
        let row = self.row();
        let size = if Size::Phone.cells() == (row.columns, row.rows) { Size::Phone } else { Size::Usual };
        Ok(OpenTerminal { server: row.server_name.parse()?, size, minutes: None, channel: row.channel })
    }

    /// Waits for changes of what it shows.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.state().end.is_some()
    }

    /// Whether it ended without anybody ending it.
    pub fn ended_by_itself(&self) -> bool {
        !matches!(self.state().why, Some(Why::Person(_)))
    }

    /// Waits until it has ended.
    pub async fn over(&self) {
        let mut changes = self.changes();
        while !self.is_over() && changes.changed().await.is_ok() {}
    }

    /// Ends it. What it is ended for first counts.
    pub(crate) fn end(&self, why: Why) {
        self.state().why.get_or_insert(why);
        self.stop.cancel();
    }

    /// Ends it because who opened it may no longer.
    pub fn revoke(&self) {
        self.end(Why::Revoked);
    }

    /// Ends it because nobody can see it any more.
    pub fn end_unseen(&self) {
        self.end(Why::NoThread);
    }

    /// Something was written below its screen.
    pub fn is_scrolled(&self) {
        let below = &mut self.state().below;
        *below = below.saturating_add(1);
    }

    /// How much was written below its screen.
    pub fn below(&self) -> u32 {
        self.state().below
    }

    /// Its screen is the last thing in its thread.
    pub fn is_in_sight(&self) {
        self.state().below = 0;
    }

    /// Its screen is gone.
    pub fn is_lost_from_sight(&self) {
        self.state().below = u32::MAX;
    }

    pub(super) fn has_ended(&self, end: End) {
        self.record();
        self.state().end = Some(end);
        self.tell();
    }

    pub(super) fn is_silent(&self) {
        self.state().silent = true;
        self.tell();
    }

    /// What it printed is shown from its beginning again.
    pub(super) fn begin_again(&self) {
        let mut shown = self.shown();
        shown.screen.clear();
        shown.printed = 0;
        shown.again = Again::Since(Instant::now());
    }

    /// Hands keys on; false where it takes none just now.
    pub(super) fn send(&self, keys: Vec<u8>) -> bool {
        self.plain.get().unwrap_or(&self.keys).try_send(keys).is_ok()
    }

    /// Its host keeps no terminal: this one ends with its connection. The answer is where its keys come from now on.
    pub(super) fn becomes_plain(&self) -> mpsc::Receiver<Vec<u8>> {
        let (keys, waiting) = mpsc::channel(KEYS_WAIT);
        // Only who attends to it says so, and does so once.
        let _ = self.plain.set(keys);
        let mut shown = self.shown();
        shown.screen.clear();
        shown.printed = 0;
        waiting
    }

    /// Whether it ends with its connection.
    pub(super) fn is_plain(&self) -> bool {
        self.plain.get().is_some()
    }

    /// Whether its host said that it keeps no terminals.
    pub(super) fn was_refused(&self) -> bool {
        self.text().trim().starts_with(NONE)
    }

    /// Which message shows its screen.
    pub fn is_shown_by(&self, message: u64) {
        self.row().message = Some(message);
    }

    pub(super) fn stands_in(&self, thread: u64) {
        self.row().thread = Some(thread);
    }

    pub(super) fn is_by(&self, person: UserId) -> bool {
        self.row().by == person
    }

    pub(super) fn is_on(&self, server: &ServerName) -> bool {
        self.row().server_name == server.as_str()
    }

    pub(super) fn invited(&self) -> Vec<UserId> {
        self.row().invited.clone()
    }

    pub(super) fn invite(&self, invited: Vec<UserId>) {
        self.row().invited = invited;
        self.tell();
    }

    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// What stands on the screen.
    pub(super) fn frame(&self) -> Frame {
        self.shown().screen.frame(&self.redactor)
    }

    /// What stands on the screen, as text.
    pub(super) fn text(&self) -> String {
        self.shown().screen.frame(&self.redactor).plain()
    }

    fn print(&self, bytes: &[u8]) {
        let answers = {
            let mut shown = self.shown();
            if let Again::Since(before) = shown.again {
                // What was kept comes without a pause.
                let live = shown.printed > 0 && before.elapsed() >= CAUGHT_UP;
                shown.again = if live { Again::No } else { Again::Since(Instant::now()) };
            }
            let first = shown.printed == 0;
            shown.printed += bytes.len() as u64;
            if first && bytes.starts_with(NONE.as_bytes()) {
                // Its host has nothing that makes a terminal.
                shown.printed = 0;
                shown.screen.print(bytes);
                return;
            }
            // Whatever stands on the screen is recorded before it scrolls away.
            let rows = usize::from(self.row().rows);
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                shown.screen.print(piece);
                shown.lines += 1;
                if shown.lines + 1 >= rows && shown.recorded.elapsed() >= RECORDED_AT_MOST {
                    self.record_in(&mut shown);
                }
            }
            if shown.recorded.elapsed() >= RECORDED_EVERY {
                self.record_in(&mut shown);
            }
            let answers = shown.screen.answers();
            if matches!(shown.again, Again::No) { answers } else { Vec::new() }
        };
        if !answers.is_empty() {
            // Where it takes no keys, whoever asked goes on without an answer, as on any slow line.
            let _ = self.send(answers);
            self.hurry.notify_one();
        }
        if std::mem::take(&mut self.state().silent) {
            tracing::info!(terminal.id = %self.id(), "a terminal answers again");
        }
        self.tell();
    }

    /// What stands there now goes into the recording.
    pub(super) fn record(&self) {
        self.record_in(&mut self.shown());
    }

    fn record_in(&self, shown: &mut Shown) {
        shown.recorded = Instant::now();
        shown.lines = 0;
        if shown.cast.is_full() {
            return;
        }
        let after = self.clock.now().since(self.row().opened);
        let frame = shown.screen.frame(&self.redactor);
        shown.cast.show(after, frame);
    }

    pub(super) fn tell(&self) {
        self.changes.send_modify(|changes| *changes += 1);
    }

    pub(super) fn row(&self) -> MutexGuard<'_, Terminal> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears what a terminal prints.
pub(super) struct Ears(pub(super) Arc<Session>);

impl Sink for Ears {
    async fn write(&mut self, _: Stream, bytes: &[u8]) {
        self.0.print(bytes);
    }

    async fn skip(&mut self, _: u64) {
        // Nobody kept what is missing: what comes next belongs to no line before it.
        self.0.print(b"\x1bc");
    }
}

pub(super) fn over() -> Error {
    Error::Busy("That terminal is over. `/server terminal` opens another.".to_owned())
}
