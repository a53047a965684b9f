//! What people read when a server cannot be used: what happened, what was not done, what to do next.

use base::{
    Card, Error, ServerName,
    card::{Choice, Lands, Weight, code},
};
use store::servers::{Server, State};

use crate::{pin::PinKey, service::stored_key, ssh::SshError};

/// It did not answer as it should. Nothing ran.
pub(crate) fn unreachable(server: &Server, error: &SshError) -> Error {
    let card = Card::failed(format!("**Could not reach** {}", code(&server.name))).text(error.to_string());
    let next = match error {
        SshError::LoginRefused { .. } | SshError::LoginIncomplete { .. } => {
            "Nothing was run. Check that the user still accepts this key or password, or remove the server and add it again."
        }
        SshError::Unresolvable { .. } | SshError::SlowName { .. } => {
            "Nothing was run. Check the name, or use its IP address."
        }
        _ => "Nothing was run. Is it asleep, or behind a firewall? `/server test` tries again.",
    };
    Error::Outside(Box::new(card.text(next)))
}

/// Something outside said no, and this card says what.
pub(crate) fn outside(card: Card) -> Error {
    Error::Outside(Box::new(card))
}

/// It was found but never pinned.
pub(crate) fn not_pinned(server: &Server) -> Error {
    let card = Card::attention(format!("**{} waits** for its host key to be pinned", code(&server.name)))
        .text("Nothing was run. Compare the fingerprint with the server's own, then pin it.");
    Error::Outside(Box::new(offer(card, server, "Pin this key")))
}

/// Another key than the pinned one answered.
pub(crate) fn blocked(server: &Server) -> Error {
    let print = |key: &Option<String>| {
        key.as_deref()
            .and_then(|key| stored_key(key).ok())
            .map_or_else(|| "unknown".to_owned(), |key| key.fingerprint())
    };
    let card = Card::failed(format!("**{} is blocked**: its host key changed", code(&server.name)))
        .text("Nothing was sent to it. Either it was set up anew, or something is posing as it.")
        .text(format!("pinned  {}\nanswered  {}", code(print(&server.host_key)), code(print(&server.offered_key))))
        .text("If you know why, `/server test` offers the new key.");
    Error::Outside(Box::new(card))
}

/// What it is reached through cannot be used.
pub(crate) fn jump_not_ready(server: &Server, jump: &Server) -> Error {
    let (name, jump_name) = (code(&server.name), code(&jump.name));
    let why = match jump.state {
        State::Blocked => "is blocked: its host key changed",
        _ => "waits for its host key to be pinned",
    };
    let title = if server.id == jump.id {
        format!("**Could not go through** {jump_name}")
    } else {
        format!("**Could not reach** {name}")
    };
    let card = Card::failed(title)
        .text(format!("{jump_name}, which it is reached through, {why}. Nothing was sent to either."))
        .text(format!("`/server test server:{}` says what to do.", jump.name));
    Error::Outside(Box::new(card))
}

/// The server it was reached through is not there any more.
pub(crate) fn jump_gone(server: &Server) -> Error {
    let card = Card::failed(format!("**Could not reach** {}", code(&server.name)))
        .text("The server it was reached through is gone. Nothing was run. `/server jump` sets another.");
    Error::Outside(Box::new(card))
}

/// Every hop leads to another.
pub(crate) fn too_far(server: &Server) -> Error {
    let card = Card::failed(format!("**Could not reach** {}", code(&server.name)))
        .text("It is behind too many servers, one behind the other. Nothing was run. `/server jump` changes that.");
    Error::Outside(Box::new(card))
}

/// Something is wrong with the server it is reached through.
pub(crate) fn behind(server: &Server, jump: &Server, error: &Error) -> Error {
    let mut card = Card::failed(format!("**Could not reach** {}", code(&server.name)))
        .text(format!("It is reached through {}, and that failed. Nothing was run.", code(&jump.name)));
    match error {
        Error::Outside(said) => {
            card = card.text(said.title.clone());
            for text in said.texts() {
                card = card.text(text);
            }
        }
        other => card = card.text(other.to_string()),
    }
    Error::Outside(Box::new(card))
}

/// Adds the waiting key and the button that pins exactly it.
pub(crate) fn offer(card: Card, server: &Server, label: &str) -> Card {
    let Some(key) = server.offered_key.as_deref().and_then(|key| stored_key(key).ok()) else { return card };
    let Ok(name) = server.name.parse::<ServerName>() else { return card };
    let pin = PinKey { server: name, fingerprint: key.fingerprint() };
    let weight = if server.host_key.is_some() { Weight::Danger } else { Weight::Primary };
    let kind = match key.algorithm().as_str() {
        "ssh-ed25519" => "ed25519",
        "ssh-rsa" => "rsa",
        _ => "ecdsa",
    };
    card.text(format!("{} answers with\n{}", code(format!("{}:{}", server.host, server.port)), code(key.fingerprint())))
        .text(format!(
            "On the server, `ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub` prints the same if nobody is in between."
        ))
        .choice(Choice::perform(label, &pin, Lands::Here).weigh(weight))
}
