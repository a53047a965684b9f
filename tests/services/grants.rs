//! Who may take a map, and run what stands in it.

use std::fs;

use super::Rack;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_a_map_runs_only_for_who_may_run_lines_there_and_a_map_is_taken_only_with_a_yes() {
    let mut world = World::start().await;
    let rack = Rack::set(&mut world).await;
    rack.take().await;
    let member = world.member().await;

    rack.admin.ask("/grant person person:@member allow:service.* on:*").await.until("Granted").await;
    let refused = member.ask("/service start service:db").await;
    assert!(refused.is_private());
    insta::assert_snapshot!(rack.masked(&refused), @r"
    ✕ **You may not** start service `db`
    It takes `server.run` on `the server of db`.
    An administrator can give it with `/grant role`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(rack.calls(), Vec::<String>::new());
    rack.admin.ask("/grant person person:@member allow:server.run on:box").await.until("Granted").await;
    member.ask("/service start service:db").await.until("Started").await;
    member.ask("/service stop service:db").await.until("Stopped").await;

    // A rule on the server holds for what runs there.
    rack.admin.ask("/policy set need:approve action:server.run target:box").await.until("Policy set").await;
    let question = member.ask("/service start service:db").await;
    question.until("Approve?").await;
    insta::assert_snapshot!(rack.masked(&question), @r"
    ! **Approve?** Start service `db`
    asked by <@…> · changes something · this guild's rule for `server.run` on `box`
    Details
    In this order: run `sh HOME/svc start db DB` on `box`.
    Approve
    Deny
    -# another person who may do `service.start` on `db` and `server.run` on `the server of db` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    let reason = question.try_press(&rack.admin, "Deny").await.unwrap().form();
    reason.submit(&[]).await;
    question.until("Denied").await;

    // Whoever is no administrator has a map of theirs read by another person first.
    let file = rack.path("theirs.yml");
    fs::write(&file, rack.map().replace("start db", "start db && id")).unwrap();
    let plan = member.ask(&format!(r#"/service import file:"@{}""#, file.display())).await;
    plan.until("~ `db`").await.press(&member, "Take this map").await;
    let question = member.sees("Approve?").await;
    insta::assert_snapshot!(rack.masked(&question), @r"
    ! **Approve?** Take service map `rack` as planned (`HASH`)
    asked by <@…> · changes something
    Details
    Who may start and stop services may then run `sh HOME/svc start db && id DB` for `db`.
    Approve
    Deny
    -# another person who may do `service.import` · plan HASH · expires <t:…:R> · ref REFERENCE · by <@…> · <t:…:R>
    ");
    question.press(&rack.admin, "Approve").await;
    member.sees("version 2").await;
    world.end().await;
}
