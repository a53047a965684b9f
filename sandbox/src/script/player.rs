//! Plays the steps one after another, as the people the sandbox has.
//!
//! **Invariant:** what an `expect` may match was said after the last person's step began. A version of a message counts
//! as old when any of the people had seen it by then, so a slow connection of another cannot bring it back.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    path::PathBuf,
    time::Duration,
};

use futures::future::select_ok;

use super::{
    FailedStep, Outcome, ParseError, PlayError, PlayOptions, Problem, Script,
    parse::{Act, Action, Filling, Place, Step},
    transcript::{Transcript, View},
};
use crate::client::{self, Choice, Client, Error, Message, Modal, Seen, State, Unknown};

/// How long a step waits for what it needs: a button, an open dialog, a channel.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long `in thread` gives the thread that the last step may be opening, before it takes an older one.
const NEW_THREAD: Duration = Duration::from_secs(2);
/// How long the end waits for an answer that no `expect` asks for, so that the transcript is whole.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How far one person's screen may be behind another's.
const CATCH_UP: Duration = Duration::from_secs(2);
/// How many of the newest answers a failure shows.
const NEWEST: usize = 3;

/// The error is why a step does not hold.
type Answered<T> = Result<T, String>;

pub(crate) async fn play(
    script: &Script,
    options: &PlayOptions,
    out: &mut (dyn Write + Send),
) -> Result<Outcome, PlayError> {
    let accounts = client::accounts(&options.page_url).await?;
    let names: Vec<_> = accounts.iter().map(|account| account.name.as_str()).collect();
    let files = prepared(script, options, &names).await?;
    let mut people = Vec::new();
    for account in &accounts {
        let client = Client::connect(&options.page_url, &account.token).await?;
        client.read_history(&client.here()).await?;
        people.push(Person { name: account.name.clone(), client: client.with_files_from(&options.base_dir) });
    }
    let mut names: HashMap<_, _> = accounts.iter().map(|account| (account.id.clone(), account.name.clone())).collect();
    for person in &people {
        person.client.look(|state| {
            let roles = state.roles().iter();
            names.extend(roles.map(|role| {
                (client::message::text_at(role, "id").to_owned(), client::message::text_at(role, "name").to_owned())
            }));
        });
    }
    let transcript = Transcript::new(out, options.json, names);
    let mut player = Player {
        page_url: options.page_url.clone(),
        people,
        files,
        transcript,
        known: HashMap::new(),
        modals_since: 0,
        asked: None,
        choices: vec![],
    };
    for view in player.views() {
        player.transcript.skip(&view);
    }
    let mut outcome = Outcome { failed_steps: vec![], violations: vec![] };
    for step in &script.steps {
        if let Err(reason) = player.step(step).await? {
            outcome.failed_steps.push(FailedStep { line: step.line, step: step.text.clone(), reason });
            break;
        }
    }
    player.end(outcome.failed_steps.first()).await?;
    outcome.violations = client::violations(&options.page_url).await?;
    for violation in &outcome.violations {
        player.transcript.violation(violation)?;
    }
    Ok(outcome)
}

/// Everything the script names exists: reads its files, checks its accounts.
async fn prepared(
    script: &Script,
    options: &PlayOptions,
    accounts: &[&str],
) -> Result<HashMap<PathBuf, String>, ParseError> {
    let (mut files, mut problems) = (HashMap::new(), Vec::new());
    for step in &script.steps {
        let Action::Act { account, act } = &step.action else { continue };
        if !accounts.contains(&account.as_str()) {
            let reason = Unknown::new("account", account, accounts.iter().copied()).to_string();
            problems.push(Problem { line: step.line, reason });
        }
        let Act::Fill(fields) = act else { continue };
        for (_, filling) in fields {
            let Filling::File(path) = filling else { continue };
            // Beside the script first; then as a shell would take it.
            let read = match tokio::fs::read_to_string(options.base_dir.join(path)).await {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => tokio::fs::read_to_string(path).await,
                read => read,
            };
            match read {
                Ok(text) => _ = files.insert(path.clone(), text),
                Err(e) => {
                    problems.push(Problem { line: step.line, reason: format!("cannot read {}: {e}", path.display()) });
                }
            }
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(ParseError { problems }) }
}

struct Person {
    name: String,
    client: Client,
}

struct Player<'a> {
    page_url: String,
    people: Vec<Person>,
    files: HashMap<PathBuf, String>,
    transcript: Transcript<'a>,
    /// How many versions of each message were there when the last person's step began.
    known: HashMap<String, usize>,
    /// Revision of the acting person at that moment.
    modals_since: u64,
    /// The last person's step that no `expect` has asked about: who, and on which line.
    asked: Option<Asked>,
    choices: Vec<Choice>,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    person: usize,
    line: usize,
    /// An interaction or words: the bot may still be about to answer.
    open: bool,
}

impl Player<'_> {
    /// Plays one step; the inner error says why it does not hold.
    async fn step(&mut self, step: &Step) -> std::io::Result<Answered<()>> {
        match &step.action {
            Action::Act { account, act } => {
                let person = self.people.iter().position(|person| person.name == *account).unwrap_or_default();
                self.act(step, person, act).await
            }
            Action::Expect { within, text } => self.expect(text, *within).await,
            Action::Refuse { text } => Ok(self.refuse(text)),
            Action::Fault(fault) => {
                self.announce(step)?;
                Ok(client::inject(&self.page_url, fault).await.map_err(|e| e.to_string()))
            }
            Action::Heal => {
                self.announce(step)?;
                Ok(client::heal(&self.page_url).await.map_err(|e| e.to_string()))
            }
        }
    }

    async fn act(&mut self, step: &Step, person: usize, act: &Act) -> std::io::Result<Answered<()>> {
        let client = self.people[person].client.clone();
        let ready = match self.ready(&client, act).await {
            Ok(ready) => ready,
            Err(reason) => {
                self.announce(step)?;
                return Ok(Err(reason));
            }
        };
        self.announce(step)?;
        if let Ready::Went(channel) = ready {
            client.enter(&channel);
            return Ok(client.read_history(&channel).await.map_err(|e| e.to_string()));
        }
        self.begin(step, person);
        let done = match (ready, act) {
            (Ready::Message(message), Act::Press(label)) => client.press(&message, label).await.map(Some),
            (Ready::Message(message), Act::Choose { menu, option }) => {
                client.choose(&message, menu, &[option]).await.map(Some)
            }
            (Ready::Modal(modal), Act::Fill(fields)) => {
                let values: Vec<_> =
                    fields.iter().map(|(label, filling)| (label.as_str(), self.filled(filling))).collect();
                client.fill(&modal, &values).await.map(Some)
            }
            (_, Act::Slash(line)) => client.slash(line).await.map(Some),
            (_, Act::Make { kind, name }) => client.make_channel(*kind, name).await.map(|()| None),
            (_, Act::Give { person, role }) => client.give(person, role).await.map(|()| None),
            (_, Act::Take { person, role }) => client.take(person, role).await.map(|()| None),
            (_, Act::Say(text)) => client.say(&client.here(), text).await.map(|_| None),
            (_, Act::Type(line)) => match client.autocomplete(line).await {
                Ok(choices) => {
                    self.choices = choices;
                    self.transcript.choices(&self.people[person].name, &self.choices)?;
                    Ok(None)
                }
                Err(e) => Err(e),
            },
            _ => Ok(None),
        };
        match done {
            Ok(Some(interaction)) => {
                if let Some(modal) = interaction.modal {
                    self.transcript.modal(&self.people[person].name, &modal)?;
                    self.asked = self.asked.map(|asked| Asked { open: false, ..asked });
                }
                Ok(Ok(()))
            }
            Ok(None) => Ok(Ok(())),
            Err(e) => Ok(Err(e.to_string())),
        }
    }

    /// Waits for what a step needs before the person can do it.
    async fn ready(&self, client: &Client, act: &Act) -> Answered<Ready> {
        self.catch_up(client).await;
        match act {
            Act::Fill(_) => match client.wait_for("an open dialog", PATIENCE, |state| state.modal().cloned()).await {
                Ok(modal) => Ok(Ready::Modal(Box::new(modal))),
                Err(Error::TimedOut { .. }) => Err(Error::NoModal.to_string()),
                Err(e) => Err(e.to_string()),
            },
            Act::Press(label) => self.with_control(client, &|message| message.button(label).map(|b| b.disabled)).await,
            Act::Choose { menu, .. } => {
                self.with_control(client, &|message| message.select(menu).map(|s| s.disabled)).await
            }
            Act::Go(Place::Channel(name)) => {
                let arrived =
                    client.wait_for("a channel", PATIENCE, |s| s.find_channel(name).map(|c| c.id.clone()).ok()).await;
                match arrived {
                    Ok(id) => Ok(Ready::Went(id)),
                    Err(e) => Err(client
                        .look(|s| s.find_channel(name).err().map_or(e.to_string(), |unknown| unknown.to_string()))),
                }
            }
            Act::Go(Place::NewestThread) => self.newest_thread(client).await.map(Ready::Went),
            Act::Slash(_) | Act::Say(_) | Act::Type(_) | Act::Give { .. } | Act::Take { .. } | Act::Make { .. } => {
                Ok(Ready::Now)
            }
        }
    }

    /// What an `expect` found on one screen, another is about to show: the person first sees what the others have seen there.
    async fn catch_up(&self, client: &Client) {
        let here = client.here();
        let edited = |message: &Message| message.raw["edited_timestamp"].as_str().unwrap_or_default().to_owned();
        let mut newest: BTreeMap<String, String> = BTreeMap::new();
        for person in &self.people {
            person.client.look(|state| {
                for message in state.messages(&here).filter(|message| !message.is_ephemeral()) {
                    let known = newest.entry(message.id().to_owned()).or_default();
                    *known = edited(message).max(std::mem::take(known));
                }
            });
        }
        let seen = |state: &State| {
            let there = |(id, at): (&String, &String)| {
                state.message(id).is_some_and(|seen| seen.deleted.is_some() || edited(seen.latest()) >= *at)
            };
            newest.iter().all(there).then_some(())
        };
        // A screen that never shows it is no worse off than before.
        let _ = client.wait_for("what the others see", CATCH_UP, seen).await;
    }

    /// The newest message where the person is that has an enabled control. `disabled` finds it on a message.
    async fn with_control(
        &self,
        client: &Client,
        disabled: &(dyn Fn(&Message) -> Result<bool, Error> + Sync),
    ) -> Answered<Ready> {
        let here = client.here();
        let enabled =
            |state: &State| state.messages(&here).rev().find(|message| matches!(disabled(message), Ok(false))).cloned();
        let error = match client.wait_for("a control", PATIENCE, enabled).await {
            Ok(message) => return Ok(Ready::Message(Box::new(message))),
            Err(Error::TimedOut { .. }) => client.look(|state| missing(state, &here, disabled)),
            Err(e) => e.to_string(),
        };
        Err(error)
    }

    async fn newest_thread(&self, client: &Client) -> Answered<String> {
        let here = client.here();
        let parent = client.look(|state| {
            let channel = state.channel(&here).filter(|channel| channel.is_thread());
            channel.and_then(|channel| channel.parent_id.clone()).unwrap_or_else(|| here.clone())
        });
        let new = |state: &State| {
            let new = state.threads_of(&parent).rev().find(|thread| thread.revision > self.modals_since);
            new.map(|thread| thread.id.clone())
        };
        let may_come = self.asked.is_some_and(|asked| asked.open);
        if may_come && let Ok(id) = client.wait_for("a new thread", NEW_THREAD, new).await {
            return Ok(id);
        }
        let any = |state: &State| state.threads_of(&parent).next_back().map(|thread| thread.id.clone());
        client.wait_for("a thread in this channel", PATIENCE, any).await.map_err(|e| e.to_string())
    }

    fn filled<'b>(&'b self, filling: &'b Filling) -> &'b str {
        match filling {
            Filling::Text(text) => text,
            Filling::File(path) => self.files.get(path).map_or("", String::as_str),
        }
    }

    /// From here on, answers are answers to this step.
    fn begin(&mut self, step: &Step, person: usize) {
        self.known.clear();
        for Person { client, .. } in &self.people {
            client.look(|state| {
                for seen in state.seen() {
                    let count = self.known.entry(seen.first().id().to_owned()).or_default();
                    *count = seen.versions.len().max(*count);
                }
            });
        }
        self.choices.clear();
        self.modals_since = self.people[person].client.look(|state| state.revision);
        let silent = |act: &Act| matches!(act, Act::Type(_) | Act::Give { .. } | Act::Take { .. } | Act::Make { .. });
        let open = !matches!(&step.action, Action::Act { act, .. } if silent(act));
        self.asked = Some(Asked { person, line: step.line, open });
    }

    async fn expect(&mut self, text: &str, within: Duration) -> std::io::Result<Answered<()>> {
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

    /// Something other than a message already says it: choices offered.
    fn heard(&self, text: &str) -> bool {
        self.choices.iter().any(|choice| contains(&choice.name, text))
    }

    fn unheard(&self, text: &str, within: Duration) -> String {
        let since = self.asked.map_or("the start".into(), |asked| format!("line {}", asked.line));
        let said = if self.newest().is_empty() { "the bot has said nothing" } else { "no answer contains it" };
        format!("\"{text}\" did not come within {} s: {said} since {since}", within.as_secs_f64())
    }

    fn refuse(&self, text: &str) -> Answered<()> {
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
    fn newest(&self) -> Vec<View> {
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
    fn views(&self) -> Vec<View> {
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

    /// Prints how everything stands, and then the step.
    fn announce(&mut self, step: &Step) -> std::io::Result<()> {
        for view in self.views().iter().filter(|view| !view.message.is_thinking()) {
            self.transcript.message(view)?;
        }
        self.transcript.step(step)
    }

    /// Prints what is left, and the failure if there is one.
    async fn end(&mut self, failed: Option<&FailedStep>) -> std::io::Result<()> {
        if failed.is_none() && self.asked.is_some_and(|asked| asked.open) {
            let reach = self.reach();
            let said = |person: &Person| {
                let (client, known, reach) = (person.client.clone(), self.known.clone(), reach.clone());
                async move {
                    let any = |state: &State| answer(state, &reach, &known, "");
                    client.wait_for("last words", LAST_WORDS, any).await
                }
            };
            // That nobody answers is no failure: nothing was expected.
            let _ = select_ok(self.people.iter().map(|person| Box::pin(said(person)))).await;
        }
        for view in self.views() {
            self.transcript.message(&view)?;
        }
        if let Some(failed) = failed {
            let newest = self.newest();
            self.transcript.failure(failed, &newest)?;
        }
        Ok(())
    }
}

/// What a step has waited for.
enum Ready {
    Now,
    Message(Box<Message>),
    Modal(Box<Modal>),
    Went(String),
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

/// Why no message has the control that was waited for.
fn missing(state: &State, here: &str, disabled: &dyn Fn(&Message) -> Result<bool, Error>) -> String {
    let mut error = None::<Error>;
    for message in state.messages(here).rev() {
        match disabled(message) {
            Ok(_) => return "it is disabled".into(),
            Err(Error::Unknown(other)) => match &mut error {
                Some(Error::Unknown(all)) => {
                    *all = Unknown::new(all.kind, &all.name, all.known.iter().chain(&other.known));
                }
                _ => error = Some(other.into()),
            },
            Err(_) => {}
        }
    }
    let elsewhere = state
        .channels()
        .iter()
        .filter(|channel| channel.id != here)
        .find(|channel| state.messages(&channel.id).any(|message| disabled(message).is_ok()));
    let here = error.map_or_else(|| "there is no message here".into(), |error| error.to_string());
    match elsewhere {
        Some(channel) => format!("{here}; a message in {} has it", shown(channel)),
        None => here,
    }
}

fn view(state: &State, seen: &Seen) -> View {
    let message = seen.latest().clone();
    View { channel: channel_name(state, &message), message, only: vec![], deleted: false }
}

fn channel_name(state: &State, message: &Message) -> String {
    state.channel(message.channel_id()).map_or_else(|| message.channel_id().to_owned(), shown)
}

fn shown(channel: &client::Channel) -> String {
    if channel.is_direct() {
        "a direct message".into()
    } else if channel.is_thread() {
        format!("the thread \"{}\"", channel.name)
    } else {
        format!("#{}", channel.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_button_that_is_not_here_is_looked_for_elsewhere() {
        let mut state = State::default();
        let channel = |id: &str, name: &str| json!({ "id": id, "name": name, "type": 0 });
        let guild = json!({ "id": "g", "channels": [channel("1", "general"), channel("2", "ops")] });
        state.apply("READY", json!({ "session_id": "s", "user": {}, "guilds": [guild] }));
        let message = |id: &str, channel: &str, label: &str, disabled: bool| {
            let button = json!({ "type": 2, "label": label, "custom_id": id, "disabled": disabled });
            json!({ "id": id, "channel_id": channel, "components": [{ "type": 1, "components": [button] }] })
        };
        state.apply("MESSAGE_CREATE", message("10", "1", "Deny", true));
        state.apply("MESSAGE_CREATE", message("11", "1", "Log", false));
        state.apply("MESSAGE_CREATE", message("12", "2", "Approve", false));
        let said = |label: &str| missing(&state, "1", &|message| message.button(label).map(|button| button.disabled));
        assert_eq!(said("Deny"), "it is disabled");
        assert_eq!(
            said("Approve"),
            "there is no button \"Approve\" (there are: \"Log\", \"Deny\"); a message in #ops has it"
        );
        assert_eq!(
            missing(&state, "3", &|message| message.button("x").map(|b| b.disabled)),
            "there is no message here"
        );
    }
}
