//! Shows one client what is kept of a command: asks `view.sh` for more, and hands it on.
//!
//! **Invariant:** more is asked for only when all that was sent has been taken, so a slow or dead client never holds up the
//! command, and what is missing is told in its place.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Token;
use super::words::{Ear, Noise, Report, State, Status, Word};
use crate::ssh::exec::LINGER;
use crate::ssh::feed::Feed;
use crate::ssh::{Ended, Process, Sink, Stream};

/// How soon after it was asked, or after something came, the host is asked for more.
const SOON: Duration = Duration::from_millis(40);

/// How long it is left alone at most while the command says nothing.
const QUIET: Duration = Duration::from_millis(500);

/// How a view ended.
#[derive(Debug)]
pub(super) enum End {
    /// `own`: how long the command ran, by its host's clock.
    Over {
        ended: Ended,
        left_behind: bool,
        own: Option<Duration>,
    },
    /// The connection ended first.
    Lost,
    Never,
    NotKept {
        why: &'static str,
    },
    Refused,
}

pub(super) struct View<'a, S> {
    reader: &'a mut ChannelReadHalf,
    writer: &'a ChannelWriteHalf<Msg>,
    feed: Feed<'a, S>,
    stopping: &'a CancellationToken,
    process: &'a watch::Sender<Option<Process>>,
    started: Option<oneshot::Sender<Process>>,
    hurry: Option<Arc<Notify>>,
    ear: Ear,
    noise: Noise,
    /// Bytes of output that came.
    arrived: u64,
    /// Told on the other stream than the output, which may be ahead of it.
    reports: VecDeque<Report>,
    /// When to ask for more; none while an answer is awaited.
    ask: Option<Instant>,
    pause: Duration,
    /// Something came since the last report.
    fresh: bool,
    /// Since when nothing came from a command that has ended.
    quiet: Option<Instant>,
}

impl<'a, S: Sink> View<'a, S> {
    pub(super) fn new(
        token: Token,
        (reader, writer): (&'a mut ChannelReadHalf, &'a ChannelWriteHalf<Msg>),
        feed: Feed<'a, S>,
        stopping: &'a CancellationToken,
        process: &'a watch::Sender<Option<Process>>,
        (started, hurry): (Option<oneshot::Sender<Process>>, Option<Arc<Notify>>),
    ) -> Self {
        Self {
            reader,
            writer,
            feed,
            stopping,
            process,
            started,
            hurry,
            ear: Ear::new(token),
            noise: Noise::new(token),
            arrived: 0,
            reports: VecDeque::new(),
            ask: None,
            pause: SOON,
            fresh: false,
            quiet: None,
        }
    }

    /// Sends the request with what it reads, and shows everything from the beginning to the end.
    pub(super) async fn run(mut self, request: String, input: String) -> End {
        // A send fails when the connection has ended, which the reader finds as well.
        let _ = self.writer.exec(true, request).await;
        if input.is_empty() {
            self.ask = Some(Instant::now());
        } else {
            let _ = self.writer.data_bytes(input).await;
            self.ask = Some(Instant::now() + SOON);
        }
        let mut hurried = false;
        loop {
            let due = self.ask;
            let asking = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let hurry = self.hurry.clone();
            let hurried_on = async {
                match hurry {
                    Some(hurry) => hurry.notified().await,
                    None => std::future::pending().await,
                }
            };
            let end = tokio::select! {
                biased;
                message = self.reader.wait() => self.take(message).await,
                () = hurried_on => {
                    self.pause = SOON;
                    self.ask = self.ask.map(|due| due.min(Instant::now() + SOON));
                    None
                }
                () = asking => {
                    self.ask = None;
                    let _ = self.writer.data_bytes("\n").await;
                    None
                }
                () = self.stopping.cancelled(), if !hurried => {
                    hurried = true;
                    self.ask = self.ask.map(|_| Instant::now());
                    None
                }
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    async fn take(&mut self, message: Option<ChannelMsg>) -> Option<End> {
        match message {
            Some(ChannelMsg::Data { data }) => {
                let output = self.noise.take(&data);
                self.fresh |= !output.is_empty();
                self.arrived += output.len() as u64;
                self.feed.deliver(Stream::Stdout, output).await;
            }
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => {
                for word in self.ear.hear(&data) {
                    match word {
                        Word::Process(process) => self.announce(process),
                        Word::At(report) => self.reports.push_back(report),
                        Word::Never => return Some(End::Never),
                        Word::NotKept { why } => return Some(End::NotKept { why }),
                    }
                }
            }
            Some(ChannelMsg::Failure) => return Some(End::Refused),
            // Something else answers there, such as a forced command or a router.
            Some(ChannelMsg::ExitStatus { .. }) if self.noise.lasts() => {
                return Some(End::NotKept { why: "it does not run `/bin/sh`" });
            }
            Some(ChannelMsg::Close) | None => return Some(End::Lost),
            Some(_) => {}
        }
        while let Some(report) = self.reports.pop_front_if(|report| report.sent <= self.arrived) {
            let end = self.heed(&report).await;
            if end.is_some() {
                return end;
            }
        }
        None
    }

    async fn heed(&mut self, report: &Report) -> Option<End> {
        self.feed.skip(report.skipped).await;
        let now = Instant::now();
        self.pause = if self.fresh || self.stopping.is_cancelled() { SOON } else { QUIET.min(self.pause * 2) };
        if report.status.is_none() || self.fresh {
            self.quiet = None;
        }
        self.fresh = false;
        match report.state {
            State::More => self.ask = Some(now),
            State::End | State::Dead => return Some(self.over(report.status, false)),
            State::Orphan => return Some(self.over(report.status, true)),
            State::Wait => {
                self.ask = Some(now + self.pause);
                if report.status.is_some() {
                    let since = *self.quiet.get_or_insert(now);
                    if now - since >= LINGER {
                        return Some(self.over(report.status, true));
                    }
                }
            }
        }
        None
    }

    fn over(&self, status: Option<Status>, left_behind: bool) -> End {
        let began = self.process.borrow().and_then(Process::started);
        let ended = status.and_then(|status| status.ended);
        let own = began.zip(ended).and_then(|(began, ended)| ended.checked_sub(began));
        End::Over {
            ended: status.map_or(Ended::Vanished, |status| Ended::Exited(status.code)),
            left_behind,
            own: own.map(|hundredths| Duration::from_millis(hundredths * 10)),
        }
    }

    fn announce(&mut self, process: Process) {
        self.process.send_replace(Some(process));
        if let Some(started) = self.started.take() {
            // Whoever asked may have stopped listening.
            let _ = started.send(process);
        }
    }
}
