//! What went wrong, sorted by who must act.

use crate::card::{Card, code};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// All but the last are the person's to fix and are shown word for word.
/// `Internal` is ours: they see one sentence and a reference, the log gets the whole chain, once, at the edge.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What they typed cannot be used; the sentence says how it should look.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing in this guild.
    #[error("I know no {kind} called `{name}`.")]
    NotFound {
        /// What was looked for: "server".
        kind: &'static str,
        /// The name it was looked for under.
        name: String,
    },
    /// They may not. `action` completes "You may not …".
    #[error("You may not {action}. It takes {grant}.")]
    Forbidden {
        /// What they may not do: "run commands on `web-1`".
        action: String,
        /// What it would take: "`server.run` on `web-1`".
        grant: String,
        /// On what they may, as they see it: "`web-*`".
        covered: Vec<String>,
    },
    /// What it belongs to is switched off in this guild.
    #[error("{feature} is off in this guild.")]
    Off {
        /// The feature's name.
        feature: &'static str,
    },
    /// Not now.
    #[error("{0}")]
    Busy(String),
    /// Something outside Nebula said no or said nothing. The card says what, what was not changed, and what to do.
    #[error("{}", .0.plain_text())]
    Outside(Box<Card>),
    /// Ours.
    #[error("Something went wrong on my side while {doing}.")]
    Internal {
        /// Completes "while …".
        doing: &'static str,
        /// The whole chain, for the log.
        source: anyhow::Error,
    },
}

impl Error {
    /// An error of ours.
    pub fn internal(doing: &'static str, source: impl Into<anyhow::Error>) -> Self {
        Self::Internal { doing, source: source.into() }
    }

    /// The short word the audit log keeps for this kind of failure.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } | Self::Off { .. } => "refused",
            _ => "failed",
        }
    }

    /// The error's face.
    pub fn card(&self) -> Card {
        match self {
            Self::Invalid(sentence) => Card::failed("**That will not work**").text(sentence),
            Self::NotFound { kind, name } => Card::failed(format!("**No such {kind}**"))
                .text(format!("I know no {kind} called {}. Nothing was changed.", code(name)))
                .text(format!("`/{kind} list` shows them all.")),
            Self::Forbidden { action, grant, covered } => Card::failed(format!("**You may not** {action}"))
                .text(format!("It takes {grant}.{}", your_grants(covered)))
                .text("An administrator can give it with `/grant role`."),
            Self::Off { feature } => Card::failed(format!("**{feature} is off** in this guild")).text(format!(
                "Nothing was done. An administrator can switch it on with `/feature on feature:{feature}`."
            )),
            Self::Busy(sentence) => Card::attention("**Not now**").text(sentence),
            Self::Outside(card) => (**card).clone(),
            Self::Internal { doing, .. } => Card::failed("**Something went wrong on my side**")
                .text(format!("It happened while {doing}. The reference below finds it in my log.")),
        }
    }
}

fn your_grants(covered: &[String]) -> String {
    match covered {
        [] => String::new(),
        covered => {
            let covered: Vec<String> = covered.iter().map(code).collect();
            format!(" Your grants cover {}.", covered.join(", "))
        }
    }
}
