//! Fetches an image, and shows how far it is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use base::{
    Action, Actor, Assessment, Card, Clock, Error, Live, Millis, Permit, Report, Result, Risk, Run, ServerName,
    card::code, measure,
};
use bollard::models::CreateImageInfo;
use hyper::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Image;
use crate::{
    Containers,
    engine::{Engine, Refusal},
    events::encoded,
    look,
    place::Place,
};

/// A registry that is slower than this is tried again by hand.
const DEADLINE: Duration = Duration::from_mins(30);
/// One line of an engine's progress is short.
const LONGEST: usize = 64 * 1024;
/// More layers than this no image has; what is told of more is not kept.
const LAYERS: usize = 500;

/// Fetch an image.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct PullImage {
    /// The server to fetch it to.
    pub server: ServerName,
    /// The image.
    pub image: Image,
}

/// It is there.
#[derive(Debug, Serialize)]
pub struct Pulled {
    server: ServerName,
    image: Image,
    id: String,
    bytes: u64,
    duration_ms: u64,
    /// The engine had it already.
    was_there: bool,
}

impl Action for PullImage {
    const NAME: &'static str = "image.pull";
    const RISK: Risk = Risk::Change;
    type Service = Containers;
    type Report = Pulled;

    fn plan(&self) -> String {
        format!("Fetch image {} to {}", code(self.image.as_str()), code(self.server.as_str()))
    }

    fn refusal(&self) -> String {
        format!("fetch images to {}", code(self.server.as_str()))
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    on_a_server!();

    async fn run(permit: Permit<Self>, containers: &Containers, run: &Run) -> Result<Pulled> {
        let PullImage { server, image } = permit.action().clone();
        let (engine, place) = containers.engine(permit.actor().guild, &server).await?;
        let before = look_up(&engine, &image).await.ok().map(|(id, _)| id);
        let layers = Arc::<Layers>::default();
        run.show(Arc::new(Pulling {
            title: format!("**Fetching** {} to {}", code(image.as_str()), code(server.as_str())),
            layers: Arc::clone(&layers),
            clock: containers.clock.clone(),
            began: run.began(),
        }));
        let refused = |refusal| refused(&place, &image, refusal);
        tokio::select! {
            () = run.cancel().cancelled() => {
                return Err(Error::Outside(Box::new(
                    Card::quiet(format!("**Stopped fetching** {} to {}", code(image.as_str()), code(server.as_str())))
                        .text("What was fetched already is kept for the next time."),
                )));
            }
            pulled = pull(&engine, &image, &layers) => pulled.map_err(refused)?,
        }
        // An engine that says it is there is asked for it.
        let (id, bytes) = look_up(&engine, &image).await.map_err(refused)?;
        let duration_ms = u64::try_from(containers.clock.now().since(run.began()).as_millis()).unwrap_or(u64::MAX);
        Ok(Pulled { server, was_there: before.as_ref() == Some(&id), id, bytes, duration_ms, image })
    }
}

fn refused(place: &Place, image: &Image, refusal: Refusal) -> Error {
    let refusal = match refusal {
        // That there is no such image is said by a registry: the engine's list would not help.
        Refusal::NotFound(said) => Refusal::Said(said),
        other => other,
    };
    place.refused(refusal, &format!("fetch {}", code(image.as_str())), None)
}

/// An image's id and size.
async fn look_up(engine: &Engine, image: &Image) -> Result<(String, u64), Refusal> {
    let found = engine.ask(|docker| async move { docker.inspect_image(image.as_str()).await }).await?;
    let bytes = found.size.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
    Ok((found.id.unwrap_or_default(), bytes))
}

/// Fetches it to the end. An engine answers 200 and says in a line of its progress that it failed.
async fn pull(engine: &Engine, image: &Image, layers: &Layers) -> Result<(), Refusal> {
    let (name, tag) = image.parts();
    let path = format!("/images/create?fromImage={}&tag={}", encoded(name), encoded(tag));
    let mut progress = engine.stream(Method::POST, &path, None).await?;
    let mut held = Vec::new();
    loop {
        let bytes = progress.next().await?;
        held.extend_from_slice(bytes.as_deref().unwrap_or(b"\n"));
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = held.drain(..=end).collect();
            let Ok(told) = serde_json::from_slice::<serde_json::Value>(&line) else { continue };
            if let Some(error) = told["error"].as_str() {
                return Err(Refusal::Said(error.to_owned()));
            }
            if let Ok(info) = serde_json::from_value(told) {
                layers.note(info);
            }
        }
        if held.len() > LONGEST {
            return Err(Refusal::Broken("It told of progress that has no end.".to_owned()));
        }
        if bytes.is_none() {
            return Ok(());
        }
    }
}

/// How far each layer is: what is there, and of how much.
#[derive(Default)]
struct Layers(Mutex<BTreeMap<String, (u64, u64)>>);

impl Layers {
    fn note(&self, told: CreateImageInfo) {
        let Some((id, progress)) = told.id.zip(told.progress_detail) else { return };
        let number = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        let Some((current, total)) = number(progress.current).zip(number(progress.total)) else { return };
        let mut layers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.status.as_deref() == Some("Downloading") && (layers.len() < LAYERS || layers.contains_key(&id)) {
            layers.insert(id, (current, total));
        }
    }

    fn sum(&self) -> (u64, u64) {
        let layers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        layers.values().fold((0, 0), |(current, total), layer| (current + layer.0, total + layer.1))
    }
}

/// An image while it is fetched.
struct Pulling {
    title: String,
    layers: Arc<Layers>,
    clock: Clock,
    began: Millis,
}

impl Live for Pulling {
    fn card(&self) -> Card {
        let card =
            Card::working(&self.title).fact(format!("running {}", measure::age(self.clock.now().since(self.began))));
        match self.layers.sum() {
            (_, 0) => card,
            (current, total) => card.fact(format!("{} of {}", measure::bytes(current), measure::bytes(total))),
        }
    }
}

impl Report for Pulled {
    fn card(&self) -> Card {
        let (image, server) = (code(self.image.as_str()), code(self.server.as_str()));
        let after = measure::span(Duration::from_millis(self.duration_ms));
        let card = if self.was_there {
            Card::quiet(format!("**Nothing newer** of {image} for {server}"))
        } else {
            Card::ok(format!("**Fetched** {image} to {server}"))
        };
        card.fact(format!("after {after}")).fact(measure::bytes(self.bytes)).fact(code(look::short(&self.id)))
    }
}
