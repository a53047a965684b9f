//! A container is killed by hand: the alert comes, an incident opens, its runbook brings the container back once somebody said yes,
//! and the incident resolves itself.

use insta::assert_snapshot;

use super::{Yard, masked};
use crate::{incidents::said, people::Person, world::World};

/// A guild that watches the yard, and has a runbook for what goes wrong there.
async fn prepared(world: &World, admin: &Person, member: &Person) {
    let store = world.store().await;
    let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
    store.close().await;
    let sample = admin.ask("/runbook import sample:container-recovery").await;
    sample.until("Import?").await.press(admin, "Import").await;
    sample.until("Imported").await;
    // What its file wants is a press, as whoever presses.
    let by_itself = "Run it when a watched container";
    let refused = sample.seen_by(member).await.try_press(member, by_itself).await.unwrap().answer().await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    sample.press(admin, by_itself).await;
    admin.sees("**Changed** rule `container`").await.until("Runs runbook `container-recovery`").await;
    let watched = admin.ask("/container watch server:local channel:#general").await;
    watched.until("Watching").await.until("tells as incidents").await;
    admin.ask("/incident settings calm:1s").await.until("**Set**").await;
    admin.ask("/alert set name:container calm:1s").await.until("Changed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_killed_is_an_incident_until_its_runbook_brought_it_back_after_a_yes() {
    let Some(yard) = Yard::alone("heal") else { return };
    let mut world = World::with_docker(&yard.docker).await;
    let (admin, member) = (world.admin().await, world.member().await);
    prepared(&world, &admin, &member).await;
    let web = yard.run("web", &["--init"], "echo ready; exec sleep 1000");

    yard.docker.run(&["kill", &web]);
    let incident = admin.sees("incident 1").await;
    assert_snapshot!(masked(&incident.text()), @r"
    ✕ **`heal-web` ended with exit 137 by SIGKILL** on `local`
    critical · since <t:…:R> · nobody has it
    Acknowledge
    Snooze
    15 minutes
    1 hour
    4 hours
    until morning
    Run a runbook
    container-recovery
    Container recovery
    Escalate
    Resolve
    -# incident 1
    ");
    let thread = incident.message().id().to_owned();
    let question = admin.sees_in(&thread, "Approve?").await;
    assert_snapshot!(masked(&question.text()), @r"
    ! **Approve?** Start container `heal-web` on `local`
    asked by `Runbook container-recovery` for <@…> · changes something, asked by an automation
    Details
    Approve
    Deny
    -# a person who may do `container.start` on `local` · plan HASH · expires <t:…:R>
    ");
    // Nothing was begun, and a restart asks nobody twice.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    assert_eq!(yard.docker.run(&["inspect", "--format", "{{.State.Running}}", &web]), "false");
    question.press(&admin, "Approve").await;
    let done = admin.sees("**Completed** runbook").await;
    assert_snapshot!(masked(&done.text()), @r"
    ✓ **Completed** runbook `container-recovery`
    5 of 5 steps done · after TIME
    ✓ `Last lines`  1 line
    ✓ `Start`  took TIME
    ✓ `Settle`  waited 10 s
    ✓ `Look`  since <t:…:R> · `busybox:local`
    ✓ `Say so`  in <#…>
    Run again
    -# ref REFERENCE · `Alert container` for <@…>
    ");
    assert_eq!(yard.docker.run(&["inspect", "--format", "{{.State.Running}}", &web]), "true");
    incident.until("resolved").await;
    assert_snapshot!(masked(&incident.text()), @r"
    ✓ **`heal-web` ended with exit 137 by SIGKILL** on `local`
    resolved · after TIME
    -# incident 1
    ");

    // The incident has the word: the watch's own channel hears nothing of it.
    let general = world.sandbox.messages(&world.sandbox.channel_id("general").unwrap());
    assert!(!general.iter().any(|message| message.to_string().contains("heal-web")), "{general:?}");

    // It comes back to the same incident; by hand, whoever may chooses the runbook there, and it knows what is wrong.
    admin.ask("/alert set name:container runbook:none").await.until("Changed").await;
    yard.docker.run(&["kill", &web]);
    world.until("it is open again", |_| incident.text().contains("Run a runbook")).await;
    let refused = incident.seen_by(&member).await.choose(&member, "Run a runbook", &["container-recovery"]).await;
    refused.answer().await.until("You may not").await;
    let chosen = incident.choose(&admin, "Run a runbook", &["container-recovery"]).await.answer().await;
    let question = admin.sees_in(&thread, "Approve?").await;
    question.press(&admin, "Approve").await;
    chosen.until("**Completed** runbook").await;
    world.until("it is over again", |_| incident.text().contains("resolved")).await;
    // A runbook that ends when its incident is over says so there all the same; when exactly is a matter of luck.
    let ends = |world: &World| said(world, &thread).matches("ended: completed").count();
    world.until("both ends are told", |world| ends(world) == 2).await;
    let told = said(&world, &thread);
    let told: Vec<&str> =
        told.lines().filter(|line| line.starts_with("<t:") && !line.contains("ended: completed")).collect();
    assert_snapshot!(masked(&told.join("\n")), @r"
    <t:…:T> ✕ opened: `heal-web` on `local` ended with exit 137 by SIGKILL (critical)
    <t:…:T> runbook `container-recovery` began
    <t:…:T> ✓ `heal-web` on `local` is well again: ended with exit 137 by SIGKILL is over; nothing else is wrong
    <t:…:T> ✓ resolved after TIME: all of it is well
    <t:…:T> ✕ came back: `heal-web` on `local` ended with exit 137 by SIGKILL (critical)
    <t:…:T> runbook `container-recovery` began
    <t:…:T> ✓ `heal-web` on `local` is well again: ended with exit 137 by SIGKILL is over; nothing else is wrong
    <t:…:T> ✓ resolved after TIME: all of it is well; it came back 1 time
    ");
    world.end().await;
}
