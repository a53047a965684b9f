//! What runs where and what needs what, as a guild's own file says it: read, drawn, asked, started and stopped in order.
//!
//! **Invariants:** a line is run only as it stands in the map that somebody took, after a plan that showed it; what is done with a
//! service is judged as what is really done, on its server. Who could not be asked is not down.

mod autostart;
mod change;
mod depends;
mod draw;
mod forget;
mod graph;
mod http;
mod look;
mod map;
mod near;
mod picture;
mod place;
mod placeholder;
mod plan;
mod power;
mod publish;
mod read;
mod service;
mod show;
mod status;
mod take;
mod yaml;

pub use autostart::{Answers, Door, SetAutostart};
pub use depends::{Around, Thing};
pub use forget::ForgetMap;
pub use look::State;
pub use map::ServiceName;
pub use picture::DrawMap;
pub use plan::PlanMap;
pub use power::{ForceStopService, RestartService, StartService, StopService, With};
pub use publish::{Bar, Change, Line, Page, PageIncidents, PublishService, SetPage, ShownIncidents, UnpublishService};
pub use service::{Gpus, Maps, Switch};
pub use show::ShowMap;
pub use status::ServiceStatus;
pub use take::TakeMap;

/// Longest map, in bytes.
pub const LONGEST: usize = yaml::LONGEST;
