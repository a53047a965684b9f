//! Who may do what: grants to roles and persons, and what needs somebody else's yes.

use crate::world::World;

on_both_worlds! {
    a_role_may_look_at_once_asks_for_the_rest_and_is_refused_elsewhere
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
    `/policy show` says what of it asks for somebody's yes.
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
