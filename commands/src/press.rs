//! Buttons: what stands behind a key, done as whoever pressed, every check anew.

use std::{sync::Arc, time::Duration};

use base::{
    Error,
    card::{Lands, Press},
};
use hub::{Decided, Hub};
use poise::serenity_prelude as serenity;

use crate::{
    Data,
    asked::{Asked, Opening},
    face::{Behind, Face},
    perform,
};

/// Later than this there is no time left to say so within Discord's 3 s.
const LOOK_UP_BY: Duration = Duration::from_secs(2);

/// Answers a press.
pub(crate) async fn pressed(press: &serenity::ComponentInteraction, http: &Arc<serenity::Http>, data: &Data) {
    let Some(asked) = Asked::press(press, http) else { return };
    if let Err(error) = dispatch(&asked, &press.data.custom_id, &data.hub).await {
        asked.refuse(&error, None, &data.hub).await;
    }
}

async fn dispatch(asked: &Asked, key: &str, hub: &Hub) -> base::Result<()> {
    let behind = behind(asked, key, hub).await?;
    let Behind::Press(press) = behind else { return Err(worn_out()) };
    match press {
        Press::Perform { action, arguments, lands } => {
            let performing = hub.perform_named(asked.actor.clone(), &action, arguments)?;
            let opening = match lands {
                Lands::Here => Opening::Card,
                Lands::Below => Opening::Message,
                Lands::Nowhere => Opening::Nothing,
            };
            perform::show(asked.clone(), hub, performing, opening).await;
        }
        Press::Decide { approval, answer } => match hub.decide(asked.actor.clone(), approval, answer).await? {
            Decided::Granted(performing) => perform::show(asked.clone(), hub, performing, Opening::Card).await,
            Decided::Dismissed { plan } => {
                let card = perform::dismissed(&plan, &asked.actor, hub);
                let mut face = Face::new(hub);
                let sent = match asked.acknowledge(Opening::Card).await {
                    Ok(()) => asked.write(&card, &mut face).await.map(drop),
                    Err(error) => Err(error),
                };
                if let Err(error) = sent {
                    tracing::warn!(%error, "could not show an answer");
                }
            }
        },
    }
    Ok(())
}

/// What stands behind a key of this guild.
pub(crate) async fn behind(asked: &Asked, key: &str, hub: &Hub) -> base::Result<Behind> {
    let looked_up = tokio::time::timeout(LOOK_UP_BY, hub.store().button(asked.actor.guild, key)).await;
    let slow = |_| Error::Busy("My database is too slow just now. Nothing was done; try again.".to_owned());
    let text = looked_up.map_err(slow)??.ok_or_else(worn_out)?;
    serde_json::from_str(&text).map_err(|error| Error::internal("reading a button", error))
}

fn worn_out() -> Error {
    Error::Busy("That button is no longer in use. Nothing was done; use the command again.".to_owned())
}
