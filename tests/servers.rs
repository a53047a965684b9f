//! `/server`, as people use it.

use insta::assert_snapshot;
use peers::Sshd;

use crate::world::{World, add};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_added_pinned_and_runs_a_command_live() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let sshd = Sshd::start();
    world.never_show(&sshd.private_key());

    assert_snapshot!(admin.ask("/server list").await.until("Servers").await.masked(), @r"
    **Servers** none yet
    Add the first with `/server add`: its name, its address, and who logs in there.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let form = admin.slash(&add("box", &sshd)).await.form();
    let offer = form.fill(&[("Private key", &sshd.private_key())]).await;
    offer.until("SHA256:").await;
    assert!(offer.text().contains(&sshd.fingerprint()), "{}", offer.text());
    assert_snapshot!(offer.masked(), @r"
    ! **Is this `box`?** Pin its host key to add it
    to log in as `nebula-test`
    `ADDRESS` answers with
    `SHA256:…`
    On the server, `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints the same if nobody is in between.
    Pin this key
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    offer.press(&admin, "Pin this key").await;
    assert_snapshot!(offer.until("Added").await.masked(), @r"
    ✓ **Added** `box`
    `nebula-test` at `ADDRESS` · logged in after TIME
    Try `/server run server:box command:uptime`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let run = admin.ask(r#"/server run server:box command:"printf 'a\nb\n'; sleep 3; echo c; exit 3""#).await;
    run.until("running").await;
    run.until("a\nb").await;
    assert_eq!(run.buttons(), ["Cancel"]);
    run.until("exit 3 after").await;
    assert_snapshot!(run.masked(), @r"
    ✕ **`printf 'a\nb\n'; sleep 3; echo c; exit 3`** on `box`
    exit 3 after TIME · 3 lines
    ```ansi
    a
    b
    c
    ```
    box-REFERENCE.log
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.log
    ");
    assert_eq!(run.file().await, b"a\nb\nc\n");
    assert_eq!(run.buttons(), ["Run again"]);
    assert!((2..=5).contains(&run.versions()), "edited {} times in a second or two", run.versions());

    let shown = admin.ask("/server show server:box").await;
    assert_snapshot!(shown.until("Server").await.masked(), @r"
    **Server** `box`
    `nebula-test` at `ADDRESS` · seen <t:…:R>
    host key  `SHA256:…`
    added by <@…> <t:…:R>
    Test
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_snapshot!(admin.ask("/server test server:box").await.until("answers").await.masked(), @r"
    ✓ **`box` answers**
    logged in after TIME · `nebula-test@ADDRESS`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_snapshot!(admin.ask("/server list").await.until("Servers").await.masked(), @r"
    **Servers** 1 ready
    ✓ `box`  `nebula-test@ADDRESS` · seen <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_snapshot!(world.audited().await.join("\n"), @r"
    admin server.list : done
    admin server.add box: done
    admin server.pin box: done
    admin server.run box: failed
    admin server.show box: done
    admin server.test box: done
    admin server.list : done
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancel_leaves_no_process_on_the_server() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let admin = world.admin().await;

    let run = admin.ask("/server run server:box command:sleep 600.125 & sleep 600.125; wait").await;
    run.until("running").await;
    world.until("it runs there", |_| sshd.processes("sleep 600.125").len() >= 2).await;
    run.press(&admin, "Cancel").await;
    run.until("cancelled after").await;
    assert!(sshd.processes("sleep 600.125").is_empty());
    assert_snapshot!(run.masked(), @r"
    – **`sleep 600.125 & sleep 600.125; wait`** on `box`
    cancelled after TIME · 1 line · nothing of its process group is left
    ```ansi
    Terminated
    ```
    box-REFERENCE.log
    Run again
    -# ref REFERENCE · by <@…> · <t:…:R>
    box-REFERENCE.log
    ");
    assert_eq!(world.audited().await.pop().unwrap(), "admin job.cancel : done");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_somebody_who_may_can_cancel_what_another_runs() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);

    let run = admin.ask("/server run server:box command:sleep 600.25").await;
    run.until("running").await;
    let refusal = run.try_press(&member, "Cancel").await.unwrap().answer().await;
    assert!(refusal.is_private());
    assert_snapshot!(refusal.masked(), @r"
    ✕ **You may not** cancel what others run
    It takes `job.cancel`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(sshd.processes("sleep 600.25").len(), 1);
    run.press(&admin, "Cancel").await;
    run.until("cancelled after").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_host_key_blocks_the_server_until_a_person_pins_the_new_one() {
    let mut world = World::start().await;
    let mut sshd = world.with_server("box").await;
    let admin = world.admin().await;
    sshd.change_host_key();
    let logins = sshd.log().matches("Accepted").count();
    // Whether the first command still meets the connection that just died, or already the new key, is a matter of luck.
    admin.ask("/server run server:box command:true").await.until("✕").await;

    let blocked = admin.ask("/server run server:box command:true").await;
    assert_snapshot!(blocked.until("is blocked").await.masked(), @r"
    ✕ **`box` is blocked**: its host key changed
    Nothing was sent to it. Either it was set up anew, or something is posing as it.
    pinned  `SHA256:…`
    answered  `SHA256:…`
    If you know why, `/server test` offers the new key.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    // Blocked is blocked: not even a connection is tried.
    admin.ask("/server run server:box command:true").await.until("is blocked").await;
    assert_eq!(sshd.log().matches("Accepted").count(), logins);

    let asks = admin.ask("/server test server:box").await;
    assert_snapshot!(asks.until("another host key").await.masked(), @r"
    ! **`box` answers with another host key**
    It stays blocked until you pin the new key. Do that only if you know why it changed.
    `ADDRESS` answers with
    `SHA256:…`
    On the server, `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints the same if nobody is in between.
    Pin the new key
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    asks.press(&admin, "Pin the new key").await;
    asks.until("Pinned the new key").await;
    admin.ask("/server run server:box command:true").await.until("exit 0").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_may_not_is_told_what_it_would_take_and_it_is_on_record() {
    let mut world = World::start().await;
    let sshd = world.with_server("box").await;
    let member = world.member().await;

    let refusal = member.ask("/server run server:box command:id").await;
    assert!(refusal.is_private());
    assert_snapshot!(refusal.masked(), @r"
    ✕ **You may not** run commands on `box`
    It takes `server.run` on `box`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    for (line, action) in [
        ("/server list", "server.list"),
        ("/server show server:box", "server.show"),
        ("/server test server:box", "server.test"),
        ("/server remove server:box", "server.remove"),
        (add("mine", &sshd).as_str(), "server.add"),
    ] {
        let refusal = member.ask(line).await;
        assert!(refusal.is_private() && refusal.text().contains(&format!("`{action}`")), "{line}: {}", refusal.text());
        assert!(world.audited().await.pop().unwrap().starts_with(&format!("member {action}")));
        assert!(world.audited().await.pop().unwrap().ends_with(": refused"));
    }
    assert!(member.offered("/server run server:b").await.is_empty(), "names are not for everybody");
    assert_eq!(sshd.calls(), "");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_removed_only_after_a_confirmation_by_who_asked() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);

    let question = admin.ask("/server remove server:box").await;
    assert_snapshot!(question.until("Really?").await.masked(), @r"
    ! **Really?** Remove server `box`, its pinned key and how to log in
    This cannot be undone.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let refusal = question.try_press(&member, "Confirm").await.unwrap().answer().await;
    assert!(refusal.is_private() && refusal.text().contains("not yours to answer"), "{}", refusal.text());

    question.press(&admin, "Leave it").await;
    question.until("Left as it is").await;
    assert!(question.buttons().is_empty());

    let question = admin.ask("/server remove server:box").await;
    question.until("Really?").await;
    question.press(&admin, "Confirm").await;
    assert_snapshot!(question.until("Removed").await.masked(), @r"
    ✓ **Removed** `box`
    Its key and credential are deleted here. On the server nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_snapshot!(admin.ask("/server show server:box").await.until("No such").await.masked(), @r"
    ✕ **No such server**
    I know no server called `box`. Nothing was changed.
    `/server list` shows them all.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_pressed_many_times_at_once_does_it_once() {
    let mut world = World::start().await;
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let question = admin.ask("/server remove server:box").await;
    question.until("Really?").await;
    let presses = (0..20).map(|_| question.try_press(&admin, "Confirm"));
    let taken = futures::future::join_all(presses).await.into_iter().flatten().count();
    assert!(taken > 1, "the presses did not come at once");
    question.until("Removed").await;
    let removed = world.audited().await.into_iter().filter(|row| row == "admin server.remove box: done").count();
    assert_eq!(removed, 1);
    assert!(question.text().contains("Removed"), "a late press leaves the card as it is: {}", question.text());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_names_complete_as_they_are_typed() {
    let mut world = World::start().await;
    let _web = world.with_server("web-1").await;
    let _box = world.with_server("box").await;
    let admin = world.admin().await;
    assert_eq!(admin.offered("/server run server:").await, ["box", "web-1"]);
    assert_eq!(admin.offered("/server show server:w").await, ["web-1"]);
    assert!(admin.offered("/server test server:zzz").await.is_empty());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_login_saves_nothing_and_the_right_one_can_be_tried_again() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let sshd = Sshd::start();
    world.never_show("wrong-horse-battery");

    let form = admin.slash(&add("box", &sshd)).await.form();
    let offer = form.fill(&[("Password", "wrong-horse-battery")]).await;
    offer.until("SHA256:").await;
    offer.press(&admin, "Pin this key").await;
    assert_snapshot!(offer.until("Could not log in").await.masked(), @r"
    ✕ **Could not log in** to `box`
    `nebula-test` was refused at ADDRESS: it accepts publickey, password.
    Nothing was saved. Check the user and the key or password, then `/server add` again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(admin.ask("/server list").await.until("Servers").await.text().contains("none yet"));

    let form = admin.slash(&add("box", &sshd)).await.form();
    world.never_show(sshd.password());
    let offer = form.fill(&[("Password", sshd.password())]).await;
    offer.press(&admin, "Pin this key").await;
    offer.until("Added").await;
    world.end().await;
}
