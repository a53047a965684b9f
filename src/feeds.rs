//! What feeds overlays: people's own accounts, as far as they let us see what happens there, and what does.

use std::sync::Arc;

use accounts::{Accounts, Refusal, Right, ask_for};
use base::{Card, Error, GuildId, Result, UserId};
use futures::future::{BoxFuture, FutureExt};
use overlays::{Event, Feeding, Happened, Overlays, Said};
use platforms::Platform;
use store::overlays::Origin;
use streams::{Gone, Happening, TakenBack, What};

/// People's accounts, as overlays know them.
pub(crate) struct Feeds(pub(crate) Arc<Accounts>);

impl overlays::Accounts for Feeds {
    fn feeding(&self, user: UserId, platform: Origin) -> BoxFuture<'_, Result<Feeding>> {
        async move {
            let at = at(platform);
            let rights = rights(at);
            match self.0.allows(user, at, rights).await {
                Ok(account) => Ok(Feeding { subject: account.subject, name: account.name }),
                Err(Refusal::Ours(error)) => Err(error),
                Err(refusal) => Err(refused(at, rights, &refusal)),
            }
        }
        .boxed()
    }
}

fn at(origin: Origin) -> Platform {
    match origin {
        Origin::Twitch => Platform::Twitch,
        Origin::Kick => Platform::Kick,
        Origin::Spotify => Platform::Spotify,
    }
}

/// What is seen of an account there takes this, beyond what connecting does.
fn rights(at: Platform) -> &'static [Right] {
    if at == Platform::Twitch { &Right::EVENTS } else { &[] }
}

/// Says what is missing, with a button that asks them for it.
fn refused(at: Platform, rights: &[Right], refusal: &Refusal) -> Error {
    let why = match refusal {
        Refusal::NotConnected => format!("You have connected no {at} account. It feeds nothing yet."),
        Refusal::Lacks(_) => "You have not let me see what happens there. It feeds nothing yet.".to_owned(),
        Refusal::Ended(why) => format!("{why} It feeds nothing until you connect it again."),
        Refusal::Failed(failure) => format!("{at} could not be asked: {failure}. It feeds nothing yet."),
        Refusal::Ours(_) => "Something went wrong on my side. It feeds nothing yet.".to_owned(),
    };
    let card = Card::failed(format!("**{at}** does not feed the overlays")).text(why);
    Error::Outside(Box::new(card.choice(ask_for(at, rights))))
}

/// The overlays, as what happens on streams is shown in them.
pub(crate) struct Showing(pub(crate) Arc<Overlays>);

impl streams::Stage for Showing {
    fn show(&self, guild: GuildId, happening: &Happening) -> BoxFuture<'_, Result<()>> {
        let event = event(happening);
        async move { self.0.show(guild, event).await.map(drop) }.boxed()
    }

    fn take_back(&self, guild: GuildId, gone: &TakenBack) -> BoxFuture<'_, Result<()>> {
        let word = match &gone.what {
            Gone::Message(id) => id.clone(),
            Gone::Author(author) => by(gone.platform, &gone.channel, author),
            Gone::Everything => within(gone.platform, &gone.channel),
        };
        let id = gone.id.clone();
        async move { self.0.take_back(guild, &word, &id).await }.boxed()
    }
}

/// The word for all that somebody wrote in a chat. What is said is forgotten sooner than the rest, and so is that it was taken back.
fn by(platform: Origin, channel: &str, author: &str) -> String {
    format!("chat by {} {channel} {author}", platform.as_str())
}

/// The word for all of a chat.
fn within(platform: Origin, channel: &str) -> String {
    format!("chat of {} {channel}", platform.as_str())
}

fn event(happening: &Happening) -> Event {
    let what = match happening.what {
        What::Follow => Happened::Follow,
        What::Sub => Happened::Sub,
        What::Gift => Happened::Gift,
        What::Cheer => Happened::Cheer,
        What::Raid => Happened::Raid,
        What::Chat => Happened::Chat,
    };
    let event = Event::new(what, &happening.name)
        .of(happening.amount)
        .saying(&happening.message)
        .on(happening.platform.as_str())
        .known_by(&happening.id);
    let event = if happening.what == What::Chat {
        let (platform, channel) = (happening.platform, &happening.channel);
        let (author, place) = (by(platform, channel, &happening.author), within(platform, channel));
        event.taken_back_by(Said { message: happening.id.clone(), author, place })
    } else {
        event
    };
    match happening.colour {
        Some(colour) => event.coloured(colour),
        None => event,
    }
}
