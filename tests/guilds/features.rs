//! What is off in a guild does nothing there, whichever way it is asked for.

use super::{all_but, here};
use crate::world::World;

on_both_worlds! {
    what_is_off_has_no_commands_and_its_buttons_forms_and_questions_are_refused
}

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn what_is_off_has_no_commands_and_its_buttons_forms_and_questions_are_refused(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let _box = world.with_server("box").await;
    assert_eq!(here(&world), all_but(&[]));
    let run = admin.ask("/server run server:box command:uptime").await;
    run.until("exit 0").await;
    let question = admin.ask("/server run server:box command:rm -rf /srv/nothing-there").await;
    question.until("can destroy").await;
    let form = admin.slash("/secret set name:DEPLOY_TOKEN").await.form();

    let refused = member.ask("/feature off feature:servers").await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());
    assert_shown!(admin.ask("/feature off feature:servers").await.until("Switched").await.masked(), @r"
    ✓ **Switched off** `servers`
    `/server`
    Its commands are gone here, and its buttons, forms and open questions are refused. Nothing was deleted.
    `/feature on feature:servers` brings it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/feature off feature:secrets").await.until("Switched off").await;
    assert_eq!(here(&world), all_but(&["secret", "server"]));
    assert!(admin.client.slash("/server list").await.is_err(), "there is no such command any more");

    // What was on the screen before is still there, and does nothing.
    let pressed = run.try_press(&admin, "Run again").await.unwrap().answer().await;
    assert!(pressed.is_private());
    assert_shown!(pressed.masked(), @r"
    ✕ **servers is off** in this guild
    Nothing was done. An administrator can switch it on with `/feature on feature:servers`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let filled = form.fill(&[("Value", "not-kept-anywhere")]).await;
    assert!(filled.is_private() && filled.text().contains("secrets is off"), "{}", filled.text());
    question.press(&admin, "Confirm").await;
    assert_shown!(question.until("Not done").await.masked(), @r"
    ✕ **Not done** Run `rm -rf /srv/nothing-there` on `box`
    `servers` was switched off here since this was asked. Nothing was run; ask again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    assert_shown!(admin.ask("/feature off feature:servers").await.until("already").await.masked(), @r"
    – **Off already** `servers`
    `/server`
    Its commands are gone here, and its buttons, forms and open questions are refused. Nothing was deleted.
    `/feature on feature:servers` brings it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/feature list").await.until("Features").await.masked(), @r"
    **Features** 12 on · 3 off
    – `servers`  Linux servers over SSH: commands, checks, pinned keys
    -# needs `Attach Files`, `Create Public Threads`, `Send Messages in Threads`, Message Content Intent
    ✓ `metrics`  How servers are and were: drawn over time, and all of them at a glance
    ✓ `alerts`  What is wrong, told once: rules, probes, incidents with a thread and buttons
    -# needs `Create Public Threads`, `Send Messages in Threads`
    ✓ `containers`  Containers, images and Compose projects on any server
    ✓ `jarvis`  The assistant: answers in threads, looks things up, does what you may do yourself
    -# needs `Create Public Threads`, `Send Messages in Threads`, Message Content Intent
    ✓ `files`  Files on servers: look, fetch, put, edit, undo; in directories you open
    ✓ `service-map`  What runs where and needs what, from a file: drawn, asked, started in order
    – `secrets`  Named secrets: typed into forms, sealed, used by name
    ✓ `schedules`  Anything done at its time: every night, every 15 minutes, once
    ✓ `runbooks`  What is done when something happens, step by step; by hand or from an alert
    ✓ `tickets`  Members ask for help on a panel, staff answer in private threads
    -# needs `Create Private Threads`, `Send Messages in Threads`, `Manage Threads`, Server Members Intent, Message Content Intent
    ✓ `overlays`  What OBS lays over a stream: alerts, chat, goals, timers, a canvas
    ✓ `streams`  Who goes live on Twitch, YouTube and Kick is told once; accounts there, and one's own stream
    -# needs `Manage Roles`
    – `presence`  My own status: who is live, Plex, Lanyard, in every server; and Plex for overlays
    ✓ `log`  What happens, shown in channels: chosen events, folded
    Switch off
    metrics
    How servers are and were: drawn over time, and all of them at a glance
    alerts
    What is wrong, told once: rules, probes, incidents with a thread and buttons
    containers
    Containers, images and Compose projects on any server
    jarvis
    The assistant: answers in threads, looks things up, does what you may do yourself
    files
    Files on servers: look, fetch, put, edit, undo; in directories you open
    service-map
    What runs where and needs what, from a file: drawn, asked, started in order
    schedules
    Anything done at its time: every night, every 15 minutes, once
    runbooks
    What is done when something happens, step by step; by hand or from an alert
    tickets
    Members ask for help on a panel, staff answer in private threads
    overlays
    What OBS lays over a stream: alerts, chat, goals, timers, a canvas
    streams
    Who goes live on Twitch, YouTube and Kick is told once; accounts there, and one's own stream
    log
    What happens, shown in channels: chosen events, folded
    Switch on
    servers
    Linux servers over SSH: commands, checks, pinned keys
    secrets
    Named secrets: typed into forms, sealed, used by name
    presence
    My own status: who is live, Plex, Lanyard, in every server; and Plex for overlays
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let lines = world.audited().await;
    for row in
        ["admin server.run box: refused", "admin secret.set DEPLOY_TOKEN: refused", "admin feature.off servers: done"]
    {
        assert!(lines.iter().any(|line| line == row), "{row} is not among {lines:#?}");
    }

    assert_shown!(admin.ask("/feature on feature:servers").await.until("Switched").await.masked(), @r"
    ✓ **Switched on** `servers`
    `/server`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(here(&world), all_but(&["secret"]));
    admin.ask("/server run server:box command:uptime").await.until("exit 0").await;
    world.end().await;
}
