//! The assistant: asked in threads, with the same actions as people, under the same rules; stopped, killed, lied to.

mod about;
mod agents;
mod bad;
mod clouds;
mod killed;
mod limits;
mod llama;
mod own;
mod streamed;
mod talk;
mod tools;
mod ways;
mod web_down;

use std::time::Duration;

use peers::models::Speaker;

use crate::{
    people::{Person, Shown},
    world::{SOON, World},
};

/// A conversation's thread, as somebody looks at it.
#[derive(Clone)]
pub(crate) struct Thread {
    person: Person,
    id: String,
}

impl Thread {
    /// Asks something, and finds the thread that it is answered in.
    pub(crate) async fn asked(person: &Person, question: &str) -> Self {
        let asked = person.ask(&format!("/jarvis ask question:\"{question}\"")).await;
        asked.until("Asked Jarvis").await;
        Self::of(person, &asked.text())
    }

    /// The thread that a card names.
    fn of(person: &Person, text: &str) -> Self {
        let (_, rest) = text.split_once("<#").unwrap_or_else(|| panic!("no thread in {text}"));
        let id = rest.split_once('>').unwrap().0.to_owned();
        person.client.enter(&id);
        Self { person: person.clone(), id }
    }

    fn seen_by(&self, person: &Person) -> Self {
        person.client.enter(&self.id);
        Self { person: person.clone(), id: self.id.clone() }
    }

    pub(crate) async fn says(&self, text: &str) {
        self.person.client.say(&self.id, text).await.unwrap();
    }

    pub(crate) async fn sees(&self, text: &str) -> Shown {
        self.person.sees_in(&self.id, text).await
    }
}

/// Has an agent asked something, and finds the thread that it is answered in.
pub(crate) async fn asked_of(agent: &str, person: &Person, question: &str) -> Thread {
    person.client.go("ops").unwrap();
    let asked = person.ask(&format!("/agent run name:{agent} question:\"{question}\"")).await;
    asked.until("Asked Jarvis").await;
    Thread::of(person, &asked.text())
}

/// Gives a world's bot, from its next start on, a folder with these agents: their names, and what is in their files.
pub(crate) fn with_agents(world: &mut World, agents: &[(&str, &str)]) {
    let folder = world.path("workspace-of-the-guild");
    for (name, config) in agents {
        let agent = folder.join("workspace/agents").join(name);
        std::fs::create_dir_all(&agent).unwrap();
        std::fs::write(agent.join("config.yaml"), format!("name: {name}\n{config}")).unwrap();
        std::fs::write(agent.join("prompt.md"), "You help.").unwrap();
    }
    world.set_environment("NEBULA_WORKSPACE", folder.to_str().unwrap());
    let guild = world.guild().to_string();
    world.set_environment("NEBULA_WORKSPACE_GUILDS", &guild);
}

/// Waits until this holds of what the audit log says.
pub(crate) async fn until_audited(world: &World, holds: impl Fn(&[String]) -> bool) {
    let noted = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while !holds(&world.audited().await) {
            ticks.tick().await;
        }
    };
    let noted = tokio::time::timeout(SOON, noted).await;
    assert!(noted.is_ok(), "waited in vain; the audit log says {:#?}", world.audited().await);
}

/// Gives a world's bot a model of its own to speak with.
pub(crate) async fn with_model(world: &mut World) -> Speaker {
    let model = Speaker::ollama();
    world.set_environment("OLLAMA_URL", &model.url());
    assert!(world.stop_bot().await);
    world.start_bot().await;
    model
}
