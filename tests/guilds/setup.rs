//! The wizard, a step at a time.

use super::{all_but, here, overwrite};
use crate::{
    people::{Person, Shown},
    world::World,
};

on_both_worlds! {
    a_guild_is_set_up_a_step_at_a_time
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
    tickets
    Members ask for help on a panel, staff answer in private threads
    overlays
    What OBS lays over a stream: alerts, chat, goals, timers, a canvas
    streams
    Who goes live on Twitch, YouTube and Kick is told once; accounts there, and one's own stream
    presence
    My own status: who is live, Plex, Lanyard, in every server; and Plex for overlays
    log
    What happens, shown in channels: chosen events, folded
    Next
    Back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // As many go as Discord takes at once: more of them would follow by themselves.
    let kept = [
        "servers",
        "metrics",
        "alerts",
        "containers",
        "jarvis",
        "files",
        "service-map",
        "runbooks",
        "tickets",
        "overlays",
        "streams",
    ];
    wizard.choose(&admin, "Choose the features", &kept).await;
    assert_shown!(wizard.until("this guild").await.masked(), @r"
    ✓ **Set up** this guild
    ops channel  <#…>
    operators  <@…>
    features  `servers`, `metrics`, `alerts`, `containers`, `jarvis`, `files`, `service-map`, `runbooks`, `tickets`, `overlays`, `streams`
    Doctor
    Back
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(here(&world), all_but(&["log", "schedule", "secret"]));
    wizard.press(&admin, "Doctor").await;
    assert_shown!(wizard.until("looked at").await.masked(), @r"
    ✓ **Nothing is missing** in this guild
    7 looked at · 11 features on
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
    43 grants, each on everything
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
    `ticket.*`
    `overlay.*`
    `stream.*`
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
    43 grants given
    They count from now on. `/grant list` shows them.
    Next
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(store.grants(guild).await.unwrap().len(), 43);
    store.close().await;
}
