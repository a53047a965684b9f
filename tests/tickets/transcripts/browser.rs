//! Who reads on the web: a browser, logged in with Discord.

use reqwest::{Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::json;

use crate::{
    people::{Person, Shown},
    world::World,
};

/// A browser, as far as it matters who is logged in: it keeps cookies, and follows nobody by itself.
pub(crate) struct Browser {
    client: Client,
    web: String,
    pub(crate) cookies: Vec<(String, String)>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, web: world.web(), cookies: Vec::new() }
    }

    /// Opens an address of the bot's.
    pub(crate) async fn get(&mut self, path: &str) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.get(format!("{}{path}", self.web)).header("cookie", cookies.join("; "));
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite="), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        response
    }

    /// Logs in with Discord, as somebody there; the answer is what Discord sent them back with.
    pub(crate) async fn logs_in(&mut self, person: &Person, path: &str) -> String {
        let door = self.get(path).await;
        assert_eq!(door.status(), StatusCode::UNAUTHORIZED);
        let door = door.text().await.unwrap();
        let begin =
            door.split("class=\"key\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
        let back = self.asks_discord(person, &begin).await;
        let done = self.get(&back).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER, "{}", done.text().await.unwrap());
        assert_eq!(done.headers()["location"].to_str().unwrap(), path);
        back
    }

    pub(crate) async fn asks_discord(&mut self, person: &Person, begin: &str) -> String {
        let sent = self.get(begin).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
        let url = sent.headers()["location"].to_str().unwrap().to_owned();
        let query = url.strip_prefix("https://discord.com/oauth2/authorize?").unwrap();
        assert!(query.contains("scope=identify") && query.contains("code_challenge_method=S256"), "{query}");
        let yes = json!({ "authorize": true, "permissions": "0" });
        let allowed =
            person.client.rest(Method::POST, &format!("/oauth2/authorize?{query}"), Some(&yes)).await.unwrap();
        allowed["location"].as_str().unwrap().strip_prefix("http://127.0.0.1:1").unwrap().to_owned()
    }
}

/// A world where people can log in.
pub(crate) async fn with_login(world: &mut World) {
    world.set("NEBULA_WEB_URL", "http://127.0.0.1:1");
    let secret = world.sandbox.client_secret();
    world.never_show(secret);
    world.set("DISCORD_CLIENT_SECRET", secret);
    assert!(world.stop_bot().await);
    world.start_bot().await;
}

/// The path of a transcript that a person of staff is shown.
pub(crate) async fn address(person: &Person, number: i64) -> (Shown, String) {
    let shown = person.ask(&format!("/ticket transcript ticket:{number}")).await;
    shown.until("Read it").await;
    assert!(shown.is_private());
    let path = shown.text().split("(http://127.0.0.1:1").nth(1).unwrap().split(')').next().unwrap().to_owned();
    (shown, path)
}
