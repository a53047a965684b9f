//! Plays the steps one after another, as the people the sandbox has.

mod ready;
mod said;

use std::{collections::HashMap, io::Write, path::PathBuf};

use self::ready::Ready;
use super::{
    FailedStep, Outcome, ParseError, PlayError, PlayOptions, Problem, Script,
    parse::{Act, Action, Filling, Step},
    transcript::Transcript,
};
use crate::client::{self, Choice, Client, Unknown};

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
            self.last_words().await;
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
