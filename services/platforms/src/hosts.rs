//! Where a platform is asked: its own hosts, or a stand-in's on this machine, where they are paths.

use reqwest::Url;

/// A host of a platform's, with the path that stands before every other there.
#[derive(Debug, Clone)]
pub(crate) struct Host(Url);

impl Host {
    /// The platform's own, unless a stand-in has it under this path.
    pub(crate) fn of(own: &'static str, stand_in: Option<&Url>, path: &str) -> Self {
        let url = match stand_in {
            Some(base) => format!("{}/{path}", base.as_str().trim_end_matches('/')),
            None => own.to_owned(),
        };
        Self(Url::parse(&url).expect("a platform's address is one, and so is what stands in for it"))
    }

    /// What is at this path there.
    pub(crate) fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
        url
    }

    /// The same with what is asked of it.
    pub(crate) fn asked(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.at(path);
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}
