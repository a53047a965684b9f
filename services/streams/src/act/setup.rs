//! How a guild tells of streams: shown as it would be, then kept.

use base::{
    Action, Actor, Card, GuildId, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands, Weight, code},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::streams::Settings;

use super::{Wish, example, nobody, refuse_secrets, wish::shown};
use crate::{
    Streams,
    announce::card::{Around, draw},
};

/// Show how streams would be told of, before it is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PreviewStreams {
    /// What is to be otherwise.
    #[serde(default)]
    pub wish: Wish,
}

/// Set how streams are told of.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetStreams {
    /// What is to be otherwise.
    pub wish: Wish,
}

/// It would be, or is, so.
#[derive(Debug, Serialize)]
pub struct Shown {
    set: Vec<String>,
    kept: bool,
    wish: Option<Wish>,
    #[serde(skip)]
    example: Card,
}

impl Streams {
    async fn wanted(&self, actor: &Actor, wish: &Wish, run: &Run) -> Result<Settings> {
        for text in wish.typed() {
            refuse_secrets(run, text)?;
        }
        let guild = actor.guild;
        let set = wish.of(self.settings(guild).await?)?;
        self.refuse_elsewhere(guild, wish.channel).await?;
        if wish.live_role.is_some()
            && let Some(role) = set.live_role
        {
            self.role_to_give(guild, role).await?;
        }
        Ok(set)
    }

    async fn example(&self, guild: GuildId, set: &Settings) -> Card {
        let now = self.clock.now();
        let (channel, live) = (nobody(now), example(&nobody(now), now));
        let words = self.words_of(&channel, &live, None, set, guild).await;
        draw(&channel, &live, Around { words: &words, mention: set.mention, now })
    }
}

impl Action for PreviewStreams {
    const NAME: &'static str = "stream.preview";
    const RISK: Risk = Risk::Observe;
    type Service = Streams;
    type Report = Shown;

    fn plan(&self) -> String {
        "Show how streams would be told of".to_owned()
    }

    fn refusal(&self) -> String {
        "see how streams are told of".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, run: &Run) -> Result<Shown> {
        let (actor, wish) = (permit.actor(), &permit.action().wish);
        let set = streams.wanted(actor, wish, run).await?;
        let example = streams.example(actor.guild, &set).await;
        let is_wish = *wish != Wish::default();
        Ok(Shown { set: shown(&set), kept: !is_wish, wish: is_wish.then(|| wish.clone()), example })
    }
}

impl Action for SetStreams {
    const NAME: &'static str = "stream.setup";
    const RISK: Risk = Risk::Change;
    type Service = Streams;
    type Report = Shown;

    fn plan(&self) -> String {
        let words = serde_json::to_string(&self.wish).unwrap_or_default();
        format!("Tell of streams in this way: {}", code(words))
    }

    fn refusal(&self) -> String {
        "set how streams are told of".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, run: &Run) -> Result<Shown> {
        let (actor, wish) = (permit.actor(), &permit.action().wish);
        let set = streams.wanted(actor, wish, run).await?;
        streams.store.set_stream_settings(actor.guild, &set).await?;
        let example = streams.example(actor.guild, &set).await;
        Ok(Shown { set: shown(&set), kept: true, wish: None, example })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let mut card = match (&self.wish, self.kept) {
            (Some(_), _) => Card::attention("**Streams** would be told of so"),
            (None, true) => Card::ok("**Streams** are told of so"),
            (None, false) => Card::plain("**Streams**"),
        };
        card = card.text(self.set.join("\n"));
        card = card.text(format!("> {}\n> {}", self.example.title, self.example.facts.join(" · ")));
        for text in self.example.texts() {
            card = card.text(format!("> {text}"));
        }
        match &self.wish {
            Some(wish) => {
                let keep = Choice::perform("Keep", &SetStreams { wish: wish.clone() }, Lands::Here);
                card.choice(keep.weigh(Weight::Primary)).small("nothing is changed yet")
            }
            None => card,
        }
    }
}
