//! Anthropic's Messages (server-sent events). What stays the same from turn to turn is marked to be cached there.

use models::wire::{Events, Trouble, error};
use serde_json::{Value, json};

use super::{
    Asked, Speaks,
    answer::{Answer, stopped},
};
use crate::{Chunk, Failure, Message, Prompt, Reply};

pub(super) async fn ask(to: &Speaks, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let lines = to.wire.stream(&to.provider, "v1/messages", &body(asked.prompt, asked.model)).await;
    let mut events = Events(lines.map_err(|trouble| to.failure(asked, trouble))?);
    let (mut answer, mut end) = (Answer::default(), None);
    while let Some(data) = events.next().await.map_err(|trouble| to.failure(asked, trouble))? {
        let told: Value = serde_json::from_slice(&data).map_err(|_| to.garbled("a part of it is no JSON"))?;
        match told["type"].as_str().unwrap_or_default() {
            "message_start" => answer.usage.prompt_tokens = read(&told["message"]["usage"]),
            "content_block_start" if told["content_block"]["type"] == "tool_use" => {
                let block = &told["content_block"];
                let text = |field: &str| block[field].as_str().unwrap_or_default().to_owned();
                // What it was called with comes in pieces after this.
                let began = answer.call(index(&told), &text("id"), &text("name"), "");
                began.map_err(|why| to.garbled(why))?;
            }
            "content_block_delta" => {
                let delta = &told["delta"];
                if let Some(text) = delta["text"].as_str().filter(|text| !text.is_empty()) {
                    answer.say(text).map_err(|why| to.garbled(why))?;
                    asked.show(Chunk::Text(text.to_owned())).await;
                } else if let Some(piece) = delta["partial_json"].as_str() {
                    answer.call(index(&told), "", "", piece).map_err(|why| to.garbled(why))?;
                } else if !delta["thinking"].is_null() {
                    asked.show(Chunk::Thought).await;
                }
            }
            "message_delta" => {
                answer.usage.reply_tokens = told["usage"]["output_tokens"].as_u64().unwrap_or_default();
                end = told["delta"]["stop_reason"].as_str().map(str::to_owned).or(end);
            }
            "message_stop" => {
                let reason = end.as_deref().unwrap_or_default();
                let stopped =
                    stopped(reason).ok_or_else(|| to.garbled("it stopped for a reason that I do not know"))?;
                return answer.end(stopped, || to.id()).map_err(|why| to.garbled(why));
            }
            "error" => {
                let (said, named) = error(&told);
                return Err(to.failure(asked, Trouble::Status { code: status(&named), after: None, said, named }));
            }
            // Signs of life, the ends of blocks, and whatever will be new.
            _ => {}
        }
    }
    Err(to.garbled("it stopped half-way"))
}

fn index(told: &Value) -> u64 {
    told["index"].as_u64().unwrap_or_default()
}

/// What was read: anew, from the cache, and into it.
fn read(usage: &Value) -> u64 {
    let of = |field: &str| usage[field].as_u64().unwrap_or_default();
    of("input_tokens") + of("cache_read_input_tokens") + of("cache_creation_input_tokens")
}

/// The status that an error in mid-stream would have had.
fn status(named: &str) -> u16 {
    match named {
        "overloaded_error" => 529,
        "rate_limit_error" => 429,
        "authentication_error" => 401,
        "permission_error" => 403,
        "invalid_request_error" => 400,
        _ => 500,
    }
}

fn body(prompt: &Prompt, model: &str) -> Value {
    let cached = json!({ "type": "ephemeral" });
    let mut body = json!({
        "model": model,
        "max_tokens": prompt.longest_answer,
        "messages": messages(prompt),
        "stream": true,
    });
    if !prompt.system.trim().is_empty() {
        body["system"] = json!([{ "type": "text", "text": prompt.system, "cache_control": cached }]);
    }
    if !prompt.tools.is_empty() {
        let tools = prompt
            .tools
            .iter()
            .map(|tool| json!({ "name": tool.name, "description": tool.description, "input_schema": tool.schema }));
        let mut tools: Vec<Value> = tools.collect();
        if let Some(last) = tools.last_mut() {
            last["cache_control"] = cached;
        }
        body["tools"] = tools.into();
    }
    body
}

/// Turns of a person and of the model, one after the other: what follows from the same side is one turn.
fn messages(prompt: &Prompt) -> Vec<Value> {
    let mut turns: Vec<(&str, Vec<Value>)> = Vec::new();
    for said in &prompt.messages {
        let (role, blocks) = blocks(said);
        match turns.last_mut() {
            Some((last, before)) if *last == role => before.extend(blocks),
            _ => turns.push((role, blocks)),
        }
    }
    turns.retain(|(_, blocks)| !blocks.is_empty());
    if let Some((_, blocks)) = turns.last_mut()
        && let Some(last) = blocks.last_mut()
    {
        last["cache_control"] = json!({ "type": "ephemeral" });
    }
    turns.into_iter().map(|(role, content)| json!({ "role": role, "content": content })).collect()
}

/// Empty text is refused there, so it is left out.
fn blocks(said: &Message) -> (&'static str, Vec<Value>) {
    let text = |text: &str| (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }));
    match said {
        Message::Person { text: said, images } => {
            let pictures = images.iter().map(|image| {
                json!({ "type": "image", "source": {
                    "type": "base64", "media_type": image.media_type, "data": &*image.base64,
                } })
            });
            ("user", pictures.chain(text(said)).collect())
        }
        Message::Model { text: said, calls } => {
            let calls = calls.iter().map(|call| {
                json!({ "type": "tool_use", "id": call.id, "name": call.name, "input": super::object(&call.arguments) })
            });
            ("assistant", text(said).into_iter().chain(calls).collect())
        }
        Message::Tool { call, text, failed, .. } => {
            let result = json!({ "type": "tool_result", "tool_use_id": call, "content": text, "is_error": failed });
            ("user", vec![result])
        }
    }
}
