//! What tells what people play: a Plex server, and Lanyard.

mod lanyard;
mod plex;

pub use lanyard::Lanyard;
pub use plex::Plex;

/// What both let a story do.
macro_rules! a_medium {
    ($name:ident) => {
        impl $name {
            /// Where it is.
            pub fn url(&self) -> String {
                self.cloud.url()
            }

            /// The next `times` requests whose path begins so meet this.
            pub fn break_next(&self, path: &str, times: usize, fault: $crate::clouds::Fault) {
                self.cloud.shared.break_next(path, times, fault);
            }

            /// Nothing is broken any more.
            pub fn mend(&self) {
                self.cloud.shared.mend();
            }

            /// All that was asked of it, oldest first.
            pub fn asked(&self) -> Vec<$crate::models::Request> {
                self.cloud.shared.asked()
            }
        }
    };
}

use a_medium;
