//! Ollama's own interface (`/api/chat`, lines of JSON).

use models::wire::{Trouble, error};
use serde_json::{Value, json};

use super::{
    Asked, Speaks,
    answer::{Answer, stopped},
};
use crate::{Chunk, Failure, Message, Prompt, Reply};

/// How long a model stays warm after an answer.
const KEEP: &str = "30m";

pub(super) async fn ask(to: &Speaks, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let body = body(asked.prompt, asked.model, asked.window);
    let lines = to.wire.stream(&to.provider, "api/chat", &body).await;
    let mut lines = lines.map_err(|trouble| to.failure(asked, trouble))?;
    let mut answer = Answer::default();
    while let Some(line) = lines.next().await.map_err(|trouble| to.failure(asked, trouble))? {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let told: Value = serde_json::from_slice(&line).map_err(|_| to.garbled("a part of it is no JSON"))?;
        if !told["error"].is_null() {
            // It began well, so its status is none of what went wrong.
            let (said, named) = error(&told);
            return Err(to.failure(asked, Trouble::Status { code: 500, after: None, said, named }));
        }
        let message = &told["message"];
        if message["thinking"].as_str().is_some_and(|thought| !thought.is_empty()) {
            asked.show(Chunk::Thought).await;
        }
        if let Some(text) = message["content"].as_str().filter(|text| !text.is_empty()) {
            answer.say(text).map_err(|why| to.garbled(why))?;
            asked.show(Chunk::Text(text.to_owned())).await;
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            take(&mut answer, call).map_err(|why| to.garbled(why))?;
        }
        if told["done"] == true {
            answer.usage.prompt_tokens = told["prompt_eval_count"].as_u64().unwrap_or_default();
            answer.usage.reply_tokens = told["eval_count"].as_u64().unwrap_or_default();
            // Old ones give no reason.
            let reason = told["done_reason"].as_str().unwrap_or("stop");
            let stopped = stopped(reason).ok_or_else(|| to.garbled("it stopped for a reason that I do not know"))?;
            return answer.end(stopped, || to.id()).map_err(|why| to.garbled(why));
        }
    }
    Err(to.garbled("it stopped half-way"))
}

/// A call comes whole, its arguments as an object.
fn take(answer: &mut Answer, call: &Value) -> Result<(), &'static str> {
    let function = &call["function"];
    let arguments = match &function["arguments"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let name = function["name"].as_str().unwrap_or_default();
    answer.call(answer.next(), call["id"].as_str().unwrap_or_default(), name, &arguments)
}

fn body(prompt: &Prompt, model: &str, window: u64) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": prompt.system })];
    messages.extend(prompt.messages.iter().map(message));
    let mut body = json!({
        "model": model,
        "messages": messages,
        "stream": true,
        "keep_alive": KEEP,
        // What does not fit is refused, where it is known that it can be.
        "truncate": false,
        "shift": false,
        "options": { "num_ctx": window, "num_predict": prompt.longest_answer },
    });
    if !prompt.tools.is_empty() {
        let tools = prompt.tools.iter().map(|tool| {
            json!({ "type": "function", "function": {
                "name": tool.name, "description": tool.description, "parameters": tool.schema,
            } })
        });
        body["tools"] = tools.collect();
    }
    body
}

fn message(said: &Message) -> Value {
    match said {
        Message::Person { text, images } => {
            let mut message = json!({ "role": "user", "content": text });
            if !images.is_empty() {
                message["images"] = images.iter().map(|image| json!(&*image.base64)).collect();
            }
            message
        }
        Message::Model { text, calls } => {
            let mut message = json!({ "role": "assistant", "content": text });
            if !calls.is_empty() {
                let calls = calls.iter().map(|call| {
                    json!({ "id": call.id, "function": { "name": call.name, "arguments": super::object(&call.arguments) } })
                });
                message["tool_calls"] = calls.collect();
            }
            message
        }
        Message::Tool { call, name, text, .. } => {
            json!({ "role": "tool", "content": text, "tool_name": name, "tool_call_id": call })
        }
    }
}
