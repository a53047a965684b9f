//! Somebody's browser: it keeps cookies, and goes where it is sent only when the story says so.

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect::Policy};
use tokio::task::JoinHandle;

use crate::{
    people::{Person, Shown},
    world::World,
};

/// Where the bot says that it is reached.
pub(crate) const ADDRESS: &str = "http://127.0.0.1:1";

/// A browser, with what pages gave it to keep.
pub(crate) struct Browser {
    client: Client,
    web: String,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(world: &World) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, web: world.web(), cookies: BTreeMap::new() }
    }

    /// Keeps these too.
    pub(crate) fn holds(&mut self, cookies: &[(String, String)]) {
        self.cookies.extend(cookies.iter().cloned());
    }

    /// The same browser, with the bot at wherever it is since its last start.
    pub(super) fn again(&self, world: &World) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(world) }
    }

    /// Opens a path and does not wait for what it says: the bot may not live that long.
    pub(super) fn opens(&self, path: &str) -> JoinHandle<()> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.client.get(format!("{}{path}", self.web)).header("cookie", cookies.join("; "));
        tokio::spawn(async move {
            // Nobody may answer.
            let _ = request.send().await;
        })
    }

    /// Says at the platform what its person says. The answer is where it is sent back.
    pub(super) async fn says(&self, asked: &str) -> String {
        let asked = self.client.get(asked).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::FOUND, "{}", asked.text().await.unwrap());
        let back = asked.headers()["location"].to_str().unwrap();
        back.strip_prefix(ADDRESS).unwrap_or_else(|| panic!("{back}")).to_owned()
    }

    /// Opens a path of the bot's.
    pub(crate) async fn get(&mut self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.web));
        self.send(request).await
    }

    /// Opens it, and reads what it says.
    pub(crate) async fn reads(&mut self, path: &str) -> (StatusCode, String) {
        let page = self.get(path).await;
        (page.status(), page.text().await.unwrap())
    }

    /// Sends a form there.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.client.post(format!("{}{path}", self.web)).form(fields);
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("HttpOnly"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                assert!(cookie.contains("SameSite=Lax") || cookie.contains("SameSite=Strict"), "{cookie}");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    /// Opens a link, presses the button of its page, and says at the platform what its person says. The answer is where it is sent back.
    pub(crate) async fn consents(&mut self, path: &str) -> String {
        let asked = self.goes_on(path).await;
        self.says(&asked).await
    }

    /// Opens a link and presses the button of its page. The answer is where at the platform it is sent.
    pub(crate) async fn goes_on(&mut self, path: &str) -> String {
        let page = self.sees(path).await;
        let sent = self.presses(path, &page).await;
        assert_eq!(sent.status(), StatusCode::SEE_OTHER, "{}", sent.text().await.unwrap());
        sent.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Opens a link. The answer is its page.
    pub(super) async fn sees(&mut self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status(), StatusCode::OK, "{}", page.text().await.unwrap());
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("form-action 'self' http://127.0.0.1:") && !policy.contains("script"), "{policy}");
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        page.text().await.unwrap()
    }

    /// Presses the button of a link's page.
    pub(super) async fn presses(&mut self, path: &str, page: &str) -> Response {
        let (word, shown) = (hidden(page, "t"), hidden(page, "page"));
        let start = path.split('?').next().unwrap();
        self.post(start, &[("t", &word), ("page", &shown)]).await
    }
}

/// The value of a field that a page does not show.
fn hidden(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
    field.split('"').next().unwrap().to_owned()
}

/// Asks to connect an account. The answer is what is shown of it, and the path of its link.
pub(crate) async fn link(person: &Person, platform: &str) -> (Shown, String) {
    let shown = person.ask(&format!("/connect {platform}")).await;
    shown.until("whoever opens it").await;
    assert!(shown.is_private());
    let path = opens(&shown).strip_prefix(ADDRESS).unwrap().to_owned();
    (shown, path)
}

/// The address of the button that opens one.
pub(crate) fn opens(shown: &Shown) -> String {
    fn below(value: &serde_json::Value) -> Option<String> {
        if let (Some(5), Some(url)) = (value["style"].as_u64(), value["url"].as_str()) {
            return Some(url.to_owned());
        }
        match value {
            serde_json::Value::Array(all) => all.iter().find_map(below),
            serde_json::Value::Object(all) => all.values().find_map(below),
            _ => None,
        }
    }
    let raw = shown.message().raw;
    below(&raw["components"]).unwrap_or_else(|| panic!("no address in {raw}"))
}

/// Connects an account, from the command to its last word.
pub(crate) async fn connects(world: &World, person: &Person, platform: &str) -> Shown {
    let (shown, path) = link(person, platform).await;
    let mut browser = Browser::new(world);
    let back = browser.consents(&path).await;
    let (status, page) = browser.reads(&back).await;
    assert!(status == StatusCode::OK && page.contains("is connected. Go back to Discord."), "{status} {page}");
    shown.until("Connected").await;
    shown
}

/// Lets the bot do what a card says it may not yet.
pub(crate) async fn allows(world: &World, person: &Person, card: &Shown, platform: &str) {
    let asked = card.try_press(person, &format!("Connect {platform}")).await.unwrap().answer().await;
    asked.until("whoever opens it").await;
    let path = opens(&asked).strip_prefix(ADDRESS).unwrap().to_owned();
    let mut browser = Browser::new(world);
    let back = browser.consents(&path).await;
    assert!(browser.get(&back).await.status().is_success());
    asked.until("Connected").await;
}
