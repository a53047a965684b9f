//! `/probe set kind:command`: a line on a real server, and who may have it run.

use crate::{
    alerts::told_so_often_about,
    world::{SOON, World},
};

on_both_worlds! {
    a_line_is_well_or_not_and_a_server_that_is_down_is_neither
    a_line_is_run_only_while_whoever_set_it_may_and_it_is_known_to_look
}

async fn a_line_is_well_or_not_and_a_server_that_is_down_is_neither(mut world: World) {
    let mut sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let home = tempfile::Builder::new().prefix("probe-").tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let flag = home.path().join("flag");
    let at = home.path().display().to_string();
    let shown = |text: String| text.replace(&at, "/run");
    for (line, says) in [
        ("kind:command server:box", "Say the line too"),
        ("kind:command command:uptime", "Say the server that it is run on"),
        ("kind:command server:box command:uptime target:a:1", "it has no target"),
        ("kind:command server:box command:uptime every:29s", "The shortest interval is 30 s"),
        ("kind:command server:box command:\"rm -f /x\"", "may do more: /policy explain says why"),
        ("kind:command server:box command:\"ls $(id)\"", "may do more: /policy explain says why"),
        ("kind:tcp target:a:1 command:uptime", "Only a probe of the kind command runs a line"),
        ("kind:tcp", "Say what it asks"),
    ] {
        let refused = admin.ask(&format!("/probe set name:a {line}")).await;
        refused.until("Nothing was changed").await;
        assert!(refused.text().replace('`', "").contains(says), "{}", refused.text());
    }
    let line = format!("/probe set name:flag kind:command server:box command:\"ls {}\" for:0s", flag.display());
    assert_shown!(shown(admin.ask(&line).await.until("ref").await.masked()), @r"
    ✓ **Made** probe `flag`
    command `ls /run/flag` on `box` · every 1 min
    It is asked at once; exit 0 is well. It runs as you, with what you may do at that moment, and only while its line is harmless here.
    Probes
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Asked by itself, at once.
    let opened = told_so_often_about(&world, "flag", "flag", 1).await;
    assert_eq!(opened, ["alert.opened critical told flag: exit 2"]);
    let wrong = admin.ask("/probe test probe:flag").await;
    assert_shown!(shown(wrong.until("ref").await.masked()), @r"
    ✕ **Probe** `flag`
    exit 2 · command `ls /run/flag` on `box`
    Ask again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    std::fs::write(&flag, "x").unwrap();
    admin.ask("/probe test probe:flag").await.until("exit 0").await;
    let closed = told_so_often_about(&world, "flag", "flag", 2).await;
    assert_eq!(closed[1..], ["alert.closed fine told flag: exit 0"]);

    // Whoever does not come to an end is stopped there.
    admin.ask("/policy commands add rule:\"sleep *\"").await.until("Added").await;
    let slow = "/probe set name:slow kind:command server:box command:\"sleep 600.375\" within:1s for:1h";
    admin.ask(slow).await.until("Made").await;
    admin.ask("/probe test probe:slow").await.until("did not end within 1 s").await;
    world.until("nothing of it is left", |_| sshd.processes("sleep 600.375").is_empty()).await;
    admin.ask("/probe remove probe:slow").await.until("Removed").await;

    sshd.stop();
    std::fs::remove_file(&flag).unwrap();
    admin.ask("/probe test probe:flag").await.until("`box` does not answer").await;
    assert_shown!(shown(admin.ask("/probe list").await.until("ref").await.masked()), @r"
    – **Probes** 1
    1 not known
    – `flag`  `box` does not answer · <t:…:R>
    -# command `ls /run/flag` on `box`, every 1 min
    Refresh
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    sshd.start_again();
    admin.ask("/probe test probe:flag").await.until("exit 2").await;
    let told = told_so_often_about(&world, "flag", "flag", 3).await;
    assert!(told[2].starts_with("alert.opened") && told[2].ends_with("flag: exit 2"), "{told:#?}");
    world.end().await;
}

async fn a_line_is_run_only_while_whoever_set_it_may_and_it_is_known_to_look(mut world: World) {
    let sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant person person:@member allow:probe.* on:*").await.until("Granted").await;
    let line = "/probe set name:up kind:command server:box command:uptime";
    assert_shown!(member.ask(line).await.until("ref").await.masked(), @r"
    ✕ **You may not** run commands on `box`
    It takes `server.run` on `box`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/grant person person:@member allow:server.run on:box").await.until("Granted").await;
    member.ask(line).await.until("Made").await;
    admin.ask("/probe test probe:up").await.until("exit 0").await;

    // A line is judged as it stands now, and so is whoever set it, whoever asks.
    let removed = admin.ask("/policy commands remove rule:uptime").await;
    removed.until("Removed").await;
    admin.ask("/probe test probe:up").await.until("not on the list of harmless commands any more").await;
    let back = removed.try_press(&admin, "Put back").await.unwrap().answer().await;
    back.until("Put back").await;
    admin.ask("/probe test probe:up").await.until("exit 0").await;
    admin
        .ask("/policy set need:approve action:server.run target:box risk:observe asker:automation")
        .await
        .until("ref")
        .await;
    admin.ask("/probe test probe:up").await.until("asks for a yes first").await;
    admin
        .ask("/policy set need:default action:server.run target:box risk:observe asker:automation")
        .await
        .until("ref")
        .await;
    admin.ask("/probe test probe:up").await.until("exit 0").await;
    admin.ask("/grant revoke grant:\"@member server.run on box\"").await.until("Took back").await;
    admin.ask("/probe test probe:up").await.until("may run commands on `box` no more").await;
    assert_shown!(admin.ask("/probe list").await.until("ref").await.masked(), @r"
    – **Probes** 1
    1 not known
    – `up`  not run: whoever set it may run commands on `box` no more · <t:…:R>
    -# command `uptime` on `box`, every 1 min
    Refresh
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/grant person person:@member allow:server.run on:box").await.until("Granted").await;
    admin.ask("/feature off feature:servers").await.until("Switched off").await;
    admin.ask("/probe test probe:up").await.until("servers is off").await;
    admin.ask("/feature on feature:servers").await.until("Switched on").await;
    admin.ask("/probe test probe:up").await.until("exit 0").await;
    admin.kick(&member).await;
    // Whoever set it was looked at a moment ago; what comes next looks anew.
    let left = async {
        let asks = || async { admin.ask("/probe test probe:up").await.until("`up`").await.text() };
        while !asks().await.contains("whoever set it has left") {}
    };
    assert!(tokio::time::timeout(SOON, left).await.is_ok(), "whoever left is still asked for");

    // A server that lets nobody in is not known either, and opens nothing.
    admin.ask(line).await.until("Changed").await;
    std::fs::write(sshd.authorized_keys(), "").unwrap();
    sshd.cut_connections();
    admin.ask("/probe test probe:up").await.until("lets me run nothing").await;
    assert!(crate::alerts::told_about(&world, "up", "up").await.is_empty());
    world.end().await;
}
