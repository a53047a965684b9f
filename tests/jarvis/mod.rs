//! The assistant: asked in threads, with the same actions as people, under the same rules; stopped, killed, lied to.

mod about;
mod agents;
mod bad;
mod talk;
mod tools;
mod web_down;

use peers::models::Speaker;

use crate::{
    people::{Person, Shown},
    world::World,
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

/// Gives a world's bot a model of its own to speak with.
pub(crate) async fn with_model(world: &mut World) -> Speaker {
    let model = Speaker::ollama();
    world.set_environment("OLLAMA_URL", &model.url());
    assert!(world.stop_bot().await);
    world.start_bot().await;
    model
}
