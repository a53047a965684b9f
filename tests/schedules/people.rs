//! Schedules as people use them.

use crate::world::World;

on_both_worlds! {
    a_schedule_is_understood_made_and_run
    a_schedule_is_paused_resumed_and_removed
    a_schedule_that_changes_something_asks_in_its_channel
    what_a_schedule_asks_for_somebody_they_cannot_say_yes_to_where_they_could_not_do_it_alone
}

async fn a_schedule_is_understood_made_and_run(mut world: World) {
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    assert_shown!(admin.ask("/schedule list").await.masked(), @r"
    **Schedules** none yet
    `/schedule add` makes one: `when:every weekday at 18:00 action:server.run options:server:web-1 command:df -h`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let shown = admin
        .ask("/schedule add name:disk when:\"every weekday at 18:00\" action:server.run options:\"server:box command:echo free: much\" zone:Europe/Rome")
        .await;
    assert_shown!(shown.masked(), @r"
    ! **Add?** schedule `disk`
    at 18:00, on Monday, Tuesday, Wednesday, Thursday and Friday · Europe/Rome
    Run `echo free: much` on `box`
    Next: <t:…:F> · <t:…:F> · <t:…:F>
    Nobody needs to say yes to it: only looks, asked by an automation. It runs as you, with what you may do at that moment.
    Add
    -# missed ones are made up for once, 10 minutes late is missed · ref REFERENCE · by <@…> · <t:…:R>
    ");
    shown.press(&admin, "Add").await;
    shown.until("Added").await;
    assert_shown!(shown.masked(), @r"
    ✓ **Added** schedule `disk`
    at 18:00, on Monday, Tuesday, Wednesday, Thursday and Friday · Europe/Rome
    Run `echo free: much` on `box`
    Next: <t:…:F> · <t:…:F> · <t:…:F>
    Nobody needs to say yes to it: only looks, asked by an automation. It runs as you, with what you may do at that moment.
    -# missed ones are made up for once, 10 minutes late is missed · ref REFERENCE · by <@…> · <t:…:R>
    ");

    let started = admin.ask("/schedule run name:disk").await;
    assert_shown!(started.masked(), @r"
    ✓ **Started** schedule `disk`
    Run `echo free: much` on `box`
    It runs as you. How it ends is told in <#…>.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let told = admin.sees("exit 0 after").await;
    assert_shown!(told.masked(), @r"
    ✓ **`echo free: much`** on `box`
    exit 0 after TIME · 1 line
    ```ansi
    free: much
    ```
    box-REFERENCE.log
    Run again
    -# ref REFERENCE · schedule `disk` for <@…> · <t:…:R>
    box-REFERENCE.log
    ");

    assert_shown!(admin.ask("/schedule list").await.masked(), @r"
    **Schedules** 1
    1 active
    ✓ `disk`  Run `echo free: much` on `box` · next <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/schedule show name:disk").await.masked(), @r"
    **Schedule** `disk`
    at 18:00, on Monday, Tuesday, Wednesday, Thursday and Friday · Europe/Rome
    Run `echo free: much` on `box`
    Next: <t:…:F> · <t:…:F> · <t:…:F>
    ✓ <t:…:f>  done · by hand
    Run now
    Pause
    -# as <@…> · missed ones are made up for once, 10 minutes late is missed · ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

async fn a_schedule_is_paused_resumed_and_removed(world: World) {
    let admin = world.admin().await;
    let shown =
        admin.ask("/schedule add name:disk when:\"every weekday at 18:00\" action:server.list zone:Europe/Rome").await;
    shown.press(&admin, "Add").await;
    shown.until("Added").await;
    assert_shown!(admin.ask("/schedule pause name:disk").await.masked(), @r"
    ✓ **Paused** schedule `disk`
    What comes due meanwhile is left out. What runs now goes on to its end.
    Resume
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/schedule show name:disk").await.masked(), @r"
    ! **Schedule** `disk`
    at 18:00, on Monday, Tuesday, Wednesday, Thursday and Friday · Europe/Rome
    List the servers
    Paused: <@…> paused it.
    Run now
    Resume
    -# as <@…> · missed ones are made up for once, 10 minutes late is missed · ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/schedule resume name:disk").await.masked(), @r"
    ✓ **Resumed** schedule `disk`
    Next: <t:…:F> · <t:…:F> · <t:…:F>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/schedule remove name:disk").await.masked(), @r"
    ✓ **Removed** schedule `disk`
    it was `every weekday at 18:00` in Europe/Rome
    List the servers
    What runs now goes on to its end, and is in the audit log.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let member = world.member().await;
    assert_shown!(member.ask("/schedule show name:disk").await.masked(), @r"
    ✕ **You may not** see schedule `disk`
    It takes `schedule.show` on `disk`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

async fn a_schedule_that_changes_something_asks_in_its_channel(mut world: World) {
    let sshd = world.with_server("box").await;
    let (admin, approver) = (world.admin().await, world.newcomer("ann", &[]).await);
    admin.ask("/grant person person:@ann allow:server.run on:box").await;
    let place = super::kills::anybodys();
    let file = place.path().join("touched");
    let line = format!(
        "/schedule add name:touch when:\"in 2 days\" action:server.run options:\"server:box command:touch {}\"",
        file.display()
    );
    let shown = admin.ask(&line).await;
    assert!(shown.text().contains("Each time another person is asked first"), "{}", shown.text());
    shown.press(&admin, "Add").await;
    shown.until("Added").await;
    admin.ask("/schedule run name:touch").await;
    let question = approver.sees("Approve?").await;
    assert!(question.text().contains("asked by `touch` for"), "{}", question.text());
    assert!(!file.exists());
    world.noted_every_question().await;
    question.press(&approver, "Approve").await;
    question.until("exit 0 after").await;
    assert!(file.exists());
    drop(sshd);
    world.end().await;
}

async fn what_a_schedule_asks_for_somebody_they_cannot_say_yes_to_where_they_could_not_do_it_alone(mut world: World) {
    let _sshd = world.with_server("box").await;
    let (admin, maker) = (world.admin().await, world.newcomer("ann", &[]).await);
    for held in ["server.run on:box", "schedule.* on:*"] {
        admin.ask(&format!("/grant person person:@ann allow:{held}")).await.until("Granted").await;
    }
    let place = super::kills::anybodys();
    let file = place.path().join("touched");
    let options = format!("options:\"server:box command:touch {}\"", file.display());
    let made = maker.ask(&format!("/schedule add name:sly when:\"in 2 days\" action:server.run {options}")).await;
    made.press(&maker, "Add").await;
    made.until("Added").await;
    maker.ask("/schedule run name:sly").await;
    let question = maker.sees("Approve?").await;
    world.noted_every_question().await;
    question.press(&maker, "Approve").await;
    assert_shown!(maker.sees("Somebody else decides").await.masked(), @r"
    ✕ **Somebody else decides this**
    It is asked in your name. It takes another person who may do `server.run` on `box`. Nothing was changed.
    -# by <@…> · <t:…:R>
    ");

    // What asked is off by now, though what it asks for is on.
    admin.ask("/feature off feature:schedules").await.until("off").await;
    question.press(&admin, "Approve").await;
    question.until("was switched off here since this was asked").await;
    assert!(!file.exists(), "it never ran");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_typed_is_completed_and_what_cannot_be_meant_is_refused() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    let add = "/schedule add name:a when:\"every day at 9\"";
    assert_eq!(admin.offered(&format!("{add} action:server.rem")).await, ["server.remove"]);
    assert!(member.offered(&format!("{add} action:server.r")).await.is_empty(), "they may do neither");
    assert!(admin.offered(&format!("{add} action:secret.se")).await.is_empty(), "it takes a secret");
    assert_eq!(admin.offered(&format!("{add} action:server.run options:")).await, ["server:", "command:", "minutes:"]);
    assert_eq!(admin.offered(&format!("{add} action:server.run options:server:b")).await, ["server:box"]);
    assert_eq!(admin.offered("/schedule add zone:rom").await[0], "Europe/Rome");
    for (line, why) in [
        ("/schedule add name:a when:\"every 30 seconds\" action:server.list", "the shortest interval is 1 minute"),
        ("/schedule add name:a when:\"0 0 30 2 *\" action:server.list", "no day on any calendar fits it"),
        ("/schedule add name:a when:\"every day at 9\" action:schedule.list", "cannot be scheduled"),
        (
            "/schedule add name:a when:\"every day at 9\" action:server.run options:\"server:box\"",
            "`command:` must be there",
        ),
        ("/schedule add name:\"a b\" when:\"every day at 9\" action:server.list", "A schedule's name is"),
    ] {
        let refusal = admin.ask(line).await;
        assert!(refusal.text().contains(why) && refusal.is_private(), "{line}: {}", refusal.text());
    }
    let line = "/schedule add name:a when:\"every day at 9\" action:server.run options:\"server:bix command:df\"";
    admin.ask(line).await.until("I know no server called `bix`").await;
    let unknown = admin.ask("/schedule run name:nothing").await;
    assert!(unknown.text().contains("I know no schedule called `nothing`"), "{}", unknown.text());
    world.end().await;
}
