//! Anthropic's Messages, as the reference has them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Out, Request, Say, Shared, tokens};

pub(super) fn answer(shared: &Shared, request: &Request, mut out: Out) {
    if !shared.is_opened_by(request.headers.get("x-api-key").map(String::as_str)) {
        return out.json(401, &[], &problem("authentication_error", "invalid x-api-key"));
    }
    if request.headers.get("anthropic-version").map(String::as_str) != Some("2023-06-01") {
        return out.json(400, &[], &problem("invalid_request_error", "anthropic-version: header is required"));
    }
    if request.method == "GET" && request.path.starts_with("/v1/models") {
        let data: Vec<Value> = shared.state().models.keys().map(|id| json!({ "type": "model", "id": id })).collect();
        return out.json(200, &[], &json!({ "data": data, "has_more": false }));
    }
    if request.path != "/v1/messages" {
        return out.json(404, &[], &problem("not_found_error", "Not Found"));
    }
    if !shared.knows(&request.body["model"]) {
        let message = format!("model: {}", request.body["model"].as_str().unwrap_or_default());
        return out.json(404, &[], &problem("not_found_error", &message));
    }
    if let Some(wrong) = wrong(&request.body) {
        return out.json(400, &[], &problem("invalid_request_error", wrong));
    }
    let body = &request.body;
    let mut read = tokens(&body["messages"]) + tokens(&body["tools"]) + tokens(&body["system"]);
    if let Some((read, window)) = shared.too_long(read) {
        let message = format!("prompt is too long: {read} tokens > {window} maximum");
        return out.json(400, &[], &problem("invalid_request_error", &message));
    }
    let say = shared.next(body);
    if let Say::Status(status, after, named, said) = say {
        let after = after.map(|after| after.to_string());
        let headers: Vec<_> = after.iter().map(|after| ("retry-after", after.as_str())).collect();
        return out.json(status, &headers, &problem(named, &said));
    }
    out.begin("text/event-stream");
    if let Say::Read(said, _) = say {
        read = said;
    }
    let mut told = Told { shared, out, block: 0 };
    let usage = json!({ "input_tokens": read / 2, "cache_read_input_tokens": read - read / 2, "output_tokens": 1 });
    told.event(&json!({ "type": "message_start", "message": { "id": "msg_1", "usage": usage } }));
    told.event(&json!({ "type": "ping" }));
    match say {
        Say::Text(text) | Say::Read(_, text) => told.say(&text).ends("end_turn"),
        Say::Calls(text, calls) => {
            if !text.is_empty() {
                told.say(&text);
            }
            for (name, arguments) in &calls {
                told.call(name, &arguments.to_string());
            }
            told.ends("tool_use");
        }
        Say::BrokenCall(name, arguments) => {
            told.call(&name, &arguments);
            told.ends("tool_use");
        }
        Say::Refuse(text) => told.say(&text).ends("refusal"),
        Say::Nothing => told.ends("end_turn"),
        Say::Break(text, named, said) => {
            told.say(&text).event(&problem(named, &said));
            told.out.end();
        }
        Say::Half(text) => {
            told.say(&text);
            told.out.break_off();
        }
        Say::Garbage(text) => {
            told.say(&text);
            told.out.piece("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\n\n");
            told.ends("end_turn");
        }
        Say::Because(text, reason) => told.say(&text).ends(reason),
        Say::ManyCalls(count) => {
            for _ in 0..count {
                told.call("server.list", "{}");
            }
            told.ends("tool_use");
        }
        Say::LongArguments(bytes) => {
            told.call("server.run", &"x".repeat(bytes));
            told.ends("tool_use");
        }
        Say::LongLine(bytes) => told.say(&"x".repeat(bytes)).ends("end_turn"),
        Say::Silence(text) => {
            told.say(&text);
            shared.until_gone(&mut told.out);
        }
        Say::Status(..) => unreachable!("it was answered above"),
    }
}

/// What the real one refuses: no limit, turns of the same side in a row, empty text, calls whose results do not follow at once, and
/// results of calls that were not made.
fn wrong(body: &Value) -> Option<&'static str> {
    let turns = body["messages"].as_array()?;
    if body["max_tokens"].as_u64().is_none() {
        return Some("max_tokens: Field required");
    }
    if turns.first().is_none_or(|turn| turn["role"] != "user") {
        return Some("messages: first message must use the \"user\" role");
    }
    if turns.windows(2).any(|two| two[0]["role"] == two[1]["role"]) {
        return Some("messages: roles must alternate between \"user\" and \"assistant\"");
    }
    let blocks = || turns.iter().flat_map(|turn| turn["content"].as_array().into_iter().flatten());
    if blocks().any(|block| block["type"] == "text" && block["text"] == "") {
        return Some("messages: text content blocks must be non-empty");
    }
    let of = |turn: Option<&Value>, kind: &str, id: &str| -> BTreeSet<String> {
        let blocks = turn.and_then(|turn| turn["content"].as_array()).into_iter().flatten();
        blocks.filter(|block| block["type"] == kind).map(|block| block[id].to_string()).collect()
    };
    for at in 0..turns.len() {
        let called = of(at.checked_sub(1).and_then(|before| turns.get(before)), "tool_use", "id");
        let answered = of(turns.get(at), "tool_result", "tool_use_id");
        if !answered.is_subset(&called) {
            return Some("unexpected `tool_use_id` found in `tool_result` blocks");
        }
        if !called.is_subset(&answered) {
            return Some("`tool_use` ids were found without `tool_result` blocks immediately after");
        }
    }
    None
}

fn problem(named: &str, said: &str) -> Value {
    json!({ "type": "error", "error": { "type": named, "message": said } })
}

struct Told<'a> {
    shared: &'a Shared,
    out: Out,
    block: usize,
}

impl Told<'_> {
    fn event(&mut self, data: &Value) {
        let name = data["type"].as_str().unwrap_or_default();
        self.out.piece(&format!("event: {name}\ndata: {data}\n\n"));
    }

    fn block(&mut self, begins: &Value, deltas: impl IntoIterator<Item = Value>) {
        let index = self.block;
        self.block += 1;
        self.event(&json!({ "type": "content_block_start", "index": index, "content_block": begins }));
        for delta in deltas {
            self.event(&json!({ "type": "content_block_delta", "index": index, "delta": delta }));
        }
        self.event(&json!({ "type": "content_block_stop", "index": index }));
    }

    fn say(&mut self, text: &str) -> &mut Self {
        let shared = self.shared;
        let deltas = shared.words(text).map(|word| json!({ "type": "text_delta", "text": word }));
        self.block(&json!({ "type": "text", "text": "" }), deltas);
        self
    }

    fn call(&mut self, name: &str, arguments: &str) {
        let letters: Vec<char> = arguments.chars().collect();
        let pieces =
            letters.chunks(letters.len().div_ceil(3).clamp(1, 64 * 1024)).map(|piece| piece.iter().collect::<String>());
        let deltas: Vec<Value> =
            pieces.map(|piece| json!({ "type": "input_json_delta", "partial_json": piece })).collect();
        let id = format!("toolu_{}", self.block);
        self.block(&json!({ "type": "tool_use", "id": id, "name": name, "input": {} }), deltas);
    }

    fn ends(&mut self, reason: &str) {
        self.event(
            &json!({ "type": "message_delta", "delta": { "stop_reason": reason }, "usage": { "output_tokens": 7 } }),
        );
        self.event(&json!({ "type": "message_stop" }));
        self.out.piece("");
    }
}
