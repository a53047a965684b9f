//! `/server note`, `/server jump` and `/server import`, as people use them.

use peers::Sshd;

use crate::world::World;

on_both_worlds! {
    a_server_is_reached_through_another_and_what_is_wrong_with_that_one_is_said
    an_ssh_config_is_a_plan_first_and_then_servers
}

async fn a_server_is_reached_through_another_and_what_is_wrong_with_that_one_is_said(mut world: World) {
    let admin = world.admin().await;
    let mut gate = world.with_server("gate").await;
    let inner = world.with_server("inner").await;
    let _other = world.with_server("other").await;

    admin.ask(r#"/server note server:inner note:"behind the gate""#).await.until("Noted").await;
    assert_shown!(admin.ask("/server jump server:inner through:gate").await.masked(), @r"
    ✓ **`inner` is reached** through `gate`
    `/server test server:inner` tries it.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/server test server:inner").await.until("answers").await;
    admin.ask("/server run server:inner command:true").await.until("exit 0").await;
    assert_eq!(inner.log().matches("Accepted publickey").count(), 2);
    assert_shown!(admin.ask("/server show server:inner").await.until("gate").await.masked(), @r"
    **Server** `inner`
    `nebula-test` at `ADDRESS` · seen <t:…:R>
    reached through `gate`
    note  `behind the gate`
    host key  `SHA256:…`
    added by <@…> <t:…:R>
    Test
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let circle = admin.ask("/server jump server:gate through:inner").await;
    assert!(circle.text().contains("is itself reached through"), "{}", circle.text());
    let itself = admin.ask("/server jump server:gate through:gate").await;
    assert!(itself.text().contains("Nothing was changed"), "{}", itself.text());
    let question = admin.ask("/server remove server:gate").await;
    question.press(&admin, "Confirm").await;
    question.until("what `inner` is reached through").await;

    gate.change_host_key();
    admin.ask("/server run server:inner command:true").await.until("✕").await;
    let blocked = admin.ask("/server run server:inner command:true").await;
    assert_shown!(blocked.until("is blocked").await.masked(), @r"
    ✕ **Could not reach** `inner`
    `gate`, which it is reached through, is blocked: its host key changed. Nothing was sent to either.
    `/server test server:gate` says what to do.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/server run server:other command:true").await.until("exit 0").await;
    admin.ask("/server jump server:inner").await.until("directly").await;
    admin.ask("/server run server:inner command:true").await.until("exit 0").await;
    world.end().await;
}

async fn an_ssh_config_is_a_plan_first_and_then_servers(mut world: World) {
    let admin = world.admin().await;
    let (one, two) = (Sshd::start(), Sshd::start());
    world.never_show(one.password());
    admin.slash("/secret set name:LOGIN").await.form().fill(&[("Value", one.password())]).await.until("Set").await;
    let config = format!(
        "Host one\n  HostName {}\n  Port {}\nHost two\n  HostName {}\n  Port {}\n  IdentityFile ~/.ssh/id\n\
         Host gone\n  HostName 127.0.0.1\n  Port 1\nHost *\n  ForwardAgent yes\nMatch all\n  User evil\n",
        one.address(),
        one.port(),
        two.address(),
        two.port()
    );
    let met = || [&one, &two].map(|sshd| sshd.log().matches("Connection from").count());
    let before = met();
    let file = world.path("ssh_config");
    std::fs::write(&file, config).unwrap();
    let plan = admin.ask(&format!(r#"/server import file:"@{}" secret:LOGIN user:nebula-test"#, file.display())).await;
    assert_shown!(plan.until("Plan").await.masked(), @r"
    **Plan** add 3 servers from this configuration
    log in with secret `LOGIN` · nothing was asked or added yet
    `one`  `nebula-test@ADDRESS`
    `two`  `nebula-test@ADDRESS`
    `gone`  `nebula-test@ADDRESS`
    not taken
    line 7: key file `~/.ssh/id` is on your machine; I use the secret instead
    line 11: `*` is a pattern, and is not applied
    line 13: `Match` is a condition I do not judge; its lines are left out
    Choose which to look for and add
    one
    nebula-test@ADDRESS
    two
    nebula-test@ADDRESS
    gone
    nebula-test@ADDRESS
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(met(), before, "a plan asks no host anything");
    assert!(admin.ask("/server list").await.until("Servers").await.text().contains("none yet"), "a plan adds nothing");

    let found = plan.choose(&admin, "Choose which to look for and add", &["one", "two", "gone"]).await.answer().await;
    assert_shown!(found.until("Found").await.masked(), @r"
    ! **Found** 2 servers; each waits for its host key to be pinned
    nothing was sent to them yet · 1 not found
    `one`  `SHA256:…`
    `two`  `SHA256:…`
    `gone`: ADDRESS refused the connection.
    Pin the keys that you have compared
    one
    SHA256:…
    two
    SHA256:…
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let (a, b) = (format!("one {}", one.fingerprint()), format!("two {}", two.fingerprint()));
    let pinned = found.choose(&admin, "Pin the keys that you have compared", &[&a, &b]).await.answer().await;
    assert_shown!(pinned.until("Added").await.masked(), @r"
    ✓ **Added** 2 servers
    each logged in once
    `one` `two`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/server run server:one, two command:echo hi").await.until("2 answered `hi`").await;

    let again = admin.ask(&format!(r#"/server import file:"@{}" secret:LOGIN"#, file.display())).await;
    again.until("names no user").await;
    world.end().await;
}
