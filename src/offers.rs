//! What a model is offered, walked along everything the process can do: names, schemas, and what is found for a question.
//!
//! **Invariant:** this walks the very hub that runs, so an action nobody thought of here is walked too.

use std::collections::BTreeSet;

use ai::tools::{AT_FIRST, Catalogue, Offered, Toolbox};
use base::{Actor, GuildId, Risk, UserId};
use hub::Hub;
use serde_json::Value;
use store::grants::{Holder, NewGrant};

use crate::record::{CREW, actor, wired};

/// What a crew asks, and what must be among the first tools a model is shown.
const QUESTIONS: &str = include_str!("../ai/tests/data/questions.txt");
/// A schema longer than this costs a small model more than it tells.
const LONGEST: usize = 4_000;

/// What the assistant is not offered itself.
fn is_its_own(name: &str) -> bool {
    name.starts_with("jarvis.") || name.starts_with("mcp.")
}

async fn offered(hub: &Hub, actor: &Actor) -> Vec<&'static str> {
    hub.offered(actor).await.unwrap().into_iter().map(|entry| entry.name).collect()
}

fn catalogue(hub: &Hub) -> Catalogue {
    Catalogue::of(hub.actions().map(|entry| Offered {
        name: entry.name.to_owned(),
        description: entry.description.clone(),
        schema: entry.schema.clone(),
        looks: entry.risk == Risk::Observe,
    }))
}

#[tokio::test]
async fn nobody_is_offered_what_is_off_or_what_they_hold_nothing_of() {
    let home = tempfile::tempdir().unwrap();
    let (hub, store) = wired(home.path()).await;
    let everything: Vec<&str> = hub.actions().map(|entry| entry.name).collect();
    assert_eq!(offered(&hub, &actor(true)).await, everything, "an administrator is offered all");

    let nothing = offered(&hub, &actor(false)).await;
    assert!(
        nothing.contains(&"grant.mine") && nothing.contains(&"job.list"),
        "what concerns only themselves: {nothing:?}"
    );
    let own = |name: &&str| hub.actions().any(|entry| entry.name == *name && entry.own);
    assert!(nothing.iter().all(own), "{nothing:?}");

    let grant = |action, target| NewGrant {
        guild: CREW,
        holder: Holder::Person(UserId(7)),
        holder_name: "ann",
        action,
        target,
        given_by: UserId(1),
    };
    store.give_grant(&grant("container.*", "web-*"), 500).await.unwrap();
    store.give_grant(&grant("server.run", "*"), 500).await.unwrap();
    let some = offered(&hub, &actor(false)).await;
    assert!(some.contains(&"container.restart") && some.contains(&"server.run"), "{some:?}");
    assert!(!some.contains(&"server.remove") && !some.contains(&"grant.give"), "{some:?}");
    let elsewhere = Actor { guild: GuildId(2), ..actor(false) };
    assert_eq!(offered(&hub, &elsewhere).await, nothing, "a grant of one guild counts in no other");

    for feature in guilds::ALL {
        store.switch_off(CREW, feature.name, UserId(7)).await.unwrap();
    }
    let fresh = wired(home.path()).await.0;
    let core = offered(&fresh, &actor(true)).await;
    assert!(core.contains(&"grant.give") && !core.contains(&"server.run"), "{core:?}");
    assert!(core.iter().all(|name| matches!(guilds::owner(name), Some(guilds::Owner::Core))), "{core:?}");
}

#[tokio::test]
async fn every_action_is_a_tool_with_a_name_of_its_own_and_a_small_flat_schema() {
    let home = tempfile::tempdir().unwrap();
    let (hub, _store) = wired(home.path()).await;
    let catalogue = catalogue(&hub);
    let names: BTreeSet<&str> = catalogue.entries().iter().map(|entry| entry.tool.name.as_str()).collect();
    assert_eq!(names.len(), catalogue.entries().len());
    let left_out: Vec<&str> =
        hub.actions().map(|entry| entry.name).filter(|name| catalogue.get(name).is_none()).collect();
    assert_eq!(left_out, Vec::<&str>::new(), "these cannot be called by a model at all");
    for entry in catalogue.entries() {
        let (name, schema) = (&entry.tool.name, &entry.tool.schema);
        let text = schema.to_string();
        for noise in ["\"$ref\"", "\"$schema\"", "\"$defs\"", "\"writeOnly\"", "\"title\":\"", "\"format\":\""] {
            assert!(!text.contains(noise), "{name} has {noise}: {text}");
        }
        assert!(text.len() <= LONGEST && !entry.tool.description.is_empty(), "{name}: {} bytes", text.len());
        assert_eq!(
            (&schema["type"], &schema["additionalProperties"]),
            (&Value::from("object"), &Value::from(false)),
            "{name}"
        );
        assert_eq!(catalogue.get(name).unwrap().action, entry.action);
    }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "the rate is what whoever tunes the words looks at")]
async fn what_a_crew_asks_finds_the_tool_it_takes_among_the_first() {
    let home = tempfile::tempdir().unwrap();
    let (hub, _store) = wired(home.path()).await;
    // The assistant is not offered itself.
    let others: Vec<String> =
        hub.actions().map(|entry| entry.name.to_owned()).filter(|name| !is_its_own(name)).collect();
    let (catalogue, mut asked, mut missed) = (catalogue(&hub).narrowed(&others), 0, Vec::new());
    for line in QUESTIONS.lines().filter(|line| !line.starts_with('#')) {
        let (question, wanted) = line.split_once('\t').unwrap();
        let mut toolbox = Toolbox::new(catalogue.clone());
        toolbox.ask(question);
        assert!(toolbox.shown().len() <= AT_FIRST, "{question}");
        asked += 1;
        for action in wanted.split(' ') {
            let tool = &catalogue.get(action).unwrap_or_else(|| panic!("{question}: there is no {action}")).tool.name;
            if !toolbox.shown().contains(tool) {
                missed.push(format!("{question} -> {action}, not {:?}", toolbox.shown()));
            }
        }
    }
    println!("{} of {asked} questions found what they take among the first {AT_FIRST}", asked - missed.len());
    assert!(asked >= 80 && missed.is_empty(), "{missed:#?}");
}
