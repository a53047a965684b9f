//! Posts what waits in the outbox, each channel's line in order.

use std::{collections::HashSet, sync::Arc, time::Duration};

use base::Result;
use hub::Hub;
use poise::serenity_prelude as serenity;
use serenity::{ChannelId, Http};
use store::outbox::line::{Head, Line};
use tokio::task::JoinSet;

use crate::{asked, face::Face};

/// What Discord did not take is tried again so often.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// Posts what waits, for ever. Only for the process that has the gateway.
pub async fn send(http: Arc<Http>, hub: Hub) {
    let mut changes = hub.store().outbox_changes();
    let (mut busy, mut lines) = (HashSet::new(), JoinSet::new());
    loop {
        match hub.store().lines().await {
            Ok(waiting) => {
                for line in waiting.into_iter().filter(|line| busy.insert(*line)).collect::<Vec<_>>() {
                    let (http, hub) = (Arc::clone(&http), hub.clone());
                    lines.spawn(async move {
                        if let Err(error) = empty(&http, &hub, line).await {
                            tracing::warn!("a channel's posts wait: {error}");
                            tokio::time::sleep(AGAIN_AFTER).await;
                        }
                        line
                    });
                }
            }
            Err(error) => tracing::warn!("the outbox could not be read: {error}"),
        }
        tokio::select! {
            () = changes.next() => {}
            Some(ended) = lines.join_next() => {
                if let Ok(line) = ended {
                    busy.remove(&line);
                }
            }
        }
    }
}

async fn empty(http: &Http, hub: &Hub, line: Line) -> Result<()> {
    while let Some(head) = hub.store().head_of(line).await? {
        hub.store().try_post(&head).await?;
        post(http, hub, &head).await?;
    }
    Ok(())
}

async fn post(http: &Http, hub: &Hub, head: &Head) -> Result<()> {
    let channel = ChannelId::new(head.line.channel);
    let once = head.id.replace('-', "");
    match asked::post(http, channel, &head.card, &mut Face::new(hub), head.line.guild, &once).await {
        Ok(place) => hub.store().post_stands(head, place.message.get()).await.map(drop),
        Err(error) if asked::is_final(&error) => {
            hub.store().refuse_post(head.line.guild, &head.id, &error.to_string()).await.map(drop)
        }
        Err(error) => Err(base::Error::internal("posting", error)),
    }
}
