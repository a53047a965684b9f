//! What an announcement says on top: a guild's own words, with what is known of a stream in them.

use base::{Error, Result};
use platforms::Platform;
use store::streams::{Channel, Live, Source};

use crate::words::{TEMPLATE, plain};

/// What can be filled in.
pub const VARIABLES: [&str; 7] = ["user", "username", "game", "url", "title", "platform", "channel"];

/// More of what comes from outside is not said there.
const VALUE: usize = 200;

/// Checks a template, before it is kept.
pub(crate) fn check(template: &str) -> Result<()> {
    if template.chars().count() > TEMPLATE {
        return Err(Error::Invalid(format!("At most {TEMPLATE} characters fit there. Nothing was changed.")));
    }
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, left)) = after.split_once('}') else { break };
        if !VARIABLES.contains(&name) {
            let all = VARIABLES.map(|name| format!("`{{{name}}}`")).join(", ");
            let name = base::card::code(format!("{{{name}}}"));
            return Err(Error::Invalid(format!(
                "{name} is nothing that can be filled in. There is {all}. Nothing was changed."
            )));
        }
        rest = left;
    }
    Ok(())
}

/// Fills it in, once: what is filled in is text, and is not looked through again.
pub fn fill(template: &str, channel: &Channel, live: &Live, guild: &str) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, left)) if VARIABLES.contains(&name) => {
                filled.push_str(&value(name, channel, live, guild));
                rest = left;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn value(name: &str, channel: &Channel, live: &Live, guild: &str) -> String {
    match name {
        "user" => plain(&channel.name, VALUE),
        "username" => plain(&channel.login, VALUE),
        "game" => plain(&live.game, VALUE),
        "title" => plain(&live.title, VALUE),
        "platform" => channel.source.name().to_owned(),
        "channel" => plain(guild, VALUE),
        _ => format!("<{}>", address(channel, live)),
    }
}

/// Where a stream is seen while it is live.
pub fn address(channel: &Channel, live: &Live) -> String {
    match channel.source {
        Source::YouTube => format!("https://www.youtube.com/watch?v={}", live.key),
        _ => home(channel),
    }
}

/// Where its channel is.
pub fn home(channel: &Channel) -> String {
    let letters = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter)).collect()
    };
    match channel.source {
        Source::YouTube => Platform::YouTube.channel(&letters(&channel.platform_id)),
        Source::Twitch => Platform::Twitch.channel(&letters(&channel.login)),
        Source::Kick => Platform::Kick.channel(&letters(&channel.login)),
    }
}
