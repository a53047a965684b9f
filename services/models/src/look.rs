//! What there is at a provider: its models, which are warm, and what each can do.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Kind, Provider,
    wire::{Trouble, Wire},
};

/// More models than this nobody chooses from.
const MOST: usize = 1_000;
/// A longer name is no name.
const LONGEST_NAME: usize = 200;
/// What an Ollama that is not told otherwise is given to read: its memory grows with it.
pub(crate) const OLLAMA_WINDOW: u64 = 16_384;
/// What a model is taken to read where nobody says.
pub(crate) const UNKNOWN_WINDOW: u64 = 8_192;
/// What Anthropic's models read at least.
const ANTHROPIC_WINDOW: u64 = 200_000;

/// A model as its provider tells of it. What is not told is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Its name there.
    pub name: String,
    /// How many tokens it can read.
    pub window: Option<u64>,
    /// Whether it can call tools.
    pub tools: Option<bool>,
    /// Whether it sees pictures.
    pub images: Option<bool>,
    /// How much of a disk it takes.
    pub bytes: Option<u64>,
    /// It is in memory already.
    pub is_warm: bool,
}

/// The models there are.
pub async fn look(wire: &Wire, provider: &Provider) -> Result<Vec<Known>, Trouble> {
    let mut known = match provider.kind {
        Kind::Ollama => ollama(wire, provider).await?,
        Kind::OpenAi => open_ai(wire, provider).await?,
        Kind::Anthropic => anthropic(&wire.get(provider, "v1/models?limit=100").await?)?,
    };
    known.retain(|model| !model.name.is_empty() && model.name.len() <= LONGEST_NAME);
    known.truncate(MOST);
    Ok(known)
}

/// Everything about one model that its list does not tell.
pub(crate) async fn describe(wire: &Wire, provider: &Provider, model: Known) -> Result<Known, Trouble> {
    match provider.kind {
        Kind::Ollama => {
            let told = wire.post(provider, "api/show", &json!({ "model": model.name })).await?;
            Ok(shown(model, &told))
        }
        Kind::OpenAi | Kind::Anthropic => Ok(model),
    }
}

async fn ollama(wire: &Wire, provider: &Provider) -> Result<Vec<Known>, Trouble> {
    let told = wire.get(provider, "api/tags").await?;
    // What is warm is only told for convenience: not knowing it is no trouble.
    let warm = wire.get(provider, "api/ps").await.unwrap_or_default();
    let warm: BTreeSet<&str> = list(&warm, "models").filter_map(|model| model["name"].as_str()).collect();
    if !told["models"].is_array() {
        return Err(Trouble::Garbled("its list of models is none"));
    }
    let known = list(&told, "models").filter_map(|model| {
        let name = model["name"].as_str()?;
        Some(Known {
            name: name.to_owned(),
            bytes: model["size"].as_u64(),
            is_warm: warm.contains(name),
            ..Known::default()
        })
    });
    Ok(known.collect())
}

/// What `/api/show` tells: the architecture's own name is in the names of its numbers.
pub(crate) fn shown(model: Known, told: &Value) -> Known {
    let window = told["model_info"].as_object().and_then(|info| {
        info.iter().find(|(name, _)| name.ends_with(".context_length")).and_then(|(_, value)| value.as_u64())
    });
    let can = told["capabilities"].as_array().map(|all| {
        let all: BTreeSet<&str> = all.iter().filter_map(Value::as_str).collect();
        (all.contains("tools"), all.contains("vision"))
    });
    Known { window: window.or(model.window), tools: can.map(|can| can.0), images: can.map(|can| can.1), ..model }
}

async fn open_ai(wire: &Wire, provider: &Provider) -> Result<Vec<Known>, Trouble> {
    let told = wire.get(provider, "models").await?;
    if !told["data"].is_array() {
        return Err(Trouble::Garbled("its list of models is none"));
    }
    let mut known: Vec<Known> = list(&told, "data").filter_map(listed).collect();
    // llama.cpp says how much it was started with in a place of its own, beside `/v1`.
    if list(&told, "data").any(|model| model["owned_by"] == "llamacpp")
        && let Some(root) = provider.address.as_str().trim_end_matches('/').strip_suffix("/v1")
        && let Ok(root) = reqwest::Url::parse(root)
        && let Ok(props) = wire.get(&Provider { address: root, ..provider.clone() }, "props").await
        && let Some(window) = props["default_generation_settings"]["n_ctx"].as_u64()
    {
        for model in &mut known {
            model.window = Some(window);
        }
    }
    for model in &mut known {
        model.is_warm = !provider.is_cloud();
    }
    Ok(known)
}

/// vLLM says `max_model_len`; OpenRouter `context_length`, and what a model takes.
fn listed(model: &Value) -> Option<Known> {
    let says = |list: &Value, word: &str| list.as_array().map(|all| all.iter().any(|one| one == word));
    Some(Known {
        name: model["id"].as_str()?.to_owned(),
        window: model["max_model_len"].as_u64().or_else(|| model["context_length"].as_u64()),
        tools: says(&model["supported_parameters"], "tools"),
        images: says(&model["architecture"]["input_modalities"], "image"),
        ..Known::default()
    })
}

fn anthropic(told: &Value) -> Result<Vec<Known>, Trouble> {
    if !told["data"].is_array() {
        return Err(Trouble::Garbled("its list of models is none"));
    }
    let known = list(told, "data").filter_map(|model| {
        Some(Known {
            name: model["id"].as_str()?.to_owned(),
            window: Some(model["max_input_tokens"].as_u64().unwrap_or(ANTHROPIC_WINDOW)),
            tools: Some(true),
            images: Some(true),
            ..Known::default()
        })
    });
    Ok(known.collect())
}

fn list<'a>(told: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    told[field].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_can_do_is_read_from_what_its_provider_tells() {
        let model = Known { name: "qwen3:8b".into(), ..Known::default() };
        let told = json!({ "model_info": { "qwen3.context_length": 40960 }, "capabilities": ["completion", "tools"] });
        let known = shown(model.clone(), &told);
        assert_eq!((known.window, known.tools, known.images), (Some(40_960), Some(true), Some(false)));
        assert_eq!(shown(model.clone(), &json!({})).tools, None, "an old one says nothing, and that is not no");
        let known = listed(&json!({ "id": "m", "context_length": 9, "supported_parameters": ["tools"],
            "architecture": { "input_modalities": ["text"] } }))
        .unwrap();
        assert_eq!((known.window, known.tools, known.images), (Some(9), Some(true), Some(false)));
        assert_eq!(listed(&json!({ "object": "model" })), None);
    }
}
