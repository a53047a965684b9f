//! `/server rotate`: the way in changes, and there is always one.

use peers::Sshd;

use crate::world::{World, add};

on_both_worlds! {
    a_new_key_is_proven_before_the_old_one_goes
    killed_between_the_keys_the_server_is_still_ours
}

/// A server whose keys stand in the home of who logs in.
async fn at_home(world: &mut World, name: &str) -> Sshd {
    let sshd = Sshd::start_at_home();
    let (key, admin) = (sshd.private_key(), world.admin().await);
    world.never_show(&key);
    let offer = admin.slash(&add(name, &sshd)).await.form().fill(&[("Private key", &key)]).await;
    offer.press(&admin, "Pin this key").await;
    offer.until("Added").await;
    sshd
}

fn keys(sshd: &Sshd) -> Vec<String> {
    std::fs::read_to_string(sshd.authorized_keys()).unwrap().lines().map(str::to_owned).collect()
}

async fn a_new_key_is_proven_before_the_old_one_goes(mut world: World) {
    let sshd = at_home(&mut world, "box").await;
    let admin = world.admin().await;
    let file = sshd.authorized_keys();
    let old = keys(&sshd).remove(0);
    // What a line allows, and what is none of ours, stays.
    std::fs::write(&file, format!("# keys of this machine\nno-agent-forwarding {old}\nssh-rsa AAAAB3 somebody"))
        .unwrap();

    let rotated = admin.ask("/server rotate server:box").await;
    assert_shown!(rotated.until("Rotated").await.masked(), @r"
    ✓ **Rotated** the key of `box`
    logs in with a new Ed25519 key
    new key  `SHA256:…`
    The old key is off the server, and refused.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let now = keys(&sshd);
    assert_eq!((now[0].as_str(), now[1].as_str(), now.len()), ("# keys of this machine", "ssh-rsa AAAAB3 somebody", 3));
    assert!(now[2].starts_with("no-agent-forwarding ssh-ed25519 ") && now[2].ends_with(" nebula"), "{now:?}");
    assert!(std::fs::read_dir(file.parent().unwrap()).unwrap().count() == 1, "nothing is left beside it");
    admin.ask("/server run server:box command:true").await.until("exit 0").await;
    assert!(world.stop_bot().await);
    world.start_bot().await;
    admin.ask("/server run server:box command:true").await.until("exit 0").await;
    admin.ask("/server rotate server:box").await.until("Rotated").await;
    assert_eq!(keys(&sshd).len(), 3);

    // A server that reads its keys elsewhere stays as it was.
    let _other = world.with_server("other").await;
    let not = admin.ask("/server rotate server:other").await;
    assert_shown!(not.until("Could not rotate").await.masked(), @r"
    ✕ **Could not rotate** the key of `other`
    It refuses the new key: its sshd reads another file than `~/.ssh/authorized_keys`.
    It logs in as before.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/server run server:other command:true").await.until("exit 0").await;
    world.end().await;
}

async fn killed_between_the_keys_the_server_is_still_ours(mut world: World) {
    let sshd = at_home(&mut world, "box").await;
    let admin = world.admin().await;
    for both_there in [false, true] {
        let first = keys(&sshd);
        let rotation = admin.slash("/server rotate server:box").await;
        if both_there {
            world.until("both keys are there", |_| keys(&sshd).len() == 2 || keys(&sshd) != first).await;
        }
        world.kill_bot();
        world.start_bot().await;
        drop(rotation);
        admin.sees("**Rotated**").await;
        world.until("it has ended", |_| keys(&sshd).len() == 1 && keys(&sshd) != first).await;
        admin.ask("/server run server:box command:true").await.until("exit 0").await;
    }
    world.end().await;
}
