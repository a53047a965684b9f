//! Images: what an engine has, what it fetches, what it forgets.

mod list;
mod pull;
mod reference;
mod remove;

pub use list::ListImages;
pub use pull::PullImage;
pub use reference::Image;
pub use remove::RemoveImage;
