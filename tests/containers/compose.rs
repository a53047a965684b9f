//! Compose projects: only in folders that were allowed, and with nothing of the bot's own environment.

use insta::assert_snapshot;
use peers::Docker;

use super::masked;
use crate::world::World;

/// A project's folder that every user may read. It asks for a variable that only the bot has.
pub(super) fn shop(docker: &Docker) -> String {
    let folder = docker.socket().with_file_name("the shop");
    std::fs::create_dir_all(&folder).unwrap();
    let web = "image: busybox:local\n    command: [sh, -c, 'echo open; exec sleep 1000']\n    init: true";
    let environment = "HINT: plain-words-only\n      STOLEN: \"${NEBULA_SECRET:-nothing}\"";
    let file = format!(
        "version: '2.4'\nservices:\n  web:\n    {web}\n    network_mode: none\n    environment:\n      {environment}\n"
    );
    std::fs::write(folder.join("docker-compose.yml"), file).unwrap();
    folder.display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_started_and_taken_down_where_it_was_allowed_here_and_through_ssh() {
    let Some(docker) = Docker::start() else { return };
    docker.busybox();
    let mut world = World::with_docker(&docker).await;
    world.never_show("plain-words-only");
    let _sshd = world.with_server("box").await;
    let admin = world.admin().await;
    let (folder, socket) = (shop(&docker), docker.socket().display().to_string());
    admin.ask(&format!("/container socket server:box path:{socket}")).await.until("Found").await;

    let refused = admin.ask("/compose up server:local project:shop").await;
    assert_snapshot!(masked(&refused.until("not allowed").await.text()), @r"
    ✕ **`shop` is not allowed** on `local`
    Nothing was done. `/compose allow` says which folder it is in.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let wrong = admin.ask("/compose allow server:local project:shop folder:\"/srv/it's; id\"").await;
    wrong.until("is no folder that I use").await;
    for (server, project) in [("local", "shop"), ("box", "store")] {
        let ask =
            async |command: &str| admin.ask(&format!("/compose {command} server:{server} project:{project}")).await;
        let allow = format!("/compose allow server:{server} project:{project} folder:\"{folder}\"");
        admin.ask(&allow).await.until("Allowed").await;
        ask("up").await.until("exit 0 after").await;
        let container = docker.run(&["ps", "--format", "{{.Names}}", "--filter", &format!("name={project}")]);
        assert!(container.starts_with(project), "{container}");
        let environment = docker.run(&["inspect", "--format", "{{.Config.Env}}", &container]);
        assert!(environment.contains("STOLEN=nothing"), "{environment}");
        let list = admin.ask(&format!("/compose list server:{server}")).await;
        list.until(&format!("✓ `{project}`  1 of 1 run")).await;
        ask("logs").await.until("open").await;
        let config = ask("config").await;
        config.until("HINT: ‹hidden›").await;
        let down = ask("down").await;
        down.until("Really?").await;
        down.press(&admin, "Confirm").await;
        admin.sees(&format!("**Take down** `{project}`")).await.until("exit 0 after").await;
        assert_eq!(docker.run(&["ps", "--all", "--quiet"]), "");
    }
    admin.ask("/compose forget server:local project:shop").await.until("Forgot").await;
    admin.ask("/compose up server:local project:shop").await.until("not allowed").await;
    world.end().await;
}
