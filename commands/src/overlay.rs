//! `/overlay`: pages that a streamer's software lays over the picture.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

mod complete;
pub(crate) mod form;
mod source;

use std::time::Duration;

use base::{Error, Secret};
use overlays::{
    AddToOverlay, Address, CreateOverlay, EditOverlay, ExportLayout, Happened, LARGEST_FILE, ListOverlays, NewFile,
    OverlayName, Part, PreviewOverlay, RemoveOverlay, RevokeOverlay, RotateOverlay, SetOverlay, StartOverlay,
    StopOverlay, TestOverlay, UndoOverlay,
};
use poise::serenity_prelude as serenity;
use store::overlays::OverlayKind;

use self::source::source;
use crate::{Context, Result, perform::Perform};

/// What is attached is there by then, or Discord's 3 s are over.
const FETCHED_BY: Duration = Duration::from_millis(1_500);

/// Overlays for OBS: alerts, chat, goals, timers and a canvas of your own.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands(
        "create", "list", "edit", "layout", "undo", "preview", "test", "set", "add", "start", "stop", "rotate",
        "revoke", "remove", "source"
    )
)]
pub(crate) async fn overlay(_: Context<'_>) -> Result {
    Ok(())
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Kind {
    #[name = "alerts"]
    Alerts,
    #[name = "chat box"]
    Chat,
    #[name = "now playing"]
    NowPlaying,
    #[name = "goal"]
    Goal,
    #[name = "counter"]
    Counter,
    #[name = "timer"]
    Timer,
    #[name = "recent events"]
    Recent,
    #[name = "poll"]
    Poll,
    #[name = "lower third"]
    LowerThird,
    #[name = "starting soon"]
    StartingSoon,
    #[name = "canvas"]
    Canvas,
}

impl From<Kind> for OverlayKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Alerts => Self::Alerts,
            Kind::Chat => Self::Chat,
            Kind::NowPlaying => Self::NowPlaying,
            Kind::Goal => Self::Goal,
            Kind::Counter => Self::Counter,
            Kind::Timer => Self::Timer,
            Kind::Recent => Self::Recent,
            Kind::Poll => Self::Poll,
            Kind::LowerThird => Self::LowerThird,
            Kind::StartingSoon => Self::StartingSoon,
            Kind::Canvas => Self::Canvas,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Of {
    #[name = "page"]
    Page,
    #[name = "donations"]
    Donations,
}

fn address(of: Option<Of>) -> Address {
    match of {
        Some(Of::Donations) => Address::Donations,
        Some(Of::Page) | None => Address::Page,
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Example {
    #[name = "follow"]
    Follow,
    #[name = "subscription"]
    Sub,
    #[name = "gift"]
    Gift,
    #[name = "cheer"]
    Cheer,
    #[name = "raid"]
    Raid,
    #[name = "donation"]
    Donation,
}

impl From<Example> for Happened {
    fn from(example: Example) -> Self {
        match example {
            Example::Follow => Self::Follow,
            Example::Sub => Self::Sub,
            Example::Gift => Self::Gift,
            Example::Cheer => Self::Cheer,
            Example::Raid => Self::Raid,
            Example::Donation => Self::Donation,
        }
    }
}

#[derive(Debug, Clone, Copy, poise::ChoiceParameter)]
enum Without {
    #[name = "picture"]
    Image,
    #[name = "sound"]
    Sound,
}

/// Make an overlay; its address for OBS is shown once, to you alone.
#[poise::command(slash_command)]
async fn create(
    ctx: Context<'_>,
    #[description = "What it is called"]
    #[max_length = 32]
    name: String,
    #[description = "What it shows"] kind: Kind,
) -> Result {
    ctx.perform_aside(CreateOverlay { name: ctx.read(&name)?, kind: kind.into() }).await
}

/// List the overlays, and how many of their pages are open.
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result {
    ctx.perform_aside(ListOverlays {}).await
}

/// Change how an overlay looks: open pages show it at once.
#[poise::command(slash_command)]
async fn edit(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "Of a canvas: what stands on it, as JSON, at most 256 KiB"] layout: Option<serenity::Attachment>,
    #[description = "Of alerts: PNG, JPEG, WebP or GIF, at most 1 MiB"] picture: Option<serenity::Attachment>,
    #[description = "Of alerts: MP3, Ogg, WAV or WebM, at most 1 MiB"] sound: Option<serenity::Attachment>,
    #[description = "What it has no more"] without: Option<Without>,
) -> Result {
    let mut edit = EditOverlay::of(ctx.read::<OverlayName>(&overlay)?);
    match without {
        Some(Without::Image) => edit.image = Some(NewFile::None),
        Some(Without::Sound) => edit.sound = Some(NewFile::None),
        None => {}
    }
    if layout.is_some() || picture.is_some() || sound.is_some() {
        // Nothing is fetched for somebody who may not.
        ctx.data().hub.check(&ctx.asked()?.actor, &edit).await?;
    }
    let guild = ctx.asked()?.actor.guild;
    if let Some(file) = layout {
        let bytes = attached(ctx, "layout", &file, overlays::layout::LARGEST).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::Invalid("That file is no text (UTF-8). Nothing was changed.".to_owned()))?;
        edit.layout = Some(Secret::new(text));
    }
    if let Some(file) = picture {
        let bytes = attached(ctx, "picture", &file, LARGEST_FILE).await?;
        edit.image = Some(ctx.data().overlays.keep_file(guild, Part::Image, bytes)?);
    }
    if let Some(file) = sound {
        let bytes = attached(ctx, "sound", &file, LARGEST_FILE).await?;
        edit.sound = Some(ctx.data().overlays.keep_file(guild, Part::Sound, bytes)?);
    }
    ctx.perform_aside(edit).await
}

/// What is in a file that was attached, within the time that there is to answer.
async fn attached(ctx: Context<'_>, what: &str, file: &serenity::Attachment, most: usize) -> Result<Vec<u8>> {
    if u64::from(file.size) > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(overlays::too_large(u64::from(file.size), most));
    }
    let fetched = tokio::time::timeout(FETCHED_BY, ctx.data().hub.guilds().attached(what, &file.url, most)).await;
    let late = || Error::Busy("Discord did not hand me the file in time. Nothing was changed; try again.".to_owned());
    fetched.map_err(|_| late())?
}

/// Have what stands on a canvas as a JSON file.
#[poise::command(slash_command)]
async fn layout(
    ctx: Context<'_>,
    #[description = "The canvas"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
) -> Result {
    ctx.perform_aside(ExportLayout { overlay: ctx.read(&overlay)? }).await
}

/// Give an overlay back how it looked before its last change.
#[poise::command(slash_command)]
async fn undo(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
) -> Result {
    ctx.perform_aside(UndoOverlay { overlay: ctx.read(&overlay)? }).await
}

/// Show an overlay as it looks now.
#[poise::command(slash_command)]
async fn preview(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
) -> Result {
    ctx.perform_aside(PreviewOverlay { overlay: ctx.read(&overlay)? }).await
}

/// Show an example on every page of an overlay that is open.
#[poise::command(slash_command)]
async fn test(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "An example of what"] what: Option<Example>,
) -> Result {
    ctx.perform_aside(TestOverlay { overlay: ctx.read(&overlay)?, what: what.map(Into::into) }).await
}

/// Have an overlay stand at a value: a number, a time, lines, a track, a question, a message.
#[poise::command(slash_command)]
async fn set(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "12 · 5m · Ada | plays on hard · Title | Artist · Which game? | This | That"]
    #[max_length = 500]
    value: String,
) -> Result {
    ctx.perform_aside(SetOverlay { overlay: ctx.read(&overlay)?, value: ctx.read::<Words>(&value)?.0 }).await
}

/// Add to a goal or a counter, or votes to an answer of a poll.
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "How much; 1 unless told"]
    #[min = -1_000_000_000]
    #[max = 1_000_000_000]
    amount: Option<i64>,
    #[description = "Of a poll, which answer: 1 is the first"]
    #[min = 1]
    #[max = 6]
    answer: Option<i64>,
) -> Result {
    ctx.perform_aside(AddToOverlay { overlay: ctx.read(&overlay)?, amount, answer }).await
}

/// Start a timer or a countdown, show a lower third, or begin a poll anew.
#[poise::command(slash_command)]
async fn start(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "Of a timer, from how long, such as 5m; as it is set, unless told"]
    #[max_length = 40]
    from: Option<String>,
) -> Result {
    let from = from.map(|from| ctx.read::<Words>(&from)).transpose()?.map(|words| words.0);
    ctx.perform_aside(StartOverlay { overlay: ctx.read(&overlay)?, from }).await
}

/// Stop a timer, or hide a countdown, a lower third or a poll.
#[poise::command(slash_command)]
async fn stop(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
) -> Result {
    ctx.perform_aside(StopOverlay { overlay: ctx.read(&overlay)? }).await
}

/// Give an overlay another address; the one before opens nothing any more.
#[poise::command(slash_command)]
async fn rotate(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "Which address; its page's unless told"] what: Option<Of>,
) -> Result {
    ctx.perform_aside(RotateOverlay { overlay: ctx.read(&overlay)?, what: address(what) }).await
}

/// End an address of an overlay: it opens nothing any more, also where it is open.
#[poise::command(slash_command)]
async fn revoke(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
    #[description = "Which address; its page's unless told"] what: Option<Of>,
) -> Result {
    ctx.perform_aside(RevokeOverlay { overlay: ctx.read(&overlay)?, what: address(what) }).await
}

/// Remove an overlay, with its addresses.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The overlay"]
    #[autocomplete = "complete::overlay"]
    #[max_length = 32]
    overlay: String,
) -> Result {
    ctx.perform_aside(RemoveOverlay { overlay: ctx.read(&overlay)? }).await
}

/// What was typed, as it is, where it holds no secret.
struct Words(String);

impl std::str::FromStr for Words {
    type Err = Error;

    fn from_str(typed: &str) -> Result<Self> {
        Ok(Self(typed.to_owned()))
    }
}
