//! OpenAI's chat completions, as the reference has them.

use serde_json::{Value, json};

use super::{Out, Request, Say, Shared, tokens};

pub(super) fn answer(shared: &Shared, request: &Request, mut out: Out) {
    let given = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if !shared.is_opened_by(given) {
        // The real one repeats part of what it was given.
        let message = format!("Incorrect API key provided: {}.", given.unwrap_or_default());
        return out.json(401, &[], &problem(&message, "invalid_request_error", "invalid_api_key"));
    }
    if request.method == "GET" && request.path == "/v1/models" {
        let data: Vec<Value> =
            shared.state().models.keys().map(|id| json!({ "id": id, "object": "model", "owned_by": "test" })).collect();
        return out.json(200, &[], &json!({ "object": "list", "data": data }));
    }
    if request.path != "/v1/chat/completions" {
        return out.json(404, &[], &problem("Unknown request URL", "invalid_request_error", "unknown_url"));
    }
    if !shared.knows(&request.body["model"]) {
        let message = format!("The model {} does not exist", request.body["model"]);
        return out.json(404, &[], &problem(&message, "invalid_request_error", "model_not_found"));
    }
    if let Some(wrong) = wrong(&request.body["messages"]) {
        return out.json(400, &[], &problem(wrong, "invalid_request_error", "invalid_value"));
    }
    let read = tokens(&request.body["messages"]) + tokens(&request.body["tools"]);
    if let Some((read, window)) = shared.too_long(read) {
        let message = format!(
            "This model's maximum context length is {window} tokens. However, your messages resulted in {read} tokens. Please \
             reduce the length of the messages."
        );
        return out.json(400, &[], &problem(&message, "invalid_request_error", "context_length_exceeded"));
    }
    let say = shared.next(&request.body);
    if let Say::Status(status, after, named, said) = say {
        let after = after.map(|after| after.to_string());
        let headers: Vec<_> = after.iter().map(|after| ("retry-after", after.as_str())).collect();
        return out.json(status, &headers, &problem(&said, named, named));
    }
    out.begin("text/event-stream");
    let mut told = Told { shared, out, read };
    match say {
        Say::Text(text) => told.say(&text).ends("stop"),
        Say::Read(read, text) => {
            told.read = read;
            told.say(&text).ends("stop");
        }
        Say::Calls(text, calls) => {
            told.say(&text);
            for (index, (name, arguments)) in calls.iter().enumerate() {
                told.call(index, name, &arguments.to_string());
            }
            told.ends("tool_calls");
        }
        Say::BrokenCall(name, arguments) => {
            told.call(0, &name, &arguments);
            told.ends("tool_calls");
        }
        Say::Refuse(text) => {
            told.delta(&json!({ "refusal": text }));
            told.ends("stop");
        }
        Say::Nothing => told.ends("stop"),
        Say::Break(text, named, said) => {
            told.say(&text);
            told.event(&problem(&said, named, named).to_string());
            told.out.end();
        }
        Say::Half(text) => {
            told.say(&text);
            told.out.break_off();
        }
        Say::Garbage(text) => {
            told.say(&text);
            told.event("{\"choices\":[{\"delta\":{\"content\":\"");
            told.ends("stop");
        }
        Say::Because(text, reason) => told.say(&text).ends(reason),
        Say::ManyCalls(count) => {
            for index in 0..count {
                told.call(index, "server.list", "{}");
            }
            told.ends("tool_calls");
        }
        Say::LongArguments(bytes) => {
            let piece = "x".repeat(64 * 1024);
            for _ in 0..bytes.div_ceil(piece.len()) {
                told.call(0, "server.run", &piece);
            }
            told.ends("tool_calls");
        }
        Say::LongLine(bytes) => {
            told.delta(&json!({ "content": "x".repeat(bytes) }));
            told.ends("stop");
        }
        Say::Silence(text) => {
            told.say(&text);
            shared.until_gone(&mut told.out);
        }
        Say::Status(..) => unreachable!("it was answered above"),
    }
}

/// What the real one refuses: calls whose results do not follow, and results of calls that were not made.
fn wrong(messages: &Value) -> Option<&'static str> {
    let mut open: Vec<&Value> = Vec::new();
    for message in messages.as_array()? {
        if message["role"] == "tool" {
            let Some(at) = open.iter().position(|id| **id == message["tool_call_id"]) else {
                return Some("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.");
            };
            open.remove(at);
        } else if open.is_empty() {
            open.extend(message["tool_calls"].as_array().into_iter().flatten().map(|call| &call["id"]));
        } else {
            break;
        }
    }
    let unanswered =
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.";
    (!open.is_empty()).then_some(unanswered)
}

fn problem(message: &str, kind: &str, code: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": code } })
}

struct Told<'a> {
    shared: &'a Shared,
    out: Out,
    read: u64,
}

impl Told<'_> {
    fn event(&mut self, data: &str) {
        self.out.piece(&format!("data: {data}\n\n"));
    }

    fn delta(&mut self, delta: &Value) {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": null });
        let chunk = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice] });
        self.event(&chunk.to_string());
    }

    fn say(&mut self, text: &str) -> &mut Self {
        let shared = self.shared;
        for word in shared.words(text) {
            self.delta(&json!({ "content": word }));
        }
        self
    }

    /// The name comes first, the arguments in pieces, as the real one has it.
    fn call(&mut self, index: usize, name: &str, arguments: &str) {
        let id = format!("call_{index}");
        let first =
            json!({ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": "" } });
        self.delta(&json!({ "tool_calls": [first] }));
        let letters: Vec<char> = arguments.chars().collect();
        for piece in letters.chunks(letters.len().div_ceil(3).max(1)) {
            let piece: String = piece.iter().collect();
            self.delta(&json!({ "tool_calls": [{ "index": index, "function": { "arguments": piece } }] }));
        }
    }

    fn ends(&mut self, reason: &str) {
        let choice = json!({ "index": 0, "delta": {}, "finish_reason": reason });
        self.event(&json!({ "id": "chatcmpl-1", "choices": [choice] }).to_string());
        let usage = json!({ "prompt_tokens": self.read, "completion_tokens": 7, "total_tokens": self.read + 7 });
        self.event(&json!({ "id": "chatcmpl-1", "choices": [], "usage": usage }).to_string());
        self.event("[DONE]");
        self.out.piece("");
    }
}
