//! Ollama's interface, as its documentation has it: chat, what there is, what is warm, fetching and removing.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Out, Request, Say, Shared, tokens};

/// Between two words of how far it is.
const TICK: Duration = Duration::from_millis(40);
/// A model is fetched in so many steps.
const STEPS: u64 = 10;

pub(super) fn answer(shared: &Shared, request: &Request, out: Out) {
    let name = request.body["model"].as_str().or_else(|| request.body["name"].as_str()).unwrap_or_default().to_owned();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/version") => out.json(200, &[], &json!({ "version": "0.12.0" })),
        ("GET", "/api/tags") => {
            let models: Vec<Value> = shared.state().models.iter().map(|(name, about)| listed(name, about)).collect();
            out.json(200, &[], &json!({ "models": models }));
        }
        ("GET", "/api/ps") => {
            let state = shared.state();
            let warm = state.models.iter().filter(|(name, _)| state.warm.contains(*name));
            let models: Vec<Value> = warm.map(|(name, about)| listed(name, about)).collect();
            drop(state);
            out.json(200, &[], &json!({ "models": models }));
        }
        ("POST", "/api/show") => match shared.state().models.get(&name) {
            Some(about) => out.json(
                200,
                &[],
                &json!({
                    "license": "Apache 2.0", "parameters": "temperature 0.6", "capabilities": about["can"],
                    "details": { "family": "test", "parameter_size": "8.2B", "quantization_level": "Q4_K_M" },
                    "model_info": { "general.architecture": "test", "test.context_length": about["window"] },
                }),
            ),
            None => out.json(404, &[], &json!({ "error": format!("model '{name}' not found") })),
        },
        ("DELETE", "/api/delete") => {
            let gone = shared.state().models.remove(&name).is_some();
            if gone {
                out.json(200, &[], &Value::Null);
            } else {
                out.json(404, &[], &json!({ "error": format!("model '{name}' not found") }));
            }
        }
        ("POST", "/api/pull") => pull(shared, &name, out),
        ("POST", "/api/chat") => chat(shared, request, &name, out),
        _ => out.json(404, &[], &json!({ "error": "404 page not found" })),
    }
}

fn listed(name: &str, about: &Value) -> Value {
    let details = json!({ "family": "test", "parameter_size": "8.2B", "quantization_level": "Q4_K_M" });
    json!({ "name": name, "model": name, "size": about["size"], "digest": "0".repeat(64), "details": details,
        "modified_at": "2026-01-01T00:00:00Z" })
}

fn pull(shared: &Shared, name: &str, mut out: Out) {
    out.begin("application/x-ndjson");
    let tell = |out: &mut Out, told: Value| out.piece(&format!("{told}\n"));
    tell(&mut out, json!({ "status": "pulling manifest" }));
    let Some(total) = shared.state().library.get(name).copied() else {
        // It says so with a status of 200.
        tell(&mut out, json!({ "error": "pull model manifest: file does not exist" }));
        return out.end();
    };
    let digest = format!("sha256:{}", "a".repeat(64));
    for step in 1..=STEPS {
        let completed = total * step / STEPS;
        while shared.state().pull_to.is_some_and(|most| completed > most) {
            if out.is_gone() {
                shared.state().pulls_cancelled += 1;
                return;
            }
        }
        let told = json!({ "status": format!("pulling {}", &digest[7..19]), "digest": digest, "total": total, "completed": completed });
        if !tell(&mut out, told) {
            shared.state().pulls_cancelled += 1;
            return;
        }
        std::thread::sleep(TICK);
    }
    for status in ["verifying sha256 digest", "writing manifest"] {
        tell(&mut out, json!({ "status": status }));
    }
    let about = json!({ "size": total, "window": 32_768, "can": ["completion", "tools"] });
    shared.state().models.insert(name.to_owned(), about);
    tell(&mut out, json!({ "status": "success" }));
    out.end();
}

fn chat(shared: &Shared, request: &Request, name: &str, mut out: Out) {
    if !shared.knows(&name.into()) {
        return out.json(404, &[], &json!({ "error": format!("model '{name}' not found") }));
    }
    let can = shared.state().models[name]["can"].clone();
    let calls_tools = can.as_array().is_some_and(|can| can.contains(&"tools".into()));
    if !request.body["tools"].is_null() && !calls_tools {
        let error = format!("registry.ollama.ai/library/{name} does not support tools");
        return out.json(400, &[], &json!({ "error": error }));
    }
    let say = shared.next(&request.body);
    if let Say::Status(status, after, _, said) = say {
        // What stands before an Ollama may say when to come back.
        let after = after.map(|after| after.to_string());
        let headers: Vec<_> = after.iter().map(|after| ("retry-after", after.as_str())).collect();
        return out.json(status, &headers, &json!({ "error": said }));
    }
    shared.state().warm.insert(name.to_owned());
    out.begin("application/x-ndjson");
    let read = tokens(&request.body["messages"]) + tokens(&request.body["tools"]);
    let mut told = Told { shared, out, name: name.to_owned(), read };
    match say {
        Say::Text(text) => told.say(&text).ends("stop"),
        Say::Read(read, text) => {
            told.read = read;
            told.say(&text).ends("stop");
        }
        Say::Calls(text, calls) => {
            told.say(&text);
            let calls =
                calls.iter().map(|(name, arguments)| json!({ "function": { "name": name, "arguments": arguments } }));
            told.message(&json!({ "content": "", "tool_calls": calls.collect::<Vec<_>>() }));
            told.ends("stop");
        }
        Say::BrokenCall(name, arguments) => {
            told.message(
                &json!({ "content": "", "tool_calls": [{ "function": { "name": name, "arguments": arguments } }] }),
            );
            told.ends("stop");
        }
        Say::Refuse(text) => told.say(&text).ends("content_filter"),
        Say::Nothing => told.ends("stop"),
        Say::Break(text, _, said) => {
            told.say(&text);
            told.line(&json!({ "error": said }));
            told.out.end();
        }
        Say::Half(text) => {
            told.say(&text);
            told.out.break_off();
        }
        Say::Garbage(text) => {
            told.say(&text);
            told.out.piece("{\"message\":{\"content\":\n");
            told.ends("stop");
        }
        Say::Because(text, reason) => told.say(&text).ends(reason),
        Say::ManyCalls(count) => {
            let call = json!({ "function": { "name": "server.list", "arguments": {} } });
            told.message(&json!({ "content": "", "tool_calls": vec![call; count] }));
            told.ends("stop");
        }
        Say::LongArguments(bytes) => {
            let call = json!({ "function": { "name": "server.run", "arguments": { "command": "x".repeat(bytes) } } });
            told.message(&json!({ "content": "", "tool_calls": [call] }));
            told.ends("stop");
        }
        Say::LongLine(bytes) => told.say(&"x".repeat(bytes)).ends("stop"),
        Say::Silence(text) => {
            told.say(&text);
            shared.until_gone(&mut told.out);
        }
        Say::Status(..) => unreachable!("it was answered above"),
    }
}

struct Told<'a> {
    shared: &'a Shared,
    out: Out,
    name: String,
    read: u64,
}

impl Told<'_> {
    fn line(&mut self, told: &Value) {
        self.out.piece(&format!("{told}\n"));
    }

    fn message(&mut self, message: &Value) {
        let name = self.name.clone();
        self.line(&json!({ "model": name, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": false }));
    }

    fn say(&mut self, text: &str) -> &mut Self {
        let shared = self.shared;
        for word in shared.words(text) {
            self.message(&json!({ "role": "assistant", "content": word }));
        }
        self
    }

    fn ends(&mut self, reason: &str) {
        let (name, read) = (self.name.clone(), self.read);
        self.line(&json!({
            "model": name, "created_at": "2026-01-01T00:00:00Z", "message": { "role": "assistant", "content": "" },
            "done": true, "done_reason": reason, "total_duration": 1, "load_duration": 1,
            "prompt_eval_count": read, "prompt_eval_duration": 1, "eval_count": 7, "eval_duration": 1,
        }));
        self.out.piece("");
    }
}
