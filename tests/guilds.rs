//! Features and set-up: what is on, who may what, what is missing, and how the bot looks.

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    what_is_off_has_no_commands_and_its_buttons_forms_and_questions_are_refused
    a_guild_is_set_up_a_step_at_a_time
    a_guild_is_welcomed_once_each_time_the_bot_joins
    what_discord_takes_no_more_of_today_is_said_and_counted_across_restarts
}

/// Every group of commands that belongs to a feature.
const COMMANDS: &[&str] = &[
    "Ask Jarvis about this",
    "agent",
    "ai",
    "alert",
    "compose",
    "container",
    "file",
    "fleet",
    "forget",
    "image",
    "incident",
    "jarvis",
    "log",
    "mcp",
    "memory",
    "model",
    "network",
    "playbook",
    "probe",
    "prompt",
    "registry",
    "remember",
    "runbook",
    "schedule",
    "secret",
    "server",
    "service",
    "skill",
    "volume",
];

/// All of them but these.
fn all_but(these: &[&str]) -> Vec<&'static str> {
    COMMANDS.iter().copied().filter(|name| !these.contains(name)).collect()
}

/// The names of a guild's own commands.
fn here(world: &World) -> Vec<String> {
    let own = world.sandbox.commands().into_iter().filter(|command| command.get("guild_id").is_some());
    let mut names: Vec<String> = own.map(|command| command["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// Asks Discord with the bot's own token, as whoever else has it would.
async fn as_the_bot(world: &World, method: Method, path: &str) -> Value {
    let url = format!("{}/api/v10{path}", world.sandbox.page_url());
    let asked = reqwest::Client::new().request(method, url);
    let answer = asked.header("Authorization", format!("Bot {}", world.sandbox.bot_token())).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

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
    **Features** 9 on · 2 off
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
    log
    What happens, shown in channels: chosen events, folded
    Switch on
    servers
    Linux servers over SSH: commands, checks, pinned keys
    secrets
    Named secrets: typed into forms, sealed, used by name
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

async fn what_discord_takes_no_more_of_today_is_said_and_counted_across_restarts(mut world: World) {
    let admin = world.admin().await;
    admin.ask("/feature off feature:servers").await.until("Switched off").await;
    let store = world.store().await;
    // So many were made new when the bot joined.
    assert_eq!(store.claim_creations(world.guild(), 500, 200).await.unwrap(), 200 - COMMANDS.len());
    store.close().await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let on = admin.ask("/feature on feature:servers").await;
    assert_shown!(on.until("Switched on").await.masked(), @r"
    ✓ **Switched on** `servers`
    `/server`
    Discord takes 200 new commands a day here, and has had them: `/server` follows <t:…:R>.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(here(&world), all_but(&["server"]));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_were_global_become_the_guilds_and_a_list_that_somebody_changed_heals() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let application = world.sandbox.application_id();
    assert!(world.stop_bot().await);
    // As a bot of before left it, and as somebody with the token changes it.
    let global = format!("/applications/{application}/commands");
    let url = format!("{}/api/v10{global}", world.sandbox.page_url());
    let old = json!({ "name": "server", "description": "Servers", "type": 1 });
    let token = format!("Bot {}", world.sandbox.bot_token());
    let sent = reqwest::Client::new().post(url).header("Authorization", token).json(&old).send().await.unwrap();
    assert_eq!(sent.status().as_u16(), 201);
    world.start_bot().await;
    let global = as_the_bot(&world, Method::GET, &global).await;
    let names: Vec<&str> = global.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"feature") && !names.contains(&"server"), "{names:?}");

    let own = format!("/applications/{application}/guilds/{}/commands", world.guild());
    let there = as_the_bot(&world, Method::GET, &own).await;
    let id = there.as_array().unwrap().iter().find(|one| one["name"] == "server").unwrap()["id"].clone();
    as_the_bot(&world, Method::DELETE, &format!("{own}/{}", id.as_str().unwrap())).await;
    assert_eq!(here(&world), all_but(&["server"]));
    admin.ask("/setup doctor").await.until("commands: 1 put right").await;
    assert_eq!(here(&world), all_but(&[]));
    world.end().await;
}

#[expect(clippy::too_many_lines, reason = "the steps of one wizard read best in a row")]
async fn a_guild_is_set_up_a_step_at_a_time(world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let refused = member.ask("/setup start").await;
    assert!(refused.is_private() && refused.text().contains("You may not"), "{}", refused.text());

    let wizard = admin.ask("/setup start").await;
    assert!(wizard.is_private());
    assert_shown!(wizard.until("Set up").await.masked(), @r"
    **Set up** the ops channel
    step 1 of 4
    Incidents go there, and what an automation asks. Whoever answers should see it.
    Choose the ops channel
    Next
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // A channel it may not write in is refused, and nothing is set.
    let guild = world.guild();
    overwrite(&admin, &world, "general", 0, 1 << 11).await;
    let refused = wizard.choose(&admin, "Choose the ops channel", &["#general"]).await.answer().await;
    refused.until("I may not use").await;
    assert!(refused.is_private());
    assert!(wizard.text().contains("step 1 of 4"), "{}", wizard.text());
    let store = world.store().await;
    assert_eq!(store.guild_settings(guild).await.unwrap().ops_channel, None);

    wizard.choose(&admin, "Choose the ops channel", &["#ops"]).await;
    assert_shown!(wizard.until("step 2 of 4").await.masked(), @r"
    **Set up** the operators
    step 2 of 4
    Who runs things here day by day. You see what a role would be given before it is.
    Choose the operators' role
    Next
    Back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    operators_are_made(&wizard, &admin, &world).await;
    wizard.press(&admin, "Next").await;
    assert_shown!(wizard.until("approvals").await.masked(), @r"
    **Set up** approvals
    step 3 of 4
    Looking needs nobody's yes. What a person changes happens at once; what cannot be brought back they confirm. A command line that is not known to only look waits for another person, unless an administrator runs it, and so does all that a model or an automation would change.
    `/policy set` says otherwise, for one action or for all.
    Next
    Back
    Show the rules
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    wizard.press(&admin, "Next").await;
    assert_shown!(wizard.until("step 4 of 4").await.masked(), @r"
    **Set up** the features
    step 4 of 4
    What is off has no commands here, and its buttons, forms and schedules are refused.
    Choose the features
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
    log
    What happens, shown in channels: chosen events, folded
    Next
    Back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // As many go as Discord takes at once: more of them would follow by themselves.
    let kept = ["servers", "metrics", "alerts", "containers", "jarvis", "files", "service-map", "runbooks"];
    wizard.choose(&admin, "Choose the features", &kept).await;
    assert_shown!(wizard.until("this guild").await.masked(), @r"
    ✓ **Set up** this guild
    ops channel  <#…>
    operators  <@…>
    features  `servers`, `metrics`, `alerts`, `containers`, `jarvis`, `files`, `service-map`, `runbooks`
    Doctor
    Back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(here(&world), all_but(&["log", "schedule", "secret"]));
    wizard.press(&admin, "Doctor").await;
    assert_shown!(wizard.until("looked at").await.masked(), @r"
    ✓ **Nothing is missing** in this guild
    7 looked at · 8 features on
    – `Bypass Slowmode`: slow mode holds my messages up; since February 2026 `Manage Messages` no longer includes it. Nothing that is on needs it.
    ✓ commands · ops channel · operators' role · permissions · intents · role order
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let settings = store.guild_settings(guild).await.unwrap();
    assert_eq!(settings.ops_channel.map(|id| id.to_string()), world.sandbox.channel_id("ops"));
    assert_eq!(settings.operators.map(|id| id.to_string()), world.sandbox.role_id("Operators"));
    store.close().await;
    admin.give(&member, "Operators").await;
    member.ask("/server list").await.until("Servers").await;
    let rows = world.audited().await;
    for row in ["admin setup.channel : done", "admin setup.operators : done", "admin setup.features : done"] {
        assert!(rows.iter().any(|line| line == row), "{row} is not among {rows:#?}");
    }
    world.end().await;
}

/// The second step: what a role would be given is shown before it is.
async fn operators_are_made(wizard: &Shown, admin: &Person, world: &World) {
    let (store, guild) = (world.store().await, world.guild());
    wizard.choose(admin, "Choose the operators' role", &["@Operators"]).await;
    assert_shown!(wizard.until("Give?").await.masked(), @r"
    ! **Give?** An operator's grants to <@…>
    40 grants, each on everything
    `job.cancel`
    `audit.search`
    `audit.show`
    `policy.show`
    `policy.explain`
    `server.*`
    `metrics.*`
    `alert.*`
    `probe.list`
    `probe.test`
    `incident.*`
    `container.*`
    `compose.*`
    `image.*`
    `volume.*`
    `network.*`
    `jarvis.*`
    `ai.status`
    `ai.usage`
    `model.list`
    `model.show`
    `agent.*`
    `skill.*`
    `registry.*`
    `playbook.*`
    `memory.*`
    `prompt.*`
    `mcp.list`
    `mcp.show`
    `mcp.tools`
    `mcp.call`
    `mcp.token-create`
    `file.*`
    `service.*`
    `secret.list`
    `secret.uses`
    `secret.use`
    `schedule.*`
    `runbook.*`
    `log.list`
    Who has the role can do this from then on. `/grant list` shows it, `/grant revoke` takes it back.
    Give these
    Another role
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(store.grants(guild).await.unwrap().is_empty(), "shown before it is given");
    wizard.press(admin, "Give these").await;
    assert_shown!(wizard.until("Made operators").await.masked(), @r"
    ✓ **Made operators** of <@…>
    40 grants given
    They count from now on. `/grant list` shows them.
    Next
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(store.grants(guild).await.unwrap().len(), 40);
    store.close().await;
}

/// Allows and denies the bot's role something in a channel.
async fn overwrite(admin: &Person, world: &World, channel: &str, allow: u64, deny: u64) {
    let (channel, role) = (world.sandbox.channel_id(channel).unwrap(), world.sandbox.role_id("Nebula").unwrap());
    let body = json!({ "type": 0, "allow": allow.to_string(), "deny": deny.to_string() });
    let path = format!("/channels/{channel}/permissions/{role}");
    admin.client.rest(Method::PUT, &path, Some(&body)).await.unwrap();
}

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
    7 looked at · 11 features on
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
    **Features** 11 on · 0 off
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
    log
    What happens, shown in channels: chosen events, folded
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
    let nothing = "✓ guild Crew     servers, metrics, alerts, containers, jarvis, files, service-map, secrets, schedules, runbooks, log: nothing is missing";
    assert!(text.contains(nothing), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");

    // What cannot be looked at is not fine.
    let aim = sandbox::Aim { route: "GET /guilds/*/channels".to_owned(), ..sandbox::Aim::default() };
    world.sandbox.inject(sandbox::Fault::ServerError { status: 500, aim }).unwrap();
    let unsure = admin.ask("/setup doctor").await;
    assert_shown!(unsure.until("looked at").await.masked(), @r"
    ! **Could not look** at 1 thing
    2 looked at · 11 features on
    ? could not look at permissions, channels and roles: Discord does not say how this guild stands. Nothing was done.
    ✓ commands
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    store.close().await;
    world.end().await;
}

async fn a_guild_is_welcomed_once_each_time_the_bot_joins(mut world: World) {
    let admin = world.admin().await;
    let general = world.sandbox.channel_id("general").unwrap();
    let welcomes = |world: &World| {
        let all = world.sandbox.messages(&general);
        all.iter().filter(|message| message.to_string().contains("runs your servers")).count()
    };
    assert_eq!(welcomes(&world), 0, "whoever has known it for a year is not greeted");
    for times in 1..=2 {
        let member = format!("/guilds/{}/members/{}", world.guild(), world.sandbox.application_id());
        admin.client.rest(Method::DELETE, &member, None).await.unwrap();
        world.sandbox.let_bot_in();
        world.until("it says hello", |world| welcomes(world) == times).await;
        // Joins are told apart by their time, which Discord gives in seconds.
        world.sandbox.advance(std::time::Duration::from_secs(2));
    }
    assert!(world.stop_bot().await);
    world.start_bot().await;
    admin.ask("/feature list").await.until("Features").await;
    assert_eq!(welcomes(&world), 2, "a restart tells of every guild again");

    admin.client.go("general").unwrap();
    let card = admin.client.wait_for("the welcome", crate::world::SOON, |state| {
        state.messages(&general).find(|message| message.raw.to_string().contains("runs your")).cloned()
    });
    let card = card.await.unwrap();
    assert_shown!(sandbox::client::message_text(&card.raw), @r"
    **Nebula** runs your servers from here
    Nothing is connected yet, and only administrators may do anything.
    Set up where incidents go, who the operators are, and what is on. It takes a minute.
    Set up
    ");
    let opened = admin.client.press(&card, "Set up").await.unwrap();
    let wizard = admin.client.answer(&opened, crate::world::SOON).await.unwrap();
    assert!(wizard.is_ephemeral() && wizard.raw.to_string().contains("step 1 of 4"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_looks_as_a_guild_wants_it_and_back() {
    let world = World::start().await;
    let admin = world.admin().await;
    std::fs::write(world.path("face.png"), b"\x89PNG\r\n\x1a\n a small picture").unwrap();
    std::fs::write(world.path("face.txt"), b"no picture at all").unwrap();
    let (picture, text) = (world.path("face.png"), world.path("face.txt"));
    let me = format!("/guilds/{}/members/{}", world.guild(), world.sandbox.application_id());

    assert_snapshot_of(&admin, "/setup identity").await;
    let line = format!(r#"/setup identity nickname:Ops avatar:"@{}" bio:"Here to help""#, picture.display());
    let changed = admin.ask(&line).await;
    changed.until("Changed").await;
    assert_shown!(changed.masked(), @r"
    ✓ **Changed** how I look here
    nickname  my own name → `Ops`
    avatar  as everywhere → another one
    bio  `Here to help`
    Discord does not keep the bio of before.
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let now = as_the_bot(&world, Method::GET, &me).await;
    assert!(now["nick"] == "Ops" && now["avatar"].is_string() && now["banner"].is_null(), "{now}");
    let undone = changed.try_press(&admin, "Undo").await.unwrap().answer().await;
    assert_shown!(undone.until("my own name").await.masked(), @r"
    ✓ **Changed** how I look here
    nickname  `Ops` → my own name
    avatar  one of its own → as everywhere
    Discord does not keep the avatar of before.
    Undo
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let now = as_the_bot(&world, Method::GET, &me).await;
    assert!(now["nick"].is_null() && now["avatar"].is_null(), "{now}");

    let wrong = admin.ask(&format!(r#"/setup identity banner:"@{}""#, text.display())).await;
    wrong.until("must be a PNG").await;
    admin.ask("/setup identity reset:everything").await.until("banner  as everywhere").await;
    world.end().await;
}

async fn assert_snapshot_of(admin: &Person, line: &str) {
    assert_shown!(admin.ask(line).await.masked(), @r"
    ✕ **That will not work**
    Say what to change: a nickname, an avatar, a banner or a bio. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
}
