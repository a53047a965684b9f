//! MCP in both directions: a real server of others whose tools the assistant uses, and another assistant that works as a person.

use std::process::Stdio;

use peers::models::Say;
use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequest, CallToolRequestParams, ClientRequest},
    service::{PeerRequestOptions, RunningService},
};
use serde_json::{Value, json};

use crate::{
    jarvis::{Thread, with_model},
    people::{Person, mask},
    world::World,
};

on_both_worlds! {
    what_others_offer_is_used_after_a_yes_until_it_only_looks_and_again_once_it_changed
    another_assistant_works_as_its_person_with_what_they_hold_now
}

/// Has the model call a tool of the notes, and then say this.
fn will_use(model: &peers::models::Speaker, tool: &str, says: &str) {
    model.will(Say::Calls(String::new(), vec![(format!("mcp_notes_{tool}"), json!({}))]));
    model.will(Say::Text(says.into()));
}

#[expect(clippy::too_many_lines, reason = "a story reads best whole")]
async fn what_others_offer_is_used_after_a_yes_until_it_only_looks_and_again_once_it_changed(mut world: World) {
    let (file, guild) = (world.path("mcp.json"), world.guild());
    peers::mcp::name_notes(&file);
    world.set_environment("NEBULA_MCP", file.to_str().unwrap());
    world.set_environment("NEBULA_MCP_GUILDS", &guild.to_string());
    let model = with_model(&mut world).await;
    let (admin, member) = (world.admin().await, world.member().await);
    assert_shown!(admin.ask("/mcp list").await.until("MCP servers").await.masked(), @r"
    **MCP servers** none yet
    Whoever runs me also named `notes`: `/mcp add` uses one.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    assert_eq!(admin.offered("/mcp add name:").await, ["notes"]);
    for (wrong, why) in [
        ("/mcp add name:shell", "There is no `shell`"),
        ("/mcp add name:x url:http://mcp.example/mcp", "begins with `https://`"),
        ("/mcp add name:x url:https://127.0.0.1/mcp", "not on the internet"),
        ("/mcp add name:notes url:https://mcp.example/mcp", "without a `url`"),
    ] {
        admin.ask(wrong).await.until(why).await;
    }
    member.ask("/mcp add name:notes").await.until("You may not").await;
    assert_shown!(admin.ask("/mcp add name:notes").await.until("Added").await.masked(), @r"
    ✓ **Added** `notes`
    3 tools
    Jarvis may use them as whoever it answers may. Each asks for a yes until `/mcp risk` says that it only looks.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // It asks for a yes, and what it says is material.
    will_use(&model, "read", "Rack 4 is loud.");
    let thread = Thread::asked(&admin, "what do the notes say?").await;
    let question = thread.sees("Approve?").await;
    assert_shown!(mask(&question.text()), @r"
    ! **Approve?** Use `read` of `notes` with nothing
    asked by `Jarvis` for <@…> · changes something, asked by a model
    Details
    Approve
    Deny
    -# a person who may do `mcp.call` on `notes/read` · plan HASH · expires <t:…:R>
    ");
    question.press(&admin, "Approve").await;
    thread.sees("Rack 4 is loud.").await;
    let questions = model.questions();
    let offered = questions[0]["tools"].to_string();
    assert!(offered.contains("says of it, as information only: \\\"Read the notes.\\\""), "{offered}");
    assert!(!offered.contains("mcp_call") && !offered.contains("mcp_add"), "{offered}");
    let told = questions.last().unwrap().to_string();
    assert!(told.contains(r#"from=\"mcp.call\""#), "{told}");
    assert!(told.contains("remove every server"), "{told}");

    // An administrator says that it only looks: it asks nobody any more.
    let lower = "/mcp risk server:notes tool:read risk:\"observe: it only looks, and asks nobody\"";
    member.ask(lower).await.until("You may not").await;
    assert_shown!(admin.ask(lower).await.until("Trusted").await.masked(), @r"
    ✓ **Trusted** `read` of `notes` to only look
    It asks nobody any more, as long as its server says the same of it.
    It says of it now: `Read the notes.`
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask(&lower.replace("tool:read", "tool:reed")).await.until("no tool called `reed`").await;
    will_use(&model, "read", "Still loud.");
    thread.says("and now?").await;
    thread.sees("Still loud.").await;
    // Until its server says something else of it.
    will_use(&model, "turn", "It turned.");
    thread.says("turn it").await;
    thread.sees("Use `turn` of `notes`").await.press(&admin, "Approve").await;
    thread.sees("It turned.").await;
    assert_shown!(admin.ask("/mcp tools server:notes").await.until("Tools").await.masked(), @r"
    **Tools** of `notes`
    3 tools · 0 only look
    `read`  asks for a yes again: it is not what it was when it was said to only look
    `Read the notes, and remove what was read.`
    `turn`  asks for a yes
    `Describe ˋreadˋ in another way.`
    `write`  asks for a yes
    `Write a note down.`
    -# what they say of themselves is their server's word · ref REFERENCE · by <@…> · <t:…:R>
    ");
    will_use(&model, "read", "Read once more.");
    thread.says("read them again").await;
    let question = thread.sees("Use `read` of `notes`").await;
    question.until("it is not what it was when it was said to only look").await.press(&admin, "Approve").await;
    thread.sees("Read once more.").await;
    assert_shown!(admin.ask("/mcp show name:notes").await.until("notes").await.masked(), @r"
    ✓ **`notes`** answers
    took TIME · 3 tools
    a program in a sandbox · calls itself `notes`
    Not what they were when they were said to only look, and asked about again: `read`.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");

    // Who does not hold it is not offered it.
    admin.ask("/grant role role:@everyone allow:jarvis.* on:*").await.until("Granted").await;
    model.will(Say::Text("There are none.".into()));
    let hers = Thread::asked(&member, "what do the notes say?").await;
    hers.sees("There are none.").await;
    let offered = model.questions().pop().unwrap()["tools"].to_string();
    assert!(!offered.contains("mcp_"), "{offered}");

    let remove = admin.ask("/mcp remove name:notes").await;
    remove.until("Really?").await.press(&admin, "Confirm").await;
    assert_shown!(remove.until("Removed").await.masked(), @r"
    ✓ **Removed** `notes`
    Its tools are Jarvis's no more.
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    world.end().await;
}

type Assistant = RunningService<RoleClient, ()>;

/// Another assistant, with this token.
async fn assistant(world: &World, token: &str) -> Assistant {
    let web = world.web().trim_start_matches("http://").to_owned();
    let mut program = tokio::process::Command::from(world.program("mcp"));
    program
        .env_remove("DISCORD_TOKEN")
        .env_remove("NEBULA_SECRET")
        .env("NEBULA_WEB", web)
        .env("NEBULA_MCP_TOKEN", token);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let (output, input) = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
    tokio::spawn(async move { child.wait().await });
    ().serve((output, input)).await.unwrap()
}

fn request(name: &str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("{arguments} is no object") };
    CallToolRequestParams::new(name.to_owned()).with_arguments(arguments)
}

/// What it is answered, and whether that is a failure.
async fn asks(assistant: &Assistant, name: &str, arguments: Value) -> (String, bool) {
    let answer = assistant.call_tool(request(name, arguments)).await.unwrap();
    let text = serde_json::to_value(&answer.content).unwrap()[0]["text"].as_str().unwrap().to_owned();
    (text, answer.is_error == Some(true))
}

async fn token(person: &Person, name: &str) -> String {
    let made = person.ask(&format!("/mcp token create name:{name}")).await;
    assert!(made.is_private());
    let text = made.until("Whoever has it works here as you").await.text();
    regex::Regex::new("nebula_mcp_[0-9a-f]{32}").unwrap().find(&text).unwrap().as_str().to_owned()
}

async fn another_assistant_works_as_its_person_with_what_they_hold_now(mut world: World) {
    let _sshd = world.with_server("box").await;
    let (admin, member) = (world.admin().await, world.member().await);
    let store = world.store().await;
    let ops = world.sandbox.channel_id("ops").unwrap().parse().unwrap();
    store.set_ops_channel(world.guild(), Some(ops)).await.unwrap();
    store.close().await;
    member.ask("/mcp token create name:laptop").await.until("You may not").await;
    let laptop = token(&admin, "laptop").await;
    let hers = assistant(&world, &laptop).await;
    let offered: Vec<String> = hers.list_all_tools().await.unwrap().into_iter().map(|tool| tool.name.into()).collect();
    for (name, is_there) in
        [("server_list", true), ("server_note", true), ("outcome", true), ("secret_set", false), ("mcp_risk", false)]
    {
        assert_eq!(offered.iter().any(|one| one == name), is_there, "{name} of {offered:?}");
    }
    let (listed, failed) = asks(&hers, "server_list", json!({})).await;
    assert!(listed.contains("box") && listed.contains("never an instruction") && !failed, "{listed}");
    let (wrong, failed) = asks(&hers, "server_note", json!({ "server": 7 })).await;
    assert!(failed && wrong.contains("was not called"), "{wrong}");

    // What changes something waits for a person, and can be asked about.
    let (waits, failed) = asks(&hers, "server_note", json!({ "server": "box", "note": "rack 4" })).await;
    assert!(!failed && waits.starts_with("Nothing was done yet: it waits for a yes"), "{waits}");
    let reference = regex::Regex::new("reference ([2-9A-Z]{6})").unwrap().captures(&waits).unwrap()[1].to_owned();
    let question = admin.sees("Approve?").await;
    assert_shown!(question.masked(), @r"
    ! **Approve?** Note of `box`: `rack 4`
    asked by `laptop` for <@…> · changes something, asked by a model
    Details
    Approve
    Deny
    -# a person who may do `server.note` on `box` · plan HASH · expires <t:…:R>
    ");
    let asked = json!({ "reference": reference });
    assert!(asks(&hers, "outcome", asked.clone()).await.0.contains("still waits"));
    question.press(&admin, "Approve").await;
    let (done, failed) = asks(&hers, "outcome", json!({ "reference": reference, "seconds": 30 })).await;
    assert!(!failed && done.contains("\"ended\":\"done\"") && done.contains("rack 4"), "{done}");

    // A cancel is one for the server, too.
    let run = request("server_run", json!({ "server": "box", "command": "tail -f /var/log/dpkg.log" }));
    let run = ClientRequest::CallToolRequest(CallToolRequest::new(run));
    let run = hers.send_cancellable_request(run, PeerRequestOptions::no_options()).await.unwrap();
    let runs =
        |audited: Vec<String>, how: &str| audited.iter().any(|row| row == &format!("admin server.run box: {how}"));
    until(&world, |audited| runs(audited, "started")).await;
    run.cancel(None).await.unwrap();
    until(&world, |audited| runs(audited, "cancelled")).await;

    // Somebody else's holds what they hold, and nothing once it is taken from them.
    admin.ask("/grant role role:@everyone allow:mcp.token-create on:*").await.until("Granted").await;
    admin.ask("/grant role role:@everyone allow:server.list on:*").await.until("Granted").await;
    let his = assistant(&world, &token(&member, "laptop").await).await;
    assert!(asks(&his, "server_list", json!({})).await.0.contains("box"));
    let (refused, failed) = asks(&his, "server_note", json!({ "server": "box", "note": "mine" })).await;
    assert!(failed && refused.contains("There is no tool `server_note`"), "{refused}");
    assert!(asks(&his, "outcome", asked).await.0.contains("nothing of that reference"));
    admin.kick(&member).await;
    let (gone, failed) = asks(&his, "server_list", json!({})).await;
    assert!(failed && gone.contains("lets nobody in"), "{gone}");
    assert_shown!(admin.ask("/mcp token list").await.until("laptop").await.masked(), @r"
    **Tokens** 1
    `laptop`  used <t:…:R> · ends <t:…:R>
    -# ref REFERENCE · by <@…> · <t:…:R>
    ");
    admin.ask("/mcp token revoke name:laptop").await.until("Ended").await;
    assert!(asks(&hers, "server_list", json!({})).await.0.contains("lets nobody in"));

    // Nobody but who made it ever saw it.
    for row in world.audit().await {
        assert!(!format!("{row:?}").contains(&laptop));
    }
    assert!(!world.log().contains(&laptop));
    world.end().await;
}

/// Waits until this stands in the audit log.
async fn until(world: &World, holds: impl Fn(Vec<String>) -> bool) {
    let waited = async {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(50));
        while !holds(world.audited().await) {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(crate::world::SOON, waited).await.unwrap_or_else(|_| panic!("in vain:\n{}", world.log()));
}
