//! Sees that a container which was in trouble is well again: it runs and stays, and is healthy where it says; or it is gone.
//!
//! **Invariants:** it is looked at, not only heard of, so what happened while nobody listened is seen as well. How long it stays is
//! measured by our clock: an engine's may be wrong.

use std::{collections::HashMap, time::Duration};

use base::Millis;
use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum as Status, HealthStatusEnum as Health};
use store::container_watches::Watch;

use crate::{
    Containers, Name,
    engine::{Engine, Refusal},
};

/// Containers in trouble are looked at so often.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Who runs so long stays.
const STAYS: Duration = Duration::from_secs(5);
/// More are not looked at in one round: the others follow as these are well, or are looked at by people.
const AT_ONCE: i64 = 50;

/// Since when each container that was in trouble is seen to run, and which run of it that is.
#[derive(Debug, Default)]
pub(super) struct Patients {
    up: HashMap<String, (String, Millis)>,
}

/// How a container is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It runs since this moment of the engine's, and nothing is wrong with it.
    Up(String),
    Down,
    Gone,
}

impl Patients {
    /// What is to be told of a container that was found so.
    fn find(&mut self, container: &str, found: Found, now: Millis) -> Option<&'static str> {
        match found {
            Found::Gone => {
                self.up.remove(container);
                Some("removed")
            }
            Found::Down => {
                self.up.remove(container);
                None
            }
            Found::Up(run) => {
                let entry = self.up.entry(container.to_owned()).or_insert_with(|| (run.clone(), now));
                if entry.0 != run || entry.1 > now {
                    *entry = (run, now);
                }
                let stays = now.since(entry.1) >= STAYS;
                if stays {
                    self.up.remove(container);
                }
                stays.then_some("runs again")
            }
        }
    }
}

impl Containers {
    /// Looks at the containers of a watch that are in trouble.
    pub(super) async fn look_after(
        &self,
        engine: &Engine,
        watch: &Watch,
        patients: &mut Patients,
    ) -> Result<(), String> {
        let lost = |error: base::Error| error.to_string();
        let troubled = self.store.troubled_containers(watch, AT_ONCE).await.map_err(lost)?;
        patients.up.retain(|container, _| troubled.contains(container));
        for container in troubled {
            let Ok(name) = container.parse::<Name>() else { continue };
            let found =
                match engine.ask(|docker| async move { docker.inspect_container(name.as_str(), None).await }).await {
                    Ok(found) => how(&found),
                    Err(Refusal::NotFound(_)) => Found::Gone,
                    Err(refusal) => return Err(format!("{refusal:?}")),
                };
            if let Some(how) = patients.find(&container, found, self.clock.now()) {
                let redactor = self.redactor.of(watch.guild);
                self.store.note_recovery(watch, &container, how, &redactor).await.map_err(lost)?;
            }
        }
        Ok(())
    }
}

fn how(found: &ContainerInspectResponse) -> Found {
    let Some(state) = &found.state else { return Found::Down };
    let health = state.health.as_ref().and_then(|health| health.status);
    let is_well = matches!(health, None | Some(Health::HEALTHY | Health::NONE | Health::EMPTY));
    match (state.status, is_well) {
        (Some(Status::RUNNING), true) => Found::Up(state.started_at.clone().unwrap_or_default()),
        _ => Found::Down,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(found: &serde_json::Value) -> Found {
        how(&serde_json::from_value(serde_json::json!({ "State": found })).unwrap())
    }

    #[test]
    fn who_runs_is_well_unless_its_health_says_otherwise() {
        let up = || Found::Up("1".to_owned());
        for (state, is) in [
            (serde_json::json!({ "Status": "running", "StartedAt": "1" }), up()),
            (serde_json::json!({ "Status": "running", "StartedAt": "1", "Health": { "Status": "healthy" } }), up()),
            (
                serde_json::json!({ "Status": "running", "StartedAt": "1", "Health": { "Status": "starting" } }),
                Found::Down,
            ),
            (
                serde_json::json!({ "Status": "running", "StartedAt": "1", "Health": { "Status": "unhealthy" } }),
                Found::Down,
            ),
            (serde_json::json!({ "Status": "restarting", "StartedAt": "1" }), Found::Down),
            (serde_json::json!({ "Status": "exited", "StartedAt": "1" }), Found::Down),
        ] {
            assert_eq!(found(&state), is, "{state}");
        }
    }

    #[test]
    fn who_runs_for_a_moment_in_a_loop_is_not_well_and_who_stays_is_told_once() {
        let mut patients = Patients::default();
        let up = |run: u64| Found::Up(run.to_string());
        let stays = i64::try_from(STAYS.as_millis()).unwrap();
        for run in 0..20 {
            assert_eq!(patients.find("web", up(run), Millis(stays * i64::try_from(run).unwrap())), None);
        }
        assert_eq!(patients.find("web", up(19), Millis(stays * 20)), Some("runs again"));
        assert_eq!(patients.find("web", up(19), Millis(stays * 20 + 1)), None);
        assert_eq!(patients.find("web", Found::Down, Millis(stays * 30)), None);
        assert_eq!(patients.find("web", Found::Gone, Millis(stays * 30)), Some("removed"));
    }
}
