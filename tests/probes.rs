//! `/probe`, with a web server that turns wrong and well again.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use crate::{
    alerts::{told_about, told_so_often_about},
    world::World,
};

on_both_worlds! {
    what_answers_wrong_is_an_alert_until_it_answers_well_and_nothing_of_it_is_shown
}

/// Part of every body, and never to be seen anywhere.
const BODY: &str = "q7-only-in-the-body-of-the-answer-3x";

/// A small web server.
struct Shop {
    port: u16,
    says: Arc<Mutex<(u16, &'static str)>>,
}

impl Shop {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let says = Arc::new(Mutex::new((200, "open")));
        let shared = Arc::clone(&says);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let _ = stream.read(&mut [0; 4096]);
                let (status, words) = *shared.lock().unwrap();
                let body = format!("<p>{words}</p>{BODY}");
                let location = "location: http://169.254.169.254/latest/meta-data\r\n";
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} .\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n");
                let _ = stream.write_all((head + &body).as_bytes());
            }
        });
        Self { port, says }
    }

    fn say(&self, status: u16, words: &'static str) {
        *self.says.lock().unwrap() = (status, words);
    }
}

async fn what_answers_wrong_is_an_alert_until_it_answers_well_and_nothing_of_it_is_shown(mut world: World) {
    world.never_show(BODY);
    let (admin, member) = (world.admin().await, world.member().await);
    let shop = Shop::open();
    assert_shown!(admin.ask("/probe list").await.until("ref").await.masked(), @r"
    **Probes** none yet
    `/probe set` makes one: `name:shop kind:http target:https://shop.example/health`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let line = format!("/probe set name:shop kind:http target:http://127.0.0.1:{}/health words:open for:0s", shop.port);
    let refused = member.ask(&line).await;
    assert!(refused.is_private() && refused.text().contains("It takes `probe.set`"), "{}", refused.text());
    for (line, says) in [
        ("/probe set name:a kind:http target:http://169.254.169.254/latest", "never ask"),
        ("/probe set name:a kind:http target:http://2852039166/latest", "never ask"),
        ("/probe set name:a kind:http target:http://me:you@shop.example", "holds a secret"),
        ("/probe set name:a kind:tcp target:shop.example", "Say the port"),
        ("/probe set name:a kind:tcp target:shop.example:80 every:5s", "The shortest interval is 15 s"),
        ("/probe set name:a kind:tcp target:shop.example:80 warn:3", "Only a certificate has days"),
        ("/probe set name:a kind:ping target:shop.example status:200", "Only a probe over HTTP"),
        ("/probe test probe:nothing", "There is no probe `nothing`"),
    ] {
        admin.ask(line).await.until(says).await;
    }
    assert_shown!(admin.ask(&line).await.until("ref").await.masked(), @r"
    ✓ **Made** probe `shop`
    http `http://ADDRESS/health` · every 1 min
    It is asked at once, from the machine I run on.
    Probes
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let well = admin.ask("/probe test probe:shop").await;
    assert_shown!(well.until("ref").await.masked(), @r"
    ✓ **Probe** `shop`
    HTTP 200, with its words · http `http://ADDRESS/health`
    Ask again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // A redirect is an answer, and followed to nowhere.
    shop.say(302, "open");
    admin.ask("/probe test probe:shop").await.until("HTTP 302, with its words").await;
    shop.say(500, "open");
    let wrong = admin.ask("/probe test probe:shop").await;
    assert_shown!(wrong.until("ref").await.masked(), @r"
    ✕ **Probe** `shop`
    HTTP 500 · http `http://ADDRESS/health`
    Ask again
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    let opened = told_so_often_about(&world, "shop", "shop", 1).await;
    assert_eq!(opened, ["alert.opened critical told shop: HTTP 500"]);
    assert_shown!(admin.ask("/probe list").await.until("ref").await.masked(), @r"
    ✕ **Probes** 1
    1 wrong
    ✕ `shop`  HTTP 500 · <t:…:R>
    -# http `http://ADDRESS/health`, every 1 min
    Refresh
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // Killed, it tells nothing again.
    world.kill_bot();
    world.start_bot().await;
    shop.say(200, "closed");
    admin.ask("/probe test probe:shop").await.until("HTTP 200, without its words").await;
    shop.say(200, "open");
    admin.ask("/probe test probe:shop").await.until("HTTP 200, with its words").await;
    let closed = told_so_often_about(&world, "shop", "shop", 2).await;
    assert_eq!(closed[1..], ["alert.closed fine told shop: HTTP 200, with its words"]);

    shop.say(503, "open");
    admin.ask("/probe test probe:shop").await.until("HTTP 503").await;
    told_so_often_about(&world, "shop", "shop", 3).await;
    admin.ask("/probe remove probe:shop").await.until("Removed").await;
    told_so_often_about(&world, "shop", "shop", 4).await;
    assert!(told_about(&world, "shop", "shop").await[3].ends_with("the probe is gone"));
    world.end().await;
}
