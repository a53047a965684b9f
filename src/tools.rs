//! What the agents that come along may call is there, and what they are to use is there, too.

use base::{Clock, GuildId, Redactor};
use containers::Local;
use store::{Store, Vault};
use workspace::Folder;

use crate::{record::unset, services::Services};

#[tokio::test(flavor = "multi_thread")]
async fn every_tool_of_a_built_in_agent_is_an_action_and_none_of_them_gives_rights_or_reads_secrets() {
    let home = tempfile::tempdir().unwrap();
    let (clock, redactor) = (Clock::system(), Redactor::default());
    let url = format!("sqlite://{}", home.path().join("nebula.db").display());
    let store = Store::open(&url, clock.clone()).await.unwrap();
    let outside = (Local::new(None, "").unwrap(), Folder::default(), ::mcp::Own::default());
    let vault = Vault::new(store.clone(), None);
    let models = models::Shared::default();
    let shown = (unset(&clock), presence::Settings::default());
    let services = Services::new(&store, vault, &clock, &redactor, outside, models, shown).await.unwrap();
    let hub = services.hub(store.clone(), clock, redactor);
    let names: Vec<&str> = hub.actions().map(|entry| entry.name).collect();
    let all = services.workspace.catalogue(GuildId(1)).await.unwrap();
    assert_eq!(all.agents.len(), 5);
    for agent in all.agents.values().filter_map(|item| item.ok()) {
        for tool in agent.tools.iter().flatten() {
            let fits = |name: &&str| match tool.strip_suffix('*') {
                Some(kind) => name.starts_with(kind),
                None => name == tool,
            };
            assert!(names.iter().any(fits), "{}: {tool} is nothing anybody can do", agent.name);
            let kind = tool.split('.').next().unwrap();
            assert!(!["grant", "policy", "secret", "setup", "feature"].contains(&kind), "{}: {tool}", agent.name);
        }
    }
    store.close().await;
}
