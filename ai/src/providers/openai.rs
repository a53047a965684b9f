//! OpenAI's chat completions, as also llama.cpp, vLLM, LM Studio and OpenRouter speak them (server-sent events).

use models::wire::{Events, Trouble, error};
use serde_json::{Value, json};

use super::{
    Asked, Speaks,
    answer::{Answer, stopped},
};
use crate::{Chunk, Failure, Message, Prompt, Reply, Stopped};

/// Where `max_tokens` is refused by newer models; everybody else knows it.
const OPENAI: &str = "api.openai.com";

pub(super) async fn ask(to: &Speaks, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let body = body(asked.prompt, asked.model, to.provider.address.host_str() == Some(OPENAI));
    let lines = to.wire.stream(&to.provider, "chat/completions", &body).await;
    let mut events = Events(lines.map_err(|trouble| to.failure(asked, trouble))?);
    let (mut answer, mut end) = (Answer::default(), None);
    while let Some(data) = events.next().await.map_err(|trouble| to.failure(asked, trouble))? {
        if data == b"[DONE]" {
            break;
        }
        let told: Value = serde_json::from_slice(&data).map_err(|_| to.garbled("a part of it is no JSON"))?;
        if !told["error"].is_null() {
            let (said, named) = error(&told);
            let code = told["error"]["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
            return Err(to.failure(asked, Trouble::Status { code, after: None, said, named }));
        }
        if let Some(read) = told["usage"]["prompt_tokens"].as_u64() {
            answer.usage.prompt_tokens = read;
            answer.usage.reply_tokens = told["usage"]["completion_tokens"].as_u64().unwrap_or_default();
        }
        // The last one has none, only what was used.
        let choice = &told["choices"][0];
        let delta = &choice["delta"];
        if ["reasoning_content", "reasoning"]
            .iter()
            .any(|field| delta[field].as_str().is_some_and(|text| !text.is_empty()))
        {
            asked.show(Chunk::Thought).await;
        }
        for (field, refuses) in [("content", false), ("refusal", true)] {
            let Some(text) = delta[field].as_str().filter(|text| !text.is_empty()) else { continue };
            answer.say(text).map_err(|why| to.garbled(why))?;
            asked.show(Chunk::Text(text.to_owned())).await;
            if refuses {
                end = Some(Stopped::Refused);
            }
        }
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            take(&mut answer, call).map_err(|why| to.garbled(why))?;
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            let stopped = stopped(reason).ok_or_else(|| to.garbled("it stopped for a reason that I do not know"))?;
            end = Some(if end == Some(Stopped::Refused) { Stopped::Refused } else { stopped });
            // What was used comes after it, where it comes at all.
        }
    }
    let end = end.ok_or_else(|| to.garbled("it stopped half-way"))?;
    answer.end(end, || to.id()).map_err(|why| to.garbled(why))
}

/// A call comes in pieces, under its number. Some compatible servers give none: then a new id is a new call.
fn take(answer: &mut Answer, call: &Value) -> Result<(), &'static str> {
    let id = call["id"].as_str().unwrap_or_default();
    let function = &call["function"];
    let name = function["name"].as_str().unwrap_or_default();
    let index = call["index"].as_u64().unwrap_or_else(|| match answer.last() {
        Some(last) if id.is_empty() && name.is_empty() => last,
        _ => answer.next(),
    });
    let arguments = match &function["arguments"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    answer.call(index, id, name, &arguments)
}

fn body(prompt: &Prompt, model: &str, is_openai: bool) -> Value {
    let mut messages = vec![json!({ "role": "system", "content": prompt.system })];
    messages.extend(prompt.messages.iter().map(message));
    let longest = if is_openai { "max_completion_tokens" } else { "max_tokens" };
    let mut body = json!({
        "model": model,
        "messages": messages,
        longest: prompt.longest_answer,
        "stream": true,
        "stream_options": { "include_usage": true },
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
        Message::Person { text, images } if images.is_empty() => json!({ "role": "user", "content": text }),
        Message::Person { text, images } => {
            let pictures = images.iter().map(|image| {
                let url = format!("data:{};base64,{}", image.media_type, image.base64);
                json!({ "type": "image_url", "image_url": { "url": url } })
            });
            let parts = std::iter::once(json!({ "type": "text", "text": text })).chain(pictures);
            json!({ "role": "user", "content": parts.collect::<Vec<_>>() })
        }
        Message::Model { text, calls } if calls.is_empty() => json!({ "role": "assistant", "content": text }),
        Message::Model { text, calls } => {
            let calls = calls.iter().map(|call| {
                json!({ "id": call.id, "type": "function", "function": { "name": call.name, "arguments": call.arguments } })
            });
            json!({ "role": "assistant", "content": text, "tool_calls": calls.collect::<Vec<_>>() })
        }
        Message::Tool { call, text, .. } => json!({ "role": "tool", "tool_call_id": call, "content": text }),
    }
}
