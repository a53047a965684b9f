//! The page for everybody: what was put on it, and nothing else.

use super::Rack;
use crate::world::World;

on_both_worlds! {
    a_page_for_everybody_shows_what_was_put_on_it_and_nothing_else
}

async fn a_page_for_everybody_shows_what_was_put_on_it_and_nothing_else(mut world: World) {
    let rack = Rack::set(&mut world).await;
    rack.take().await;
    world.set("NEBULA_LOOK_EVERY", "1");
    assert!(world.stop_bot().await);
    world.start_bot().await;
    let admin = &rack.admin;
    admin.ask("/service page").await.until("no page for everybody yet").await;
    admin.ask("/service start service:db").await.until("Started").await;
    let published = admin.ask("/service publish as:Shop <&> service:web").await;
    published.until("Published").await;
    let text = published.text();
    let key = text.split("/status/").nth(1).unwrap().split('`').next().unwrap().to_owned();
    assert_eq!(key.len(), 32, "nobody guesses it: {text}");
    admin.ask("/service publish as:Storage service:db").await.until("2 lines").await;
    admin.ask("/service publish as:Machine server:box").await.until("3 lines").await;

    let page = async |word: &str| {
        let answer = reqwest::get(format!("{}/status/{word}", world.web())).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let seen = tokio::time::timeout(crate::world::SOON, async {
        loop {
            let (_, html) = page(&key).await;
            if html.contains("One thing is down") && html.matches("✓ up").count() == 2 {
                return html;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    let html = seen.await.expect("each is looked at within moments");
    assert!(html.contains("Shop &#60;&#38;&#62;") || html.contains("Shop &lt;&amp;&gt;"), "{html}");
    let html = html.split("</style>").nth(1).unwrap();
    for hidden in ["box", "127.0.0.1", "rack", "httpd", "svc", "nebula-test"] {
        assert!(!html.contains(hidden), "{hidden}: {html}");
    }
    assert_eq!(page("another").await.0, 404);

    let changed = admin.ask("/service page word:our-crew title:The crew").await;
    assert!(changed.is_private());
    changed.until("The crew").await;
    assert_eq!(page(&key).await.0, 404, "the old address is gone");
    let mut node = std::process::Command::new("node");
    node.args(["--test", "status.mjs"])
        .current_dir(peers::page::PROGRAMS)
        .env("STATUS_URL", format!("{}/status/our-crew", world.web()))
        .env("NAMES", r#"["Shop <&>", "Storage", "Machine"]"#)
        .env("PRIVATE", r#"["rack", "127.0.0.1", "nebula-test"]"#)
        .env("OPEN", "[]")
        .env("OVER", "[]")
        .env("MODULES", peers::page::MODULES);
    let played = tokio::task::spawn_blocking(move || node.output()).await.unwrap().unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));

    admin.ask("/service unpublish service:web").await.until("Took").await;
    assert!(!page("our-crew").await.1.contains("Shop"));
    admin.ask("/service page change:remove").await.until("Removed").await;
    assert_eq!(page("our-crew").await.0, 404);
    world.end().await;
}
