//! `/secret`, as people use it.

use insta::assert_snapshot;
use peers::Sshd;

use crate::world::{World, add};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_set_rotated_used_and_removed_on_sqlite() {
    a_secret_is_set_rotated_used_and_removed(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_set_rotated_used_and_removed_on_postgres() {
    a_secret_is_set_rotated_used_and_removed(World::on_postgres().await).await;
}

async fn a_secret_is_set_rotated_used_and_removed(mut world: World) {
    let admin = world.admin().await;
    let (first, second) = ("first-horse-battery", "second horse \"quoted\" staple");
    world.never_show(first);
    world.never_show(second);
    let mut seen = Vec::new();
    seen.push(admin.ask("/secret list").await.until("Secrets").await.masked());

    let form = admin.slash("/secret set name:DEPLOY_TOKEN").await.form();
    seen.push(form.fill(&[("Value", first)]).await.until("Set").await.masked());
    // Capitals do not tell two names apart, and nothing is overwritten by mistake.
    seen.push(admin.ask("/secret set name:deploy_token").await.masked());
    seen.push(admin.ask("/secret list").await.until("Secrets").await.masked());

    let form = admin.slash("/secret rotate name:DEPLOY_TOKEN").await.form();
    seen.push(form.fill(&[("Value", &format!("  {second}\n"))]).await.until("Rotated").await.masked());
    seen.push(admin.ask("/secret list").await.until("Secrets").await.masked());
    seen.push(admin.ask("/secret where-used name:DEPLOY_TOKEN").await.until("Secret").await.masked());
    assert_eq!(admin.offered("/secret rotate name:dep").await, ["DEPLOY_TOKEN"]);

    let question = admin.ask("/secret remove name:DEPLOY_TOKEN").await;
    seen.push(question.until("Really?").await.masked());
    question.press(&admin, "Confirm").await;
    seen.push(question.until("Removed").await.masked());
    seen.push(admin.ask("/secret remove name:DEPLOY_TOKEN").await.until("No such").await.masked());
    assert!(admin.offered("/secret rotate name:").await.is_empty());
    assert_snapshot!("secrets", seen.join("\n\n"));
    assert_snapshot!("secrets_audited", world.audited().await.join("\n"));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_secret_logs_in_to_several_servers_and_a_rotation_reaches_them_all_on_sqlite() {
    one_secret_logs_in_to_several_servers_and_a_rotation_reaches_them_all(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_secret_logs_in_to_several_servers_and_a_rotation_reaches_them_all_on_postgres() {
    one_secret_logs_in_to_several_servers_and_a_rotation_reaches_them_all(World::on_postgres().await).await;
}

async fn one_secret_logs_in_to_several_servers_and_a_rotation_reaches_them_all(mut world: World) {
    let admin = world.admin().await;
    let (one, two) = (Sshd::start(), Sshd::start());
    let key = one.private_key();
    for secret in [one.password(), &key] {
        world.never_show(secret);
    }
    let form = admin.slash("/secret set name:login").await.form();
    form.fill(&[("Value", one.password())]).await.until("Set").await;
    for (name, sshd) in [("one", &one), ("two", &two)] {
        let offer = admin.ask(&format!("{} secret:login", add(name, sshd))).await;
        offer.until("SHA256:").await;
        offer.press(&admin, "Pin this key").await;
        offer.until("Added").await;
        admin.ask(&format!("/server run server:{name} command:true")).await.until("exit 0").await;
    }
    assert!(
        admin.ask("/server show server:one").await.until("Server").await.text().contains("logs in with secret `login`")
    );
    assert_snapshot!("in_use", admin.ask("/secret remove name:login").await.until("still used").await.masked());
    assert_snapshot!("where_used", admin.ask("/secret where-used name:login").await.until("Secret").await.masked());

    // A key in place of the password: the next login of both is made with it.
    let form = admin.slash("/secret rotate name:login").await.form();
    assert_snapshot!("rotated", form.fill(&[("Value", &key)]).await.until("Rotated").await.masked());
    let keys = |sshd: &Sshd| sshd.log().matches("Accepted publickey").count();
    assert_eq!(keys(&one), 0);
    admin.ask("/server run server:one command:true").await.until("exit 0").await;
    assert_eq!(keys(&one), 1, "{}", one.log());
    // The other one knows another key, and says so; nothing of the old password is tried.
    let before = two.log().matches("Accepted").count();
    admin.ask("/server run server:two command:true").await.until("was refused").await;
    assert_eq!(two.log().matches("Accepted").count(), before);

    // After a restart both values are known again, also the one before.
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let said = admin.ask(&format!("/server run server:one command:echo {}", one.password())).await;
    said.until("exit 0").await;
    assert!(said.text().contains("‹secret›"), "{}", said.text());

    // A server that goes leaves the secret to the others.
    for name in ["one", "two"] {
        let question = admin.ask(&format!("/server remove server:{name}")).await;
        question.until("Really?").await;
        question.press(&admin, "Confirm").await;
        question.until("Removed").await;
        assert!(admin.ask("/secret list").await.until("Secrets").await.text().contains("`login`"));
    }
    let question = admin.ask("/secret remove name:login").await;
    question.until("Really?").await;
    question.press(&admin, "Confirm").await;
    question.until("Removed").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_names_and_values_are_answered_in_one_sentence() {
    let mut world = World::start().await;
    let (admin, member) = (world.admin().await, world.member().await);
    world.never_show("not-for-everybody");
    let form = admin.slash("/secret set name:login").await.form();
    form.fill(&[("Value", "not-for-everybody")]).await.until("Set").await;
    let mut seen = String::new();
    for line in [
        r#"/secret set name:"my secret""#.to_owned(),
        format!("/secret set name:{}", "x".repeat(65)),
        "/secret set name:LOGIN".to_owned(),
        "/secret rotate name:nope".to_owned(),
        "/secret where-used name:nope".to_owned(),
        "/server add name:box address:127.0.0.1:1 user:root secret:nope".to_owned(),
    ] {
        seen.push_str(&admin.ask(&line).await.masked());
        seen.push('\n');
    }
    let form = admin.slash(&format!("/secret set name:{}", "y".repeat(64))).await.form();
    seen.push_str(&form.fill(&[("Value", "short")]).await.masked());
    assert_snapshot!("bad_secrets", seen);

    for line in ["set name:x", "list", "rotate name:login", "remove name:login", "where-used name:login"] {
        let refusal = member.ask(&format!("/secret {line}")).await;
        assert!(refusal.is_private() && refusal.text().contains("You may not"), "{line}: {}", refusal.text());
        assert!(world.audited().await.pop().unwrap().ends_with(": refused"));
    }
    assert!(member.offered("/secret rotate name:l").await.is_empty(), "names are not for everybody");
    world.end().await;
}
