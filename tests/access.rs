//! Who may do what: grants to roles and persons, and what needs somebody else's yes.

use insta::assert_snapshot;

use reqwest::Method;

use crate::world::{Person, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_may_look_at_once_asks_for_the_rest_and_is_refused_elsewhere_on_sqlite() {
    tell(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_may_look_at_once_asks_for_the_rest_and_is_refused_elsewhere_on_postgres() {
    tell(World::on_postgres().await).await;
}

async fn tell(mut world: World) {
    let (admin, member) = (world.admin().await, world.member().await);
    let _web = world.with_server("web-1").await;
    let _db = world.with_server("db-1").await;

    assert_snapshot!(member.ask("/whoami").await.masked(), @"");
    let granted = admin.ask("/grant role role:@Operators allow:server.run on:web-*").await;
    assert_snapshot!(granted.masked(), @"");
    role(&world, &admin, Method::PUT).await;
    assert_snapshot!(member.ask("/whoami").await.masked(), @"");

    // What only looks is done at once.
    member.ask("/server run server:web-1 command:uptime").await.until("exit 0").await;

    // What does not is asked of somebody else.
    let question = member.ask("/server run server:web-1 command:reboot").await;
    assert_snapshot!(question.until("Approve?").await.masked(), @"");

    // Elsewhere nothing is.
    let refusal = member.ask("/server run server:db-1 command:uptime").await;
    assert!(refusal.is_private());
    assert_snapshot!(refusal.masked(), @"");

    // The role goes between the request and the press.
    role(&world, &admin, Method::DELETE).await;
    question.press(&admin, "Approve").await;
    assert_snapshot!(question.until("Not done").await.masked(), @"");
    assert_snapshot!(world.audited().await[4..].join("\n"), @"");
    world.end().await;
}

async fn role(world: &World, admin: &Person, method: Method) {
    let member = world.sandbox.accounts().into_iter().find(|account| account.name == "member").unwrap().id;
    let (guild, role) = (world.sandbox.guild_id(), world.sandbox.role_id("Operators").unwrap());
    admin.client.rest(method, &format!("/guilds/{guild}/members/{member}/roles/{role}"), None).await.unwrap();
}
