//! Plays a scenario with the bot that runs, and tells what was seen of it.

use std::time::{Duration, Instant};

use ai::conversation::{Conversation, Entry};
use sandbox::client::{Message, State, message_text};
use serde_json::Value;
use store::{Store, approvals, audit::Entry as Row};

use super::{Called, Crew, Scenario, Seen, scenario::Decides};
use crate::people::Person;

/// Asks, answers what people are asked as the scenario says, and waits until all is answered, at most so long for each answer.
pub(crate) async fn play(crew: &Crew, store: &Store, scenario: &Scenario, within: Duration) -> Seen {
    let began = Instant::now();
    let asker = &crew.people[scenario.by.as_str()];
    let thread = ask(crew, asker, scenario).await;
    let mut talk = Talk { crew, scenario, thread: thread.clone(), answered: Vec::new(), unforeseen: Vec::new() };
    let mut over = talk.until_answered(1, within).await;
    for (at, said) in scenario.then.iter().enumerate() {
        if over {
            crew.people[said.by.as_str()].client.say(&thread, &said.says).await.unwrap();
            over = talk.until_answered(at + 2, within).await;
        }
    }
    if !over {
        talk.unforeseen.push("nothing: it did not come to an end in time".to_owned());
    }
    let took = began.elapsed();
    let (answer, unforeseen) = (talk.answer(), talk.unforeseen);
    let kept = store.conversation_in(crew.world.guild(), thread.parse().unwrap()).await.unwrap();
    let kept: Conversation = serde_json::from_str(&kept.expect("the conversation is kept").body).unwrap();
    let calls = calls(crew, store, &kept).await;
    let rounds = kept.entries.iter().filter(|entry| matches!(entry, Entry::Model { .. })).count();
    Seen { answer, calls, unforeseen, rounds, tokens: kept.tokens, took }
}

/// Asks, and finds the thread that it is answered in.
async fn ask(crew: &Crew, asker: &Person, scenario: &Scenario) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', r#"\""#);
    let mut line = format!("/jarvis ask question:\"{}\"", quoted(&scenario.asks));
    if let Some(mode) = &scenario.mode {
        line = format!("{line} mode:\"{mode}\"");
    }
    if let Some(file) = &scenario.file {
        crew.lay(&file.name, &file.text);
        line = format!("{line} file:@{}", file.name);
    }
    let card = asker.ask(&line).await;
    card.until("Asked Jarvis").await;
    let text = card.text();
    let (_, rest) = text.split_once("<#").unwrap_or_else(|| panic!("no thread in {text}"));
    rest.split_once('>').unwrap().0.to_owned()
}

/// A thread, as those look at it who answer its questions.
struct Talk<'a> {
    crew: &'a Crew,
    scenario: &'a Scenario,
    thread: String,
    /// Questions that were answered.
    answered: Vec<String>,
    unforeseen: Vec<String>,
}

/// What there is to do next.
enum Next {
    Question(Message),
    Over,
}

impl Talk<'_> {
    /// Answers questions until so many answers stand. The answer is whether they came in time.
    async fn until_answered(&mut self, answers: usize, within: Duration) -> bool {
        let watcher = self.crew.people["admin"].client.clone();
        loop {
            let next = watcher.wait_for("the answer", within, |state| self.next(state, answers)).await;
            match next {
                Ok(Next::Over) => return true,
                Ok(Next::Question(question)) => self.decide(&question).await,
                Err(_) => return false,
            }
        }
    }

    fn next(&self, state: &State, answers: usize) -> Option<Next> {
        let mut over = 0;
        for message in state.messages(&self.thread).filter(|message| message.is_by_a_bot()) {
            let is_open =
                message.buttons().iter().any(|button| ["Approve", "Confirm"].contains(&button.label.as_str()));
            if is_open && !self.answered.iter().any(|id| id == message.id()) {
                return Some(Next::Question(message.clone()));
            }
            over += usize::from(is_last_word(&message_text(&message.raw)));
        }
        (over >= answers).then_some(Next::Over)
    }

    /// Says yes or no to a question as whoever the scenario names; what it knows nothing of is denied, by whose it is to decide.
    async fn decide(&mut self, question: &Message) {
        let text = message_text(&question.raw);
        self.answered.push(question.id().to_owned());
        let known = self.scenario.people.iter().find(|decides| text.contains(&decides.about));
        let title = text.lines().next().unwrap_or_default();
        if known.is_none() {
            self.unforeseen.push(title.to_owned());
        }
        // What is somebody's own nobody else decides.
        let is_theirs = question.buttons().iter().any(|button| button.label == "Confirm");
        let decides = if is_theirs { self.scenario.by.as_str() } else { "admin" };
        let (by, denies) = known.map_or((decides, Some("nobody wanted that")), |Decides { by, denies, .. }| {
            (by.as_str(), denies.as_deref())
        });
        let person = &self.crew.people[by];
        let seen = |state: &State| {
            let seen = state.message(question.id())?.latest();
            (seen.raw["components"] == question.raw["components"]).then(|| seen.clone())
        };
        let within = crate::world::SOON;
        let Ok(question) = person.client.wait_for("the question", within, seen).await else {
            return self.unforeseen.push(format!("{title}, which {by} never saw"));
        };
        let Some(reason) = denies else {
            let yes = if is_theirs { "Confirm" } else { "Approve" };
            person.client.press(&question, yes).await.unwrap();
            return;
        };
        if is_theirs {
            person.client.press(&question, "Leave it").await.unwrap();
            return;
        }
        let form = person.client.press(&question, "Deny").await.unwrap().modal.expect("a reason is asked for");
        person.client.fill(&form, &[("Reason", reason)]).await.unwrap();
    }

    /// What stands in the thread as answers, without the small print: facts count where they are said.
    fn answer(&self) -> String {
        self.crew.people["admin"].client.look(|state| {
            let texts = state
                .messages(&self.thread)
                .filter(|message| message.is_by_a_bot())
                .map(|message| message_text(&message.raw));
            let answers = texts.filter(|text| text.lines().next().is_some_and(|title| title.contains("**Jarvis**")));
            let lines: Vec<String> =
                answers.flat_map(|text| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()).collect();
            lines.into_iter().filter(|line| !line.starts_with("-# ")).collect::<Vec<_>>().join("\n")
        })
    }
}

/// Whether nothing more comes of an answer.
fn is_last_word(text: &str) -> bool {
    let title = text.lines().next().unwrap_or_default();
    let goes_on = title.contains("works on it") || title.contains("waits for a yes");
    title.contains("**Jarvis**") && !goes_on && text.lines().last().is_some_and(|line| line.contains("for <@"))
}

/// What the model asked for, with what the audit log has of it.
async fn calls(crew: &Crew, store: &Store, kept: &Conversation) -> Vec<Called> {
    let rows = store.audit(crew.world.guild(), 10_000).await.unwrap();
    let mut all = Vec::new();
    for entry in &kept.entries {
        let Entry::Result { call, name, came, .. } = entry else { continue };
        let asked = kept.entries.iter().find_map(|entry| match entry {
            Entry::Model { calls, .. } => calls.iter().find(|asked| asked.id == *call),
            _ => None,
        });
        let arguments: Value = asked.and_then(|asked| serde_json::from_str(&asked.arguments).ok()).unwrap_or_default();
        let row = came.reference.as_ref().and_then(|reference| rows.iter().find(|row| row.reference == *reference));
        all.push(Called {
            action: row
                .map_or_else(|| name.replace("__", " ").replace('_', ".").replace(' ', "_"), |row| row.action.clone()),
            arguments,
            outcome: came.outcome,
            told: came.text.clone(),
            changes: row.is_some_and(|row| row.risk.as_deref() != Some("observe")),
            approved: approved(crew, store, row).await,
            by: row.map(|row| row.actor_name.clone()),
            reference: came.reference.clone(),
        });
    }
    all
}

/// Whether a person said yes to what this row tells.
async fn approved(crew: &Crew, store: &Store, row: Option<&Row>) -> bool {
    let Some(id) = row.and_then(|row| row.approval_id.as_ref()?.parse().ok()) else { return false };
    let asked = store.approval(crew.world.guild(), id).await.unwrap();
    asked.is_some_and(|asked| asked.state == approvals::State::Granted)
}
