//! Both ends of an interaction: a person's `POST /interactions`, the bot's callback, and the webhook its token is.

use super::Reply;
use super::request::{Request, id};
use crate::errors::{Answer, ApiError, Unknown};
use crate::world::World;
use crate::world::responses::Which;

pub(super) fn route(world: &mut World, request: Request, segments: &[&str]) -> Answer<Reply> {
    match (request.method.as_str(), segments) {
        ("POST", []) => {
            let person = request.person()?;
            let draft = request.into_draft();
            world.interact(person, &draft.body, draft.files)?;
            Reply::nothing()
        }
        ("POST", [interaction, token, "callback"]) => {
            let (interaction, with_response) = (id("interaction_id", interaction)?, request.flag("with_response"));
            let answer = world.respond(interaction, token, request.into_draft())?;
            if with_response { Reply::ok(answer) } else { Reply::nothing() }
        }
        _ => Err(ApiError::no_route()),
    }
}

/// `{application}/{token}[/messages/{message}]`. Webhooks of channels do not exist here.
pub(super) fn webhook(world: &mut World, request: Request, segments: &[&str]) -> Answer<Reply> {
    let [application, token, rest @ ..] = segments else { return Err(ApiError::no_route()) };
    let application = id("webhook_id", application)?;
    if application != world.application.id {
        return Err(ApiError::unknown(Unknown::Webhook));
    }
    if request.query.contains_key("thread_id") {
        return Err(ApiError::unsupported("writing into a thread by a webhook"));
    }
    match (request.method.as_str(), rest) {
        // Discord waits for the message whether or not `wait` says so: interactions have no other way.
        ("POST", []) => Reply::ok(world.follow_up(application, token, request.into_draft())?),
        (method, ["messages", message]) => {
            let which =
                if *message == "@original" { Which::Original } else { Which::Followup(id("message_id", message)?) };
            match method {
                "GET" => Reply::ok(world.answer_read(application, token, which)?),
                "PATCH" => Reply::ok(world.answer_edit(application, token, which, request.into_draft())?),
                "DELETE" => {
                    world.answer_delete(application, token, which)?;
                    Reply::nothing()
                }
                _ => Err(ApiError::no_route()),
            }
        }
        _ => Err(ApiError::no_route()),
    }
}
