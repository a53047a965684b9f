//! What was in flight when a backup was made must not be done again by surprise: what each table says after a restore.
//!
//! **Invariant:** a table that is not on this list is as it was. What a backup says is still to be done may have been done since,
//! and nobody here can know: so it is ended, or asked about, and never simply done.

use anyhow::Context;
use base::Millis;
use sqlx::{AnyConnection, AssertSqlSafe, Connection};

use super::schema::Schema;

/// A table that is not left as it was.
pub(super) struct Settled {
    /// Its name.
    pub(super) table: &'static str,
    /// What its rows of that kind are called, one and many, and what became of them; none where nobody need know.
    what: Option<[&'static str; 3]>,
    /// Changes them; `{now}` is the time. The rows of the first are counted.
    statements: &'static [&'static str],
}

/// The list. Another table whose rows say what is still to be done is another entry here.
pub(super) const SETTLED: &[Settled] = &[
    // An open question may have been answered since. Its buttons still stand in Discord, and a yes would do it once more: so it
    // has ended, and whoever presses is told why. A yes that was given and not begun may have begun since, too: it must not be
    // opened again at the start. Their cards may say by now how it went, so nobody redraws them.
    Settled {
        table: "approvals",
        what: Some(["question was open", "questions were open", "ended: ask again"]),
        statements: &["update approvals set state = 'expired', decided_at = {now}, untold = 0,
             ended = 'I was restored from a backup, and cannot know whether it was answered since'
             where state = 'open' or state = 'granted' and not exists (select 1 from audit_log
                 where audit_log.approval_id = approvals.id and audit_log.outcome = 'started')"],
    },
    // What ran when the backup was made has ended since, and its card says how. The start records it as interrupted, as it does
    // for any process that is gone; but nobody is answered, and no card is redrawn.
    Settled {
        table: "in_flight",
        what: Some(["action was running", "actions were running", "recorded as interrupted at the next start"]),
        statements: &[
            "update in_flight set reply_to = null, channel_id = null, message_id = null where outcome is null",
            "delete from in_flight where outcome is not null",
        ],
    },
    // Whoever did it has done it since, or began it: taken up now it would be done twice. Its audit entry is ended by the start, as
    // one of those above.
    Settled {
        table: "runs",
        what: Some([
            "run was queued or going on",
            "runs were queued or going on",
            "ended as interrupted: run again what is still wanted",
        ]),
        statements: &[
            "update runs set state = 'interrupted', finished_at = {now}, worker = null, fence = fence + 1, card = null,
             detail = 'I was restored from a backup, and cannot know how it ended'
             where state in ('queued', 'running')",
        ],
    },
    // What waited to be posted may have been posted since.
    Settled {
        table: "outbox",
        what: Some(["message waited to be posted", "messages waited to be posted", "left out"]),
        statements: &["update outbox set state = 'refused', ended_at = {now}, file = null, file_name = null,
             refusal = 'I was restored from a backup, and cannot know whether it was posted since'
             where state = 'waiting'"],
    },
    // What was being answered may have been answered since, and what was asked to be done, done: it is stopped, and says so.
    Settled {
        table: "conversations",
        what: Some(["conversation was being answered", "conversations were being answered", "stopped: ask again"]),
        statements: &["update conversations set stop_by = '0' where busy = 1"],
    },
    Settled {
        table: "conversation_said",
        what: None,
        statements: &["update conversation_said set heard = 1 where heard = 0"],
    },
    Settled {
        table: "conversation_answers",
        what: None,
        statements: &["update conversation_answers set drawn = version where drawn < version"],
    },
    // What came due since may have run since.
    Settled {
        table: "schedules",
        what: Some([
            "schedule came due since",
            "schedules came due since",
            "paused: see whether they ran, then resume them",
        ]),
        statements: &["update schedules set state = 'paused',
             paused_why = 'I was restored from a backup: see whether it ran since, then resume it'
             where state = 'active' and next_at <= {now}"],
    },
    // What was claimed may have been done since, and told.
    Settled {
        table: "occurrences",
        what: None,
        statements: &[
            "update occurrences set state = 'skipped', ended_at = {now}, card = null, file = null, file_name = null
             where state in ('claimed', 'begun')",
        ],
    },
    // Its server may have ended it since, or keep it still: whoever wants one opens another.
    Settled {
        table: "terminals",
        what: Some(["terminal was open", "terminals were open", "let go of: open another"]),
        statements: &["update terminals set state = 'over', ended_at = {now},
             why = 'I was restored from a backup, and cannot know whether it still is'
             where state = 'open'"],
    },
    // They are over, and nothing of them is masked any more than what else is known; the start sweeps what nothing uses.
    Settled { table: "terminal_secrets", what: None, statements: &["delete from terminal_secrets"] },
    // What goes on may be over since, or be another way: it is said anew as soon as anything is heard of it. What was to be said was
    // said since, and what time asked for is asked for anew.
    Settled {
        table: "incidents",
        what: Some(["incident was open", "incidents were open", "still open: see whether they are"]),
        statements: &["update incidents set try_at = {now} where state = 'open'"],
    },
    Settled {
        table: "incident_lines",
        what: None,
        statements: &["update incident_lines set ping = null, post = 'restored' where post is null"],
    },
    // What was opened may be closed since, or go on elsewhere: nothing is made, drawn, said or closed by itself. Whoever changes one
    // brings what is shown of it up to date.
    Settled {
        table: "tickets",
        what: Some(["ticket went on", "tickets went on", "left as they were: see which are over"]),
        statements: &[
            "update tickets set behind = 0, due_at = null, tried_at = coalesce(tried_at, {now}), forum_told = 1
                 where state <> 'closed'",
            "update tickets set behind = 0 where state = 'closed'",
        ],
    },
    Settled {
        table: "ticket_events",
        what: None,
        statements: &["update ticket_events set post = 'silent' where post is null"],
    },
    // What was wanted of transcripts may be posted since, and what was to be taken away there, gone. What somebody had forgotten
    // since is here again: whoever restores has it forgotten once more.
    Settled {
        table: "ticket_transcripts",
        what: Some(["transcript was being made", "transcripts were being made", "left as they were"]),
        statements: &[
            "update ticket_transcripts set try_at = null, part = 1, after = 0, walk_from = null, walk_before = null
             where try_at is not null",
        ],
    },
    Settled {
        table: "ticket_transcript_posts",
        what: None,
        statements: &["delete from ticket_transcript_posts where gone_at is not null or message_id is null"],
    },
    // Where Discord had them then, it hands out nothing now.
    Settled {
        table: "ticket_files",
        what: None,
        statements: &["update ticket_files set try_at = null, why = 'it was not fetched before a backup was restored'
             where try_at is not null"],
    },
    // One that was revoked since would let somebody read again.
    Settled {
        table: "ticket_links",
        what: Some(["address of a transcript was good", "addresses of transcripts were good", "ended: make others"]),
        statements: &["delete from ticket_links"],
    },
    // Who is asked how a ticket went was asked since, or need not be.
    Settled {
        table: "ticket_ratings",
        what: None,
        statements: &["update ticket_ratings set state = 'left' where state in ('direct', 'thread')"],
    },
    // One that was tried may be there: it is looked for before another is made.
    Settled {
        table: "ticket_folders",
        what: None,
        statements: &["update ticket_folders set tried_at = coalesce(tried_at, {now}) where channel_id is null"],
    },
    // What is over may have been said since.
    Settled {
        table: "ticket_incidents",
        what: None,
        statements: &["update ticket_incidents set told = 1 where told = 0 and exists (select 1 from incidents
             where incidents.guild_id = ticket_incidents.guild_id and incidents.number = ticket_incidents.incident
             and incidents.state <> 'open')"],
    },
    // What was to be shown was shown since, and a page must not show it once more.
    Settled { table: "overlay_events", what: None, statements: &["delete from overlay_events"] },
    // One that was ended since would take donations again that nobody gave. The pages only look: their addresses stay.
    Settled {
        table: "overlays",
        what: Some([
            "overlay took donations under an address",
            "overlays took donations under addresses",
            "ended: `/overlay rotate` makes others",
        ]),
        statements: &["update overlays set hook_hash = null where hook_hash is not null"],
    },
    // Whose account fed overlays may have taken that back since: they say so again.
    Settled {
        table: "overlay_sources",
        what: Some(["account fed overlays", "accounts fed overlays", "ended: `/overlay source add` says so again"]),
        statements: &["delete from overlay_sources"],
    },
    // Whoever was asked may have answered since.
    Settled { table: "ticket_letters", what: None, statements: &["delete from ticket_letters"] },
    // What was told is told, and what was live is over or found again; what it showed was drawn since.
    Settled {
        table: "stream_lives",
        what: Some(["stream went on", "streams went on", "not told of again"]),
        statements: &["update stream_lives set untold = 0, news = 0 where untold = 1 or ended_at is null"],
    },
    Settled {
        table: "stream_posts",
        what: None,
        statements: &[
            "update stream_posts set state = 'gone', why = 'I was restored from a backup' where state = 'told'",
        ],
    },
    // Whoever was given a role may have had it since by somebody's hand.
    Settled { table: "stream_roles", what: None, statements: &["delete from stream_roles where wanted <> given"] },
    // Who was to be told was told.
    Settled { table: "stream_endings", what: None, statements: &["delete from stream_endings"] },
    // It was done since, or is too old to be.
    Settled {
        table: "stream_deliveries",
        what: None,
        statements: &["update stream_deliveries set done_at = {now}, body = '' where done_at is null"],
    },
    // A platform may tell of other things by now: it is asked again.
    Settled {
        table: "stream_subscriptions",
        what: None,
        statements: &[
            "update stream_subscriptions set state = case when state = 'wanted' then 'wanted' else 'asked' end,
             try_at = {now}, end_at = null, tries = 0",
        ],
    },
    // One that was revoked since would let somebody in again.
    Settled {
        table: "mcp_tokens",
        what: Some(["token let an assistant in", "tokens let assistants in", "ended: make others"]),
        statements: &["delete from mcp_tokens"],
    },
    // Its tokens may have been renewed since, or given back: that is found out at once. Who was to be told was told.
    Settled {
        table: "accounts",
        what: None,
        statements: &["update accounts set untold = 0, claim = null, claimed_until = null, due_at = {now}"],
    },
    // Whoever asked to connect one has connected it since, or asks again.
    Settled {
        table: "account_consents",
        what: None,
        statements: &[
            "insert into account_returns (id, user_id, platform, secret_id, since, try_at)
                 select id, user_id, platform, secret_id, {now}, {now} from account_consents where secret_id is not null",
            "delete from account_consents",
        ],
    },
    // They were given back since, or are at once.
    Settled { table: "account_returns", what: None, statements: &["update account_returns set try_at = {now}"] },
    // What a guild or a member took back since would be seen by everybody again: they say so once more.
    Settled {
        table: "presence_shares",
        what: Some([
            "server let something of it be in my status",
            "servers let something of them be in my status",
            "ended: `/presence share` lets it be again",
        ]),
        statements: &["delete from presence_shares"],
    },
    Settled { table: "presence_lanyard", what: None, statements: &["delete from presence_lanyard"] },
    // They ended as the runs they are.
    Settled {
        table: "runbook_runs",
        what: None,
        statements: &["update runbook_runs set state = 'failed', ended_at = {now},
             detail = 'I was restored from a backup, and cannot know how it ended' where state = 'running'"],
    },
    // What was to be healed may be well by now.
    Settled {
        table: "runbook_heals",
        what: None,
        statements: &["update runbook_heals set state = 'left' where state = 'claimed'"],
    },
    // What came back since is another return.
    Settled { table: "service_returns", what: None, statements: &["delete from service_returns"] },
    // The start would say that the bot was killed.
    Settled { table: "event_head", what: None, statements: &["update event_head set up = 0"] },
    // What happened up to the backup was told.
    Settled {
        table: "event_cursors",
        what: None,
        statements: &["update event_cursors set seq = (select max(seq) from event_head), claimed = null"],
    },
    // Discord knows better.
    Settled { table: "guild_commands", what: None, statements: &["delete from guild_commands"] },
    // They are of another time, and may be of another machine.
    Settled { table: "workers", what: None, statements: &["delete from workers"] },
];

/// Settles what was in flight; the answer says of what there was any.
pub(super) async fn settle(database: &mut AnyConnection, schema: &Schema, now: Millis) -> anyhow::Result<Vec<String>> {
    let mut told = Vec::new();
    let mut whole = database.begin().await?;
    for settled in SETTLED.iter().filter(|settled| schema.table(settled.table).is_some()) {
        let mut counted = None;
        for statement in settled.statements {
            let sql = statement.replace("{now}", &now.0.to_string());
            let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *whole).await;
            let done = done.with_context(|| format!("what table `{}` says is to be done", settled.table))?;
            counted.get_or_insert(done.rows_affected());
        }
        if let Some(([one, many, became], rows)) = settled.what.zip(counted.filter(|rows| *rows > 0)) {
            told.push(format!("{}, {became}", base::measure::count(rows, one, many)));
        }
    }
    whole.commit().await?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::{super::schema::newest, *};

    #[tokio::test]
    async fn every_table_on_the_list_is_one() {
        let schema = Schema::of(newest()).await.unwrap();
        for settled in SETTLED {
            assert!(schema.table(settled.table).is_some(), "{}", settled.table);
        }
    }
}
