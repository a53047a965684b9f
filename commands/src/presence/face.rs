//! How the bot looks under its name: said over the gateway, to every connection there is.
//!
//! **Invariant:** only what the redactor made clean is said.

use ::presence::{Face, Kind, Shown, Status};
use base::redact::Clean;
use futures::future::BoxFuture;
use poise::serenity_prelude as serenity;
use serde_json::Value;

use crate::Link;

impl Face for Link {
    fn say(&self, shown: Clean<Value>) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let Ok(shown) = serde_json::from_value::<Shown>(shown.into_inner()) else { return false };
            let (activity, status) = (shown.activity.and_then(activity), status(shown.status));
            self.appear(activity.as_ref(), status).await
        })
    }

    fn session(&self) -> u64 {
        self.sessions()
    }
}

fn activity(said: ::presence::Activity) -> Option<serenity::ActivityData> {
    Some(match said.kind {
        // An address that is none has been refused by whoever made it.
        Kind::Streaming => serenity::ActivityData::streaming(said.text, said.url?).ok()?,
        Kind::Watching => serenity::ActivityData::watching(said.text),
        Kind::Listening => serenity::ActivityData::listening(said.text),
        Kind::Words => serenity::ActivityData::custom(said.text),
    })
}

fn status(status: Status) -> serenity::OnlineStatus {
    match status {
        Status::Online => serenity::OnlineStatus::Online,
        Status::Idle => serenity::OnlineStatus::Idle,
        Status::Dnd => serenity::OnlineStatus::DoNotDisturb,
    }
}
