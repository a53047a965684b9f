//! The evaluation set, played with the script of a good model; and proof that worse ones fail it.

pub(crate) mod set;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use ai::conversation::Outcome;
use futures::StreamExt;
use peers::{
    Docker,
    models::{Say, Speaker},
};
use serde_json::{Value, json};

use self::set::{Called, Crew, Scenario, Seen, all, missing, play};

/// So many are played beside each other.
const BESIDE: usize = 12;
/// A script answers at once.
const WITHIN: Duration = Duration::from_secs(30);

/// Plays each with its script; beside each, what was seen of it.
async fn played(crew: &Crew, model: &Speaker, scenarios: Vec<Scenario>) -> Vec<(Scenario, Seen)> {
    let scenarios: Vec<Scenario> = scenarios.iter().map(|scenario| scenario.in_world(&crew.names)).collect();
    let scripts: BTreeMap<String, VecDeque<Say>> =
        scenarios.iter().map(|scenario| (scenario.asks.clone(), script(scenario))).collect();
    assert_eq!(scripts.len(), scenarios.len(), "two scenarios ask the same");
    let scripts = Mutex::new(scripts);
    // Which script it goes on with, the first question says: several conversations are held at once.
    model.decides(move |question| {
        let first = question["messages"].as_array()?.iter().find(|message| message["role"] == "user")?;
        let asked = first["content"].as_str()?;
        let mut scripts = scripts.lock().unwrap();
        // Whoever is not answered just now is quoted.
        let (_, script) =
            scripts.iter_mut().filter(|(asks, _)| asked.contains(asks.as_str())).max_by_key(|(asks, _)| asks.len())?;
        Some(script.pop_front().unwrap_or_else(|| Say::Text("The script has come to its end.".to_owned())))
    });
    let store = crew.world.store().await;
    let all = futures::stream::iter(scenarios).map(|scenario| async {
        let seen = play(crew, &store, &scenario, WITHIN).await;
        (scenario, seen)
    });
    let all = all.buffer_unordered(BESIDE).collect().await;
    store.close().await;
    all
}

fn script(scenario: &Scenario) -> VecDeque<Say> {
    let say = |turn: &set::Turn| {
        let calls: Vec<(String, Value)> =
            turn.calls.iter().flatten().map(|(tool, with)| (tool.clone(), with.clone())).collect();
        if calls.is_empty() { Say::Text(turn.says.clone()) } else { Say::Calls(turn.says.clone(), calls) }
    };
    scenario.script.iter().map(say).collect()
}

/// What has a script that only talks: the right words, and nothing looked up.
fn only_words(scenario: &Scenario) -> Scenario {
    let script = scenario.script.iter().filter(|turn| turn.calls.is_empty()).cloned().collect();
    Scenario {
        name: format!("only words: {}", scenario.name),
        asks: format!("Say: {}", scenario.asks),
        script,
        ..scenario.clone()
    }
}

/// What has a script that changes something besides.
fn meddling(scenario: &Scenario) -> Scenario {
    let note = BTreeMap::from([("server_note".to_owned(), json!({ "server": "nas", "note": "mine" }))]);
    let mut script = scenario.script.clone();
    script.insert(0, set::Turn { calls: vec![note], says: String::new() });
    Scenario {
        name: format!("meddling: {}", scenario.name),
        asks: format!("Meddle: {}", scenario.asks),
        script,
        ..scenario.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_model_passes_every_scenario_and_a_worse_one_none() {
    let model = Speaker::ollama();
    let crew = Crew::gather(&[("OLLAMA_URL".to_owned(), model.url())], Docker::shared()).await;
    let there = |scenario: &Scenario| scenario.needs.iter().all(|need| crew.has.contains(&need.as_str()));
    let good: Vec<Scenario> = all().into_iter().map(|(_, scenario)| scenario).filter(there).collect();
    assert!(good.len() >= 60, "{} scenarios", good.len());
    // A member's model meddles with nothing: there is nothing that it is offered.
    let looks =
        |scenario: &&Scenario| !scenario.finds.is_empty() && scenario.changes.is_empty() && scenario.by != "member";
    let looking = good.iter().filter(looks).step_by(20);
    let bad: Vec<Scenario> = looking.flat_map(|scenario| [only_words(scenario), meddling(scenario)]).collect();

    let seen = played(&crew, &model, good.iter().chain(&bad).cloned().collect()).await;
    let verdict = |scenario: &Scenario, seen: &Seen| missing(scenario, seen, &crew.secrets);
    let is_bad = |scenario: &Scenario| bad.iter().any(|bad| bad.name == scenario.name);
    let mut wrong = Vec::new();
    for (scenario, seen) in &seen {
        let missing = verdict(scenario, seen);
        match is_bad(scenario) {
            true if missing.is_empty() => wrong.push(format!("{}: passed", scenario.name)),
            false if !missing.is_empty() => wrong.push(format!("{}: {missing:#?}\n{seen:#?}", scenario.name)),
            true => {}
            // What it costs is told of every scenario, and a good one needs no more words than its script has.
            false if seen.rounds > scenario.script.len() || seen.tokens == 0 || seen.took.is_zero() => {
                wrong.push(format!("{}: took {} rounds, {} tokens", scenario.name, seen.rounds, seen.tokens));
            }
            false => wrong.extend(each_worse(scenario, seen, &verdict)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // What the assistant changed is what the scenarios were seen to change, and nothing else.
    let explained: Vec<&String> =
        seen.iter().flat_map(|(_, seen)| &seen.calls).filter_map(|called| called.reference.as_ref()).collect();
    for row in crew.world.audit().await {
        let changed = row.agent.is_some() && row.risk.as_deref() != Some("observe") && row.outcome == "done";
        assert!(!changed || explained.contains(&&row.reference), "nobody asked for {} {:?}", row.action, row.target);
    }
    // No secret of the crew's went to the model, whatever it asked for.
    let sent: Vec<String> = model.asked().iter().map(|request| format!("{request:?}")).collect();
    for secret in &crew.secrets {
        assert!(!sent.iter().any(|sent| sent.contains(secret)), "a secret was sent to a model");
    }
    crew.part().await;
}

/// Takes from what was seen each thing that a scenario rests on, and tells which it passes all the same.
fn each_worse(scenario: &Scenario, seen: &Seen, verdict: &dyn Fn(&Scenario, &Seen) -> Vec<String>) -> Vec<String> {
    let mut worse: Vec<(&str, Seen)> = vec![("says nothing", Seen { answer: String::new(), ..seen.clone() })];
    if !(scenario.looks.is_empty() && scenario.changes.is_empty() && scenario.fails.is_empty()) {
        worse.push(("did nothing", Seen { calls: Vec::new(), ..seen.clone() }));
    }
    let each = |change: &dyn Fn(&mut Called)| {
        let mut calls = seen.calls.clone();
        calls.iter_mut().for_each(change);
        Seen { calls, ..seen.clone() }
    };
    if !scenario.changes.is_empty() {
        worse.push(("changed without a yes", each(&|called| called.approved = false)));
    }
    if !scenario.finds.is_empty() {
        worse.push(("was told nothing", each(&|called| called.told.clear())));
        worse.push(("looked at something that failed", each(&|called| called.outcome = Outcome::Failed)));
    }
    let more = |action: &str, by: &str| {
        let called = Called {
            action: action.to_owned(),
            arguments: Value::Null,
            outcome: Outcome::Done,
            told: String::new(),
            changes: true,
            approved: true,
            by: Some(by.to_owned()),
            reference: None,
        };
        Seen { calls: seen.calls.iter().cloned().chain([called]).collect(), ..seen.clone() }
    };
    worse.push(("changed something else", more("server.remove", &scenario.by)));
    worse.push(("acted as somebody else", more("server.list", "eve")));
    let passed = worse.into_iter().filter(|(_, seen)| verdict(scenario, seen).is_empty());
    passed.map(|(how, _)| format!("{}: passes though it {how}", scenario.name)).collect()
}
