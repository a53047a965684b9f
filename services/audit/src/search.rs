//! Looks for entries, the newest first, a page at a time.

use base::{
    Action, Card, Permit, Report, Result, Risk, Run,
    card::{Choice, Lands},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::audit::{self, Entry};

use crate::{ExportAudit, Log, Wanted, line::line};

/// As many as a phone shows at once.
const SHOWN: usize = 8;

/// Search the audit log.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SearchAudit {
    /// Which entries.
    #[serde(flatten)]
    pub wanted: Wanted,
    /// Only those before this row of the chain: the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// Only those after this row of the chain: the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
}

/// A page of entries.
#[derive(Debug, Serialize)]
pub struct Page {
    entries: Vec<Entry>,
    wanted: Wanted,
    /// The row before which there are older ones.
    older_than: Option<i64>,
    /// The row after which there may be newer ones.
    newer_than: Option<i64>,
    newest: bool,
}

impl Action for SearchAudit {
    const NAME: &'static str = "audit.search";
    const RISK: Risk = Risk::Observe;
    type Service = Log;
    type Report = Page;

    fn plan(&self) -> String {
        match self.wanted.words().as_slice() {
            [] => "Search the audit log".to_owned(),
            words => format!("Search the audit log: {}", words.join(", ")),
        }
    }

    fn refusal(&self) -> String {
        "read the audit log".to_owned()
    }

    fn target(&self) -> Option<String> {
        None
    }

    async fn run(permit: Permit<Self>, log: &Log, _: &Run) -> Result<Page> {
        log.search(&permit).await
    }
}

impl Log {
    async fn search(&self, permit: &Permit<SearchAudit>) -> Result<Page> {
        let (asked, guild) = (permit.action(), permit.actor().guild);
        let mut filter = asked.wanted.filter(self.clock.now())?;
        // A search need not find itself.
        filter.except = Some(permit.record().id.to_string());
        let mut page = match (asked.before, asked.after) {
            (Some(seq), _) => audit::Page::Before(seq),
            (None, Some(seq)) => audit::Page::After(seq),
            (None, None) => audit::Page::Newest,
        };
        let mut found = self.store.search_audit(guild, &filter, page, SHOWN).await?;
        if matches!(page, audit::Page::After(_)) && !found.more {
            // The newest ones are a whole page again.
            page = audit::Page::Newest;
            found = self.store.search_audit(guild, &filter, page, SHOWN).await?;
        }
        let (first, last) = (found.entries.first().map(|entry| entry.seq), found.entries.last().map(|entry| entry.seq));
        let (older_than, newer_than) = match page {
            audit::Page::Newest => (last.filter(|_| found.more), None),
            audit::Page::Before(seq) => (last.filter(|_| found.more), first.or(Some(seq - 1))),
            audit::Page::After(_) => (last, first.filter(|_| found.more)),
        };
        let newest = page == audit::Page::Newest;
        Ok(Page { entries: found.entries, wanted: asked.wanted.clone(), older_than, newer_than, newest })
    }
}

impl Report for Page {
    fn card(&self) -> Card {
        let words = self.wanted.words();
        let mut card = if self.entries.is_empty() {
            let nothing = if self.newest { "nothing matches" } else { "no older ones" };
            Card::quiet(format!("**Audit log** {nothing}")).text(self.wanted.wider())
        } else {
            let which = if self.newest { "newest first" } else { "further back" };
            Card::plain(format!("**Audit log** {which}"))
        };
        card.facts = words;
        for entry in &self.entries {
            card = card.row(line(entry), None);
        }
        let page = |before, after| SearchAudit { wanted: self.wanted.clone(), before, after };
        if let Some(seq) = self.newer_than {
            card = card.choice(Choice::perform("Newer", &page(None, Some(seq)), Lands::Here));
        }
        if let Some(seq) = self.older_than {
            card = card.choice(Choice::perform("Older", &page(Some(seq), None), Lands::Here));
        }
        if self.entries.is_empty() {
            return card;
        }
        card.choice(Choice::perform("Export", &ExportAudit { wanted: self.wanted.clone() }, Lands::Below))
    }
}
