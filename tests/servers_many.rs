//! One command on several servers, as people use it.

use peers::Sshd;

use crate::{people::Person, world::World};

on_both_worlds! {
    a_command_runs_on_every_server_of_a_tag_and_what_they_answer_is_folded
    one_yes_is_for_the_very_servers_that_were_asked_about
    killed_in_mid_run_each_server_is_told_of_once
    two_that_overlap_wait_for_one_another_only_on_what_they_share
}

/// A command that goes well everywhere but on this server.
fn differs_on(sshd: &Sshd) -> String {
    format!("case $SSH_CONNECTION in *' {} '*) echo inactive; exit 3;; esac; echo active", sshd.address())
}

async fn tagged(world: &mut World, admin: &Person, names: &[&str]) -> Vec<Sshd> {
    let mut sshds = Vec::new();
    for name in names {
        sshds.push(world.with_server(name).await);
        admin.ask(&format!("/server tag server:{name} tags:web")).await.until("Tagged").await;
    }
    sshds
}

async fn a_command_runs_on_every_server_of_a_tag_and_what_they_answer_is_folded(mut world: World) {
    let admin = world.admin().await;
    let mut sshds = tagged(&mut world, &admin, &["web-1", "web-2", "web-3"]).await;
    assert_eq!(admin.offered("/server run server:web-1, web-").await, ["web-1, web-2", "web-1, web-3"]);
    assert_eq!(admin.offered("/server run server:tag").await, ["tag:web"]);

    let run = admin.ask(&format!(r#"/server run server:tag:web command:"{}""#, differs_on(&sshds[2]))).await;
    run.until("2 answered").await;
    assert_shown!(run.masked().replace(&differs_on(&sshds[2]), "COMMAND"), @r"
    ! **`COMMAND`** on 3 servers `tag:web`
    2 answered `active` · 1 differs
    ✓ `web-1` `web-2`  exit 0 after TIME · `active`
    ✕ `web-3`  exit 3 after TIME · `inactive`
    servers-REFERENCE.log
    Run again
    Run again on the one that did not
    -# ref REFERENCE · by <@…> · <t:…:R>
    servers-REFERENCE.log
    ");
    let log = String::from_utf8(run.file().await).unwrap();
    assert_eq!(
        log,
        "===== web-1: exit 0 =====\nactive\n===== web-2: exit 0 =====\nactive\n===== web-3: exit 3 =====\ninactive\n"
    );
    let mut audited = world.audited().await;
    let mut own = audited.split_off(audited.len() - 4);
    own.sort();
    assert_eq!(
        own,
        [
            "admin server.run web-1: done",
            "admin server.run web-2: done",
            "admin server.run web-3: failed",
            "admin server.run-many : failed",
        ]
    );

    // One that is not what it was says so in its line, and the others run.
    sshds[0].change_host_key();
    let run = admin.ask("/server run server:web-1, web-2 command:true").await;
    run.until("1 of 2 servers went well").await.until("✕ `web-1`").await;
    let run = admin.ask("/server run server:web-1, web-2 command:true").await;
    assert_shown!(run.until("1 of 2 servers went well").await.masked(), @r"
    ! **`true`** on 2 servers
    1 of 2 servers went well
    ✓ `web-2`  exit 0 after TIME
    ✕ `web-1`  blocked: its host key changed
    Run again
    Run again on the one that did not
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let nobody = admin.ask("/server run server:tag:none command:true").await;
    assert!(nobody.text().contains("No server has `tag:none`"), "{}", nobody.text());

    // Cancel stops it everywhere.
    let run = admin.ask("/server run server:web-2, web-3 command:sleep 602.5").await;
    let runs = |sshd: &Sshd| !sshd.processes("sleep 602.5").is_empty();
    world.until("it runs on both", |_| runs(&sshds[1]) && runs(&sshds[2])).await;
    run.until("0 of 2 ended").await;
    run.press(&admin, "Cancel").await;
    run.until("2 answered `cancelled`").await;
    assert!(!runs(&sshds[1]) && !runs(&sshds[2]));
    world.end().await;
}

async fn one_yes_is_for_the_very_servers_that_were_asked_about(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let _sshds = tagged(&mut world, &admin, &["web-1", "web-2"]).await;

    admin.ask("/grant person person:@member allow:server.run on:web-1").await.until("Granted").await;
    let refusal = member.ask("/server run server:tag:web command:uptime").await;
    assert!(refusal.is_private());
    // A name that may not be seen is not said.
    assert_shown!(refusal.masked(), @r"
    ✕ **You may not** run commands on `tag:web`
    It takes `server.run` on `tag:web`. Your grants cover `web-1`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    admin.ask("/grant person person:@member allow:server.run on:tag:web").await.until("Granted").await;
    let question = member.ask("/server run server:tag:web command:touch /tmp/nebula-many").await;
    question.until("Approve?").await;
    assert_shown!(question.masked(), @r"
    ! **Approve?** Run `touch /tmp/nebula-many` on every server tagged `web`
    asked by <@…> · changes something
    Details
    `touch` is not on the list of harmless commands. On 2 servers: `web-1`, `web-2`.
    Approve
    Deny
    -# another person who may do `server.run` on `tag:web` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    // What is tagged otherwise since is not what was asked about.
    admin.ask("/server tag server:web-2 tags:db").await.until("Tagged").await;
    question.press(&admin, "Approve").await;
    question.until("Not done").await;
    assert!(!world.audited().await.contains(&"member server.run web-1: done".to_owned()));

    let question = member.ask("/server run server:tag:web command:touch /tmp/nebula-many").await;
    question.until("Approve?").await;
    question.press(&admin, "Approve").await;
    admin.sees("on 1 server").await.until("exit 0").await;
    world.end().await;
}

async fn killed_in_mid_run_each_server_is_told_of_once(mut world: World) {
    let admin = world.admin().await;
    let sshds = tagged(&mut world, &admin, &["web-1", "web-2"]).await;
    let (file, count) = (world.path("go").display().to_string(), world.path("count").display().to_string());
    std::fs::write(&count, "").unwrap();
    std::process::Command::new("chmod").args(["-R", "a+rwX", &world.path("").display().to_string()]).status().unwrap();
    let command = format!("echo x >> {count}; while [ ! -e {file} ]; do sleep 0.05; done; echo done");
    let run = admin.ask(&format!("/server run server:tag:web command:{command}")).await;
    world.until("both began", |_| std::fs::read_to_string(&count).unwrap().lines().count() == 2).await;
    run.until("0 of 2 ended").await;
    world.kill_bot();
    std::fs::write(&file, "").unwrap();
    world.until("both ended there", |_| sshds.iter().all(|sshd| sshd.processes("sleep 0.05").is_empty())).await;
    world.start_bot().await;
    run.until("2 answered `done`").await;
    assert_eq!(std::fs::read_to_string(&count).unwrap().lines().count(), 2, "nothing was begun twice");
    let rows = world.audited().await;
    for name in ["web-1", "web-2"] {
        let told = rows.iter().filter(|row| **row == format!("admin server.run {name}: done")).count();
        assert_eq!(told, 1, "{rows:?}");
    }
    world.end().await;
}

async fn two_that_overlap_wait_for_one_another_only_on_what_they_share(mut world: World) {
    let admin = world.admin().await;
    let _sshds = tagged(&mut world, &admin, &["web-1", "web-2", "web-3"]).await;
    let (file, seen) = (world.path("go").display().to_string(), world.path("seen").display().to_string());
    std::fs::write(&seen, "").unwrap();
    std::process::Command::new("chmod").args(["-R", "a+rwX", &world.path("").display().to_string()]).status().unwrap();
    let lines = |name: &str| std::fs::read_to_string(&seen).unwrap().lines().filter(|line| *line == name).count();
    let first = format!("echo first >> {seen}; while [ ! -e {file} ]; do sleep 0.05; done");
    let first = admin.ask(&format!("/server run server:web-1, web-2 command:{first}")).await;
    world.until("the first is on both", |_| lines("first") == 2).await;
    // The second shares one of them, and a third command is for that one alone.
    let second = admin.ask(&format!("/server run server:web-2, web-3 command:echo second >> {seen}")).await;
    world.until("the second is where nobody else is", |_| lines("second") == 1).await;
    second.until("`web-2`  waits for").await;
    let third = admin.ask(&format!("/server run server:web-2 command:echo third >> {seen}")).await;
    third.until("waits").await;
    assert_eq!((lines("second"), lines("third")), (1, 0), "one at a time on one server");
    // A kill in the middle frees nothing that still runs, and loses nobody's turn.
    world.kill_bot();
    world.start_bot().await;
    first.until("0 of 2 ended").await;
    assert_eq!((lines("second"), lines("third")), (1, 0));
    std::fs::write(&file, "").unwrap();
    first.until("exit 0").await;
    second.until("exit 0").await;
    third.until("exit 0").await;
    assert_eq!((lines("first"), lines("second"), lines("third")), (2, 2, 1));
    world.end().await;
}
