//! What the database guarantees of the workspace, on SQLite and on PostgreSQL alike.

use base::{Millis, UserId};
use store::{
    playbook_runs::{PlaybookRun, Settled},
    registries::{GuildRegistry, RegistryEntry},
};

use crate::{
    crew::{CREW, OTHERS},
    fresh::Fresh,
};

const ANN: UserId = UserId(3);

on_both! {
    of_many_who_change_an_entry_at_once_one_does
    a_guild_has_one_of_a_name_and_as_many_as_it_may
    of_many_who_settle_a_step_at_once_one_does
}

fn entry(content: &str, kept: bool) -> RegistryEntry {
    let (registry, entry, content) = ("domains".to_owned(), "shop".to_owned(), content.to_owned());
    RegistryEntry { registry, entry, content, kept, version: 0, by: ANN, at: Millis(0) }
}

async fn of_many_who_change_an_entry_at_once_one_does(fresh: Fresh) {
    let store = &fresh.store;
    for on in 0..3_i64 {
        let changes = (0..12).map(|who| {
            let new = entry(&format!("{on}-{who}"), who % 2 == 0);
            async move { store.set_registry_entry(CREW, &new, on, 10).await.unwrap() }
        });
        let done = futures::future::join_all(changes).await;
        assert_eq!(done.into_iter().filter(|done| *done).count(), 1, "on version {on}");
        assert_eq!(store.registry_entries(CREW).await.unwrap()[0].version, on + 1);
    }
    assert!(!store.set_registry_entry(CREW, &entry("late", true), 1, 10).await.unwrap());
    assert!(!store.set_registry_entry(OTHERS, &entry("not theirs", true), 3, 10).await.unwrap());
    assert_eq!(store.registry_entries(OTHERS).await.unwrap(), []);
    assert!(store.set_registry_entry(OTHERS, &entry("theirs", true), 0, 10).await.unwrap());

    // What goes with a registry is its guild's alone.
    let (name, description) = ("domains".to_owned(), String::new());
    let registry = GuildRegistry { name, description, fields: "[]".to_owned(), by: ANN };
    assert!(!store.remove_guild_registry(CREW, "domains").await.unwrap());
    assert_eq!(store.registry_entries(CREW).await.unwrap().len(), 1, "a file's registry keeps what was changed");
    assert!(store.make_guild_registry(CREW, &registry, 5).await.unwrap());
    assert!(store.remove_guild_registry(CREW, "domains").await.unwrap());
    assert_eq!(store.registry_entries(CREW).await.unwrap(), []);
    assert_eq!(store.registry_entries(OTHERS).await.unwrap().len(), 1);
}

async fn a_guild_has_one_of_a_name_and_as_many_as_it_may(fresh: Fresh) {
    let store = &fresh.store;
    let make = |guild, name: &'static str| async move {
        store.make_guild_agent(guild, (name, "config", "prompt"), ANN, 2).await.unwrap()
    };
    assert!(make(CREW, "a").await && !make(CREW, "a").await && make(CREW, "b").await);
    assert!(!make(CREW, "c").await, "two are the most");
    assert!(make(OTHERS, "a").await);
    assert!(store.remove_guild_agent(CREW, "a").await.unwrap() && !store.remove_guild_agent(CREW, "a").await.unwrap());
    assert_eq!(store.guild_agents(OTHERS).await.unwrap().len(), 1);
    assert!(store.set_registry_entry(CREW, &entry("", true), 0, 1).await.unwrap());
    let more = RegistryEntry { entry: "more".to_owned(), ..entry("", true) };
    assert!(!store.set_registry_entry(CREW, &more, 0, 1).await.unwrap());
    assert!(
        store.set_registry_entry(CREW, &entry("changed", true), 1, 1).await.unwrap(),
        "a change takes no more room"
    );
}

async fn of_many_who_settle_a_step_at_once_one_does(fresh: Fresh) {
    let store = &fresh.store;
    let run = PlaybookRun {
        id: "run".to_owned(),
        playbook: "incident".to_owned(),
        title: "Incident".to_owned(),
        steps: "[]".to_owned(),
        thread: None,
        reference: "ABC234".to_owned(),
        by: ANN,
        began: Millis(1),
    };
    store.begin_playbook(CREW, &run).await.unwrap();
    assert_eq!(store.playbook_runs(CREW, 9).await.unwrap(), [], "it stands nowhere yet");
    store.place_playbook(OTHERS, "run", 7).await.unwrap();
    store.place_playbook(CREW, "run", 8).await.unwrap();
    store.place_playbook(CREW, "run", 9).await.unwrap();
    assert_eq!(store.playbook_run(CREW, "run").await.unwrap().unwrap().thread, Some(8));
    assert_eq!(store.playbook_run(OTHERS, "run").await.unwrap(), None);
    store.drop_playbook(CREW, "run").await.unwrap();
    assert_eq!(store.playbook_runs(CREW, 9).await.unwrap().len(), 1, "what stands somewhere is not dropped");

    let settle = (0..12).map(|who| async move {
        let settled = Settled { step: 1, done: who % 2 == 0, by: UserId(who), at: Millis(2) };
        store.settle_step(CREW, "run", &settled).await.unwrap()
    });
    assert_eq!(futures::future::join_all(settle).await.into_iter().filter(|first| *first).count(), 1);
    assert_eq!(store.settled_steps(CREW, "run").await.unwrap().len(), 1);
    assert_eq!(store.settled_steps(OTHERS, "run").await.unwrap(), []);
    store.forget_playbooks(Millis(1)).await.unwrap();
    assert_eq!(store.settled_steps(CREW, "run").await.unwrap().len(), 1);
    store.forget_playbooks(Millis(2)).await.unwrap();
    assert_eq!(store.settled_steps(CREW, "run").await.unwrap(), []);
    assert_eq!(store.playbook_run(CREW, "run").await.unwrap(), None);
}
