//! A place where help is asked for: a channel with a panel, and a role whose holders answer.

use reqwest::Method;
use serde_json::json;

use crate::{people::Person, world::World};

/// Sets it up in a guild that has none; the answer is its channel, and whoever answers.
pub(crate) async fn open(world: &World, admin: &Person) -> (String, Person) {
    let guild = world.guild();
    let (channels, roles) = (format!("/guilds/{guild}/channels"), format!("/guilds/{guild}/roles"));
    let made = admin.client.rest(Method::POST, &channels, Some(&json!({ "name": "help" }))).await.unwrap();
    let channel = made["id"].as_str().unwrap().to_owned();
    admin.client.rest(Method::POST, &roles, Some(&json!({ "name": "Helpers" }))).await.unwrap();
    let helper = world.newcomer("helper", &["Helpers"]).await;
    for (line, says) in [
        ("/ticket panel create name:help title:Help text:\"Say what it is about.\"", "Made"),
        ("/ticket category add panel:help name:Billing staff:@Helpers", "Added"),
        ("/ticket panel send panel:help channel:#help", "Sent"),
    ] {
        admin.ask(line).await.until(says).await;
    }
    admin.sees_in(&channel, "Say what it is about").await;
    (channel, helper)
}
