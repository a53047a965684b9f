//! Posts a marked example where a followed channel would be told of. It pings nobody.

use base::{Action, Card, Error, Permit, Report, Result, Risk, Run, card::code};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::outbox::{NewPost, Pings, Urgency};

use super::example;
use crate::{
    Streams,
    announce::card::{Around, Mention, draw, is_given},
    words::plain,
};

/// Post an example of an announcement where it would go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct TestStream {
    /// The channel that is followed, by its name or address.
    pub name: String,
}

/// It is posted.
#[derive(Debug, Serialize)]
pub struct Tested {
    name: String,
    place: u64,
}

impl Action for TestStream {
    const NAME: &'static str = "stream.test";
    const RISK: Risk = Risk::Change;
    type Service = Streams;
    type Report = Tested;

    fn plan(&self) -> String {
        format!("Post an example of how {} would be announced", code(&self.name))
    }

    fn refusal(&self) -> String {
        "post examples of announcements".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, _: &Run) -> Result<Tested> {
        let guild = permit.actor().guild;
        let (follow, channel) = streams.followed(guild, &permit.action().name).await?;
        let settings = streams.settings(guild).await?;
        let Some(place) = follow.own.channel.or(settings.channel) else {
            return Err(Error::Busy(
                "There is no channel yet: `/stream setup channel:` says where streams are announced. Nothing was posted."
                    .to_owned(),
            ));
        };
        let (now, live) = (streams.clock.now(), example(&channel, streams.clock.now()));
        let words = streams.words_of(&channel, &live, follow.own.template.as_deref(), &settings, guild).await;
        let mention = settings.mention.map(|role| Mention::of(guild, role));
        let around = Around { words: &words, mention, given: is_given(&settings), now };
        let card = draw(&channel, &live, around);
        let card = card.small("a test · nobody is live, and nobody is pinged").redacted(&streams.redactor.of(guild));
        let key = format!("stream-test/{}", streams.clock.id());
        let post = NewPost {
            guild,
            channel: place,
            key: &key,
            urgency: Urgency::Result,
            card: &card,
            answers: None,
            pings: Pings::default(),
        };
        streams.store.post(post).await?;
        Ok(Tested { name: channel.name, place })
    }
}

impl Report for Tested {
    fn card(&self) -> Card {
        Card::ok(format!("**Sent** an example of {} to <#{}>", plain(&self.name, 80), self.place))
            .text("It pings nobody.")
    }
}
