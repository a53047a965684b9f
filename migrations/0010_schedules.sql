-- What a guild has done at certain times, by whom and as whom.
create table schedules (
    id text primary key,
    guild_id text not null,
    name text not null,
    -- When: as it was typed, as it was understood, and on whose clocks.
    typed text not null,
    rule text not null,
    zone text not null,
    -- What: an action, its arguments as JSON without secrets, and in words.
    action text not null,
    arguments text not null,
    plan text not null,
    -- What becomes of those that were missed, and how late, in milliseconds, is missed.
    missed text not null check (missed in ('skip', 'once', 'all')),
    late bigint not null,
    -- Where, and of which ones, it is told how they ended.
    channel_id text not null,
    tell text not null check (tell in ('always', 'failures')),
    made_by text not null,
    made_at bigint not null,
    state text not null check (state in ('active', 'paused', 'done')),
    paused_why text,
    -- The next moment it has not claimed yet; none once there is no more.
    next_at bigint,
    -- How many were missed and not made up for.
    missed_count bigint not null default 0,
    -- How many failed since the last that did not.
    failures bigint not null default 0
);
create unique index schedules_by_name on schedules (guild_id, name);
create index schedules_due on schedules (next_at) where state = 'active';

-- What came due. A row is written together with the schedule's next moment, before anything is done.
create table occurrences (
    -- Its entry in the audit log: chosen here, so that one that is on record there is not done again.
    id text primary key,
    schedule_id text not null references schedules (id),
    guild_id text not null,
    due_at bigint not null,
    -- Whoever had it done by hand.
    asked_by text,
    -- How many that were missed it stands for, besides itself.
    stands_for bigint not null default 0,
    state text not null check (state in ('claimed', 'begun', 'ended', 'skipped')),
    -- The process that does it.
    holder text not null,
    claimed_at bigint not null,
    ended_at bigint,
    -- How it ended, as the audit log has it, or why it was skipped.
    outcome text,
    detail text,
    -- The question it ended with.
    approval_id text,
    -- Its card without secrets, as JSON, until Discord has it.
    card text,
    -- The file of that card.
    file_name text,
    file bytea
);
-- The database, not the code, guarantees that nothing is done twice for one moment.
create unique index occurrences_once on occurrences (schedule_id, due_at);
create index occurrences_open on occurrences (schedule_id) where state in ('claimed', 'begun');
create index occurrences_untold on occurrences (ended_at) where card is not null;
