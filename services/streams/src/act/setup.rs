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
    announce::card::{Around, Mention, draw, is_given},
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
    /// The settings as they are wanted, and what they show, a line each.
    async fn wanted(&self, actor: &Actor, wish: &Wish, run: &Run) -> Result<(Settings, Vec<String>)> {
        for text in wish.typed() {
            refuse_secrets(run, text)?;
        }
        let guild = actor.guild;
        let mut set = wish.of(self.settings(guild).await?)?;
        // Everybody holds the role that is called @everyone, and no member's list names it: it keeps nobody out.
        set.filters.role = set.filters.role.filter(|role| *role != guild.0);
        set.members_role = set.members_role.filter(|role| role.0 != guild.0);
        self.refuse_elsewhere(guild, wish.channel).await?;
        if wish.live_role.is_some()
            && let Some(role) = set.live_role
        {
            self.role_to_give(guild, role).await?;
        }
        let said = self.judge_mention(guild, wish.mention, &mut set).await?;
        let lines = shown(&set, guild).into_iter().chain(said).collect();
        Ok((set, lines))
    }

    async fn example(&self, guild: GuildId, set: &Settings) -> Card {
        let now = self.clock.now();
        let (channel, live) = (nobody(now), example(&nobody(now), now));
        let words = self.words_of(&channel, &live, None, set, guild).await;
        let mention = set.mention.map(|role| Mention::of(guild, role));
        draw(&channel, &live, Around { words: &words, mention, given: is_given(set), now })
    }
}

impl Action for PreviewStreams {
    const NAME: &'static str = "stream.preview";
    const RISK: Risk = Risk::Observe;
    type Service = Streams;
    type Report = Shown;

    fn plan(&self) -> String {
        "Show how streams would be announced".to_owned()
    }

    fn refusal(&self) -> String {
        "see how streams are announced".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, run: &Run) -> Result<Shown> {
        let (actor, wish) = (permit.actor(), &permit.action().wish);
        let (set, lines) = streams.wanted(actor, wish, run).await?;
        let example = streams.example(actor.guild, &set).await;
        let is_wish = *wish != Wish::default();
        Ok(Shown { set: lines, kept: !is_wish, wish: is_wish.then(|| wish.clone()), example })
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
        "set how streams are announced".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, streams: &Streams, run: &Run) -> Result<Shown> {
        let (actor, wish) = (permit.actor(), &permit.action().wish);
        let (set, lines) = streams.wanted(actor, wish, run).await?;
        streams.store.set_stream_settings(actor.guild, &set).await?;
        let example = streams.example(actor.guild, &set).await;
        Ok(Shown { set: lines, kept: true, wish: None, example })
    }
}

impl Report for Shown {
    fn card(&self) -> Card {
        let mut card = match (&self.wish, self.kept) {
            (Some(_), _) => Card::attention("**Streams** would be announced like this"),
            (None, true) => Card::ok("**Streams** are announced like this"),
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
