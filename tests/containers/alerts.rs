//! A container in trouble is an alert until it runs again, is healthy again, or is gone; also where nobody listened meanwhile.

use super::Yard;
use crate::{
    alerts::{told_about, told_so_often_about},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_in_trouble_is_an_alert_until_it_runs_again_or_is_gone() {
    let Some(yard) = Yard::of("mended") else { return };
    let mut world = World::with_docker(&yard.docker).await;
    let admin = world.admin().await;
    admin.ask("/container watch server:local channel:#ops").await.until("Watching").await;
    admin.ask("/alert set name:container calm:1s").await.until("Changed").await;
    admin.ask("/alert set name:ends what:event:container.exited warn:1 for:1h").await.until("Made").await;

    let web = yard.run("web", &["--init"], "exec sleep 1000");
    yard.docker.run(&["kill", &web]);
    let opened = told_so_often_about(&world, "container", yard.story, 1).await;
    assert_eq!(opened, [format!("alert.opened critical told {web}: ended with exit 137 by SIGKILL")]);
    let counted = told_so_often_about(&world, "ends", yard.story, 1).await;
    assert_eq!(
        counted,
        [format!("alert.opened warn told {web}: 1 × container.exited within 1 h, the last about {web}")]
    );
    admin.ask("/alert list").await.until("critical").await.until(&format!("✕ `{web}` on `local`")).await;

    // It is started again while the bot is away.
    assert!(world.stop_bot().await);
    yard.docker.run(&["start", &web]);
    world.start_bot().await;
    let closed = told_so_often_about(&world, "container", yard.story, 2).await;
    assert_eq!(closed[1..], [format!("alert.closed fine told {web}: runs again")]);
    // It ends again, before its channel would be told again.
    yard.docker.run(&["kill", &web]);
    assert_eq!(told_so_often_about(&world, "container", yard.story, 3).await.len(), 3);

    let job = yard.run("job", &[], "exit 4");
    told_so_often_about(&world, "container", yard.story, 4).await;
    yard.docker.run(&["rm", &job]);
    let gone = told_so_often_about(&world, "container", yard.story, 5).await;
    assert_eq!(
        gone[3..],
        [
            format!("alert.opened critical told {job}: ended with exit 4"),
            format!("alert.closed fine told {job}: removed"),
        ]
    );

    // Whose engine nobody watches any more has no alerts.
    admin.ask("/container unwatch server:local").await.until("Ended the watch").await;
    told_so_often_about(&world, "container", yard.story, 6).await;
    assert!(told_about(&world, "container", yard.story).await[5].ends_with("its engine is not watched any more"));
    world.end().await;
}
