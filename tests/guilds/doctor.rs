//! What is missing, what that costs, and what could not be looked at.

use std::process::Stdio;

use super::overwrite;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_missing_what_it_costs_and_what_it_could_not_look_at() {
    let world = World::start().await;
    let admin = world.admin().await;
    let store = world.store().await;
    let ops: u64 = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
    overwrite(&admin, &world, "ops", 0, (1 << 15) | (1 << 16)).await;
    let found = admin.ask("/setup doctor").await;
    assert!(found.is_private());
    assert_shown!(found.until("missing").await.masked(), @r"
    ! **2 things are missing** in this guild
    7 looked at · 14 features on
    ✕ `Read Message History` in <#…>: a reminder cannot stand under the question it is about
    -# <#…> → Edit Channel → Permissions: allow it for `Nebula`.
    ✕ `Attach Files` in <#…>: whole logs stay behind; cards show the last lines only
    -# <#…> → Edit Channel → Permissions: allow it for `Nebula`.
    – no operators' role is set: only administrators can do things
    -# `/setup start` sets one.
    – `Bypass Slowmode`: slow mode holds my messages up; since February 2026 `Manage Messages` no longer includes it. Nothing that is on needs it.
    ✓ commands · ops channel · intents
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_shown!(admin.ask("/feature list").await.until("Features").await.masked(), @r"
    **Features** 14 on · 1 off
    ! `servers`  Linux servers over SSH: commands, checks, pinned keys
    -# needs `Attach Files`, `Create Public Threads`, `Send Messages in Threads`, Message Content Intent
    -# missing: `Attach Files`; `/setup doctor` says what that costs
    ✓ `metrics`  How servers are and were: drawn over time, and all of them at a glance
    ✓ `alerts`  What is wrong, told once: rules, probes, incidents with a thread and buttons
    -# needs `Create Public Threads`, `Send Messages in Threads`
    ✓ `containers`  Containers, images and Compose projects on any server
    ✓ `jarvis`  The assistant: answers in threads, looks things up, does what you may do yourself
    -# needs `Create Public Threads`, `Send Messages in Threads`, Message Content Intent
    ✓ `files`  Files on servers: look, fetch, put, edit, undo; in directories you open
    ✓ `service-map`  What runs where and needs what, from a file: drawn, asked, started in order
    ✓ `secrets`  Named secrets: typed into forms, sealed, used by name
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
    servers
    Linux servers over SSH: commands, checks, pinned keys
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
    secrets
    Named secrets: typed into forms, sealed, used by name
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
    presence
    My own status: who is live, Plex, Lanyard, in every server; and Plex for overlays
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // What points at something gone.
    store.set_ops_channel(world.guild(), Some(1)).await.unwrap();
    store.set_operators(world.guild(), base::RoleId(1)).await.unwrap();
    admin.ask("/setup doctor").await.until("the ops channel is gone").await.until("the operators' role is gone").await;

    // The same at the console.
    let check = || world.program("check").stdout(Stdio::piped()).output().unwrap();
    let output = check();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.contains("guild Crew")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.starts_with('✕') && line.contains("the ops channel is gone"), "{line}");
    assert_eq!(output.status.code(), Some(1), "{text}");
    store.set_ops_channel(world.guild(), None).await.unwrap();
    let role: u64 = world.sandbox.role_id("Operators").unwrap().parse().unwrap();
    store.set_operators(world.guild(), base::RoleId(role)).await.unwrap();
    let output = check();
    let text = String::from_utf8(output.stdout).unwrap();
    let nothing = "✓ guild Crew     servers, metrics, alerts, containers, jarvis, files, service-map, secrets, schedules, runbooks, tickets, overlays, streams, log: nothing is missing";
    assert!(text.contains(nothing), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");

    // What cannot be looked at is not fine.
    let aim = sandbox::Aim { route: "GET /guilds/*/channels".to_owned(), ..sandbox::Aim::default() };
    world.sandbox.inject(sandbox::Fault::ServerError { status: 500, aim }).unwrap();
    let unsure = admin.ask("/setup doctor").await;
    assert_shown!(unsure.until("looked at").await.masked(), @r"
    ! **Could not look** at 1 thing
    2 looked at · 14 features on
    ? could not look at permissions, channels and roles: Discord does not say how this guild stands. Nothing was done.
    ✓ commands
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    store.close().await;
    world.end().await;
}
