//! What was said since a person's step, wherever people see it.
//!
//! **Invariant:** what an `expect` may match was said after the last person's step began. A version of a message counts
//! as old when any of the people had seen it by then, so a slow connection of another cannot bring it back.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures::future::select_ok;

use super::{Answered, Person, Player};
use crate::{
    client::{self, Error, Message, Seen, State},
    script::transcript::View,
};

/// How long the end waits for last words, so that the transcript is whole.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How many of the newest answers a failure shows.
const NEWEST: usize = 3;

impl Player<'_> {
    pub(super) async fn expect(&mut self, text: &str, within: Duration) -> std::io::Result<Answered<()>> {
        if self.heard(text) {
            return Ok(Ok(()));
        }
        let reach = self.reach();
        let asker = self.asked.map(|asked| asked.person);
        let waits = self.people.iter().enumerate().map(|(at, person)| {
            let (reach, known, since) = (&reach, &self.known, self.modals_since);
            Box::pin(person.client.wait_for(format!("\"{text}\""), within, move |state| {
                let dialog = || state.modals_since(since).any(|modal| contains(&modal.text(), text));
                match answer(state, reach, known, text) {
                    Some(message) => Some(Some(message)),
                    None => (asker == Some(at) && dialog()).then_some(None),
                }
            }))
        });
        let first = select_ok(waits).await.map(|(found, _)| found);
        match first {
            Ok(found) => {
                if let Some(message) = found {
                    self.print_until(&message)?;
                    self.transcript.found(&message)?;
                }
                if let Some(asked) = &mut self.asked {
                    asked.open = false;
                }
                Ok(Ok(()))
            }
            Err(Error::TimedOut { .. }) => Ok(Err(self.unheard(text, within))),
            Err(e) => Ok(Err(e.to_string())),
        }
    }

    /// Waits a little for an answer that no `expect` asks for. That nobody answers is no failure: nothing was expected.
    pub(super) async fn last_words(&self) {
        let reach = self.reach();
        let said = |person: &Person| {
            let (client, known, reach) = (person.client.clone(), self.known.clone(), reach.clone());
            async move {
                let any = |state: &State| answer(state, &reach, &known, "");
                client.wait_for("last words", LAST_WORDS, any).await
            }
        };
        let _ = select_ok(self.people.iter().map(|person| Box::pin(said(person)))).await;
    }

    /// Something other than a message already says it: choices offered.
    fn heard(&self, text: &str) -> bool {
        self.choices.iter().any(|choice| contains(&choice.name, text))
    }

    fn unheard(&self, text: &str, within: Duration) -> String {
        let since = self.asked.map_or("the start".into(), |asked| format!("line {}", asked.line));
        let said = if self.newest().is_empty() { "the bot has said nothing" } else { "no answer contains it" };
        format!("\"{text}\" did not come within {} s: {said} since {since}", within.as_secs_f64())
    }

    pub(super) fn refuse(&self, text: &str) -> Answered<()> {
        for Person { name, client } in &self.people {
            let said = client.look(|state| {
                let versions = state.seen().iter().flat_map(|seen| &seen.versions);
                versions
                    .filter(|version| contains(&version.text(), text))
                    .map(|version| (channel_name(state, version), version.author().to_owned()))
                    .next()
            });
            if let Some((channel, author)) = said {
                return Err(format!("{author} said \"{text}\" in {channel}, where {name} sees it"));
            }
        }
        Ok(())
    }

    /// The channels where people are, and the channels those are threads of.
    fn reach(&self) -> Vec<String> {
        let mut reach = Vec::new();
        for Person { client, .. } in &self.people {
            let here = client.here();
            reach.extend(client.look(|state| state.channel(&here).and_then(|channel| channel.parent_id.clone())));
            reach.push(here);
        }
        reach
    }

    /// The newest answers since the last person's step, oldest first.
    pub(super) fn newest(&self) -> Vec<View> {
        let new = |view: &View| {
            let (message, versions) = (&view.message, self.versions(view.message.id()));
            message.is_by_a_bot()
                && message.revision > 0
                && versions > self.known.get(message.id()).copied().unwrap_or(0)
        };
        let mut views: Vec<_> = self.views().into_iter().filter(new).collect();
        views.drain(..views.len().saturating_sub(NEWEST));
        views
    }

    fn versions(&self, id: &str) -> usize {
        let count =
            |person: &Person| person.client.look(|state| state.message(id).map_or(0, |seen| seen.versions.len()));
        self.people.iter().map(count).max().unwrap_or(0)
    }

    /// Every message anybody saw, oldest first, as the one who is furthest sees it.
    pub(super) fn views(&self) -> Vec<View> {
        let mut views: BTreeMap<u64, (usize, View)> = BTreeMap::new();
        for Person { name, client } in &self.people {
            client.look(|state| {
                for seen in state.seen() {
                    let key = seen.first().id().parse().unwrap_or(u64::MAX);
                    let (versions, view) = views.entry(key).or_insert_with(|| (0, view(state, seen)));
                    view.only.push(name.clone());
                    view.deleted |= seen.deleted.is_some();
                    if seen.versions.len() > *versions {
                        *versions = seen.versions.len();
                        view.message = seen.latest().clone();
                    }
                }
            });
        }
        views.into_values().map(|(_, view)| view).collect()
    }

    /// Prints what was said until a message, and of that message the version that was waited for.
    fn print_until(&mut self, last: &Message) -> std::io::Result<()> {
        for mut view in self.views() {
            let is_last = view.message.id() == last.id();
            if is_last {
                view.message = last.clone();
                view.deleted = false;
            }
            if is_last || !view.message.is_thinking() {
                self.transcript.message(&view)?;
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }
}

/// The newest version of a bot's message in reach that is new and contains the text.
fn answer(state: &State, reach: &[String], known: &HashMap<String, usize>, text: &str) -> Option<Message> {
    let near = |seen: &&Seen| {
        let id = seen.latest().channel_id();
        let channel = state.channel(id);
        let parent = channel.and_then(|channel| channel.parent_id.as_ref());
        let direct = channel.is_some_and(client::Channel::is_direct);
        direct || reach.iter().any(|place| place == id || Some(place) == parent)
    };
    let new = |seen: &Seen| known.get(seen.first().id()).copied().unwrap_or(0);
    let fits = |version: &&Message| {
        version.revision > 0 && version.is_by_a_bot() && !version.is_thinking() && contains(&version.text(), text)
    };
    let newest_first = state.seen().iter().rev().filter(near);
    newest_first.flat_map(|seen| seen.versions.iter().skip(new(seen)).rev()).find(fits).cloned()
}

/// Whether a text says it, read as sent or without Markdown's marks.
fn contains(text: &str, wanted: &str) -> bool {
    let bare = |text: &str| text.replace(['*', '`'], "");
    let plain = bare(wanted);
    text.contains(wanted) || !plain.is_empty() && bare(text).contains(&plain)
}

fn view(state: &State, seen: &Seen) -> View {
    let message = seen.latest().clone();
    View { channel: channel_name(state, &message), message, only: vec![], deleted: false }
}

fn channel_name(state: &State, message: &Message) -> String {
    state.channel(message.channel_id()).map_or_else(|| message.channel_id().to_owned(), shown)
}

pub(super) fn shown(channel: &client::Channel) -> String {
    if channel.is_direct() {
        "a direct message".into()
    } else if channel.is_thread() {
        format!("the thread \"{}\"", channel.name)
    } else {
        format!("#{}", channel.name)
    }
}
