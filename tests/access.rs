//! Who may do what: grants to roles and persons, and what needs somebody else's yes.

use peers::Sshd;
use sandbox::Fault;

use crate::world::{World, add};

on_both_worlds! {
    a_role_may_look_at_once_asks_for_the_rest_and_is_refused_elsewhere
    what_holds_a_secret_waits_sealed_and_is_done_after_a_yes
    a_form_opened_before_the_role_went_does_nothing
    sending_a_secret_somewhere_takes_a_grant_on_the_secret
    a_wrong_grant_or_rule_changes_nothing_and_is_answered_with_an_example
    names_are_offered_to_whoever_may_see_them_and_to_nobody_else
    a_question_never_takes_the_place_of_the_card_whose_button_was_pressed
    a_question_that_never_stood_because_the_bot_was_killed_is_over_and_says_so
}

async fn a_role_may_look_at_once_asks_for_the_rest_and_is_refused_elsewhere(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let _web = world.with_server("web-1").await;
    let _db = world.with_server("db-1").await;

    assert_shown!(member.ask("/whoami").await.masked(), @r"
    **You may** do nothing here yet
    An administrator can change that with `/grant role` or `/grant person`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let granted = admin.ask("/grant role role:@Operators allow:server.run on:web-*").await;
    assert_shown!(granted.masked(), @r"
    ✓ **Granted** `server.run` on `web-*` to <@…>
    It counts from now on. `/grant revoke` takes it back.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.give(&member, "Operators").await;
    assert_shown!(member.ask("/whoami").await.masked(), @r"
    **You may** do this here
    `server.run` on `web-*`
    What does more than look may ask for somebody's yes first.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // What only looks is done at once.
    member.ask("/server run server:web-1 command:uptime").await.until("exit 0").await;

    // What does not is asked of somebody else.
    let question = member.ask("/server run server:web-1 command:reboot").await;
    assert_shown!(question.until("Approve?").await.masked(), @r"
    ! **Approve?** Run `reboot` on `web-1`
    asked by <@…> · destroys something
    Details
    `reboot` can destroy: what it removes or switches off may not come back.
    Approve
    Deny
    -# another person who may do `server.run` on `web-1` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");

    // Elsewhere nothing is.
    let refusal = member.ask("/server run server:db-1 command:uptime").await;
    assert!(refusal.is_private());
    assert_shown!(refusal.masked(), @r"
    ✕ **You may not** run commands on `db-1`
    It takes `server.run` on `db-1`. Your grants cover `web-*`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // The role goes between the request and the press.
    admin.take(&member, "Operators").await;
    question.press(&admin, "Approve").await;
    assert_shown!(question.until("Not done").await.masked(), @r"
    ✕ **Not done** Run `reboot` on `web-1`
    <@…>, who asked for it, may not any more: it takes `server.run` on `web-1`. Nothing was run; ask again.
    -# ref REFERENCE · by <@…> · approved by <@…> · <t:…:R>
    ");
    assert_shown!(world.audited().await[4..].join("\n"), @r"
    member grant.mine : done
    admin grant.give : done
    member grant.mine : done
    member server.run web-1: done
    member server.run web-1: waiting
    member server.run db-1: refused
    admin approval.approve web-1: done
    member server.run web-1: refused
    ");
    world.end().await;
}

async fn what_holds_a_secret_waits_sealed_and_is_done_after_a_yes(mut world: World) {
    let value = "a-token-that-must-wait-00000001";
    world.never_show(value);
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant person person:@member allow:secret.* on:DEPLOY*").await.until("Granted").await;
    admin.ask("/policy set need:approve action:secret.set").await.until("Policy set").await;

    let form = member.slash("/secret set name:DEPLOY_TOKEN").await.form();
    let question = form.fill(&[("Value", value)]).await;
    assert_shown!(question.until("Approve?").await.masked(), @r"
    ! **Approve?** Set secret `DEPLOY_TOKEN`
    asked by <@…> · changes something · this guild's rule for `secret.set` on `*`
    Details
    Approve
    Deny
    -# another person who may do `secret.set` on `DEPLOY_TOKEN` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let details = question.try_press(&admin, "Details").await.unwrap().answer().await;
    assert!(details.is_private() && details.text().contains("‹secret›"), "{}", details.text());
    question.press(&admin, "Approve").await;
    assert_shown!(question.until("**Set**").await.masked(), @r"
    ✓ **Set** secret `DEPLOY_TOKEN`
    Its value is sealed here and masked in everything I say.
    `/server add` takes it as `secret:DEPLOY_TOKEN`, in place of a form.
    -# ref REFERENCE · by <@…> · approved by <@…> · <t:…:R>
    ");

    // Denied, it is gone.
    let form = member.slash("/secret set name:DEPLOY_KEY").await.form();
    let question = form.fill(&[("Value", value)]).await;
    let reason = question.try_press(&admin, "Deny").await.unwrap().form();
    reason.submit(&[]).await;
    question.until("Denied").await;
    let listed = admin.ask("/secret list").await;
    let text = listed.until("Secrets").await.text();
    assert!(text.contains("DEPLOY_TOKEN") && !text.contains("DEPLOY_KEY"), "{text}");
    world.end().await;
}

async fn a_form_opened_before_the_role_went_does_nothing(mut world: World) {
    let value = "a-token-nobody-may-keep-00000001";
    world.never_show(value);
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant role role:@Operators allow:secret.set on:*").await.until("Granted").await;
    admin.give(&member, "Operators").await;
    let form = member.slash("/secret set name:DEPLOY_TOKEN").await.form();
    admin.take(&member, "Operators").await;
    let refusal = form.fill(&[("Value", value)]).await;
    assert!(refusal.is_private() && refusal.text().contains("You may not"), "{}", refusal.text());
    assert!(admin.ask("/secret list").await.until("Secrets").await.text().contains("none yet"));
    world.end().await;
}

async fn sending_a_secret_somewhere_takes_a_grant_on_the_secret(mut world: World) {
    let value = "a-password-for-one-place-00000001";
    world.never_show(value);
    let (admin, member) = (world.admin().await, world.member().await);
    let form = admin.slash("/secret set name:db-password").await.form();
    form.fill(&[("Value", value)]).await.until("Set").await;
    admin.ask("/grant person person:@member allow:server.add on:*").await.until("Granted").await;
    let line = "/server add name:mine address:127.0.0.1:1 user:me secret:db-password";
    let refusal = member.ask(line).await;
    assert!(refusal.is_private());
    assert_shown!(refusal.masked(), @r"
    ✕ **You may not** add servers
    It takes `secret.use` on `db-password`.
    An administrator can give it with `/grant role`.
    -# by <@…> · <t:…:R>
    ");
    admin.ask("/grant person person:@member allow:secret.use on:db-password").await.until("Granted").await;
    member.ask(line).await.until("Could not reach").await;
    world.end().await;
}

async fn a_wrong_grant_or_rule_changes_nothing_and_is_answered_with_an_example(world: World) {
    let admin = world.admin().await;
    let mut seen = String::new();
    for line in [
        "/grant role role:@Operators allow:server.rum on:web-*",
        "/grant role role:@Operators allow:server.run on:\"web 1\"",
        "/grant role role:@Operators allow:server.run on:tag:",
        "/grant revoke grant:nothing",
        "/policy set need:never",
        "/policy set need:approve expires:8d",
        "/policy set need:default action:server.run",
        "/policy show action:server.*",
    ] {
        seen.push_str(&admin.ask(line).await.masked());
        seen.push_str("\n\n");
    }
    assert_shown!(seen, @r"
    ✕ **That will not work**
    `server.rum` is nothing I can do. One action looks like `server.run`, all of a kind like `server.*`, everything like `*`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    `web 1` is no pattern of targets. One looks like `web-1`, several like `web-*`, those with a tag like `tag:prod`, all like `*`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    `tag:` is no pattern of targets. One looks like `web-1`, several like `web-*`, those with a tag like `tag:prod`, all like `*`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    `nothing` is no grant of this guild. Choose one of those offered while you type; `/grant list` shows them all. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    What asks nobody must say of what risk: add `risk`, such as `change`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    `8d` is no time a question can stay open: from `1m` to `7d`, such as `8h`. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    There is no rule for `server.run` on `*`. `/policy show` lists those there are. Nothing was changed.
    -# ref REFERENCE · by <@…> · <t:…:R>

    ✕ **That will not work**
    `server.*` is several: choose one action.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert!(admin.ask("/grant list").await.until("Grants").await.text().contains("none yet"));
    world.end().await;
}

async fn names_are_offered_to_whoever_may_see_them_and_to_nobody_else(mut world: World) {
    let _web = world.with_server("web-1").await;
    let _db = world.with_server("db-1").await;
    let (admin, member) = (world.admin().await, world.member().await);
    assert_eq!(admin.offered("/grant role role:@Operators allow:server.rem").await, ["server.remove"]);
    assert_eq!(admin.offered("/grant role role:@Operators allow:secret.us").await, ["secret.use", "secret.uses"]);
    assert_eq!(admin.offered("/grant role role:@Operators allow:server.run on:web").await, ["web-1", "web-*"]);
    for line in ["/grant role role:@Operators allow:", "/grant role role:@Operators on:", "/grant revoke grant:"] {
        assert!(member.offered(line).await.is_empty(), "{line}");
    }
    admin.ask("/grant person person:@member allow:server.run on:web-*").await.until("Granted").await;
    assert_eq!(member.offered("/server run server:").await, ["web-1"]);
    assert_eq!(admin.offered("/grant revoke grant:member run").await, ["@member server.run on web-*"]);
    assert!(member.offered("/grant revoke grant:").await.is_empty());

    // Whoever tags decides what grants and rules on tags are about.
    admin.ask("/grant person person:@member allow:server.tag on:*").await.until("Granted").await;
    let refusal = member.ask("/server tag server:db-1 tags:web").await;
    assert!(
        refusal.text().contains("It takes `grant.give` on `db-1` and `policy.set` on `db-1`"),
        "{}",
        refusal.text()
    );
    world.end().await;
}

async fn a_question_never_takes_the_place_of_the_card_whose_button_was_pressed(mut world: World) {
    let sshd = Sshd::start();
    world.never_show(&sshd.private_key());
    let (admin, member) = (world.admin().await, world.member().await);
    admin.ask("/grant person person:@member allow:server.* on:*").await.until("Granted").await;
    admin.ask("/policy set need:approve action:server.pin").await.until("Policy set").await;
    let form = member.slash(&add("box", &sshd)).await.form();
    let offer = form.fill(&[("Private key", &sshd.private_key())]).await;
    offer.until("SHA256:").await;
    let question = offer.try_press(&member, "Pin this key").await.unwrap().answer().await;
    question.until("Approve?").await;
    assert_eq!(offer.buttons(), ["Pin this key"]);
    question.press(&admin, "Approve").await;
    question.until("Added").await;
    world.end().await;
}

async fn a_question_that_never_stood_because_the_bot_was_killed_is_over_and_says_so(mut world: World) {
    let admin = world.admin().await;
    admin.ask("/policy set need:confirm action:grant.give").await.until("Policy set").await;
    world.sandbox.inject(Fault::server_error(500).times(1_000).on("PATCH /webhooks/**")).unwrap();
    let asked = admin.slash("/grant role role:@Operators allow:server.run on:*").await;
    let on_record = |rows: Vec<String>| rows.iter().any(|row| row.ends_with(": waiting"));
    while !on_record(world.audited().await) {
        tokio::task::yield_now().await;
    }
    world.kill_bot();
    world.sandbox.heal();
    world.start_bot().await;
    let answer = asked.answer().await;
    assert_shown!(answer.until("Not asked").await.masked(), @r"
    ✕ **Not asked** Let <@…> do `server.run` on `*`
    I was stopped before the question stood here. Nothing was run; ask again.
    -# ref REFERENCE · by <@…>
    ");
    assert!(answer.buttons().is_empty());
    world.end().await;
}
