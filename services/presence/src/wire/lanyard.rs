//! Lanyard: what somebody listens to, as their Discord shows it to everybody. Their status, their games and whatever else it knows is not read.

use base::{Clock, UserId};
use platforms::{Answered, Failure, Web};
use reqwest::Url;
use serde::Deserialize;

use super::PATIENCE;
use crate::{
    feeds::{Media, Track},
    settings::Place,
};

const OWN: &str = "https://api.lanyard.rest/";

/// The way to Lanyard.
pub(crate) struct Lanyard {
    /// None where it is not asked.
    base: Option<Url>,
    web: Web,
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listens {
    /// They listen to this, or to nothing.
    To(Option<Track>),
    /// It does not know them: they are not in its server.
    Unknown,
}

#[derive(Deserialize)]
struct Told {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    listening_to_spotify: bool,
    spotify: Option<Song>,
}

#[derive(Deserialize)]
struct Song {
    song: Option<String>,
    artist: Option<String>,
}

impl Lanyard {
    /// Its own, unless something on this machine stands in for it.
    pub(crate) fn new(place: &Place, clock: &Clock) -> Self {
        let base = match place {
            Place::Own => Some(Url::parse(OWN).expect("Lanyard's address is one")),
            Place::StandIn(url) => Some(url.clone()),
            Place::Nowhere => None,
        };
        Self { base, web: Web::new(PATIENCE, clock.clone()) }
    }

    /// What somebody listens to.
    pub(crate) async fn listens(&self, user: UserId) -> Answered<Listens> {
        let Some(base) = &self.base else { return Err(Failure::Unreachable("nothing leaves this machine")) };
        let mut url = base.clone();
        url.set_path(&format!("{}/v1/users/{user}", base.path().trim_end_matches('/')));
        let told: Told = match self.web.json(self.web.get(url)).await {
            Err(Failure::Refused { status: 404, .. }) => return Ok(Listens::Unknown),
            answered => answered?,
        };
        let song = told.data.spotify.filter(|_| told.data.listening_to_spotify);
        Ok(Listens::To(song.and_then(|song| {
            // It joins several artists with `; `.
            let by = song.artist.unwrap_or_default().replace("; ", ", ");
            song.song.filter(|title| !title.trim().is_empty()).map(|title| Track { title, by, media: Media::Heard })
        })))
    }
}
