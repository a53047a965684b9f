//! Where the programs are that browse, and what they need.

/// Programs for Node.js, each a person with a browser.
pub const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../page");
/// The packages that they use; `install.sh page` puts them there.
pub const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/page/node_modules");
