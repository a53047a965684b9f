//! Has platforms tell us no longer of what nobody needs any more.
//!
//! **Invariant:** a row says what is still to be ended, from before the platform is asked until it said yes: no stop and no outage leaves
//! anything behind.

use base::Result;
use platforms::{Answered, Failure, twitch::As};
use store::streams::{Source, Subscription};

use super::subscribe::{AT_ONCE, UNPROVEN, wait};
use crate::Streams;

/// What became of asking.
enum Ends {
    /// It is gone.
    Gone,
    /// The platform asks back before it is.
    Asked,
}

impl Streams {
    pub(super) async fn unsubscribe(&self) -> Result<()> {
        for one in self.store.subscriptions_ending(AT_ONCE).await? {
            self.end(&one).await?;
        }
        Ok(())
    }

    async fn end(&self, one: &Subscription) -> Result<()> {
        let now = self.clock.now();
        let is_over = !one.was_asked || one.until.is_some_and(|until| until <= now);
        let asked = match one.channel.source {
            _ if is_over => Ok(Ends::Gone),
            Source::Twitch => self.end_at_twitch(one).await,
            Source::Kick => self.end_at_kick(one).await,
            Source::YouTube => self.end_at_hub(one).await?,
        };
        match asked {
            Ok(Ends::Gone) => self.store.subscription_is_gone(&one.channel, &one.subject).await,
            Ok(Ends::Asked) => self.store.subscription_lingers(one, None, now.plus(UNPROVEN)).await,
            Err(failure) => {
                let again = now.plus(wait(one.tries));
                let again = if let Failure::Limited { until } = &failure { again.max(*until) } else { again };
                tracing::debug!(platform = one.channel.source.as_str(), "it still tells: {failure}");
                self.store.subscription_lingers(one, Some(&failure.to_string()), again).await
            }
        }
    }

    async fn end_at_twitch(&self, one: &Subscription) -> Answered<Ends> {
        let twitch = self.platforms.twitch()?;
        let all = match (&one.theirs, self.address.get()) {
            (Some(theirs), _) => vec![theirs.clone()],
            // It was asked for, and nobody heard its name.
            (None, Some(address)) => {
                let place = format!("{address}/hooks/twitch");
                twitch.subscriptions_at(&one.subject, &one.channel.platform_id, &place).await?
            }
            (None, None) => return Ok(Ends::Gone),
        };
        for theirs in all {
            twitch.unsubscribe(As::App, &theirs).await?;
        }
        Ok(Ends::Gone)
    }

    async fn end_at_kick(&self, one: &Subscription) -> Answered<Ends> {
        let kick = self.platforms.kick.as_ref().ok_or(Failure::NotSet("KICK_CLIENT_ID"))?;
        let all = match &one.theirs {
            Some(theirs) => vec![theirs.clone()],
            None => kick.subscriptions_of(&one.subject, &one.channel.platform_id).await?,
        };
        for theirs in all {
            kick.unsubscribe(&theirs).await?;
        }
        Ok(Ends::Gone)
    }

    async fn end_at_hub(&self, one: &Subscription) -> Result<Answered<Ends>> {
        // Where nobody reaches us, nobody can be asked back: it ends by itself.
        let Some(address) = self.address.get() else { return Ok(Ok(Ends::Gone)) };
        let secret = self.hook_secret(Source::YouTube).await?;
        self.redactor.learn(secret.expose());
        let place = self.hub_place(&one.channel.platform_id, address).await?;
        // It may ask back before it answers, and only what was asked of it is confirmed.
        self.store.subscription_is_to_end(one, self.clock.now().plus(UNPROVEN)).await?;
        let asked = self.platforms.youtube.unsubscribe(&one.channel.platform_id, &place, &secret).await;
        Ok(asked.map(|()| Ends::Asked))
    }
}
