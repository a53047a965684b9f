//! "Why is web down?", on a real engine: looked up, proposed, approved, verified; and the same for somebody who may not.

use peers::models::Say;
use serde_json::{Value, json};

use super::{Thread, with_model};
use crate::{
    containers::{Yard, masked},
    world::World,
};

fn on_local(of: &[(&str, &str)]) -> Value {
    let mut arguments = json!({ "server": "local" });
    for (name, value) in of {
        arguments[*name] = json!(value);
    }
    arguments
}

/// As people see it. What other stories run on the same engine is listed, too.
fn seen(text: &str) -> String {
    let states = regex::Regex::new(r"(Containers on `local`) [^\n]* · ref").unwrap();
    states.replace_all(&masked(text), "$1 STATES · ref").into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_is_web_down_is_looked_up_restarted_with_a_yes_and_verified_and_a_member_gets_the_diagnosis_alone() {
    let Some(yard) = Yard::of("down") else { return };
    let mut world = World::with_docker(&yard.docker).await;
    let model = with_model(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    // It fails until what it needs is there; by then that is.
    let line =
        "if [ -e /tmp/ready ]; then exec sleep 1000; fi; touch /tmp/ready; echo cannot reach the database; exit 1";
    let web = yard.run("web", &["--init"], line);
    let state = |what: &str| yard.docker.run(&["inspect", "--format", what, &web]);
    world.until("it ended", |_| state("{{.State.Status}}") == "exited").await;
    admin.ask("/grant role role:@everyone allow:jarvis.* on:*").await.until("Granted").await;
    admin.ask("/grant role role:@everyone allow:container.list on:*").await.until("Granted").await;
    admin.ask("/grant role role:@everyone allow:container.logs on:*").await.until("Granted").await;

    // Whoever may look gets what there is to see, and no restart.
    let logs = ("container_logs".to_owned(), on_local(&[("container", &web)]));
    let looks = || {
        model.will(Say::Calls("I look.".into(), vec![("container_list".into(), on_local(&[]))]));
        model.will(Say::Calls(String::new(), vec![logs.clone()]));
    };
    let restart = || vec![("container_restart".to_owned(), on_local(&[("container", &web)]))];
    looks();
    model.will(Say::Calls("I restart it.".into(), restart()));
    model.will(Say::Text("`down-web` ended: it cannot reach the database. Restarting takes somebody who may.".into()));
    let began = state("{{.State.StartedAt}}");
    let thread = Thread::asked(&member, "why is web down?").await;
    let answer = thread.sees("Restarting takes somebody").await;
    answer.until("for <@").await;
    assert_shown!(seen(&answer.text()), @r"
    **Jarvis**
    I look.
    -# ✓ `container_list` · Containers on `local` STATES · ref REFERENCE
    -# ✓ `container_logs` · 1 line · ref REFERENCE
    I restart it.
    -# ✕ `container_restart` · takes `container.restart`
    `down-web` ended: it cannot reach the database. Restarting takes somebody who may.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert_eq!(state("{{.State.StartedAt}}"), began, "nothing was restarted");
    let read = model.questions()[2].to_string();
    assert!(
        read.contains("exited") && read.contains("cannot reach the database"),
        "it answers from what there is: {read}"
    );

    // Whoever may restart is asked, and what came of it is looked up again.
    looks();
    model.will(Say::Calls("The database is there by now. I would restart it.".into(), restart()));
    let thread = Thread::asked(&admin, "why is web down? bring it up").await;
    let question = thread.sees("Approve?").await;
    assert_shown!(seen(&question.text()), @r"
    ! **Approve?** Restart container `down-web` on `local`
    asked by `Jarvis` for <@…> · changes something, asked by a model
    Details
    Approve
    Deny
    -# a person who may do `container.restart` on `local` · plan HASH · expires <t:…:R>
    ");
    assert_eq!(state("{{.State.StartedAt}}"), began, "nothing is restarted without a yes");
    model.will(Say::Calls(String::new(), vec![("container_list".into(), on_local(&[]))]));
    model.will(Say::Text("`down-web` is up again.".into()));
    question.press(&admin, "Approve").await;
    let answer = thread.sees("is up again").await;
    answer.until("for <@").await;
    assert_shown!(seen(&answer.text()), @r"
    **Jarvis**
    I look.
    -# ✓ `container_list` · Containers on `local` STATES · ref REFERENCE
    -# ✓ `container_logs` · 1 line · ref REFERENCE
    The database is there by now. I would restart it.
    -# ✓ `container_restart` · took TIME · ref REFERENCE
    -# ✓ `container_list` · Containers on `local` STATES · ref REFERENCE
    `down-web` is up again.
    What it did
    -# `qwen3:8b · ollama, local` · for <@…>
    ");
    assert_eq!(state("{{.State.Running}} {{.RestartCount}}"), "true 0");
    let asked = model.questions().pop().unwrap();
    let verified = asked["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap();
    assert!(verified.contains(r#""down-web","stands":"running""#), "it looked after the restart: {verified}");
    world.end().await;
}
