//! Members' own streams: a member has their own channel told of where the guild lets them, with their connected account as the proof.
//!
//! **Invariants:** nobody names a channel: it is that of the account. It ends when that account, their membership or the role that it
//! takes is gone, and never because nobody could be asked. Whose it was is told why.

mod follow;
mod prove;
mod show;
mod unfollow;

pub use follow::FollowMine;
pub use show::ShowMine;
pub use unfollow::UnfollowMine;

use accounts::ask_for;
use base::{Actor, Card, Error, Result, card::code};
use platforms::Platform;
use store::{
    accounts::Account,
    streams::{NewChannel, Settings, Source},
};

use crate::Streams;

/// Where a channel is, as an account there.
pub(crate) fn platform(source: Source) -> Platform {
    match source {
        Source::Twitch => Platform::Twitch,
        Source::YouTube => Platform::YouTube,
        Source::Kick => Platform::Kick,
    }
}

/// Where an account streams; none where nobody does.
fn source(account: &Account) -> Option<Source> {
    Source::ALL.into_iter().find(|source| source.as_str() == account.platform)
}

/// The channel of an account.
fn channel_of(account: &Account, source: Source) -> NewChannel {
    NewChannel {
        source,
        platform_id: account.subject.clone(),
        login: account.login.clone(),
        name: account.name.clone(),
    }
}

/// Why somebody may not have their own told of here; none where they may.
fn refusal(settings: &Settings, actor: &Actor) -> Option<String> {
    if !settings.members_own {
        return Some(
            "Members' own streams are not announced here. An administrator switches that on with `/stream setup members:True`."
                .to_owned(),
        );
    }
    let role = settings.members_role.filter(|role| !actor.roles.contains(role))?;
    Some(format!("Only holders of <@&{role}> have their own streams announced here."))
}

impl Streams {
    /// The good accounts somebody streams with: at one platform, or all of them.
    ///
    /// # Errors
    /// Where there is none, with a button that connects one.
    async fn accounts_of(&self, actor: &Actor, on: Option<Source>) -> Result<Vec<(Source, Account)>> {
        let all = self.store.accounts(actor.user).await?;
        let theirs = all.into_iter().filter_map(|account| source(&account).map(|source| (source, account)));
        let wanted: Vec<(Source, Account)> = theirs.filter(|(source, _)| on.is_none_or(|on| on == *source)).collect();
        let ended: Vec<Source> = wanted.iter().filter(|one| one.1.ended.is_some()).map(|one| one.0).collect();
        let good: Vec<_> = wanted.into_iter().filter(|one| one.1.ended.is_none()).collect();
        if !good.is_empty() {
            return Ok(good);
        }
        let card = Card::failed("**Nothing is connected**");
        let (card, asked) = match (ended.is_empty(), on) {
            (false, _) => {
                let names: Vec<&str> = ended.iter().map(|source| source.name()).collect();
                (card.text(format!("Your account on {} is to be connected again.", names.join(" and "))), ended)
            }
            (true, Some(on)) => (card.text(format!("You have connected no {} account.", on.name())), vec![on]),
            (true, None) => (card.text("You have connected no account that you stream with."), Source::ALL.to_vec()),
        };
        let card = card.text("It is the proof that a channel is yours. Nothing was changed.");
        let asks = asked.into_iter().map(|source| ask_for(platform(source), &[]));
        Err(Error::Outside(Box::new(asks.fold(card, Card::choice))))
    }
}

/// A channel in a line.
fn line(source: Source, name: &str) -> String {
    format!("{}  {}", source.name(), code(name))
}
