//! What is done with overlays, each an action.

mod add;
mod address;
mod create;
mod edit;
mod export;
mod list;
mod look;
mod name;
mod remove;
mod revoke;
mod rotate;
mod set;
mod source;
mod start;
mod stop;
mod test;
mod undo;

use std::time::Duration;

pub use add::AddToOverlay;
pub use address::Address;
pub use create::CreateOverlay;
pub use edit::EditOverlay;
pub use export::ExportLayout;
pub use list::ListOverlays;
pub use look::PreviewOverlay;
pub use name::OverlayName;
pub use remove::RemoveOverlay;
pub use revoke::RevokeOverlay;
pub use rotate::RotateOverlay;
pub use set::SetOverlay;
pub use source::{AddOverlaySource, ListOverlaySources, RemoveOverlaySource};
pub use start::StartOverlay;
pub use stop::StopOverlay;
pub use test::TestOverlay;
pub use undo::UndoOverlay;

/// A page that was away for longer begins anew.
pub(crate) const SHOWN_FOR: Duration = Duration::from_hours(1);
/// Who tells of donations does not tell of one again after this.
pub(crate) const TOLD_FOR: Duration = Duration::from_hours(30 * 24);
/// So much of what an overlay showed last is kept: a list of what happened last is made of it.
pub(crate) const KEPT: i64 = 20;
