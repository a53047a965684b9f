//! Alerts that name a runbook: it is run once for each, as whoever made the rule, and not more often than was said.

use base::{Redactor, UserId};
use store::events::{Kind, NewEvent};

use super::{import, tell_ops};
use crate::world::World;

on_both_worlds! {
    an_alert_has_its_runbook_run_once_and_no_more_often_than_was_said
}

const HEAL: &str = "name: Heal
cooldownMinutes: 10
steps:
  - {name: Say, type: notify, params: {message: \"{{subject}} is {{level}}\"}}
";

/// What an alert's opening says.
fn opened(world: &World, subject: &str, rule: &str, by: &str) -> NewEvent {
    NewEvent::in_guild(Kind::AlertOpened, world.guild(), &Redactor::default())
        .about(subject)
        .by(UserId(by.parse().unwrap()))
        .with("runbook", "heal")
        .with("rule", rule)
        .with("rule_id", rule)
        .with("alert", "alert-1")
        .with("level", "critical")
        .with("subject_kind", "server")
        .with("set_by", by)
}

async fn an_alert_has_its_runbook_run_once_and_no_more_often_than_was_said(mut world: World) {
    let admin = world.admin().await;
    tell_ops(&world).await;
    import(&world, &admin, HEAL).await;
    // What happens while nobody is there is heard by the next process, once.
    assert!(world.stop_bot().await);
    let store = world.store().await;
    for subject in ["web-1", "web-1", "web-2", "web-3", "web-4"] {
        store.emit(opened(&world, subject, "cpu", &admin.id())).await.unwrap();
    }
    store.emit(opened(&world, "web-9", "disk", "4242")).await.unwrap();
    world.start_bot().await;
    let told = admin.sees("Not healed** `web-4`").await;
    assert_shown!(told.masked(), @r"
    ! **Not healed** `web-4` by runbook `heal`
    alert `cpu`
    It ran 3 times within an hour already, and runs no more by itself.
    ");
    admin.sees("Not healed** `web-9`").await;
    let done = admin
        .sees_where("the runbook's last word", |text| text.contains("Completed") && text.contains("Alert cpu"))
        .await;
    assert_shown!(done.masked(), @r"
    ✓ **Completed** runbook `heal`
    1 of 1 step done · after TIME
    ✓ `Say`  in <#…>
    Run again
    -# ref REFERENCE · `Alert cpu` for <@…>
    ");
    let guild = world.guild();
    let runs = || async {
        let runs = store.runbook_runs(guild, "heal", 100).await.unwrap();
        runs.iter().filter(|run| run.state == "completed").count()
    };
    while runs().await < 3 {
        tokio::task::yield_now().await;
    }
    // Read again from the beginning, nothing is done twice; and counting goes on across a restart.
    world.kill_bot();
    store.emit(opened(&world, "web-5", "cpu", &admin.id())).await.unwrap();
    world.start_bot().await;
    admin.sees("Not healed** `web-5`").await;
    assert_eq!(runs().await, 3, "web-1 once, web-2, web-3");
    store.close().await;
    world.end().await;
}
