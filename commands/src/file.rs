//! `/file`: files on servers, in directories that were opened.

#![expect(clippy::unused_async, reason = "the framework awaits every command, also a group that does nothing itself")]

use std::time::Duration;

use base::{Action, Error, ServerName};
use hosts::files::{
    AllowRoot, DraftFile, Drafted, EditFile, FilePath, ForbidRoot, GetFile, LARGEST_ATTACHMENT, ListFiles, ListRoots,
    MoveFile, Only, OpenFile, Opened, ReceiveFile, RemoveFile, UndoFile, WriteFile,
};
use hub::{Ended, Hub, Outcome};
use poise::serenity_prelude::Attachment;
use serde::de::DeserializeOwned;

use crate::{
    Context, Data, Result,
    asked::{Asked, Opening},
    complete,
    form::Form,
    perform::{self, Perform},
};

/// A form has to open within Discord's 3 s.
const OPENED_BY: Duration = Duration::from_secs(2);

/// Two such waits, and what is done after them, fit into Discord's 3 s.
const ACKNOWLEDGED_BY: Duration = Duration::from_millis(600);

/// A file that Discord has not handed over by then is not waited for.
const FETCHED_BY: Duration = Duration::from_mins(1);

/// Files on servers, in directories that are open to them.
#[poise::command(
    slash_command,
    guild_only,
    subcommand_required,
    subcommands("list", "get", "put", "edit", "rename", "remove", "undo", "roots")
)]
pub(crate) async fn file(_: Context<'_>) -> Result {
    Ok(())
}

/// List a directory.
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The directory; the one that is open unless told"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: Option<String>,
) -> Result {
    let path = path.map(|path| ctx.read(&path)).transpose()?;
    ctx.perform(ListFiles { server: ctx.read(&server)?, path }).await
}

/// Fetch a file; only you see it.
#[poise::command(slash_command)]
async fn get(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The file"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
) -> Result {
    let limit = Some(u64::from(ctx.interaction.attachment_size_limit)).filter(|limit| *limit > 0);
    ctx.perform_aside(GetFile { server: ctx.read(&server)?, path: ctx.read(&path)?, limit }).await
}

/// Put a file on a server; what it replaces can be had back.
#[poise::command(slash_command)]
async fn put(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "Where to, with its name"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
    #[description = "The file; without one, you get a link for one that is larger"] file: Option<Attachment>,
) -> Result {
    let (server, path) = (ctx.read(&server)?, ctx.read(&path)?);
    match file {
        Some(file) => attached(ctx, (server, path), &file, Only::Any).await,
        None => ctx.perform(ReceiveFile { server, path }).await,
    }
}

/// Change a small text file in a form, or by an attached copy.
#[poise::command(slash_command)]
async fn edit(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The file"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
    #[description = "What is to be in it, in place of the form"] file: Option<Attachment>,
) -> Result {
    let (server, path): (ServerName, FilePath) = (ctx.read(&server)?, ctx.read(&path)?);
    if let Some(file) = file {
        return attached(ctx, (server, path), &file, Only::There).await;
    }
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    hub.check(&asked.actor, &to_be_written(&server, &path)).await?;
    let open = OpenFile { server: server.clone(), path: path.clone() };
    let opened = tokio::time::timeout(OPENED_BY, found::<Opened>(hub, &asked, open)).await;
    let Ok(opened) = opened else {
        let name = base::card::code(server.as_str());
        return Err(Error::Busy(format!(
            "{name} took longer than a form may. Nothing was changed. I am connected to it now: try again."
        )));
    };
    let Some(opened) = opened? else { return Ok(()) };
    let edit = EditFile { server, path, expected: opened.digest, shape: (&opened.text).into() };
    Form::EditFile { edit, text: opened.text }.open(&asked, hub).await
}

/// Move or rename a file or a directory; nothing is overwritten.
#[poise::command(slash_command, rename = "move")]
async fn rename(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "What it is called"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    from: String,
    #[description = "What it will be called, or the directory that takes it"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    to: String,
) -> Result {
    ctx.perform(MoveFile { server: ctx.read(&server)?, from: ctx.read(&from)?, to: ctx.read(&to)? }).await
}

/// Remove a file; the server keeps it for 14 days.
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The file"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
) -> Result {
    ctx.perform(RemoveFile { server: ctx.read(&server)?, path: ctx.read(&path)? }).await
}

/// Undo the last change of a file that was made here.
#[poise::command(slash_command)]
async fn undo(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The file"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
) -> Result {
    ctx.perform(UndoFile { server: ctx.read(&server)?, path: ctx.read(&path)? }).await
}

/// Which directories are open to files.
#[poise::command(slash_command, subcommand_required, subcommands("roots_list", "roots_add", "roots_remove"))]
async fn roots(_: Context<'_>) -> Result {
    Ok(())
}

/// List the directories that are open to files.
#[poise::command(slash_command, rename = "list")]
async fn roots_list(ctx: Context<'_>) -> Result {
    ctx.perform(ListRoots {}).await
}

/// Open a directory of a server to files, with all that is below it.
#[poise::command(slash_command, rename = "add")]
async fn roots_add(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The directory, from /, such as /srv/app"]
    #[max_length = 1000]
    path: String,
) -> Result {
    ctx.perform(AllowRoot { server: ctx.read(&server)?, path: ctx.read(&path)? }).await
}

/// Close a directory of a server to files.
#[poise::command(slash_command, rename = "remove")]
async fn roots_remove(
    ctx: Context<'_>,
    #[description = "The server"]
    #[autocomplete = "complete::server"]
    #[max_length = 200]
    server: String,
    #[description = "The directory, as the list shows it"]
    #[autocomplete = "complete::path"]
    #[max_length = 1000]
    path: String,
) -> Result {
    ctx.perform(ForbidRoot { server: ctx.read(&server)?, path: ctx.read(&path)? }).await
}

/// Takes what was attached: looked at first, then written.
async fn attached(ctx: Context<'_>, (server, path): (ServerName, FilePath), file: &Attachment, only: Only) -> Result {
    let (asked, hub) = (ctx.asked()?, &ctx.data().hub);
    // Nothing is fetched for somebody who may not.
    hub.check(&asked.actor, &to_be_written(&server, &path)).await?;
    if u64::from(file.size) > LARGEST_ATTACHMENT {
        let (size, most) = (base::measure::bytes(u64::from(file.size)), base::measure::bytes(LARGEST_ATTACHMENT));
        return Err(Error::Invalid(format!("That file has {size}, and I take at most {most}. Nothing was changed.")));
    }
    let most = usize::try_from(LARGEST_ATTACHMENT).unwrap_or(usize::MAX);
    let draft = async {
        let fetched = tokio::time::timeout(FETCHED_BY, hub.guilds().attached("file", &file.url, most)).await;
        let late =
            || Error::Busy("Discord did not hand me the file in time. Nothing was changed; try again.".to_owned());
        let content = Some(DraftFile::carried(&fetched.map_err(|_| late())??));
        Ok(DraftFile { server, path, content, expected: None, only })
    };
    write(&asked, draft, hub).await;
    Ok(())
}

/// What was typed into a form takes the place of what the form was opened with.
pub(crate) async fn edited(asked: Asked, edit: EditFile, typed: &str, data: &Data) {
    let content = Some(DraftFile::carried(edit.shape.restore(typed).as_bytes()));
    let (server, path, expected) = (edit.server, edit.path, Some(edit.expected));
    let draft = DraftFile { server, path, content, expected, only: Only::There };
    write(&asked, std::future::ready(Ok(draft)), &data.hub).await;
}

/// Looks what a draft comes to, and writes it. A refusal is answered here: what it is may be acknowledged by then.
async fn write(asked: &Asked, draft: impl Future<Output = Result<DraftFile>>, hub: &Hub) {
    let drafting = async {
        let draft = draft.await?;
        let drafted = found::<Drafted>(hub, asked, draft.clone()).await?;
        Ok::<_, Error>(drafted.map(|drafted| draft.write(drafted)))
    };
    match patiently(asked, drafting).await {
        Ok(Some(write)) => {
            let performing = hub.perform(asked.actor.clone(), write);
            perform::show(asked.clone(), hub, performing, Opening::Message).await;
        }
        // Why was said.
        Ok(None) => {}
        Err(error) => asked.refuse(&error, None, hub).await,
    }
}

/// Waits for something, and acknowledges what it is for where that takes longer than Discord waits. Until then a refusal is for
/// whoever asked alone.
async fn patiently<T>(asked: &Asked, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if let Ok(done) = tokio::time::timeout(ACKNOWLEDGED_BY, &mut work).await {
        return done;
    }
    if let Err(error) = asked.acknowledge(Opening::Message).await {
        tracing::warn!(%error, "could not acknowledge an interaction");
    }
    work.await
}

/// What is asked about before anything is known of the file: whether they may write it at all.
fn to_be_written(server: &ServerName, path: &FilePath) -> WriteFile {
    let (server, path) = (server.clone(), path.clone());
    let (before, after) = (String::new(), String::new());
    WriteFile { server, path, before, after, size: 0, lines: None, diff: None, content: None }
}

/// What an action that only looks found out; none where whoever asked was told why there is nothing.
async fn found<T: DeserializeOwned>(hub: &Hub, asked: &Asked, action: impl Action) -> Result<Option<T>> {
    let Ended { record, outcome } = hub.perform(asked.actor.clone(), action).ended().await;
    match outcome {
        Outcome::Done { report, .. } => {
            let read = serde_json::from_value(report).map_err(|error| Error::internal("reading what was found", error));
            read.map(Some)
        }
        Outcome::Failed(error) => {
            asked.refuse(&error, record.as_ref(), hub).await;
            Ok(None)
        }
        Outcome::Waits(_) => Err(Error::Busy(
            "This guild wants a yes before a file is even looked at, and a change has to look first. Nothing was changed."
                .to_owned(),
        )),
        Outcome::Left => Err(Error::Busy("I am being stopped. Nothing was changed.".to_owned())),
    }
}
