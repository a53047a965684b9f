//! Whom a question may go to, in which order, and what may leave the house with it.

use ::models::{Candidate, Cloud, Wish};
use base::GuildId;

use super::{Asker, Asks, Models, lacks, ours};
use crate::Failure;

/// What fits where nobody is there to say.
const WINDOW: u64 = 8_192;

/// Whom a question may go to, and what may leave the house with it.
#[derive(Debug)]
pub struct Line {
    pub(super) sees: Cloud,
    pub(super) order: Order,
}

/// Who is asked, in this order.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) candidates: Vec<Candidate>,
    /// There are others, which may not be asked.
    pub(super) kept_home: bool,
    /// The first is the one that was wished for.
    pub(super) wished: bool,
    /// Why none of them is.
    pub(super) instead: Option<String>,
}

impl Order {
    fn with(mut self, wish: Wish) -> Self {
        match wish {
            Wish::Granted(wished) => {
                self.candidates.retain(|one| one.provider.id != wished.provider.id || one.model != wished.model);
                self.candidates.insert(0, wished);
                Self { wished: true, ..self }
            }
            Wish::Unmet(why) => Self { instead: Some(why), ..self },
        }
    }
}

/// Who would be asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Whose model.
    pub provider: String,
    /// Which.
    pub model: String,
    /// Whether the question leaves the house.
    pub is_cloud: bool,
    /// What a cloud would see of it.
    pub sees: Cloud,
    /// How many tokens it reads.
    pub window: u64,
}

impl Models {
    /// Whom somebody's question may go to, as it is set up now: looked up once for everything that depends on it.
    ///
    /// # Errors
    /// When they have none left, or it is not known whom to ask.
    pub async fn line(&self, who: &Asker, wish: Option<&str>) -> Result<Line, Failure> {
        tokio::try_join!(self.line_of(who.guild, wish), self.refuse_over_quota(who)).map(|(line, ())| line)
    }

    /// How many tokens fit the model that a guild's questions go to first.
    pub async fn usual_window(&self, guild: GuildId, wish: Option<&str>) -> u64 {
        match self.line_of(guild, wish).await {
            Ok(line) => self.window(Some(&line)).await,
            Err(_) => WINDOW,
        }
    }

    async fn line_of(&self, guild: GuildId, wish: Option<&str>) -> Result<Line, Failure> {
        let sees = self.providers.cloud(guild);
        let (sees, candidates) =
            tokio::try_join!(sees, self.providers.candidates(guild)).map_err(|error| ours(&error))?;
        let order = self.in_order(guild, candidates, sees, wish).await?;
        Ok(Line { sees, order })
    }

    /// How many tokens fit the model that would be asked first.
    pub async fn window(&self, line: Option<&Line>) -> u64 {
        match line {
            Some(line) => self.first(line, Asks::default()).await.map_or(WINDOW, |first| first.window),
            None => WINDOW,
        }
    }

    /// Who would be asked first, to be shown before anything leaves the house.
    pub async fn first(&self, line: &Line, asks: Asks) -> Option<First> {
        for one in &line.order.candidates {
            let known = self.providers.describe(&one.provider, &one.model).await;
            if lacks(&known, asks).is_none() && !one.model.is_empty() {
                let window = ::models::window(&one.provider, &known);
                let (provider, is_cloud) = (one.provider.name.clone(), one.provider.is_cloud());
                return Some(First { provider, model: one.model.clone(), is_cloud, sees: line.sees, window });
            }
        }
        None
    }

    async fn refuse_over_quota(&self, who: &Asker) -> Result<(), Failure> {
        let left = self.providers.left(who.guild, who.user, &who.roles).await.map_err(|error| ours(&error))?;
        match left {
            Some(left) if left.used >= left.of => Err(Failure::NoneLeft(format!(
                "You have used {} of your {} tokens in the last 24 hours. Ask again later; an administrator gives more with `/ai quota`.",
                left.used, left.of
            ))),
            _ => Ok(()),
        }
    }

    /// Those that may be asked, the one that is wished for before all others. Those that were down a moment ago come last among those of
    /// the same place.
    async fn in_order(
        &self,
        guild: GuildId,
        mut candidates: Vec<Candidate>,
        sees: Cloud,
        wish: Option<&str>,
    ) -> Result<Order, Failure> {
        let all = candidates.len();
        candidates.retain(|one| !one.provider.is_cloud() || sees != Cloud::Nothing);
        let kept_home = candidates.len() < all;
        let each = candidates.into_iter().map(async |one| {
            let is_down = self.providers.health(&one.provider).await.found.is_err();
            ((one.provider.is_cloud(), is_down), one)
        });
        let mut each = futures::future::join_all(each).await;
        each.sort_by_key(|(order, _)| *order);
        let candidates = each.into_iter().map(|(_, one)| one).collect();
        let order = Order { candidates, kept_home, wished: false, instead: None };
        let Some(wish) = wish else { return Ok(order) };
        let wish = self.providers.wished(guild, wish).await.map_err(|error| ours(&error))?;
        Ok(order.with(wish))
    }
}
