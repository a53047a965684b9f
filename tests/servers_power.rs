//! `/server power`, as people use it.

use std::net::UdpSocket;
use std::time::Duration;

use peers::Sshd;

use crate::world::World;

on_both_worlds! {
    a_server_is_restarted_once_and_waited_for
    a_server_is_woken_by_a_packet_from_here_or_from_a_relay
    a_virtual_machine_and_a_controller_are_asked_where_they_can_be
}

fn calls(sshd: &Sshd, what: &str) -> usize {
    sshd.calls().lines().filter(|line| *line == what).count()
}

async fn a_server_is_restarted_once_and_waited_for(mut world: World) {
    let mut sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let shown = admin.ask("/server power status server:box").await;
    shown.until("is on").await;
    let shown = regex::Regex::new(r"up [^·\n]+").unwrap().replace(&shown.masked(), "up AGE").into_owned();
    assert_shown!(shown, @r"
    ✓ **`box` is on**
    up AGE
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    let question = admin.ask("/server power restart server:box").await;
    assert_shown!(question.until("Really?").await.masked(), @r"
    ! **Really?** Restart `box`
    What runs there ends, and is gone until it starts again.
    Confirm
    Leave it
    -# expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    question.press(&admin, "Confirm").await;
    world.until("it was asked", |_| calls(&sshd, "systemctl reboot") == 1).await;
    // Where its live card stands is noted by the time it is drawn again; before that, only its end is told after a restart.
    let again = regex::Regex::new("running [1-9]").unwrap();
    admin.sees_where("its live card", |said| said.contains("**Restarting**") && again.is_match(said)).await;
    // Whoever goes on with it only waits.
    world.kill_bot();
    world.start_bot().await;
    sshd.stop();
    world.until("it saw that it is down", |world| world.log().contains("refused the connection")).await;
    // This machine goes on in the boot it is in; the server's is another.
    sshd.put_program("cat", "#!/bin/sh\ncase $1 in */boot_id) echo another;; *) exec /bin/cat \"$@\";; esac\n");
    sshd.start_again();
    assert_shown!(admin.sees("**Restarted**").await.masked(), @r"
    ✓ **Restarted** `box`
    back after TIME
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(calls(&sshd, "systemctl reboot"), 1);

    let question = admin.ask("/server power shutdown server:box").await;
    question.press(&admin, "Confirm").await;
    world.until("it was asked", |_| calls(&sshd, "systemctl poweroff") == 1).await;
    sshd.stop();
    assert_shown!(admin.sees("**Shut down**").await.masked(), @r"
    ✓ **Shut down** `box`
    takes no logins after TIME
    Its network still answers, so it may not be off yet.
    I do not know how to switch it on again.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(admin.ask("/server power wake server:box").await.text().contains("do not know how"));
    world.end().await;
}

async fn a_server_is_woken_by_a_packet_from_here_or_from_a_relay(mut world: World) {
    let mut sshd = world.with_server("box").await;
    let _relay = world.with_server("relay").await;
    let admin = world.admin().await;
    let network = UdpSocket::bind("127.0.0.1:0").unwrap();
    network.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let to = network.local_addr().unwrap();
    for wrong in ["52:54:00:12:34", "ff:ff:ff:ff:ff:ff", "$(id)"] {
        let refused = admin.ask(&format!("/server power lan server:box mac:{wrong} to:{to}")).await;
        assert!(refused.text().contains("Nothing was changed"), "{}", refused.text());
    }
    let packet = [vec![0xff; 6], [0x52, 0x54, 0, 0x12, 0x34, 0x56].repeat(16)].concat();
    for relay in ["", " relay:relay"] {
        let line = format!("/server power lan server:box mac:52-54-00-12-34-56 to:{to}{relay}");
        admin.ask(&line).await.until("**Noted** how").await;
        sshd.stop();
        let waking = admin.ask("/server power wake server:box").await;
        let mut heard = [0; 200];
        let (bytes, _) = tokio::task::block_in_place(|| network.recv_from(&mut heard)).unwrap();
        assert_eq!(heard[..bytes], packet);
        sshd.start_again();
        waking.until("**Woke** `box`").await;
        // The others say the same.
        network.set_nonblocking(true).unwrap();
        while network.recv_from(&mut heard).is_ok() {}
        network.set_nonblocking(false).unwrap();
    }
    admin.ask("/server power forget server:box").await.until("Forgot").await;
    world.end().await;
}

async fn a_virtual_machine_and_a_controller_are_asked_where_they_can_be(mut world: World) {
    let host = world.with_server("host").await;
    let _guest = world.with_server("guest").await;
    let admin = world.admin().await;
    // libvirt's own driver for tests: a domain `test` that runs.
    admin.ask("/server power vm server:guest host:host domain:test uri:test:///default").await.until("Noted").await;
    admin.ask("/server power status server:guest").await.until("that says  `running`").await;
    let already = admin.ask("/server power wake server:guest").await;
    already.until("Could not switch").await.until("already").await;

    world.never_show("correct-horse-9");
    admin.slash("/secret set name:BMC").await.form().fill(&[("Value", "correct-horse-9")]).await.until("Set").await;
    let said = world.path("said").display().to_string();
    std::fs::write(&said, "").unwrap();
    std::process::Command::new("chmod").args(["-R", "a+rwX", &world.path("").display().to_string()]).status().unwrap();
    host.put_program(
        "ipmitool",
        &format!("#!/bin/sh\necho \"$*\" >>'{said}'\n[ \"$IPMI_PASSWORD\" = correct-horse-9 ] && echo 'Chassis Power is on'\n"),
    );
    admin
        .ask("/server power ipmi server:guest via:host controller:10.0.0.9 user:admin secret:BMC")
        .await
        .until("Noted")
        .await;
    let status = admin.ask("/server power status server:guest").await;
    status.until("that says  `Chassis Power is on`").await;
    let argv = std::fs::read_to_string(&said).unwrap();
    assert_eq!(argv, "-I lanplus -H 10.0.0.9 -U admin -E -N 5 -R 2 chassis power status\n");
    // What opens a controller is used, and does not go from under it.
    let used = admin.ask("/secret where-used name:BMC").await;
    used.until("to open the management controller of `guest`").await;
    let kept = admin.ask("/secret remove name:BMC").await;
    kept.until("is still used").await.until("It opens the management controller of `guest`").await;
    admin.ask("/server power forget server:guest").await.until("Forgot").await;
    assert!(admin.ask("/secret where-used name:BMC").await.until("Secret").await.text().contains("unused"));
    world.saw("what ipmitool was called with", argv);
    world.end().await;
}
