//! The connection to Discord, or to what stands in for it on this machine.

use std::time::Duration;

use anyhow::Context;
use poise::serenity_prelude as serenity;
use secrecy::ExposeSecret;
use serenity::http::{Http, HttpBuilder};

use crate::config::Discord;

/// No answer of Discord's takes longer to begin.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// A whole request, a log of 8 MB on a slow line included. Without it, one silent connection would hold a card for ever.
const REQUEST_DEADLINE: Duration = Duration::from_mins(1);

/// What serenity sends by itself. Its own limiter is off: it counts every interaction as one, and [`commands::Rest`] does better.
pub(crate) fn http(discord: &Discord, client: reqwest::Client) -> Http {
    HttpBuilder::new(discord.token.expose_secret()).client(client).ratelimiter_disabled(true).build()
}

/// The way to Discord's REST API.
pub(crate) fn web(discord: &Discord) -> anyhow::Result<reqwest::Client> {
    built(discord, reqwest::Client::builder())
}

/// The way to files at Discord's: nobody is followed elsewhere.
pub(crate) fn files(discord: &Discord) -> anyhow::Result<reqwest::Client> {
    built(discord, reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()))
}

fn built(discord: &Discord, client: reqwest::ClientBuilder) -> anyhow::Result<reqwest::Client> {
    let mut client = client.use_rustls_tls().connect_timeout(CONNECT_DEADLINE).timeout(REQUEST_DEADLINE);
    if let Some(stand_in) = &discord.stand_in {
        let authorities = reqwest::Certificate::from_pem_bundle(&stand_in.authority)
            .ok()
            .filter(|authorities| !authorities.is_empty())
            .context("DISCORD_TEST_CA holds no certificate in PEM")?;
        // discord.com resolves to loopback and only these authorities are trusted: nothing can reach the real one.
        client = authorities
            .into_iter()
            .fold(client, reqwest::ClientBuilder::add_root_certificate)
            .tls_built_in_root_certs(false)
            .no_proxy()
            .resolve("discord.com", stand_in.address)
            .resolve("cdn.discordapp.com", stand_in.address)
            .resolve("media.discordapp.net", stand_in.address);
    }
    client.build().context("could not make an HTTP client")
}

/// A bot lets this pass between two connections, as Discord wants it.
const BETWEEN: Duration = Duration::from_secs(5);

/// The gateway: a client, and what another one is made of.
pub(crate) struct Gateway {
    pub(crate) discord: Discord,
    pub(crate) web: reqwest::Client,
    pub(crate) data: commands::Data,
    /// What whoever runs the bot wants Discord to send beyond what features need.
    pub(crate) wanted: Option<guilds::intent::Intent>,
}

impl Gateway {
    /// The first client.
    pub(crate) async fn client(&self) -> anyhow::Result<(serenity::Client, serenity::GatewayIntents)> {
        let more = self.discord.stand_in.as_ref().map_or(0, |stand_in| stand_in.intents);
        let intents = commands::intents(&self.data.rest, self.wanted).await;
        let intents = intents | serenity::GatewayIntents::from_bits_truncate(more);
        let framework = commands::framework(self.data.clone());
        let client = client(&self.discord, self.web.clone(), framework, &self.data.link, intents).await?;
        Ok((client, intents))
    }

    /// Listens until it is over. What Discord refuses to send any more is done without: people have the rest.
    pub(crate) async fn listen(
        self,
        (mut listening, mut intents): (serenity::Client, serenity::GatewayIntents),
    ) -> anyhow::Result<()> {
        loop {
            let ended = match listening.start().await {
                Ok(()) => return Ok(()),
                Err(ended) => ended,
            };
            let refused = matches!(ended, serenity::Error::Gateway(serenity::GatewayError::DisallowedGatewayIntents));
            let fewer = if refused { commands::fewer(&self.data.rest, self.wanted, intents).await } else { None };
            let Some(fewer) = fewer else { return Err(explain(ended)) };
            intents = fewer;
            tokio::time::sleep(BETWEEN).await;
            let framework = commands::framework(self.data.clone());
            listening = client(&self.discord, self.web.clone(), framework, &self.data.link, intents).await?;
        }
    }
}

/// The whole client, with the gateway it is to dial.
async fn client(
    discord: &Discord,
    web: reqwest::Client,
    framework: impl serenity::Framework + 'static,
    link: &commands::Link,
    intents: serenity::GatewayIntents,
) -> anyhow::Result<serenity::Client> {
    let client = serenity::ClientBuilder::new_with_http(http(discord, web), intents)
        .framework(framework)
        .await
        .context("could not prepare the Discord client")?;
    link.watch(&client.shard_manager);
    if let Some(stand_in) = &discord.stand_in {
        // serenity falls back to the real gateway, without a word, when asking for it fails.
        client.ws_url.lock().await.clone_from(&stand_in.gateway);
        tracing::warn!(address = %stand_in.address, gateway = stand_in.gateway, "NOT talking to Discord: a stand-in on this machine");
    }
    Ok(client)
}

/// What serenity's error means to whoever runs the bot.
pub(crate) fn explain(error: serenity::Error) -> anyhow::Error {
    use serenity::GatewayError;
    match &error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => {
            anyhow::anyhow!(
                "Discord does not accept DISCORD_TOKEN: copy it again from the bot's page, or reset it there"
            )
        }
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => {
            anyhow::anyhow!(
                "Discord refuses an intent: switch it on at the bot's page under Privileged Gateway Intents. The Presence Intent is asked for \
                 only where NEBULA_STREAMS_PRESENCE is on: it can be switched off there instead"
            )
        }
        serenity::Error::Http(http) if http.status_code().is_some_and(|status| status.as_u16() == 401) => {
            anyhow::anyhow!(
                "Discord does not accept DISCORD_TOKEN: copy it again from the bot's page, or reset it there"
            )
        }
        _ => {
            // The chain says the same thing four times; its end is the cause.
            let error = anyhow::Error::from(error);
            anyhow::anyhow!("Discord could not be reached: {}; is this machine online?", error.root_cause())
        }
    }
}
